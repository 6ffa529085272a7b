//! How long outcomes take to come.

use super::{KINDS, window};
use crate::campaign::Learning;
use crate::time::Span;
use serde::{Deserialize, Serialize};

/// Into how many parts a window is cut. The parts grow: the n-th begins at (n/24)² of the window, as most outcomes come early.
const PARTS: usize = 24;
/// How many outcomes the curve that is assumed weighs: as many in each part.
const ASSUMED: f64 = 12.0;

/// Counts of the outcomes of exposures whose windows have closed, by how much of their window had passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

fn part(after: Span, window: Span) -> usize {
    (depth(after, window) as usize).min(PARTS - 1)
}

impl Delays {
    /// Counts the outcomes of an exposure whose windows have closed.
    pub(super) fn count(&mut self, after: &[Option<Span>; KINDS], learning: &Learning) {
        for (kind, after) in after.iter().enumerate() {
            if let Some(after) = after {
                self.0[kind][part(*after, window(learning, kind))] += 1;
            }
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().flatten().zip(other.0.iter().flatten()) {
            *count += more;
        }
    }

    /// What all outcomes tell, also those of exposures whose windows are open: how long after an exposure of which age they came.
    ///
    /// An outcome that is long in coming is missing as yet among the young, so they are only asked about what they are old enough for: of the outcomes that came by the end
    /// of a part after exposures at least so old, the share that came within the part (Lagakos, Barraj and De Gruttola 1988, "Nonparametric analysis of
    /// truncated survival data").
    pub(super) fn curves(
        &self,
        young: impl Iterator<Item = ([Option<Span>; KINDS], Span)>,
        learning: &Learning,
    ) -> Curves {
        let assumed = ASSUMED / PARTS as f64;
        let mut within = self.0.map(|counts| counts.map(|count| count as f64 + assumed));
        let mut by_then = within.map(|mut counts| {
            (1..PARTS).for_each(|part| counts[part] += counts[part - 1]);
            counts
        });
        for (after, age) in young {
            for (kind, after) in after.iter().enumerate() {
                let Some(after) = after.filter(|after| *after <= age) else { continue };
                let (came, old) = (part(after, window(learning, kind)), part(age, window(learning, kind)));
                within[kind][came] += 1.0;
                by_then[kind][came..=old].iter_mut().for_each(|count| *count += 1.0);
            }
        }
        let curve = |kind: usize| {
            let mut curve = [1.0; PARTS + 1];
            for part in (0..PARTS).rev() {
                curve[part] = curve[part + 1] * (1.0 - within[kind][part] / by_then[kind][part]);
            }
            curve
        };
        Curves(std::array::from_fn(curve))
    }
}

/// For each outcome: the share that has come when each part begins, and 1 at the end.
pub struct Curves([[f64; PARTS + 1]; KINDS]);

impl Curves {
    /// The share of outcomes that have come when an exposure is of an age, in [0, 1].
    pub fn share(&self, kind: usize, age: Span, window: Span) -> f64 {
        let (depth, part) = (depth(age, window), part(age, window));
        let (before, then) = (self.0[kind][part], self.0[kind][part + 1]);
        before + (then - before) * (depth - part as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{HOUR, MINUTE};

    const CLICK: usize = 0;

    fn share(delays: &Delays, young: &[(Span, Span)], age: Span) -> f64 {
        let learning = Learning::default();
        let young = young.iter().map(|(after, age)| ([Some(*after), None, None, None], *age));
        delays.curves(young, &learning).share(CLICK, age, learning.click)
    }

    #[test]
    fn before_anything_came_the_assumed_curve_rises_evenly() {
        let shares: Vec<f64> =
            (0..=72).map(|hours| share(&Delays::default(), &[], Span(hours * HOUR))).collect();
        assert!(shares[0] == 0.0 && shares[72] == 1.0 && shares.windows(2).all(|w| w[0] < w[1]));
        assert!((shares[18] - 0.5).abs() < 1e-12, "a quarter of the window: half of what comes");
    }

    #[test]
    fn the_young_tell_how_quickly_outcomes_come_before_any_window_closes() {
        let quick = |age: i64| vec![(Span(MINUTE), Span(age * HOUR)); 200];
        let hour = |age| share(&Delays::default(), &quick(age), Span(HOUR));
        assert!(hour(1) < 0.3, "nobody is old enough to know what comes later: {}", hour(1));
        assert!(hour(24) > 0.5 && hour(70) > 0.8, "{} {}", hour(24), hour(70));
    }

    #[test]
    fn what_the_young_cannot_have_yet_is_not_counted_against_it() {
        // half comes after a minute, half after two days; most exposures are an hour old and only have the quick half
        let mut young = vec![(Span(MINUTE), Span(HOUR)); 500];
        for _ in 0..100 {
            young.extend([(Span(MINUTE), Span(71 * HOUR)), (Span(48 * HOUR), Span(71 * HOUR))]);
        }
        let share = share(&Delays::default(), &young, Span(24 * HOUR));
        assert!((share - 0.5).abs() < 0.08, "{share}");
    }
}
