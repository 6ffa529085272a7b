//! Numbers, shares and money as a [`Locale`] writes them.
//!
//! A number is rounded as it is written in decimal, half away from zero: 1.005 with two decimals is 1.01, as `Intl` has it and as whoever wrote 1.005 expects.

use super::{Locale, PATTERNS, SIGNS, SYMBOLS, TABLE};
use crate::campaign::decimal::shortest;

/// The largest number that is written; beyond, not every whole number is one.
const LARGEST: f64 = 1e15;
/// What stands between a currency's letters and the digits beside them.
const SPACE: char = '\u{a0}';

/// How many decimals are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimals {
    /// At least so many, be they zeros.
    pub least: u8,
    /// At most so many; what lies beyond is rounded.
    pub most: u8,
}

impl Decimals {
    /// So many, no more and no fewer.
    #[must_use]
    pub const fn exactly(count: u8) -> Self {
        Self { least: count, most: count }
    }

    /// As many as there are, up to so many.
    #[must_use]
    pub const fn up_to(most: u8) -> Self {
        Self { least: 0, most }
    }
}

/// The digits of a number in groups, and whether it lies below zero.
struct Digits {
    text: String,
    negative: bool,
}

impl Locale {
    /// A number with its groups apart; none when it is too large to be written.
    #[must_use]
    pub fn number(&self, number: f64, decimals: Decimals) -> Option<String> {
        let digits = self.digits(number, 0, decimals, self.separators())?;
        Some(if digits.negative { format!("{}{}", self.minus(), digits.text) } else { digits.text })
    }

    /// A number without groups: a year, a house number.
    #[must_use]
    pub fn ungrouped(&self, number: f64, decimals: Decimals) -> Option<String> {
        let (decimal, _) = self.separators();
        let digits = self.digits(number, 0, decimals, (decimal, ""))?;
        Some(if digits.negative { format!("{}{}", self.minus(), digits.text) } else { digits.text })
    }

    /// A share as so many of a hundred: 0.15 is 15 %.
    #[must_use]
    pub fn percent(&self, share: f64, decimals: Decimals) -> Option<String> {
        let digits = self.digits(share, 2, decimals, self.separators())?;
        let sign = if digits.negative { self.minus() } else { "" };
        Some(sign.to_owned() + &self.item(PATTERNS, 0).replace('#', &digits.text))
    }

    /// An amount of a currency (ISO 4217), with as many decimals as the currency has if no others are asked for.
    #[must_use]
    pub fn money(&self, amount: f64, currency: &str, decimals: Option<u8>) -> Option<String> {
        let usual = usual(currency);
        let decimals = decimals.unwrap_or(usual.map_or(2, |(decimals, _)| decimals));
        let or = |own: &'static str, usual| if own.is_empty() { usual } else { own };
        let (decimal, group) = self.separators();
        let separators = (or(self.item(PATTERNS, 3), decimal), or(self.item(PATTERNS, 4), group));
        let digits = self.digits(amount, 0, Decimals::exactly(decimals), separators)?;
        let own = coded(self.fields[SYMBOLS], currency);
        let symbol = own.or(usual.map(|(_, symbol)| symbol)).unwrap_or(currency);
        let pattern = self.item(PATTERNS, if digits.negative { 2 } else { 1 });
        let mut out = String::new();
        let mut before = ' ';
        for c in pattern.chars() {
            match c {
                '#' => {
                    if before == '¤' && symbol.chars().next_back().is_some_and(is_wordy) {
                        out.push(SPACE);
                    }
                    out.push_str(&digits.text);
                }
                '¤' => {
                    if before == '#' && symbol.chars().next().is_some_and(is_wordy) {
                        out.push(SPACE);
                    }
                    out.push_str(symbol);
                }
                '-' => out.push_str(self.minus()),
                c => out.push(c),
            }
            before = c;
        }
        Some(out)
    }

    /// The digits of `number` times ten to the power of `shift`, with these separators before decimals and between groups.
    fn digits(
        &self,
        number: f64,
        shift: i32,
        decimals: Decimals,
        (decimal, group): (&str, &str),
    ) -> Option<Digits> {
        if number.is_nan() || number.abs() >= LARGEST {
            return None;
        }
        let (whole, part) = rounded(number.abs(), shift, decimals);
        let is_zero = whole.iter().chain(&part).all(|digit| *digit == b'0');
        let mut signs = self.fields[SIGNS].chars().skip(2).filter_map(|c| c.to_digit(10));
        let (further, least) = (signs.next()? as usize, signs.next()? as usize);
        let grouped = whole.len() >= 3 + least;
        let mut text = String::new();
        for (i, digit) in whole.iter().enumerate() {
            let left = whole.len() - i;
            if grouped && i > 0 && left >= 3 && (left - 3) % further == 0 {
                text.push_str(group);
            }
            text.push(char::from(*digit));
        }
        if !part.is_empty() {
            text.push_str(decimal);
            text.extend(part.iter().map(|digit| char::from(*digit)));
        }
        Some(Digits { text, negative: number < 0.0 && !is_zero })
    }

    /// What stands before decimals and between groups.
    fn separators(&self) -> (&'static str, &'static str) {
        let signs = self.fields[SIGNS];
        let mut ends = signs.char_indices().map(|(at, c)| at + c.len_utf8());
        let (decimal, group) = (ends.next().unwrap_or(0), ends.next().unwrap_or(0));
        (&signs[..decimal], &signs[decimal..group])
    }

    fn minus(&self) -> &'static str {
        let signs = self.fields[SIGNS];
        signs.char_indices().nth(4).map_or("-", |(at, _)| &signs[at..])
    }
}

/// The digits before and after the point of `number` times ten to the power of `shift`, rounded half up.
fn rounded(number: f64, shift: i32, decimals: Decimals) -> (Vec<u8>, Vec<u8>) {
    let (digits, first) = shortest(number);
    let shift = if number == 0.0 { 0 } else { shift };
    let before = (first + shift + 1).max(1);
    let zeros = before - (first + shift + 1);
    let mut all: Vec<u8> = (0..zeros).map(|_| b'0').chain(digits.as_str().bytes()).collect();
    let before = before as usize;
    let end = before + usize::from(decimals.most);
    let up = all.get(end).is_some_and(|digit| *digit >= b'5');
    all.resize(end, b'0');
    if up {
        // nines become zeros up to the digit that grows
        match all.iter().rposition(|digit| *digit != b'9') {
            Some(at) => {
                all[at] += 1;
                all[at + 1..].fill(b'0');
            }
            None => {
                all.fill(b'0');
                all.insert(0, b'1');
            }
        }
    }
    let mut part = all.split_off(all.len() - usize::from(decimals.most));
    while part.len() > usize::from(decimals.least) && part.last() == Some(&b'0') {
        part.pop();
    }
    (all, part)
}

/// The decimals and the usual symbol of a currency.
fn usual(currency: &str) -> Option<(u8, &'static str)> {
    let list = TABLE.lines().next().and_then(|line| line.split_once('\t'))?.1;
    let known = coded(list, currency)?;
    Some((known.bytes().next()?.wrapping_sub(b'0'), known.get(1..)?))
}

/// What a list says after the code of a currency.
fn coded(list: &'static str, currency: &str) -> Option<&'static str> {
    list.split('|').find_map(|item| item.strip_prefix(currency)).filter(|_| currency.len() == 3)
}

/// Letters and abbreviations keep a distance from digits; signs such as € don't.
fn is_wordy(c: char) -> bool {
    c.is_alphanumeric() || c == '.' || c == '\u{200f}'
}

/// Writes a whole number in at least so many digits.
pub fn put(out: &mut String, number: i64, least: usize) {
    out.push_str(&format!("{number:0least$}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_round_as_they_are_written() {
        let english = Locale::of("en", None).unwrap();
        for (number, most, text) in [
            (0.0, 2, "0"),
            (-0.0, 2, "0"),
            (-0.004, 2, "0"),
            (1.005, 2, "1.01"),
            (9.995, 2, "10"),
            (999.95, 1, "1,000"),
            (0.05, 1, "0.1"),
            (0.04, 1, "0"),
            (1e-300, 3, "0"),
            (0.5, 0, "1"),
            (2.5, 0, "3"),
            (999_999_999_999_999.0, 2, "999,999,999,999,999"),
        ] {
            assert_eq!(english.number(number, Decimals::up_to(most)).as_deref(), Some(text), "{number}");
        }
        for unfit in [f64::NAN, f64::INFINITY, -1e15, 1e308] {
            assert_eq!(english.number(unfit, Decimals::up_to(2)), None);
        }
        assert_eq!(english.ungrouped(2026.0, Decimals::up_to(0)).as_deref(), Some("2026"));
        assert_eq!(english.percent(0.1234, Decimals::exactly(1)).as_deref(), Some("12.3%"));
        assert_eq!(english.money(5.0, "EUR", Some(0)).as_deref(), Some("€5"));
        assert_eq!(english.money(5.0, "XTS", None).as_deref(), Some("XTS\u{a0}5.00"));
        assert_eq!(english.money(5.0, "", None).as_deref(), Some("5.00"));
    }
}
