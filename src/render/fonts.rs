//! The fonts that text is drawn with: the built-in Latin pair, and those that were loaded for what a text needs. Slices of emoji are loaded with them.
//!
//! Loading is the adapters' work: [`FontFile::wanted`] names the files, [`Fonts::add`] takes their bytes, and what draws takes the whole by
//! reference. Files are input: whatever their bytes, nothing panics, and what they lack is left out. [`Fonts::missing`] tells it beforehand.

use super::emoji::{self, Slice};
use super::font::Font;
use super::plain;
use super::script::{self, FontFile, Script, Weight};
use super::text::{Block, Job};
use std::borrow::Cow;
use std::rc::Rc;

/// Sets a text that needs shaping; `None` if that can't be done now.
pub type Shaper = fn(&Job<'_>) -> Option<Block>;

/// Fonts at hand. The default has the built-in ones and, with the feature `shaping`, the shaper that it brings.
#[derive(Clone)]
pub struct Fonts {
    loaded: Vec<(FontFile, Rc<Vec<u8>>)>,
    pub(super) shaper: Option<Shaper>,
}

impl Default for Fonts {
    fn default() -> Self {
        #[cfg(feature = "shaping")]
        let shaper: Option<Shaper> = Some(super::shaping::fit);
        #[cfg(not(feature = "shaping"))]
        let shaper = None;
        Self { loaded: Vec::new(), shaper }
    }
}

impl Fonts {
    /// The built-in ones, and a shaper.
    #[must_use]
    pub fn shaped_by(shaper: Shaper) -> Self {
        Self { loaded: Vec::new(), shaper: Some(shaper) }
    }

    /// Takes the bytes of a file; `false` if they are no TrueType font, or no slice of emoji where one was wanted.
    pub fn add(&mut self, file: FontFile, bytes: Rc<Vec<u8>>) -> bool {
        let sound = match file.script {
            Script::Emoji(first) => Slice::new(first, &bytes).is_some(),
            _ => Font::new(&bytes).has_glyphs(),
        };
        if sound && self.loaded.iter().all(|(known, _)| *known != file) {
            self.loaded.push((file, bytes));
            self.loaded.sort_by_key(|(known, _)| *known);
        }
        sound
    }

    /// The characters of a text, each once, that would be left out. The font of the other weight is as good as none.
    #[must_use]
    pub fn missing(&self, text: &str, weight: Weight) -> Vec<char> {
        if text.is_ascii() {
            return Vec::new();
        }
        let faces = self.faces(weight);
        let mut missing = Vec::new();
        for c in plain::visible(&self.marked(text, &faces)) {
            let settable = self.shaper.is_some() || !Script::of(c).is_some_and(Script::needs_shaping);
            let letter = settable && faces.iter().any(|face| face.glyph(c).is_some());
            let drawn = letter || emoji::of_mark(c).is_some();
            if !drawn && !missing.contains(&c) {
                missing.push(c);
            }
        }
        missing
    }

    /// Whether all of these texts can be drawn.
    #[must_use]
    pub fn cover<'a>(&self, texts: impl IntoIterator<Item = (&'a str, Weight)>) -> bool {
        texts.into_iter().all(|(text, weight)| self.missing(text, weight).is_empty())
    }

    /// The files' bytes, the built-in font first. The order is that of the files, not that in which they came.
    pub(super) fn files(&self, weight: Weight) -> impl Iterator<Item = &[u8]> {
        let built_in = match weight {
            Weight::Regular => Font::REGULAR,
            Weight::Bold => Font::BOLD,
        };
        let fits = move |file: &FontFile| match file.script {
            Script::Cjk(_) => true,
            Script::Emoji(_) => false,
            _ => file.weight == weight,
        };
        let loaded =
            self.loaded.iter().filter(move |(file, _)| fits(file)).map(|(_, bytes)| bytes.as_slice());
        std::iter::once(built_in).chain(loaded)
    }

    /// The same, read.
    pub(super) fn faces(&self, weight: Weight) -> Vec<Font<'_>> {
        self.files(weight).map(Font::new).collect()
    }

    /// The slices of emoji, read.
    pub(super) fn slices(&self) -> Vec<Slice<'_>> {
        let emoji = self.loaded.iter().filter_map(|(file, bytes)| match file.script {
            Script::Emoji(first) => Slice::new(first, bytes),
            _ => None,
        });
        emoji.collect()
    }

    /// `text` with a mark in the place of each emoji at hand that isn't to be a letter of `faces`.
    pub(super) fn marked<'a>(&self, text: &'a str, faces: &[Font<'_>]) -> Cow<'a, str> {
        if text.is_ascii() { Cow::Borrowed(text) } else { emoji::marked(text, faces, &self.slices()) }
    }
}

/// Where the letters of a text come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// The built-in fonts alone.
    BuiltIn,
    /// Any font that there is a file for.
    World,
}

impl Alphabet {
    /// Whether it has every visible character of `text`.
    #[must_use]
    pub fn covers(self, text: &str) -> bool {
        match self {
            Self::BuiltIn => {
                let font = Font::new(Font::REGULAR);
                plain::visible(text).all(|c| font.glyph(c).is_some())
            }
            Self::World => covers(text),
        }
    }
}

/// Whether every visible character of `text` can be drawn: by a built-in font, or by one of the files that [`FontFile::wanted`] names. Others
/// are left out, so a name that isn't covered is better not used at all.
#[must_use]
pub fn covers(text: &str) -> bool {
    let font = Font::new(Font::REGULAR);
    plain::visible(text).all(|c| font.glyph(c).is_some() || script::Script::of(c).is_some())
}
