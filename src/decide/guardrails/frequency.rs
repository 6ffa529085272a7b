//! Frequency caps: at most so many exposures in any window, of this campaign or of all.
//!
//! Only exposures that a person saw count. What the recipient still holds is not a new exposure, so looking again never uses a cap up; but
//! when a part of it may no longer be shown, what comes in its place is new, and the old one counts like any other.

use super::{Guardrail, Verdict};
use crate::campaign::{Across, Frequency};
use crate::decide::{Candidates, Case, Outcome, hold};

/// A cap that allows no further exposure, and how many there were.
fn full<'a>(case: &Case<'a>, candidates: &Candidates) -> Option<(&'a Frequency, usize)> {
    let held = hold(case, candidates).map(|decision| decision.decided_at);
    let used = |cap: &Frequency| {
        let counts = |e: &&crate::profile::Exposure| {
            let ours = e.campaign == case.campaign.id.key;
            e.counted
                && (cap.across == Across::All || ours)
                && case.facts.now.since(e.at) < cap.window
                && !(ours && Some(e.at) == held)
        };
        case.exposures().iter().filter(counts).count()
    };
    let mut caps = case.campaign.guardrails.frequency.iter().map(|cap| (cap, used(cap)));
    caps.find(|(cap, used)| *used >= usize::from(cap.max))
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "frequency",
    check: |case, candidates| match full(case, candidates) {
        Some(_) => Verdict::Forbid(Outcome::Suppress),
        None => Verdict::Pass,
    },
    note: |case, candidates, _| match full(case, candidates) {
        Some((cap, used)) => {
            let whose = if cap.across == Across::All { "messages" } else { "messages of this campaign" };
            format!("The recipient has seen {used} {whose} in {}; {} are enough.", cap.window, cap.max)
        }
        None if case.campaign.guardrails.frequency.is_empty() => "No cap is set.".into(),
        None => "The recipient has not been shown too much lately.".into(),
    },
};
