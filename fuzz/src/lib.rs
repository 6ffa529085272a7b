//! What the fuzz targets share: where seeds come from, and what must hold of every decision.
//!
//! A target is a binary in `src/bin/`: its seeds, and a function that takes any bytes and asserts what always holds. `cargo xtask fuzz` builds them
//! with libFuzzer's instrumentation (on stable Rust, see `xtask/src/fuzz.rs`) and runs them. Seeds are made when a target starts, out of the
//! vectors, campaigns and models that the tests use too, so that the corpus begins where the tests end; what has no example elsewhere is in `seeds/`.
#![allow(clippy::expect_used, reason = "a target that cannot begin may stop")]

#[path = "../../tests/common/vectors.rs"]
#[allow(missing_docs, reason = "shared with the tests")]
pub mod vectors;

mod json;

pub use json::mutate;

use apropos::campaign::Campaign;
use apropos::context::Context;
use apropos::decide::{Decision, Outcome, Plan, Question, Report, decide, explain, plan};
use apropos::intent::Model;
use apropos::profile::{MAX_EXPOSURES, Profile, fields, row};
use apropos::time::{DAY, Span, Timestamp};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;
use std::{env, fs};

/// The moment at which everything is decided and folded.
pub const NOW: Timestamp = Timestamp(1_795_000_000_000);

/// The folder for a target's seeds and its dictionary; set by `cargo xtask fuzz`.
const SEEDS: &str = "FUZZ_SEEDS";

/// Numbers at the edges of what their types hold; mutation alone hardly ever writes one.
const EDGES: [&str; 12] = [
    "0",
    "-1",
    "1e308",
    "-1e308",
    "1e-308",
    "1e38",
    "65535",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
];

/// Writes a target's seeds, one file each, and a dictionary of the words in them, if this run is asked to.
pub fn seed<T: AsRef<[u8]>>(seeds: impl IntoIterator<Item = T>) {
    let Some(folder) = env::var_os(SEEDS) else { return };
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("seeds")).expect("the folder of the seeds can be made");
    let mut words: BTreeSet<_> = EDGES.iter().map(|edge| edge.as_bytes().to_vec()).collect();
    for (i, seed) in seeds.into_iter().enumerate() {
        let seed = seed.as_ref();
        words.extend(
            seed.split(|b| !is_of_a_word(*b)).filter(|w| (2..=24).contains(&w.len())).map(<[u8]>::to_vec),
        );
        fs::write(folder.join(format!("seeds/{i:04}")), seed).expect("a seed can be written");
    }
    let lines = words.iter().map(|word| format!("\"{}\"\n", String::from_utf8_lossy(word)));
    fs::write(folder.join("dictionary"), lines.collect::<String>()).expect("the dictionary can be written");
}

/// Keys, names, operators, dates.
const fn is_of_a_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'-' | b'.' | b':')
}

/// The model and the campaign that every decision may be made with, and a customer of whom everything is known.
pub struct Scene {
    /// The campaign that uses every field once.
    pub campaign: Campaign,
    /// The model that is shipped.
    pub model: Model,
    /// A customer who allowed everything.
    pub customer: Profile,
}

/// See [`Scene`].
pub static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let known = vectors::lines().next().expect("there are vectors").case;
    Scene {
        campaign: Campaign::parse(vectors::campaign("full")).expect("the campaign is valid"),
        model: Model::starter().expect("the starter is valid"),
        customer: fields::read(&known.profile, known.now).expect("the profile is valid").1,
    }
});

/// The one place where targets ask for a decision.
fn ask(
    campaign: &Campaign,
    model: &Model,
    profile: &Profile,
    context: &Context,
    seed: u64,
) -> (Decision, Decision, Report, Plan) {
    let question = Question::new(campaign, model, profile, context, NOW, seed);
    let (explained, explanation) = explain(&question);
    (decide(&question), explained, explanation.report(), plan(&question, Span(3 * DAY)))
}

/// Decides, and asserts what must hold of any decision.
pub fn check(campaign: &Campaign, model: &Model, profile: &Profile, context: &Context, seed: u64) {
    let (decision, explained, explanation, plan) = ask(campaign, model, profile, context, seed);
    assert!(plan.at >= NOW && plan.at <= NOW.plus(Span(3 * DAY)), "planned for {}", plan.at);
    assert_eq!(plan.send, matches!(plan.content.outcome, Outcome::Show | Outcome::FallBack));
    assert_eq!(decision, explained, "explaining changes nothing");
    assert!(
        decision.probability > 0.0 && decision.probability <= 1.0,
        "probability {}",
        decision.probability
    );
    assert!(decision.decided_at <= NOW, "decided at {}", decision.decided_at);
    for (i, place) in decision.assembly.iter().enumerate() {
        let slot = campaign.slots.get(i);
        let expected = match decision.outcome {
            Outcome::Suppress => place.is_none(),
            Outcome::HoldOut | Outcome::FallBack => *place == slot.map(|slot| slot.fallback),
            Outcome::Show => {
                place.is_none_or(|v| slot.is_some_and(|slot| usize::from(v) < slot.variants.len()))
            }
        };
        assert!(expected, "slot {i} of {decision:?}");
    }
    let text = serde_json::to_string(&explanation).expect("an explanation is plain JSON");
    assert!(!explanation.reasons.is_empty(), "nothing is told: {text}");
    if let Some(exposure) = decision.exposure(campaign, true) {
        let mut profile = profile.clone();
        profile.expose(exposure);
        assert!(profile.exposures.len() <= MAX_EXPOSURES);
        assert_rows_keep(&profile);
    }
}

/// A profile comes back from its row as it was. Compared as bytes, since rows from elsewhere may hold numbers that equal nothing.
pub fn assert_rows_keep(profile: &Profile) {
    let written = row::write(profile).expect("every profile can be written");
    let read = row::read(&written).expect("what was written can be read");
    assert_eq!(row::write(&read).as_ref(), Ok(&written), "{profile:?}");
}

/// What an export tells, an import takes; and once numbers are rounded as a profile holds them, an export tells the same for ever.
pub fn assert_exports_keep(profile: &Profile) {
    let told = retold(&fields::write("a", profile, NOW));
    assert_eq!(retold(&told), told);
}

fn retold(told: &serde_json::Map<String, serde_json::Value>) -> serde_json::Map<String, serde_json::Value> {
    let read = fields::read(told, NOW);
    assert!(read.is_ok(), "{read:?}: {told:?}");
    read.map(|(id, read)| fields::write(&id, &read, NOW)).unwrap_or_default()
}
