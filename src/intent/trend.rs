//! Trends: of which signals more can only make an answer likelier, or less likely. [`TRENDS`] declares them, and training keeps them.

use super::model::Head;
use super::registry::TRENDS;
use super::signal::SignalId;

/// The way the weights of a signal must run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// The more, the likelier.
    Up,
    /// The more, the less likely.
    Down,
}

impl Trend {
    /// Its name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// A trend that the registry declares: whatever data say, a model is not taught the opposite.
pub struct Declared {
    /// The question for which it holds: a full cart makes a purchase likelier, and a plea for choice less.
    pub head: Head,
    /// The way.
    pub trend: Trend,
    /// One plain sentence: why nothing else makes sense.
    pub why: &'static str,
    /// The signal.
    pub(super) signal: &'static str,
}

impl SignalId {
    /// The trends declared of it, question by question; none of most signals.
    pub fn trends(self) -> impl Iterator<Item = &'static Declared> {
        TRENDS.iter().filter(move |declared| declared.signal == self.signal().name)
    }

    /// The trend declared of it for a question; none where more of it may well tell either.
    #[must_use]
    pub fn trend(self, head: Head) -> Option<&'static Declared> {
        self.trends().find(|declared| declared.head == head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::signal::Kind;

    #[test]
    fn a_trend_is_declared_once_of_a_number_that_is_known() {
        for declared in TRENDS {
            let id = SignalId::of(declared.signal).expect(declared.signal);
            assert_eq!(id.signal().kind, Kind::Number, "{}", declared.signal);
            let same = |other: &&Declared| (other.head, other.signal) == (declared.head, declared.signal);
            assert_eq!(TRENDS.iter().filter(same).count(), 1, "{} twice", declared.signal);
            assert_eq!(id.trend(declared.head).unwrap().why, declared.why);
        }
    }
}
