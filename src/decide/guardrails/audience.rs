//! The audience: whoever the campaign isn't for sees its fallbacks. That is who its condition or one of its filters leaves out.

use super::{Guardrail, Reads, Verdict};
use crate::decide::Case;

fn is_meant(case: &Case<'_>) -> bool {
    case.campaign.audience.holds(&case.signals)
}

fn is_filtered_out(case: &Case<'_>) -> bool {
    !case.campaign.filters.iter().all(|filter| filter.admits(&case.signals))
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "audience",
    reads: Reads::Moment,
    check: |case, _| {
        if is_meant(case) && !is_filtered_out(case) { Verdict::Pass } else { Verdict::Forbid(case.away()) }
    },
    note: |case, _, verdict| {
        match verdict {
        Verdict::Pass => "The recipient belongs to the audience.".into(),
        _ if !is_meant(case) => "The campaign is not for this recipient, so they see its fallbacks.".into(),
        _ => "The campaign's filters leave this recipient out of its share of the audience, so they see its fallbacks.".into(),
    }
    },
};
