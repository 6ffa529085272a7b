//! `apropos score`: the probability of every row of a table, by a model that was trained on one like it.

use crate::Verdict;
use crate::frame;
use crate::input::Input;
use crate::output::Output;
use crate::report;
use crate::text::{count, examples};
use anyhow::{Context, Result, bail};
use apropos::learn::frame::{Column, Frame, Values};
use apropos::learn::table::TableModel;
use std::io::Write;
use std::path::PathBuf;

/// Score a table with a model trained on one like it
///
/// Writes the columns `row,prob`. `row` is taken from the data's own column of that name, or counts from 0. Columns that the model doesn't know are
/// passed over.
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("Who is likely to buy?", "apropos score --model model.json --data sessions.csv.gz --out scores.csv"),
]))]
pub struct Args {
    /// The model, from `apropos train`
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// The table: CSV with a header; gzip is fine; - is standard input
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Where the probabilities go; standard output when left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let input = Input::open(&args.model)?;
    let name = input.name.clone();
    let model = TableModel::parse(&input.text()?).with_context(|| format!("{name} can't score a table"))?;
    let frame = frame::read(&args.data)?;
    let probabilities = match model.score(&frame) {
        Ok(probabilities) => probabilities,
        Err(missing) => bail!(
            "{} lacks {} that the model reads: {}",
            args.data.display(),
            if missing.len() == 1 { "a column" } else { "columns" },
            missing.join(", ")
        ),
    };
    let mut out = Output::to(args.out.as_deref())?;
    writeln!(out, "row,prob")?;
    for (row, probability) in probabilities.iter().enumerate() {
        writeln!(out, "{},{probability}", label(&frame, row))?;
    }
    out.finish()?;
    report::say(count(probabilities.len(), "row"));
    Ok(Verdict::Sound)
}

/// What the data calls a row.
fn label(frame: &Frame, row: usize) -> String {
    match frame.column("row").map(|column: &Column| &column.values) {
        Some(Values::Numbers(numbers)) => numbers.get(row).map_or_else(String::new, f64::to_string),
        Some(Values::Names(names, codes)) => {
            let name = codes.get(row).and_then(|code| names.get(*code as usize));
            quoted(name.map_or("", String::as_str))
        }
        None => row.to_string(),
    }
}

/// A cell, quoted where CSV asks for it.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}
