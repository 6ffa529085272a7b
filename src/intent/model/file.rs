//! The model file: JSON that a person can read and write.
//!
//! ```json
//! {"format": 1, "name": "starter", "trained_on": "priors set by hand", "heads": {"click": {"intercept": -2.2, "terms": [
//!   {"signal": "clicks", "missing": 0, "cuts": [0.5, 2], "weights": [-0.3, 0.4, 0.9]},
//!   {"signal": "device", "missing": 0, "values": ["phone", "desktop"], "weights": [0.1, 0]}
//! ], "pairs": [
//!   {"rows": {"signal": "discount_share", "cuts": [0.5]}, "columns": {"signal": "stage", "values": ["new"]},
//!    "weights": [[0, 0], [0, 0.1], [0, -0.3]]}
//! ], "calibration": [[-4, -3.7], [2, 1.8]], "quality": {"auc": 0.81, "log_loss": 0.31, "calibration_error": 0.01}}}}
//! ```
//!
//! `cuts` part the numbers: below the first, from the first up to the second, …; one weight more than cuts. `values` are names (or `true`/`false`
//! for flags) with a weight each; an unlisted name weighs 0. In a pair, `weights` has a row for every bin of `rows` and a column for every bin of `columns`,
//! each with one for missing values before them. `calibration` is a rising line of `[sum, log-odds]` knots. `rhythm` says when people answer:
//! `{"hours": [24 weights], "weekdays": [7 weights, Monday first]}`.

use super::{Bins, Calibration, Column, HEADS, Head, Model, Pair, Quality, Rhythm, Row};
use crate::intent::signal::{Kind, SignalId, SignalSet};
use crate::nearest::nearest;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// The largest file that is read: bins beyond this would be no tables that a person can look through.
const MAX_BINS: usize = 1024;
/// Weights are log-odds; beyond this a single one decides alone.
const MAX_WEIGHT: f64 = 100.0;

impl Model {
    /// Reads a model file.
    ///
    /// # Errors
    /// [`ModelError`] lists every problem: what is no JSON of this form, signals or heads that are not known, weights that don't fit their bins.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let file: File = serde_json::from_str(text).map_err(|e| ModelError(vec![e.to_string()]))?;
        let mut problems = Vec::new();
        if file.format != 1 {
            problems.push(format!("format {} is not known; this build reads format 1", file.format));
        }
        let mut build = Build::default();
        for (name, head) in &file.heads {
            match Head::ALL.iter().find(|h| h.name() == name) {
                Some(known) => build.head(*known, head, &mut problems),
                None => problems.push(unknown("head", name, Head::ALL.iter().map(|h| h.name()))),
            }
        }
        for head in Head::ALL.iter().filter(|h| !file.heads.contains_key(h.name())) {
            problems.push(format!("head \"{}\" is missing", head.name()));
        }
        let rhythm = file.rhythm.map_or_else(Rhythm::even, |rhythm| rhythm.read(&mut problems));
        if problems.is_empty() {
            Ok(build.finish(file.name, file.trained_on, rhythm))
        } else {
            Err(ModelError(problems))
        }
    }
}

/// A model being put together.
#[derive(Default)]
struct Build {
    intercepts: Row,
    terms: BTreeMap<SignalId, Vec<(Head, Table)>>,
    pairs: Vec<Pair>,
    calibrations: [Calibration; HEADS],
    quality: [Option<Quality>; HEADS],
}

/// One signal in one head.
struct Table {
    missing: f64,
    bins: Bins,
    weights: Vec<f64>,
}

impl Build {
    fn head(&mut self, head: Head, file: &HeadFile, problems: &mut Vec<String>) {
        let mut fail = |problem: String| problems.push(format!("head \"{}\": {problem}", head.name()));
        self.intercepts[head as usize] = file.intercept;
        self.quality[head as usize] = file.quality;
        if file.intercept.abs() > MAX_WEIGHT {
            fail(format!("intercept {} is beyond ±{MAX_WEIGHT} log-odds", file.intercept));
        }
        for term in &file.terms {
            match term.read() {
                Ok((signal, table)) => {
                    let tables = self.terms.entry(signal).or_default();
                    if tables.iter().any(|(known, _)| *known == head) {
                        fail(format!("signal \"{}\" stands there twice", term.signal));
                    }
                    tables.push((head, table));
                }
                Err(problem) => fail(problem),
            }
        }
        for pair in &file.pairs {
            match pair.read(head) {
                Ok(pair) => self.pairs.push(pair),
                Err(problem) => fail(problem),
            }
        }
        let rising = file.calibration.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 <= w[1].1);
        if file.calibration.len() == 1 || file.calibration.len() > MAX_BINS || !rising {
            fail("calibration takes two or more [sum, log-odds] knots, both rising".into());
        }
        self.calibrations[head as usize] = Calibration(file.calibration.clone());
    }

    fn finish(self, name: String, trained_on: String, rhythm: Rhythm) -> Model {
        let mut signals: SignalSet = self.terms.keys().copied().collect();
        for pair in &self.pairs {
            signals.insert(pair.rows.0);
            signals.insert(pair.columns.0);
        }
        Model {
            name,
            trained_on,
            quality: self.quality,
            rhythm,
            intercepts: self.intercepts,
            columns: self.terms.into_iter().map(|(signal, tables)| merged(signal, &tables)).collect(),
            pairs: self.pairs,
            calibrations: self.calibrations,
            signals,
        }
    }
}

/// One column for the tables of all heads: its bins are fine enough for each of them.
fn merged(signal: SignalId, tables: &[(Head, Table)]) -> Column {
    let mut missing = [0.0; HEADS];
    for (head, table) in tables {
        missing[*head as usize] = table.missing;
    }
    let row = |bin: &dyn Fn(&Bins) -> Option<usize>| {
        let mut row = [0.0; HEADS];
        for (head, table) in tables {
            row[*head as usize] = bin(&table.bins).and_then(|i| table.weights.get(i)).copied().unwrap_or(0.0);
        }
        row
    };
    let (mut cuts, mut names) = (Vec::new(), Vec::new());
    for (_, table) in tables {
        match &table.bins {
            Bins::Cuts(more) => cuts.extend(more),
            Bins::Names(more) => names.extend(more.iter().cloned()),
        }
    }
    if signal.signal().kind == Kind::Number {
        cuts.sort_by(f64::total_cmp);
        cuts.dedup();
        let lowest = f64::NEG_INFINITY;
        let starts = std::iter::once(&lowest).chain(&cuts);
        let weights =
            starts.map(|start| row(&|bins| bins.of(crate::intent::Value::Number(*start)))).collect();
        Column { signal, bins: Bins::Cuts(cuts), missing, weights }
    } else {
        names.sort();
        names.dedup();
        let weights =
            names.iter().map(|name| row(&|bins| bins.of(crate::intent::Value::Text(name)))).collect();
        Column { signal, bins: Bins::Names(names), missing, weights }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    name: String,
    trained_on: String,
    #[serde(default)]
    rhythm: Option<RhythmFile>,
    heads: BTreeMap<String, HeadFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RhythmFile {
    hours: Vec<f64>,
    weekdays: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadFile {
    intercept: f64,
    #[serde(default)]
    terms: Vec<TermFile>,
    #[serde(default)]
    pairs: Vec<PairFile>,
    #[serde(default)]
    calibration: Vec<(f64, f64)>,
    #[serde(default)]
    quality: Option<Quality>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TermFile {
    signal: String,
    #[serde(default)]
    cuts: Option<Vec<f64>>,
    #[serde(default)]
    values: Option<Vec<String>>,
    #[serde(default)]
    missing: f64,
    weights: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PairFile {
    rows: AxisFile,
    columns: AxisFile,
    weights: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AxisFile {
    signal: String,
    #[serde(default)]
    cuts: Option<Vec<f64>>,
    #[serde(default)]
    values: Option<Vec<String>>,
}

impl RhythmFile {
    fn read(&self, problems: &mut Vec<String>) -> Rhythm {
        let mut even = |what: &str, weights: &[f64]| {
            let sum: f64 = weights.iter().sum();
            let sound = weights.iter().all(|w| (0.0..=MAX_WEIGHT).contains(w)) && sum > 0.0;
            if !sound {
                problems.push(format!("rhythm.{what}: weights from 0 to {MAX_WEIGHT}, not all 0"));
            }
            weights.len() as f64 / sum
        };
        let (hour, day) = (even("hours", &self.hours), even("weekdays", &self.weekdays));
        if (self.hours.len(), self.weekdays.len()) != (24, 7) {
            problems.push("rhythm takes 24 hours and 7 weekdays".into());
        }
        let weight = |weights: &[f64], i: usize, scale: f64| weights.get(i).map_or(1.0, |w| w * scale);
        Rhythm {
            hours: std::array::from_fn(|i| weight(&self.hours, i, hour)),
            weekdays: std::array::from_fn(|i| weight(&self.weekdays, i, day)),
        }
    }
}

impl Rhythm {
    /// Every hour alike.
    const fn even() -> Self {
        Self { hours: [1.0; 24], weekdays: [1.0; 7] }
    }
}

impl TermFile {
    fn read(&self) -> Result<(SignalId, Table), String> {
        let (signal, bins) = axis(&self.signal, self.cuts.as_ref(), self.values.as_ref())?;
        let fail = |what: &str| Err(format!("signal \"{}\": {what}", self.signal));
        match &bins {
            _ if !self.weights.iter().chain([&self.missing]).all(|w| w.abs() <= MAX_WEIGHT) => {
                fail(&format!("a weight is beyond ±{MAX_WEIGHT} log-odds"))
            }
            Bins::Cuts(_) if self.weights.len() != bins.len() => {
                fail("there must be one weight more than cuts")
            }
            Bins::Names(_) if self.weights.len() != bins.len() => {
                fail("there must be one weight for each value")
            }
            _ => Ok((signal, Table { missing: self.missing, bins, weights: self.weights.clone() })),
        }
    }
}

impl PairFile {
    fn read(&self, head: Head) -> Result<Pair, String> {
        let (rows, columns) = (self.rows.read()?, self.columns.read()?);
        let fits = self.weights.len() == rows.1.len() + 1
            && self.weights.iter().all(|row| row.len() == columns.1.len() + 1);
        let finite = self.weights.iter().flatten().all(|w| w.abs() <= MAX_WEIGHT);
        if !fits || !finite {
            return Err(format!(
                "pair \"{}\" and \"{}\": weights take {} rows of {} log-odds within ±{MAX_WEIGHT}, those for missing values first",
                self.rows.signal,
                self.columns.signal,
                rows.1.len() + 1,
                columns.1.len() + 1
            ));
        }
        Ok(Pair { head, rows, columns, weights: self.weights.clone() })
    }
}

impl AxisFile {
    fn read(&self) -> Result<(SignalId, Bins), String> {
        axis(&self.signal, self.cuts.as_ref(), self.values.as_ref())
    }
}

fn axis(
    name: &str,
    cuts: Option<&Vec<f64>>,
    values: Option<&Vec<String>>,
) -> Result<(SignalId, Bins), String> {
    let Some(signal) = SignalId::of(name) else {
        return Err(unknown("signal", name, SignalId::all().map(|s| s.signal().name)));
    };
    let fail = |what: &str| Err(format!("signal \"{name}\": {what}"));
    match (cuts, values, signal.signal().kind) {
        (Some(cuts), None, Kind::Number) if !cuts.windows(2).all(|w| w[0] < w[1]) => fail("cuts must ascend"),
        (Some(cuts), None, Kind::Number) if cuts.len() < MAX_BINS => Ok((signal, Bins::Cuts(cuts.clone()))),
        (None, Some(values), Kind::Flag | Kind::Text) if values.len() < MAX_BINS => {
            let twice = values.iter().enumerate().any(|(i, value)| values[..i].contains(value));
            if twice { fail("a value stands there twice") } else { Ok((signal, Bins::Names(values.clone()))) }
        }
        (Some(_), None, Kind::Number) | (None, Some(_), Kind::Flag | Kind::Text) => {
            fail(&format!("more than {MAX_BINS} bins"))
        }
        (_, _, Kind::Number) => fail("a number takes `cuts` (and no `values`)"),
        _ => fail("names and flags take `values` (and no `cuts`)"),
    }
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    match nearest(name, known) {
        Some(near) => format!("{what} \"{name}\" is not known; did you mean \"{near}\"?"),
        None => format!("{what} \"{name}\" is not known"),
    }
}

/// Why a model file cannot be used: every problem, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelError(pub Vec<String>);

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "model: {}", self.0.join("; "))
    }
}

impl std::error::Error for ModelError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_file_is_refused_with_every_problem() {
        let text = r#"{"format": 2, "name": "x", "trained_on": "y", "heads": {"click": {"intercept": 0, "terms": [
            {"signal": "cart_vale", "cuts": [], "weights": [0]},
            {"signal": "clicks", "cuts": [2, 1], "weights": [0, 0, 0]},
            {"signal": "device", "cuts": [1], "weights": [0, 0]}]}, "clck": {"intercept": 0}}}"#;
        let ModelError(problems) = Model::parse(text).unwrap_err();
        assert_eq!(problems[0], "format 2 is not known; this build reads format 1");
        assert_eq!(problems[1], "head \"clck\" is not known; did you mean \"click\"?");
        assert_eq!(
            problems[2],
            "head \"click\": signal \"cart_vale\" is not known; did you mean \"cart_value\"?"
        );
        assert_eq!(problems[3], "head \"click\": signal \"clicks\": cuts must ascend");
        assert_eq!(
            problems[4],
            "head \"click\": signal \"device\": names and flags take `values` (and no `cuts`)"
        );
        assert_eq!(problems[5], "head \"convert\" is missing");
        assert!(Model::parse("{").is_err());
    }
}
