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
//!
//! A file whose `reads` is `"table"` was trained on a table of the user's own: its `signal`s are the columns of that table, and its heads what was asked.
//! It scores such tables ([`crate::learn::table`]) and can't decide: [`Model::parse`](super::Model::parse) refuses it.

use super::{Bins, Quality};
use crate::nearest::nearest;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::io;

/// The largest file that is read: bins beyond this would be no tables that a person can look through.
pub const MAX_BINS: usize = 1024;
/// Weights are log-odds; beyond this a single one decides alone.
pub(super) const MAX_WEIGHT: f64 = 100.0;

/// A model as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// 1.
    pub format: u32,
    /// Its name, logged with every decision.
    pub name: String,
    /// What it was trained on.
    pub trained_on: String,
    /// Whose names its terms use.
    #[serde(default)]
    pub reads: Reads,
    /// When people answer.
    #[serde(default)]
    pub rhythm: Option<RhythmFile>,
    /// The questions it answers.
    pub heads: BTreeMap<String, HeadFile>,
}

/// Whose names the terms of a model use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reads {
    /// The registry's signals.
    #[default]
    Signals,
    /// The columns of a table.
    Table,
}

/// When people answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RhythmFile {
    /// 24 weights.
    pub hours: Vec<f64>,
    /// 7 weights, Monday first.
    pub weekdays: Vec<f64>,
}

/// One question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadFile {
    /// Log-odds when every term adds nothing.
    pub intercept: f64,
    /// What this head was trained on, when that is not what the others were.
    #[serde(default)]
    pub trained_on: Option<String>,
    /// One table per signal.
    #[serde(default)]
    pub terms: Vec<TermFile>,
    /// Grids of two signals.
    #[serde(default)]
    pub pairs: Vec<PairFile>,
    /// Rising knots from sums to log-odds.
    #[serde(default)]
    pub calibration: Vec<(f64, f64)>,
    /// How good it is on what it has not seen.
    #[serde(default)]
    pub quality: Option<Quality>,
}

/// The weights of one signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermFile {
    /// The signal, or the column.
    pub signal: String,
    /// The weight of a missing value.
    #[serde(default)]
    pub missing: f64,
    /// Of a number: ascending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cuts: Option<Vec<f64>>,
    /// Of a name or flag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
    /// Log-odds, one per bin.
    pub weights: Vec<f64>,
}

/// The weights of two signals together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairFile {
    /// The signal whose bins are the rows.
    pub rows: AxisFile,
    /// The signal whose bins are the columns.
    pub columns: AxisFile,
    /// Log-odds; missing values come first on both sides.
    pub weights: Vec<Vec<f64>>,
}

/// One side of a pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AxisFile {
    /// The signal, or the column.
    pub signal: String,
    /// Of a number: ascending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cuts: Option<Vec<f64>>,
    /// Of a name or flag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
}

impl TermFile {
    /// Its bins, if its weights fit them.
    ///
    /// # Errors
    /// What is wrong, naming the signal.
    pub fn bins(&self) -> Result<Bins, String> {
        let bins = bins(&self.signal, self.cuts.as_ref(), self.values.as_ref())?;
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
            _ => Ok(bins),
        }
    }
}

impl PairFile {
    /// The bins of its rows and of its columns, if its weights fit them.
    ///
    /// # Errors
    /// What is wrong, naming the signals.
    pub fn bins(&self) -> Result<[Bins; 2], String> {
        let (rows, columns) = (self.rows.bins()?, self.columns.bins()?);
        let fits = self.weights.len() == rows.len() + 1
            && self.weights.iter().all(|row| row.len() == columns.len() + 1);
        let finite = self.weights.iter().flatten().all(|w| w.abs() <= MAX_WEIGHT);
        if !fits || !finite {
            return Err(format!(
                "pair \"{}\" and \"{}\": weights take {} rows of {} log-odds within ±{MAX_WEIGHT}, those for missing values first",
                self.rows.signal,
                self.columns.signal,
                rows.len() + 1,
                columns.len() + 1
            ));
        }
        Ok([rows, columns])
    }
}

impl AxisFile {
    fn bins(&self) -> Result<Bins, String> {
        bins(&self.signal, self.cuts.as_ref(), self.values.as_ref())
    }
}

fn bins(name: &str, cuts: Option<&Vec<f64>>, values: Option<&Vec<String>>) -> Result<Bins, String> {
    let fail = |what: &str| Err(format!("signal \"{name}\": {what}"));
    match (cuts, values) {
        (Some(cuts), None) if !cuts.windows(2).all(|w| w[0] < w[1]) => fail("cuts must ascend"),
        (Some(cuts), None) if cuts.len() < MAX_BINS => Ok(Bins::Cuts(cuts.clone())),
        (None, Some(values)) if values.len() < MAX_BINS => {
            let twice = values.iter().enumerate().any(|(i, value)| values[..i].contains(value));
            if twice { fail("a value stands there twice") } else { Ok(Bins::Names(values.clone())) }
        }
        (Some(_), None) | (None, Some(_)) => fail(&format!("more than {MAX_BINS} bins")),
        _ => fail("numbers take `cuts`, names and flags take `values`, none takes both"),
    }
}

impl HeadFile {
    /// Whether its calibration is no line or a rising one.
    #[must_use]
    pub fn calibration_rises(&self) -> bool {
        let rising = self.calibration.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 <= w[1].1);
        rising && self.calibration.len() != 1 && self.calibration.len() <= MAX_BINS
    }
}

impl File {
    /// The file as text: a line for every term, pair and figure, so that versions can be compared.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = format!("{{\n  \"format\": {},\n  \"name\": {},\n", self.format, inline(&self.name));
        out += &format!("  \"trained_on\": {},\n", inline(&self.trained_on));
        if self.reads == Reads::Table {
            out += "  \"reads\": \"table\",\n";
        }
        if let Some(RhythmFile { hours, weekdays }) = &self.rhythm {
            let (hours, weekdays) = (inline(hours), inline(weekdays));
            out +=
                &format!("  \"rhythm\": {{\n    \"hours\": {hours},\n    \"weekdays\": {weekdays}\n  }},\n");
        }
        let heads = self.heads.iter().map(|(name, head)| format!("    {}: {}", inline(name), head.to_text()));
        out + "  \"heads\": {\n" + &heads.collect::<Vec<_>>().join(",\n") + "\n  }\n}\n"
    }
}

impl HeadFile {
    fn to_text(&self) -> String {
        let mut parts = vec![format!("\"intercept\": {}", inline(&self.intercept))];
        parts.extend(self.trained_on.as_ref().map(|text| format!("\"trained_on\": {}", inline(text))));
        parts.extend((!self.terms.is_empty()).then(|| format!("\"terms\": {}", lines(&self.terms))));
        parts.extend((!self.pairs.is_empty()).then(|| format!("\"pairs\": {}", lines(&self.pairs))));
        let calibrated = !self.calibration.is_empty();
        parts.extend(calibrated.then(|| format!("\"calibration\": {}", inline(&self.calibration))));
        parts.extend(self.quality.map(|quality| format!("\"quality\": {}", inline(&quality))));
        format!("{{\n      {}\n    }}", parts.join(",\n      "))
    }
}

fn lines<T: Serialize>(items: &[T]) -> String {
    let lines: Vec<_> = items.iter().map(|item| format!("\n        {}", inline(item))).collect();
    format!("[{}\n      ]", lines.join(","))
}

/// JSON on one line, with spaces between; whole numbers without a fraction.
fn inline<T: Serialize + ?Sized>(value: &T) -> String {
    struct Spaced;
    impl serde_json::ser::Formatter for Spaced {
        fn begin_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
            out.write_all(if first { b"" } else { b", " })
        }
        fn begin_object_key<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
            out.write_all(if first { b"" } else { b", " })
        }
        fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
            out.write_all(b": ")
        }
        fn write_f64<W: ?Sized + io::Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
            // `+ 0.0` takes the sign from a negative zero
            if value.fract() == 0.0 {
                write!(out, "{}", value + 0.0)
            } else {
                serde_json::ser::CompactFormatter.write_f64(out, value)
            }
        }
    }
    let mut out = Vec::new();
    // memory takes all bytes, and these types have no map with keys that aren't text
    let _ = value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, Spaced));
    String::from_utf8(out).unwrap_or_default()
}

pub(crate) fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
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
    fn a_file_is_written_as_it_is_read() {
        let text = include_str!("../starter.json");
        let file: File = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::from_str::<File>(&file.to_text()).unwrap(), file);
        assert!(
            file.to_text()
                .contains("\n        {\"signal\": \"clicks\", \"missing\": 0, \"cuts\": [0.5, 2, 5], ")
        );
    }
}
