//! What each treatment adds over none, for whom, and how sure that is; learnt from a trial.
//!
//! Effects of messages are small beside the noise of what people do, so the question is less how much can be found than how little of it is chance.
//! Every step holds back as much as the data asks for:
//!
//! 1. [`response`]: one additive model of log-odds for all arms, with effects pulled towards their common one, and that towards nothing. How strongly is
//!    chosen by cross-validation.
//! 2. Its differences, averaged with what [`gain`] tells straight from the columns, are set, out of fold, against doubly robust pseudo-outcomes (Kennedy 2023, "Towards optimal doubly robust estimation of
//!    heterogeneous causal effects"), which are unbiased when the probabilities of the trial are right, however wrong the model. They settle the mean effect,
//!    and the share of the personal part that is kept: the slope of truth on forecast (Chernozhukov et al. 2018, "Generic machine learning inference on
//!    heterogeneous treatment effects"), between 0 and 1, less what its own noise would make of it.
//! 3. [`policy`]: at choosing, a customer is treated otherwise than what suits all best only if that pays by a margin of noise.
//!
//! | file | what it does |
//! |---|---|
//! | [`trial`] | the rows, and what their columns mean |
//! | [`columns`] | from columns to numbers that weights are multiplied with |
//! | [`response`] | the additive model |
//! | [`gain`] | gains straight from the columns |
//! | [`policy`] | the policy file, effects and choices |
//! | [`measure`] | what choices are worth, on customers that weren't learnt from |
//! | [`solve`] | linear systems |

pub mod columns;
pub mod gain;
pub mod measure;
pub mod policy;
pub mod response;
pub mod solve;
#[cfg(test)]
mod tests;
pub mod trial;

use columns::{Design, Term, Unread};
use policy::{Effect, Policy, Treatment};
use response::{Answers, Pull, Response};
pub use trial::{Propensity, Roles, Trial, fold};

/// Folds of every cross-validation in here.
const FOLDS: usize = 5;
/// The fewest rows, of each arm, that effects are learnt from.
const FEWEST: usize = 100;
/// The strengths that are tried.
const PULLS: [f64; 7] = [3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0];
/// What is added whether treated or not: so much of it is seen that a little pull is enough.
const BASE: f64 = 3.0;
/// Before anything is tried, to make the pseudo-outcomes with.
const NUISANCE: Pull = Pull { base: BASE, common: 30.0, own: 100.0 };

/// What was learnt, and what was not read.
pub struct Learnt {
    /// The policy.
    pub policy: Policy,
    /// Columns that can't be read.
    pub unread: Vec<Unread>,
}

/// Learns a policy from a trial.
///
/// # Errors
/// Why the trial has too little to learn from.
pub fn learn(trial: &Trial, seed: u64) -> Result<Learnt, String> {
    enough(trial)?;
    let (terms, unread) = columns::terms(&trial.signals);
    let search = Search::begin(trial, terms, seed)?.strengths(&PULLS);
    let forecasts = search.forecasts();
    let Search { terms, design, gains, pull, .. } = search;
    let rows: Vec<usize> = (0..trial.rows()).collect();
    let response = Response::learn(&answers(trial, &design, &rows), &pull, None);
    let lines: Vec<Vec<f64>> = gains.iter().map(|gains| gain::learn(&design, gains, &rows)).collect();
    let shared = shared(&forecasts, &gains);
    let treatment = |(arm, name): (usize, &String)| {
        let whole = design.rows().map(|row| personal(&response, &lines[arm], row, arm + 1));
        let centre = whole.sum::<f64>() / trial.rows() as f64;
        Treatment { name: name.clone(), effect: Effect::of(&gains[arm], &forecasts[arm], centre, shared) }
    };
    let treatments = trial.treatments.iter().enumerate().map(treatment).collect();
    Ok(Learnt { policy: Policy::new(trial, terms, (&response, &lines), treatments, &pull), unread })
}

/// What a treatment adds for a customer: half as the response tells it, half as the line of gains does, up to a constant.
fn personal(response: &Response, line: &[f64], row: &[f64], arm: usize) -> f64 {
    0.5 * (response.probability(row, arm) - response.probability(row, 0) + gain::told(line, row))
}

fn enough(trial: &Trial) -> Result<(), String> {
    let names = std::iter::once("none").chain(trial.treatments.iter().map(String::as_str));
    for (arm, name) in names.enumerate() {
        let rows = || trial.given.iter().zip(&trial.outcome).filter(|(given, _)| **given == arm);
        let (count, answered) = (rows().count(), rows().filter(|(_, y)| **y > 0.5).count());
        if count < FEWEST {
            return Err(format!("{name:?} was given to {count} customers; effects take at least {FEWEST}"));
        }
        if answered == 0 {
            return Err(format!(
                "nobody who was given {name:?} has the outcome; there is nothing to learn from"
            ));
        }
    }
    Ok(())
}

fn answers<'a>(trial: &'a Trial, design: &'a Design, rows: &'a [usize]) -> Answers<'a> {
    Answers { design, rows, given: &trial.given, outcome: &trial.outcome, treatments: trial.treatments.len() }
}

/// The probabilities of an answer under every arm (0 is none), each row told by a model that didn't see it: what doubly robust estimates lean on.
///
/// # Errors
/// Why the trial has too little to learn from.
pub fn nuisance(trial: &Trial, seed: u64) -> Result<Vec<Vec<f64>>, String> {
    enough(trial)?;
    let design = Design::read(&trial.signals, &columns::terms(&trial.signals).0)?;
    let folds: Vec<usize> = (0..trial.rows()).map(|row| fold(row, seed, FOLDS)).collect();
    Ok(forecasts(trial, &design, &folds, &NUISANCE, &mut Vec::new()))
}

/// The probabilities of an answer under every arm, each row told by a model that didn't see it. `starts` holds a model per fold, to begin the next from.
fn forecasts(
    trial: &Trial,
    design: &Design,
    folds: &[usize],
    pull: &Pull,
    starts: &mut Vec<Response>,
) -> Vec<Vec<f64>> {
    let mut told = vec![Vec::new(); trial.rows()];
    for fold in 0..FOLDS {
        let rows: Vec<usize> = (0..trial.rows()).filter(|row| folds[*row] != fold).collect();
        let response = Response::learn(&answers(trial, design, &rows), pull, starts.get(fold));
        for row in (0..trial.rows()).filter(|row| folds[*row] == fold) {
            let values = design.row(row);
            told[row] = (0..=trial.treatments.len()).map(|arm| response.probability(values, arm)).collect();
        }
        match starts.get_mut(fold) {
            Some(start) => *start = response,
            None => starts.push(response),
        }
    }
    told
}

/// What each treatment gained over none in every row: forecasts, set right by what was seen over its probability.
fn gains(trial: &Trial, forecasts: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let gain = |arm: usize, row: usize| {
        let (told, given) = (&forecasts[row], trial.given[row]);
        let right = (trial.outcome[row] - told[given]) / trial.logged[row];
        let sign = f64::from(u8::from(given == arm)) - f64::from(u8::from(given == 0));
        told[arm] - told[0] + sign * right
    };
    (1..=trial.treatments.len()).map(|arm| (0..trial.rows()).map(|row| gain(arm, row)).collect()).collect()
}

/// The search for the model whose effects forecast best, out of fold.
struct Search<'a> {
    trial: &'a Trial,
    folds: Vec<usize>,
    gains: Vec<Vec<f64>>,
    terms: Vec<Term>,
    design: Design,
    /// The best so far, its forecasts, and how much they explain.
    pull: Pull,
    told: Vec<Vec<f64>>,
    explained: f64,
    starts: Vec<Response>,
}

impl<'a> Search<'a> {
    fn begin(trial: &'a Trial, terms: Vec<Term>, seed: u64) -> Result<Self, String> {
        let folds: Vec<usize> = (0..trial.rows()).map(|row| fold(row, seed, FOLDS)).collect();
        let design = Design::read(&trial.signals, &terms)?;
        let mut starts = Vec::new();
        let told = forecasts(trial, &design, &folds, &NUISANCE, &mut starts);
        let gains = gains(trial, &told);
        let explained = explained(&told, &gains);
        Ok(Self { trial, folds, gains, terms, design, pull: NUISANCE, told, explained, starts })
    }

    /// What every treatment adds for every row, up to a constant, by models that didn't see the row.
    fn forecasts(&self) -> Vec<Vec<f64>> {
        let mut forecasts = Vec::new();
        for (arm, gains) in self.gains.iter().enumerate() {
            let mut forecast: Vec<f64> = self.told.iter().map(|p| 0.5 * (p[arm + 1] - p[0])).collect();
            for fold in 0..FOLDS {
                let (own, others): (Vec<usize>, Vec<usize>) =
                    (0..self.trial.rows()).partition(|row| self.folds[*row] == fold);
                let line = gain::learn(&self.design, gains, &others);
                // a line says nothing of the constant, which differs between folds
                let all = own.iter().map(|row| gain::told(&line, self.design.row(*row)));
                let all: Vec<f64> = all.collect();
                let middle = mean(&all);
                own.iter().zip(all).for_each(|(row, told)| forecast[*row] += 0.5 * (told - middle));
            }
            forecasts.push(forecast);
        }
        forecasts
    }

    /// Takes a pull if its forecasts explain no less.
    fn attempt(&mut self, pull: Pull) {
        let told = forecasts(self.trial, &self.design, &self.folds, &pull, &mut self.starts);
        let explained = explained(&told, &self.gains);
        if explained >= self.explained {
            (self.pull, self.told, self.explained) = (pull, told, explained);
        }
    }

    /// The strength of what treatments have in common, then that of what each has for itself.
    fn strengths(mut self, pulls: &[f64]) -> Self {
        for common in pulls {
            self.attempt(Pull { common: *common, own: *common, ..self.pull });
        }
        if self.trial.treatments.len() > 1 {
            for own in pulls.iter().filter(|own| **own > self.pull.common).copied().collect::<Vec<_>>() {
                self.attempt(Pull { own, ..self.pull });
            }
        }
        self
    }
}

/// How much of the gains the forecasts of effects explain beyond their mean: `2·cov − var`, the fall in squared error.
fn explained(told: &[Vec<f64>], gains: &[Vec<f64>]) -> f64 {
    let explained = |(arm, gains): (usize, &Vec<f64>)| {
        let forecast: Vec<f64> = told.iter().map(|p| p[arm + 1] - p[0]).collect();
        2.0 * covariance(&forecast, gains) - covariance(&forecast, &forecast)
    };
    gains.iter().enumerate().map(explained).sum()
}

/// The share of personal parts that is kept when all treatments are taken together.
fn shared(forecasts: &[Vec<f64>], gains: &[Vec<f64>]) -> f64 {
    let centred = |all: &[Vec<f64>]| -> Vec<f64> {
        let centred = |one: &Vec<f64>| {
            let middle = mean(one);
            one.iter().map(|n| n - middle).collect::<Vec<_>>()
        };
        all.iter().flat_map(centred).collect()
    };
    policy::kept(&centred(gains), &centred(forecasts))
}

/// The mean of numbers.
fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len().max(1) as f64
}

fn covariance(a: &[f64], b: &[f64]) -> f64 {
    let (m, n) = (mean(a), mean(b));
    a.iter().zip(b).map(|(a, b)| (a - m) * (b - n)).sum::<f64>() / a.len().max(1) as f64
}
