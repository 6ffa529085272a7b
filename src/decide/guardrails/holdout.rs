//! The holdout: a fixed share of recipients never sees treatment, so that the campaign's effect can be measured against them. An experiment holds out a share of its own.
//!
//! Membership hangs on the recipient's seed alone, not on the moment: once held out, always held out of this campaign.

use super::{Guardrail, Reads, Verdict};
use crate::decide::Outcome;
use crate::hash::{fnv1a, mix, unit};

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "holdout",
    reads: Reads::Profile,
    check: |case, _| {
        let place = unit(mix(case.seed ^ fnv1a(b"holdout")));
        let is_out = place < case.campaign.holdout || case.campaign.holds_out(case.seed);
        if is_out { Verdict::Forbid(Outcome::HoldOut) } else { Verdict::Pass }
    },
    note: |case, _, verdict| {
        let share = (case.campaign.holdout * 1e5).round() / 1e3;
        match verdict {
            Verdict::Forbid(_) if case.campaign.holds_out(case.seed) => {
                "The recipient is among those whom an experiment holds out: they see the fallbacks, so that the effect of its arms can be measured.".into()
            }
            Verdict::Pass if case.campaign.holdout == 0.0 => "Nobody is held out.".into(),
            Verdict::Pass => format!("The recipient is not among the {share} % who are held out."),
            _ => format!(
                "The recipient is among the {share} % who see the fallbacks, so that the campaign's effect can be measured."
            ),
        }
    },
};
