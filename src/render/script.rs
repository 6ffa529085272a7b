//! Which letters there are fonts for: the scripts beyond the built-in Latin, and the file that each is drawn from.
//!
//! A file covers a range of codepoints, so a text alone tells which it needs, and nobody must have them at hand to say so. The files are made
//! by `fonts/world.py`, `fonts/cjk.py` and `fonts/emojis.py`, which name the same ranges.

use super::emoji;
use super::font::Font;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How heavy letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Weight {
    /// For small text.
    Regular,
    /// For headlines and buttons.
    Bold,
}

/// A script that fonts are loaded for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Script {
    Greek,
    Cyrillic,
    Hebrew,
    Arabic,
    Devanagari,
    Thai,
    /// The 1024 codepoints of Chinese, Japanese and Korean from this one on.
    Cjk(u16),
    /// Emoji that begin with one of 32 codepoints from this one on.
    Emoji(u32),
}

impl Script {
    /// The script of a character; `None` for Latin, for what all scripts share, and for what no font is kept for.
    pub fn of(character: char) -> Option<Self> {
        const SLICE: u16 = 1024;
        let emoji = || emoji::slice(character).map(Self::Emoji);
        let Ok(code) = u16::try_from(u32::from(character)) else { return emoji() };
        match code {
            0x0370..=0x03ff | 0x1f00..=0x1fff => Some(Self::Greek),
            0x0400..=0x052f | 0x1c80..=0x1c88 => Some(Self::Cyrillic),
            0x0590..=0x05ff | 0xfb1d..=0xfb4f => Some(Self::Hebrew),
            0x0600..=0x06ff | 0x0750..=0x077f | 0x08a0..=0x08ff | 0xfb50..=0xfdff | 0xfe70..=0xfefc => {
                Some(Self::Arabic)
            }
            0x0900..=0x097f | 0xa8e0..=0xa8ff => Some(Self::Devanagari),
            0x0e00..=0x0e7f => Some(Self::Thai),
            0x3000..=0x30ff
            | 0x3130..=0x318f
            | 0x31f0..=0x31ff
            | 0x3400..=0x4dbf
            | 0x4e00..=0x9fff
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xff00..=0xffef => Some(Self::Cjk(code - code % SLICE)),
            _ => emoji(),
        }
    }

    /// Whether one glyph after another is not enough: letters join, stack or run from the right, or lines break between any two.
    pub const fn needs_shaping(self) -> bool {
        !matches!(self, Self::Greek | Self::Cyrillic | Self::Emoji(_))
    }
}

/// Whether a text has letters that only the shaper can set.
pub(super) fn needs_shaping(text: &str) -> bool {
    !text.is_ascii() && text.chars().any(|c| Script::of(c).is_some_and(Script::needs_shaping))
}

/// Whether a text has letters that run from the right.
#[must_use]
pub fn runs_from_right(text: &str) -> bool {
    let from_right = |c| matches!(Script::of(c), Some(Script::Hebrew | Script::Arabic));
    !text.is_ascii() && text.chars().any(from_right)
}

/// A font file beyond the built-in ones, or a slice of emoji.
///
/// ```
/// use apropos::render::{FontFile, Weight};
///
/// let wanted = FontFile::wanted("Привет, 東京 🗼!", Weight::Bold);
/// let names: Vec<String> = wanted.map(|file| file.to_string()).collect();
/// assert_eq!(names, ["cyrillic-bold.ttf", "cjk-4c00.ttf", "cjk-6400.ttf", "emoji-1f5e0.bin"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FontFile {
    pub(super) script: Script,
    pub(super) weight: Weight,
}

impl FontFile {
    /// The file that draws a character in a weight; `None` if that is a built-in one, or no file does. `next` is the character after it.
    fn of(character: char, next: Option<char>, weight: Weight) -> Option<Self> {
        let asked_for = emoji::is_asked_for(next).then(|| emoji::slice(character)).flatten();
        let script = asked_for.map(Script::Emoji).or_else(|| Script::of(character))?;
        let built_in = || Font::new(Font::REGULAR).glyph(character).is_some();
        if asked_for.is_none() && matches!(script, Script::Emoji(_)) && built_in() {
            return None;
        }
        // the fonts of Chinese, Japanese and Korean are large, and come in one weight only
        let weight = if matches!(script, Script::Cjk(_) | Script::Emoji(_)) { Weight::Bold } else { weight };
        Some(Self { script, weight })
    }

    /// The files that draw a text in a weight, each once: greatest scripts last.
    pub fn wanted(text: &str, weight: Weight) -> impl Iterator<Item = Self> + use<> {
        let ascii = text.is_ascii();
        let characters = text.chars().filter(|_| !ascii);
        let next = characters.clone().skip(1).map(Some).chain([None]);
        let files = characters.zip(next).filter_map(|(c, next)| Self::of(c, next, weight));
        files.collect::<std::collections::BTreeSet<_>>().into_iter()
    }

    /// Whether it holds colour emoji.
    #[must_use]
    pub const fn is_emoji(self) -> bool {
        matches!(self.script, Script::Emoji(_))
    }
}

impl fmt::Display for FontFile {
    /// The file's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let script = match self.script {
            Script::Greek => "greek",
            Script::Cyrillic => "cyrillic",
            Script::Hebrew => "hebrew",
            Script::Arabic => "arabic",
            Script::Devanagari => "devanagari",
            Script::Thai => "thai",
            Script::Cjk(first) => return write!(f, "cjk-{first:04x}.ttf"),
            Script::Emoji(first) => return write!(f, "emoji-{first:05x}.bin"),
        };
        let weight = match self.weight {
            Weight::Regular => "regular",
            Weight::Bold => "bold",
        };
        write!(f, "{script}-{weight}.ttf")
    }
}
