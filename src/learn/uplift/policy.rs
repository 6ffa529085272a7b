//! The policy file: JSON that a person can read, with what each treatment adds, for whom, and how much of it was held back.

use super::columns::{Design, Term};
use super::response::{Pull, Response};
use super::{Trial, covariance, personal};
use crate::learn::frame::Frame;
use crate::learn::offpolicy::Estimate;
use serde::{Deserialize, Serialize};

/// What a file of this kind calls itself.
pub const KIND: &str = "uplift policy";

/// A policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// [`KIND`].
    pub kind: String,
    /// The version of this form.
    pub format: u32,
    /// How many customers it was learnt from.
    pub rows: usize,
    /// The treatments, in the order of their numbers; action 0 is none.
    pub treatments: Vec<Treatment>,
    /// How many standard errors of its mean effect a treatment must win by to be an exception to what suits all best; below 0, exceptions begin before they
    /// seem to pay, for shrinking holds the effects of those who profit most too near to the mean.
    pub prudence: f64,
    /// How strongly effects were pulled: those common to all treatments towards nothing, own ones towards the common.
    pub pulled: [f64; 2],
    /// The log-odds of the outcome for a customer who isn't treated and of whom no column says anything.
    pub none: f64,
    /// What each treatment adds to them.
    pub shifts: Vec<f64>,
    /// What columns add.
    pub terms: Vec<Weights>,
    /// What was measured of it; filled in by who has measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured: Vec<Measured>,
}

/// A treatment and its effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Treatment {
    /// What it is called.
    pub name: String,
    /// What it adds to the probability of the outcome.
    pub effect: Effect,
}

/// An effect, in probability: `kept_mean·mean + kept_personal·(personal − centre)`, where the personal part is the mean of how far the log-odds shift the probability and
/// of the gain that is told straight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// The mean over all customers, doubly robust.
    pub mean: f64,
    /// Its standard error.
    pub error: f64,
    /// The share of the mean that is kept; the rest is what noise alone would show.
    pub kept_mean: f64,
    /// The share of the personal part that is kept.
    pub kept_personal: f64,
    /// The mean of the personal part before.
    pub centre: f64,
}

/// What a term adds: to the log-odds, and to gains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// What is read.
    pub term: Term,
    /// Without a treatment: per value, or per standard deviation of a number.
    pub none: Vec<f64>,
    /// What each treatment adds to that.
    pub shifts: Vec<Vec<f64>>,
    /// What each treatment adds to the probability, told straight from the column.
    pub gains: Vec<Vec<f64>>,
}

/// The value of a policy at one cost, measured on customers it was not learnt from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The cost of a treatment, in outcomes.
    pub cost: f64,
    /// Outcomes less costs, per customer.
    pub value: f64,
    /// Their 95 % interval.
    pub interval: [f64; 2],
    /// The same of the best that is the same for all.
    pub constant: f64,
    /// The mean difference to that, and its standard error.
    pub gain: [f64; 2],
    /// The share of customers who are left alone.
    pub suppressed: f64,
}

impl Effect {
    /// Of what was gained in every row, and the forecasts of it by models that didn't see the row. What is kept of the personal part is half told by this treatment and half
    /// by all of them together: one alone is too noisy to judge it by, and all are not alike.
    #[must_use]
    pub fn of(gains: &[f64], forecast: &[f64], centre: f64, shared: f64) -> Self {
        let Estimate { mean, error } = Estimate::of(gains);
        let own = kept(gains, forecast);
        Self { mean, error, kept_mean: held_back(mean, error), kept_personal: 0.5 * (own + shared), centre }
    }
}

/// The share of forecasts that is kept: the slope of what was seen on them, from 0 to 1, less what its own noise would make of it.
#[must_use]
pub fn kept(seen: &[f64], forecast: &[f64]) -> f64 {
    let spread = covariance(forecast, forecast);
    if spread < 1e-18 {
        return 0.0;
    }
    let slope = covariance(forecast, seen) / spread;
    let error = (covariance(seen, seen) / seen.len().max(1) as f64 / spread).sqrt();
    (slope.max(0.0) * held_back(slope, error)).min(1.0)
}

/// The share of an estimate that is more than noise: `1 − (error / estimate)²`, the positive part of James and Stein's estimator.
fn held_back(estimate: f64, error: f64) -> f64 {
    let ratio = error / estimate;
    if ratio.is_finite() { (1.0 - ratio * ratio).max(0.0) } else { 0.0 }
}

/// What treatments cost and outcomes are worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Prices {
    /// The worth of an outcome.
    pub value: f64,
    /// The cost of every treatment.
    pub costs: Vec<f64>,
    /// How many standard errors of a mean effect it takes to treat a customer otherwise than all.
    pub prudence: f64,
}

impl Policy {
    /// Of what was learnt.
    #[must_use]
    pub fn new(
        trial: &Trial,
        terms: Vec<Term>,
        (response, lines): (&Response, &[Vec<f64>]),
        treatments: Vec<Treatment>,
        pull: &Pull,
    ) -> Self {
        let mut start = 1;
        let mut weights = Vec::new();
        for term in terms {
            let part = |all: &Vec<f64>| all.get(start..start + term.width()).unwrap_or_default().to_vec();
            let (none, shifts) = (part(&response.none), response.shifts.iter().map(part).collect());
            let gains = lines.iter().map(part).collect();
            start += term.width();
            weights.push(Weights { term, none, shifts, gains });
        }
        let first = |all: &Vec<f64>| all.first().copied().unwrap_or(0.0);
        Self {
            kind: KIND.to_owned(),
            format: 1,
            rows: trial.rows(),
            treatments,
            prudence: 1.0,
            pulled: [pull.common, pull.own],
            none: first(&response.none),
            shifts: response.shifts.iter().map(first).collect(),
            terms: weights,
            measured: Vec::new(),
        }
    }

    /// Reads a policy file.
    ///
    /// # Errors
    /// Why it is none, or its parts don't fit together.
    pub fn parse(text: &str) -> Result<Self, String> {
        let policy: Self = serde_json::from_str(text).map_err(|e| format!("this is no policy file: {e}"))?;
        if policy.kind != KIND {
            return Err(format!("its kind is {:?}; a policy file has {KIND:?}", policy.kind));
        }
        if policy.format != 1 {
            return Err(format!("format {} is not known; this build reads format 1", policy.format));
        }
        let count = policy.treatments.len();
        if policy.shifts.len() != count {
            return Err(format!("there are {count} treatments and {} shifts", policy.shifts.len()));
        }
        for weights in &policy.terms {
            let width = weights.term.width();
            let fits = weights.none.len() == width
                && [&weights.shifts, &weights.gains]
                    .iter()
                    .all(|all| all.len() == count && all.iter().all(|one| one.len() == width));
            if !fits {
                return Err(format!(
                    "term {:?}: it takes {width} weights for none and for each of {count} treatments",
                    weights.term.column()
                ));
            }
        }
        Ok(policy)
    }

    fn response(&self) -> Response {
        let none = std::iter::once(self.none).chain(self.terms.iter().flat_map(|t| t.none.iter().copied()));
        let shift = |(arm, first): (usize, &f64)| {
            let rest = self.terms.iter().flat_map(move |t| t.shifts.get(arm).into_iter().flatten().copied());
            std::iter::once(*first).chain(rest).collect()
        };
        Response { none: none.collect(), shifts: self.shifts.iter().enumerate().map(shift).collect() }
    }

    /// The line of gains of every treatment.
    fn lines(&self) -> Vec<Vec<f64>> {
        let line = |arm: usize| {
            let rest = self.terms.iter().flat_map(move |t| t.gains.get(arm).into_iter().flatten().copied());
            std::iter::once(0.0).chain(rest).collect()
        };
        (0..self.treatments.len()).map(line).collect()
    }

    /// What each treatment adds to the probability of the outcome, for every row.
    ///
    /// # Errors
    /// Names the column that the table lacks.
    pub fn effects(&self, frame: &Frame) -> Result<Vec<Vec<f64>>, String> {
        let terms: Vec<Term> = self.terms.iter().map(|weights| weights.term.clone()).collect();
        let design = Design::read(frame, &terms)?;
        let (response, lines) = (self.response(), self.lines());
        let effects = |row: &[f64]| {
            let one = |(arm, (treatment, line)): (usize, (&Treatment, &Vec<f64>))| {
                let effect = &treatment.effect;
                let personal = personal(&response, line, row, arm + 1) - effect.centre;
                effect.kept_mean * effect.mean + effect.kept_personal * personal
            };
            self.treatments.iter().zip(&lines).enumerate().map(one).collect()
        };
        Ok(design.rows().map(effects).collect())
    }

    /// The action for a customer with these effects: what suits all best, judged with prudence, unless another pays more by a margin of noise.
    #[must_use]
    pub fn choose(&self, effects: &[f64], prices: &Prices) -> usize {
        let margin = |arm: usize| {
            let error =
                arm.checked_sub(1).and_then(|a| self.treatments.get(a)).map_or(0.0, |t| t.effect.error);
            prices.prudence * prices.value * error
        };
        let cost = |treatment: usize| prices.costs.get(treatment).copied().unwrap_or(0.0);
        let usual = |(arm, t): (usize, &Treatment)| {
            prices.value * t.effect.kept_mean * t.effect.mean - margin(arm + 1) - cost(arm)
        };
        let usual = best(self.treatments.iter().enumerate().map(usual));
        let worth = |(arm, effect): (usize, &f64)| prices.value * effect - cost(arm);
        let worths: Vec<f64> = std::iter::once(0.0).chain(effects.iter().enumerate().map(worth)).collect();
        let least = |arm: usize| match (arm, usual) {
            _ if arm == usual => 0.0,
            (_, 0) => margin(arm),
            (0, _) => margin(usual),
            _ => margin(arm).max(margin(usual)),
        };
        let judged = worths.iter().enumerate().map(|(arm, worth)| worth - least(arm));
        let chosen =
            judged.clone().enumerate().fold((usual, f64::NEG_INFINITY), |(at, most), (arm, worth)| {
                if worth > most || (worth == most && arm == usual) { (arm, worth) } else { (at, most) }
            });
        chosen.0
    }
}

/// The arm of the highest worth, none (0) if no worth is above 0.
fn best(worths: impl Iterator<Item = f64>) -> usize {
    let highest = worths.enumerate().fold(
        (0, 0.0),
        |(at, most), (arm, worth)| {
            if worth > most { (arm + 1, worth) } else { (at, most) }
        },
    );
    highest.0
}
