//! Consent: without it nothing is chosen by the recipient's own data.
//!
//! In a mail the choice itself is individual, so it takes consent to marketing and to personalization; without either the recipient sees the
//! good default. On a page nobody is contacted, and a choice can be made from the request alone; there the signals that consent to personalization
//! doesn't cover are simply missing.

use super::{Guardrail, Verdict};
use crate::context::Surface;
use crate::decide::{Case, Outcome};
use crate::profile::Purpose;

const NEEDED: [Purpose; 2] = [Purpose::Marketing, Purpose::Personalization];

fn missing(case: &Case<'_>) -> Option<Purpose> {
    NEEDED.into_iter().find(|purpose| !case.facts.allows(*purpose))
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "consent",
    check: |case, _| match missing(case) {
        Some(_) if case.facts.context.surface != Surface::Page => Verdict::Forbid(Outcome::FallBack),
        _ => Verdict::Pass,
    },
    note: |case, _, verdict| match (missing(case), verdict) {
        (Some(purpose), Verdict::Forbid(_)) => {
            format!(
                "The recipient has not allowed {} by {}, so they see the default.",
                purpose.name(),
                case.campaign.channel.name()
            )
        }
        (Some(_), _) if case.facts.allows(Purpose::Personalization) => {
            format!(
                "The recipient allows personalization by {}; a page needs no more.",
                case.campaign.channel.name()
            )
        }
        (Some(_), _) => "Only what the page request itself tells is used; nothing of the profile.".into(),
        (None, _) => {
            format!("The recipient allows marketing and personalization by {}.", case.campaign.channel.name())
        }
    },
};
