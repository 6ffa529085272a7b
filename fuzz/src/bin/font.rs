//! Any bytes as a font file or a slice of emoji: text that asks for it is drawn, on both paths, at the size that was asked for.
#![no_main]

use apropos::render::{Backdrop, Caption, FontFile, Fonts, Format, Rgb, Weight, dimensions, pixel};
use fuzz::seed;
use std::rc::Rc;

libfuzzer_sys::fuzz_target!(init: seed(seeds()), |data: &[u8]| run(data));

const SIZE: (u32, u32) = (160, 80);
const TEXTS: [&str; 9] = [
    "Привет, Андрей",
    "مرحباً لا إله",
    "יוֹסֵף (abc)",
    "क्षत्रिय श्री",
    "น้ำ ปั้น",
    "👩🏽‍🚀👩‍👩‍👧 go",
    "❤️‍🔥❤❣️ אב",
    "🇭🇷🇯🇵🇭",
    "1️⃣ ©️‼",
];

fn seeds() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../www/fonts");
    let scripts =
        ["cyrillic", "arabic", "hebrew", "devanagari", "thai"].map(|script| format!("{script}-bold.ttf"));
    let slices = ["1f460", "02760", "1f1e0", "00000"].map(|first| format!("emoji-{first}.bin"));
    scripts.iter().chain(&slices).filter_map(|name| std::fs::read(folder.join(name)).ok()).collect()
}

fn run(data: &[u8]) {
    let Ok(backdrop) = Backdrop::new(pixel(Format::Png), SIZE, Format::Png) else { return };
    let bytes = Rc::new(data.to_vec());
    for text in TEXTS {
        let mut fonts = Fonts::default();
        for file in FontFile::wanted(text, Weight::Bold) {
            fonts.add(file, bytes.clone());
        }
        let caption = Caption {
            headline: text,
            subline: "",
            button: Some(text),
            ink: Rgb::BLACK,
            accent: Rgb(217, 79, 4),
        };
        let file = backdrop.hero(&caption, &fonts).unwrap_or_default();
        assert_eq!(dimensions(&file), Some(SIZE), "a hero of another size");
    }
}
