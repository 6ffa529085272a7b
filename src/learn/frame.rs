//! A table in memory: one typed column per signal, label, treatment or outcome, and splits that are the same on every machine.

use crate::hash::mix;
use crate::intent::Value;
use std::collections::HashMap;

/// The code of a missing name.
pub const MISSING: u32 = u32::MAX;

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// Its columns, each with as many values as there are rows.
    pub columns: Vec<Column>,
}

/// One column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The name in the header.
    pub name: String,
    /// What stands in it, row by row.
    pub values: Values,
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Numbers; not a number where one is missing.
    Numbers(Vec<f64>),
    /// Names, told once each in the order of their alphabet, and which of them stands in each row; [`MISSING`] where none does.
    Names(Vec<String>, Vec<u32>),
}

impl Frame {
    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Column::len)
    }

    /// The column of a name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Only these rows, in this order; a row that isn't there is left out.
    #[must_use]
    pub fn pick(&self, rows: &[usize]) -> Self {
        Self { columns: self.columns.iter().map(|column| column.pick(rows)).collect() }
    }
}

impl Column {
    /// Reads the cells of a column. It holds numbers if every cell that isn't blank is one; names otherwise. A blank cell is missing.
    #[must_use]
    pub fn read(name: &str, cells: &[String]) -> Self {
        let numbers: Option<Vec<f64>> = cells.iter().map(|cell| number(cell)).collect();
        let values = numbers.map_or_else(|| Values::names(cells), Values::Numbers);
        Self { name: name.to_owned(), values }
    }

    /// How many values it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.values {
            Values::Numbers(numbers) => numbers.len(),
            Values::Names(_, codes) => codes.len(),
        }
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What stands in a row.
    #[must_use]
    pub fn value(&self, row: usize) -> Value<'_> {
        match &self.values {
            Values::Numbers(numbers) => {
                numbers.get(row).filter(|n| !n.is_nan()).map_or(Value::Missing, |n| Value::Number(*n))
            }
            Values::Names(names, codes) => {
                let name = codes.get(row).and_then(|code| names.get(*code as usize));
                name.map_or(Value::Missing, |name| Value::Text(name))
            }
        }
    }

    fn pick(&self, rows: &[usize]) -> Self {
        let values = match &self.values {
            Values::Numbers(numbers) => {
                Values::Numbers(rows.iter().filter_map(|row| numbers.get(*row).copied()).collect())
            }
            Values::Names(names, codes) => {
                let picked = rows.iter().filter_map(|row| codes.get(*row).copied()).collect();
                Values::Names(names.clone(), picked)
            }
        };
        Self { name: self.name.clone(), values }
    }

    /// Yes or no in every row: of a column of `TRUE` and `FALSE`, `true` and `false`, `Yes` and `No`, or 1 and 0.
    ///
    /// # Errors
    /// The first row (from 0) that says neither.
    pub fn answers(&self) -> Result<Vec<bool>, usize> {
        let answer = |row: usize| match &self.values {
            Values::Numbers(numbers) => match numbers.get(row) {
                Some(0.0) => Ok(false),
                Some(1.0) => Ok(true),
                _ => Err(row),
            },
            Values::Names(names, codes) => {
                let name = codes.get(row).and_then(|code| names.get(*code as usize));
                match name.map(|name| name.to_ascii_lowercase()).as_deref() {
                    Some("true" | "yes" | "1") => Ok(true),
                    Some("false" | "no" | "0") => Ok(false),
                    _ => Err(row),
                }
            }
        };
        (0..self.len()).map(answer).collect()
    }
}

impl Values {
    /// Names, whatever they look like; a blank cell is missing.
    #[must_use]
    pub fn names(cells: &[String]) -> Self {
        let mut names: Vec<_> =
            cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
        names.sort_unstable();
        names.dedup();
        let places: HashMap<_, _> = names.iter().copied().zip(0..).collect();
        let codes = cells.iter().map(|cell| places.get(cell.trim()).copied().unwrap_or(MISSING)).collect();
        Self::Names(names.into_iter().map(str::to_owned).collect(), codes)
    }
}

/// A number, missing when blank; `None` when it is something else.
fn number(cell: &str) -> Option<f64> {
    match cell.trim() {
        "" => Some(f64::NAN),
        cell => cell.parse().ok().filter(|n: &f64| n.is_finite()),
    }
}

/// The bucket, 0 to 99, of a row: `splitmix64((seed << 32) + row) % 100`. Rows keep their bucket whatever else is in the table.
#[must_use]
pub const fn bucket(row: u64, seed: u64) -> u64 {
    mix((seed << 32).wrapping_add(row)) % 100
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(cells: &[&str]) -> Column {
        Column::read("c", &cells.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn a_column_is_what_all_its_cells_are() {
        let Values::Numbers(numbers) = column(&["1", "", " -2.5"]).values else { panic!("numbers") };
        assert_eq!((numbers[0], numbers[2]), (1.0, -2.5));
        assert!(numbers[1].is_nan());
        let Values::Names(names, codes) = column(&["web", "3", "", "Phone"]).values else { panic!("names") };
        assert_eq!(names, ["3", "Phone", "web"]);
        assert_eq!(codes, [2, 0, MISSING, 1]);
    }

    #[test]
    fn answers_are_read_in_any_spelling_and_the_wrong_row_is_named() {
        assert_eq!(column(&["TRUE", "No", "yes", "0"]).answers(), Ok(vec![true, false, true, false]));
        assert_eq!(column(&["1", "0"]).answers(), Ok(vec![true, false]));
        assert_eq!(column(&["1", "0", "2"]).answers(), Err(2));
        assert_eq!(column(&["yes", "", "no"]).answers(), Err(1));
    }

    #[test]
    fn rows_are_picked_in_the_order_that_is_asked() {
        let frame = Frame { columns: vec![column(&["a", "b", "c"])] };
        assert_eq!(
            frame.pick(&[2, 0, 9]).columns[0].values,
            Values::Names(vec!["a".into(), "b".into(), "c".into()], vec![2, 0])
        );
    }

    #[test]
    fn buckets_are_those_of_splitmix64() {
        let first: Vec<_> = (0..12).map(|row| bucket(row, 1)).collect();
        assert_eq!(first, [56, 67, 14, 83, 69, 58, 11, 63, 52, 75, 53, 79]);
    }
}
