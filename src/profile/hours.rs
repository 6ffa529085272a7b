//! When a recipient answers: a histogram over the hours of the week.

use super::Decayed;
use crate::time::{DAY, HOUR, Timestamp};
use serde::{Deserialize, Serialize};

/// Hours of a week.
pub const HOURS: usize = 168;

/// Answers per hour of the week, fading with a half-life of 180 days (habits outlive a season; Salesforce looks back 90 days).
///
/// Hours are those of UTC, since the recipient's zone may become known later or change; whoever reads the histogram shifts it to the
/// zone of the moment. Only hours with an answer take room.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hours(Vec<(u8, Decayed<180>)>);

impl Hours {
    /// Notes an answer.
    pub fn add(&mut self, at: Timestamp) {
        self.count(of_week(at), 1.0, at);
    }

    /// Takes over what another record of the same recipient holds.
    pub fn merge(&mut self, other: &Self) {
        for (hour, answers) in &other.0 {
            self.count(*hour, answers.value, answers.at);
        }
    }

    /// The hours in which there were answers, with how much is left of them at `now`.
    pub fn answers(&self, now: Timestamp) -> impl Iterator<Item = (u8, f64)> + '_ {
        self.0.iter().map(move |(hour, answers)| (*hour, answers.at(now)))
    }

    /// Was there never an answer?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds answers to an hour of the week; an hour that no week has is none.
    pub(super) fn count(&mut self, hour: u8, amount: f32, at: Timestamp) {
        if usize::from(hour) >= HOURS || amount == 0.0 {
            return;
        }
        match self.0.binary_search_by_key(&hour, |(hour, _)| *hour) {
            Ok(place) => self.0[place].1.add(amount, at),
            Err(place) => self.0.insert(place, (hour, Decayed::new(amount, at))),
        }
    }
}

/// The hour of the week in UTC, from 0 (Monday, midnight to one) to 167.
#[must_use]
pub const fn of_week(at: Timestamp) -> u8 {
    // day 0 of the epoch was a Thursday
    let day = (at.0.div_euclid(DAY) + 3).rem_euclid(7);
    (day * 24 + at.0.rem_euclid(DAY) / HOUR) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_week_begins_on_monday() {
        let at = |text: &str| of_week(Timestamp::parse(text).unwrap());
        assert_eq!(at("2026-11-23T00:00:00Z"), 0);
        assert_eq!(at("2026-11-22T23:59:59Z"), 167);
        assert_eq!(at("2026-11-24T13:30:00Z"), 37);
        assert_eq!(at("1969-12-29T00:00:00Z"), 0);
    }

    #[test]
    fn answers_fade_and_merge() {
        let (mut one, mut two) = (Hours::default(), Hours::default());
        let at = Timestamp(0);
        one.add(at);
        two.add(at);
        two.add(Timestamp(HOUR));
        one.merge(&two);
        let left: Vec<_> = one.answers(Timestamp(180 * DAY)).collect();
        assert_eq!(left.len(), 2);
        assert!((left[0].1 - 1.0).abs() < 1e-3 && (left[1].1 - 0.5).abs() < 1e-3);
    }
}
