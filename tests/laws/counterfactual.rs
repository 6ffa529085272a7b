//! Law 9: what an explanation says would have been otherwise is true. The change is made to the recipient's real history, and the question asked again.

use super::arbitrary::{self, Scene};
use super::cases;
use apropos::decide::Change;
use apropos::hash::Key;
use apropos::intent::signal::Kind;
use apropos::intent::{Facts, SignalId, SignalSet, Signals, Value};
use apropos::profile::{Decayed, Latest, Pace, Profile, Stage};
use apropos::time::{DAY, HOUR, Timestamp};
use proptest::prelude::*;

/// A history in which a signal has a value, where one can be made up; that it has is checked.
fn with(scene: &Scene, signal: &str, value: &serde_json::Value) -> Option<Profile> {
    let mut profile = scene.profile.clone();
    let now = scene.now;
    let number = value.as_f64().unwrap_or(0.0);
    let ago = |unit: i64| Some(Timestamp(now.0.saturating_sub((number * unit as f64).ceil() as i64)));
    let count = Decayed::<14>::new(number as f32, now);
    let long = |value: f64| Decayed::<30>::new(value as f32, now);
    match signal {
        "opens" => profile.engagement.opens = long(number),
        "delivered" => profile.engagement.delivered = long(number),
        "clicks" => profile.engagement.clicks = Pace { long: long(number), ..profile.engagement.clicks },
        "negatives" => profile.engagement.negatives = Decayed::new(number as f32, now),
        "bounces" => profile.engagement.bounces = Decayed::new(number as f32, now),
        "unanswered" => {
            profile.engagement.unanswered = Default::default();
            (0..number.ceil() as i64)
                .for_each(|n| profile.engagement.unanswered.add(Timestamp(now.0.saturating_sub(n)), ()));
        }
        "weekly_limit" => profile.preferences.weekly = latest(number.ceil() as u8, now),
        "days_since_open" => profile.engagement.last_open = ago(DAY),
        "days_since_click" => profile.engagement.last_click = ago(DAY),
        "days_since_delivered" => profile.engagement.last_delivered = ago(DAY),
        "purchases" => profile.purchases.count = number.ceil() as u32,
        "purchase_value" => profile.purchases.value = Decayed::new(number as f32, now),
        "days_since_purchase" => profile.purchases.last = ago(DAY),
        "returns" => profile.purchases.returns = Decayed::new(number as f32, now),
        "info_views" => profile.browsing.info_views = count,
        "price_views" => profile.browsing.price_views = count,
        "searches" => profile.browsing.searches = count,
        "sessions" => profile.browsing.sessions = count,
        "dwell_minutes" => profile.browsing.dwell_minutes = count,
        "wishes" => profile.browsing.wishes = long(number),
        "product_views" => {
            profile.browsing.product_views = Pace { long: count, ..profile.browsing.product_views }
        }
        "page_value" => profile.browsing.page_value = latest(number as f32, now),
        "days_since_visit" => profile.browsing.last_visit = ago(DAY),
        "hours_since_checkout" => profile.browsing.last_checkout = ago(HOUR),
        "tenure_days" => profile.lifecycle.since = ago(DAY),
        "stage" => {
            let stages = [
                ("new", Stage::New),
                ("active", Stage::Active),
                ("lapsing", Stage::Lapsing),
                ("lapsed", Stage::Lapsed),
            ];
            profile.lifecycle.stage = latest(stages.iter().find(|(name, _)| value == name)?.1, now);
        }
        "days_since_use" => profile.usage.last = ago(DAY),
        "days_to_renewal" => {
            profile.usage.renewal = latest(Timestamp(now.0.saturating_add((number * DAY as f64) as i64)), now)
        }
        "open_tickets" => {
            profile.support.tickets.clear();
            (0..number.ceil() as u32).for_each(|n| profile.support.hear(Key(n), latest(true, now)));
        }
        "sentiment" => {
            (profile.support.mood, profile.support.moods) =
                (Decayed::new(number as f32, now), Decayed::new(1.0, now))
        }
        "days_since_support" => profile.support.last = ago(DAY),
        "age" => {
            profile.traits.birth_year =
                latest((apropos::time::civil_from_days(now.day()).0 - 1 - number as i64) as u16, now)
        }
        "area" => profile.traits.area = latest(value.as_str()?.to_owned(), now),
        _ => return None,
    }
    Some(profile)
}

fn latest<T: PartialOrd>(value: T, at: Timestamp) -> Latest<T> {
    let mut latest = Latest::default();
    latest.tell(value, at);
    latest
}

fn signals<'a>(scene: &'a Scene) -> Signals<'a> {
    let facts = Facts::new(scene.campaign.channel, &scene.profile, &scene.context, scene.now);
    Signals::read(&facts, SignalSet::ALL)
}

/// A value on the right side of what a change asks for.
fn asked(scene: &Scene, id: SignalId, change: &Change) -> serde_json::Value {
    match (id.signal().kind, signals(scene).get(id), change.to.as_f64()) {
        // just below the cut, if it lies below what is
        (Kind::Number, Value::Number(is), Some(cut)) if cut <= is => {
            let whole = id.signal().cuts.iter().any(|cut| cut.fract() == 0.5) && is.fract() == 0.0;
            if whole { ((cut.ceil() - 1.0).max(0.0)).into() } else { (cut - 1e-3).into() }
        }
        _ => change.to.clone(),
    }
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn what_would_be_otherwise_is_true(scene in arbitrary::scene(), file in arbitrary::model_file()) {
        let model = arbitrary::model(&file);
        let report = scene.report(&model);
        let Some(change) = &report.otherwise else { return Ok(()) };
        let leading = |scene: &Scene| {
            let decision = scene.decide(&model);
            let variant = decision.shown(0).map(|v| scene.campaign.slots[0].variants[usize::from(v)].id.name.clone());
            (decision.outcome, variant)
        };
        prop_assert!((change.outcome, &change.variant) != (report.outcome, &report.assembly[0].variant), "nothing would change");
        let mut changed = scene.clone();
        let Some(id) = SignalId::of(change.signal) else {
            prop_assert_eq!(change.signal, "now");
            // beyond the year 9999 moments can be written, but not read
            let Ok(now) = serde_json::from_value(change.to.clone()) else { return Ok(()) };
            changed.now = now;
            prop_assert_eq!(leading(&changed), (change.outcome, change.variant.clone()));
            return Ok(());
        };
        let Some(profile) = with(&scene, change.signal, &asked(&scene, id, change)) else { return Ok(()) };
        changed.profile = profile;
        let (before, after) = (signals(&scene), signals(&changed));
        // only if that and nothing else that is asked for has changed is it the same story
        let used = model.signals().union(scene.campaign.signals);
        if used.iter().any(|other| other != id && before.get(other) != after.get(other)) {
            return Ok(());
        }
        // and only if the history could be made to say so: up to the bound or beyond it, on the other side of what is
        let reached = match (before.get(id), after.get(id), change.to.as_f64()) {
            (Value::Number(was), Value::Number(is), Some(cut)) => if cut > was { is == cut || (is > cut && is - cut < 1e-6) } else { is < cut && cut - is < 1.0 },
            (_, is, _) => is.to_json() == change.to,
        };
        if reached {
            prop_assert_eq!(leading(&changed), (change.outcome, change.variant.clone()), "{}", &change.sentence);
        }
    }
}

/// What a guardrail looks at is not told as what would lead to another choice: with an open ticket there would be none.
#[test]
fn what_a_guardrail_would_forbid_is_not_promised() {
    let variants = serde_json::json!([{"id": "plain", "text": {"headline": "x"}},
        {"id": "help", "text": {"headline": "x"}, "motivations": ["trust"], "when": {"open_tickets": {"$gte": 1}}}]);
    let document = |rules| {
        serde_json::json!({"id": "a", "landing": "/", "goal": "click", "value": {"currency": "EUR", "click": 1},
        "exploration": {"floor": 0, "sharpness": 1e6, "silence": 0}, "guardrails": rules,
        "slots": [{"name": "s", "kind": "text", "fallback": "plain", "variants": variants}]})
    };
    let mut profile = super::known(apropos::profile::Channel::Email);
    profile.browsing.info_views = Decayed::new(9.0, super::NOON);
    let told = |rules| {
        let campaign = apropos::campaign::Campaign::parse(&document(rules).to_string()).unwrap();
        let context = apropos::context::Context::default();
        let question =
            apropos::decide::Question::new(&campaign, &super::STARTER, &profile, &context, super::NOON, 1);
        apropos::decide::explain(&question).1.report().otherwise.map(|change| change.signal)
    };
    assert_eq!(told(serde_json::json!({})), Some("open_tickets"));
    assert_ne!(told(serde_json::json!({"support": {}})), Some("open_tickets"));
}
