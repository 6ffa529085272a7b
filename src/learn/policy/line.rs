//! A line of the event log, as far as it is learned from. What is not asked for is passed over.

use super::Aside;
use crate::campaign::{Campaign, Learned};
use crate::context::{Context, Fetcher};
use crate::decide::{Candidates, Decision, Traced, again};
use crate::intent::{Facts, Model, SignalId, SignalSet, Signals, Value};
use crate::profile::{Channel, Profile};
use crate::time::Timestamp;
use serde::Deserialize;
use serde_json::Map;
use std::collections::BTreeMap;
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

    /// Makes the choice again that the line tells of. None when the policy didn't choose then, or the line lacks what that needs.
    #[must_use]
    pub fn choose_again(&self, campaign: &Campaign, model: &Model, learned: &Learned) -> Option<Decision> {
        let seed = u64::from_str_radix(self.seed.as_deref()?, 16).ok()?;
        let mut left = Candidates::of(campaign);
        for name in &self.narrowed {
            let (slot, variant) = name.split_once('/')?;
            let (place, slot) = campaign.slot(slot)?;
            let gone = slot.variants.iter().position(|v| v.id.name == variant)?;
            left.forbid(place, u8::try_from(gone).ok()?);
        }
        let (signals, at) = (self.signals(), self.decided_at?);
        self.chosen.then(|| again(&Traced { campaign, learned, model, signals, left, at, seed }))
    }
}
