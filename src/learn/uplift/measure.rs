//! What a policy is worth, measured on customers it was not learnt from: the trial is cut in folds, and each is decided on by a policy that was learnt from the others.

use super::policy::{Measured, Policy, Prices};
use super::{FOLDS, Trial, fold, learn, nuisance};
use crate::learn::offpolicy::{Estimate, Log, Method};

/// How much prudence is tried; the most of equals is taken. More than two errors would hold back what is beyond doubt.
const PRUDENCES: [f64; 6] = [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0];

/// A cross-validation: what policies that didn't see a row say of it.
pub struct Trials<'a> {
    trial: &'a Trial,
    folds: Vec<usize>,
    policies: Vec<Policy>,
    effects: Vec<Vec<f64>>,
    told: Vec<Vec<f64>>,
}

impl<'a> Trials<'a> {
    /// Learns a policy per fold.
    ///
    /// # Errors
    /// Why the trial has too little to learn from.
    pub fn of(trial: &'a Trial, seed: u64) -> Result<Self, String> {
        // not the folds that learning itself uses
        let folds: Vec<usize> = (0..trial.rows()).map(|row| fold(row, seed ^ 0x5eed, FOLDS)).collect();
        let mut effects = vec![Vec::new(); trial.rows()];
        let mut policies = Vec::new();
        for held in 0..FOLDS {
            let (others, own): (Vec<usize>, Vec<usize>) =
                (0..trial.rows()).partition(|row| folds[*row] != held);
            let policy = learn(&trial.pick(&others), seed)?.policy;
            for (row, effect) in own.iter().zip(policy.effects(&trial.signals.pick(&own))?) {
                effects[*row] = effect;
            }
            policies.push(policy);
        }
        let told = nuisance(trial, seed)?;
        Ok(Self { trial, folds, policies, effects, told })
    }

    /// The prudence whose choices were surely worth most at these costs, taken together, and what they were worth.
    ///
    /// Each is judged by what it gained less a standard error of it. Judged by the gain alone, boldness would be chosen where it was lucky: its gains vary
    /// more. (Jin, Yang and Wang 2021, "Is pessimism provably efficient for offline RL?": the lower bound is what off-line choices are to be made by.)
    ///
    /// # Errors
    /// Why the trial can't tell the value of a policy.
    pub fn measure(&self, value: f64, costs: &[f64]) -> Result<(f64, Vec<Measured>), String> {
        let mut best: Option<(f64, f64, Vec<Measured>)> = None;
        for prudence in PRUDENCES {
            let at = |cost: &f64| self.at(value, *cost, prudence);
            let measured: Vec<Measured> = costs.iter().map(at).collect::<Result<_, _>>()?;
            let total: f64 = measured.iter().map(|m| m.gain[0] - m.gain[1]).sum();
            if best.as_ref().is_none_or(|(most, ..)| total >= *most) {
                best = Some((total, prudence, measured));
            }
        }
        Ok(best.map_or_else(|| (1.0, Vec::new()), |(_, prudence, measured)| (prudence, measured)))
    }

    fn at(&self, value: f64, cost: f64, prudence: f64) -> Result<Measured, String> {
        let Trial { given, logged, outcome, treatments, .. } = self.trial;
        let prices = Prices { value, costs: vec![cost; treatments.len()], prudence };
        let spent = |arm: usize| if arm > 0 { cost } else { 0.0 };
        let reward: Vec<f64> = outcome.iter().zip(given).map(|(y, arm)| value * y - spent(*arm)).collect();
        let net = |told: &Vec<f64>| told.iter().enumerate().map(|(arm, p)| value * p - spent(arm)).collect();
        let told: Vec<Vec<f64>> = self.told.iter().map(net).collect();
        let log = Log { given, logged, reward: &reward, told: Some(&told) };
        let scores = |chosen: &[usize]| log.scores(chosen, Method::Dr).map_err(|e| e.to_string());
        let chosen: Vec<usize> = self
            .effects
            .iter()
            .zip(&self.folds)
            .map(|(e, fold)| self.policies[*fold].choose(e, &prices))
            .collect();
        let own = scores(&chosen)?;
        let mut constant: Option<(f64, Vec<f64>)> = None;
        for arm in 0..=treatments.len() {
            let scores = scores(&vec![arm; given.len()])?;
            let mean = Estimate::of(&scores).mean;
            if constant.as_ref().is_none_or(|(most, _)| mean > *most) {
                constant = Some((mean, scores));
            }
        }
        let (best, others) = constant.unwrap_or_default();
        let gain = Estimate::of(&own.iter().zip(&others).map(|(a, b)| a - b).collect::<Vec<_>>());
        let worth = Estimate::of(&own);
        let alone = chosen.iter().filter(|action| **action == 0).count();
        Ok(Measured {
            cost,
            value: worth.mean,
            interval: worth.interval(),
            constant: best,
            gain: [gain.mean, gain.error],
            suppressed: alone as f64 / chosen.len().max(1) as f64,
        })
    }
}
