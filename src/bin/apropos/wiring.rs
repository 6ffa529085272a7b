//! From the columns of a table to signals of the registry, so that a table can train a model that decides.
//!
//! ```json
//! {
//!   "signals": {
//!     "session_minutes": {"columns": ["Seconds_Products", "Seconds_Info"], "scale": 0.016666666666666666},
//!     "weekend": {"columns": ["Weekend"], "map": {"TRUE": "true", "FALSE": "false"}}
//!   },
//!   "left_out": {"Month": "no signal says which month it is"}
//! }
//! ```
//!
//! The columns of a number are added up and multiplied by `scale` (1 when left out); it is missing in a row where one of them is. A name or flag has one column; `map` names its
//! values anew, and one that `map` doesn't name is missing. Without `map` the values must be the registry's own names. `left_out` says, for whoever reads the file, why other columns
//! teach nothing: a column may only be wired to a signal that means the same.

use crate::input::{Input, suggestion};
use anyhow::{Context, Result, anyhow, bail};
use apropos::intent::SignalId;
use apropos::intent::signal::Kind;
use apropos::learn::frame::{Column, Frame, Values};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "$schema", default)]
    _schema: Option<String>,
    signals: BTreeMap<String, Source>,
    #[serde(default)]
    left_out: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    columns: Vec<String>,
    #[serde(default)]
    scale: Option<f64>,
    #[serde(default)]
    map: Option<BTreeMap<String, String>>,
}

/// A mapping that was read.
pub struct Wiring {
    name: String,
    document: Document,
}

impl Wiring {
    /// Reads the file.
    ///
    /// # Errors
    /// When it is none, saying where.
    pub fn read(path: &Path) -> Result<Self> {
        let input = Input::open(path)?;
        let name = input.name.clone();
        let document = serde_json::from_str(&input.text()?)
            .map_err(|error| anyhow!("{name} is no mapping from columns to signals: {error}"))?;
        Ok(Self { name, document })
    }

    /// The table's signals, each a column of its name, in the order of the registry. No column may be the label.
    ///
    /// # Errors
    /// Names the file, the signal, and the column that isn't there or doesn't fit.
    pub fn signals(&self, frame: &Frame, label: &str) -> Result<Frame> {
        let Self { name, document } = self;
        if document.signals.is_empty() {
            bail!("{name}: \"signals\" names none, so there is nothing to learn from");
        }
        for column in document.left_out.keys() {
            found(column, frame).with_context(|| format!("{name}: left_out"))?;
        }
        let mut signals = Vec::new();
        for (signal, source) in &document.signals {
            let id = SignalId::of(signal).with_context(|| {
                let known = SignalId::all().map(|id| id.signal().name);
                let near = apropos::nearest::nearest(signal, known);
                let mend = near.map_or_else(
                    || "`apropos signals` lists them".to_owned(),
                    |near| format!("did you mean {near:?}?"),
                );
                format!("{name}: signal {signal:?} is not known; {mend}")
            })?;
            let values = self.values(id, source, frame, label);
            let values = values.with_context(|| format!("{name}: signals.{signal}"))?;
            signals.push((id, Column { name: signal.clone(), values }));
        }
        signals.sort_by_key(|(id, _)| *id);
        Ok(Frame { columns: signals.into_iter().map(|(_, column)| column).collect() })
    }

    fn values(&self, id: SignalId, source: &Source, frame: &Frame, label: &str) -> Result<Values> {
        let mut columns = Vec::new();
        for column in &source.columns {
            if column == label {
                bail!("column {column:?} is what is to be foretold");
            }
            if self.document.left_out.contains_key(column) {
                bail!("column {column:?} is also left_out");
            }
            columns.push(found(column, frame)?);
        }
        match (id.signal().kind, columns.as_slice()) {
            (_, []) => bail!("\"columns\" is empty: name the columns that tell it"),
            (Kind::Number, _) if source.map.is_some() => bail!("it is a number, which takes no \"map\""),
            (Kind::Number, columns) => sum(columns, source.scale.unwrap_or(1.0)),
            (kind, _) if source.scale.is_some() => bail!("it is a {}, which takes no \"scale\"", kind.name()),
            (_, [column]) => named(id, column, source.map.as_ref()),
            (kind, _) => bail!("it is a {}, which takes one column", kind.name()),
        }
    }
}

fn found<'f>(name: &str, frame: &'f Frame) -> Result<&'f Column> {
    let known = frame.columns.iter().map(|column| column.name.as_str());
    frame
        .column(name)
        .with_context(|| format!("the table has no column {name:?}; {}", suggestion(name, known)))
}

fn sum(columns: &[&Column], scale: f64) -> Result<Values> {
    if !scale.is_finite() || scale == 0.0 {
        bail!("a \"scale\" of {scale} leaves nothing");
    }
    let mut sum = vec![0.0; columns.first().map_or(0, |column| column.len())];
    for column in columns {
        let Values::Numbers(numbers) = &column.values else {
            bail!("column {:?} doesn't hold numbers", column.name)
        };
        sum.iter_mut().zip(numbers).for_each(|(sum, n)| *sum += n);
    }
    sum.iter_mut().for_each(|sum| *sum *= scale);
    Ok(Values::Numbers(sum))
}

fn named(id: SignalId, column: &Column, map: Option<&BTreeMap<String, String>>) -> Result<Values> {
    let cell = |row: usize| match &column.values {
        Values::Numbers(numbers) => numbers.get(row).filter(|n| !n.is_nan()).map(f64::to_string),
        Values::Names(names, codes) => codes.get(row).and_then(|code| names.get(*code as usize)).cloned(),
    };
    let told = |cell: String| match map {
        Some(map) => map.get(&cell).cloned(),
        None => Some(cell),
    };
    let cells: Vec<String> =
        (0..column.len()).map(|row| cell(row).and_then(told).unwrap_or_default()).collect();
    let signal = id.signal();
    let known = if signal.kind == Kind::Flag { &["true", "false"] } else { signal.names };
    let strange = |cell: &&String| !cell.is_empty() && !known.is_empty() && !known.contains(&cell.as_str());
    if let Some(wrong) = cells.iter().find(strange) {
        let mend = suggestion(wrong, known.iter().copied());
        bail!(
            "column {:?} has {wrong:?}, which it can't be; {mend} Say with \"map\" which value means which",
            column.name
        );
    }
    if cells.iter().all(String::is_empty) {
        bail!("\"map\" names no value that column {:?} has", column.name);
    }
    Ok(Values::names(&cells))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Frame {
        let column = |name: &str, cells: [&str; 3]| Column::read(name, &cells.map(String::from));
        Frame {
            columns: vec![
                column("shop", ["60", "120", ""]),
                column("help", ["60", "0", "5"]),
                column("Weekend", ["TRUE", "FALSE", "?"]),
                column("bought", ["1", "0", "1"]),
            ],
        }
    }

    fn wired(text: &str) -> Result<Frame, String> {
        let document = serde_json::from_str(text).unwrap();
        let wiring = Wiring { name: "m.json".into(), document };
        wiring.signals(&frame(), "bought").map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn columns_become_signals_in_the_order_of_the_registry() {
        let wired = wired(
            r#"{"signals": {"session_minutes": {"columns": ["shop", "help"], "scale": 0.5},
            "weekend": {"columns": ["Weekend"], "map": {"TRUE": "true", "FALSE": "false"}}}}"#,
        )
        .unwrap();
        let [weekend, minutes] = wired.columns.as_slice() else { panic!("{wired:?}") };
        assert_eq!(weekend.values, Values::names(&["true", "false", ""].map(String::from)));
        let Values::Numbers(numbers) = &minutes.values else { panic!("{minutes:?}") };
        assert_eq!(numbers[..2], [60.0, 60.0]);
        assert!(numbers[2].is_nan(), "missing where one of them is");
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        for (text, said) in [
            (r#"{"signals": {}}"#, "names none"),
            (
                r#"{"signals": {"sesion_minutes": {"columns": ["shop"]}}}"#,
                "m.json: signal \"sesion_minutes\" is not known; did you mean \"session_minutes\"?",
            ),
            (
                r#"{"signals": {"session_minutes": {"columns": ["shp"]}}}"#,
                "m.json: signals.session_minutes: the table has no column \"shp\"; did you mean \"shop\"?",
            ),
            (r#"{"signals": {"session_minutes": {"columns": ["Weekend"]}}}"#, "doesn't hold numbers"),
            (r#"{"signals": {"session_minutes": {"columns": []}}}"#, "\"columns\" is empty"),
            (r#"{"signals": {"session_minutes": {"columns": ["shop"], "scale": 0}}}"#, "leaves nothing"),
            (r#"{"signals": {"session_minutes": {"columns": ["bought"]}}}"#, "is what is to be foretold"),
            (r#"{"signals": {"weekend": {"columns": ["Weekend"]}}}"#, "Say with \"map\""),
            (r#"{"signals": {"weekend": {"columns": ["Weekend"], "scale": 2}}}"#, "takes no \"scale\""),
            (r#"{"signals": {"weekend": {"columns": ["Weekend", "shop"]}}}"#, "takes one column"),
            (
                r#"{"signals": {"weekend": {"columns": ["Weekend"], "map": {"yes": "true"}}}}"#,
                "names no value that column \"Weekend\" has",
            ),
            (
                r#"{"signals": {"session_minutes": {"columns": ["shop"]}}, "left_out": {"halp": "why"}}"#,
                "m.json: left_out: the table has no column \"halp\"; did you mean \"help\"?",
            ),
            (
                r#"{"signals": {"session_minutes": {"columns": ["shop"]}}, "left_out": {"shop": "why"}}"#,
                "is also left_out",
            ),
        ] {
            let told = wired(text).unwrap_err();
            assert!(told.contains(said), "{told}");
        }
    }
}
