//! Colour emoji: small pictures that stand on a line like letters.
//!
//! An emoji is one character or several (people that are joined, tones of skin, flags, keycaps). Before a text is set, [`marked`] puts one private character in the place of
//! each of which a picture is at hand, the longest first. From then on it is a letter to all that sets text: of one width and of no direction, breaking where
//! ideographs break. Neither the fast path nor the shaper knows more of it.
//!
//! The pictures come in slices, files that `fonts/emojis.py` makes and that are loaded on need as fonts are. A slice holds the emoji that begin with one of 32 codepoints, so the
//! text tells which it needs. Slices are input: whatever their bytes, nothing panics, no read leaves them, and a picture has at most [`LARGEST`] pixels a side.

use super::bitmap::Bitmap;
use super::font::{Extent, Font, Glyph};
use super::plain::MOST_CHARACTERS;
use super::sprite::Sprite;
use crate::hash::fnv1a;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use std::borrow::Cow;

/// The face of emoji, beside those of a text's fonts.
pub const FACE: u8 = u8::MAX;
/// How far the next letter is. This and the place of the picture are those of Noto Color Emoji, which browsers follow on Android, `ChromeOS` and Linux.
pub const ADVANCE: f32 = 136.0 / 109.0;
/// Where the picture is.
pub const EXTENT: Extent =
    Extent { left: 4.0 / 109.0, right: 132.0 / 109.0, below: 27.0 / 109.0, above: 101.0 / 109.0 };

/// The first private character that stands for an emoji; all that may, end at U+FFFFF.
const FIRST_MARK: u32 = 0xf_0000;
/// How many emoji a slice may have, and so what a mark says of the slice: the bits above.
const SLICE_BITS: u32 = 11;
/// The most characters of an emoji, of any that Unicode recommends.
const LONGEST: usize = 10;
/// The most characters of a text that are looked at. More than are drawn, since some join.
const MOST: usize = 4 * MOST_CHARACTERS;
/// Asks for a letter, where a character may be either.
const AS_TEXT: char = '\u{fe0e}';
/// Asks for an emoji.
const AS_EMOJI: char = '\u{fe0f}';
/// Makes a keycap of a digit, `#` or `*`.
const KEYCAP: char = '\u{20e3}';
/// The most pixels a side of a picture in a slice.
const LARGEST: usize = 128;

/// The first codepoint of the slice that has the emoji which begin with a character, a keycap's with the cap; `None` if none do.
pub fn slice(character: char) -> Option<u32> {
    /// What emoji begin with, as ranges: the first, and how many follow it.
    const TABLE: &[u8] = include_bytes!("fonts/emoji.bin");
    let code = u32::from(character);
    let first = |entry: &[u8; 4]| u32::from_be_bytes([0, entry[0], entry[1], entry[2]]);
    let (entries, _) = TABLE.as_chunks::<4>();
    let at = entries.partition_point(|entry| first(entry) <= code).checked_sub(1)?;
    let begins = entries.get(at).is_some_and(|entry| code - first(entry) <= entry[3].into());
    (begins || character == KEYCAP).then(|| slice_from(code))
}

const fn slice_from(code: u32) -> u32 {
    if code < 0x2600 { 0 } else { code & !31 }
}

/// Whether a character before `next` asks to be an emoji although it may be a letter.
pub fn is_asked_for(next: Option<char>) -> bool {
    next == Some(AS_EMOJI)
}

/// The emoji that a private character stands for.
pub fn of_mark(character: char) -> Option<Glyph> {
    u32::from(character).checked_sub(FIRST_MARK).and_then(|mark| u16::try_from(mark).ok()).map(Glyph)
}

/// The private character that stands for an emoji of one of the slices.
fn mark(slice: usize, entry: usize) -> Option<char> {
    let mark = u16::try_from(slice << SLICE_BITS | entry).ok()?;
    char::from_u32(FIRST_MARK + u32::from(mark))
}

/// `text` with a mark in the place of each emoji that `slices` have and that isn't to be a letter of `faces`. Marks of its own are left out.
pub fn marked<'a>(text: &'a str, faces: &[Font<'_>], slices: &[Slice<'_>]) -> Cow<'a, str> {
    let concerns = |c| slice(c).is_some() || of_mark(c).is_some();
    if text.is_ascii() || !text.chars().any(concerns) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    for _ in 0..MOST {
        let Some(character) = rest.chars().next() else { break };
        let (drawn, length) = match longest(rest, faces, slices) {
            Some((mark, length)) => (Some(mark), length),
            None => (Some(character).filter(|c| of_mark(*c).is_none()), character.len_utf8()),
        };
        shown.extend(drawn);
        rest = rest.get(length..).unwrap_or_default();
    }
    Cow::Owned(shown)
}

/// The mark of the longest emoji that `text` begins with, and how many bytes it takes.
fn longest(text: &str, faces: &[Font<'_>], slices: &[Slice<'_>]) -> Option<(char, usize)> {
    let mut characters = text.chars();
    let first = characters.next()?;
    let capped = characters.find(|c| *c != AS_EMOJI) == Some(KEYCAP);
    let from = slice(first).or(capped.then_some(0))?;
    let nth = slices.iter().position(|slice| slice.first == from)?;
    let slice = slices.get(nth)?;
    // names have no variation selectors, since people and keyboards leave them out as they like
    let mut name = String::new();
    let mut ends: Vec<(usize, usize)> = Vec::with_capacity(LONGEST);
    for (at, c) in text.char_indices().take(2 * LONGEST) {
        let end = at + c.len_utf8();
        if matches!(c, AS_EMOJI | AS_TEXT)
            && let Some((_, length)) = ends.last_mut()
        {
            *length = end;
        } else if ends.len() == LONGEST {
            break;
        } else {
            name.push(c);
            ends.push((name.len(), end));
        }
    }
    let found = ends.iter().rev().find_map(|(end, length)| Some((slice.find(&name[..*end])?, *end, *length)));
    let (entry, end, length) = found?;
    let alone = end == first.len_utf8();
    let asked_for = is_asked_for(text.chars().nth(1));
    if alone && !asked_for && faces.iter().any(|face| face.glyph(first).is_some()) {
        return None;
    }
    Some((mark(nth, entry)?, length))
}

/// The picture of an emoji of one of the slices, for letters of so many pixels an em.
pub fn sprite(slices: &[Slice<'_>], glyph: Glyph, size: f32) -> Option<Sprite> {
    let mark = usize::from(glyph.0);
    let (bitmap, alpha) = slices.get(mark >> SLICE_BITS)?.picture(mark & ((1 << SLICE_BITS) - 1))?;
    let side = (((EXTENT.right - EXTENT.left) * size + 0.5) as u32).max(1);
    Sprite::weighed(bitmap, &alpha, (side, side)).ok()
}

/// A parsed slice. All numbers in it are big-endian: the length of a side, how many emoji and pictures there are; of each emoji the hash of its characters, ascending, its picture
/// and which of that picture's palettes; where each picture begins and the last ends. A picture is how many colours and palettes it has, the alpha of each colour, the colours of each palette, weighed
/// with that, and a zlib stream of the pixels' colours.
#[derive(Clone, Copy)]
pub struct Slice<'a> {
    first: u32,
    side: usize,
    emoji: &'a [[u8; 12]],
    /// Where pictures begin and end.
    places: &'a [[u8; 4]],
    data: &'a [u8],
}

impl<'a> Slice<'a> {
    /// What files begin with: the version too.
    pub const SIGNATURE: &'static [u8] = b"EMOJ\x01";

    /// The slice from a codepoint on that `data` holds.
    pub fn new(first: u32, data: &'a [u8]) -> Option<Self> {
        let [side, e1, e0, p1, p0, rest @ ..] = data.strip_prefix(Self::SIGNATURE)? else { return None };
        let emoji = usize::from(u16::from_be_bytes([*e1, *e0]));
        let places = usize::from(u16::from_be_bytes([*p1, *p0])) + 1;
        let side = usize::from(*side);
        let (emoji, rest) = rest.split_at_checked(12 * emoji)?;
        let (places, _) = rest.split_at_checked(4 * places)?;
        let (emoji, places) = (emoji.as_chunks().0, places.as_chunks().0);
        let sound = (1..=LARGEST).contains(&side) && (1..=1 << SLICE_BITS).contains(&emoji.len());
        sound.then_some(Self { first, side, emoji, places, data })
    }

    /// Which of its emoji has these characters.
    fn find(&self, name: &str) -> Option<usize> {
        let hash = fnv1a(name.as_bytes()).to_be_bytes();
        self.emoji.binary_search_by(|entry| entry[..8].cmp(&hash)).ok()
    }

    /// The picture of an emoji, its colours weighed with how far each pixel covers what it lies on, and that.
    fn picture(&self, emoji: usize) -> Option<(Bitmap, Vec<u8>)> {
        let [.., p1, p0, c1, c0] = *self.emoji.get(emoji)?;
        let [picture, palette] = [[p1, p0], [c1, c0]].map(|pair| usize::from(u16::from_be_bytes(pair)));
        let place = |at: usize| self.places.get(at).map(|place| u32::from_be_bytes(*place) as usize);
        let record = self.data.get(place(picture)?..place(picture + 1)?)?;
        let [count, palettes, rest @ ..] = record else { return None };
        let (count, palettes) = (usize::from(*count), usize::from(*palettes));
        let (alpha, rest) = rest.split_at_checked(count)?;
        let (colors, pixels) = rest.split_at_checked(3 * count * palettes)?;
        let colors = colors.as_chunks::<3>().0.get(palette * count..)?.get(..count)?;
        let pixels = inflated(pixels, self.side * self.side)?;
        let rgb =
            pixels.iter().flat_map(|pixel| colors.get(usize::from(*pixel)).copied().unwrap_or_default());
        let alpha = pixels.iter().map(|pixel| alpha.get(usize::from(*pixel)).copied().unwrap_or(0));
        Some((Bitmap { width: self.side, height: self.side, rgb: rgb.collect() }, alpha.collect()))
    }
}

/// Exactly so many bytes of a zlib stream.
fn inflated(stream: &[u8], length: usize) -> Option<Vec<u8>> {
    let bytes = decompress_to_vec_zlib_with_limit(stream, length).ok()?;
    (bytes.len() == length).then_some(bytes)
}

#[cfg(all(test, feature = "shaping", not(target_arch = "wasm32")))]
mod tests;
