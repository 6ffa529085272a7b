//! The kill switch: a paused campaign shows its fallbacks to everyone, also in mails that were already sent; a paused variant is shown to nobody.

use super::{Guardrail, Reads, Verdict, took};
use crate::campaign::Status;

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "kill_switch",
    reads: Reads::Moment,
    check: |case, candidates| {
        if case.campaign.status == Status::Paused {
            return Verdict::Forbid(case.away());
        }
        let mut gone = 0;
        if !case.live.paused.is_empty() {
            for (i, slot) in case.campaign.slots.iter().enumerate() {
                for (variant, v) in slot.variants.iter().zip(0..) {
                    let off = case.live.paused(&slot.name.name, &variant.id.name);
                    gone += u16::from(off && candidates.forbid(i, v));
                }
            }
        }
        if gone == 0 { Verdict::Pass } else { Verdict::Narrow(gone) }
    },
    note: |_, _, verdict| match verdict {
        Verdict::Forbid(_) => "The campaign is paused, so everyone sees its fallbacks.".into(),
        verdict => took(verdict, "switched off", "The campaign is live."),
    },
};
