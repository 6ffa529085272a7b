//! Law 9: every decision explains itself, and explaining changes nothing.

use super::arbitrary::{self, Scene};
use super::oracle::allows;
use super::{STARTER, cases};
use apropos::decide::guardrails::Verdict;
use apropos::decide::{Outcome, explain};
use apropos::intent::model::Term;
use apropos::intent::{Group, Head, SignalId};
use apropos::profile::Purpose;
use proptest::prelude::*;
use serde_json::Value;

/// A sentence: it begins with a capital letter, a digit, or a name in quotes, and ends with a full stop; no number in it has more than three decimals, or
/// is a negative nothing; nothing of the inside shows through.
pub fn readable(sentence: &str) -> bool {
    let begins = sentence.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || c == '“');
    let decimals =
        sentence.split('.').skip(1).map(|rest| rest.chars().take_while(char::is_ascii_digit).count());
    let nothing = sentence.split(|c: char| !(c.is_ascii_digit() || c == '-' || c == '.')).any(|number| {
        let number = number.trim_end_matches('.');
        number.starts_with('-') && number.parse() == Ok(0.0)
    });
    let inside =
        ["NaN", " inf ", "None", "Some(", "null", "_", "  "].iter().any(|part| sentence.contains(part));
    let long = sentence.ends_with('.') && sentence.len() > 10;
    begins && long && !nothing && !inside && decimals.max().unwrap_or(0) <= 3
}

#[test]
fn the_checker_tells_sentences_apart() {
    for sound in [
        "“v1” speaks to everyone.",
        "3 variants are left out: sold out.",
        "It would be -0.5.",
        "Before 2026-11-05T10:00:00.250Z.",
    ] {
        assert!(readable(sound), "{sound}");
    }
    for unsound in [
        "no capital letter.",
        "It ends nowhere",
        "It is -0 now.",
        "It is -0.00 now.",
        "It is 0.12345 now.",
        "Some_signal is 3.",
        "It is NaN.",
    ] {
        assert!(!readable(unsound), "{unsound}");
    }
}

proptest! {
    #![proptest_config(cases(800))]

    #[test]
    fn explaining_changes_nothing(scene in arbitrary::scene(), file in arbitrary::model_file()) {
        let model = arbitrary::model(&file);
        let bare = scene.decide(&model);
        let (decision, explanation) = explain(&scene.question(&model));
        prop_assert_eq!(bare, decision);
        let report = explanation.report();
        prop_assert_eq!(report.outcome, decision.outcome);
        prop_assert_eq!(report.cause, decision.cause);
        prop_assert_eq!(report.probability, decision.probability);
        prop_assert_eq!(report.decided_at, decision.decided_at);
        prop_assert_eq!(report.assembly.len(), scene.campaign.slots.len());
        for (i, slot) in scene.campaign.slots.iter().enumerate() {
            let filled = &report.assembly[i];
            let variant = decision.shown(i).map(|v| &slot.variants[usize::from(v)].id.name);
            prop_assert_eq!((&filled.slot, filled.variant.as_ref()), (&slot.name.name, variant));
        }
        // what was weighed, with its probabilities, is what the report tells
        let told = report.weighed.iter().flat_map(|slot| slot.variants.iter().map(|arm| (arm.utility, arm.probability, arm.chosen)));
        let weighed = explanation.weighed().iter().map(|arm| (arm.utility, arm.probability, arm.chosen));
        prop_assert_eq!(told.collect::<Vec<_>>(), weighed.collect::<Vec<_>>());
    }

    /// The same question, asked again: the same bytes.
    #[test]
    fn the_same_question_has_the_same_answer(scene in arbitrary::scene(), file in arbitrary::model_file()) {
        let bytes = |scene: &Scene| {
            let model = arbitrary::model(&file);
            serde_json::to_string(&scene.report(&model)).unwrap()
        };
        prop_assert_eq!(bytes(&scene), bytes(&scene.clone()));
    }

    #[test]
    fn a_suppressed_message_is_empty(scene in arbitrary::scene()) {
        let report = scene.report(&STARTER);
        let filled = report.assembly.iter().filter(|slot| slot.variant.is_some()).count();
        let expected = if report.outcome == Outcome::Suppress { 0 } else { scene.campaign.slots.len() };
        prop_assert_eq!(filled, expected);
        let remembered = scene.decide(&STARTER).exposure(&scene.campaign, true);
        let discount = remembered.as_ref().map_or(0, |exposure| exposure.discount);
        prop_assert!(report.outcome == Outcome::Show || discount == 0);
        prop_assert_eq!(remembered.is_some(), matches!(report.outcome, Outcome::Show | Outcome::Suppress));
    }

    #[test]
    fn every_outcome_has_its_reasons(scene in arbitrary::scene(), file in arbitrary::model_file()) {
        let model = arbitrary::model(&file);
        let (decision, explanation) = explain(&scene.question(&model));
        let report = explanation.report();
        prop_assert!(!report.reasons.is_empty() && !report.for_recipient.is_empty());
        let notes = report.guardrails.iter().map(|g| &g.note);
        let otherwise = report.otherwise.iter().map(|change| &change.sentence);
        for sentence in report.reasons.iter().chain(&report.for_recipient).chain(notes).chain(otherwise) {
            prop_assert!(readable(sentence), "{sentence}");
        }
        let forbade = report.guardrails.iter().find(|g| g.verdict == "forbid");
        prop_assert_eq!(decision.cause.filter(|c| !matches!(*c, "value" | "held")), forbade.map(|g| g.name));
        prop_assert_eq!(decision.outcome == Outcome::Show, decision.cause.is_none());
        // what settled it is the reason that is given
        if let Some(settled) = forbade {
            prop_assert_eq!(&report.reasons, &vec![settled.note.clone()]);
        }
        // a guardrail that strikes says something else than one that doesn't
        for ((guardrail, verdict), reason) in explanation.verdicts().zip(&report.guardrails) {
            prop_assert_eq!(guardrail.name, reason.name);
            let word = match verdict { Verdict::Pass => "pass", Verdict::Narrow(_) => "narrow", Verdict::Forbid(_) => "forbid" };
            prop_assert_eq!(word, reason.verdict);
        }
    }

    /// Signals and pairs add up to the calibrated answer: bit for bit, since nothing else is in there.
    #[test]
    fn contributions_add_up_and_name_their_purpose(scene in arbitrary::scene(), file in arbitrary::model_file()) {
        let model = arbitrary::model(&file);
        let (_, explanation) = explain(&scene.question(&model));
        let report = explanation.report();
        let personal = allows(&scene, Purpose::Personalization);
        prop_assert_eq!(report.intent.len(), Head::ALL.len());
        let consent = report.guardrails.iter().find(|g| g.name == "consent").unwrap();
        prop_assert!(!(personal && consent.note.contains("nothing of the profile")), "{}", consent.note);
        for (expectation, head) in report.intent.iter().zip(Head::ALL) {
            let file = &file["heads"][expectation.head];
            let intercept = file["intercept"].as_f64().unwrap();
            let sum = expectation.signals.iter().fold(intercept, |sum, signal| sum + signal.effect);
            // nothing is certain: answers stop at ±30
            let odds = calibrated(file, sum).clamp(-30.0, 30.0);
            let told = explanation.intent().odds(head);
            prop_assert!(odds == told || (odds - told).abs() <= 1e-12 * told.abs().max(1.0), "{}: {odds} {told}", expectation.head);
            let terms: f64 = explanation.contributions(head).fold(model.intercept(head), |sum, (_, effect)| sum + effect);
            prop_assert_eq!(model.calibrated(head, terms).clamp(-30.0, 30.0).to_bits(), told.to_bits(), "{}", expectation.head);
            for (signal, (term, _)) in expectation.signals.iter().zip(explanation.contributions(head)) {
                prop_assert!(signal.effect != 0.0 && !signal.why.is_empty());
                prop_assert_eq!(signal.with.is_some(), matches!(term, Term::Pair(..)));
                let declared = SignalId::of(signal.name).unwrap().signal();
                let by_itself = matches!(declared.group, Group::Request | Group::Session) || declared.name == "channel";
                prop_assert_eq!(signal.purpose, (!by_itself).then_some("personalization"), "{}", signal.name);
                prop_assert!(personal || by_itself || signal.value.is_null(), "{} without consent", signal.name);
            }
        }
    }
}

/// A broken line between knots, straight beyond them.
fn calibrated(file: &Value, sum: f64) -> f64 {
    let knots: Vec<(f64, f64)> = file["calibration"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|k| (k[0].as_f64().unwrap(), k[1].as_f64().unwrap()))
        .collect();
    if knots.is_empty() {
        return sum;
    }
    let after = knots.iter().position(|knot| sum < knot.0).unwrap_or(knots.len()).clamp(1, knots.len() - 1);
    let ((x0, y0), (x1, y1)) = (knots[after - 1], knots[after]);
    y0 + (sum - x0) * (y1 - y0) / (x1 - x0)
}
