//! Stock: what is sold out, or of which nobody knows how much is left, isn't offered.

use super::{Guardrail, Reads, Verdict, narrow, took};
use crate::campaign::Variant;
use crate::decide::Case;

fn gone(case: &Case<'_>, variant: &Variant) -> bool {
    let (Some(rule), Some(product)) = (&case.campaign.guardrails.inventory, &variant.product) else {
        return false;
    };
    let stock = case.live.stock.get(product);
    !stock.is_some_and(|stock| stock.left >= rule.min && case.facts.now.since(stock.at) <= rule.fresh)
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "inventory",
    reads: Reads::Profile,
    check: |case, candidates| match case.campaign.guardrails.inventory {
        Some(_) => narrow(case, candidates, |variant| gone(case, variant)),
        None => Verdict::Pass,
    },
    note: |_, _, verdict| {
        took(verdict, "sold out, or the stock is not known", "Everything offered is in stock.")
    },
};
