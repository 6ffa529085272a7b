//! Signal review, attacked: what brings nothing must not be kept, what alone decides must be, and twins must point at each other.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use apropos::hash::{mix, unit};
use apropos::learn::bins::{Binning, Feature};
use apropos::learn::boost::{Data, Pace};
use apropos::learn::fit::Pairs;
use apropos::learn::frame::{Column, Values};
use apropos::measure::review::{Doubt, Review, Settings, Verdict, review};
use std::fs;
use std::path::Path;
use std::process::Command;

const ROWS: u64 = 600;
/// How many tables are drawn, and how many of them may keep noise by chance: of 20 at a rate of 5 % one is expected at most.
const SEEDS: u64 = 20;
const BY_CHANCE: usize = 1;

fn draw(seed: u64, column: u64, row: u64) -> f64 {
    unit(mix(mix(mix(seed) ^ column) ^ row))
}

/// A column of these values.
fn feature(name: &str, value: impl Fn(u64) -> f64) -> Feature {
    let numbers = (0..ROWS).map(value).collect();
    Feature::of(
        &Column { name: name.into(), values: Values::Numbers(numbers) },
        Binning { most: 16, rare: 20 },
    )
}

/// Reviews features against an outcome of these log-odds.
fn reviewed(seed: u64, features: &[Feature], odds: impl Fn(u64) -> f64) -> Review {
    let labels: Vec<bool> =
        (0..ROWS).map(|row| draw(seed, 99, row) < 1.0 / (1.0 + (-odds(row)).exp())).collect();
    let folds: Vec<u64> = (0..ROWS).map(|row| row % 5).collect();
    let trends = vec![None; features.len()];
    let pace = Pace { rate: 0.1, rounds: 300, patience: 20, ..Settings::default().pace };
    let settings = Settings { seed, pace, pairs: Pairs::Most(1), ..Settings::default() };
    review(Data { features, trends: &trends, labels: &labels }, &folds, &settings, &|_| ())
}

fn verdict<'a>(review: &'a Review, name: &str) -> &'a Verdict {
    &review.signals.iter().find(|signal| signal.signal == name).unwrap().verdict
}

#[test]
fn noise_is_not_kept_and_what_decides_is() {
    let mut kept = 0;
    for seed in 0..SEEDS {
        let x = |row| draw(seed, 1, row) * 8.0 - 4.0;
        let y = |row| draw(seed, 2, row) * 5.0 - 2.5;
        let noise = feature("noise", |row| draw(seed, 3, row));
        let found = reviewed(seed, &[feature("x", x), feature("y", y), noise], |row| x(row) + y(row));
        assert_eq!(*verdict(&found, "x"), Verdict::Keep, "{found:?}");
        assert_eq!(*verdict(&found, "y"), Verdict::Keep, "{found:?}");
        kept += usize::from(*verdict(&found, "noise") == Verdict::Keep);
    }
    assert!(kept <= BY_CHANCE, "noise was kept in {kept} of {SEEDS}");
}

#[test]
fn where_there_is_only_noise_nothing_is_kept() {
    let mut kept = 0;
    for seed in 100..100 + SEEDS {
        let noise: Vec<Feature> =
            (0..3).map(|i| feature(&format!("noise{i}"), |row| draw(seed, i, row))).collect();
        let found = reviewed(seed, &noise, |_| -0.5);
        kept += usize::from(found.signals.iter().any(|signal| signal.verdict == Verdict::Keep));
    }
    assert!(kept <= BY_CHANCE, "noise was kept in {kept} of {SEEDS}");
}

#[test]
fn twins_are_watched_and_name_each_other() {
    for seed in 0..12 {
        let x = |row| draw(seed, 1, row) * 6.0 - 3.0;
        let y = |row| draw(seed, 2, row) * 5.0 - 2.5;
        let features = [feature("x", x), feature("x again", x), feature("y", y)];
        let found = reviewed(seed, &features, |row| x(row) + y(row));
        for (name, other) in [("x", "x again"), ("x again", "x")] {
            match verdict(&found, name) {
                Verdict::Watch { because: Doubt::StandIn { signal, correlation } } => {
                    assert!(signal == other && *correlation > 0.9, "{found:?}");
                }
                verdict => panic!("{name}: {verdict:?} in {found:#?}"),
            }
        }
        assert_eq!(*verdict(&found, "y"), Verdict::Keep, "{found:?}");
    }
}

#[test]
fn what_alone_decides_is_kept_and_what_is_lost_is_all() {
    let x = |row| if draw(1, 1, row) < 0.4 { 4.0 } else { -4.0 };
    let found = reviewed(1, &[feature("x", x)], x);
    assert_eq!(*verdict(&found, "x"), Verdict::Keep);
    let lost = found.signals[0].without;
    assert!((lost.log_loss.value - found.explained).abs() < 0.02, "{found:?}");
    assert!(lost.auc.value > 0.4 && lost.auc.low > 0.3, "{found:?}");
    assert!(found.signals[0].shuffled.log_loss.low > 0.5, "{found:?}");
}

#[test]
fn any_number_of_threads_finds_the_same_and_another_seed_does_not() {
    let x = |row| draw(1, 1, row) * 4.0 - 2.0;
    let features = [feature("cart_value", x), feature("noise", |row| draw(1, 2, row))];
    let labels: Vec<bool> = (0..ROWS).map(|row| draw(1, 9, row) < 1.0 / (1.0 + (-x(row)).exp())).collect();
    let folds: Vec<u64> = (0..ROWS).map(|row| row % 2).collect();
    let data = Data { features: &features, trends: &[None, None], labels: &labels };
    let with = |seed, threads| {
        let settings = Settings { seed, threads, repeats: 2, ..Settings::default() };
        review(data, &folds, &settings, &|done| assert!((0.0..=1.0).contains(&done)))
    };
    assert_eq!(with(1, 1), with(1, 4));
    assert_ne!(with(1, 4), with(2, 4));
    let asks = with(1, 2).signals.iter().find(|signal| signal.signal == "cart_value").unwrap().asks.unwrap();
    assert_eq!(asks.consent, Some("personalization"), "{asks:?}");
}

#[test]
fn the_command_prints_a_table_and_writes_json() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("review");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let mut csv =
        "row,pages,\"a very long name, with \x1b[31mred, that no table has room for\",region,bought\n"
            .to_owned();
    for row in 0..300 {
        let pages = (draw(5, 1, row) * 20.0) as u32;
        let bought = draw(5, 2, row) < 1.0 / (1.0 + (3.0 - f64::from(pages) / 3.0).exp());
        let (noise, region) = (draw(5, 3, row), 1 + (draw(5, 4, row) * 4.0) as u32);
        csv += &format!("{row},{pages},{noise:.2},{region},{bought}\n");
    }
    fs::write(folder.join("visits.csv"), csv).unwrap();
    let run = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_apropos")).current_dir(&folder).args(args).output().unwrap()
    };
    let done = run(&[
        "review",
        "--data",
        "visits.csv",
        "--label",
        "bought",
        "--folds",
        "3",
        "--repeats",
        "1",
        "--out",
        "review.json",
    ]);
    let (out, err) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
    assert!(done.status.success(), "{err}");
    assert!(out.contains("\npages                     keep "), "{out}");
    assert!(out.contains("1 to keep"), "{out}");
    assert!(!out.contains('\x1b'), "{out}");
    for line in out.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.join("review.json")).unwrap()).unwrap();
    assert_eq!((&json["rows"], &json["signals"][0]["signal"]), (&300.into(), &"pages".into()));
    assert_eq!(json["signals"][0]["verdict"], "keep");
    assert!(json["signals"][0]["without"]["log_loss"]["low"].as_f64().unwrap() > 0.0, "{json}");
    let wrong = run(&["review", "--data", "visits.csv", "--label", "bougt"]);
    let err = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err.contains("has no column \"bougt\"; did you mean \"bought\"?"), "{err}");
}
