//! The `gif` crate, which is given the frames of our countdown drawn.

use super::{Countdown, SIZE};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen::prelude::wasm_bindgen;

/// The frames of a countdown, drawn, to be written by the `gif` crate.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
pub struct GifCrate {
    palette: Vec<u8>,
    screens: Vec<Vec<u8>>,
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
impl GifCrate {
    /// What our countdown shows.
    ///
    /// # Errors
    /// What the `gif` crate can't read.
    #[cfg_attr(target_arch = "wasm32", wasm_bindgen(constructor))]
    pub fn new() -> Result<Self, String> {
        let file = Countdown::new()?.draw(0)?;
        let told = |error: gif::DecodingError| error.to_string();
        let mut decoder = gif::DecodeOptions::new().read_info(&file[..]).map_err(told)?;
        let palette = decoder.global_palette().unwrap_or_default().to_vec();
        let width = usize::from(decoder.width());
        let mut screen = vec![0; width * usize::from(decoder.height())];
        let mut screens = Vec::new();
        while let Some(frame) = decoder.read_next_frame().map_err(told)? {
            for (y, line) in frame.buffer.chunks_exact(frame.width.into()).enumerate() {
                let start = (usize::from(frame.top) + y) * width + usize::from(frame.left);
                screen[start..start + line.len()].copy_from_slice(line);
            }
            screens.push(screen.clone());
        }
        Ok(Self { palette, screens })
    }

    /// Writes them: the first whole, of each other the rectangle that changed.
    ///
    /// # Errors
    /// What the `gif` crate can't write.
    pub fn write(&self) -> Result<Vec<u8>, String> {
        let told = |error: gif::EncodingError| error.to_string();
        let (width, height) = (SIZE.0 as usize, SIZE.1 as usize);
        let mut out = Vec::new();
        let mut encoder =
            gif::Encoder::new(&mut out, width as u16, height as u16, &self.palette).map_err(told)?;
        let mut last: Option<&Vec<u8>> = None;
        for screen in &self.screens {
            let area = last.map_or([0, 0, width, height], |last| changed(last, screen, width));
            encoder.write_frame(&cut(screen, width, area)).map_err(told)?;
            last = Some(screen);
        }
        drop(encoder);
        Ok(out)
    }
}

/// Left, top, right and bottom of where two screens differ.
fn changed(last: &[u8], screen: &[u8], width: usize) -> [usize; 4] {
    let [mut left, mut top, mut right, mut bottom] = [width, usize::MAX, 0, 0];
    for (y, (a, b)) in last.chunks_exact(width).zip(screen.chunks_exact(width)).enumerate() {
        if a != b {
            (top, bottom) = (top.min(y), y + 1);
            left = left.min(a.iter().zip(b).position(|(a, b)| a != b).unwrap_or(width));
            right = right.max(a.iter().zip(b).rposition(|(a, b)| a != b).map_or(0, |x| x + 1));
        }
    }
    [left, top, right, bottom]
}

fn cut(screen: &[u8], width: usize, [left, top, right, bottom]: [usize; 4]) -> gif::Frame<'static> {
    let rows = screen.chunks_exact(width).take(bottom).skip(top);
    let buffer: Vec<u8> = rows.flat_map(|row| &row[left..right]).copied().collect();
    gif::Frame {
        delay: 100,
        left: left as u16,
        top: top as u16,
        width: (right - left) as u16,
        height: (bottom - top) as u16,
        buffer: buffer.into(),
        ..gif::Frame::default()
    }
}
