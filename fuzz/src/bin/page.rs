//! Any bytes as the body of a bundle, half of them as a brief and as what a browser kept: whatever is accepted decides, and decides the same twice.
#![no_main]
#![allow(clippy::expect_used, reason = "a target that cannot begin may stop")]

use apropos::campaign::{Campaign, Feeds, Learned, Live};
use apropos::context::Context;
use apropos::decide::{Brief, Question};
use apropos::hash::fnv1a;
use apropos::intent::Model;
use apropos::page::{Bundle, Consent, Surroundings, Visit};
use fuzz::vectors::{CAMPAIGNS, campaign};
use fuzz::{NOW, SCENE, seed};
use std::sync::{LazyLock, OnceLock};

libfuzzer_sys::fuzz_target!(init: seed(seeds()), |data: &[u8]| run(data));

static CONTEXT: LazyLock<Context> = LazyLock::new(|| Context::on_page("", "hr", "Europe/Zagreb", false));

/// Magic, version, registries, hash.
const HEADER: usize = 20;

fn bundle(name: &str) -> Vec<u8> {
    let campaign = Campaign::parse(campaign(name)).expect("campaigns of the vectors are valid");
    let model = Model::starter().expect("the starter loads");
    let (live, learned) = (Live::UNKNOWN, Learned::NOTHING);
    Bundle::write((&campaign, &model), (&live, &learned), &Feeds::NONE, NOW).expect("it can be written")
}

fn seeds() -> Vec<Vec<u8>> {
    let campaign = Campaign::parse(campaign("pages")).expect("the campaign is valid");
    let model = Model::starter().expect("the starter loads");
    let question = Question::new(&campaign, &model, &SCENE.customer, &CONTEXT, NOW, 7);
    let brief = postcard::to_allocvec(&Brief::of(&question)).expect("it can be written");
    let bodies = CAMPAIGNS.iter().map(|(name, _)| bundle(name)[HEADER..].to_vec());
    bodies.chain([brief]).collect()
}

fn run(data: &[u8]) {
    let honest = bundle_of("pages");
    let mut file = honest[..HEADER].to_vec();
    file.extend(data);
    file[12..HEADER].copy_from_slice(&fnv1a(data).to_le_bytes());
    for file in [file.as_slice(), honest] {
        let Ok(bundle) = Bundle::read(file) else { continue };
        let mut visit = Visit::new(bundle, 7);
        visit.surroundings(Surroundings {
            timezone: "Europe/Zagreb".into(),
            languages: "hr".into(),
            ..Surroundings::default()
        });
        visit.consent(Consent { personalization: true, measurement: true, gpc: false }, NOW);
        let _ = visit.join(data, NOW);
        let _ = visit.restore(&String::from_utf8_lossy(data));
        let first = visit.decide(NOW);
        assert_eq!(visit.decide(NOW).slots, first.slots, "decided twice, decided otherwise");
    }
}

fn bundle_of(name: &'static str) -> &'static [u8] {
    static PAGES: OnceLock<Vec<u8>> = OnceLock::new();
    PAGES.get_or_init(|| bundle(name))
}
