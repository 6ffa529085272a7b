//! Signal review: which signals change what is foretold, and which to retire.
//!
//! A signal costs something: a person's data, their consent, the work of keeping it. So it is asked twice what it brings, each time on rows that the fit hasn't seen.
//!
//! - **Shuffled**: its values change places among the rows of a fold, several times. What is lost tells how much *this fit* leans on it (permutation importance: Breiman 2001, "Random forests").
//! - **Without**: everything is fitted anew without it, on the same folds and with the same seeds. What is lost tells how much nothing else can make up for.
//!
//! Both are compared row by row ([`paired`](super::paired)). Fits differ by their seed alone too, which the rows can't tell, so all is done with several seeds, and how far those
//! are apart is added to the errors; it is taken from all signals at once, as few seeds tell little of one. The verdict is by the log loss, which notices more than ranking does:
//!
//! | verdict | when |
//! |---|---|
//! | keep | without it, more is lost than chance explains, and no other has the same bins in every row |
//! | watch | shuffled it is missed, but without it others say the same; or it isn't sure |
//! | retire | neither, and even the upper end of what may be lost without it is slight |
//!
//! Looking at many signals finds something in some by chance. So of those that are kept at most 5 % are expected to be kept by chance: the rate of false discoveries is
//! controlled over all signals ([`discoveries`]).

use super::paired::{Estimate, Loss, Scored, discoveries};
use crate::hash::mix;
use crate::intent::SignalId;
use crate::learn::bins::Feature;
use crate::learn::boost::{Data, Pace, Tables};
use crate::learn::fit::{self, Pairs};
use crate::learn::threads;
use crate::profile::Purpose;
use serde::Serialize;
use std::sync::atomic::{AtomicUsize, Ordering};

/// From which correlation of contributions on a signal stands in for another.
const ALIKE: f64 = 0.3;

/// How to review.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Settles every draw.
    pub seed: u64,
    /// How often everything is fitted, each time with another seed.
    pub repeats: u64,
    /// How many bags each fit averages: fewer than a model that is to be used, as there are many fits.
    pub bags: usize,
    /// How many pairs of signals a fit gets.
    pub pairs: Pairs,
    /// How a bag is boosted.
    pub pace: Pace,
    /// How often values are shuffled per repeat.
    pub shuffles: u64,
    /// The share of the kept that may be kept by chance.
    pub rate: f64,
    /// The share of all that is explained which is slight.
    pub slight: f64,
    /// How many threads work.
    pub threads: usize,
}

impl Default for Settings {
    fn default() -> Self {
        let fit::Settings { seed, pairs, pace, threads, .. } = fit::Settings::default();
        Self { seed, repeats: 3, bags: 2, pairs, pace, shuffles: 3, rate: 0.05, slight: 0.01, threads }
    }
}

/// What a review found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Review {
    /// How many rows there are.
    pub rows: usize,
    /// How many of them are yes.
    pub yes: usize,
    /// The share of the kept that may be kept by chance.
    pub rate: f64,
    /// The log loss with all signals, on rows that the fit hasn't seen.
    pub log_loss: f64,
    /// The area under the ROC curve of the same.
    pub auc: f64,
    /// By how much all signals together lower the log loss of knowing only the share of yes.
    pub explained: f64,
    /// The signals: first those to keep, last those to retire, each time by what is lost without them.
    pub signals: Vec<Reviewed>,
    /// What is lost without all that are to be retired; none of fewer than two.
    pub without_retired: Option<Loss>,
}

/// What was found of one signal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reviewed {
    /// Its name.
    pub signal: String,
    /// What to do with it.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What is lost without it.
    pub without: Loss,
    /// How likely that much would be lost by chance.
    pub without_chance: f64,
    /// What is lost when it is shuffled.
    pub shuffled: Loss,
    /// How likely that much would be lost by chance.
    pub shuffled_chance: f64,
    /// What asking for it takes, if it is a signal of the registry.
    pub asks: Option<Asks>,
}

/// What to do with a signal.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing else makes up for it.
    Keep,
    /// Look again.
    Watch {
        /// Why.
        because: Doubt,
    },
    /// It brings nothing that anyone would miss.
    Retire,
}

/// Why a signal is neither to be kept nor to be retired.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// Another says the same.
    StandIn {
        /// Which.
        signal: String,
        /// How far their contributions go together over the rows, at most 1.
        correlation: f64,
    },
    /// Several others say the same together.
    Others,
    /// There are too few rows to tell.
    Unsure,
}

/// What asking for a signal takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Asks {
    /// The consent it needs; none where it needs none.
    pub consent: Option<&'static str>,
    /// Where it comes from.
    pub source: &'static str,
    /// What it is used for.
    pub serves: &'static str,
}

impl Asks {
    fn of(name: &str) -> Option<Self> {
        let signal = SignalId::of(name)?.signal();
        let consent = signal.needs().map(Purpose::name);
        Some(Self { consent, source: signal.source.name(), serves: signal.serves.name() })
    }
}

/// Reviews every feature. `folds` says for each row by which fold it is judged; rows that belong together, as those of one recipient, share one.
#[must_use]
pub fn review(data: Data<'_>, folds: &[u64], settings: &Settings, told: fit::Told<'_>) -> Review {
    let n = data.features.len();
    let last = folds.iter().max().copied().unwrap_or(0);
    let stage = Stage { data, folds, last, settings, done: AtomicUsize::new(0), told };
    let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
    sets.extend((0..n).map(|i| vec![i]));
    let mut without = stage.fits(&sets);
    let whole = without.remove(0);
    let all = Scored::mean(&whole.scored);
    let seen: Vec<usize> = (0..n).collect();
    let shuffled = threads::map(&seen, settings.threads, |i| stage.shuffled(&whole, *i));
    let shuffled: Vec<_> = shuffled.iter().map(|worse| all.less(worse, data.labels)).collect();
    let without = stage.compared(&whole, &without);
    let found = |estimates: &[[Estimate; 2]]| {
        let chances: Vec<f64> = estimates.iter().map(|[loss, _]| loss.chance()).collect();
        discoveries(&chances, settings.rate)
    };
    let (missed, leant) = (found(&without), found(&shuffled));
    let explained = entropy(data.labels) - all.log_loss();
    let slight = settings.slight * explained.max(0.0);
    let contributions = stage.contributions(&whole.tables);
    let verdict = |i: usize| {
        // what stands in another column as well can't be missed, whatever chance says
        if missed[i] && !has_twin(data.features, i) {
            Verdict::Keep
        } else if leant[i] || missed[i] {
            Verdict::Watch { because: stand_in(data.features, &contributions, i) }
        } else if without[i][0].interval().high < slight {
            Verdict::Retire
        } else {
            Verdict::Watch { because: Doubt::Unsure }
        }
    };
    let reviewed = |i: usize| Reviewed {
        signal: data.features[i].name.clone(),
        verdict: verdict(i),
        without: loss(without[i]),
        without_chance: without[i][0].chance(),
        shuffled: loss(shuffled[i]),
        shuffled_chance: shuffled[i][0].chance(),
        asks: Asks::of(&data.features[i].name),
    };
    let signals: Vec<Reviewed> = (0..n).map(reviewed).collect();
    let retired: Vec<usize> = (0..n).filter(|i| signals[*i].verdict == Verdict::Retire).collect();
    let together = (retired.len() > 1).then(|| stage.compared(&whole, &stage.fits(&[retired])));
    (stage.told)(1.0);
    Review {
        rows: data.labels.len(),
        yes: data.labels.iter().filter(|label| **label).count(),
        rate: settings.rate,
        log_loss: all.log_loss(),
        auc: all.auc(data.labels),
        explained,
        signals: sorted(signals),
        without_retired: together.and_then(|all| all.first().map(|estimates| loss(*estimates))),
    }
}

fn loss([log_loss, auc]: [Estimate; 2]) -> Loss {
    Loss { log_loss: log_loss.interval(), auc: auc.interval() }
}

fn sorted(mut signals: Vec<Reviewed>) -> Vec<Reviewed> {
    let rank = |signal: &Reviewed| match signal.verdict {
        Verdict::Keep => 0,
        Verdict::Watch { .. } => 1,
        Verdict::Retire => 2,
    };
    let lost = |signal: &Reviewed| signal.without.log_loss.value;
    signals.sort_by(|a, b| rank(a).cmp(&rank(b)).then(lost(b).total_cmp(&lost(a))));
    signals
}

/// The log loss of knowing only the share of yes.
fn entropy(labels: &[bool]) -> f64 {
    let share = labels.iter().filter(|label| **label).count() as f64 / labels.len().max(1) as f64;
    let part = |p: f64| if p > 0.0 { -p * libm::log(p) } else { 0.0 };
    part(share) + part(1.0 - share)
}

/// What is reviewed, and how far it has come.
struct Stage<'a> {
    data: Data<'a>,
    folds: &'a [u64],
    last: u64,
    settings: &'a Settings,
    done: AtomicUsize,
    told: fit::Told<'a>,
}

/// Fits without some features: per repeat what its folds foretell of rows they haven't seen, and their tables if nothing was left out.
struct Fits {
    scored: Vec<Scored>,
    tables: Vec<Vec<Tables>>,
}

/// What one fold's fit foretells of its rows.
struct Part {
    odds: Vec<(usize, f64)>,
    tables: Option<Tables>,
}

impl Stage<'_> {
    /// Fits on all folds and repeats, once without each of these sets of features.
    fn fits(&self, sets: &[Vec<usize>]) -> Vec<Fits> {
        let folds = || 0..=self.last;
        let repeats = 0..self.settings.repeats.max(1);
        let of_set =
            |set: usize| repeats.clone().flat_map(move |repeat| folds().map(move |fold| (set, repeat, fold)));
        let work: Vec<(usize, u64, u64)> = (0..sets.len()).flat_map(of_set).collect();
        // of what comes later only those to be retired are known to come, if there are any
        let all = (self.data.features.len() + 2) * work.len() / sets.len().max(1);
        let parts = threads::map(&work, self.settings.threads, |(set, repeat, fold)| {
            let part = self.part(&sets[*set], *repeat, *fold);
            let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
            (self.told)(done.min(all) as f64 / all as f64);
            part
        });
        let per_repeat = self.last as usize + 1;
        let repeats = repeats.end as usize;
        let mut parts = parts.into_iter();
        let fits = |_| {
            let mut fits = Fits { scored: Vec::new(), tables: Vec::new() };
            for _ in 0..repeats {
                let mut odds = vec![0.0; self.data.labels.len()];
                let mut tables = Vec::new();
                for part in parts.by_ref().take(per_repeat) {
                    part.odds.iter().for_each(|(row, own)| odds[*row] = *own);
                    tables.extend(part.tables);
                }
                fits.scored.push(Scored::new(&odds, self.data.labels));
                fits.tables.push(tables);
            }
            fits
        };
        (0..sets.len()).map(fits).collect()
    }

    /// Fits the rows of the other folds without some features, and foretells those of this one.
    fn part(&self, without: &[usize], repeat: u64, fold: u64) -> Part {
        let kept: Vec<usize> = (0..self.data.features.len()).filter(|i| !without.contains(i)).collect();
        let rows = |own: bool| (0..self.folds.len()).filter(move |row| (self.folds[*row] == fold) == own);
        let features: Vec<Feature> = kept
            .iter()
            .map(|i| {
                let feature = &self.data.features[*i];
                Feature { codes: rows(false).map(|row| feature.codes[row]).collect(), ..feature.clone() }
            })
            .collect();
        let trends: Vec<_> = kept.iter().map(|i| self.data.trends[*i]).collect();
        let labels: Vec<bool> = rows(false).map(|row| self.data.labels[row]).collect();
        let Settings { seed, bags, pairs, pace, .. } = *self.settings;
        let settings =
            fit::Settings { seed: mix(seed).wrapping_add(repeat), bags, folds: 1, pairs, pace, threads: 1 };
        let data = Data { features: &features, trends: &trends, labels: &labels };
        let tables = fit::judged(data, &[], &settings, &|_| ()).fitted.tables;
        let foretold = |row: usize| {
            let bin = |i: usize| usize::from(self.data.features[kept[i]].codes[row]);
            (row, score(&tables, |i| features[i].size, bin))
        };
        let odds = rows(true).map(foretold).collect();
        Part { odds, tables: without.is_empty().then_some(tables) }
    }

    /// What is lost by each of some fits, with the error that the seeds make.
    fn compared(&self, whole: &Fits, others: &[Fits]) -> Vec<[Estimate; 2]> {
        let all = Scored::mean(&whole.scored);
        let labels = self.data.labels;
        let repeats = whole.scored.len() as f64;
        let by_repeat = |fits: &Fits, figure: usize| {
            let of = |(own, worse): (&Scored, &Scored)| own.less(worse, labels)[figure].mean;
            variance(whole.scored.iter().zip(&fits.scored).map(of))
        };
        let seeds = [0, 1].map(|figure| {
            let sum: f64 = others.iter().map(|fits| by_repeat(fits, figure)).sum();
            sum / others.len().max(1) as f64 / repeats
        });
        let of = |fits: &Fits| {
            let [log_loss, auc] = all.less(&Scored::mean(&fits.scored), labels);
            [log_loss.and(seeds[0]), auc.and(seeds[1])]
        };
        others.iter().map(of).collect()
    }

    /// The rows as the fits see them whose values of a feature have changed places within their fold.
    fn shuffled(&self, whole: &Fits, feature: usize) -> Scored {
        let mut all = Vec::new();
        for (tables, repeat) in whole.tables.iter().zip(0_u64..) {
            for shuffle in 0..self.settings.shuffles.max(1) {
                let draw = mix(self.settings.seed ^ mix((feature as u64) << 32 | repeat << 16 | shuffle));
                let codes = self.changed(&self.data.features[feature].codes, draw);
                let odds = |row: usize| {
                    let bin = |i: usize| {
                        usize::from(if i == feature { codes[row] } else { self.data.features[i].codes[row] })
                    };
                    let fit = tables.get(self.folds[row] as usize);
                    fit.map_or(0.0, |fit| score(fit, |i| self.data.features[i].size, bin))
                };
                let odds: Vec<f64> = (0..self.folds.len()).map(odds).collect();
                all.push(Scored::new(&odds, self.data.labels));
            }
        }
        Scored::mean(&all)
    }

    /// Codes that have changed places within their fold (Fisher and Yates 1938).
    fn changed(&self, codes: &[u8], draw: u64) -> Vec<u8> {
        let mut codes = codes.to_vec();
        for fold in 0..=self.last {
            let rows: Vec<usize> = (0..codes.len()).filter(|row| self.folds[*row] == fold).collect();
            for i in (1..rows.len()).rev() {
                let other = mix(draw ^ mix(fold << 32 | i as u64)) % (i as u64 + 1);
                codes.swap(rows[i], rows[other as usize]);
            }
        }
        codes
    }

    /// What each feature adds to the log-odds of every row, by the fit that hasn't seen it, on average over the repeats; of a pair each has half.
    fn contributions(&self, tables: &[Vec<Tables>]) -> Vec<Vec<f64>> {
        let features = self.data.features;
        let mut all = vec![vec![0.0; self.folds.len()]; features.len()];
        for tables in tables {
            for (row, fold) in self.folds.iter().enumerate() {
                let Some(fit) = tables.get(*fold as usize) else { continue };
                let bin = |i: usize| usize::from(features[i].codes[row]);
                fit.ones.iter().enumerate().for_each(|(i, table)| all[i][row] += table[bin(i)]);
                for ((a, b), grid) in &fit.pairs {
                    let weight = grid.get(bin(*a) * features[*b].size + bin(*b)).copied().unwrap_or(0.0);
                    all[*a][row] += weight / 2.0;
                    all[*b][row] += weight / 2.0;
                }
            }
        }
        all
    }
}

/// The log-odds of a row of these bins.
fn score(tables: &Tables, size: impl Fn(usize) -> usize, bin: impl Fn(usize) -> usize) -> f64 {
    let ones = tables.ones.iter().enumerate().map(|(i, table)| table[bin(i)]);
    let pairs = tables
        .pairs
        .iter()
        .map(|((a, b), grid)| grid.get(bin(*a) * size(*b) + bin(*b)).copied().unwrap_or(0.0));
    tables.intercept + ones.sum::<f64>() + pairs.sum::<f64>()
}

/// Whether another feature has the same bins in every row.
fn has_twin(features: &[Feature], i: usize) -> bool {
    features.iter().enumerate().any(|(j, other)| j != i && other.codes == features[i].codes)
}

/// Which other signal says the same as one: that whose contributions go with its own most closely.
fn stand_in(features: &[Feature], contributions: &[Vec<f64>], i: usize) -> Doubt {
    let others = (0..features.len()).filter(|j| *j != i);
    let alike = others.map(|j| (j, correlation(&contributions[i], &contributions[j])));
    match alike.max_by(|a, b| a.1.total_cmp(&b.1)) {
        Some((j, correlation)) if correlation >= ALIKE => {
            Doubt::StandIn { signal: features[j].name.clone(), correlation }
        }
        _ => Doubt::Others,
    }
}

fn variance(numbers: impl Iterator<Item = f64>) -> f64 {
    let numbers: Vec<f64> = numbers.collect();
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n.max(1.0);
    numbers.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0).max(1.0)
}

/// Pearson's; 0 where one of the two never varies.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().max(1) as f64;
    let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let sum = |x: &[f64], mx: f64, y: &[f64], my: f64| {
        x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum::<f64>()
    };
    let spread = (sum(a, ma, a, ma) * sum(b, mb, b, mb)).sqrt();
    if spread > 0.0 { sum(a, ma, b, mb) / spread } else { 0.0 }
}
