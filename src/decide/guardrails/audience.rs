//! The audience: whoever the campaign isn't for sees its fallbacks.

use super::{Guardrail, Verdict};

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "audience",
    check: |case, _| {
        if case.campaign.audience.holds(&case.signals) { Verdict::Pass } else { Verdict::Forbid(case.away()) }
    },
    note: |_, _, verdict| match verdict {
        Verdict::Pass => "The recipient belongs to the audience.".into(),
        _ => "The campaign is not for this recipient, so they see its fallbacks.".into(),
    },
};
