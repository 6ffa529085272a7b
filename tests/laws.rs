//! Tries to break the laws that every decision must keep, with random campaigns, recipients, requests, models and moments.
//!
//! What a rule means is written here a second time ([`oracle`]), from the campaign's JSON and not from what the engine made of it, so that a mistake would
//! have to be made twice. Law 1 is attacked by the vectors (`tests/vectors.rs`), which every target replays.
#![cfg(not(target_arch = "wasm32"))]
// clippy.toml lets tests unwrap and panic, but not the functions that tests share
#![allow(clippy::panic, clippy::unwrap_used)]

#[path = "common/arbitrary.rs"]
mod arbitrary;
#[path = "laws/briefs.rs"]
mod briefs;
#[path = "laws/caps.rs"]
mod caps;
#[path = "laws/choice.rs"]
mod choice;
#[path = "laws/consent.rs"]
mod consent;
#[path = "laws/counterfactual.rs"]
mod counterfactual;
#[path = "laws/explanation.rs"]
mod explanation;
#[path = "laws/feeds.rs"]
mod feeds;
#[path = "laws/guardrails.rs"]
mod guardrails;
#[path = "laws/machines.rs"]
mod machines;
#[path = "laws/oracle.rs"]
mod oracle;
#[path = "laws/timing.rs"]
mod timing;

use apropos::decide::{Decision, Report, decide, explain};
use apropos::intent::Model;
use apropos::profile::{Channel, Profile, Purpose};
use apropos::time::Timestamp;
use arbitrary::Scene;
use proptest::test_runner::{Config, RngAlgorithm};
use std::sync::LazyLock;

fn cases(cases: u32) -> Config {
    // ChaCha, the default, takes longer unoptimised than what it is asked for
    let rng_algorithm = RngAlgorithm::XorShift;
    let cases = std::env::var("CASES").ok().and_then(|more| more.parse().ok()).unwrap_or(cases);
    Config { cases, rng_algorithm, failure_persistence: None, max_shrink_iters: 1500, ..Config::default() }
}

static STARTER: LazyLock<Model> = LazyLock::new(|| Model::starter().unwrap());

impl Scene {
    fn decide(&self, model: &Model) -> Decision {
        decide(&self.question(model))
    }

    fn report(&self, model: &Model) -> Report {
        explain(&self.question(model)).1.report()
    }

    /// All that is told of the decision, in bytes.
    fn told(&self) -> String {
        serde_json::to_string(&self.report(&STARTER)).unwrap()
    }
}

/// Somebody who allowed everything on a channel.
fn known(channel: Channel) -> Profile {
    let mut profile = Profile::default();
    for purpose in Purpose::ALL {
        profile.consent.record(channel, purpose, true, Timestamp(0));
    }
    profile
}

/// A Wednesday in November.
const NOON: Timestamp = Timestamp(1_795_000_000_000);
