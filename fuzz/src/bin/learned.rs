//! Any text as what a campaign has learned, and as lines of its log: what is accepted decides with whole probabilities, and what is folded is learned, written and read again.
#![no_main]
#![allow(clippy::expect_used, clippy::panic, reason = "what must not happen stops the run")]

use apropos::campaign::Learned;
use apropos::context::{Context, Fetcher};
use apropos::decide::{Question, decide, explain};
use apropos::learn::policy::{Learner, Line, Scope};
use fuzz::{NOW, SCENE, seed};

libfuzzer_sys::fuzz_target!(
    init: seed([include_str!("../../seeds/learned.json"), include_str!("../../seeds/log.ndjson")]),
    |data: &[u8]| run(data)
);

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate(data, size, max_size, seed)
});

fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Learned::parse(text) {
        Ok(learned) => check(&learned),
        Err(problems) => assert!(!problems.to_string().is_empty(), "refused without a reason"),
    }
    fold(text);
    let _ = Learner::from_bytes(data);
}

fn check(learned: &Learned) {
    let context = Context { fetcher: Fetcher::Person, ..Context::default() };
    for seed in 0..4 {
        let question = Question {
            learned,
            ..Question::new(&SCENE.campaign, &SCENE.model, &SCENE.customer, &context, NOW, seed)
        };
        let (decision, explanation) = explain(&question);
        assert_eq!(decision, decide(&question), "explaining changes nothing");
        let p = decision.probability;
        assert!(p > 0.0 && p <= 1.0, "probability {p}");
        let _ = explanation.report();
    }
}

/// Whatever a log says, what follows from it can be published.
fn fold(text: &str) {
    let scope = Scope { campaign: &SCENE.campaign, model: &SCENE.model };
    let mut learner = Learner::default();
    let lines: Vec<Line> = text.lines().filter_map(|line| Line::parse(line).ok()).collect();
    if lines.is_empty() {
        return;
    }
    for line in &lines {
        let _ = learner.take(&scope, line);
    }
    let bytes = learner.to_bytes().expect("a learner can be written");
    assert_eq!(Learner::from_bytes(&bytes).expect("what was written can be read"), learner);
    for now in [NOW, learner.newest().unwrap_or(NOW)] {
        let lessons = serde_json::to_string(&learner.learned(&scope, now)).expect("lessons can be written");
        if let Err(problems) = Learned::parse(&lessons) {
            panic!("what was learned can't be published: {problems}\n{lessons}");
        }
    }
    learner.settle(&scope, NOW);
    learner.bound(1);
    let _ = learner.learned(&scope, NOW);
}
