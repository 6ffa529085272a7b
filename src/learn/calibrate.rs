//! Calibration: from what a model sums up to, to log-odds that come true.
//!
//! It is fitted to sums of rows that the fit had not seen. Three lines compete, and the one that tells folds apart best wins: none, a straight one (Platt 1999),
//! and a broken one through blocks of rows whose outcomes rise together (isotonic: Zadrozny and Elkan 2002).
//!
//! A line flatters itself on the rows that it was fitted to. So what a model is judged by are [`crossed`] log-odds: those of each fold by a line, and a choice of
//! line, from the other folds alone. Only the line that is shipped ([`knots`]) is fitted to all.

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

/// The calibrated log-odds of every row, by the line that the rows of the other folds choose and fit: no row's own outcome, nor that of its fold, moves the line that
/// judges it. With fewer than two folds there are no others, and the sums stay as they are.
#[must_use]
pub fn crossed(sums: &[f64], labels: &[bool], folds: &[u64]) -> Vec<f64> {
    let mut odds = sums.to_vec();
    let last = folds.iter().max().copied().unwrap_or(0);
    for fold in (0..=last).filter(|_| last > 0) {
        let others: Vec<_> = (0..folds.len()).filter(|row| folds[*row] != fold).collect();
        let of_others = |row: &usize| (sums[*row], labels[*row], folds[*row]);
        let (sums, labels, left): (Vec<_>, Vec<_>, Vec<_>) = others.iter().map(of_others).collect();
        let line = Calibration(knots(&sums, &labels, &left));
        odds.iter_mut().zip(folds).filter(|(_, f)| **f == fold).for_each(|(odds, _)| *odds = line.of(*odds));
    }
    odds
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
    #[test]
    fn the_outcomes_of_a_fold_do_not_move_the_line_that_judges_it() {
        let (sums, mut labels, folds) = drawn(|sum| 0.5 * sum - 1.0);
        let of = |fold: u64, odds: &[f64]| {
            odds.iter().zip(&folds).filter(|(_, f)| **f == fold).map(|(odds, _)| *odds).collect::<Vec<_>>()
        };
        let before = crossed(&sums, &labels, &folds);
        labels.iter_mut().zip(&folds).filter(|(_, f)| **f == 2).for_each(|(label, _)| *label = !*label);
        let after = crossed(&sums, &labels, &folds);
        assert_eq!(of(2, &before), of(2, &after));
        assert_ne!(of(1, &before), of(1, &after), "the others are moved by it");
        assert!(before.iter().zip(&sums).all(|(odds, sum)| (odds - (0.5 * sum - 1.0)).abs() < 0.3));
    }

    #[test]
    fn sums_that_tell_nothing_are_judged_no_better_than_the_share_of_outcomes() {
        let mean = |labels: &[bool], odds: &dyn Fn(usize) -> f64| {
            let losses = labels.iter().enumerate().map(|(row, label)| log_loss(odds(row), *label));
            losses.sum::<f64>() / labels.len() as f64
        };
        let (mut flattered, mut honest) = (0.0, 0.0);
        for seed in 0..6_u64 {
            let draw = |row: u64, k: u64| unit(mix(mix(seed << 8 | k) ^ row));
            let sums: Vec<f64> = (0..1000).map(|row| draw(row, 1) * 4.0 - 2.0).collect();
            let labels: Vec<bool> = (0..1000).map(|row| draw(row, 2) < 0.3).collect();
            let folds: Vec<u64> = (0..1000).map(|row| row % 5).collect();
            let share = labels.iter().filter(|label| **label).count() as f64 / 1000.0;
            let base = mean(&labels, &|_| libm::log(share / (1.0 - share)));
            let line = Calibration(knots(&sums, &labels, &folds));
            flattered += base - mean(&labels, &|row| line.of(sums[row]));
            let crossed = crossed(&sums, &labels, &folds);
            honest += base - mean(&labels, &|row| crossed[row]);
        }
        assert!(flattered > 0.0, "fitted to the rows it is judged on, a line beats the share by {flattered}");
        assert!(honest < 0.0, "judged on other folds it can't, but gained {honest}");
    }
}
