//! Fatigue: a cap that tightens as the recipient tires of messages, so that a valued customer is not mailed until they leave.

use super::{Guardrail, Reads, Verdict, frequency};
use crate::campaign::{Across, Fatigue, Frequency};
use crate::decide::{Candidates, Case, Outcome};

/// The rule, and how many exposures it allows this recipient in its window.
fn allowed<'a>(case: &Case<'a>) -> Option<(&'a Fatigue, u8)> {
    let rule = case.campaign.guardrails.fatigue.as_ref()?;
    let tired = case.facts.known()?.engagement.fatigue(case.facts.now);
    let less = (f64::from(rule.max - rule.min.min(rule.max)) * tired).round() as u8;
    Some((rule, rule.max - less))
}

/// How many there were, when no further one is allowed.
fn full<'a>(case: &Case<'a>, candidates: &Candidates) -> Option<(&'a Fatigue, u8, usize)> {
    let (rule, allowed) = allowed(case)?;
    let cap = Frequency { across: Across::All, max: allowed, window: rule.window };
    let used = frequency::used(case, candidates, &cap);
    (used >= usize::from(allowed)).then_some((rule, allowed, used))
}

/// How many more exposures are allowed; none without the rule.
pub fn left(case: &Case<'_>, candidates: &Candidates) -> Option<usize> {
    let (rule, allowed) = allowed(case)?;
    let cap = Frequency { across: Across::All, max: allowed, window: rule.window };
    Some(usize::from(allowed).saturating_sub(frequency::used(case, candidates, &cap)))
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "fatigue",
    reads: Reads::Caps,
    check: |case, candidates| match full(case, candidates) {
        Some(_) => Verdict::Forbid(Outcome::Suppress),
        None => Verdict::Pass,
    },
    note: |case, candidates, _| match (full(case, candidates), allowed(case)) {
        (Some((rule, allowed, used)), _) => format!(
            "The recipient is tired of messages: {used} in {} are enough, where {allowed} are allowed now.",
            rule.window
        ),
        (None, Some((rule, allowed))) => {
            format!("The recipient may see {allowed} messages in {}.", rule.window)
        }
        (None, None) => "No cap by fatigue is set.".into(),
    },
};
