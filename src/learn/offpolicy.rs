//! What another policy would have brought, told from a log of what was done, with what probability, and what came of it.
//!
//! Three estimators, each with the scores of single rows behind it, so that two policies can be compared row by row:
//!
//! - **IPS**: rewards over the probability of what was done, where the policy would have done the same (Horvitz and Thompson 1952). Unbiased, noisy.
//! - **SNIPS**: the same over the sum of the weights (Swaminathan and Joachims 2015). Less noisy, hardly biased.
//! - **DR**: a model's forecast for every row, set right by IPS of what the model missed (Dudík, Langford and Li 2011, "Doubly robust policy evaluation and
//!   learning"). Unbiased if the probabilities are right or the model is.
//!
//! A log that can't answer the question gets a [`Refusal`] with its name, not a number.

use std::fmt;

/// The smallest effective sample whose intervals mean something.
pub const MIN_SAMPLE: f64 = 100.0;
/// The two-sided 95 % quantile of the normal distribution.
const Z95: f64 = 1.959_963_985;
/// Weights whose mean is so many standard errors from 1 were not the probabilities of this log. Chance alone goes so far once in 16,000 logs.
const BALANCE: f64 = 4.0;

/// A log. All slices have a value per row.
#[derive(Clone, Copy, Debug)]
pub struct Log<'a> {
    /// What was done.
    pub given: &'a [usize],
    /// The probability with which it was.
    pub logged: &'a [f64],
    /// What came of it.
    pub reward: &'a [f64],
    /// What a model that didn't see the row expects of every action; for DR.
    pub told: Option<&'a [Vec<f64>]>,
}

/// A mean and its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Its standard error.
    pub error: f64,
}

impl Estimate {
    /// The mean of scores.
    #[must_use]
    pub fn of(scores: &[f64]) -> Self {
        let rows = scores.len().max(1) as f64;
        let mean = scores.iter().sum::<f64>() / rows;
        let squares = scores.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>();
        Self { mean, error: (squares / (rows - 1.0).max(1.0) / rows).sqrt() }
    }

    /// The 95 % interval.
    #[must_use]
    pub fn interval(self) -> [f64; 2] {
        [self.mean - Z95 * self.error, self.mean + Z95 * self.error]
    }
}

/// How a value is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Inverse probabilities.
    Ips,
    /// Inverse probabilities that sum to one.
    Snips,
    /// Doubly robust.
    Dr,
}

/// What a policy would have brought per row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    /// By inverse probabilities.
    pub ips: Estimate,
    /// By inverse probabilities that sum to one.
    pub snips: Estimate,
    /// Doubly robust, if the log has forecasts.
    pub dr: Option<Estimate>,
    /// So many rows of the policy's own would tell as much.
    pub sample: f64,
    /// Rows in which the policy would have done what was done.
    pub matched: usize,
}

/// Why a log can't answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// There are no rows.
    Empty,
    /// A slice is shorter than another.
    Lengths,
    /// A logged probability isn't above 0 and up to 1.
    Probability {
        /// The row, from 0.
        row: usize,
        /// What stands there.
        found: f64,
    },
    /// Every action was done for certain, so the log tells nothing of any other.
    Deterministic,
    /// The policy wants an action that was never done.
    Unlogged {
        /// The action.
        action: usize,
        /// In how many rows.
        rows: usize,
    },
    /// In no row was done what the policy would have done.
    NoOverlap,
    /// Too few rows bear the whole estimate.
    Sample {
        /// The effective sample.
        found: f64,
    },
    /// The weights don't add up to the rows: the probabilities are not those with which the actions fell.
    Balance {
        /// The mean weight; 1 is right.
        mean: f64,
    },
}

impl Refusal {
    /// Its name, for programs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Lengths => "lengths",
            Self::Probability { .. } => "probability",
            Self::Deterministic => "deterministic",
            Self::Unlogged { .. } => "unlogged",
            Self::NoOverlap => "no_overlap",
            Self::Sample { .. } => "sample",
            Self::Balance { .. } => "balance",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the log has no rows"),
            Self::Lengths => write!(f, "the policy and the log don't have the same rows"),
            Self::Probability { row, found } => write!(
                f,
                "row {} was done with a probability of {found}; it must be above 0 and at most 1",
                row + 1
            ),
            Self::Deterministic => write!(
                f,
                "everything in the log was done for certain; without a draw there is nothing to compare with. Give the campaign some exploration or a holdout"
            ),
            Self::Unlogged { action, rows } => {
                write!(
                    f,
                    "the policy wants action {action} in {rows} rows, and the log never did that: its probability was zero"
                )
            }
            Self::NoOverlap => write!(f, "in no row of the log was done what the policy would have done"),
            Self::Sample { found } => write!(
                f,
                "the estimate would rest on {found:.0} rows' worth of evidence; it takes {MIN_SAMPLE:.0}. A longer log helps, or a policy nearer to what was done"
            ),
            Self::Balance { mean } => write!(
                f,
                "weights should be 1 in the mean and are {mean:.3}: these are not the probabilities with which the log was drawn"
            ),
        }
    }
}

impl std::error::Error for Refusal {}

impl Log<'_> {
    /// What a policy would have brought that does `chosen` in every row.
    ///
    /// # Errors
    /// Why the log can't tell.
    pub fn value(&self, chosen: &[usize]) -> Result<Value, Refusal> {
        let weights = self.weights(chosen)?;
        let (sum, squares) = weights.iter().fold((0.0, 0.0), |(s, q), w| (s + w, q + w * w));
        let of = |method| Estimate::of(&self.rows(chosen, &weights, method));
        Ok(Value {
            ips: of(Method::Ips),
            snips: of(Method::Snips),
            dr: self.told.map(|_| of(Method::Dr)),
            sample: sum * sum / squares,
            matched: weights.iter().filter(|w| **w > 0.0).count(),
        })
    }

    /// What every row says about the value of a policy; their mean is the estimate.
    ///
    /// # Errors
    /// Why the log can't tell.
    pub fn scores(&self, chosen: &[usize], method: Method) -> Result<Vec<f64>, Refusal> {
        Ok(self.rows(chosen, &self.weights(chosen)?, method))
    }

    /// How much more one policy would have brought than another.
    ///
    /// # Errors
    /// Why the log can't tell.
    pub fn difference(&self, one: &[usize], other: &[usize], method: Method) -> Result<Estimate, Refusal> {
        let (one, other) = (self.scores(one, method)?, self.scores(other, method)?);
        Ok(Estimate::of(&one.iter().zip(&other).map(|(a, b)| a - b).collect::<Vec<_>>()))
    }

    fn rows(&self, chosen: &[usize], weights: &[f64], method: Method) -> Vec<f64> {
        let rows = weights.len().max(1) as f64;
        let total: f64 = weights.iter().sum();
        let ratio = weights.iter().zip(self.reward).map(|(w, r)| w * r).sum::<f64>() / total;
        let told = |row: usize, action: usize| {
            self.told.and_then(|told| told.get(row)).and_then(|row| row.get(action)).copied().unwrap_or(0.0)
        };
        let one = |(row, weight): (usize, &f64)| match method {
            Method::Ips => weight * self.reward[row],
            // the delta method: how the ratio moves with the row
            Method::Snips => ratio + weight * (self.reward[row] - ratio) * rows / total,
            Method::Dr => told(row, chosen[row]) + weight * (self.reward[row] - told(row, self.given[row])),
        };
        weights.iter().enumerate().map(one).collect()
    }

    fn weights(&self, chosen: &[usize]) -> Result<Vec<f64>, Refusal> {
        let rows = self.given.len();
        let lengths =
            [self.logged.len(), self.reward.len(), chosen.len(), self.told.map_or(rows, <[_]>::len)];
        if rows == 0 {
            return Err(Refusal::Empty);
        }
        if lengths.iter().any(|length| *length != rows) {
            return Err(Refusal::Lengths);
        }
        if let Some(row) = self.logged.iter().position(|p| !(*p > 0.0 && *p <= 1.0)) {
            return Err(Refusal::Probability { row, found: self.logged[row] });
        }
        if self.logged.iter().all(|p| *p == 1.0) && self.given != chosen {
            return Err(Refusal::Deterministic);
        }
        self.supports(chosen)?;
        let same = self.given.iter().zip(chosen).zip(self.logged);
        let weights: Vec<f64> = same.map(|((g, c), p)| if g == c { 1.0 / p } else { 0.0 }).collect();
        let (sum, squares) = weights.iter().fold((0.0, 0.0), |(s, q), w| (s + w, q + w * w));
        if sum == 0.0 {
            return Err(Refusal::NoOverlap);
        }
        let sample = sum * sum / squares;
        if sample < MIN_SAMPLE {
            return Err(Refusal::Sample { found: sample });
        }
        let Estimate { mean, error } = Estimate::of(&weights);
        if (mean - 1.0).abs() > BALANCE * error + 1e-9 {
            return Err(Refusal::Balance { mean });
        }
        Ok(weights)
    }

    fn supports(&self, chosen: &[usize]) -> Result<(), Refusal> {
        let most = chosen.iter().copied().max().unwrap_or(0);
        let mut done = vec![false; most + 1];
        for given in self.given {
            if let Some(done) = done.get_mut(*given) {
                *done = true;
            }
        }
        if done.iter().all(|done| !done) {
            return Err(Refusal::NoOverlap);
        }
        match chosen.iter().find(|action| !done[**action]) {
            Some(action) => {
                let rows = chosen.iter().filter(|c| *c == action).count();
                Err(Refusal::Unlogged { action: *action, rows })
            }
            None => Ok(()),
        }
    }
}

/// How much is gained by treating only those whose score reaches a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// The threshold; infinite when it is best to treat nobody.
    pub score: f64,
    /// The share of rows that reach it.
    pub treated: f64,
    /// The gain over treating nobody, per row of the log.
    pub gain: Estimate,
}

/// The gains of treating the rows with the highest scores, at up to `steps` shares, none and all included. `gains` says what each row gains from being treated: the
/// difference of two policies' scores.
#[must_use]
pub fn thresholds(scores: &[f64], gains: &[f64], steps: usize) -> Vec<Threshold> {
    let rows = scores.len().min(gains.len());
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    let mut out =
        vec![Threshold { score: f64::INFINITY, treated: 0.0, gain: Estimate { mean: 0.0, error: 0.0 } }];
    let (mut sum, mut squares, mut due) = (0.0, 0.0, 1);
    for (i, row) in order.iter().enumerate() {
        sum += gains[*row];
        squares += gains[*row] * gains[*row];
        let last_of_equals = order.get(i + 1).is_none_or(|next| scores[*next] != scores[*row]);
        if last_of_equals && ((i + 1) * steps >= due * rows || i + 1 == rows) {
            let n = rows as f64;
            let mean = sum / n;
            let error = ((squares / n - mean * mean).max(0.0) / n).sqrt();
            let treated = (i + 1) as f64 / n;
            out.push(Threshold { score: scores[*row], treated, gain: Estimate { mean, error } });
            due = (i + 1) * steps / rows + 1;
        }
    }
    out
}

/// The threshold of the highest gain; the highest threshold of equals.
#[must_use]
pub fn best(thresholds: &[Threshold]) -> Option<Threshold> {
    thresholds.iter().copied().fold(None, |best: Option<Threshold>, t| match best {
        Some(b) if b.gain.mean >= t.gain.mean => Some(b),
        _ => Some(t),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{mix, unit};

    fn draw(row: usize, what: u64) -> f64 {
        unit(mix(mix(row as u64) ^ mix(what)))
    }

    struct World {
        given: Vec<usize>,
        logged: Vec<f64>,
        reward: Vec<f64>,
        kind: Vec<usize>,
    }

    /// Two kinds of customers; each likes the action of its number. Action 1 is done rarely with the first kind.
    fn world(rows: usize, seed: u64) -> World {
        let mut world = World { given: vec![], logged: vec![], reward: vec![], kind: vec![] };
        for row in 0..rows {
            let row = row + (seed as usize) * 1_000_003;
            let kind = usize::from(draw(row, 1) < 0.5);
            let one = if kind == 0 { 0.1 } else { 0.5 };
            let given = usize::from(draw(row, 2) < one);
            let likes = if given == kind { 0.3 } else { 0.1 };
            world.given.push(given);
            world.logged.push(if given == 1 { one } else { 1.0 - one });
            world.reward.push(f64::from(u8::from(draw(row, 3) < likes)));
            world.kind.push(kind);
        }
        world
    }

    fn log<'a>(world: &'a World, told: Option<&'a [Vec<f64>]>) -> Log<'a> {
        Log { given: &world.given, logged: &world.logged, reward: &world.reward, told }
    }

    #[test]
    fn the_value_of_a_policy_that_was_never_in_force_is_found_even_with_a_wrong_model() {
        let world = world(200_000, 0);
        let wrong = vec![vec![0.9, -0.7]; world.given.len()];
        let log = log(&world, Some(&wrong));
        let value = log.value(&world.kind).unwrap();
        for estimate in [value.ips, value.snips, value.dr.unwrap()] {
            assert!(
                (estimate.mean - 0.3).abs() < 4.0 * estimate.error && estimate.error < 0.02,
                "{estimate:?}"
            );
        }
        let against: Vec<usize> = world.kind.iter().map(|k| 1 - k).collect();
        let gain = log.difference(&world.kind, &against, Method::Snips).unwrap();
        assert!((gain.mean - 0.2).abs() < 4.0 * gain.error, "{gain:?}");
    }

    #[test]
    fn intervals_cover_the_truth_as_often_as_they_say() {
        let mut covered = [0; 3];
        for seed in 0..400 {
            let world = world(1500, seed + 1);
            let told: Vec<Vec<f64>> =
                world.kind.iter().map(|k| if *k == 0 { vec![0.3, 0.1] } else { vec![0.1, 0.3] }).collect();
            let value = log(&world, Some(&told)).value(&world.kind).unwrap();
            for (count, estimate) in covered.iter_mut().zip([value.ips, value.snips, value.dr.unwrap()]) {
                let [low, high] = estimate.interval();
                *count += usize::from(low <= 0.3 && 0.3 <= high);
            }
        }
        // 95 % of 400 is 380, with a standard deviation of 4.4
        assert!(covered.iter().all(|c| (364..=396).contains(c)), "{covered:?}");
    }

    #[test]
    fn a_log_that_cannot_tell_is_refused_by_name() {
        let world = world(2000, 7);
        let refused = |log: Log<'_>, chosen: &[usize]| log.value(chosen).unwrap_err().name();
        let plain = log(&world, None);
        assert_eq!(refused(plain, &vec![2; 2000]), "unlogged");
        assert_eq!(refused(plain, &[0]), "lengths");
        assert_eq!(refused(Log { given: &[], logged: &[], reward: &[], told: None }, &[]), "empty");
        let certain = vec![1.0; 2000];
        assert_eq!(refused(Log { logged: &certain, ..plain }, &world.kind), "deterministic");
        let halves = vec![0.5; 2000];
        assert_eq!(refused(Log { logged: &halves, ..plain }, &vec![0; 2000]), "balance");
        let mut zero = world.logged.clone();
        zero[3] = 0.0;
        assert_eq!(refused(Log { logged: &zero, ..plain }, &world.kind), "probability");
        let opposite: Vec<usize> = world.given.iter().map(|g| 1 - g).collect();
        assert_eq!(refused(plain, &opposite), "no_overlap");
        let mut nearly = opposite.clone();
        nearly.iter_mut().zip(&world.given).take(50).for_each(|(n, g)| *n = *g);
        assert_eq!(refused(plain, &nearly), "sample");
    }

    #[test]
    fn the_best_threshold_treats_those_who_gain() {
        let scores: Vec<f64> = (0..100).map(f64::from).collect();
        let gains: Vec<f64> = (0..100).map(|i| if i >= 70 { 1.0 } else { -1.0 }).collect();
        let all = thresholds(&scores, &gains, 100);
        assert_eq!(all.len(), 101);
        let best = best(&all).unwrap();
        assert_eq!((best.score, best.treated), (70.0, 0.3));
        assert!((best.gain.mean - 0.3).abs() < 1e-12);
        let losing = thresholds(&scores, &[-1.0; 100], 10);
        assert_eq!(super::best(&losing).unwrap().treated, 0.0);
    }
}
