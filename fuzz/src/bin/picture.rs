//! Any bytes as a picture and as a stored backdrop: what reads is drawn on and written, at the size that was asked for.
#![no_main]

use apropos::render::{Backdrop, Caption, Fonts, Format, Rgb, convert, dimensions, hero, pixel};
use fuzz::seed;

libfuzzer_sys::fuzz_target!(init: seed(seeds()), |data: &[u8]| run(data));

const FORMATS: [Format; 3] = [Format::Png, Format::Jpeg, Format::Gif];
const SIZE: (u32, u32) = (80, 48);
/// Larger pictures only take longer.
const MOST: u64 = 1 << 16;

const CAPTION: Caption<'static> = Caption {
    headline: "Your size is back, Łukasz",
    subline: "Until Sunday",
    button: Some("See"),
    ink: Rgb::WHITE,
    accent: Rgb(217, 79, 4),
};

fn seeds() -> Vec<Vec<u8>> {
    let pixels = FORMATS.iter().map(|format| pixel(*format).to_vec());
    let drawn = |format: &Format| {
        hero(pixel(Format::Png), &CAPTION, &Fonts::default(), SIZE, *format).unwrap_or_default()
    };
    let ready = |format: &Format| {
        Backdrop::new(&drawn(format), SIZE, *format).map(|backdrop| backdrop.to_bytes()).unwrap_or_default()
    };
    pixels.chain(FORMATS.iter().flat_map(|format| [drawn(format), ready(format)])).collect()
}

fn run(data: &[u8]) {
    for format in FORMATS {
        if let Some(backdrop) = Backdrop::parse(data, SIZE, format) {
            let file = backdrop.hero(&CAPTION, &Fonts::default()).unwrap_or_default();
            assert_eq!(dimensions(&file), Some(SIZE), "a backdrop of another size");
        }
    }
    let Some(size) = dimensions(data) else { return };
    if u64::from(size.0) * u64::from(size.1) > MOST {
        return;
    }
    for format in FORMATS {
        if let Ok(file) = convert(data, format) {
            assert_eq!(dimensions(&file), Some(size), "a picture changed its size");
        }
        if let Ok(file) = hero(data, &CAPTION, &Fonts::default(), SIZE, format) {
            assert_eq!(dimensions(&file), Some(SIZE), "a hero of another size");
        }
    }
}
