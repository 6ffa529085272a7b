//! Counts that fade.

use crate::time::{DAY, Timestamp};
use serde::{Deserialize, Serialize};

/// A sum in which every contribution halves each `DAYS` days.
///
/// The order of arrival does not matter: a late event is added as it would stand now. Only rounding differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

    /// Adds `amount` that happened at `at`.
    pub fn add(&mut self, amount: f32, at: Timestamp) {
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

    fn left(from: Timestamp, to: Timestamp) -> f64 {
        let age = to.since(from).0.max(0) as f64;
        libm::exp2(-age / (f64::from(DAYS) * DAY as f64))
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
