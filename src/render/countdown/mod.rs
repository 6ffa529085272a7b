//! Countdowns: digits that run down to an instant, as an animated GIF of one frame a second or as a still.
//!
//! A [`Face`] says how a countdown looks; how much time is left is passed in. What is left is rounded up to the smallest unit
//! shown, so zeros mean that it is over, and clock on the wall and countdown agree. The first frame is complete and right:
//! Outlook for Windows shows no other. It stays for the rest of its second, so that the following frames change when the
//! second does. The animation plays once and stays at its last frame, and ends early when the time is up.
//!
//! Drawing is made in two steps. [`Prepared::new`] sets the text, draws what doesn't move and each digit once, and compresses
//! the pictures that frames consist of; [`Prepared::draw`] then mostly copies. Keep what is prepared and draw it for many.
//!
//! ```
//! use apropos::render::{Fonts, Format, sniff};
//! use apropos::render::countdown::{Face, Prepared, Style, labels};
//! use apropos::time::{HOUR, Span};
//!
//! let face = Face { style: Style::Flip, labels: labels("de"), ..Face::default() };
//! let left = Span(26 * HOUR + 400);
//! let file = Prepared::new(&face, &Fonts::default(), (600, 120), left)?.draw(left, Format::Gif)?;
//! assert_eq!(sniff(&file), Some(Format::Gif));
//! # Ok::<(), apropos::render::RenderError>(())
//! ```

mod file;
mod labels;
mod layout;
mod lzw;
mod reading;
mod scene;

pub use reading::{Unit, Units};

use super::bitmap::Bitmap;
use super::{Fonts, Format, RenderError, Rgb, Weight};
use crate::time::Span;
use lzw::{Encoder, Segment};
use reading::Reading;
use scene::Scene;
use serde::{Deserialize, Serialize};

/// How a countdown looks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Face {
    /// What the digits stand on.
    pub style: Style,
    /// The ground of the picture.
    pub background: Rgb,
    /// The colour of the digits.
    pub ink: Rgb,
    /// The colour of the boxes or flaps that the digits stand on.
    pub plate: Rgb,
    /// The colour of the labels, and of the text after the end.
    pub label: Rgb,
    /// What is counted.
    pub units: Units,
    /// What days, hours, minutes and seconds are called; an empty name leaves its place empty.
    pub labels: [String; 4],
    /// How long the animation runs.
    pub frames: Frames,
    /// What a frame after the first holds.
    pub redraw: Redraw,
    /// What is shown when the time is up; zeros if empty.
    pub expired: String,
}

impl Default for Face {
    fn default() -> Self {
        let dark = Rgb(17, 24, 32);
        Self {
            style: Style::Boxed,
            background: Rgb::WHITE,
            ink: Rgb::WHITE,
            plate: dark,
            label: dark,
            units: Units::default(),
            labels: labels("en"),
            frames: Frames::default(),
            redraw: Redraw::default(),
            expired: String::new(),
        }
    }
}

impl Face {
    /// Its texts, and how heavy each is drawn.
    pub fn texts(&self) -> impl Iterator<Item = (&str, Weight)> {
        let labels = self.units.iter().filter_map(|unit| self.labels.get(unit as usize));
        let labels = labels.map(|label| (label.as_str(), Weight::Regular));
        labels.chain([(self.expired.as_str(), Weight::Bold)])
    }
}

/// What the digits of a countdown stand on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// The ground of the picture, with colons between the units.
    Plain,
    /// A box for each unit.
    #[default]
    Boxed,
    /// A flap for each digit, as in a station.
    Flip,
}

/// How long the animation of a countdown runs, at one frame a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frames {
    /// Half a minute.
    Thirty,
    /// Three quarters of a minute.
    FortyFive,
    /// A minute.
    #[default]
    Sixty,
}

impl Frames {
    /// All, from the fewest.
    pub const ALL: [Self; 3] = [Self::Thirty, Self::FortyFive, Self::Sixty];

    /// How many they are.
    #[must_use]
    pub const fn count(self) -> u8 {
        match self {
            Self::Thirty => 30,
            Self::FortyFive => 45,
            Self::Sixty => 60,
        }
    }
}

/// What a frame after the first holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Redraw {
    /// The digits that changed: small.
    #[default]
    Partial,
    /// The whole picture: some ten times as large, for clients that garble partial frames.
    Full,
}

/// What days, hours, minutes and seconds are called in a language, named by a tag such as `de` or `de-AT`. English for a
/// language that isn't known.
#[must_use]
pub fn labels(language: &str) -> [String; 4] {
    labels::words(language).map(str::to_owned)
}

/// The languages that [`labels`] knows, by their primary subtags, in alphabetical order.
pub fn languages() -> impl Iterator<Item = &'static str> {
    labels::LANGUAGES.iter().map(|(language, _)| *language)
}

/// A face, ready to be drawn for any time left.
pub struct Prepared {
    face: Face,
    fonts: Fonts,
    size: (u32, u32),
    scene: Scene,
    /// How many digits the largest unit has room for.
    leading: usize,
    /// The rows above and below the digits.
    above: Segment,
    below: Segment,
    /// The image data of the last cell with each digit. Empty when nothing would use it.
    lasts: Vec<Vec<u8>>,
    /// The image data of the last two cells with 09, 19, 29, 39 and 49: what follows a 10, 20, 30, 40 and 50.
    pairs: Vec<Vec<u8>>,
}

/// What a frame shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Digits(Reading),
    Expired,
}

/// What a frame shows, and for how long in hundredths of a second.
type Step = (Shown, u16);

impl Prepared {
    /// Prepares `face`, its text in `fonts`, in a picture of `size`, width and height in pixels (twice those that the mail's `width` attribute
    /// names). The largest unit has room for as many digits as it has with `remaining` left.
    ///
    /// # Errors
    /// [`RenderError::Size`] for an impossible size.
    pub fn new(face: &Face, fonts: &Fonts, size: (u32, u32), remaining: Span) -> Result<Self, RenderError> {
        let leading = face.units.leading(remaining);
        let scene = Scene::new(face, fonts, super::acceptable(size).ok_or(RenderError::Size)?, leading);
        let mut encoder = Encoder::new(file::bits(scene.palette.len()));
        let band = scene.band();
        let mut prepared = Self {
            face: face.clone(),
            fonts: fonts.clone(),
            size,
            leading,
            above: encoder.segment(&scene.ground[..band.start]),
            below: encoder.segment(&scene.ground[band.end..]),
            scene,
            lasts: Vec::new(),
            pairs: Vec::new(),
        };
        if face.redraw == Redraw::Partial && face.units.smallest() == Unit::Seconds {
            prepared.compress(&mut encoder);
        }
        Ok(prepared)
    }

    /// Whether it is prepared for as much time; it can be drawn anyhow, but then all is prepared anew.
    #[must_use]
    pub fn suits(&self, remaining: Span) -> bool {
        self.face.units.leading(remaining) == self.leading
    }

    /// The bytes that this takes in memory, nearly.
    #[must_use]
    pub fn weight(&self) -> usize {
        let data = self.lasts.iter().chain(&self.pairs).map(Vec::len).sum::<usize>();
        self.scene.weight() + self.above.weight() + self.below.weight() + data
    }

    /// The picture with `remaining` left: a GIF is animated, the others show its first frame.
    ///
    /// # Errors
    /// None that [`Prepared::new`] let pass.
    pub fn draw(&self, remaining: Span, format: Format) -> Result<Vec<u8>, RenderError> {
        if !self.suits(remaining) {
            return Self::new(&self.face, &self.fonts, self.size, remaining)?.draw(remaining, format);
        }
        if format == Format::Gif {
            return Ok(self.animate(remaining));
        }
        let mut screen = self.scene.ground.clone();
        self.show(&mut screen, self.shown(remaining));
        super::encode(&self.bitmap(&screen), format)
    }

    fn animate(&self, remaining: Span) -> Vec<u8> {
        let scene = &self.scene;
        let mut out = file::begin(scene.width, scene.height, &scene.palette);
        let mut encoder = Encoder::new(file::bits(scene.palette.len()));
        let mut screen = scene.ground.clone();
        let mut last = None;
        for (shown, delay) in self.steps(remaining) {
            self.frame(&mut out, &mut encoder, &mut screen, last, shown, delay);
            last = Some(shown);
        }
        file::end(&mut out);
        out
    }

    /// Writes the frame that follows one with `last`.
    fn frame(
        &self,
        out: &mut Vec<u8>,
        encoder: &mut Encoder,
        screen: &mut Vec<u8>,
        last: Option<Shown>,
        shown: Shown,
        delay: u16,
    ) {
        let changed = match (last, shown) {
            (Some(Shown::Digits(last)), Shown::Digits(now)) if self.face.redraw == Redraw::Partial => {
                last.changed(&now).map(|(from, to)| (from, to, now))
            }
            _ => None,
        };
        let Some((from, to, now)) = changed else {
            self.show(screen, shown);
            file::frame(out, self.scene.whole(), delay);
            return match shown {
                Shown::Expired => encoder.write(out, screen),
                Shown::Digits(_) => {
                    encoder.write_between(out, &self.above, &screen[self.scene.band()], &self.below);
                }
            };
        };
        let area = self.scene.area(from, to);
        file::frame(out, area, delay);
        match self.compressed(&now, from, to) {
            Some(data) => out.extend_from_slice(data),
            None => {
                (from..=to).for_each(|i| self.scene.put(screen, i, now.digit(i)));
                encoder.write(out, &self.scene.cut(screen, area));
            }
        }
    }

    /// The image data of the cells `from` to `to`, if it was made beforehand.
    fn compressed(&self, now: &Reading, from: usize, to: usize) -> Option<&[u8]> {
        let last = now.digit(to).into();
        let data = match (now.len() - from, last) {
            _ if to + 1 != now.len() => None,
            (1, digit) => self.lasts.get::<usize>(digit),
            (2, 9) => self.pairs.get(usize::from(now.digit(from))),
            _ => None,
        };
        data.map(Vec::as_slice)
    }

    /// Makes the image data of single digits and pairs. The pairs lie in one unit, since each has at least two digits.
    fn compress(&mut self, encoder: &mut Encoder) {
        let Some(last) = self.scene.cells.len().checked_sub(1) else { return };
        let mut screen = self.scene.ground.clone();
        let mut data = |from: usize, digits: &[u8]| {
            for (place, digit) in (from..).zip(digits) {
                self.scene.put(&mut screen, place, *digit);
            }
            let mut out = Vec::new();
            encoder.write(&mut out, &self.scene.cut(&screen, self.scene.area(from, last)));
            out
        };
        self.lasts = (0..10).map(|digit| data(last, &[digit])).collect();
        self.pairs = (0..5).map(|tens| data(last - 1, &[tens, 9])).collect();
    }

    /// The frames: one a second until the time or the animation is over. Frames that would show the same are one.
    fn steps(&self, remaining: Span) -> Vec<Step> {
        const SECOND: i64 = 1000;
        let mut steps: Vec<Step> = Vec::new();
        let mut left = remaining.0.max(0);
        for _ in 0..self.face.frames.count() {
            let rest = if left % SECOND == 0 { SECOND.min(left) } else { left % SECOND };
            let delay = if left == 0 { 100 } else { delay(rest) };
            match (self.shown(Span(left)), steps.last_mut()) {
                (shown, Some((last, stays))) if *last == shown => *stays += delay,
                (shown, _) => steps.push((shown, delay)),
            }
            if left == 0 {
                break;
            }
            left -= rest;
        }
        steps
    }

    fn shown(&self, remaining: Span) -> Shown {
        if remaining.0 <= 0 && self.scene.expired.is_some() {
            Shown::Expired
        } else {
            Shown::Digits(self.face.units.read(remaining, self.leading))
        }
    }

    /// Makes `screen`, which shows digits or nothing, show this.
    fn show(&self, screen: &mut Vec<u8>, shown: Shown) {
        match (shown, &self.scene.expired) {
            (Shown::Expired, Some(expired)) => screen.clone_from(expired),
            (Shown::Expired, None) => {}
            (Shown::Digits(reading), _) => {
                (0..reading.len()).for_each(|i| self.scene.put(screen, i, reading.digit(i)));
            }
        }
    }

    fn bitmap(&self, screen: &[u8]) -> Bitmap {
        let color = |index: &u8| self.scene.palette.get(usize::from(*index)).copied().unwrap_or(Rgb::BLACK);
        let rgb = screen.iter().map(color).flat_map(|c| [c.0, c.1, c.2]).collect();
        Bitmap { width: self.scene.width, height: self.scene.height, rgb }
    }
}

/// Milliseconds as hundredths of a second. Browsers take less than two for ten.
fn delay(milliseconds: i64) -> u16 {
    (((milliseconds + 5) / 10) as u16).max(2)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
