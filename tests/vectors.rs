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
use std::sync::LazyLock;
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

#[test]
fn a_page_decides_every_case_of_its_kind_as_recorded() {
    assert!(vectors::replay_away() >= 8);
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

/// The guardrails that can take variants away.
static NARROW: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    BTreeSet::from([
        "kill_switch",
        "support",
        "recent_purchase",
        "eligibility",
        "same_product",
        "sensitive",
        "first_contact",
        "discount_ladder",
        "margin",
        "budget",
        "inventory",
    ])
});

/// The guardrails that can settle an outcome.
static FORBID: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    BTreeSet::from([
        "kill_switch",
        "complaints",
        "consent",
        "preferences",
        "audience",
        "market",
        "freshness",
        "holdout",
        "support",
        "recent_purchase",
        "quiet_hours",
        "fatigue",
        "frequency",
    ])
});

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
        let pairs =
            explanation.intent.iter().flat_map(|head| &head.signals).filter(|signal| signal.with.is_some());
        seen.extend(pairs.map(|_| "a pair".to_owned()));
        let mut signals = explanation.intent.iter().flat_map(|head| &head.signals);
        let session = signals.any(|signal| signal.name.starts_with("session_") && !signal.value.is_null());
        seen.extend(session.then(|| "a session".to_owned()));
        let send =
            case.context.as_ref().is_some_and(|context| context.surface == apropos::context::Surface::Send);
        seen.extend(send.then(|| format!("before a send: {}", outcome(&explanation))));
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
    }
    assert_eq!(NARROW.union(&FORBID).count(), GUARDRAILS.len());
    expected.extend(NARROW.iter().map(|name| format!("{name} narrow")));
    expected.extend(FORBID.iter().map(|name| format!("{name} forbid")));
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
        "suppress by held",
        "a pair",
        "a session",
        "before a send: show",
        "before a send: suppress by consent",
        "before a send: fall back by consent",
    ] {
        expected.insert(name.to_owned());
    }
    let missing: Vec<_> = expected.difference(&seen).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
