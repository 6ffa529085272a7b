//! What a campaign has learned from its log: how variants do beyond what intent expects of them, and what speaking adds to silence.
//!
//! The learner ([`crate::learn::policy`]) writes it, an adapter passes it in beside the campaign as it does [`super::Live`], and the policy adds it to the log-odds
//! that intent gives. Everything is kept by the names of slots and variants, so an edit of the campaign loses nothing of what it keeps, and a
//! variant that is new begins with what its motivations say. [`Learned::NOTHING`] changes no decision by a bit.
//!
//! An effect is a shift in log-odds with the standard deviation of what is known of it. Loaded, shifts become factors on odds, so that a decision multiplies
//! and divides and needs no logarithm.
//!
//! ```json
//! {"campaign": "spring", "model": "starter", "at": "2026-11-22T10:00:00Z", "evidence": {"exposures": 5210, "clicks": 310},
//!  "tags": {"click": {"shift": 0.8, "sd": 0.2}, "convert": {"shift": 1, "sd": 0.5}}, "message": {"click": {"shift": 0.12, "sd": 0.04}},
//!  "slots": {"hero": {"sale": {"click": {"shift": 0.21, "sd": 0.08}, "evidence": {"exposures": 1200, "clicks": 80}}}}}
//! ```

use super::{Problem, Problems};
use crate::hash::Key;
use crate::intent::{Intent, SignalId, SignalSet, Signals, Value};
use crate::nearest::nearest;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What leads a recipient: the motivation that weighs most, or none that stands out.
pub const LEADS: [&str; 6] = ["price", "assortment", "convenience", "trust", "urgency", "nothing"];
/// What a recipient reads on, as far as a request tells it.
pub const DEVICES: [&str; 3] = ["phone", "large", "unknown"];
/// How tired of messages a recipient is, by the signal `fatigue`: below 0.3, below 0.6, above; or nobody may know.
pub const MOODS: [&str; 4] = ["rested", "used", "tired", "unknown"];

/// A motivation leads if it weighs so much more than the mean of all.
const STANDS_OUT: f64 = 0.05;
/// The largest shift that is believed, in log-odds.
const MAX_SHIFT: f64 = 20.0;
/// The most that would happen in silence, as a multiple of what the model expects of a message.
const MAX_SHARE: f64 = 100.0;

/// An effect in log-odds, and how well it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// What it adds to the log-odds.
    pub shift: f64,
    /// The standard deviation of what is known of it.
    pub sd: f64,
}

/// Effects on the two outcomes that a variant can bring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Effects {
    /// On a click.
    pub click: Effect,
    /// On an order.
    pub convert: Effect,
}

/// How much was seen; older exposures count less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Evidence {
    /// Exposures whose outcomes are known.
    pub exposures: f64,
    /// Messages that were left empty, or not sent, by chance.
    pub silences: f64,
    /// Exposures that brought a click.
    pub clicks: f64,
    /// Exposures that brought an order.
    pub orders: f64,
    /// Exposures that brought an unsubscribe.
    pub unsubscribes: f64,
    /// Exposures that brought a complaint.
    pub complaints: f64,
}

/// How messages of this campaign do, whatever is in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Message {
    /// On a click.
    pub click: Effect,
    /// On an order.
    pub convert: Effect,
    /// On an unsubscribe.
    pub unsubscribe: Effect,
    /// On a complaint.
    pub complain: Effect,
}

/// What happens in silence, as a multiple of the orders that the model expects of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Silence {
    /// 0: nobody orders unless spoken to. 1: all would have ordered anyway.
    pub share: f64,
    /// The standard deviation of what is known of it.
    pub sd: f64,
}

/// What was learned of one variant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lesson {
    /// On a click, with everyone.
    pub click: Effect,
    /// On an order, with everyone.
    pub convert: Effect,
    /// What is added with those whom a motivation leads; by [`LEADS`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lead: BTreeMap<String, Effects>,
    /// What is added on a device; by [`DEVICES`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub device: BTreeMap<String, Effects>,
    /// How much it rests on.
    pub evidence: Evidence,
}

/// All that was learned, as it is written down.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lessons {
    /// The campaign.
    pub campaign: String,
    /// The model from which shifts are counted.
    pub model: String,
    /// As of when.
    pub at: Timestamp,
    /// How much it rests on.
    #[serde(default)]
    pub evidence: Evidence,
    /// How much of what motivations promise comes true: 1 is as the policy assumes, 0 is nothing.
    #[serde(default = "as_assumed")]
    pub tags: Effects,
    /// How messages do, whatever is in them.
    #[serde(default)]
    pub message: Message,
    /// What is added to that for those in a mood; by [`MOODS`].
    #[serde(default)]
    pub moods: BTreeMap<String, Message>,
    /// What happens in silence; by [`MOODS`]. Nothing, where nothing was seen.
    #[serde(default)]
    pub silence: BTreeMap<String, Silence>,
    /// How much variants differ from each other: what is known of one that nobody has seen yet. Only the deviations count.
    #[serde(default)]
    pub unseen: Effects,
    /// By slot, by variant.
    #[serde(default)]
    pub slots: BTreeMap<String, BTreeMap<String, Lesson>>,
}

const fn as_assumed() -> Effects {
    let whole = Effect { shift: 1.0, sd: 0.0 };
    Effects { click: whole, convert: whole }
}

/// The circumstances that lessons tell apart, by their places in [`LEADS`], [`DEVICES`] and [`MOODS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Facets {
    /// What leads the recipient.
    pub lead: u8,
    /// What they read on.
    pub device: u8,
    /// How tired they are.
    pub mood: u8,
}

static DEVICE: LazyLock<Option<SignalId>> = LazyLock::new(|| SignalId::of("device"));
static FATIGUE: LazyLock<Option<SignalId>> = LazyLock::new(|| SignalId::of("fatigue"));

impl Facets {
    /// The circumstances of one decision.
    #[must_use]
    pub fn of(intent: &Intent, signals: &Signals<'_>) -> Self {
        let weights = intent.motivations();
        let mean = weights.iter().sum::<f64>() / 5.0;
        let none = (5, mean + STANDS_OUT);
        let (lead, _) = (0..5).zip(weights).fold(none, |best, w| if w.1 > best.1 { w } else { best });
        let get = |id: Option<SignalId>| id.map_or(Value::Missing, |id| signals.get(id));
        let device = match get(*DEVICE) {
            Value::Text("phone") => 0,
            Value::Text(_) => 1,
            _ => 2,
        };
        let mood = match get(*FATIGUE) {
            Value::Number(tired) if tired < 0.3 => 0,
            Value::Number(tired) if tired < 0.6 => 1,
            Value::Number(_) => 2,
            _ => 3,
        };
        Self { lead, device, mood }
    }

    /// The signals that tell them beside intent.
    #[must_use]
    pub fn signals() -> SignalSet {
        [*DEVICE, *FATIGUE].into_iter().flatten().collect()
    }
}

/// An effect as factors on odds: of a click, of an order.
pub type Factors = [f64; 2];

/// What is known of one variant, ready to decide with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// The key of its slot and its own.
    key: u64,
    /// By what leads the recipient, with everything that holds for everyone.
    lead: [Factors; LEADS.len()],
    device: [Factors; DEVICES.len()],
    /// The variances of the shifts, in squared log-odds.
    doubt: [Factors; LEADS.len()],
}

impl Known {
    /// The factors on the odds of a click and of an order.
    #[must_use]
    pub fn factors(&self, facets: Facets) -> Factors {
        let (lead, device) = (self.lead[usize::from(facets.lead)], self.device[usize::from(facets.device)]);
        [lead[0] * device[0], lead[1] * device[1]]
    }

    /// The variances of the shifts that the factors stand for.
    #[must_use]
    pub const fn doubt(&self, facets: Facets) -> Factors {
        self.doubt[facets.lead as usize]
    }
}

/// What a campaign has learned, ready to decide with.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    lessons: Lessons,
    effective: Effective,
    /// Places in the variants, by open addressing: one stands at its hash, or at the next place that was free. Apart, so that both stay small.
    table: Vec<Option<u16>>,
}

/// What decides of it: all that a page is told, which is not what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effective {
    version: Option<Key>,
    variants: Vec<Known>,
    message: [Message; MOODS.len()],
    silence: [Silence; MOODS.len()],
    unseen: Factors,
    tags: Effects,
}

impl From<Effective> for Learned {
    fn from(effective: Effective) -> Self {
        Self { table: table(&effective.variants), effective, ..Self::NOTHING }
    }
}

impl Learned {
    /// Nothing was learned.
    pub const NOTHING: Self = Self {
        lessons: Lessons {
            campaign: String::new(),
            model: String::new(),
            at: Timestamp(0),
            evidence: Evidence {
                exposures: 0.0,
                silences: 0.0,
                clicks: 0.0,
                orders: 0.0,
                unsubscribes: 0.0,
                complaints: 0.0,
            },
            tags: as_assumed(),
            message: NO_MESSAGE,
            moods: BTreeMap::new(),
            silence: BTreeMap::new(),
            unseen: Effects { click: NO_EFFECT, convert: NO_EFFECT },
            slots: BTreeMap::new(),
        },
        effective: Effective {
            version: None,
            variants: Vec::new(),
            message: [NO_MESSAGE; MOODS.len()],
            silence: [Silence { share: 0.0, sd: 0.0 }; MOODS.len()],
            unseen: [0.0; 2],
            tags: as_assumed(),
        },
        table: Vec::new(),
    };

    /// Reads what a campaign has learned.
    ///
    /// # Errors
    /// [`Problems`]: the first mistake in the form, or every number or name that can't be.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        let lessons: Lessons = serde_json::from_str(text).map_err(|e| {
            let message = e.to_string();
            let message = message.split(" at line ").next().unwrap_or_default().to_owned();
            Problems(vec![problem((e.line().max(1), e.column().max(1)), "", message, None)])
        })?;
        Self::of(lessons)
    }

    /// The lessons, ready to decide with. Their version is that of what they say, however it is spelt.
    ///
    /// # Errors
    /// [`Problems`]: every number or name that can't be.
    pub fn of(lessons: Lessons) -> Result<Self, Problems> {
        let version = Key::of_document(&lessons);
        let problems = unsound(&lessons);
        if !problems.is_empty() {
            return Err(Problems(problems));
        }
        let all = || lessons.slots.iter().flat_map(|(s, vs)| vs.iter().map(move |(v, l)| (s, v, l)));
        let variants: Vec<_> =
            all().map(|(s, v, lesson)| known(place(Key::of(s), Key::of(v)), lesson)).collect();
        let table = table(&variants);
        let message =
            MOODS.map(|mood| lessons.moods.get(mood).map_or(lessons.message, |m| lessons.message.plus(m)));
        let silence = MOODS.map(|mood| lessons.silence.get(mood).copied().unwrap_or_default());
        let unseen = [lessons.unseen.click, lessons.unseen.convert].map(|effect| effect.sd * effect.sd);
        let tags = lessons.tags;
        let effective = Effective { version: Some(version), variants, message, silence, unseen, tags };
        Ok(Self { lessons, effective, table })
    }

    /// What decides of it.
    #[must_use]
    pub const fn effective(&self) -> &Effective {
        &self.effective
    }

    /// Was nothing learned?
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.effective.version.is_none()
    }

    /// All of it, as it is written down.
    #[must_use]
    pub const fn lessons(&self) -> &Lessons {
        &self.lessons
    }

    /// The version: a hash of what it says. None when nothing was learned.
    #[must_use]
    pub const fn version(&self) -> Option<Key> {
        self.effective.version
    }

    /// What is known of a variant.
    #[must_use]
    pub fn variant(&self, slot: Key, variant: Key) -> Option<&Known> {
        let (key, mask) = (place(slot, variant), self.table.len().checked_sub(1)?);
        let mut at = key as usize & mask;
        while let Some(known) = self.table[at].and_then(|at| self.effective.variants.get(usize::from(at))) {
            if known.key == key {
                return Some(known);
            }
            at = (at + 1) & mask;
        }
        None
    }

    /// What was learned of a variant, by names.
    #[must_use]
    pub fn lesson(&self, slot: &str, variant: &str) -> Option<&Lesson> {
        self.lessons.slots.get(slot)?.get(variant)
    }

    /// How much of what motivations promise comes true.
    #[must_use]
    pub const fn tags(&self) -> &Effects {
        &self.effective.tags
    }

    /// How messages do with those in a mood.
    #[must_use]
    pub const fn message(&self, facets: Facets) -> &Message {
        &self.effective.message[facets.mood as usize]
    }

    /// What happens in silence with those in a mood.
    #[must_use]
    pub const fn silence(&self, facets: Facets) -> Silence {
        self.effective.silence[facets.mood as usize]
    }

    /// The variances of the shifts of a variant that nobody has seen yet.
    #[must_use]
    pub const fn unseen(&self) -> Factors {
        self.effective.unseen
    }
}

/// Where each variant is found.
fn table(variants: &[Known]) -> Vec<Option<u16>> {
    if variants.is_empty() {
        return Vec::new();
    }
    let room = (2 * variants.len()).next_power_of_two();
    let mut table = vec![None; room];
    for (at, known) in (0..=u16::MAX).zip(variants) {
        let free = (known.key as usize..).find(|place| table[place & (room - 1)].is_none()).unwrap_or(0);
        table[free & (room - 1)] = Some(at);
    }
    table
}

impl Default for Learned {
    fn default() -> Self {
        Self::NOTHING
    }
}

impl<'de> Deserialize<'de> for Learned {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Self::parse(&value.to_string()).map_err(serde::de::Error::custom)
    }
}

const NO_EFFECT: Effect = Effect { shift: 0.0, sd: 0.0 };
const NO_MESSAGE: Message =
    Message { click: NO_EFFECT, convert: NO_EFFECT, unsubscribe: NO_EFFECT, complain: NO_EFFECT };

impl Effect {
    /// Both together, as far as they are known apart.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { shift: self.shift + other.shift, sd: libm::sqrt(self.sd * self.sd + other.sd * other.sd) }
    }
}

impl Message {
    fn plus(&self, other: &Self) -> Self {
        Self {
            click: self.click.plus(other.click),
            convert: self.convert.plus(other.convert),
            unsubscribe: self.unsubscribe.plus(other.unsubscribe),
            complain: self.complain.plus(other.complain),
        }
    }

    const fn all(&self) -> [(&'static str, Effect); 4] {
        [
            ("click", self.click),
            ("convert", self.convert),
            ("unsubscribe", self.unsubscribe),
            ("complain", self.complain),
        ]
    }
}

impl Effects {
    const fn all(&self) -> [(&'static str, Effect); 2] {
        [("click", self.click), ("convert", self.convert)]
    }
}

/// One key for both. [`Key`]s are hashes already, so the low bits need no more mixing than to bring both in.
fn place(slot: Key, variant: Key) -> u64 {
    u64::from(slot.0) << 32 | u64::from(variant.0 ^ slot.0)
}

fn known(key: u64, lesson: &Lesson) -> Known {
    let none = Effects::default();
    let own = [lesson.click, lesson.convert];
    let pair = |effects: Option<&Effects>| {
        let effects = effects.unwrap_or(&none);
        [effects.click, effects.convert]
    };
    let both = |added: [Effect; 2]| [own[0].plus(added[0]), own[1].plus(added[1])];
    let leads = LEADS.map(|lead| both(pair(lesson.lead.get(lead))));
    Known {
        key,
        lead: leads.map(|effects| effects.map(|effect| libm::exp(effect.shift))),
        device: DEVICES.map(|device| pair(lesson.device.get(device)).map(|effect| libm::exp(effect.shift))),
        doubt: leads.map(|effects| effects.map(|effect| effect.sd * effect.sd)),
    }
}

fn problem((line, column): (usize, usize), path: &str, message: String, help: Option<String>) -> Problem {
    Problem { line, column, length: 1, path: path.to_owned(), message, help }
}

/// Everything that can't be, by its path. Where it stands in the text is not told: machines write this.
fn unsound(lessons: &Lessons) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut note = |path: String, message: String, help: Option<String>| {
        found.push(problem((1, 1), &path, message, help));
    };
    let mut effect = |path: &str, (name, effect): (&str, Effect)| {
        if !(effect.shift.abs() <= MAX_SHIFT && (0.0..=MAX_SHIFT).contains(&effect.sd)) {
            let message =
                format!("a shift is from -{MAX_SHIFT} to {MAX_SHIFT}, its sd from 0 to {MAX_SHIFT}");
            note(format!("{path}{name}"), message, None);
        }
    };
    lessons.tags.all().into_iter().for_each(|e| effect("tags.", e));
    lessons.message.all().into_iter().for_each(|e| effect("message.", e));
    lessons.unseen.all().into_iter().for_each(|e| effect("unseen.", e));
    for (mood, message) in &lessons.moods {
        message.all().into_iter().for_each(|e| effect(&format!("moods.{mood}."), e));
    }
    let each = lessons.slots.iter().flat_map(|(s, vs)| vs.iter().map(move |(v, l)| (s, v, l)));
    for (slot, variant, lesson) in each.clone() {
        let path = format!("slots.{slot}.{variant}.");
        effect(&path, ("click", lesson.click));
        effect(&path, ("convert", lesson.convert));
        for (name, effects) in lesson.lead.iter().chain(&lesson.device) {
            effects.all().into_iter().for_each(|e| effect(&format!("{path}{name}."), e));
        }
    }
    let share = |silence: &Silence| {
        (0.0..=MAX_SHARE).contains(&silence.share) && (0.0..=MAX_SHARE).contains(&silence.sd)
    };
    for (mood, _) in lessons.silence.iter().filter(|(_, silence)| !share(silence)) {
        note(format!("silence.{mood}"), format!("a share and its sd are from 0 to {MAX_SHARE}"), None);
    }
    let mut name = |path: String, name: &str, known: &[&str]| {
        if !known.contains(&name) {
            let near = nearest(name, known.iter().copied());
            let help = near.map_or_else(
                || format!("known: {}", known.join(", ")),
                |near| format!("did you mean \"{near}\"?"),
            );
            note(path, format!("{name:?} is not known here"), Some(help));
        }
    };
    lessons.moods.keys().for_each(|mood| name("moods".into(), mood, &MOODS));
    lessons.silence.keys().for_each(|mood| name("silence".into(), mood, &MOODS));
    for (slot, variant, lesson) in each {
        lesson.lead.keys().for_each(|n| name(format!("slots.{slot}.{variant}.lead"), n, &LEADS));
        lesson.device.keys().for_each(|n| name(format!("slots.{slot}.{variant}.device"), n, &DEVICES));
    }
    found
}
