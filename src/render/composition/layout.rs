//! Where everything of a layer stands: what each element takes of its room, then where it is put.

use super::super::bitmap::{Mask, Paint, Rect, Shape};
use super::super::sprite::Sprites;
use super::super::text::{Direction, Line, Style};
use super::super::{Fonts, Rgb};
use super::part::{self, Part};
use super::{Align, Element, Group, Kind, Layer};

/// How small text may get to make a layer low enough, and by which steps.
const SMALLEST: f32 = 0.5;
const STEP: f32 = 0.92;

/// The room of a layer in a picture of `width` × `height` pixels, so many of them free at every edge.
pub fn frame<T, W>(layer: &Layer<T, W>, padding: usize, width: usize, height: usize) -> Rect {
    let padding = padding.min(width / 3).min(height / 3);
    let inside = width - 2 * padding;
    let room = (inside * usize::from(layer.share)).div_ceil(100).min(inside);
    let left = padding + layer.at.across.before((inside - room) as f32) as usize;
    Rect {
        left: left as i32,
        top: padding as i32,
        right: (left + room) as i32,
        bottom: (height - padding) as i32,
    }
}

/// The shapes of a layer in a picture that is so high, the lowest first. Nothing is drawn beside its frame.
pub fn shapes(
    layer: &Layer,
    frame: Rect,
    density: u8,
    (sprites, fonts): (&Sprites, &Fonts),
    height: usize,
) -> Vec<Shape> {
    let Some(element) = &layer.element else { return Vec::new() };
    let room = ((frame.right - frame.left) as f32, (frame.bottom - frame.top) as f32);
    let mut scale = 1.0;
    let fitted = loop {
        let fitted =
            Fitter { sprites, fonts, height: room.1, density, scale }.fit(element, room.0, layer.at.across);
        if fitted.height <= room.1 || scale < SMALLEST {
            break fitted;
        }
        scale *= STEP;
    };
    let clip = Rect { top: 0, bottom: height as i32, ..frame };
    let mut canvas = Canvas { shapes: Vec::new(), clip };
    let left = frame.left as f32 + layer.at.across.before((room.0 - fitted.width).max(0.0));
    let top = frame.top as f32 + layer.at.down.before((room.1 - fitted.height).max(0.0));
    fitted.draw(left, top, &mut canvas);
    canvas.shapes
}

/// An element with the size that it takes, in pixels.
pub struct Fitted<'a> {
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
    /// What is drawn there.
    pub part: Part<'a>,
}

impl Fitted<'_> {
    /// Nothing, which takes no room.
    pub const NOTHING: Self = Self { width: 0.0, height: 0.0, part: Part::Nothing };

    /// Where its first text begins.
    fn direction(&self) -> Option<Direction> {
        match &self.part {
            Part::Lines { block, .. } | Part::Label { block, .. } => Some(block.direction),
            Part::Group(parts) => parts.iter().find_map(|(.., part)| part.direction()),
            Part::Panel { inner, .. } => inner.direction(),
            _ => None,
        }
    }

    /// Draws it with its upper left corner at a place.
    pub fn draw(&self, left: f32, top: f32, canvas: &mut Canvas) {
        self.part.draw(left, top, (self.width, self.height), canvas);
    }
}

/// What is drawn, and the only part of the picture that it may be drawn on.
pub struct Canvas {
    shapes: Vec<Shape>,
    clip: Rect,
}

impl Canvas {
    /// Adds a mask in a colour.
    pub fn add(&mut self, mask: Mask, color: Rgb) {
        self.add_inside(self.clip, mask, color);
    }

    /// Adds a line of text whose ink begins at a column and whose baseline is above a row.
    pub fn line(&mut self, line: &Line, style: &Style<'_>, size: f32, at: (i32, i32), ink: Rgb) {
        self.shapes.extend(line.shapes(style, size, at, ink, self.clip));
    }

    /// The same as [`Canvas::add`], drawn only in a rectangle.
    pub fn add_inside(&mut self, clip: Rect, mask: Mask, color: Rgb) {
        let clip = Rect {
            left: clip.left.max(self.clip.left),
            top: clip.top.max(self.clip.top),
            right: clip.right.min(self.clip.right),
            bottom: clip.bottom.min(self.clip.bottom),
        };
        self.shapes.push(Shape { mask, paint: Paint::Color(color), clip });
    }

    /// Adds a shape that `shape` makes of the rectangle to be drawn in.
    pub fn add_shape(&mut self, shape: impl FnOnce(Rect) -> Shape) {
        self.shapes.push(shape(self.clip));
    }
}

/// Finds what elements take.
pub struct Fitter<'a> {
    /// The images, ready.
    pub sprites: &'a Sprites,
    /// What letters are drawn with.
    pub fonts: &'a Fonts,
    /// The room from top to bottom, in pixels.
    pub height: f32,
    /// Pixels of the picture for each CSS pixel.
    pub density: u8,
    /// How large text is, of what was asked for.
    pub scale: f32,
}

impl<'a> Fitter<'a> {
    /// CSS pixels as pixels of the picture.
    pub fn pixels(&self, css: u16) -> f32 {
        f32::from(css) * f32::from(self.density)
    }

    /// What an element takes of `room` pixels across; `align` is how its surroundings stand.
    pub fn fit(&self, element: &Element, room: f32, align: Align) -> Fitted<'a> {
        match &element.kind {
            Kind::Text(text) => part::text(text, self, room, align),
            Kind::Label(label) => part::label(label, self, room),
            Kind::Image(image) => part::image(image, self, room),
            Kind::Stack(group) => self.stack(group, room, align),
            Kind::Row(group) => self.row(group, room),
            Kind::Panel(panel) => {
                let padding = self.pixels(panel.padding);
                // a panel has an edge of its own to stand at
                let align = if align == Align::End { Align::Start } else { align };
                let inner = self.fit(&panel.element, (room - 2.0 * padding).max(1.0), align);
                part::panel(panel, inner, self, room)
            }
            Kind::Progress(progress) => part::progress(progress, self, room),
            Kind::Stars(stars) => part::stars(stars, self, room),
            Kind::Code(code) => part::code(code, self, room),
        }
    }

    fn stack(&self, group: &Group, room: f32, align: Align) -> Fitted<'a> {
        let align = group.align.unwrap_or(align);
        let fitted: Vec<Fitted<'a>> =
            group.elements.iter().map(|element| self.fit(element, room, align)).collect();
        let wide = fitted.iter().map(|part| part.width).fold(0.0, f32::max);
        // what is aligned otherwise than its stack stands in all of the room
        let own = |element: &Element| own_align(element).filter(|own| *own != align);
        let width = if group.elements.iter().any(|element| own(element).is_some()) { room } else { wide };
        let direction = direction(&fitted);
        let mut top = 0.0;
        let mut parts = Vec::with_capacity(fitted.len());
        for (element, part) in group.elements.iter().zip(fitted) {
            if part.height <= 0.0 {
                continue;
            }
            let left = own(element).unwrap_or(align).of(direction).before(width - part.width);
            let below = top + part.height + self.pixels(group.gap);
            parts.push((left, top, part));
            top = below;
        }
        Fitted { width, height: (top - self.pixels(group.gap)).max(0.0), part: Part::Group(parts) }
    }

    /// What has a width of its own comes first; texts share what is left.
    fn row(&self, group: &Group, room: f32) -> Fitted<'a> {
        let gap = self.pixels(group.gap);
        let mut left = room - gap * group.elements.len().saturating_sub(1) as f32;
        let mut fitted: Vec<Option<Fitted<'a>>> = Vec::with_capacity(group.elements.len());
        for element in &group.elements {
            let part = (!flexible(element)).then(|| self.fit(element, left.max(1.0), Align::Start));
            left -= part.as_ref().map_or(0.0, |part| part.width);
            fitted.push(part);
        }
        let mut texts = fitted.iter().filter(|part| part.is_none()).count();
        let mut parts = Vec::with_capacity(fitted.len());
        let mut x = 0.0;
        for (element, part) in group.elements.iter().zip(fitted) {
            let part = part.unwrap_or_else(|| {
                let part = self.fit(element, (left / texts as f32).max(1.0), Align::Start);
                texts -= 1;
                left -= part.width;
                part
            });
            // what finds no room is left out
            if part.width > 0.0 && x + part.width <= room + 1.0 {
                let next = x + part.width + gap;
                parts.push((x, part));
                x = next;
            }
        }
        let height = parts.iter().map(|(_, part)| part.height).fold(0.0, f32::max);
        let width = (x - gap).max(0.0);
        // a number says nothing of the direction in which a row is read
        if parts.iter().any(|(_, part)| part.direction() == Some(Direction::RightToLeft)) {
            parts.iter_mut().for_each(|(x, part)| *x = width - *x - part.width);
        }
        let align = group.align.unwrap_or(Align::Center);
        let placed = |(x, part): (f32, Fitted<'a>)| (x, align.before(height - part.height), part);
        let parts = parts.into_iter().map(placed).collect();
        Fitted { width, height, part: Part::Group(parts) }
    }
}

/// Where the first text of these begins.
fn direction(parts: &[Fitted<'_>]) -> Direction {
    parts.iter().find_map(Fitted::direction).unwrap_or_default()
}

/// Whether its width depends on the room.
fn flexible(element: &Element) -> bool {
    match &element.kind {
        Kind::Text(_) | Kind::Stack(_) | Kind::Row(_) => true,
        Kind::Panel(panel) => flexible(&panel.element),
        _ => false,
    }
}

fn own_align(element: &Element) -> Option<Align> {
    match &element.kind {
        Kind::Text(text) => text.align,
        _ => None,
    }
}
