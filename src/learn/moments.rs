//! Moments: what was known of people when a message reached them, and what they did then. Rows to train a model on.
//!
//! A row is filled at its moment, by signals that were read from what had happened before ([`histories`](super::histories)), or that the Worker logged while it decided
//! ([`Decided`]); whether the wanted event followed is only asked when the log ends. So a signal that is known only afterwards cannot arise.
//!
//! - The label of a row is whether the wanted event followed within the window: after the moment, and no later than the window's end. An event that follows two messages
//!   answers both: what is learned is how likely somebody is to act in these days.
//! - A row whose window hasn't closed when the log ends is left out, also when the event came already: otherwise the last days would hold answers alone.
//! - Of a row whose recipient didn't allow measurement nothing is kept.
//!
//! Memory: eight bytes per signal and row, so 600 bytes a row, at most [`MAX_ROWS`] rows, and 16 bytes per outcome.

use super::frame::{Column, Frame, MISSING, Values};
use super::policy::{Kind as Told, Line};
use crate::hash::{fnv1a, mix};
use crate::intent::signal::Kind;
use crate::intent::{Head, SignalId, Signals, Value};
use crate::time::{Span, Timestamp};
use std::collections::{HashMap, HashSet};

/// The most rows that are learned from: a quarter of a gigabyte.
pub const MAX_ROWS: usize = 400_000;

/// Rows under way: signals and moments are known, answers are gathered.
#[derive(Debug, Default)]
pub struct Moments {
    signals: Vec<Cells>,
    rows: Vec<Row>,
    answers: HashMap<u64, Vec<Timestamp>>,
    newest: Option<Timestamp>,
    /// Rows of people who didn't allow measurement.
    pub unmeasured: usize,
}

/// Whose moment, and when.
#[derive(Clone, Copy, Debug)]
struct Row {
    who: u64,
    /// What an answer to it is kept under.
    asked: u64,
    at: Timestamp,
}

/// The values of one signal.
#[derive(Debug)]
enum Cells {
    Numbers(Vec<f64>),
    /// Names in the order in which they came up, and which of them stands in each row.
    Names(HashMap<String, u32>, Vec<u32>),
}

/// Rows to learn from, in the order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lessons {
    /// A column for every signal, in the order of the registry.
    pub frame: Frame,
    /// Whether the wanted event followed.
    pub labels: Vec<bool>,
    /// Whose row: a person's rows must not judge each other.
    pub whose: Vec<u64>,
    /// Rows that were left out because their window hadn't closed.
    pub open: usize,
    /// Rows that were left out because measurement wasn't allowed.
    pub unmeasured: usize,
}

/// There are more moments than [`MAX_ROWS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

impl Moments {
    /// Notes that the log reaches to this moment.
    pub fn reaches(&mut self, at: Timestamp) {
        self.newest = self.newest.max(Some(at));
    }

    /// A new row, and its place. Answers to it are kept under `asked`.
    ///
    /// # Errors
    /// When there are too many.
    pub fn add(
        &mut self,
        who: u64,
        asked: u64,
        at: Timestamp,
        signals: &Signals<'_>,
    ) -> Result<usize, TooMany> {
        if self.rows.len() >= MAX_ROWS {
            return Err(TooMany);
        }
        if self.signals.is_empty() {
            self.signals = SignalId::all().map(|id| Cells::of(id.signal().kind)).collect();
        }
        let place = self.rows.len();
        self.rows.push(Row { who, asked, at });
        self.set(place, at, signals);
        Ok(place)
    }

    /// A row as it was at another moment.
    fn set(&mut self, place: usize, at: Timestamp, signals: &Signals<'_>) {
        self.reaches(at);
        if let Some(row) = self.rows.get_mut(place) {
            row.at = at;
        }
        for (id, cells) in SignalId::all().zip(&mut self.signals) {
            cells.set(place, signals.get(id));
        }
    }

    /// The wanted event happened.
    pub fn answer(&mut self, asked: u64, at: Timestamp) {
        self.answers.entry(asked).or_default().push(at);
    }

    /// The rows whose window has closed.
    #[must_use]
    pub fn lessons(mut self, window: Span) -> Lessons {
        let end = self.newest.unwrap_or_default();
        self.answers.values_mut().for_each(|times| times.sort_unstable());
        let mut closed: Vec<usize> =
            (0..self.rows.len()).filter(|row| self.rows[*row].at.plus(window) <= end).collect();
        // nobody's order in the files decides which fold a row is in
        closed.sort_by_key(|row| (self.rows[*row].at, self.rows[*row].who, self.rows[*row].asked));
        let columns =
            SignalId::all().zip(&self.signals).map(|(id, cells)| cells.column(id.signal().name, &closed));
        let followed = |row: &usize| {
            let Row { asked, at, .. } = self.rows[*row];
            let times = self.answers.get(&asked).map_or(&[][..], Vec::as_slice);
            times.get(times.partition_point(|time| *time <= at)).is_some_and(|time| *time <= at.plus(window))
        };
        Lessons {
            frame: Frame { columns: columns.collect() },
            labels: closed.iter().map(followed).collect(),
            whose: closed.iter().map(|row| self.rows[*row].who).collect(),
            open: self.rows.len() - closed.len(),
            unmeasured: self.unmeasured,
        }
    }
}

impl Cells {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Number => Self::Numbers(Vec::new()),
            Kind::Flag | Kind::Text => Self::Names(HashMap::new(), Vec::new()),
        }
    }

    fn set(&mut self, place: usize, value: Value<'_>) {
        match self {
            Self::Numbers(numbers) => {
                numbers.resize(numbers.len().max(place + 1), f64::NAN);
                numbers[place] = if let Value::Number(n) = value { n } else { f64::NAN };
            }
            Self::Names(names, codes) => {
                let name = match value {
                    Value::Text(text) => Some(text),
                    Value::Flag(flag) => Some(if flag { "true" } else { "false" }),
                    _ => None,
                };
                let next = names.len() as u32;
                let code = name.map_or(MISSING, |name| match names.get(name) {
                    Some(code) => *code,
                    None => *names.entry(name.to_owned()).or_insert(next),
                });
                codes.resize(codes.len().max(place + 1), MISSING);
                codes[place] = code;
            }
        }
    }

    fn column(&self, name: &str, rows: &[usize]) -> Column {
        let values = match self {
            Self::Numbers(numbers) => Values::Numbers(rows.iter().map(|row| numbers[*row]).collect()),
            Self::Names(names, codes) => {
                let mut sorted: Vec<(&String, &u32)> = names.iter().collect();
                sorted.sort_unstable();
                let places: HashMap<u32, u32> = sorted.iter().map(|(_, code)| **code).zip(0..).collect();
                let place = |row: &usize| places.get(&codes[*row]).copied().unwrap_or(MISSING);
                let names = sorted.iter().map(|(name, _)| (*name).clone()).collect();
                Values::Names(names, rows.iter().map(place).collect())
            }
        };
        Column { name: name.to_owned(), values }
    }
}

/// What stands for a person, a decision or anything else that texts name.
pub(super) fn key(parts: &[&str]) -> u64 {
    parts.iter().fold(0, |key, part| mix(key ^ fnv1a(part.as_bytes())))
}

/// Reads the Worker's own log of what it decided: one row per decision that a person saw, with the signals that it was decided by. A click answers what was shown in the same
/// campaign, everything else any message. (Without consent to measurement there is no line.)
#[derive(Debug)]
pub struct Decided {
    head: Head,
    moments: Moments,
    ids: HashSet<u64>,
    /// The rows, and their moments, of the decisions that came up.
    places: HashMap<u64, (usize, Timestamp)>,
}

impl Decided {
    /// Rows for this question.
    #[must_use]
    pub fn new(head: Head) -> Self {
        Self { head, moments: Moments::default(), ids: HashSet::new(), places: HashMap::new() }
    }

    /// Takes in a line; doubles, machines and what isn't asked for are passed over.
    ///
    /// # Errors
    /// When there are too many rows.
    pub fn take(&mut self, line: &Line) -> Result<(), TooMany> {
        if !self.ids.insert(key(&[&line.id])) {
            return Ok(());
        }
        self.moments.reaches(line.at);
        let campaign = line.campaign.as_deref().unwrap_or_default();
        let whole = key(&[&line.subject]);
        let asked = if self.head == Head::Click { key(&[&line.subject, campaign]) } else { whole };
        let wanted = match line.kind {
            Told::Exposure => return self.exposure(line, whole, asked),
            Told::Click => self.head == Head::Click && line.fetcher.is_person(),
            Told::Order => self.head == Head::Convert,
            Told::Unsubscribe => self.head == Head::Unsubscribe,
            Told::Complaint => self.head == Head::Complain,
            Told::Other => false,
        };
        if wanted {
            self.moments.answer(asked, line.at);
        }
        Ok(())
    }

    /// All images of a mail tell of one decision, and so does looking again: the earliest is the row.
    fn exposure(&mut self, line: &Line, who: u64, asked: u64) -> Result<(), TooMany> {
        let shown = line.assembly.as_ref().is_some_and(|all| all.values().any(Option::is_some));
        if !line.fetcher.is_person() || !shown || line.signals.is_empty() {
            return Ok(());
        }
        let decided = line.decided_at.unwrap_or(line.at).0.to_string();
        let decision = key(&[&line.subject, line.campaign.as_deref().unwrap_or_default(), &decided]);
        let (signals, at) = (line.signals(), line.at);
        match self.places.get_mut(&decision) {
            Some((_, earlier)) if *earlier <= at => {}
            Some((place, earlier)) => {
                *earlier = at;
                self.moments.set(*place, at, &signals);
            }
            None => {
                let place = self.moments.add(who, asked, at, &signals)?;
                self.places.insert(decision, (place, at));
            }
        }
        Ok(())
    }

    /// The rows.
    #[must_use]
    pub fn lessons(self, window: Span) -> Lessons {
        self.moments.lessons(window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    fn line(id: u32, kind: &str, at: &str, more: Json) -> Line {
        let mut line = json!({"schema": 2, "id": id.to_string(), "type": kind, "at": at, "subject": "s1",
            "campaign": "spring", "fetcher": "person"});
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Line::parse(&line.to_string()).unwrap()
    }

    fn shown(id: u32, at: &str, clicks: f64) -> Line {
        let more = json!({"decided_at": "2026-11-01T10:00:00Z", "assembly": {"hero": "sea"}, "outcome": "show",
            "signals": {"clicks": clicks, "device": "phone", "weekend": true}});
        line(id, "exposure", at, more)
    }

    fn lessons(head: Head, lines: &[Line]) -> Lessons {
        let mut decided = Decided::new(head);
        lines.iter().for_each(|line| decided.take(line).unwrap());
        decided.lessons(Span::parse("3d").unwrap())
    }

    fn end() -> Line {
        line(99, "other", "2026-11-30T00:00:00Z", json!({}))
    }

    #[test]
    fn a_decision_is_one_row_as_it_was_first_seen_in_whatever_order_lines_come() {
        let mut lines = vec![
            shown(1, "2026-11-01T10:00:00Z", 1.0),
            shown(2, "2026-11-01T10:00:01Z", 2.0),
            shown(1, "2026-11-01T10:00:00Z", 1.0),
            line(3, "click", "2026-11-02T10:00:00Z", json!({})),
            end(),
        ];
        let told = lessons(Head::Click, &lines);
        assert_eq!(told.labels, [true]);
        assert_eq!(told.frame.column("clicks").unwrap().values, Values::Numbers(vec![1.0]));
        assert_eq!(told.frame.column("weekend").unwrap().value(0), Value::Text("true"));
        assert_eq!(told.frame.column("opens").unwrap().value(0), Value::Missing);
        lines.reverse();
        assert_eq!(lessons(Head::Click, &lines).labels, told.labels);
        assert_eq!(lessons(Head::Click, &lines).frame.column("clicks"), told.frame.column("clicks"));
    }

    #[test]
    fn an_answer_counts_after_the_moment_and_within_the_window() {
        let label = |kind: &str, at: &str, more: Json, head| {
            lessons(head, &[shown(1, "2026-11-01T10:00:00Z", 1.0), line(2, kind, at, more), end()]).labels[0]
        };
        assert!(label("click", "2026-11-04T10:00:00Z", json!({}), Head::Click));
        assert!(!label("click", "2026-11-04T10:00:01Z", json!({}), Head::Click), "too late");
        assert!(!label("click", "2026-11-01T09:59:59Z", json!({}), Head::Click), "before");
        assert!(!label("click", "2026-11-02T10:00:00Z", json!({"campaign": "autumn"}), Head::Click));
        assert!(!label("click", "2026-11-02T10:00:00Z", json!({"fetcher": "scanner"}), Head::Click));
        assert!(!label("click", "2026-11-02T10:00:00Z", json!({}), Head::Convert));
        assert!(label("order", "2026-11-02T10:00:00Z", json!({"campaign": null}), Head::Convert));
        assert!(label("unsubscribe", "2026-11-02T10:00:00Z", json!({}), Head::Unsubscribe));
        assert!(label("complaint", "2026-11-02T10:00:00Z", json!({}), Head::Complain));
        assert!(!label("order", "2026-11-02T10:00:00Z", json!({"subject": "s2"}), Head::Convert));
    }

    #[test]
    fn a_window_that_has_not_closed_is_left_out_even_if_the_answer_came() {
        let click = line(2, "click", "2026-11-02T10:00:00Z", json!({}));
        let told = lessons(Head::Click, &[shown(1, "2026-11-01T10:00:00Z", 1.0), click]);
        assert_eq!((told.labels.len(), told.open), (0, 1));
    }

    #[test]
    fn what_no_person_saw_is_no_row() {
        let machine =
            Line { fetcher: crate::context::Fetcher::AppleMpp, ..shown(1, "2026-11-01T10:00:00Z", 1.0) };
        let silent = line(
            2,
            "exposure",
            "2026-11-01T11:00:00Z",
            json!({"assembly": {"hero": null}, "signals": {"clicks": 1}}),
        );
        assert!(lessons(Head::Click, &[machine, silent, end()]).labels.is_empty());
    }
}
