//! The encoder: blocks to coefficients, coefficients to codes.

use super::lanes::{Four, Half};
use super::planes::{Block, Planes, UNIT};
use super::tables::{
    CHROMA_AC, CHROMA_DC, CHROMA_STEPS, Huffman, IN_ORDER, LUMA_AC, LUMA_DC, LUMA_STEPS, ZIGZAG,
};

/// `planes` as a JPEG file of `quality` 1–100 (the scale of the Independent JPEG Group).
pub fn encode(planes: &Planes, quality: u8) -> Vec<u8> {
    let encoder = Encoder::new(quality);
    let (width, height) = (planes.luma.width, planes.luma.height);
    let mut scan = Scan::new(&encoder, encoder.header(width, height, None));
    for y in 0..height.div_ceil(UNIT) {
        (0..width.div_ceil(UNIT)).for_each(|x| scan.unit(planes, x, y));
    }
    scan.end();
    finished(scan.out)
}

/// A file whose scan is complete.
pub fn finished(mut out: Vec<u8>) -> Vec<u8> {
    out.extend([0xff, 0xd9]);
    out
}

/// The tables of one quality.
pub struct Encoder {
    steps: [[u8; 64]; 2],
    luma: Coder,
    chroma: Coder,
}

impl Encoder {
    /// For `quality` 1–100.
    pub fn new(quality: u8) -> Self {
        let steps = [quantizers(&LUMA_STEPS, quality), quantizers(&CHROMA_STEPS, quality)];
        Self {
            luma: Coder::new(&steps[0], &LUMA_DC, &LUMA_AC),
            chroma: Coder::new(&steps[1], &CHROMA_DC, &CHROMA_AC),
            steps,
        }
    }

    /// All that stands before the scan of a picture of `width` × `height`, which starts anew after every `interval` units.
    pub fn header(&self, width: usize, height: usize, interval: Option<u16>) -> Vec<u8> {
        let mut out = Vec::with_capacity(width * height / 4);
        out.extend([0xff, 0xd8]);
        write_segment(&mut out, 0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        for (id, table) in (0..).zip(&self.steps) {
            let mut content = vec![id];
            content.extend(ZIGZAG.map(|at| table[usize::from(at)]));
            write_segment(&mut out, 0xdb, &content);
        }
        let [h1, h0] = (height as u16).to_be_bytes();
        let [w1, w0] = (width as u16).to_be_bytes();
        // 8 bits; three components: id, sampling, quantizer
        write_segment(&mut out, 0xc0, &[8, h1, h0, w1, w0, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
        for (id, table) in [(0x00, &LUMA_DC), (0x10, &LUMA_AC), (0x01, &CHROMA_DC), (0x11, &CHROMA_AC)] {
            let mut content = vec![id];
            content.extend(table.lengths);
            content.extend(table.symbols);
            write_segment(&mut out, 0xc4, &content);
        }
        if let Some(interval) = interval {
            write_segment(&mut out, 0xdd, &interval.to_be_bytes());
        }
        // three components: id, Huffman tables; all coefficients at once
        write_segment(&mut out, 0xda, &[3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0]);
        out
    }
}

fn write_segment(out: &mut Vec<u8>, marker: u8, content: &[u8]) {
    out.extend([0xff, marker]);
    out.extend((content.len() as u16 + 2).to_be_bytes());
    out.extend(content);
}

/// What codes one kind of component.
struct Coder {
    /// What coefficients are multiplied by, column by column.
    factors: [[Four; 2]; 8],
    dc: [(u16, u32); 256],
    ac: [(u16, u32); 256],
}

/// The quantised coefficients of a block, column by column, and in the order of coding which of them are not 0.
struct Coefficients {
    values: [[i16; 8]; 8],
    present: u64,
}

impl Coder {
    fn new(steps: &[u8; 64], dc: &Huffman, ac: &Huffman) -> Self {
        let factor = |row: usize, column: usize| {
            1.0 / (f32::from(steps[8 * row + column]) * AAN_SCALES[row] * AAN_SCALES[column] * 8.0)
        };
        let four = |from: usize, column: usize| Four::new(std::array::from_fn(|i| factor(from + i, column)));
        let factors = std::array::from_fn(|column| [four(0, column), four(4, column)]);
        Self { factors, dc: dc.codes(), ac: ac.codes() }
    }

    /// The two-dimensional DCT of `block`, divided by the steps and rounded.
    #[inline]
    fn quantized(&self, block: &Block) -> Coefficients {
        let [upper, lower] = transposed(halves(block).map(dct)).map(dct);
        let mut values = [[0; 8]; 8];
        let mut present = 0;
        for (column, (values, factors)) in values.iter_mut().zip(&self.factors).enumerate() {
            let set;
            (*values, set) = Four::rounded([upper[column], lower[column]], *factors);
            present |=
                IN_ORDER[2 * column][usize::from(set & 15)] | IN_ORDER[2 * column + 1][usize::from(set >> 4)];
        }
        Coefficients { values, present }
    }
}

/// The left and the right half of a block's rows.
#[inline]
fn halves(block: &Block) -> [Half; 2] {
    let rows = block.map(Four::samples);
    [rows.map(|row| row[0]), rows.map(|row| row[1])]
}

/// From left and right halves of rows to left and right halves of columns.
#[inline]
fn transposed([left, right]: [Half; 2]) -> [Half; 2] {
    let turn =
        |from: &Half, at: usize| Four::transposed([from[at], from[at + 1], from[at + 2], from[at + 3]]);
    let join = |[a, b, c, d]: [Four; 4], [e, f, g, h]: [Four; 4]| [a, b, c, d, e, f, g, h];
    [join(turn(&left, 0), turn(&right, 0)), join(turn(&left, 4), turn(&right, 4))]
}

/// The DCT of four columns, each coefficient still to be scaled by [`AAN_SCALES`] (Arai, Agui, Nakajima 1988: five multiplications).
#[inline]
fn dct(v: Half) -> Half {
    let (s07, d07) = (v[0] + v[7], v[0] - v[7]);
    let (s16, d16) = (v[1] + v[6], v[1] - v[6]);
    let (s25, d25) = (v[2] + v[5], v[2] - v[5]);
    let (s34, d34) = (v[3] + v[4], v[3] - v[4]);

    let (even, odd) = (s07 + s34, s07 - s34);
    let (inner, twist) = (s16 + s25, s16 - s25);
    let turned = (twist + odd) * std::f32::consts::FRAC_1_SQRT_2;

    let (low, mid, high) = (d34 + d25, d25 + d16, d16 + d07);
    let shared = (low - high) * 0.382_683_43;
    let bottom = low * 0.541_196_1 + shared;
    let top = high * 1.306_563 + shared;
    let center = mid * std::f32::consts::FRAC_1_SQRT_2;
    let (above, below) = (d07 + center, d07 - center);

    [
        even + inner,
        above + top,
        odd + turned,
        below - bottom,
        even - inner,
        below + bottom,
        odd - turned,
        above - top,
    ]
}

/// cos(kπ/16)·√2, and 1 for k = 0: what the fast DCT leaves in coefficient k.
const AAN_SCALES: [f32; 8] =
    [1.0, 1.387_039_8, 1.306_563, 1.175_875_6, 1.0, 0.785_694_96, 0.541_196_1, 0.275_899_38];

/// Annex K's steps (row by row) at `quality`.
fn quantizers(steps: &[u8; 64], quality: u8) -> [u8; 64] {
    let quality = u32::from(quality.clamp(1, 100));
    let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    steps.map(|step| ((u32::from(step) * percent + 50) / 100).clamp(1, 255) as u8)
}

/// The entropy-coded data as it grows.
pub struct Scan<'a> {
    encoder: &'a Encoder,
    /// The file so far.
    pub out: Vec<u8>,
    /// Bits not yet written, the latest lowest.
    bits: u64,
    count: u32,
    /// The last mean of each component.
    last: [i16; 3],
}

impl<'a> Scan<'a> {
    /// Goes on where `out` ends.
    pub fn new(encoder: &'a Encoder, out: Vec<u8>) -> Self {
        Self { encoder, out, bits: 0, count: 0, last: [0; 3] }
    }

    /// Codes the unit at (`x`, `y`).
    pub fn unit(&mut self, planes: &Planes, x: usize, y: usize) {
        let encoder = self.encoder;
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            self.block(&encoder.luma, &planes.luma.block(2 * x + dx, 2 * y + dy), 0);
        }
        self.block(&encoder.chroma, &planes.chroma[0].block(x, y), 1);
        self.block(&encoder.chroma, &planes.chroma[1].block(x, y), 2);
    }

    /// Codes one block: the difference of its mean to the last one's, then runs of zeros and values (annex F.1.2).
    fn block(&mut self, coder: &Coder, block: &Block, component: usize) {
        const SIXTEEN_ZEROS: usize = 0xf0;
        const END: usize = 0;
        let Coefficients { values, present } = coder.quantized(block);
        let mean = values[0][0];
        let (size, bits) = magnitude(mean - std::mem::replace(&mut self.last[component], mean));
        self.push(coder.dc[size as usize & 255], (bits, size));
        let mut rest = present & !1;
        let mut before = 0;
        while rest != 0 {
            let at = rest.trailing_zeros();
            rest &= rest - 1;
            let mut zeros = at - before - 1;
            while zeros > 15 {
                self.push(coder.ac[SIXTEEN_ZEROS], (0, 0));
                zeros -= 16;
            }
            let place = usize::from(ZIGZAG[at as usize & 63]);
            let (size, bits) = magnitude(values[place % 8][(place / 8) & 7]);
            self.push(coder.ac[(zeros << 4 | size) as usize & 255], (bits, size));
            before = at;
        }
        if before < 63 {
            self.push(coder.ac[END], (0, 0));
        }
    }

    /// Writes a code and the bits that follow it.
    #[inline(always)] // a call costs as much again
    fn push(&mut self, (code, length): (u16, u32), (bits, size): (u16, u32)) {
        self.bits = self.bits << (length + size) | u64::from(code) << size | u64::from(bits);
        self.count += length + size;
        if self.count >= 32 {
            self.count -= 32;
            self.word((self.bits >> self.count) as u32);
        }
    }

    #[inline]
    fn word(&mut self, word: u32) {
        // is any byte 0xff? (Its complement is 0 then, and "Bit Twiddling Hacks" by S. E. Anderson finds zero bytes)
        let inverse = !word;
        if inverse.wrapping_sub(0x0101_0101) & word & 0x8080_8080 == 0 {
            self.out.extend_from_slice(&word.to_be_bytes());
        } else {
            word.to_be_bytes().into_iter().for_each(|byte| self.byte(byte));
        }
    }

    fn byte(&mut self, byte: u8) {
        self.out.push(byte);
        if byte == 0xff {
            self.out.push(0); // or a decoder would take it for a marker
        }
    }

    /// Fills the last byte with ones; whatever comes next starts anew.
    pub fn end(&mut self) {
        let spare = (8 - self.count % 8) % 8;
        self.bits = self.bits << spare | ((1 << spare) - 1);
        self.count += spare;
        while self.count > 0 {
            self.count -= 8;
            self.byte((self.bits >> self.count) as u8);
        }
        self.last = [0; 3];
    }
}

/// How many bits `value` takes, and those bits: negative values are one below their two's complement.
#[inline]
fn magnitude(value: i16) -> (u32, u16) {
    let size = 16 - value.unsigned_abs().leading_zeros();
    let bits = if value < 0 { value - 1 } else { value };
    (size, bits as u16 & ((1u32 << size) - 1) as u16)
}
