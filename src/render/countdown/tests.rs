#![allow(clippy::unwrap_used, reason = "clippy lets tests unwrap, but not the functions that they share")]

use super::super::FontFile;
use super::*;
use crate::time::{DAY, HOUR, MINUTE};
use proptest::prelude::*;

const SIZE: (u32, u32) = (300, 80);

#[test]
fn every_label_is_in_the_fonts_that_are_shipped() {
    for language in languages() {
        let face = Face { labels: labels(language), ..Face::default() };
        let mut fonts = Fonts::default();
        for file in face.texts().flat_map(|(text, weight)| FontFile::wanted(text, weight)) {
            let path = format!("{}/www/fonts/{file}", env!("CARGO_MANIFEST_DIR"));
            fonts.add(file, std::fs::read(path).unwrap().into());
        }
        for (text, weight) in face.texts() {
            assert_eq!(fonts.missing(text, weight), [], "{language}: {text}");
        }
    }
}
const STYLES: [Style; 3] = [Style::Plain, Style::Boxed, Style::Flip];

/// A frame as a client shows it, and its delay in hundredths of a second.
type Frame = (Vec<u8>, u16);

/// The frames of a GIF, each laid over the one before.
fn played(file: &[u8]) -> Vec<Frame> {
    let mut decoder = gif::DecodeOptions::new().read_info(file).unwrap();
    let palette = decoder.global_palette().unwrap().to_vec();
    assert!(palette.len() <= 3 * 64);
    let (width, height) = (usize::from(decoder.width()), usize::from(decoder.height()));
    let mut screen = vec![None; width * height];
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        assert!(frame.palette.is_none() && frame.transparent.is_none());
        assert_eq!(frame.dispose, gif::DisposalMethod::Keep);
        for (y, line) in frame.buffer.chunks_exact(frame.width.into()).enumerate() {
            let start = (usize::from(frame.top) + y) * width + usize::from(frame.left);
            for (pixel, index) in screen[start..].iter_mut().zip(line) {
                *pixel = Some(*index);
            }
        }
        // unwraps, since the first frame is complete
        let color = |index: &Option<u8>| {
            let at = 3 * usize::from(index.unwrap());
            [palette[at], palette[at + 1], palette[at + 2]]
        };
        frames.push((screen.iter().flat_map(color).collect(), frame.delay));
    }
    assert_eq!(decoder.repeat(), gif::Repeat::Finite(0), "it plays once");
    frames
}

/// The picture of a face with so many digits, drawn afresh: what stays, and each digit in its cell.
fn afresh(face: &Face, size: (u32, u32), leading: usize, digits: &str) -> Vec<u8> {
    let scene = Scene::new(face, &Fonts::default(), (size.0 as usize, size.1 as usize), leading);
    let mut screen = scene.ground.clone();
    assert!(scene.cells.is_empty() || scene.cells.len() == digits.len());
    for (i, digit) in digits.bytes().enumerate() {
        scene.put(&mut screen, i, digit - b'0');
    }
    screen.iter().flat_map(|i| [scene.palette[usize::from(*i)]]).flat_map(|c| [c.0, c.1, c.2]).collect()
}

fn animation(face: &Face, size: (u32, u32), left: i64) -> Vec<u8> {
    Prepared::new(face, &Fonts::default(), size, Span(left)).unwrap().draw(Span(left), Format::Gif).unwrap()
}

/// Days, hours, minutes and seconds as a clock counts them, in whole seconds.
fn clock(seconds: i64, leading: usize) -> String {
    let (d, h, m, s) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{d:0leading$}{h:02}{m:02}{s:02}")
}

#[test]
fn every_frame_is_what_drawing_it_afresh_gives() {
    for style in STYLES {
        for redraw in [Redraw::Partial, Redraw::Full] {
            let face = Face { style, redraw, ..Face::default() };
            for (left, leading) in [
                (9 * DAY + 59 * MINUTE + 1700, 2),
                (45_000, 2),
                (HOUR + 3000, 2),
                (DAY + 12_345, 2),
                (10 * DAY + 30_001, 2),
                (100 * DAY + 5000, 3),
                (12_345 * DAY + 1, 5),
            ] {
                let frames = played(&animation(&face, SIZE, left));
                let seconds = (left + 999) / 1000;
                assert_eq!(frames.len() as i64, 60.min(seconds + 1));
                for (i, (shown, _)) in (0..).zip(&frames) {
                    let expected = afresh(&face, SIZE, leading, &clock(seconds - i, leading));
                    assert!(*shown == expected, "{style:?} {redraw:?}: {left} ms, frame {i}");
                }
            }
        }
    }
}

#[test]
fn frames_change_when_the_second_does() {
    let face = Face { frames: Frames::Thirty, ..Face::default() };
    for (left, first) in [(90_000, 100), (90_400, 40), (90_001, 2), (90_999, 100), (90_009, 2), (90_994, 99)]
    {
        let delays: Vec<u16> = played(&animation(&face, SIZE, left)).iter().map(|f| f.1).collect();
        assert_eq!(delays.len(), 30);
        assert_eq!(delays[0], first, "{left}");
        assert!(delays[1..].iter().all(|delay| *delay == 100));
    }
    for frames in Frames::ALL {
        let face = Face { frames, ..Face::default() };
        assert_eq!(played(&animation(&face, SIZE, HOUR)).len(), usize::from(frames.count()));
    }
}

#[test]
fn frames_that_show_the_same_are_one() {
    let units = Units::new(Unit::Days, Unit::Minutes).unwrap();
    let face = Face { units, ..Face::default() };
    let frames = played(&animation(&face, SIZE, HOUR + 20_500));
    let delays: Vec<u16> = frames.iter().map(|f| f.1).collect();
    // 61 minutes are left for 20.5 s more, then 60 for the rest of the animation: 60 frames, the first for half a second
    assert_eq!(delays, [2050, 3900]);
    assert!(
        frames[0].0 == afresh(&face, SIZE, 2, "000101") && frames[1].0 == afresh(&face, SIZE, 2, "000100")
    );
}

#[test]
fn it_ends_with_zeros_or_with_its_text() {
    for style in STYLES {
        let zeros = Face { style, ..Face::default() };
        let text = Face { expired: "It's over, but look at these".into(), ..zeros.clone() };
        let frames = played(&animation(&zeros, SIZE, 2500));
        assert_eq!(frames.len(), 4);
        assert!(frames[3].0 == afresh(&zeros, SIZE, 2, "00000000"));
        let ending = played(&animation(&text, SIZE, 2500));
        assert_eq!(ending.len(), 4);
        for left in [0, -1, i64::MIN] {
            assert!(played(&animation(&zeros, SIZE, left)).iter().all(|f| f.0 == frames[3].0));
            let over = played(&animation(&text, SIZE, left));
            assert!(over.len() == 1 && over[0].0 == ending[3].0 && over[0].0 != frames[3].0);
        }
    }
}

#[test]
fn a_still_is_the_first_frame() {
    for style in STYLES {
        let face = Face { style, ..Face::default() };
        let left = Span(3 * DAY + 7 * HOUR + 1234);
        let prepared = Prepared::new(&face, &Fonts::default(), SIZE, left).unwrap();
        let still =
            |format| image::load_from_memory(&prepared.draw(left, format).unwrap()).unwrap().to_rgb8();
        let first = &played(&prepared.draw(left, Format::Gif).unwrap())[0].0;
        assert!(still(Format::Png).as_raw() == first);
        let jpeg = still(Format::Jpeg);
        let worst = jpeg.as_raw().iter().zip(first).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2));
        assert!(worst.sum::<u64>() / (first.len() as u64) < 60, "{style:?}");
    }
}

#[test]
fn what_is_prepared_draws_any_time() {
    let face = Face::default();
    let prepared = Prepared::new(&face, &Fonts::default(), SIZE, Span(5 * DAY)).unwrap();
    for left in [i64::MIN, -5, 0, 1, 999, 59_999, 99 * DAY, 101 * DAY, i64::MAX] {
        let drawn = prepared.draw(Span(left), Format::Gif).unwrap();
        assert!(drawn == animation(&face, SIZE, left), "{left}");
        assert_eq!(prepared.suits(Span(left)), left < 100 * DAY);
    }
    assert!((10_000..200_000).contains(&prepared.weight()), "{}", prepared.weight());
}

#[test]
fn nothing_touches_an_edge() {
    let own = ["a very long word indeed for days", "ÅÇ", "gjpqy", "W"].map(str::to_owned);
    let own = STYLES.map(|style| Face { style, labels: own.clone(), ..Face::default() });
    for face in own {
        for size in [(600, 120), (200, 100), (120, 60)] {
            for leading in [2, 3, 7] {
                touches_no_edge(&face, size, leading);
            }
        }
    }
    for language in languages() {
        let face = Face { style: Style::Plain, labels: labels(language), ..Face::default() };
        touches_no_edge(&face, (300, 60), 2);
    }
}

fn touches_no_edge(face: &Face, (width, height): (usize, usize), leading: usize) {
    let scene = Scene::new(face, &Fonts::default(), (width, height), leading);
    assert!(!scene.cells.is_empty() || leading == 7);
    let mut screen = scene.ground.clone();
    (0..scene.cells.len()).for_each(|i| scene.put(&mut screen, i, 8));
    let inside = |i: usize| (2..width - 2).contains(&(i % width)) && (2..height - 2).contains(&(i / width));
    let mut edge = screen.iter().enumerate().filter(|(i, _)| !inside(*i));
    assert!(edge.all(|(_, pixel)| *pixel == screen[0]), "{face:?} {width} × {height} {leading}");
}

#[test]
fn a_digit_is_the_glyph_in_the_middle_of_its_cell() {
    let face = Face { style: Style::Plain, ink: Rgb::BLACK, label: Rgb::BLACK, ..Face::default() };
    let scene = Scene::new(&face, &Fonts::default(), (600, 120), 2);
    let sizes: Vec<_> = scene.cells.iter().map(|c| (c.right - c.left, c.bottom - c.top)).collect();
    assert!(sizes.iter().all(|size| *size == sizes[0]), "digits are tabular");
    for digit in 0..10 {
        let mut screen = vec![scene.ground[0]; 600 * 120];
        scene.put(&mut screen, 0, digit);
        let cell = scene.cut(&screen, scene.cells[0]);
        let width = sizes[0].0 as usize;
        let ink: Vec<usize> =
            cell.iter().enumerate().filter(|(_, p)| **p != screen[0]).map(|(i, _)| i % width).collect();
        let (left, right) = (*ink.iter().min().unwrap(), width - 1 - *ink.iter().max().unwrap());
        assert!(left.abs_diff(right) <= 2, "{digit}: {left} and {right} pixels free");
        assert!(ink.len() > cell.len() / 6);
    }
}

#[test]
fn impossible_sizes_are_errors_and_tiny_ones_are_flat() {
    for size in [(0, 9), (9, 0), (4097, 1), (4096, 4096), (u32::MAX, u32::MAX)] {
        assert_eq!(
            Prepared::new(&Face::default(), &Fonts::default(), size, Span(1)).err(),
            Some(RenderError::Size)
        );
    }
    for size in [(1, 1), (1, 4096), (4096, 1), (9, 5)] {
        for style in STYLES {
            let face = Face { style, expired: "Over".into(), ..Face::default() };
            let frames = played(&animation(&face, size, 61_000));
            let delay: u32 = frames.iter().map(|f| u32::from(f.1)).sum();
            assert_eq!(delay, 6000);
            assert!(frames.iter().all(|f| f.0.iter().all(|v| *v == 255)));
        }
    }
    assert!(animation(&Face::default(), (4096, 1098), 5000).len() > 1000);
}

fn faces() -> impl Strategy<Value = Face> {
    let color = || any::<(u8, u8, u8)>().prop_map(|(r, g, b)| Rgb(r, g, b));
    let units = (0usize..4, 0usize..4)
        .prop_map(|(a, b)| Units::new(Unit::ALL[a.min(b)], Unit::ALL[a.max(b)]).unwrap());
    let redraw = any::<bool>().prop_map(|full| if full { Redraw::Full } else { Redraw::Partial });
    let text = || "\\PC{0,12}|[\\x00-\\x1f\u{202e}\u{300}]{1,4}|(Wg){999}";
    let looks = (0usize..3, color(), color(), color(), color());
    let rest = (units, [text(), text(), text(), text()], 0usize..3, redraw, text());
    (looks, rest).prop_map(|(looks, (units, labels, frames, redraw, expired))| {
        let (style, background, ink, plate, label) = looks;
        let (style, frames) = (STYLES[style], Frames::ALL[frames]);
        Face { style, background, ink, plate, label, units, labels, frames, redraw, expired }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_face_at_any_size_is_the_same_in_both_modes(
        face in faces(),
        size in (1u32..260, 1u32..140),
        left in prop_oneof![any::<i64>(), -5000i64..200_000, (0i64..400).prop_map(|d| d * DAY + 30_000)],
    ) {
        let other = match face.redraw {
            Redraw::Partial => Redraw::Full,
            Redraw::Full => Redraw::Partial,
        };
        let (one, two) = (animation(&face, size, left), animation(&Face { redraw: other, ..face.clone() }, size, left));
        let (one, two) = (played(&one), played(&two));
        prop_assert!(one == two);
        prop_assert!(one.iter().all(|frame| frame.1 >= 2));
        let delay: u32 = one.iter().map(|f| u32::from(f.1)).sum();
        prop_assert!(delay <= u32::from(face.frames.count()) * 100 + 2);
        let still = Prepared::new(&face, &Fonts::default(), size, Span(left)).unwrap().draw(Span(left), Format::Png).unwrap();
        prop_assert!(image::load_from_memory(&still).unwrap().to_rgb8().into_raw() == one[0].0);
    }
}
