//! A lesson: what a model is trained on, from the columns of a table to the head of a model file.

use super::bins::Feature;
use super::boost::Data;
use super::fit::{self, Judged, Settings, Told};
use super::tree::Trend;
use super::{calibrate, quality, write};
use crate::intent::model::file::HeadFile;
use crate::intent::model::{Quality, logistic};

/// What a model is trained on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lesson {
    /// The columns, cut.
    pub features: Vec<Feature>,
    /// The way that the weights of each must run.
    pub trends: Vec<Option<Trend>>,
    /// What came of each row.
    pub labels: Vec<bool>,
    /// Whose each row is; empty when every row is of somebody else.
    pub whose: Vec<u64>,
}

/// What was learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The head for a model file, calibrated, with its figures.
    pub head: HeadFile,
    /// The fit, and what its folds foretold.
    pub judged: Judged,
    /// The probability of every row by the fit that hadn't seen it, calibrated by the other folds: what the figures are measured on. (Those folds' own sums come
    /// from fits that had seen the row; undoing that too would take a fit for every two folds.)
    pub unseen: Vec<f64>,
}

impl Lesson {
    /// Adds a column; one that never varies teaches nothing and is left out.
    pub fn add(&mut self, feature: Feature, trend: Option<Trend>) {
        if !feature.is_constant() {
            self.features.push(feature);
            self.trends.push(trend);
        }
    }

    /// Fits, judges on folds, calibrates: what is shipped by all rows, what is judged by the other folds.
    #[must_use]
    pub fn train(&self, settings: &Settings, told: Told<'_>) -> Trained {
        let data = Data { features: &self.features, trends: &self.trends, labels: &self.labels };
        let judged = fit::judged(data, &self.whose, settings, told);
        let calibration = calibrate::knots(&judged.unseen, &self.labels, &judged.folds);
        let crossed = calibrate::crossed(&judged.unseen, &self.labels, &judged.folds);
        let unseen: Vec<f64> = crossed.into_iter().map(logistic).collect();
        let figures = quality::figures(&unseen, &self.labels);
        let round = |x: f64| (x * 1e4).round() / 1e4;
        let quality = Quality {
            auc: round(figures.auc),
            log_loss: round(figures.log_loss),
            calibration_error: round(figures.ece),
        };
        let head =
            HeadFile { calibration, quality: Some(quality), ..write::head(&self.features, &judged.fitted) };
        Trained { head, judged, unseen }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{mix, unit};
    use crate::learn::bins::Binning;
    use crate::learn::frame::{Column, Values};

    #[test]
    fn labels_without_rhyme_or_reason_are_not_foretold() {
        let rows = 1200;
        let draw = |row: usize, k: u64| unit(mix(mix(k) ^ row as u64));
        let (mut gained, settings) = (0.0, Settings { bags: 2, ..Settings::default() });
        for seed in 0..3 {
            let labels: Vec<bool> = (0..rows).map(|row| draw(row, 50 + seed) < 0.2).collect();
            let mut lesson = Lesson { labels, ..Lesson::default() };
            for k in 0..4 {
                let values = Values::Numbers((0..rows).map(|row| draw(row, 100 * (seed + 1) + k)).collect());
                lesson.add(
                    Feature::of(&Column { name: format!("x{k}"), values }, Binning { most: 16, rare: 20 }),
                    None,
                );
            }
            let trained = lesson.train(&settings, &|_| ());
            let quality = trained.head.quality.unwrap();
            let share = lesson.labels.iter().filter(|label| **label).count() as f64 / rows as f64;
            let base = -(share * libm::log(share) + (1.0 - share) * libm::log(1.0 - share));
            assert!((quality.auc - 0.5).abs() < 0.06, "{quality:?}");
            gained += base - quality.log_loss;
        }
        assert!(gained <= 0.0, "chance was foretold better than by its share: {gained}");
    }
}
