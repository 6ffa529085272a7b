//! What it is held against: uniform, Thompson sampling without context, and three bandits on one ridge regression.
//!
//! The regression of [`Linear`] sees what our engine knows: what intent and the campaign's tags promise, from which it begins as ours does (a coefficient of 1),
//! whether anything is shown, each motive beside each tag, how tired someone is, and each variant by itself. Everything is exact (rank-one updates of the inverse); rewards are learned as soon as they are known.

use crate::Policy;
use crate::world::{Dice, Outcome, STRENGTH, Variant, Visit, World, fit};
use apropos::intent::model::logistic;

/// How many variables come before one per variant.
const SHARED: usize = 16;

pub struct Uniform {
    pub dice: Dice,
    pub silence: bool,
}

impl Policy for Uniform {
    fn choose(&mut self, _: &Visit, live: &[usize]) -> Option<usize> {
        live.get(self.dice.below(live.len() + usize::from(self.silence))).copied()
    }

    fn came(&mut self, _: &Visit, _: Option<usize>, _: &Outcome, _: f64) {}
}

/// Thompson sampling without context: a normal posterior of each arm's mean reward, which is a Beta's but for small counts.
pub struct Thompson {
    dice: Dice,
    silence: bool,
    /// Per arm, silence last: sum of weights, of rewards, of squares.
    arms: Vec<(f64, f64, f64)>,
    scale: f64,
    width: f64,
}

impl Thompson {
    pub fn new(world: World, seed: u64, variants: usize, width: f64) -> Self {
        let arms = vec![(0.0, 0.0, 0.0); variants + 1];
        Self { dice: Dice::of(seed, 3), silence: world.has_silence(), arms, scale: world.value(), width }
    }
}

impl Policy for Thompson {
    fn choose(&mut self, _: &Visit, live: &[usize]) -> Option<usize> {
        let none = self.arms.len() - 1;
        let mut best = (f64::NEG_INFINITY, none);
        for arm in live.iter().copied().chain(self.silence.then_some(none)) {
            let (n, sum, squares) = self.arms[arm];
            // two rewards of 5 % to begin with
            let (n, sum, squares) =
                (n + 2.0, sum + 0.1 * self.scale, squares + 0.1 * self.scale * self.scale);
            let mean = sum / n;
            let variance = (squares / n - mean * mean).max(1e-6 * self.scale * self.scale) / n;
            let drawn = mean + self.width * libm::sqrt(variance) * self.dice.normal();
            if drawn > best.0 {
                best = (drawn, arm);
            }
        }
        (best.1 != none).then_some(best.1)
    }

    fn came(&mut self, _: &Visit, chosen: Option<usize>, _: &Outcome, reward: f64) {
        let none = self.arms.len() - 1;
        let arm = &mut self.arms[chosen.unwrap_or(none)];
        *arm = (arm.0 + 1.0, arm.1 + reward, arm.2 + reward * reward);
    }
}

/// How a regression is explored with.
#[derive(Clone, Copy, Debug)]
pub enum Explore {
    Greedy(f64),
    Ucb(f64),
    Thompson(f64),
}

pub struct Linear {
    dice: Dice,
    silence: bool,
    variants: Vec<Variant>,
    explore: Explore,
    scale: f64,
    /// The inverse of the regularised sum of squares, row by row.
    inverse: Vec<f64>,
    orders: bool,
    mean: Vec<f64>,
    /// Of the inverse, for draws; renewed as often as the dimension allows.
    factor: Vec<f64>,
    since: usize,
    dim: usize,
}

impl Linear {
    pub fn new(world: World, seed: u64, variants: &[Variant], explore: Explore) -> Self {
        let dim = SHARED + variants.len();
        let mut inverse = vec![0.0; dim * dim];
        (0..dim).for_each(|i| inverse[i * dim + i] = 1.0);
        Self {
            dice: Dice::of(seed, 4),
            silence: world.has_silence(),
            variants: variants.to_vec(),
            explore,
            scale: world.value(),
            factor: inverse.clone(),
            inverse,
            mean: (0..dim).map(|i| if i == 1 { 1.0 } else { 0.0 }).collect(),
            orders: world.orders(),
            since: 0,
            dim,
        }
    }

    fn features(&self, visit: &Visit, arm: Option<usize>) -> Vec<(usize, f64)> {
        let mood = usize::from(visit.facets.mood);
        let Some(variant) = arm.map(|arm| &self.variants[arm]) else { return vec![(12 + mood, 1.0)] };
        let odds = if self.orders { visit.convert } else { visit.click };
        let promise = logistic(odds + STRENGTH * fit(&visit.motives, variant.told));
        let mut all = vec![(0, 1.0), (1, promise), (8 + mood, 1.0), (7, fit(&visit.motives, variant.told))];
        all.extend((0..5).filter(|i| variant.told >> i & 1 == 1).map(|i| (2 + i, visit.motives[i])));
        all.push((SHARED + variant.id, 1.0));
        all
    }

    fn spread(&self, x: &[(usize, f64)]) -> f64 {
        let pairs = x.iter().flat_map(|a| x.iter().map(move |b| (a, b)));
        pairs.map(|(a, b)| a.1 * b.1 * self.inverse[a.0 * self.dim + b.0]).sum()
    }

    /// Cholesky's factor of the inverse.
    fn renew(&mut self) {
        let d = self.dim;
        let mut l = vec![0.0; d * d];
        for i in 0..d {
            for j in 0..=i {
                let dot: f64 = (0..j).map(|k| l[i * d + k] * l[j * d + k]).sum();
                let rest = self.inverse[i * d + j] - dot;
                l[i * d + j] = if i == j { libm::sqrt(rest.max(1e-12)) } else { rest / l[j * d + j] };
            }
        }
        self.factor = l;
    }

    fn drawn(&mut self, width: f64) -> Vec<f64> {
        let d = self.dim;
        if self.since >= if d < 60 { 1 } else { 250 } {
            self.renew();
            self.since = 0;
        }
        let z: Vec<f64> = (0..d).map(|_| self.dice.normal()).collect();
        let row = |i: usize| (0..=i).map(|k| self.factor[i * d + k] * z[k]).sum::<f64>();
        (0..d).map(|i| self.mean[i] + width * row(i)).collect()
    }
}

impl Policy for Linear {
    fn choose(&mut self, visit: &Visit, live: &[usize]) -> Option<usize> {
        let arms = || live.iter().copied().map(Some).chain(self.silence.then_some(None));
        if let Explore::Greedy(share) = self.explore
            && self.dice.unit() < share
        {
            return live.get(self.dice.below(live.len() + usize::from(self.silence))).copied();
        }
        let arms: Vec<_> = arms().collect();
        let theta = match self.explore {
            Explore::Thompson(width) => self.drawn(width),
            _ => self.mean.clone(),
        };
        let mut best = (f64::NEG_INFINITY, None);
        for arm in arms {
            let x = self.features(visit, arm);
            let mut score: f64 = x.iter().map(|(i, x)| x * theta[*i]).sum();
            if let Explore::Ucb(width) = self.explore {
                score += width * libm::sqrt(self.spread(&x).max(0.0));
            }
            // what is equal is drawn for
            score += 1e-9 * self.dice.unit();
            if score > best.0 {
                best = (score, arm);
            }
        }
        best.1
    }

    fn came(&mut self, visit: &Visit, chosen: Option<usize>, _: &Outcome, reward: f64) {
        let (x, d) = (self.features(visit, chosen), self.dim);
        let along: Vec<f64> =
            (0..d).map(|i| x.iter().map(|(j, x)| x * self.inverse[i * d + j]).sum()).collect();
        let bend = 1.0 + x.iter().map(|(i, x)| x * along[*i]).sum::<f64>();
        for i in (0..d).filter(|i| along[*i] != 0.0) {
            for j in 0..d {
                self.inverse[i * d + j] -= along[i] * along[j] / bend;
            }
        }
        let error = reward / self.scale - x.iter().map(|(i, x)| x * self.mean[*i]).sum::<f64>();
        self.mean.iter_mut().zip(&along).for_each(|(mean, along)| *mean += along * error / bend);
        self.since += 1;
    }
}
