//! The explanation: what was asked, what was weighed, what came of it.
//!
//! [`Notes`] watches the decision being made; [`Explanation`] is what it saw, as a structure for studios and logs and as plain sentences for
//! people. It names every guardrail's verdict, every signal that moved the answer with its contribution and the purpose it is used for, every variant that was weighed, and the probability.

use super::guardrails::{Guardrail, Verdict};
use super::policy::Arms;
use super::{Candidates, Case, Decision, Outcome, Witness};
use crate::campaign::Campaign;
use crate::intent::{Head, Motivation, Value};
use crate::time::Timestamp;
use serde::Serialize;

/// Why a decision fell as it did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The campaign.
    pub campaign: String,
    /// Its version, as eight hexadecimal digits.
    pub version: String,
    /// The model that was asked.
    pub model: String,
    /// What is done.
    pub outcome: Outcome,
    /// The guardrail that settled it, or `"value"`.
    pub cause: Option<&'static str>,
    /// The probability of this choice.
    pub probability: f64,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// What each slot shows; `null` for an empty one.
    pub assembly: Vec<Filled>,
    /// The whole in plain sentences, the most important first.
    pub reasons: Vec<String>,
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

/// What one signal adds to an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contribution {
    /// The signal.
    pub name: &'static str,
    /// Its value; `null` when missing.
    pub value: serde_json::Value,
    /// What it adds, in log-odds.
    pub effect: f64,
    /// The purpose it is used for; `null` when it needs no consent.
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
    /// What it adds to the value of the message, in money.
    pub utility: f64,
    /// Its probability.
    pub probability: f64,
    /// It was drawn.
    pub chosen: bool,
}

/// Watches a decision.
#[derive(Default)]
pub(super) struct Notes {
    guardrails: Vec<Reason>,
    worth: Option<f64>,
    slots: Vec<(usize, Vec<Drawn>)>,
}

struct Drawn {
    variant: u8,
    utility: f64,
    probability: f64,
    chosen: bool,
}

impl Witness for Notes {
    const CURIOUS: bool = true;

    fn guardrail(
        &mut self,
        case: &Case<'_>,
        left: &Candidates,
        guardrail: &'static Guardrail,
        verdict: Verdict,
    ) {
        let word = match verdict {
            Verdict::Pass => "pass",
            Verdict::Narrow(_) => "narrow",
            Verdict::Forbid(_) => "forbid",
        };
        let note = (guardrail.note)(case, left, verdict);
        self.guardrails.push(Reason { name: guardrail.name, verdict: word, note });
    }

    fn worth(&mut self, utility: f64, _: f64) {
        self.worth = Some(utility);
    }

    fn slot(&mut self, slot: usize, arms: &Arms, chosen: u8) {
        let drawn = (0..arms.len).map(|i| Drawn {
            variant: arms.variants[i],
            utility: arms.utilities[i],
            probability: arms.probabilities[i],
            chosen: arms.variants[i] == chosen,
        });
        self.slots.push((slot, drawn.collect()));
    }
}

impl Notes {
    pub(super) fn finish(self, case: &Case<'_>, decision: &Decision) -> Explanation {
        let campaign = case.campaign;
        let intent: Vec<_> = Head::ALL.iter().map(|head| expectation(case, *head)).collect();
        Explanation {
            campaign: campaign.id.name.clone(),
            version: format!("{:08x}", campaign.version.0),
            model: case.model.name.clone(),
            outcome: decision.outcome,
            cause: decision.cause,
            probability: decision.probability,
            decided_at: decision.decided_at,
            assembly: assembly(campaign, decision),
            reasons: self.reasons(case, decision, &intent),
            worth: self.worth,
            weighed: self.slots.iter().map(|(slot, drawn)| weighed(campaign, *slot, drawn)).collect(),
            guardrails: self.guardrails,
            intent,
        }
    }

    fn reasons(&self, case: &Case<'_>, decision: &Decision, intent: &[Expectation]) -> Vec<String> {
        if let Some(settled) = self.guardrails.iter().find(|reason| Some(reason.name) == decision.cause) {
            return vec![settled.note.clone()];
        }
        let currency = &case.campaign.value.currency;
        if decision.outcome == Outcome::Suppress {
            let cost = -self.worth.unwrap_or_default();
            let mut reasons = vec![if cost < 0.005 {
                "Nothing is shown: the best message would bring nothing.".to_owned()
            } else {
                format!(
                    "Nothing is shown: the best message would cost {cost:.2} {currency} more than it brings."
                )
            }];
            let risk = because(intent, Head::Unsubscribe);
            reasons.extend(risk.map(|facts| format!("The recipient may well unsubscribe: {facts}.")));
            return reasons;
        }
        let mut reasons = Vec::new();
        if self.slots.is_empty() {
            reasons.push("The recipient still sees what they were shown before.".to_owned());
        }
        reasons.extend(appeal(case, decision, intent));
        let narrowed = self.guardrails.iter().filter(|reason| reason.verdict == "narrow");
        reasons.extend(narrowed.map(|reason| reason.note.clone()));
        reasons.extend(self.tried(case.campaign));
        reasons
    }

    /// Says so when what was drawn in the leading slot was not the most valuable.
    fn tried(&self, campaign: &Campaign) -> Option<String> {
        let (slot, drawn) = self.slots.first()?;
        let chosen = drawn.iter().find(|d| d.chosen)?;
        let best = drawn.iter().max_by(|a, b| a.utility.total_cmp(&b.utility))?;
        let name = |d: &Drawn| campaign.slots[*slot].variants[usize::from(d.variant)].id.name.clone();
        let percent = (chosen.probability * 100.0).round();
        (best.utility > chosen.utility).then(|| {
            let (best, chosen) = (name(best), name(chosen));
            format!("“{best}” looked better; “{chosen}” is tried in {percent} % of such cases, so that the engine learns.")
        })
    }
}

/// What the leading slot's variant appeals to, and what told that it would.
fn appeal(case: &Case<'_>, decision: &Decision, intent: &[Expectation]) -> Vec<String> {
    let Some(lead) = case.campaign.slots.first().zip(decision.shown(0)) else { return Vec::new() };
    let variant = &lead.0.variants[usize::from(lead.1)];
    let weights = case.intent.motivations();
    let strongest =
        variant.motivations.iter().max_by(|a, b| weights[**a as usize].total_cmp(&weights[**b as usize]));
    let Some(motivation) = strongest else {
        return vec![format!("“{}” speaks to everyone.", variant.id.name)];
    };
    let place =
        Motivation::ALL.iter().filter(|m| weights[**m as usize] > weights[*motivation as usize]).count();
    let rank = [
        "what moves this recipient most",
        "what moves this recipient second most",
        "something that moves this recipient",
    ][place.min(2)];
    let mut reasons = vec![format!("“{}” speaks to {}, {rank}.", variant.id.name, plain(*motivation))];
    let head = Head::ALL[Head::Price as usize + *motivation as usize];
    reasons.extend(because(intent, head).map(|facts| format!("What tells: {facts}.")));
    reasons
}

const fn plain(motivation: Motivation) -> &'static str {
    match motivation {
        Motivation::Price => "a better price",
        Motivation::Assortment => "choice and novelty",
        Motivation::Convenience => "less effort",
        Motivation::Trust => "confidence",
        Motivation::Urgency => "not missing out",
    }
}

/// The known signals that speak most for an answer, in words.
fn because(intent: &[Expectation], head: Head) -> Option<String> {
    let expectation = intent.iter().find(|e| e.head == head.name())?;
    let mut signals: Vec<_> =
        expectation.signals.iter().filter(|s| s.effect > 0.05 && !s.value.is_null()).collect();
    signals.sort_by(|a, b| b.effect.total_cmp(&a.effect).then_with(|| a.name.cmp(b.name)));
    let told: Vec<_> = signals.iter().take(2).map(|s| told(s)).collect();
    (!told.is_empty()).then(|| told.join(" and "))
}

fn told(signal: &Contribution) -> String {
    let name = signal.name.replace('_', " ");
    match &signal.value {
        serde_json::Value::String(text) => format!("{name} is {text}"),
        serde_json::Value::Number(n) => {
            let n = n.as_f64().unwrap_or_default();
            if n.fract() == 0.0 || n.abs() >= 10.0 {
                format!("{name} is {n:.0}")
            } else {
                format!("{name} is {n:.1}")
            }
        }
        value => format!("{name} is {value}"),
    }
}

fn expectation(case: &Case<'_>, head: Head) -> Expectation {
    let signals = case.model.contributions(head, &case.signals).filter(|(_, effect)| *effect != 0.0);
    let contribution = |(id, effect): (crate::intent::SignalId, f64)| Contribution {
        name: id.signal().name,
        value: Value::to_json(case.signals.get(id)),
        effect,
        purpose: id.signal().needs.map(crate::profile::Purpose::name),
        why: id.signal().why,
    };
    Expectation {
        head: head.name(),
        value: case.intent.get(head),
        signals: signals.map(contribution).collect(),
    }
}

fn assembly(campaign: &Campaign, decision: &Decision) -> Vec<Filled> {
    let filled = campaign.slots.iter().enumerate().map(|(i, slot)| Filled {
        slot: slot.name.name.clone(),
        variant: decision.shown(i).map(|v| slot.variants[usize::from(v)].id.name.clone()),
    });
    filled.collect()
}

fn weighed(campaign: &Campaign, slot: usize, drawn: &[Drawn]) -> Weighed {
    let slot = &campaign.slots[slot];
    let option = |d: &Drawn| Arm {
        id: slot.variants[usize::from(d.variant)].id.name.clone(),
        utility: d.utility,
        probability: d.probability,
        chosen: d.chosen,
    };
    Weighed { slot: slot.name.name.clone(), variants: drawn.iter().map(option).collect() }
}
