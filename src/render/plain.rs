//! The fast path: scripts in which a glyph follows a glyph. Latin, Greek and Cyrillic, with pair kerning and no shaping.

use super::emoji;
use super::fit::Letters;
use super::font::{Extent, Font, Glyph};
use super::script::Script;
use super::text::{Direction, Line, Placed};
use std::ops::Range;

/// Longer texts are cut here before anything else, so that no text costs more than a few microseconds. No column holds as
/// much at a readable size.
pub const MOST_CHARACTERS: usize = 240;

/// What is put where a text is cut short.
pub const ELLIPSIS: char = '…';

/// A text whose characters each have a glyph.
pub struct Plain<'a> {
    faces: &'a [Font<'a>],
    tracking: f32,
    letters: Vec<Letter>,
    breaks: Vec<(usize, usize)>,
    /// The text on one line.
    whole: Line,
}

#[derive(Clone, Copy)]
struct Letter {
    character: char,
    face: u8,
    glyph: Glyph,
}

impl<'a> Plain<'a> {
    /// The part of `text` that `faces` can draw without shaping.
    pub fn new(faces: &'a [Font<'a>], tracking: f32, text: &str) -> Self {
        let drawn = readable(text, |c| letter(faces, c));
        let letters: Vec<Letter> = drawn.into_iter().map(|(_, letter)| letter).collect();
        let whole = line(faces, tracking, letters.iter().copied());
        let breaks = breaks(&letters.iter().map(|letter| letter.character).collect::<Vec<_>>()).collect();
        Self { faces, tracking, letters, breaks, whole }
    }
}

impl Letters for Plain<'_> {
    fn len(&self) -> usize {
        self.letters.len()
    }

    fn direction(&self) -> Direction {
        Direction::LeftToRight
    }

    fn breaks(&self) -> &[(usize, usize)] {
        &self.breaks
    }

    fn reach(&self, part: Range<usize>) -> f32 {
        let x = |i: usize| self.whole.glyphs.get(i).map_or(self.whole.right, |glyph| glyph.x);
        x(part.end) - x(part.start)
    }

    fn line(&self, part: Range<usize>) -> Line {
        line(self.faces, self.tracking, self.letters[part].iter().copied())
    }

    fn ellipsized(&self, part: Range<usize>, room: f32) -> Option<Line> {
        let dots = letter(self.faces, ELLIPSIS)?;
        let most = part.clone().take_while(|end| self.reach(part.start..*end) <= room).count();
        (part.start + 1..=part.start + most).rev().find_map(|end| {
            let kept = self.letters[part.start..end].iter().rposition(|letter| letter.character != ' ');
            let kept = &self.letters[part.start..part.start + kept.map_or(0, |last| last + 1)];
            let line = line(self.faces, self.tracking, kept.iter().copied().chain([dots]));
            (line.width() <= room).then_some(line)
        })
    }
}

/// How the first face that has a character shows it, if it needs no shaping.
fn letter(faces: &[Font<'_>], character: char) -> Option<Letter> {
    if let Some(glyph) = emoji::of_mark(character) {
        return Some(Letter { character, face: emoji::FACE, glyph });
    }
    if Script::of(character).is_some_and(Script::needs_shaping) {
        return None;
    }
    (0..).zip(faces).find_map(|(face, font)| Some(Letter { character, face, glyph: font.glyph(character)? }))
}

fn line(faces: &[Font<'_>], tracking: f32, letters: impl Iterator<Item = Letter>) -> Line {
    let mut line = Line { glyphs: Vec::with_capacity(letters.size_hint().0), ..Line::EMPTY };
    let mut x = 0.0;
    let mut last: Option<Letter> = None;
    for letter in letters {
        let before = last.filter(|last| last.face == letter.face);
        let (kerning, ink, advance) = measures(faces, before, letter);
        x += kerning;
        if let Some(ink) = ink {
            line.left = line.left.min(x + ink.left);
            line.right = line.right.max(x + ink.right);
        }
        if letter.face == emoji::FACE {
            line.above = emoji::EXTENT.above;
            line.below = emoji::EXTENT.below;
        }
        line.glyphs.push(Placed { face: letter.face, glyph: letter.glyph, x, y: 0.0 });
        x += advance + tracking;
        last = Some(letter);
    }
    line
}

/// How near a letter comes to the one before it in its face, where its ink is, and how far the next letter is.
fn measures(faces: &[Font<'_>], before: Option<Letter>, letter: Letter) -> (f32, Option<Extent>, f32) {
    let Some(font) = faces.get(usize::from(letter.face)) else {
        return (0.0, Some(emoji::EXTENT), emoji::ADVANCE);
    };
    let kerning = before.map_or(0.0, |last| font.kerning(last.glyph, letter.glyph));
    (kerning, font.extent(letter.glyph), font.advance(letter.glyph))
}

/// Where `text` may break: the end of the part before, the start of the part after.
fn breaks(text: &[char]) -> impl Iterator<Item = (usize, usize)> {
    let inner = 1..text.len().saturating_sub(1);
    let is_emoji = |i: usize| text.get(i).is_some_and(|c| emoji::of_mark(*c).is_some());
    inner.filter_map(move |i| match text[i] {
        _ if is_emoji(i) && is_emoji(i + 1) => Some((i + 1, i + 1)),
        ' ' => Some((i, i + 1)),
        '-' | '–' | '—' | '/' if text[i + 1] != ' ' && text[i - 1] != ' ' => Some((i + 1, i + 1)),
        _ => None,
    })
}

/// What can be shown of `text`: composed, only characters of which `draw` makes something, single spaces, none at the ends.
pub fn readable<T>(text: &str, draw: impl Fn(char) -> Option<T>) -> Vec<(char, T)> {
    let mut shown: Vec<(char, T)> = Vec::new();
    for c in composed(text).take(MOST_CHARACTERS) {
        let c = if c.is_whitespace() && !is_unbreakable(c) { ' ' } else { c };
        let doubled = c == ' ' && shown.last().is_none_or(|(last, _)| *last == ' ');
        if !doubled && let Some(drawn) = draw(c) {
            shown.push((c, drawn));
        }
    }
    while shown.pop_if(|(last, _)| *last == ' ').is_some() {}
    shown
}

/// What a reader would see of `text`: composed, without spaces and what only says how to treat its neighbours.
pub fn visible(text: &str) -> impl Iterator<Item = char> {
    composed(text).filter(|c| !c.is_whitespace() && !is_invisible(*c) && !is_combining(*c))
}

fn is_unbreakable(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{202f}')
}

/// Characters that say how to treat their neighbours: soft hyphen, joiners, direction marks, variation selectors, tags of flags.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0020}'..='\u{e007f}')
}

/// `text` with letters and combining marks joined where the fonts have the joined letter.
/// (Unicode NFC restricted to the fonts. The general tables are 65 KB of compressed wasm.)
fn composed(text: &str) -> impl Iterator<Item = char> {
    let mut rest = text.chars().peekable();
    let mut alone = Vec::new();
    std::iter::from_fn(move || {
        if let Some(mark) = alone.pop() {
            return Some(mark);
        }
        let mut letter = rest.next()?;
        while let Some(mark) = rest.next_if(|c| is_combining(*c)) {
            alone.push(mark);
            while let Some((at, joined)) =
                alone.iter().enumerate().find_map(|(i, m)| Some((i, joined(letter, *m)?)))
            {
                alone.remove(at);
                letter = joined;
            }
            alone.truncate(8); // no letter has as many
        }
        alone.reverse();
        Some(letter)
    })
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// The letter that `base` and the combining `mark` make together.
fn joined(base: char, mark: char) -> Option<char> {
    const ENTRY: usize = 6;
    const TABLE: &[u8] = include_bytes!("fonts/compose.bin");
    let half = |c: char| u16::try_from(u32::from(c)).ok().map(u16::to_be_bytes);
    let ([b1, b0], [m1, m0]) = (half(base)?, half(mark)?);
    let (entries, _) = TABLE.as_chunks::<ENTRY>();
    let at = entries.binary_search_by(|entry| entry[..4].cmp(&[b1, b0, m1, m0])).ok()?;
    let [.., high, low] = entries.get(at)?;
    char::from_u32(u16::from_be_bytes([*high, *low]).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let faces = [Font::new(Font::REGULAR)];
        Plain::new(&faces, 0.0, text).letters.iter().map(|letter| letter.character).collect()
    }

    #[test]
    fn decomposed_names_are_joined_in_either_order_of_marks() {
        for (written, read) in [
            ("Nguye\u{302}\u{303}n", "Nguyễn"),
            ("Kova\u{30c}c\u{30c}", "Kovǎč"),
            ("Vie\u{323}\u{302}t", "Việt"),
            ("Vie\u{302}\u{323}t", "Việt"),
            ("x\u{302}\u{302}y", "xy"),
            ("O\u{308}ztu\u{308}rk", "Öztürk"),
        ] {
            assert_eq!(shown(written), read);
        }
        assert_eq!(composed("Андрии\u{306} Μαρι\u{301}α").collect::<String>(), "Андрий Μαρία");
    }

    #[test]
    fn what_has_no_glyph_leaves_no_trace() {
        assert_eq!(shown("  Hi\u{200d} 👩‍👩‍👧   there\n\u{feff}東京 שלום "), "Hi there");
    }

    #[test]
    fn lines_break_at_spaces_and_hyphens_only_inside() {
        let found = |text: &str| breaks(&text.chars().collect::<Vec<_>>()).collect::<Vec<_>>();
        assert_eq!(found("ab cd-ef"), [(2, 3), (6, 6)]);
        assert_eq!(found("a - b"), [(1, 2), (3, 4)]);
        assert_eq!(found("-a-"), []);
        assert_eq!(found(""), []);
    }
}
