//! The same product: what was bought lately isn't offered again before it can be needed again.

use super::{Guardrail, Reads, Verdict, narrow, took};
use crate::campaign::Variant;
use crate::decide::Case;
use crate::hash::Key;
use crate::time::Span;

/// Of the usual time between two orders of a product, the share that must have passed before it is offered again.
const NEARLY_DUE: f64 = 0.8;

fn bought(case: &Case<'_>, variant: &Variant) -> bool {
    let (Some(rule), Some(product), Some(profile)) =
        (&case.campaign.guardrails.same_product, &variant.product, case.facts.known())
    else {
        return false;
    };
    if profile.purchases.products.is_empty() {
        return false;
    }
    let key = Key::of(product);
    let orders = profile.purchases.products.iter().filter(|rhythm| rhythm.product == key);
    orders.into_iter().any(|rhythm| {
        let due = rhythm.interval().map_or(rule.within, |usual| Span((usual.0 as f64 * NEARLY_DUE) as i64));
        case.facts.now.since(rhythm.last) < due.min(rule.within)
    })
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "same_product",
    reads: Reads::Profile,
    check: |case, candidates| match case.campaign.guardrails.same_product {
        Some(_) => narrow(case, candidates, |variant| bought(case, variant)),
        None => Verdict::Pass,
    },
    note: |_, _, verdict| {
        took(verdict, "the recipient has just bought the product", "Nothing is offered that was just bought.")
    },
};
