//! The complaint breaker: when too many recipients call the campaign spam, it stops by itself.
//!
//! Gmail asks for less than 0.1 %, and never 0.3 % or more (<https://support.google.com/a/answer/81126>). Below a thousand deliveries a single
//! complaint would be too much of that, so shares count from there.

use super::{Guardrail, Reads, Verdict};
use crate::decide::Case;

fn rate(case: &Case<'_>) -> Option<f64> {
    let counts = case.live.delivered >= u64::from(case.campaign.guardrails.complaints.least);
    counts.then(|| case.live.complaint_rate())
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "complaints",
    reads: Reads::Moment,
    check: |case, _| match rate(case) {
        Some(rate) if rate >= case.campaign.guardrails.complaints.stop => Verdict::Forbid(case.away()),
        _ => Verdict::Pass,
    },
    note: |case, _, _| {
        let limits = &case.campaign.guardrails.complaints;
        let percent = |share: f64| (share * 1e5).round() / 1e3;
        match rate(case) {
            None => "Too little was delivered to judge complaints by.".into(),
            Some(rate) if rate >= limits.stop => {
                format!(
                    "{} % of recipients complained; from {} % the campaign stops.",
                    percent(rate),
                    percent(limits.stop)
                )
            }
            Some(rate) if rate >= limits.warn => {
                format!(
                    "Take care: {} % of recipients complained; from {} % the campaign stops.",
                    percent(rate),
                    percent(limits.stop)
                )
            }
            Some(rate) => format!("{} % of recipients complained.", percent(rate)),
        }
    },
};
