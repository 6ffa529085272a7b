//! Counts that fade.

use crate::time::{DAY, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A sum in which every contribution halves each `DAYS` days.
///
/// The order of arrival does not matter: a late event is added as it would stand now. Only rounding differs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Decayed<const DAYS: u16> {
    /// The sum as of `at`.
    pub value: f32,
    /// The newest contribution.
    pub at: Timestamp,
}

impl<const DAYS: u16> Decayed<DAYS> {
    /// A sum that stands at `value` at the instant `at`.
    #[must_use]
    pub const fn new(value: f32, at: Timestamp) -> Self {
        Self { value, at }
    }

    /// Adds `amount` that happened at `at`; nothing, when the amount is nothing.
    pub fn add(&mut self, amount: f32, at: Timestamp) {
        if amount == 0.0 {
            return;
        }
        if self.value == 0.0 {
            *self = Self { value: amount, at };
        } else if at >= self.at {
            *self = Self { value: (self.at(at) + f64::from(amount)) as f32, at };
        } else {
            self.value += (f64::from(amount) * Self::left(at, self.at)) as f32;
        }
    }

    /// What is left of the sum at `now`; before its newest contribution, the sum itself.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> f64 {
        f64::from(self.value) * Self::left(self.at, now)
    }

    /// Takes over what another record of the same recipient counted.
    pub fn merge(&mut self, other: &Self) {
        self.add(other.value, other.at);
    }

    fn left(from: Timestamp, to: Timestamp) -> f64 {
        let age = to.since(from).0.max(0);
        if age == 0 { 1.0 } else { libm::exp2(age as f64 * const { -1.0 / (DAYS as f64 * DAY as f64) }) }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    value: f32,
    at: Timestamp,
}

/// Rows hold many sums that were never touched or hold one count: with its bytes turned round nothing takes one byte and a round number few.
impl<const DAYS: u16> Serialize for Decayed<DAYS> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            Plain { value: self.value, at: self.at }.serialize(serializer)
        } else {
            (self.value.to_bits().swap_bytes(), self.at).serialize(serializer)
        }
    }
}

impl<'de, const DAYS: u16> Deserialize<'de> for Decayed<DAYS> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Plain::deserialize(deserializer).map(|Plain { value, at }| Self { value, at })
        } else {
            let (bits, at) = <(u32, Timestamp)>::deserialize(deserializer)?;
            Ok(Self { value: f32::from_bits(bits.swap_bytes()), at })
        }
    }
}

/// A count at two half-lives, so that its trend can be told: a week, and `DAYS`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace<const DAYS: u16> {
    /// Of this week.
    pub week: Decayed<7>,
    /// Of the longer time.
    pub long: Decayed<DAYS>,
}

impl<const DAYS: u16> Pace<DAYS> {
    /// A long sum that stands at `value`; the week is taken to be as usual.
    #[must_use]
    pub fn usual(value: f32, at: Timestamp) -> Self {
        Self { week: Decayed::new(value * 7.0 / f32::from(DAYS), at), long: Decayed::new(value, at) }
    }

    /// Adds `amount` that happened at `at`.
    pub fn add(&mut self, amount: f32, at: Timestamp) {
        self.week.add(amount, at);
        self.long.add(amount, at);
    }

    /// Takes over what another record of the same recipient counted.
    pub fn merge(&mut self, other: &Self) {
        self.week.merge(&other.week);
        self.long.merge(&other.long);
    }

    /// This week's rate over the usual one: 1 is steady, less is fading, more is rising. None before anything was counted.
    ///
    /// A steady rate of `r` a day makes a sum of half-life `h` settle at `r · h / ln 2`, so the sums are compared per half-life.
    #[must_use]
    pub fn momentum(&self, now: Timestamp) -> Option<f64> {
        let usual = self.long.at(now) / f64::from(DAYS);
        (usual > 0.0).then(|| self.week.at(now) / 7.0 / usual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_at_its_half_life() {
        let d = Decayed::<30>::new(8.0, Timestamp(0));
        assert_eq!(d.at(Timestamp(30 * DAY)), 4.0);
        assert_eq!(d.at(Timestamp(90 * DAY)), 1.0);
        assert_eq!(d.at(Timestamp(-DAY)), 8.0);
    }

    proptest! {
        #[test]
        fn order_does_not_matter(mut events in proptest::collection::vec((0.1f32..50.0, 0i64..400), 1..20), turn in 0usize..20) {
            let now = Timestamp(400 * DAY);
            let sum = |events: &[(f32, i64)]| {
                let mut d = Decayed::<14>::default();
                for &(amount, day) in events {
                    d.add(amount, Timestamp(day * DAY));
                }
                d.at(now)
            };
            let first = sum(&events);
            let len = events.len();
            events.rotate_left(turn % len);
            prop_assert!((sum(&events) - first).abs() <= 1e-4 * first.max(1e-3), "{} {}", sum(&events), first);
        }
    }
}
