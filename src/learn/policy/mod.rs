//! What a campaign learns from its log: exposures and what came of them, folded into [`crate::campaign::Learned`].
//!
//! [`Learner`] takes lines in any order, doubled or not, from one log or from many. It keeps the exposures whose outcomes may still come, and counts the others: how
//! many of those in the same circumstances saw the same, and how many of them clicked, ordered, left or complained. All that it adds up are whole numbers, so two learners of two shards
//! merge to exactly what one of both would be, in whatever order. `fit` makes effects of the counts.
//!
//! **What is learned from.** An exposure is one decision that a person looked at, with consent to measurement, and that the policy made: shown, or left
//! empty by chance. What a machine fetched, what a guardrail settled, and the fallbacks that hold-outs see teach nothing. A hold-out to whom nothing was sent is silence.
//!
//! **Delay.** An outcome counts for the latest exposure before it, within its window ([`crate::campaign::Learning`]). Until the window closes, an exposure
//! counts as the part of a trial by which outcomes have usually come, and as a whole one once its outcome is there: so nobody waits for a week to learn, and those who have not
//! ordered *yet* are not taken for those who don't.
//!
//! **Lateness.** [`Learner::settle`] closes the books up to the stated lateness before now. A line from before that is counted as late, and not learned from.
//!
//! **Memory.** [`Learner::bound`] keeps it finite. Too many exposures at once are thinned by subject, with all that comes of them, so rates stay what they were, until there is room again; too many
//! kinds of settled ones lose those of the longest ago, which count least.

mod delays;
mod fit;
mod line;
mod outcomes;
mod state;

use delays::Delays;
pub use line::{Kind, Line, Refused, Unrepeatable};
use outcomes::{After, window};
pub(super) use outcomes::{Exposed, Outcome, attributed, subject};
pub use outcomes::{KINDS, OUTCOMES};
pub use state::Damaged;

use crate::campaign::learned::{Facets, Lessons};
use crate::campaign::{Campaign, Learning};
use crate::hash::{Key, fnv1a, mix};
use crate::intent::Model;
use crate::order::keep_least;
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many steps of log-odds are told apart within 1.
const STEPS: f64 = 8.0;
/// Into how many parts a half-life is cut: exposures of one part are forgotten together.
const PARTS: i64 = 4;
/// How many half-lives are kept.
const KEPT: i64 = 10;

/// The most that a person does with the messages of one campaign within its windows.
const BUSY: usize = 100;

/// What an exposure was, as far as it is learned from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Seen {
    /// Which part of a half-life since 1970 it belongs to.
    part: i64,
    /// What was shown, by the keys of slots and variants; nothing in silence.
    shown: Vec<(Key, Key)>,
    facets: Facets,
    /// What intent expected, in steps of log-odds; in the order of [`OUTCOMES`].
    odds: [i16; KINDS],
    /// What the motivations of what was shown promise, in steps of log-odds.
    promise: i16,
}

/// An exposure whose outcomes may still come.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Open {
    /// When it was first looked at, and the id of the line that tells.
    at: Timestamp,
    id: u64,
    seen: Seen,
}

/// How many exposures there were of a kind, and how many brought each outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Counts {
    exposures: u64,
    outcomes: [u64; KINDS],
}

/// How many lines were not learned from, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    /// They came after the books were closed.
    pub late: u64,
    /// They speak of another campaign.
    pub elsewhere: u64,
    /// A machine fetched.
    pub machine: u64,
    /// The policy didn't choose: a guardrail settled it, or a hold-out saw the fallbacks.
    pub unchosen: u64,
    /// They lack what is needed.
    pub unreadable: u64,
}

/// What a learner is about.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The campaign as it stands.
    pub campaign: &'a Campaign,
    /// The model from whose expectations shifts are counted.
    pub model: &'a Model,
}

/// Folds a log into counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learner {
    open: BTreeMap<Exposed, Open>,
    /// By the line's id.
    outcomes: BTreeMap<u64, Outcome>,
    settled: BTreeMap<Seen, Counts>,
    delays: Delays,
    /// Up to when the books are closed.
    closed: Option<Timestamp>,
    /// The newest moment that a line spoke of.
    newest: Option<Timestamp>,
    /// Only every 2ⁿ-th subject is learned from.
    thinned: u32,
    /// Lines that were not learned from.
    pub aside: Aside,
}

impl Learner {
    /// Takes a line of the log: an exposure, or what came of one. Other types of lines are passed over.
    ///
    /// # Errors
    /// [`Refused`]: why it isn't learned from. It is counted.
    pub fn take(&mut self, scope: &Scope<'_>, line: &Line) -> Result<(), Refused> {
        let taken = self.try_take(scope, line);
        if let Err(refused) = taken {
            *refused.counter(&mut self.aside) += 1;
        }
        taken
    }

    fn try_take(&mut self, scope: &Scope<'_>, line: &Line) -> Result<(), Refused> {
        if line.campaign.as_ref().is_some_and(|name| *name != scope.campaign.id.name) {
            return Err(Refused::Elsewhere);
        }
        let (subject, id) = (subject(line), fnv1a(line.id.as_bytes()));
        if !stays(subject, self.thinned) {
            return Ok(());
        }
        if self.closed.is_some_and(|closed| line.at <= closed) {
            return Err(Refused::Late);
        }
        match line.kind {
            Kind::Other => return Ok(()),
            Kind::Exposure => {
                let decided_at = line.decided_at.ok_or(Refused::Unreadable)?;
                let seen = seen(scope, line)?;
                self.expose((subject, decided_at), Open { at: line.at, id, seen });
            }
            _ => keep_least(&mut self.outcomes, id, Outcome::of(line)?),
        }
        self.newest = self.newest.max(Some(line.at));
        Ok(())
    }

    /// Of several lines about one exposure the first counts: it is when the person began to look.
    fn expose(&mut self, exposed: Exposed, open: Open) {
        keep_least(&mut self.open, exposed, open);
    }

    /// Takes over what another learner of the same campaign has folded, from other recipients.
    pub fn merge(&mut self, other: Self) {
        other.open.into_iter().for_each(|(exposed, open)| self.expose(exposed, open));
        other.outcomes.into_iter().for_each(|(id, outcome)| keep_least(&mut self.outcomes, id, outcome));
        for (seen, counts) in other.settled {
            self.settled.entry(seen).or_default().add(&counts);
        }
        self.delays.merge(&other.delays);
        self.thin(self.thinned.max(other.thinned));
        self.closed = self.closed.max(other.closed);
        self.newest = self.newest.max(other.newest);
        self.aside.add(&other.aside);
    }

    /// Keeps at most `most` exposures open, as many outcomes, and as many kinds of settled exposures: about 200 bytes each. When there is room again, more subjects are learned from.
    pub fn bound(&mut self, most: usize) {
        self.outcomes_of_persons();
        if self.open.len() < most / 4 && self.outcomes.len() < most / 4 {
            self.thinned = self.thinned.saturating_sub(1);
        }
        while self.open.len() > most || self.outcomes.len() > most {
            self.thin(self.thinned + 1);
        }
        while self.settled.len() > most {
            let Some(oldest) = self.settled.keys().next().map(|seen| seen.part) else { break };
            self.settled.retain(|seen, _| seen.part > oldest);
        }
    }

    /// Whoever does more than [`BUSY`] things while they wait is no person, and must not crowd out those who are.
    fn outcomes_of_persons(&mut self) {
        let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
        self.outcomes.values().for_each(|outcome| *counts.entry(outcome.subject).or_default() += 1);
        self.outcomes.retain(|_, outcome| counts.get(&outcome.subject).is_none_or(|count| *count <= BUSY));
    }

    fn thin(&mut self, thinned: u32) {
        self.thinned = thinned;
        self.open.retain(|(subject, _), _| stays(*subject, thinned));
        self.outcomes.retain(|_, outcome| stays(outcome.subject, thinned));
    }

    /// Are there exposures whose outcomes may still come?
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.open.is_empty()
    }

    /// The newest moment that a line spoke of.
    #[must_use]
    pub const fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    /// Closes the books: whatever can't change any more, as of `now`, is only counted from here on.
    pub fn settle(&mut self, scope: &Scope<'_>, now: Timestamp) {
        let learning = &scope.campaign.learning;
        let closed = now.plus(Span(-learning.lateness.0));
        let longest = learning.click.0.max(learning.order.0);
        let done = |at: Timestamp| at.plus(Span(longest)) <= closed;
        let came = self.attributed(learning);
        let (ready, open) = std::mem::take(&mut self.open).into_iter().partition(|(_, open)| done(open.at));
        self.open = open;
        let ready: BTreeMap<Exposed, Open> = ready;
        for (exposed, open) in ready {
            let after = came.get(&exposed).copied().unwrap_or_default();
            self.delays.count(&after, learning);
            let mut counts = Counts { exposures: 1, ..Counts::default() };
            for (count, after) in counts.outcomes.iter_mut().zip(after) {
                *count = u64::from(after.is_some());
            }
            self.settled.entry(open.seen).or_default().add(&counts);
        }
        self.outcomes.retain(|_, outcome| !done(outcome.at));
        let oldest = part(now, learning) - KEPT * PARTS;
        self.settled.retain(|seen, _| seen.part > oldest);
        self.closed = self.closed.max(Some(closed));
    }

    /// How long after each open exposure its outcomes came.
    fn attributed(&self, learning: &Learning) -> BTreeMap<Exposed, After> {
        let exposures = self.open.iter().map(|(exposed, open)| (*exposed, open.at));
        attributed(exposures, self.outcomes.values(), learning)
    }

    /// What is learned as of `now`.
    #[must_use]
    pub fn learned(&self, scope: &Scope<'_>, now: Timestamp) -> Lessons {
        fit::lessons(scope, &self.rows(&scope.campaign.learning, now), now)
    }

    /// What is settled, and what is open as far as it can be counted.
    fn rows(&self, learning: &Learning, now: Timestamp) -> Vec<fit::Row<'_>> {
        let newest = part(now, learning);
        let weight = |part: i64| libm::exp2((part - newest).min(0) as f64 / PARTS as f64);
        let mut rows = Vec::with_capacity(self.settled.len() + self.open.len());
        rows.extend(self.settled.iter().map(|(seen, counts)| {
            let weight = weight(seen.part);
            fit::Row {
                seen,
                trials: [weight * counts.exposures as f64; KINDS],
                came: counts.outcomes.map(|count| weight * count as f64),
            }
        }));
        let came = self.attributed(learning);
        let after = |exposed| came.get(exposed).copied().unwrap_or_default();
        let open = || self.open.iter().filter(|(_, open)| open.at <= now);
        let young = open().map(|(exposed, open)| (after(exposed), now.since(open.at)));
        let curves = self.delays.curves(young, learning);
        rows.extend(open().map(|(exposed, open)| {
            let (age, weight) = (now.since(open.at), weight(open.seen.part));
            let came = after(exposed).map(|after| after.is_some_and(|after| after <= age));
            let had = |kind| if came[kind] { 1.0 } else { curves.share(kind, age, window(learning, kind)) };
            fit::Row {
                seen: &open.seen,
                trials: std::array::from_fn(|kind| weight * had(kind)),
                came: came.map(|came| if came { weight } else { 0.0 }),
            }
        }));
        rows
    }
}

/// Is this subject among every 2ⁿ-th?
fn stays(subject: u64, thinned: u32) -> bool {
    mix(subject).trailing_zeros() >= thinned
}

/// What a line says of an exposure.
fn seen(scope: &Scope<'_>, line: &Line) -> Result<Seen, Refused> {
    let shown = line.shown()?;
    let signals = line.signals();
    let intent = scope.model.score(&signals);
    let variant = |(slot, variant): &(&str, &str)| {
        let (_, slot) = scope.campaign.slot(slot)?;
        slot.variants.iter().find(|v| v.id.name == *variant)
    };
    let promise: f64 = shown
        .iter()
        .filter_map(|shown| variant(shown).map(|variant| crate::decide::promised(&intent, variant)))
        .sum();
    let mut keys: Vec<_> = shown.iter().map(|(slot, variant)| (Key::of(slot), Key::of(variant))).collect();
    keys.sort_unstable();
    Ok(Seen {
        part: part(line.at, &scope.campaign.learning),
        shown: keys,
        facets: Facets::of(&intent, &signals),
        odds: OUTCOMES.map(|(_, head)| steps(intent.odds(head))),
        promise: steps(promise),
    })
}

fn steps(odds: f64) -> i16 {
    libm::round(odds * STEPS) as i16
}

fn part(at: Timestamp, learning: &Learning) -> i64 {
    at.0.div_euclid((learning.half_life.0 / PARTS).max(1))
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.exposures += other.exposures;
        for (count, more) in self.outcomes.iter_mut().zip(other.outcomes) {
            *count += more;
        }
    }
}

impl Aside {
    const fn add(&mut self, other: &Self) {
        self.late += other.late;
        self.elsewhere += other.elsewhere;
        self.machine += other.machine;
        self.unchosen += other.unchosen;
        self.unreadable += other.unreadable;
    }
}
