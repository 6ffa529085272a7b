//! Law 4: guardrails only narrow, and none is ever passed over.

use super::arbitrary::{self, Scene};
use super::oracle::{Oracle, allows};
use super::{STARTER, cases};
use apropos::campaign::Campaign;
use apropos::decide::guardrails::{GUARDRAILS, Verdict};
use apropos::decide::{Candidates, Decision, Explanation, Outcome, explain};
use apropos::profile::{Purpose, Sight};
use apropos::time::Span;
use proptest::prelude::*;
use serde_json::{Value, json};

fn shown(scene: &Scene, decision: &Decision) -> Vec<usize> {
    (0..scene.campaign.slots.len()).filter_map(|slot| decision.shown(slot)).map(usize::from).collect()
}

fn fallbacks(scene: &Scene) -> Vec<usize> {
    scene.campaign.slots.iter().map(|slot| usize::from(slot.fallback)).collect()
}

fn verdicts(explanation: &Explanation<'_>) -> Vec<(&'static str, Verdict)> {
    explanation.verdicts().map(|(guardrail, verdict)| (guardrail.name, verdict)).collect()
}

/// The variants of one slot that were weighed.
fn weighed(explanation: &Explanation<'_>, slot: usize) -> Vec<usize> {
    explanation.weighed().iter().filter(|arm| arm.slot == slot).map(|arm| usize::from(arm.variant)).collect()
}

proptest! {
    #![proptest_config(cases(2000))]

    /// Every verdict of every guardrail, what they lead to, and what may be chosen after them.
    #[test]
    fn what_is_shown_breaks_no_rule(scene in arbitrary::scene(), file in arbitrary::model_file()) {
        let model = arbitrary::model(&file);
        let (decision, explanation) = explain(&scene.question(&model));
        let oracle = Oracle::of(&scene);
        let expected = oracle.verdicts();
        prop_assert_eq!(verdicts(&explanation), expected.clone());
        let first = expected.iter().find_map(|(name, verdict)| match verdict {
            Verdict::Forbid(outcome) => Some((*name, *outcome)),
            _ => None,
        });
        let (shown, left) = (shown(&scene, &decision), oracle.left());
        let held = oracle.held(&left);
        match (first, held) {
            (Some((name, outcome)), _) => {
                prop_assert_eq!((decision.outcome, decision.cause), (outcome, Some(name)));
                prop_assert_eq!(decision.probability, 1.0);
                prop_assert_eq!(&shown, &if outcome == Outcome::Suppress { vec![] } else { fallbacks(&scene) });
            }
            (None, Some(held)) if held.sight == Sight::Nothing => {
                prop_assert_eq!((decision.outcome, decision.cause), (Outcome::Suppress, Some("held")));
                prop_assert_eq!((decision.decided_at, decision.probability), (held.at, held.probability));
                prop_assert_eq!(&shown, &Vec::<usize>::new());
            }
            (None, Some(held)) => {
                prop_assert_eq!((decision.outcome, decision.cause), (Outcome::Show, None));
                prop_assert_eq!(decision.probability, held.probability);
                // what was fetched ahead counts from the first look
                let first_look = !held.counted && scene.context.fetcher.is_person();
                prop_assert_eq!(decision.decided_at, if first_look { scene.now } else { held.at });
                prop_assert_eq!(shown.len(), scene.campaign.slots.len());
            }
            (None, None) => {
                prop_assert_eq!(decision.decided_at, scene.now);
                match decision.outcome {
                    Outcome::Show => prop_assert_eq!(shown.len(), scene.campaign.slots.len()),
                    Outcome::Suppress => prop_assert_eq!((decision.cause, shown.len()), (Some("value"), 0)),
                    other => prop_assert!(false, "{other:?}"),
                }
                for slot in 0..shown.len() {
                    let count = scene.campaign.slots[slot].variants.len();
                    let fit = |v: &usize| left.contains(&(slot, *v)) && oracle.goes_with(slot, *v, &shown);
                    prop_assert_eq!(weighed(&explanation, slot), (0..count).filter(fit).collect::<Vec<_>>());
                }
            }
        }
        // and whatever led to it, what is shown may be shown
        if decision.outcome == Outcome::Show {
            for (slot, variant) in shown.iter().enumerate() {
                prop_assert!(left.contains(&(slot, *variant)) && oracle.goes_with(slot, *variant, &shown));
            }
        }
    }

    /// Whatever rule is added to a campaign: what it forbade it still forbids, and no variant comes back.
    #[test]
    fn another_rule_only_takes_away(
        scene in arbitrary::scene(),
        (name, rule) in proptest::sample::select(arbitrary::GUARDS.to_vec())
            .prop_flat_map(|name| (Just(name), arbitrary::guard(name))),
    ) {
        let mut stricter = scene.clone();
        let rules = stricter.document["guardrails"].as_object_mut().unwrap();
        match (rules.get_mut(name), rule) {
            (Some(Value::Array(caps)), Value::Array(more)) => caps.extend(more),
            // nothing is added in place of what is there
            (Some(_), _) => return Ok(()),
            (None, rule) => drop(rules.insert(name.to_owned(), rule)),
        }
        // the breaker is always on, and another setting may be the weaker one
        if name == "complaints" {
            let rule = &mut stricter.document["guardrails"]["complaints"];
            *rule = json!({"warn": 0.0, "stop": 0.002, "least": 500});
        }
        stricter.campaign = Campaign::parse(&stricter.document.to_string()).unwrap();
        let (before, one) = explain(&scene.question(&STARTER));
        let (after, two) = explain(&stricter.question(&STARTER));
        let by_rule = |decision: &Decision| decision.cause.is_some_and(|c| GUARDRAILS.iter().any(|g| g.name == c));
        prop_assert!(!by_rule(&before) || after.outcome != Outcome::Show);
        let forbids = |explanation: &Explanation<'_>| {
            let all = verdicts(explanation).into_iter().filter(|(_, v)| matches!(v, Verdict::Forbid(_)));
            all.map(|(name, _)| name).collect::<Vec<_>>()
        };
        for name in forbids(&one) {
            prop_assert!(forbids(&two).contains(&name), "{name} no longer forbids");
        }
        if !one.weighed().is_empty() {
            for variant in weighed(&two, 0) {
                prop_assert!(weighed(&one, 0).contains(&variant), "variant {variant} came back");
            }
        }
        // what is shown under the stricter campaign breaks no rule of the laxer one
        if after.outcome == Outcome::Show {
            let (laxer, shown) = (Oracle::of(&scene), shown(&scene, &after));
            let left = laxer.left();
            prop_assert!(shown.iter().enumerate().all(|(slot, v)| left.contains(&(slot, *v))));
        }
    }

    #[test]
    fn what_is_shown_stays_until_it_may_not(mut scene in arbitrary::scene(), elapsed in 0.0..1.2f64) {
        let decision = scene.decide(&STARTER);
        let Some(exposure) = decision.exposure(&scene.campaign, true) else { return Ok(()) };
        if !allows(&scene, Purpose::Personalization) {
            return Ok(());
        }
        scene.profile.expose(exposure);
        scene.now = scene.now.plus(Span((scene.campaign.sticky.0 as f64 * elapsed) as i64));
        let again = scene.decide(&STARTER);
        let oracle = Oracle::of(&scene);
        let forbidden = oracle.verdicts().iter().any(|(_, verdict)| matches!(verdict, Verdict::Forbid(_)));
        let holds = oracle.held(&oracle.left()).is_some_and(|held| held.at == decision.decided_at);
        if holds && !forbidden {
            prop_assert_eq!((again.outcome, again.assembly), (decision.outcome, decision.assembly));
            prop_assert_eq!((again.decided_at, again.probability), (decision.decided_at, decision.probability));
        } else {
            let other = oracle.held(&oracle.left()).is_some();
            prop_assert!(other || again.decided_at == scene.now);
        }
    }

    /// A message that was left empty stays empty as long as what is shown would stay, and then something may come.
    #[test]
    fn silence_holds_as_long_as_what_is_shown(mut scene in arbitrary::scene(), elapsed in 0.0..1.0f64) {
        let decision = scene.decide(&STARTER);
        let Some(exposure) = decision.exposure(&scene.campaign, true) else { return Ok(()) };
        if decision.outcome != Outcome::Suppress || decision.decided_at != scene.now || !allows(&scene, Purpose::Personalization) {
            return Ok(());
        }
        prop_assert_eq!((exposure.counted, &exposure.sight), (false, &Sight::Nothing));
        scene.profile.expose(exposure);
        scene.now = scene.now.plus(Span((scene.campaign.sticky.0 as f64 * elapsed) as i64));
        let newest = scene.profile.exposure(scene.campaign.id.key).map(|e| e.at);
        let again = scene.decide(&STARTER);
        if newest == Some(decision.decided_at) {
            prop_assert!(again.outcome != Outcome::Show, "{again:?}");
        }
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn candidates_only_shrink_and_never_lose_the_fallback(
        document in arbitrary::document(),
        taken in proptest::collection::vec((0..8usize, any::<u8>()), 0..60),
    ) {
        let campaign = Campaign::parse(&document.to_string()).unwrap();
        let mut candidates = Candidates::of(&campaign);
        for (slot, variant) in taken {
            let before = candidates;
            let changed = candidates.forbid(slot, variant);
            prop_assert_eq!(changed, candidates != before);
            for (slot, variant) in (0..8).flat_map(|slot| (0..8).map(move |variant| (slot, variant))) {
                prop_assert!(before.allows(slot, variant) || !candidates.allows(slot, variant));
            }
            for (slot, s) in campaign.slots.iter().enumerate() {
                prop_assert!(candidates.allows(slot, s.fallback));
            }
        }
    }

    #[test]
    fn the_holdout_hangs_on_the_seed_alone(scene in arbitrary::scene(), other in arbitrary::scene()) {
        let verdict = |scene: &Scene| {
            let found = verdicts(&explain(&scene.question(&STARTER)).1);
            found.into_iter().find(|(name, _)| *name == "holdout")
        };
        let before = verdict(&scene);
        let later = Scene { now: other.now, profile: other.profile, context: other.context, live: other.live, ..scene };
        prop_assert_eq!(verdict(&later), before);
    }

    /// What is not known of budgets and stock counts as nothing: every variant that needs them is left out.
    #[test]
    fn what_is_not_known_is_not_there(mut scene in arbitrary::scene(), fresh in prop_oneof![Just("1m"), Just("24h")]) {
        scene.document["guardrails"]["inventory"] = json!({"fresh": fresh});
        scene.campaign = Campaign::parse(&scene.document.to_string()).unwrap();
        (scene.live.budgets, scene.live.stock) = Default::default();
        let (_, explanation) = explain(&scene.question(&STARTER));
        for arm in explanation.weighed() {
            let slot = &scene.campaign.slots[arm.slot];
            let variant = &slot.variants[usize::from(arm.variant)];
            let paid = variant.incentive.as_ref().is_none_or(|i| i.budget.is_none() || i.cost == 0.0);
            prop_assert!(arm.variant == slot.fallback || paid && variant.product.is_none());
        }
    }
}

#[test]
fn any_variant_can_be_taken_away_but_the_fallback() {
    let many = include_str!("../vectors/campaigns/many.json");
    let campaign = Campaign::parse(many).unwrap();
    let mut candidates = Candidates::of(&campaign);
    for (i, slot) in campaign.slots.iter().enumerate() {
        for variant in 0..=255u8 {
            let there = usize::from(variant) < slot.variants.len();
            assert_eq!(candidates.allows(i, variant), there);
            assert_eq!(candidates.forbid(i, variant), there && variant != slot.fallback);
            assert_eq!(candidates.allows(i, variant), variant == slot.fallback);
        }
    }
}
