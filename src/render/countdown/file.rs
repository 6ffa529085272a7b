//! The parts of an animated GIF (GIF89a): what stands around the image data.

use super::super::Rgb;
use super::super::bitmap::Rect;

/// The bits that name one of `colors` colours, at least the 2 that LZW needs.
pub fn bits(colors: usize) -> u8 {
    (colors.next_power_of_two().trailing_zeros() as u8).clamp(2, 8)
}

/// Begins a file of `width` × `height` with one palette for all its frames. Without the extension that says otherwise, the
/// animation plays once and stays at its last frame.
pub fn begin(width: usize, height: usize, palette: &[Rgb]) -> Vec<u8> {
    const OWN_PALETTE: u8 = 0x80;
    const EIGHT_BITS_A_CHANNEL: u8 = 0x70;
    let bits = bits(palette.len());
    let mut out = b"GIF89a".to_vec();
    out.extend(side(width));
    out.extend(side(height));
    out.extend([OWN_PALETTE | EIGHT_BITS_A_CHANNEL | (bits - 1), 0, 0]);
    let padding = std::iter::repeat(&Rgb::BLACK);
    out.extend(palette.iter().chain(padding).take(1 << bits).flat_map(|c| [c.0, c.1, c.2]));
    out
}

/// Begins a frame that covers `area`, stays for `delay` hundredths of a second and is kept below the next one. The image data
/// follows.
pub fn frame(out: &mut Vec<u8>, area: Rect, delay: u16) {
    const KEEP: u8 = 1 << 2;
    let [d0, d1] = delay.to_le_bytes();
    out.extend([0x21, 0xf9, 4, KEEP, d0, d1, 0, 0]);
    out.push(0x2c);
    for length in [area.left, area.top, area.right - area.left, area.bottom - area.top] {
        out.extend(side(length as usize));
    }
    out.push(0);
}

/// Ends the file.
pub fn end(out: &mut Vec<u8>) {
    out.push(0x3b);
}

/// A length as GIF writes it. No picture is longer than [`super::super::MAX_SIDE`].
fn side(length: usize) -> [u8; 2] {
    (length as u16).to_le_bytes()
}
