//! The parts that layers end in: what each takes of its room, and its shapes.

use super::super::Rgb;
use super::super::bitmap::{Mask, Rect};
use super::super::caption::{CAPITAL, readable_on, rounded_rect};
use super::super::sprite::Sprite;
use super::super::text::{Block, Fit, Style, coverage};
use super::super::{Fonts, Weight};
use super::code::Modules;
use super::layout::{Canvas, Fitted, Fitter};
use super::{Align, Code, Image, Label, Panel, Progress, Stars, Text};
use ab_glyph_rasterizer::{Rasterizer, point};
use std::rc::Rc;

/// How much text shrinks before it takes another line, and at all.
const ONE_LINE: f32 = 0.85;
const SMALLEST: f32 = 0.6;
/// From this size on, in CSS pixels, letters stand closer and lines too.
const DISPLAY: u16 = 24;
/// Distances between baselines, in em.
const LEADING: f32 = 1.4;
const DISPLAY_LEADING: f32 = 1.12;
/// Inter's tracking for large and for small text (<https://rsms.me/inter/dynmetrics/>).
const DISPLAY_TRACKING: f32 = -0.022;
const TRACKING: f32 = -0.011;
/// Height, side padding and corner radius of a button and of a badge, in em of their text.
const BUTTON: Plate = Plate { height: 2.5, padding: 1.3, radius: 0.55 };
const BADGE: Plate = Plate { height: 1.9, padding: 0.8, radius: 0.95 };
/// Where a price is struck through, in em above the baseline, and how thick.
const STRIKE: (f32, f32) = (0.27, 0.075);
/// Space between stars, as a share of one.
const STAR_GAP: f32 = 0.16;
/// How wide five stars are, as a multiple of one.
const STARS: f32 = 5.0 + 4.0 * STAR_GAP;
/// The inner points of a star, of the outer radius: what a pentagram has.
const STAR_WAIST: f32 = 0.46;

struct Plate {
    height: f32,
    padding: f32,
    radius: f32,
}

/// What is drawn of an element.
pub enum Part<'a> {
    /// Nothing.
    Nothing,
    /// Lines of text.
    Lines { style: Style<'a>, block: Block, leading: f32, align: Align, ink: Rgb, strike: bool },
    /// A word or two on a plate.
    Label { style: Style<'a>, block: Block, ink: Rgb, fill: Rgb, padding: f32, radius: f32 },
    /// An image.
    Image(Rc<Sprite>),
    /// Parts, each with its place in the whole.
    Group(Vec<(f32, f32, Fitted<'a>)>),
    /// A part on a plate.
    Panel { inner: Box<Fitted<'a>>, padding: f32, fill: Rgb, opacity: u8, radius: f32 },
    /// A bar, filled up to a share of its width.
    Bar { share: f32, fill: Rgb, track: Rgb },
    /// Stars, filled up to a share of each.
    Stars { value: f32, fill: Rgb, track: Rgb },
    /// A code with modules of so many pixels.
    Code { modules: Modules, module: usize },
}

/// Fits a run of text.
pub fn text<'a>(text: &Text, fitter: &Fitter<'a>, room: f32, align: Align) -> Fitted<'a> {
    let display = text.size >= DISPLAY;
    let style = style(fitter.fonts, text.weight, if display { DISPLAY_TRACKING } else { TRACKING });
    let leading = if display { DISPLAY_LEADING } else { LEADING };
    let fit = Fit {
        width: room,
        size: fitter.pixels(text.size) * fitter.scale,
        one_line: if text.lines > 1 { ONE_LINE } else { SMALLEST },
        smallest: SMALLEST,
        lines: text.lines.into(),
    };
    let block = style.fit(&text.text, fit);
    if block.lines.is_empty() {
        return Fitted::NOTHING;
    }
    let leading = block.leading(leading);
    let width = block.lines.iter().map(|line| line.width()).fold(0.0, f32::max) * block.size;
    let height = block.size * (CAPITAL + (block.lines.len() - 1) as f32 * leading);
    let align = text.align.unwrap_or(align).of(block.direction);
    let part = Part::Lines { style, block, leading, align, ink: text.ink, strike: text.strike };
    Fitted { width, height, part }
}

/// Fits a button or a badge.
pub fn label<'a>(label: &Label, fitter: &Fitter<'a>, room: f32) -> Fitted<'a> {
    let plate = if label.badge { BADGE } else { BUTTON };
    let style = style(fitter.fonts, Weight::Bold, TRACKING);
    let size = fitter.pixels(label.size) * fitter.scale;
    let width = (room - 2.0 * plate.padding * size).max(1.0);
    let block = style.fit(&label.text, Fit { width, size, one_line: SMALLEST, smallest: SMALLEST, lines: 1 });
    let Some(line) = block.lines.first() else { return Fitted::NOTHING };
    let width = line.width() * block.size + 2.0 * plate.padding * block.size;
    let height = plate.height * block.size;
    let (padding, radius) = (plate.padding * block.size, plate.radius * block.size);
    let ink = label.ink.unwrap_or_else(|| readable_on(label.fill));
    Fitted { width, height, part: Part::Label { style, block, ink, fill: label.fill, padding, radius } }
}

/// The place of an image; nothing if it isn't there. One that is larger than its room is made smaller.
pub fn image(image: &Image, fitter: &Fitter<'_>, room: f32) -> Fitted<'static> {
    let most = image.pixels(fitter.density);
    let Some(sprite) = fitter.sprites.get(&image.path, most) else { return Fitted::NOTHING };
    let (width, height) = sprite.size();
    let fits = width as f32 <= room && height as f32 <= fitter.height;
    let within = || Rc::new(sprite.within(room as usize, fitter.height as usize));
    let sprite = if fits { sprite.clone() } else { within() };
    let (width, height) = sprite.size();
    Fitted { width: width as f32, height: height as f32, part: Part::Image(sprite) }
}

/// A plate around what was fitted; nothing if there is no room for it.
pub fn panel<'a>(panel: &Panel, inner: Fitted<'a>, fitter: &Fitter<'_>, room: f32) -> Fitted<'a> {
    let (padding, radius) = (fitter.pixels(panel.padding), fitter.pixels(panel.radius));
    if inner.width <= 0.0 || inner.height <= 0.0 || inner.width + 2.0 * padding > room {
        return Fitted::NOTHING;
    }
    let (width, height) = (inner.width + 2.0 * padding, inner.height + 2.0 * padding);
    let inner = Box::new(inner);
    Fitted {
        width,
        height,
        part: Part::Panel { inner, padding, fill: panel.fill, opacity: panel.opacity, radius },
    }
}

/// A bar; nothing if there is no number.
pub fn progress(progress: &Progress, fitter: &Fitter<'_>, room: f32) -> Fitted<'static> {
    let Some(value) = number(&progress.value) else { return Fitted::NOTHING };
    let share = (value / progress.of.max(1) as f32).clamp(0.0, 1.0);
    let part = Part::Bar { share, fill: progress.fill, track: progress.track };
    let (width, height) = (fitter.pixels(progress.width).min(room), fitter.pixels(progress.height));
    Fitted { width, height, part }
}

/// Stars; none if there is no number.
pub fn stars(stars: &Stars, fitter: &Fitter<'_>, room: f32) -> Fitted<'static> {
    let Some(value) = number(&stars.value) else { return Fitted::NOTHING };
    let size = fitter.pixels(stars.size).min(room / STARS);
    let part = Part::Stars { value: value.clamp(0.0, 5.0), fill: stars.fill, track: stars.track };
    Fitted { width: size * STARS, height: size, part }
}

/// A code; nothing if its place can't hold it.
pub fn code(code: &Code, fitter: &Fitter<'_>, room: f32) -> Fitted<'static> {
    let most = |css: u16, room: f32| fitter.pixels(css).min(room) as usize;
    let (width, height) = (most(code.width, room), most(code.height, fitter.height));
    let modules = Modules::of(&code.text, code.symbology);
    let Some((modules, module)) = modules.and_then(|m| m.module(width, height).map(|module| (m, module)))
    else {
        return Fitted::NOTHING;
    };
    let (width, height) = modules.size(module, height);
    Fitted { width: width as f32, height: height as f32, part: Part::Code { modules, module } }
}

/// A number that is written with a point or a comma, with anything around it left out: `4,5`, `72 %`.
fn number(text: &str) -> Option<f32> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')).unwrap_or(text.len());
    let value: f32 = text[..end].replace(',', ".").parse().ok()?;
    value.is_finite().then_some(value)
}

const fn style(fonts: &Fonts, weight: Weight, tracking: f32) -> Style<'_> {
    Style { fonts, weight, tracking }
}

impl Part<'_> {
    /// Draws it in a place whose size is `width` and `height`.
    pub fn draw(&self, left: f32, top: f32, (width, height): (f32, f32), canvas: &mut Canvas) {
        let (x, y) = (whole(left), whole(top));
        match self {
            Self::Nothing => {}
            Self::Lines { style, block, leading, align, ink, strike } => {
                for (i, line) in block.lines.iter().enumerate() {
                    let wide = line.width() * block.size;
                    let x = whole(left + align.before(width - wide));
                    let baseline = whole(top + (CAPITAL + i as f32 * leading) * block.size);
                    canvas.line(line, style, block.size, (x, baseline), *ink);
                    if *strike {
                        let (rise, thick) = (STRIKE.0 * block.size, (STRIKE.1 * block.size).max(2.0));
                        let top = whole(baseline as f32 - rise - thick / 2.0);
                        canvas.add(rounded_rect(x, top, wide.ceil(), thick, 0.0), *ink);
                    }
                }
            }
            Self::Label { style, block, ink, fill, padding, radius } => {
                canvas.add(rounded_rect(x, y, width, height, *radius), *fill);
                let baseline = whole(y as f32 + (height + CAPITAL * block.size) / 2.0);
                for line in &block.lines {
                    canvas.line(line, style, block.size, (whole(left + padding), baseline), *ink);
                }
            }
            Self::Image(sprite) => canvas.add_shape(|clip| sprite.shape(x, y, clip)),
            Self::Group(parts) => {
                parts.iter().for_each(|(across, down, part)| part.draw(left + across, top + down, canvas));
            }
            Self::Panel { inner, padding, fill, opacity, radius } => {
                let mut plate = rounded_rect(x, y, width, height, *radius);
                let share = |ink: u8| ((u16::from(ink) * u16::from(*opacity) + 50) / 100) as u8;
                plate.coverage.iter_mut().for_each(|ink| *ink = share(*ink));
                canvas.add(plate, *fill);
                inner.draw(left + padding, top + padding, canvas);
            }
            Self::Bar { share, fill, track } => {
                let radius = height / 2.0;
                canvas.add(rounded_rect(x, y, width, height, radius), *track);
                if *share > 0.0 {
                    // never narrower than its round ends
                    canvas.add(
                        rounded_rect(x, y, (width * share).max(height).min(width), height, radius),
                        *fill,
                    );
                }
            }
            Self::Stars { value, fill, track } => {
                draw_stars(left, y, height, *value, (*fill, *track), canvas)
            }
            Self::Code { modules, module } => draw_code(modules, *module, (x, y), height as usize, canvas),
        }
    }
}

fn draw_stars(left: f32, top: i32, size: f32, value: f32, (fill, track): (Rgb, Rgb), canvas: &mut Canvas) {
    for i in 0..5 {
        let x = whole(left + i as f32 * size * (1.0 + STAR_GAP));
        let reached = (value - i as f32).clamp(0.0, 1.0);
        canvas.add(star(x, top, size), track);
        if reached > 0.0 {
            let part = Rect { left: x, top, right: whole(x as f32 + size * reached), bottom: i32::MAX };
            canvas.add_inside(part, star(x, top, size), fill);
        }
    }
}

/// A star of five points, one of them up, in a square of `size`.
fn star(left: i32, top: i32, size: f32) -> Mask {
    // the sines and cosines of 0°, 36°, … 324°
    const TURNS: [(f32, f32); 10] = [
        (0.0, 1.0),
        (0.587_785, 0.809_017),
        (0.951_057, 0.309_017),
        (0.951_057, -0.309_017),
        (0.587_785, -0.809_017),
        (0.0, -1.0),
        (-0.587_785, -0.809_017),
        (-0.951_057, -0.309_017),
        (-0.951_057, 0.309_017),
        (-0.587_785, 0.809_017),
    ];
    let side = (size.ceil() as usize).max(1);
    // the lower points end above the circle: the star stands in the middle of what it takes
    let radius = size / 2.0;
    let middle = (radius, size * 0.53);
    let corner = |i: usize| {
        let (sine, cosine) = TURNS[i % 10];
        let reach = if i.is_multiple_of(2) { radius } else { radius * STAR_WAIST };
        point(middle.0 + sine * reach, middle.1 - cosine * reach)
    };
    let mut raster = Rasterizer::new(side, side);
    (0..10).for_each(|i| raster.draw_line(corner(i), corner(i + 1)));
    Mask { left, top, width: side, coverage: coverage(&raster) }
}

fn draw_code(modules: &Modules, module: usize, (x, y): (i32, i32), height: usize, canvas: &mut Canvas) {
    let (columns, rows) = modules.size(module, height);
    canvas.add(rounded_rect(x, y, columns as f32, rows as f32, module as f32 * 2.0), Rgb::WHITE);
    let pixels = (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y)));
    let dark = pixels.map(|(x, y)| if modules.dark(x, y, module, rows) { Mask::FULL } else { 0 });
    canvas.add(Mask { left: x, top: y, width: columns, coverage: dark.collect() }, Rgb::BLACK);
}

fn whole(at: f32) -> i32 {
    (at + 0.5).floor() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, value) in [
            ("4.5", Some(4.5)),
            (" 4,5 of 5", Some(4.5)),
            ("72 %", Some(72.0)),
            ("many", None),
            ("", None),
            ("1.2.3", None),
        ] {
            assert_eq!(number(text), value, "{text}");
        }
    }
}
