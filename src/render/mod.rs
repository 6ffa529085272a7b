//! Pixels: the pictures that a mail shows.
//!
//! [`hero`] draws a caption over a background; a [`Backdrop`] is a background made ready for many captions; [`composition`] puts pictures together from layers; [`countdown`] draws time running out; [`convert`] turns one
//! file format into another; [`pixel`] is the picture that shows nothing. All are pure: the same input gives the same bytes on every platform (the arithmetic is integers and the
//! four basic operations of `f32`, which IEEE 754 defines exactly).
//!
//! Backgrounds are input. Nothing in one can cause a panic or an allocation beyond what [`MAX_PIXELS`] implies; the
//! dimensions a file declares are checked before anything is decoded. Text never leaves its column, and a character that no
//! font has leaves no box: [`covers`] and [`Fonts::missing`] tell beforehand.
//!
//! Letters of Latin script are built in; for others, [`FontFile::wanted`] names the files that a text needs, and [`Fonts`] carries those that were
//! loaded to all that draws. Scripts whose letters join or run from the right are set by a shaper: with the feature `shaping` it is part of
//! this room; without, [`Fonts::shaped_by`] brings one. Colour emoji are loaded as fonts are, and stand in a line as letters do.
//!
//! ```
//! use apropos::render::{Caption, Fonts, Format, Rgb, hero, pixel, sniff};
//!
//! let background = pixel(Format::Png); // any PNG, JPEG or GIF
//! let caption = Caption {
//!     headline: "Your size is back, Łukasz",
//!     subline: "Trail shoes, from 20 % off until Sunday",
//!     button: Some("See them"),
//!     ink: Rgb(16, 24, 32),
//!     accent: Rgb::parse("#d94f04").unwrap_or(Rgb::BLACK),
//! };
//! let file = hero(background, &caption, &Fonts::default(), (1200, 600), Format::Jpeg)?;
//! assert_eq!(sniff(&file), Some(Format::Jpeg));
//! # Ok::<(), apropos::render::RenderError>(())
//! ```

mod adler;
mod backdrop;
mod bitmap;
mod bytes;
mod caption;
pub mod composition;
pub mod countdown;
mod emoji;
mod fit;
mod font;
mod fonts;
mod gif;
mod jpeg;
mod palette;
mod plain;
mod png;
mod prewarm;
mod script;
#[cfg(feature = "shaping")]
mod shaping;
mod sprite;
mod text;
#[cfg(feature = "shaping")]
mod thai;

pub use backdrop::Backdrop;
pub use fonts::{Alphabet, Fonts, Shaper, covers};
pub use prewarm::prewarm;
pub use script::{FontFile, Weight, runs_from_right};
#[cfg(feature = "shaping")]
pub use shaping::fit as shape;
pub use sprite::{Sprite, Sprites};
pub use text::{Block, Job};

use bitmap::Bitmap;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// The longest side of a picture, read or written, in pixels.
pub const MAX_SIDE: u32 = 4096;
/// The most pixels of a picture, read or written. Decoding takes up to 15 bytes for each (a progressive JPEG).
pub const MAX_PIXELS: u64 = 4_500_000;

/// The quality at which JPEGs are written.
const JPEG_QUALITY: u8 = 85;

/// The file formats that every mail client shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Lossless.
    Png,
    /// For photographs; has no transparency.
    Jpeg,
    /// At most 256 colours.
    Gif,
}

impl Format {
    /// The format that a URL's extension (`png`, `jpg`, `jpeg`, `gif`; any case) promises.
    #[must_use]
    pub fn from_extension(extension: &str) -> Option<Self> {
        let is = |name: &str| extension.eq_ignore_ascii_case(name);
        match () {
            () if is("png") => Some(Self::Png),
            () if is("jpg") || is("jpeg") => Some(Self::Jpeg),
            () if is("gif") => Some(Self::Gif),
            () => None,
        }
    }

    /// How its files end.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Gif => "gif",
        }
    }

    /// The `Content-Type`.
    #[must_use]
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
        }
    }
}

/// A colour in sRGB: red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// `#000000`
    pub const BLACK: Self = Self(0, 0, 0);
    /// `#ffffff`
    pub const WHITE: Self = Self(255, 255, 255);

    /// Reads `#rrggbb`, in either case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits =
            text.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let [_, r, g, b] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self(r, g, b))
    }

    /// As `#rrggbb`.
    #[must_use]
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// The colour that lies `part` of `whole` of the way to another.
    fn toward(self, Self(r, g, b): Self, part: u64, whole: u64) -> Self {
        let mix = |from: u8, to: u8| {
            let sum = u64::from(from) * (whole - part) + u64::from(to) * part;
            ((sum + whole / 2) / whole) as u8
        };
        Self(mix(self.0, r), mix(self.1, g), mix(self.2, b))
    }
}

/// What is written over a background: a headline, a line below it and perhaps a button. Empty texts take no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caption<'a> {
    /// Large and bold; one line, or two.
    pub headline: &'a str,
    /// Smaller; one line, or two.
    pub subline: &'a str,
    /// The button's label; one line.
    pub button: Option<&'a str>,
    /// Colour of headline and subline.
    pub ink: Rgb,
    /// Colour of the button; its label is white or black, whichever reads better.
    pub accent: Rgb,
}

impl<'a> Caption<'a> {
    /// Its texts, and how heavy each is drawn.
    #[must_use]
    pub fn texts(&self) -> [(&'a str, Weight); 3] {
        let button = self.button.unwrap_or_default();
        [(self.headline, Weight::Bold), (self.subline, Weight::Regular), (button, Weight::Bold)]
    }
}

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RenderError {
    /// The file is not a PNG, JPEG or GIF.
    Unknown,
    /// The file says it is larger than [`MAX_SIDE`] or [`MAX_PIXELS`] allow.
    TooLarge,
    /// The file is damaged, cut off, or of a kind that isn't read (such as an arithmetic-coded JPEG).
    Corrupt,
    /// The size asked for is 0 or more than [`MAX_SIDE`] or [`MAX_PIXELS`] allow.
    Size,
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("not a PNG, JPEG or GIF file"),
            Self::TooLarge => write!(f, "picture larger than {MAX_SIDE} a side or {MAX_PIXELS} pixels"),
            Self::Corrupt => f.write_str("damaged, incomplete or unsupported picture file"),
            Self::Size => {
                write!(f, "output size is 0, or more than {MAX_SIDE} a side or {MAX_PIXELS} pixels")
            }
        }
    }
}

impl std::error::Error for RenderError {}

/// The smallest file of `format` that shows nothing: one transparent pixel, in JPEG a white one.
#[must_use]
pub const fn pixel(format: Format) -> &'static [u8] {
    match format {
        Format::Png => include_bytes!("pixels/pixel.png"),
        Format::Jpeg => include_bytes!("pixels/pixel.jpg"),
        Format::Gif => include_bytes!("pixels/pixel.gif"),
    }
}

/// The format of a file, by its first bytes.
#[must_use]
pub fn sniff(file: &[u8]) -> Option<Format> {
    match file {
        _ if file.starts_with(png::SIGNATURE) => Some(Format::Png),
        [0xff, 0xd8, 0xff, ..] => Some(Format::Jpeg),
        _ if file.starts_with(b"GIF87a") || file.starts_with(b"GIF89a") => Some(Format::Gif),
        _ => None,
    }
}

/// Whether a file is a TrueType font or a slice of emoji, by its first bytes.
#[must_use]
pub fn is_font(file: &[u8]) -> bool {
    file.starts_with(&[0, 1, 0, 0]) || file.starts_with(emoji::Slice::SIGNATURE)
}

/// Width and height that a file declares, in pixels. Reads only headers.
#[must_use]
pub fn dimensions(file: &[u8]) -> Option<(u32, u32)> {
    match sniff(file)? {
        Format::Png => png::dimensions(file),
        Format::Jpeg => jpeg::dimensions(file),
        Format::Gif => gif::dimensions(file),
    }
}

/// Draws `caption` over `background`: the picture of [`Backdrop::new`] and [`Backdrop::hero`], for once. Nothing is made ready for others,
/// which is quicker; and the colours of a GIF are found for all of it, where those of a background are found without what is drawn on it.
///
/// # Errors
/// As those two.
pub fn hero(
    background: &[u8],
    caption: &Caption<'_>,
    fonts: &Fonts,
    size: (u32, u32),
    format: Format,
) -> Result<Vec<u8>, RenderError> {
    let (width, height) = acceptable(size).ok_or(RenderError::Size)?;
    let shapes = caption::shapes(caption, fonts, width, height);
    if format == Format::Jpeg {
        let mut planes = backdrop::planes(background, (width, height))?;
        shapes.iter().for_each(|shape| planes.blend(shape, 0, 0));
        return Ok(jpeg::encode(&planes, JPEG_QUALITY));
    }
    let mut bitmap = decode(background)?.cover(width, height);
    shapes.iter().for_each(|shape| bitmap.blend(shape));
    encode(&bitmap, format)
}

/// `file` as `format`: itself if it is that already (not checked further, animations kept), else its first frame, written
/// anew; transparency becomes white.
///
/// # Errors
/// A file that isn't readable; see [`hero`].
pub fn convert(file: &[u8], format: Format) -> Result<Cow<'_, [u8]>, RenderError> {
    if sniff(file) == Some(format) {
        return Ok(Cow::Borrowed(file));
    }
    encode(&decode(file)?, format).map(Cow::Owned)
}

fn decode(file: &[u8]) -> Result<Bitmap, RenderError> {
    let bitmap = match declared(file)? {
        (Format::Png, _) => png::decode(file)?,
        (Format::Jpeg, size) => as_declared(jpeg::decode(file)?, size)?,
        (Format::Gif, _) => gif::decode(file)?,
    };
    Ok(bitmap)
}

/// The picture in a file and how far each pixel covers what it lies on, up to 255; `None` when all do.
fn decode_layered(file: &[u8]) -> Result<(Bitmap, Option<Vec<u8>>), RenderError> {
    Ok(match declared(file)? {
        (Format::Png, _) => png::decode_layered(file)?,
        (Format::Jpeg, size) => (as_declared(jpeg::decode(file)?, size)?, None),
        (Format::Gif, _) => gif::decode_layered(file).map(|(bitmap, alpha)| (bitmap, Some(alpha)))?,
    })
}

/// The format and the size that a file declares, if they are acceptable.
fn declared(file: &[u8]) -> Result<(Format, (usize, usize)), RenderError> {
    let format = sniff(file).ok_or(RenderError::Unknown)?;
    let size = dimensions(file).filter(|size| size.0 > 0 && size.1 > 0).ok_or(RenderError::Corrupt)?;
    Ok((format, acceptable(size).ok_or(RenderError::TooLarge)?))
}

/// A decoder of others may read another size than was declared.
fn as_declared(bitmap: Bitmap, size: (usize, usize)) -> Result<Bitmap, RenderError> {
    if (bitmap.width, bitmap.height) == size { Ok(bitmap) } else { Err(RenderError::Corrupt) }
}

fn encode(bitmap: &Bitmap, format: Format) -> Result<Vec<u8>, RenderError> {
    match format {
        Format::Png => Ok(png::encode(bitmap)),
        Format::Jpeg => Ok(jpeg::encode(&jpeg::Planes::of(bitmap), JPEG_QUALITY)),
        Format::Gif => gif::encode(bitmap),
    }
}

fn acceptable((width, height): (u32, u32)) -> Option<(usize, usize)> {
    let sides = (1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height);
    (sides && u64::from(width) * u64::from(height) <= MAX_PIXELS).then_some((width as usize, height as usize))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
