//! A picture as JPEG codes it: luma in full, chroma at half the width and height.

use super::super::Rgb;
use super::super::bitmap::{Bitmap, Mask, Paint, Shape, mixed};
use serde::{Deserialize, Serialize};
use std::ops::Range;

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
    #[serde(with = "crate::render::bytes")]
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

/// A block of samples, row by row.
pub type Block = [[u8; 8]; 8];

impl Plane {
    /// Block (`x`, `y`) of 8 × 8 samples; beyond the edges the last sample goes on.
    #[inline]
    pub fn block(&self, x: usize, y: usize) -> Block {
        let mut block = [[0; 8]; 8];
        for (row, samples) in block.iter_mut().enumerate() {
            let start = (8 * y + row).min(self.height - 1) * self.width;
            let line = &self.samples[start..start + self.width];
            match line.get(8 * x..).and_then(|rest| rest.first_chunk()) {
                Some(inside) => *samples = *inside,
                None => {
                    for (column, sample) in samples.iter_mut().enumerate() {
                        *sample = line[(8 * x + column).min(self.width - 1)];
                    }
                }
            }
        }
        block
    }

    /// The part from column `left` and row `top` on, at most `width` × `height`.
    fn cut(&self, left: usize, top: usize, width: usize, height: usize) -> Self {
        let (right, bottom) = ((left + width).min(self.width), (top + height).min(self.height));
        let rows = self.samples.chunks_exact(self.width).take(bottom).skip(top);
        let mut samples = Vec::with_capacity((right - left) * (bottom - top));
        rows.for_each(|row| samples.extend_from_slice(&row[left..right]));
        Self { width: right - left, height: bottom - top, samples }
    }
}

impl Planes {
    /// The conversion of JFIF 1.02 (ITU-R BT.601, full range), in 16-bit fixed point.
    pub fn of(bitmap: &Bitmap) -> Self {
        Self::from(&bitmap.rgb, bitmap.width, bitmap.height, luma, |four| chroma(four, 18))
    }

    /// Of samples of luma, blue and red, pixel by pixel.
    pub fn of_samples(width: usize, height: usize, samples: &[u8]) -> Self {
        let mean = |sum: i32| ((sum + 2) / 4) as u8;
        Self::from(samples, width, height, |[luma, ..]| luma as u8, |[_, blue, red]| [mean(blue), mean(red)])
    }

    /// Of three bytes a pixel, given what is the luma of one, and what blue and red of the sum of four.
    fn from(
        pixels: &[u8],
        width: usize,
        height: usize,
        luma: impl Fn([i32; 3]) -> u8,
        chroma: impl Fn([i32; 3]) -> [u8; 2],
    ) -> Self {
        let samples = pixels.as_chunks().0.iter().map(|pixel| luma(pixel.map(i32::from))).collect();
        let half = (width.div_ceil(2), height.div_ceil(2));
        let [mut blue, mut red] = [(); 2].map(|()| Vec::with_capacity(half.0 * half.1));
        let stride = 3 * width;
        for pair in pixels.chunks(2 * stride) {
            let (upper, lower) = pair.split_at(stride);
            let lower = if lower.is_empty() { upper } else { lower };
            let ((above, last), (below, last_below)) = (upper.as_chunks(), lower.as_chunks());
            let mut add = |sum| {
                let [b, r] = chroma(sum);
                blue.push(b);
                red.push(r);
            };
            above.iter().zip(below).for_each(|(above, below)| add(four(above, below)));
            if let ([a, b, c], [d, e, f]) = (last, last_below) {
                // at the right edge a pixel counts twice
                add(four(&[*a, *b, *c, *a, *b, *c], &[*d, *e, *f, *d, *e, *f]));
            }
        }
        let plane = |samples| Plane { width: half.0, height: half.1, samples };
        Self { luma: Plane { width, height, samples }, chroma: [plane(blue), plane(red)] }
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
        let color = match &shape.paint {
            Paint::Color(color) => *color,
            Paint::Pixels(pixels) => return self.blend_pixels(shape, pixels, left, top),
        };
        let bounds = shape.bounds();
        let (columns, rows) = (self.luma.width as i32, self.luma.height as i32);
        let light = luma(color.channels());
        let tints = chroma(color.channels(), 16);
        let (first, end) = (bounds.left.max(left), bounds.right.min(left + columns));
        let (begin, below) = (bounds.top.max(top), bounds.bottom.min(top + rows));
        if first >= end {
            return;
        }
        let (from, to) = ((first - left) as usize, (end - left) as usize);
        // how far the pixels of two rows are covered, summed up from above to below
        let mut cover = vec![0; 2 * self.chroma[0].width];
        let mut covered = false;
        for y in begin..below {
            let line = &mask.coverage[(y - mask.top) as usize * mask.width..][..mask.width];
            let line = &line[(first - mask.left) as usize..(end - mask.left) as usize];
            if line.iter().fold(0, |any, ink| any | ink) != 0 {
                covered = true;
                let start = (y - top) as usize * self.luma.width;
                for (sample, ink) in self.luma.samples[start + from..start + to].iter_mut().zip(line) {
                    *sample = mixed(*sample, light, *ink);
                }
                for (sum, ink) in cover[from..to].iter_mut().zip(line) {
                    *sum += u16::from(*ink);
                }
            }
            if covered && ((y - top) % 2 == 1 || y + 1 == below) {
                let row = (y - top) as usize / 2;
                self.tint(row, tints, &cover, from / 2..to.div_ceil(2));
                cover.fill(0);
                covered = false;
            }
        }
    }

    /// Lays a colour over a part of a row of chroma. `cover` tells of each pixel in the two rows how far it is covered, from above to below summed up.
    fn tint(&mut self, row: usize, tints: [u8; 2], cover: &[u16], part: Range<usize>) {
        let (pairs, _) = cover.as_chunks();
        for (plane, tint) in self.chroma.iter_mut().zip(tints) {
            let line = &mut plane.samples[row * plane.width..][part.clone()];
            for (sample, [even, odd]) in line.iter_mut().zip(&pairs[part.clone()]) {
                *sample = mixed_of_four(*sample, tint, even + odd);
            }
        }
    }
}

/// As [`mixed`], of four times as many parts.
#[inline]
fn mixed_of_four(under: u8, over: u8, ink: u16) -> u8 {
    const FULL: u16 = 4 * Mask::FULL as u16;
    let sum = u16::from(under) * (FULL - ink) + u16::from(over) * ink + FULL / 2;
    // divides by 252: exact for all sums that there are
    ((u32::from(sum) * 66_577) >> 24) as u8
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

/// The sum of two pixels above and two below.
#[inline]
fn four(above: &[u8; 6], below: &[u8; 6]) -> [i32; 3] {
    let sum = |i: usize| [above[i], above[i + 3], below[i], below[i + 3]].map(i32::from).iter().sum();
    [sum(0), sum(1), sum(2)]
}

#[inline]
fn luma(rgb: [i32; 3]) -> u8 {
    weigh([19595, 38470, 7471], rgb, 0, 16)
}

/// Blue and red of channels of which so many were added up that `shift` undoes the weights and the sum.
#[inline]
fn chroma(rgb: [i32; 3], shift: u32) -> [u8; 2] {
    [weigh([-11059, -21709, 32768], rgb, 128, shift), weigh([32768, -27439, -5329], rgb, 128, shift)]
}

#[inline]
fn weigh(weights: [i32; 3], rgb: [i32; 3], offset: i32, shift: u32) -> u8 {
    let sum: i32 = weights.iter().zip(rgb).map(|(weight, channel)| weight * channel).sum();
    (((sum + (1 << (shift - 1))) >> shift) + offset).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixing_rounds_exactly() {
        let full = 4 * u32::from(Mask::FULL);
        for (under, over) in (0..=255).flat_map(|under| (0..=255).map(move |over| (under, over))) {
            for ink in 0..=4 * u16::from(Mask::FULL) {
                let [below, above, part] = [under.into(), over.into(), u32::from(ink)];
                let exact = (below * (full - part) + above * part + full / 2) / full;
                assert_eq!(u32::from(mixed_of_four(under, over, ink)), exact);
            }
        }
    }
}
