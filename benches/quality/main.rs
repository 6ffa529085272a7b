//! How good what is learned is, beside what others reach on the same rows: `cargo bench --bench quality -- [shoppers|hillstrom|starbucks] [--data FOLDER]`.
//!
//! Of the data sets only the part of Online Shoppers that models are trained on is in the repository; the authors of the others state no licence. Each program says which files it
//! looks for.

mod hillstrom;
mod online;
mod shoppers;
mod starbucks;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where the files are looked for when nothing is said, and then what the repository carries.
const FOLDERS: [&str; 2] = ["../shared/data", "data/online-shoppers"];

/// A program: its name, what it runs, and the files it reads.
type Program = (&'static str, fn(&[PathBuf]) -> Result<(), String>, &'static [&'static str]);

const PROGRAMS: [Program; 3] = [
    ("shoppers", shoppers::run, &["shoppers_train.csv.gz", "shoppers_public.csv.gz"]),
    ("hillstrom", hillstrom::run, &["hillstrom_train.csv.gz"]),
    ("starbucks", starbucks::run, &["starbucks_train.csv.gz"]),
];

fn main() -> ExitCode {
    let mut folder = PathBuf::from(FOLDERS[0]);
    let mut names = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--data" => folder = arguments.next().map_or(folder, PathBuf::from),
            // cargo adds it
            "--bench" => {}
            _ => names.push(argument),
        }
    }
    if let Some(unknown) = names.iter().find(|name| PROGRAMS.iter().all(|program| program.0 != **name)) {
        let known: Vec<_> = PROGRAMS.iter().map(|program| program.0).collect();
        eprintln!("there is no data set {unknown:?} here; there are {}", known.join(", "));
        return ExitCode::from(2);
    }
    let mut code = ExitCode::SUCCESS;
    for (_, run, files) in PROGRAMS.iter().filter(|p| names.is_empty() || names.iter().any(|n| n == p.0)) {
        let there = |file: &&str| {
            let paths = [folder.join(file), Path::new(FOLDERS[1]).join(file)];
            paths.iter().find(|path| path.exists()).unwrap_or(&paths[0]).clone()
        };
        let paths: Vec<_> = files.iter().map(there).collect();
        if let Err(problem) = run(&paths) {
            eprintln!("{problem}");
            code = ExitCode::from(2);
        }
    }
    code
}
