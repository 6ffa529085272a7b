//! How a value is written in a text: `{fares.price:money EUR|little}`, `{show.starts:time here|tonight}`.
//!
//! | format | of | writes |
//! |---|---|---|
//! | `number`, `number 1` | numbers | with groups; two decimals at most, or so many |
//! | `money`, `money EUR`, `money 0` | numbers | an amount of the campaign's currency or of the one that is named, with its decimals or so many |
//! | `percent`, `percent 1` | numbers | a share: 0.15 is 15 % |
//! | `date`, `day`, `weekday`, `time` | texts such as `2026-12-24T18:00:00+01:00` or `2026-12-24` | day, month and year; day and month; the day's name; hour and minute |
//! | `upper` | texts | in capitals |
//!
//! All in the recipient's language, and where that isn't known or can't be drawn, the campaign's. A moment is told as it is written, by the clock of its own offset; with a time zone
//! behind the format (`time Europe/Zagreb`) by the clock there, with `here` by the recipient's own. Without a format a text stands as it is and a number without groups.

use super::template::Source;
use super::{Decimals, Locale, Part, Values};
use crate::context::zone;
use crate::intent::Value;
use crate::intent::signal::Kind;
use crate::nearest::nearest;
use crate::time::Timestamp;

const NAMES: [&str; 8] = ["number", "money", "percent", "date", "day", "weekday", "time", "upper"];

/// The most decimals that can be asked for.
const MAX_DECIMALS: u8 = 6;

/// How a value is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Format {
    /// A text as it is, a number without groups and with at most so many decimals.
    Plain(u8),
    /// A number.
    Number(Decimals),
    /// An amount.
    Money {
        /// Of this currency (ISO 4217); the campaign's when left out.
        currency: Option<String>,
        /// With so many decimals; as the currency has them when left out.
        decimals: Option<u8>,
    },
    /// A share.
    Percent(Decimals),
    /// A part of a moment.
    Moment(Part, Clock),
    /// In capitals.
    Upper,
}

/// By whose clock a moment is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clock {
    /// By that of the offset with which it is written.
    AsWritten,
    /// By the recipient's own.
    Here,
    /// By that of a time zone.
    Of(String),
}

impl Format {
    /// How values are written that say nothing of it: signals in whole numbers.
    pub(super) const fn plain(source: &Source) -> Self {
        Self::Plain(if matches!(source, Source::Signal(_)) { 0 } else { 2 })
    }

    /// Reads a format.
    ///
    /// # Errors
    /// What is wrong with it, and what was probably meant.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let name = words.next().unwrap_or_default();
        let format = match name {
            "number" => Self::Number(decimals(words.next(), Decimals::up_to(2))?),
            "percent" => Self::Percent(decimals(words.next(), Decimals::up_to(0))?),
            "money" => {
                let mut money = (None, None);
                for word in words.by_ref() {
                    match word {
                        code if is_currency(code) && money.0.is_none() => money.0 = Some(code.to_owned()),
                        count if money.1.is_none() => {
                            money.1 = Some(decimal_count(count).map_err(|_| neither(count))?)
                        }
                        other => return Err(neither(other)),
                    }
                }
                Self::Money { currency: money.0, decimals: money.1 }
            }
            "date" => Self::Moment(Part::Date, clock(words.next())?),
            "day" => Self::Moment(Part::Day, clock(words.next())?),
            "weekday" => Self::Moment(Part::Weekday, clock(words.next())?),
            "time" => Self::Moment(Part::Time, clock(words.next())?),
            "upper" => Self::Upper,
            other => {
                let hint = match nearest(other, NAMES) {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => format!("known: {}", NAMES.join(", ")),
                };
                return Err(format!("format {other:?} is not known; {hint}"));
            }
        };
        match words.next() {
            Some(_) => Err(format!("{text:?} says too much: {name:?} takes nothing after it")),
            None => Ok(format),
        }
    }

    /// Whether values of a kind can be written so.
    pub(super) fn takes(&self, kind: Kind) -> bool {
        match self {
            Self::Plain(_) => kind != Kind::Flag,
            Self::Number(_) | Self::Money { .. } | Self::Percent(_) => kind == Kind::Number,
            Self::Moment(..) | Self::Upper => kind == Kind::Text,
        }
    }

    /// The value as a text; none when it is missing or of another kind.
    pub(super) fn write(&self, value: Value<'_>, values: &Values<'_>) -> Option<String> {
        let mut written = values.locales().filter_map(|locale| self.write_in(locale, value, values));
        let first = written.next()?;
        if values.draws(&first) { Some(first) } else { written.next() }
    }

    fn write_in(&self, locale: &Locale, value: Value<'_>, values: &Values<'_>) -> Option<String> {
        match (self, value) {
            (Self::Plain(most), Value::Number(n)) => locale.ungrouped(n, Decimals::up_to(*most)),
            (Self::Plain(_), Value::Text(text)) => Some(text.to_owned()),
            (Self::Number(decimals), Value::Number(n)) => locale.number(n, *decimals),
            (Self::Money { currency, decimals }, Value::Number(n)) => {
                locale.money(n, currency.as_deref().unwrap_or(values.currency()), *decimals)
            }
            (Self::Percent(decimals), Value::Number(n)) => locale.percent(n, *decimals),
            (Self::Moment(part, clock), Value::Text(text)) => {
                Some(locale.moment(clock.wall(text, *part, values.timezone())?, *part))
            }
            (Self::Upper, Value::Text(text)) => Some(locale.upper(text)),
            _ => None,
        }
    }
}

impl Clock {
    /// What calendar and clock show at a moment that is written in RFC 3339, or on a date; a date has no time, and is the same everywhere.
    fn wall(&self, text: &str, part: Part, own: Option<&str>) -> Option<Timestamp> {
        let instant = Timestamp::parse(text)?;
        let Some(clock) = text.get("2026-12-24".len()..).filter(|clock| !clock.is_empty()) else {
            return Some(instant).filter(|_| part != Part::Time);
        };
        let zone = match self {
            Self::AsWritten => {
                let end = text.len() - clock.len() + clock.find(['Z', 'z', '+', '-'])?;
                return Timestamp::parse(&format!("{}Z", text.get(..end)?));
            }
            Self::Here => own?,
            Self::Of(zone) => zone,
        };
        Some(instant.plus(zone::offset(zone, instant)?))
    }
}

fn decimals(word: Option<&str>, usual: Decimals) -> Result<Decimals, String> {
    word.map_or(Ok(usual), |word| decimal_count(word).map(Decimals::exactly))
}

fn decimal_count(word: &str) -> Result<u8, String> {
    match word.parse() {
        Ok(count) if count <= MAX_DECIMALS => Ok(count),
        Ok(_) => Err(format!("at most {MAX_DECIMALS} decimals can be asked for")),
        Err(_) => Err(format!("{word:?} is no number of decimals")),
    }
}

fn neither(word: &str) -> String {
    format!("{word:?} is neither a currency such as EUR nor a number of decimals up to {MAX_DECIMALS}")
}

fn is_currency(word: &str) -> bool {
    word.len() == 3 && word.bytes().all(|b| b.is_ascii_uppercase())
}

fn clock(word: Option<&str>) -> Result<Clock, String> {
    match word {
        None => Ok(Clock::AsWritten),
        Some("here") => Ok(Clock::Here),
        Some(zone) => match zone::canonical(zone) {
            Some(zone) => Ok(Clock::Of(zone.to_owned())),
            None => Err(format!(
                "{zone:?} is no time zone such as Europe/Zagreb, nor \"here\" for the recipient's own"
            )),
        },
    }
}
