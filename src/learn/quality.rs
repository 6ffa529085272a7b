//! How good probabilities are: ranking, sharpness, calibration; with intervals.

use crate::hash::mix;
use serde::Serialize;

/// The bins of the calibration error, of equal width.
const BINS: usize = 15;
/// How often rows are drawn again for an interval.
const DRAWS: u64 = 400;

/// The figures of one set of probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Area under the ROC curve.
    pub auc: f64,
    /// Average precision.
    pub ap: f64,
    /// Mean log loss, in nats.
    pub log_loss: f64,
    /// Expected calibration error over 15 bins of equal width.
    pub ece: f64,
}

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The figure itself.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The figures with intervals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Area under the ROC curve.
    pub auc: Interval,
    /// Average precision.
    pub ap: Interval,
    /// Mean log loss, in nats.
    pub log_loss: Interval,
    /// Expected calibration error.
    pub ece: Interval,
}

/// Rows by falling probability.
struct Ranked {
    probabilities: Vec<f64>,
    labels: Vec<f64>,
    /// Where each run of equal probabilities ends.
    ends: Vec<usize>,
}

impl Ranked {
    fn new(probabilities: &[f64], labels: &[bool]) -> Self {
        let mut order: Vec<_> = (0..labels.len().min(probabilities.len())).collect();
        order.sort_by(|a, b| probabilities[*b].total_cmp(&probabilities[*a]));
        let sorted: Vec<f64> = order.iter().map(|i| probabilities[*i]).collect();
        let labels = order.iter().map(|i| f64::from(u8::from(labels[*i]))).collect();
        let ends = (1..=sorted.len()).filter(|i| sorted.get(*i) != Some(&sorted[i - 1])).collect();
        Self { probabilities: sorted, labels, ends }
    }

    /// The figures when every row counts so often.
    fn figures(&self, counts: &[f64]) -> Figures {
        let (mut yes, mut no, mut pairs, mut precision, mut start) = (0.0, 0.0, 0.0, 0.0, 0);
        for end in &self.ends {
            let (mut more_yes, mut more) = (0.0, 0.0);
            for (count, label) in counts[start..*end].iter().zip(&self.labels[start..*end]) {
                more_yes += count * label;
                more += count;
            }
            let more_no = more - more_yes;
            pairs += more_no * (yes + more_yes / 2.0);
            yes += more_yes;
            no += more_no;
            if more_yes > 0.0 {
                precision += more_yes * yes / (yes + no);
            }
            start = *end;
        }
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { f64::NAN };
        Figures {
            auc: share(pairs, yes * no),
            ap: share(precision, yes),
            log_loss: share(self.loss(counts), yes + no),
            ece: share(self.gap(counts), yes + no),
        }
    }

    fn loss(&self, counts: &[f64]) -> f64 {
        let rows = self.probabilities.iter().zip(&self.labels).zip(counts);
        rows.map(|((p, label), n)| {
            let right = if *label > 0.0 { *p } else { 1.0 - p };
            -n * libm::log(right.max(1e-15))
        })
        .sum()
    }

    fn gap(&self, counts: &[f64]) -> f64 {
        let mut gaps = [0.0; BINS];
        for ((p, label), n) in self.probabilities.iter().zip(&self.labels).zip(counts) {
            gaps[((p * BINS as f64) as usize).min(BINS - 1)] += n * (label - p);
        }
        gaps.iter().map(|gap: &f64| gap.abs()).sum()
    }
}

/// The figures of probabilities, in `[0, 1]`, against what came of each row.
#[must_use]
pub fn figures(probabilities: &[f64], labels: &[bool]) -> Figures {
    Ranked::new(probabilities, labels).figures(&vec![1.0; labels.len()])
}

/// The same with intervals by the bootstrap: rows drawn again with replacement, the 2.5th and the 97.5th percentile of what 400 such draws come to, shifted so that
/// their median is the figure itself.
///
/// The shift is for the calibration error: it is a sum of absolute gaps, every draw adds gaps by chance, and the plain percentiles would lie above the figure
/// (Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 10, on bias). For the other figures it is next to nothing. A calibration error
/// also holds the gaps by chance of the rows themselves; those no shift takes out, so a perfect model has a figure above 0.
#[must_use]
pub fn measured(probabilities: &[f64], labels: &[bool], seed: u64) -> Measured {
    let ranked = Ranked::new(probabilities, labels);
    let n = labels.len() as u64;
    let draw = |draw: u64| {
        let mut counts = vec![0.0; labels.len()];
        (0..n).for_each(|i| counts[(mix(mix(seed ^ draw << 40) ^ i) % n) as usize] += 1.0);
        ranked.figures(&counts)
    };
    let all = ranked.figures(&vec![1.0; labels.len()]);
    let draws: Vec<_> = (1..=DRAWS).map(draw).collect();
    let interval = |figure: fn(&Figures) -> f64, most: f64| {
        let mut values: Vec<_> = draws.iter().map(figure).collect();
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values[(share * DRAWS as f64) as usize];
        let (value, median) = (figure(&all), at(0.5));
        let shifted = |end: f64| (value + (end - median)).clamp(0.0, most);
        Interval { value, low: shifted(at(0.025)), high: shifted(at(0.975)) }
    };
    Measured {
        auc: interval(|f| f.auc, 1.0),
        ap: interval(|f| f.ap, 1.0),
        log_loss: interval(|f| f.log_loss, f64::MAX),
        ece: interval(|f| f.ece, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_the_textbook() {
        // scikit-learn 1.9: roc_auc_score .75, average_precision_score .8333…, log_loss .4723
        let f = figures(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]);
        assert!((f.auc - 0.75).abs() < 1e-12 && (f.ap - 0.833_333_333_333).abs() < 1e-9, "{f:?}");
        assert!((f.log_loss - 0.472_287_953_8).abs() < 1e-9, "{f:?}");
        assert!((f.ece - (0.1 + 0.4 + 0.65 + 0.2) / 4.0).abs() < 1e-12, "{f:?}");
        let ties = figures(&[0.5; 4], &[true, false, true, false]);
        assert!((ties.auc - 0.5).abs() < 1e-12 && (ties.ap - 0.5).abs() < 1e-12 && ties.ece < 1e-12);
    }

    #[test]
    fn an_interval_holds_its_figure() {
        let p: Vec<f64> = (0..500).map(|i| f64::from(i) / 500.0).collect();
        let labels: Vec<bool> = (0..500).map(|i| crate::hash::unit(mix(i)) < p[i as usize]).collect();
        let m = measured(&p, &labels, 1);
        for i in [m.auc, m.ap, m.log_loss, m.ece] {
            assert!(i.low < i.value && i.value < i.high && i.high - i.low < 0.2, "{i:?}");
        }
    }

    #[test]
    fn the_interval_of_a_calibration_error_holds_it_however_small_it_is() {
        // every probability comes true exactly, so that each draw again is worse calibrated than the rows themselves
        let p = [0.2; 500];
        let labels: Vec<bool> = (0..500).map(|i| i % 5 == 0).collect();
        let ece = measured(&p, &labels, 1).ece;
        assert!(
            ece.value < 1e-9 && ece.low <= ece.value && ece.value <= ece.high && ece.high > 0.005,
            "{ece:?}"
        );
    }
}
