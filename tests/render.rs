//! The render room from outside: what it writes, independent decoders read; what it reads may be anything.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "tests")]

use apropos::render::*;
use image::{ImageFormat, RgbImage};
use proptest::prelude::*;
use std::io::Cursor;

const FORMATS: [Format; 3] = [Format::Png, Format::Jpeg, Format::Gif];

fn fonts() -> Fonts {
    Fonts::default()
}

fn caption(headline: &str) -> Caption<'_> {
    Caption {
        headline,
        subline: "Trail shoes, from 20 % off until Sunday",
        button: Some("See them"),
        ink: Rgb::BLACK,
        accent: Rgb(217, 79, 4),
    }
}

fn file(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn gradient(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, 180])
    })
}

fn background() -> Vec<u8> {
    file(&gradient(300, 150), ImageFormat::Png)
}

fn as_image(format: Format) -> ImageFormat {
    match format {
        Format::Png => ImageFormat::Png,
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Gif => ImageFormat::Gif,
    }
}

fn decoded(file: &[u8], format: Format) -> image::DynamicImage {
    image::load_from_memory_with_format(file, as_image(format)).unwrap()
}

#[test]
fn heroes_have_the_size_and_format_asked_for() {
    for format in FORMATS {
        for size in [(1200, 600), (600, 600), (1200, 240), (333, 777), (40, 20), (1, 1)] {
            let hero = hero(&background(), &caption("Hello, Łukasz"), &fonts(), size, format).unwrap();
            assert_eq!(sniff(&hero), Some(format));
            assert_eq!(dimensions(&hero), Some(size));
            let image = decoded(&hero, format);
            assert_eq!((image.width(), image.height()), size);
        }
    }
}

#[test]
fn backgrounds_of_every_format_do() {
    for format in FORMATS {
        let background = file(&gradient(120, 60), as_image(format));
        for target in FORMATS {
            let hero = hero(&background, &caption("Hi"), &fonts(), (120, 60), target).unwrap();
            // right of the column nothing is drawn: the picture is still the background, nearly
            let (x, y) = (110, 30);
            let pixel = decoded(&hero, target).to_rgb8().get_pixel(x, y).0;
            let wanted = gradient(120, 60).get_pixel(x, y).0;
            assert!(
                pixel.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) < 24),
                "{format:?} {target:?} {pixel:?} {wanted:?}"
            );
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for format in FORMATS {
        let draw =
            || hero(&background(), &caption("Nguyễn, this is yours"), &fonts(), (1200, 600), format).unwrap();
        assert_eq!(draw(), draw());
    }
}

/// Pixels that differ from the background, as left, top, right, bottom (the last two outside).
fn drawn(headline: &str, subline: &str, button: &str, size: (u32, u32)) -> Option<(u32, u32, u32, u32)> {
    let plain = RgbImage::from_pixel(size.0, size.1, image::Rgb([250, 240, 230]));
    let caption = Caption { headline, subline, button: Some(button), ink: Rgb::BLACK, accent: Rgb::BLACK };
    let hero = hero(&file(&plain, ImageFormat::Png), &caption, &fonts(), size, Format::Png).unwrap();
    let image = decoded(&hero, Format::Png).to_rgb8();
    let changed = image.enumerate_pixels().filter(|(x, y, p)| *p != plain.get_pixel(*x, *y));
    changed.fold(None, |bounds: Option<(u32, u32, u32, u32)>, (x, y, _)| {
        let (l, t, r, b) = bounds.unwrap_or((x, y, x + 1, y + 1));
        Some((l.min(x), t.min(y), r.max(x + 1), b.max(y + 1)))
    })
}

fn assert_inside(bounds: Option<(u32, u32, u32, u32)>, (width, height): (u32, u32), text: &str) {
    let Some((left, top, right, bottom)) = bounds else { return };
    assert!(100 * left >= 6 * width, "{text}: left {left} of {width}");
    assert!(100 * right <= 58 * width, "{text}: right {right} of {width}");
    assert!(100 * top >= 6 * height && 100 * bottom <= 94 * height, "{text}: {top}–{bottom} of {height}");
}

#[test]
fn long_names_stay_in_the_column() {
    let long = "Wolfeschlegelsteinhausenbergerdorff ".repeat(20);
    let solid = "W".repeat(500);
    for text in
        ["Kovač", "Łukasz", "Öztürk", "Nguyễn", "ẤẶỖ ỰỴ Ç Ģ", &long, &solid, "jjjj ffff", "A/B-test/", "…"]
    {
        for size in [(600, 300), (600, 100), (300, 450), (100, 50)] {
            let bounds = drawn(text, text, text, size);
            assert!(bounds.is_some(), "{text} is not drawn");
            assert_inside(bounds, size, text);
        }
    }
}

#[test]
fn names_are_drawn_with_their_accents() {
    for (with, without) in
        [("Kovač", "Kovac"), ("Łukasz", "Lukasz"), ("Öztürk", "Ozturk"), ("Nguyễn", "Nguyen")]
    {
        assert!(covers(with));
        let draw = |name| hero(&background(), &caption(name), &fonts(), (600, 300), Format::Png).unwrap();
        assert_ne!(draw(with), draw(without));
    }
}

#[test]
fn what_the_fonts_lack_is_left_out_without_a_trace() {
    assert_eq!(drawn("東京 😀", "\u{200d}", "", (600, 300)), None);
    let draw = |name| hero(&background(), &caption(name), &fonts(), (600, 300), Format::Png).unwrap();
    assert_eq!(draw("Hi 😀 there"), draw("Hi there"));
    assert!(covers("東京 😀") && !covers("ꙮ"));
}

#[test]
fn pixels_are_small_and_show_nothing() {
    for (format, most) in [(Format::Png, 70), (Format::Gif, 43), (Format::Jpeg, 160)] {
        let file = pixel(format);
        assert!(file.len() <= most, "{format:?}: {}", file.len());
        assert_eq!((sniff(file), dimensions(file)), (Some(format), Some((1, 1))));
        let pixel = decoded(file, format).to_rgba8().get_pixel(0, 0).0;
        match format {
            Format::Jpeg => assert_eq!(pixel, [255; 4]),
            _ => assert_eq!(pixel[3], 0),
        }
    }
}

#[test]
fn converting_passes_through_or_transcodes() {
    for from in FORMATS {
        let source = file(&gradient(64, 48), as_image(from));
        for to in FORMATS {
            let converted = convert(&source, to).unwrap();
            assert_eq!((sniff(&converted), dimensions(&converted)), (Some(to), Some((64, 48))));
            decoded(&converted, to);
            if from == to {
                assert!(matches!(converted, std::borrow::Cow::Borrowed(bytes) if bytes == source));
            }
        }
    }
}

#[test]
fn formats_have_names() {
    for (extension, format) in
        [("png", Format::Png), ("JPG", Format::Jpeg), ("jpeg", Format::Jpeg), ("gif", Format::Gif)]
    {
        assert_eq!(Format::from_extension(extension), Some(format));
    }
    assert_eq!(Format::from_extension("webp"), None);
    assert_eq!(FORMATS.map(Format::mime), ["image/png", "image/jpeg", "image/gif"]);
    assert_eq!(Rgb::parse("#0a14FF"), Some(Rgb(10, 20, 255)));
    for text in ["", "0a14ff", "#0a14f", "#0a14fg", "#+a14ff", "#é14ff"] {
        assert_eq!(Rgb::parse(text), None, "{text}");
    }
}

#[test]
fn unreadable_and_huge_files_are_errors() {
    let draw = |file: &[u8], size| hero(file, &caption("Hi"), &fonts(), size, Format::Png);
    assert_eq!(draw(b"", (10, 10)), Err(RenderError::Unknown));
    assert_eq!(draw(b"<svg/>", (10, 10)), Err(RenderError::Unknown));
    for size in [(0, 10), (10, 0), (MAX_SIDE + 1, 1), (MAX_SIDE, MAX_SIDE), (u32::MAX, u32::MAX)] {
        assert_eq!(draw(&background(), size), Err(RenderError::Size));
    }
    let mut png = background();
    png[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
    assert_eq!(draw(&png, (10, 10)), Err(RenderError::TooLarge));
    let mut gif = file(&gradient(20, 20), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0xff; 4]);
    assert_eq!(draw(&gif, (10, 10)), Err(RenderError::TooLarge));
    let mut jpeg = file(&gradient(20, 20), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    assert_eq!(draw(&jpeg, (10, 10)), Err(RenderError::TooLarge));
}

#[test]
fn cut_off_files_are_errors() {
    for format in FORMATS {
        let whole = file(&gradient(90, 60), as_image(format));
        for kept in [whole.len() / 4, whole.len() / 2, whole.len() * 3 / 4] {
            assert!(
                hero(&whole[..kept], &caption("Hi"), &fonts(), (90, 60), Format::Png).is_err(),
                "{format:?} cut at {kept}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damaged_files_never_panic(
        which in 0usize..4,
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        shorten: bool,
    ) {
        let format = [Format::Png, Format::Jpeg, Format::Gif, Format::Jpeg][which];
        let mut bytes = match which {
            3 => include_bytes!("../src/render/pixels/progressive.jpg").to_vec(),
            _ => file(&gradient(40, 30), as_image(format)),
        };
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if shorten {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = dimensions(&bytes);
        if let Ok(hero) = hero(&bytes, &caption("Hi"), &fonts(), (40, 20), Format::Gif) {
            prop_assert_eq!(dimensions(&hero), Some((40, 20)));
        }
    }

    #[test]
    fn any_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400), format in 0usize..3) {
        let magic: [&[u8]; 3] = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\xff\xd8\xff", b"GIF89a"];
        bytes.splice(0..0, magic[format].iter().copied());
        let _ = convert(&bytes, Format::Png);
        let _ = convert(&bytes, Format::Jpeg);
    }

    #[test]
    fn any_text_stays_in_the_column(headline in ".{0,60}", subline in "[ -~À-ỹ]{0,90}", button in "[ -~]{0,40}") {
        let size = (200, 100);
        assert_inside(drawn(&headline, &subline, &button, size), size, &headline);
    }
}

/// Like a photograph: slow changes and a little noise.
fn photo(width: u32, height: u32) -> RgbImage {
    let wave = |at: u32, length: u32| (at % (2 * length)).min(2 * length - at % (2 * length)) * 200 / length;
    RgbImage::from_fn(width, height, |x, y| {
        let noise = apropos::hash::mix(u64::from(x) << 32 | u64::from(y)) as u32 & 7;
        image::Rgb([wave(x, 170), wave(x + y, 250), wave(y, 90)].map(|v| (v + noise) as u8))
    })
}

#[test]
fn what_a_caption_leaves_alone_is_as_it_was_and_what_it_covers_as_drawn() {
    for size in [(1200, 600), (600, 300), (333, 777), (1168, 90), (17, 33), (1, 1)] {
        let background = file(&photo(size.0, size.1), ImageFormat::Png);
        let backdrop = Backdrop::new(&background, size, Format::Jpeg).unwrap();
        let read = |file: &[u8]| decoded(file, Format::Jpeg).to_rgb8();
        let nothing = Caption { headline: "", subline: "", button: None, ..caption("") };
        let plain = read(&backdrop.hero(&nothing, &fonts()).unwrap());
        let captioned = read(&backdrop.hero(&caption("Hello, Łukasz"), &fonts()).unwrap());
        // the same drawn on pixels, without loss
        let exact = decoded(
            &hero(&background, &caption("Hello, Łukasz"), &fonts(), size, Format::Png).unwrap(),
            Format::Png,
        );
        let before = photo(size.0, size.1);
        let (mut worst, mut sum, mut count) = (0, 0_u64, 0_u64);
        for (x, y, wanted) in exact.to_rgb8().enumerate_pixels() {
            let changed = wanted != before.get_pixel(x, y);
            let near = |a: &image::Rgb<u8>, b: &image::Rgb<u8>| {
                a.0.iter().zip(b.0).map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0)
            };
            let off = near(captioned.get_pixel(x, y), wanted);
            (sum, count) = (sum + u64::from(off), count + 1);
            worst = worst.max(if changed { 0 } else { near(plain.get_pixel(x, y), before.get_pixel(x, y)) });
            // right of the column no interval was coded again
            if x > size.0 * 3 / 4 && size.0 > 300 {
                assert_eq!(captioned.get_pixel(x, y), plain.get_pixel(x, y), "{size:?} at {x}, {y}");
            }
        }
        assert!(sum < 6 * count, "{size:?}: {} of {count}", sum);
        assert!(worst < 60, "{size:?}: {worst} off where nothing was drawn");
    }
}

#[test]
fn backdrops_are_the_same_after_storage() {
    let background = file(&photo(400, 200), ImageFormat::Jpeg);
    for format in FORMATS {
        for size in [(400, 200), (640, 97), (1, 1)] {
            let backdrop = Backdrop::new(&background, size, format).unwrap();
            let bytes = backdrop.to_bytes();
            let read = Backdrop::parse(&bytes, size, format).unwrap();
            assert!(read == backdrop);
            let ready = read.hero(&caption("A"), &fonts()).unwrap();
            assert!(ready == backdrop.hero(&caption("A"), &fonts()).unwrap());
            // drawn for once it is coded otherwise, but the same picture; a GIF's colours are found for all of it then
            let picture = |file: Vec<u8>| decoded(&file, format).to_rgb8();
            let once = hero(&background, &caption("A"), &fonts(), size, format).unwrap();
            assert!(format == Format::Gif || picture(ready) == picture(once));
            // of another size, or of another format's bytes
            assert!(Backdrop::parse(&bytes, (size.0 + 16, size.1), format).is_none());
            assert!(Backdrop::parse(&bytes[..bytes.len() / 2], size, format).is_none());
            let other = if format == Format::Jpeg { Format::Png } else { Format::Jpeg };
            assert!(Backdrop::parse(&bytes, size, other).is_none());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Stored bytes are input: whatever was done to them, there is a picture of the right size or none.
    #[test]
    fn damaged_backdrops_are_refused_or_draw(
        places in prop::collection::vec((0.0..1.0, any::<u8>()), 1..6),
        head in prop::collection::vec((0_usize..40, any::<u8>()), 0..3),
        format in prop::sample::select(FORMATS.to_vec()),
    ) {
        let size = (160, 80);
        let mut bytes = Backdrop::new(&background(), size, format).unwrap().to_bytes();
        for (share, byte) in places {
            let at = (bytes.len() as f64 * share) as usize;
            bytes[at] = byte;
        }
        for (at, byte) in head {
            bytes[at] = byte;
        }
        if let Some(backdrop) = Backdrop::parse(&bytes, size, format) {
            prop_assert_eq!(dimensions(&backdrop.hero(&caption("Hello"), &fonts()).unwrap()), Some(size));
        }
    }
}
