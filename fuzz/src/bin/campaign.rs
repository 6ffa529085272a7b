//! Any text as a campaign: each problem has a place in the text, and whatever is accepted can be decided with.
#![no_main]

use apropos::campaign::{Campaign, Feeds, MAX_SLOTS, MAX_VARIANTS, Slot, Variant};
use apropos::context::Context;
use apropos::decide::Creative;
use apropos::profile::Profile;
use apropos::render::{Backdrop, Fonts, Format, Sprites, dimensions};
use apropos::time::Timestamp;
use fuzz::{SCENE, check, seed, vectors};

libfuzzer_sys::fuzz_target!(
    init: seed(vectors::CAMPAIGNS.iter().map(|(_, text)| *text).chain([include_str!("../../../demo/campaign.json"), include_str!("../../seeds/composition.json")])),
    |data: &[u8]| run(data)
);

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate(data, size, max_size, seed)
});

fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Campaign::parse(text) {
        Ok(campaign) => accepted(text, &campaign),
        Err(problems) => {
            assert!(!problems.0.is_empty(), "refused without a reason");
            let lines: Vec<_> = text.split('\n').collect();
            for problem in &problems.0 {
                let line = lines.get(problem.line.wrapping_sub(1));
                let fits = line.is_some_and(|line| (1..=line.chars().count() + 1).contains(&problem.column));
                assert!(fits && problem.length >= 1, "{problem:?} lies outside the text");
            }
        }
    }
}

fn accepted(text: &str, campaign: &Campaign) {
    assert_eq!(Campaign::parse(text).as_ref(), Ok(campaign), "read twice, read otherwise");
    assert!((1..=MAX_SLOTS).contains(&campaign.slots.len()));
    for slot in &campaign.slots {
        assert!((1..=MAX_VARIANTS).contains(&slot.variants.len()));
        for (i, variant) in slot.variants.iter().enumerate() {
            assert_eq!(slot.variant(variant.id.key).map(usize::from), Some(i), "two variants share a key");
        }
        let _ = slot.fallback();
    }
    for slot in &campaign.slots {
        slot.variants.iter().take(2).for_each(|variant| draw(campaign, slot, variant));
    }
    for profile in [&SCENE.customer, &Profile::default()] {
        for seed in [0, 1, u64::MAX] {
            check(campaign, &SCENE.model, profile, &Context::default(), seed);
        }
    }
}

/// Whatever layers say, there is a picture of the size that the slot has, or an error. Large ones take too long here.
fn draw(campaign: &Campaign, slot: &Slot, variant: &Variant) {
    const PIXELS: u32 = 60_000;
    let size = slot.pixels();
    let creative = Creative::plain(campaign, variant, &Feeds::default(), Timestamp(0));
    if let Creative::Composition(composition) = creative
        && size.0 * size.1 <= PIXELS
    {
        let (sprites, fonts) = (Sprites::default(), Fonts::default());
        let drawn = Backdrop::base(&composition, None, &sprites, &fonts, size, Format::Png)
            .and_then(|base| base.compose(&composition, &sprites, &fonts));
        assert!(
            drawn.is_ok_and(|file| dimensions(&file) == Some(size))
                || composition.background.image().is_some()
        );
    }
}
