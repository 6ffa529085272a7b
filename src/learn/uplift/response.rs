//! The response of customers to each treatment and to none: an additive model of log-odds, in which what a treatment does is a shift that is pulled towards
//! the shift common to all treatments, and that towards nothing.
//!
//! The weights of treatment `a` are `base + common + own(a)`, those of none are `base`; each of the three has a Gaussian prior around 0 whose precision is a
//! [`Pull`] (hierarchical ridge: Gelman and Hill 2007, "Data Analysis Using Regression and Multilevel/Hierarchical Models", chapter 12). So effects of single
//! columns need evidence, and what sets one treatment apart from the others needs more. Intercepts are free.

use super::columns::Design;
use super::solve::solve;
use crate::intent::model::logistic;

/// How strongly weights are pulled towards 0: the precision of their prior.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pull {
    /// Of what is added whether treated or not.
    pub base: f64,
    /// Of what any treatment shifts.
    pub common: f64,
    /// Of what one treatment shifts beyond the others.
    pub own: f64,
}

/// Log-odds weights of none and of every treatment, each as wide as the [`Design`]: the intercept first.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// Of no treatment.
    pub none: Vec<f64>,
    /// What each treatment adds to them.
    pub shifts: Vec<Vec<f64>>,
}

/// The steps of Newton's method at most; it doubles the digits in each.
const STEPS: usize = 25;
/// The largest step that still counts as moving, in log-odds.
const SMALL: f64 = 1e-7;
/// An intercept is all but free; this keeps it finite where everybody answers alike.
const FREE: f64 = 1e-3;

/// Rows to learn from: their places, what they were given (0 is none) and whether they answered.
pub struct Answers<'a> {
    /// What is known of all customers.
    pub design: &'a Design,
    /// The rows that are learnt from.
    pub rows: &'a [usize],
    /// What every row of the design was given.
    pub given: &'a [usize],
    /// Its outcome, 0 or 1.
    pub outcome: &'a [f64],
    /// How many treatments there are.
    pub treatments: usize,
}

impl Response {
    /// Learns it, beginning at `start` if there is one.
    #[must_use]
    pub fn learn(answers: &Answers<'_>, pull: &Pull, start: Option<&Self>) -> Self {
        let width = answers.design.width;
        let layers = Layers { width, treatments: answers.treatments, pull };
        let mut weights = start.map_or_else(|| vec![0.0; layers.len()], |start| layers.part(start));
        for _ in 0..STEPS {
            let arms = layers.arms(&weights);
            let (slopes, curves) = derivatives(answers, &arms);
            let step = solve(layers.curve(&curves), &layers.slope(&slopes, &weights));
            let largest = step.iter().fold(0.0, |most: f64, s| most.max(s.abs()));
            // far from the answer a whole step can overshoot
            let scale = if largest > 2.0 { 2.0 / largest } else { 1.0 };
            weights.iter_mut().zip(&step).for_each(|(w, s)| *w += scale * s);
            if largest < SMALL {
                break;
            }
        }
        layers.whole(&weights)
    }

    /// The probability that a customer answers when given `arm` (0 is none).
    #[must_use]
    pub fn probability(&self, row: &[f64], arm: usize) -> f64 {
        let shift = arm.checked_sub(1).and_then(|a| self.shifts.get(a)).map_or(0.0, |shift| dot(shift, row));
        logistic(dot(&self.none, row) + shift)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The slope and the curvature of the log-likelihood in the weights of every arm.
fn derivatives(answers: &Answers<'_>, arms: &[Vec<f64>]) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let width = answers.design.width;
    let mut slopes = vec![vec![0.0; width]; arms.len()];
    let mut curves = vec![vec![0.0; width * width]; arms.len()];
    let mut filled = Vec::with_capacity(width);
    for &row in answers.rows {
        let (values, arm) = (answers.design.row(row), answers.given[row]);
        // most columns are values of which a row has one
        filled.clear();
        filled.extend(values.iter().enumerate().filter(|(_, v)| **v != 0.0).map(|(i, v)| (i, *v)));
        let sum: f64 = filled.iter().map(|(i, v)| arms[arm][*i] * v).sum();
        let p = logistic(sum);
        let (error, weight) = (answers.outcome[row] - p, p * (1.0 - p));
        for (n, (i, v)) in filled.iter().enumerate() {
            slopes[arm][*i] += error * v;
            let line = &mut curves[arm][i * width..(i + 1) * width];
            for (j, u) in &filled[..=n] {
                line[*j] += weight * v * u;
            }
        }
    }
    (slopes, curves)
}

/// The three layers of weights in one vector: base, common, and own of each treatment.
struct Layers<'a> {
    width: usize,
    treatments: usize,
    pull: &'a Pull,
}

impl Layers<'_> {
    fn len(&self) -> usize {
        self.width * self.count()
    }

    fn count(&self) -> usize {
        2 + self.treatments
    }

    /// Whether the weights of an arm (0 is none) contain a layer.
    fn holds(&self, arm: usize, layer: usize) -> bool {
        layer == 0 || (arm > 0 && (layer == 1 || layer == arm + 1))
    }

    fn arms(&self, weights: &[f64]) -> Vec<Vec<f64>> {
        let sum = |arm: usize| {
            let mut sum = vec![0.0; self.width];
            for (layer, part) in weights.chunks_exact(self.width).enumerate() {
                if self.holds(arm, layer) {
                    sum.iter_mut().zip(part).for_each(|(s, p)| *s += p);
                }
            }
            sum
        };
        (0..=self.treatments).map(sum).collect()
    }

    fn pull(&self, place: usize) -> f64 {
        match (place % self.width, place / self.width) {
            (0, 1) => 1e-6,
            (0, _) => FREE,
            (_, 0) => self.pull.base,
            (_, 1) => self.pull.common,
            _ => self.pull.own,
        }
    }

    fn slope(&self, slopes: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
        let mut slope: Vec<f64> = weights.iter().enumerate().map(|(i, w)| -self.pull(i) * w).collect();
        for (layer, part) in slope.chunks_exact_mut(self.width).enumerate() {
            for (_, more) in slopes.iter().enumerate().filter(|(arm, _)| self.holds(*arm, layer)) {
                part.iter_mut().zip(more).for_each(|(p, m)| *p += m);
            }
        }
        slope
    }

    /// The curvature of all layers: an arm's counts wherever the two layers are both in its weights.
    fn curve(&self, curves: &[Vec<f64>]) -> Vec<f64> {
        let (n, width) = (self.len(), self.width);
        let mut all = vec![0.0; n * n];
        for (one, other) in (0..self.count()).flat_map(|one| (0..=one).map(move |other| (one, other))) {
            let both = |arm: &usize| self.holds(*arm, one) && self.holds(*arm, other);
            for arm in (0..curves.len()).filter(both) {
                for i in 0..width {
                    for j in 0..width {
                        let (low, high) = (i.max(j), i.min(j));
                        all[(one * width + i) * n + other * width + j] += curves[arm][low * width + high];
                    }
                }
            }
        }
        (0..n).for_each(|i| all[i * n + i] += self.pull(i));
        all
    }

    /// The layers of a response; what treatments share goes to the common one.
    fn part(&self, response: &Response) -> Vec<f64> {
        let count = response.shifts.len().max(1) as f64;
        let common: Vec<f64> =
            (0..self.width).map(|i| response.shifts.iter().map(|s| s[i]).sum::<f64>() / count).collect();
        let own = response.shifts.iter().flat_map(|s| s.iter().zip(&common).map(|(s, c)| s - c));
        response.none.iter().copied().chain(common.iter().copied()).chain(own).collect()
    }

    fn whole(&self, weights: &[f64]) -> Response {
        let mut arms = self.arms(weights);
        let none = arms.remove(0);
        arms.iter_mut().for_each(|arm| arm.iter_mut().zip(&none).for_each(|(a, n)| *a -= n));
        Response { none, shifts: arms }
    }
}
