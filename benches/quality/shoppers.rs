//! Online Shoppers: the probability of a purchase, beside boosted trees and linear models on the same split, and the time to score a session.

use crate::table;
use apropos::intent::Value;
use apropos::intent::model::file::{File, Reads};
use apropos::learn::bins::{self, Binning, Feature};
use apropos::learn::fit::Settings;
use apropos::learn::frame::{Column, Frame, Values};
use apropos::learn::lesson::Lesson;
use apropos::learn::quality::{Interval, Measured, measured};
use apropos::learn::table::TableModel;
use flate2::read::MultiGzDecoder;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

const LABEL: &str = "Revenue";
const CONTEXT: [&str; 8] =
    ["Month", "OperatingSystems", "Browser", "Region", "TrafficType", "VisitorType", "Weekend", "SpecialDay"];

/// What others reach on the public part, measured in November 2026 with fixed seeds: AUC, average precision, log loss, calibration error.
type Peer = (&'static str, [Option<f64>; 4]);

/// A question: its name, the columns it may use, and its peers.
type Question = (&'static str, fn(&str) -> bool, &'static [Peer]);

const QUESTIONS: [Question; 3] = [
    (
        "all columns",
        |_| true,
        &[
            ("LightGBM, set by hand", [Some(0.9399), Some(0.7683), Some(0.2161), Some(0.0280)]),
            ("XGBoost, set by hand", [Some(0.9391), Some(0.7685), Some(0.2158), Some(0.0190)]),
            ("VW quadratic", [Some(0.9361), Some(0.7606), Some(0.2189), Some(0.0244)]),
            ("VW linear", [Some(0.9177), Some(0.7112), Some(0.2414), Some(0.0156)]),
        ],
    ),
    (
        "without PageValues",
        |column| column != "PageValues",
        &[
            ("XGBoost, set by hand", [Some(0.8039), Some(0.3903), Some(0.3467), Some(0.0183)]),
            ("LightGBM, set by hand", [Some(0.8035), Some(0.4041), Some(0.3461), Some(0.0194)]),
        ],
    ),
    (
        "context only",
        |column| CONTEXT.contains(&column),
        &[
            ("XGBoost, set by hand", [Some(0.6872), Some(0.2774), Some(0.3985), None]),
            ("logistic regression", [Some(0.6828), Some(0.2588), Some(0.4014), None]),
        ],
    ),
];

/// Trains on the first file and judges on the second; where there is no second, on folds of the first.
pub fn run(files: &[PathBuf]) -> Result<(), String> {
    let [train, rest @ ..] = files else { return Err("which files?".into()) };
    let train = read(train)?;
    let public = rest.first().filter(|path| path.exists()).map(|path| read(path)).transpose()?;
    let judged =
        if public.is_some() { "shoppers_public" } else { "folds of shoppers_train, which the peers weren't" };
    println!("Online Shoppers: probability of a purchase, on {judged}\n");
    println!(
        "{:<20} {:<22} {:<24} {:<24} {:<24} calibration error",
        "columns", "model", "AUC", "average precision", "log loss"
    );
    for (name, used, peers) in QUESTIONS {
        let began = Instant::now();
        let (model, folds) = learn(&train, used)?;
        let took = began.elapsed().as_secs_f64();
        let ours = match &public {
            Some(public) => judge(&model, public)?,
            None => folds,
        };
        let cell = |Interval { value, low, high }: Interval| format!("{value:.4} [{low:.4}, {high:.4}]");
        let [auc, ap, loss, ece] = [ours.auc, ours.ap, ours.log_loss, ours.ece].map(cell);
        println!("{name:<20} {:<22} {auc:<24} {ap:<24} {loss:<24} {ece}", "Apropos");
        for (peer, figures) in peers {
            let [auc, ap, loss, ece] = figures.map(|f| f.map_or_else(String::new, |f| format!("{f:.4}")));
            println!("{:<20} {peer:<22} {auc:<24} {ap:<24} {loss:<24} {ece}", "");
        }
        let figures = ["AUC", "average precision", "log loss", "calibration error"];
        for (i, (figure, ours)) in
            figures.iter().zip([ours.auc, ours.ap, ours.log_loss, ours.ece]).enumerate()
        {
            let peers: Vec<_> = peers.iter().filter_map(|(peer, all)| Some((*peer, all[i]?))).collect();
            table::figure(&format!("Online Shoppers, {name}: {figure}"), "", ours.value, &peers);
        }
        let nanoseconds = time(&model, public.as_ref().unwrap_or(&train));
        table::figure(&format!("Online Shoppers, {name}: scoring a session"), "ns", nanoseconds, &[]);
        println!(
            "{:<20} trained and cross-validated in {took:.1} s; {nanoseconds:.0} ns to score a session\n",
            ""
        );
    }
    Ok(())
}

fn learn(frame: &Frame, used: fn(&str) -> bool) -> Result<(TableModel, Measured), String> {
    let mut lesson = Lesson { labels: labels(frame)?, ..Lesson::default() };
    for column in frame.columns.iter().filter(|c| c.name != LABEL && c.name != "row" && used(&c.name)) {
        let codes = matches!(&column.values, Values::Numbers(numbers) if bins::are_codes(numbers));
        let column = if codes { bins::as_names(column) } else { column.clone() };
        lesson.add(Feature::of(&column, Binning::default()), None);
    }
    let trained = lesson.train(&Settings::default(), &|_| ());
    let folds = measured(&trained.unseen, &lesson.labels, 1);
    let file = File {
        format: 1,
        name: "shoppers".into(),
        trained_on: "Online Shoppers".into(),
        reads: Reads::Table,
        rhythm: None,
        heads: [(LABEL.to_owned(), trained.head)].into(),
    };
    let model = TableModel::parse(&file.to_text()).map_err(|e| e.to_string())?;
    Ok((model, folds))
}

fn judge(model: &TableModel, frame: &Frame) -> Result<Measured, String> {
    let probabilities = model.score(frame).map_err(|missing| format!("no column {}", missing.join(", ")))?;
    Ok(measured(&probabilities, &labels(frame)?, 1))
}

fn labels(frame: &Frame) -> Result<Vec<bool>, String> {
    let column = frame.column(LABEL).ok_or_else(|| format!("no column {LABEL}"))?;
    column.answers().map_err(|row| format!("row {row} of {LABEL} says neither yes nor no"))
}

/// The fastest of 20 runs over all sessions, in nanoseconds per session.
fn time(model: &TableModel, frame: &Frame) -> f64 {
    let columns: Vec<&Column> = model.columns().filter_map(|name| frame.column(name)).collect();
    let rows: Vec<Vec<Value<'_>>> =
        (0..frame.rows()).map(|row| columns.iter().map(|column| column.value(row)).collect()).collect();
    let run = |_| {
        let began = Instant::now();
        rows.iter().for_each(|row| {
            black_box(model.probability(black_box(row)));
        });
        began.elapsed().as_secs_f64() * 1e9 / rows.len().max(1) as f64
    };
    (0..20).map(run).fold(f64::INFINITY, f64::min)
}

fn read(path: &Path) -> Result<Frame, String> {
    let failed = |problem: &dyn std::fmt::Display| format!("{}: {problem}", path.display());
    let file = std::fs::File::open(path).map_err(|e| failed(&e))?;
    let mut csv = csv::Reader::from_reader(MultiGzDecoder::new(file));
    let header = csv.headers().map_err(|e| failed(&e))?.clone();
    let mut cells: Vec<Vec<String>> = vec![Vec::new(); header.len()];
    for record in csv.records() {
        let record = record.map_err(|e| failed(&e))?;
        cells.iter_mut().zip(&record).for_each(|(column, cell)| column.push(cell.to_owned()));
    }
    Ok(Frame { columns: header.iter().zip(&cells).map(|(name, cells)| Column::read(name, cells)).collect() })
}
