//! Columns cut into bins: what the learner sees of a table.
//!
//! A number falls between cuts that lie at quantiles of the distinct values; a name is a bin of its own unless it is rare, then it shares one with the
//! other rare names; a missing value is bin 0 of every column. Bins are made from the columns alone, never from the label, so that folds may share them.

use super::frame::{Column, MISSING, Values};
use crate::intent::model::Bins;

/// How columns are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binning {
    /// The most bins of a column, besides that of missing values; at most 250.
    pub most: usize,
    /// A name that fewer rows have shares its bin with the other rare ones.
    pub rare: usize,
}

impl Default for Binning {
    fn default() -> Self {
        Self { most: 64, rare: 20 }
    }
}

/// A column as the learner sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// The name of the column or signal.
    pub name: String,
    /// Its bins as a model file tells them.
    pub bins: Bins,
    /// Which learner's bin stands in each row; 0 where the value is missing.
    pub codes: Vec<u8>,
    /// How many learner's bins there are, that of missing values included.
    pub size: usize,
    /// The learner's bin of every bin of the file: rare names share one.
    pub shared: Vec<u8>,
    /// Whether its bins have an order.
    pub ordered: bool,
}

impl Feature {
    /// Cuts a column.
    #[must_use]
    pub fn of(column: &Column, binning: Binning) -> Self {
        match &column.values {
            Values::Numbers(numbers) => Self::numbers(&column.name, numbers, binning),
            Values::Names(names, codes) => Self::names(&column.name, names, codes, binning),
        }
    }

    /// Cuts a column of numbers where it is told, at most 250 times; one of names as [`Feature::of`] does.
    #[must_use]
    pub fn at(column: &Column, cuts: &[f64]) -> Self {
        match &column.values {
            Values::Numbers(numbers) => {
                Self::between(&column.name, numbers, cuts[..cuts.len().min(250)].to_vec())
            }
            Values::Names(..) => Self::of(column, Binning::default()),
        }
    }

    fn numbers(name: &str, numbers: &[f64], binning: Binning) -> Self {
        Self::between(name, numbers, cuts(numbers, binning.most.min(250)))
    }

    fn between(name: &str, numbers: &[f64], cuts: Vec<f64>) -> Self {
        let code = |n: &f64| if n.is_nan() { 0 } else { small(cuts.partition_point(|cut| cut <= n) + 1) };
        let codes: Vec<u8> = numbers.iter().map(code).collect();
        let size = cuts.len() + 2;
        let shared = (1..size).map(small).collect();
        Self { name: name.to_owned(), bins: Bins::Cuts(cuts), codes, size, shared, ordered: true }
    }

    fn names(name: &str, names: &[String], rows: &[u32], binning: Binning) -> Self {
        let mut counts = vec![0_usize; names.len()];
        rows.iter().for_each(|code| {
            if let Some(count) = counts.get_mut(*code as usize) {
                *count += 1;
            }
        });
        // the most frequent first, so that what is pooled is what is rare; equals in the order of the alphabet
        let mut order: Vec<_> = (0..names.len()).collect();
        order.sort_by_key(|i| std::cmp::Reverse(counts[*i]));
        let own =
            order.iter().take(binning.most.min(250)).take_while(|i| counts[**i] >= binning.rare).count();
        let mut shared = vec![small(own + 1); names.len()];
        order.iter().take(own).enumerate().for_each(|(place, i)| shared[*i] = small(place + 1));
        let codes = rows.iter().map(|code| shared.get(*code as usize).copied().unwrap_or(0)).collect();
        let size = own + 1 + usize::from(own < names.len());
        // a file has at most so many bins; the rarest names beyond weigh nothing, as unknown ones do
        let kept = names.len().min(1000);
        let mut listed: Vec<_> = order.into_iter().take(kept).collect();
        listed.sort_unstable();
        let shared = listed.iter().map(|i| shared[*i]).collect();
        let bins = Bins::Names(listed.iter().map(|i| names[*i].clone()).collect());
        Self { name: name.to_owned(), bins, codes, size, shared, ordered: false }
    }

    /// Whether some row has no value.
    #[must_use]
    pub fn has_missing(&self) -> bool {
        self.codes.contains(&0)
    }

    /// Whether every row has the same value, so that there is nothing to learn from it.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.codes.windows(2).all(|w| w[0] == w[1])
    }
}

/// Whether these are numbers that stand for names, as in a column of browsers or regions: whole, from 1 on, and few. Counts begin at 0.
#[must_use]
pub fn are_codes(numbers: &[f64]) -> bool {
    let whole = |n: &f64| n.is_nan() || (n.fract() == 0.0 && (1.0..=24.0).contains(n));
    numbers.iter().all(whole) && numbers.iter().any(|n| *n > 2.0) && numbers.contains(&1.0)
}

/// A column whose numbers are names, in the order of the numbers; one of names stays as it is.
#[must_use]
pub fn as_names(column: &Column) -> Column {
    let Values::Numbers(numbers) = &column.values else { return column.clone() };
    let mut distinct: Vec<f64> = numbers.iter().copied().filter(|n| !n.is_nan()).collect();
    distinct.sort_unstable_by(f64::total_cmp);
    distinct.dedup();
    let place = |n: &f64| distinct.binary_search_by(|known| known.total_cmp(n)).ok();
    let code = |n: &f64| place(n).and_then(|place| u32::try_from(place).ok()).unwrap_or(MISSING);
    let codes = numbers.iter().map(code).collect();
    Column {
        name: column.name.clone(),
        values: Values::Names(distinct.iter().map(f64::to_string).collect(), codes),
    }
}

/// A number of at most 255 as a byte.
fn small(n: usize) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}

/// Cuts between distinct values such that at most `most` bins hold about as many rows each; a value that fills a bin has it alone.
fn cuts(numbers: &[f64], most: usize) -> Vec<f64> {
    let mut sorted: Vec<f64> = numbers.iter().copied().filter(|n| !n.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut runs: Vec<(f64, usize)> = Vec::new();
    for n in sorted {
        match runs.last_mut() {
            Some((value, count)) if *value == n => *count += 1,
            _ => runs.push((n, 1)),
        }
    }
    let sizes: Vec<usize> = runs.iter().map(|(_, count)| *count).collect();
    starts(&sizes, most).into_iter().map(|i| roundest(runs[i - 1].0, runs[i].0)).collect()
}

/// Where to begin a new bin, so that runs of these sizes come to at most `most` bins of about the same size.
fn starts(sizes: &[usize], most: usize) -> Vec<usize> {
    if sizes.len() <= most {
        return (1..sizes.len()).collect();
    }
    let (mut starts, mut rest, mut filled) = (Vec::new(), sizes.iter().sum::<usize>(), 0);
    for (i, size) in sizes.iter().enumerate() {
        let left = most - starts.len();
        let full = filled * left >= rest || (filled > 0 && size * left >= rest);
        if full && left > 1 {
            starts.push(i);
            rest -= filled;
            filled = 0;
        }
        filled += size;
    }
    starts
}

/// The number with the fewest digits that is above `low` and not above `high`: cuts are for people to read.
fn roundest(low: f64, high: f64) -> f64 {
    let middle = low + (high - low) / 2.0;
    let rounded = (0..17).map(|digits| format!("{middle:.digits$e}").parse::<f64>());
    rounded.flatten().find(|cut| low < *cut && *cut <= high).unwrap_or(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feature(cells: &[&str], rare: usize) -> Feature {
        Feature::of(
            &Column::read("c", &cells.iter().map(ToString::to_string).collect::<Vec<_>>()),
            Binning { rare, ..Binning::default() },
        )
    }

    #[test]
    fn numbers_fall_between_cuts_that_read_well() {
        let f = feature(&["0.013", "7", "", "0.0261", "7"], 1);
        assert_eq!(f.bins, Bins::Cuts(vec![0.02, 4.0]));
        assert_eq!((f.codes, f.size), (vec![1, 3, 0, 2, 3], 4));
    }

    #[test]
    fn numbers_fall_between_the_cuts_that_are_told() {
        let column = Column::read("c", &["0", "3", "", "9"].map(String::from));
        let f = Feature::at(&column, &[1.0, 2.0, 4.0]);
        assert_eq!((f.codes, f.size, f.shared), (vec![1, 3, 0, 4], 5, vec![1, 2, 3, 4]));
        assert_eq!(f.bins, Bins::Cuts(vec![1.0, 2.0, 4.0]));
    }

    #[test]
    fn many_values_share_bins_of_about_the_same_size() {
        let numbers: Vec<f64> = (0..10_000).map(|i| if i < 4000 { 0.0 } else { f64::from(i) }).collect();
        let f = Feature::numbers("n", &numbers, Binning::default());
        let mut sizes = vec![0; f.size];
        f.codes.iter().for_each(|code| sizes[usize::from(*code)] += 1);
        assert_eq!((f.size, sizes[0], sizes[1]), (65, 0, 4000));
        assert!(sizes[2..].iter().all(|n| (85..=110).contains(n)), "{sizes:?}");
    }

    #[test]
    fn numbers_that_stand_for_names_are_told_by_their_look() {
        assert!(are_codes(&[1.0, 4.0, f64::NAN, 13.0]));
        assert!(!are_codes(&[0.0, 1.0, 5.0]), "a count");
        assert!(!are_codes(&[1.0, 2.5, 5.0]) && !are_codes(&[1.0, 2019.0]) && !are_codes(&[1.0, 2.0]));
        let column =
            Column { name: "region".into(), values: Values::Numbers(vec![10.0, 9.0, f64::NAN, 10.0]) };
        let names = Values::Names(vec!["9".into(), "10".into()], vec![1, 0, MISSING, 1]);
        assert_eq!(as_names(&column).values, names);
    }

    #[test]
    fn rare_names_share_a_bin() {
        let f = feature(&["b", "a", "b", "c", "d", "a", "b", ""], 2);
        assert_eq!(f.bins, Bins::Names(["a", "b", "c", "d"].map(String::from).to_vec()));
        assert_eq!(f.shared, [2, 1, 3, 3]);
        assert_eq!((f.codes, f.size), (vec![1, 2, 1, 3, 3, 2, 1, 0], 4));
    }
}
