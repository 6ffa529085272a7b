//! `apropos fold`: turns the events of Segment into profiles, as the Worker does, on this machine.

use crate::Verdict;
use crate::input::Input;
use crate::output::Output;
use crate::report::{self, BadLines};
use crate::text::{DIM, count, examples, now, paint, time};
use anyhow::Result;
use apropos::profile::{Event, Profile, fields, identity};
use apropos::time::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::io::Write;
use std::path::PathBuf;

/// Fold Segment events into profile documents
///
/// Events may come in any order; a second event with the same messageId is the same event. What was done under several ids of one person
/// (an anonymousId before they signed in, an alias) comes to one profile, under the userId.
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("From the event lake to an import", "apropos fold events.ndjson.gz --out profiles.ndjson"),
    ("As things stood at a moment", "apropos fold - --now 2026-11-22T15:00:00Z < events.ndjson"),
]))]
pub struct Args {
    /// The events: NDJSON, one call of the Segment spec a line; gzip is fine; - is standard input
    events: PathBuf,
    /// The moment at which counts that fade are told; events after it are refused
    #[arg(long, value_name = "TIME", value_parser = time)]
    now: Option<Timestamp>,
    /// Where the documents go; standard output when left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// An event and the line it stands on.
struct Told {
    line: u64,
    event: Event,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let now = args.now.unwrap_or_else(now);
    let input = Input::open(&args.events)?;
    let mut bad = BadLines::of(&input.name);
    let mut events = read(input, &mut bad)?;
    let told = events.len();
    let duplicates = told - distinct(&mut events);
    events.sort_by_key(|told| told.event.timestamp);
    let profiles = fold(&events, now, &mut bad);
    let mut out = Output::to(args.out.as_deref())?;
    for (id, profile) in &profiles {
        writeln!(out, "{}", Value::Object(fields::write(id, profile, now)))?;
    }
    out.finish()?;
    let from = paint(DIM, format_args!(" from {}, {}", count(told, "event"), count(duplicates, "duplicate")));
    report::say(bad.summary(&format!("{}{from}", count(profiles.len(), "profile"))));
    Ok(Verdict::of(bad.count() == 0))
}

fn read(input: Input, bad: &mut BadLines) -> Result<Vec<Told>> {
    let mut events = Vec::new();
    let mut lines = input.lines();
    while let Some(line) = lines.read()? {
        match line.text.and_then(|text| event(&text)) {
            Ok(event) => events.push(Told { line: line.number, event }),
            Err(reason) => bad.tell(line.number, &[reason]),
        }
    }
    Ok(events)
}

/// The event of a line, or why there is none.
pub fn event(text: &str) -> Result<Event, String> {
    let event: Event = serde_json::from_str(text).map_err(|error| format!("this is no event: {error}"))?;
    let fits = |id: &str| id.trim().chars().count() <= 200;
    match event.id() {
        "" => Err("userId and anonymousId are missing: one of them says whose event it is".to_owned()),
        id if fits(id) => Ok(event),
        _ => Err("userId is not a text of 1 to 200 characters".to_owned()),
    }
}

/// Keeps the first of the events with the same id, and says how many are left.
fn distinct(events: &mut Vec<Told>) -> usize {
    let mut seen = HashSet::new();
    events.retain(|Told { event, .. }| event.message_id.is_empty() || seen.insert(event.message_id.clone()));
    events.len()
}

/// The profiles of everyone of whom the events tell something.
fn fold<'e>(events: &'e [Told], now: Timestamp, bad: &mut BadLines) -> BTreeMap<&'e str, Profile> {
    let mut refused = Vec::new();
    let told = events.iter().map(|told| &told.event);
    let profiles =
        identity::profiles(told, now, |number, reason| refused.push((events[number].line, reason)));
    refused.sort_by_key(|(line, _)| *line);
    for (line, reason) in refused {
        bad.tell(line, &[reason]);
    }
    profiles
}
