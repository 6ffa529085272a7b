//! What there is to learn from: the columns of a table, the signals that columns tell, or the signals of event logs. `train` fits a model to it, `review` tells what is
//! worth asking for.

use crate::frame;
use crate::input::suggestion;
use crate::logs::{self, Log};
use crate::report;
use crate::text::count;
use crate::wiring::Wiring;
use anyhow::{Context, Result, bail};
use apropos::intent::{Head, SignalId};
use apropos::learn::bins::{self, Binning, Feature};
use apropos::learn::frame::{Column, Frame, Values};
use apropos::learn::graft::Rows;
use apropos::learn::histories::{self, At, Wish};
use apropos::learn::leaks;
use apropos::learn::lesson::Lesson;
use apropos::learn::table::MAX_COLUMNS;
use apropos::learn::tree::Trend;
use apropos::time::Span;
use std::path::{Path, PathBuf};

/// What is asked for on the command line.
#[derive(clap::Args)]
pub struct Asked {
    /// The table: CSV with a header; gzip is fine; - is standard input. A column `row` is only a name
    #[arg(long, value_name = "FILE", required_unless_present = "events", requires = "label")]
    pub data: Option<PathBuf>,
    /// The column that says what happened: TRUE and FALSE, yes and no, or 1 and 0
    #[arg(long, value_name = "COLUMN", requires = "data")]
    pub label: Option<String>,
    /// Instead of a table: event logs, files or folders of NDJSON; gzip is fine
    #[arg(long, value_name = "PATHS", num_args = 1.., requires = "head", conflicts_with_all = ["data", "mapping", "drop", "only", "names", "numbers"])]
    pub events: Vec<PathBuf>,
    /// How long after a message an answer counts
    #[arg(long, value_name = "DURATION", default_value = "3d", value_parser = span)]
    pub window: Span,
    /// Of Segment events: whether each delivery makes a row, or each opening by a person
    #[arg(long, value_name = "delivery|open", default_value = "delivery", value_parser = each)]
    pub each: At,
    /// Which columns tell which signals: learn a model that decisions can read
    #[arg(long, value_name = "FILE", requires = "head")]
    pub mapping: Option<PathBuf>,
    /// Columns to leave out
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', conflicts_with = "mapping")]
    pub drop: Vec<String>,
    /// The only columns to learn from
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', conflicts_with_all = ["drop", "mapping"])]
    pub only: Vec<String>,
    /// Columns or signals to keep although each tells the label almost by itself
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub allow: Vec<String>,
    /// Columns whose numbers are names, as of regions; columns of few whole numbers from 1 on are taken so by themselves
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', conflicts_with = "mapping")]
    pub names: Vec<String>,
    /// Columns whose numbers are numbers, although they look like names
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', conflicts_with = "mapping")]
    pub numbers: Vec<String>,
    /// Columns or signals that may only raise the probability, or only lower it: COLUMN=up or COLUMN=down. For signals the registry says so by itself where it is plain; =free lifts it
    #[arg(long, value_name = "COLUMN=WAY", value_delimiter = ',', value_parser = trend)]
    pub monotone: Vec<(String, Option<Trend>)>,
    /// What the head is called: as the label when left out; with --mapping or --events one of the questions of a model, such as click or convert
    #[arg(long, value_name = "NAME")]
    pub head: Option<String>,
    /// The most bins of a column, cut where as many rows lie on either side: 64 when left out. A signal is cut where the registry cuts it when left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(2..=250))]
    pub bins: Option<u8>,
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
pub struct Source {
    /// The rows.
    pub lesson: Lesson,
    /// What is foretold.
    pub label: String,
    /// The rows, in words.
    pub from: String,
    /// The question, when columns are signals.
    pub head: Option<Head>,
    /// Whose rows they are.
    pub rows: Rows,
    /// The columns as they were read.
    pub frame: Frame,
    /// Whether all that was given could be read.
    pub sound: bool,
}

/// What there is to learn from, or what is wrong with the request.
pub fn source(asked: &Asked) -> Result<Source> {
    let source = match (&asked.data, &asked.label) {
        (Some(data), Some(label)) => table(asked, data, label)?,
        _ => events(asked)?,
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
fn table(asked: &Asked, data: &Path, label: &str) -> Result<Source> {
    let frame = frame::read(data)?;
    let labels = labels(&frame, label, data)?;
    let from = format!("{}, {}", file_name(data), count(labels.len(), "row"));
    let (frame, lesson, head) = match &asked.mapping {
        None => {
            let lesson = columns(asked, &frame, labels, (label, data))?;
            (frame, lesson, None)
        }
        Some(mapping) => {
            let head = head(asked)?;
            let signals = Wiring::read(mapping)?.signals(&frame, label)?;
            let lesson = signals_of(asked, &signals, labels, head)?;
            (signals, lesson, Some(head))
        }
    };
    Ok(Source { lesson, label: label.to_owned(), from, head, rows: Rows::Others, frame, sound: true })
}

/// The rows of event logs.
fn events(asked: &Asked) -> Result<Source> {
    let head = head(asked)?;
    if !histories::answers(head) {
        bail!("a log doesn't tell {}; it tells click, convert, unsubscribe and complain", head.name());
    }
    let Log { lessons, sound, name } =
        logs::read(&asked.events, Wish { head, window: asked.window, at: asked.each })?;
    for (left, why) in [
        (lessons.open, "whose window hasn't closed"),
        (lessons.unmeasured, "of recipients who didn't allow measurement"),
    ] {
        if left > 0 {
            report::note(&format!("{} left out {why}", count(left, "message")));
        }
    }
    let row = lessons.frame.pick(&[0]);
    let mut lesson = signals_of(asked, &lessons.frame, lessons.labels, head)?;
    lesson.whose = lessons.whose;
    let from = format!("{name}, {}, within {}", count(lesson.labels.len(), "message"), asked.window);
    let (label, rows) = (head.name().to_owned(), Rows::Own(row));
    Ok(Source { lesson, label, from, head: Some(head), rows, frame: lessons.frame, sound })
}

/// The columns of a table as they are.
fn columns(asked: &Asked, frame: &Frame, labels: Vec<bool>, (label, path): (&str, &Path)) -> Result<Lesson> {
    let trended = asked.monotone.iter().map(|(name, _)| name);
    let named =
        asked.drop.iter().chain(&asked.only).chain(&asked.allow).chain(&asked.names).chain(&asked.numbers);
    for name in named.chain(trended) {
        known(name, frame, path)?;
    }
    let used = |name: &String| {
        *name != label
            && name != "row"
            && !asked.drop.contains(name)
            && (asked.only.is_empty() || asked.only.contains(name))
    };
    let mut lesson = Lesson { labels, ..Lesson::default() };
    for column in frame.columns.iter().filter(|column| used(&column.name)) {
        let trend = wished(asked, &column.name).flatten();
        let column = if by_name(asked, column, trend) { &bins::as_names(column) } else { column };
        lesson.add(ordered(Feature::of(column, binning(asked)), trend)?, trend);
    }
    Ok(lesson)
}

/// Signals, with the trends that the registry declares and the request may change.
fn signals_of(asked: &Asked, frame: &Frame, labels: Vec<bool>, head: Head) -> Result<Lesson> {
    for name in asked.monotone.iter().map(|(name, _)| name).chain(&asked.allow) {
        if frame.column(name).is_none() {
            let wired = frame.columns.iter().map(|column| column.name.as_str());
            bail!("no signal {name:?} is learned from; {}", suggestion(name, wired));
        }
    }
    let mut lesson = Lesson { labels, ..Lesson::default() };
    for column in &frame.columns {
        let signal = SignalId::of(&column.name);
        let declared = signal.and_then(|id| id.trend(head)).map(|declared| declared.trend);
        let trend = wished(asked, &column.name).unwrap_or(declared);
        let feature = match signal.filter(|_| asked.bins.is_none()) {
            Some(id) => Feature::at(column, id.signal().cuts),
            None => Feature::of(column, binning(asked)),
        };
        lesson.add(ordered(feature, trend)?, trend);
    }
    Ok(lesson)
}

/// What `--monotone` says of a column or signal.
fn wished(asked: &Asked, name: &str) -> Option<Option<Trend>> {
    asked.monotone.iter().find(|(given, _)| given == name).map(|(_, trend)| *trend)
}

fn binning(asked: &Asked) -> Binning {
    let Binning { most, rare } = Binning::default();
    Binning { most: asked.bins.map_or(most, usize::from), rare }
}

/// The feature, if it can have the trend.
fn ordered(feature: Feature, trend: Option<Trend>) -> Result<Feature> {
    if trend.is_some() && !feature.ordered {
        bail!("--monotone {}: it holds names, which don't rise or fall", feature.name);
    }
    Ok(feature)
}

/// The question that is asked of signals.
fn head(asked: &Asked) -> Result<Head> {
    let name = asked.head.as_deref().unwrap_or_default();
    let names = Head::ALL.iter().map(|head| head.name());
    let found = Head::ALL.iter().find(|head| head.name() == name);
    found.copied().with_context(|| format!("a model has no head {name:?}; {}", suggestion(name, names)))
}

fn known<'f>(name: &str, frame: &'f Frame, path: &Path) -> Result<&'f Column> {
    let columns = frame.columns.iter().map(|column| column.name.as_str());
    frame
        .column(name)
        .with_context(|| format!("{} has no column {name:?}; {}", path.display(), suggestion(name, columns)))
}

/// What came of every row.
pub fn labels(frame: &Frame, label: &str, path: &Path) -> Result<Vec<bool>> {
    known(label, frame, path)?.answers().map_err(|row| {
        anyhow::anyhow!("{}: row {} of column {label:?} says neither yes nor no", path.display(), row + 1)
    })
}

/// Whether the numbers of a column are taken for names.
fn by_name(asked: &Asked, column: &Column, trend: Option<Trend>) -> bool {
    let looks = matches!(&column.values, Values::Numbers(numbers) if bins::are_codes(numbers));
    asked.names.contains(&column.name) || (looks && trend.is_none() && !asked.numbers.contains(&column.name))
}

/// Refuses a column that is known only afterwards, as far as can be told.
pub fn refuse_leaks(asked: &Asked, Source { lesson, label, .. }: &Source) -> Result<()> {
    let found = leaks::found(&lesson.features, &lesson.labels);
    match found.iter().find(|(name, _)| !asked.allow.iter().any(|allowed| allowed == name)) {
        Some((name, auc)) => {
            let (kind, mend) = match &asked.mapping {
                _ if !asked.events.is_empty() => ("signal", String::new()),
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

/// The name of a file without its folder.
pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
