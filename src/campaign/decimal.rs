//! Numbers as JavaScript writes them, without allocating: GrowthBook hashes the text of an id, and compares versions as texts.

use std::fmt::{self, Write};

/// A number's text. The longest have 24 characters: `-2.2250738585072014e-308` and its like.
pub struct Decimal {
    text: [u8; 32],
    length: usize,
}

impl Write for Decimal {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let end = self.length + part.len();
        self.text.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(part.as_bytes());
        self.length = end;
        Ok(())
    }
}

impl Decimal {
    const EMPTY: Self = Self { text: [0; 32], length: 0 };

    /// The text of a finite number: ECMAScript's `Number::toString` (<https://tc39.es/ecma262/#sec-numeric-types-number-tostring>).
    pub fn of(number: f64) -> Self {
        let mut decimal = Self::EMPTY;
        // there is room for every finite number; of others nothing is asked
        let _ = decimal.put(number);
        decimal
    }

    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.text[..self.length]).unwrap_or_default()
    }

    fn put(&mut self, number: f64) -> fmt::Result {
        if number < 0.0 {
            self.write_char('-')?;
        }
        // the shortest digits that read back as the number, and the power of ten of the first
        let mut scientific = Self::EMPTY;
        write!(scientific, "{:e}", number.abs())?;
        let (mantissa, exponent) = scientific.as_str().split_once('e').ok_or(fmt::Error)?;
        let (first, rest) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let point = exponent.parse::<i32>().map_err(|_| fmt::Error)?;
        let zeros = |count: i32| usize::try_from(count).unwrap_or(0);
        match point {
            0..=20 => {
                let (whole, part) = rest.split_at(zeros(point).min(rest.len()));
                let padding = zeros(point) - whole.len();
                write!(self, "{first}{whole}{:0<padding$}", "")?;
                if part.is_empty() { Ok(()) } else { write!(self, ".{part}") }
            }
            -6..=-1 => write!(self, "0.{:0<1$}{first}{rest}", "", zeros(-point - 1)),
            _ if rest.is_empty() => write!(self, "{first}e{point:+}"),
            _ => write!(self, "{first}.{rest}e{point:+}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn javascript_would_write_the_same() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (7.0, "7"),
            (-1.5, "-1.5"),
            (1200.0, "1200"),
            (0.1, "0.1"),
            (123.456, "123.456"),
            (1e-6, "0.000001"),
            (1.25e-7, "1.25e-7"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (-1.797_693_134_862_315_7e308, "-1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (9_007_199_254_740_993.0, "9007199254740992"),
        ] {
            assert_eq!(Decimal::of(number).as_str(), text);
        }
        assert_eq!(Decimal::of(-2.225_073_858_507_201_4e-308).as_str().len(), 24);
    }
}
