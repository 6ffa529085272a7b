//! A JPEG of which a part is drawn anew each time: the rest was coded once, and is copied.
//!
//! The scan starts anew after a fixed number of units (restart markers, annex E.1.4), so an interval depends on no other. Of the area that shapes may touch
//! the samples are kept; intervals that a shape does touch are coded from those, all others are as they were.

use super::super::bitmap::{Rect, Shape};
use super::encode::{Encoder, Scan, finished};
use super::planes::{Planes, UNIT};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Intervals of more units would code much that no shape touches; of fewer, their markers would take more room than is won.
const UNITS: std::ops::RangeInclusive<usize> = 4..=8;

/// A coded picture and the samples of its area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spliced {
    grid: Grid,
    /// The intervals that the area takes, of a row and of the rows.
    area: [Range<usize>; 2],
    planes: Planes,
    /// The codes of all intervals, one after the other, and where each ends.
    #[serde(with = "crate::render::bytes")]
    codes: Vec<u8>,
    ends: Vec<usize>,
}

/// How a picture is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Grid {
    width: usize,
    height: usize,
    /// Units in an interval; a row of units is made of whole ones.
    units: usize,
}

impl Grid {
    fn new(width: usize, height: usize) -> Self {
        let across = width.div_ceil(UNIT);
        let divides = |units: &usize| across.is_multiple_of(*units);
        let units = UNITS.rev().find(divides).or_else(|| (*UNITS.end()..across).find(divides));
        Self { width, height, units: units.unwrap_or(across) }
    }

    fn across(&self) -> usize {
        self.width.div_ceil(UNIT * self.units)
    }

    fn rows(&self) -> usize {
        self.height.div_ceil(UNIT)
    }

    /// The intervals that hold the pixels of a rectangle, of a row and of the rows.
    fn around(&self, rect: &Rect) -> [Range<usize>; 2] {
        let range = |from: i32, to: i32, side: usize, count: usize| {
            let at = |pixel: i32| usize::try_from(pixel).unwrap_or(0);
            (at(from) / side).min(count)..at(to).div_ceil(side).min(count)
        };
        [
            range(rect.left, rect.right, UNIT * self.units, self.across()),
            range(rect.top, rect.bottom, UNIT, self.rows()),
        ]
    }
}

impl Spliced {
    /// Codes `planes` at `quality`. Shapes may come within `area`.
    pub fn of(planes: &Planes, area: Rect, quality: u8) -> Self {
        let grid = Grid::new(planes.luma.width, planes.luma.height);
        let encoder = Encoder::new(quality);
        let mut scan = Scan::new(&encoder, Vec::new());
        let mut ends = Vec::new();
        for (y, part) in (0..grid.rows()).flat_map(|y| (0..grid.across()).map(move |part| (y, part))) {
            (part * grid.units..(part + 1) * grid.units).for_each(|x| scan.unit(planes, x, y));
            scan.end();
            ends.push(scan.out.len());
        }
        let area = grid.around(&area);
        let [columns, rows] = &area;
        let place = [columns.start * grid.units, rows.start, columns.len() * grid.units, rows.len()];
        let planes = planes.cut(place);
        let codes = scan.out;
        Self { grid, area, planes, codes, ends }
    }

    /// Whether its parts fit together, and it is what [`Spliced::of`] makes of a picture of this size and area: of one that was read from bytes, nothing else is known.
    pub fn is_sound(&self, width: usize, height: usize, area: Rect) -> bool {
        let grid = Grid::new(width, height);
        if self.grid != grid || self.area != grid.around(&area) {
            return false;
        }
        let [columns, rows] = &self.area;
        let side = |range: &Range<usize>, unit: usize, whole: usize| {
            (range.end * unit).min(whole) - (range.start * unit).min(whole)
        };
        self.planes.fit(side(columns, grid.units * UNIT, width), side(rows, UNIT, height))
            && self.ends.len() == grid.across() * grid.rows()
            && self.ends.is_sorted()
            && self.ends.last() == Some(&self.codes.len())
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (usize, usize) {
        (self.grid.width, self.grid.height)
    }

    /// How many bytes it takes in memory, about.
    pub fn weight(&self) -> usize {
        self.codes.len() + self.planes.luma.samples.len() * 3 / 2 + self.ends.len() * size_of::<usize>()
    }

    /// The file with shapes drawn over it, as far as they lie in the area.
    pub fn with(&self, shapes: &[Shape], quality: u8) -> Vec<u8> {
        let encoder = Encoder::new(quality);
        let [columns, rows] = &self.area;
        let (left, top) = (columns.start * self.grid.units * UNIT, rows.start * UNIT);
        let mut planes = self.planes.clone();
        let mut touched = vec![false; self.ends.len()];
        for shape in shapes {
            planes.blend(shape, left as i32, top as i32);
            for inked in shape.inked_rows() {
                let [across, down] = self.grid.around(&inked);
                for y in down.start.max(rows.start)..down.end.min(rows.end) {
                    let parts = across.start.max(columns.start)..across.end.min(columns.end);
                    touched[y * self.grid.across()..][parts].fill(true);
                }
            }
        }
        let interval = u16::try_from(self.grid.units).ok();
        let mut scan = Scan::new(&encoder, encoder.header(self.grid.width, self.grid.height, interval));
        let mut start = 0;
        for (at, (end, touched)) in self.ends.iter().zip(touched).enumerate() {
            if at > 0 {
                scan.out.extend([0xff, 0xd0 | ((at - 1) % 8) as u8]);
            }
            if touched {
                let (y, part) = (at / self.grid.across(), at % self.grid.across());
                let first = (part - columns.start) * self.grid.units;
                (first..first + self.grid.units).for_each(|x| scan.unit(&planes, x, y - rows.start));
                scan.end();
            } else {
                scan.out.extend_from_slice(&self.codes[start..*end]);
            }
            start = *end;
        }
        finished(scan.out)
    }
}
