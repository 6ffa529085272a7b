//! An explanation spelled out: a structure for studios, logs and interfaces, with sentences for people.

use super::explain::{Drawn, Explanation};
use super::guardrails::{Guardrail, Verdict};
use super::{Outcome, counterfactual, prose};
use crate::campaign::learned::{DEVICES, Effect, Facets, LEADS};
use crate::campaign::{Slot, Variant};
use crate::intent::model::Term;
use crate::intent::{Head, Value};
use crate::order;
use crate::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// Why a decision fell as it did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The campaign.
    pub campaign: String,
    /// Its version, as eight hexadecimal digits.
    pub version: String,
    /// The model that was asked.
    pub model: String,
    /// The version of what the campaign had learned, as eight hexadecimal digits; absent when it had learned nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learned: Option<String>,
    /// The experiments that the recipient is in, and their part in each: an arm, or `holdout`; absent when in none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub experiments: BTreeMap<String, String>,
    /// What is done.
    pub outcome: Outcome,
    /// The guardrail that settled it, `"value"` or `"held"`.
    pub cause: Option<&'static str>,
    /// The probability of this choice.
    pub probability: f64,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// What each slot shows; `null` for an empty one.
    pub assembly: Vec<Filled>,
    /// The whole in plain sentences, the most important first.
    pub reasons: Vec<String>,
    /// The same for the recipient who asks "why do I see this?".
    pub for_recipient: Vec<String>,
    /// The smallest change that would have led to something else; absent when none was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Change>,
    /// Every guardrail's verdict, also of those after the one that settled it.
    pub guardrails: Vec<Reason>,
    /// What the model expects, and which signals say so.
    pub intent: Vec<Expectation>,
    /// What the best message is worth in money; absent when there was nothing to weigh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worth: Option<f64>,
    /// What was weighed in each slot; empty when nothing was.
    pub weighed: Vec<Weighed>,
}

/// What one slot shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Filled {
    /// The slot.
    pub slot: String,
    /// The variant in it.
    pub variant: Option<String>,
}

/// A guardrail's verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// The guardrail.
    pub name: &'static str,
    /// `pass`, `narrow` or `forbid`.
    pub verdict: &'static str,
    /// What it found.
    pub note: String,
}

/// The model's answer to one question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Expectation {
    /// The question.
    pub head: &'static str,
    /// The answer, in (0, 1).
    pub value: f64,
    /// The signals that moved it.
    pub signals: Vec<Contribution>,
}

/// What one signal, or a pair of signals, adds to an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contribution {
    /// The signal.
    pub name: &'static str,
    /// The other signal of a pair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<&'static str>,
    /// Its value; `null` when missing.
    pub value: serde_json::Value,
    /// What it adds, in log-odds before calibration.
    pub effect: f64,
    /// What it is used for.
    pub serves: &'static str,
    /// The purpose whose consent covers it; `null` when it needs none.
    pub purpose: Option<&'static str>,
    /// Why using it helps the recipient.
    pub why: &'static str,
}

/// What was weighed in one slot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Weighed {
    /// The slot.
    pub slot: String,
    /// The variants that might be shown.
    pub variants: Vec<Arm>,
}

/// A variant that was weighed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Arm {
    /// The variant.
    pub id: String,
    /// What it adds to the value of the message, in money, with the best that it leaves for later slots.
    pub utility: f64,
    /// Its probability.
    pub probability: f64,
    /// It was drawn.
    pub chosen: bool,
    /// What was learned of it; absent when nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learned: Option<Lesson>,
}

/// What was learned of a variant, for recipients like this one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lesson {
    /// What is added to the log-odds of a click that its motivations promise.
    pub click: Effect,
    /// What is added to those of an order.
    pub convert: Effect,
    /// How many exposures that rests on; older ones count less.
    pub exposures: f64,
    /// All of it in a sentence.
    pub sentence: String,
}

/// A change that would have led to something else.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The signal that would be different; `"now"` for the moment.
    pub signal: &'static str,
    /// Its value.
    pub from: serde_json::Value,
    /// What it would have to be: a bound, a name, a moment.
    pub to: serde_json::Value,
    /// What would be done.
    pub outcome: Outcome,
    /// What the leading slot would show.
    pub variant: Option<String>,
    /// All of it in a sentence.
    pub sentence: String,
}

impl Report {
    pub(super) fn of(e: &Explanation<'_>) -> Self {
        let (case, decision) = (&e.case, &e.decision);
        let intent: Vec<_> = Head::ALL.iter().map(|head| expectation(e, *head)).collect();
        let guardrails = guardrails(e);
        let parts = case.campaign.parts(case.seed);
        Self {
            campaign: case.campaign.id.name.clone(),
            version: case.campaign.version.to_string(),
            model: case.model.name.clone(),
            learned: case.learned.version().map(|version| version.to_string()),
            experiments: order::map(parts.map(|(e, part)| (e.id.name.clone(), part.name().to_owned()))),
            outcome: decision.outcome,
            cause: decision.cause,
            probability: decision.probability,
            decided_at: decision.decided_at,
            assembly: assembly(e),
            reasons: prose::for_marketers(e, &guardrails, &intent),
            for_recipient: prose::for_recipient(e, &intent),
            otherwise: counterfactual::nearest(e),
            worth: e.worth(),
            weighed: weighed(e),
            guardrails,
            intent,
        }
    }
}

fn guardrails(e: &Explanation<'_>) -> Vec<Reason> {
    let Some(left) = &e.notes.left else { return Vec::new() };
    let reason = |(guardrail, verdict): (&'static Guardrail, Verdict)| Reason {
        name: guardrail.name,
        verdict: match verdict {
            Verdict::Pass => "pass",
            Verdict::Narrow(_) => "narrow",
            Verdict::Forbid(_) => "forbid",
        },
        note: (guardrail.note)(&e.case, left, verdict),
    };
    e.verdicts().map(reason).collect()
}

fn expectation(e: &Explanation<'_>, head: Head) -> Expectation {
    let contribution = |(term, effect): (Term, f64)| {
        let (id, other) = match term {
            Term::Signal(id) => (id, None),
            Term::Pair(id, other) => (id, Some(other.signal().name)),
        };
        Contribution {
            name: id.signal().name,
            with: other,
            value: Value::to_json(e.seen.get(id)),
            effect,
            serves: id.signal().serves.name(),
            purpose: id.signal().needs().map(crate::profile::Purpose::name),
            why: id.signal().why,
        }
    };
    Expectation {
        head: head.name(),
        value: e.case.intent.get(head),
        signals: e.contributions(head).map(contribution).collect(),
    }
}

fn assembly(e: &Explanation<'_>) -> Vec<Filled> {
    let filled = e.case.campaign.slots.iter().enumerate().map(|(i, slot)| Filled {
        slot: slot.name.name.clone(),
        variant: e.decision.shown(i).map(|v| slot.variants[usize::from(v)].id.name.clone()),
    });
    filled.collect()
}

/// What was learned of a variant, for those in the recipient's circumstances.
fn lesson(e: &Explanation<'_>, slot: &Slot, variant: &Variant) -> Option<Lesson> {
    let lesson = e.case.learned.lesson(&slot.name.name, &variant.id.name)?;
    let facets = Facets::of(&e.case.intent, &e.seen);
    let lead = lesson.lead.get(LEADS[usize::from(facets.lead)]).copied().unwrap_or_default();
    let device = lesson.device.get(DEVICES[usize::from(facets.device)]).copied().unwrap_or_default();
    let click = lesson.click.plus(lead.click).plus(device.click);
    let convert = lesson.convert.plus(lead.convert).plus(device.convert);
    let sentence = prose::learned(&variant.id.name, click, convert, &lesson.evidence);
    Some(Lesson { click, convert, exposures: lesson.evidence.exposures, sentence })
}

fn weighed(e: &Explanation<'_>) -> Vec<Weighed> {
    let slot = |arms: &[Drawn]| {
        let slot = &e.case.campaign.slots[arms.first()?.slot];
        let arm = |d: &Drawn| Arm {
            id: slot.variants[usize::from(d.variant)].id.name.clone(),
            utility: d.utility,
            probability: d.probability,
            chosen: d.chosen,
            learned: lesson(e, slot, &slot.variants[usize::from(d.variant)]),
        };
        Some(Weighed { slot: slot.name.name.clone(), variants: arms.iter().map(arm).collect() })
    };
    e.weighed().chunk_by(|a, b| a.slot == b.slot).filter_map(slot).collect()
}
