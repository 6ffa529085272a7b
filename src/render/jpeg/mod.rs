//! JPEG (ITU-T T.81): reading through `zune-jpeg`, writing by a baseline encoder of our own.
//!
//! The encoder is baseline, 4:2:0, with the tables of annex K: every mail client reads that. Its arithmetic is additions and
//! multiplications of `f32` and `i32` only, so its bytes are the same on every platform. [`encode`] writes a whole picture; [`Spliced`] one of
//! which a part is drawn anew each time.

mod encode;
mod lanes;
mod planes;
mod spliced;
mod tables;

pub use encode::encode;
pub use planes::Planes;
pub use spliced::Spliced;

use super::bitmap::Bitmap;
use super::{MAX_SIDE, RenderError};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Width and height as declared in the frame header.
pub fn dimensions(data: &[u8]) -> Option<(u32, u32)> {
    let mut rest = data.strip_prefix(b"\xff\xd8")?;
    loop {
        let [0xff, marker, high, low, after @ ..] = rest else { return None };
        match marker {
            0xff => rest = rest.get(1..)?, // a fill byte
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let [_depth, h1, h0, w1, w0, ..] = after else { return None };
                return Some((u16::from_be_bytes([*w1, *w0]).into(), u16::from_be_bytes([*h1, *h0]).into()));
            }
            _ => rest = rest.get(2 + usize::from(u16::from_be_bytes([*high, *low]))..)?,
        }
    }
}

/// The picture in `data`, whose declared dimensions the caller has found acceptable. Baseline and progressive; grey, YCbCr,
/// CMYK.
pub fn decode(data: &[u8]) -> Result<Bitmap, RenderError> {
    let (width, height, rgb) = samples(reader(data, ColorSpace::RGB))?;
    Ok(Bitmap { width, height, rgb })
}

/// The same as it is coded, if that is luma, blue and red: making colours of these and back would take time and precision.
pub fn decode_planes(data: &[u8]) -> Result<Option<Planes>, RenderError> {
    let mut decoder = reader(data, ColorSpace::YCbCr);
    decoder.decode_headers().map_err(|_| RenderError::Corrupt)?;
    if decoder.input_colorspace() != Some(ColorSpace::YCbCr) {
        return Ok(None);
    }
    let (width, height, samples) = samples(decoder)?;
    Ok(Some(Planes::of_samples(width, height, &samples)))
}

fn reader(data: &[u8], colors: ColorSpace) -> JpegDecoder<ZCursor<&[u8]>> {
    let options = DecoderOptions::new_safe()
        .set_strict_mode(true)
        .set_max_width(MAX_SIDE as usize)
        .set_max_height(MAX_SIDE as usize)
        .jpeg_set_out_colorspace(colors);
    JpegDecoder::new_with_options(ZCursor::new(data), options)
}

/// Width, height, and three samples a pixel.
fn samples(mut decoder: JpegDecoder<ZCursor<&[u8]>>) -> Result<(usize, usize, Vec<u8>), RenderError> {
    let samples = decoder.decode().map_err(|_| RenderError::Corrupt)?;
    let (width, height) = decoder.dimensions().ok_or(RenderError::Corrupt)?;
    let whole = samples.len() == width * height * 3 && !samples.is_empty();
    if whole { Ok((width, height, samples)) } else { Err(RenderError::Corrupt) }
}
