//! Eligibility: a variant is shown only to those its `when` fits.

use super::{Guardrail, Reads, Verdict, narrow};

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "eligibility",
    reads: Reads::Moment,
    check: |case, candidates| narrow(case, candidates, |variant| !variant.when.holds(&case.signals)),
    note: |_, _, verdict| match verdict {
        Verdict::Narrow(1) => "One variant is not for this recipient or moment.".into(),
        Verdict::Narrow(n) => format!("{n} variants are not for this recipient or moment."),
        _ => "Every variant fits the recipient and the moment.".into(),
    },
};
