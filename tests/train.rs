//! Training and scoring through the built command line.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use apropos::hash::{mix, unit};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Visits: the more pages the likelier a purchase; `paid` is known only afterwards.
fn visits(from: u64, to: u64, label: bool) -> String {
    let mut csv = format!("row,pages,device,region,paid{}\n", if label { ",bought" } else { "" });
    for row in from..to {
        let draw = |k: u64| unit(mix(mix(k) ^ row));
        let pages = (draw(1) * 20.0) as u32;
        let device = if draw(2) < 0.5 { "phone" } else { "desktop" };
        let region = 1 + (draw(3) * 4.0) as u32;
        let odds = f64::from(pages) / 4.0 - 3.0 + if device == "phone" { -1.0 } else { 0.5 };
        let bought = draw(4) < 1.0 / (1.0 + (-odds).exp());
        let paid = if bought { format!("{:.2}", 5.0 + 20.0 * draw(5)) } else { "0".into() };
        let label = if label { format!(",{bought}") } else { String::new() };
        csv += &format!("{row},{pages},{device},{region},{paid}{label}\n");
    }
    csv
}

fn folder(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("train-{test}"));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    fs::write(path.join("visits.csv"), visits(0, 900, true)).unwrap();
    fs::write(path.join("later.csv"), visits(900, 1200, false)).unwrap();
    path
}

fn run(folder: &Path, command: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_apropos")).current_dir(folder).args(command.split(' ')).output().unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_model_is_trained_and_scores_what_it_has_not_seen() {
    let folder = folder("scores");
    let trained = run(&folder, "train --data visits.csv --label bought --drop paid --out model.json");
    assert!(trained.status.success(), "{}", err(&trained));
    assert!(err(&trained).contains("5 folds"), "{}", err(&trained));
    let again = run(&folder, "train --data visits.csv --label bought --drop paid --out model.json2");
    assert!(again.status.success());
    let [one, other] =
        ["model.json", "model.json2"].map(|name| fs::read_to_string(folder.join(name)).unwrap());
    assert_eq!(one, other, "the same data and seed give the same file");
    let scored = run(&folder, "score --model model.json --data later.csv --out scores.csv");
    assert!(scored.status.success(), "{}", err(&scored));
    let scores = fs::read_to_string(folder.join("scores.csv")).unwrap();
    let mut lines = scores.lines();
    assert_eq!(lines.next(), Some("row,prob"));
    let rows: Vec<(u64, f64)> = lines
        .map(|line| line.split_once(',').map(|(row, p)| (row.parse().unwrap(), p.parse().unwrap())).unwrap())
        .collect();
    assert_eq!(rows.iter().map(|(row, _)| *row).collect::<Vec<_>>(), (900..1200).collect::<Vec<_>>());
    let mean = |pages: std::ops::Range<u32>| {
        let of = |row: u64| pages.contains(&((unit(mix(mix(1) ^ row)) * 20.0) as u32));
        let some: Vec<f64> = rows.iter().filter(|(row, _)| of(*row)).map(|(_, p)| *p).collect();
        some.iter().sum::<f64>() / some.len() as f64
    };
    assert!(mean(16..20) > 0.6 && mean(0..4) < 0.2, "{} {}", mean(16..20), mean(0..4));
}

#[test]
fn what_is_known_only_afterwards_is_refused_by_name() {
    let folder = folder("leaks");
    let refused = run(&folder, "train --data visits.csv --label bought --out model.json");
    assert_eq!(refused.status.code(), Some(2));
    let told = err(&refused);
    assert!(
        told.contains("column \"paid\" alone tells \"bought\"") && told.contains("--drop paid"),
        "{told}"
    );
    assert!(!folder.join("model.json").exists());
    let allowed = run(&folder, "train --data visits.csv --label bought --allow paid --out model.json");
    assert!(allowed.status.success(), "{}", err(&allowed));
}

#[test]
fn wrong_columns_are_named_with_the_nearest() {
    let folder = folder("columns");
    let wrong = run(&folder, "train --data visits.csv --label bougt --out model.json");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err(&wrong).contains("has no column \"bougt\"; did you mean \"bought\"?"), "{}", err(&wrong));
    let wrong = run(&folder, "train --data visits.csv --label pages --out model.json");
    assert!(err(&wrong).contains("says neither yes nor no"), "{}", err(&wrong));
    assert!(
        run(&folder, "train --data visits.csv --label bought --only pages,device --out m.json")
            .status
            .success()
    );
    fs::write(folder.join("other.csv"), "row,pagse\n1,2\n").unwrap();
    let wrong = run(&folder, "score --model m.json --data other.csv");
    assert_eq!(wrong.status.code(), Some(2));
    let told = err(&wrong);
    assert!(told.contains("\"pages\" (did you mean \"pagse\"?)") && told.contains("\"device\""), "{told}");
    let wrong =
        run(&folder, "train --data visits.csv --label bought --monotone device=up --drop paid --out m.json");
    assert!(err(&wrong).contains("the column holds names"), "{}", err(&wrong));
}

#[test]
fn a_model_of_a_table_is_none_for_decisions() {
    let folder = folder("reads");
    assert!(
        run(&folder, "train --data visits.csv --label bought --drop paid --out model.json").status.success()
    );
    let text = fs::read_to_string(folder.join("model.json")).unwrap();
    let refused = apropos::intent::Model::parse(&text).unwrap_err().to_string();
    assert!(refused.contains("reads the columns of a table"), "{refused}");
}
