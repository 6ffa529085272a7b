//! The scenes: what pictures look like. Each variant of `tests/vectors/campaigns/scenes.json` is one, drawn as for somebody of whom nothing is known; in
//! `tests/vectors/scenes.tsv` stand the length and the hash of its file, which must be the same on every target.
// clippy.toml lets tests unwrap and panic, but not the functions that tests share
#![allow(clippy::panic, clippy::unwrap_used)]

use apropos::campaign::{Campaign, Feeds, Slot, Variant};
use apropos::decide::Creative;
use apropos::hash::fnv1a;
use apropos::render::composition::Part;
use apropos::render::countdown::Prepared;
use apropos::render::{Backdrop, Fonts, Format, Sprite, Sprites, convert};
use apropos::time::Timestamp;
use std::rc::Rc;

/// The campaign.
pub const CAMPAIGN: &str = include_str!("../vectors/campaigns/scenes.json");
/// What was recorded: a line for each file, its name, length and hash.
pub const RECORDED: &str = include_str!("../vectors/scenes.tsv");

macro_rules! images {
    ($($name:literal),*) => { [$((concat!("demo/art/", $name, ".png"), include_bytes!(concat!("../../www/demo/art/", $name, ".png")) as &[u8])),*] };
}

/// The stored images that scenes use.
const IMAGES: [(&str, &[u8]); 8] =
    images!("default", "dusk", "new-in", "night", "repair", "sale", "wordmark", "your-pack");

macro_rules! fonts {
    ($($name:literal),* $(,)?) => { [$(($name, include_bytes!(concat!("../../www/fonts/", $name)) as &[u8])),*] };
}

/// The fonts that they use.
const FONTS: [(&str, &[u8]); 29] = fonts!(
    "arabic-bold.ttf",
    "arabic-regular.ttf",
    "cyrillic-bold.ttf",
    "cyrillic-regular.ttf",
    "devanagari-bold.ttf",
    "devanagari-regular.ttf",
    "greek-bold.ttf",
    "greek-regular.ttf",
    "hebrew-bold.ttf",
    "hebrew-regular.ttf",
    "thai-bold.ttf",
    "thai-regular.ttf",
    "cjk-3000.ttf",
    "cjk-5c00.ttf",
    "cjk-6400.ttf",
    "cjk-6c00.ttf",
    "cjk-9000.ttf",
    "cjk-ac00.ttf",
    "cjk-c400.ttf",
    "emoji-00000.bin",
    "emoji-02760.bin",
    "emoji-1f1e0.bin",
    "emoji-1f380.bin",
    "emoji-1f3e0.bin",
    "emoji-1f440.bin",
    "emoji-1f460.bin",
    "emoji-1f480.bin",
    "emoji-1f520.bin",
    "emoji-1f680.bin",
);

/// A scene's file.
pub struct File {
    pub name: String,
    pub bytes: Vec<u8>,
}

impl File {
    /// The line that is recorded of it.
    pub fn line(&self) -> String {
        format!("{}\t{}\t{:016x}\n", self.name, self.bytes.len(), fnv1a(&self.bytes))
    }
}

/// Draws every scene, in the order of the campaign.
pub fn draw() -> impl Iterator<Item = File> {
    let campaign = Campaign::parse(CAMPAIGN).unwrap_or_else(|problems| panic!("{problems}"));
    let scenes =
        campaign.slots.iter().flat_map(|slot| slot.variants.iter().map(move |variant| (slot, variant)));
    let scenes: Vec<_> = scenes.map(|(slot, variant)| (slot.clone(), variant.clone())).collect();
    scenes.into_iter().flat_map(move |(slot, variant)| draw_one(&campaign, &slot, &variant))
}

fn draw_one(campaign: &Campaign, slot: &Slot, variant: &Variant) -> Vec<File> {
    let now = Timestamp::parse("2026-11-23T08:00:00Z").unwrap();
    let creative = Creative::plain(campaign, variant, &Feeds::default(), now);
    let name = |format: Format| format!("{}-{}.{}", slot.name.name, variant.id.name, format.extension());
    let formats: &[Format] = match &creative {
        Creative::Countdown { .. } => &[Format::Gif, Format::Png],
        _ => &[Format::Png, Format::Jpeg],
    };
    let file = |format: &Format| File { name: name(*format), bytes: bytes(slot, &creative, *format, now) };
    formats.iter().map(file).collect()
}

fn bytes(slot: &Slot, creative: &Creative, format: Format, now: Timestamp) -> Vec<u8> {
    let size = slot.pixels();
    let fonts = fonts(creative);
    match creative {
        Creative::Nothing => Vec::new(),
        Creative::Image { path, caption: None } => convert(image(path), format).unwrap().into_owned(),
        Creative::Image { path, caption: Some(lines) } => {
            Backdrop::new(image(path), size, format).unwrap().hero(&lines.caption(), &fonts).unwrap()
        }
        Creative::Composition(composition) => {
            let mut sprites = Sprites::default();
            for (path, most) in
                [Part::Fixed, Part::Live].into_iter().flat_map(|part| composition.images(part))
            {
                sprites.add(path, most, Rc::new(Sprite::new(image(path), most).unwrap()));
            }
            let background = composition.background.image().map(image);
            let base = Backdrop::base(composition, background, &sprites, &fonts, size, format).unwrap();
            base.compose(composition, &sprites, &fonts).unwrap()
        }
        Creative::Countdown { face, deadline } => {
            let remaining = deadline.since(now);
            Prepared::new(face, &fonts, size, remaining).unwrap().draw(remaining, format).unwrap()
        }
    }
}

fn fonts(creative: &Creative) -> Fonts {
    let mut fonts = Fonts::default();
    for file in creative.fonts() {
        let name = file.to_string();
        let (_, bytes) =
            FONTS.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no font {name}"));
        assert!(fonts.add(file, Rc::new(bytes.to_vec())), "{name}");
    }
    fonts
}

fn image(path: &str) -> &'static [u8] {
    IMAGES.iter().find(|(known, _)| *known == path).unwrap_or_else(|| panic!("no image {path}")).1
}

/// Draws every scene and compares with what was recorded; returns how many there are.
#[allow(dead_code)]
pub fn replay() -> usize {
    let mut recorded = RECORDED.lines();
    let mut count = 0;
    for file in draw() {
        assert_eq!(
            file.line().trim_end(),
            recorded.next().unwrap_or_default(),
            "{} looks different",
            file.name
        );
        count += 1;
    }
    assert_eq!(recorded.next(), None, "a scene is gone");
    count
}
