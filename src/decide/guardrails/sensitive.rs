//! Sensitive matters: alcohol, health, politics and the like are shown only to those who asked for them, and who are old enough.
//!
//! What somebody did is never reason enough: a sensitive variant can't be inferred, only wished for (GDPR, article 9, asks for explicit consent). The
//! wish itself is only looked at when personalization is allowed.

use super::{Guardrail, Reads, narrow, took};
use crate::campaign::{Sensitive, Variant};
use crate::decide::Case;

fn unwished(case: &Case<'_>, variant: &Variant) -> bool {
    let fits = |sensitive: Sensitive| {
        let wished =
            case.facts.known().and_then(|profile| profile.preferences.wants(sensitive.name())) == Some(true);
        let old_enough = sensitive.min_age() == 0
            || case.facts.age().is_some_and(|age| age >= u16::from(sensitive.min_age()));
        wished && old_enough
    };
    variant.sensitive.is_some_and(|sensitive| !fits(sensitive))
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "sensitive",
    reads: Reads::Profile,
    check: |case, candidates| narrow(case, candidates, |variant| unwished(case, variant)),
    note: |_, _, verdict| {
        took(
            verdict,
            "sensitive, and the recipient has not asked for it",
            "Nothing sensitive is shown unasked.",
        )
    },
};
