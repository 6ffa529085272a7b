//! Confidence sequences: intervals that hold at every look at once, so that whoever looks each day, and stops when it pleases them, is wrong no more often than stated.
//!
//! The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024, "Time-uniform central limit theory and asymptotic confidence sequences" (Theorem 2.2, the
//! normal mixture of Robbins 1970): after `t` recipients a mean whose estimate has the variance `v` lies within √(2v · (tρ² + 1)/(tρ²) · ln(√(tρ² + 1)/α)) of the estimate at all `t`, with
//! probability 1 − α. For two arms `v` is the sum of both means' variances, as randomised assignment makes them independent. Where an interval of one look takes 1.96 standard errors, this
//! takes 3.0 at [`SOONEST`] recipients and at most 3.9 within a factor of ten of that.
//!
//! **What it assumes.** Recipients are assigned at random and independently, each counts once, with all that came of them within a window of fixed length, in the order in which windows close; outcomes have
//! a finite variance. Being asymptotic, it needs some of both arms: below [`FEWEST`] recipients of an arm, or [`FEWEST_EVENTS`] events, nothing is told. The variance of a rate is that of a rate with
//! one success and one failure more, so that an arm in which nothing happened yet isn't taken for one in which nothing can. That the stated rate holds is tested on simulated campaigns.

use serde::{Deserialize, Serialize};

/// How often a sequence may be wrong at any time.
pub const ALPHA: f64 = 0.05;
/// The number of recipients at which intervals are made as narrow as can be. Fixed beforehand, as it must be.
pub const SOONEST: f64 = 10_000.0;
/// The fewest recipients of an arm of which anything is told.
pub const FEWEST: u64 = 50;
/// The fewest events, in all arms, of which anything is told.
pub const FEWEST_EVENTS: u64 = 10;
/// The fewest events in each arm before a mean of amounts is told: how much amounts vary isn't known from fewer.
pub const FEWEST_AMOUNTS: u64 = 5;

/// An estimate and the interval that holds at every look.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Figure {
    /// The estimate.
    pub value: f64,
    /// Where the interval begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
}

/// What is known of the mean of one arm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// How many recipients.
    pub size: u64,
    /// How many of them did anything.
    pub events: u64,
    /// The mean.
    pub mean: f64,
    /// The variance of one recipient.
    pub variance: f64,
}

impl Sample {
    /// Of whom `events` did something.
    #[must_use]
    pub fn rate(size: u64, events: u64) -> Self {
        let mean = if size == 0 { 0.0 } else { events as f64 / size as f64 };
        let cautious = (events as f64 + 1.0) / (size as f64 + 2.0);
        Self { size, events, mean, variance: cautious * (1.0 - cautious) }
    }

    /// Of whom `events` brought amounts that add up to `sum`, and squared to `squares`, in hundredths.
    #[must_use]
    pub fn amounts(size: u64, events: u64, sum: i128, squares: u128) -> Self {
        if size == 0 {
            return Self::default();
        }
        let n = size as f64;
        let mean = sum as f64 / 100.0 / n;
        let about = squares as f64 / 10_000.0 - n * mean * mean;
        Self { size, events, mean, variance: about.max(0.0) / (n - 1.0).max(1.0) }
    }

    fn error2(&self) -> f64 {
        self.variance / (self.size as f64).max(1.0)
    }
}

/// How many standard errors the interval reaches after `size` recipients, squared.
fn reach2(size: f64) -> f64 {
    let most = -2.0 * libm::log(ALPHA);
    let tuned = (most + libm::log(most + 1.0)) / SOONEST * size;
    2.0 * (tuned + 1.0) / tuned * (0.5 * libm::log(tuned + 1.0) - libm::log(ALPHA))
}

/// The mean of one sample.
#[must_use]
pub fn mean(sample: &Sample) -> Option<Figure> {
    if sample.size < FEWEST {
        return None;
    }
    let reach = libm::sqrt(reach2(sample.size as f64) * sample.error2());
    Some(Figure { value: sample.mean, low: sample.mean - reach, high: sample.mean + reach })
}

/// A rate, which lies between 0 and 1.
#[must_use]
pub fn rate(size: u64, events: u64) -> Option<Figure> {
    let figure = mean(&Sample::rate(size, events))?;
    Some(Figure { low: figure.low.max(0.0), high: figure.high.min(1.0), ..figure })
}

/// By how much the first mean is above the second.
#[must_use]
pub fn difference(treated: &Sample, held_out: &Sample) -> Option<Figure> {
    enough(treated, held_out).then(|| {
        let size = (treated.size + held_out.size) as f64;
        let reach = libm::sqrt(reach2(size) * (treated.error2() + held_out.error2()));
        let value = treated.mean - held_out.mean;
        Figure { value, low: value - reach, high: value + reach }
    })
}

/// By which share the first mean is above the second: on the scale of logarithms, where the variances of two means relate to their squares (the delta method).
#[must_use]
pub fn relative(treated: &Sample, held_out: &Sample) -> Option<Figure> {
    let positive = treated.events >= FEWEST_AMOUNTS && held_out.events >= FEWEST_AMOUNTS;
    (positive && enough(treated, held_out) && treated.mean > 0.0 && held_out.mean > 0.0).then(|| {
        let size = (treated.size + held_out.size) as f64;
        let part = |sample: &Sample| sample.error2() / (sample.mean * sample.mean);
        let reach = libm::sqrt(reach2(size) * (part(treated) + part(held_out)));
        let value = libm::log(treated.mean / held_out.mean);
        let share = |logarithm: f64| libm::exp(logarithm) - 1.0;
        Figure { value: share(value), low: share(value - reach), high: share(value + reach) }
    })
}

fn enough(one: &Sample, other: &Sample) -> bool {
    one.size >= FEWEST && other.size >= FEWEST && one.events + other.events >= FEWEST_EVENTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{mix, unit};

    /// Two arms as their recipients come in.
    #[derive(Default)]
    struct Arms([(u64, u64, i128, u128); 2]);

    impl Arms {
        fn add(&mut self, arm: usize, cents: i64) {
            let (size, events, sum, squares) = &mut self.0[arm];
            *size += 1;
            *events += u64::from(cents > 0);
            *sum += i128::from(cents);
            *squares += u128::from(cents.unsigned_abs()).pow(2);
        }

        fn rates(&self) -> [Sample; 2] {
            self.0.map(|(size, events, ..)| Sample::rate(size, events))
        }

        fn amounts(&self) -> [Sample; 2] {
            self.0.map(|(size, events, sum, squares)| Sample::amounts(size, events, sum, squares))
        }
    }

    /// A campaign in which `holdout` are held out, and a recipient orders with a probability by arm; an order is worth 10 to some thousand, long-tailed.
    struct World {
        seed: u64,
        holdout: f64,
        orders: [f64; 2],
    }

    impl World {
        fn draw(&self, recipient: u64, what: u64) -> f64 {
            unit(mix(mix(self.seed ^ mix(what)) ^ recipient))
        }

        fn recipient(&self, number: u64) -> (usize, i64) {
            let arm = usize::from(self.draw(number, 1) < self.holdout);
            let ordered = self.draw(number, 2) < self.orders[arm];
            let normal: f64 = (3..15).map(|k| self.draw(number, k)).sum::<f64>() - 6.0;
            (arm, if ordered { (libm::exp(8.0 + normal) as i64).max(1) } else { 0 })
        }
    }

    /// In how many worlds a sequence missed the truth at any look: of rates, of amounts, of relative rates.
    fn misses(worlds: u64, recipients: u64, holdout: f64, orders: [f64; 2]) -> [f64; 3] {
        let mean_amount = {
            let world = World { seed: 99, holdout: 0.5, orders: [1.0, 1.0] };
            (0..200_000).map(|n| world.recipient(n).1 as f64).sum::<f64>() / 200_000.0 / 100.0
        };
        let truth = [
            orders[0] - orders[1],
            (orders[0] - orders[1]) * mean_amount,
            if orders[1] > 0.0 { orders[0] / orders[1] - 1.0 } else { 0.0 },
        ];
        let mut missed = [0; 3];
        for seed in 0..worlds {
            let world = World { seed: mix(seed), holdout, orders };
            let (mut arms, mut wrong) = (Arms::default(), [false; 3]);
            for number in 0..recipients {
                let (arm, cents) = world.recipient(number);
                arms.add(arm, cents);
                // nothing but a recipient who comes in changes an interval; later most change it little
                if number > 2000 && cents == 0 && number % 8 != 0 {
                    continue;
                }
                let ([a, b], [x, y]) = (arms.rates(), arms.amounts());
                let sure = |s: &Sample| s.events >= FEWEST_AMOUNTS;
                let looks = [
                    difference(&a, &b),
                    difference(&x, &y).filter(|_| sure(&x) && sure(&y)),
                    relative(&a, &b),
                ];
                for ((wrong, look), truth) in wrong.iter_mut().zip(looks).zip(truth) {
                    *wrong |= look.is_some_and(|f| !(f.low..=f.high).contains(&truth));
                }
            }
            missed.iter_mut().zip(wrong).for_each(|(missed, wrong)| *missed += u64::from(wrong));
        }
        missed.map(|missed| missed as f64 / worlds as f64)
    }

    #[test]
    fn in_two_thousand_worlds_without_effect_constant_peeking_is_misled_as_seldom_as_stated() {
        let missed = misses(2000, 6_000, 0.2, [0.04, 0.04]);
        assert!(missed.iter().all(|share| *share <= ALPHA), "{missed:?}");
    }

    #[test]
    fn a_true_lift_is_covered_and_found() {
        let missed = misses(300, 12_000, 0.1, [0.05, 0.02]);
        assert!(missed.iter().all(|share| *share <= ALPHA), "{missed:?}");
        let rare = misses(300, 12_000, 0.1, [0.004, 0.002]);
        assert!(rare.iter().all(|share| *share <= ALPHA), "rare: {rare:?}");
        let found = (0..100).filter(|seed| {
            let world = World { seed: *seed, holdout: 0.1, orders: [0.05, 0.02] };
            let mut arms = Arms::default();
            (0..12_000).for_each(|n| {
                let (arm, cents) = world.recipient(n);
                arms.add(arm, cents);
            });
            let [a, b] = arms.rates();
            difference(&a, &b).is_some_and(|f| f.low > 0.0)
        });
        assert!(found.count() >= 95);
    }

    #[test]
    fn an_interval_for_one_look_would_be_misled_by_peeking() {
        // what the sequences are for: the same worlds, looked at with 1.96 standard errors
        let misled = (0..200).filter(|seed| {
            let world = World { seed: mix(*seed), holdout: 0.2, orders: [0.04, 0.04] };
            let mut arms = Arms::default();
            (0..6_000).any(|n| {
                let (arm, cents) = world.recipient(n);
                arms.add(arm, cents);
                let [a, b] = arms.rates();
                enough(&a, &b) && (a.mean - b.mean).abs() > 1.96 * libm::sqrt(a.error2() + b.error2())
            })
        });
        assert!(misled.count() > 40);
    }

    #[test]
    fn nothing_is_told_of_too_few() {
        let many = Sample::rate(5000, 100);
        assert!(difference(&many, &Sample::rate(FEWEST - 1, 3)).is_none());
        assert!(difference(&Sample::rate(5000, 9), &Sample::rate(500, 0)).is_none());
        assert!(difference(&many, &Sample::rate(500, 0)).is_some_and(|f| f.low < 0.02 && f.high > 0.02));
        assert!(relative(&many, &Sample::rate(500, 0)).is_none());
        assert!(rate(10, 3).is_none() && rate(100, 0).is_some_and(|f| f.low == 0.0 && f.high > 0.0));
    }
}
