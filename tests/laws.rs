//! Tries to break the laws that every decision must keep, with random campaigns, recipients, requests and moments.
//!
//! What a rule means is written here a second time, from the campaign's JSON and not from what the engine made of it, so that a mistake would
//! have to be made twice.
#![cfg(not(target_arch = "wasm32"))]
// clippy.toml lets tests unwrap and panic, but not the functions that tests share
#![allow(clippy::panic, clippy::unwrap_used)]

#[path = "common/arbitrary.rs"]
mod arbitrary;

use apropos::campaign::Campaign;
use apropos::context::{Context, Request};
use apropos::decide::{Candidates, Decision, Explanation, Outcome, decide, explain};
use apropos::hash::{fnv1a, mix, unit};
use apropos::intent::model::logistic;
use apropos::intent::{Facts, Head, Model, SignalId, Signals};
use apropos::profile::{Channel, Profile, Purpose};
use apropos::time::{Span, Timestamp};
use arbitrary::{MACHINES, Scene};
use proptest::prelude::*;
use proptest::test_runner::RngAlgorithm;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

fn cases(cases: u32) -> ProptestConfig {
    // ChaCha, the default, takes longer unoptimised than what it is asked for
    let rng_algorithm = RngAlgorithm::XorShift;
    ProptestConfig { cases, rng_algorithm, failure_persistence: None, ..ProptestConfig::default() }
}

impl Scene {
    fn explain(&self, model: &Model) -> (Decision, Explanation) {
        explain(&self.campaign, model, &self.profile, &self.context, self.now, self.seed)
    }

    /// All that is told of the decision.
    fn told(&self) -> Explanation {
        self.explain(&STARTER).1
    }

    fn consent(&mut self, purpose: Purpose, allowed: bool) {
        let ever = Timestamp(i64::MAX);
        self.profile.consent.record(self.campaign.channel, purpose, allowed, ever);
    }

    fn signals(&self) -> Map {
        let facts = Facts {
            channel: self.campaign.channel,
            profile: &self.profile,
            context: &self.context,
            now: self.now,
        };
        let signals = Signals::read(&facts);
        let value = |id: SignalId| match signals.get(id) {
            apropos::intent::Value::Missing => Value::Null,
            apropos::intent::Value::Number(n) => n.into(),
            apropos::intent::Value::Flag(b) => b.into(),
            apropos::intent::Value::Text(t) => t.into(),
        };
        let mut known: Map = SignalId::all().map(|id| (id.signal().name, value(id))).collect();
        let told = self.profile.attributes.to_json().filter(|_| allows(self, Purpose::Personalization));
        for name in arbitrary::ATTRIBUTES {
            known.insert(name, told.as_ref().and_then(|told| told.get(name)).cloned().unwrap_or_default());
        }
        known
    }
}

type Map = BTreeMap<&'static str, Value>;

static STARTER: LazyLock<Model> = LazyLock::new(|| Model::starter().unwrap());

// ---- law 2: consent is non-interference

/// A scene and another recipient who has said the same about consent.
fn strangers() -> impl Strategy<Value = (Scene, Profile)> {
    arbitrary::scene().prop_flat_map(|scene| {
        let other = arbitrary::profile(&scene.campaign, scene.now);
        (Just(scene), other)
    })
}

proptest! {
    #![proptest_config(cases(800))]

    #[test]
    fn without_consent_to_personalization_no_profile_matters((mut scene, mut other) in strangers(), asked: bool) {
        if asked {
            scene.consent(Purpose::Personalization, false);
        } else {
            let (all, kept) = (scene.profile.consent, &mut scene.profile.consent);
            *kept = apropos::profile::Consent::default();
            for channel in Channel::ALL {
                for purpose in Purpose::ALL {
                    let silent = channel == scene.campaign.channel && purpose == Purpose::Personalization;
                    if !silent && all.covers(channel, purpose) {
                        kept.record(channel, purpose, true, scene.now);
                    }
                }
            }
        }
        let told = scene.told();
        other.consent = scene.profile.consent;
        scene.profile = other;
        prop_assert_eq!(scene.told(), told);
    }

    #[test]
    fn under_global_privacy_control_no_profile_matters((mut scene, other) in strangers()) {
        scene.context.gpc = true;
        let told = scene.told();
        scene.profile = other;
        prop_assert_eq!(scene.told(), told);
    }

    #[test]
    fn measurement_and_other_channels_never_matter(mut scene in arbitrary::scene(), words: [bool; 9]) {
        let told = scene.told();
        let own = scene.campaign.channel;
        let places = Channel::ALL.into_iter().flat_map(|c| Purpose::ALL.map(|p| (c, p)));
        for ((channel, purpose), allowed) in places.zip(words) {
            if channel != own || purpose == Purpose::Measurement {
                scene.profile.consent.record(channel, purpose, allowed, Timestamp(i64::MAX));
            }
        }
        prop_assert_eq!(scene.told(), told);
    }

    #[test]
    fn greetings_never_matter(mut scene in arbitrary::scene(), name in arbitrary::name()) {
        let told = scene.told();
        scene.profile.traits.first_name = Some(name);
        prop_assert_eq!(scene.told(), told);
    }
}

// ---- law 4: guardrails only narrow

/// Does a condition of the document hold? Written from the documentation, over JSON.
fn holds(condition: &Value, signals: &Map) -> bool {
    let parts = |list: &Value| list.as_array().unwrap().clone();
    condition.as_object().unwrap().iter().all(|(key, value)| match key.as_str() {
        "$and" => parts(value).iter().all(|part| holds(part, signals)),
        // of no parts all hold, as GrowthBook has it
        "$or" => parts(value).is_empty() || parts(value).iter().any(|part| holds(part, signals)),
        "$nor" => !parts(value).is_empty() && !parts(value).iter().any(|part| holds(part, signals)),
        "$not" => !holds(value, signals),
        name => passes(value, &signals[name]),
    })
}

fn passes(test: &Value, signal: &Value) -> bool {
    let Value::Object(operators) = test else { return equal(test, signal) };
    operators.iter().all(|(operator, operand)| {
        let one_of = |value: &Value| operand.as_array().unwrap().iter().any(|one| equal(one, value));
        let among = || signal.as_array().map_or_else(|| one_of(signal), |list| list.iter().any(one_of));
        let numbers = signal.as_f64().zip(operand.as_f64());
        match operator.as_str() {
            "$eq" => equal(operand, signal),
            "$ne" => !equal(operand, signal),
            "$in" => among(),
            "$nin" => !among(),
            "$size" => signal.as_array().is_some_and(|list| passes(operand, &list.len().into())),
            "$lt" => numbers.is_some_and(|(a, b)| a < b),
            "$lte" => numbers.is_some_and(|(a, b)| a <= b),
            "$gt" => numbers.is_some_and(|(a, b)| a > b),
            "$gte" => numbers.is_some_and(|(a, b)| a >= b),
            "$exists" => operand.as_bool().unwrap() != signal.is_null(),
            "$not" => !passes(operand, signal),
            other => panic!("{other} is not in the documentation"),
        }
    })
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

fn allows(scene: &Scene, purpose: Purpose) -> bool {
    !scene.context.gpc && scene.profile.consent.covers(scene.campaign.channel, purpose)
}

fn span(text: &Value) -> Span {
    Span::parse(text.as_str().unwrap()).unwrap()
}

fn within(scene: &Scene, at: Timestamp, span: Span) -> bool {
    i128::from(scene.now.0) - i128::from(at.0) < i128::from(span.0)
}

/// The rules that forbid to show anything chosen, each with whether it does so here; and what happens then.
fn forbidden(scene: &Scene) -> Vec<(&'static str, Outcome)> {
    let (document, signals) = (&scene.document, scene.signals());
    let mut found = Vec::new();
    if document["status"] == "paused" {
        found.push(("kill_switch", Outcome::FallBack));
    }
    let page = scene.context.surface == apropos::context::Surface::Page;
    let consented = allows(scene, Purpose::Marketing) && allows(scene, Purpose::Personalization);
    if !page && !consented {
        found.push(("consent", Outcome::FallBack));
    }
    if document.get("audience").is_some_and(|audience| !holds(audience, &signals)) {
        found.push(("audience", Outcome::FallBack));
    }
    if unit(mix(scene.seed ^ fnv1a(b"holdout"))) < document["holdout"].as_f64().unwrap() {
        found.push(("holdout", Outcome::HoldOut));
    }
    if bought(scene).is_some_and(|then| then == "suppress") {
        found.push(("recent_purchase", Outcome::Suppress));
    }
    found
}

/// What the campaign does about a recent order, if there is one that may be looked at.
fn bought(scene: &Scene) -> Option<String> {
    let rule = scene.document["guardrails"].get("recent_purchase")?;
    let last = scene.profile.purchases.last.filter(|_| allows(scene, Purpose::Personalization))?;
    within(scene, last, span(&rule["within"])).then(|| rule["then"].as_str().unwrap().to_owned())
}

/// Why the variants of an assembly may not be shown together.
fn unfit(scene: &Scene, assembly: &[usize]) -> Option<String> {
    let signals = scene.signals();
    let no_incentive = bought(scene).is_some_and(|then| then == "no_incentive");
    for (slot, variant) in assembly.iter().enumerate() {
        let variant = &scene.document["slots"][slot]["variants"][variant];
        if variant.get("when").is_some_and(|when| !holds(when, &signals)) {
            return Some(format!("slot {slot}: not eligible"));
        }
        if no_incentive && variant.get("incentive").is_some() {
            return Some(format!("slot {slot}: an incentive after an order"));
        }
        for (other, wanted) in variant.get("needs").and_then(Value::as_object).into_iter().flatten() {
            let other: usize = other.strip_prefix('s').unwrap().parse().unwrap();
            let shown = format!("v{}", assembly[other]);
            if !wanted.as_array().unwrap().iter().any(|one| *one == shown) {
                return Some(format!("slot {slot}: does not go with {shown} in slot {other}"));
            }
        }
    }
    None
}

/// Exposures that count against each cap: how many are allowed, how many there are.
fn counted(scene: &Scene, profile: &Profile) -> Vec<(u64, u64)> {
    let caps = scene.document["guardrails"]["frequency"].as_array().unwrap();
    let count = |cap: &Value| {
        let ours = |campaign| cap["across"] == "all" || campaign == scene.campaign.id.key;
        let window = span(&cap["window"]);
        let exposures = profile.exposures.iter();
        let count =
            exposures.filter(|e| e.counted && ours(e.campaign) && within(scene, e.at, window)).count();
        (cap["max"].as_u64().unwrap(), count as u64)
    };
    caps.iter().map(count).collect()
}

fn shown(scene: &Scene, decision: &Decision) -> Vec<usize> {
    (0..scene.campaign.slots.len()).filter_map(|slot| decision.shown(slot)).map(usize::from).collect()
}

fn fallbacks(scene: &Scene) -> Vec<usize> {
    scene.campaign.slots.iter().map(|slot| usize::from(slot.fallback)).collect()
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn what_is_shown_breaks_no_rule(scene in arbitrary::scene(), model in arbitrary::model()) {
        let (decision, explanation) = scene.explain(&model);
        let (shown, forbidden) = (shown(&scene, &decision), forbidden(&scene));
        match decision.outcome {
            Outcome::Show => {
                prop_assert!(forbidden.is_empty(), "{forbidden:?}");
                prop_assert_eq!(shown.len(), scene.campaign.slots.len());
                prop_assert_eq!(unfit(&scene, &shown), None);
                if allows(&scene, Purpose::Personalization) {
                    let mut after = scene.profile.clone();
                    after.expose(decision.exposure(&scene.campaign, true).unwrap());
                    let counts = counted(&scene, &scene.profile).into_iter().zip(counted(&scene, &after));
                    for ((max, before), (_, after)) in counts {
                        prop_assert!(after <= max || after <= before, "{after} of {max}, after {before}");
                    }
                }
            }
            Outcome::Suppress => {
                prop_assert_eq!(shown.len(), 0);
                let cause = decision.cause.unwrap();
                match cause {
                    "recent_purchase" => prop_assert!(forbidden.iter().any(|f| f.0 == cause)),
                    "frequency" => prop_assert!(
                        counted(&scene, &scene.profile).iter().any(|(max, count)| count >= max)
                    ),
                    _ => prop_assert_eq!(cause, "value"),
                }
            }
            outcome @ (Outcome::HoldOut | Outcome::FallBack) => {
                prop_assert_eq!(&shown, &fallbacks(&scene));
                let cause = decision.cause.unwrap();
                prop_assert!(forbidden.contains(&(cause, outcome)), "{cause} in {forbidden:?}");
            }
        }
        // what forbids is never passed over
        let verdict = |name| explanation.guardrails.iter().find(|g| g.name == name).unwrap().verdict;
        for name in ["kill_switch", "consent", "audience", "holdout", "recent_purchase"] {
            prop_assert_eq!(verdict(name) == "forbid", forbidden.iter().any(|f| f.0 == name), "{}", name);
        }
    }

    #[test]
    fn what_is_shown_stays_until_it_may_not(mut scene in arbitrary::scene(), elapsed in 0.0..1.2f64) {
        let (decision, _) = scene.explain(&STARTER);
        let Some(exposure) = decision.exposure(&scene.campaign, true) else { return Ok(()) };
        scene.profile.expose(exposure);
        scene.now = scene.now.plus(Span((scene.campaign.sticky.0 as f64 * elapsed) as i64));
        let again = scene.explain(&STARTER).0;
        let free = allows(&scene, Purpose::Personalization) && forbidden(&scene).is_empty()
            && counted(&scene, &scene.profile).iter().all(|(max, count)| count <= max)
            && unfit(&scene, &shown(&scene, &decision)).is_none();
        let recent = within(&scene, decision.decided_at, scene.campaign.sticky);
        let newest = scene.profile.exposure(scene.campaign.id.key).unwrap().at == decision.decided_at;
        if free && recent && newest {
            prop_assert_eq!(again, decision);
        } else if again.outcome == Outcome::Show && again.decided_at == decision.decided_at {
            prop_assert!(recent && newest);
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
            let guardrails = scene.explain(&STARTER).1.guardrails;
            guardrails.into_iter().find(|g| g.name == "holdout").unwrap()
        };
        let before = verdict(&scene);
        let later = Scene { now: other.now, profile: other.profile, context: other.context, ..scene };
        prop_assert_eq!(verdict(&later), before);
    }
}

#[test]
fn any_variant_can_be_taken_away_but_the_fallback() {
    let many = include_str!("vectors/campaigns/many.json");
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

// ---- law 6: a proxy's place, language and device are not the person's

proptest! {
    #![proptest_config(cases(800))]

    #[test]
    fn where_a_machine_stands_never_matters(
        mut scene in arbitrary::scene(),
        ours in arbitrary::request(MACHINES.to_vec()),
        theirs in arbitrary::place(),
    ) {
        scene.context = Context::read(&ours);
        let told = scene.told();
        scene.context = Context::read(&Request {
            surface: ours.surface,
            user_agent: ours.user_agent,
            gpc: ours.gpc,
            ..theirs
        });
        prop_assert_eq!(scene.told(), told);
    }

    /// Outlook on the web has no name of its own: its network tells, and its User-Agent is the person's browser or nobody's.
    #[test]
    fn what_outlook_on_the_web_calls_itself_never_matters(
        mut scene in arbitrary::scene(),
        requests in [arbitrary::request(arbitrary::PEOPLE.to_vec()), arbitrary::request(arbitrary::PEOPLE.to_vec())],
    ) {
        let told = requests.map(|request| {
            let surface = apropos::context::Surface::Image;
            scene.context = Context::read(&Request { surface, gpc: false, asn: Some(8075), ..request });
            scene.told()
        });
        prop_assert_eq!(&told[0], &told[1]);
    }
}

// ---- law 7: every choice has a known probability

/// γ per unit of money: in relation to what a neutral message would bring from this recipient.
fn sharpness(scene: &Scene, explanation: &Explanation) -> f64 {
    let expected = |head: Head| explanation.intent[head as usize].value;
    let worth = |outcome: &str| scene.document["value"][outcome].as_f64().unwrap();
    let orders =
        if scene.document["goal"] == "convert" { expected(Head::Convert) * worth("convert") } else { 0.0 };
    let neutral = expected(Head::Click) * worth("click") + orders;
    scene.document["exploration"]["sharpness"].as_f64().unwrap() / neutral.max(1e-6)
}

/// Equal but for rounding.
fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-3)
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn probabilities_are_whole_and_known(scene in arbitrary::scene(), model in arbitrary::model()) {
        let (decision, explanation) = scene.explain(&model);
        prop_assert!(decision.probability > 0.0 && decision.probability <= 1.0);
        let Some(worth) = explanation.worth else {
            if decision.outcome != Outcome::Show {
                prop_assert_eq!(decision.probability, 1.0);
            }
            return Ok(());
        };
        let sharpness = sharpness(&scene, &explanation);
        let speaks = if worth > 0.0 { 1.0 } else { 1.0 / (2.0 - sharpness * worth) };
        if decision.outcome == Outcome::Suppress {
            prop_assert!(near(decision.probability, 1.0 - speaks));
            return Ok(());
        }
        let floor = scene.document["exploration"]["floor"].as_f64().unwrap();
        let mut product = speaks;
        for (slot, weighed) in explanation.weighed.iter().enumerate() {
            let arms = &weighed.variants;
            let count = arms.len() as f64;
            let floor = floor.min(0.5 / count);
            let best = arms.iter().map(|a| a.utility).fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = arms.iter().map(|a| a.probability).sum();
            prop_assert!((sum - 1.0).abs() < 1e-12, "{sum}");
            for arm in arms {
                prop_assert!(arm.probability >= floor * (1.0 - 1e-12), "{} below {floor}", arm.probability);
                let gap = 1.0 / (count + sharpness * (best - arm.utility));
                let expected = floor + (1.0 - count * floor) * gap;
                // the best one takes the rest
                prop_assert!(arm.utility == best || near(arm.probability, expected), "{} {expected}", arm.probability);
            }
            let chosen: Vec<_> = arms.iter().filter(|a| a.chosen).collect();
            prop_assert_eq!(chosen.len(), 1);
            prop_assert_eq!(Some(&chosen[0].id), explanation.assembly[slot].variant.as_ref());
            product *= chosen[0].probability;
        }
        prop_assert!((decision.probability - product).abs() <= 1e-9 * product, "{} {product}", decision.probability);
    }
}

/// Draws `DRAWS` recipients and compares how often each assembly came with the probability that was logged for it.
fn frequencies(campaign: &str, profile: &Profile, context: &Context, now: Timestamp) {
    const DRAWS: u32 = 200_000;
    let (campaign, model) = (Campaign::parse(campaign).unwrap(), &*STARTER);
    let mut seen: BTreeMap<_, (u32, f64)> = BTreeMap::new();
    let mut held_out = 0;
    for seed in 0..DRAWS {
        let decision = decide(&campaign, model, profile, context, now, seed.into());
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

fn known(channel: Channel) -> Profile {
    let mut profile = Profile::default();
    profile.consent.record(channel, Purpose::Marketing, true, Timestamp(0));
    profile.consent.record(channel, Purpose::Personalization, true, Timestamp(0));
    (profile.purchases.count, profile.purchases.discounted) = (3, 1);
    profile
}

const NOON: Timestamp = Timestamp(1_795_000_000_000);

#[test]
fn a_busy_campaign_draws_as_often_as_it_says() {
    let context = Context::default();
    frequencies(include_str!("vectors/campaigns/full.json"), &known(Channel::Email), &context, NOON);
}

#[test]
fn a_campaign_that_hardly_pays_is_silent_as_often_as_it_says() {
    let context = Context::default();
    frequencies(include_str!("vectors/campaigns/money.json"), &known(Channel::Sms), &context, NOON);
}

#[test]
fn a_page_for_a_stranger_draws_as_often_as_it_says() {
    let page = Context { surface: apropos::context::Surface::Page, ..Context::default() };
    frequencies(include_str!("vectors/campaigns/pages.json"), &Profile::default(), &page, NOON);
}

// ---- law 9: every decision explains itself

/// No number in a sentence has more than three decimals, or is a negative nothing.
fn readable(sentence: &str) -> bool {
    let decimals =
        sentence.split('.').skip(1).map(|rest| rest.chars().take_while(char::is_ascii_digit).count());
    !sentence.contains("-0") && decimals.max().unwrap_or(0) <= 3
}

/// The starter's file: it holds the intercepts, which explanations leave out.
static FILE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../src/intent/starter.json")).unwrap());

proptest! {
    #![proptest_config(cases(800))]

    #[test]
    fn explaining_changes_nothing(scene in arbitrary::scene(), model in arbitrary::model()) {
        let bare = decide(&scene.campaign, &model, &scene.profile, &scene.context, scene.now, scene.seed);
        let (decision, explanation) = scene.explain(&model);
        prop_assert_eq!(bare, decision);
        prop_assert_eq!(explanation.outcome, decision.outcome);
        prop_assert_eq!(explanation.cause, decision.cause);
        prop_assert_eq!(explanation.probability, decision.probability);
        prop_assert_eq!(explanation.decided_at, decision.decided_at);
        for (i, slot) in scene.campaign.slots.iter().enumerate() {
            let filled = &explanation.assembly[i];
            let variant = decision.shown(i).map(|v| &slot.variants[usize::from(v)].id.name);
            prop_assert_eq!((&filled.slot, filled.variant.as_ref()), (&slot.name.name, variant));
        }
    }

    #[test]
    fn every_outcome_has_its_reasons(scene in arbitrary::scene()) {
        let (decision, explanation) = scene.explain(&STARTER);
        prop_assert!(!explanation.reasons.is_empty());
        for reason in explanation.reasons.iter().chain(explanation.guardrails.iter().map(|g| &g.note)) {
            prop_assert!(reason.ends_with('.') && reason.len() > 10, "{reason}");
            prop_assert!(readable(reason), "{reason}");
        }
        let forbade = explanation.guardrails.iter().find(|g| g.verdict == "forbid").map(|g| g.name);
        prop_assert_eq!(decision.cause.filter(|c| *c != "value"), forbade);
        prop_assert_eq!(decision.outcome == Outcome::Show, decision.cause.is_none());
    }

    #[test]
    fn contributions_add_up_and_name_their_purpose(scene in arbitrary::scene()) {
        let (_, explanation) = scene.explain(&STARTER);
        let personal = allows(&scene, Purpose::Personalization);
        prop_assert_eq!(explanation.intent.len(), Head::ALL.len());
        let consent = explanation.guardrails.iter().find(|g| g.name == "consent").unwrap();
        let anonymous = consent.note.contains("nothing of the profile");
        prop_assert!(!(personal && anonymous), "{}", consent.note);
        for expectation in &explanation.intent {
            let intercept = FILE["heads"][expectation.head]["intercept"].as_f64().unwrap();
            let sum = expectation.signals.iter().fold(intercept, |sum, s| sum + s.effect);
            prop_assert!((logistic(sum) - expectation.value).abs() < 1e-12, "{}", expectation.head);
            for signal in &expectation.signals {
                prop_assert!(signal.effect != 0.0 && !signal.why.is_empty());
                let group = SignalId::of(signal.name).unwrap().signal().group;
                let request = group == apropos::intent::Group::Request;
                prop_assert_eq!(signal.purpose, (!request).then_some("personalization"));
                prop_assert!(personal || request || signal.value.is_null(), "{} without consent", signal.name);
            }
        }
    }
}
