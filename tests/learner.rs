//! What a campaign learns, attacked: doubled, mixed and split logs, machines, hold-outs, the laws with something learned, and the choices made again.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::panic, clippy::unwrap_used)]

use apropos::campaign::{Campaign, Learned};
use apropos::context::{Context, Fetcher};
use apropos::decide::{Outcome, Question, decide, explain, trace};
use apropos::hash::{Key, mix, unit};
use apropos::intent::Model;
use apropos::learn::policy::{Learner, Line, Refused, Scope, Unrepeatable};
use apropos::profile::{Channel, Profile, Purpose};
use apropos::time::{DAY, HOUR, Span, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

static STARTER: LazyLock<Model> = LazyLock::new(|| Model::starter().unwrap());
static NOTHING: Learned = Learned::NOTHING;
const BEGIN: Timestamp = Timestamp(1_795_000_000_000);

fn campaign() -> Campaign {
    let document = json!({
        "id": "spring", "landing": "/", "value": {"currency": "EUR", "click": 0.5, "convert": 20, "send": 0.01},
        "holdout": 0.1, "sticky": "1h", "exploration": {"silence": 0.05, "floor": 0.02},
        "slots": [
            {"name": "hero", "kind": "text", "fallback": "plain", "variants": [
                {"id": "plain", "text": {"headline": "Hello"}},
                {"id": "sale", "text": {"headline": "Less"}, "motivations": ["price"]},
                {"id": "safe", "text": {"headline": "Safe"}, "motivations": ["trust"], "when": {"purchases": {"$gte": 1}}}]},
            {"name": "cta", "kind": "text", "fallback": "buy", "variants": [
                {"id": "buy", "text": {"headline": "Buy"}},
                {"id": "see", "text": {"headline": "See"}, "motivations": ["assortment"]}]}]
    });
    Campaign::parse(&document.to_string()).unwrap()
}

/// Somebody, by number.
fn person(n: u64) -> Profile {
    let mut profile = Profile::default();
    for purpose in Purpose::ALL {
        profile.consent.record(Channel::Email, purpose, true, Timestamp(0));
    }
    profile.purchases.count = (mix(n) % 5) as u32;
    profile.purchases.discounted = profile.purchases.count.min((mix(n ^ 1) % 4) as u32);
    profile.browsing.info_views.add(unit(mix(n ^ 2)) as f32 * 7.0, BEGIN);
    for _ in 0..mix(n ^ 3) % 12 {
        profile.engagement.unanswered.add(BEGIN, ());
    }
    profile
}

/// One person looks at one moment: the line of the log, as the Worker writes it.
fn look(campaign: &Campaign, learned: &Learned, n: u64, at: Timestamp, fetcher: Fetcher) -> Value {
    let (profile, context) = (person(n), Context { fetcher, ..Context::default() });
    let question = Question { learned, ..Question::new(campaign, &STARTER, &profile, &context, at, mix(n)) };
    let (decision, trace) = trace(&question);
    assert_eq!(decision, decide(&question));
    let mut line = json!({"schema": 2, "id": format!("e{n}"), "type": "exposure", "at": at, "subject": format!("{n:x}")});
    line.as_object_mut().unwrap().append(&mut trace.told(&question, &decision));
    line
}

fn outcome(kind: &str, n: u64, at: Timestamp) -> Value {
    json!({"id": format!("{kind}{n}"), "type": kind, "at": at, "subject": format!("{n:x}"), "campaign": "spring", "fetcher": "person"})
}

/// A log of `count` people over some days: who sees "sale" clicks often, and some order whatever they see.
fn log(campaign: &Campaign, count: u64) -> Vec<Line> {
    let mut lines = Vec::new();
    for n in 0..count {
        let at = BEGIN.plus(Span((n * 37 % count) as i64 * 20 * DAY / count as i64));
        let line = look(campaign, &NOTHING, n, at, Fetcher::Person);
        let rate = if line["assembly"]["hero"] == "sale" { 0.4 } else { 0.04 };
        if line["outcome"] == "show" && unit(mix(n ^ 7)) < rate {
            lines.push(outcome("click", n, at.plus(Span((unit(mix(n ^ 8)) * 2.0 * DAY as f64) as i64))));
        }
        if unit(mix(n ^ 9)) < 0.05 {
            lines.push(outcome("order", n, at.plus(Span(HOUR))));
        }
        lines.push(line);
    }
    lines.iter().map(|line| Line::parse(&line.to_string()).unwrap()).collect()
}

fn fold<'a>(scope: &Scope<'_>, lines: impl IntoIterator<Item = &'a Line>) -> Learner {
    let mut learner = Learner::default();
    for line in lines {
        let _ = learner.take(scope, line);
    }
    learner
}

const END: Timestamp = Timestamp(BEGIN.0 + 25 * DAY);

fn told(scope: &Scope<'_>, learner: &Learner) -> String {
    serde_json::to_string(&learner.learned(scope, END)).unwrap()
}

fn shuffled(lines: &[Line], seed: u64) -> Vec<&Line> {
    let mut order: Vec<_> = lines.iter().enumerate().collect();
    order.sort_by_key(|(i, _)| mix(*i as u64 ^ mix(seed)));
    order.into_iter().map(|(_, line)| line).collect()
}

static LOG: LazyLock<(Campaign, Vec<Line>)> = LazyLock::new(|| {
    let campaign = campaign();
    let lines = log(&campaign, 900);
    (campaign, lines)
});

fn scope() -> Scope<'static> {
    Scope { campaign: &LOG.0, model: &STARTER }
}

#[test]
fn what_differs_is_learned_and_told() {
    let learner = fold(&scope(), &LOG.1);
    let lessons = learner.learned(&scope(), END);
    assert!(lessons.evidence.exposures > 500.0 && lessons.evidence.silences > 10.0, "{:?}", lessons.evidence);
    let click = |variant: &str| lessons.slots["hero"][variant].click;
    assert!(click("sale").shift > click("plain").shift + 0.5, "{lessons:?}");
    assert!(lessons.silence.values().any(|silence| silence.share > 0.1), "orders come anyway");
    let text = serde_json::to_string(&lessons).unwrap();
    let learned = Learned::parse(&text).unwrap();
    assert_eq!(learned.lessons(), &lessons, "what it writes it reads");
    // somebody who never bought at a discount
    let profile = (0..).map(person).find(|p| p.purchases.count > 0 && p.purchases.discounted == 0).unwrap();
    let context = Context { fetcher: Fetcher::Person, ..Context::default() };
    let asked = |learned, seed| Question {
        learned,
        ..Question::new(&LOG.0, &STARTER, &profile, &context, END, seed)
    };
    // of those who are shown something: that most are left alone is right as well, as orders come anyway
    let sales = |learned| {
        let shown: Vec<_> = (0..4000).filter_map(|seed| decide(&asked(learned, seed)).shown(0)).collect();
        shown.iter().filter(|variant| **variant == 1).count() as f64 / shown.len() as f64
    };
    assert!(sales(&learned) > sales(&NOTHING) + 0.1, "{} {}", sales(&learned), sales(&NOTHING));
    let arms = (0..)
        .map(|seed| explain(&asked(&learned, seed)).1.report())
        .find(|report| !report.weighed.is_empty());
    let arms = &arms.unwrap().weighed[0].variants;
    let sentence = &arms.iter().find(|arm| arm.id == "sale").unwrap().learned.as_ref().unwrap().sentence;
    assert!(sentence.contains("times the odds of a click") && sentence.contains("exposures"), "{sentence}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn neither_order_nor_doubles_matter(seed: u64, doubled in 0usize..900) {
        let lines = shuffled(&LOG.1, seed);
        let again = lines.iter().skip(doubled).copied();
        let learner = fold(&scope(), lines.iter().copied().chain(again));
        prop_assert_eq!(&learner.aside.late, &0);
        prop_assert_eq!(told(&scope(), &learner), told(&scope(), &fold(&scope(), &LOG.1)));
    }

    #[test]
    fn shards_merge_to_what_one_would_be(seed: u64, settled: bool) {
        let part = |which: u64| {
            let mine = LOG.1.iter().filter(|line| mix(seed ^ Key::of(&line.subject).0 as u64) % 3 == which);
            let mut learner = fold(&scope(), mine);
            if settled { learner.settle(&scope(), END) }
            learner
        };
        let merged = |order: [u64; 3]| {
            let mut all = part(order[0]);
            let mut rest = part(order[1]);
            rest.merge(part(order[2]));
            all.merge(rest);
            all
        };
        let mut left = part(0);
        left.merge(part(1));
        left.merge(part(2));
        let mut whole = fold(&scope(), &LOG.1);
        if settled { whole.settle(&scope(), END) }
        whole.aside = left.aside;
        prop_assert_eq!(&left, &whole);
        prop_assert_eq!(&merged([0, 1, 2]), &left);
        prop_assert_eq!(&merged([2, 0, 1]), &left);
    }

    /// Whatever was learned: nothing that guardrails forbade is shown, probabilities are whole, and floors hold.
    #[test]
    fn what_is_learned_changes_only_what_may_be_chosen(
        n: u64, shift in -20.0..20.0f64, sd in 0.0..3.0f64, share in 0.0..100.0f64, seed: u64,
    ) {
        let effect = json!({"shift": shift, "sd": sd});
        let against = json!({"shift": -shift, "sd": sd});
        let document = json!({"campaign": "spring", "model": "starter", "at": BEGIN, "message": {"click": effect},
            "silence": {"rested": {"share": share, "sd": sd}}, "unseen": {"click": {"shift": 0, "sd": sd}, "convert": {"shift": 0, "sd": 0.1}},
            "slots": {"hero": {"safe": {"click": effect, "convert": effect}, "gone": {"click": effect}}, "cta": {"see": {"click": against}}}});
        let learned = Learned::parse(&document.to_string()).unwrap();
        let (profile, context) = (person(n), Context { fetcher: Fetcher::Person, ..Context::default() });
        let question = Question { learned: &learned, ..Question::new(&LOG.0, &STARTER, &profile, &context, BEGIN, seed) };
        let without = Question { learned: &NOTHING, ..question };
        let (decision, explanation) = explain(&question);
        let (before, plain) = explain(&without);
        prop_assert_eq!(explanation.verdicts().collect::<Vec<_>>().len(), plain.verdicts().count());
        for (one, other) in explanation.verdicts().zip(plain.verdicts()) {
            prop_assert_eq!((one.0.name, one.1), (other.0.name, other.1));
        }
        if before.outcome == Outcome::HoldOut {
            prop_assert_eq!(decision, before);
            return Ok(());
        }
        prop_assert!(decision.probability > 0.0 && decision.probability <= 1.0);
        if profile.purchases.count == 0 {
            prop_assert!(decision.shown(0) != Some(2), "not for those who never bought");
        }
        for slot in explanation.weighed().chunk_by(|a, b| a.slot == b.slot) {
            let sum: f64 = slot.iter().map(|arm| arm.probability).sum();
            prop_assert!((sum - 1.0).abs() < 1e-12, "{}", sum);
            prop_assert!(slot.iter().all(|arm| arm.probability >= 0.02 * (1.0 - 1e-12)));
        }
        if decision.outcome == Outcome::Suppress {
            prop_assert!(decision.probability <= 0.95 + 1e-12, "some are still spoken to");
        }
    }
}

#[test]
fn machines_holdouts_and_guardrails_teach_nothing() {
    let (campaign, scope) = (&LOG.0, scope());
    let mut seen = [0; 3];
    for n in 0..400 {
        for (fetcher, is_person) in
            [(Fetcher::Person, true), (Fetcher::GmailPrefetch, false), (Fetcher::AppleMpp, false)]
        {
            let text = look(campaign, &NOTHING, n, BEGIN, fetcher).to_string();
            let line = Line::parse(&text).unwrap();
            let mut learner = Learner::default();
            let taken = learner.take(&scope, &line);
            let expected = match (is_person, line.outcome.as_deref()) {
                (false, _) => Err(Refused::Machine),
                (true, Some("hold_out")) => Err(Refused::Unchosen),
                _ => Ok(()),
            };
            assert_eq!(taken, expected, "{text}");
            let lessons = learner.learned(&scope, END);
            let counted = lessons.evidence.exposures + lessons.evidence.silences;
            assert!((counted > 0.0) == expected.is_ok(), "{text}");
            seen[match expected {
                Ok(()) => 0,
                Err(Refused::Machine) => 1,
                Err(_) => 2,
            }] += 1;
        }
    }
    assert!(seen.iter().all(|count| *count > 10), "{seen:?}");
    // a guardrail's silence is not chance's, and a scanner's click is no click
    let mut line = look(campaign, &NOTHING, 1, BEGIN, Fetcher::Person);
    for (cause, expected) in
        [("fatigue", Err(Refused::Unchosen)), ("held", Err(Refused::Unchosen)), ("value", Ok(()))]
    {
        line["outcome"] = json!("suppress");
        line["cause"] = json!(cause);
        line["assembly"] = json!({"hero": null, "cta": null});
        let line = Line::parse(&line.to_string()).unwrap();
        assert_eq!(Learner::default().take(&scope, &line), expected, "{cause}");
    }
    let mut click = outcome("click", 1, BEGIN);
    click["fetcher"] = json!("scanner");
    let click = Line::parse(&click.to_string()).unwrap();
    assert_eq!(Learner::default().take(&scope, &click), Err(Refused::Machine));
}

/// A line that comes in time changes what is learned; after the books are closed it is counted, and changes nothing.
#[test]
fn late_lines_are_counted_and_not_learned_from() {
    let scope = scope();
    let mut learner = fold(&scope, &LOG.1);
    learner.settle(&scope, END);
    let before = told(&scope, &learner);
    for line in &LOG.1 {
        assert_eq!(learner.take(&scope, line), Err(Refused::Late));
    }
    assert_eq!(learner.aside.late, LOG.1.len() as u64);
    assert_eq!(told(&scope, &learner), before);
    // books that are closed on the way, with everything in time, come to the same counts
    let mut sorted: Vec<_> = LOG.1.iter().collect();
    sorted.sort_by_key(|line| line.at);
    let mut stepwise = Learner::default();
    for line in sorted {
        stepwise.settle(&scope, line.at);
        stepwise.take(&scope, line).ok();
    }
    stepwise.settle(&scope, END);
    stepwise.aside = learner.aside;
    assert_eq!(stepwise, learner);
}

#[test]
fn the_old_is_forgotten() {
    let scope = scope();
    let mut learner = fold(&scope, &LOG.1);
    learner.settle(&scope, END);
    let exposures = |now| learner.learned(&scope, now).evidence.exposures;
    let (fresh, aged) = (exposures(END), exposures(END.plus(Span(60 * DAY))));
    assert!((aged / fresh - 0.5).abs() < 0.02, "{fresh} {aged}");
    let far = END.plus(Span(11 * 60 * DAY));
    let mut old = learner.clone();
    old.settle(&scope, far);
    assert_eq!(old.learned(&scope, far).evidence.exposures, 0.0);
}

/// The starter with one weight changed, under its name.
fn namesake() -> Model {
    let mut file: Value = serde_json::from_str(include_str!("../src/intent/starter.json")).unwrap();
    file["heads"]["click"]["intercept"] = json!(-1.5);
    Model::parse(&file.to_string()).unwrap()
}

#[test]
fn a_choice_is_not_made_again_by_another_version_of_anything() {
    let campaign = &LOG.0;
    let line = |n| Line::parse(&look(campaign, &NOTHING, n, BEGIN, Fetcher::Person).to_string()).unwrap();
    let line = (0..).map(line).find(|line| line.chosen).unwrap();
    let why = |line: &Line, campaign: &Campaign, model: &Model, learned: &Learned| {
        line.choose_again(campaign, model, learned).unwrap_err().to_string()
    };
    assert!(line.choose_again(campaign, &STARTER, &NOTHING).is_ok());

    let other = namesake();
    assert_eq!(other.name, STARTER.name);
    let told = format!("model starter {}, not with starter {}", STARTER.version, other.version);
    assert!(why(&line, campaign, &other, &NOTHING).contains(&told));
    let text = serde_json::from_str::<Value>(include_str!("../src/intent/starter.json")).unwrap().to_string();
    assert!(Model::parse(&text).unwrap().version == STARTER.version, "spelt otherwise it says the same");

    let lessons = serde_json::to_string(&fold(&scope(), &LOG.1).learned(&scope(), END)).unwrap();
    let learned = Learned::parse(&lessons).unwrap();
    assert!(why(&line, campaign, &STARTER, &learned).contains("lessons none, not with "));
    let edited = Campaign { version: Key(1), ..campaign.clone() };
    assert!(why(&line, &edited, &STARTER, &NOTHING).contains("not with 00000001"));

    let old = Line { model_version: None, ..line.clone() };
    assert!(
        old.choose_again(campaign, &other, &NOTHING).is_ok(),
        "older lines name the model by its name alone"
    );
    let cut = Line { seed: None, ..line.clone() };
    assert_eq!(cut.choose_again(campaign, &STARTER, &NOTHING), Err(Unrepeatable::Lacks("seed")));
    let narrowed = Line { narrowed: vec!["hero/moon".into()], ..line };
    assert!(why(&narrowed, campaign, &STARTER, &NOTHING).contains("narrowed variants"));
}

/// Law 7: with the versions that a line names, the same probability comes out, bit for bit.
#[test]
fn every_logged_choice_is_made_again() {
    let (campaign, scope) = (&LOG.0, scope());
    let mut versions = vec![Learned::NOTHING];
    let mut learner = Learner::default();
    let mut lines = Vec::new();
    for n in 0..1200 {
        let at = BEGIN.plus(Span(n as i64 * HOUR / 4));
        let line = look(campaign, versions.last().unwrap(), n, at, Fetcher::Person).to_string();
        let parsed = Line::parse(&line).unwrap();
        let _ = learner.take(&scope, &parsed);
        if unit(mix(n ^ 77)) < 0.1 {
            let click = outcome("click", n, at.plus(Span(60_000))).to_string();
            learner.take(&scope, &Line::parse(&click).unwrap()).unwrap();
        }
        lines.push(line);
        if n % 200 == 199 {
            let text = serde_json::to_string(&learner.learned(&scope, at)).unwrap();
            versions.push(Learned::parse(&text).unwrap());
        }
    }
    let mut again = 0;
    for text in &lines {
        let line = Line::parse(text).unwrap();
        assert_eq!(line.version.as_deref(), Some(campaign.version.to_string().as_str()));
        assert_eq!(line.model.as_deref(), Some("starter"));
        assert_eq!(line.model_version, Some(STARTER.version.to_string()));
        let named = |l: &&Learned| l.version().map(|v| v.to_string()) == line.learned;
        let learned = versions.iter().find(named).unwrap();
        let decision = match line.choose_again(campaign, &STARTER, learned) {
            Ok(decision) => decision,
            Err(refused) => {
                assert_eq!((line.outcome.as_deref(), refused), (Some("hold_out"), Unrepeatable::Unchosen));
                continue;
            }
        };
        again += 1;
        assert_eq!(Some(decision.probability.to_bits()), line.probability.map(f64::to_bits), "{text}");
        let shown: Vec<_> = campaign
            .slots
            .iter()
            .enumerate()
            .map(|(i, slot)| decision.shown(i).map(|v| slot.variants[usize::from(v)].id.name.clone()))
            .collect();
        let logged = line.assembly.as_ref().unwrap();
        let logged: Vec<_> = campaign.slots.iter().map(|slot| logged[&slot.name.name].clone()).collect();
        assert_eq!(shown, logged);
    }
    assert!(again > 900, "{again}");
    let used = |l: &Learned| {
        lines
            .iter()
            .filter(|text| Line::parse(text).unwrap().learned == l.version().map(|v| v.to_string()))
            .count()
    };
    assert!(versions.iter().take(6).all(|l| used(l) == 200), "all versions decided");
}

/// Where nothing differs, hardly anything is claimed.
#[test]
fn noise_is_not_taken_for_news() {
    let scope = scope();
    let mut learner = Learner::default();
    for n in 0..3000 {
        let at = BEGIN.plus(Span(n as i64 * HOUR / 8));
        let line = look(&LOG.0, &NOTHING, n, at, Fetcher::Person).to_string();
        let _ = learner.take(&scope, &Line::parse(&line).unwrap());
        if unit(mix(n ^ 123)) < 0.05 {
            let click = outcome("click", n, at.plus(Span(60_000))).to_string();
            learner.take(&scope, &Line::parse(&click).unwrap()).unwrap();
        }
    }
    let lessons = learner.learned(&scope, END);
    for lesson in lessons.slots.values().flat_map(|variants| variants.values()) {
        assert!(lesson.click.shift.abs() < 0.35, "{lesson:?}");
        assert!(lesson.lead.values().all(|lead| lead.click.shift.abs() < 0.2), "{lesson:?}");
    }
}

#[test]
fn at_rest_between_batches_it_forgets_nothing() {
    let scope = scope();
    let mut whole = Learner::default();
    let mut rested = Learner::default();
    for (n, batch) in LOG.1.chunks(37).enumerate() {
        for line in batch {
            assert_eq!(whole.take(&scope, line), rested.take(&scope, line));
        }
        let now = BEGIN.plus(Span(n as i64 * DAY));
        whole.settle(&scope, now);
        rested.settle(&scope, now);
        rested = Learner::from_bytes(&rested.to_bytes().unwrap()).unwrap();
        assert_eq!(rested, whole);
    }
    assert_eq!(told(&scope, &rested), told(&scope, &whole));
    let bytes = whole.to_bytes().unwrap();
    assert!(Learner::from_bytes(&[]).is_err() && Learner::from_bytes(&bytes[..bytes.len() / 2]).is_err());
    assert!(Learner::from_bytes(&[&[bytes[0] + 1], &bytes[1..]].concat()).is_err(), "another version");
}

#[test]
fn a_bound_keeps_rates_as_they_were() {
    let scope = scope();
    let whole = fold(&scope, &LOG.1);
    let mut bound = whole.clone();
    bound.bound(300);
    assert!(bound.to_bytes().unwrap().len() < whole.to_bytes().unwrap().len() / 2);
    let rate = |learner: &Learner| {
        let evidence = learner.learned(&scope, END).evidence;
        (evidence.exposures, evidence.clicks / evidence.exposures)
    };
    let ((all, was), (some, is)) = (rate(&whole), rate(&bound));
    assert!(some > 100.0 && some < 0.6 * all, "{some} of {all}");
    assert!((was - is).abs() < 0.06, "{was} {is}");
    // whoever was left out stays out, whatever comes later
    let mut more = bound.clone();
    for line in &LOG.1 {
        let _ = more.take(&scope, line);
    }
    assert_eq!(told(&scope, &more), told(&scope, &bound));
    bound.bound(0);
    assert_eq!(bound.learned(&scope, END).evidence.exposures, 0.0);
}

#[test]
fn the_version_is_that_of_what_is_said_however_it_is_spelt() {
    let version = |share: &str| {
        let text = format!(
            r#"{{"campaign": "c", "model": "m", "at": "2026-11-22T10:00:00Z", "silence": {{"tired": {{"share": {share}, "sd": 0}}}}}}"#
        );
        let learned = Learned::parse(&text).unwrap();
        let again: Learned = serde_json::from_str(&format!("  {text}\n")).unwrap();
        assert_eq!(again.version(), learned.version());
        learned.version()
    };
    assert_eq!(version("1"), version("1.0"));
    assert_ne!(version("1"), version("1.5"));
}

#[test]
fn one_who_clicks_without_end_crowds_nobody_out() {
    let scope = scope();
    let calm = fold(&scope, &LOG.1);
    let mut flooded = calm.clone();
    for n in 0..2000 {
        let mut click = outcome("click", 3, BEGIN.plus(Span(n)));
        click["id"] = json!(format!("flood{n}"));
        let _ = flooded.take(&scope, &Line::parse(&click.to_string()).unwrap());
    }
    flooded.bound(1000);
    let exposures = |learner: &Learner| learner.learned(&scope, END).evidence.exposures;
    assert!((exposures(&flooded) - exposures(&calm)).abs() < 1.0, "nobody's exposures were left out");
}

#[test]
fn when_there_is_room_again_everybody_is_learned_from() {
    let scope = scope();
    let mut learner = fold(&scope, &LOG.1);
    learner.bound(100);
    learner.settle(&scope, END.plus(Span(30 * DAY)));
    (0..10).for_each(|_| learner.bound(1000));
    let before = learner.learned(&scope, END.plus(Span(31 * DAY))).evidence;
    for n in 5000..5200 {
        let line = look(&LOG.0, &NOTHING, n, END.plus(Span(30 * DAY)), Fetcher::Person);
        let _ = learner.take(&scope, &Line::parse(&line.to_string()).unwrap());
    }
    let after = learner.learned(&scope, END.plus(Span(60 * DAY))).evidence;
    assert!(after.exposures > before.exposures * 0.7 + 60.0, "{before:?} {after:?}");
}
