//! How long a hero takes, from background file to finished file and from a background made ready, and a countdown, beside the `gif` crate given its frames
//! drawn: `cargo bench --bench render`.
#![allow(clippy::expect_used, reason = "a bench may stop")]

use apropos::render::countdown::{Face, Prepared, Redraw, Style};
use apropos::render::{Backdrop, Caption, FontFile, Fonts, Format, Rgb, Weight, hero};
use apropos::time::{DAY, Span};
use divan::{Bencher, black_box};
use image::{ImageFormat, RgbImage};
use std::io::Cursor;

fn main() {
    for redraw in [Redraw::Partial, Redraw::Full] {
        let ours = prepared(redraw).draw(LEFT, Format::Gif).expect("it is drawn");
        let (palette, screens) = played(&ours);
        let theirs = peer(&palette, &screens, redraw);
        println!("countdown {redraw:?}: {} bytes, by the gif crate {}", ours.len(), theirs.len());
    }
    divan::main();
}

const CAPTION: Caption<'static> = Caption {
    headline: "Your size is back, Łukasz",
    subline: "Trail shoes, from 20 % off until Sunday",
    button: Some("See them"),
    ink: Rgb::WHITE,
    accent: Rgb(217, 79, 4),
};

fn file(format: ImageFormat, pixel: impl Fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let image = RgbImage::from_fn(1200, 600, |x, y| image::Rgb(pixel(x, y)));
    image.write_to(&mut out, format).expect("an image in memory encodes");
    out.into_inner()
}

/// As much detail as a photograph: waves with a little noise.
fn photo() -> Vec<u8> {
    file(ImageFormat::Jpeg, |x, y| {
        let noise = (apropos::hash::mix(u64::from(x) << 32 | u64::from(y)) & 15) as u32;
        [x * x / 9000 + noise, (x + y) / 9 + noise, 90 + y / 6 + noise].map(|v| (v & 255) as u8)
    })
}

fn gradient() -> Vec<u8> {
    file(ImageFormat::Png, |x, y| [(x / 5) as u8, (y / 3) as u8, 140])
}

fn flat() -> Vec<u8> {
    file(ImageFormat::Png, |_, _| [246, 241, 231])
}

#[divan::bench(args = [Format::Png, Format::Jpeg, Format::Gif])]
fn on_flat(bencher: Bencher, format: Format) {
    draw(bencher, &flat(), format);
}

#[divan::bench(args = [Format::Png, Format::Jpeg, Format::Gif])]
fn on_gradient(bencher: Bencher, format: Format) {
    draw(bencher, &gradient(), format);
}

#[divan::bench(args = [Format::Png, Format::Jpeg, Format::Gif])]
fn on_photo(bencher: Bencher, format: Format) {
    draw(bencher, &photo(), format);
}

/// What an open costs once the background is ready.
#[divan::bench(args = [Format::Png, Format::Jpeg, Format::Gif])]
fn on_ready_photo(bencher: Bencher, format: Format) {
    draw_on_ready(bencher, &photo(), format);
}

/// The same with a headline in other scripts, whose fonts are at hand.
#[divan::bench(args = ["Ваш размер снова здесь", "مرحباً صديقي، عاد مقاسك", "आपका साइज़ वापस आ गया", "サイズが再入荷しました"])]
fn on_ready_photo_in_script(bencher: Bencher, headline: &str) {
    let backdrop = Backdrop::new(&photo(), (1200, 600), Format::Jpeg).expect("the background is sound");
    let mut fonts = Fonts::default();
    for file in FontFile::wanted(headline, Weight::Bold) {
        let path = format!("{}/www/fonts/{file}", env!("CARGO_MANIFEST_DIR"));
        fonts.add(file, std::fs::read(path).expect("the fonts are there").into());
    }
    let caption = Caption { headline, ..CAPTION };
    bencher.bench_local(|| black_box(&backdrop).hero(&caption, &fonts));
}

/// The same on flat art.
#[divan::bench(args = [Format::Png, Format::Jpeg, Format::Gif])]
fn on_ready_gradient(bencher: Bencher, format: Format) {
    draw_on_ready(bencher, &gradient(), format);
}

fn draw_on_ready(bencher: Bencher, background: &[u8], format: Format) {
    let backdrop = Backdrop::new(background, (1200, 600), format).expect("the background is sound");
    let fonts = Fonts::default();
    bencher.bench_local(|| black_box(&backdrop).hero(&CAPTION, &fonts));
}

fn draw(bencher: Bencher, background: &[u8], format: Format) {
    let fonts = Fonts::default();
    bencher.bench_local(|| hero(black_box(background), &CAPTION, &fonts, (1200, 600), format));
}

/// Sixty frames in which the minute changes once.
const LEFT: Span = Span(3 * DAY + 40_400);
const SIZE: (u32, u32) = (600, 120);

fn face(redraw: Redraw) -> Face {
    Face { style: Style::Boxed, redraw, ..Face::default() }
}

fn prepared(redraw: Redraw) -> Prepared {
    Prepared::new(&face(redraw), &Fonts::default(), SIZE, LEFT).expect("a possible size")
}

#[divan::bench(args = [Redraw::Partial, Redraw::Full])]
fn countdown(bencher: Bencher, redraw: Redraw) {
    let prepared = prepared(redraw);
    bencher.bench_local(|| prepared.draw(black_box(LEFT), Format::Gif));
}

#[divan::bench(args = [Format::Png, Format::Jpeg])]
fn countdown_still(bencher: Bencher, format: Format) {
    let prepared = prepared(Redraw::Partial);
    bencher.bench_local(|| prepared.draw(black_box(LEFT), format));
}

#[divan::bench(args = [Redraw::Partial, Redraw::Full])]
fn countdown_prepared_anew(bencher: Bencher, redraw: Redraw) {
    let (face, fonts) = (face(redraw), Fonts::default());
    bencher.bench_local(|| Prepared::new(black_box(&face), &fonts, SIZE, LEFT)?.draw(LEFT, Format::Gif));
}

/// The same frames, already drawn, written by the `gif` crate: whole, or the rectangle that changed.
#[divan::bench(args = [Redraw::Partial, Redraw::Full])]
fn countdown_by_gif_crate(bencher: Bencher, redraw: Redraw) {
    let (palette, screens) = played(&prepared(redraw).draw(LEFT, Format::Gif).expect("it is drawn"));
    bencher.bench_local(|| peer(black_box(&palette), &screens, redraw));
}

/// The palette of a GIF, and what each of its frames shows.
fn played(file: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut decoder = gif::DecodeOptions::new().read_info(file).expect("it is a GIF");
    let palette = decoder.global_palette().expect("it has a palette").to_vec();
    let width = usize::from(decoder.width());
    let mut screen = vec![0; width * usize::from(decoder.height())];
    let mut screens = Vec::new();
    while let Some(frame) = decoder.read_next_frame().expect("it is whole") {
        for (y, line) in frame.buffer.chunks_exact(frame.width.into()).enumerate() {
            let start = (usize::from(frame.top) + y) * width + usize::from(frame.left);
            screen[start..start + line.len()].copy_from_slice(line);
        }
        screens.push(screen.clone());
    }
    (palette, screens)
}

fn peer(palette: &[u8], screens: &[Vec<u8>], redraw: Redraw) -> Vec<u8> {
    let (width, height) = (SIZE.0 as usize, SIZE.1 as usize);
    let mut out = Vec::new();
    let mut encoder =
        gif::Encoder::new(&mut out, width as u16, height as u16, palette).expect("it writes to memory");
    let mut last: Option<&Vec<u8>> = None;
    for screen in screens {
        let (mut left, mut top, mut right, mut bottom) = (width, height, 0, 0);
        match last.filter(|_| redraw == Redraw::Partial) {
            None => (left, top, right, bottom) = (0, 0, width, height),
            Some(last) => {
                for (y, (a, b)) in last.chunks_exact(width).zip(screen.chunks_exact(width)).enumerate() {
                    if a != b {
                        (top, bottom) = (top.min(y), y + 1);
                        left = left.min(a.iter().zip(b).position(|(a, b)| a != b).unwrap_or(width));
                        right = right.max(a.iter().zip(b).rposition(|(a, b)| a != b).map_or(0, |x| x + 1));
                    }
                }
            }
        }
        let rows = screen.chunks_exact(width).take(bottom).skip(top);
        let buffer: Vec<u8> = rows.flat_map(|row| &row[left..right]).copied().collect();
        let frame = gif::Frame {
            delay: 100,
            left: left as u16,
            top: top as u16,
            width: (right - left) as u16,
            height: (bottom - top) as u16,
            buffer: buffer.into(),
            ..gif::Frame::default()
        };
        encoder.write_frame(&frame).expect("it writes to memory");
        last = Some(screen);
    }
    drop(encoder);
    out
}
