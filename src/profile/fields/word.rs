//! One value as it was told, and what it may be read as.

use crate::context::zone;
use crate::profile::{Channel, Stage};
use crate::time::{DAY, Span, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::{Number, Value};
use std::borrow::Cow;
use std::fmt;

/// One value of a document or an event. Only lists and objects are built; the rest is handed over as it is read.
pub enum Word<'a> {
    /// True or false.
    Flag(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(&'a str),
    /// A list or an object.
    Json(Cow<'a, Value>),
}

impl<'a> From<&'a Value> for Word<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Bool(flag) => Self::Flag(*flag),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(text),
            value => Self::Json(Cow::Borrowed(value)),
        }
    }
}

impl Word<'_> {
    /// As JSON.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Flag(flag) => (*flag).into(),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => (*text).into(),
            Self::Json(value) => value.clone().into_owned(),
        }
    }
}

/// As JSON.
impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => Value::from(*text).fmt(f),
            Self::Json(value) => value.fmt(f),
        }
    }
}

/// The largest number that is read, and written.
pub const MOST: f64 = 1e12;

const NUMBER: &str = "a number that is not negative";
const WHOLE: &str = "a whole number that is not negative";
const TIME: &str = "a time such as \"2026-11-22\" or \"2026-11-22T10:00:00Z\"";

fn numeral(word: &Word<'_>) -> Option<f64> {
    match word {
        Word::Number(number) => number.as_f64(),
        Word::Text(text) => decimal(text.trim()),
        _ => None,
    }
    .filter(|n| n.abs() <= MOST)
}

/// A decimal numeral: a sign, digits, a point, a power of ten. Up to fifteen digits are read exactly, since they and the power of ten are whole numbers that doubles hold (Clinger 1990, "How to read
/// floating point numbers accurately"); further ones are passed over. The standard library reads every numeral, by tables that are larger than this whole room in wasm.
fn decimal(text: &str) -> Option<f64> {
    let (numeral, exponent) = match text.split_once(['e', 'E']) {
        Some((numeral, exponent)) => (numeral, exponent.parse::<i16>().ok()?),
        None => (text, 0),
    };
    let digits = numeral.strip_prefix(['-', '+']).unwrap_or(numeral);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all = || whole.bytes().chain(part.bytes());
    if all().next().is_none() || !all().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let leading = all().take_while(|digit| *digit == b'0').count();
    let kept = (leading + 15).min(all().count());
    let mantissa = all().take(kept).fold(0u64, |sum, digit| sum * 10 + u64::from(digit - b'0')) as f64;
    let scale = i64::from(exponent) + whole.len() as i64 - kept as i64;
    let power = |places: i64| (0..places).fold(1.0, |power, _| power * 10.0);
    let value = match scale {
        0..=22 => mantissa * power(scale),
        -22..0 => mantissa / power(-scale),
        // nothing is told as small as this, and nothing as large is read
        ..-22 => 0.0,
        23.. => return None,
    };
    Some(if numeral.starts_with('-') { -value } else { value })
}

/// A number, or a numeral in a text, of at most 10¹².
pub fn number(word: &Word<'_>) -> Result<f64, &'static str> {
    numeral(word).filter(|n| *n >= 0.0).ok_or(NUMBER)
}

/// A number that may be negative.
pub fn signed(word: &Word<'_>) -> Result<f64, &'static str> {
    numeral(word).ok_or("a number")
}

/// A whole number that fits.
pub fn whole<T: TryFrom<u64>>(word: &Word<'_>) -> Result<T, &'static str> {
    let n = number(word).map_err(|_| WHOLE)?;
    if n.fract() == 0.0 { T::try_from(n as u64).map_err(|_| WHOLE) } else { Err(WHOLE) }
}

/// A date, a time, or milliseconds since 1970.
pub fn time(word: &Word<'_>) -> Result<Timestamp, &'static str> {
    match word {
        Word::Text(text) => Timestamp::parse(text.trim()),
        Word::Number(number) => number.as_i64().and_then(Timestamp::of_milliseconds),
        _ => None,
    }
    .ok_or(TIME)
}

/// A text of at most `max` characters, none of them a control character.
pub fn text(word: &Word<'_>, max: usize) -> Result<String, &'static str> {
    let text = match word {
        Word::Text(text) => text.trim().to_owned(),
        Word::Number(number) => number.to_string(),
        _ => return Err("a text"),
    };
    let sound = !text.is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control);
    if sound { Ok(text) } else { Err("a text of reasonable length without control characters") }
}

/// The name of a category, a topic, a plan: at most 40 characters.
pub fn name(word: &Word<'_>) -> Result<String, &'static str> {
    text(word, 40)
}

/// An ISO 3166-1 alpha-2 code in capitals.
pub fn country(word: &Word<'_>) -> Result<String, &'static str> {
    const SHAPE: &str = "a code such as \"de\"";
    let code = text(word, 2).map_err(|_| SHAPE)?;
    let sound = code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphanumeric());
    if sound { Ok(code.to_ascii_uppercase()) } else { Err(SHAPE) }
}

/// The primary part of a language tag (BCP 47).
pub fn language(word: &Word<'_>) -> Result<String, &'static str> {
    const SHAPE: &str = "a language such as \"de\" or \"de-AT\"";
    let tag = text(word, 35).map_err(|_| SHAPE)?;
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    let sound = (2..=3).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_alphabetic());
    if sound { Ok(primary.to_ascii_lowercase()) } else { Err(SHAPE) }
}

/// An IANA time zone that is known here.
pub fn timezone(word: &Word<'_>) -> Result<String, &'static str> {
    const SHAPE: &str = "an IANA time zone such as \"Europe/Zagreb\"";
    let name = text(word, 40).map_err(|_| SHAPE)?;
    if zone::canonical(&name).is_some() { Ok(name) } else { Err(SHAPE) }
}

/// True or false, in the ways that tables write it.
pub fn flag(word: &Word<'_>) -> Result<bool, &'static str> {
    const SHAPE: &str = "true or false";
    match word {
        Word::Flag(flag) => Ok(*flag),
        Word::Number(number) if number.as_u64() == Some(1) => Ok(true),
        Word::Number(number) if number.as_u64() == Some(0) => Ok(false),
        Word::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" | "granted" => Ok(true),
            "false" | "no" | "0" | "withdrawn" => Ok(false),
            _ => Err(SHAPE),
        },
        _ => Err(SHAPE),
    }
}

/// The year of a birth.
pub fn birth_year(word: &Word<'_>) -> Result<u16, &'static str> {
    const SHAPE: &str = "a year such as 1984";
    let year = whole(word).map_err(|_| SHAPE)?;
    if (1880..=2100).contains(&year) { Ok(year) } else { Err(SHAPE) }
}

/// A mood, from -1 (angry) to 1 (delighted).
pub fn mood(word: &Word<'_>) -> Result<f64, &'static str> {
    numeral(word).filter(|mood| mood.abs() <= 1.0).ok_or("a number from -1 to 1")
}

/// So many days before `now`.
pub fn days_ago(word: &Word<'_>, now: Timestamp) -> Result<Timestamp, &'static str> {
    let days = number(word)?;
    if days <= 36_500.0 {
        Ok(now.plus(Span(-(days * DAY as f64) as i64)))
    } else {
        Err("days, at most a century")
    }
}

/// Where someone stands in their life with the shop.
pub fn stage(word: &Word<'_>) -> Result<Stage, &'static str> {
    match word {
        Word::Text("new") => Ok(Stage::New),
        Word::Text("active") => Ok(Stage::Active),
        Word::Text("lapsing") => Ok(Stage::Lapsing),
        Word::Text("lapsed") => Ok(Stage::Lapsed),
        _ => Err("one of \"new\", \"active\", \"lapsing\", \"lapsed\""),
    }
}

/// A channel by its name.
pub fn channel(word: &Word<'_>) -> Result<Channel, &'static str> {
    let named = |text: &str| Channel::ALL.into_iter().find(|channel| channel.name() == text);
    match word {
        Word::Text(text) => named(text),
        _ => None,
    }
    .ok_or("one of \"email\", \"sms\", \"web\"")
}

/// A list as it is exported; `what` says of what.
pub fn exported<T: DeserializeOwned>(
    word: &Word<'_>,
    max: usize,
    what: &'static str,
) -> Result<Vec<T>, &'static str> {
    let list: Vec<T> = match word {
        Word::Json(value) => serde_json::from_value(value.as_ref().clone()).map_err(|_| what)?,
        _ => return Err(what),
    };
    if list.len() <= max { Ok(list) } else { Err(what) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_are_read_as_the_standard_library_reads_them() {
        for text in [
            "0",
            "1",
            "-1",
            "+7",
            "12.50",
            "0.1",
            "0.3",
            "123456789012345",
            "0.000001",
            "99999.99",
            ".5",
            "5.",
            "-0.25",
            "1000000000000",
            "0.0000000000000012345",
            "3.14159265358979",
            "007.10",
            "1e5",
            "1.5E+03",
            "-25e-2",
            "1E-7",
        ] {
            assert_eq!(decimal(text), Some(text.parse::<f64>().unwrap()), "{text}");
        }
        let long = decimal("0.30000000000000004").unwrap();
        assert!((long - 0.3).abs() < 1e-15);
        assert_eq!(decimal("0.00000000000000000000000000001"), Some(0.0));
        for text in
            ["", "-", ".", "1,5", "e5", "1e", "1e99", "inf", "NaN", "0x10", "1 2", "٣", "--1", "1.2.3"]
        {
            assert_eq!(decimal(text), None, "{text}");
        }
    }
}
