//! What was fitted, in the words of the model file.

use super::bins::Feature;
use super::boost::Places;
use super::fit::Fitted;
use crate::intent::model::Bins;
use crate::intent::model::file::{AxisFile, HeadFile, PairFile, TermFile};

/// A head of the model file: intercept, terms and pairs; calibration and quality are for the caller to add.
#[must_use]
pub fn head(features: &[Feature], fitted: &Fitted) -> HeadFile {
    let tables = &fitted.tables;
    let terms = features.iter().zip(&tables.ones).map(|(feature, table)| term(feature, table));
    // a pair that no tree has used has no grid
    let used = tables.pairs.iter().filter(|(_, grid)| !grid.is_empty());
    let pairs = used.map(|(places, grid)| pair(features, *places, grid));
    HeadFile {
        intercept: rounded(tables.intercept),
        terms: terms.filter(|term| term.weights.iter().any(|w| *w != 0.0)).collect(),
        pairs: pairs.filter(|pair| pair.weights.iter().flatten().any(|w| *w != 0.0)).collect(),
        ..HeadFile::default()
    }
}

/// A ten-thousandth of a log-odds changes no probability that anyone would notice, and keeps the file readable.
fn rounded(weight: f64) -> f64 {
    (weight * 1e4).round() / 1e4
}

fn term(feature: &Feature, table: &[f64]) -> TermFile {
    let (cuts, values) = told(&feature.bins);
    let weights = feature.shared.iter().map(|bin| rounded(table[usize::from(*bin)])).collect();
    TermFile { signal: feature.name.clone(), missing: rounded(table[0]), cuts, values, weights }
}

fn pair(features: &[Feature], (a, b): Places, grid: &[f64]) -> PairFile {
    let (rows, columns) = (&features[a], &features[b]);
    let bins = |feature: &Feature| {
        std::iter::once(0).chain(feature.shared.iter().copied()).map(usize::from).collect::<Vec<_>>()
    };
    let (row_bins, column_bins) = (bins(rows), bins(columns));
    let row = |i: &usize| column_bins.iter().map(|j| rounded(grid[i * columns.size + j])).collect();
    PairFile { rows: axis(rows), columns: axis(columns), weights: row_bins.iter().map(row).collect() }
}

fn axis(feature: &Feature) -> AxisFile {
    let (cuts, values) = told(&feature.bins);
    AxisFile { signal: feature.name.clone(), cuts, values }
}

fn told(bins: &Bins) -> (Option<Vec<f64>>, Option<Vec<String>>) {
    match bins {
        Bins::Cuts(cuts) => (Some(cuts.clone()), None),
        Bins::Names(names) => (None, Some(names.clone())),
    }
}
