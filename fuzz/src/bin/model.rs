//! Any text as a model: what is accepted answers every question with a probability, and its contributions add up.
#![no_main]

use apropos::context::Context;
use apropos::intent::{Facts, Head, Model, SignalSet, Signals};
use apropos::profile::{Channel, Profile};
use fuzz::{NOW, SCENE, check, seed};

libfuzzer_sys::fuzz_target!(
    init: seed([include_str!("../../../src/intent/starter.json"), include_str!("../../seeds/model.json")]),
    |data: &[u8]| run(data)
);

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate(data, size, max_size, seed)
});

fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let model = match Model::parse(text) {
        Ok(model) => model,
        Err(error) => return assert!(!error.0.is_empty(), "refused without a reason"),
    };
    let context = Context::default();
    for profile in [&SCENE.customer, &Profile::default()] {
        let facts = Facts::new(Channel::Email, profile, &context, NOW);
        let signals = Signals::read(&facts, SignalSet::ALL);
        let intent = model.score(&signals);
        for head in Head::ALL {
            let answer = intent.get(head);
            assert!((0.0..=1.0).contains(&answer), "{} is {answer}", head.name());
            assert!(model.contributions(head, &signals).all(|(_, effect)| effect.is_finite()));
        }
        check(&SCENE.campaign, &model, profile, &context, 7);
    }
}
