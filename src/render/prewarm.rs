//! Drawing before anybody asks.

use super::bitmap::Bitmap;
use super::caption::column;
use super::countdown::{Face, Prepared};
use super::{Backdrop, Caption, Fonts, Format, Rgb};
use crate::time::{MINUTE, Span};

/// Draws one small picture of each kind and forgets it. WebAssembly is compiled function by function when each is first called, which takes ten times as long as an
/// open: called when an instance starts, this spares it the first request.
pub fn prewarm() {
    let fonts = Fonts::default();
    const SIZE: (u32, u32) = (160, 80);
    let (width, height) = (SIZE.0 as usize, SIZE.1 as usize);
    let caption = Caption {
        headline: "Ready, Łukasz",
        subline: "to draw",
        button: Some("Go"),
        ink: Rgb::BLACK,
        accent: Rgb::WHITE,
    };
    let art =
        Bitmap::drawn(width, height, |x, y| Rgb((x + y / 5) as u8, ((x + y / 5) / 2) as u8, (y / 20) as u8));
    let area = column(width, height);
    for format in [Format::Jpeg, Format::Png] {
        // as the bucket gives it
        let kept = Backdrop::of(art.clone(), area, format).to_bytes();
        let read = Backdrop::parse(&kept, SIZE, format);
        let _ = std::hint::black_box(read.map(|backdrop| backdrop.hero(&caption, &fonts)));
    }
    let left = Span(MINUTE);
    let countdown = Prepared::new(&Face::default(), &fonts, (300, 60), left);
    let _ = std::hint::black_box(countdown.and_then(|countdown| countdown.draw(left, Format::Gif)));
}
