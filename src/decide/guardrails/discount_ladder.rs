//! The discount ladder: discounts grow by one rung at a time, and only after the one before has been seen for a while without an order.

use super::{Guardrail, Reads, Verdict, narrow, took};
use crate::decide::Case;

/// The highest discount that may be shown now, in percent; none without a ladder.
fn highest(case: &Case<'_>) -> Option<u8> {
    let ladder = case.campaign.guardrails.discount_ladder.as_ref()?;
    let ordered = case.facts.known().and_then(|profile| profile.purchases.last);
    let seen = || case.exposures().iter().filter(|e| e.counted && e.discount > 0 && Some(e.at) > ordered);
    let Some(best) = seen().map(|e| e.discount).max() else { return ladder.rungs.first().copied() };
    let since = seen().filter(|e| e.discount == best).map(|e| e.at).min()?;
    let next = ladder.rungs.iter().copied().find(|rung| *rung > best);
    let waited = case.facts.now.since(since) >= ladder.wait;
    Some(next.filter(|_| waited).unwrap_or(best))
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "discount_ladder",
    reads: Reads::Profile,
    check: |case, candidates| match highest(case) {
        Some(highest) => narrow(case, candidates, |variant| variant.discount() > highest),
        None => Verdict::Pass,
    },
    note: |case, _, verdict| match highest(case) {
        Some(highest) => took(
            verdict,
            &format!("{highest} % is the highest discount for now"),
            "No discount is too high for now.",
        ),
        None => "No ladder is set.".into(),
    },
};
