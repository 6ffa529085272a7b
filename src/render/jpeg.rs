//! JPEG (ITU-T T.81): reading through `zune-jpeg`, writing by a baseline encoder of our own.
//!
//! The encoder is baseline, 4:2:0, with the tables of annex K: every mail client reads that. Its arithmetic is additions and
//! multiplications of `f32` and `i32` only, so its bytes are the same on every platform.

use super::bitmap::Bitmap;
use super::{MAX_SIDE, RenderError};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Width and height as declared in the frame header.
pub fn dimensions(data: &[u8]) -> Option<(u32, u32)> {
    let mut rest = data.strip_prefix(b"\xff\xd8")?;
    loop {
        let [0xff, marker, high, low, after @ ..] = rest else { return None };
        match marker {
            0xff => rest = rest.get(1..)?, // a fill byte
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let [_depth, h1, h0, w1, w0, ..] = after else { return None };
                return Some((u16::from_be_bytes([*w1, *w0]).into(), u16::from_be_bytes([*h1, *h0]).into()));
            }
            _ => rest = rest.get(2 + usize::from(u16::from_be_bytes([*high, *low]))..)?,
        }
    }
}

/// The picture in `data`, whose declared dimensions the caller has found acceptable. Baseline and progressive; grey, YCbCr,
/// CMYK.
pub fn decode(data: &[u8]) -> Result<Bitmap, RenderError> {
    let options = DecoderOptions::new_safe()
        .set_strict_mode(true)
        .set_max_width(MAX_SIDE as usize)
        .set_max_height(MAX_SIDE as usize)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(data), options);
    let rgb = decoder.decode().map_err(|_| RenderError::Corrupt)?;
    let (width, height) = decoder.dimensions().ok_or(RenderError::Corrupt)?;
    let whole = rgb.len() == width * height * 3 && !rgb.is_empty();
    if whole { Ok(Bitmap { width, height, rgb }) } else { Err(RenderError::Corrupt) }
}

/// `bitmap` as a JPEG file of `quality` 1–100 (the scale of the Independent JPEG Group).
pub fn encode(bitmap: &Bitmap, quality: u8) -> Vec<u8> {
    let tables = [quantizers(&LUMA_STEPS, quality), quantizers(&CHROMA_STEPS, quality)];
    let mut out = Vec::with_capacity(bitmap.rgb.len() / 8);
    write_headers(&mut out, bitmap, &tables);
    let [luma_divisors, chroma_divisors] = tables.map(|table| divisors(&table));
    let planes = Planes::of(bitmap);
    let mut scan = Scan { out, bits: 0, count: 0 };
    let [luma_codes, chroma_codes] = [Codes::new(&LUMA_DC, &LUMA_AC), Codes::new(&CHROMA_DC, &CHROMA_AC)];
    let mut last_dc = [0; 3];
    for y in 0..bitmap.height.div_ceil(16) {
        for x in 0..bitmap.width.div_ceil(16) {
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let block = planes.luma.block(2 * x + dx, 2 * y + dy);
                scan.write(&quantized(block, &luma_divisors), &mut last_dc[0], &luma_codes);
            }
            for (plane, last_dc) in planes.chroma.iter().zip(&mut last_dc[1..]) {
                scan.write(&quantized(plane.block(x, y), &chroma_divisors), last_dc, &chroma_codes);
            }
        }
    }
    scan.finish()
}

/// One component's samples.
struct Plane {
    width: usize,
    height: usize,
    samples: Vec<u8>,
}

impl Plane {
    /// Block (`x`, `y`) of 8 × 8 samples around 0; beyond the edges the last sample goes on.
    fn block(&self, x: usize, y: usize) -> [f32; 64] {
        let mut block = [0.0; 64];
        for (row, line) in block.chunks_exact_mut(8).enumerate() {
            let start = (8 * y + row).min(self.height - 1) * self.width;
            for (column, value) in line.iter_mut().enumerate() {
                *value = f32::from(self.samples[start + (8 * x + column).min(self.width - 1)]) - 128.0;
            }
        }
        block
    }
}

/// Luma in full, the two chroma components at half the width and height.
struct Planes {
    luma: Plane,
    chroma: [Plane; 2],
}

impl Planes {
    /// The conversion of JFIF 1.02 (ITU-R BT.601, full range), in 16-bit fixed point.
    fn of(bitmap: &Bitmap) -> Self {
        let luma = bitmap.rgb.chunks_exact(3).map(|p| weigh([19595, 38470, 7471], channels(p), 0, 16));
        let luma = Plane { width: bitmap.width, height: bitmap.height, samples: luma.collect() };
        let (width, height) = (bitmap.width.div_ceil(2), bitmap.height.div_ceil(2));
        let mut blue = Vec::with_capacity(width * height);
        let mut red = Vec::with_capacity(width * height);
        let stride = bitmap.width * 3;
        for pair in bitmap.rgb.chunks(2 * stride) {
            let (upper, lower) = pair.split_at(stride);
            let lower = if lower.is_empty() { upper } else { lower };
            for (above, below) in upper.chunks(6).zip(lower.chunks(6)) {
                let sum = four(above, below);
                blue.push(weigh([-11059, -21709, 32768], sum, 128, 18));
                red.push(weigh([32768, -27439, -5329], sum, 128, 18));
            }
        }
        Self { luma, chroma: [blue, red].map(|samples| Plane { width, height, samples }) }
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

fn weigh(weights: [i32; 3], rgb: [i32; 3], offset: i32, shift: u32) -> u8 {
    let sum: i32 = weights.iter().zip(rgb).map(|(weight, channel)| weight * channel).sum();
    (((sum + (1 << (shift - 1))) >> shift) + offset).clamp(0, 255) as u8
}

/// The two-dimensional DCT of `block`, divided by the steps and rounded, in zigzag order.
fn quantized(mut block: [f32; 64], divisors: &[f32; 64]) -> [i16; 64] {
    for row in 0..8 {
        dct(&mut block, 8 * row, 1);
    }
    for column in 0..8 {
        dct(&mut block, column, 8);
    }
    let mut values = [0; 64];
    for (value, at) in values.iter_mut().zip(ZIGZAG) {
        let scaled = block[usize::from(at)] * divisors[usize::from(at)];
        *value = (scaled + 16384.5) as i16 - 16384; // rounds without `floor`
    }
    values
}

/// Eight values, `step` apart from `at`, to their DCT coefficients, each still to be scaled by [`AAN_SCALES`]
/// (Arai, Agui, Nakajima 1988: five multiplications).
fn dct(block: &mut [f32; 64], at: usize, step: usize) {
    let v: [f32; 8] = std::array::from_fn(|i| block[at + i * step]);
    let (s07, d07) = (v[0] + v[7], v[0] - v[7]);
    let (s16, d16) = (v[1] + v[6], v[1] - v[6]);
    let (s25, d25) = (v[2] + v[5], v[2] - v[5]);
    let (s34, d34) = (v[3] + v[4], v[3] - v[4]);

    let (even, odd) = (s07 + s34, s07 - s34);
    let (inner, twist) = (s16 + s25, s16 - s25);
    let turned = (twist + odd) * std::f32::consts::FRAC_1_SQRT_2;

    let (low, mid, high) = (d34 + d25, d25 + d16, d16 + d07);
    let shared = (low - high) * 0.382_683_43;
    let (bottom, top) = (low * 0.541_196_1 + shared, high * 1.306_563 + shared);
    let center = mid * std::f32::consts::FRAC_1_SQRT_2;
    let (plus, minus) = (d07 + center, d07 - center);

    let out = [
        even + inner,
        plus + top,
        odd + turned,
        minus - bottom,
        even - inner,
        minus + bottom,
        odd - turned,
        plus - top,
    ];
    for (i, value) in out.into_iter().enumerate() {
        block[at + i * step] = value;
    }
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

fn divisors(steps: &[u8; 64]) -> [f32; 64] {
    std::array::from_fn(|i| 1.0 / (f32::from(steps[i]) * AAN_SCALES[i / 8] * AAN_SCALES[i % 8] * 8.0))
}

/// The entropy-coded data as it grows.
struct Scan {
    out: Vec<u8>,
    /// Bits not yet written, the latest lowest.
    bits: u64,
    count: u32,
}

impl Scan {
    /// Codes one block: the difference of its mean to the last one's, then runs of zeros and values (annex F.1.2).
    fn write(&mut self, block: &[i16; 64], last_dc: &mut i16, codes: &Codes) {
        const SIXTEEN_ZEROS: usize = 0xf0;
        const END: usize = 0;
        let (size, bits) = magnitude(block[0] - std::mem::replace(last_dc, block[0]));
        self.push(codes.dc[size as usize]);
        self.push((bits, size));
        let mut zeros = 0;
        for value in &block[1..] {
            if *value == 0 {
                zeros += 1;
                continue;
            }
            while zeros > 15 {
                self.push(codes.ac[SIXTEEN_ZEROS]);
                zeros -= 16;
            }
            let (size, bits) = magnitude(*value);
            self.push(codes.ac[zeros << 4 | size as usize]);
            self.push((bits, size));
            zeros = 0;
        }
        if zeros > 0 {
            self.push(codes.ac[END]);
        }
    }

    fn push(&mut self, (bits, count): (u16, u32)) {
        self.bits = self.bits << count | u64::from(bits);
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.bits >> self.count) as u8;
            self.out.push(byte);
            if byte == 0xff {
                self.out.push(0); // or a decoder would take it for a marker
            }
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.push((0x7f, 7)); // fills the last byte with ones
        self.out.extend([0xff, 0xd9]);
        self.out
    }
}

/// How many bits `value` takes, and those bits: negative values are one below their two's complement.
fn magnitude(value: i16) -> (u32, u16) {
    let size = 16 - value.unsigned_abs().leading_zeros();
    let bits = if value < 0 { value - 1 } else { value };
    (size, bits as u16 & ((1u32 << size) - 1) as u16)
}

/// A Huffman table as files hold it: how many codes there are of each length from 1 to 16, and their symbols.
struct Huffman {
    lengths: [u8; 16],
    symbols: &'static [u8],
}

impl Huffman {
    /// Code and length of each symbol (annex C.2).
    fn codes(&self) -> [(u16, u32); 256] {
        let mut codes = [(0, 0); 256];
        let mut symbols = self.symbols.iter();
        let mut code = 0;
        for (length, count) in (1..).zip(self.lengths) {
            for symbol in symbols.by_ref().take(count.into()) {
                codes[usize::from(*symbol)] = (code, length);
                code += 1;
            }
            code <<= 1;
        }
        codes
    }
}

struct Codes {
    dc: [(u16, u32); 256],
    ac: [(u16, u32); 256],
}

impl Codes {
    fn new(dc: &Huffman, ac: &Huffman) -> Self {
        Self { dc: dc.codes(), ac: ac.codes() }
    }
}

fn write_headers(out: &mut Vec<u8>, bitmap: &Bitmap, tables: &[[u8; 64]; 2]) {
    out.extend([0xff, 0xd8]);
    write_segment(out, 0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    for (id, table) in (0..).zip(tables) {
        let mut content = vec![id];
        content.extend(ZIGZAG.map(|at| table[usize::from(at)]));
        write_segment(out, 0xdb, &content);
    }
    let [h1, h0] = (bitmap.height as u16).to_be_bytes();
    let [w1, w0] = (bitmap.width as u16).to_be_bytes();
    // 8 bits; three components: id, sampling, quantizer
    write_segment(out, 0xc0, &[8, h1, h0, w1, w0, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
    for (id, table) in [(0x00, &LUMA_DC), (0x10, &LUMA_AC), (0x01, &CHROMA_DC), (0x11, &CHROMA_AC)] {
        let mut content = vec![id];
        content.extend(table.lengths);
        content.extend(table.symbols);
        write_segment(out, 0xc4, &content);
    }
    // three components: id, Huffman tables; all coefficients at once
    write_segment(out, 0xda, &[3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0]);
}

fn write_segment(out: &mut Vec<u8>, marker: u8, content: &[u8]) {
    out.extend([0xff, marker]);
    out.extend((content.len() as u16 + 2).to_be_bytes());
    out.extend(content);
}

/// Row-by-row positions in the order of coding.
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Table K.1.
const LUMA_STEPS: [u8; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17,
    22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78,
    87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

/// Table K.2.
const CHROMA_STEPS: [u8; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/// Table K.3.
const LUMA_DC: Huffman = Huffman {
    lengths: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
    symbols: &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
};

/// Table K.4.
const CHROMA_DC: Huffman = Huffman {
    lengths: [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
    symbols: &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
};

/// Table K.5.
const LUMA_AC: Huffman = Huffman {
    lengths: [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d],
    symbols: &[
        0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22,
        0x71, 0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33,
        0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34,
        0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55,
        0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76,
        0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96,
        0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5,
        0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4,
        0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1,
        0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
    ],
};

/// Table K.6.
const CHROMA_AC: Huffman = Huffman {
    lengths: [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77],
    symbols: &[
        0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13,
        0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0, 0x15, 0x62,
        0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28, 0x29,
        0x2a, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54,
        0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75,
        0x76, 0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94,
        0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3,
        0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2,
        0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea,
        0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
    ],
};
