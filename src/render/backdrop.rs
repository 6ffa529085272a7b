//! A background made ready: read, cut to size and coded once, so that a caption costs no more than what it covers.
//!
//! A [`Backdrop`] is made when a campaign is published or its first mail is opened ([`Backdrop::new`], tens of milliseconds), kept as bytes
//! ([`Backdrop::to_bytes`]), and drawn on at every open ([`Backdrop::hero`], a few). Bytes are input like any other: [`Backdrop::parse`] checks what they say.

use super::bitmap::{Bitmap, Rect, Shape};
use super::composition::{Composition, Part};
use super::{
    Caption, Fonts, Format, JPEG_QUALITY, RenderError, Sprites, acceptable, caption, declared, decode, gif,
    jpeg, png,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A background at the size and in the format of what is drawn on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Backdrop(Ground);

#[derive(Clone, Debug, PartialEq)]
enum Ground {
    Jpeg(jpeg::Spliced),
    Png(png::Spliced),
    Gif(gif::Spliced),
}

/// The first byte: to be raised whenever other bytes, or other pixels of the same bytes, are written.
const VERSION: u8 = 3;

/// A [`Ground`] as bytes.
#[derive(Serialize, Deserialize)]
enum Kept<'a> {
    Jpeg(Cow<'a, jpeg::Spliced>),
    /// A PNG file.
    Pixels(#[serde(with = "super::bytes")] Vec<u8>),
    /// A PNG file, and how it is drawn on.
    Woven(#[serde(with = "super::bytes")] Vec<u8>, Cow<'a, png::Woven>),
}

impl Backdrop {
    /// Makes a background ready. `background` is a PNG, JPEG or GIF file (transparency becomes white); `size` is width and height of the output in pixels (twice those
    /// that the mail's `width` attribute names). A background of another size is scaled to fill it and cut evenly.
    ///
    /// # Errors
    /// A background that isn't readable ([`RenderError::Unknown`], [`RenderError::Corrupt`], [`RenderError::TooLarge`]) and an impossible size
    /// ([`RenderError::Size`]).
    pub fn new(background: &[u8], size: (u32, u32), format: Format) -> Result<Self, RenderError> {
        let (width, height) = acceptable(size).ok_or(RenderError::Size)?;
        let area = caption::column(width, height);
        if format == Format::Jpeg {
            let planes = planes(background, (width, height))?;
            return Ok(Self(Ground::Jpeg(jpeg::Spliced::of(&planes, area, JPEG_QUALITY))));
        }
        Ok(Self::of(decode(background)?.cover(width, height), area, format))
    }

    /// Makes what is the same for everybody of a composition ready. `file` is its stored background, if it has one, and `sprites` are its images.
    ///
    /// # Errors
    /// As [`Backdrop::new`].
    pub fn base(
        composition: &Composition,
        file: Option<&[u8]>,
        sprites: &Sprites,
        fonts: &Fonts,
        size: (u32, u32),
        format: Format,
    ) -> Result<Self, RenderError> {
        let mut bitmap = composition.background.bitmap(file, size)?;
        let (width, height) = (bitmap.width, bitmap.height);
        composition
            .shapes(Part::Fixed, sprites, fonts, width, height)
            .iter()
            .for_each(|shape| bitmap.blend(shape));
        Ok(Self::of(bitmap, composition.area(width, height), format))
    }

    /// Shapes may come within `area`.
    pub(super) fn of(bitmap: Bitmap, area: Rect, format: Format) -> Self {
        Self(match format {
            Format::Jpeg => Ground::Jpeg(jpeg::Spliced::of(&jpeg::Planes::of(&bitmap), area, JPEG_QUALITY)),
            Format::Png => Ground::Png(png::Spliced::of(bitmap, area)),
            Format::Gif => Ground::Gif(gif::Spliced::of(bitmap)),
        })
    }

    /// As bytes, to be kept.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let kept = match &self.0 {
            Ground::Jpeg(spliced) => Kept::Jpeg(Cow::Borrowed(spliced)),
            Ground::Png(spliced) => match spliced.woven() {
                Some(woven) => Kept::Woven(spliced.with(&[]), Cow::Borrowed(woven)),
                None => Kept::Pixels(spliced.with(&[])),
            },
            Ground::Gif(spliced) => Kept::Pixels(png::encode(spliced.bitmap())),
        };
        postcard::to_extend(&kept, vec![VERSION]).unwrap_or_default()
    }

    /// Reads what [`Backdrop::to_bytes`] wrote of a background of this size and format, for captions; `None` if it is anything else.
    #[must_use]
    pub fn parse(bytes: &[u8], size: (u32, u32), format: Format) -> Option<Self> {
        Self::read(bytes, size, format, caption::column)
    }

    /// The same for what is drawn of a composition.
    #[must_use]
    pub fn parse_base(
        bytes: &[u8],
        composition: &Composition,
        size: (u32, u32),
        format: Format,
    ) -> Option<Self> {
        Self::read(bytes, size, format, |width, height| composition.area(width, height))
    }

    fn read(
        bytes: &[u8],
        size: (u32, u32),
        format: Format,
        area: impl FnOnce(usize, usize) -> Rect,
    ) -> Option<Self> {
        let (width, height) = acceptable(size)?;
        let area = area(width, height);
        let pixels = |file: &[u8]| {
            // its own: with the decoders of other formats, what an open needs would be a third larger
            png::dimensions(file).filter(|declared| *declared == size)?;
            png::decode(file).ok()
        };
        let ground = match (postcard::from_bytes(bytes.strip_prefix(&[VERSION])?).ok()?, format) {
            (Kept::Jpeg(spliced), Format::Jpeg) => {
                let sound = spliced.is_sound(width, height, area);
                Ground::Jpeg(sound.then(|| spliced.into_owned())?)
            }
            (Kept::Pixels(file), Format::Gif) => Ground::Gif(gif::Spliced::read(pixels(&file)?).ok()?),
            (Kept::Pixels(file), Format::Png) => Ground::Png(png::Spliced::of(pixels(&file)?, area)),
            (Kept::Woven(file, woven), Format::Png) => {
                Ground::Png(png::Spliced::rejoined(pixels(&file)?, area, woven.into_owned())?)
            }
            _ => return None,
        };
        Some(Self(ground))
    }

    /// How many bytes it takes in memory, about.
    #[must_use]
    pub fn weight(&self) -> usize {
        match &self.0 {
            Ground::Jpeg(spliced) => spliced.weight(),
            Ground::Png(spliced) => spliced.weight(),
            Ground::Gif(spliced) => spliced.weight(),
        }
    }

    /// The picture with `caption` on it, drawn with `fonts`. The caption stands in a column at the left, inside a margin of 6 % and ending at 58 % of the width, centred from top to
    /// bottom; nothing is drawn elsewhere. A caption that begins at the right (Arabic, Hebrew) stands at the column's right edge. Text that doesn't fit shrinks, then wraps, then ends in an ellipsis.
    ///
    /// # Errors
    /// [`RenderError::Size`] if the format can't hold a picture of this size.
    pub fn hero(&self, caption: &Caption<'_>, fonts: &Fonts) -> Result<Vec<u8>, RenderError> {
        let (width, height) = self.size();
        self.with(&caption::shapes(caption, fonts, width, height))
    }

    /// The picture with the layers of a composition that aren't the same for everybody.
    ///
    /// # Errors
    /// As [`Backdrop::hero`].
    pub fn compose(
        &self,
        composition: &Composition,
        sprites: &Sprites,
        fonts: &Fonts,
    ) -> Result<Vec<u8>, RenderError> {
        let (width, height) = self.size();
        self.with(&composition.shapes(Part::Live, sprites, fonts, width, height))
    }

    fn size(&self) -> (usize, usize) {
        match &self.0 {
            Ground::Jpeg(spliced) => spliced.size(),
            Ground::Png(spliced) => (spliced.bitmap().width, spliced.bitmap().height),
            Ground::Gif(spliced) => (spliced.bitmap().width, spliced.bitmap().height),
        }
    }

    fn with(&self, shapes: &[Shape]) -> Result<Vec<u8>, RenderError> {
        match &self.0 {
            Ground::Jpeg(spliced) => Ok(spliced.with(shapes, JPEG_QUALITY)),
            Ground::Png(spliced) => Ok(spliced.with(shapes)),
            Ground::Gif(spliced) => spliced.with(shapes),
        }
    }
}

/// A background at a size, as a JPEG is coded from it: one that is a JPEG of that size never becomes colours.
pub(super) fn planes(
    background: &[u8],
    (width, height): (usize, usize),
) -> Result<jpeg::Planes, RenderError> {
    if declared(background)? == (Format::Jpeg, (width, height))
        && let Some(planes) = jpeg::decode_planes(background)?
    {
        return if planes.fit(width, height) { Ok(planes) } else { Err(RenderError::Corrupt) };
    }
    Ok(jpeg::Planes::of(&decode(background)?.cover(width, height)))
}
