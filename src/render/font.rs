//! A reader of TrueType fonts: characters to glyphs, advances, kerning, outlines.
//!
//! It reads what the scripts in `fonts/` write and no more: `cmap` format 4, `glyf`, `hmtx` and the pair kerning of `GPOS`. A
//! general font library adds 39 KB of compressed wasm. What a font lacks is absent, never an error, no
//! read can leave the bytes, and what a glyph may cost is bounded. Formats: <https://learn.microsoft.com/typography/opentype/spec/otff>

use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// A glyph of one font.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glyph(pub u16);

/// Where a glyph's ink is, in em, from its origin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// Left edge.
    pub left: f32,
    /// Right edge.
    pub right: f32,
    /// How far it reaches below the baseline; negative if it ends above.
    pub below: f32,
    /// How far it reaches above the baseline.
    pub above: f32,
}

/// A point in em, y up from the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Up.
    pub y: f32,
}

/// Receives an outline as quadratic curves; each contour is closed by its last curve.
pub trait Pen {
    /// A curve from `from` to `to`; straight when `control` lies between them.
    fn curve(&mut self, from: Point, control: Point, to: Point);
}

/// What the format allows.
const UNITS_PER_EM: RangeInclusive<u16> = 16..=16384;
/// The most points of a glyph; the most intricate of those shipped has less than a tenth.
const MOST_POINTS: usize = 8000;
/// How far from its origin a glyph may have points, in em.
const FARTHEST: f32 = 8.0;

/// A parsed font: slices of its tables.
#[derive(Clone, Copy)]
pub struct Font<'a> {
    cmap: &'a [u8],
    glyf: &'a [u8],
    loca: &'a [u8],
    hmtx: &'a [u8],
    gpos: &'a [u8],
    long_offsets: bool,
    metrics: usize,
    units_per_em: f32,
}

impl Font<'static> {
    /// The file of Inter Bold.
    pub const BOLD: &'static [u8] = include_bytes!("fonts/Inter-Bold.ttf");
    /// The file of Inter Regular.
    pub const REGULAR: &'static [u8] = include_bytes!("fonts/Inter-Regular.ttf");
}

impl<'a> Font<'a> {
    /// The font in `data`. Bytes that are no font give one without glyphs.
    pub fn new(data: &'a [u8]) -> Self {
        let table = |tag: &[u8; 4]| find_table(data, tag).unwrap_or_default();
        let (head, hhea, cmap) = (table(b"head"), table(b"hhea"), table(b"cmap"));
        let units = u16_at(head, 18).filter(|units| UNITS_PER_EM.contains(units));
        let cmap = if units.is_some() { cmap } else { &[] };
        Self {
            cmap: unicode_map(cmap).unwrap_or_default(),
            glyf: table(b"glyf"),
            loca: table(b"loca"),
            hmtx: table(b"hmtx"),
            gpos: table(b"GPOS"),
            long_offsets: u16_at(head, 50) == Some(1),
            metrics: u16_at(hhea, 34).unwrap_or(0).into(),
            units_per_em: units.unwrap_or(1000).into(),
        }
    }

    /// Whether it shows any character.
    pub fn has_glyphs(&self) -> bool {
        !self.cmap.is_empty() && !self.glyf.is_empty()
    }

    /// The glyph that shows `character`, if there is one.
    pub fn glyph(&self, character: char) -> Option<Glyph> {
        let code = u16::try_from(u32::from(character)).ok()?;
        let size = usize::from(u16_at(self.cmap, 6)?); // twice the number of segments
        let segment = (0..size / 2).find(|i| u16_at(self.cmap, 14 + 2 * i).is_some_and(|end| code <= end))?;
        let field = |column: usize| 16 + (column + 1) * size + 2 * segment;
        let (start, delta) = (u16_at(self.cmap, field(0))?, u16_at(self.cmap, field(1))?);
        let beyond = code.checked_sub(start)?;
        let glyph = match usize::from(u16_at(self.cmap, field(2))?) {
            0 => code.wrapping_add(delta),
            offset => match u16_at(self.cmap, field(2) + offset + 2 * usize::from(beyond))? {
                0 => 0,
                id => id.wrapping_add(delta),
            },
        };
        (glyph != 0).then_some(Glyph(glyph))
    }

    /// How far `glyph` moves the pen, in em.
    pub fn advance(&self, glyph: Glyph) -> f32 {
        let index = usize::from(glyph.0).min(self.metrics.saturating_sub(1));
        u16_at(self.hmtx, 4 * index).map_or(0.0, f32::from) / self.units_per_em
    }

    /// How much closer (negative) or farther `right` stands after `left`, in em.
    pub fn kerning(&self, left: Glyph, right: Glyph) -> f32 {
        f32::from(kerning(self.gpos, left.0, right.0).unwrap_or(0)) / self.units_per_em
    }

    /// Where the ink of `glyph` is; `None` when it has none, as a space.
    pub fn extent(&self, glyph: Glyph) -> Option<Extent> {
        let data = self.outline_data(glyph)?;
        let em = |at| i16_at(data, at).map(|v| f32::from(v) / self.units_per_em);
        Some(Extent { left: em(2)?, below: -em(4)?, right: em(6)?, above: em(8)? })
    }

    /// Draws the outline of `glyph`.
    pub fn draw(&self, glyph: Glyph, pen: &mut impl Pen) {
        let mut budget = MOST_POINTS;
        self.draw_part(glyph, Transform::scale(1.0 / self.units_per_em), 0, &mut budget, pen);
    }

    fn outline_data(&self, glyph: Glyph) -> Option<&'a [u8]> {
        let offset = |i: usize| match self.long_offsets {
            true => u32_at(self.loca, 4 * i).map(|v| v as usize),
            false => u16_at(self.loca, 2 * i).map(|v| 2 * usize::from(v)),
        };
        let index = usize::from(glyph.0);
        self.glyf.get(offset(index)?..offset(index + 1)?).filter(|data| !data.is_empty())
    }

    /// `budget` is how many more points the glyph may have; a part of a composite counts as one more.
    fn draw_part(
        &self,
        glyph: Glyph,
        transform: Transform,
        depth: u8,
        budget: &mut usize,
        pen: &mut impl Pen,
    ) -> Option<()> {
        const DEEPEST: u8 = 4;
        *budget = budget.checked_sub(1)?;
        let data = self.outline_data(glyph)?;
        match i16_at(data, 0)? {
            contours @ 0.. => draw_contours(data, contours as usize, transform, budget, pen),
            _ if depth < DEEPEST => {
                let mut at = 10;
                while let Some(part) = Component::read(data, &mut at) {
                    if *budget == 0 {
                        return None;
                    }
                    self.draw_part(part.glyph, transform.after(part.transform), depth + 1, budget, pen);
                    if !part.more {
                        break;
                    }
                }
                Some(())
            }
            _ => None,
        }
    }
}

/// x' = a·x + c·y + e, y' = b·x + d·y + f.
#[derive(Clone, Copy)]
struct Transform {
    a: f32,
    b: f32,
    c: f32,
    d: f32,
    e: f32,
    f: f32,
}

impl Transform {
    fn scale(by: f32) -> Self {
        Self { a: by, b: 0.0, c: 0.0, d: by, e: 0.0, f: 0.0 }
    }

    fn apply(self, x: f32, y: f32) -> Point {
        Point { x: self.a * x + self.c * y + self.e, y: self.b * x + self.d * y + self.f }
    }

    /// First `inner`, then `self`.
    fn after(self, inner: Self) -> Self {
        let Point { x: e, y: f } = self.apply(inner.e, inner.f);
        Self {
            a: self.a * inner.a + self.c * inner.b,
            b: self.b * inner.a + self.d * inner.b,
            c: self.a * inner.c + self.c * inner.d,
            d: self.b * inner.c + self.d * inner.d,
            e,
            f,
        }
    }
}

/// One glyph of a composite: a letter, or its accent.
struct Component {
    glyph: Glyph,
    transform: Transform,
    more: bool,
}

impl Component {
    fn read(data: &[u8], at: &mut usize) -> Option<Self> {
        const WORDS: u16 = 1;
        const ONE_SCALE: u16 = 8;
        const MORE: u16 = 0x20;
        const TWO_SCALES: u16 = 0x40;
        const MATRIX: u16 = 0x80;
        let mut word = || {
            let value = i16_at(data, *at)?;
            *at += 2;
            Some(value)
        };
        let (flags, glyph) = (word()? as u16, word()? as u16);
        let (e, f) = if flags & WORDS != 0 {
            (word()?.into(), word()?.into())
        } else {
            let [x, y] = word()?.to_be_bytes();
            (f32::from(x as i8), f32::from(y as i8))
        };
        let mut ratio = || Some(f32::from(word()?) / 16384.0);
        let mut transform = Transform { e, f, ..Transform::scale(1.0) };
        if flags & ONE_SCALE != 0 {
            transform.a = ratio()?;
            transform.d = transform.a;
        } else if flags & TWO_SCALES != 0 {
            (transform.a, transform.d) = (ratio()?, ratio()?);
        } else if flags & MATRIX != 0 {
            (transform.a, transform.b, transform.c, transform.d) = (ratio()?, ratio()?, ratio()?, ratio()?);
        }
        Some(Self { glyph: Glyph(glyph), transform, more: flags & MORE != 0 })
    }
}

#[derive(Clone, Copy)]
struct Node {
    point: Point,
    on_curve: bool,
}

fn draw_contours(
    data: &[u8],
    contours: usize,
    transform: Transform,
    budget: &mut usize,
    pen: &mut impl Pen,
) -> Option<()> {
    let ends: Option<Vec<usize>> = (0..contours).map(|i| u16_at(data, 10 + 2 * i).map(usize::from)).collect();
    let ends = ends?;
    let hints = usize::from(u16_at(data, 10 + 2 * contours)?);
    let count = ends.last()? + 1;
    *budget = budget.checked_sub(count)?;
    let nodes = read_nodes(data.get(12 + 2 * contours + hints..)?, count, transform)?;
    if nodes.iter().any(|node| node.point.x.abs().max(node.point.y.abs()) > FARTHEST) {
        return None;
    }
    let mut start = 0;
    for end in ends {
        draw_contour(nodes.get(start..=end)?, pen);
        start = end + 1;
    }
    Some(())
}

/// The `count` points of a simple glyph: run-length coded flags, then all x, then all y as differences.
fn read_nodes(data: &[u8], count: usize, transform: Transform) -> Option<Vec<Node>> {
    const ON_CURVE: u8 = 1;
    const REPEAT: u8 = 8;
    let mut bytes = data.iter().copied();
    let mut flags = Vec::with_capacity(count);
    while flags.len() < count {
        let flag = bytes.next()?;
        let repeats = if flag & REPEAT != 0 { bytes.next()? } else { 0 };
        flags.extend(std::iter::repeat_n(flag, usize::from(repeats) + 1));
    }
    flags.truncate(count);
    let xs = read_coordinates(&mut bytes, &flags, 0)?;
    let ys = read_coordinates(&mut bytes, &flags, 1)?;
    let node = |((x, y), flag): ((f32, f32), &u8)| Node {
        point: transform.apply(x, y),
        on_curve: flag & ON_CURVE != 0,
    };
    Some(xs.into_iter().zip(ys).zip(&flags).map(node).collect())
}

/// One axis (x 0, y 1) of all points, in font units.
fn read_coordinates(bytes: &mut impl Iterator<Item = u8>, flags: &[u8], axis: u8) -> Option<Vec<f32>> {
    let (short, same_or_positive) = (2 << axis, 16 << axis);
    let mut value = 0i16;
    let mut next = |flag: &u8| {
        let step = match (flag & short != 0, flag & same_or_positive != 0) {
            (true, true) => i16::from(bytes.next()?),
            (true, false) => -i16::from(bytes.next()?),
            (false, true) => 0,
            (false, false) => i16::from_be_bytes([bytes.next()?, bytes.next()?]),
        };
        value = value.wrapping_add(step);
        Some(f32::from(value))
    };
    flags.iter().map(&mut next).collect()
}

/// Between two points off the curve lies one on it, halfway.
fn draw_contour(nodes: &[Node], pen: &mut impl Pen) {
    let Some((first, last)) = nodes.first().zip(nodes.last()) else { return };
    let start = match (first.on_curve, last.on_curve) {
        (true, _) => first.point,
        (false, true) => last.point,
        (false, false) => middle(first.point, last.point),
    };
    let close = Node { point: start, on_curve: true };
    let mut from = start;
    let mut control = None;
    for node in nodes.iter().chain([&close]) {
        match (control, node.on_curve) {
            (None, true) => {
                pen.curve(from, middle(from, node.point), node.point);
                from = node.point;
            }
            (Some(through), true) => {
                pen.curve(from, through, node.point);
                (from, control) = (node.point, None);
            }
            (None, false) => control = Some(node.point),
            (Some(through), false) => {
                let to = middle(through, node.point);
                pen.curve(from, through, to);
                (from, control) = (to, Some(node.point));
            }
        }
    }
}

fn middle(a: Point, b: Point) -> Point {
    Point { x: (a.x + b.x) / 2.0, y: (a.y + b.y) / 2.0 }
}

/// Kerning of a pair in font units: the sum over the lookups of `GPOS` (the fonts of the fast path have those of the `kern` feature only).
fn kerning(gpos: &[u8], left: u16, right: u16) -> Option<i16> {
    const MOST_LOOKUPS: usize = 16;
    let lookups = at_offset(gpos, 8)?;
    let count = usize::from(u16_at(lookups, 0)?).min(MOST_LOOKUPS);
    let values = (0..count).filter_map(|i| lookup_kerning(at_offset(lookups, 2 + 2 * i)?, left, right));
    Some(values.fold(0, i16::saturating_add))
}

/// The first subtable that knows the pair decides.
fn lookup_kerning(lookup: &[u8], left: u16, right: u16) -> Option<i16> {
    const EXTENSION: u16 = 9;
    const MOST_SUBTABLES: usize = 64;
    let extended = u16_at(lookup, 0)? == EXTENSION;
    let count = usize::from(u16_at(lookup, 4)?).min(MOST_SUBTABLES);
    (0..count).find_map(|i| {
        let table = at_offset(lookup, 6 + 2 * i)?;
        let table = if extended { table.get(u32_at(table, 4)? as usize..)? } else { table };
        pair_kerning(table, left, right)
    })
}

/// A pair adjustment whose only value is the left glyph's advance.
fn pair_kerning(table: &[u8], left: u16, right: u16) -> Option<i16> {
    const ADVANCE_ONLY: (u16, u16) = (4, 0);
    if (u16_at(table, 4)?, u16_at(table, 6)?) != ADVANCE_ONLY {
        return None;
    }
    let index = coverage(at_offset(table, 2)?, left)?;
    match u16_at(table, 0)? {
        1 => {
            let set = at_offset(table, 10 + 2 * index)?;
            let pair = last_at_or_below(u16_at(set, 0)?, |i| u16_at(set, 2 + 4 * i), right)?;
            (u16_at(set, 2 + 4 * pair)? == right).then(|| i16_at(set, 4 + 4 * pair))?
        }
        2 => {
            let row = class(at_offset(table, 8)?, left);
            let column = class(at_offset(table, 10)?, right);
            let columns = usize::from(u16_at(table, 14)?);
            let cell = row.checked_mul(columns)?.checked_add(column)?;
            i16_at(table, cell.checked_mul(2)?.checked_add(16)?)
        }
        _ => None,
    }
}

fn coverage(table: &[u8], glyph: u16) -> Option<usize> {
    let count = u16_at(table, 2)?;
    if u16_at(table, 0)? == 1 {
        let index = last_at_or_below(count, |i| u16_at(table, 4 + 2 * i), glyph)?;
        return (u16_at(table, 4 + 2 * index)? == glyph).then_some(index);
    }
    let (start, value) = range(table, count, glyph)?;
    Some(usize::from(value) + usize::from(glyph - start))
}

fn class(table: &[u8], glyph: u16) -> usize {
    let find = || match u16_at(table, 0)? {
        1 => {
            let index = glyph.checked_sub(u16_at(table, 2)?)?;
            (index < u16_at(table, 4)?).then(|| u16_at(table, 6 + 2 * usize::from(index)))?
        }
        _ => range(table, u16_at(table, 2)?, glyph).map(|(_, class)| class),
    };
    find().unwrap_or(0).into()
}

/// Start and value of the range (start, end, value) that holds `glyph`.
fn range(table: &[u8], count: u16, glyph: u16) -> Option<(u16, u16)> {
    let at = 4 + 6 * last_at_or_below(count, |i| u16_at(table, 4 + 6 * i), glyph)?;
    let (start, end, value) = (u16_at(table, at)?, u16_at(table, at + 2)?, u16_at(table, at + 4)?);
    (glyph <= end).then_some((start, value))
}

/// Of `count` ascending keys, the index of the last that is not above `target`.
fn last_at_or_below(count: u16, key: impl Fn(usize) -> Option<u16>, target: u16) -> Option<usize> {
    let (mut low, mut high) = (0, usize::from(count));
    while low < high {
        let middle = (low + high) / 2;
        if key(middle)? <= target { low = middle + 1 } else { high = middle }
    }
    low.checked_sub(1)
}

fn find_table<'a>(data: &'a [u8], tag: &[u8; 4]) -> Option<&'a [u8]> {
    let count = usize::from(u16_at(data, 4)?);
    let record =
        (0..count).filter_map(|i| data.get(12 + 16 * i..28 + 16 * i)).find(|r| r.starts_with(tag))?;
    let (offset, length) = (u32_at(record, 8)? as usize, u32_at(record, 12)? as usize);
    data.get(offset..offset.checked_add(length)?)
}

fn unicode_map(cmap: &[u8]) -> Option<&[u8]> {
    const WINDOWS_UNICODE: (u16, u16) = (3, 1);
    let count = usize::from(u16_at(cmap, 2)?);
    let at = (0..count)
        .map(|i| 4 + 8 * i)
        .find(|at| u16_at(cmap, *at).zip(u16_at(cmap, at + 2)) == Some(WINDOWS_UNICODE))?;
    cmap.get(u32_at(cmap, at + 4)? as usize..).filter(|map| u16_at(map, 0) == Some(4))
}

/// The part of `data` at the offset that stands at `at`.
fn at_offset(data: &[u8], at: usize) -> Option<&[u8]> {
    data.get(usize::from(u16_at(data, at)?)..)
}

fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*data.get(at..)?.first_chunk()?))
}

fn i16_at(data: &[u8], at: usize) -> Option<i16> {
    Some(i16::from_be_bytes(*data.get(at..)?.first_chunk()?))
}

fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*data.get(at..)?.first_chunk()?))
}
