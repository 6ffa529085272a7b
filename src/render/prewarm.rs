//! Drawing before anybody asks.

use super::bitmap::Bitmap;
use super::caption::column;
use super::composition::{
    Align, Anchor, Background, Composition, Element, Group, Kind, Label, Layer, Stars, Text,
};
use super::countdown::{Face, Prepared};
use super::{Backdrop, Caption, Fonts, Format, Rgb, Sprites, Weight};
use crate::time::{MINUTE, Span};
use std::hint::black_box;

/// The size of the pictures, and how often each is drawn: what takes most of an open's time is then called so often that the runtime has it
/// optimised, which it does beside the instance's thread.
const SIZE: (u32, u32) = (640, 320);
const DRAWS: [(Format, usize); 2] = [(Format::Jpeg, 4), (Format::Png, 2)];
/// What a large hero takes of memory, which costs time when it is first written to.
const MEMORY: usize = 4 << 20;

/// Draws pictures of each kind and forgets them. WebAssembly is compiled function by function when each is first called, which takes several times as long as an
/// open: called when an instance starts, this spares it the first request.
pub fn prewarm() {
    drop(black_box(vec![1_u8; MEMORY]));
    let fonts = Fonts::default();
    let (width, height) = (SIZE.0 as usize, SIZE.1 as usize);
    let caption = Caption {
        headline: "Ready, Łukasz, to draw",
        subline: "what comes, at any time, for anybody",
        button: Some("Go"),
        ink: Rgb::BLACK,
        accent: Rgb::WHITE,
    };
    let art =
        Bitmap::drawn(width, height, |x, y| Rgb((x + y / 5) as u8, ((x + y / 5) / 2) as u8, (y / 20) as u8));
    let area = column(width, height);
    for (format, draws) in DRAWS {
        // as the bucket gives it
        let kept = Backdrop::of(art.clone(), area, format).to_bytes();
        for _ in 0..draws {
            let read = Backdrop::parse(&kept, SIZE, format);
            let _ = black_box(read.map(|backdrop| backdrop.hero(&caption, &fonts)));
        }
    }
    let composition = composition();
    let base = Backdrop::base(&composition, None, &Sprites::default(), &fonts, SIZE, Format::Jpeg);
    let _ = black_box(base.and_then(|base| base.compose(&composition, &Sprites::default(), &fonts)));
    let left = Span(MINUTE);
    let countdown = Prepared::new(&Face::default(), &fonts, (600, 120), left);
    let _ = black_box(countdown.and_then(|countdown| countdown.draw(left, Format::Gif)));
}

/// A text, a button and stars below one another.
fn composition() -> Composition {
    let text = Text {
        text: "Back in stock".to_owned(),
        size: 24,
        weight: Weight::Bold,
        ink: Rgb::BLACK,
        lines: 2,
        align: None,
        strike: false,
    };
    let label = Label { text: "See it".to_owned(), size: 14, fill: Rgb::BLACK, ink: None, badge: false };
    let stars = Stars { value: "4.5".to_owned(), size: 16, fill: Rgb::BLACK, track: Rgb::WHITE };
    let kinds = [Kind::Text(text), Kind::Label(label), Kind::Stars(stars)];
    let elements = kinds.into_iter().map(|kind| Element { when: (), kind }).collect();
    let stack = Kind::Stack(Group { elements, gap: 8, align: None });
    let at = Anchor { across: Align::Start, down: Align::Center };
    Composition {
        background: Background::Color(Rgb(200, 220, 240)),
        padding: 16,
        density: 2,
        layers: vec![Layer { at, share: 60, element: Some(Element { when: (), kind: stack }) }],
        fixed: 0,
    }
}
