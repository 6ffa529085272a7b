//! The shared vectors, natively; `tests/wasm_node.rs` and `tests/wasm_browser.rs` run the same on the other targets.
//!
//! `UPDATE_VECTORS=1 cargo test --test vectors` records them anew.
#![cfg(not(target_arch = "wasm32"))]

#[path = "common/vectors.rs"]
mod vectors;

use apropos::campaign::Campaign;
use apropos::decide::guardrails::GUARDRAILS;
use apropos::decide::{Outcome, Report};
use std::collections::BTreeSet;
use vectors::lines;

#[test]
fn every_case_is_decided_as_recorded() {
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        let line = |line: vectors::Line| {
            let explanation = serde_json::to_string(&line.case.explain()).unwrap();
            format!("{},\"explanation\":{explanation}}}\n", line.question)
        };
        std::fs::write("tests/vectors/decide.ndjson", lines().map(line).collect::<String>()).unwrap();
        return;
    }
    assert!(vectors::replay() >= 240);
}

/// What happened, in the words of the cases' names.
fn outcome(explanation: &Report) -> String {
    let held = explanation.outcome == Outcome::Show && explanation.weighed.is_empty();
    let word = match explanation.outcome {
        Outcome::Show if held => "the same again",
        Outcome::Show => "show",
        Outcome::Suppress => "suppress",
        Outcome::HoldOut => "hold out",
        Outcome::FallBack => "fall back",
    };
    explanation.cause.map_or(word.to_owned(), |cause| format!("{word} by {cause}"))
}

#[test]
fn every_case_ends_as_its_name_says() {
    let wrong = lines().filter_map(|line| {
        let found = outcome(&line.case.explain());
        let said = line.case.name.rsplit_once(" -> ").map(|(_, said)| said);
        (said != Some(&found)).then(|| format!("{}: {found}\n", line.case.name))
    });
    let wrong: String = wrong.collect();
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn names_are_not_used_twice() {
    let mut names = BTreeSet::new();
    for case in lines().map(|line| line.case) {
        assert!(names.insert(case.name.clone()), "{}", case.name);
    }
}

/// Every verdict that a guardrail can give, every campaign, every fetcher and every variant of the operators' campaign comes up.
#[test]
fn the_cases_leave_nothing_out() {
    let mut seen = BTreeSet::new();
    let mut campaigns = BTreeSet::new();
    for case in lines().map(|line| line.case) {
        let explanation = case.explain();
        seen.extend(explanation.guardrails.iter().map(|g| format!("{} {}", g.name, g.verdict)));
        seen.insert(outcome(&explanation));
        let arms = explanation.weighed.iter().flat_map(|slot| &slot.variants).map(|arm| arm.id.clone());
        seen.extend(arms.filter(|_| case.campaign == "operators"));
        if let Some(request) = &case.request {
            seen.insert(apropos::context::Context::read(request).fetcher.name().to_owned());
        }
        campaigns.insert(case.campaign);
    }
    assert_eq!(campaigns, vectors::CAMPAIGNS.iter().map(|(name, _)| (*name).to_owned()).collect());
    let operators = Campaign::parse(vectors::campaign("operators")).unwrap();
    let mut expected: BTreeSet<String> = operators
        .slots
        .iter()
        .flat_map(|slot| &slot.variants)
        .map(|variant| variant.id.name.clone())
        .collect();
    expected.remove("in-none"); // one of nothing: never
    for guardrail in GUARDRAILS {
        expected.insert(format!("{} pass", guardrail.name));
        let narrows = matches!(guardrail.name, "eligibility" | "recent_purchase");
        if narrows {
            expected.insert(format!("{} narrow", guardrail.name));
        }
        if guardrail.name != "eligibility" {
            expected.insert(format!("{} forbid", guardrail.name));
        }
    }
    for name in [
        "person",
        "gmail_proxy",
        "gmail_prefetch",
        "apple_mpp",
        "yahoo",
        "outlook_desktop",
        "outlook_web",
        "other_proxy",
        "scanner",
        "previewer",
        "unknown",
        "show",
        "the same again",
        "suppress by value",
    ] {
        expected.insert(name.to_owned());
    }
    let missing: Vec<_> = expected.difference(&seen).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
