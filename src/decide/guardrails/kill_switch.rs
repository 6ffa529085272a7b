//! The kill switch: a paused campaign shows its fallbacks to everyone, also in mails that were already sent.

use super::{Guardrail, Verdict};
use crate::campaign::Status;
use crate::decide::Outcome;

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "kill_switch",
    check: |case, _| match case.campaign.status {
        Status::Live => Verdict::Pass,
        Status::Paused => Verdict::Forbid(Outcome::FallBack),
    },
    note: |_, _, verdict| match verdict {
        Verdict::Pass => "The campaign is live.".into(),
        _ => "The campaign is paused, so everyone sees its fallbacks.".into(),
    },
};
