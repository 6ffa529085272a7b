//! Fitting: bags of a table averaged into one additive model, and the same on folds, to judge it on rows it hasn't seen.
//!
//! Every bag of every fold is a piece of work of its own, so all cores are busy; results are added up in a fixed order, so the file is the same on any of them.

use super::bins::Feature;
use super::boost::{Allowed, Bag, Data, Pace, Places, Tables};
use super::frame::bucket;
use super::threads;
use super::tree::Limits;
use crate::hash::mix;

/// How to fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Settles every draw.
    pub seed: u64,
    /// How many bags are averaged.
    pub bags: usize,
    /// How many folds judge.
    pub folds: u64,
    /// How many pairs of features.
    pub pairs: Pairs,
    /// How a bag is boosted.
    pub pace: Pace,
    /// How many threads work.
    pub threads: usize,
}

/// How many pairs of features a model gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairs {
    /// As many as there are features.
    Auto,
    /// At most so many.
    Most(usize),
}

impl Default for Settings {
    fn default() -> Self {
        let limits = Limits { ridge: 2.0, name_ridge: 5.0, rows: 20.0 };
        let pace = Pace { rate: 0.04, rounds: 2000, patience: 50, watched: 0.15, seen: 0.6, limits };
        Self { seed: 1, bags: 8, folds: 5, pairs: Pairs::Auto, pace, threads: threads::cores() }
    }
}

/// A fitted additive model over learner's bins: the mean of its bags.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// The weights: every table's mean over the rows is 0.
    pub tables: Tables,
    /// How far the bags are apart: the standard error of each weight of the features.
    pub errors: Vec<Vec<f64>>,
}

/// What fitting and judging brought.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Fitted to all rows.
    pub fitted: Fitted,
    /// The log-odds of every row by the fit that hasn't seen it; empty without folds.
    pub unseen: Vec<f64>,
    /// The fold of every row.
    pub folds: Vec<u64>,
}

/// Told how much of the work is done, in [0, 1].
pub type Told<'a> = &'a (dyn Fn(f64) + Sync);

/// The fold of every row. `whose` says whose each is: rows of one person are in one fold, since they would tell of each other; empty when every row is of somebody else.
#[must_use]
pub fn folds(rows: usize, whose: &[u64], seed: u64, count: u64) -> Vec<u64> {
    let person = |row: usize| whose.get(row).copied().unwrap_or(row as u64);
    (0..rows).map(|row| bucket(person(row), seed) % count.max(1)).collect()
}

/// Fits all rows, and every row's log-odds by the fit of the other [`folds`].
#[must_use]
pub fn judged(data: Data<'_>, whose: &[u64], settings: &Settings, told: Told<'_>) -> Judged {
    let rows = data.labels.len();
    let folds = folds(rows, whose, settings.seed, settings.folds);
    let all = (0..rows as u32).collect();
    let without = |fold| (0..rows as u32).filter(|row| folds[*row as usize] != fold).collect();
    let parts: Vec<Vec<u32>> = if settings.folds < 2 {
        vec![all]
    } else {
        std::iter::once(all).chain((0..settings.folds).map(without)).collect()
    };
    let mut fits = fits(data, &parts, settings, told).into_iter();
    let fitted = fits.next().unwrap_or_else(|| Fitted { tables: Tables::default(), errors: Vec::new() });
    let others: Vec<_> = fits.collect();
    let unseen = folds
        .iter()
        .enumerate()
        .filter_map(|(row, fold)| others.get(*fold as usize).map(|fit| fit.tables.score(data.features, row)));
    let unseen = unseen.collect();
    Judged { fitted, unseen, folds }
}

/// A fit to each of these lists of rows.
fn fits(data: Data<'_>, parts: &[Vec<u32>], settings: &Settings, told: Told<'_>) -> Vec<Fitted> {
    let possible = possible(&data);
    let bags = settings.bags.max(1);
    let work: Vec<(usize, u64)> =
        (0..parts.len()).flat_map(|part| (0..bags as u64).map(move |bag| (part, bag))).collect();
    let progress = Progress { done: 0.into(), of: work.len() * 2, told };
    let bag =
        |part: usize, bag| Bag::new(data, settings.pace, &parts[part], mix(settings.seed).wrapping_add(bag));
    let every = Allowed::new(data.features.len(), possible);
    let gains = threads::map(&work, settings.threads, |(part, n)| {
        let mut tables = bag(*part, *n).learn(&every);
        purify(data.features, &mut tables, &parts[*part]);
        progress.step();
        tables
            .pairs
            .iter()
            .map(|(places, grid)| spread(data.features, *places, grid, &parts[*part]))
            .collect::<Vec<_>>()
    });
    let chosen: Vec<Allowed> = gains
        .chunks(bags)
        .map(|gains| {
            Allowed::new(data.features.len(), best(&every.pairs, gains, settings.pairs, data.features.len()))
        })
        .collect();
    let tables = threads::map(&work, settings.threads, |(part, n)| {
        let tables = bag(*part, *n).learn(&chosen[*part]);
        progress.step();
        tables
    });
    tables.chunks(bags).zip(parts).map(|(bags, rows)| mean(data.features, bags, rows)).collect()
}

struct Progress<'a> {
    done: std::sync::atomic::AtomicUsize,
    of: usize,
    told: Told<'a>,
}

impl Progress<'_> {
    fn step(&self) {
        let done = self.done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        (self.told)(done as f64 / self.of as f64);
    }
}

/// Every pair of features. Those with a trend stand in none: a pair could run against it, and where it doesn't, what it takes out of a feature's own table could
/// leave one that seems to.
fn possible(data: &Data<'_>) -> Vec<Places> {
    let free: Vec<_> = (0..data.features.len())
        .filter(|i| data.trends[*i].is_none() && data.features[*i].size > 2)
        .collect();
    free.iter().enumerate().flat_map(|(n, a)| free[n + 1..].iter().map(|b| (*a, *b))).collect()
}

/// The pairs that gain most over all bags.
fn best(possible: &[Places], bags: &[Vec<f64>], pairs: Pairs, features: usize) -> Vec<Places> {
    let mut sums = vec![0.0; possible.len()];
    bags.iter().for_each(|gains| sums.iter_mut().zip(gains).for_each(|(sum, gain)| *sum += gain));
    let mut order: Vec<_> = (0..possible.len()).collect();
    order.sort_by(|a, b| sums[*b].total_cmp(&sums[*a]));
    let most = match pairs {
        Pairs::Auto => features,
        Pairs::Most(most) => most,
    };
    order.into_iter().take(most).map(|i| possible[i]).collect()
}

/// How far a pair takes the log-odds of the rows from what its features tell alone: the sum of squares.
fn spread(features: &[Feature], (a, b): Places, grid: &[f64], rows: &[u32]) -> f64 {
    let (a, b) = (&features[a], &features[b]);
    let weight = |row: &u32| {
        let [i, j] = [a, b].map(|f| usize::from(f.codes[*row as usize]));
        grid.get(i * b.size + j).copied().unwrap_or(0.0)
    };
    if grid.is_empty() { 0.0 } else { rows.iter().map(|row| weight(row) * weight(row)).sum() }
}

/// The mean of bags; what pairs tell of a feature alone, and the means of tables, are moved to where they belong.
fn mean(features: &[Feature], bags: &[Tables], rows: &[u32]) -> Fitted {
    let n = bags.len() as f64;
    let average = |get: &dyn Fn(&Tables) -> &[f64]| -> Vec<f64> {
        let mut sum = vec![0.0; bags.iter().map(|bag| get(bag).len()).max().unwrap_or(0)];
        bags.iter().for_each(|bag| sum.iter_mut().zip(get(bag)).for_each(|(sum, w)| *sum += w));
        sum.iter().map(|sum| sum / n).collect()
    };
    let pairs = bags.first().map_or(&[][..], |bag| &bag.pairs);
    let mut tables = Tables {
        intercept: bags.iter().map(|bag| bag.intercept).sum::<f64>() / n,
        ones: (0..features.len()).map(|i| average(&|bag| &bag.ones[i])).collect(),
        pairs: pairs
            .iter()
            .enumerate()
            .map(|(i, (places, _))| (*places, average(&|bag| &bag.pairs[i].1)))
            .collect(),
    };
    let errors = (0..features.len()).map(|i| errors(bags, i, &tables.ones[i])).collect();
    purify(features, &mut tables, rows);
    Fitted { tables, errors }
}

/// The standard error of a feature's weights. Bags share most of their rows, so their spread is that of the fit, not of its mean.
fn errors(bags: &[Tables], feature: usize, mean: &[f64]) -> Vec<f64> {
    let n = bags.len() as f64;
    let square =
        |bin: usize, mean: &f64| bags.iter().map(|bag| (bag.ones[feature][bin] - mean).powi(2)).sum::<f64>();
    mean.iter().enumerate().map(|(bin, mean)| (square(bin, mean) / (n - 1.0).max(1.0)).sqrt()).collect()
}

/// Moves the part of each pair that one feature tells alone into that feature's table, and every table's mean into the intercept
/// (Lengerich, Tan, Chang, Hooker and Caruana 2020, "Purifying interaction effects"). Scores stay as they are.
fn purify(features: &[Feature], tables: &mut Tables, rows: &[u32]) {
    let Tables { intercept, ones, pairs } = tables;
    for ((a, b), grid) in pairs.iter_mut().filter(|(_, grid)| !grid.is_empty()) {
        let (fa, fb) = (&features[*a], &features[*b]);
        let width = fb.size;
        let mut counts = vec![0.0; grid.len()];
        for row in rows {
            let [i, j] = [fa, fb].map(|f| usize::from(f.codes[*row as usize]));
            counts[i * width + j] += 1.0;
        }
        // each pass leaves less: ten come down to the sixth decimal
        for _ in 0..10 {
            for (i, at) in sides(grid.len(), width, true).enumerate() {
                take(grid, &counts, &at, |mean| ones[*a][i] += mean);
            }
            for (j, at) in sides(grid.len(), width, false).enumerate() {
                take(grid, &counts, &at, |mean| ones[*b][j] += mean);
            }
        }
        // where no row lacks a value, a missing one tells nothing
        for (at, rows) in
            [(sides(grid.len(), width, true).next(), fa), (sides(grid.len(), width, false).next(), fb)]
        {
            if !rows.has_missing() {
                at.into_iter().flatten().for_each(|i| grid[i] = 0.0);
            }
        }
    }
    for (feature, table) in features.iter().zip(ones) {
        let mut counts = vec![0.0; feature.size];
        rows.iter().for_each(|row| counts[usize::from(feature.codes[*row as usize])] += 1.0);
        let all: Vec<_> = (0..feature.size).collect();
        take(table, &counts, &all, |mean| *intercept += mean);
        if !feature.has_missing() {
            table.iter_mut().take(1).for_each(|weight| *weight = 0.0);
        }
    }
}

/// The places of each row, or of each column, of a grid.
fn sides(len: usize, width: usize, rows: bool) -> impl Iterator<Item = Vec<usize>> {
    let height = len / width.max(1);
    (0..if rows { height } else { width }).map(move |k| {
        if rows {
            (k * width..(k + 1) * width).collect()
        } else {
            (0..height).map(|i| i * width + k).collect()
        }
    })
}

/// Takes the mean away from these weights, and gives it elsewhere.
fn take(weights: &mut [f64], counts: &[f64], at: &[usize], give: impl FnOnce(f64)) {
    let n: f64 = at.iter().map(|i| counts[*i]).sum();
    if n > 0.0 {
        let mean = at.iter().map(|i| counts[*i] * weights[*i]).sum::<f64>() / n;
        at.iter().for_each(|i| weights[*i] -= mean);
        give(mean);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::unit;
    use crate::intent::model::file::{File, HeadFile, Reads};
    use crate::learn::bins::Binning;
    use crate::learn::frame::{Column, Frame};
    use crate::learn::quality::figures;
    use crate::learn::table::TableModel;
    use crate::learn::tree::Trend;
    use crate::learn::write;

    const ROWS: usize = 1500;

    /// A number, two names whose meeting decides, a column with holes and one that tells nothing.
    fn frame() -> (Frame, Vec<bool>) {
        let draw = |i: usize, k: u64| unit(mix(mix(k) ^ i as u64));
        let column = |name: &str, cell: &dyn Fn(usize) -> String| {
            Column::read(name, &(0..ROWS).map(cell).collect::<Vec<_>>())
        };
        let side = |i, k| if draw(i, k) < 0.5 { "left" } else { "right" };
        let frame = Frame {
            columns: vec![
                column("n", &|i| format!("{:.2}", draw(i, 1))),
                column("a", &|i| side(i, 2).into()),
                column("b", &|i| side(i, 3).into()),
                column("holes", &|i| {
                    if draw(i, 4) < 0.3 { String::new() } else { format!("{:.1}", draw(i, 5)) }
                }),
                column("noise", &|i| format!("{:.2}", draw(i, 6))),
            ],
        };
        let odds = |i: usize| {
            let met = if side(i, 2) == side(i, 3) { 1.5 } else { -1.5 };
            met + 3.0 * (draw(i, 1) - 0.5) + if draw(i, 4) < 0.3 { 1.0 } else { 0.0 }
        };
        let labels = (0..ROWS).map(|i| draw(i, 7) < 1.0 / (1.0 + libm::exp(-odds(i)))).collect();
        (frame, labels)
    }

    fn features(frame: &Frame) -> Vec<Feature> {
        frame.columns.iter().map(|column| Feature::of(column, Binning { most: 16, rare: 20 })).collect()
    }

    fn settings() -> Settings {
        Settings { bags: 2, folds: 3, pairs: Pairs::Most(2), ..Settings::default() }
    }

    fn learned(trends: &[Option<Trend>], settings: &Settings) -> Judged {
        let (frame, labels) = frame();
        judged(Data { features: &features(&frame), trends, labels: &labels }, &[], settings, &|_| ())
    }

    #[test]
    fn what_was_planted_is_found() {
        let (_, labels) = frame();
        let Judged { fitted, unseen, .. } = learned(&[None; 5], &settings());
        assert!(
            fitted.tables.pairs.iter().any(|(pair, _)| *pair == (1, 2)),
            "the pair that decides is there"
        );
        let auc = figures(&unseen, &labels).auc;
        assert!(auc > 0.8, "{auc}");
        let Tables { ones, .. } = &fitted.tables;
        let range = |table: &[f64]| table.iter().fold(0.0_f64, |most, w| most.max(w.abs()));
        assert!(range(&ones[0]) > 0.7 && range(&ones[4]) < 0.5, "{ones:?}");
        assert!(ones[3][0] > 0.4, "a missing value tells something: {ones:?}");
    }

    #[test]
    fn the_rows_of_a_person_share_a_fold() {
        let (frame, labels) = frame();
        let (features, trends) = (features(&frame), [None; 5]);
        let data = Data { features: &features, trends: &trends, labels: &labels };
        let whose: Vec<u64> = (0..ROWS as u64).map(|row| mix(row / 10)).collect();
        let Judged { folds, .. } = judged(data, &whose, &Settings { bags: 1, ..settings() }, &|_| ());
        assert!(folds.chunks(10).all(|person| person.iter().all(|fold| *fold == person[0])));
        assert!((0..3).all(|fold| folds.contains(&fold)));
    }

    #[test]
    fn any_number_of_threads_fits_the_same() {
        let one = learned(&[None; 5], &Settings { threads: 1, ..settings() });
        assert_eq!(one, learned(&[None; 5], &Settings { threads: 5, ..settings() }));
        assert_ne!(one, learned(&[None; 5], &Settings { seed: 2, ..settings() }));
    }

    #[test]
    fn a_trend_is_kept() {
        for (trend, sign) in [(Trend::Up, 1.0), (Trend::Down, -1.0)] {
            let trends = [None, None, None, Some(trend), Some(trend)];
            let Judged { fitted, .. } = learned(&trends, &settings());
            for table in &fitted.tables.ones[3..] {
                assert!(table[1..].windows(2).all(|w| (w[1] - w[0]) * sign >= -1e-9), "{table:?}");
            }
            let holes = &fitted.tables.ones[3];
            assert!(holes[0] > 0.4, "a missing value tells something outside of the trend: {holes:?}");
            assert!(fitted.tables.pairs.iter().all(|((_, b), _)| *b < 3));
        }
    }

    #[test]
    fn the_file_scores_as_what_was_fitted() {
        let (frame, labels) = frame();
        let features = features(&frame);
        let trends = [None; 5];
        let data = Data { features: &features, trends: &trends, labels: &labels };
        let Judged { fitted, .. } = judged(data, &[], &settings(), &|_| ());
        let head: HeadFile = write::head(&features, &fitted);
        let file = File {
            format: 1,
            name: "t".into(),
            trained_on: "made up".into(),
            reads: Reads::Table,
            rhythm: None,
            heads: [("happened".to_owned(), head)].into(),
        };
        let model = TableModel::parse(&file.to_text()).unwrap();
        for (row, p) in model.score(&frame).unwrap().into_iter().enumerate() {
            let odds = fitted.tables.score(&features, row);
            assert!((libm::log(p / (1.0 - p)) - odds).abs() < 1e-3, "row {row}");
        }
    }
}
