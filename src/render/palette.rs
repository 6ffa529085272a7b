//! Pictures as indices into a palette: exact where the colours are few, median cut where they are not.

use super::Rgb;
use super::bitmap::Bitmap;

/// The palette's limit in GIF and PNG.
pub const MOST: usize = 256;

/// At most 256 colours, each with its index.
#[derive(Clone, Debug, PartialEq)]
pub struct Colors {
    list: Vec<Rgb>,
    /// Colours by their hash, open addressing: the packed colour and its index.
    slots: Box<[(u32, u8); SLOTS]>,
}

const SLOTS: usize = 4 * MOST;
const EMPTY: u32 = u32::MAX;

impl Colors {
    /// None.
    pub fn new() -> Self {
        Self { list: Vec::new(), slots: Box::new([(EMPTY, 0); SLOTS]) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Three bytes a colour.
    pub fn bytes(&self) -> Vec<u8> {
        self.list.iter().flat_map(|c| [c.0, c.1, c.2]).collect()
    }

    /// The indices of pixels of three bytes each, new colours taken in; `None` when these are too many.
    pub fn indices(&mut self, rgb: &[u8]) -> Option<Vec<u8>> {
        let mut indices = Vec::with_capacity(rgb.len() / 3);
        let mut last = (EMPTY, 0);
        for pixel in rgb.chunks_exact(3) {
            let color = Rgb(pixel[0], pixel[1], pixel[2]);
            let key = u32::from_be_bytes([0, color.0, color.1, color.2]);
            if last.0 != key {
                last = (key, self.index(color, key)?);
            }
            indices.push(last.1);
        }
        Some(indices)
    }

    fn index(&mut self, color: Rgb, key: u32) -> Option<u8> {
        let mut slot = (key.wrapping_mul(0x9e37_79b1) >> 22) as usize;
        while self.slots[slot].0 != key && self.slots[slot].0 != EMPTY {
            slot = (slot + 1) % SLOTS;
        }
        if self.slots[slot].0 == EMPTY {
            self.slots[slot] = (key, u8::try_from(self.list.len()).ok()?);
            self.list.push(color);
        }
        Some(self.slots[slot].1)
    }
}

/// The colours of `bitmap` and its pixels as their indices, if they are at most 256.
pub fn exact(bitmap: &Bitmap) -> Option<(Colors, Vec<u8>)> {
    let mut colors = Colors::new();
    let indices = colors.indices(&bitmap.rgb)?;
    Some((colors, indices))
}

/// Pixels, three bytes each, in the colours that median cut finds (Heckbert 1982), at most `most` of them and 256, without dithering: those, three bytes each, and the pixels as
/// their indices.
pub fn reduced(rgb: &[u8], most: usize) -> (Vec<u8>, Vec<u8>) {
    let mut cells = histogram(rgb);
    let mut boxes = vec![(0, cells.len())];
    let mut scores = vec![score(&cells)];
    while boxes.len() < most.min(MOST) {
        let widest = scores.iter().enumerate().max_by_key(|(_, score)| **score);
        let Some((next, _)) = widest.filter(|(_, score)| **score > 0) else { break };
        let (start, end) = boxes[next];
        let middle = start + split(&mut cells[start..end]);
        boxes[next] = (start, middle);
        scores[next] = score(&cells[start..middle]);
        boxes.push((middle, end));
        scores.push(score(&cells[middle..end]));
    }
    let mut index_of = vec![0u8; 1 << (3 * BITS)];
    for (index, (start, end)) in boxes.iter().enumerate() {
        for cell in &cells[*start..*end] {
            index_of[cell.key()] = index as u8;
        }
    }
    let colors = boxes.iter().flat_map(|(start, end)| average(&cells[*start..*end])).collect();
    let indices = rgb.chunks_exact(3).map(|p| index_of[key(p)]).collect();
    (colors, indices)
}

/// Bits of each channel that the histogram tells apart.
const BITS: u32 = 6;

/// The pixels of nearly one colour: their number and the sums of their channels.
#[derive(Clone, Copy)]
struct Cell {
    count: u32,
    sums: [u32; 3],
}

impl Cell {
    fn mean(&self, channel: usize) -> u8 {
        (self.sums[channel] / self.count) as u8
    }

    fn key(&self) -> usize {
        key(&[self.mean(0), self.mean(1), self.mean(2)])
    }
}

fn key(pixel: &[u8]) -> usize {
    pixel.iter().fold(0, |key, channel| key << BITS | usize::from(channel >> (8 - BITS)))
}

fn histogram(rgb: &[u8]) -> Vec<Cell> {
    let mut cells = vec![Cell { count: 0, sums: [0; 3] }; 1 << (3 * BITS)];
    for pixel in rgb.chunks_exact(3) {
        let cell = &mut cells[key(pixel)];
        cell.count += 1;
        for (sum, channel) in cell.sums.iter_mut().zip(pixel) {
            *sum += u32::from(*channel);
        }
    }
    cells.retain(|cell| cell.count > 0);
    cells
}

/// How much dividing a box helps: its spread, weighted by its pixels.
fn score(cells: &[Cell]) -> u64 {
    let pixels: u64 = cells.iter().map(|cell| u64::from(cell.count)).sum();
    let (_, spread) = longest(cells);
    // the square root keeps large flat areas from taking all colours
    u64::from(spread).pow(2) * pixels.isqrt()
}

/// The channel in which the cells differ most, and by how much.
fn longest(cells: &[Cell]) -> (usize, u8) {
    let spread = |channel: usize| {
        let (low, high) = cells.iter().fold((u8::MAX, 0), |(low, high), cell| {
            (low.min(cell.mean(channel)), high.max(cell.mean(channel)))
        });
        high.saturating_sub(low)
    };
    (0..3).map(|channel| (channel, spread(channel))).max_by_key(|(_, spread)| *spread).unwrap_or((0, 0))
}

/// Sorts the cells along their longest channel; half of the pixels lie before the index that comes back.
fn split(cells: &mut [Cell]) -> usize {
    let (channel, _) = longest(cells);
    cells.sort_unstable_by_key(|cell| (cell.mean(channel), cell.key()));
    let half: u64 = cells.iter().map(|cell| u64::from(cell.count)).sum::<u64>() / 2;
    let mut before = 0;
    let reached = cells.iter().position(|cell| {
        before += u64::from(cell.count);
        before > half
    });
    reached.unwrap_or(0).clamp(1, cells.len() - 1)
}

fn average(cells: &[Cell]) -> [u8; 3] {
    let pixels = cells.iter().map(|cell| u64::from(cell.count)).sum::<u64>().max(1);
    let mean = |channel: usize| {
        let sum: u64 = cells.iter().map(|cell| u64::from(cell.sums[channel])).sum();
        (sum / pixels) as u8
    };
    [mean(0), mean(1), mean(2)]
}
