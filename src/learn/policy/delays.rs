//! How long outcomes take to come.

use super::{KINDS, window};
use crate::campaign::Learning;
use crate::time::Span;

/// Into how many parts a window is cut. The parts grow: the n-th begins at (n/24)² of the window, as most outcomes come early.
const PARTS: usize = 24;
/// How many outcomes the curve that is assumed weighs: as many in each part.
const ASSUMED: f64 = 12.0;

/// Counts of outcomes, by how much of their window had passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delays([[u64; PARTS]; KINDS]);

impl Default for Delays {
    fn default() -> Self {
        Self([[0; PARTS]; KINDS])
    }
}

/// How far into the parts of a window a delay is, in [0, [`PARTS`]].
fn depth(after: Span, window: Span) -> f64 {
    libm::sqrt((after.0.max(0) as f64 / window.0.max(1) as f64).min(1.0)) * PARTS as f64
}

impl Delays {
    /// Counts the outcomes of an exposure whose windows have closed.
    pub(super) fn count(&mut self, after: &[Option<Span>; KINDS], learning: &Learning) {
        for (kind, after) in after.iter().enumerate() {
            if let Some(after) = after {
                let part = (depth(*after, window(learning, kind)) as usize).min(PARTS - 1);
                self.0[kind][part] += 1;
            }
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().flatten().zip(other.0.iter().flatten()) {
            *count += more;
        }
    }

    /// The share of outcomes that have come when an exposure is of an age, in [0, 1].
    #[must_use]
    pub fn share(&self, kind: usize, age: Span, window: Span) -> f64 {
        let depth = depth(age, window);
        let counts = self.0[kind].map(|count| count as f64 + ASSUMED / PARTS as f64);
        let total: f64 = counts.iter().sum();
        let had = |(part, count): (usize, &f64)| count * (depth - part as f64).clamp(0.0, 1.0);
        counts.iter().enumerate().map(had).sum::<f64>() / total
    }
}
