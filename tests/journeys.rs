//! Journeys: what happens to people, told by their events, and what they are shown. One story a file, in plain words first.
//!
//! Events are those of the Segment spec, folded as the Worker folds them. What is shown is drawn by chance; so a story asks for the *most probable* variant, and for
//! what settled the matter when nothing was drawn.
#![cfg(not(target_arch = "wasm32"))]
// clippy.toml lets tests unwrap and panic, but not the functions that tests share
#![allow(clippy::panic, clippy::unwrap_used)]

#[path = "journeys/abandonment.rs"]
mod abandonment;
#[path = "journeys/devices.rs"]
mod devices;
#[path = "journeys/low_intent.rs"]
mod low_intent;
#[path = "journeys/onboarding.rs"]
mod onboarding;
#[path = "journeys/over_mailed.rs"]
mod over_mailed;
#[path = "journeys/renewal.rs"]
mod renewal;
#[path = "journeys/replenishment.rs"]
mod replenishment;
#[path = "journeys/session.rs"]
mod session;
#[path = "journeys/win_back.rs"]
mod win_back;

use apropos::campaign::Campaign;
use apropos::context::{Context, Fetcher};
use apropos::decide::{Outcome, Plan, Question, Report, explain, plan};
use apropos::intent::Model;
use apropos::profile::event::Event;
use apropos::profile::{Folded, Profile};
use apropos::time::{Span, Timestamp};
use serde_json::{Value, json};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap_or_else(|| panic!("{text} is no time"))
}

/// An `identify` call of somebody who allows everything by e-mail, and what else they tell.
fn identify(when: &str, more: Value) -> Value {
    let allowed = json!({"marketing": true, "personalization": true, "measurement": true});
    let mut traits = json!({"consent": {"email": allowed}, "country": "HR", "timezone": "Europe/Zagreb"});
    traits.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"type": "identify", "timestamp": when, "traits": traits})
}

/// A `track` call.
fn track(when: &str, event: &str, properties: Value) -> Value {
    json!({"type": "track", "timestamp": when, "event": event, "properties": properties})
}

/// A `page` call.
fn page(when: &str, category: &str, seconds: u32) -> Value {
    json!({"type": "page", "timestamp": when, "properties": {"category": category, "duration": seconds}})
}

/// The same event on several days, at nine.
fn on(days: &[&str], event: &str, properties: &Value) -> Vec<Value> {
    days.iter().map(|day| track(&format!("{day}T09:00:00Z"), event, properties.clone())).collect()
}

/// Folds events into a profile, as they come.
fn live(profile: &mut Profile, events: &[Value]) {
    for event in events {
        let event: Event = serde_json::from_value(event.clone()).unwrap();
        let folded = profile.fold(&event, event.timestamp);
        assert_eq!(folded, Folded::Applied, "{event:?}");
    }
}

fn someone(events: &[Value]) -> Profile {
    let mut profile = Profile::default();
    live(&mut profile, events);
    profile
}

/// A campaign: rules over a slot named `hero`. Nothing is tried out on anybody without need, so that the stories stay short.
fn campaign(id: &str, rules: Value, variants: Value) -> Campaign {
    let mut document = json!({"id": id, "landing": "https://shop.example/",
        "value": {"currency": "EUR", "click": 0.3, "convert": 18, "unsubscribe": 8, "complaint": 25, "send": 0.001},
        "exploration": {"floor": 0.02, "sharpness": 100, "silence": 0},
        "slots": [{"name": "hero", "kind": "text", "fallback": "plain", "variants": variants}]});
    document.as_object_mut().unwrap().extend(rules.as_object().unwrap().clone());
    Campaign::parse(&document.to_string()).unwrap_or_else(|problems| panic!("{problems}"))
}

/// A variant that speaks to motivations.
fn variant(id: &str, motivations: &[&str], more: Value) -> Value {
    let mut variant = json!({"id": id, "text": {"headline": id}, "motivations": motivations});
    variant.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    variant
}

/// Everything, by what it speaks to, and one that speaks to everyone.
fn one_of_each() -> Value {
    json!([
        variant("plain", &[], json!({})),
        variant("sale", &["price"], json!({"incentive": {"cost": 2, "discount": 10}})),
        variant("new", &["assortment"], json!({})),
        variant("easy", &["convenience"], json!({})),
        variant("guarantee", &["trust"], json!({})),
        variant("last-chance", &["urgency"], json!({})),
    ])
}

/// What a person who opens a mail is shown, and why.
fn opened(campaign: &Campaign, profile: &Profile, when: &str) -> Report {
    let context = Context { fetcher: Fetcher::GmailProxy, ..Context::default() };
    asked(campaign, profile, &context, when)
}

fn asked(campaign: &Campaign, profile: &Profile, context: &Context, when: &str) -> Report {
    let model = Model::starter().unwrap();
    // a few recipients of the same history: chance leaves some of those alone who are hardly worth a message
    let ask = |seed| explain(&Question::new(campaign, &model, profile, context, at(when), seed)).1.report();
    (0..20).map(ask).find(|report| report.cause != Some("value")).unwrap_or_else(|| ask(0))
}

fn planned(campaign: &Campaign, profile: &Profile, when: &str, window: &str) -> Plan {
    let (model, context) = (Model::starter().unwrap(), Context::default());
    let window = Span::parse(window).unwrap();
    plan(&Question::new(campaign, &model, profile, &context, at(when), 1), window)
}

/// The variant of the first slot that is most probable.
fn leading(report: &Report) -> &str {
    assert_eq!(report.outcome, Outcome::Show, "{:?}", report.reasons);
    let arms = &report.weighed.first().unwrap().variants;
    &arms.iter().max_by(|a, b| a.probability.total_cmp(&b.probability)).unwrap().id
}

/// The variants that might have been shown.
fn possible(report: &Report) -> Vec<&str> {
    report.weighed.iter().flat_map(|slot| &slot.variants).map(|arm| arm.id.as_str()).collect()
}

/// What the model expects.
fn expected(report: &Report, head: &str) -> f64 {
    report.intent.iter().find(|e| e.head == head).unwrap().value
}
