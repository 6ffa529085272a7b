//! Old knowledge: whoever was last heard of too long ago is not chosen for by what was true then.

use super::{Guardrail, Reads, Verdict};
use crate::decide::Case;
use crate::time::{Span, Timestamp};

/// The last sign of the recipient's own, as far as consent lets us look.
fn heard(case: &Case<'_>) -> Option<Timestamp> {
    let profile = case.facts.known()?;
    let signs = [
        profile.engagement.last_open,
        profile.engagement.last_click,
        profile.purchases.last,
        profile.browsing.last_visit,
        profile.usage.last,
        profile.support.last,
        profile.lifecycle.since,
    ];
    signs.into_iter().flatten().max()
}

fn stale(case: &Case<'_>) -> Option<Span> {
    let rule = case.campaign.guardrails.freshness.as_ref()?;
    let silence = case.facts.now.since(heard(case)?);
    (silence > rule.within).then_some(rule.within)
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "freshness",
    reads: Reads::Profile,
    check: |case, _| if stale(case).is_some() { Verdict::Forbid(case.away()) } else { Verdict::Pass },
    note: |case, _, _| match stale(case) {
        Some(within) => {
            format!("Nothing was heard of the recipient for more than {within}; what is known is too old.")
        }
        None => "What is known of the recipient is recent enough.".into(),
    },
};
