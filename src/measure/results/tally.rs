//! Lines of a log folded into counts.
//!
//! [`Tally`] takes lines in any order, doubled or not. Nothing is added up as it comes: a message is known by its subject and the instant of its decision, an outcome by its line's id, a recipient by their subject, and of
//! several lines about one the earliest tells. What can't change any more is added up when the books are closed ([`Tally::settle`]), in whole numbers, so that two tallies of different
//! recipients merge to exactly what one of all would be. A line from before the books were closed is counted as late, and as nothing else; so one that is delivered again a year later changes nothing.
//!
//! **Guardrails** settle every image of a message anew. What one of them settled is one message per recipient and `sticky` time.
//!
//! **Memory.** What is open takes some 150 bytes a message; of a recipient whose window has closed 8 bytes stay, so that they are never assigned again. [`Tally::bound`] keeps all of it finite: too many are thinned by
//! subject, treated and held out alike, with all they do. Rates and lift stay what they were; of counts it is told of which share of recipients they are.

use crate::campaign::Campaign;
use crate::context::Fetcher;
use crate::decide::guardrail_names;
use crate::hash::{Key, fnv1a, mix};
use crate::intent::Head;
use crate::intent::model::logistic;
use crate::learn::policy::{Damaged, KINDS, Kind, Line, OUTCOMES, Scope};
use crate::order::keep_least;
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::iter::zip;

/// The version of what is stored.
const VERSION: u8 = 1;
/// The most names that are told apart; others are "other".
const MOST_NAMES: usize = 4096;
/// The longest name that is kept.
const LONGEST: usize = 100;
/// So many recipients whose window has closed take the room of one that is open.
const SMALLER: usize = 8;

/// The dimensions by which recipients and messages are told apart.
pub const DIMENSIONS: [&str; 5] = ["fetcher", "device", "country", "stage", "intent"];
/// How likely an order was, by the model.
const BANDS: [(f64, &str); 3] = [(0.01, "below 1 %"), (0.03, "1 to 3 %"), (0.1, "3 to 10 %")];
/// How many messages somebody had seen in the week before.
pub const RECENT: [&str; 6] = ["0", "1", "2", "3 to 4", "5 or more", "unknown"];
/// The place of clicks in [`OUTCOMES`].
pub const CLICK: usize = 0;
/// That of orders.
pub const ORDER: usize = 1;
/// That of unsubscribes.
pub const UNSUBSCRIBE: usize = 2;
/// That of complaints.
pub const COMPLAINT: usize = 3;

type Names = BTreeMap<Key, String>;
/// What a message or recipient is, in each of [`DIMENSIONS`].
type Traits = [Key; DIMENSIONS.len()];

/// Something that reached a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Message {
    /// No person has looked at it. First, so that what a person's look tells stands before what was fetched ahead.
    unseen: bool,
    at: Timestamp,
    id: u64,
    outcome: Key,
    cause: Option<Key>,
    /// Slots and what they show.
    shown: Vec<(Key, Key)>,
    traits: Traits,
    /// Its place in [`RECENT`].
    recent: usize,
    /// Who fetched it.
    fetchers: BTreeSet<Key>,
}

/// Something that a recipient did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Outcome {
    subject: u64,
    at: Timestamp,
    /// Its place in [`OUTCOMES`].
    kind: usize,
    /// Of an order, in hundredths; none when that isn't known in the campaign's currency.
    cents: Option<i64>,
    /// Of a click: slot and variant.
    on: Option<(Key, Key)>,
}

/// A recipient whose window is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Assigned {
    at: Timestamp,
    id: u64,
    held_out: bool,
    /// The share that was held out, in millionths.
    share: u32,
    traits: Traits,
}

/// Messages and what came of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Messages.
    pub messages: u64,
    /// Messages after which each outcome came at least once; in the order of [`OUTCOMES`].
    pub with: [u64; KINDS],
    /// Orders.
    pub orders: u64,
    /// What they brought, in hundredths.
    pub cents: i64,
    /// What incentives cost, in hundredths.
    pub incentives: i64,
}

/// Recipients of one arm whose windows have closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arm {
    /// How many.
    pub recipients: u64,
    /// Of whom each outcome came at least once; in the order of [`OUTCOMES`].
    pub with: [u64; KINDS],
    /// How many brought money.
    pub paying: u64,
    /// What they brought, in hundredths.
    pub cents: i128,
    /// The sum of the squares of what each brought.
    pub squares: u128,
}

/// The treated and the held out.
pub type Arms = [Arm; 2];

/// Orders that were told to whom something was shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discounts {
    /// Orders after a message with an incentive.
    pub orders: u64,
    /// What they brought, in hundredths.
    pub cents: i64,
}

/// What was added up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Messages that people looked at.
    pub seen: Counts,
    /// Messages that were fetched ahead, and that no person was seen to look at.
    pub unseen: Counts,
    /// Messages that people looked at, by what they showed.
    pub variants: BTreeMap<(Key, Key), Counts>,
    /// The same by the dimension's place and the value.
    pub segments: BTreeMap<(usize, Key), Counts>,
    /// Messages by who fetched them, and those that were clicked.
    pub fetchers: BTreeMap<Key, [u64; 2]>,
    /// Messages that people looked at, by outcome and cause.
    pub decisions: BTreeMap<(Key, Option<Key>), u64>,
    /// The same by how many had been seen in the week before.
    pub recent: [Counts; RECENT.len()],
    /// Orders after an incentive.
    pub discounts: Discounts,
    /// Outcomes that were told, whatever they followed.
    pub told: [u64; KINDS],
    /// What all orders brought, in hundredths.
    pub cents: i64,
    /// Of how many that isn't known.
    pub unpriced: u64,
    /// Recipients by the day of their assignment.
    pub days: BTreeMap<i64, Arms>,
    /// Recipients by the dimension's place and the value.
    pub arms: BTreeMap<(usize, Key), Arms>,
    /// How many were assigned, by the share that was held out, in millionths.
    pub assigned: BTreeMap<u32, [u64; 2]>,
}

/// How many lines were not counted, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Aside {
    /// They came after the books were closed.
    pub late: u64,
    /// A machine clicked.
    pub machine: u64,
    /// They lack what is needed.
    pub unreadable: u64,
}

/// Folds a log into counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    messages: BTreeMap<(u64, Timestamp), Message>,
    outcomes: BTreeMap<u64, Outcome>,
    recipients: BTreeMap<u64, Assigned>,
    /// Who was assigned and whose window has closed.
    known: BTreeSet<u64>,
    /// Orders without and with an incentive of those who ordered after a message.
    buyers: BTreeMap<u64, [u32; 2]>,
    sums: Sums,
    names: Names,
    closed: Option<Timestamp>,
    oldest: Option<Timestamp>,
    newest: Option<Timestamp>,
    /// Only every 2ⁿ-th subject is counted.
    thinned: u32,
    /// Lines that were not counted.
    pub aside: Aside,
}

/// What came of one message.
#[derive(Clone, Debug, Default)]
struct Came {
    with: [bool; KINDS],
    orders: u64,
    cents: i64,
    /// What of it was clicked.
    on: BTreeSet<(Key, Key)>,
}

impl Tally {
    /// Takes a line of the log. Lines of other campaigns are passed over; what else isn't counted is told by [`Tally::aside`].
    pub fn take(&mut self, scope: &Scope<'_>, line: &Line) {
        let subject = fnv1a(line.subject.as_bytes());
        if !is_of(scope.campaign, line) || line.kind == Kind::Other || !stays(subject, self.thinned) {
            return;
        }
        if self.closed.is_some_and(|closed| line.at <= closed) {
            self.aside.late += 1;
            return;
        }
        let taken = match line.kind {
            Kind::Exposure => self.look(scope, subject, line),
            _ => self.outcome(scope, subject, line),
        };
        if taken.is_some() {
            self.oldest = Some(self.oldest.map_or(line.at, |oldest| oldest.min(line.at)));
            self.newest = self.newest.max(Some(line.at));
        }
    }

    fn look(&mut self, scope: &Scope<'_>, subject: u64, line: &Line) -> Option<()> {
        let Some((outcome, decided_at, assembly)) = told(line) else {
            self.aside.unreadable += 1;
            return None;
        };
        let campaign = scope.campaign;
        let (id, settled) = (fnv1a(line.id.as_bytes()), is_settled(line));
        let traits = self.traits(scope, line);
        let fetcher = self.name(line.fetcher.name());
        let shown = assembly.iter().filter_map(|(slot, variant)| Some((slot, variant.as_ref()?)));
        let message = Message {
            unseen: !line.fetcher.is_person(),
            at: line.at,
            id,
            outcome: self.name(outcome),
            cause: line.cause.as_deref().map(|cause| self.name(cause)),
            shown: shown.map(|(slot, variant)| (self.name(slot), self.name(variant))).collect(),
            traits,
            recent: recent(line),
            fetchers: BTreeSet::from([fetcher]),
        };
        let sticky = campaign.sticky.0.max(1);
        let key = if settled { Timestamp(decided_at.0.div_euclid(sticky) * sticky) } else { decided_at };
        if !message.unseen && reached_holdout(line) && !self.known.contains(&subject) {
            let share = line.holdout.unwrap_or(campaign.holdout).clamp(0.0, 1.0);
            let held_out = outcome == "hold_out";
            let share = libm::round(share * 1e6) as u32;
            keep_least(&mut self.recipients, subject, Assigned { at: line.at, id, held_out, share, traits });
        }
        match self.messages.get_mut(&(subject, key)) {
            None => drop(self.messages.insert((subject, key), message)),
            Some(known) => {
                let fetchers: BTreeSet<Key> = known.fetchers.union(&message.fetchers).copied().collect();
                if message < *known {
                    *known = message;
                }
                known.fetchers = fetchers;
            }
        }
        Some(())
    }

    fn outcome(&mut self, scope: &Scope<'_>, subject: u64, line: &Line) -> Option<()> {
        let kind = OUTCOMES.iter().position(|(kind, _)| *kind == line.kind)?;
        if kind == CLICK && !line.fetcher.is_person() {
            self.aside.machine += 1;
            return None;
        }
        let on = line.slot.as_deref().zip(line.variant.as_deref());
        let on = on.map(|(slot, variant)| (self.name(slot), self.name(variant)));
        let outcome = Outcome { subject, at: line.at, kind, cents: cents(line, scope.campaign), on };
        keep_least(&mut self.outcomes, fnv1a(line.id.as_bytes()), outcome);
        Some(())
    }

    fn traits(&mut self, scope: &Scope<'_>, line: &Line) -> Traits {
        let text =
            |name: &str| line.signals.get(name).and_then(serde_json::Value::as_str).unwrap_or("unknown");
        let likely = logistic(scope.model.score(&line.signals()).odds(Head::Convert));
        let band = BANDS.iter().find(|(below, _)| likely < *below).map_or("10 % or more", |(_, name)| name);
        let band = if line.signals.is_empty() { "unknown" } else { band };
        [line.fetcher.name(), text("device"), text("country"), text("stage"), band]
            .map(|name| self.name(name))
    }

    /// The key of a name, which is remembered.
    fn name(&mut self, name: &str) -> Key {
        let key = Key::of(name);
        if self.names.contains_key(&key) {
            return key;
        }
        if self.names.len() < MOST_NAMES && name.len() <= LONGEST {
            self.names.insert(key, name.to_owned());
            return key;
        }
        let other = Key::of("other");
        self.names.insert(other, "other".to_owned());
        other
    }

    /// What a key names.
    #[must_use]
    pub fn named(&self, key: Key) -> &str {
        self.names.get(&key).map_or("other", String::as_str)
    }

    /// Closes the books: whatever can't change any more, as of `now`, is only counted from here on.
    pub fn settle(&mut self, campaign: &Campaign, now: Timestamp) {
        let closed = now
            .plus(Span(-campaign.learning.lateness.0))
            .max(self.closed.unwrap_or(now.plus(Span(i64::MIN / 4))));
        let (window, longest) = (window(campaign), longest(campaign));
        let came = self.came(campaign);
        let by_subject = self.by_subject();
        let done = |at: Timestamp, after: Span| at.plus(after) <= closed;
        let (ready, open): (BTreeMap<_, _>, _) = std::mem::take(&mut self.messages)
            .into_iter()
            .partition(|(_, message)| done(message.at, longest));
        self.messages = open;
        for (key, message) in &ready {
            let came = came.get(key).cloned().unwrap_or_default();
            if let Some(buyer) = bought(campaign, &self.names, message, &came) {
                let known = self.buyers.entry(key.0).or_default();
                zip(known, buyer).for_each(|(known, more)| *known = known.saturating_add(more));
            }
            self.sums.message(campaign, &self.names, message, &came);
        }
        let (ready, open): (BTreeMap<_, _>, _) = std::mem::take(&mut self.recipients)
            .into_iter()
            .partition(|(_, assigned)| done(assigned.at, window));
        self.recipients = open;
        for (subject, assigned) in ready {
            let did = by_subject.get(&subject).map_or(&[][..], Vec::as_slice);
            self.sums.recipient(campaign, &assigned, did);
            self.sums.assign(&assigned);
            self.known.insert(subject);
        }
        let (ready, open): (BTreeMap<_, _>, _) = std::mem::take(&mut self.outcomes)
            .into_iter()
            .partition(|(_, outcome)| done(outcome.at, longest));
        self.outcomes = open;
        ready.values().for_each(|outcome| self.sums.told(outcome));
        self.closed = Some(closed);
    }

    /// All that is known so far: what is settled, and what is open as it stands. Of recipients only those whose windows have closed, but how many were assigned.
    #[must_use]
    pub fn so_far(&self, campaign: &Campaign) -> Sums {
        let mut sums = self.sums.clone();
        let came = self.came(campaign);
        for (key, message) in &self.messages {
            sums.message(campaign, &self.names, message, &came.get(key).cloned().unwrap_or_default());
        }
        self.recipients.values().for_each(|assigned| sums.assign(assigned));
        self.outcomes.values().for_each(|outcome| sums.told(outcome));
        sums
    }

    /// What is settled.
    #[must_use]
    pub const fn settled(&self) -> &Sums {
        &self.sums
    }

    /// Orders without and with an incentive of each who ordered after a message, so far.
    #[must_use]
    pub fn buyers(&self, campaign: &Campaign) -> BTreeMap<u64, [u32; 2]> {
        let mut buyers = self.buyers.clone();
        for (key, came) in self.came(campaign) {
            let Some(message) = self.messages.get(&key) else { continue };
            if let Some(buyer) = bought(campaign, &self.names, message, &came) {
                let known = buyers.entry(key.0).or_default();
                zip(known, buyer).for_each(|(known, more)| *known = known.saturating_add(more));
            }
        }
        buyers
    }

    /// What came of each open message: outcomes count for the latest before them, within their windows.
    fn came(&self, campaign: &Campaign) -> BTreeMap<(u64, Timestamp), Came> {
        let mut latest: BTreeMap<(u64, Timestamp), Timestamp> = BTreeMap::new();
        self.messages.iter().for_each(|((subject, key), message)| {
            latest.insert((*subject, message.at), *key);
        });
        let mut came: BTreeMap<(u64, Timestamp), Came> = BTreeMap::new();
        for outcome in self.outcomes.values() {
            let before = (outcome.subject, Timestamp(i64::MIN))..=(outcome.subject, outcome.at);
            let Some(((subject, at), key)) = latest.range(before).next_back() else { continue };
            if outcome.at.since(*at) > window_of(campaign, outcome.kind) {
                continue;
            }
            let came = came.entry((*subject, *key)).or_default();
            came.with[outcome.kind] = true;
            came.on.extend(outcome.on);
            if outcome.kind == ORDER {
                came.orders += 1;
                came.cents = came.cents.saturating_add(outcome.cents.unwrap_or_default());
            }
        }
        came
    }

    fn by_subject(&self) -> BTreeMap<u64, Vec<Outcome>> {
        let mut by: BTreeMap<u64, Vec<Outcome>> = BTreeMap::new();
        self.outcomes.values().for_each(|outcome| by.entry(outcome.subject).or_default().push(*outcome));
        by
    }

    /// Takes over what another tally of the same campaign has folded, from other recipients.
    pub fn merge(&mut self, other: Self) {
        for (key, message) in other.messages {
            keep_least(&mut self.messages, key, message);
        }
        other.outcomes.into_iter().for_each(|(id, outcome)| keep_least(&mut self.outcomes, id, outcome));
        other
            .recipients
            .into_iter()
            .for_each(|(who, assigned)| keep_least(&mut self.recipients, who, assigned));
        self.known.extend(other.known);
        for (buyer, orders) in other.buyers {
            zip(self.buyers.entry(buyer).or_default(), orders).for_each(|(known, more)| *known += more);
        }
        self.sums.add(&other.sums);
        self.names.extend(other.names);
        self.closed = self.closed.max(other.closed);
        self.oldest = self.oldest.into_iter().chain(other.oldest).min();
        self.newest = self.newest.max(other.newest);
        self.thin(self.thinned.max(other.thinned));
        self.aside.late += other.aside.late;
        self.aside.machine += other.aside.machine;
        self.aside.unreadable += other.aside.unreadable;
    }

    /// Keeps at most `most` messages, outcomes and recipients open.
    pub fn bound(&mut self, most: usize) {
        while self.messages.len() > most
            || self.outcomes.len() > most
            || self.recipients.len() + self.known.len() / SMALLER > most
        {
            self.thin(self.thinned + 1);
        }
    }

    fn thin(&mut self, thinned: u32) {
        if thinned == self.thinned {
            return;
        }
        self.thinned = thinned;
        self.messages.retain(|(subject, _), _| stays(*subject, thinned));
        self.outcomes.retain(|_, outcome| stays(outcome.subject, thinned));
        self.recipients.retain(|subject, _| stays(*subject, thinned));
        self.known.retain(|subject| stays(*subject, thinned));
        self.buyers.retain(|subject, _| stays(*subject, thinned));
    }

    /// Of which share of recipients lines are counted by now.
    #[must_use]
    pub fn share(&self) -> f64 {
        libm::exp2(-f64::from(self.thinned))
    }

    /// Is there anything whose windows are open?
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !(self.messages.is_empty() && self.recipients.is_empty() && self.outcomes.is_empty())
    }

    /// The first and the last moment that lines spoke of.
    #[must_use]
    pub fn spanned(&self) -> Option<(Timestamp, Timestamp)> {
        self.oldest.zip(self.newest)
    }

    /// All that it has folded: one byte of version, then postcard.
    ///
    /// # Errors
    /// Never in practice: every tally can be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Damaged> {
        postcard::to_extend(self, vec![VERSION]).map_err(|_| Damaged)
    }

    /// What [`Tally::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`Damaged`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Damaged> {
        match bytes.split_first() {
            Some((&VERSION, rest)) => postcard::from_bytes(rest).map_err(|_| Damaged),
            _ => Err(Damaged),
        }
    }
}

impl Sums {
    fn message(&mut self, campaign: &Campaign, names: &Names, message: &Message, came: &Came) {
        let clicked = u64::from(came.with[CLICK]);
        for fetcher in &message.fetchers {
            let [messages, with] = self.fetchers.entry(*fetcher).or_default();
            *messages += 1;
            *with += clicked;
        }
        if message.unseen {
            self.unseen.add(&Counts::of(came, 0));
            return;
        }
        let given = incentive(campaign, names, &message.shown);
        let counts = Counts::of(came, given);
        self.seen.add(&counts);
        *self.decisions.entry((message.outcome, message.cause)).or_default() += 1;
        for on in &message.shown {
            let mut counts = Counts::of(came, incentive(campaign, names, &[*on]));
            // who followed one image of a mail followed that one
            counts.with[CLICK] = u64::from(came.with[CLICK] && (came.on.is_empty() || came.on.contains(on)));
            self.variants.entry(*on).or_default().add(&counts);
        }
        for (dimension, value) in message.traits.iter().enumerate() {
            self.segments.entry((dimension, *value)).or_default().add(&counts);
        }
        if let Some(recent) = self.recent.get_mut(message.recent) {
            recent.add(&counts);
        }
        if has_incentive(campaign, names, &message.shown) {
            self.discounts.orders += came.orders;
            self.discounts.cents = self.discounts.cents.saturating_add(came.cents);
        }
    }

    fn recipient(&mut self, campaign: &Campaign, assigned: &Assigned, did: &[Outcome]) {
        let mut arm = Arm { recipients: 1, ..Arm::default() };
        let within = |outcome: &&Outcome| {
            let after = outcome.at.since(assigned.at);
            after.0 >= 0 && after <= window_of(campaign, outcome.kind)
        };
        let mut cents = 0_i64;
        for outcome in did.iter().filter(within) {
            arm.with[outcome.kind] = 1;
            cents = cents.saturating_add(outcome.cents.unwrap_or_default());
        }
        arm.paying = u64::from(cents != 0);
        arm.cents = cents.into();
        arm.squares = u128::from(cents.unsigned_abs()).pow(2);
        let place = usize::from(assigned.held_out);
        self.days.entry(assigned.at.day()).or_default()[place].add(&arm);
        for (dimension, value) in assigned.traits.iter().enumerate() {
            self.arms.entry((dimension, *value)).or_default()[place].add(&arm);
        }
    }

    fn assign(&mut self, assigned: &Assigned) {
        self.assigned.entry(assigned.share).or_default()[usize::from(assigned.held_out)] += 1;
    }

    fn told(&mut self, outcome: &Outcome) {
        self.told[outcome.kind] += 1;
        if outcome.kind == ORDER {
            self.cents = self.cents.saturating_add(outcome.cents.unwrap_or_default());
            self.unpriced += u64::from(outcome.cents.is_none());
        }
    }

    fn add(&mut self, other: &Self) {
        self.seen.add(&other.seen);
        self.unseen.add(&other.unseen);
        other.variants.iter().for_each(|(key, counts)| self.variants.entry(*key).or_default().add(counts));
        other.segments.iter().for_each(|(key, counts)| self.segments.entry(*key).or_default().add(counts));
        for (key, more) in &other.fetchers {
            zip(self.fetchers.entry(*key).or_default(), more).for_each(|(count, more)| *count += more);
        }
        for (key, more) in &other.decisions {
            *self.decisions.entry(*key).or_default() += more;
        }
        zip(&mut self.recent, &other.recent).for_each(|(counts, more)| counts.add(more));
        self.discounts.orders += other.discounts.orders;
        self.discounts.cents = self.discounts.cents.saturating_add(other.discounts.cents);
        zip(&mut self.told, other.told).for_each(|(count, more)| *count += more);
        self.cents = self.cents.saturating_add(other.cents);
        self.unpriced += other.unpriced;
        for (day, arms) in &other.days {
            zip(self.days.entry(*day).or_default(), arms).for_each(|(arm, more)| arm.add(more));
        }
        for (key, arms) in &other.arms {
            zip(self.arms.entry(*key).or_default(), arms).for_each(|(arm, more)| arm.add(more));
        }
        for (share, counts) in &other.assigned {
            zip(self.assigned.entry(*share).or_default(), counts).for_each(|(count, more)| *count += more);
        }
    }
}

impl Counts {
    fn of(came: &Came, incentive: i64) -> Self {
        Self {
            messages: 1,
            with: came.with.map(u64::from),
            orders: came.orders,
            cents: came.cents,
            incentives: incentive.saturating_mul(came.orders as i64),
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.messages += other.messages;
        zip(&mut self.with, other.with).for_each(|(count, more)| *count += more);
        self.orders += other.orders;
        self.cents = self.cents.saturating_add(other.cents);
        self.incentives = self.incentives.saturating_add(other.incentives);
    }
}

impl Arm {
    pub(super) fn add(&mut self, other: &Self) {
        self.recipients += other.recipients;
        zip(&mut self.with, other.with).for_each(|(count, more)| *count += more);
        self.paying += other.paying;
        self.cents += other.cents;
        self.squares += other.squares;
    }
}

/// Is a line of the campaign, as far as that is known?
fn is_of(campaign: &Campaign, line: &Line) -> bool {
    let name = &campaign.id.name;
    match (&line.campaign, &line.campaigns) {
        (Some(of), _) => of == name,
        (None, Some(of)) => of.contains(name),
        (None, None) => line.kind != Kind::Exposure,
    }
}

/// What every slot shows: the variant's id, if any.
type Assembly = BTreeMap<String, Option<String>>;

/// What a line says was decided: outcome, when, and what every slot shows.
fn told(line: &Line) -> Option<(&str, Timestamp, &Assembly)> {
    Some((line.outcome.as_deref()?, line.decided_at?, line.assembly.as_ref()?))
}

/// Did a guardrail settle it? What the policy chose, or what holds of that, names none.
fn is_settled(line: &Line) -> bool {
    !matches!(line.cause.as_deref(), None | Some("value" | "held"))
}

/// Was the holdout asked? Guardrails that stand before it settle who the campaign is for at all.
fn reached_holdout(line: &Line) -> bool {
    let place = |name: &str| guardrail_names().position(|guardrail| guardrail == name);
    match line.cause.as_deref() {
        Some(cause) if is_settled(line) => place(cause) >= place("holdout"),
        _ => true,
    }
}

fn recent(line: &Line) -> usize {
    match line.signals.get("exposures_week").and_then(serde_json::Value::as_f64) {
        Some(n) if n < 0.5 => 0,
        Some(n) if n < 1.5 => 1,
        Some(n) if n < 2.5 => 2,
        Some(n) if n < 4.5 => 3,
        Some(_) => 4,
        None => 5,
    }
}

/// What an order brought, in hundredths of the campaign's currency; none when that isn't known.
fn cents(line: &Line, campaign: &Campaign) -> Option<i64> {
    if line.kind != Kind::Order {
        return None;
    }
    let ours = match &line.currency {
        serde_json::Value::Null => true,
        told => told.as_str().is_some_and(|told| told.trim().eq_ignore_ascii_case(&campaign.value.currency)),
    };
    let value = match &line.value {
        serde_json::Value::Number(number) => number.as_f64(),
        serde_json::Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    value.filter(|value| ours && (0.0..1e10).contains(value)).map(|value| libm::round(value * 100.0) as i64)
}

/// How long after an exposure or assignment an outcome counts.
const fn window_of(campaign: &Campaign, kind: usize) -> Span {
    if kind == CLICK { campaign.learning.click } else { campaign.learning.order }
}

/// How long a recipient is watched.
fn window(campaign: &Campaign) -> Span {
    campaign.learning.click.max(campaign.learning.order)
}

/// How long a message is open: until nothing can come of it, nor another look at it.
fn longest(campaign: &Campaign) -> Span {
    window(campaign).max(campaign.sticky)
}

fn variants<'a>(
    campaign: &'a Campaign,
    names: &'a Names,
    shown: &'a [(Key, Key)],
) -> impl Iterator<Item = &'a crate::campaign::Variant> {
    shown.iter().filter_map(|(slot, variant)| {
        let (_, slot) = campaign.slot(names.get(slot)?)?;
        slot.variants.get(usize::from(slot.variant(*variant)?))
    })
}

/// What is given away with an order, in hundredths.
fn incentive(campaign: &Campaign, names: &Names, shown: &[(Key, Key)]) -> i64 {
    let cost: f64 = variants(campaign, names, shown).map(crate::campaign::Variant::incentive_cost).sum();
    libm::round(cost * 100.0) as i64
}

fn has_incentive(campaign: &Campaign, names: &Names, shown: &[(Key, Key)]) -> bool {
    variants(campaign, names, shown).any(|variant| variant.incentive.is_some())
}

/// The orders after a message that was seen, without and with an incentive.
fn bought(campaign: &Campaign, names: &Names, message: &Message, came: &Came) -> Option<[u32; 2]> {
    let orders = u32::try_from(came.orders).ok().filter(|orders| *orders > 0 && !message.unseen)?;
    Some(if has_incentive(campaign, names, &message.shown) { [0, orders] } else { [orders, 0] })
}

/// Is this subject among every 2ⁿ-th?
fn stays(subject: u64, thinned: u32) -> bool {
    mix(subject).trailing_zeros() >= thinned
}

/// What kind of fetcher a name is of.
#[must_use]
pub fn kind_of(fetcher: &str) -> &'static str {
    let known: Option<Fetcher> = serde_json::from_value(fetcher.into()).ok();
    match known.unwrap_or_default() {
        fetcher if fetcher.is_direct() => "human",
        fetcher if fetcher.is_person() => "proxy",
        Fetcher::GmailPrefetch | Fetcher::AppleMpp => "prefetch",
        _ => "unknown",
    }
}
