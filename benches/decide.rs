//! What a decision costs, and what telling why costs on top of it.
#![allow(clippy::unwrap_used)]

use apropos::campaign::Campaign;
use apropos::context::{Context, Request};
use apropos::decide::{Question, decide, explain};
use apropos::intent::Model;
use apropos::profile::{Profile, fields};
use apropos::time::Timestamp;
use divan::{Bencher, black_box};
use serde_json::{Map, Value, json};

const NOW: Timestamp = Timestamp(1_795_000_000_000);

fn main() {
    // a decision takes about as long as the clock needs to tell
    divan::Divan::from_args().sample_size(100).main();
}

/// All that a decision is made from, for a customer of whom much is known.
struct Scene {
    campaign: Campaign,
    model: Model,
    profile: Profile,
    context: Context,
}

impl Scene {
    fn of(campaign: &str) -> Self {
        let document: Value = json!({
            "id": "c-1", "traits": {"first_name": "Ana", "timezone": "Europe/Zagreb", "country": "HR"},
            "consent": {"email": {"marketing": true, "personalization": true, "measurement": true}},
            "engagement": {"delivered": 9, "opens": 5, "clicks": 2, "last_open": "2026-11-10", "unanswered": 1},
            "purchases": {"count": 4, "discounted": 2, "value": 310, "last": "2026-09-01", "categories": {"tents": 2}},
            "browsing": {"sessions": 3, "product_views": 12, "info_views": 1, "last_visit": "2026-11-15"},
            "cart": {"value": 84, "items": 2}, "lifecycle": {"since": "2024-05-01"},
        });
        let document: Map<_, _> = document.as_object().cloned().unwrap_or_default();
        let request = Request {
            user_agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148".into(),
            country: "HR".into(),
            timezone: "Europe/Zagreb".into(),
            ..Request::default()
        };
        Self {
            campaign: Campaign::parse(campaign).unwrap(),
            model: Model::starter().unwrap(),
            profile: fields::read(&document, NOW).unwrap().1,
            context: Context::read(&request),
        }
    }

    fn question(&self, seed: u64) -> Question<'_> {
        Question::new(&self.campaign, &self.model, &self.profile, &self.context, black_box(NOW), seed)
    }

    fn decide(&self, bencher: Bencher<'_, '_>) {
        let mut seed = 0u64;
        bencher.bench_local(|| {
            seed += 1;
            decide(&self.question(seed))
        });
    }

    fn explain(&self, bencher: Bencher<'_, '_>) {
        let mut seed = 0u64;
        bencher.bench_local(|| {
            seed += 1;
            explain(&self.question(seed))
        });
    }
}

const FULL: &str = include_str!("../tests/vectors/campaigns/full.json");

/// A campaign of `slots` slots with `variants` variants each.
fn campaign(slots: usize, variants: usize) -> String {
    let motivations = ["price", "assortment", "convenience", "trust", "urgency"];
    let variant = |i: usize| match i {
        0 => json!({"id": "v0", "text": {"headline": "Hello"}}),
        _ => {
            json!({"id": format!("v{i}"), "text": {"headline": "Hello"}, "motivations": [motivations[i % 5]],
            "when": {"unanswered": {"$lt": 9}}})
        }
    };
    let variants: Vec<_> = (0..variants).map(variant).collect();
    let slot = |i| json!({"name": format!("s{i}"), "kind": "text", "fallback": "v0", "variants": variants});
    json!({"id": "bench", "name": "Bench", "landing": "/", "value": {"currency": "EUR", "click": 0.3, "convert": 18},
        "exploration": {"floor": (0.25 / variants.len() as f64).min(0.1)}, "slots": (0..slots).map(slot).collect::<Vec<_>>()})
    .to_string()
}

#[divan::bench]
fn full_decide(bencher: Bencher<'_, '_>) {
    Scene::of(FULL).decide(bencher);
}

#[divan::bench]
fn full_explain(bencher: Bencher<'_, '_>) {
    Scene::of(FULL).explain(bencher);
}

#[divan::bench]
fn three_slots_of_eight_decide(bencher: Bencher<'_, '_>) {
    Scene::of(&campaign(3, 8)).decide(bencher);
}

#[divan::bench]
fn three_slots_of_eight_explain(bencher: Bencher<'_, '_>) {
    Scene::of(&campaign(3, 8)).explain(bencher);
}

#[divan::bench(args = [1, 2, 8, 50, 200])]
fn one_slot_decide(bencher: Bencher<'_, '_>, variants: usize) {
    Scene::of(&campaign(1, variants)).decide(bencher);
}

#[divan::bench]
fn read_campaign(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| Campaign::parse(black_box(FULL)));
}
