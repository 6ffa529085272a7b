//! `apropos train`: a model from a table of what happened, or from event logs.

use crate::Verdict;
use crate::frame;
use crate::input::Input;
use crate::lessons::{self, Asked, Source, file_name};
use crate::output::Output;
use crate::report;
use crate::report_page::{self, Story};
use crate::text::{DIM, HEAD, count, examples, grouped, padded, paint};
use crate::wiring::Wiring;
use anyhow::{Context, Result, bail};
use apropos::intent::model::file::{File, Reads};
use apropos::intent::{Head, Model};
use apropos::learn::fit::{Pairs, Settings};
use apropos::learn::graft::{Taught, graft};
use apropos::learn::lesson::{Lesson, Trained};
use apropos::learn::quality::{self, Interval, Measured};
use apropos::learn::table::TableModel;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Train a model on a table of what happened, or on event logs
///
/// The model is additive: a weight for every bin of every column and for a few pairs of columns, all of which stand in the file. Its figures come from rows that
/// neither the fit nor the calibration that they are judged by has seen (cross-validation). The same data and seed give the same file on every machine.
///
/// A model of a table's columns scores such tables (`apropos score`). With --mapping it reads the signals that decisions read: a JSON document says which columns tell which
/// signal, {"signals": {"session_minutes": {"columns": ["Seconds"], "scale": 0.0167}, "weekend": {"columns": ["Weekend"], "map": {"TRUE": "true", "FALSE": "false"}}}}. Columns of a
/// number are added up and multiplied by `scale`; `map` names the values of a name or flag. With --base what was taught takes its place in a model that decides: weights
/// of the mapped signals are replaced, all others and the base rate stay.
///
/// With --events rows come from logs: the Worker's own, or events of the Segment spec. A row is what was known of somebody when a message reached them, by nothing that happened later; its
/// label is whether they then did what --head asks (click, convert, unsubscribe, complain) within --window. Messages whose window hasn't closed at the end of the log are left out, and so is
/// whoever didn't allow measurement. With --base the taught head, its base rate included, takes its place; weights of signals that never varied in the log stay the base's.
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("Who buys?", "apropos train --data sessions.csv.gz --label Revenue --out model.json"),
    ("The same, and a page on what every column says", "apropos train --data sessions.csv.gz --label Revenue --out model.json --report model.html"),
    ("Without a column, and with one that may only rise", "apropos train --data sessions.csv --label bought --drop PageValues --monotone visits=up --out model.json"),
    ("The starter model that is shipped, byte for byte", "apropos train --data data/online-shoppers/shoppers_train.csv.gz --label Revenue --mapping data/online-shoppers/signals.json --base data/priors.json --head convert --pairs 0 --out src/intent/starter.json"),
    ("From your own logs: who clicks?", "apropos train --events events/ --head click --window 3d --base src/intent/starter.json --out model.json"),
]))]
pub struct Args {
    #[command(flatten)]
    asked: Asked,
    /// Where the model goes
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The model in which the taught head takes its place
    #[arg(long, value_name = "FILE", requires = "head")]
    base: Option<PathBuf>,
    /// How many pairs of columns: a number, or auto (as many as columns)
    #[arg(long, value_name = "N", default_value = "auto", value_parser = pairs)]
    pairs: Pairs,
    /// Settles every draw
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many folds judge the model
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(2..=20))]
    folds: u64,
    /// A table that wasn't trained on, to measure the model on as well
    #[arg(long, value_name = "FILE", conflicts_with = "events")]
    test: Option<PathBuf>,
    /// A page that shows how good the model is and what every column says
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

fn pairs(text: &str) -> Result<Pairs, &'static str> {
    match text {
        "auto" => Ok(Pairs::Auto),
        number => number.parse().map(Pairs::Most).map_err(|_| "not a number, nor auto"),
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let base = args.base.as_deref().map(base).transpose()?;
    let source = lessons::source(&args.asked)?;
    lessons::refuse_leaks(&args.asked, &source)?;
    let Source { lesson, label, from, head, rows: whose, frame, sound } = source;
    if base.is_some() && head.is_none() {
        bail!("--base takes a head that reads signals: say with --mapping which columns tell which");
    }
    let settings = Settings { seed: args.seed, folds: args.folds, pairs: args.pairs, ..Settings::default() };
    let trained = trained(&lesson, &settings);
    let measured = quality::measured(&trained.unseen, &lesson.labels, args.seed);
    let name = head.map(Head::name).or(args.asked.head.as_deref()).unwrap_or(&label);
    let alone = File {
        format: 1,
        name: stem(&args.out),
        trained_on: from.clone(),
        reads: if head.is_some() { Reads::Signals } else { Reads::Table },
        rhythm: None,
        heads: BTreeMap::from([(name.to_owned(), trained.head.clone())]),
    };
    let file = match base {
        None => alone.clone(),
        Some(base) => {
            let signals = lesson.features.iter().map(|feature| feature.name.clone()).collect();
            let taught = Taught { head: trained.head, signals, rows: whose, from };
            File { name: alone.name.clone(), ..graft(base, name, taught) }
        }
    };
    let mut out = Output::to(Some(&args.out))?;
    out.write_all(file.to_text().as_bytes())?;
    out.finish()?;
    let yes = lesson.labels.iter().filter(|label| **label).count();
    let rows = count(lesson.labels.len(), "row");
    let noun = if head.is_some() { "signal" } else { "column" };
    report::say(format_args!(
        "{rows}, {} of them {label}; {}",
        grouped(yes),
        count(lesson.features.len(), noun)
    ));
    let mut lines = vec![(format!("{} folds", args.folds), measured)];
    if let Some(path) = &args.test {
        lines.push((file_name(path), tested(&alone, path, &label, args)?));
    }
    tell(&lines);
    if let Some(path) = &args.report {
        let story = Story {
            name: &alone.name,
            trained_on: &alone.trained_on,
            outcome: &label,
            features: &lesson.features,
            labels: &lesson.labels,
            frame: &frame,
            judged: &trained.judged,
            calibration: alone.heads.values().next().map_or(&[], |head| &head.calibration),
            unseen: &trained.unseen,
            measured: &measured,
        };
        report_page::write(path, &story)?;
    }
    Ok(Verdict::of(sound))
}

/// A model that decides, to put a head into.
fn base(path: &Path) -> Result<File> {
    let input = Input::open(path)?;
    let name = input.name.clone();
    let text = input.text()?;
    Model::parse(&text).map_err(|problems| anyhow::anyhow!("{name} is no model that decides: {problems}"))?;
    serde_json::from_str(&text).with_context(|| format!("{name} is no model"))
}

fn tell(lines: &[(String, Measured)]) {
    let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default().max(12);
    let titles = ["AUC", "average precision", "log loss", "calibration error"];
    let titles: String = titles.iter().map(|title| padded(title, 26)).collect();
    report::say(paint(HEAD, format_args!("{} {titles}", padded("measured on", width))));
    for (name, m) in lines {
        let figures: String = [m.auc, m.ap, m.log_loss, m.ece].iter().map(told).collect();
        report::say(format_args!("{} {figures}", padded(name, width)));
    }
}

fn told(Interval { value, low, high }: &Interval) -> String {
    format!("{value:.4} {}", paint(DIM, padded(&format!("[{low:.4}, {high:.4}]"), 19)))
}

/// Trains, telling a person who watches how far it has come.
fn trained(lesson: &Lesson, settings: &Settings) -> Trained {
    let trained = lesson.train(settings, &report::bar("training"));
    report::clear_progress();
    trained
}

/// The figures on another table.
fn tested(file: &File, path: &Path, label: &str, args: &Args) -> Result<Measured> {
    let frame = frame::read(path)?;
    let labels = lessons::labels(&frame, label, path)?;
    let frame = match &args.asked.mapping {
        None => frame,
        Some(mapping) => Wiring::read(mapping)?.signals(&frame, label)?,
    };
    let probabilities = TableModel::of(file)?.score(&frame).map_err(|missing| {
        anyhow::anyhow!("{} lacks columns that the model reads: {}", path.display(), missing.join(", "))
    })?;
    Ok(quality::measured(&probabilities, &labels, args.seed))
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}
