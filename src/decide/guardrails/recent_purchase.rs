//! A recent order: whoever has just bought is left alone, or at least not shown a lower price.

use super::{Guardrail, Reads, Verdict, then};
use crate::campaign::RecentPurchase;
use crate::decide::Case;

fn recent<'a>(case: &Case<'a>) -> Option<&'a RecentPurchase> {
    let rule = case.campaign.guardrails.recent_purchase.as_ref()?;
    let last = case.facts.known()?.purchases.last?;
    (case.facts.now.since(last) < rule.within).then_some(rule)
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "recent_purchase",
    reads: Reads::Profile,
    check: |case, candidates| match recent(case) {
        None => Verdict::Pass,
        Some(rule) => then(case, candidates, rule.then),
    },
    note: |case, _, verdict| match (recent(case), verdict) {
        (None, _) => "No order came in lately.".into(),
        (Some(rule), Verdict::Forbid(_)) => {
            format!("An order came in less than {} ago; nothing is shown.", rule.within)
        }
        (Some(rule), _) => {
            format!("An order came in less than {} ago; nothing with an incentive is shown.", rule.within)
        }
    },
};
