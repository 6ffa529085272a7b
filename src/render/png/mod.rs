//! PNG (ISO/IEC 15948), both ways. The `png` crate adds 78 KB of compressed wasm; this shares its zlib with the rest.
//!
//! Reading takes every colour type and depth, interlaced or not; transparency is laid over white. Writing takes a palette
//! where that is without loss. [`encode`] writes a whole picture; [`Spliced`] one of which a part is drawn anew each time.

mod code;
mod spliced;
mod woven;

pub use spliced::Spliced;
pub use woven::Woven;

use super::bitmap::Bitmap;
use super::{RenderError, palette};
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// The eight bytes before the first chunk.
pub const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";

const CORRUPT: RenderError = RenderError::Corrupt;

/// Width and height as declared.
pub fn dimensions(data: &[u8]) -> Option<(u32, u32)> {
    let ihdr = data.strip_prefix(SIGNATURE)?.get(8..16)?;
    let (width, height) = ihdr.split_first_chunk()?;
    Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height.first_chunk()?)))
}

/// The picture in `data`, over white. The caller has found the declared dimensions acceptable.
pub fn decode(data: &[u8]) -> Result<Bitmap, RenderError> {
    let (mut bitmap, alpha) = decode_layered(data)?;
    for (pixel, alpha) in bitmap.rgb.chunks_exact_mut(3).zip(alpha.unwrap_or_default()) {
        pixel.iter_mut().for_each(|channel| *channel = over_white(*channel, alpha));
    }
    Ok(bitmap)
}

/// The picture in `data` and, where it can be transparent, how far each pixel covers what it lies on, up to 255.
pub fn decode_layered(data: &[u8]) -> Result<(Bitmap, Option<Vec<u8>>), RenderError> {
    let file = File::read(data)?;
    let passes: &[Pass] = if file.interlaced { &ADAM7 } else { &[Pass { x: 0, y: 0, dx: 1, dy: 1 }] };
    let expected: usize = passes.iter().map(|pass| file.raw_size(pass)).sum();
    let raw = decompress_to_vec_with_limit(deflated(&file.idat)?, expected).map_err(|_| CORRUPT)?;
    if raw.len() != expected {
        return Err(CORRUPT);
    }
    let mut bitmap =
        Bitmap { width: file.width, height: file.height, rgb: vec![0; file.width * file.height * 3] };
    let transparent = file.transparency.is_some() || matches!(file.color, Color::GrayAlpha | Color::Rgba);
    let mut alpha = transparent.then(|| vec![255; file.width * file.height]);
    let mut rest = raw;
    for pass in passes {
        let tail = rest.split_off(file.raw_size(pass));
        file.read_pass(rest, pass, &mut bitmap, alpha.as_deref_mut())?;
        rest = tail;
    }
    Ok((bitmap, alpha))
}

/// What stands in a stream of zlib (RFC 1950). Its own checksum is left alone: those of the chunks were right.
fn deflated(zlib: &[u8]) -> Result<&[u8], RenderError> {
    match zlib {
        [method, flags, data @ ..]
            if method & 15 == 8 && flags & 0x20 == 0 && u16::from_be_bytes([*method, *flags]) % 31 == 0 =>
        {
            Ok(data)
        }
        _ => Err(CORRUPT),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Color {
    Gray,
    Rgb,
    Palette,
    GrayAlpha,
    Rgba,
}

impl Color {
    fn samples(self) -> usize {
        match self {
            Self::Gray | Self::Palette => 1,
            Self::GrayAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }

    /// Colour type and depth, where the standard allows them together.
    fn read(kind: u8, depth: u8) -> Option<Self> {
        match (kind, depth) {
            (0, 1 | 2 | 4 | 8 | 16) => Some(Self::Gray),
            (2, 8 | 16) => Some(Self::Rgb),
            (3, 1 | 2 | 4 | 8) => Some(Self::Palette),
            (4, 8 | 16) => Some(Self::GrayAlpha),
            (6, 8 | 16) => Some(Self::Rgba),
            _ => None,
        }
    }
}

/// The chunks that make the picture.
struct File {
    width: usize,
    height: usize,
    depth: usize,
    color: Color,
    interlaced: bool,
    palette: Vec<u8>,
    transparency: Option<Vec<u8>>,
    idat: Vec<u8>,
}

impl File {
    fn read(data: &[u8]) -> Result<Self, RenderError> {
        let mut rest = data.strip_prefix(SIGNATURE).ok_or(CORRUPT)?;
        let mut file = match next_chunk(&mut rest) {
            Some((b"IHDR", header)) => Self::from_header(header).ok_or(CORRUPT)?,
            _ => return Err(CORRUPT),
        };
        loop {
            match next_chunk(&mut rest).ok_or(CORRUPT)? {
                (b"PLTE", content) => file.palette = content.to_vec(),
                (b"tRNS", content) => file.transparency = Some(content.to_vec()),
                (b"IDAT", content) => file.idat.extend_from_slice(content),
                (b"IEND", _) => return Ok(file),
                _ => {}
            }
        }
    }

    fn from_header(header: &[u8]) -> Option<Self> {
        let [a, b, c, d, e, f, g, h, depth, kind, 0, 0, interlace @ (0 | 1)] = *header else { return None };
        let (width, height) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
        Some(Self {
            width: usize::try_from(width).ok()?,
            height: usize::try_from(height).ok()?,
            depth: depth.into(),
            color: Color::read(kind, depth)?,
            interlaced: interlace == 1,
            palette: Vec::new(),
            transparency: None,
            idat: Vec::new(),
        })
    }

    fn stride(&self, columns: usize) -> usize {
        (columns * self.color.samples() * self.depth).div_ceil(8)
    }

    /// Bytes of a pass before compression: each row has one more, its filter.
    fn raw_size(&self, pass: &Pass) -> usize {
        match (pass.columns(self.width), pass.rows(self.height)) {
            (0, _) => 0,
            (columns, rows) => rows * (1 + self.stride(columns)),
        }
    }

    fn read_pass(
        &self,
        mut raw: Vec<u8>,
        pass: &Pass,
        bitmap: &mut Bitmap,
        mut alpha: Option<&mut [u8]>,
    ) -> Result<(), RenderError> {
        let columns = pass.columns(self.width);
        let stride = self.stride(columns);
        let reach = (self.color.samples() * self.depth / 8).max(1);
        let mut above = vec![0; stride];
        for (y, line) in raw.chunks_exact_mut(1 + stride).enumerate() {
            let (filter, row) = line.split_first_mut().ok_or(CORRUPT)?;
            unfilter(*filter, row, &above, reach)?;
            above.copy_from_slice(row);
            let target = (pass.y + y * pass.dy) * self.width + pass.x;
            let alpha = alpha.as_deref_mut().map(|alpha| &mut alpha[target..]);
            self.write_row(row, columns, pass.dx, &mut bitmap.rgb[3 * target..], alpha)?;
        }
        Ok(())
    }

    fn write_row(
        &self,
        row: &[u8],
        columns: usize,
        step: usize,
        rgb: &mut [u8],
        mut alpha: Option<&mut [u8]>,
    ) -> Result<(), RenderError> {
        if self.color == Color::Rgb && self.depth == 8 && alpha.is_none() && step == 1 {
            rgb[..row.len()].copy_from_slice(row);
            return Ok(());
        }
        for (x, target) in (0..columns).zip(rgb.chunks_mut(3 * step)) {
            let (color, cover) = self.pixel(row, x).ok_or(CORRUPT)?;
            target[..3].copy_from_slice(&color);
            if let Some(alpha) = alpha.as_deref_mut().and_then(|alpha| alpha.get_mut(x * step)) {
                *alpha = cover;
            }
        }
        Ok(())
    }

    /// Pixel `x` of a row, and how far it covers what it lies on.
    fn pixel(&self, row: &[u8], x: usize) -> Option<([u8; 3], u8)> {
        let sample = |i: usize| sample(row, x * self.color.samples() + i, self.depth);
        let byte = |i: usize| Some(self.to_byte(sample(i)?));
        // the one colour that a picture without alpha channel declares transparent
        let keyed = |samples: usize| {
            let key = self.transparency.as_deref()?.chunks_exact(2).map(|b| u16::from_be_bytes([b[0], b[1]]));
            Some(if key.eq((0..samples).filter_map(sample)) { 0 } else { 255 })
        };
        Some(match self.color {
            Color::Gray => ([byte(0)?; 3], keyed(1).unwrap_or(255)),
            Color::GrayAlpha => ([byte(0)?; 3], byte(1)?),
            Color::Rgb => ([byte(0)?, byte(1)?, byte(2)?], keyed(3).unwrap_or(255)),
            Color::Rgba => ([byte(0)?, byte(1)?, byte(2)?], byte(3)?),
            Color::Palette => {
                let index = usize::from(sample(0)?);
                let alpha = self.transparency.as_deref().and_then(|alphas| alphas.get(index).copied());
                (*self.palette.get(3 * index..)?.first_chunk()?, alpha.unwrap_or(255))
            }
        })
    }

    fn to_byte(&self, sample: u16) -> u8 {
        match self.depth {
            16 => (sample >> 8) as u8,
            depth => (u32::from(sample) * 255 / ((1 << depth) - 1)) as u8,
        }
    }
}

fn over_white(channel: u8, alpha: u8) -> u8 {
    let (channel, alpha) = (u32::from(channel), u32::from(alpha));
    ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

fn sample(row: &[u8], index: usize, depth: usize) -> Option<u16> {
    match depth {
        16 => Some(u16::from_be_bytes(*row.get(2 * index..)?.first_chunk()?)),
        8 => row.get(index).map(|b| u16::from(*b)),
        _ => {
            let bit = index * depth;
            let byte = row.get(bit / 8)?;
            Some(u16::from(byte >> (8 - depth - bit % 8)) & ((1 << depth) - 1))
        }
    }
}

/// The pixels of one pass: every `dx`-th column from `x`, every `dy`-th row from `y`.
struct Pass {
    x: usize,
    y: usize,
    dx: usize,
    dy: usize,
}

const ADAM7: [Pass; 7] = [
    Pass { x: 0, y: 0, dx: 8, dy: 8 },
    Pass { x: 4, y: 0, dx: 8, dy: 8 },
    Pass { x: 0, y: 4, dx: 4, dy: 8 },
    Pass { x: 2, y: 0, dx: 4, dy: 4 },
    Pass { x: 0, y: 2, dx: 2, dy: 4 },
    Pass { x: 1, y: 0, dx: 2, dy: 2 },
    Pass { x: 0, y: 1, dx: 1, dy: 2 },
];

impl Pass {
    fn columns(&self, width: usize) -> usize {
        width.saturating_sub(self.x).div_ceil(self.dx)
    }

    fn rows(&self, height: usize) -> usize {
        height.saturating_sub(self.y).div_ceil(self.dy)
    }
}

/// Takes one row's filter back. `reach` is the distance of the pixel to the left, in bytes.
fn unfilter(filter: u8, row: &mut [u8], above: &[u8], reach: usize) -> Result<(), RenderError> {
    match filter {
        0 => {}
        1 => (reach..row.len()).for_each(|i| row[i] = row[i].wrapping_add(row[i - reach])),
        2 => row.iter_mut().zip(above).for_each(|(value, up)| *value = value.wrapping_add(*up)),
        3 => (0..row.len()).for_each(|i| {
            let left = if i < reach { 0 } else { row[i - reach] };
            row[i] = row[i].wrapping_add(((u16::from(left) + u16::from(above[i])) / 2) as u8);
        }),
        4 => (0..row.len()).for_each(|i| {
            let (left, corner) = if i < reach { (0, 0) } else { (row[i - reach], above[i - reach]) };
            row[i] = row[i].wrapping_add(paeth(left, above[i], corner));
        }),
        _ => return Err(CORRUPT),
    }
    Ok(())
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let (to_left, to_up, to_corner) = ((b - c).abs(), (a - c).abs(), (a + b - 2 * c).abs());
    if to_left <= to_up && to_left <= to_corner {
        left
    } else if to_up <= to_corner {
        up
    } else {
        corner
    }
}

/// Cuts the next chunk off: its type and content. `None` at a wrong checksum or a premature end.
fn next_chunk<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8; 4], &'a [u8])> {
    let (length, body) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let checked = body.get(..length.checked_add(4)?)?;
    let (checksum, after) = body.get(checked.len()..)?.split_first_chunk()?;
    if crc32(checked) != u32::from_be_bytes(*checksum) {
        return None;
    }
    *rest = after;
    checked.split_first_chunk()
}

/// Colour types.
const INDEXED: u8 = 3;
const RGB: u8 = 2;

/// `bitmap` as a PNG file.
pub fn encode(bitmap: &Bitmap) -> Vec<u8> {
    let mut out = SIGNATURE.to_vec();
    if let Some((colors, indices)) = palette::exact(bitmap) {
        write_header(&mut out, bitmap, INDEXED);
        write_chunk(&mut out, b"PLTE", &colors.bytes());
        write_data(&mut out, &unfiltered(&indices, bitmap.width));
    } else {
        write_header(&mut out, bitmap, RGB);
        match woven::whole(bitmap) {
            Some(stream) => write_chunk(&mut out, b"IDAT", &stream),
            None => write_data(&mut out, &filtered(&bitmap.rgb, bitmap.width * 3)),
        }
    }
    write_chunk(&mut out, b"IEND", &[]);
    out
}

fn write_header(out: &mut Vec<u8>, bitmap: &Bitmap, color_type: u8) {
    const DEPTH: u8 = 8;
    let mut header = Vec::with_capacity(13);
    header.extend((bitmap.width as u32).to_be_bytes());
    header.extend((bitmap.height as u32).to_be_bytes());
    header.extend([DEPTH, color_type, 0, 0, 0]);
    write_chunk(out, b"IHDR", &header);
}

fn write_data(out: &mut Vec<u8>, raw: &[u8]) {
    const FASTEST: u8 = 1;
    write_chunk(out, b"IDAT", &compress_to_vec_zlib(raw, FASTEST));
}

fn write_chunk(out: &mut Vec<u8>, kind: &[u8; 4], content: &[u8]) {
    out.extend((content.len() as u32).to_be_bytes());
    let start = out.len();
    out.extend(kind);
    out.extend(content);
    let checksum = crc32(&out[start..]);
    out.extend(checksum.to_be_bytes());
}

fn unfiltered(data: &[u8], stride: usize) -> Vec<u8> {
    let mut raw = Vec::with_capacity(data.len() + data.len() / stride);
    for row in data.chunks_exact(stride) {
        raw.push(NONE);
        raw.extend_from_slice(row);
    }
    raw
}

/// The filter of rows that stand as they are.
const NONE: u8 = 0;

/// Each row as the difference to the one above: gradients and text become runs. The first is as it is, so that these rows may follow any others.
fn filtered(data: &[u8], stride: usize) -> Vec<u8> {
    const UP: u8 = 2;
    let mut raw = Vec::with_capacity(data.len() + data.len() / stride);
    let (first, others) = data.split_at(stride.min(data.len()));
    raw.push(NONE);
    raw.extend_from_slice(first);
    for (row, above) in others.chunks_exact(stride).zip(data.chunks_exact(stride)) {
        raw.push(UP);
        raw.extend(row.iter().zip(above).map(|(value, up)| value.wrapping_sub(*up)));
    }
    raw
}

/// CRC-32 as in annex D of the standard, eight bytes at a time: table `n` tells what a byte does that `n` others follow.
fn crc32(data: &[u8]) -> u32 {
    const TABLES: [[u32; 256]; 8] = crc_tables();
    let (eights, rest) = data.as_chunks::<8>();
    let crc = eights.iter().fold(!0, |crc, eight| {
        let bytes = (u64::from_le_bytes(*eight) ^ u64::from(crc)).to_le_bytes();
        let place = |i: usize| TABLES[7 - i][usize::from(bytes[i])];
        place(0) ^ place(1) ^ place(2) ^ place(3) ^ place(4) ^ place(5) ^ place(6) ^ place(7)
    });
    !rest.iter().fold(crc, |crc, byte| TABLES[0][usize::from(crc as u8 ^ byte)] ^ (crc >> 8))
}

const fn crc_tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut n = 0;
    while n < 256 {
        let mut crc = n as u32;
        let mut step = 0;
        while step < 64 {
            crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
            step += 1;
            if step % 8 == 0 {
                tables[step / 8 - 1][n] = crc;
            }
        }
        n += 1;
    }
    tables
}
