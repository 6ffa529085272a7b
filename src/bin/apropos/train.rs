//! `apropos train`: a model from a table of what happened.

use crate::Verdict;
use crate::frame;
use crate::input::suggestion;
use crate::output::Output;
use crate::report;
use crate::report_page::{self, Story};
use crate::text::{DIM, HEAD, count, examples, grouped, padded, paint};
use anyhow::{Context, Result, bail};
use apropos::intent::model::file::{File, Reads};
use apropos::learn::bins::{self, Binning, Feature};
use apropos::learn::fit::{Pairs, Settings};
use apropos::learn::frame::{Column, Frame, Values};
use apropos::learn::leaks;
use apropos::learn::lesson::{Lesson, Trained};
use apropos::learn::quality::{self, Interval, Measured};
use apropos::learn::table::{MAX_COLUMNS, TableModel};
use apropos::learn::tree::Trend;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Train a model on a table of what happened
///
/// The model is additive: a weight for every bin of every column and for a few pairs of columns, all of which stand in the file. Its figures come from rows that
/// the fit hasn't seen (cross-validation). The same data and seed give the same file on every machine.
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("Who buys?", "apropos train --data sessions.csv.gz --label Revenue --out model.json"),
    ("The same, and a page on what every column says", "apropos train --data sessions.csv.gz --label Revenue --out model.json --report model.html"),
    ("Without a column, and with one that may only rise", "apropos train --data sessions.csv --label bought --drop PageValues --monotone visits=up --out model.json"),
]))]
pub struct Args {
    /// The table: CSV with a header; gzip is fine; - is standard input. A column `row` is only a name
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// The column that says what happened: TRUE and FALSE, yes and no, or 1 and 0
    #[arg(long, value_name = "COLUMN")]
    label: String,
    /// Where the model goes
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Columns to leave out
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    drop: Vec<String>,
    /// The only columns to learn from
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', conflicts_with = "drop")]
    only: Vec<String>,
    /// Columns to keep although each tells the label almost by itself
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    allow: Vec<String>,
    /// Columns whose numbers are names, as of regions; columns of few whole numbers from 1 on are taken so by themselves
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    names: Vec<String>,
    /// Columns whose numbers are numbers, although they look like names
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    numbers: Vec<String>,
    /// Columns that may only raise the probability, or only lower it: COLUMN=up or COLUMN=down
    #[arg(long, value_name = "COLUMN=WAY", value_delimiter = ',', value_parser = trend)]
    monotone: Vec<(String, Trend)>,
    /// What the head is called; as the label when left out
    #[arg(long, value_name = "NAME")]
    head: Option<String>,
    /// How many pairs of columns: a number, or auto
    #[arg(long, value_name = "N", default_value = "auto", value_parser = pairs)]
    pairs: Pairs,
    /// Settles every draw
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many folds judge the model
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(2..=20))]
    folds: u64,
    /// A table that wasn't trained on, to measure the model on as well
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    /// A page that shows how good the model is and what every column says
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

fn trend(text: &str) -> Result<(String, Trend), &'static str> {
    match text.rsplit_once('=') {
        Some((column, "up")) => Ok((column.to_owned(), Trend::Up)),
        Some((column, "down")) => Ok((column.to_owned(), Trend::Down)),
        _ => Err("not COLUMN=up or COLUMN=down"),
    }
}

fn pairs(text: &str) -> Result<Pairs, &'static str> {
    match text {
        "auto" => Ok(Pairs::Auto),
        number => number.parse().map(Pairs::Most).map_err(|_| "not a number, nor auto"),
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let frame = frame::read(&args.data)?;
    let lesson = lesson(args, frame.clone())?;
    refuse_leaks(args, &lesson)?;
    let settings = Settings { seed: args.seed, folds: args.folds, pairs: args.pairs, ..Settings::default() };
    let trained = trained(&lesson, &settings);
    let measured = quality::measured(&trained.unseen, &lesson.labels, args.seed);
    let name = args.head.clone().unwrap_or_else(|| args.label.clone());
    let calibration = trained.head.calibration.clone();
    let file = File {
        format: 1,
        name: stem(&args.out),
        trained_on: format!("{}, {}", file_name(&args.data), count(lesson.labels.len(), "row")),
        reads: Reads::Table,
        rhythm: None,
        heads: BTreeMap::from([(name, trained.head)]),
    };
    let mut out = Output::to(Some(&args.out))?;
    out.write_all(file.to_text().as_bytes())?;
    out.finish()?;
    let yes = lesson.labels.iter().filter(|label| **label).count();
    let rows = count(lesson.labels.len(), "row");
    report::say(format_args!(
        "{rows}, {} of them {}; {}",
        grouped(yes),
        args.label,
        count(lesson.features.len(), "column")
    ));
    let mut lines = vec![(format!("{} folds", args.folds), measured)];
    if let Some(path) = &args.test {
        lines.push((file_name(path), tested(&file, path, args)?));
    }
    tell(&lines);
    if let Some(path) = &args.report {
        let story = Story {
            name: &file.name,
            trained_on: &file.trained_on,
            outcome: &args.label,
            features: &lesson.features,
            labels: &lesson.labels,
            frame: &frame,
            judged: &trained.judged,
            calibration: &calibration,
            unseen: &trained.unseen,
            measured: &measured,
        };
        report_page::write(path, &story)?;
    }
    Ok(Verdict::Sound)
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

/// The columns to learn from and the label, or what is wrong with the request.
fn lesson(args: &Args, frame: Frame) -> Result<Lesson> {
    let known = frame.columns.iter().map(|column| column.name.as_str());
    let trended = args.monotone.iter().map(|(name, _)| name);
    let named = args.drop.iter().chain(&args.only).chain(&args.allow).chain(&args.names).chain(&args.numbers);
    for name in named.chain(trended).chain([&args.label]) {
        if frame.column(name).is_none() {
            bail!("{} has no column {name:?}; {}", args.data.display(), suggestion(name, known.clone()));
        }
    }
    let labels = frame.column(&args.label).map(Column::answers).context("no label")?.map_err(|row| {
        anyhow::anyhow!(
            "{}: row {} of column {:?} says neither yes nor no",
            args.data.display(),
            row + 1,
            args.label
        )
    })?;
    let yes = labels.iter().filter(|label| **label).count();
    if yes < 10 || labels.len() - yes < 10 {
        bail!(
            "{:?} is true in {} of {}: learning takes at least 10 of each kind",
            args.label,
            yes,
            count(labels.len(), "row")
        );
    }
    let used = |name: &String| {
        *name != args.label
            && name != "row"
            && !args.drop.contains(name)
            && (args.only.is_empty() || args.only.contains(name))
    };
    let mut lesson = Lesson { labels, ..Lesson::default() };
    for column in frame.columns.into_iter().filter(|column| used(&column.name)) {
        let trend = args.monotone.iter().find(|(name, _)| *name == column.name).map(|(_, trend)| *trend);
        let column = if by_name(args, &column, trend) { bins::as_names(&column) } else { column };
        let feature = Feature::of(&column, Binning::default());
        if trend.is_some() && !feature.ordered {
            bail!("--monotone {}: the column holds names, which don't rise or fall", feature.name);
        }
        lesson.add(feature, trend);
    }
    let columns = lesson.features.len();
    if columns == 0 || columns > MAX_COLUMNS {
        bail!(
            "{}: a model takes 1 to {MAX_COLUMNS} columns that vary; there are {columns}",
            args.data.display()
        );
    }
    Ok(lesson)
}

/// Whether the numbers of a column are taken for names.
fn by_name(args: &Args, column: &Column, trend: Option<Trend>) -> bool {
    let looks = matches!(&column.values, Values::Numbers(numbers) if bins::are_codes(numbers));
    args.names.contains(&column.name) || (looks && trend.is_none() && !args.numbers.contains(&column.name))
}

fn refuse_leaks(args: &Args, lesson: &Lesson) -> Result<()> {
    let found = leaks::found(&lesson.features, &lesson.labels);
    match found.iter().find(|(name, _)| !args.allow.iter().any(|allowed| allowed == name)) {
        Some((name, auc)) => bail!(
            "column {name:?} alone tells {:?} (AUC {auc:.3}), as only something known afterwards does: leave it out with --drop {name}, or keep it with --allow {name}",
            args.label
        ),
        None => Ok(()),
    }
}

/// Trains, telling a person who watches how far it has come.
fn trained(lesson: &Lesson, settings: &Settings) -> Trained {
    let shown = AtomicUsize::new(0);
    let trained = lesson.train(settings, &|done| {
        let percent = (done * 100.0) as usize;
        if shown.fetch_max(percent, Ordering::Relaxed) < percent {
            let bar: String = (0..25).map(|i| if i * 4 < percent { '█' } else { '░' }).collect();
            report::progress(&format!("training {bar} {percent} %"));
        }
    });
    report::clear_progress();
    trained
}

/// The figures on another table.
fn tested(file: &File, path: &Path, args: &Args) -> Result<Measured> {
    let frame = frame::read(path)?;
    let model = TableModel::of(file)?;
    let probabilities = model.score(&frame).map_err(|missing| {
        anyhow::anyhow!("{} lacks columns that the model reads: {}", path.display(), missing.join(", "))
    })?;
    let label = frame
        .column(&args.label)
        .with_context(|| format!("{} has no column {:?}", path.display(), args.label))?;
    let labels = label.answers().map_err(|row| {
        anyhow::anyhow!(
            "{}: row {} of column {:?} says neither yes nor no",
            path.display(),
            row + 1,
            args.label
        )
    })?;
    Ok(quality::measured(&probabilities, &labels, args.seed))
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
