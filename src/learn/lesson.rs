//! A lesson: what a model is trained on, from the columns of a table to the head of a model file.

use super::bins::Feature;
use super::boost::Data;
use super::fit::{self, Judged, Settings, Told};
use super::tree::Trend;
use super::{calibrate, quality, write};
use crate::intent::model::file::HeadFile;
use crate::intent::model::{Calibration, Quality, logistic};

/// What a model is trained on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lesson {
    /// The columns, cut.
    pub features: Vec<Feature>,
    /// The way that the weights of each must run.
    pub trends: Vec<Option<Trend>>,
    /// What came of each row.
    pub labels: Vec<bool>,
}

/// What was learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The head for a model file, calibrated, with its figures.
    pub head: HeadFile,
    /// The fit, and what its folds foretold.
    pub judged: Judged,
    /// The calibrated probability of every row by the fit that hadn't seen it.
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

    /// Fits, judges on folds, calibrates.
    #[must_use]
    pub fn train(&self, settings: &Settings, told: Told<'_>) -> Trained {
        let data = Data { features: &self.features, trends: &self.trends, labels: &self.labels };
        let judged = fit::judged(data, settings, told);
        let calibration = calibrate::knots(&judged.unseen, &self.labels, &judged.folds);
        let line = Calibration(calibration.clone());
        let unseen: Vec<f64> = judged.unseen.iter().map(|sum| logistic(line.of(*sum))).collect();
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
