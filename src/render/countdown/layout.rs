//! Where everything in a countdown stands.
//!
//! All sizes follow from the em of the digits, which is as large as the picture takes. Every digit stands in the middle of a
//! cell of its own, and all cells are equal, so nothing moves when the time does.

use super::super::bitmap::Rect;
use super::super::caption::{CAPITAL, rounded_rect};
use super::super::fonts::Fonts;
use super::super::script::Weight;
use super::super::text::{Block, Fit, Style as Type};
use super::scene::{Canvas, Colors, Ramp, Surface};
use super::{Face, Style};

/// Below so many pixels an em nothing could be read, and nothing is drawn.
const LEAST: f32 = 5.0;
/// Free space at the sides and above and below, in percent of width and height.
const MARGIN: (usize, usize) = (3, 9);
/// The rest is in em of the digits. Space between the widest digit and the edges of its cell, on both sides together.
const SPACING: f32 = 0.075;
/// How far round digits reach over the height of a capital, above and below.
const OVERSHOOT: f32 = 0.03;
/// Space around the digits in a box, and around the one on a flap.
const BOX_PADDING: (f32, f32) = (0.2, 0.24);
const FLAP_PADDING: (f32, f32) = (0.1, 0.2);
/// Space between flaps of one unit.
const FLAP_GAP: f32 = 0.06;
/// Space between units.
const PLAIN_GAP: f32 = 0.46;
const BOX_GAP: f32 = 0.22;
const FLIP_GAP: f32 = 0.3;
/// Corner radius of boxes and flaps.
const RADIUS: f32 = 0.13;
/// The gap between the two halves of a flap.
const HINGE: f32 = 0.025;
/// How far the colon is raised, so that it stands in the middle of the digits instead of small letters.
const COLON_RISE: f32 = 0.095;
/// Size of the labels, and the space above them.
const LABEL: f32 = 0.28;
const LABEL_GAP: f32 = 0.2;
/// A label may reach so far into the space beside its unit, as a share of that.
const LABEL_REACH: f32 = 0.7;
/// A label shrinks to this share of its size before it is cut short.
const LABEL_LEAST: f32 = 0.7;
/// Size of the text after the end, as shares of the picture's height and width; the smaller counts. Its leading in em.
const EXPIRED: (f32, f32) = (0.3, 0.1);
const EXPIRED_LEADING: f32 = 1.2;

/// A countdown at one size, in whole pixels.
pub struct Layout<'a> {
    fonts: &'a Fonts,
    /// The em of the digits.
    em: f32,
    left: i32,
    top: i32,
    cell: (i32, i32),
    /// Between the edges of a unit and its cells.
    padding: (i32, i32),
    between_cells: i32,
    between_units: i32,
    /// How many digits each unit has.
    units: Vec<i32>,
    /// From the foot of the units to the baseline of the labels; 0 without labels.
    label_drop: i32,
}

/// Digits are built in. The text after the end is as heavy.
fn bold(fonts: &Fonts) -> Type<'_> {
    Type { fonts, weight: Weight::Bold, tracking: 0.0 }
}

fn small(fonts: &Fonts) -> Type<'_> {
    Type { fonts, weight: Weight::Regular, tracking: 0.0 }
}

/// A text as it is, at `em`.
fn set(style: &Type<'_>, text: &str, em: f32) -> Block {
    style.fit(text, Fit { width: f32::MAX, size: em, one_line: 1.0, smallest: 1.0, lines: 1 })
}

/// The width of a text in pixels at `em`.
fn width(block: &Block) -> f32 {
    block.lines.iter().map(|line| line.width() * block.size).fold(0.0, f32::max)
}

fn rounded(length: f32) -> i32 {
    (length + 0.5) as i32
}

impl<'a> Layout<'a> {
    /// The largest that a picture of `width` × `height` takes; `None` when digits couldn't be read in it.
    pub fn fit(face: &Face, fonts: &'a Fonts, (wide, high): (usize, usize), leading: usize) -> Option<Self> {
        let room = |length: usize, margin: usize| (length - 2 * (length * margin / 100)) as i32;
        let (room_x, room_y) = (room(wide, MARGIN.0), room(high, MARGIN.1));
        let widest = (0..10).map(|d| width(&set(&bold(fonts), &d.to_string(), 1.0))).fold(0.0, f32::max);
        let mut em = high as f32;
        while em >= LEAST {
            let layout = Self::at(face, fonts, em, leading, widest);
            let (x, y) = layout.total();
            if x <= room_x && y <= room_y {
                return Some(Self { left: (wide as i32 - x) / 2, top: (high as i32 - y) / 2, ..layout });
            }
            em *= 0.985;
        }
        None
    }

    fn at(face: &Face, fonts: &'a Fonts, em: f32, leading: usize, widest: f32) -> Self {
        let (padding, cell_padding, between_cells, between_units) = match face.style {
            Style::Plain => ((0.0, 0.0), (0.0, OVERSHOOT), 0.0, PLAIN_GAP),
            Style::Boxed => (BOX_PADDING, (0.0, OVERSHOOT), 0.0, BOX_GAP),
            Style::Flip => ((0.0, 0.0), FLAP_PADDING, FLAP_GAP, FLIP_GAP),
        };
        let size = |share: f32| rounded(share * em);
        let has_labels = face.units.iter().any(|unit| !face.labels[unit as usize].trim().is_empty());
        Self {
            fonts,
            em,
            left: 0,
            top: 0,
            cell: (size(widest + SPACING + 2.0 * cell_padding.0), size(CAPITAL) + 2 * size(cell_padding.1)),
            padding: (size(padding.0), size(padding.1)),
            between_cells: size(between_cells),
            between_units: size(between_units),
            units: face.units.digits(leading).map(|(_, digits)| digits as i32).collect(),
            label_drop: if has_labels { size(LABEL_GAP + CAPITAL * LABEL) } else { 0 },
        }
    }

    fn total(&self) -> (i32, i32) {
        let units: i32 = self.units.iter().map(|digits| self.unit_width(*digits)).sum();
        let gaps = self.between_units * (self.units.len() as i32 - 1);
        (units + gaps, self.unit_height() + self.label_drop)
    }

    fn unit_width(&self, digits: i32) -> i32 {
        digits * self.cell.0 + (digits - 1) * self.between_cells + 2 * self.padding.0
    }

    fn unit_height(&self) -> i32 {
        self.cell.1 + 2 * self.padding.1
    }

    /// The left edge and the digits of each unit.
    fn lefts(&self) -> impl Iterator<Item = (i32, i32)> {
        let mut left = self.left;
        self.units.iter().map(move |digits| {
            let unit = left;
            left += self.unit_width(*digits) + self.between_units;
            (unit, *digits)
        })
    }

    /// Where each digit stands.
    pub fn cells(&self) -> Vec<Rect> {
        let top = self.top + self.padding.1;
        let cells = |(left, digits): (i32, i32)| {
            (0..digits).map(move |i| {
                let left = left + self.padding.0 + i * (self.cell.0 + self.between_cells);
                Rect { left, top, right: left + self.cell.0, bottom: top + self.cell.1 }
            })
        };
        self.lefts().flat_map(cells).collect()
    }

    /// Draws everything but the digits and what is in their cells.
    pub fn draw(&self, canvas: &mut Canvas, face: &Face, colors: &Colors) {
        match &colors.surface {
            Surface::Plain { digit } => self.draw_colons(canvas, digit),
            Surface::Boxed { plate, .. } => {
                for (left, digits) in self.lefts() {
                    let size = (self.unit_width(digits) as f32, self.unit_height() as f32);
                    canvas.whole(&rounded_rect(left, self.top, size.0, size.1, RADIUS * self.em), plate);
                }
            }
            Surface::Flip { .. } => {}
        }
        self.draw_labels(canvas, face, &colors.label);
    }

    fn draw_colons(&self, canvas: &mut Canvas, ramp: &Ramp) {
        let colon = set(&bold(self.fonts), ":", self.em);
        let baseline = self.top + self.baseline() - rounded(COLON_RISE * self.em);
        for (line, (left, _)) in self.lefts().skip(1).filter_map(|unit| Some((colon.lines.first()?, unit))) {
            let left = left - (self.between_units + rounded(width(&colon))) / 2;
            canvas.whole(&line.mask(&bold(self.fonts), self.em, left, baseline), ramp);
        }
    }

    /// All labels have one size, at which the longest fits.
    fn draw_labels(&self, canvas: &mut Canvas, face: &Face, ramp: &Ramp) {
        let reach = LABEL_REACH * self.between_units as f32;
        let fit = |digits: i32, size: f32, least: f32| Fit {
            width: self.unit_width(digits) as f32 + reach,
            size,
            one_line: least,
            smallest: least,
            lines: 1,
        };
        let texts = || face.units.iter().map(|unit| face.labels[unit as usize].as_str()).zip(self.lefts());
        let fitted = texts().map(|(text, (_, digits))| {
            small(self.fonts).fit(text, fit(digits, LABEL * self.em, LABEL_LEAST)).size
        });
        let size = fitted.fold(LABEL * self.em, f32::min);
        let baseline = self.top + self.unit_height() + self.label_drop;
        for (text, (left, digits)) in texts() {
            let block = small(self.fonts).fit(text, fit(digits, size, 1.0));
            let Some(line) = block.lines.first() else { continue };
            let left = left + (self.unit_width(digits) - rounded(width(&block))) / 2;
            canvas.whole(&line.mask(&small(self.fonts), block.size, left, baseline), ramp);
        }
    }

    /// From the top of a cell to the foot of its digit.
    fn baseline(&self) -> i32 {
        (self.cell.1 + rounded(CAPITAL * self.em)) / 2
    }

    /// Ten pictures of a cell, one after the other.
    pub fn draw_digits(&self, colors: &Colors) -> Vec<u8> {
        (0..10).flat_map(|digit| self.draw_digit(digit, colors)).collect()
    }

    fn draw_digit(&self, digit: u8, colors: &Colors) -> Vec<u8> {
        let (wide, high) = (self.cell.0 as usize, self.cell.1 as usize);
        let block = set(&bold(self.fonts), &digit.to_string(), self.em);
        let left = (self.cell.0 - rounded(width(&block))) / 2;
        let line = block.lines.first();
        let shape = line.map(|line| line.mask(&bold(self.fonts), self.em, left, self.baseline()));
        let ground = match &colors.surface {
            Surface::Plain { .. } | Surface::Flip { .. } => colors.paper,
            Surface::Boxed { digit, .. } => digit.under(),
        };
        let mut canvas = Canvas::new(wide, high, ground);
        match &colors.surface {
            Surface::Plain { digit } | Surface::Boxed { digit, .. } => {
                shape.iter().for_each(|shape| canvas.whole(shape, digit));
            }
            Surface::Flip { upper, lower } => {
                let flap = rounded_rect(0, 0, wide as f32, high as f32, RADIUS * self.em);
                let hinge = rounded(HINGE * self.em).max(1);
                let middle = (self.cell.1 - hinge) / 2;
                for (half, rows) in [(upper, (0, middle)), (lower, (middle + hinge, self.cell.1))] {
                    canvas.shape(&flap, &half.plate, rows);
                    shape.iter().for_each(|shape| canvas.shape(shape, &half.digit, rows));
                }
            }
        }
        canvas.pixels
    }
}

/// Writes what is shown after the end into the middle of a picture of `wide` × `high`.
pub fn write_expired(
    canvas: &mut Canvas,
    fonts: &Fonts,
    (wide, high): (usize, usize),
    text: &str,
    ramp: &Ramp,
) {
    let room = wide as f32 * (100 - 4 * MARGIN.0) as f32 / 100.0;
    let size = (high as f32 * EXPIRED.0).min(wide as f32 * EXPIRED.1);
    let fit = Fit { width: room, size, one_line: 0.7, smallest: 0.6, lines: 2 };
    let block = bold(fonts).fit(text, fit);
    let leading = block.leading(EXPIRED_LEADING) * block.size;
    let steps = block.lines.len().saturating_sub(1) as f32;
    let top = (high as f32 - CAPITAL * block.size - steps * leading) / 2.0;
    for (i, line) in block.lines.iter().enumerate() {
        let baseline = rounded(top + CAPITAL * block.size + i as f32 * leading);
        let left = rounded((wide as f32 - line.width() * block.size) / 2.0);
        canvas.whole(&line.mask(&bold(fonts), block.size, left, baseline), ramp);
    }
}
