//! Consent: without it nothing is chosen by the recipient's own data, and nothing is sent.
//!
//! In a mail the choice itself is individual, so it takes consent to marketing and to personalization; without either the recipient sees the
//! good default. Before a send, marketing must be allowed, or there is none. On a page nobody is contacted, and a choice can be made from the request alone;
//! there the signals that consent to personalization doesn't cover are simply missing. Records that contradict each other allow nothing.

use super::{Guardrail, Reads, Verdict};
use crate::context::Surface;
use crate::decide::{Case, Outcome};
use crate::profile::Purpose;
use crate::profile::consent::Grant;

const NEEDED: [Purpose; 2] = [Purpose::Marketing, Purpose::Personalization];

fn missing(case: &Case<'_>) -> Option<Purpose> {
    NEEDED.into_iter().find(|purpose| !case.facts.allows(*purpose))
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "consent",
    reads: Reads::Moment,
    check: |case, _| match (missing(case), case.facts.context.surface) {
        (None, _) | (Some(_), Surface::Page) => Verdict::Pass,
        (Some(Purpose::Marketing), Surface::Send) => Verdict::Forbid(Outcome::Suppress),
        (Some(_), _) => Verdict::Forbid(Outcome::FallBack),
    },
    note: |case, _, verdict| {
        let channel = case.facts.channel.name();
        match (missing(case), verdict) {
            (Some(purpose), Verdict::Forbid(what)) => {
                let grant = case.facts.profile.consent.grant(case.facts.channel, purpose);
                let said = match grant {
                    Grant::Disputed(_) if !case.facts.context.gpc => {
                        "It is not certain whether the recipient allows"
                    }
                    _ => "The recipient has not allowed",
                };
                let so = if what == Outcome::Suppress { "nothing is sent" } else { "they see the default" };
                format!("{said} {} by {channel}, so {so}.", purpose.name())
            }
            (Some(_), _) if case.facts.allows(Purpose::Personalization) => {
                format!("The recipient allows personalization by {channel}; a page needs no more.")
            }
            (Some(_), _) => "Only what the page request itself tells is used; nothing of the profile.".into(),
            (None, _) => format!("The recipient allows marketing and personalization by {channel}."),
        }
    },
};
