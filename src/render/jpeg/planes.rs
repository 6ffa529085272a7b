//! A picture as JPEG codes it: luma in full, chroma at half the width and height.

use super::super::Rgb;
use super::super::bitmap::{Bitmap, Mask, Paint, Shape};
use serde::{Deserialize, Serialize};

/// The side of the squares that are coded together: four blocks of luma and one of each chroma.
pub const UNIT: usize = 16;

/// One component's samples. Invariant: `samples.len() == width * height`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plane {
    /// Samples in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Rows from the top.
    pub samples: Vec<u8>,
}

/// Luma, blue and red.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planes {
    /// Luma in full.
    pub luma: Plane,
    /// Blue and red at half the width and height, rounded up.
    pub chroma: [Plane; 2],
}

/// A block of samples around 0, row by row.
pub type Block = [[f32; 8]; 8];

impl Plane {
    /// Block (`x`, `y`) of 8 × 8 samples; beyond the edges the last sample goes on.
    pub fn block(&self, x: usize, y: usize) -> Block {
        let mut block = [[0.0; 8]; 8];
        for (row, line) in block.iter_mut().enumerate() {
            let start = (8 * y + row).min(self.height - 1) * self.width;
            if let Some(samples) = self.samples[start..start + self.width].get(8 * x..8 * x + 8) {
                line.iter_mut().zip(samples).for_each(|(value, sample)| *value = f32::from(*sample) - 128.0);
            } else {
                for (column, value) in line.iter_mut().enumerate() {
                    *value = f32::from(self.samples[start + (8 * x + column).min(self.width - 1)]) - 128.0;
                }
            }
        }
        block
    }

    /// The part from column `left` and row `top` on, at most `width` × `height`.
    fn cut(&self, left: usize, top: usize, width: usize, height: usize) -> Self {
        let (right, bottom) = ((left + width).min(self.width), (top + height).min(self.height));
        let rows = self.samples.chunks_exact(self.width).take(bottom).skip(top);
        let samples = rows.flat_map(|row| &row[left..right]).copied().collect();
        Self { width: right - left, height: bottom - top, samples }
    }
}

impl Planes {
    /// The conversion of JFIF 1.02 (ITU-R BT.601, full range), in 16-bit fixed point.
    pub fn of(bitmap: &Bitmap) -> Self {
        let luma = bitmap.rgb.chunks_exact(3).map(|p| luma(channels(p)));
        let luma = Plane { width: bitmap.width, height: bitmap.height, samples: luma.collect() };
        let (width, height) = (bitmap.width.div_ceil(2), bitmap.height.div_ceil(2));
        let mut blue = Vec::with_capacity(width * height);
        let mut red = Vec::with_capacity(width * height);
        let stride = bitmap.width * 3;
        for pair in bitmap.rgb.chunks(2 * stride) {
            let (upper, lower) = pair.split_at(stride);
            let lower = if lower.is_empty() { upper } else { lower };
            for (above, below) in upper.chunks(6).zip(lower.chunks(6)) {
                let [b, r] = chroma(four(above, below), 18);
                blue.push(b);
                red.push(r);
            }
        }
        Self { luma, chroma: [blue, red].map(|samples| Plane { width, height, samples }) }
    }

    /// The part from unit (`left`, `top`) on, at most `width` × `height` units.
    pub fn cut(&self, [left, top, width, height]: [usize; 4]) -> Self {
        let half = UNIT / 2;
        let chroma = |plane: &Plane| plane.cut(half * left, half * top, half * width, half * height);
        Self {
            luma: self.luma.cut(UNIT * left, UNIT * top, UNIT * width, UNIT * height),
            chroma: self.chroma.each_ref().map(chroma),
        }
    }

    /// Whether they are those of a picture of `width` × `height`.
    pub fn fit(&self, width: usize, height: usize) -> bool {
        let fits = |plane: &Plane, width: usize, height: usize| {
            (plane.width, plane.height) == (width, height) && plane.samples.len() == width * height
        };
        let half = |plane: &Plane| fits(plane, width.div_ceil(2), height.div_ceil(2));
        fits(&self.luma, width, height) && self.chroma.iter().all(half)
    }

    /// Lays a shape over the picture, whose first sample is pixel (`left`, `top`) of the picture that the shape is told in; both are even.
    pub fn blend(&mut self, shape: &Shape, left: i32, top: i32) {
        let mask = &shape.mask;
        let clip = shape.clip;
        let color = match &shape.paint {
            Paint::Color(color) => *color,
            Paint::Pixels(pixels) => return self.blend_pixels(shape, pixels, left, top),
        };
        let (columns, rows) = (self.luma.width as i32, self.luma.height as i32);
        let luma = i32::from(luma(color.channels()));
        let tints = chroma(color.channels(), 16).map(i32::from);
        let full = i32::from(Mask::FULL);
        // how far each sample of chroma is covered, of four times full; a row of them at a time
        let mut cover = vec![0; self.chroma[0].width];
        let first = mask.left.max(clip.left).max(left);
        let end = (mask.left + mask.width as i32).min(clip.right).min(left + columns);
        let begin = mask.top.max(clip.top).max(top);
        let below = (mask.top + (mask.coverage.len() / mask.width) as i32).min(clip.bottom).min(top + rows);
        if first >= end {
            return;
        }
        for y in begin..below {
            let line = &mask.coverage[(y - mask.top) as usize * mask.width..][..mask.width];
            let line = &line[(first - mask.left) as usize..(end - mask.left) as usize];
            let start = (y - top) as usize * self.luma.width + (first - left) as usize;
            for (x, (sample, ink)) in (first - left..).zip(self.luma.samples[start..].iter_mut().zip(line)) {
                let ink = i32::from(*ink);
                *sample = ((i32::from(*sample) * (full - ink) + luma * ink + full / 2) / full) as u8;
                cover[x as usize / 2] += ink;
            }
            let (row, last) = ((y - top) as usize / 2, y + 1 == below);
            if (y - top) % 2 == 1 || last {
                let (from, to) = ((first - left) as usize / 2, (end - left + 1) as usize / 2);
                for (plane, tint) in self.chroma.iter_mut().zip(tints) {
                    let samples = &mut plane.samples[row * plane.width + from..row * plane.width + to];
                    for (sample, ink) in samples.iter_mut().zip(&cover[from..to]) {
                        let mixed = i32::from(*sample) * (4 * full - ink) + tint * ink;
                        *sample = ((mixed + 2 * full) / (4 * full)) as u8;
                    }
                }
                cover.fill(0);
            }
        }
    }
}

impl Planes {
    /// The same for a shape with a colour for each of its pixels.
    fn blend_pixels(&mut self, shape: &Shape, pixels: &[u8], left: i32, top: i32) {
        let Shape { mask, .. } = shape;
        let bounds = shape.bounds();
        let (columns, rows) = (self.luma.width as i32, self.luma.height as i32);
        let (across, down) = (
            bounds.left.max(left)..bounds.right.min(left + columns),
            bounds.top.max(top)..bounds.bottom.min(top + rows),
        );
        let full = i32::from(Mask::FULL);
        let over = |under: u8, sum: i32, ink: i32, full: i32| {
            ((i32::from(under) * (full - ink) + sum + full / 2) / full) as u8
        };
        // of the pixels that share a sample of chroma: how far they cover it, and their colours in that measure
        let mut shared = vec![[0; 3]; self.chroma[0].width];
        for y in down.clone() {
            for x in across.clone() {
                let at = (y - mask.top) as usize * mask.width + (x - mask.left) as usize;
                let (Some(ink), Some(pixel)) = (mask.coverage.get(at), pixels.get(3 * at..3 * at + 3)) else {
                    continue;
                };
                let ink = i32::from(*ink);
                let [blue, red] = chroma(channels(pixel), 16).map(i32::from);
                let (column, row) = ((x - left) as usize, (y - top) as usize);
                let sample = &mut self.luma.samples[row * columns as usize + column];
                *sample = over(*sample, i32::from(luma(channels(pixel))) * ink, ink, full);
                shared[column / 2] = zip_sum(shared[column / 2], [ink, blue * ink, red * ink]);
            }
            if (y - top) % 2 == 1 || y + 1 == down.end {
                let row = (y - top) as usize / 2;
                for (plane, tint) in self.chroma.iter_mut().zip([1, 2]) {
                    let samples = plane.samples[row * plane.width..].iter_mut();
                    samples.zip(&shared).for_each(|(sample, sums)| {
                        *sample = over(*sample, sums[tint], sums[0], 4 * full);
                    });
                }
                shared.fill([0; 3]);
            }
        }
    }
}

fn zip_sum(a: [i32; 3], b: [i32; 3]) -> [i32; 3] {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

impl Rgb {
    fn channels(self) -> [i32; 3] {
        [self.0.into(), self.1.into(), self.2.into()]
    }
}

fn channels(pixel: &[u8]) -> [i32; 3] {
    [pixel[0].into(), pixel[1].into(), pixel[2].into()]
}

/// The sum of two pixels above and two below; at the right edge one counts twice.
fn four(above: &[u8], below: &[u8]) -> [i32; 3] {
    let mut sum = [0; 3];
    for pair in [above, below] {
        for pixel in [&pair[..3], &pair[pair.len() - 3..]] {
            for (total, channel) in sum.iter_mut().zip(channels(pixel)) {
                *total += channel;
            }
        }
    }
    sum
}

fn luma(rgb: [i32; 3]) -> u8 {
    weigh([19595, 38470, 7471], rgb, 0, 16)
}

/// Blue and red of channels of which so many were added up that `shift` undoes the weights and the sum.
fn chroma(rgb: [i32; 3], shift: u32) -> [u8; 2] {
    [weigh([-11059, -21709, 32768], rgb, 128, shift), weigh([32768, -27439, -5329], rgb, 128, shift)]
}

fn weigh(weights: [i32; 3], rgb: [i32; 3], offset: i32, shift: u32) -> u8 {
    let sum: i32 = weights.iter().zip(rgb).map(|(weight, channel)| weight * channel).sum();
    (((sum + (1 << (shift - 1))) >> shift) + offset).clamp(0, 255) as u8
}
