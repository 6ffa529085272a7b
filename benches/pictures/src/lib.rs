//! Our side of `cargo xtask bench render`: the render room as JavaScript calls it, and beside it the `gif` crate.
//!
//! `benches/peers/render.mjs` runs this in workerd and holds the clock. Only what an open does is a method; what publishing does is a constructor.
//! Without the feature `publishing` only the former is in the module: so large is what an open draws with.

use apropos::render::composition::{
    Align, Anchor, Background, Composition, Element, Group, Kind, Label, Layer, Panel, Stars, Text,
};
use apropos::render::countdown::{Face, Prepared, Style};
use apropos::render::{Backdrop, Caption, Fonts, Format, RenderError, Rgb, Sprites, Weight};
use apropos::time::{DAY, Span};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen::prelude::wasm_bindgen;

#[cfg(feature = "publishing")]
mod gif_crate;
#[cfg(feature = "publishing")]
pub use gif_crate::GifCrate;

/// The caption with this headline.
fn caption(headline: &str) -> Caption<'_> {
    Caption {
        headline,
        subline: "Trail shoes, from 20 % off until Sunday",
        button: Some("See them"),
        ink: Rgb::WHITE,
        accent: Rgb(217, 79, 4),
    }
}

/// The format of a name such as `jpg`.
fn format(extension: &str) -> Result<Format, String> {
    Format::from_extension(extension).ok_or_else(|| format!("{extension:?} is no format"))
}

fn told(error: RenderError) -> String {
    error.to_string()
}

/// Nothing made ready: a background file and a caption to a finished file.
///
/// # Errors
/// What is wrong with the background, in words.
#[cfg(feature = "publishing")]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
pub fn whole(
    background: &[u8],
    headline: &str,
    width: u32,
    height: u32,
    extension: &str,
) -> Result<Vec<u8>, String> {
    let (size, format) = ((width, height), format(extension)?);
    apropos::render::hero(background, &caption(headline), &Fonts::default(), size, format).map_err(told)
}

/// As the Worker does when it starts.
#[cfg(feature = "publishing")]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
pub fn prewarm() {
    apropos::render::prewarm();
}

/// A background made ready.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
pub struct Hero(Backdrop);

#[cfg(feature = "publishing")]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
impl Hero {
    /// Makes `background` ready.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    #[cfg_attr(target_arch = "wasm32", wasm_bindgen(constructor))]
    pub fn new(background: &[u8], width: u32, height: u32, extension: &str) -> Result<Self, String> {
        Backdrop::new(background, (width, height), format(extension)?).map(Self).map_err(told)
    }

    /// As the bucket keeps it.
    #[must_use]
    pub fn kept(&self) -> Vec<u8> {
        self.0.to_bytes()
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
impl Hero {
    /// Reads what [`Backdrop::to_bytes`] gave.
    ///
    /// # Errors
    /// If it is something else.
    pub fn read(kept: &[u8], width: u32, height: u32, extension: &str) -> Result<Self, String> {
        let backdrop = Backdrop::parse(kept, (width, height), format(extension)?);
        backdrop.map(Self).ok_or_else(|| "no such backdrop".to_owned())
    }

    /// An open.
    ///
    /// # Errors
    /// As [`Backdrop::hero`].
    pub fn draw(&self, headline: &str) -> Result<Vec<u8>, String> {
        self.0.hero(&caption(headline), &Fonts::default()).map_err(told)
    }
}

/// A composition made ready.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
pub struct Composed(Backdrop);

#[cfg(feature = "publishing")]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
impl Composed {
    /// Makes its `background` ready.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    #[cfg_attr(target_arch = "wasm32", wasm_bindgen(constructor))]
    pub fn new(background: &[u8], width: u32, height: u32, extension: &str) -> Result<Self, String> {
        let (size, format) = ((width, height), format(extension)?);
        Backdrop::base(
            &composition(""),
            Some(background),
            &Sprites::default(),
            &Fonts::default(),
            size,
            format,
        )
        .map(Self)
        .map_err(told)
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
impl Composed {
    /// Reads what [`Backdrop::to_bytes`] gave.
    ///
    /// # Errors
    /// If it is something else.
    pub fn read(kept: &[u8], width: u32, height: u32, extension: &str) -> Result<Self, String> {
        let backdrop = Backdrop::parse_base(kept, &composition(""), (width, height), format(extension)?);
        backdrop.map(Self).ok_or_else(|| "no such backdrop".to_owned())
    }

    /// An open.
    ///
    /// # Errors
    /// As [`Backdrop::compose`].
    pub fn draw(&self, headline: &str) -> Result<Vec<u8>, String> {
        self.0.compose(&composition(headline), &Sprites::default(), &Fonts::default()).map_err(told)
    }
}

/// A headline, stars and a button on a plate at the left, and a badge in the upper right corner.
fn composition(headline: &str) -> Composition {
    let element = |kind| Element { when: (), kind };
    let ink = Rgb(17, 24, 32);
    let text = |text: &str, size, weight| {
        let text = text.to_owned();
        element(Kind::Text(Text { text, size, weight, ink, lines: 2, align: None, strike: false }))
    };
    let label = |text: &str, size, badge| {
        let fill = Rgb(217, 79, 4);
        element(Kind::Label(Label { text: text.to_owned(), size, fill, ink: None, badge }))
    };
    let stars =
        Stars { value: "4.5".to_owned(), size: 18, fill: Rgb(230, 150, 0), track: Rgb(200, 200, 200) };
    let stack = element(Kind::Stack(Group {
        elements: vec![
            text(headline, 30, Weight::Bold),
            text("Trail shoes, from 20 % off until Sunday", 15, Weight::Regular),
            element(Kind::Stars(stars)),
            label("See them", 14, false),
        ],
        gap: 12,
        align: None,
    }));
    let panel = Panel { element: stack, fill: Rgb::WHITE, opacity: 88, radius: 12, padding: 20 };
    let layer =
        |across, down, share, element| Layer { at: Anchor { across, down }, share, element: Some(element) };
    Composition {
        background: Background::Image("photo.jpg".to_owned()),
        padding: 24,
        density: 2,
        layers: vec![
            layer(Align::Start, Align::Center, 60, element(Kind::Panel(Box::new(panel)))),
            layer(Align::End, Align::Start, 30, label("-20 %", 16, true)),
        ],
        fixed: 0,
    }
}

const SIZE: (u32, u32) = (600, 120);

/// What is left when the `n`-th person opens: in their sixty frames the minute changes once.
fn left(n: u32) -> Span {
    Span(3 * DAY + 40_400 - i64::from(n % 16) * 100)
}

/// A countdown made ready.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
pub struct Countdown(Prepared);

#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
impl Countdown {
    /// Makes it ready.
    ///
    /// # Errors
    /// None in fact.
    #[cfg_attr(target_arch = "wasm32", wasm_bindgen(constructor))]
    pub fn new() -> Result<Self, String> {
        let face = Face { style: Style::Boxed, ..Face::default() };
        Prepared::new(&face, &Fonts::default(), SIZE, left(0)).map(Self).map_err(told)
    }

    /// An open.
    ///
    /// # Errors
    /// None in fact.
    pub fn draw(&self, n: u32) -> Result<Vec<u8>, String> {
        self.0.draw(left(n), Format::Gif).map_err(told)
    }
}
