//! Numbers as JavaScript writes them, without allocating: GrowthBook hashes the text of an id, and compares versions as texts. Locales write the same digits in their own way.

/// A number's text. The longest have 24 characters: `-2.2250738585072014e-308` and its like.
pub struct Decimal {
    text: [u8; 32],
    length: usize,
}

impl Decimal {
    /// The text of a finite number: ECMAScript's `Number::toString` (<https://tc39.es/ecma262/#sec-numeric-types-number-tostring>).
    pub fn of(number: f64) -> Self {
        let mut decimal = Self { text: [0; 32], length: 0 };
        let (digits, point) = shortest(number.abs());
        let digits = digits.as_str().as_bytes();
        if number < 0.0 {
            decimal.put(b"-");
        }
        let (first, rest) = digits.split_at(digits.len().min(1));
        match point {
            0..=20 => {
                let whole = usize::try_from(point).unwrap_or(0) + 1;
                decimal.put(&digits[..whole.min(digits.len())]);
                (digits.len()..whole).for_each(|_| decimal.put(b"0"));
                if let Some(part) = digits.get(whole..).filter(|part| !part.is_empty()) {
                    decimal.put(b".");
                    decimal.put(part);
                }
            }
            -6..=-1 => {
                decimal.put(b"0.");
                (point..-1).for_each(|_| decimal.put(b"0"));
                decimal.put(digits);
            }
            _ => {
                decimal.put(first);
                if !rest.is_empty() {
                    decimal.put(b".");
                    decimal.put(rest);
                }
                decimal.put(if point < 0 { b"e-" } else { b"e+" });
                let power = point.unsigned_abs();
                for unit in [100, 10, 1].into_iter().filter(|unit| *unit <= power) {
                    decimal.put(&[b'0' + (power / unit % 10) as u8]);
                }
            }
        }
        decimal
    }

    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.text[..self.length]).unwrap_or_default()
    }

    fn put(&mut self, part: &[u8]) {
        let end = self.length + part.len();
        if let Some(room) = self.text.get_mut(self.length..end) {
            room.copy_from_slice(part);
            self.length = end;
        }
    }
}

/// The shortest digits that read back as a number, without zeros around them, and the power of ten of the first; "0" for zero. They are `serde_json`'s, which has them
/// already: Rust's own are another 16 KB.
pub fn shortest(number: f64) -> (Decimal, i32) {
    let mut text = [0; 32];
    let mut room = &mut text[..];
    let written = serde_json::to_writer(&mut room, &number).map(|()| 32 - room.len());
    let text = str::from_utf8(&text[..written.unwrap_or(0)]).unwrap_or_default();
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = || whole.bytes().chain(part.bytes());
    let leading = all().take_while(|digit| *digit == b'0').count();
    let significant = all().enumerate().filter(|(_, digit)| *digit != b'0').last().map_or(0, |(i, _)| i + 1);
    let mut digits = Decimal { text: [0; 32], length: 0 };
    if significant == 0 {
        digits.put(b"0");
        return (digits, 0);
    }
    all().take(significant).skip(leading).for_each(|digit| digits.put(&[digit]));
    let point = whole.len() as i32 - 1 - leading as i32;
    (digits, point + exponent.parse::<i32>().unwrap_or(0))
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
