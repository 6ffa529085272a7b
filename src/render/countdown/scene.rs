//! What a countdown is drawn from: a palette, the ground with everything that stays, and a picture of each digit.
//!
//! Wherever something is drawn only two colours meet, so a pixel is an index into the ramp between the two, and a palette of at
//! most 64 colours is exact.

use super::super::bitmap::{Mask, Rect};
use super::super::fonts::Fonts;
use super::layout::{Layout, write_expired};
use super::{Face, Rgb, Style};
use std::ops::Range;

/// The colours between two, the first and last of which are those: their places in the palette.
pub struct Ramp(Vec<u8>);

/// What is drawn of a face at one size.
pub struct Scene {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// At most 64 colours.
    pub palette: Vec<Rgb>,
    /// Everything but the digits: an index a pixel, rows from the top.
    pub ground: Vec<u8>,
    /// The picture after the end, if there is a text for it.
    pub expired: Option<Vec<u8>>,
    /// Where each digit stands, from the left; all inside the picture. None in a picture too small for digits.
    pub cells: Vec<Rect>,
    /// Ten pictures of a cell, one after the other.
    digits: Vec<u8>,
}

impl Scene {
    /// Draws `face` in a picture of `width` × `height`, with room for `leading` digits of its largest unit.
    pub fn new(face: &Face, fonts: &Fonts, (width, height): (usize, usize), leading: usize) -> Self {
        let mut palette = Vec::new();
        let colors = Colors::of(face, &mut palette);
        let mut ground = Canvas::new(width, height, colors.paper);
        let expired = (!face.expired.is_empty()).then(|| {
            let mut canvas = Canvas::new(width, height, colors.paper);
            write_expired(&mut canvas, fonts, (width, height), &face.expired, &colors.label);
            canvas.pixels
        });
        let (mut cells, mut digits) = (Vec::new(), Vec::new());
        if let Some(layout) = Layout::fit(face, fonts, (width, height), leading) {
            layout.draw(&mut ground, face, &colors);
            digits = layout.draw_digits(&colors);
            cells = layout.cells();
        }
        Self { width, height, palette, ground: ground.pixels, expired, cells, digits }
    }

    /// Bytes in memory.
    pub fn weight(&self) -> usize {
        self.ground.len() + self.expired.as_ref().map_or(0, Vec::len) + self.digits.len()
    }

    /// The pixels of the rows in which digits stand; all if none do.
    pub fn band(&self) -> Range<usize> {
        let all = 0..self.ground.len();
        self.cells
            .first()
            .map_or(all, |cell| cell.top as usize * self.width..cell.bottom as usize * self.width)
    }

    /// The whole picture.
    pub const fn whole(&self) -> Rect {
        Rect { left: 0, top: 0, right: self.width as i32, bottom: self.height as i32 }
    }

    /// The cells from one to another.
    pub fn area(&self, from: usize, to: usize) -> Rect {
        match (self.cells.get(from), self.cells.get(to)) {
            (Some(from), Some(to)) => Rect { right: to.right, ..*from },
            _ => self.whole(),
        }
    }

    /// Puts a digit into a cell of `screen`.
    pub fn put(&self, screen: &mut [u8], cell: usize, digit: u8) {
        let Some(cell) = self.cells.get(cell) else { return };
        let (left, right) = (cell.left as usize, cell.right as usize);
        let size = (right - left) * (cell.bottom - cell.top) as usize;
        let picture = self.digits.chunks_exact(size).nth(digit.into()).unwrap_or_default();
        let rows = screen.chunks_exact_mut(self.width).skip(cell.top as usize);
        for (row, line) in rows.zip(picture.chunks_exact(right - left)) {
            row[left..right].copy_from_slice(line);
        }
    }

    /// The pixels of `screen` in an area inside it.
    pub fn cut(&self, screen: &[u8], area: Rect) -> Vec<u8> {
        let rows = screen.chunks_exact(self.width).skip(area.top as usize);
        let rows = rows.take((area.bottom - area.top) as usize);
        let columns = area.left as usize..area.right as usize;
        let mut pixels = Vec::with_capacity(columns.len() * (area.bottom - area.top) as usize);
        rows.for_each(|row| pixels.extend_from_slice(&row[columns.clone()]));
        pixels
    }
}

/// Where two colours of a face meet.
pub struct Colors {
    /// The ground of the picture.
    pub paper: u8,
    /// Labels on it.
    pub label: Ramp,
    /// Everything else.
    pub surface: Surface,
}

/// What the digits stand on.
pub enum Surface {
    /// Digits on the ground.
    Plain { digit: Ramp },
    /// Boxes on the ground, digits in them.
    Boxed { plate: Ramp, digit: Ramp },
    /// Flaps of two halves.
    Flip { upper: Half, lower: Half },
}

/// Half a flap: its edge, and the digit on it.
pub struct Half {
    /// The flap on the ground.
    pub plate: Ramp,
    /// The digit on the flap.
    pub digit: Ramp,
}

impl Colors {
    /// The ramps of a face; `palette` takes their colours, at most 64.
    fn of(face: &Face, palette: &mut Vec<Rgb>) -> Self {
        const TEXT: usize = 16;
        const EDGE: usize = 12;
        const FLAP_TEXT: usize = 14;
        const FLAP_EDGE: usize = 9;
        let mut ramp = |under, over, steps| Ramp::new(palette, under, over, steps);
        let label = ramp(face.background, face.label, TEXT);
        let surface = match face.style {
            Style::Plain => Surface::Plain { digit: ramp(face.background, face.ink, TEXT) },
            Style::Boxed => Surface::Boxed {
                plate: ramp(face.background, face.plate, EDGE),
                digit: ramp(face.plate, face.ink, TEXT),
            },
            Style::Flip => {
                let mut half = |plate| Half {
                    plate: ramp(face.background, plate, FLAP_EDGE),
                    digit: ramp(plate, face.ink, FLAP_TEXT),
                };
                Surface::Flip {
                    upper: half(mixed(face.plate, Rgb::WHITE, 10, 100)),
                    lower: half(mixed(face.plate, Rgb::BLACK, 10, 100)),
                }
            }
        };
        Self { paper: label.under(), label, surface }
    }
}

impl Ramp {
    fn new(palette: &mut Vec<Rgb>, under: Rgb, over: Rgb, steps: usize) -> Self {
        let mut index = |color| {
            let known = palette.iter().position(|c| *c == color);
            known.unwrap_or_else(|| {
                palette.push(color);
                palette.len() - 1
            }) as u8
        };
        Self((0..steps).map(|i| index(mixed(under, over, i, steps - 1))).collect())
    }

    /// The colour that it begins with.
    pub fn under(&self) -> u8 {
        self.0.first().copied().unwrap_or(0)
    }

    /// The colour of a pixel that a shape covers so far; `None` when it may stay as it is.
    fn at(&self, coverage: u8) -> Option<u8> {
        let full = usize::from(Mask::FULL);
        match (usize::from(coverage) * (self.0.len() - 1) + full / 2) / full {
            0 => None,
            step => self.0.get(step).copied(),
        }
    }
}

/// `part` of `whole` from one colour to another.
fn mixed(from: Rgb, to: Rgb, part: usize, whole: usize) -> Rgb {
    let channel =
        |a: u8, b: u8| ((usize::from(a) * (whole - part) + usize::from(b) * part + whole / 2) / whole) as u8;
    Rgb(channel(from.0, to.0), channel(from.1, to.1), channel(from.2, to.2))
}

/// Indices to draw on.
pub struct Canvas {
    width: usize,
    /// Rows from the top.
    pub pixels: Vec<u8>,
}

impl Canvas {
    /// A picture of one colour.
    pub fn new(width: usize, height: usize, ground: u8) -> Self {
        Self { width, pixels: vec![ground; width * height] }
    }

    /// Draws a shape between two rows (the second is the first outside), over the ground that its ramp begins with.
    pub fn shape(&mut self, mask: &Mask, ramp: &Ramp, (top, bottom): (i32, i32)) {
        for (y, line) in (mask.top..).zip(mask.coverage.chunks_exact(mask.width)) {
            if y < top || y >= bottom {
                continue;
            }
            let row = usize::try_from(y).ok().and_then(|y| self.pixels.chunks_exact_mut(self.width).nth(y));
            let Some(row) = row else { continue };
            for (x, coverage) in (mask.left..).zip(line) {
                let pixel = usize::try_from(x).ok().and_then(|x| row.get_mut(x));
                if let (Some(pixel), Some(color)) = (pixel, ramp.at(*coverage)) {
                    *pixel = color;
                }
            }
        }
    }

    /// Draws a whole shape.
    pub fn whole(&mut self, mask: &Mask, ramp: &Ramp) {
        self.shape(mask, ramp, (0, i32::MAX));
    }
}
