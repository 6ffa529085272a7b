//! A CSV, plain or gzipped, as typed columns for training, scoring and judging.

use crate::input::{Input, Table};
use anyhow::{Result, bail};
use apropos::learn::frame::{Column, Frame};
use std::path::Path;

/// Reads a whole CSV.
///
/// # Errors
/// Names the file and the line that can't be read: half a table would teach half the truth.
pub fn read(path: &Path) -> Result<Frame> {
    let mut table = Input::open(path)?.table()?;
    let mut cells = vec![Vec::new(); table.header.len()];
    while let Some(row) = table.read()? {
        match row.cells {
            Ok(record) => {
                cells.iter_mut().zip(&record).for_each(|(column, cell)| column.push(cell.to_owned()))
            }
            Err(problem) => bail!("{}:{}: {problem}", table.name, row.number),
        }
    }
    named_once(&table)?;
    if cells.first().is_none_or(Vec::is_empty) {
        bail!("{} has a header and no rows", table.name);
    }
    let columns = table.header.iter().zip(&cells).map(|(name, cells)| Column::read(name, cells));
    Ok(Frame { columns: columns.collect() })
}

fn named_once(table: &Table) -> Result<()> {
    for (i, name) in table.header.iter().enumerate() {
        if table.header[..i].contains(name) {
            bail!("{}: two columns are called {name:?}; rename one of them", table.name);
        }
    }
    Ok(())
}
