//! How columns become numbers that effects can be added up from: a term per column.
//!
//! There are no terms of pairs: on the trials at hand they explained nothing out of fold that single columns, adding up on the log-odds, didn't.

use crate::learn::frame::{Column, Frame, Values};
use serde::{Deserialize, Serialize};

/// A column with at most so many values is read as names; so few that every one has customers enough to learn from.
const FEW: usize = 8;
/// Names beyond this many say little each, and nobody reads them through.
const MANY: usize = 32;
/// A value that fewer rows have is read with the rest, as weight 0.
const RARE: usize = 20;

/// One term: what is read from a row, as one number or as one of several values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// `(n − centre) / scale`, of `ln(1 + n)` if `log`; 0 where it is missing.
    Number {
        /// The column.
        column: String,
        /// Whether the logarithm is read: the column runs over several sizes.
        log: bool,
        /// The mean of what is read.
        centre: f64,
        /// Its standard deviation.
        scale: f64,
    },
    /// One of the values of a column; a value that isn't listed, or is missing, adds nothing.
    Values {
        /// The column.
        column: String,
        /// Its values, numbers spelt as short as they can be.
        values: Vec<String>,
    },
}

/// A column that isn't read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The column.
    pub column: String,
    /// Why, as a half-sentence.
    pub why: &'static str,
}

impl Term {
    /// How many weights it takes.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            Self::Number { .. } => 1,
            Self::Values { values, .. } => values.len(),
        }
    }

    /// The column it reads.
    #[must_use]
    pub fn column(&self) -> &str {
        match self {
            Self::Number { column, .. } | Self::Values { column, .. } => column,
        }
    }

    /// Reads it in every row: the place of a weight, and what the weight is multiplied by.
    ///
    /// # Errors
    /// The name of a column that the table lacks.
    fn read(&self, frame: &Frame) -> Result<Vec<(usize, f64)>, String> {
        let find = |name: &String| frame.column(name).ok_or_else(|| name.clone());
        match self {
            Self::Number { column, log, centre, scale } => {
                let numbers = numbers(find(column)?);
                let read = |n: &f64| {
                    let n = if *log { libm::log1p(n.max(0.0)) } else { *n };
                    let read = (n - centre) / scale;
                    (0, if read.is_finite() { read } else { 0.0 })
                };
                Ok(numbers.iter().map(read).collect())
            }
            Self::Values { column, values } => {
                let at = |text: &String| values.iter().position(|v| v == text);
                Ok(texts(find(column)?).iter().map(|text| place(at(text))).collect())
            }
        }
    }
}

fn place(at: Option<usize>) -> (usize, f64) {
    at.map_or((0, 0.0), |at| (at, 1.0))
}

/// The terms of all columns that can be read, and the columns that can't.
#[must_use]
pub fn terms(frame: &Frame) -> (Vec<Term>, Vec<Unread>) {
    let (mut terms, mut unread) = (Vec::new(), Vec::new());
    for column in &frame.columns {
        match term(column) {
            Ok(term) => terms.push(term),
            Err(why) => unread.push(Unread { column: column.name.clone(), why }),
        }
    }
    (terms, unread)
}

fn term(column: &Column) -> Result<Term, &'static str> {
    let name = column.name.clone();
    let values = common(texts(column));
    match &column.values {
        _ if values.distinct < 2 => Err("it is the same in every row"),
        Values::Names(..) if values.distinct > MANY && values.distinct * 2 > column.len() => {
            Err("it tells rows apart, as an id does")
        }
        Values::Names(..) if values.distinct > MANY => Err("it has more than 32 names"),
        Values::Names(..) => Ok(Term::Values { column: name, values: values.kept }),
        Values::Numbers(_) if values.distinct <= FEW => {
            Ok(Term::Values { column: name, values: values.kept })
        }
        Values::Numbers(numbers)
            if values.distinct == column.len() && numbers.iter().all(|n| n.fract() == 0.0) =>
        {
            Err("it tells rows apart, as an id does")
        }
        Values::Numbers(numbers) => number(name, numbers).ok_or("it is the same in every row"),
    }
}

struct Common {
    distinct: usize,
    kept: Vec<String>,
}

/// The values that stand there often enough, in the order of their spelling.
fn common(mut texts: Vec<String>) -> Common {
    texts.retain(|text| !text.is_empty());
    texts.sort_unstable();
    let runs: Vec<_> = texts.chunk_by(|a, b| a == b).collect();
    let kept = runs.iter().filter(|run| run.len() >= RARE).filter_map(|run| run.first().cloned());
    Common { distinct: runs.len(), kept: kept.collect() }
}

fn number(column: String, numbers: &[f64]) -> Option<Term> {
    let mut known: Vec<f64> = numbers.iter().copied().filter(|n| n.is_finite()).collect();
    known.sort_unstable_by(f64::total_cmp);
    let (least, middle, most) = (*known.first()?, *known.get(known.len() / 2)?, *known.last()?);
    let log = least >= 0.0 && most > 10.0 * middle.max(1e-9);
    if log {
        known.iter_mut().for_each(|n| *n = libm::log1p(*n));
    }
    let count = known.len() as f64;
    let centre = known.iter().sum::<f64>() / count;
    let scale = (known.iter().map(|n| (n - centre) * (n - centre)).sum::<f64>() / count).sqrt();
    (scale > 0.0).then_some(Term::Number { column, log, centre, scale })
}

/// A column as numbers; missing where it holds a name.
fn numbers(column: &Column) -> Vec<f64> {
    match &column.values {
        Values::Numbers(numbers) => numbers.clone(),
        Values::Names(names, codes) => {
            let read: Vec<f64> = names.iter().map(|name| name.parse().unwrap_or(f64::NAN)).collect();
            codes.iter().map(|code| read.get(*code as usize).copied().unwrap_or(f64::NAN)).collect()
        }
    }
}

/// A column as texts; numbers are spelt as short as they can be, and what is missing is empty.
#[must_use]
pub fn texts(column: &Column) -> Vec<String> {
    match &column.values {
        Values::Numbers(numbers) => {
            let spell = |n: &f64| if n.is_nan() { String::new() } else { format!("{n}") };
            numbers.iter().map(spell).collect()
        }
        Values::Names(names, codes) => {
            codes.iter().map(|code| names.get(*code as usize).cloned().unwrap_or_default()).collect()
        }
    }
}

/// What terms read from every row, laid side by side after a 1 for the intercept.
#[derive(Clone, Debug)]
pub struct Design {
    /// How many numbers a row has.
    pub width: usize,
    values: Vec<f64>,
}

impl Design {
    /// Reads terms in every row of a table.
    ///
    /// # Errors
    /// The name of a column that the table lacks.
    pub fn read(frame: &Frame, terms: &[Term]) -> Result<Self, String> {
        let width = 1 + terms.iter().map(Term::width).sum::<usize>();
        let mut values = vec![0.0; width * frame.rows()];
        values.iter_mut().step_by(width).for_each(|first| *first = 1.0);
        let mut start = 1;
        for term in terms {
            for (row, (at, value)) in values.chunks_exact_mut(width).zip(term.read(frame)?) {
                if let Some(cell) = row.get_mut(start + at) {
                    *cell = value;
                }
            }
            start += term.width();
        }
        Ok(Self { width, values })
    }

    /// The rows.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.width)
    }

    /// One row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f64] {
        self.values.get(row * self.width..(row + 1) * self.width).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, cells: impl Iterator<Item = String>) -> Column {
        Column::read(name, &cells.collect::<Vec<_>>())
    }

    fn frame() -> Frame {
        let cells = |cell: fn(usize) -> String| (0..200).map(cell);
        Frame {
            columns: vec![
                column("id", cells(|i| (i + 7).to_string())),
                column("key", cells(|i| format!("k{i}"))),
                column("constant", cells(|_| "x".into())),
                column("flag", cells(|i| (i % 2).to_string())),
                column("place", cells(|i| if i < 5 { "rare".into() } else { format!("p{}", i % 3) })),
                column("spent", cells(|i| format!("{}", (i % 20) as f64 * 0.5))),
                column(
                    "wealth",
                    cells(|i| format!("{}", if i % 50 == 0 { 1000.5 } else { i as f64 % 19.0 })),
                ),
            ],
        }
    }

    #[test]
    fn ids_and_constants_are_not_read_and_the_rest_as_fits_it() {
        let (terms, unread) = terms(&frame());
        let names: Vec<_> = unread.iter().map(|u| u.column.as_str()).collect();
        assert_eq!(names, ["id", "key", "constant"]);
        assert_eq!(terms.iter().map(Term::column).collect::<Vec<_>>(), ["flag", "place", "spent", "wealth"]);
        assert_eq!(
            terms[1],
            Term::Values { column: "place".into(), values: ["p0", "p1", "p2"].map(Into::into).into() }
        );
        assert!(matches!(terms[2], Term::Number { log: false, .. }));
        assert!(matches!(terms[3], Term::Number { log: true, .. }));
    }

    #[test]
    fn a_row_is_laid_out_term_by_term_and_what_is_unknown_adds_nothing() {
        let frame = frame();
        let (terms, _) = terms(&frame);
        let design = Design::read(&frame, &terms).unwrap();
        assert_eq!(design.width, 1 + 2 + 3 + 1 + 1);
        assert_eq!(design.row(0)[..6], [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(design.row(7)[..6], [1.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
        assert_eq!(Design::read(&Frame::default(), &terms).unwrap_err(), "flag");
    }
}
