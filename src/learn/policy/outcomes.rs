//! What came of exposures: which outcomes are told apart, and whose merit each is.

use super::line::{Kind, Line, Refused};
use crate::campaign::Learning;
use crate::hash::fnv1a;
use crate::intent::Head;
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The outcomes that are told apart, in the order of [`OUTCOMES`].
pub const KINDS: usize = 4;
/// The outcomes, with the head that expects each.
pub const OUTCOMES: [(Kind, Head); KINDS] = [
    (Kind::Click, Head::Click),
    (Kind::Order, Head::Convert),
    (Kind::Unsubscribe, Head::Unsubscribe),
    (Kind::Complaint, Head::Complain),
];

/// Who looked at what: the subject, and the instant of the decision.
pub type Exposed = (u64, Timestamp);

/// How long after an exposure each outcome came; in the order of [`OUTCOMES`].
pub type After = [Option<Span>; KINDS];

/// Something that a subject did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Outcome {
    pub subject: u64,
    /// Its place in [`OUTCOMES`].
    pub kind: usize,
    pub at: Timestamp,
}

impl Outcome {
    /// What a line tells, if it tells an outcome.
    ///
    /// # Errors
    /// When a machine caused it, or it is another line.
    pub fn of(line: &Line) -> Result<Self, Refused> {
        let kind = OUTCOMES.iter().position(|(kind, _)| *kind == line.kind).ok_or(Refused::Unreadable)?;
        if line.kind == Kind::Click && !line.fetcher.is_person() {
            return Err(Refused::Machine);
        }
        Ok(Self { subject: subject(line), kind, at: line.at })
    }
}

/// Whose line it is.
pub fn subject(line: &Line) -> u64 {
    fnv1a(line.subject.as_bytes())
}

/// How long after an exposure an outcome counts for it.
pub const fn window(learning: &Learning, kind: usize) -> Span {
    if kind == 0 { learning.click } else { learning.order }
}

/// What came of exposures, each given with the moment when it was first looked at: an outcome counts for the latest exposure before it, if that was within its window.
pub fn attributed<'a>(
    exposures: impl Iterator<Item = (Exposed, Timestamp)>,
    outcomes: impl Iterator<Item = &'a Outcome>,
    learning: &Learning,
) -> BTreeMap<Exposed, After> {
    let mut latest: BTreeMap<(u64, Timestamp), Exposed> = BTreeMap::new();
    for (exposed, at) in exposures {
        latest.insert((exposed.0, at), exposed);
    }
    let mut came: BTreeMap<Exposed, After> = BTreeMap::new();
    for outcome in outcomes {
        let before = (outcome.subject, Timestamp(i64::MIN))..=(outcome.subject, outcome.at);
        let Some(((_, at), exposed)) = latest.range(before).next_back() else { continue };
        let after = outcome.at.since(*at);
        if after <= window(learning, outcome.kind) {
            let first = &mut came.entry(*exposed).or_default()[outcome.kind];
            *first = Some(first.map_or(after, |first| first.min(after)));
        }
    }
    came
}
