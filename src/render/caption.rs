//! Where the caption of a hero stands: a left column with headline, subline and button, centred from top to bottom. They stand at the column's
//! left edge, or at its right one if the caption begins with a script that runs from the right.

use super::bitmap::{Mask, Paint, Rect, Shape};
use super::script::Weight;
use super::text::{Block, Direction, Fit, Style, coverage};
use super::{Caption, Fonts, Rgb};
use ab_glyph_rasterizer::{Point, Rasterizer, point};

/// Free space at every edge, in percent of the side.
const MARGIN: usize = 6;
/// Where the column ends, in percent of the width.
const COLUMN_END: usize = 58;
/// The headline's size, as shares of the column's width and the picture's height; the smaller counts.
const HEADLINE: (f32, f32) = (0.115, 0.125);
/// Sizes as shares of the headline's.
const SUBLINE: f32 = 0.44;
const BUTTON: f32 = 0.40;
/// Distances between baselines, in em.
const HEADLINE_LEADING: f32 = 1.1;
const SUBLINE_LEADING: f32 = 1.4;
/// Height of a capital of Inter, in em.
pub const CAPITAL: f32 = 0.727;
/// Space between headline, subline and button, as shares of the headline's size.
const GAP_SUBLINE: f32 = 0.55;
const GAP_BUTTON: f32 = 0.65;
/// The button's height, side padding and corner radius, in em of its text.
const BUTTON_HEIGHT: f32 = 2.5;
const BUTTON_PADDING: f32 = 1.3;
const BUTTON_RADIUS: f32 = 0.55;
/// Inter's tracking for large and for small text (<https://rsms.me/inter/dynmetrics/>).
const TIGHT: f32 = -0.022;
const NORMAL: f32 = -0.011;

/// The column that a caption may use in a picture of `width` × `height`. Nothing is drawn outside.
pub fn column(width: usize, height: usize) -> Rect {
    Rect {
        left: (width * MARGIN).div_ceil(100) as i32,
        top: (height * MARGIN).div_ceil(100) as i32,
        right: (width * COLUMN_END / 100) as i32,
        bottom: (height * (100 - MARGIN) / 100) as i32,
    }
}

/// The shapes of `caption` in a picture of `width` × `height`, the lowest first.
pub fn shapes(caption: &Caption<'_>, fonts: &Fonts, width: usize, height: usize) -> Vec<Shape> {
    let column = column(width, height);
    let inside = (column.right - column.left).max(1) as f32;
    let base = (inside * HEADLINE.0).min(height as f32 * HEADLINE.1);
    let parts = Parts::fit(caption, fonts, inside, base);
    let mut canvas = Canvas { shapes: Vec::new(), column, from: parts.direction() };
    let free = ((column.bottom - column.top) as f32 - parts.height()).max(0.0);
    parts.draw(&mut canvas, column.top as f32 + free / 2.0, caption);
    canvas.shapes
}

/// The fitted texts; those that are empty are absent, and so are the gaps before them.
struct Parts<'a> {
    headline: Option<Text<'a>>,
    subline: Option<Text<'a>>,
    button: Option<Text<'a>>,
    gap_subline: f32,
    gap_button: f32,
}

/// A fitted text and how it is set.
struct Text<'a> {
    style: Style<'a>,
    block: Block,
    leading: f32,
}

impl<'a> Parts<'a> {
    fn fit(caption: &Caption<'_>, fonts: &'a Fonts, width: f32, base: f32) -> Self {
        let bold = |tracking| Style { fonts, weight: Weight::Bold, tracking };
        let regular = Style { fonts, weight: Weight::Regular, tracking: NORMAL };
        let headline = Fit { width, size: base, one_line: 0.8, smallest: 0.6, lines: 2 };
        let subline = Fit { size: base * SUBLINE, one_line: 0.9, smallest: 0.8, ..headline };
        let size = base * BUTTON;
        let width = width - 2.0 * BUTTON_PADDING * size;
        let button = Fit { width, size, one_line: 0.8, smallest: 0.8, lines: 1 };
        let text = |style: Style<'a>, text: &str, fit: Fit, leading: f32| {
            let block = style.fit(text, fit);
            let leading = block.leading(leading);
            (!block.lines.is_empty()).then_some(Text { style, block, leading })
        };
        Self {
            headline: text(bold(TIGHT), caption.headline, headline, HEADLINE_LEADING),
            subline: text(regular, caption.subline, subline, SUBLINE_LEADING),
            button: caption.button.and_then(|label| text(bold(NORMAL), label, button, 1.0)),
            gap_subline: base * GAP_SUBLINE,
            gap_button: base * GAP_BUTTON,
        }
    }

    /// Where the first text begins.
    fn direction(&self) -> Direction {
        let first = [&self.headline, &self.subline, &self.button].into_iter().flatten().next();
        first.map_or(Direction::LeftToRight, |text| text.block.direction)
    }

    /// From the top of the first capital to the foot of the last baseline or of the button.
    fn height(&self) -> f32 {
        let headline = self.headline.as_ref().map_or(0.0, Text::height);
        let subline = self.subline.as_ref().map_or(0.0, |text| text.height() + self.gap_subline);
        let button =
            self.button.as_ref().map_or(0.0, |text| text.block.size * BUTTON_HEIGHT + self.gap_button);
        headline + subline + button
    }

    fn draw(&self, canvas: &mut Canvas, top: f32, caption: &Caption<'_>) {
        let mut y = top;
        if let Some(headline) = &self.headline {
            y = canvas.text(headline, y, caption.ink);
        }
        if let Some(subline) = &self.subline {
            y = canvas.text(subline, y + self.gap_subline, caption.ink);
        }
        if let Some(button) = &self.button {
            canvas.button(button, y + self.gap_button, caption.accent);
        }
    }
}

impl Text<'_> {
    /// From the top of a capital in the first line to the last baseline.
    fn height(&self) -> f32 {
        let steps = self.block.lines.len().saturating_sub(1) as f32;
        self.block.size * (CAPITAL + steps * self.leading)
    }
}

/// What is drawn, and the only part of the picture that it may be drawn on.
struct Canvas {
    shapes: Vec<Shape>,
    column: Rect,
    /// The side at which everything stands.
    from: Direction,
}

impl Canvas {
    fn add(&mut self, mask: Mask, color: Rgb) {
        self.shapes.push(Shape { mask, paint: Paint::Color(color), clip: self.column });
    }

    /// The left edge of what is so wide.
    fn left(&self, width: f32) -> i32 {
        match self.from {
            Direction::LeftToRight => self.column.left,
            Direction::RightToLeft => self.column.right - width.ceil() as i32,
        }
    }

    /// Draws `text` with its capitals' top at `top`; gives its last baseline.
    fn text(&mut self, text: &Text<'_>, top: f32, ink: Rgb) -> f32 {
        let size = text.block.size;
        let mut baseline = top + CAPITAL * size;
        for (i, line) in text.block.lines.iter().enumerate() {
            baseline = top + (CAPITAL + i as f32 * text.leading) * size;
            let row = (baseline + 0.5) as i32; // whole pixels: sharp feet
            let left = self.left(line.width() * size);
            self.shapes.extend(line.shapes(&text.style, size, (left, row), ink, self.column));
        }
        baseline
    }

    fn button(&mut self, label: &Text<'_>, top: f32, fill: Rgb) {
        let size = label.block.size;
        let Some(line) = label.block.lines.first() else { return };
        let top = (top + 0.5) as i32;
        let width = line.width() * size + 2.0 * BUTTON_PADDING * size;
        let height = (BUTTON_HEIGHT * size + 0.5) as i32;
        let left = self.left(width);
        let plate = rounded_rect(left, top, width.ceil(), height as f32, BUTTON_RADIUS * size);
        self.add(plate, fill);
        let left = left + (BUTTON_PADDING * size + 0.5) as i32;
        let baseline = top + ((height as f32 + CAPITAL * size) / 2.0 + 0.5) as i32;
        let ink = readable_on(fill);
        self.shapes.extend(line.shapes(&label.style, size, (left, baseline), ink, self.column));
    }
}

/// A filled rectangle with quarter-circle corners.
pub fn rounded_rect(left: i32, top: i32, width: f32, height: f32, radius: f32) -> Mask {
    const CIRCLE: f32 = 0.552_284_8; // of a cubic that is nearly a quarter circle: 4/3·(√2 − 1)
    let (columns, rows) = ((width.ceil() as usize).max(1), (height.ceil() as usize).max(1));
    let mut raster = Rasterizer::new(columns, rows);
    let radius = radius.min(width / 2.0).min(height / 2.0);
    // clockwise: each corner and the unit vectors along the edge before and after it
    let corners = [
        (point(0.0, 0.0), (0.0, -1.0), (1.0, 0.0)),
        (point(width, 0.0), (1.0, 0.0), (0.0, 1.0)),
        (point(width, height), (0.0, 1.0), (-1.0, 0.0)),
        (point(0.0, height), (-1.0, 0.0), (0.0, -1.0)),
    ];
    let moved = |from: Point, along: (f32, f32), by: f32| point(from.x + along.0 * by, from.y + along.1 * by);
    let mut last = moved(point(0.0, height), (0.0, -1.0), radius);
    for (corner, before, after) in corners {
        let (start, end) = (moved(corner, before, -radius), moved(corner, after, radius));
        let pull = radius * (1.0 - CIRCLE);
        raster.draw_line(last, start);
        raster.draw_cubic(start, moved(corner, before, -pull), moved(corner, after, pull), end);
        last = end;
    }
    Mask { left, top, width: columns, coverage: coverage(&raster) }
}

/// White or near-black, whichever stands out more from `fill` (the contrast ratio of WCAG 2, with gamma 2 for its curve so
/// that no platform's power function matters).
pub fn readable_on(fill: Rgb) -> Rgb {
    const BLACK: Rgb = Rgb(17, 17, 17);
    let luminance = |Rgb(r, g, b): Rgb| {
        let linear = |channel: u8| (f32::from(channel) / 255.0) * (f32::from(channel) / 255.0);
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b) + 0.05
    };
    let fill = luminance(fill);
    if luminance(Rgb::WHITE) * luminance(BLACK) >= fill * fill { Rgb::WHITE } else { BLACK }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn button_text_contrasts() {
        assert_eq!(readable_on(Rgb(0, 0, 0)), Rgb::WHITE);
        assert_eq!(readable_on(Rgb(20, 60, 160)), Rgb::WHITE);
        assert_ne!(readable_on(Rgb(255, 210, 0)), Rgb::WHITE);
        assert_ne!(readable_on(Rgb::WHITE), Rgb::WHITE);
    }
}
