//! Guardrails: rules that can only forbid or narrow.
//!
//! Each is a file of the same shape: a `check` that looks at the case and either lets it pass, takes candidates away, or forbids; and a `note` that says in a
//! sentence what it found. They are asked in the order of [`GUARDRAILS`]; the first that forbids settles the outcome.
//! None can add a candidate back or undo another's verdict: [`Candidates`] has no means to.

mod audience;
mod consent;
mod eligibility;
mod frequency;
mod holdout;
mod kill_switch;
mod recent_purchase;

use super::{Candidates, Case, Outcome};

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

/// One guardrail.
pub struct Guardrail {
    /// Its name in explanations and logs.
    pub name: &'static str,
    pub(super) check: fn(&Case<'_>, &mut Candidates) -> Verdict,
    pub(super) note: fn(&Case<'_>, &Candidates, Verdict) -> String,
}

/// Every guardrail, in the order in which they are asked. The kill switch comes first because it must not depend on anything; consent second, so that nothing
/// after it looks at what may not be looked at. Frequency comes last: whether a look is a new exposure hangs on whether all that the recipient
/// holds may still be shown.
pub const GUARDRAILS: &[Guardrail] = &[
    kill_switch::GUARDRAIL,
    consent::GUARDRAIL,
    audience::GUARDRAIL,
    holdout::GUARDRAIL,
    recent_purchase::GUARDRAIL,
    eligibility::GUARDRAIL,
    frequency::GUARDRAIL,
];

/// Takes away every variant that `unfit` names.
fn narrow(
    case: &Case<'_>,
    candidates: &mut Candidates,
    unfit: impl Fn(&crate::campaign::Variant) -> bool,
) -> Verdict {
    let mut gone = 0;
    for (i, slot) in case.campaign.slots.iter().enumerate() {
        for (variant, place) in slot.variants.iter().zip(0..) {
            gone += u16::from(unfit(variant) && candidates.forbid(i, place));
        }
    }
    if gone == 0 { Verdict::Pass } else { Verdict::Narrow(gone) }
}
