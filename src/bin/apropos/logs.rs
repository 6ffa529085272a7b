//! Event logs, as rows to learn from: the Worker's own log of what it decided, or events of the Segment spec.
//!
//! Memory: of the Worker's log only rows are held ([`moments`](apropos::learn::moments) says how much that is), and eight bytes per line. Events of the Segment spec are held until all
//! are read, since they may come in any order: at most [`MOST`] bytes of lines, which take some eight times that, a gigabyte. A longer log is refused; it is taken in parts by recipients.

use crate::fold;
use crate::input::Input;
use crate::report::BadLines;
use anyhow::{Context as _, Result, bail};
use apropos::learn::histories::{self, Wish};
use apropos::learn::moments::{Decided, Lessons, MAX_ROWS};
use apropos::learn::policy::Line;
use apropos::profile::Event;
use std::fs;
use std::path::{Path, PathBuf};

/// The most bytes of Segment events that are held.
const MOST: usize = 128 << 20;

/// What files in a folder are read: plain or gzipped lines of JSON.
const ENDINGS: [&str; 6] = [".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz", ".json", ".json.gz"];

/// What was read.
pub struct Log {
    /// The rows.
    pub lessons: Lessons,
    /// Whether every line was one.
    pub sound: bool,
    /// The files, in words.
    pub name: String,
}

/// Reads files, and all files of lines in folders.
///
/// # Errors
/// What can't be read, and what is too much.
pub fn read(paths: &[PathBuf], wish: Wish) -> Result<Log> {
    let files = files(paths)?;
    let mut reading = Reading { wish, decided: None, events: Vec::new(), places: Vec::new(), bytes: 0 };
    let mut bad = Vec::new();
    for (number, path) in files.iter().enumerate() {
        let input = Input::open(path)?;
        let mut told = BadLines::of(&input.name);
        let mut lines = input.lines();
        while let Some(line) = lines.read()? {
            let took = match line.text {
                Ok(text) => reading.take(&text, (number, line.number))?,
                Err(reason) => Err(reason),
            };
            if let Err(reason) = took {
                told.tell(line.number, &[reason]);
            }
        }
        bad.push(told);
    }
    let Reading { decided, events, places, .. } = reading;
    let lessons = match decided {
        Some(decided) => decided.lessons(wish.window),
        None => histories::lessons(&events, wish, |event, reason| {
            if let Some((told, line)) =
                places.get(event).and_then(|(file, line)| Some((bad.get_mut(*file)?, line)))
            {
                told.tell(*line, &[reason]);
            }
        })
        .ok()
        .with_context(too_many)?,
    };
    let name = match files.as_slice() {
        [one] => one.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        more => format!("{} logs", more.len()),
    };
    Ok(Log { lessons, sound: bad.iter().all(|told| told.count() == 0), name })
}

fn too_many() -> String {
    format!("the logs hold more than {MAX_ROWS} messages; take the newest, or a part of the recipients")
}

/// The files at paths, and all files of lines in folders.
///
/// # Errors
/// What can't be read, and a folder without any.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        gather(path, &mut files)?;
        if files.len() == before {
            bail!("{} holds no file that ends in {}", path.display(), ENDINGS.join(", "));
        }
    }
    Ok(files)
}

/// The files at a path, in the order of their names.
fn gather(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let failed = || format!("cannot read {}", path.display());
    let entries = fs::read_dir(path).with_context(failed)?.collect::<Result<Vec<_>, _>>();
    let mut paths: Vec<_> = entries.with_context(failed)?.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path.to_string_lossy();
        if path.is_dir() || ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            gather(&path, files)?;
        }
    }
    Ok(())
}

/// What the lines so far told.
struct Reading {
    wish: Wish,
    decided: Option<Decided>,
    events: Vec<Event>,
    /// The file and line of each event.
    places: Vec<(usize, u64)>,
    bytes: usize,
}

impl Reading {
    /// Takes in a line; tells why it is none of a log.
    fn take(&mut self, text: &str, place: (usize, u64)) -> Result<Result<(), String>> {
        // only lines of the Worker's log have a subject
        if let Some(line) = text.contains("\"subject\"").then(|| Line::parse(text).ok()).flatten() {
            if !self.events.is_empty() {
                bail!(
                    "these are events of the Segment spec and lines of the Worker's log: learn from one of them at a time"
                );
            }
            let decided = self.decided.get_or_insert_with(|| Decided::new(self.wish.head));
            decided.take(&line).ok().with_context(too_many)?;
            return Ok(Ok(()));
        }
        match fold::event(text) {
            Err(reason) => Ok(Err(reason)),
            Ok(_) if self.decided.is_some() => {
                bail!(
                    "these are lines of the Worker's log and events of the Segment spec: learn from one of them at a time"
                )
            }
            Ok(event) => {
                self.bytes += text.len();
                if self.bytes > MOST {
                    bail!(
                        "the logs hold more than {} MB of events; take a part of the recipients at a time",
                        MOST >> 20
                    );
                }
                self.events.push(event);
                self.places.push(place);
                Ok(Ok(()))
            }
        }
    }
}
