//! Pixels in memory: cutting a background to size, blending shapes over it.

use super::Rgb;

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

    /// Lays a shape over the picture.
    pub fn blend(&mut self, Shape { mask, paint, clip }: &Shape) {
        let full = u32::from(Mask::FULL);
        let color = |at: usize| match paint {
            Paint::Color(Rgb(r, g, b)) => [*r, *g, *b],
            Paint::Pixels(pixels) => {
                pixels.get(3 * at..).and_then(|p| p.first_chunk()).copied().unwrap_or_default()
            }
        };
        let (columns, rows) = (self.width as i32, self.height as i32);
        for (row, line) in mask.coverage.chunks_exact(mask.width).enumerate() {
            let y = mask.top + row as i32;
            if y < clip.top.max(0) || y >= clip.bottom.min(rows) {
                continue;
            }
            for (column, coverage) in line.iter().enumerate() {
                let x = mask.left + column as i32;
                if *coverage == 0 || x < clip.left.max(0) || x >= clip.right.min(columns) {
                    continue;
                }
                let at = (y as usize * self.width + x as usize) * 3;
                let ink = u32::from(*coverage);
                for (under, over) in self.rgb[at..at + 3].iter_mut().zip(color(row * mask.width + column)) {
                    let mixed = u32::from(*under) * (full - ink) + u32::from(over) * ink;
                    *under = ((mixed + full / 2) / full) as u8;
                }
            }
        }
    }
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
