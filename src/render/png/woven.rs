//! A PNG of art, drawn on anew each time: one block of deflate with a code settled at publishing, in which each row is two strings of bits. What shapes touch is coded
//! anew, all else is copied.
//!
//! Rows stand as they are (no filter), since in art each repeats the one above, or is it moved a little. Where it is found again is a step up and to the side, and few steps
//! serve a whole picture. The right part of a row, which no shape may touch, repeats right parts only. The left part repeats left parts, and is coded anew where shapes
//! touch it or a row that it may repeat.

use super::super::adler::{adler32, joined};
use super::super::bitmap::{Bitmap, Rect, Shape};
use super::NONE;
use super::code::{Bits, Code, Coder, LENGTHS, Strings, Token, WINDOW, Wanted};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How many steps a picture uses, and how many are tried at an open.
const STEPS: usize = 10;
const QUICK: usize = 6;
/// How far up a step may lead: as many rows below a shape are coded anew.
const HIGHEST: usize = 16;
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

/// A stream of zlib with no dictionary, its fastest level (RFC 1950).
const BEGIN: [u8; 2] = [0x78, 0x01];

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
        let near = self.up <= HIGHEST && self.left.unsigned_abs() <= ASIDE.unsigned_abs();
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
    /// Of each row, the part that shapes may touch, with the filter's byte, and the rest.
    left: Strings,
    right: Strings,
    /// The Adler-32 of these parts.
    sums: Vec<[u32; 2]>,
}

impl Woven {
    /// Codes `bitmap`; `None` if it is better coded otherwise. Shapes may come within `area`.
    pub fn of(bitmap: &Bitmap, area: Rect) -> Option<Self> {
        let rows = Rows::of(bitmap);
        let stride = rows.stride;
        let edge = 3 * usize::try_from(area.right).unwrap_or(0).min(bitmap.width);
        let steps = steps(bitmap)?;
        // tokens of all left parts, of all right parts, and where each part's end
        let parts = [(true, 0..edge), (false, edge..stride)].map(|(begins, part)| {
            let (mut all, mut ends) = (Vec::new(), Vec::with_capacity(bitmap.height));
            for y in 0..bitmap.height {
                if begins {
                    all.push(Token::Literal(NONE));
                }
                tokens(rows, &steps, (y, part.clone()), PATIENT, |token| all.push(token));
                ends.push(all.len());
            }
            (all, ends)
        });
        let mut wanted = Wanted::with_more_to_come();
        parts.iter().flat_map(|(all, _)| all).for_each(|token| wanted.add(*token));
        let code = Code::new(&wanted);
        let coder = Coder::new(&code);
        let [left, right] = parts.map(|(all, ends)| strings(&coder, &all, &ends));
        let sums = bitmap.rgb.chunks_exact(stride).map(|row| {
            let (left, right) = row.split_at(edge);
            [left_sum(left), adler32(right)]
        });
        Some(Self { edge, sums: sums.collect(), left, right, steps, code })
    }

    /// Whether it may be that of a picture of this size and area: of one that was read from bytes, nothing else is known.
    pub fn is_sound(&self, width: usize, height: usize, area: Rect) -> bool {
        self.edge == 3 * usize::try_from(area.right).unwrap_or(0).min(width)
            && self.code.is_sound()
            && self.steps.len() <= STEPS
            && self.steps.iter().all(|step| step.is_possible(3 * width))
            && self.left.is_sound(height)
            && self.right.is_sound(height)
            && self.sums.len() == height
    }

    /// How many bytes it takes in memory, about.
    pub fn weight(&self) -> usize {
        self.left.weight() + self.right.weight() + self.sums.len() * 8
    }

    /// How many bytes the picture takes with nothing drawn on it.
    pub fn len(&self) -> usize {
        (self.left.len() + self.right.len()) / 8
    }

    /// `bitmap`, which this is of, with shapes drawn over it as far as they lie in `area`; the rows that they touch are those of `inked`. As a stream of zlib.
    pub fn stream(&self, bitmap: &Bitmap, shapes: &[Shape], area: Rect, inked: &[bool]) -> Vec<u8> {
        let stride = 3 * bitmap.width;
        let coder = Coder::new(&self.code);
        let quick = &self.steps[..self.steps.len().min(QUICK)];
        let highest = self.steps.iter().map(|step| step.up).max().unwrap_or(0);
        // of what is drawn on, the rows that are coded anew and those that they may repeat: copying all would take as long as coding
        let touched = |inked: &bool| *inked;
        let first = inked.iter().position(touched).unwrap_or(bitmap.height).saturating_sub(highest);
        let end = inked.iter().rposition(touched).map_or(first, |last| last + highest + 1).min(bitmap.height);
        let mut part = bitmap.part(first..end, self.edge / 3);
        shapes.iter().for_each(|shape| part.blend_within(shape, area, first as i32));
        let rows = Rows { rgb: &part.rgb, stride: self.edge, apart: stride };
        let mut bits = begun(&self.code, self.len() * 2);
        let mut sum = 1;
        let mut since = usize::MAX; // rows since the last that a shape touches
        for (y, [mut left, right]) in self.sums.iter().copied().enumerate() {
            let touched = inked.get(y).copied().unwrap_or(false);
            since = if touched { 0 } else { since.saturating_add(1) };
            if touched {
                left = left_sum(rows.row(y - first));
            }
            if since <= highest {
                coder.write(&mut bits, Token::Literal(NONE));
                tokens(rows, quick, (y - first, 0..self.edge), HASTY, |token| coder.write(&mut bits, token));
            } else {
                self.left.write(&mut bits, y);
            }
            self.right.write(&mut bits, y);
            sum = joined(joined(sum, left, self.edge + 1), right, stride - self.edge);
        }
        ended(bits, &coder, sum)
    }
}

/// `bitmap` with nothing to be drawn on it later, as a stream of zlib; `None` if it is better coded otherwise.
pub fn whole(bitmap: &Bitmap) -> Option<Vec<u8>> {
    let rows = Rows::of(bitmap);
    let steps = steps(bitmap)?;
    let mut all = Vec::new();
    let mut sum = 1;
    for y in 0..bitmap.height {
        all.push(Token::Literal(NONE));
        tokens(rows, &steps, (y, 0..rows.stride), HASTY, |token| all.push(token));
        sum = joined(sum, left_sum(rows.row(y)), rows.stride + 1);
    }
    let mut wanted = Wanted::default();
    all.iter().for_each(|token| wanted.add(*token));
    let code = Code::new(&wanted);
    let coder = Coder::new(&code);
    let mut bits = begun(&code, 2 * all.len());
    all.iter().for_each(|token| coder.write(&mut bits, *token));
    Some(ended(bits, &coder, sum))
}

/// A stream before its first token, with room for so many bytes.
fn begun(code: &Code, size: usize) -> Bits {
    let mut out = Vec::with_capacity(size);
    out.extend(BEGIN);
    let mut bits = Bits::after(out);
    Coder::begin(&mut bits, code);
    bits
}

/// A stream after its last token; `sum` is the Adler-32 of all of it.
fn ended(mut bits: Bits, coder: &Coder, sum: u32) -> Vec<u8> {
    coder.end(&mut bits);
    let mut out = bits.bytes();
    out.extend(sum.to_be_bytes());
    out
}

fn strings(coder: &Coder, all: &[Token], ends: &[usize]) -> Strings {
    let (mut bits, mut at) = (Bits::default(), 0);
    let ends = ends.iter().map(|end| {
        all[at..*end].iter().for_each(|token| coder.write(&mut bits, *token));
        at = *end;
        bits.len()
    });
    let ends = ends.collect();
    Strings::new(bits, ends)
}

/// The Adler-32 of the filter's byte, which is 0, and a part of a row.
fn left_sum(part: &[u8]) -> u32 {
    joined(1 << 16 | 1, adler32(part), part.len())
}

/// The steps by which most of a picture is found again; `None` if too much of it isn't.
fn steps(bitmap: &Bitmap) -> Option<Vec<Step>> {
    let stride = 3 * bitmap.width;
    let farthest = (WINDOW / (stride + 1)).min(HIGHEST);
    let aside = (0..=farthest).flat_map(|up| (-ASIDE..=ASIDE).map(move |left| Step { up, left }));
    let all: Vec<Step> = aside.filter(|step| step.is_possible(stride)).collect();
    let mut used = vec![0; all.len()];
    let (mut new, mut whole) = (0, 0);
    for sample in 0..SAMPLES.min(bitmap.height) {
        let y = (2 * sample + 1) * bitmap.height / (2 * SAMPLES.min(bitmap.height));
        whole += stride;
        tokens(Rows::of(bitmap), &all, (y, 0..stride), PATIENT, |token| match token {
            Token::Literal(_) => new += 1,
            Token::Copy { length, distance } => {
                let step = all.iter().position(|step| step.distance(stride) == distance);
                step.into_iter().for_each(|at| used[at] += length);
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

/// Rows from the top of a picture or of a part of it.
#[derive(Clone, Copy)]
struct Rows<'a> {
    rgb: &'a [u8],
    /// Bytes in a row.
    stride: usize,
    /// Bytes in a row of the whole picture.
    apart: usize,
}

impl<'a> Rows<'a> {
    fn of(bitmap: &'a Bitmap) -> Self {
        Self { rgb: &bitmap.rgb, stride: 3 * bitmap.width, apart: 3 * bitmap.width }
    }

    /// Row `y`; empty if there is none.
    fn row(self, y: usize) -> &'a [u8] {
        self.rgb.get(y * self.stride..(y + 1) * self.stride).unwrap_or_default()
    }
}

/// The tokens of a part of row `y`: by turns the longest repetition that a step finds, and bytes that stand nowhere or, where a repetition is shorter than
/// `patience`, before a longer one. Only the same part of rows is repeated.
#[inline]
fn tokens(
    rows: Rows<'_>,
    steps: &[Step],
    (y, part): (usize, Range<usize>),
    patience: usize,
    mut out: impl FnMut(Token),
) {
    let Some(row) = rows.row(y).get(..part.end) else { return };
    // each step's row, what leads from a place in this row to one in that, and the distance; a step out of the picture leads to an empty row
    let nowhere: (&[u8], usize, usize) = (&[], 0, 0);
    let way = |step: &Step| {
        let line = y.checked_sub(step.up).map(|from| rows.row(from));
        line.map_or(nowhere, |line| (line, (-3 * step.left) as usize, step.distance(rows.apart)))
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
    // length and distance of the longest repetition of more than `least` bytes; 0 if there is none
    let longest = |at: usize, least: usize| {
        let rest = &row[at..];
        let mut best = (least, 0);
        let mut next = rest.get(least);
        for (line, aside, distance) in ways {
            let from = at.wrapping_add(*aside);
            // no better than the best if it isn't alike where that ends
            if next.is_none() || line.get(from.wrapping_add(best.0)) != next || from < part.start {
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
        let (length, distance) = found.take().unwrap_or_else(|| longest(at, LENGTHS.start() - 1));
        if distance == 0 {
            out(Token::Literal(row[at]));
            at += 1;
            continue;
        }
        if length < patience && at + 1 < part.end {
            let later = longest(at + 1, length + 1);
            if later.1 != 0 {
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
