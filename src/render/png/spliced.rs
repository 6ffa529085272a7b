//! A PNG of which a part is drawn anew each time: the rest was compressed once, and is copied.
//!
//! Art of many colours is a [`Woven`]. Else rows are compressed in bands, none of which looks back into another; each is an `IDAT` chunk of its own. Bands that a shape
//! touches are compressed again. Where the background has few colours the picture is one of indices, as long as the shapes' own colours find room beside them.

use super::super::adler::{adler32, joined};
use super::super::bitmap::{Bitmap, Rect, Shape};
use super::super::palette::{self, Colors};
use super::woven::Woven;
use super::{INDEXED, RGB, SIGNATURE, encode, write_chunk, write_header};
use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, compress_to_output, create_comp_flags_from_zip_params,
};

/// Rows that are compressed anew together: of fewer, little would be left to compress; of more, much that no shape touches would be compressed again.
const ROWS: usize = 16;

/// A stream of zlib with no dictionary, its fastest level (RFC 1950).
const BEGIN: [u8; 2] = [0x78, 0x01];
/// A last block with nothing in it (RFC 1951).
const END: [u8; 2] = [0x03, 0x00];

/// A compressed picture and its pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Spliced {
    bitmap: Bitmap,
    /// Where shapes may come.
    area: Rect,
    coded: Coded,
}

#[derive(Clone, Debug, PartialEq)]
enum Coded {
    /// Art of many colours.
    Woven(Woven),
    /// Photographs.
    Pixels(Vec<Band>),
    /// Of few colours.
    Indices(Colors, Vec<Band>),
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
    /// Compresses `bitmap`. Shapes may come within `area`.
    pub fn of(bitmap: Bitmap, area: Rect) -> Self {
        let mut press = Press::new();
        let coded = if let Some((colors, indices)) = palette::exact(&bitmap) {
            let rows = bands(&indices, bitmap.width);
            Coded::Indices(colors, rows.map(|rows| press.indices(rows, bitmap.width)).collect())
        } else if let Some(woven) = Woven::of(&bitmap, area) {
            Coded::Woven(woven)
        } else {
            let rows = bands(&bitmap.rgb, 3 * bitmap.width);
            Coded::Pixels(rows.map(|rows| press.pixels(rows, bitmap.width)).collect())
        };
        Self { bitmap, area, coded }
    }

    /// What [`Spliced::of`] made and [`Spliced::woven`] gave; `None` if these don't fit together.
    pub fn rejoined(bitmap: Bitmap, area: Rect, woven: Woven) -> Option<Self> {
        let sound = woven.is_sound(bitmap.width, bitmap.height, area);
        sound.then_some(Self { bitmap, area, coded: Coded::Woven(woven) })
    }

    /// What took long to find, if anything did: to be kept beside the pixels.
    pub fn woven(&self) -> Option<&Woven> {
        match &self.coded {
            Coded::Woven(woven) => Some(woven),
            _ => None,
        }
    }

    /// The pixels.
    pub fn bitmap(&self) -> &Bitmap {
        &self.bitmap
    }

    /// How many bytes it takes in memory, about.
    pub fn weight(&self) -> usize {
        let of = |bands: &[Band]| bands.iter().map(|band| band.chunk.len() + size_of::<Band>()).sum();
        let coded: usize = match &self.coded {
            Coded::Woven(woven) => woven.weight(),
            Coded::Pixels(bands) | Coded::Indices(_, bands) => of(bands),
        };
        self.bitmap.rgb.len() + coded
    }

    /// The file with shapes drawn over it, as far as they lie in the area.
    pub fn with(&self, shapes: &[Shape]) -> Vec<u8> {
        let mut inked = vec![false; self.bitmap.height];
        for row in shapes.iter().flat_map(Shape::inked_rows) {
            let row = usize::try_from(row.top).ok().and_then(|y| inked.get_mut(y));
            row.into_iter().for_each(|inked| *inked = true);
        }
        let touched: Vec<bool> = inked.chunks(ROWS).map(|band| band.contains(&true)).collect();
        match &self.coded {
            Coded::Woven(woven) => {
                let mut out = self.begun(None, woven.len() * 2);
                write_chunk(&mut out, b"IDAT", &woven.stream(&self.bitmap, shapes, self.area, &inked));
                write_chunk(&mut out, b"IEND", &[]);
                out
            }
            Coded::Indices(colors, bands) => {
                let bitmap = self.drawn(shapes);
                self.indexed(&bitmap, colors.clone(), bands, &touched).unwrap_or_else(|| encode(&bitmap))
            }
            Coded::Pixels(kept) => {
                let bitmap = self.drawn(shapes);
                let mut press = Press::new();
                let rows = bands(&bitmap.rgb, 3 * bitmap.width);
                let anew = rows
                    .zip(&touched)
                    .map(|(rows, touched)| touched.then(|| press.pixels(rows, bitmap.width)));
                self.file(None, kept, anew)
            }
        }
    }

    fn drawn(&self, shapes: &[Shape]) -> Bitmap {
        let mut bitmap = self.bitmap.clone();
        shapes.iter().for_each(|shape| bitmap.blend_within(shape, self.area, 0));
        bitmap
    }

    /// The file with the touched rows as indices; `None` when there are too many colours.
    fn indexed(
        &self,
        bitmap: &Bitmap,
        mut colors: Colors,
        kept: &[Band],
        touched: &[bool],
    ) -> Option<Vec<u8>> {
        let mut press = Press::new();
        let mut anew = Vec::with_capacity(touched.len());
        for (rows, touched) in bands(&bitmap.rgb, 3 * bitmap.width).zip(touched) {
            anew.push(if *touched {
                Some(press.indices(&colors.indices(rows)?, bitmap.width))
            } else {
                None
            });
        }
        Some(self.file(Some(&colors), kept, anew))
    }

    /// All that stands before the pixels.
    fn begun(&self, colors: Option<&Colors>, size: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(size);
        out.extend(SIGNATURE);
        write_header(&mut out, &self.bitmap, if colors.is_some() { INDEXED } else { RGB });
        if let Some(colors) = colors {
            write_chunk(&mut out, b"PLTE", &colors.bytes());
        }
        out
    }

    fn file(
        &self,
        colors: Option<&Colors>,
        kept: &[Band],
        anew: impl IntoIterator<Item = Option<Band>>,
    ) -> Vec<u8> {
        let size: usize = kept.iter().map(|band| band.chunk.len()).sum();
        let mut out = self.begun(colors, size + size / 2);
        write_chunk(&mut out, b"IDAT", &BEGIN);
        let mut sum = 1;
        for (kept, anew) in kept.iter().zip(anew) {
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
        Band { chunk, sum: adler32(raw), length: raw.len() }
    }
}
