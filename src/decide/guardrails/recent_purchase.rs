//! A recent order: whoever has just bought is left alone, or at least not shown a lower price.

use super::{Guardrail, Verdict, narrow};
use crate::campaign::{AfterPurchase, RecentPurchase};
use crate::decide::{Case, Outcome};
use crate::profile::Purpose;

fn recent<'a>(case: &Case<'a>) -> Option<&'a RecentPurchase> {
    let rule = case.campaign.guardrails.recent_purchase.as_ref()?;
    let last = case.facts.profile.purchases.last.filter(|_| case.facts.allows(Purpose::Personalization))?;
    (case.facts.now.since(last) < rule.within).then_some(rule)
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "recent_purchase",
    check: |case, candidates| match recent(case).map(|rule| rule.then) {
        None => Verdict::Pass,
        Some(AfterPurchase::Suppress) => Verdict::Forbid(Outcome::Suppress),
        Some(AfterPurchase::NoIncentive) => narrow(case, candidates, |variant| variant.incentive.is_some()),
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
