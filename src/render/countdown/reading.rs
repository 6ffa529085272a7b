//! What a countdown says: time left as digits.

use crate::time::{DAY, HOUR, MINUTE, Span};
use serde::{Deserialize, Serialize};

/// A unit of time that a countdown shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 24 hours.
    Days,
    /// 60 minutes.
    Hours,
    /// 60 seconds.
    Minutes,
    /// The second.
    Seconds,
}

impl Unit {
    /// All, the largest first.
    pub const ALL: [Self; 4] = [Self::Days, Self::Hours, Self::Minutes, Self::Seconds];

    /// Its name in campaigns.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Hours => "hours",
            Self::Minutes => "minutes",
            Self::Seconds => "seconds",
        }
    }

    const fn milliseconds(self) -> i64 {
        match self {
            Self::Days => DAY,
            Self::Hours => HOUR,
            Self::Minutes => MINUTE,
            Self::Seconds => 1000,
        }
    }
}

/// The units that a countdown shows: all from its largest to its smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(Unit, Unit)", into = "(Unit, Unit)")]
pub struct Units {
    largest: Unit,
    smallest: Unit,
}

/// The digits of the largest unit at least and at most. More time than they can tell stands as so many nines; it takes 19 years
/// of minutes.
const LEADING: std::ops::RangeInclusive<usize> = 2..=7;
/// The digits of every other unit.
const OTHERS: usize = 2;
const MOST_DIGITS: usize = *LEADING.end() + 3 * OTHERS;

impl Default for Units {
    fn default() -> Self {
        Self { largest: Unit::Days, smallest: Unit::Seconds }
    }
}

impl Units {
    /// All units from `largest` to `smallest`; `None` when that is the larger one.
    #[must_use]
    pub fn new(largest: Unit, smallest: Unit) -> Option<Self> {
        (largest <= smallest).then_some(Self { largest, smallest })
    }

    /// The last of them.
    #[must_use]
    pub const fn smallest(self) -> Unit {
        self.smallest
    }

    /// All of them, the largest first.
    pub fn iter(self) -> impl Iterator<Item = Unit> {
        Unit::ALL.into_iter().filter(move |unit| (self.largest..=self.smallest).contains(unit))
    }

    /// How many digits each unit has when the largest has `leading`.
    pub fn digits(self, leading: usize) -> impl Iterator<Item = (Unit, usize)> {
        self.iter().map(move |unit| (unit, if unit == self.largest { leading } else { OTHERS }))
    }

    /// How many digits the largest unit needs.
    pub fn leading(self, remaining: Span) -> usize {
        let value = self.rounded(remaining) / self.largest.milliseconds();
        let needed = value.checked_ilog10().map_or(1, |log| log as usize + 1);
        needed.clamp(*LEADING.start(), *LEADING.end())
    }

    /// The time left as digits, of which the largest unit has `leading`. Too much for them is the most that they can tell.
    pub fn read(self, remaining: Span, leading: usize) -> Reading {
        let leading = leading.clamp(*LEADING.start(), *LEADING.end());
        let largest = 10i64.pow(leading as u32) * self.largest.milliseconds();
        let mut left = self.rounded(remaining).min(largest - self.smallest.milliseconds());
        let mut reading = Reading { digits: [0; MOST_DIGITS], len: 0 };
        for (unit, digits) in self.digits(leading) {
            let mut value = left / unit.milliseconds();
            left %= unit.milliseconds();
            for digit in reading.digits[reading.len..reading.len + digits].iter_mut().rev() {
                *digit = (value % 10) as u8;
                value /= 10;
            }
            reading.len += digits;
        }
        reading
    }

    /// Milliseconds left, rounded up to the smallest unit.
    fn rounded(self, remaining: Span) -> i64 {
        let unit = self.smallest.milliseconds();
        let left = remaining.0.clamp(0, i64::MAX - unit);
        (left + unit - 1) / unit * unit
    }
}

impl TryFrom<(Unit, Unit)> for Units {
    type Error = &'static str;

    fn try_from((largest, smallest): (Unit, Unit)) -> Result<Self, Self::Error> {
        Self::new(largest, smallest).ok_or("the largest unit comes first")
    }
}

impl From<Units> for (Unit, Unit) {
    fn from(units: Units) -> Self {
        (units.largest, units.smallest)
    }
}

/// Digits from the left, without what stands between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    digits: [u8; MOST_DIGITS],
    len: usize,
}

impl Reading {
    /// How many digits there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// The digit at a place; 0 beyond the last.
    pub fn digit(&self, place: usize) -> u8 {
        self.digits.get(place).copied().unwrap_or(0)
    }

    /// The first and the last place at which `other` has another digit.
    pub fn changed(&self, other: &Self) -> Option<(usize, usize)> {
        let differs = |i: &usize| self.digit(*i) != other.digit(*i);
        Some(((0..self.len).find(differs)?, (0..self.len).rfind(differs)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(units: Units, ms: i64) -> String {
        let reading = units.read(Span(ms), units.leading(Span(ms)));
        (0..reading.len()).map(|i| char::from(b'0' + reading.digit(i))).collect()
    }

    #[test]
    fn what_is_left_is_rounded_up() {
        let all = Units::default();
        for (ms, digits) in [
            (i64::MIN, "00000000"),
            (-1, "00000000"),
            (0, "00000000"),
            (1, "00000001"),
            (1000, "00000001"),
            (1001, "00000002"),
            (59_001, "00000100"),
            (HOUR, "00010000"),
            (DAY - 999, "01000000"),
            (DAY - 1000, "00235959"),
            (100 * DAY, "100000000"),
            (100 * DAY - 1000, "99235959"),
            (i64::MAX, "9999999235959"),
        ] {
            assert_eq!(read(all, ms), digits, "{ms}");
        }
    }

    #[test]
    fn the_largest_unit_counts_everything_above_it() {
        let units = |largest, smallest| Units::new(largest, smallest).unwrap();
        assert_eq!(read(units(Unit::Hours, Unit::Minutes), 3 * DAY + 1), "7201");
        assert_eq!(read(units(Unit::Hours, Unit::Minutes), 30 * DAY), "72000");
        assert_eq!(read(units(Unit::Seconds, Unit::Seconds), 2 * DAY), "172800");
        assert_eq!(read(units(Unit::Days, Unit::Days), 1), "01");
        assert_eq!(read(units(Unit::Seconds, Unit::Seconds), i64::MAX), "9999999");
        assert_eq!(Units::new(Unit::Seconds, Unit::Days), None);
    }
}
