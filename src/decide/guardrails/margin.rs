//! The margin floor: an incentive leaves enough of what an order earns.

use super::{Guardrail, Reads, Verdict, narrow, took};
use crate::campaign::Variant;
use crate::decide::Case;

fn gives_too_much(case: &Case<'_>, variant: &Variant) -> bool {
    let (Some(rule), Some(incentive)) = (&case.campaign.guardrails.margin, &variant.incentive) else {
        return false;
    };
    let earned = case.campaign.value.convert;
    earned - incentive.cost < rule.floor * earned
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "margin",
    reads: Reads::Moment,
    check: |case, candidates| match case.campaign.guardrails.margin {
        Some(_) => narrow(case, candidates, |variant| gives_too_much(case, variant)),
        None => Verdict::Pass,
    },
    note: |_, _, verdict| {
        took(
            verdict,
            "the incentive would leave too little of an order",
            "Every incentive leaves enough of an order.",
        )
    },
};
