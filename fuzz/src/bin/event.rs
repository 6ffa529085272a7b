//! Any lines as events, folded one after another: what is refused changes nothing, and the profile stays small, whole and exportable.
#![no_main]

use apropos::context::Context;
use apropos::profile::{Event, Folded, Profile, row};
use fuzz::{NOW, SCENE, assert_exports_keep, assert_rows_keep, check, seed};

libfuzzer_sys::fuzz_target!(init: seed(include_str!("../../seeds/events.ndjson").split("\n\n")), |data: &[u8]| run(data));

/// Names of 60 characters, eight categories of 40, and numbers.
const ROW_LIMIT: usize = 4096;

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate(data, size, max_size, seed)
});

fn run(data: &[u8]) {
    let mut profile = Profile::default();
    for line in data.split(|b| *b == b'\n') {
        let Ok(event) = serde_json::from_slice::<Event>(line) else { continue };
        let before = profile.clone();
        if profile.fold(&event, NOW) != Folded::Applied {
            assert_eq!(profile, before, "{event:?} was not applied");
        }
    }
    let written = row::write(&profile).map(|row| row.len());
    assert!(matches!(written, Ok(..=ROW_LIMIT)), "the row has {written:?} bytes");
    assert_rows_keep(&profile);
    assert_exports_keep(&profile);
    check(&SCENE.campaign, &SCENE.model, &profile, &Context::default(), 7);
}
