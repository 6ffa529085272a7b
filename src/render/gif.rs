//! GIF89a through the `gif` crate: the first frame read, one frame written. [`Spliced`] is a picture whose palette is found, to be drawn on.

use super::RenderError;
use super::bitmap::{Bitmap, Shape};
use super::palette::{self, Colors, MOST};
use gif::{ColorOutput, DecodeOptions, Encoder, Frame, MemoryLimit};
use std::num::NonZeroU64;

/// Width and height of the logical screen.
pub fn dimensions(data: &[u8]) -> Option<(u32, u32)> {
    let [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', w0, w1, h0, h1, ..] = data else { return None };
    Some((u16::from_le_bytes([*w0, *w1]).into(), u16::from_le_bytes([*h0, *h1]).into()))
}

/// The first frame of `data` on a white screen. The caller has found the declared dimensions acceptable.
pub fn decode(data: &[u8]) -> Result<Bitmap, RenderError> {
    decode_layered(data).map(|(bitmap, _)| bitmap)
}

/// The first frame of `data` on a white screen, and which pixels of the screen it covers: with 255, the others with 0.
pub fn decode_layered(data: &[u8]) -> Result<(Bitmap, Vec<u8>), RenderError> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    options.set_memory_limit(
        NonZeroU64::new(4 * super::MAX_PIXELS).map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes),
    );
    let mut decoder = options.read_info(data).map_err(|_| RenderError::Corrupt)?;
    let (width, height) = (usize::from(decoder.width()), usize::from(decoder.height()));
    let frame = decoder.read_next_frame().ok().flatten().ok_or(RenderError::Corrupt)?;
    let mut bitmap = Bitmap { width, height, rgb: vec![255; width * height * 3] };
    let mut alpha = vec![0; width * height];
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    for (y, line) in frame.buffer.chunks_exact(usize::from(frame.width).max(1) * 4).enumerate() {
        let Some(row) = bitmap.rgb.chunks_exact_mut(width * 3).nth(top + y) else { break };
        let cover = alpha[(top + y) * width..].iter_mut();
        for ((target, cover), pixel) in
            row.chunks_exact_mut(3).zip(cover).skip(left).zip(line.chunks_exact(4))
        {
            if pixel[3] != 0 {
                target.copy_from_slice(&pixel[..3]);
                *cover = 255;
            }
        }
    }
    Ok((bitmap, alpha))
}

/// `bitmap` as a GIF of one frame; more than 256 colours are reduced.
pub fn encode(bitmap: &Bitmap) -> Result<Vec<u8>, RenderError> {
    let (colors, indices) = match palette::exact(bitmap) {
        Some((colors, indices)) => (colors.bytes(), indices),
        None => palette::reduced(&bitmap.rgb, MOST),
    };
    written(bitmap, &colors, indices)
}

/// A file of these colours, three bytes each, and the pixels of `bitmap` as their indices.
fn written(bitmap: &Bitmap, colors: &[u8], indices: Vec<u8>) -> Result<Vec<u8>, RenderError> {
    let side = |length: usize| u16::try_from(length).map_err(|_| RenderError::Size);
    let (width, height) = (side(bitmap.width)?, side(bitmap.height)?);
    let frame = Frame { width, height, buffer: indices.into(), ..Frame::default() };
    let mut out = Vec::new();
    Encoder::new(&mut out, width, height, colors)
        .and_then(|mut encoder| encoder.write_frame(&frame))
        .map_err(|_| RenderError::Size)?;
    Ok(out)
}

/// How many colours are kept for what is drawn over a picture.
const KEPT: usize = 48;

/// A picture in few enough colours that those of what is drawn over it find room: finding them takes most of the time that a GIF does.
#[derive(Clone, Debug, PartialEq)]
pub struct Spliced {
    bitmap: Bitmap,
    colors: Colors,
    indices: Vec<u8>,
}

impl Spliced {
    /// Finds the colours of a picture.
    pub fn of(bitmap: Bitmap) -> Self {
        Self::read(bitmap).unwrap_or_else(|bitmap| {
            let (palette, indices) = palette::reduced(&bitmap.rgb, MOST - KEPT);
            let (palette, _) = palette.as_chunks::<3>();
            let color = |index: &u8| palette.get(usize::from(*index)).copied().unwrap_or_default();
            let rgb = indices.iter().flat_map(color).collect();
            let bitmap = Bitmap { rgb, ..bitmap };
            let (colors, indices) = palette::exact(&bitmap).unwrap_or_else(|| (Colors::new(), indices));
            Self { bitmap, colors, indices }
        })
    }

    /// A picture that has few enough colours already.
    ///
    /// # Errors
    /// With the picture if it has more.
    pub fn read(bitmap: Bitmap) -> Result<Self, Bitmap> {
        match palette::exact(&bitmap).filter(|(colors, _)| colors.len() <= MOST - KEPT) {
            Some((colors, indices)) => Ok(Self { bitmap, colors, indices }),
            None => Err(bitmap),
        }
    }

    /// The picture.
    pub fn bitmap(&self) -> &Bitmap {
        &self.bitmap
    }

    /// How many bytes it takes in memory, about.
    pub fn weight(&self) -> usize {
        self.bitmap.rgb.len() + self.indices.len()
    }

    /// The picture with shapes on it, as a file. What they change has colours of its own, exact ones if there are few.
    pub fn with(&self, shapes: &[Shape]) -> Result<Vec<u8>, RenderError> {
        let mut bitmap = self.bitmap.clone();
        shapes.iter().for_each(|shape| bitmap.blend(shape));
        let changed = self.changed(&bitmap);
        // a picture that is another as a whole gets the colours that suit it
        if 4 * changed.len() > self.indices.len() {
            return encode(&bitmap);
        }
        let rgb: Vec<u8> = changed.iter().flat_map(|at| bitmap.rgb[3 * at..3 * at + 3].to_vec()).collect();
        let mut colors = self.colors.clone();
        let (palette, drawn) = match colors.indices(&rgb) {
            Some(indices) => (colors.bytes(), indices),
            None => {
                let (more, indices) = palette::reduced(&rgb, MOST - self.colors.len());
                let first = self.colors.len() as u8;
                let indices = indices.into_iter().map(|index| first.wrapping_add(index)).collect();
                ([self.colors.bytes(), more].concat(), indices)
            }
        };
        let mut indices = self.indices.clone();
        for (at, index) in changed.into_iter().zip(drawn) {
            indices[at] = index;
        }
        written(&bitmap, &palette, indices)
    }

    /// The pixels in which a picture of the same size differs.
    fn changed(&self, other: &Bitmap) -> Vec<usize> {
        let width = self.bitmap.width;
        let rows = self.bitmap.rgb.chunks_exact(3 * width).zip(other.rgb.chunks_exact(3 * width));
        let rows = rows.enumerate().filter(|(_, (old, new))| old != new);
        let pixels = rows.flat_map(|(y, (old, new))| {
            let pixels = old.chunks_exact(3).zip(new.chunks_exact(3)).enumerate();
            pixels.filter(|(_, (old, new))| old != new).map(move |(x, _)| y * width + x)
        });
        pixels.collect()
    }
}
