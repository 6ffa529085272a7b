//! On-line replay: customers come one after another, the learner draws a treatment, and the row counts if the trial happened to give the same
//! (Li et al. 2011, "Unbiased offline evaluation of contextual-bandit-based news article recommendation algorithms").

use crate::table;
use apropos::hash::{mix, unit};
use apropos::learn::offpolicy::Estimate;
use apropos::learn::uplift::Trial;

const ORDERS: u64 = 5;

/// Whoever learns while customers come. Rows are given by their place in the trial.
pub trait Learner {
    /// The probability of each arm, none (0) first, for a customer.
    fn probabilities(&self, row: usize) -> Vec<f64>;
    /// What came of an arm.
    fn learn(&mut self, row: usize, arm: usize, reward: f64);
}

/// Replays the trial in several orders, each with a new learner, and prints the mean outcome.
pub fn replay(name: &str, trial: &Trial, mut new: impl FnMut() -> Box<dyn Learner>) {
    let (mut means, mut accepted) = (Vec::new(), 0);
    for order in 0..ORDERS {
        let mut rows: Vec<usize> = (0..trial.rows()).collect();
        rows.sort_by_key(|row| mix(mix(*row as u64) ^ mix(order)));
        let mut learner = new();
        let (mut sum, mut count) = (0.0, 0);
        for row in rows {
            let mut point = unit(mix(mix(row as u64) ^ mix(order + 1000)));
            let probabilities = learner.probabilities(row);
            let drawn = probabilities.iter().position(|p| {
                point -= p;
                point < 0.0
            });
            if drawn.unwrap_or(0) == trial.given[row] {
                learner.learn(row, trial.given[row], trial.outcome[row]);
                sum += trial.outcome[row];
                count += 1;
            }
        }
        means.push(sum / f64::from(count));
        accepted += count;
    }
    let all = Estimate::of(&means);
    let peers = [("VW SquareCB", 0.1757), ("LinTS", 0.1783), ("Beta-Thompson", 0.1805)];
    table::figure(&format!("Hillstrom, on-line replay: {name}"), "", all.mean, &peers);
    println!(
        "  {name:<34} {:.4} ± {:.4} between orders, {} accepted",
        all.mean,
        all.error,
        accepted / ORDERS as i32
    );
}

/// The same probabilities for everybody, for ever.
pub struct Fixed(pub Vec<f64>);

impl Learner for Fixed {
    fn probabilities(&self, _: usize) -> Vec<f64> {
        self.0.clone()
    }

    fn learn(&mut self, _: usize, _: usize, _: f64) {}
}

/// A posterior per arm, the same for every customer. An arm gets the probability that it beats the leader (normal approximation), in closed form.
pub struct Posterior {
    answers: Vec<f64>,
    tries: Vec<f64>,
    /// How many standard deviations a gap of one counts for.
    sharpness: f64,
}

/// Half as sharp again as Thompson sampling, which is 1: it keeps trying what is all but settled.
const SHARPNESS: f64 = 1.5;
/// The least probability of an arm.
const FLOOR: f64 = 0.002;

impl Posterior {
    /// Before anything is known: one answer in two tries.
    pub fn new(arms: usize, sharpness: f64) -> Self {
        Self { answers: vec![1.0; arms], tries: vec![2.0; arms], sharpness }
    }

    /// The mean and the variance of an arm.
    fn arm(&self, arm: usize) -> (f64, f64) {
        let (a, n) = (self.answers[arm], self.tries[arm]);
        let mean = a / n;
        (mean, mean * (1.0 - mean) / (n + 1.0))
    }
}

impl Learner for Posterior {
    fn probabilities(&self, _: usize) -> Vec<f64> {
        let arms = self.tries.len();
        let best = (0..arms).max_by(|a, b| self.arm(*a).0.total_cmp(&self.arm(*b).0)).unwrap_or(0);
        let (leads, spread) = self.arm(best);
        let chance = |arm: usize| {
            let (mean, variance) = self.arm(arm);
            let gap = self.sharpness * (leads - mean) / (variance + spread).sqrt();
            // among equals, each of the arms gets its share
            (libm::erfc(gap / std::f64::consts::SQRT_2) / arms as f64).max(FLOOR)
        };
        let mut all: Vec<f64> = (0..arms).map(chance).collect();
        all[best] = 1.0 - (0..arms).filter(|arm| *arm != best).map(|arm| all[arm]).sum::<f64>();
        all
    }

    fn learn(&mut self, _: usize, arm: usize, reward: f64) {
        self.answers[arm] += reward;
        self.tries[arm] += 1.0;
    }
}

/// Prints the replay of our learner beside fixed rules.
pub fn run(trial: &Trial) {
    println!(
        "On-line replay, {ORDERS} orders; outcome of accepted rows. Peers on all 64,000 rows: uniform .1463, VW ε-greedy .1593, LinUCB .1780, LinTS .1783, Beta-Thompson .1805, always men's .1828"
    );
    replay("uniform", trial, || Box::new(Fixed(vec![1.0 / 3.0; 3])));
    replay("always men's", trial, || Box::new(Fixed(vec![0.0, 1.0, 0.0])));
    replay("Apropos, posterior", trial, || Box::new(Posterior::new(3, SHARPNESS)));
}
