//! A PNG of which a part is drawn anew each time: the rest was compressed once, and is copied.
//!
//! Rows are compressed in bands, none of which looks back into another; each is an `IDAT` chunk of its own. Bands that a shape touches are compressed again. Where the
//! background has few colours the picture is one of indices, as long as the shapes' own colours find room beside them.

use super::super::bitmap::{Bitmap, Shape};
use super::super::palette::{self, Colors};
use super::{INDEXED, RGB, SIGNATURE, encode, write_chunk, write_header};
use adler2::adler32_slice;
use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, compress_to_output, create_comp_flags_from_zip_params,
};

/// Rows in a band: of fewer, little would be left to compress; of more, much that no shape touches would be compressed again.
const ROWS: usize = 16;
/// A stream of zlib with no dictionary, its fastest level (RFC 1950).
const BEGIN: [u8; 2] = [0x78, 0x01];
/// A last block with nothing in it (RFC 1951).
const END: [u8; 2] = [0x03, 0x00];

/// A compressed picture and its pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Spliced {
    bitmap: Bitmap,
    /// The colours, of a picture that has few.
    colors: Option<Colors>,
    bands: Vec<Band>,
}

/// Some rows, compressed.
#[derive(Clone, Debug, PartialEq)]
struct Band {
    chunk: Vec<u8>,
    /// Of the rows before compression: their Adler-32 and length.
    sum: u32,
    length: usize,
}

impl Spliced {
    /// Compresses `bitmap`.
    pub fn of(bitmap: Bitmap) -> Self {
        let indexed = palette::exact(&bitmap);
        let mut press = Press::new();
        let bands = match &indexed {
            Some((_, indices)) => {
                bands(indices, bitmap.width).map(|rows| press.indices(rows, bitmap.width)).collect()
            }
            None => {
                bands(&bitmap.rgb, 3 * bitmap.width).map(|rows| press.pixels(rows, bitmap.width)).collect()
            }
        };
        Self { bitmap, colors: indexed.map(|(colors, _)| colors), bands }
    }

    /// The pixels.
    pub fn bitmap(&self) -> &Bitmap {
        &self.bitmap
    }

    /// The file with shapes drawn over it.
    pub fn with(&self, shapes: &[Shape]) -> Vec<u8> {
        let mut bitmap = self.bitmap.clone();
        let mut touched = vec![false; self.bands.len()];
        for shape in shapes {
            bitmap.blend(shape);
            let bounds = shape.bounds();
            let row = |at: i32| usize::try_from(at).unwrap_or(0);
            let end = row(bounds.bottom).div_ceil(ROWS).min(touched.len());
            touched[(row(bounds.top) / ROWS).min(end)..end].fill(true);
        }
        match &self.colors {
            Some(colors) => {
                self.indexed(&bitmap, colors.clone(), &touched).unwrap_or_else(|| encode(&bitmap))
            }
            None => {
                let mut press = Press::new();
                let rows = bands(&bitmap.rgb, 3 * bitmap.width);
                let anew = rows
                    .zip(&touched)
                    .map(|(rows, touched)| touched.then(|| press.pixels(rows, bitmap.width)));
                self.file(None, anew)
            }
        }
    }

    /// The file with the touched rows as indices; `None` when there are too many colours.
    fn indexed(&self, bitmap: &Bitmap, mut colors: Colors, touched: &[bool]) -> Option<Vec<u8>> {
        let mut press = Press::new();
        let mut anew = Vec::with_capacity(touched.len());
        for (rows, touched) in bands(&bitmap.rgb, 3 * bitmap.width).zip(touched) {
            anew.push(if *touched {
                Some(press.indices(&colors.indices(rows)?, bitmap.width))
            } else {
                None
            });
        }
        Some(self.file(Some(&colors), anew))
    }

    fn file(&self, colors: Option<&Colors>, anew: impl IntoIterator<Item = Option<Band>>) -> Vec<u8> {
        let size: usize = self.bands.iter().map(|band| band.chunk.len()).sum();
        let mut out = Vec::with_capacity(size + size / 2);
        out.extend(SIGNATURE);
        write_header(&mut out, &self.bitmap, if colors.is_some() { INDEXED } else { RGB });
        if let Some(colors) = colors {
            write_chunk(&mut out, b"PLTE", &colors.bytes());
        }
        write_chunk(&mut out, b"IDAT", &BEGIN);
        let mut sum = 1;
        for (kept, anew) in self.bands.iter().zip(anew) {
            let band = anew.as_ref().unwrap_or(kept);
            out.extend_from_slice(&band.chunk);
            sum = joined(sum, band.sum, band.length);
        }
        let [a, b, c, d] = sum.to_be_bytes();
        write_chunk(&mut out, b"IDAT", &[END[0], END[1], a, b, c, d]);
        write_chunk(&mut out, b"IEND", &[]);
        out
    }
}

fn bands(data: &[u8], stride: usize) -> impl Iterator<Item = &[u8]> {
    data.chunks(ROWS * stride)
}

/// Compresses bands, with memory that is taken once.
struct Press(Box<CompressorOxide>);

impl Press {
    fn new() -> Self {
        const FASTEST: i32 = 1;
        const WITHOUT_HEADER: i32 = -15;
        let flags = create_comp_flags_from_zip_params(FASTEST, WITHOUT_HEADER, 0);
        Self(Box::new(CompressorOxide::new(flags)))
    }

    fn indices(&mut self, rows: &[u8], width: usize) -> Band {
        self.band(&super::unfiltered(rows, width))
    }

    fn pixels(&mut self, rows: &[u8], width: usize) -> Band {
        self.band(&super::filtered(rows, 3 * width))
    }

    fn band(&mut self, raw: &[u8]) -> Band {
        let mut data = Vec::with_capacity(raw.len() / 4);
        self.0.reset();
        // all of it, up to the end of a byte; only memory could be lacking
        compress_to_output(&mut self.0, raw, TDEFLFlush::Sync, |part| {
            data.extend_from_slice(part);
            true
        });
        let mut chunk = Vec::with_capacity(data.len() + 12);
        write_chunk(&mut chunk, b"IDAT", &data);
        Band { chunk, sum: adler32_slice(raw), length: raw.len() }
    }
}

/// The Adler-32 of two parts, one after the other (RFC 1950, section 9): `length` is the second's.
fn joined(first: u32, second: u32, length: usize) -> u32 {
    const BASE: u64 = 65_521;
    let halves = |sum: u32| (u64::from(sum & 0xffff), u64::from(sum >> 16));
    let ((a1, b1), (a2, b2)) = (halves(first), halves(second));
    let length = length as u64 % BASE;
    let low = (a1 + a2 + BASE - 1) % BASE;
    let high = (b1 + b2 + length * a1 + BASE - length) % BASE;
    (high << 16 | low) as u32
}
