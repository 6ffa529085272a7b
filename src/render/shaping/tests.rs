//! The shaper beside HarfBuzz, the rules of directions and breaks, and any text, width and font file.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::script::{FontFile, Weight};
use super::super::text::{Fit, Style};
use super::super::{Fonts, Rgb};
use super::*;
use proptest::prelude::*;
use std::borrow::Cow;
use std::rc::Rc;

const WIDE: Fit = Fit { width: 1e6, size: 40.0, one_line: 0.8, smallest: 0.5, lines: 1 };

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/www/fonts/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// All that a text wants.
fn fonts(text: &str, weight: Weight) -> Fonts {
    let mut fonts = Fonts::default();
    for wanted in FontFile::wanted(text, weight) {
        assert!(fonts.add(wanted, Rc::new(file(&wanted.to_string()))), "{wanted}");
    }
    fonts
}

fn block(text: &str, fit: Fit) -> Block {
    let fonts = fonts(text, Weight::Bold);
    Style { fonts: &fonts, weight: Weight::Bold, tracking: 0.0 }.fit(text, fit)
}

/// The characters of a line from left to right, by the glyphs that a font gives to each alone.
fn seen(line: &Line, fonts: &Fonts, alphabet: &str) -> String {
    let faces = fonts.faces(Weight::Bold);
    let shows = |placed: &Placed| {
        alphabet.chars().find(|c| faces[usize::from(placed.face)].glyph(*c) == Some(placed.glyph)).unwrap()
    };
    line.glyphs.iter().map(shows).collect()
}

#[test]
fn words_are_shaped_as_harfbuzz_shapes_them() {
    let mut compared = 0;
    for line in include_str!("../../../tests/data/harfbuzz/shapes.tsv").lines() {
        let [font, text, expected] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let bytes = file(&format!("{font}.ttf"));
        let job = Job { text: Cow::Borrowed(text), tracking: 0.0, fit: WIDE, files: vec![&bytes] };
        let block = fit(&job).unwrap();
        let em = 1000.0;
        let mut pen = 0.0;
        let mut theirs = Vec::new();
        for glyph in expected.trim_matches(['[', ']']).split('|') {
            let (place, advance) = glyph.split_once('+').unwrap();
            let (id, offset) = place.split_once('@').unwrap_or((place, "0,0"));
            let (x, y) = offset.split_once(',').unwrap();
            let number = |text: &str| text.parse::<f32>().unwrap();
            theirs.push((number(id) as u16, pen + number(x), number(y)));
            pen += number(advance);
        }
        let reader = Font::new(&bytes);
        theirs.retain(|(id, ..)| reader.extent(Glyph(*id)).is_some()); // spaces are not placed
        let ours = block.lines[0].glyphs.iter().map(|g| (g.glyph.0, g.x * em, g.y * em)).collect::<Vec<_>>();
        assert_eq!(ours.len(), theirs.len(), "{font} {text}");
        for (a, b) in ours.iter().zip(&theirs) {
            assert!(
                a.0 == b.0 && (a.1 - b.1).abs() < 0.05 && (a.2 - b.2).abs() < 0.05,
                "{text}: {a:?} {b:?}"
            );
        }
        compared += ours.len();
    }
    assert!(compared > 300, "{compared}");
}

#[test]
fn directions_are_put_in_order() {
    // as UAX #9 has it; letters without spaces between, which leave no ink
    let alphabet = "abcאבגדהו0123456789…(),";
    for (text, direction, expected) in [
        ("אבג", Direction::RightToLeft, "גבא"),
        ("abcאבג", Direction::LeftToRight, "abcגבא"),
        ("abc אבג 123", Direction::LeftToRight, "abc123גבא"),
        ("אבג abc", Direction::RightToLeft, "abcגבא"),
        ("אבג 123", Direction::RightToLeft, "123גבא"),
        ("אבג (abc)", Direction::RightToLeft, "(abc)גבא"),
        ("אב (גד)", Direction::RightToLeft, "(דג)בא"),
        ("12 אב", Direction::RightToLeft, "בא12"),
    ] {
        let block = block(text, WIDE);
        assert_eq!(block.direction, direction, "{text}");
        assert_eq!(seen(&block.lines[0], &fonts(text, Weight::Bold), alphabet), expected, "{text}");
    }
}

#[test]
fn what_is_cut_short_ends_in_an_ellipsis_at_its_own_end() {
    let text = "אבגדהו אבגדהו אבגדהו";
    let narrow = Fit { width: 200.0, size: 40.0, one_line: 1.0, smallest: 1.0, lines: 1 };
    let hebrew = block(text, narrow);
    let seen_hebrew = seen(&hebrew.lines[0], &fonts(text, Weight::Bold), "אבגדהו…");
    assert!(
        seen_hebrew.starts_with('…') && seen_hebrew.ends_with('א') && seen_hebrew.len() > 6,
        "{seen_hebrew}"
    );
    let japanese = block("いいいいいいいいいい", narrow);
    assert!(japanese.lines[0].glyphs.last().unwrap().face == 0, "the ellipsis is Latin and at the right");
    assert!(japanese.lines[0].glyphs.len() == 5, "four letters of 40 pixels and the ellipsis");
}

#[test]
fn lines_break_where_scripts_allow() {
    let parted = |text: &str| {
        let starts: Vec<usize> = breaks(text).into_iter().map(|(_, start)| start).collect();
        let mut out = String::new();
        for (i, c) in text.chars().enumerate() {
            if starts.contains(&i) {
                out.push('|');
            }
            out.push(c);
        }
        out
    };
    for (text, expected) in [
        // no line begins with a closing bracket, a full stop, a small kana or a long-vowel sign; none ends with an opening bracket
        ("これは「東京」です。", "こ|れ|は|「東|京」|で|す。"),
        ("ちょっとコーヒー", "ちょっ|と|コー|ヒー"),
        ("中文，没有空格。", "中|文，|没|有|空|格。"),
        ("다시 들어왔어요", "다시 |들어왔어요"),
        ("สวัสดีประเทศไทย ลด", "สวัสดีประ|เทศ|ไทย |ลด"),
        ("नमस्ते दोस्त", "नमस्ते |दोस्त"),
        ("صديقي العزيز", "صديقي |العزيز"),
    ] {
        assert_eq!(parted(text), expected);
    }
    assert_eq!(breaks("אב  גד"), [(2, 4)]);
    assert_eq!(breaks(""), []);
}

#[test]
fn joined_letters_keep_no_tracking_and_latin_among_them_does() {
    let width = |text: &str, tracking| {
        let fonts = fonts(text, Weight::Bold);
        Style { fonts: &fonts, weight: Weight::Bold, tracking }.fit(text, WIDE).lines[0].width()
    };
    assert_eq!(width("السلام", 0.0), width("السلام", 0.1));
    assert!((width("abc ש", 0.1) - width("abc ש", 0.0) - 0.4).abs() < 1e-4);
}

#[test]
fn latin_is_set_alike_by_both_paths() {
    for text in ["AVATAR To Wave", "Łukasz, 20 % off", "Nguyễn – “yours”"] {
        let bytes = Font::BOLD;
        let job = Job { text: Cow::Borrowed(text), tracking: -0.02, fit: WIDE, files: vec![bytes] };
        let (shaped, plain) = (fit(&job).unwrap(), block(text, WIDE));
        let plain_tracked = plain.lines[0].width() - 0.02 * (text.chars().count() - 1) as f32;
        assert!((shaped.lines[0].width() - plain_tracked).abs() < 2e-3, "{text}");
    }
}

#[test]
fn what_no_font_has_is_left_out_and_told() {
    let text = "שלום 東 ꙮ";
    let mut fonts = Fonts::default();
    assert_eq!(fonts.missing(text, Weight::Bold), ['ש', 'ל', 'ו', 'ם', '東', 'ꙮ']);
    for wanted in FontFile::wanted(text, Weight::Bold) {
        fonts.add(wanted, Rc::new(file(&wanted.to_string())));
    }
    assert_eq!(fonts.missing(text, Weight::Bold), ['ꙮ']);
    let style = Style { fonts: &fonts, weight: Weight::Bold, tracking: 0.0 };
    let with = style.fit(text, WIDE);
    assert_eq!(with.lines[0].glyphs.len(), 5);
    assert!(with.lines[0].glyphs.iter().all(|placed| placed.glyph.0 != 0), "a box");
}

/// Letters of every script, with what joins them.
fn any_text() -> impl Strategy<Value = String> {
    let letters = prop::sample::select(
        "Aé Жя Ωλ אבגִּ العربيةلا‌‍ًّ कखगक्षत्रिािंः สวัสดีน้ำเ日本語。「」ーっ한국어 0123456789%()-–\u{200f}😀\u{301}"
            .chars()
            .collect::<Vec<_>>(),
    );
    prop::collection::vec(letters, 0..60).prop_map(|letters| letters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_script_fits_any_width(text in any_text(), width in 1.0f32..900.0, lines in 1usize..5) {
        let fit = Fit { width, size: 60.0, one_line: 0.8, smallest: 0.5, lines };
        let fonts = fonts(&text, Weight::Bold);
        let style = Style { fonts: &fonts, weight: Weight::Bold, tracking: -0.02 };
        let block = style.fit(&text, fit);
        prop_assert!(block.lines.len() <= lines);
        prop_assert!(block.size <= 60.0 && block.size >= 30.0 * 0.9999);
        for line in &block.lines {
            prop_assert!(line.width() * block.size <= width * 1.0001, "{text} {width}");
            let mask = line.mask(&style, block.size, 0, 200);
            prop_assert!(mask.width as f32 <= width * 1.0001 + 2.0);
        }
    }

    /// Bytes of a font changed, cut off and repeated.
    #[test]
    fn hostile_fonts_harm_nothing(
        script in prop::sample::select(vec!["cyrillic", "arabic", "hebrew", "devanagari", "thai"]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..60),
        header in prop::collection::vec((0usize..600, any::<u8>()), 0..4),
        kept in 0.3f64..1.0,
    ) {
        let mut bytes = file(&format!("{script}-bold.ttf"));
        bytes.truncate((bytes.len() as f64 * kept.sqrt()) as usize);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        for (at, byte) in header {
            bytes[at] = byte;
        }
        let text = "Привет مرحباً لا שלום क्षत्रिय น้ำ abc";
        let wanted = FontFile::wanted(text, Weight::Bold).find(|f| f.to_string().starts_with(script)).unwrap();
        let mut fonts = Fonts::default();
        fonts.add(wanted, Rc::new(bytes));
        let style = Style { fonts: &fonts, weight: Weight::Bold, tracking: 0.0 };
        let block = style.fit(text, Fit { width: 300.0, size: 60.0, one_line: 0.8, smallest: 0.5, lines: 2 });
        for line in &block.lines {
            prop_assert!(line.mask(&style, block.size, 0, 100).coverage.len() < 400 * 300);
        }
    }
}

#[test]
fn captions_of_the_right_stand_at_the_right() {
    let draw = |headline: &str| {
        let caption = super::super::Caption {
            headline,
            subline: "Sale",
            button: Some("OK"),
            ink: Rgb::BLACK,
            accent: Rgb::BLACK,
        };
        let fonts = fonts(headline, Weight::Bold);
        let shapes = super::super::caption::shapes(&caption, &fonts, 1000, 500);
        shapes.iter().map(|shape| (shape.mask.left, shape.bounds().right)).collect::<Vec<_>>()
    };
    assert!(draw("Hello").iter().all(|(left, right)| *left < 110 && *right < 500));
    assert!(draw("שלום").iter().all(|(left, right)| *left > 200 && (540..=580).contains(right)));
}
