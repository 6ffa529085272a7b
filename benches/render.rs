//! How long a hero takes, from background file to finished file, and from a background made ready: `cargo bench --bench render`.
#![allow(clippy::expect_used, reason = "a bench may stop")]

use apropos::render::{Backdrop, Caption, Format, Rgb, hero};
use divan::{Bencher, black_box};
use image::{ImageFormat, RgbImage};
use std::io::Cursor;

fn main() {
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

/// The same on flat art.
#[divan::bench(args = [Format::Png, Format::Jpeg, Format::Gif])]
fn on_ready_gradient(bencher: Bencher, format: Format) {
    draw_on_ready(bencher, &gradient(), format);
}

fn draw_on_ready(bencher: Bencher, background: &[u8], format: Format) {
    let backdrop = Backdrop::new(background, (1200, 600), format).expect("the background is sound");
    bencher.bench_local(|| black_box(&backdrop).hero(&CAPTION));
}

fn draw(bencher: Bencher, background: &[u8], format: Format) {
    bencher.bench_local(|| hero(black_box(background), &CAPTION, (1200, 600), format));
}
