//! Which columns of a table to learn from, and the one that says what happened.

use crate::frame;
use crate::input::suggestion;
use crate::text::count;
use anyhow::{Context, Result, anyhow, bail};
use apropos::learn::bins::{self, Binning, Feature};
use apropos::learn::frame::{Column, Values};
use apropos::learn::lesson::Lesson;
use apropos::learn::table::MAX_COLUMNS;
use std::path::PathBuf;

/// A table and its columns, as they are given on the command line.
#[derive(clap::Args)]
pub struct Columns {
    /// The table: CSV with a header; gzip is fine; - is standard input. A column `row` is only a name
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// The column that says what happened: TRUE and FALSE, yes and no, or 1 and 0
    #[arg(long, value_name = "COLUMN")]
    pub label: String,
    /// Columns to leave out
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub drop: Vec<String>,
    /// The only columns to learn from
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', conflicts_with = "drop")]
    pub only: Vec<String>,
    /// Columns whose numbers are names, as of regions; columns of few whole numbers from 1 on are taken so by themselves
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub names: Vec<String>,
    /// Columns whose numbers are numbers, although they look like names
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub numbers: Vec<String>,
}

impl Columns {
    /// Reads the table.
    pub fn lesson(&self) -> Result<Lesson> {
        let (path, label) = (self.data.display(), &self.label);
        let frame = frame::read(&self.data)?;
        let known = || frame.columns.iter().map(|column| column.name.as_str());
        let named = self.drop.iter().chain(&self.only).chain(&self.names).chain(&self.numbers);
        for name in named.chain([label]) {
            if frame.column(name).is_none() {
                bail!("{path} has no column {name:?}; {}", suggestion(name, known()));
            }
        }
        let labels = frame.column(label).map(Column::answers).context("no label")?;
        let labels = labels
            .map_err(|row| anyhow!("{path}: row {} of column {label:?} says neither yes nor no", row + 1))?;
        let yes = labels.iter().filter(|label| **label).count();
        if yes < 10 || labels.len() - yes < 10 {
            let rows = count(labels.len(), "row");
            bail!("{label:?} is true in {yes} of {rows}: learning takes at least 10 of each kind");
        }
        let mut lesson = Lesson { labels, ..Lesson::default() };
        for column in frame.columns.iter().filter(|column| self.uses(&column.name)) {
            let column = if self.by_name(column) { &bins::as_names(column) } else { column };
            lesson.add(Feature::of(column, Binning::default()), None);
        }
        let columns = lesson.features.len();
        if columns == 0 || columns > MAX_COLUMNS {
            bail!("{path}: it takes 1 to {MAX_COLUMNS} columns that vary; there are {columns}");
        }
        Ok(lesson)
    }

    fn uses(&self, name: &str) -> bool {
        let given = |names: &[String]| names.iter().any(|given| given == name);
        name != self.label
            && name != "row"
            && !given(&self.drop)
            && (self.only.is_empty() || given(&self.only))
    }

    /// Whether the numbers of a column are taken for names.
    fn by_name(&self, column: &Column) -> bool {
        let looks = matches!(&column.values, Values::Numbers(numbers) if bins::are_codes(numbers));
        self.names.contains(&column.name) || (looks && !self.numbers.contains(&column.name))
    }
}
