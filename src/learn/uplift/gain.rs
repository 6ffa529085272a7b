//! Gains told straight from the columns: the second stage of the DR learner (Kennedy 2023), a ridge regression of doubly robust gains.
//!
//! [`super::response`] takes for granted that a message moves those most who are half moved already; this takes nothing for granted, and has more noise. They err
//! differently, so the mean of the two forecasts better than either.

use super::columns::Design;
use super::solve::solve;

/// How strongly weights are pulled towards 0, in rows. The share that is kept of all forecasts settles the rest.
const PULL: f64 = 100.0;

/// What the columns of a customer say of the gain by one treatment, each beyond what others say. As wide as the [`Design`], with 0 for the intercept: forecasts are only
/// ever compared with their mean.
#[must_use]
pub fn learn(design: &Design, gains: &[f64], rows: &[usize]) -> Vec<f64> {
    let width = design.width;
    let (mut squares, mut slopes) = (vec![0.0; width * width], vec![0.0; width]);
    let mut filled = Vec::with_capacity(width);
    for &row in rows {
        filled.clear();
        filled.extend(design.row(row).iter().enumerate().filter(|(_, v)| **v != 0.0).map(|(i, v)| (i, *v)));
        for (n, (i, v)) in filled.iter().enumerate() {
            slopes[*i] += v * gains[row];
            for (j, u) in &filled[..=n] {
                squares[i * width + j] += v * u;
            }
        }
    }
    (1..width).for_each(|i| squares[i * width + i] += PULL);
    let mut weights = solve(squares, &slopes);
    weights.iter_mut().take(1).for_each(|intercept| *intercept = 0.0);
    weights
}

/// What weights say of a row.
#[must_use]
pub fn told(weights: &[f64], row: &[f64]) -> f64 {
    weights.iter().zip(row).map(|(w, v)| w * v).sum()
}
