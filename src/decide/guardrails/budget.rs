//! Budgets: an incentive is offered only while the budget that pays for it has enough. A budget that isn't known has nothing.

use super::{Guardrail, Reads, narrow, took};
use crate::campaign::Variant;
use crate::decide::Case;

fn unpaid(case: &Case<'_>, variant: &Variant) -> bool {
    let Some(incentive) = &variant.incentive else { return false };
    let left = |budget: &String| case.live.budgets.get(budget).copied().unwrap_or(0.0);
    incentive.budget.as_ref().is_some_and(|budget| left(budget) < incentive.cost)
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "budget",
    reads: Reads::Profile,
    check: |case, candidates| narrow(case, candidates, |variant| unpaid(case, variant)),
    note: |_, _, verdict| took(verdict, "the budget is used up or not known", "Every incentive is paid for."),
};
