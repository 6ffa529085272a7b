//! Compositions: pictures put together from layers of text, buttons, images and codes, laid out by themselves.
//!
//! A [`Composition`] stands on a background; each of its [`Layer`]s hangs at a corner, an edge or the middle, and holds one [`Element`], which may be a stack or a row of others. Nothing
//! has coordinates: elements take what room they need, and what doesn't fit shrinks, wraps and ends in an ellipsis, in this order. Lengths are CSS pixels, for each of which the picture has [`Composition::density`] pixels each way.
//!
//! The tree is the same from the campaign's document to the pixels: there `T` is a template and `W` a condition, here texts are filled and what doesn't hold is gone. The first layers, up to
//! [`Composition::fixed`], are the same for everybody, so a [`super::Backdrop`] has them drawn already and only the rest is drawn at an open.

mod code;
mod layout;
mod part;

use super::bitmap::{Bitmap, Rect, Shape};
use super::sprite::Sprites;
use super::text::Direction;
use super::{Fonts, RenderError, Rgb, Weight, acceptable, decode};
use serde::{Deserialize, Serialize};

/// Pixels of a picture for each CSS pixel, across and down, unless it is to have fewer: for dense screens.
pub const DENSITY: u8 = 2;

/// A picture of layers: `T` is a text, `W` what decides on whether an element is there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Composition<T = String, W = ()> {
    /// What all layers lie on.
    pub background: Background,
    /// Free space at every edge.
    pub padding: u16,
    /// Pixels of the picture for each CSS pixel, across and down.
    pub density: u8,
    /// The layers, the lowest first.
    pub layers: Vec<Layer<T, W>>,
    /// How many of the first layers are the same for everybody.
    pub fixed: usize,
}

/// What all layers lie on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Background {
    /// One colour.
    Color(Rgb),
    /// From one colour to another.
    Gradient {
        /// At the beginning.
        from: Rgb,
        /// At the end.
        to: Rgb,
        /// Where the end is.
        toward: Toward,
    },
    /// A stored image, which fills the picture: its path.
    Image(String),
}

/// Where a gradient ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Toward {
    /// At the right edge.
    Right,
    /// At the lower edge.
    #[default]
    Bottom,
    /// In the lower right corner.
    BottomRight,
}

/// Something that hangs at a place of the picture.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Layer<T = String, W = ()> {
    /// Where it hangs.
    pub at: Anchor,
    /// The most that it takes of the width between the paddings, in percent.
    pub share: u8,
    /// What it holds; nothing when its condition does not hold.
    pub element: Option<Element<T, W>>,
}

/// A place of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Anchor {
    /// Across: at the left, in the middle, or at the right.
    pub across: Align,
    /// Down: at the top, in the middle, or at the foot.
    pub down: Align,
}

/// Where something stands in room that it doesn't fill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Align {
    /// At the left or top; of text that runs from the right, at the right.
    #[default]
    Start,
    /// In the middle.
    Center,
    /// At the right or foot.
    End,
}

/// An element, and when it is there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Element<T = String, W = ()> {
    /// Whether it is there.
    pub when: W,
    /// What it is.
    pub kind: Kind<T, W>,
}

/// What an element is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind<T = String, W = ()> {
    /// A run of text.
    Text(Text<T>),
    /// A word or two on a plate: a button or a badge.
    Label(Label<T>),
    /// A stored image, such as a logo.
    Image(Image),
    /// Elements below one another.
    Stack(Group<T, W>),
    /// Elements beside one another.
    Row(Group<T, W>),
    /// An element on a plate.
    Panel(Box<Panel<T, W>>),
    /// How much of something is reached.
    Progress(Progress<T>),
    /// A rating.
    Stars(Stars<T>),
    /// A code to be scanned.
    Code(Code<T>),
}

/// A run of text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Text<T = String> {
    /// What it says.
    pub text: T,
    /// CSS pixels an em, before it shrinks.
    pub size: u16,
    /// How heavy its letters are.
    pub weight: Weight,
    /// Its colour.
    pub ink: Rgb,
    /// The most lines.
    pub lines: u8,
    /// Where its lines stand; as the group does when left out.
    pub align: Option<Align>,
    /// Whether it is struck through: a price that was.
    pub strike: bool,
}

/// A word or two on a plate.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Label<T = String> {
    /// What it says.
    pub text: T,
    /// CSS pixels an em, before it shrinks.
    pub size: u16,
    /// Colour of the plate.
    pub fill: Rgb,
    /// Colour of the text; white or black, whichever reads better, when left out.
    pub ink: Option<Rgb>,
    /// Whether it is a badge, small and round, not a button.
    pub badge: bool,
}

/// A stored image.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Image {
    /// Its path.
    pub path: String,
    /// The most width; the image keeps its proportions.
    pub width: u16,
    /// The most height.
    pub height: u16,
}

/// Elements below or beside one another.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Group<T = String, W = ()> {
    /// The elements, from the top or left.
    pub elements: Vec<Element<T, W>>,
    /// Space between two.
    pub gap: u16,
    /// Where elements stand that are narrower than the stack or lower than the row; when left out, in a stack as the layer hangs (in a panel at the right edge, at the left), in a row in the middle.
    pub align: Option<Align>,
}

/// An element on a plate.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Panel<T = String, W = ()> {
    /// The element.
    pub element: Element<T, W>,
    /// Colour of the plate.
    pub fill: Rgb,
    /// How much the plate covers, in percent.
    pub opacity: u8,
    /// Of its corners.
    pub radius: u16,
    /// Free space around the element.
    pub padding: u16,
}

/// How much of something is reached, as a bar.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Progress<T = String> {
    /// A number, how much is reached; without one there is no bar.
    pub value: T,
    /// How much there is to reach.
    pub of: u32,
    /// Its width.
    pub width: u16,
    /// Its height.
    pub height: u16,
    /// Colour of what is reached.
    pub fill: Rgb,
    /// Colour of the rest.
    pub track: Rgb,
}

/// A rating of five stars.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stars<T = String> {
    /// A number from 0 to 5; without one there are no stars.
    pub value: T,
    /// Width and height of a star.
    pub size: u16,
    /// Colour of what is reached.
    pub fill: Rgb,
    /// Colour of the rest.
    pub track: Rgb,
}

/// A code to be scanned, black on white. A text that it can't hold shows no code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Code<T = String> {
    /// What it says when it is scanned.
    pub text: T,
    /// Of what kind it is.
    pub symbology: Symbology,
    /// The most width, the light border included.
    pub width: u16,
    /// The most height.
    pub height: u16,
}

/// A kind of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Symbology {
    /// A square of squares (ISO/IEC 18004).
    Qr,
    /// Bars, for letters and digits of ASCII (ISO/IEC 15417).
    Code128,
}

impl Align {
    /// The same for text that runs in a direction: it starts where people start to read.
    const fn of(self, direction: Direction) -> Self {
        match (direction, self) {
            (Direction::RightToLeft, Self::Start) => Self::End,
            _ => self,
        }
    }

    /// Of `free` room, what comes before.
    fn before(self, free: f32) -> f32 {
        match self {
            Self::Start => 0.0,
            Self::Center => free / 2.0,
            Self::End => free,
        }
    }
}

impl<T, W> Composition<T, W> {
    /// The same with every text filled by `text`, less the elements of which `holds` says no. Texts that end up empty go too.
    pub fn filled(&self, text: &impl Fn(&T) -> String, holds: &impl Fn(&W) -> bool) -> Composition {
        let layer = |layer: &Layer<T, W>| Layer {
            at: layer.at,
            share: layer.share,
            element: layer.element.as_ref().and_then(|element| element.filled(text, holds)),
        };
        Composition {
            background: self.background.clone(),
            padding: self.padding,
            density: self.density,
            layers: self.layers.iter().map(layer).collect(),
            fixed: self.fixed,
        }
    }

    /// Shows every element to `visit`, those in groups too.
    pub fn visit(&self, visit: &mut impl FnMut(&Element<T, W>)) {
        self.layers
            .iter()
            .filter_map(|layer| layer.element.as_ref())
            .for_each(|element| element.visit(visit));
    }
}

impl<T, W> Element<T, W> {
    fn filled(&self, text: &impl Fn(&T) -> String, holds: &impl Fn(&W) -> bool) -> Option<Element> {
        let words = |template: &T| Some(text(template)).filter(|text| !text.trim().is_empty());
        let group = |group: &Group<T, W>| {
            let elements = group.elements.iter().filter_map(|element| element.filled(text, holds)).collect();
            let filled = Group { elements, gap: group.gap, align: group.align };
            (!filled.elements.is_empty()).then_some(filled)
        };
        if !holds(&self.when) {
            return None;
        }
        let kind = match &self.kind {
            Kind::Text(run) => Kind::Text(Text {
                text: words(&run.text)?,
                size: run.size,
                weight: run.weight,
                ink: run.ink,
                lines: run.lines,
                align: run.align,
                strike: run.strike,
            }),
            Kind::Label(label) => Kind::Label(Label {
                text: words(&label.text)?,
                size: label.size,
                fill: label.fill,
                ink: label.ink,
                badge: label.badge,
            }),
            Kind::Image(image) => Kind::Image(image.clone()),
            Kind::Stack(stack) => Kind::Stack(group(stack)?),
            Kind::Row(row) => Kind::Row(group(row)?),
            Kind::Panel(panel) => Kind::Panel(Box::new(Panel {
                element: panel.element.filled(text, holds)?,
                fill: panel.fill,
                opacity: panel.opacity,
                radius: panel.radius,
                padding: panel.padding,
            })),
            Kind::Progress(bar) => Kind::Progress(Progress {
                value: words(&bar.value)?,
                of: bar.of,
                width: bar.width,
                height: bar.height,
                fill: bar.fill,
                track: bar.track,
            }),
            Kind::Stars(stars) => Kind::Stars(Stars {
                value: words(&stars.value)?,
                size: stars.size,
                fill: stars.fill,
                track: stars.track,
            }),
            Kind::Code(code) => Kind::Code(Code {
                text: words(&code.text)?,
                symbology: code.symbology,
                width: code.width,
                height: code.height,
            }),
        };
        Some(Element { when: (), kind })
    }

    fn visit(&self, visit: &mut impl FnMut(&Self)) {
        visit(self);
        self.inner().iter().for_each(|element| element.visit(visit));
    }

    /// The elements that it holds.
    #[must_use]
    pub fn inner(&self) -> &[Self] {
        match &self.kind {
            Kind::Stack(group) | Kind::Row(group) => &group.elements,
            Kind::Panel(panel) => std::slice::from_ref(&panel.element),
            _ => &[],
        }
    }

    fn images(&self, density: u8) -> Vec<(&str, (u32, u32))> {
        let own = match &self.kind {
            Kind::Image(image) => Some((image.path.as_str(), image.pixels(density))),
            _ => None,
        };
        let inner = self.inner().iter().flat_map(|element| element.images(density));
        own.into_iter().chain(inner).collect()
    }
}

impl Element {
    fn texts(&self) -> Vec<(&str, Weight)> {
        let own = match &self.kind {
            Kind::Text(text) => Some((text.text.as_str(), text.weight)),
            Kind::Label(label) => Some((label.text.as_str(), Weight::Bold)),
            _ => None,
        };
        own.into_iter().chain(self.inner().iter().flat_map(Self::texts)).collect()
    }
}

impl Image {
    /// The most pixels of the picture that it may take.
    #[must_use]
    pub fn pixels(&self, density: u8) -> (u32, u32) {
        (u32::from(self.width) * u32::from(density), u32::from(self.height) * u32::from(density))
    }
}

impl Background {
    /// The path of the stored image.
    #[must_use]
    pub fn image(&self) -> Option<&str> {
        match self {
            Self::Image(path) => Some(path),
            Self::Color(_) | Self::Gradient { .. } => None,
        }
    }

    /// Its picture of `size` pixels; `file` is the stored image's.
    pub(super) fn bitmap(&self, file: Option<&[u8]>, size: (u32, u32)) -> Result<Bitmap, RenderError> {
        let (width, height) = acceptable(size).ok_or(RenderError::Size)?;
        Ok(match self {
            Self::Image(_) => decode(file.unwrap_or_default())?.cover(width, height),
            Self::Color(color) => Bitmap::drawn(width, height, |_, _| *color),
            Self::Gradient { from, to, toward } => {
                // halves of pixels, so that the colours at both ends are as far from them
                let (across, down) = match toward {
                    Toward::Right => (1, 0),
                    Toward::Bottom => (0, 1),
                    Toward::BottomRight => (height, width),
                };
                let end = 2 * (across * width + down * height) as u64;
                Bitmap::drawn(width, height, |x, y| {
                    from.toward(*to, (across * (2 * x + 1) + down * (2 * y + 1)) as u64, end)
                })
            }
        })
    }
}

impl Composition {
    /// The part of a picture of `width` × `height` pixels that layers which aren't the same for everybody may draw on.
    pub(super) fn area(&self, width: usize, height: usize) -> Rect {
        let live = self.layers.iter().skip(self.fixed);
        let frames = live.map(|layer| layout::frame(layer, self.padding(), width, height));
        let around = |a: Rect, b: Rect| Rect { left: a.left.min(b.left), right: a.right.max(b.right), ..a };
        // a line's foot and accents reach beyond what is reckoned as its height
        let whole = |frame: Rect| Rect { top: 0, bottom: height as i32, ..frame };
        frames.reduce(around).map_or(Rect { left: 0, top: 0, right: 0, bottom: 0 }, whole)
    }

    /// Free space at every edge, in pixels of the picture.
    fn padding(&self) -> usize {
        usize::from(self.padding) * usize::from(self.density)
    }

    /// What is the same for everybody: the other layers hold nothing.
    #[must_use]
    pub fn base(&self) -> Self {
        let mut base = self.clone();
        base.layers.iter_mut().skip(self.fixed).for_each(|layer| layer.element = None);
        base
    }

    /// As bytes that no other composition has.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_extend(self, Vec::new()).unwrap_or_default()
    }

    /// The stored images of some layers, with the most pixels that each may take.
    #[must_use]
    pub fn images(&self, part: Part) -> Vec<(&str, (u32, u32))> {
        let elements = self.layers(part).iter().filter_map(|layer| layer.element.as_ref());
        elements.flat_map(|element| element.images(self.density)).collect()
    }

    /// The texts to draw, and how heavy each is.
    #[must_use]
    pub fn texts(&self) -> Vec<(&str, Weight)> {
        self.layers.iter().filter_map(|layer| layer.element.as_ref()).flat_map(Element::texts).collect()
    }

    fn layers(&self, part: Part) -> &[Layer] {
        let (fixed, live) = self.layers.split_at(self.fixed.min(self.layers.len()));
        if part == Part::Fixed { fixed } else { live }
    }

    /// The shapes of some layers in a picture of `width` × `height` pixels, the lowest first.
    pub(super) fn shapes(
        &self,
        part: Part,
        sprites: &Sprites,
        fonts: &Fonts,
        width: usize,
        height: usize,
    ) -> Vec<Shape> {
        let shapes = |layer| {
            let frame = layout::frame(layer, self.padding(), width, height);
            layout::shapes(layer, frame, self.density, (sprites, fonts), height)
        };
        self.layers(part).iter().flat_map(shapes).collect()
    }
}

/// Some of the layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Those that are the same for everybody.
    Fixed,
    /// The others.
    Live,
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
