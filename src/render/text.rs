//! Setting text: from characters to glyphs at their places on lines that fit a width, and from those to coverage.
//!
//! There are two paths. Latin, Greek and Cyrillic take the fast one (`plain`); a text with any other script goes to the shaper as a
//! whole, as a [`Job`], since bidirectional order concerns all of it. The shaper is `shaping`, or in the Worker's main module, which is built
//! without it, a second module. Both give the same [`Block`]. Lengths are in em until the size is known, so a text is measured once and every size follows by a division.

use super::MAX_SIDE;
use super::Rgb;
use super::bitmap::{Mask, Paint, Rect, Shape};
use super::emoji;
use super::fit;
use super::font::{Glyph, Pen, Point};
use super::fonts::Fonts;
use super::plain::Plain;
use super::script::{Weight, needs_shaping};
use super::sprite::Sprite;
use ab_glyph_rasterizer::{Rasterizer, point};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How a text is set.
#[derive(Clone, Copy)]
pub struct Style<'a> {
    /// What letters are drawn with.
    pub fonts: &'a Fonts,
    /// How heavy they are.
    pub weight: Weight,
    /// Added after each letter of Latin, Greek and Cyrillic, in em. Letters of other scripts may join.
    pub tracking: f32,
}

/// How a text may be made to fit.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Fit {
    /// Width of the column in pixels.
    pub width: f32,
    /// The size wanted, in pixels an em.
    pub size: f32,
    /// The smallest size, as a share of `size`, at which the text still stays on fewer lines rather than taking one more.
    pub one_line: f32,
    /// The smallest size at all, as a share of `size`.
    pub smallest: f32,
    /// The most lines; at least 1.
    pub lines: usize,
}

/// Where a text begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// At the left.
    #[default]
    LeftToRight,
    /// At the right.
    RightToLeft,
}

/// A text that fits: its lines and their size in pixels an em. No line's ink is wider than the column.
#[derive(Serialize, Deserialize)]
pub struct Block {
    /// From the top; none when there is nothing to show.
    pub lines: Vec<Line>,
    /// Pixels an em.
    pub size: f32,
    /// Where the lines begin: at the edge of the column at which they should be aligned.
    pub direction: Direction,
}

/// Glyphs in a row. The ink reaches from `left` to `right`, in em from the first glyph's origin.
#[derive(Serialize, Deserialize)]
pub struct Line {
    pub(super) glyphs: Vec<Placed>,
    pub(super) left: f32,
    pub(super) right: f32,
    /// How far the ink of shaped letters and of emoji reaches above and below the baseline, in em; 0 for others.
    pub(super) above: f32,
    pub(super) below: f32,
}

/// A glyph of one of the faces, its origin so far right of the line's and above the baseline, in em.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Placed {
    /// Which of the faces.
    pub face: u8,
    /// The glyph in it.
    pub glyph: Glyph,
    /// To the right.
    pub x: f32,
    /// Up.
    pub y: f32,
}

/// A text for the shaper, with all that it needs to know.
#[derive(Serialize, Deserialize)]
pub struct Job<'a> {
    #[serde(borrow)]
    pub(super) text: Cow<'a, str>,
    pub(super) tracking: f32,
    pub(super) fit: Fit,
    /// Font files, the built-in one first.
    #[serde(borrow)]
    pub(super) files: Vec<&'a [u8]>,
}

impl Style<'_> {
    /// Fits `text`: shrinks it, then breaks it into as few lines as keep it legible, then cuts it short with an ellipsis.
    pub fn fit(&self, text: &str, fit: Fit) -> Block {
        let faces = self.fonts.faces(self.weight);
        let text = self.fonts.marked(text, &faces);
        if needs_shaping(&text)
            && let Some(shaper) = self.fonts.shaper
        {
            let files = self.fonts.files(self.weight).collect();
            let job = Job { text: Cow::Borrowed(&text), tracking: self.tracking, fit, files };
            if let Some(block) = shaper(&job) {
                return block;
            }
        }
        fit::fit(&Plain::new(&faces, self.tracking, &text), fit)
    }
}

impl Block {
    /// The distance between baselines, in em: the one wanted, or as much more as keeps lines with marks above and below apart.
    pub fn leading(&self, wanted: f32) -> f32 {
        const GAP: f32 = 0.06;
        let apart = |pair: &[Line]| match pair {
            [upper, lower] if lower.above > 0.0 => upper.below + lower.above + GAP,
            _ => 0.0,
        };
        self.lines.windows(2).map(apart).fold(wanted, f32::max)
    }
}

impl Line {
    /// Nothing.
    pub(super) const EMPTY: Self =
        Self { glyphs: Vec::new(), left: f32::MAX, right: f32::MIN, above: 0.0, below: 0.0 };

    /// Width of the ink in em; 0 without ink.
    pub fn width(&self) -> f32 {
        (self.right - self.left).max(0.0)
    }

    /// The line's shapes: its letters in `ink`, as [`Line::mask`] has them, and its emoji. Nothing is drawn outside `clip`.
    pub fn shapes(
        &self,
        style: &Style<'_>,
        size: f32,
        (left, baseline): (i32, i32),
        ink: Rgb,
        clip: Rect,
    ) -> Vec<Shape> {
        let letters = Shape { mask: self.mask(style, size, left, baseline), paint: Paint::Color(ink), clip };
        let mut shapes = vec![letters];
        let up = (emoji::EXTENT.above * size + 0.5) as i32;
        // read once, since somebody may like one very much
        let mut sprites: BTreeMap<u16, Option<Sprite>> = BTreeMap::new();
        for placed in self.glyphs.iter().filter(|placed| placed.face == emoji::FACE) {
            let read = || emoji::sprite(&style.fonts.slices(), placed.glyph, size);
            let sprite = sprites.entry(placed.glyph.0).or_insert_with(read).as_ref();
            let right = ((placed.x + emoji::EXTENT.left - self.left) * size + 0.5) as i32;
            shapes.extend(sprite.map(|sprite| sprite.shape(left + right, baseline - up, clip)));
        }
        shapes
    }

    /// The line's letters in the style that it was fitted in, at `size`, its ink starting at pixel `left`, its baseline above pixel row `baseline`.
    pub fn mask(&self, style: &Style<'_>, size: f32, left: i32, baseline: i32) -> Mask {
        const FARTHEST: f32 = 2.0; // no script reaches it
        let faces = style.fonts.faces(style.weight);
        // no row more than the ink takes: each costs time
        let (mut above, mut below) = (0.0_f32, 0.0_f32);
        for placed in &self.glyphs {
            let ink = faces.get(usize::from(placed.face)).and_then(|font| font.extent(placed.glyph));
            if let Some(ink) = ink {
                above = above.max(placed.y + ink.above);
                below = below.max(ink.below - placed.y);
            }
        }
        let rise = (above.min(FARTHEST) * size).ceil();
        let width = ((self.width() * size).ceil() as usize).min(MAX_SIDE as usize) + 1;
        let height = ((rise + below.min(FARTHEST) * size).ceil() as usize).max(1);
        let mut raster = Raster { raster: Rasterizer::new(width, height), size, x: 0.0, y: 0.0 };
        for placed in &self.glyphs {
            raster.x = (placed.x - self.left) * size;
            raster.y = rise - placed.y * size;
            if let Some(font) = faces.get(usize::from(placed.face)) {
                font.draw(placed.glyph, &mut raster);
            }
        }
        Mask { left, top: baseline - rise as i32, width, coverage: coverage(&raster.raster) }
    }
}

/// The coverage of each pixel, in the steps of [`Mask`].
pub fn coverage(raster: &Rasterizer) -> Vec<u8> {
    let (width, height) = raster.dimensions();
    let mut shares = vec![0.0; width * height];
    let mut pixels = shares.iter_mut();
    raster.for_each_pixel(|_, share| {
        if let Some(pixel) = pixels.next() {
            *pixel = share;
        }
    });
    // apart, since a sum has to be made pixel after pixel, but this in vectors
    let step = |share: &f32| (share.clamp(0.0, 1.0) * f32::from(Mask::FULL) + 0.5) as i32 as u8;
    shares.iter().map(step).collect()
}

/// Draws em outlines into pixels.
struct Raster {
    raster: Rasterizer,
    size: f32,
    x: f32,
    y: f32,
}

impl Pen for Raster {
    fn curve(&mut self, from: Point, control: Point, to: Point) {
        // a font may say that its ink ends before it does, and the rasterizer counts on what is drawn being inside
        let right = self.raster.dimensions().0 as f32 + 1.0;
        let pixel = |p: Point| point((self.x + p.x * self.size).clamp(-1.0, right), self.y - p.y * self.size);
        let (from, control, to) = (pixel(from), pixel(control), pixel(to));
        self.raster.draw_quad(from, control, to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_fits_any_width() {
        let fonts = Fonts::default();
        let style = Style { fonts: &fonts, weight: Weight::Bold, tracking: -0.02 };
        for text in [
            "A",
            "Hello there",
            "Donaudampfschifffahrtsgesellschaft",
            &"wide words ".repeat(500),
            &"W".repeat(9999),
        ] {
            for width in [1.0, 30.0, 200.0, 624.0] {
                for lines in 1..6 {
                    let fit = Fit { width, size: 70.0, one_line: 0.8, smallest: 0.6, lines };
                    let block = style.fit(text, fit);
                    assert!(
                        block.lines.iter().all(|line| line.width() * block.size <= width * 1.0001),
                        "{text:.20} {width}"
                    );
                    assert!(block.lines.len() <= lines);
                }
            }
        }
    }
}
