//! Guardrails: rules that can only forbid or narrow.
//!
//! Each is a file of the same shape: a `check` that looks at the case and either lets it pass, takes candidates away, or forbids; and a `note` that says in a
//! sentence what it found. They are asked in the order of [`GUARDRAILS`]; the first that forbids settles the outcome.
//! None can add a candidate back or undo another's verdict: [`Candidates`] has no means to.

mod audience;
mod budget;
mod complaints;
mod consent;
mod discount_ladder;
mod eligibility;
pub(super) mod fatigue;
mod first_contact;
pub(super) mod frequency;
mod freshness;
mod holdout;
mod inventory;
mod kill_switch;
mod margin;
mod market;
mod preferences;
pub(super) mod quiet_hours;
mod recent_purchase;
mod same_product;
mod sensitive;
mod support;

use super::{Candidates, Case, Outcome};
use crate::campaign::{Then, Variant};

/// What a guardrail says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing against it.
    Pass,
    /// Some variants were taken away: how many.
    Narrow(u16),
    /// Settles the outcome.
    Forbid(Outcome),
}

/// What a guardrail looks at beside the campaign. This settles where it can be asked when a decision is made away from the profile, by a [`Brief`](super::Brief).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Signals, and what is the same for everyone: asked wherever it is decided.
    Moment,
    /// What only the profile tells: asked beside the profile, and the verdict is sent along.
    Profile,
    /// How much was shown: the same, both for what is still held and for something new.
    Caps,
}

/// One guardrail.
pub struct Guardrail {
    /// Its name in explanations and logs.
    pub name: &'static str,
    /// What it looks at.
    pub reads: Reads,
    pub(super) check: fn(&Case<'_>, &mut Candidates) -> Verdict,
    pub(super) note: fn(&Case<'_>, &Candidates, Verdict) -> String,
}

/// Every guardrail, in the order in which they are asked. The kill switch comes first because it must not depend on anything; consent early, so that nothing
/// after it looks at what may not be looked at. Those that forbid stand before those that only narrow. Caps come last: whether a look is a new
/// exposure hangs on whether all that the recipient holds may still be shown.
pub const GUARDRAILS: &[Guardrail] = &[
    kill_switch::GUARDRAIL,
    complaints::GUARDRAIL,
    consent::GUARDRAIL,
    preferences::GUARDRAIL,
    audience::GUARDRAIL,
    market::GUARDRAIL,
    freshness::GUARDRAIL,
    holdout::GUARDRAIL,
    support::GUARDRAIL,
    recent_purchase::GUARDRAIL,
    quiet_hours::GUARDRAIL,
    eligibility::GUARDRAIL,
    same_product::GUARDRAIL,
    sensitive::GUARDRAIL,
    first_contact::GUARDRAIL,
    discount_ladder::GUARDRAIL,
    margin::GUARDRAIL,
    budget::GUARDRAIL,
    inventory::GUARDRAIL,
    fatigue::GUARDRAIL,
    frequency::GUARDRAIL,
];

/// What deciding needs of a guardrail. Apart from the rest, so that a module which never explains doesn't carry the sentences.
pub(super) struct Asked {
    pub reads: Reads,
    pub check: fn(&Case<'_>, &mut Candidates) -> Verdict,
    pub name: &'static str,
}

/// Every guardrail as deciding needs it, in the order of [`GUARDRAILS`].
pub(super) static ASKED: [Asked; GUARDRAILS.len()] = {
    let mut asked =
        [const { Asked { reads: Reads::Moment, check: |_, _| Verdict::Pass, name: "" } }; GUARDRAILS.len()];
    let mut i = 0;
    while i < asked.len() {
        let Guardrail { name, reads, check, .. } = &GUARDRAILS[i];
        asked[i] = Asked { reads: *reads, check: *check, name };
        i += 1;
    }
    asked
};

/// The names of all guardrails, in their order.
pub fn names() -> impl Iterator<Item = &'static str> {
    ASKED.iter().map(|guardrail| guardrail.name)
}

/// Takes away every variant with an incentive, or everything.
fn then(case: &Case<'_>, candidates: &mut Candidates, then: Then) -> Verdict {
    match then {
        Then::Suppress => Verdict::Forbid(Outcome::Suppress),
        Then::NoIncentive => narrow(case, candidates, |variant| variant.incentive.is_some()),
    }
}

/// Says how many variants a guardrail took away, and why; or that it took none.
fn took(verdict: Verdict, why: &str, none: &str) -> String {
    match verdict {
        Verdict::Narrow(1) => format!("One variant is left out: {why}."),
        Verdict::Narrow(n) => format!("{n} variants are left out: {why}."),
        _ => none.to_owned(),
    }
}

/// Takes away every variant that `unfit` names.
fn narrow(case: &Case<'_>, candidates: &mut Candidates, unfit: impl Fn(&Variant) -> bool) -> Verdict {
    let mut gone = 0;
    for (i, slot) in case.campaign.slots.iter().enumerate() {
        for (variant, place) in slot.variants.iter().zip(0..) {
            gone += u16::from(unfit(variant) && candidates.forbid(i, place));
        }
    }
    if gone == 0 { Verdict::Pass } else { Verdict::Narrow(gone) }
}
