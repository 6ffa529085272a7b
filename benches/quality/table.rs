//! Reading a CSV, and figures for other programs.

use apropos::learn::frame::{Column, Frame, Values};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{Cursor, Read, Write};
use std::path::PathBuf;

/// The rows of all files, one after another.
pub fn read(paths: &[PathBuf]) -> Result<Frame, String> {
    let mut header = Vec::new();
    let mut cells: Vec<Vec<String>> = Vec::new();
    for path in paths {
        let failed = |e: &dyn std::fmt::Display| {
            format!(
                "{}: {e}\nThe data set is not part of the repository. Give the folder with --data, or the files themselves.",
                path.display()
            )
        };
        let mut bytes = Vec::new();
        File::open(path).and_then(|mut f| f.read_to_end(&mut bytes)).map_err(|e| failed(&e))?;
        let reader: Box<dyn Read> = match bytes.starts_with(&[0x1f, 0x8b]) {
            true => Box::new(MultiGzDecoder::new(Cursor::new(bytes))),
            false => Box::new(Cursor::new(bytes)),
        };
        let mut csv = csv::Reader::from_reader(reader);
        header = csv.headers().map_err(|e| failed(&e))?.iter().map(str::to_owned).collect();
        cells.resize(header.len(), Vec::new());
        for record in csv.records() {
            let record = record.map_err(|e| failed(&e))?;
            cells.iter_mut().zip(&record).for_each(|(column, cell)| column.push(cell.to_owned()));
        }
    }
    Ok(Frame { columns: header.iter().zip(&cells).map(|(name, cells)| Column::read(name, cells)).collect() })
}

/// A column of numbers.
pub fn numbers(frame: &Frame, name: &str) -> Result<Vec<f64>, String> {
    match frame.column(name).map(|column| &column.values) {
        Some(Values::Numbers(numbers)) => Ok(numbers.clone()),
        _ => Err(format!("there is no column {name:?} of numbers")),
    }
}

/// Writes a figure beside those of peers to the file that `BENCH_ROWS` names, in the lines that `cargo xtask bench` reads: name, unit, ours, peer, peer's name.
pub fn figure(name: &str, unit: &str, ours: f64, peers: &[(&str, f64)]) {
    let Some(path) = std::env::var_os("BENCH_ROWS") else { return };
    let beside = peers.iter().map(|(peer, figure)| format!("{name}\t{unit}\t{ours}\t{figure}\t{peer}\n"));
    let alone = peers.is_empty().then(|| format!("{name}\t{unit}\t{ours}\t\t\n"));
    let lines: String = beside.chain(alone).collect();
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    if let Err(error) = file.and_then(|mut file| file.write_all(lines.as_bytes())) {
        eprintln!("figures are not written down: {error}");
    }
}
