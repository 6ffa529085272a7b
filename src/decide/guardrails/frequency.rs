//! Frequency caps: at most so many exposures in any window, of this campaign or of all.
//!
//! Only exposures that a person saw count. What the recipient still holds is not a new exposure, so looking again never uses a cap up.

use super::{Guardrail, Verdict};
use crate::campaign::{Across, Frequency};
use crate::decide::{Case, Outcome};

/// Exposures that count against a cap.
fn used(case: &Case<'_>, cap: &Frequency) -> usize {
    let held = case.held().map(|e| e.at);
    let counts = |e: &&crate::profile::Exposure| {
        let ours = e.campaign == case.campaign.id.key;
        e.counted
            && (cap.across == Across::All || ours)
            && case.facts.now.since(e.at) < cap.window
            && !(ours && Some(e.at) == held)
    };
    case.exposures().iter().filter(counts).count()
}

fn full<'a>(case: &Case<'a>) -> Option<&'a Frequency> {
    case.campaign.guardrails.frequency.iter().find(|cap| used(case, cap) >= usize::from(cap.max))
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "frequency",
    check: |case, _| if full(case).is_some() { Verdict::Forbid(Outcome::Suppress) } else { Verdict::Pass },
    note: |case, _| match full(case) {
        Some(cap) => {
            let whose = if cap.across == Across::All { "messages" } else { "messages of this campaign" };
            format!(
                "The recipient has seen {} {whose} in {}; {} are enough.",
                used(case, cap),
                cap.window,
                cap.max
            )
        }
        None if case.campaign.guardrails.frequency.is_empty() => "No cap is set.".into(),
        None => "The recipient has not been shown too much lately.".into(),
    },
};
