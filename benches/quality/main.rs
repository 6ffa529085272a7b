//! How good what is learned is, beside what others reach on the same rows: `cargo bench --bench quality -- --data FOLDER`.

mod shoppers;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).skip_while(|argument| argument != "--data");
    let folder = arguments.nth(1).map_or_else(|| PathBuf::from(shoppers::FOLDER), PathBuf::from);
    match shoppers::run(&[folder.join("shoppers_train.csv.gz"), folder.join("shoppers_public.csv.gz")]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}
