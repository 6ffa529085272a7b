//! Frequency caps: at most so many exposures in any window, of this campaign or of all; and never more a week than the recipient wished.
//!
//! Only exposures that a person saw count. What the recipient still holds is not a new exposure, so looking again never uses a cap up; but
//! when a part of it may no longer be shown, what comes in its place is new, and the old one counts like any other.

use super::{Guardrail, Reads, Verdict};
use crate::campaign::{Across, Frequency};
use crate::decide::{Candidates, Case, Outcome, hold};
use crate::profile::Exposure;
use crate::time::{DAY, Span, Timestamp};

/// How many exposures count against a cap.
pub fn used(case: &Case<'_>, candidates: &Candidates, cap: &Frequency) -> usize {
    let held = hold(case, candidates).map(|decision| decision.decided_at);
    let counts = |e: &&Exposure| {
        let ours = e.campaign == case.campaign.id.key;
        e.counted
            && (cap.across == Across::All || ours)
            && case.facts.now.since(e.at) < cap.window
            && !(ours && Some(e.at) == held)
    };
    case.exposures().iter().filter(counts).count()
}

/// Every cap: the campaign's, and the recipient's own.
fn caps<'a>(case: &Case<'a>) -> impl Iterator<Item = (Frequency, bool)> + 'a {
    let wished = case.wishes().and_then(|wishes| wishes.weekly.get()).map(|max| Frequency {
        across: Across::All,
        max: *max,
        window: Span(7 * DAY),
    });
    let set = case.campaign.guardrails.frequency.iter().map(|cap| (*cap, false));
    set.chain(wished.map(|cap| (cap, true)))
}

/// A cap that allows no further exposure, how many there were, and whether the recipient wished it.
fn full(case: &Case<'_>, candidates: &Candidates) -> Option<(Frequency, usize, bool)> {
    caps(case)
        .map(|(cap, wished)| (cap, used(case, candidates, &cap), wished))
        .find(|(cap, used, _)| *used >= usize::from(cap.max))
}

/// How many more exposures every cap allows; none without a cap.
pub fn left(case: &Case<'_>, candidates: &Candidates) -> Option<usize> {
    caps(case).map(|(cap, _)| usize::from(cap.max).saturating_sub(used(case, candidates, &cap))).min()
}

/// When every cap that is full allows the next exposure; none when none is full, or one never will.
pub fn next(case: &Case<'_>, candidates: &Candidates) -> Option<Timestamp> {
    let free = |cap: Frequency| {
        let surplus = used(case, candidates, &cap).checked_sub(usize::from(cap.max))?;
        let ours = |e: &&Exposure| cap.across == Across::All || e.campaign == case.campaign.id.key;
        let inside = |e: &&Exposure| e.counted && case.facts.now.since(e.at) < cap.window;
        // exposures stand in the order of time: when the surplus ones and one more have left the window
        case.exposures().iter().filter(ours).filter(inside).nth(surplus).map(|e| e.at.plus(cap.window))
    };
    caps(case).filter_map(|(cap, _)| free(cap)).max()
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "frequency",
    reads: Reads::Caps,
    check: |case, candidates| match full(case, candidates) {
        Some(_) => Verdict::Forbid(Outcome::Suppress),
        None => Verdict::Pass,
    },
    note: |case, candidates, _| match full(case, candidates) {
        Some((cap, used, true)) => {
            format!("The recipient has seen {used} messages this week and wants no more than {}.", cap.max)
        }
        Some((cap, used, false)) => {
            let whose = if cap.across == Across::All { "messages" } else { "messages of this campaign" };
            format!("The recipient has seen {used} {whose} in {}; {} are enough.", cap.window, cap.max)
        }
        None if case.campaign.guardrails.frequency.is_empty() => "No cap is set.".into(),
        None => "The recipient has not been shown too much lately.".into(),
    },
};
