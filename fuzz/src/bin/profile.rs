//! Any bytes as a profile: text that begins with `{` as the document of an import, everything else as a stored row.
#![no_main]

use apropos::context::Context;
use apropos::profile::{Profile, fields, row};
use fuzz::{NOW, SCENE, assert_exports_keep, assert_rows_keep, check, seed, vectors};
use serde_json::{Map, Value};

libfuzzer_sys::fuzz_target!(init: seed(seeds()), |data: &[u8]| run(data));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate(data, size, max_size, seed)
});

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for vectors::Line { case, .. } in vectors::lines() {
        seeds.extend(serde_json::to_vec(&case.profile));
        let profile = fields::read(&case.profile, case.now).map(|(_, profile)| profile).unwrap_or_default();
        seeds.extend(row::write(&profile));
    }
    // one document with every field there is, written with dots
    let every: Map<String, Value> = fields::all().map(|field| (field.name.to_owned(), 1.into())).collect();
    seeds.extend(serde_json::to_vec(&every));
    seeds.sort();
    seeds.dedup();
    seeds
}

fn run(data: &[u8]) {
    match data.first() {
        Some(b'{') => serde_json::from_slice(data).iter().for_each(document),
        _ => row::read(data).iter().for_each(decide),
    }
}

fn document(document: &Map<String, Value>) {
    match fields::read(document, NOW) {
        Ok((_, profile)) => {
            assert_exports_keep(&profile);
            decide(&profile);
        }
        Err(errors) => assert!(!errors.is_empty(), "refused without a reason"),
    }
}

fn decide(profile: &Profile) {
    assert_rows_keep(profile);
    check(&SCENE.campaign, &SCENE.model, profile, &Context::default(), 7);
    let _ = fields::write("a", profile, NOW);
}
