//! What the recipient wishes: a pause is kept, and a topic that isn't wanted is not brought up.

use super::{Guardrail, Reads, Verdict};
use crate::decide::{Case, Outcome};

enum Wish<'a> {
    Pause(crate::time::Timestamp),
    Not(&'a str),
}

fn against<'a>(case: &Case<'a>) -> Option<Wish<'a>> {
    let wishes = case.wishes()?;
    let paused = wishes.paused_until.get().filter(|until| **until > case.facts.now);
    let topic = case.campaign.topic.as_deref().filter(|topic| wishes.wants(topic) == Some(false));
    paused.map(|until| Wish::Pause(*until)).or(topic.map(Wish::Not))
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "preferences",
    reads: Reads::Profile,
    check: |case, _| match against(case) {
        Some(_) => Verdict::Forbid(Outcome::Suppress),
        None => Verdict::Pass,
    },
    note: |case, _, _| match against(case) {
        Some(Wish::Pause(until)) => format!("The recipient wants no messages before {until}."),
        Some(Wish::Not(topic)) => format!("The recipient wants nothing about {topic}."),
        None => "The recipient has asked for nothing else.".into(),
    },
};
