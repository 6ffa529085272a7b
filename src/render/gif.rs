//! GIF89a through the `gif` crate: the first frame read, one frame written.

use super::bitmap::Bitmap;
use super::{RenderError, palette};
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
        None => palette::reduced(bitmap),
    };
    let side = |length: usize| u16::try_from(length).map_err(|_| RenderError::Size);
    let (width, height) = (side(bitmap.width)?, side(bitmap.height)?);
    let frame = Frame { width, height, buffer: indices.into(), ..Frame::default() };
    let mut out = Vec::new();
    Encoder::new(&mut out, width, height, &colors)
        .and_then(|mut encoder| encoder.write_frame(&frame))
        .map_err(|_| RenderError::Size)?;
    Ok(out)
}
