//! Checks of the room's parts against independent readers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::bitmap::{Bitmap, Mask, Paint, Rect, Shape};
use super::font::{Font, Glyph, Pen, Point};
use super::*;
use proptest::prelude::*;

fn bitmap(width: usize, height: usize, pixel: impl Fn(usize, usize) -> [u8; 3]) -> Bitmap {
    let rgb =
        (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| pixel(x, y)).collect();
    Bitmap { width, height, rgb }
}

fn gradient(width: usize, height: usize) -> Bitmap {
    bitmap(width, height, |x, y| [(x * 255 / width) as u8, (y * 255 / height) as u8, ((x + y) / 2) as u8])
}

fn other_decoder(file: &[u8]) -> image::RgbImage {
    image::load_from_memory(file).unwrap().to_rgb8()
}

/// Curves in font units, straight ones too, as the reader under test gives them.
#[derive(Default)]
struct Outline {
    curves: Vec<[f32; 6]>,
    last: (f32, f32),
    start: (f32, f32),
}

impl Pen for Outline {
    fn curve(&mut self, from: Point, control: Point, to: Point) {
        if from != to {
            self.curves.push([from.x, from.y, control.x, control.y, to.x, to.y].map(|v| v * 2048.0));
        }
    }
}

impl ttf_parser::OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        (self.last, self.start) = ((x, y), (x, y));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x0, y0) = self.last;
        self.quad_to((x0 + x) / 2.0, (y0 + y) / 2.0, x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (x0, y0) = std::mem::replace(&mut self.last, (x, y));
        if (x0, y0) != (x, y) {
            self.curves.push([x0, y0, x1, y1, x, y]);
        }
    }

    fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, _: f32, _: f32) {
        panic!("TrueType has no cubic curves");
    }

    fn close(&mut self) {
        self.line_to(self.start.0, self.start.1);
    }
}

fn kerning_of(face: &ttf_parser::Face<'_>, left: u16, right: u16) -> i32 {
    use ttf_parser::GlyphId;
    use ttf_parser::gpos::{PairAdjustment, PositioningSubtable};
    let (left, right) = (GlyphId(left), GlyphId(right));
    let lookups = face.tables().gpos.unwrap().lookups;
    let value = |table| match table {
        PositioningSubtable::Pair(PairAdjustment::Format1 { coverage, sets }) => {
            Some(sets.get(coverage.get(left)?)?.get(right)?.0.x_advance)
        }
        PositioningSubtable::Pair(PairAdjustment::Format2 { coverage, classes, matrix }) => {
            coverage.get(left)?;
            Some(matrix.get((classes.0.get(left), classes.1.get(right)))?.0.x_advance)
        }
        _ => panic!("only pairs"),
    };
    lookups.into_iter().map(|l| i32::from(l.subtables.into_iter().find_map(value).unwrap_or(0))).sum()
}

#[test]
fn fonts_read_as_ttf_parser_reads_them() {
    for (font, data) in [(Font::new(Font::BOLD), Font::BOLD), (Font::new(Font::REGULAR), Font::REGULAR)] {
        let face = ttf_parser::Face::parse(data, 0).unwrap();
        let mut glyphs = Vec::new();
        for c in '\0'..'\u{ffff}' {
            let glyph = font.glyph(c);
            assert_eq!(glyph.map(|g| g.0), face.glyph_index(c).map(|g| g.0), "{c:?}");
            glyphs.extend(glyph);
        }
        assert!(glyphs.len() > 400, "{}", glyphs.len());
        for Glyph(id) in glyphs.iter().copied() {
            let theirs = ttf_parser::GlyphId(id);
            assert_eq!(font.advance(Glyph(id)) * 2048.0, f32::from(face.glyph_hor_advance(theirs).unwrap()));
            let (mut ours, mut expected) = (Outline::default(), Outline::default());
            font.draw(Glyph(id), &mut ours);
            face.outline_glyph(theirs, &mut expected);
            assert_eq!(ours.curves.len(), expected.curves.len(), "glyph {id}");
            for (a, b) in ours.curves.iter().flatten().zip(expected.curves.iter().flatten()) {
                assert!((a - b).abs() < 0.01, "glyph {id}: {a} {b}");
            }
        }
        for left in glyphs.iter().step_by(3) {
            for right in glyphs.iter().step_by(5) {
                let units = (font.kerning(*left, *right) * 2048.0).round() as i32;
                assert_eq!(units, kerning_of(&face, left.0, right.0), "{left:?} {right:?}");
            }
        }
    }
}

#[test]
fn broken_fonts_have_no_glyphs() {
    let whole = include_bytes!("fonts/Inter-Bold.ttf");
    for end in [0, 3, 20, 300, 2000, 20_000, 40_000] {
        let font = Font::new(&whole[..end]);
        for c in ['A', 'ễ', ' '] {
            if let Some(glyph) = font.glyph(c) {
                font.draw(glyph, &mut Outline::default());
            }
        }
    }
}

/// Mean squared error to a peak signal-to-noise ratio, in decibels.
fn psnr(a: &[u8], b: &[u8]) -> f64 {
    let squares: f64 = a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    10.0 * (255.0 * 255.0 * a.len() as f64 / squares.max(1e-9)).log10()
}

#[test]
fn jpegs_are_faithful_at_every_size() {
    for (width, height) in [(1, 1), (7, 9), (8, 8), (15, 17), (16, 16), (17, 33), (200, 100)] {
        let picture = gradient(width, height);
        let decoded = other_decoder(&jpeg::encode(&jpeg::Planes::of(&picture), 85));
        assert_eq!(decoded.dimensions(), (width as u32, height as u32));
        assert!(psnr(&picture.rgb, decoded.as_raw()) > 30.0, "{width} × {height}");
    }
    let noise = bitmap(64, 64, |x, y| {
        let v = crate::hash::mix((x * 64 + y) as u64).to_le_bytes();
        [v[0], v[1], v[2]]
    });
    other_decoder(&jpeg::encode(&jpeg::Planes::of(&noise), 100)); // the longest codes
}

#[test]
fn gifs_keep_few_colours_exactly_and_many_nearly() {
    let flat = bitmap(40, 30, |x, y| [(x / 10 * 60) as u8, (y / 10 * 80) as u8, 7]);
    assert_eq!(other_decoder(&gif::encode(&flat).unwrap()).into_raw(), flat.rgb);
    let many = gradient(300, 200);
    let reduced = other_decoder(&gif::encode(&many).unwrap()).into_raw();
    assert!(psnr(&many.rgb, &reduced) > 32.0, "{}", psnr(&many.rgb, &reduced));
}

#[test]
fn scaling_keeps_flat_colours_and_the_middle() {
    let flat = bitmap(100, 60, |_, _| [10, 200, 99]);
    for (width, height) in [(50, 30), (37, 41), (300, 200), (1, 1), (100, 60)] {
        let scaled = flat.clone().cover(width, height);
        assert_eq!((scaled.width, scaled.height, scaled.rgb.len()), (width, height, width * height * 3));
        assert!(scaled.rgb.chunks_exact(3).all(|p| p == [10, 200, 99]));
    }
    let marked = bitmap(90, 30, |x, _| if (30..60).contains(&x) { [255; 3] } else { [0; 3] });
    assert!(marked.cover(30, 30).rgb.iter().all(|v| *v == 255));
}

fn png_file(
    width: u32,
    height: u32,
    color: ::png::ColorType,
    depth: ::png::BitDepth,
    data: &[u8],
    transparency: Option<Vec<u8>>,
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut out, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    encoder.set_filter(::png::Filter::Adaptive);
    if color == ::png::ColorType::Indexed {
        encoder.set_palette((0..=255).flat_map(|i| [i, 255 - i, i / 2]).collect::<Vec<u8>>());
    }
    if let Some(transparency) = transparency {
        encoder.set_trns(transparency);
    }
    encoder.write_header().unwrap().write_image_data(data).unwrap();
    out
}

/// What a PNG shows over white, according to the `png` crate.
fn expected_png(file: &[u8]) -> Vec<u8> {
    let rgba = image::load_from_memory(file).unwrap().to_rgba8();
    let over = |channel: u8, alpha: u8| {
        (u32::from(channel) * u32::from(alpha) + 255 * (255 - u32::from(alpha)) + 127) / 255
    };
    rgba.pixels().flat_map(|p| [0, 1, 2].map(|i| over(p.0[i], p.0[3]) as u8)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn pngs_of_every_kind_read_as_the_png_crate_reads_them(
        (width, height) in (1u32..40, 1u32..24),
        kind in 0usize..15,
        transparent: bool,
        seed: u64,
    ) {
        use ::png::{BitDepth::*, ColorType::*};
        let kinds = [
            (Grayscale, One), (Grayscale, Two), (Grayscale, Four), (Grayscale, Eight), (Grayscale, Sixteen),
            (Rgb, Eight), (Rgb, Sixteen), (Indexed, One), (Indexed, Two), (Indexed, Four), (Indexed, Eight),
            (GrayscaleAlpha, Eight), (GrayscaleAlpha, Sixteen), (Rgba, Eight), (Rgba, Sixteen),
        ];
        let (color, depth) = kinds[kind];
        let stride = (width as usize * color.samples() * depth as usize).div_ceil(8);
        let mut state = seed;
        let data: Vec<u8> = std::iter::repeat_with(|| {
            state = crate::hash::mix(state);
            (state >> 56) as u8
        })
        .take(stride * height as usize)
        .collect();
        let alphas = match color {
            Grayscale => Some(vec![0, 1]),
            Rgb => Some(vec![0, 9, 0, 8, 0, 7]),
            Indexed => Some(vec![0, 128, 255]),
            _ => None,
        };
        let file = png_file(width, height, color, depth, &data, alphas.filter(|_| transparent));
        let ours = png::decode(&file).unwrap();
        prop_assert_eq!((ours.width as u32, ours.height as u32), (width, height));
        let expected = expected_png(&file);
        let worst = ours.rgb.iter().zip(&expected).map(|(a, b)| a.abs_diff(*b)).max();
        // of 16-bit samples, colour and alpha may each be cut or rounded to 8
        prop_assert!(worst <= Some(2 * u8::from(depth == Sixteen)), "{:?} {:?} off by {:?}", color, depth, worst);
    }

    #[test]
    fn written_pngs_are_exact((width, height) in (1usize..50, 1usize..50), colors in 1u64..600) {
        let picture = bitmap(width, height, |x, y| {
            let v = crate::hash::mix((x * 50 + y) as u64 % colors).to_le_bytes();
            [v[0], v[1], v[2]]
        });
        let file = png::encode(&picture);
        prop_assert_eq!(&other_decoder(&file).into_raw(), &picture.rgb);
        prop_assert_eq!(&png::decode(&file).unwrap(), &picture);
    }
}

/// Of many colours, each row the one above moved a little now and then.
fn art() -> Bitmap {
    bitmap(700, 75, |x, y| [((x + y / 5) / 3) as u8, ((x + y / 5) / 4) as u8, 90])
}

#[test]
fn art_is_woven_and_rejoined() {
    let area = Rect { left: 20, top: 5, right: 300, bottom: 70 };
    let spliced = png::Spliced::of(art(), area);
    let woven = spliced.woven().unwrap().clone();
    assert!(spliced.weight() < art().rgb.len() + 60_000);
    assert_eq!(png::Spliced::rejoined(art(), area, woven.clone()), Some(spliced));
    for (bitmap, area) in [(gradient(90, 70), area), (art(), Rect { right: 299, ..area })] {
        assert_eq!(png::Spliced::rejoined(bitmap, area, woven.clone()), None);
    }
    assert!(png::Spliced::of(gradient(90, 70), area).woven().is_none());
    for right in [0, 700] {
        let spliced = png::Spliced::of(art(), Rect { right, ..area });
        assert!(other_decoder(&spliced.with(&[])).into_raw() == art().rgb, "nothing or all may be drawn on");
    }
}

#[test]
fn shapes_beyond_the_area_are_cut_off() {
    let area = Rect { left: 20, top: 5, right: 300, bottom: 70 };
    let wide = Rect { left: 0, top: 0, right: 700, bottom: 75 };
    let mask = || Mask { left: 10, top: 0, width: 400, coverage: vec![40; 400 * 75] };
    let shape = |clip| Shape { mask: mask(), paint: Paint::Color(Rgb::WHITE), clip };
    let mut drawn = art();
    drawn.blend(&shape(area));
    assert!(other_decoder(&png::Spliced::of(art(), area).with(&[shape(wide)])).into_raw() == drawn.rgb);
}

fn few_colors() -> Bitmap {
    bitmap(90, 70, |x, y| [(x / 30 * 60) as u8, (y / 20 * 80) as u8, 7])
}

/// Soft circles in a picture of 90 × 70, some cut off.
fn circles() -> [Shape; 3] {
    let circle = |left: i32, top: i32, color| {
        let cover = |i: i32| (63 - ((i % 24 - 12).pow(2) + (i / 24 - 12).pow(2)) / 3).clamp(0, 63) as u8;
        let mask = Mask { left, top, width: 24, coverage: (0..24 * 24).map(cover).collect() };
        Shape { mask, paint: Paint::Color(color), clip: Rect { left: 3, top: 2, right: 80, bottom: 69 } }
    };
    [circle(-5, -6, Rgb::WHITE), circle(30, 30, Rgb(200, 0, 90)), circle(70, 60, Rgb::BLACK)]
}

#[test]
fn spliced_gifs_are_nearly_what_drawing_gives() {
    let drawn = |ground: &Bitmap, shapes: &[Shape]| {
        let mut drawn = ground.clone();
        shapes.iter().for_each(|shape| drawn.blend(shape));
        drawn
    };
    let few = gif::Spliced::of(few_colors());
    let file = few.with(&circles()).unwrap();
    assert!(other_decoder(&file).into_raw() == drawn(&few_colors(), &circles()).rgb, "few colours are exact");

    let ground = gradient(90, 70);
    let spliced = gif::Spliced::of(ground.clone());
    assert_eq!(gif::Spliced::read(spliced.bitmap().clone()), Ok(spliced.clone()));
    assert!(gif::Spliced::read(ground.clone()).is_err(), "more colours than leave room");
    let all = Mask { left: 0, top: 0, width: 90, coverage: vec![20; 90 * 70] };
    let clip = Rect { left: 0, top: 0, right: 90, bottom: 70 };
    let veil = Shape { mask: all, paint: Paint::Color(Rgb(250, 240, 90)), clip };
    for (shapes, whole) in [(&circles()[1..2], false), (&circles(), false), (&[veil], true)] {
        let shown = other_decoder(&spliced.with(shapes).unwrap()).into_raw();
        let wanted = drawn(&ground, shapes).rgb;
        let apart: u32 = shown.iter().zip(&wanted).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        assert!(apart < 4 * wanted.len() as u32, "{apart}");
        let untouched = 3 * (90 * 2 + 88);
        assert!(whole || shown[untouched..untouched + 6] == spliced.bitmap().rgb[untouched..untouched + 6]);
    }
}

#[test]
fn spliced_pngs_are_what_drawing_gives() {
    // so many that what is drawn finds no room among them
    let full = bitmap(90, 70, |x, y| [(x + 90 * y).min(250) as u8, 9, 9]);
    let (few, shapes) = (few_colors(), circles());
    for ground in [few, full, art(), gradient(90, 70), gradient(1, 1), gradient(40, 16), gradient(7, 33)] {
        let spliced = png::Spliced::of(ground.clone(), Rect { left: 0, top: 0, right: 80, bottom: 70 });
        assert!(other_decoder(&spliced.with(&[])).into_raw() == ground.rgb);
        for shapes in [&shapes[..], &shapes[1..2]] {
            let mut drawn = ground.clone();
            shapes.iter().for_each(|shape| drawn.blend(shape));
            assert!(other_decoder(&spliced.with(shapes)).into_raw() == drawn.rgb);
            assert!(png::decode(&spliced.with(shapes)) == Ok(drawn));
        }
    }
}

#[test]
fn interlaced_pngs_read() {
    // 9 × 5 grey, filter 0, of the values (17·x + 40·y) mod 256
    let picture = png::decode(include_bytes!("pixels/interlaced.png")).unwrap();
    let expected = bitmap(9, 5, |x, y| [(17 * x + 40 * y) as u8; 3]);
    assert_eq!(picture, expected);
    assert_eq!(other_decoder(include_bytes!("pixels/interlaced.png")).into_raw(), expected.rgb);
}
