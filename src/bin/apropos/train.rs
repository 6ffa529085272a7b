//! `apropos train`: a model from a table of what happened, or from event logs.

use crate::Verdict;
use crate::frame;
use crate::input::{Input, suggestion};
use crate::logs::{self, Log};
use crate::output::Output;
use crate::report;
use crate::report_page::{self, Story};
use crate::text::{DIM, HEAD, count, examples, grouped, padded, paint};
use crate::wiring::Wiring;
use anyhow::{Context, Result, bail};
use apropos::intent::model::file::{File, Reads};
use apropos::intent::{Head, Model, SignalId};
use apropos::learn::bins::{self, Binning, Feature};
use apropos::learn::fit::{Pairs, Settings};
use apropos::learn::frame::{Column, Frame, Values};
use apropos::learn::graft::{Rows, Taught, graft};
use apropos::learn::histories::{self, At, Wish};
use apropos::learn::leaks;
use apropos::learn::lesson::{Lesson, Trained};
use apropos::learn::quality::{self, Interval, Measured};
use apropos::learn::table::{MAX_COLUMNS, TableModel};
use apropos::learn::tree::Trend;
use apropos::time::Span;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

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
    /// The table: CSV with a header; gzip is fine; - is standard input. A column `row` is only a name
    #[arg(long, value_name = "FILE", required_unless_present = "events", requires = "label")]
    data: Option<PathBuf>,
    /// The column that says what happened: TRUE and FALSE, yes and no, or 1 and 0
    #[arg(long, value_name = "COLUMN", requires = "data")]
    label: Option<String>,
    /// Instead of a table: event logs, files or folders of NDJSON; gzip is fine
    #[arg(long, value_name = "PATHS", num_args = 1.., requires = "head", conflicts_with_all = ["data", "mapping", "drop", "only", "names", "numbers", "test"])]
    events: Vec<PathBuf>,
    /// How long after a message an answer counts
    #[arg(long, value_name = "DURATION", default_value = "3d", value_parser = span)]
    window: Span,
    /// Of Segment events: whether each delivery makes a row, or each opening by a person
    #[arg(long, value_name = "delivery|open", default_value = "delivery", value_parser = each)]
    each: At,
    /// Where the model goes
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Which columns tell which signals: learn a model that decisions can read
    #[arg(long, value_name = "FILE", requires = "head")]
    mapping: Option<PathBuf>,
    /// The model in which the taught head takes its place
    #[arg(long, value_name = "FILE", requires = "head")]
    base: Option<PathBuf>,
    /// Columns to leave out
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', conflicts_with = "mapping")]
    drop: Vec<String>,
    /// The only columns to learn from
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', conflicts_with_all = ["drop", "mapping"])]
    only: Vec<String>,
    /// Columns or signals to keep although each tells the label almost by itself
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    allow: Vec<String>,
    /// Columns whose numbers are names, as of regions; columns of few whole numbers from 1 on are taken so by themselves
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', conflicts_with = "mapping")]
    names: Vec<String>,
    /// Columns whose numbers are numbers, although they look like names
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', conflicts_with = "mapping")]
    numbers: Vec<String>,
    /// Columns or signals that may only raise the probability, or only lower it: COLUMN=up or COLUMN=down. For signals the registry says so by itself where it is plain; =free lifts it
    #[arg(long, value_name = "COLUMN=WAY", value_delimiter = ',', value_parser = trend)]
    monotone: Vec<(String, Option<Trend>)>,
    /// What the head is called: as the label when left out; with --mapping or --events one of the questions of a model, such as click or convert
    #[arg(long, value_name = "NAME")]
    head: Option<String>,
    /// How many pairs of columns: a number, or auto (as many as columns)
    #[arg(long, value_name = "N", default_value = "auto", value_parser = pairs)]
    pairs: Pairs,
    /// The most bins of a column, cut where as many rows lie on either side: 64 when left out. A signal is cut where the registry cuts it when left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(2..=250))]
    bins: Option<u8>,
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

fn trend(text: &str) -> Result<(String, Option<Trend>), &'static str> {
    let (column, way) = text.rsplit_once('=').ok_or("not COLUMN=up, COLUMN=down or COLUMN=free")?;
    let trend = match way {
        "up" => Some(Trend::Up),
        "down" => Some(Trend::Down),
        "free" => None,
        _ => return Err("the way is up, down or free"),
    };
    Ok((column.to_owned(), trend))
}

fn pairs(text: &str) -> Result<Pairs, &'static str> {
    match text {
        "auto" => Ok(Pairs::Auto),
        number => number.parse().map(Pairs::Most).map_err(|_| "not a number, nor auto"),
    }
}

fn span(text: &str) -> Result<Span, &'static str> {
    Span::parse(text).filter(|span| span.0 > 0).ok_or("not a duration such as 3d or 48h")
}

fn each(text: &str) -> Result<At, &'static str> {
    match text {
        "delivery" => Ok(At::Delivery),
        "open" => Ok(At::Open),
        _ => Err("it is delivery or open"),
    }
}

/// What there is to learn from.
struct Source {
    lesson: Lesson,
    /// What is foretold.
    label: String,
    /// The rows, in words.
    from: String,
    /// The question, when columns are signals.
    head: Option<Head>,
    /// Whose rows they are.
    rows: Rows,
    /// The columns as they were read, when a page is to show them.
    frame: Option<Frame>,
    /// Whether all that was given could be read.
    sound: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let base = args.base.as_deref().map(base).transpose()?;
    let Source { lesson, label, from, head, rows: whose, frame, sound } = source(args)?;
    if base.is_some() && head.is_none() {
        bail!("--base takes a head that reads signals: say with --mapping which columns tell which");
    }
    refuse_leaks(args, &lesson, &label)?;
    let settings = Settings { seed: args.seed, folds: args.folds, pairs: args.pairs, ..Settings::default() };
    let trained = trained(&lesson, &settings);
    let measured = quality::measured(&trained.unseen, &lesson.labels, args.seed);
    let name = head.map(Head::name).or(args.head.as_deref()).unwrap_or(&label);
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
    let mut lines = vec![(format!("{} folds", args.folds), measured.clone())];
    if let Some(path) = &args.test {
        lines.push((file_name(path), tested(&alone, path, &label, args)?));
    }
    tell(&lines);
    if let (Some(path), Some(frame)) = (&args.report, &frame) {
        let story = Story {
            name: &alone.name,
            trained_on: &alone.trained_on,
            outcome: &label,
            features: &lesson.features,
            labels: &lesson.labels,
            frame,
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

/// What there is to learn from, or what is wrong with the request.
fn source(args: &Args) -> Result<Source> {
    let source = match (&args.data, &args.label) {
        (Some(data), Some(label)) => table(args, data, label)?,
        _ => events(args)?,
    };
    let Source { lesson, label, from, .. } = &source;
    let yes = lesson.labels.iter().filter(|label| **label).count();
    if yes < 10 || lesson.labels.len() - yes < 10 {
        let rows = count(lesson.labels.len(), "row");
        bail!("{label:?} is true in {yes} of {rows}: learning takes at least 10 of each kind");
    }
    let columns = lesson.features.len();
    if columns == 0 || columns > MAX_COLUMNS {
        bail!("{from}: a model takes 1 to {MAX_COLUMNS} columns that vary; there are {columns}");
    }
    Ok(source)
}

/// The rows of a table: its columns, or the signals that they tell.
fn table(args: &Args, data: &Path, label: &str) -> Result<Source> {
    let frame = frame::read(data)?;
    let labels = labels(&frame, label, data)?;
    let from = format!("{}, {}", file_name(data), count(labels.len(), "row"));
    let shown = |frame: &Frame| args.report.is_some().then(|| frame.clone());
    let (frame, lesson, head) = match &args.mapping {
        None => (shown(&frame), columns(args, frame, labels, (label, data))?, None),
        Some(mapping) => {
            let head = head(args)?;
            let signals = Wiring::read(mapping)?.signals(&frame, label)?;
            (shown(&signals), signals_of(args, &signals, labels, head)?, Some(head))
        }
    };
    Ok(Source { lesson, label: label.to_owned(), from, head, rows: Rows::Others, frame, sound: true })
}

/// The rows of event logs.
fn events(args: &Args) -> Result<Source> {
    let head = head(args)?;
    if !histories::answers(head) {
        bail!("a log doesn't tell {}; it tells click, convert, unsubscribe and complain", head.name());
    }
    let Log { lessons, sound, name } =
        logs::read(&args.events, Wish { head, window: args.window, at: args.each })?;
    for (left, why) in [
        (lessons.open, "whose window hasn't closed"),
        (lessons.unmeasured, "of recipients who didn't allow measurement"),
    ] {
        if left > 0 {
            report::note(&format!("{} left out {why}", count(left, "message")));
        }
    }
    let row = lessons.frame.pick(&[0]);
    let mut lesson = signals_of(args, &lessons.frame, lessons.labels, head)?;
    lesson.whose = lessons.whose;
    let from = format!("{name}, {}, within {}", count(lesson.labels.len(), "message"), args.window);
    let frame = args.report.is_some().then_some(lessons.frame);
    let (label, rows) = (head.name().to_owned(), Rows::Own(row));
    Ok(Source { lesson, label, from, head: Some(head), rows, frame, sound })
}

/// The columns of a table as they are.
fn columns(args: &Args, frame: Frame, labels: Vec<bool>, (label, path): (&str, &Path)) -> Result<Lesson> {
    let trended = args.monotone.iter().map(|(name, _)| name);
    let named = args.drop.iter().chain(&args.only).chain(&args.allow).chain(&args.names).chain(&args.numbers);
    for name in named.chain(trended) {
        known(name, &frame, path)?;
    }
    let used = |name: &String| {
        *name != label
            && name != "row"
            && !args.drop.contains(name)
            && (args.only.is_empty() || args.only.contains(name))
    };
    let mut lesson = Lesson { labels, ..Lesson::default() };
    for column in frame.columns.into_iter().filter(|column| used(&column.name)) {
        let trend = asked(args, &column.name).flatten();
        let column = if by_name(args, &column, trend) { bins::as_names(&column) } else { column };
        lesson.add(ordered(Feature::of(&column, binning(args)), trend)?, trend);
    }
    Ok(lesson)
}

/// Signals, with the trends that the registry declares and the request may change.
fn signals_of(args: &Args, frame: &Frame, labels: Vec<bool>, head: Head) -> Result<Lesson> {
    for name in args.monotone.iter().map(|(name, _)| name).chain(&args.allow) {
        if frame.column(name).is_none() {
            let wired = frame.columns.iter().map(|column| column.name.as_str());
            bail!("no signal {name:?} is learned from; {}", suggestion(name, wired));
        }
    }
    let mut lesson = Lesson { labels, ..Lesson::default() };
    for column in &frame.columns {
        let signal = SignalId::of(&column.name);
        let declared = signal.and_then(|id| id.trend(head)).map(|declared| declared.trend);
        let trend = asked(args, &column.name).unwrap_or(declared);
        let feature = match signal.filter(|_| args.bins.is_none()) {
            Some(id) => Feature::at(column, id.signal().cuts),
            None => Feature::of(column, binning(args)),
        };
        lesson.add(ordered(feature, trend)?, trend);
    }
    Ok(lesson)
}

/// What `--monotone` says of a column or signal.
fn asked(args: &Args, name: &str) -> Option<Option<Trend>> {
    args.monotone.iter().find(|(asked, _)| asked == name).map(|(_, trend)| *trend)
}

fn binning(args: &Args) -> Binning {
    let Binning { most, rare } = Binning::default();
    Binning { most: args.bins.map_or(most, usize::from), rare }
}

/// The feature, if it can have the trend.
fn ordered(feature: Feature, trend: Option<Trend>) -> Result<Feature> {
    if trend.is_some() && !feature.ordered {
        bail!("--monotone {}: it holds names, which don't rise or fall", feature.name);
    }
    Ok(feature)
}

/// The question that is asked of signals.
fn head(args: &Args) -> Result<Head> {
    let asked = args.head.as_deref().unwrap_or_default();
    let names = Head::ALL.iter().map(|head| head.name());
    let found = Head::ALL.iter().find(|head| head.name() == asked);
    found.copied().with_context(|| format!("a model has no head {asked:?}; {}", suggestion(asked, names)))
}

fn known<'f>(name: &str, frame: &'f Frame, path: &Path) -> Result<&'f Column> {
    let columns = frame.columns.iter().map(|column| column.name.as_str());
    frame
        .column(name)
        .with_context(|| format!("{} has no column {name:?}; {}", path.display(), suggestion(name, columns)))
}

/// What came of every row.
fn labels(frame: &Frame, label: &str, path: &Path) -> Result<Vec<bool>> {
    known(label, frame, path)?.answers().map_err(|row| {
        anyhow::anyhow!("{}: row {} of column {label:?} says neither yes nor no", path.display(), row + 1)
    })
}

/// Whether the numbers of a column are taken for names.
fn by_name(args: &Args, column: &Column, trend: Option<Trend>) -> bool {
    let looks = matches!(&column.values, Values::Numbers(numbers) if bins::are_codes(numbers));
    args.names.contains(&column.name) || (looks && trend.is_none() && !args.numbers.contains(&column.name))
}

fn refuse_leaks(args: &Args, lesson: &Lesson, label: &str) -> Result<()> {
    let found = leaks::found(&lesson.features, &lesson.labels);
    match found.iter().find(|(name, _)| !args.allow.iter().any(|allowed| allowed == name)) {
        Some((name, auc)) => {
            let (kind, mend) = match &args.mapping {
                _ if !args.events.is_empty() => ("signal", String::new()),
                None => ("column", format!("leave it out with --drop {name}, or ")),
                Some(mapping) => ("signal", format!("take it out of {}, or ", mapping.display())),
            };
            bail!(
                "{kind} {name:?} alone tells {label:?} (AUC {auc:.3}), as only something known afterwards does: {mend}keep it with --allow {name}"
            )
        }
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
fn tested(file: &File, path: &Path, label: &str, args: &Args) -> Result<Measured> {
    let frame = frame::read(path)?;
    let labels = labels(&frame, label, path)?;
    let frame = match &args.mapping {
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

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
