//! From the columns of a CSV to the fields of a profile document.
//!
//! ```json
//! {
//!   "id": {"column": "customer_no"},
//!   "fields": {
//!     "purchases.value": {"column": "history"},
//!     "purchases.days_since_last": {"column": "recency", "scale": 30.4},
//!     "lifecycle.stage": {"column": "newbie", "map": {"1": "new", "0": "active"}},
//!     "purchases.categories": [{"column": "mens", "is": "1", "value": "mens"}, {"column": "womens", "is": "1", "value": "womens"}]
//!   },
//!   "consent": {"email": {"marketing": true, "personalization": {"granted": true, "at": "2026-01-31"}}}
//! }
//! ```
//!
//! An empty cell says nothing, so its field stays as it was. `scale` multiplies a number; `map` names values anew (`null`: it says nothing), and a value that it doesn't name is refused;
//! `is` gives `value` where the cell is exactly that, and nothing elsewhere. A list of sources gathers what each of them gives.
//!
//! `consent` is a statement about everyone in the file. Without a date it may be of any age, so an undated grant never overrules a withdrawal.

use crate::input::{Input, Table, suggestion};
use crate::text::now;
use anyhow::{Result, anyhow};
use apropos::nearest::nearest;
use apropos::profile::{Profile, fields};
use csv::StringRecord;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// The fields that take a list of sources.
const GATHERS: [&str; 3] = ["browsing.categories", "purchases.categories", "usage.features"];

/// A mapping as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "$schema", default)]
    _schema: Option<String>,
    id: Source,
    #[serde(default)]
    fields: BTreeMap<String, Sources>,
    #[serde(default)]
    consent: BTreeMap<String, BTreeMap<String, Value>>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a source such as {\"column\": \"history\", \"scale\": 0.01}, or a list of them"
)]
enum Sources {
    One(Source),
    Several(Vec<Source>),
}

/// Where a value comes from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    column: String,
    #[serde(default)]
    scale: Option<f64>,
    #[serde(default)]
    map: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    is: Option<String>,
    #[serde(default)]
    value: Option<Value>,
}

/// A mapping that fits a table.
pub struct Mapping {
    id: Bound,
    fields: Vec<(String, Vec<Bound>)>,
    /// What is said of everyone.
    constants: Vec<(String, Value)>,
}

/// A source and the place of its column.
struct Bound {
    place: usize,
    source: Source,
}

/// What is wrong with a mapping: the place in it, and the problem.
pub type Problems = Vec<(String, String)>;

impl Mapping {
    /// Reads a mapping and binds it to the table's columns; all its problems come together.
    pub fn read(path: &Path, table: &Table) -> Result<Result<Self, Problems>> {
        let input = Input::open(path)?;
        let name = input.name.clone();
        let document = serde_json::from_str(&input.text()?);
        let document: Document = document.map_err(|error| anyhow!("{name} is no mapping: {error}"))?;
        Ok(Self::bind(document, table))
    }

    fn bind(document: Document, table: &Table) -> Result<Self, Problems> {
        let mut binder = Binder { table, problems: Vec::new() };
        let id = binder.source("id", document.id);
        let named = document.fields.into_iter();
        let fields = named.map(|(name, sources)| binder.field(name, sources)).collect();
        let constants = binder.constants(document.consent);
        match id {
            Some(id) if binder.problems.is_empty() => Ok(Self { id, fields, constants }),
            _ => Err(binder.problems),
        }
    }

    /// The profile document of a row.
    pub fn document(&self, row: &StringRecord) -> Result<Map<String, Value>, Vec<String>> {
        let (mut document, mut reasons) = (Map::new(), Vec::new());
        let mut put = |name: &str, value: Result<Option<Value>, String>| match value {
            Ok(Some(value)) => drop(document.insert(name.to_owned(), value)),
            Ok(None) => {}
            Err(reason) => reasons.push(format!("{name}: {reason}")),
        };
        put("id", self.id.value(row));
        for (name, value) in &self.constants {
            put(name, Ok(Some(value.clone())));
        }
        for (name, sources) in &self.fields {
            put(
                name,
                if GATHERS.contains(&name.as_str()) { gathered(sources, row) } else { first(sources, row) },
            );
        }
        if reasons.is_empty() { Ok(document) } else { Err(reasons) }
    }
}

fn first(sources: &[Bound], row: &StringRecord) -> Result<Option<Value>, String> {
    sources.first().map_or(Ok(None), |source| source.value(row))
}

/// The list of what each source gives.
fn gathered(sources: &[Bound], row: &StringRecord) -> Result<Option<Value>, String> {
    let values = sources.iter().filter_map(|source| source.value(row).transpose());
    let values = values.collect::<Result<Vec<_>, _>>()?;
    Ok((!values.is_empty()).then(|| values.into()))
}

/// Fits a mapping to a table and notes what doesn't fit.
struct Binder<'t> {
    table: &'t Table,
    problems: Problems,
}

impl Binder<'_> {
    fn problem(&mut self, place: &str, problem: impl Into<String>) {
        self.problems.push((place.to_owned(), problem.into()));
    }

    fn field(&mut self, name: String, sources: Sources) -> (String, Vec<Bound>) {
        let place = format!("fields.{name}");
        if !fields::is_known(&name) {
            self.problem(&place, unknown(&name));
        }
        let sources = match sources {
            Sources::One(source) => vec![source],
            Sources::Several(_) if !GATHERS.contains(&name.as_str()) => {
                self.problem(&place, format!("takes one column; only {} take a list", GATHERS.join(", ")));
                Vec::new()
            }
            Sources::Several(sources) => sources,
        };
        let bound = sources.into_iter().filter_map(|source| self.source(&place, source)).collect();
        (name, bound)
    }

    fn source(&mut self, place: &str, source: Source) -> Option<Bound> {
        if source.is.is_some() != source.value.is_some() {
            self.problem(place, "\"is\" and \"value\" go together: {\"column\": \"mens\", \"is\": \"1\", \"value\": \"mens\"}");
        }
        if [source.scale.is_some(), source.map.is_some(), source.is.is_some()].iter().filter(|b| **b).count()
            > 1
        {
            self.problem(place, "\"scale\", \"map\" and \"is\" exclude each other");
        }
        match self.table.column(&source.column) {
            Ok(column) => Some(Bound { place: column, source }),
            Err(problem) => {
                self.problem(place, problem);
                None
            }
        }
    }

    /// The consents that hold for everyone, tried once on an empty profile.
    fn constants(&mut self, consent: BTreeMap<String, BTreeMap<String, Value>>) -> Vec<(String, Value)> {
        let mut constants = Vec::new();
        for (channel, purposes) in consent {
            for (purpose, value) in purposes {
                let name = format!("consent.{channel}.{purpose}");
                if let Err(error) = fields::set(&mut Profile::default(), &name, &value, now()) {
                    self.problem(&name, error.problem);
                }
                constants.push((name, value));
            }
        }
        constants
    }
}

fn unknown(name: &str) -> String {
    match nearest(name, fields::all().map(|field| field.name)) {
        Some(near) => format!("is no field of a profile; did you mean {near:?}?"),
        None => "is no field of a profile; `apropos signals --fields` lists them".to_owned(),
    }
}

impl Bound {
    /// What a row's cell says; an empty cell says nothing.
    fn value(&self, row: &StringRecord) -> Result<Option<Value>, String> {
        let cell = row.get(self.place).unwrap_or_default().trim();
        let Source { column, scale, map, is, value } = &self.source;
        if let Some(is) = is {
            return Ok(value.clone().filter(|_| cell == is));
        }
        if cell.is_empty() {
            return Ok(None);
        }
        if let Some(map) = map {
            let known = map.keys().map(String::as_str);
            let none =
                || format!("the map has no {cell:?} of column {column:?}; {}", suggestion(cell, known));
            return map.get(cell).map(|value| Some(value.clone()).filter(|v| !v.is_null())).ok_or_else(none);
        }
        match scale {
            Some(scale) => scaled(cell, *scale)
                .map(Some)
                .ok_or_else(|| format!("{cell:?} of column {column:?} is no number")),
            None => Ok(Some(cell.into())),
        }
    }
}

fn scaled(cell: &str, scale: f64) -> Option<Value> {
    let number: f64 = cell.parse().ok()?;
    serde_json::Number::from_f64(number * scale).map(Value::Number)
}
