//! Which emoji a text has, how they stand in lines of either direction, and any bytes as a slice.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::script::{FontFile, Weight};
use super::super::text::{Block, Direction, Fit, Job, Style};
use super::super::{Fonts, covers};
use super::*;
use proptest::prelude::*;
use std::rc::Rc;

const WIDE: Fit = Fit { width: 1e6, size: 40.0, one_line: 0.8, smallest: 0.5, lines: 1 };

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/www/fonts/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn add_wanted(fonts: &mut Fonts, text: &str) {
    for wanted in FontFile::wanted(text, Weight::Bold) {
        assert!(fonts.add(wanted, Rc::new(file(&wanted.to_string()))), "{wanted}");
    }
}

/// All that a text wants.
fn fonts(text: &str) -> Fonts {
    let mut fonts = Fonts::default();
    add_wanted(&mut fonts, text);
    fonts
}

fn style(fonts: &Fonts) -> Style<'_> {
    Style { fonts, weight: Weight::Bold, tracking: 0.0 }
}

/// The text with a `*` for each emoji.
fn starred(text: &str, fonts: &Fonts) -> String {
    let marked = fonts.marked(text, &fonts.faces(Weight::Bold)).into_owned();
    marked.chars().map(|c| if of_mark(c).is_some() { '*' } else { c }).collect()
}

/// Where the emoji of a line are among its glyphs, and which.
fn emoji(block: &Block) -> Vec<(usize, Glyph)> {
    let glyphs = block.lines[0].glyphs.iter().enumerate();
    glyphs.filter(|(_, placed)| placed.face == FACE).map(|(at, placed)| (at, placed.glyph)).collect()
}

#[test]
fn the_longest_sequence_is_one_emoji() {
    for (text, shown) in [
        ("Sale 🎉!", "Sale *!"),
        ("👩‍👩‍👧‍👦", "*"),
        ("👩🏽‍🚀👩‍🚀", "**"),
        ("👨🏻‍❤️‍💋‍👨🏿", "*"),
        ("👍🏿👍", "**"),
        ("🇭🇷🇯🇵", "**"),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "*"),
        ("1️⃣ #⃣ 1", "* * 1"),
        ("❤️‍🔥 ❤️ ❤", "* * *"),
        // as letters where there are such, unless it is asked for
        ("Shop™ © ©️ ™️", "Shop™ © * *"),
        ("☎︎", "*"),
        // two that nobody has joined are two
        ("🍕‍🚀", "*\u{200d}*"),
    ] {
        let fonts = fonts(text);
        assert_eq!(starred(text, &fonts), shown, "{text}");
        assert_eq!(fonts.missing(text, Weight::Bold), [], "{text}");
        assert!(covers(text), "{text}");
    }
}

#[test]
fn tones_and_sequences_look_different() {
    let text = "👍👍🏻👍🏿👩👩‍🚀🇭🇷🇯🇵1️⃣2️⃣";
    let fonts = fonts(text);
    let block = style(&fonts).fit(text, WIDE);
    let pictures = emoji(&block).into_iter().map(|(_, glyph)| sprite(&fonts.slices(), glyph, 40.0).unwrap());
    let pictures: Vec<Sprite> = pictures.collect();
    assert_eq!(pictures.len(), 9);
    for (i, one) in pictures.iter().enumerate() {
        assert_eq!(one.size(), (47, 47));
        assert!(pictures[..i].iter().all(|other| other != one), "{i}");
    }
}

#[test]
fn a_text_tells_its_slices() {
    let names = |text: &str| {
        FontFile::wanted(text, Weight::Regular).map(|file| file.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names("Sale ™ © 20 %"), "");
    assert_eq!(names("©️ 1️⃣"), "emoji-00000.bin");
    assert_eq!(names("👍 Ωλ"), "greek-regular.ttf emoji-1f440.bin");
    assert_eq!(names("❤️"), "emoji-02760.bin");
    assert_eq!(names("㊗️"), "emoji-03280.bin");
}

#[test]
fn what_cannot_be_had_is_left_out_and_told() {
    let text = "Hi 👩🏽‍🚀, 🇭🇷 1️⃣ there";
    let fonts = Fonts::default();
    assert_eq!(fonts.missing(text, Weight::Bold), ['👩', '🏽', '🚀', '🇭', '🇷', '\u{20e3}']);
    let block = style(&fonts).fit(text, WIDE);
    assert!(block.lines[0].glyphs.iter().all(|placed| placed.face != FACE && placed.glyph.0 != 0));
    // a text's own marks are nobody's
    let own = "a\u{f0000}b\u{fffff}";
    assert_eq!(starred(own, &self::fonts("🎉")), "ab");
    assert_eq!(self::fonts("🎉").missing(own, Weight::Bold), []);
    assert!(!covers(own));
}

#[test]
fn emoji_alone_start_no_shaper() {
    fn never(_: &Job<'_>) -> Option<Block> {
        panic!("the shaper was asked")
    }
    let text = "Zażółć 🎉 gęślą 👩‍🚀 ❤️";
    let mut fonts = Fonts::shaped_by(never);
    add_wanted(&mut fonts, text);
    assert_eq!(emoji(&style(&fonts).fit(text, WIDE)).len(), 3);
}

#[test]
fn they_stand_in_lines_of_either_direction() {
    for (text, places, direction) in [
        ("ab🎉🚀", [2, 3], Direction::LeftToRight),
        ("🎉 שלום 🚀", [5, 0], Direction::RightToLeft),
        ("שלום🎉🚀", [1, 0], Direction::RightToLeft),
        ("ไทย🎉🚀", [3, 4], Direction::LeftToRight),
    ] {
        let fonts = fonts(text);
        let block = style(&fonts).fit(text, WIDE);
        assert!(block.direction == direction, "{text}");
        let order = emoji(&style(&fonts).fit("🎉🚀", WIDE));
        let found = emoji(&block);
        for (place, (_, glyph)) in places.into_iter().zip(order) {
            assert!(found.contains(&(place, glyph)), "{text}: {found:?}");
        }
    }
    let (letters, with) = ("שלום", "שלום🎉");
    let width = |text: &str| style(&fonts(text)).fit(text, WIDE).lines[0].width();
    assert!((width(with) - width(letters) - ADVANCE).abs() < 0.1);
}

#[test]
fn floods_are_cut_and_wrap() {
    let fonts = fonts("🎉👩🚀");
    let fit = Fit { width: 400.0, size: 40.0, one_line: 0.8, smallest: 0.5, lines: 3 };
    for text in ["🎉".repeat(10_000), "👩\u{200d}".repeat(10_000), "👩\u{200d}🚀\u{fe0f}".repeat(10_000)]
    {
        let block = style(&fonts).fit(&text, fit);
        assert_eq!(block.lines.len(), 3);
        assert!(block.lines.iter().all(|line| line.width() * block.size <= 400.0));
    }
}

/// Emoji of every kind, between letters that take one path or the other.
fn any_text() -> impl Strategy<Value = String> {
    let pieces = [
        "🎉",
        "👩‍🚀",
        "❤️",
        "☎︎",
        "🇭🇷",
        "1️⃣",
        "👍🏽",
        "\u{200d}",
        "\u{fe0f}",
        "🏽",
        "a",
        " ",
        "Ж",
        "ש",
        "ไ",
        "日",
        "…",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn no_line_is_wider_than_its_column(text in any_text(), width in 1.0f32..600.0, lines in 1usize..4) {
        let fonts = fonts(&text);
        let style = style(&fonts);
        let block = style.fit(&text, Fit { width, size: 60.0, one_line: 0.8, smallest: 0.5, lines });
        prop_assert!(block.lines.len() <= lines);
        let clip = super::super::bitmap::Rect { left: 0, top: 0, right: 700, bottom: 700 };
        for line in &block.lines {
            prop_assert!(line.width() * block.size <= width * 1.0001, "{text} {width}");
            for shape in line.shapes(&style, block.size, (0, 200), super::super::Rgb::BLACK, clip) {
                let end = shape.mask.left + shape.mask.width as i32;
                prop_assert!(end as f32 <= width + 3.0, "{end} {width}");
            }
        }
    }

    /// Bytes of a slice changed and cut off.
    #[test]
    fn hostile_slices_harm_nothing(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..60),
        header in prop::collection::vec((0usize..200, any::<u8>()), 0..6),
        kept in 0.0f64..1.2,
    ) {
        let text = "❤️ a ❤️‍🔥 ❣";
        let wanted = FontFile::wanted("❤️", Weight::Bold).next().unwrap();
        let mut bytes = file(&wanted.to_string());
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        for (at, byte) in header {
            bytes[at] = byte;
        }
        bytes.truncate((bytes.len() as f64 * kept) as usize);
        let mut fonts = Fonts::default();
        fonts.add(wanted, Rc::new(bytes));
        let block = style(&fonts).fit(text, WIDE);
        for (_, glyph) in emoji(&block) {
            if let Some(sprite) = sprite(&fonts.slices(), glyph, 40.0) {
                prop_assert_eq!(sprite.size(), (47, 47));
            }
        }
    }
}
