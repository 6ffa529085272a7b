//! Quiet hours: nothing is sent while the recipient sleeps. What hour it is for them is told by their own zone, with its summer time;
//! who opens a mail is awake, so this only holds before a send.

use super::{Guardrail, Reads, Verdict};
use crate::campaign::QuietHours;
use crate::decide::{Case, Outcome};

/// Is this hour of the recipient's day quiet?
#[must_use]
pub const fn is_quiet(rule: &QuietHours, hour: u8) -> bool {
    if rule.from < rule.to {
        rule.from <= hour && hour < rule.to
    } else {
        rule.from <= hour || hour < rule.to
    }
}

fn quiet<'a>(case: &Case<'a>) -> Option<(&'a QuietHours, u8)> {
    let rule = case.campaign.guardrails.quiet_hours.as_ref().filter(|_| case.facts.is_send())?;
    let local = case.facts.local().or_else(|| case.facts.clock_in(&rule.timezone))?;
    is_quiet(rule, local.hour).then_some((rule, local.hour))
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "quiet_hours",
    reads: Reads::Moment,
    check: |case, _| if quiet(case).is_some() { Verdict::Forbid(Outcome::Suppress) } else { Verdict::Pass },
    note: |case, _, _| match quiet(case) {
        Some((rule, hour)) => format!(
            "It is {hour} o'clock where the recipient is; nothing is sent from {} to {}.",
            rule.from, rule.to
        ),
        None => "It is no quiet hour.".into(),
    },
};
