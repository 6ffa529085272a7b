//! The shaper: text in which letters join, stack, change places or run from the right, and lines break where no space is.
//!
//! Characters are given directions (UAX #9), the first font that has them, and places where lines may break (UAX #14, and
//! syllables in Thai, `thai`). What has one direction and one font is a run; harfrust, HarfBuzz in Rust, makes glyphs of it. A line is
//! shaped by itself, so letters at its ends have the forms that they have there. Emoji arrive as marks (`emoji`) and are set here without a font. It is the same code in the command line, and in the Worker in
//! a module of its own, and it works with integers until the last step: the same glyphs at the same places everywhere.

use super::emoji;
use super::fit::{self, Letters};
use super::font::{Font, Glyph};
use super::plain::{ELLIPSIS, readable};
use super::script::Script;
use super::text::{Block, Direction, Job, Line, Placed};
use super::thai;
use harfrust::{Buffer, BufferFlags, ShapeOptions, ShaperFont};
use std::collections::BTreeMap;
use std::ops::Range;
use unicode_bidi::{Level, ParagraphBidiInfo};

#[cfg(test)]
mod tests;

/// Sets a text. `None` if its files are no fonts.
#[must_use]
pub fn fit(job: &Job<'_>) -> Option<Block> {
    Some(fit::fit(&Shaped::new(job)?, job.fit))
}

/// A text whose characters have each a direction and a font.
struct Shaped<'a> {
    faces: Vec<Face<'a>>,
    tracking: f32,
    base: Level,
    letters: Vec<Letter>,
    breaks: Vec<(usize, usize)>,
    /// How far from the beginning each character is, and the end, if all were written in one direction, in em.
    starts: Vec<f32>,
    /// Before which characters the text may be cut without tearing a glyph apart.
    cuts: Vec<usize>,
}

/// A font, as we read it and as the shaper does.
struct Face<'a> {
    font: Font<'a>,
    shaper: harfrust::Font,
    units_per_em: f32,
}

#[derive(Clone, Copy)]
struct Letter {
    character: char,
    level: Level,
    face: u8,
}

/// Glyphs from left to right, of letters that have one direction and one font.
struct Run {
    glyphs: Vec<Set>,
    level: Level,
    face: u8,
}

/// A glyph, its place beside where the one before ended, and how far the next is, in em.
struct Set {
    glyph: Glyph,
    /// Which letter it belongs to.
    of: usize,
    x: f32,
    y: f32,
    advance: f32,
}

impl<'a> Shaped<'a> {
    fn new(job: &Job<'a>) -> Option<Self> {
        let faces: Option<Vec<Face<'a>>> = job.files.iter().map(|file| Face::new(file)).collect();
        let faces = faces?;
        let is_shown = |c| joins(c) || emoji::of_mark(c).is_some() || faces.iter().any(|f| f.has(c));
        let shown = readable(&job.text, |c| is_shown(c).then_some(()));
        // directions and breaks are those of any emoji; its mark would have others
        let plain = |c| if emoji::of_mark(c).is_some() { '😀' } else { c };
        let text: String = shown.iter().map(|(c, ())| plain(*c)).collect();
        let bidi = ParagraphBidiInfo::new(&text, None);
        let mut letters = Vec::with_capacity(shown.len());
        let mut face = text.chars().find(|c| c.is_alphanumeric()).and_then(|c| face_of(&faces, c, None));
        for ((at, _), (character, ())) in text.char_indices().zip(shown) {
            let level = bidi.levels.get(at).copied().unwrap_or(bidi.paragraph_level);
            if emoji::of_mark(character).is_some() {
                letters.push(Letter { character, level, face: emoji::FACE });
                continue;
            }
            face = face_of(&faces, character, face);
            letters.push(Letter { character, level, face: face.unwrap_or(0) });
        }
        let mut shaped = Self {
            faces,
            tracking: job.tracking,
            base: bidi.paragraph_level,
            breaks: breaks(&text),
            letters,
            starts: Vec::new(),
            cuts: Vec::new(),
        };
        (shaped.starts, shaped.cuts) = shaped.measured();
        Some(shaped)
    }

    /// [`Shaped::starts`] and [`Shaped::cuts`].
    fn measured(&self) -> (Vec<f32>, Vec<usize>) {
        let mut advances = vec![0.0; self.letters.len()];
        let mut cuts = Vec::new();
        for run in self.runs(&self.letters) {
            for set in &run.glyphs {
                if let Some(advance) = advances.get_mut(set.of) {
                    *advance += set.advance;
                    cuts.push(set.of);
                }
            }
        }
        cuts.sort_unstable();
        cuts.dedup();
        let mut x = 0.0;
        let mut starts = vec![x];
        starts.extend(advances.into_iter().map(|advance| {
            x += advance;
            x
        }));
        (starts, cuts)
    }

    /// The runs of some letters, in reading order.
    fn runs(&self, letters: &[Letter]) -> Vec<Run> {
        let alike = |a: &Letter, b: &Letter| a.level == b.level && a.face == b.face;
        let mut first = 0;
        let mut runs = Vec::new();
        for run in letters.chunk_by(alike) {
            runs.extend(self.run(run, first));
            first += run.len();
        }
        runs
    }

    /// Shapes letters that are alike; the first of them is so many after the first of all.
    fn run(&self, letters: &[Letter], first: usize) -> Option<Run> {
        let Letter { level, face, .. } = *letters.first()?;
        if face == emoji::FACE {
            return Some(self.pictures(letters, first, level));
        }
        let mut buffer = Buffer::new();
        for (at, letter) in (first..).zip(letters) {
            buffer.push(letter.character.into(), at as u32);
        }
        buffer.set_direction(if level.is_rtl() {
            harfrust::Direction::RightToLeft
        } else {
            harfrust::Direction::LeftToRight
        });
        buffer.guess_segment_properties();
        buffer.set_flags(BufferFlags::REMOVE_DEFAULT_IGNORABLES);
        let font = ShaperFont::new(&self.faces.get(usize::from(face))?.shaper);
        harfrust::shape(&font, &mut buffer, ShapeOptions::new()).ok()?;
        let joined = |l: &Letter| Script::of(l.character).is_some_and(Script::needs_shaping);
        let tracking = if letters.iter().any(joined) { 0.0 } else { self.tracking };
        let glyphs = buffer.glyph_infos().iter().zip(buffer.glyph_positions());
        let set = glyphs.map(|(info, position)| Set {
            glyph: Glyph(u16::try_from(info.glyph_id).unwrap_or(0)),
            of: info.cluster as usize,
            x: self.em(face, position.x_offset),
            y: self.em(face, position.y_offset),
            advance: self.em(face, position.x_advance) + tracking,
        });
        Some(Run { glyphs: set.collect(), level, face })
    }

    /// A run of emoji.
    fn pictures(&self, letters: &[Letter], first: usize, level: Level) -> Run {
        let advance = emoji::ADVANCE + self.tracking;
        let set = |(of, letter): (usize, &Letter)| {
            let glyph = emoji::of_mark(letter.character)?;
            Some(Set { glyph, of, x: 0.0, y: 0.0, advance })
        };
        let mut glyphs: Vec<Set> = (first..).zip(letters).filter_map(set).collect();
        if level.is_rtl() {
            glyphs.reverse();
        }
        Run { glyphs, level, face: emoji::FACE }
    }

    fn em(&self, face: u8, units: i32) -> f32 {
        units as f32 / self.faces.get(usize::from(face)).map_or(1000.0, |face| face.units_per_em)
    }

    fn set(&self, letters: &[Letter]) -> Line {
        let runs = self.runs(letters);
        let levels: Vec<Level> = runs.iter().map(|run| run.level).collect();
        let mut line = Line { glyphs: Vec::with_capacity(letters.len()), ..Line::EMPTY };
        let mut x = 0.0;
        for run in ParagraphBidiInfo::reorder_visual(&levels).into_iter().filter_map(|at| runs.get(at)) {
            self.place(run, &mut x, &mut line);
        }
        line
    }

    /// Puts the glyphs of a run on a line from `x` on.
    fn place(&self, run: &Run, x: &mut f32, line: &mut Line) {
        const NONE: Glyph = Glyph(0); // the box of what a font lacks
        let extent = |glyph| match self.faces.get(usize::from(run.face)) {
            Some(face) => face.font.extent(glyph).filter(|_| glyph != NONE),
            None => Some(emoji::EXTENT),
        };
        for set in &run.glyphs {
            let at = (*x + set.x, set.y);
            if let Some(ink) = extent(set.glyph) {
                line.left = line.left.min(at.0 + ink.left);
                line.right = line.right.max(at.0 + ink.right);
                line.above = line.above.max(ink.above + at.1);
                line.below = line.below.max(ink.below - at.1);
                line.glyphs.push(Placed { face: run.face, glyph: set.glyph, x: at.0, y: at.1 });
            }
            *x += set.advance;
        }
    }
}

impl Letters for Shaped<'_> {
    fn len(&self) -> usize {
        self.letters.len()
    }

    fn direction(&self) -> Direction {
        if self.base.is_rtl() { Direction::RightToLeft } else { Direction::LeftToRight }
    }

    fn breaks(&self) -> &[(usize, usize)] {
        &self.breaks
    }

    fn reach(&self, part: Range<usize>) -> f32 {
        let x = |i: usize| self.starts.get(i).copied().unwrap_or(0.0);
        x(part.end) - x(part.start)
    }

    fn line(&self, part: Range<usize>) -> Line {
        self.set(self.letters.get(part).unwrap_or_default())
    }

    fn ellipsized(&self, part: Range<usize>, room: f32) -> Option<Line> {
        let dots = Letter { character: ELLIPSIS, level: self.base, face: 0 };
        let cut = |end: usize| {
            let kept = self.letters.get(part.start..end).unwrap_or_default();
            let last = kept.iter().rposition(|letter| letter.character != ' ').map_or(0, |last| last + 1);
            self.set(&[kept.get(..last).unwrap_or_default(), &[dots]].concat())
        };
        let ends: Vec<usize> =
            self.cuts.iter().copied().filter(|cut| part.contains(cut) && *cut > part.start).collect();
        let fitting = ends.partition_point(|end| self.reach(part.start..*end) <= room);
        let lines = ends.get(..fitting)?.iter().rev().map(|end| cut(*end));
        lines.into_iter().find(|line| line.width() <= room)
    }
}

impl<'a> Face<'a> {
    fn new(file: &'a [u8]) -> Option<Self> {
        let shaper = harfrust::Font::new(file.to_vec(), 0)?;
        let units_per_em = f32::from(shaper.units_per_em().max(16));
        Some(Self { font: Font::new(file), shaper, units_per_em })
    }

    fn has(&self, character: char) -> bool {
        self.font.glyph(character).is_some()
    }
}

/// The face that shows a character after one in `before`: what belongs to no script, or joins, stays with its neighbours.
fn face_of(faces: &[Face<'_>], character: char, before: Option<u8>) -> Option<u8> {
    if joins(character) {
        return before;
    }
    let has = |at: &u8| faces.get(usize::from(*at)).is_some_and(|face| face.has(character));
    let stays = before.filter(|face| !character.is_alphanumeric() && has(face));
    stays.or_else(|| (0..).take(faces.len()).find(has))
}

/// Characters without a glyph that the shaper or the order of directions needs to know of.
fn joins(character: char) -> bool {
    matches!(character, '\u{200c}'..='\u{200f}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}

/// Where a text may break: the end of the part before, the start of the part after. Words of Korean stay whole, as in print and unlike those of
/// Chinese and Japanese, which have no spaces between them.
fn breaks(text: &str) -> Vec<(usize, usize)> {
    let characters: Vec<char> = text.chars().collect();
    let places: BTreeMap<usize, usize> =
        text.char_indices().enumerate().map(|(nth, (at, _))| (at, nth)).collect();
    let in_korean = |at: &usize| {
        let hangul = |at: usize| characters.get(at).is_some_and(|c| ('\u{ac00}'..='\u{d7a3}').contains(c));
        hangul(*at) && hangul(at.wrapping_sub(1))
    };
    let ruled = unicode_linebreak::linebreaks(text).filter_map(|(at, _)| places.get(&at).copied());
    let ruled = ruled.filter(|at| !in_korean(at));
    let mut starts: Vec<usize> = ruled.chain(thai::breaks(&characters)).collect();
    starts.sort_unstable();
    starts.dedup();
    let spaces_before = |start: usize| characters[..start].iter().rev().take_while(|c| **c == ' ').count();
    starts
        .into_iter()
        .map(|start| (start - spaces_before(start), start))
        .filter(|(end, _)| *end > 0)
        .collect()
}
