//! Boosting one bag: small trees, one after the other, whose sum is an additive model with pairs.
//!
//! A bag learns from a part of its rows and stops when the others no longer gain. Every tree sees a part of the features, so that none of two that tell
//! the same comes always first. Where the trees part rows by two features, a pair is at work; [`Bag::learn`] may use those pairs only that it is allowed, so
//! that a first run over all pairs can tell which are worth keeping (generalized additive models with selected interactions: Lou, Caruana, Gehrke and
//! Hooker 2013). Rows carry their odds rather than log-odds: a step then multiplies by a factor, and no row needs an exponential.

use super::bins::Feature;
use super::tree::{self, Cell, Limits, Side, Split, Trend};
use crate::hash::{mix, unit};

/// The root of every so many trees is drawn.
const TURN: usize = 4;

/// How a bag is boosted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// The share of each step that is taken.
    pub rate: f64,
    /// The most trees.
    pub rounds: usize,
    /// Boosting stops when so many trees brought nothing.
    pub patience: usize,
    /// The share of its rows that a bag only watches.
    pub watched: f64,
    /// The share of the features that a tree sees.
    pub seen: f64,
    /// What keeps a tree modest.
    pub limits: Limits,
}

/// What is learned from: features, and what came of each row.
#[derive(Clone, Copy)]
pub struct Data<'a> {
    /// The features, all with as many rows.
    pub features: &'a [Feature],
    /// The trend that each feature's weights must keep.
    pub trends: &'a [Option<Trend>],
    /// The outcome of every row.
    pub labels: &'a [bool],
}

impl Data<'_> {
    fn side(&self, feature: usize) -> Side {
        Side { ordered: self.features[feature].ordered, trend: self.trends[feature] }
    }
}

/// Two features by their places, the first below the second.
pub type Places = (usize, usize);

/// What a bag has learned: log-odds for the bins of every feature, and for the grids of pairs, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tables {
    /// The log-odds of all.
    pub intercept: f64,
    /// Per feature, per bin.
    pub ones: Vec<Vec<f64>>,
    /// Per pair, per bin of the first, per bin of the second; empty while no tree uses it.
    pub pairs: Vec<(Places, Vec<f64>)>,
}

impl Tables {
    /// The log-odds of a row.
    #[must_use]
    pub fn score(&self, features: &[Feature], row: usize) -> f64 {
        let bin = |i: usize| usize::from(features[i].codes[row]);
        let ones = self.ones.iter().enumerate().map(|(i, table)| table[bin(i)]);
        let pairs = self
            .pairs
            .iter()
            .map(|((a, b), table)| table.get(bin(*a) * features[*b].size + bin(*b)).copied().unwrap_or(0.0));
        self.intercept + ones.sum::<f64>() + pairs.sum::<f64>()
    }
}

/// The pairs that trees may use: each with its place, by the features.
#[derive(Clone, Debug, PartialEq)]
pub struct Allowed {
    features: usize,
    places: Vec<Option<u32>>,
    /// The pairs in their order.
    pub pairs: Vec<Places>,
}

impl Allowed {
    /// Only these.
    #[must_use]
    pub fn new(features: usize, pairs: Vec<Places>) -> Self {
        let mut places = vec![None; features * features];
        for ((a, b), place) in pairs.iter().zip(0..) {
            (places[a * features + b], places[b * features + a]) = (Some(place), Some(place));
        }
        Self { features, places, pairs }
    }

    fn place(&self, a: usize, b: usize) -> Option<usize> {
        self.places[a * self.features + b].map(|place| place as usize)
    }
}

/// A tree: parted by one feature, and each part, where it helps, by another.
#[derive(Clone)]
struct Tree {
    feature: usize,
    second: Vec<bool>,
    parts: [Part; 2],
}

/// What becomes of a part.
#[derive(Clone)]
enum Part {
    Leaf(f64),
    Parted { feature: usize, second: Vec<bool>, steps: [f64; 2] },
}

impl Tree {
    /// The step of a row of these bins.
    fn step(&self, bin: impl Fn(usize) -> usize) -> f64 {
        match &self.parts[usize::from(self.second[bin(self.feature)])] {
            Part::Leaf(step) => *step,
            Part::Parted { feature, second, steps } => steps[usize::from(second[bin(*feature)])],
        }
    }

    /// Every step changed.
    fn map(mut self, change: impl Fn(f64) -> f64) -> Self {
        for part in &mut self.parts {
            match part {
                Part::Leaf(step) => *step = change(*step),
                Part::Parted { steps, .. } => *steps = steps.map(&change),
            }
        }
        self
    }
}

/// Rows with their odds.
struct Rows {
    labels: Vec<f64>,
    odds: Vec<f64>,
    /// The bins of each feature.
    codes: Vec<Vec<u8>>,
    /// Outcome − probability, and probability · (1 − probability).
    pulls: Vec<(f64, f64)>,
}

impl Rows {
    fn new(data: &Data<'_>, rows: &[u32], odds: f64) -> Self {
        let labels = rows.iter().map(|row| f64::from(u8::from(data.labels[*row as usize]))).collect();
        let codes = data.features.iter().map(|f| rows.iter().map(|row| f.codes[*row as usize]).collect());
        Self { labels, odds: vec![odds; rows.len()], codes: codes.collect(), pulls: Vec::new() }
    }

    /// Multiplies the odds of every row by the factor of its leaf.
    fn step(&mut self, factors: &Tree) {
        for (row, odds) in self.odds.iter_mut().enumerate() {
            *odds *= factors.step(|feature| usize::from(self.codes[feature][row]));
        }
    }

    fn pull(&mut self) {
        let pull = |(odds, label): (&f64, &f64)| {
            let p = odds / (1.0 + odds);
            (label - p, p * (1.0 - p))
        };
        self.pulls.clear();
        self.pulls.extend(self.odds.iter().zip(&self.labels).map(pull));
    }

    /// The sum of the log loss.
    fn loss(&self) -> f64 {
        let loss = |(odds, label): (&f64, &f64)| {
            let all = 1.0 + odds;
            libm::log(if *label > 0.0 { all / odds } else { all })
        };
        self.odds.iter().zip(&self.labels).map(loss).sum()
    }

    fn cells(&self, feature: &Feature, i: usize) -> Vec<Cell> {
        let mut cells = vec![Cell::default(); feature.size];
        for (code, (pull, weight)) in self.codes[i].iter().zip(&self.pulls) {
            cells[usize::from(*code)].add(&Cell { pull: *pull, weight: *weight, rows: 1.0 });
        }
        cells
    }

    /// The same of some rows only.
    fn cells_of(&self, rows: &[u32], feature: &Feature, i: usize) -> Vec<Cell> {
        let mut cells = vec![Cell::default(); feature.size];
        for row in rows {
            let (pull, weight) = self.pulls[*row as usize];
            cells[usize::from(self.codes[i][*row as usize])].add(&Cell { pull, weight, rows: 1.0 });
        }
        cells
    }
}

/// The rows of a bag while it learns.
pub struct Bag<'a> {
    data: Data<'a>,
    pace: Pace,
    seed: u64,
    /// Learned from.
    taught: Rows,
    /// Watched.
    watched: Rows,
    tables: Tables,
}

impl<'a> Bag<'a> {
    /// A bag of these rows, which the seed divides into those it learns from and those it watches.
    #[must_use]
    pub fn new(data: Data<'a>, pace: Pace, rows: &[u32], seed: u64) -> Self {
        let watch = |row: &u32| unit(mix(seed ^ mix(u64::from(*row)))) < pace.watched;
        let (watched, taught): (Vec<_>, Vec<_>) = rows.iter().copied().partition(watch);
        // one outcome of each kind more than there were keeps the odds finite
        let yes = taught.iter().filter(|row| data.labels[**row as usize]).count() as f64 + 1.0;
        let odds = yes / (taught.len() as f64 + 2.0 - yes);
        let [taught, watched] = [taught, watched].map(|rows| Rows::new(&data, &rows, odds));
        let ones = data.features.iter().map(|f| vec![0.0; f.size]).collect();
        let tables = Tables { intercept: libm::log(odds), ones, pairs: Vec::new() };
        Self { data, pace, seed, taught, watched, tables }
    }

    /// Boosts with these pairs.
    #[must_use]
    pub fn learn(mut self, allowed: &Allowed) -> Tables {
        self.tables.pairs = allowed.pairs.iter().map(|pair| (*pair, Vec::new())).collect();
        let mut stop = Stop { best: self.watched.loss(), since: 0, patience: self.pace.patience };
        let mut trees: Vec<Tree> = Vec::new();
        for round in 0..self.pace.rounds {
            let Some(tree) = self.tree(round, allowed) else { break };
            let tree = tree.map(|step| self.pace.rate * step);
            let factors = tree.clone().map(libm::exp);
            self.taught.step(&factors);
            self.watched.step(&factors);
            trees.push(tree);
            match stop.goes_on(self.watched.loss()) {
                Gain::Best => {
                    trees.drain(..).for_each(|tree| self.tables.add(self.data.features, &tree, allowed))
                }
                Gain::None => {}
                Gain::Stop => break,
            }
        }
        self.tables
    }

    fn rank(&self, round: usize, feature: usize) -> u64 {
        mix(self.seed ^ mix((round as u64) << 20 | feature as u64))
    }

    /// The features that a tree sees.
    fn drawn(&self, round: usize) -> Vec<usize> {
        let n = self.data.features.len();
        let mut order: Vec<_> = (0..n).collect();
        order.sort_by_key(|i| self.rank(round, *i));
        order.truncate(((n as f64 * self.pace.seen).ceil() as usize).max(2));
        order.sort_unstable();
        order
    }

    /// The tree that lowers the loss most, level by level.
    fn tree(&mut self, round: usize, allowed: &Allowed) -> Option<Tree> {
        let drawn = self.drawn(round);
        self.taught.pull();
        let features = self.data.features;
        let cells: Vec<_> = drawn.iter().map(|i| self.taught.cells(&features[*i], *i)).collect();
        let splits = drawn
            .iter()
            .zip(&cells)
            .filter_map(|(i, cells)| Some((*i, tree::split(cells, self.data.side(*i), &self.pace.limits)?)));
        // every so often the root is drawn as well: of two features that tell something only together, neither would be chosen
        let (feature, root) = if round % TURN == TURN - 1 {
            splits.min_by_key(|(i, _)| self.rank(round, *i))?
        } else {
            most(splits)?
        };
        let codes = &self.taught.codes[feature];
        let rows: Vec<u32> =
            (0..codes.len() as u32).filter(|row| root.second[usize::from(codes[*row as usize])]).collect();
        let others =
            drawn.iter().zip(&cells).filter(|(i, _)| **i == feature || allowed.place(feature, **i).is_some());
        let (mut first, mut second) = (Vec::new(), Vec::new());
        // a tree over a feature with a trend stays a single step: what stands below could run against it
        for (i, all) in others.filter(|_| self.data.trends[feature].is_none()) {
            let part = self.taught.cells_of(&rows, &features[*i], *i);
            let rest: Vec<_> = all.iter().zip(&part).map(|(all, part)| all.less(part)).collect();
            first.extend(tree::split(&rest, self.data.side(*i), &self.pace.limits).map(|split| (*i, split)));
            second.extend(tree::split(&part, self.data.side(*i), &self.pace.limits).map(|split| (*i, split)));
        }
        let ridge = self.pace.limits.ridge;
        let part = |below: Option<(usize, Split)>, whole: Cell| match below {
            Some((feature, Split { second, parts, .. })) => {
                Part::Parted { feature, second, steps: parts.map(|cell| cell.value(ridge)) }
            }
            None => Part::Leaf(whole.value(ridge)),
        };
        let [one, other] = root.parts;
        let parts = [part(most(first.into_iter()), one), part(most(second.into_iter()), other)];
        Some(Tree { feature, second: root.second, parts })
    }
}

fn most(splits: impl Iterator<Item = (usize, Split)>) -> Option<(usize, Split)> {
    splits.reduce(|best, next| if next.1.gain > best.1.gain { next } else { best })
}

impl Tables {
    /// Adds a tree's steps to the tables of the features that it parts by.
    fn add(&mut self, features: &[Feature], tree: &Tree, allowed: &Allowed) {
        for (half, part) in tree.parts.iter().enumerate() {
            let here = |bin: usize| usize::from(tree.second[bin]) == half;
            let other = match part {
                Part::Parted { feature, .. } => *feature,
                Part::Leaf(_) => tree.feature,
            };
            let (a, b) = (tree.feature.min(other), tree.feature.max(other));
            match allowed.place(a, b).and_then(|place| self.pairs.get_mut(place)) {
                Some((_, grid)) if a != b => {
                    grid.resize(features[a].size * features[b].size, 0.0);
                    let width = features[b].size;
                    for (i, weight) in grid.iter_mut().enumerate() {
                        let bin = |f: usize| if f == a { i / width } else { i % width };
                        if here(bin(tree.feature)) {
                            *weight += tree.step(bin);
                        }
                    }
                }
                _ => {
                    for (bin, weight) in self.ones[a].iter_mut().enumerate().filter(|(bin, _)| here(*bin)) {
                        *weight += tree.step(|_| bin);
                    }
                }
            }
        }
    }
}

/// When to stop.
struct Stop {
    best: f64,
    since: usize,
    patience: usize,
}

/// What a round brought.
enum Gain {
    Best,
    None,
    Stop,
}

impl Stop {
    fn goes_on(&mut self, loss: f64) -> Gain {
        if loss < self.best {
            (self.best, self.since) = (loss, 0);
            return Gain::Best;
        }
        self.since += 1;
        if self.since < self.patience { Gain::None } else { Gain::Stop }
    }
}
