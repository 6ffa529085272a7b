//! Deciding allocates nothing: it runs for every picture of every mail, beside a thousand others in one isolate.
#![cfg(not(target_arch = "wasm32"))]
// clippy.toml lets tests unwrap, but not the functions that tests share
#![allow(clippy::unwrap_used)]

#[path = "common/vectors.rs"]
mod vectors;

use apropos::campaign::{Campaign, Learned};
use apropos::context::Context;
use apropos::decide::{Question, decide, explain, trace};
use apropos::intent::Model;
use apropos::profile::fields;
use serde_json::{Map, json};
use std::hint::black_box;

#[test]
fn deciding_allocates_nothing() {
    let model = Model::starter().unwrap();
    for case in vectors::lines().map(|line| line.case) {
        let campaign = Campaign::parse(vectors::campaign(&case.campaign)).unwrap();
        let (_, profile) = fields::read(&case.profile, case.now).unwrap();
        let context = case.request.as_ref().map(Context::read).or(case.context).unwrap();
        let live = case.live.unwrap_or_default();
        let question = Question::new(&campaign, &model, &profile, &context, case.now, case.seed);
        let question = Question { live: &live, ..question };
        let deciding = allocation_counter::measure(|| {
            black_box(decide(&question));
        });
        assert_eq!(deciding.count_total, 0, "{}", case.name);
        let explaining = allocation_counter::measure(|| {
            black_box(explain(&question).1.report());
        });
        assert!(explaining.count_total > 0, "the counter counts");
        let learned = learned(&campaign);
        let question = Question { learned: &learned, ..question };
        let deciding = allocation_counter::measure(|| {
            black_box((decide(&question), trace(&question)));
        });
        assert_eq!(deciding.count_total, 0, "{}, with something learned", case.name);
    }
}

/// Something that was learned of every variant.
fn learned(campaign: &Campaign) -> Learned {
    let effect = json!({"shift": 0.2, "sd": 0.1});
    let lesson = json!({"click": effect, "lead": {"price": {"click": effect}}, "device": {"phone": {"convert": effect}}});
    let slots: Map<_, _> = campaign
        .slots
        .iter()
        .map(|slot| {
            let variants: Map<_, _> =
                slot.variants.iter().map(|v| (v.id.name.clone(), lesson.clone())).collect();
            (slot.name.name.clone(), variants.into())
        })
        .collect();
    let lessons = json!({"campaign": campaign.id.name, "model": "starter", "at": 0, "message": {"click": effect}, "slots": slots});
    serde_json::from_value(lessons).unwrap()
}
