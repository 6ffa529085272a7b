//! Instants, spans and civil dates, in the little form that deciding needs. (`jiff` would add 82 KB of compressed wasm;
//! the tests check this module against it.)

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Milliseconds in a minute.
pub const MINUTE: i64 = 60_000;
/// Milliseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Milliseconds in a day.
pub const DAY: i64 = 24 * HOUR;

/// An instant: milliseconds since 1970-01-01T00:00:00Z. In JSON an RFC 3339 string; a number of milliseconds is read too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The span from `earlier` to `self`; negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// `self` moved by `span`.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// The instant of so many milliseconds since 1970; none outside the years 0 to 9999, which can't be written down.
    #[must_use]
    pub const fn of_milliseconds(ms: i64) -> Option<Self> {
        const FIRST: i64 = days_from_civil(0, 1, 1) * DAY;
        const AFTER: i64 = days_from_civil(10_000, 1, 1) * DAY;
        if FIRST <= ms && ms < AFTER { Some(Self(ms)) } else { None }
    }

    /// Reads `2026-11-22`, `2026-11-22T10:00:00Z`, `2026-11-22T10:00:00.250+01:00`. A date alone is its midnight in UTC.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let [_, _, _, _, b'-', _, _, b'-', ..] = text.as_bytes() else { return None };
        let (y, m) = (digits(text.get(..4)?, 4)?, digits(text.get(5..7)?, 2)?);
        let (d, rest) = (digits(text.get(8..10)?, 2)?, text.get(10..)?);
        if !(1..=12).contains(&m) || d < 1 || d > days_in_month(y, m) {
            return None;
        }
        let midnight = days_from_civil(y, m, d) * DAY;
        if rest.is_empty() {
            return Some(Self(midnight));
        }
        let rest = rest.strip_prefix(['T', 't', ' '])?;
        let zone = rest.find(['Z', 'z', '+', '-'])?;
        let (clock, zone) = rest.split_at(zone);
        Some(Self(midnight + parse_clock(clock)? - parse_offset(zone)?))
    }

    /// Days since 1970-01-01 in UTC.
    #[must_use]
    pub const fn day(self) -> i64 {
        self.0.div_euclid(DAY)
    }
}

fn digits(text: &str, len: usize) -> Option<i64> {
    let next = |n: i64, b: u8| b.is_ascii_digit().then(|| 10 * n + i64::from(b - b'0'));
    if text.len() == len && len > 0 { text.bytes().try_fold(0, next) } else { None }
}

fn parse_clock(text: &str) -> Option<i64> {
    let (clock, fraction) = text.split_once('.').map_or((text, None), |(c, f)| (c, Some(f)));
    let mut parts = clock.split(':');
    let (h, m) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let s = parts.next().map_or(Some(0), |s| digits(s, 2))?;
    if parts.next().is_some() || h > 23 || m > 59 || s > 60 {
        return None;
    }
    let ms = match fraction {
        None => 0,
        Some(f) if f.is_empty() || f.len() > 9 || !f.bytes().all(|b| b.is_ascii_digit()) => return None,
        Some(f) => format!("{f:0<3}")[..3].parse().ok()?,
    };
    Some(h * HOUR + m * MINUTE + s.min(59) * 1000 + ms)
}

fn parse_offset(text: &str) -> Option<i64> {
    let sign = match text.as_bytes() {
        [b'Z' | b'z'] => return Some(0),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return None,
    };
    let (h, m) = text[1..].split_once(':')?;
    let (h, m) = (digits(h, 2)?, digits(m, 2)?);
    (h < 24 && m < 60).then_some(sign * (h * HOUR + m * MINUTE))
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, m, d) = civil_from_days(self.day());
        let ms = self.0.rem_euclid(DAY);
        let (hour, minute, second, fraction) = (ms / HOUR, ms / MINUTE % 60, ms / 1000 % 60, ms % 1000);
        if !(0..10_000).contains(&y) {
            return write!(f, "{y}-{m:02}-{d:02}T{hour:02}:{minute:02}:{second:02}.{fraction:03}Z");
        }
        // by hand, since plans write one for every recipient of a list
        let mut text = *b"0000-00-00T00:00:00.000Z";
        for (last, mut rest) in
            [(3, y), (6, m), (9, d), (12, hour), (15, minute), (18, second), (22, fraction)]
        {
            for digit in text[..=last].iter_mut().rev().take_while(|digit| **digit == b'0') {
                (*digit, rest) = (b'0' + (rest % 10) as u8, rest / 10);
            }
        }
        if fraction == 0 {
            text[19] = b'Z';
        }
        let length = if fraction == 0 { 20 } else { 24 };
        f.write_str(str::from_utf8(&text[..length]).unwrap_or_default())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() { s.collect_str(self) } else { self.0.serialize(s) }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if !d.is_human_readable() {
            return i64::deserialize(d).map(Self);
        }
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Timestamp;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time such as \"2026-11-22T10:00:00Z\" or milliseconds since 1970")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Timestamp, E> {
                Timestamp::parse(text)
                    .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
            fn visit_i64<E: serde::de::Error>(self, ms: i64) -> Result<Timestamp, E> {
                let unfit = || E::invalid_value(serde::de::Unexpected::Signed(ms), &self);
                Timestamp::of_milliseconds(ms).ok_or_else(unfit)
            }
            fn visit_u64<E: serde::de::Error>(self, ms: u64) -> Result<Timestamp, E> {
                self.visit_i64(i64::try_from(ms).unwrap_or(i64::MAX))
            }
            fn visit_f64<E: serde::de::Error>(self, ms: f64) -> Result<Timestamp, E> {
                // a number too large for the type becomes its end, which is no year that can be written
                self.visit_i64(if ms.is_nan() { i64::MAX } else { ms as i64 })
            }
        }
        d.deserialize_any(Visitor)
    }
}

/// A length of time in milliseconds. Campaigns write it as `30m`, `16h`, `7d` or `4w`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span(pub i64);

impl Span {
    /// Reads `30m`, `16h`, `7d`, `4w`: a whole number and its unit.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let unit = match text.as_bytes().last()? {
            b'm' => MINUTE,
            b'h' => HOUR,
            b'd' => DAY,
            b'w' => 7 * DAY,
            _ => return None,
        };
        let number = &text[..text.len() - 1];
        let count: i64 = (number.len() <= 6).then(|| digits(number, number.len()))??;
        Some(Self(count * unit))
    }

    /// The span in days, with its fraction.
    #[must_use]
    pub fn days(self) -> f64 {
        self.0 as f64 / DAY as f64
    }

    /// The span in hours, with its fraction.
    #[must_use]
    pub fn hours(self) -> f64 {
        self.0 as f64 / HOUR as f64
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ms if ms != 0 && ms % DAY == 0 => write!(f, "{}d", ms / DAY),
            ms if ms != 0 && ms % HOUR == 0 => write!(f, "{}h", ms / HOUR),
            ms => write!(f, "{}m", ms / MINUTE),
        }
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
/// Howard Hinnant, <https://howardhinnant.github.io/date_algorithms.html>
#[must_use]
pub const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

/// The date (year, month, day) that lies `days` after 1970-01-01.
#[must_use]
pub const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, doy - (153 * mp + 2) / 5 + 1)
}

/// Days in a month of a year.
#[must_use]
pub const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_jiff() {
        for day in (-200_000..200_000).step_by(17) {
            let stamp = Timestamp(day * DAY + (day.rem_euclid(1440)) * MINUTE + 250);
            let jiff = jiff::Timestamp::from_millisecond(stamp.0).unwrap();
            assert_eq!(stamp.to_string().parse::<jiff::Timestamp>().unwrap(), jiff);
            assert_eq!(Timestamp::parse(&stamp.to_string()), Some(stamp));
        }
    }

    #[test]
    fn reads_what_people_write() {
        for (text, ms) in [
            ("1970-01-01", 0),
            ("1970-01-02T00:00:00Z", DAY),
            ("1970-01-01T01:00:00+01:00", 0),
            ("1970-01-01 00:00Z", 0),
            ("2024-02-29T23:59:59.5Z", 1_709_251_199_500),
        ] {
            assert_eq!(Timestamp::parse(text), Some(Timestamp(ms)), "{text}");
        }
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2025-02-29",
            "2026-01-01T",
            "2026-01-01T25:00Z",
            "2026-01-01T10:00",
            "２０２６-01-01",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_instant_that_cannot_be_written_is_not_read() {
        let read = |json: &str| serde_json::from_str::<Timestamp>(json).ok();
        assert_eq!(read("1795000000000"), Some(Timestamp(1_795_000_000_000)));
        assert_eq!(
            read("253402300799999").map(|t| t.to_string()).as_deref(),
            Some("9999-12-31T23:59:59.999Z")
        );
        for json in
            ["253402300800000", "-62167219200001", "9223372036854775807", "18446744073709551615", "1e300"]
        {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn spans_read_and_print() {
        for text in ["30m", "16h", "7d", "0m"] {
            assert_eq!(Span::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Span::parse("4w"), Some(Span(28 * DAY)));
        for text in ["", "h", "7", "7 d", "-1d", "9999999d", "7x"] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }
}
