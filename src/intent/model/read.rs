//! Reading a model file for decisions: its terms are signals of the registry, its heads the questions that decisions ask.

use super::file::{File, HeadFile, MAX_WEIGHT, ModelError, PairFile, Reads, RhythmFile, TermFile, unknown};
use super::{Bins, Calibration, Column, HEADS, Head, Model, Pair, Quality, Rhythm, Row};
use crate::hash::Key;
use crate::intent::signal::{Kind, SignalId, SignalSet};
use std::collections::BTreeMap;

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
        if file.reads == Reads::Table {
            problems.push(
                "it reads the columns of a table; decisions read signals (train with --mapping)".into(),
            );
            return Err(ModelError(problems));
        }
        let version = Key::of_document(&file);
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
            Ok(build.finish((file.name, version), file.trained_on, rhythm))
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
        if !file.calibration_rises() {
            fail("calibration takes two or more [sum, log-odds] knots, both rising".into());
        }
        self.calibrations[head as usize] = Calibration(file.calibration.clone());
    }

    fn finish(self, (name, version): (String, Key), trained_on: String, rhythm: Rhythm) -> Model {
        let mut signals: SignalSet = self.terms.keys().copied().collect();
        for pair in &self.pairs {
            signals.insert(pair.rows.0);
            signals.insert(pair.columns.0);
        }
        Model {
            name,
            version,
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
        let signal = signal(&self.signal, self.cuts.is_some(), self.values.is_some())?;
        Ok((signal, Table { missing: self.missing, bins: self.bins()?, weights: self.weights.clone() }))
    }
}

impl PairFile {
    fn read(&self, head: Head) -> Result<Pair, String> {
        let side =
            |axis: &super::file::AxisFile| signal(&axis.signal, axis.cuts.is_some(), axis.values.is_some());
        let (rows, columns) = (side(&self.rows)?, side(&self.columns)?);
        let [row_bins, column_bins] = self.bins()?;
        Ok(Pair {
            head,
            rows: (rows, row_bins),
            columns: (columns, column_bins),
            weights: self.weights.clone(),
        })
    }
}

/// The signal of a name, if it is binned as its kind asks.
fn signal(name: &str, cuts: bool, values: bool) -> Result<SignalId, String> {
    let Some(signal) = SignalId::of(name) else {
        return Err(unknown("signal", name, SignalId::all().map(|s| s.signal().name)));
    };
    match (signal.signal().kind, cuts, values) {
        (Kind::Number, true, false) | (Kind::Flag | Kind::Text, false, true) => Ok(signal),
        (Kind::Number, ..) => Err(format!("signal \"{name}\": a number takes `cuts` (and no `values`)")),
        _ => Err(format!("signal \"{name}\": names and flags take `values` (and no `cuts`)")),
    }
}

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

    #[test]
    fn a_model_of_a_table_decides_nothing() {
        let text = r#"{"format": 1, "name": "x", "trained_on": "y", "reads": "table", "heads": {"Revenue": {"intercept": 0}}}"#;
        let ModelError(problems) = Model::parse(text).unwrap_err();
        assert_eq!(
            problems,
            ["it reads the columns of a table; decisions read signals (train with --mapping)"]
        );
    }
}
