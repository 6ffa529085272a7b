//! How good what is learnt is, beside what others reach on the same rows: `cargo bench --bench quality -- [hillstrom|starbucks] [--data FOLDER] [FILE…]`.
//!
//! The data sets are not part of the repository: their authors state no licence. Each program says which files it looks for.

mod hillstrom;
mod online;
mod starbucks;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

/// Where the files are looked for when nothing is said.
const FOLDER: &str = "../shared/data";

fn main() -> ExitCode {
    let mut folder = PathBuf::from(FOLDER);
    let (mut names, mut files) = (Vec::new(), Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--data" => folder = arguments.next().map_or(folder, PathBuf::from),
            // cargo adds it
            "--bench" => {}
            "hillstrom" | "starbucks" => names.push(argument),
            _ => files.push(PathBuf::from(argument)),
        }
    }
    let all = names.is_empty();
    let ran = [
        ("hillstrom", hillstrom::run as fn(&[PathBuf]) -> Result<(), String>, "hillstrom_train.csv.gz"),
        ("starbucks", starbucks::run, "starbucks_train.csv.gz"),
    ]
    .into_iter()
    .filter(|(name, ..)| all || names.iter().any(|n| n == name))
    .map(|(_, run, file)| if files.is_empty() { run(&[folder.join(file)]) } else { run(&files) });
    let mut code = ExitCode::SUCCESS;
    for result in ran {
        if let Err(problem) = result {
            eprintln!("{problem}");
            code = ExitCode::from(2);
        }
    }
    code
}
