//! Scoring tables: a model file whose terms are the columns of a table, loaded so that a row costs a look-up per column and pair.

use super::frame::Frame;
use super::lookup::Lookup;
use crate::intent::Value;
use crate::intent::model::file::{File, HeadFile, PairFile, TermFile};
use crate::intent::model::{Bins, Calibration, ModelError, logistic};
use crate::nearest::nearest;

/// The most columns of a model.
pub const MAX_COLUMNS: usize = 256;

/// A loaded model of one table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableModel {
    /// The name of the head: the column that it foretells.
    pub head: String,
    intercept: f64,
    columns: Vec<Column>,
    pairs: Vec<Pair>,
    calibration: Calibration,
}

/// A column: its bins, fine enough for its own weights and for its pairs. Bin 0 is that of missing values, the last that of names nobody listed.
#[derive(Clone, Debug, PartialEq)]
struct Column {
    name: String,
    lookup: Lookup,
    weights: Vec<f64>,
}

/// Two columns by their places, and a weight for each pair of their bins.
#[derive(Clone, Debug, PartialEq)]
struct Pair {
    rows: usize,
    columns: usize,
    width: usize,
    weights: Vec<f64>,
}

impl TableModel {
    /// Reads a model file that was trained on a table.
    ///
    /// # Errors
    /// What doesn't fit, as for [`crate::intent::Model::parse`].
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let file: File = serde_json::from_str(text).map_err(|e| ModelError(vec![e.to_string()]))?;
        Self::of(&file)
    }

    /// Loads a file.
    ///
    /// # Errors
    /// The same.
    pub fn of(file: &File) -> Result<Self, ModelError> {
        let mut problems = Vec::new();
        if file.format != 1 {
            problems.push(format!("format {} is not known; this build reads format 1", file.format));
        }
        let mut heads = file.heads.iter();
        match (heads.next(), heads.next()) {
            (Some((name, head)), None) => {
                Self::load(name, head, &mut problems).filter(|_| problems.is_empty())
            }
            _ => {
                problems.push("a model of a table has one head".into());
                None
            }
        }
        .ok_or(ModelError(problems))
    }

    fn load(name: &str, head: &HeadFile, problems: &mut Vec<String>) -> Option<Self> {
        if !head.calibration_rises() {
            problems.push("calibration takes two or more [sum, log-odds] knots, both rising".into());
        }
        let terms: Vec<(&TermFile, Bins)> =
            head.terms.iter().filter_map(|term| Some((term, sound(term.bins(), problems)?))).collect();
        let pairs: Vec<(&PairFile, [Bins; 2])> =
            head.pairs.iter().filter_map(|pair| Some((pair, sound(pair.bins(), problems)?))).collect();
        let mut columns: Vec<(&str, Bins)> = Vec::new();
        for (term, bins) in &terms {
            if columns.iter().any(|(known, _)| *known == term.signal) {
                problems.push(format!("signal \"{}\" stands there twice", term.signal));
            }
            join(&mut columns, &term.signal, bins, problems);
        }
        for (pair, bins) in &pairs {
            for (axis, bins) in [&pair.rows, &pair.columns].into_iter().zip(bins) {
                join(&mut columns, &axis.signal, bins, problems);
            }
        }
        if columns.len() > MAX_COLUMNS {
            problems.push(format!("{} columns are more than {MAX_COLUMNS}", columns.len()));
        }
        let place = |name: &str| columns.iter().position(|(known, _)| *known == name);
        let pairs = pairs.iter().filter_map(|(pair, bins)| {
            let (rows, across) = (place(&pair.rows.signal)?, place(&pair.columns.signal)?);
            let [row_bins, column_bins] = bins;
            let inner = |i: usize, bins: &Bins| {
                representatives(&columns[i].1).into_iter().map(|v| inner(bins, v)).collect::<Vec<_>>()
            };
            let (rows_inner, columns_inner) = (inner(rows, row_bins), inner(across, column_bins));
            let weight = |i: &Option<usize>, j: &Option<usize>| pair.weights.get((*i)?)?.get((*j)?).copied();
            let weights = rows_inner
                .iter()
                .flat_map(|i| columns_inner.iter().map(move |j| weight(i, j).unwrap_or(0.0)));
            Some(Pair { rows, columns: across, width: columns_inner.len(), weights: weights.collect() })
        });
        let pairs = pairs.collect();
        let columns = columns.iter().map(|(name, bins)| {
            let term = terms.iter().find(|(term, _)| term.signal == *name);
            let weight = |value| match (term, value) {
                (None, _) => 0.0,
                (Some((term, _)), Value::Missing) => term.missing,
                (Some((term, own)), value) => {
                    own.of(value).and_then(|i| term.weights.get(i)).copied().unwrap_or(0.0)
                }
            };
            let weights = representatives(bins).into_iter().map(weight).collect();
            Column { name: (*name).to_owned(), lookup: Lookup::of(bins), weights }
        });
        Some(Self {
            head: name.to_owned(),
            intercept: head.intercept,
            columns: columns.collect(),
            pairs,
            calibration: Calibration(head.calibration.clone()),
        })
    }

    /// The columns that a row must have, in the order in which [`TableModel::odds`] takes them.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The calibrated log-odds of a row; a value that isn't there is missing.
    #[must_use]
    pub fn odds(&self, row: &[Value<'_>]) -> f64 {
        let mut bins = [0_u16; MAX_COLUMNS];
        let mut sum = self.intercept;
        for ((column, value), bin) in self.columns.iter().zip(row).zip(&mut bins) {
            *bin = column.lookup.bin(*value);
            sum += column.weights.get(usize::from(*bin)).copied().unwrap_or(0.0);
        }
        for pair in &self.pairs {
            let bin = |column: usize| bins.get(column).map_or(0, |bin| usize::from(*bin));
            sum += pair.weights.get(bin(pair.rows) * pair.width + bin(pair.columns)).copied().unwrap_or(0.0);
        }
        self.calibration.of(sum)
    }

    /// The probability of a row, in (0, 1).
    #[must_use]
    pub fn probability(&self, row: &[Value<'_>]) -> f64 {
        logistic(self.odds(row).clamp(-30.0, 30.0))
    }

    /// The probability of every row of a table.
    ///
    /// # Errors
    /// The columns that the table doesn't have, each with the nearest that it has.
    pub fn score(&self, frame: &Frame) -> Result<Vec<f64>, Vec<String>> {
        let found: Vec<_> =
            self.columns.iter().map(|column| frame.column(&column.name).ok_or(&column.name)).collect();
        let names = || frame.columns.iter().map(|column| column.name.as_str());
        let missing = found.iter().filter_map(|found| found.err()).map(|name| match nearest(name, names()) {
            Some(near) => format!("{name:?} (did you mean {near:?}?)"),
            None => format!("{name:?}"),
        });
        let missing: Vec<_> = missing.collect();
        if !missing.is_empty() {
            return Err(missing);
        }
        let found: Vec<_> = found.into_iter().flatten().collect();
        let mut values = vec![Value::Missing; found.len()];
        let probability = |row| {
            values.iter_mut().zip(&found).for_each(|(cell, column)| *cell = column.value(row));
            self.probability(&values)
        };
        Ok((0..frame.rows()).map(probability).collect())
    }
}

fn sound<T>(result: Result<T, String>, problems: &mut Vec<String>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

/// Adds bins to those that a column has.
fn join<'f>(columns: &mut Vec<(&'f str, Bins)>, name: &'f str, bins: &Bins, problems: &mut Vec<String>) {
    match columns.iter_mut().find(|(known, _)| *known == name).map(|(_, bins)| bins) {
        None => columns.push((name, bins.clone())),
        Some(Bins::Cuts(cuts)) if matches!(bins, Bins::Cuts(_)) => {
            if let Bins::Cuts(more) = bins {
                cuts.extend(more);
                cuts.sort_by(f64::total_cmp);
                cuts.dedup();
            }
        }
        Some(Bins::Names(names)) if matches!(bins, Bins::Names(_)) => {
            if let Bins::Names(more) = bins {
                names.extend(more.iter().filter(|name| !names.contains(name)).cloned().collect::<Vec<_>>());
            }
        }
        Some(_) => problems.push(format!("signal \"{name}\" has cuts in one place and values in another")),
    }
}

/// A value of every bin, missing first and, of names, one that isn't listed last.
fn representatives(bins: &Bins) -> Vec<Value<'_>> {
    let missing = std::iter::once(Value::Missing);
    match bins {
        Bins::Cuts(cuts) => {
            let starts = std::iter::once(f64::NEG_INFINITY).chain(cuts.iter().copied());
            missing.chain(starts.map(Value::Number)).collect()
        }
        // no listed name has a line break: cells are trimmed
        Bins::Names(names) => {
            missing.chain(names.iter().map(|name| Value::Text(name))).chain([Value::Text("\n")]).collect()
        }
    }
}

/// The row or column of a pair's own grid for a value.
fn inner(bins: &Bins, value: Value<'_>) -> Option<usize> {
    if value == Value::Missing { Some(0) } else { bins.of(value).map(|bin| bin + 1) }
}
