//! The first contact: a welcome and the first reminder of a cart carry no discount. Nobody has asked for one yet, and who gets one at once
//! learns to wait for the next.

use super::{Guardrail, Reads, Verdict, narrow, took};
use crate::decide::Case;

/// A newcomer without an order.
fn is_welcome(case: &Case<'_>) -> bool {
    let (Some(rule), Some(profile)) = (&case.campaign.guardrails.first_contact, case.facts.known()) else {
        return false;
    };
    let young = profile.lifecycle.since.is_some_and(|since| case.facts.now.since(since) < rule.welcome);
    young && profile.purchases.count == 0
}

/// A cart that this campaign has not reminded of yet.
fn is_first_reminder(case: &Case<'_>) -> bool {
    let (Some(rule), Some(cart)) = (&case.campaign.guardrails.first_contact, case.facts.cart()) else {
        return false;
    };
    let reminded = |e: &crate::profile::Exposure| {
        e.counted
            && e.campaign == case.campaign.id.key
            && e.at > cart.at
            && Some(e.at) != case.held().map(|h| h.at)
    };
    rule.cart && !case.exposures().iter().any(reminded)
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "first_contact",
    reads: Reads::Profile,
    check: |case, candidates| {
        if is_welcome(case) || is_first_reminder(case) {
            narrow(case, candidates, |variant| variant.incentive.is_some())
        } else {
            Verdict::Pass
        }
    },
    note: |case, _, verdict| {
        let why = if is_welcome(case) {
            "a welcome carries no incentive"
        } else {
            "the first reminder of a cart carries no incentive"
        };
        took(verdict, why, "This is no first contact that must do without an incentive.")
    },
};
