//! Calibration: from what a model sums up to, to log-odds that come true.
//!
//! It is fitted to sums of rows that the fit had not seen. Three lines compete, and the one that tells folds apart best wins: none, a straight one (Platt 1999),
//! and a broken one through blocks of rows whose outcomes rise together (isotonic: Zadrozny and Elkan 2002).

use crate::intent::model::Calibration;

/// The fewest rows of a block of the broken line.
const BLOCK: usize = 100;

/// A way to fit a line: from sums and outcomes to knots.
type Line = fn(&[(f64, bool)]) -> Vec<(f64, f64)>;

/// The knots of the line that predicts the outcomes of unseen folds best; none when the sums are best as they are.
#[must_use]
pub fn knots(sums: &[f64], labels: &[bool], folds: &[u64]) -> Vec<(f64, f64)> {
    let rows: Vec<(f64, bool)> = sums.iter().copied().zip(labels.iter().copied()).collect();
    let last = folds.iter().max().copied().unwrap_or(0);
    let loss = |line: Line| -> f64 {
        let of = |fold| {
            let part = |own: bool| {
                rows.iter().zip(folds).filter(move |(_, f)| (**f == fold) == own).map(|(row, _)| *row)
            };
            let fitted = Calibration(line(&part(false).collect::<Vec<_>>()));
            part(true).map(|(sum, label)| log_loss(fitted.of(sum), label)).sum::<f64>()
        };
        (0..=last).map(of).sum()
    };
    let lines: [Line; 3] = [|_| Vec::new(), straight, broken];
    // a line must gain more than a ten-thousandth of a nat per row: less is chance
    let margin = 1e-4 * rows.len() as f64;
    let losses = lines.map(loss);
    let mut best = 0;
    for i in 1..lines.len() {
        if losses[i] + margin < losses[best] {
            best = i;
        }
    }
    lines[best](&rows).into_iter().map(|(x, y)| (rounded(x), rounded(y))).collect()
}

fn rounded(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

fn log_loss(odds: f64, label: bool) -> f64 {
    let against = if label { -odds } else { odds };
    against.max(0.0) + libm::log1p(libm::exp(-against.abs()))
}

/// `a + b · sum`, by Newton's method; never falling.
fn straight(rows: &[(f64, bool)]) -> Vec<(f64, f64)> {
    let (mut a, mut b) = (0.0, 1.0);
    for _ in 0..20 {
        // a weak wish for the sums as they are
        let (mut ga, mut gb, mut aa, mut ab, mut bb) = (-a, 1.0 - b, 1.0, 0.0, 1.0);
        for (sum, label) in rows {
            let p = 1.0 / (1.0 + libm::exp(-(a + b * sum)));
            let (pull, weight) = (f64::from(u8::from(*label)) - p, p * (1.0 - p));
            ga += pull;
            gb += pull * sum;
            aa += weight;
            ab += weight * sum;
            bb += weight * sum * sum;
        }
        let det = aa * bb - ab * ab;
        a += (bb * ga - ab * gb) / det;
        b += (aa * gb - ab * ga) / det;
    }
    if a.is_finite() && b > 0.0 { vec![(-4.0, a - 4.0 * b), (4.0, a + 4.0 * b)] } else { Vec::new() }
}

/// Through the means of blocks that rise together.
fn broken(rows: &[(f64, bool)]) -> Vec<(f64, f64)> {
    let mut sorted = rows.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    // per block: the sum of sums, outcomes, rows
    let mut blocks: Vec<(f64, f64, f64)> = Vec::new();
    for part in sorted.chunks(BLOCK) {
        let mut block = (0.0, 0.0, 0.0);
        for (sum, label) in part {
            block = (block.0 + sum, block.1 + f64::from(u8::from(*label)), block.2 + 1.0);
        }
        while let Some(before) = blocks.last().filter(|b| b.1 * block.2 >= block.1 * b.2) {
            block = (block.0 + before.0, block.1 + before.1, block.2 + before.2);
            blocks.pop();
        }
        blocks.push(block);
    }
    // half an outcome of each kind more keeps a block of one kind finite
    let knot = |(sum, yes, n): (f64, f64, f64)| (sum / n, libm::log((yes + 0.5) / (n - yes + 0.5)));
    let mut knots: Vec<(f64, f64)> = Vec::new();
    for knot in blocks.into_iter().map(knot) {
        if knots.last().is_none_or(|last| rounded(last.0) < rounded(knot.0) && last.1 < knot.1) {
            knots.push(knot);
        }
    }
    if knots.len() > 1 { knots } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{mix, unit};

    fn drawn(truth: impl Fn(f64) -> f64) -> (Vec<f64>, Vec<bool>, Vec<u64>) {
        let sums: Vec<f64> = (0..8000).map(|i| unit(mix(i)) * 8.0 - 4.0).collect();
        let happens = |(i, sum): (u64, &f64)| unit(mix(i + 100_000)) < 1.0 / (1.0 + libm::exp(-truth(*sum)));
        let labels = (0..).zip(&sums).map(happens).collect();
        (sums, labels, (0..8000).map(|i| i % 5).collect())
    }

    #[test]
    fn sums_that_come_true_stay_as_they_are() {
        let (sums, labels, folds) = drawn(|sum| sum);
        assert_eq!(knots(&sums, &labels, &folds), []);
    }

    #[test]
    fn sums_that_are_too_bold_are_drawn_together() {
        let (sums, labels, folds) = drawn(|sum| 0.5 * sum - 1.0);
        let line = Calibration(knots(&sums, &labels, &folds));
        assert!((line.of(2.0) - 0.0).abs() < 0.15 && (line.of(-4.0) + 3.0).abs() < 0.3, "{line:?}");
    }

    #[test]
    fn a_line_that_bends_is_followed() {
        let (sums, labels, folds) = drawn(|sum| if sum < 0.0 { -2.0 } else { 2.0 });
        let line = Calibration(knots(&sums, &labels, &folds));
        assert!((line.of(-3.0) + 2.0).abs() < 0.5 && (line.of(3.0) - 2.0).abs() < 0.5, "{line:?}");
        assert!(line.0.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 <= w[1].1));
    }
}
