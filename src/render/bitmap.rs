//! Pixels in memory: cutting a background to size, blending shapes over it.

use super::Rgb;
use std::ops::Range;

/// An opaque picture, 8 bits a channel, sRGB. Invariant: `rgb.len() == 3 * width * height`, and neither side is 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bitmap {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Rows from the top, three bytes a pixel.
    pub rgb: Vec<u8>,
}

/// A rectangle of whole pixels: `left <= x < right`, `top <= y < bottom`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    /// First column inside.
    pub left: i32,
    /// First row inside.
    pub top: i32,
    /// First column outside.
    pub right: i32,
    /// First row outside.
    pub bottom: i32,
}

/// A shape: how far each pixel is covered, from 0 to [`Mask::FULL`].
pub struct Mask {
    /// Column of the first pixel in the picture.
    pub left: i32,
    /// Row of the first pixel in the picture.
    pub top: i32,
    /// Pixels in a row; at least 1.
    pub width: usize,
    /// Rows from the top.
    pub coverage: Vec<u8>,
}

/// What a shape is drawn in.
pub enum Paint {
    /// One colour.
    Color(Rgb),
    /// A colour for each pixel of the mask, three bytes each.
    Pixels(Vec<u8>),
}

impl Paint {
    /// The colour of a pixel of the mask.
    #[inline]
    fn at(&self, pixel: usize) -> Rgb {
        match self {
            Self::Color(color) => *color,
            Self::Pixels(pixels) => match pixels.get(3 * pixel..) {
                Some([red, green, blue, ..]) => Rgb(*red, *green, *blue),
                _ => Rgb::BLACK,
            },
        }
    }
}

/// A mask in its colours, of which only what lies in a rectangle is drawn.
pub struct Shape {
    /// Where it covers.
    pub mask: Mask,
    /// What it is drawn in.
    pub paint: Paint,
    /// Nothing is drawn outside.
    pub clip: Rect,
}

impl Shape {
    /// The pixels that it may change.
    pub fn bounds(&self) -> Rect {
        let rows = self.mask.coverage.len() / self.mask.width;
        Rect {
            left: self.mask.left.max(self.clip.left),
            top: self.mask.top.max(self.clip.top),
            right: (self.mask.left + self.mask.width as i32).min(self.clip.right),
            bottom: (self.mask.top + rows as i32).min(self.clip.bottom),
        }
    }

    /// What it covers of each row, where it covers any: from the first pixel to the last.
    pub fn inked_rows(&self) -> impl Iterator<Item = Rect> {
        let bounds = self.bounds();
        let columns =
            (bounds.left - self.mask.left).max(0) as usize..(bounds.right - self.mask.left).max(0) as usize;
        (bounds.top..bounds.bottom).filter_map(move |y| {
            let row =
                &self.mask.coverage[(y - self.mask.top) as usize * self.mask.width..][..self.mask.width];
            let row = row.get(columns.clone())?;
            let inked = |ink: &u8| *ink > 0;
            let (first, last) = (row.iter().position(inked)? as i32, row.iter().rposition(inked)? as i32);
            Some(Rect { left: bounds.left + first, top: y, right: bounds.left + last + 1, bottom: y + 1 })
        })
    }
}

impl Mask {
    /// Complete coverage. So few steps that text on a flat ground stays within a palette; more can't be seen.
    pub const FULL: u8 = 63;
}

impl Bitmap {
    /// The picture whose pixel in a column and row `color` tells.
    pub fn drawn(width: usize, height: usize, color: impl Fn(usize, usize) -> Rgb) -> Self {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let rgb = pixels.map(|(x, y)| color(x, y)).flat_map(|Rgb(r, g, b)| [r, g, b]).collect();
        Self { width, height, rgb }
    }

    /// The picture at `width` × `height`, filling it: scaled in proportion, what sticks out cut evenly from both sides.
    pub fn cover(self, width: usize, height: usize) -> Self {
        if (self.width, self.height) == (width, height) {
            return self;
        }
        let scale = (self.width as f32 / width as f32).min(self.height as f32 / height as f32);
        let columns = taps(self.width, width, scale);
        let rows = taps(self.height, height, scale);
        let narrow = self.resample_rows(&columns);
        narrow.resample_columns(&rows)
    }

    fn resample_rows(&self, columns: &[Taps]) -> Self {
        let mut rgb = Vec::with_capacity(columns.len() * self.height * 3);
        for row in self.rgb.chunks_exact(self.width * 3) {
            for taps in columns {
                let pixels = row[taps.first * 3..].chunks_exact(3);
                let mut sum = [0.5; 3];
                for (pixel, weight) in pixels.zip(&taps.weights) {
                    for (total, channel) in sum.iter_mut().zip(pixel) {
                        *total += weight * f32::from(*channel);
                    }
                }
                rgb.extend(sum.map(|v| v as u8));
            }
        }
        Self { width: columns.len(), height: self.height, rgb }
    }

    fn resample_columns(&self, rows: &[Taps]) -> Self {
        let stride = self.width * 3;
        let mut rgb = Vec::with_capacity(rows.len() * stride);
        let mut sums = vec![0.0; stride];
        for taps in rows {
            sums.fill(0.5);
            let lines = self.rgb[taps.first * stride..].chunks_exact(stride);
            for (line, weight) in lines.zip(&taps.weights) {
                for (sum, channel) in sums.iter_mut().zip(line) {
                    *sum += weight * f32::from(*channel);
                }
            }
            rgb.extend(sums.iter().map(|v| *v as u8));
        }
        Self { width: self.width, height: rows.len(), rgb }
    }

    /// The first `width` columns of some rows.
    pub fn part(&self, rows: Range<usize>, width: usize) -> Self {
        let mut rgb = Vec::with_capacity(3 * width * rows.len());
        let lines = self.rgb.chunks_exact(3 * self.width).take(rows.end).skip(rows.start);
        lines.for_each(|line| rgb.extend_from_slice(&line[..3 * width]));
        Self { width, height: rows.len(), rgb }
    }

    /// Lays a shape over the picture.
    pub fn blend(&mut self, shape: &Shape) {
        self.blend_within(shape, Rect { left: 0, top: 0, right: i32::MAX, bottom: i32::MAX }, 0);
    }

    /// Lays the part of a shape that lies in `area` over the picture, whose first row is row `top` of the one that both are told in.
    pub fn blend_within(&mut self, shape: &Shape, area: Rect, top: i32) {
        let mask = &shape.mask;
        let (columns, rows) = (self.width as i32, self.height as i32);
        for inked in shape.inked_rows() {
            let (left, right) = (inked.left.max(area.left).max(0), inked.right.min(area.right).min(columns));
            if left >= right || inked.top < area.top.max(top) || inked.top >= area.bottom.min(top + rows) {
                continue;
            }
            let start = (inked.top - mask.top) as usize * mask.width;
            let line = &mask.coverage[start..start + mask.width];
            let line = &line[(left - mask.left) as usize..(right - mask.left) as usize];
            let at = 3 * ((inked.top - top) as usize * self.width + left as usize);
            let (pixels, _) = self.rgb[at..at + 3 * line.len()].as_chunks_mut();
            if let Paint::Color(color) = &shape.paint {
                for (pixel, ink) in pixels.iter_mut().zip(line) {
                    match *ink {
                        0 => {}
                        Mask::FULL => *pixel = [color.0, color.1, color.2],
                        ink => lay(pixel, *color, ink),
                    }
                }
                continue;
            }
            let first = start + (left - mask.left) as usize;
            for (i, (pixel, ink)) in pixels.iter_mut().zip(line).enumerate() {
                if *ink > 0 {
                    lay(pixel, shape.paint.at(first + i), *ink);
                }
            }
        }
    }
}

#[inline]
fn lay([red, green, blue]: &mut [u8; 3], over: Rgb, ink: u8) {
    *red = mixed(*red, over.0, ink);
    *green = mixed(*green, over.1, ink);
    *blue = mixed(*blue, over.2, ink);
}

/// `ink` parts of `over` and the rest of `under`, of [`Mask::FULL`] parts, rounded.
#[inline]
pub fn mixed(under: u8, over: u8, ink: u8) -> u8 {
    const FULL: u16 = Mask::FULL as u16;
    let ink = u16::from(ink);
    let sum = u16::from(under) * (FULL - ink) + u16::from(over) * ink + FULL / 2;
    // divides by 63 and leaves compilers a vector: exact for all sums that there are
    ((u32::from(sum) * 16_645) >> 20) as u8
}

/// The source pixels that make one target pixel, and their weights, which add up to 1.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

/// A triangle filter as wide as the scale (never narrower than a source pixel): averages when shrinking, bilinear when
/// growing. The middle `scale · target` of the source is used.
fn taps(source: usize, target: usize, scale: f32) -> Vec<Taps> {
    let start = (source as f32 - target as f32 * scale) / 2.0;
    let reach = scale.max(1.0);
    let tap = |i: usize| {
        let center = start + (i as f32 + 0.5) * scale;
        let first = ((center - reach).max(0.0) as usize).min(source - 1);
        let end = ((center + reach).ceil() as usize).clamp(first + 1, source);
        let weight = |x: usize| (1.0 - (x as f32 + 0.5 - center).abs() / reach).max(0.0);
        let weights: Vec<f32> = (first..end).map(weight).collect();
        let sum: f32 = weights.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        Taps { first, weights: weights.into_iter().map(|w| w / sum).collect() }
    };
    (0..target).map(tap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixing_rounds_exactly() {
        let full = u32::from(Mask::FULL);
        for (under, over) in (0..=255).flat_map(|under| (0..=255).map(move |over| (under, over))) {
            for ink in 0..=Mask::FULL {
                let [below, above, part] = [under, over, ink].map(u32::from);
                let exact = (below * (full - part) + above * part + full / 2) / full;
                assert_eq!(u32::from(mixed(under, over, ink)), exact);
            }
        }
    }
}
