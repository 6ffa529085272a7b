//! Two sets of predictions for the same rows, compared row by row; and many such comparisons at once.
//!
//! The difference of two mean log losses is a mean of differences, and so is, by the theorem of U-statistics, that of two areas under the ROC curve (DeLong, DeLong and
//! Clarke-Pearson 1988, "Comparing the areas under two or more correlated receiver operating characteristic curves"). So both have a standard error from the rows alone, and no row needs to
//! be drawn again. That this holds for predictions of cross-validation is shown by Bayle, Bayle, Janson and Mackey 2020, "Cross-validation confidence intervals for test error".

use crate::learn::quality::Interval;
use serde::Serialize;

/// A mean with its standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// The standard error of it.
    pub error: f64,
}

impl Estimate {
    /// The same with another source of error, which is not in the rows.
    #[must_use]
    pub fn and(self, variance: f64) -> Self {
        Self { error: (self.error * self.error + variance).sqrt(), ..self }
    }

    /// The mean with its 95 % interval.
    #[must_use]
    pub fn interval(self) -> Interval {
        let reach = 1.96 * self.error;
        Interval { value: self.mean, low: self.mean - reach, high: self.mean + reach }
    }

    /// How likely a mean so far above 0 would be if there were nothing, by the normal distribution; two-sided, so that it is below 5 % where the 95 % interval lies above 0.
    #[must_use]
    pub fn chance(self) -> f64 {
        if self.error > 0.0 {
            libm::erfc(self.mean / self.error / std::f64::consts::SQRT_2).min(1.0)
        } else if self.mean > 0.0 {
            0.0
        } else {
            1.0
        }
    }
}

/// What is lost by the worse of two.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Loss {
    /// How much the mean log loss grows, in nats.
    pub log_loss: Interval,
    /// How much the area under the ROC curve shrinks.
    pub auc: Interval,
}

/// What each row adds to the figures of one set of predictions: means of these are the figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scored {
    /// The log loss.
    pub losses: Vec<f64>,
    /// Of a yes, the share of the noes that are below; of a no, the share of the yeses that are above. Equals count half.
    pub places: Vec<f64>,
}

impl Scored {
    /// Of log-odds and what came of each row.
    #[must_use]
    pub fn new(odds: &[f64], labels: &[bool]) -> Self {
        let loss = |(odds, label): (&f64, &bool)| {
            let against = if *label { -odds } else { *odds };
            against.max(0.0) + libm::log1p(libm::exp(-against.abs()))
        };
        Self { losses: odds.iter().zip(labels).map(loss).collect(), places: places(odds, labels) }
    }

    /// The mean of several, row by row.
    #[must_use]
    pub fn mean(all: &[Self]) -> Self {
        let mean = |get: fn(&Self) -> &Vec<f64>| {
            let rows = all.iter().map(|one| get(one).len()).min().unwrap_or(0);
            let sum = |row: usize| all.iter().map(|one| get(one)[row]).sum::<f64>();
            (0..rows).map(|row| sum(row) / all.len() as f64).collect()
        };
        Self { losses: mean(|one| &one.losses), places: mean(|one| &one.places) }
    }

    /// The mean log loss.
    #[must_use]
    pub fn log_loss(&self) -> f64 {
        self.losses.iter().sum::<f64>() / self.losses.len() as f64
    }

    /// The area under the ROC curve.
    #[must_use]
    pub fn auc(&self, labels: &[bool]) -> f64 {
        let yes = || self.places.iter().zip(labels).filter(|(_, label)| **label);
        yes().map(|(place, _)| place).sum::<f64>() / yes().count() as f64
    }

    /// How much `worse` loses: the growth of the log loss, and the shrinking of the area.
    #[must_use]
    pub fn less(&self, worse: &Self, labels: &[bool]) -> [Estimate; 2] {
        let losses = worse.losses.iter().zip(&self.losses).map(|(worse, own)| worse - own);
        let places: Vec<f64> =
            self.places.iter().zip(&worse.places).map(|(own, worse)| own - worse).collect();
        let of = |kind: bool| {
            mean(places.iter().zip(labels).filter(|(_, label)| **label == kind).map(|(place, _)| *place))
        };
        [mean(losses), of(true).and(of(false).error.powi(2))]
    }
}

/// The mean of numbers and its standard error.
fn mean(numbers: impl Iterator<Item = f64>) -> Estimate {
    let numbers: Vec<f64> = numbers.collect();
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n.max(1.0);
    let square: f64 = numbers.iter().map(|x| (x - mean) * (x - mean)).sum();
    Estimate { mean, error: (square / (n - 1.0).max(1.0) / n.max(1.0)).sqrt() }
}

/// See [`Scored::places`].
fn places(odds: &[f64], labels: &[bool]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..odds.len().min(labels.len())).collect();
    order.sort_by(|a, b| odds[*a].total_cmp(&odds[*b]));
    let count = |rows: &[usize], kind: bool| rows.iter().filter(|row| labels[**row] == kind).count() as f64;
    let all = [count(&order, false).max(1.0), count(&order, true).max(1.0)];
    let mut places = vec![0.0; order.len()];
    let mut below = [0.0, 0.0];
    for equal in order.chunk_by(|a, b| odds[*a] == odds[*b]) {
        let here = [count(equal, false), count(equal, true)];
        for row in equal {
            places[*row] = if labels[*row] {
                (below[0] + here[0] / 2.0) / all[0]
            } else {
                1.0 - (below[1] + here[1] / 2.0) / all[1]
            };
        }
        below = [below[0] + here[0], below[1] + here[1]];
    }
    places
}

/// Which of many chances are too small to be chance, such that of those found at most `rate` are so by chance, on average (Benjamini and Hochberg 1995,
/// "Controlling the false discovery rate").
#[must_use]
pub fn discoveries(chances: &[f64], rate: f64) -> Vec<bool> {
    let mut sorted = chances.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = chances.len() as f64;
    let small = sorted.iter().zip(1_u32..).filter(|(p, rank)| **p <= f64::from(*rank) / n * rate).last();
    let limit = small.map(|(p, _)| *p);
    chances.iter().map(|p| limit.is_some_and(|limit| *p <= limit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{mix, unit};
    use crate::learn::quality::figures;

    /// Odds that tell something, others that tell a little less, and what came.
    fn drawn(seed: u64, noise: f64) -> (Vec<f64>, Vec<f64>, Vec<bool>) {
        let draw = |i: u64, k: u64| unit(mix(mix(seed * 10 + k) ^ i));
        let odds: Vec<f64> = (0..400).map(|i| draw(i, 1) * 6.0 - 3.0).collect();
        let other = (0..400).map(|i| odds[i as usize] + noise * (draw(i, 2) - 0.5)).collect();
        let labels = (0..400).map(|i| draw(i, 3) < 1.0 / (1.0 + libm::exp(-odds[i as usize]))).collect();
        (odds, other, labels)
    }

    #[test]
    fn figures_are_those_of_quality() {
        let (odds, other, labels) = drawn(1, 4.0);
        let rounded: Vec<f64> = other.iter().map(|x| x.round()).collect();
        for odds in [odds, rounded] {
            let shares: Vec<f64> = odds.iter().map(|x| 1.0 / (1.0 + libm::exp(-x))).collect();
            let (scored, told) = (Scored::new(&odds, &labels), figures(&shares, &labels));
            assert!((scored.auc(&labels) - told.auc).abs() < 1e-12, "{told:?}");
            assert!((scored.log_loss() - told.log_loss).abs() < 1e-12, "{told:?}");
        }
    }

    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        // the truth, from many rows
        let many: Vec<[f64; 2]> = (1000..1300)
            .map(|seed| {
                let (odds, other, labels) = drawn(seed, 3.0);
                Scored::new(&odds, &labels).less(&Scored::new(&other, &labels), &labels).map(|e| e.mean)
            })
            .collect();
        let truth = [0, 1].map(|i| many.iter().map(|m| m[i]).sum::<f64>() / many.len() as f64);
        for i in [0, 1] {
            let held = (0..300)
                .filter(|seed| {
                    let (odds, other, labels) = drawn(*seed, 3.0);
                    let loss = Scored::new(&odds, &labels).less(&Scored::new(&other, &labels), &labels);
                    let Interval { low, high, .. } = loss[i].interval();
                    (low..=high).contains(&truth[i])
                })
                .count();
            assert!((270..=296).contains(&held), "{held} of 300 at 95 %");
        }
    }

    #[test]
    fn chances_are_those_of_the_normal_distribution() {
        let chance = |mean| Estimate { mean, error: 1.0 }.chance();
        assert!((chance(1.959_963_985) - 0.05).abs() < 1e-9 && (chance(2.575_829_304) - 0.01).abs() < 1e-9);
        assert_eq!([0.0, -1.0].map(chance), [1.0, 1.0]);
        assert_eq!(Estimate { mean: 1.0, error: 0.0 }.chance(), 0.0);
        assert_eq!(Estimate::default().chance(), 1.0);
    }

    #[test]
    fn discoveries_are_those_of_the_paper() {
        // the example of Benjamini and Hochberg 1995, section 3: 15 hypotheses, 4 rejected at .05
        let chances = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
            0.6528, 0.7590, 1.0,
        ];
        assert_eq!(discoveries(&chances, 0.05).iter().filter(|found| **found).count(), 4);
        assert_eq!(discoveries(&[0.04, 0.9], 0.05), [false, false]);
        assert_eq!(discoveries(&[0.04, 0.05], 0.05), [true, true], "a step up");
        assert_eq!(discoveries(&[], 0.05), [false; 0]);
    }
}
