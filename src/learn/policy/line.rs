//! A line of the event log, as far as it is learned from. What is not asked for is passed over.

use super::Aside;
use crate::campaign::{Campaign, Learned};
use crate::context::{Context, Fetcher};
use crate::decide::{Candidates, Decision, Traced, again};
use crate::hash::Key;
use crate::intent::{Facts, Model, SignalId, SignalSet, Signals, Value};
use crate::profile::{Channel, Profile};
use crate::time::Timestamp;
use serde::Deserialize;
use serde_json::Map;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

/// What a line tells of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A decision that may have been looked at.
    Exposure,
    /// A link was followed.
    Click,
    /// An order came.
    Order,
    /// Somebody unsubscribed.
    Unsubscribe,
    /// Somebody marked a message as spam.
    Complaint,
    /// Something else.
    #[default]
    #[serde(other)]
    Other,
}

/// A line of the log.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Line {
    /// Its id: doubles have the same.
    pub id: String,
    /// What it tells of.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// When.
    pub at: Timestamp,
    /// Who, by the random name they have in logs.
    pub subject: String,
    /// The campaign; any, for orders of which that isn't known.
    #[serde(default)]
    pub campaign: Option<String>,
    /// The version of the campaign.
    #[serde(default)]
    pub version: Option<String>,
    /// The model.
    #[serde(default)]
    pub model: Option<String>,
    /// The version of the model.
    #[serde(default)]
    pub model_version: Option<String>,
    /// The version of what had been learned; none before anything was.
    #[serde(default)]
    pub learned: Option<String>,
    /// Who fetched.
    #[serde(default)]
    pub fetcher: Fetcher,
    /// What every slot shows; none for an empty one.
    #[serde(default)]
    pub assembly: Option<BTreeMap<String, Option<String>>>,
    /// What was done.
    #[serde(default)]
    pub outcome: Option<String>,
    /// What settled it.
    #[serde(default)]
    pub cause: Option<String>,
    /// The probability of the choice.
    #[serde(default)]
    pub probability: Option<f64>,
    /// When it was decided.
    #[serde(default)]
    pub decided_at: Option<Timestamp>,
    /// The recipient's number for the campaign, in hexadecimal.
    #[serde(default)]
    pub seed: Option<String>,
    /// The policy chose at this moment: the line has all that is needed to choose again.
    #[serde(default)]
    pub chosen: bool,
    /// What guardrails had taken away, as `slot/variant`.
    #[serde(default)]
    pub narrowed: Vec<String>,
    /// Every signal that was known.
    #[serde(default)]
    pub signals: Map<String, serde_json::Value>,
}

/// Why a line is not learned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The books are closed.
    Late,
    /// It speaks of another campaign.
    Elsewhere,
    /// A machine fetched (law 6).
    Machine,
    /// The policy didn't choose.
    Unchosen,
    /// It lacks what is needed.
    Unreadable,
}

impl Refused {
    pub(super) const fn counter(self, aside: &mut Aside) -> &mut u64 {
        match self {
            Self::Late => &mut aside.late,
            Self::Elsewhere => &mut aside.elsewhere,
            Self::Machine => &mut aside.machine,
            Self::Unchosen => &mut aside.unchosen,
            Self::Unreadable => &mut aside.unreadable,
        }
    }
}

/// Why a choice can't be made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unrepeatable {
    /// The policy didn't choose then: a guardrail settled it, or what was decided earlier still held.
    Unchosen,
    /// The line lacks this, or it can't be understood.
    Lacks(&'static str),
    /// It was decided by another version.
    Other {
        /// Of what.
        what: &'static str,
        /// By which it was decided.
        told: String,
        /// Which is given.
        given: String,
    },
}

impl fmt::Display for Unrepeatable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unchosen => write!(f, "the policy didn't choose then, so there is no choice to make again"),
            Self::Lacks(what) => write!(f, "the line lacks its {what}, or it can't be understood"),
            Self::Other { what, told, given } => {
                write!(f, "it was decided with {what} {told}, not with {given}: give that version")
            }
        }
    }
}

impl std::error::Error for Unrepeatable {}

static NOBODY: LazyLock<Profile> = LazyLock::new(Profile::default);
static NOWHERE: LazyLock<Context> = LazyLock::new(Context::default);

impl Line {
    /// Reads a line.
    ///
    /// # Errors
    /// When it is no line of a log; says why.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// What an exposure that is learned from showed, by names; nothing for silence.
    pub(super) fn shown(&self) -> Result<Vec<(&str, &str)>, Refused> {
        if !self.fetcher.is_person() && !self.is_silent_holdout() {
            return Err(Refused::Machine);
        }
        let shown: Vec<_> = self
            .assembly
            .as_ref()
            .ok_or(Refused::Unreadable)?
            .iter()
            .filter_map(|(slot, variant)| Some((slot.as_str(), variant.as_deref()?)))
            .collect();
        // what is held empty may have been emptied by a guardrail
        let by_chance = self.cause.as_deref() == Some("value");
        match self.outcome.as_deref() {
            Some("show") if !shown.is_empty() => Ok(shown),
            Some("suppress") if by_chance && shown.is_empty() => Ok(shown),
            Some("hold_out") if shown.is_empty() => Ok(shown),
            Some(_) => Err(Refused::Unchosen),
            None => Err(Refused::Unreadable),
        }
    }

    /// Nothing was sent, so nobody fetched.
    fn is_silent_holdout(&self) -> bool {
        let empty = || self.assembly.as_ref().is_some_and(|all| all.values().all(Option::is_none));
        self.outcome.as_deref() == Some("hold_out") && empty()
    }

    /// The signals that were known.
    #[must_use]
    pub fn signals(&self) -> Signals<'_> {
        let facts = Facts::new(Channel::Email, &NOBODY, &NOWHERE, self.at);
        let none = Signals::read(&facts, SignalSet::default());
        self.signals.iter().fold(none, |signals, (name, value)| {
            let value = match value {
                serde_json::Value::Number(n) => n.as_f64().map_or(Value::Missing, Value::Number),
                serde_json::Value::Bool(flag) => Value::Flag(*flag),
                serde_json::Value::String(text) => Value::Text(text),
                _ => Value::Missing,
            };
            SignalId::of(name).map_or(signals, |id| signals.with(id, value))
        })
    }

    /// Makes the choice again that the line tells of.
    ///
    /// # Errors
    /// When the policy didn't choose then, the line lacks what that needs, or it names other versions of the campaign, the model or what was learned.
    pub fn choose_again(
        &self,
        campaign: &Campaign,
        model: &Model,
        learned: &Learned,
    ) -> Result<Decision, Unrepeatable> {
        if !self.chosen {
            return Err(Unrepeatable::Unchosen);
        }
        let seed = self.seed.as_deref().and_then(|seed| u64::from_str_radix(seed, 16).ok());
        // an arm of an experiment may decide as if nothing had been learned, and its lines say so
        let is_taught = seed.is_none_or(|seed| campaign.policy_of(seed).learned);
        let learned = if is_taught { learned } else { &Learned::NOTHING };
        self.versions_are(campaign, model, learned)?;
        let seed = seed.ok_or(Unrepeatable::Lacks("seed"))?;
        let at = self.decided_at.ok_or(Unrepeatable::Lacks("moment of deciding"))?;
        let mut left = Candidates::of(campaign);
        for name in &self.narrowed {
            let gone = name.split_once('/').and_then(|(slot, variant)| {
                let (place, slot) = campaign.slot(slot)?;
                Some((place, slot.variant(Key::of(variant))?))
            });
            let (place, variant) = gone.ok_or(Unrepeatable::Lacks("narrowed variants"))?;
            left.forbid(place, variant);
        }
        Ok(again(&Traced { campaign, learned, model, signals: self.signals(), left, at, seed }))
    }

    /// Are these the versions that the line names? Of one that it doesn't name nothing is asked, but before anything was learned it names none.
    fn versions_are(
        &self,
        campaign: &Campaign,
        model: &Model,
        learned: &Learned,
    ) -> Result<(), Unrepeatable> {
        let name = |version: Option<Key>| version.map_or("none".to_owned(), |version| version.to_string());
        let same = |what, told: Option<String>, given: String| match told {
            Some(told) if told != given => Err(Unrepeatable::Other { what, told, given }),
            _ => Ok(()),
        };
        same("campaign", self.version.clone(), campaign.version.to_string())?;
        same("model", self.model.clone(), model.name.clone())?;
        let named = |version: &String| format!("{} {version}", model.name);
        same("model", self.model_version.as_ref().map(named), named(&model.version.to_string()))?;
        same("lessons", self.learned.clone().or_else(|| Some(name(None))), name(learned.version()))
    }
}
