//! Law 7: every choice has a known probability, and is weighed by what it is really worth.
//!
//! The values are worked out here a second time, by trying every assembly; the engine passes messages along the tree of needs instead.

use super::arbitrary::{self, Scene};
use super::oracle::Oracle;
use super::{NOON, STARTER, cases, known};
use apropos::campaign::{Campaign, Learned};
use apropos::context::{Context, Surface};
use apropos::decide::{Explanation, Outcome, Question, decide, explain};
use apropos::intent::model::logistic;
use apropos::intent::{Head, Intent};
use apropos::profile::{Channel, Profile};
use apropos::time::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const MOTIVATIONS: [&str; 5] = ["price", "assortment", "convenience", "trust", "urgency"];

/// What a message brings, and costs, as the README has it.
struct Worth<'a> {
    document: &'a Value,
    intent: &'a Intent,
}

impl Worth<'_> {
    fn money(&self, name: &str) -> f64 {
        self.document["value"][name].as_f64().unwrap()
    }

    /// What clicks and orders bring from a recipient to whom a variant speaks.
    fn gain(&self, variant: &Value) -> f64 {
        let weights = self.intent.motivations();
        let mean = weights.iter().sum::<f64>() / 5.0;
        let spoken: BTreeSet<_> =
            variant["motivations"].as_array().into_iter().flatten().map(|m| m.as_str().unwrap()).collect();
        let place = |name: &str| MOTIVATIONS.iter().position(|m| *m == name).unwrap();
        let fit = match spoken.len() {
            0 => 0.0,
            count => spoken.iter().map(|name| weights[place(name)]).sum::<f64>() / count as f64 - mean,
        };
        let share = |head| logistic(self.intent.odds(head) + 1.5 * fit);
        let cost = variant["incentive"]["cost"].as_f64().unwrap_or(0.0);
        let order = if self.document["goal"] == "convert" { self.money("convert") } else { 0.0 };
        share(Head::Click) * self.money("click") + share(Head::Convert) * (order - cost)
    }

    fn neutral(&self) -> f64 {
        self.gain(&json!({"motivations": []}))
    }

    fn cost(&self) -> f64 {
        self.money("send")
            + self.money("unsubscribe") * self.intent.get(Head::Unsubscribe)
            + self.money("complaint") * self.intent.get(Head::Complain)
    }
}

/// Every assembly that may be shown, with what its variants add together.
fn assemblies(oracle: &Oracle<'_>, worth: &Worth<'_>) -> Vec<(Vec<usize>, f64)> {
    let left = oracle.left();
    let mut all = vec![(Vec::new(), 0.0)];
    for (i, slot) in worth.document["slots"].as_array().unwrap().iter().enumerate() {
        let neutral = worth.neutral();
        let adds: Vec<f64> =
            slot["variants"].as_array().unwrap().iter().map(|v| worth.gain(v) - neutral).collect();
        let longer = |(shown, sum): &(Vec<usize>, f64)| {
            let fit = |v: &usize| left.contains(&(i, *v)) && oracle.goes_with(i, *v, shown);
            let with = |v: usize| ([shown.as_slice(), &[v]].concat(), sum + adds[v]);
            (0..adds.len()).filter(fit).map(with).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

fn best(assemblies: &[(Vec<usize>, f64)], prefix: &[usize]) -> f64 {
    let fits = assemblies.iter().filter(|(shown, _)| shown.starts_with(prefix));
    fits.map(|(_, sum)| *sum).fold(f64::NEG_INFINITY, f64::max)
}

/// γ per unit of money: in relation to what a neutral message would bring from this recipient.
fn sharpness(scene: &Scene, worth: &Worth<'_>) -> f64 {
    scene.document["exploration"]["sharpness"].as_f64().unwrap() / worth.neutral().max(1e-6)
}

/// Equal but for rounding, beside sums of a size.
fn near(a: f64, b: f64, size: f64) -> bool {
    (a - b).abs() <= 1e-9 * size.max(a.abs()).max(1e-3)
}

fn explained(scene: &Scene, explanation: &Explanation<'_>) -> Result<(), TestCaseError> {
    let decision = explanation.decision();
    let worth = Worth { document: &scene.document, intent: explanation.intent() };
    let oracle = Oracle::of(scene);
    let all = assemblies(&oracle, &worth);
    let size = all.iter().map(|(_, sum)| sum.abs()).fold(worth.neutral().abs() + worth.cost(), f64::max);
    let expected = worth.neutral() - worth.cost() + best(&all, &[]);
    let Some(told) = explanation.worth() else { return Ok(()) };
    prop_assert!(near(told, expected, size), "worth {told}, not {expected}");
    // silence
    let exploration = &scene.document["exploration"];
    let silence = exploration.get("silence").map_or(0.005, |s| s.as_f64().unwrap());
    let worse = (1.0 / (2.0 + sharpness(scene, &worth) * told.abs())).max(silence);
    let speaks = match (told > 0.0, silence == 0.0) {
        (true, true) => 1.0,
        (true, false) => 1.0 - worse,
        (false, _) => worse,
    };
    if decision.outcome == Outcome::Suppress {
        prop_assert!(near(decision.probability, 1.0 - speaks, 1.0), "{} {speaks}", decision.probability);
        prop_assert!(explanation.weighed().is_empty());
        return Ok(());
    }
    // each slot given those before it
    let mut product = speaks;
    let mut shown = Vec::new();
    for slot in 0..scene.campaign.slots.len() {
        let arms: Vec<_> = explanation.weighed().iter().filter(|arm| arm.slot == slot).collect();
        let count = arms.len() as f64;
        let floor = exploration["floor"].as_f64().unwrap().min(0.5 / count);
        let top = arms.iter().map(|arm| arm.utility).fold(f64::NEG_INFINITY, f64::max);
        let rest = |arm: u8| best(&all, &[shown.as_slice(), &[usize::from(arm)]].concat());
        let sum: f64 = arms.iter().map(|arm| arm.probability).sum();
        prop_assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        for arm in &arms {
            // utilities differ by what the best completions differ by
            let (told, expected) = (arm.utility - arms[0].utility, rest(arm.variant) - rest(arms[0].variant));
            prop_assert!(near(told, expected, size), "slot {slot}, {}: {told}, not {expected}", arm.variant);
            prop_assert!(arm.probability >= floor * (1.0 - 1e-12), "{} below {floor}", arm.probability);
            let gap = 1.0 / (count + sharpness(scene, &worth) * (top - arm.utility));
            let expected = floor + (1.0 - count * floor) * gap;
            // the best one takes the rest
            prop_assert!(
                arm.utility == top || near(arm.probability, expected, 1e-3),
                "{} {expected}",
                arm.probability
            );
        }
        let chosen: Vec<_> = arms.iter().filter(|arm| arm.chosen).collect();
        prop_assert_eq!(chosen.len(), 1);
        prop_assert_eq!(Some(chosen[0].variant), decision.shown(slot));
        let least = arms.iter().map(|arm| arm.probability).fold(1.0, f64::min);
        prop_assert!(least > 0.0);
        product *= chosen[0].probability;
        shown.push(usize::from(chosen[0].variant));
    }
    prop_assert!(all.iter().any(|(assembly, _)| *assembly == shown));
    prop_assert!(
        (decision.probability - product).abs() <= 1e-9 * product,
        "{} {product}",
        decision.probability
    );
    Ok(())
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn probabilities_are_whole_and_known(mut scene in arbitrary::scene(), file in arbitrary::model_file(), open: bool) {
        if open {
            // nothing forbids: the choice itself is what is looked at
            let rules = json!({"status": "live", "holdout": 0.0, "guardrails": {}});
            scene.document.as_object_mut().unwrap().extend(rules.as_object().unwrap().clone());
            scene.document.as_object_mut().unwrap().retain(|name, _| !matches!(name.as_str(), "audience" | "filters" | "topic"));
            scene.campaign = Campaign::parse(&scene.document.to_string()).unwrap();
            scene.profile = Profile { consent: known(scene.campaign.channel).consent, exposures: Vec::new(), preferences: Default::default(), ..scene.profile };
            scene.live.delivered = 0;
            scene.context.gpc = false;
        }
        // what was learned shifts what is worked out here; `whatever_was_learned_…` looks at that
        scene.learned = Learned::NOTHING;
        let model = arbitrary::model(&file);
        let (decision, explanation) = explain(&scene.question(&model));
        prop_assert!(decision.probability > 0.0 && decision.probability <= 1.0);
        prop_assert!(!open || explanation.worth().is_some());
        if explanation.worth().is_none() && decision.outcome != Outcome::Show && decision.cause != Some("held") {
            prop_assert_eq!(decision.probability, 1.0);
        }
        explained(&scene, &explanation)?;
    }

    #[test]
    fn whatever_was_learned_probabilities_are_whole_and_keep_their_floor(scene in arbitrary::scene(), file in arbitrary::model_file()) {
        let model = arbitrary::model(&file);
        let (decision, explanation) = explain(&scene.question(&model));
        let floor = scene.document["exploration"]["floor"].as_f64().unwrap();
        let mut product = 1.0;
        for slot in 0..scene.campaign.slots.len() {
            let arms: Vec<_> = explanation.weighed().iter().filter(|arm| arm.slot == slot).collect();
            let least = floor.min(0.5 / arms.len().max(1) as f64);
            for arm in &arms {
                prop_assert!(arm.probability >= least - 1e-12 && arm.utility.is_finite(), "{} below {least}", arm.probability);
            }
            if !arms.is_empty() {
                let sum: f64 = arms.iter().map(|arm| arm.probability).sum();
                prop_assert!((sum - 1.0).abs() < 1e-9, "they sum to {sum}");
                product *= arms.iter().filter(|arm| arm.chosen).map(|arm| arm.probability).product::<f64>();
            }
        }
        prop_assert!(decision.probability > 0.0 && decision.probability <= 1.0);
        if !explanation.weighed().is_empty() && decision.outcome == Outcome::Show {
            prop_assert!(decision.probability <= product + 1e-12, "{} of {product}", decision.probability);
        }
    }
}

/// Draws recipients and compares how often each assembly came with the probability that was logged for it.
fn frequencies(campaign: &str, profile: &Profile, context: &Context, now: Timestamp) {
    const DRAWS: u32 = 250_000;
    let campaign = Campaign::parse(campaign).unwrap();
    let mut seen: BTreeMap<_, (u32, f64)> = BTreeMap::new();
    let mut held_out = 0;
    for seed in 0..DRAWS {
        let decision = decide(&Question::new(&campaign, &STARTER, profile, context, now, seed.into()));
        if decision.outcome == Outcome::HoldOut {
            held_out += 1;
            continue;
        }
        let entry = seen.entry(decision.assembly).or_insert((0, decision.probability));
        assert_eq!(entry.1, decision.probability, "one assembly, one probability");
        entry.0 += 1;
    }
    assert!(seen.len() > 3, "{seen:?}");
    let agrees = |count: u32, draws: u32, p: f64| {
        let (expected, sigma) = (f64::from(draws) * p, (f64::from(draws) * p * (1.0 - p)).sqrt());
        // what is rare is not normal: ten more are forgiven
        assert!(
            (f64::from(count) - expected).abs() <= 5.0 * sigma + 10.0,
            "{count}, not {expected:.0} ± {sigma:.0}"
        );
    };
    agrees(held_out, DRAWS, campaign.holdout);
    for (count, probability) in seen.values() {
        agrees(*count, DRAWS - held_out, *probability);
    }
    let total: f64 = seen.values().map(|(_, p)| p).sum();
    assert!((0.999..1.000_001).contains(&total), "the assemblies seen make up {total}");
}

fn customer(channel: Channel) -> Profile {
    let mut profile = known(channel);
    (profile.purchases.count, profile.purchases.discounted) = (3, 1);
    profile
}

#[test]
fn a_busy_campaign_draws_as_often_as_it_says() {
    let context = Context::default();
    frequencies(include_str!("../vectors/campaigns/full.json"), &customer(Channel::Email), &context, NOON);
}

#[test]
fn a_campaign_that_hardly_pays_is_silent_as_often_as_it_says() {
    let context = Context::default();
    frequencies(include_str!("../vectors/campaigns/money.json"), &customer(Channel::Sms), &context, NOON);
}

#[test]
fn a_page_for_a_stranger_draws_as_often_as_it_says() {
    let page = Context { surface: Surface::Page, ..Context::default() };
    frequencies(include_str!("../vectors/campaigns/pages.json"), &Profile::default(), &page, NOON);
}

#[test]
fn a_tree_of_needs_draws_as_often_as_it_says() {
    let context = Context::default();
    frequencies(include_str!("../vectors/campaigns/tree.json"), &customer(Channel::Email), &context, NOON);
}
