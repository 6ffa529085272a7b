//! A PNG of art, drawn on anew each time: one block of deflate with a code settled at publishing, in which each row is two strings of bits. What shapes touch is coded
//! anew, all else is copied.
//!
//! Rows stand as they are (no filter), since in art each repeats the one above, or is it moved a little. Where it is found again is a step up and to the side, and few steps
//! serve a whole picture. The right part of a row, which no shape may touch, repeats right parts only. The left part, in a band that no shape touches, repeats
//! rows of its own band, and there are two strings of it: one repeats rows of the band above too, for when that isn't touched either.

use super::super::bitmap::{Bitmap, Rect};
use super::code::{Bits, Code, Coder, LENGTHS, Strings, Token, WINDOW, Wanted};
use super::{NONE, ROWS, joined};
use adler2::adler32_slice;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How many steps a picture uses, and how many are tried at an open.
const STEPS: usize = 10;
const QUICK: usize = 6;
/// How far to the side a step may lead, in pixels.
const ASIDE: isize = 8;
/// How many rows are looked at to find the steps.
const SAMPLES: usize = 16;
/// The most bytes of a hundred, among those rows, that may stand nowhere else; of photographs nearly all do.
const MOST_NEW: usize = 20;

/// A repetition so long that no longer one is looked for.
const ENOUGH: usize = 128;

/// Of a shorter repetition, it is tried whether leaving a byte as it is makes a longer one: at publishing, and at an open.
const PATIENT: usize = ENOUGH;
const HASTY: usize = 32;

/// The place of right parts among the kinds of parts.
const RIGHT: usize = 2;

/// From a byte to where it stood before: rows up, pixels to the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Step {
    up: usize,
    left: isize,
}

impl Step {
    /// In the file, where each row has a byte more.
    fn distance(self, stride: usize) -> usize {
        (self.up * (stride + 1)).saturating_add_signed(3 * self.left)
    }

    fn is_possible(self, stride: usize) -> bool {
        let near = self.up <= WINDOW && self.left.unsigned_abs() <= ASIDE.unsigned_abs();
        near && (1..=WINDOW).contains(&self.distance(stride))
    }
}

/// The strings and what codes others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Woven {
    /// Bytes of a row in the part that shapes may touch.
    edge: usize,
    steps: Vec<Step>,
    code: Code,
    /// Left parts that repeat rows of the band above too, and those that don't.
    left: [Strings; 2],
    right: Strings,
    /// The Adler-32 of left parts, with the filter's byte, and of right parts.
    sums: Vec<[u32; 2]>,
}

/// Where repetitions may be found.
#[derive(Clone, Copy)]
struct Source {
    /// The first row.
    top: usize,
    /// The first byte of each row.
    left: usize,
}

impl Woven {
    /// Codes `bitmap`; `None` if it is better coded otherwise. Shapes may come within `area`.
    pub fn of(bitmap: &Bitmap, area: Rect) -> Option<Self> {
        let stride = 3 * bitmap.width;
        let edge = 3 * usize::try_from(area.right).unwrap_or(0).min(bitmap.width);
        let steps = steps(bitmap)?;
        let parts = |y: usize| {
            let band = y / ROWS * ROWS;
            let above = Source { top: band.saturating_sub(ROWS), left: 0 };
            [
                (0..edge, above),
                (0..edge, Source { top: band, ..above }),
                (edge..stride, Source { top: 0, left: edge }),
            ]
        };
        let mut wanted = Wanted::new();
        for y in 0..bitmap.height {
            let [joined, _, right] = parts(y);
            wanted.add(Token::Literal(NONE));
            for (part, source) in [joined, right] {
                tokens(&bitmap.rgb, stride, &steps, (y, part), source, PATIENT, |token| wanted.add(token));
            }
        }
        let code = Code::new(&wanted);
        let coder = Coder::new(&code);
        let strings = |kind: usize| {
            let mut bits = Bits::default();
            let mut ends = Vec::with_capacity(bitmap.height);
            for y in 0..bitmap.height {
                let (part, source) = parts(y)[kind].clone();
                if kind != RIGHT {
                    coder.write(&mut bits, Token::Literal(NONE));
                }
                tokens(&bitmap.rgb, stride, &steps, (y, part), source, PATIENT, |token| {
                    coder.write(&mut bits, token)
                });
                ends.push(bits.len());
            }
            Strings::new(bits, ends)
        };
        let sums = bitmap.rgb.chunks_exact(stride).map(|row| {
            let (left, right) = row.split_at(edge);
            [left_sum(left), adler32_slice(right)]
        });
        Some(Self {
            edge,
            sums: sums.collect(),
            left: [strings(0), strings(1)],
            right: strings(RIGHT),
            steps,
            code,
        })
    }

    /// Whether it may be that of a picture of this size and area: of one that was read from bytes, nothing else is known.
    pub fn is_sound(&self, width: usize, height: usize, area: Rect) -> bool {
        self.edge == 3 * usize::try_from(area.right).unwrap_or(0).min(width)
            && self.code.is_sound()
            && self.steps.len() <= STEPS
            && self.steps.iter().all(|step| step.is_possible(3 * width))
            && self.left.iter().chain([&self.right]).all(|strings| strings.is_sound(height))
            && self.sums.len() == height
    }

    /// How many bytes it takes in memory, about.
    pub fn weight(&self) -> usize {
        self.left.iter().chain([&self.right]).map(Strings::weight).sum::<usize>() + self.sums.len() * 8
    }

    /// How many bytes the picture takes with nothing drawn on it.
    pub fn len(&self) -> usize {
        (self.left[0].len() + self.right.len()) / 8
    }

    /// The bands that shapes touch are those of `touched`; the rest of `bitmap` is as it was. As a stream of zlib (RFC 1950).
    pub fn stream(&self, bitmap: &Bitmap, touched: &[bool]) -> Vec<u8> {
        const BEGIN: [u8; 2] = [0x78, 0x01];
        let stride = 3 * bitmap.width;
        let coder = Coder::new(&self.code);
        let quick = &self.steps[..self.steps.len().min(QUICK)];
        let mut bits = Bits::after({
            let mut out = Vec::with_capacity(self.len() * 2);
            out.extend(BEGIN);
            out
        });
        Coder::begin(&mut bits, &self.code);
        let mut sum = 1;
        for (y, row) in bitmap.rgb.chunks_exact(stride).enumerate() {
            let band = y / ROWS;
            let anew = |band: usize| touched.get(band).copied().unwrap_or(false);
            let [mut left, right] = self.sums[y];
            if anew(band) {
                coder.write(&mut bits, Token::Literal(NONE));
                let (part, source) = (0..self.edge, Source { top: 0, left: 0 });
                tokens(&bitmap.rgb, stride, quick, (y, part), source, HASTY, |token| {
                    coder.write(&mut bits, token);
                });
                left = left_sum(&row[..self.edge]);
            } else {
                let apart = band.checked_sub(1).is_some_and(anew);
                self.left[usize::from(apart)].write(&mut bits, y);
            }
            self.right.write(&mut bits, y);
            sum = joined(joined(sum, left, self.edge + 1), right, stride - self.edge);
        }
        coder.end(&mut bits);
        let mut out = bits.bytes();
        out.extend(sum.to_be_bytes());
        out
    }
}

/// The Adler-32 of the filter's byte, which is 0, and a part of a row.
fn left_sum(part: &[u8]) -> u32 {
    joined(1 << 16 | 1, adler32_slice(part), part.len())
}

/// The steps by which most of a picture is found again; `None` if too much of it isn't.
fn steps(bitmap: &Bitmap) -> Option<Vec<Step>> {
    let stride = 3 * bitmap.width;
    let farthest = WINDOW / (stride + 1);
    let aside = (0..=farthest).flat_map(|up| (-ASIDE..=ASIDE).map(move |left| Step { up, left }));
    let all: Vec<Step> = aside.filter(|step| step.is_possible(stride)).collect();
    let mut used = vec![0; all.len()];
    let (mut new, mut whole) = (0, 0);
    for sample in 0..SAMPLES.min(bitmap.height) {
        let y = (2 * sample + 1) * bitmap.height / (2 * SAMPLES.min(bitmap.height));
        whole += stride;
        tokens(&bitmap.rgb, stride, &all, (y, 0..stride), Source { top: 0, left: 0 }, PATIENT, |token| {
            match token {
                Token::Literal(_) => new += 1,
                Token::Copy { length, distance } => {
                    let step = all.iter().position(|step| step.distance(stride) == distance);
                    step.into_iter().for_each(|at| used[at] += length);
                }
            }
        });
    }
    if new * 100 > whole * MOST_NEW {
        return None;
    }
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(used[*at]));
    // text is found again by these, whatever the art
    let always = [Step { up: 0, left: 1 }, Step { up: 1, left: 0 }];
    let others = order.into_iter().map(|at| all[at]).filter(|step| !always.contains(step));
    Some(always.into_iter().filter(|step| all.contains(step)).chain(others).take(STEPS).collect())
}

/// The tokens of a part of row `y`: by turns the longest repetition that a step finds, and bytes that stand nowhere or, where a repetition is shorter than
/// `patience`, before a longer one.
#[inline]
fn tokens(
    rgb: &[u8],
    stride: usize,
    steps: &[Step],
    (y, part): (usize, Range<usize>),
    source: Source,
    patience: usize,
    mut out: impl FnMut(Token),
) {
    let row = &rgb[y * stride..(y + 1) * stride];
    // each step's row, what leads from a place in this row to one in that, and the distance; a step out of the picture leads to an empty row
    let nowhere: (&[u8], usize, usize) = (&[], 0, 0);
    let way = |step: &Step| {
        let from = y.checked_sub(step.up).filter(|from| *from >= source.top);
        let line = from.and_then(|from| rgb.get(from * stride..(from + 1) * stride));
        line.map_or(nowhere, |line| (line, (-3 * step.left) as usize, step.distance(stride)))
    };
    let mut few = [nowhere; STEPS];
    let mut many = Vec::new();
    let ways = if steps.len() <= STEPS {
        few.iter_mut().zip(steps).for_each(|(place, step)| *place = way(step));
        &few[..steps.len()]
    } else {
        many.extend(steps.iter().map(way));
        &many[..]
    };
    let longest = |at: usize| {
        let rest = &row[at..part.end];
        let mut best = (LENGTHS.start() - 1, 0);
        let mut next = rest.get(best.0);
        for (line, aside, distance) in ways {
            let from = at.wrapping_add(*aside);
            // no better than the best if it isn't alike where that ends
            if next.is_none() || line.get(from.wrapping_add(best.0)) != next || from < source.left {
                continue;
            }
            let length = common(line.get(from..).unwrap_or_default(), rest).min(*LENGTHS.end());
            if length > best.0 {
                best = (length, *distance);
                if length >= ENOUGH {
                    break;
                }
                next = rest.get(length);
            }
        }
        best
    };
    let mut at = part.start;
    let mut found = None;
    while at < part.end {
        let (length, distance) = found.take().unwrap_or_else(|| longest(at));
        if distance == 0 {
            out(Token::Literal(row[at]));
            at += 1;
            continue;
        }
        if length < patience && at + 1 < part.end {
            let later = longest(at + 1);
            if later.0 > length + 1 {
                out(Token::Literal(row[at]));
                at += 1;
                found = Some(later);
                continue;
            }
        }
        out(Token::Copy { length, distance });
        at += length;
    }
}

/// How many bytes two slices begin with in common.
#[inline]
fn common(a: &[u8], b: &[u8]) -> usize {
    let (long_a, _) = a.as_chunks::<8>();
    let (long_b, _) = b.as_chunks::<8>();
    let mut length = 0;
    for (a, b) in long_a.iter().zip(long_b) {
        let differ = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
        if differ != 0 {
            return length + differ.trailing_zeros() as usize / 8;
        }
        length += 8;
        if length > *LENGTHS.end() {
            return length;
        }
    }
    length + a[length..].iter().zip(&b[length..]).take_while(|(a, b)| a == b).count()
}
