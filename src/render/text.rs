//! Setting text: characters to glyphs at their places, and making a text fit a width.
//!
//! This is the fast path for Latin: one glyph a character, pair kerning, no shaping. Lengths are in em until the size is
//! known, so a text is measured once and every size follows by a division.

use super::bitmap::Mask;
use super::font::{Font, Glyph, Pen, Point};
use ab_glyph_rasterizer::{Rasterizer, point};
use std::ops::Range;

/// Longer texts are cut here before anything else, so that no text costs more than a few microseconds. No column holds as
/// much at a readable size.
const MOST_CHARACTERS: usize = 240;

const ELLIPSIS: char = '…';

/// How a text is set.
#[derive(Clone, Copy)]
pub struct Style {
    /// The font.
    pub font: Font<'static>,
    /// Added after each glyph, in em.
    pub tracking: f32,
}

/// How a text may be made to fit.
#[derive(Clone, Copy)]
pub struct Fit {
    /// Width of the column in pixels.
    pub width: f32,
    /// The size wanted, in pixels an em.
    pub size: f32,
    /// The smallest size, as a share of `size`, at which the text still stays on fewer lines rather than taking one more.
    pub one_line: f32,
    /// The smallest size at all, as a share of `size`.
    pub smallest: f32,
    /// The most lines; at least 1.
    pub lines: usize,
}

/// A text that fits: its lines and their size in pixels an em. No line's ink is wider than the column.
pub struct Block {
    /// From the top; none when there is nothing to show.
    pub lines: Vec<Line>,
    /// Pixels an em.
    pub size: f32,
}

/// Glyphs in a row. The ink reaches from `left` to `right`, in em from the first glyph's origin.
pub struct Line {
    glyphs: Vec<(Glyph, f32)>,
    left: f32,
    right: f32,
}

/// Whether every visible character of `text` has a glyph.
pub fn covers(text: &str) -> bool {
    let font = Font::regular();
    composed(&font, text).all(|c| c.is_whitespace() || is_invisible(c) || font.glyph(c).is_some())
}

impl Style {
    /// Fits `text`: shrinks it, then breaks it into as few lines as keep it legible, then cuts it short with an ellipsis.
    pub fn fit(&self, text: &str, fit: Fit) -> Block {
        let text = readable(&self.font, text);
        if text.is_empty() {
            return Block { lines: Vec::new(), size: fit.size };
        }
        let whole = self.line(&text);
        let fitted = (1..=fit.lines.max(1)).find_map(|count| {
            let least = if count < fit.lines { fit.one_line } else { fit.smallest };
            let lines = self.balanced(&text, &whole, count);
            let size = fitting_size(&lines, fit, least)?;
            Some(Block { lines, size })
        });
        fitted.unwrap_or_else(|| self.cut_short(&text, &whole, fit))
    }

    /// At most `count` lines, the longest of which is as short as it can be.
    fn balanced(&self, text: &[char], whole: &Line, count: usize) -> Vec<Line> {
        // halving this often finds the width to less than a pixel
        const STEPS: usize = 14;
        let (mut short, mut long) = (whole.width() / count as f32, whole.width());
        for _ in 0..if count > 1 { STEPS } else { 0 } {
            let middle = (short + long) / 2.0;
            let enough = parts(text, whole, middle, count).is_some();
            *(if enough { &mut long } else { &mut short }) = middle;
        }
        match parts(text, whole, long, count) {
            Some(parts) => parts.into_iter().map(|part| self.line(&text[part])).collect(),
            None => vec![self.line(text)],
        }
    }

    /// At the smallest size: lines as full as words allow, and what the last line takes of the rest, with an ellipsis.
    fn cut_short(&self, text: &[char], whole: &Line, fit: Fit) -> Block {
        let size = fit.size * fit.smallest;
        let room = fit.width / size;
        let mut lines = Vec::new();
        let mut start = 0;
        while lines.len() + 1 < fit.lines
            && let Some((end, next)) = last_break(text, whole, start, room)
        {
            let line = self.line(&text[start..end]);
            if line.width() > room {
                break;
            }
            lines.push(line);
            start = next;
        }
        let rest = self.line(&text[start..]);
        if rest.width() <= room {
            lines.push(rest)
        } else {
            lines.extend(self.ellipsized(&text[start..], room))
        }
        Block { lines, size }
    }

    /// The longest beginning of `text` that leaves room for an ellipsis.
    fn ellipsized(&self, text: &[char], room: f32) -> Option<Line> {
        let whole = self.line(text);
        let most = whole.glyphs.iter().take_while(|(_, x)| *x <= room).count();
        (1..=most).rev().find_map(|end| {
            let kept = trimmed(&text[..end]);
            let line = self.line(&[kept, &[ELLIPSIS]].concat());
            (line.width() <= room).then_some(line)
        })
    }

    fn line(&self, text: &[char]) -> Line {
        let mut line = Line { glyphs: Vec::with_capacity(text.len()), left: f32::MAX, right: f32::MIN };
        let mut x = 0.0;
        let mut last = None;
        for glyph in text.iter().filter_map(|c| self.font.glyph(*c)) {
            x += last.map_or(0.0, |last| self.font.kerning(last, glyph));
            if let Some(ink) = self.font.extent(glyph) {
                line.left = line.left.min(x + ink.left);
                line.right = line.right.max(x + ink.right);
            }
            line.glyphs.push((glyph, x));
            x += self.font.advance(glyph) + self.tracking;
            last = Some(glyph);
        }
        line
    }
}

impl Line {
    /// Width of the ink in em; 0 without ink.
    pub fn width(&self) -> f32 {
        (self.right - self.left).max(0.0)
    }

    /// The line in `font` at `size`, its ink starting at pixel `left`, its baseline above pixel row `baseline`.
    pub fn mask(&self, font: &Font, size: f32, left: i32, baseline: i32) -> Mask {
        const ABOVE: f32 = 1.2; // Vietnamese capitals with two accents reach 1.16 em
        const BELOW: f32 = 0.35;
        let rise = (ABOVE * size).ceil();
        let width = (self.width() * size).ceil() as usize + 1;
        let height = (rise + BELOW * size).ceil() as usize;
        let mut raster = Raster { raster: Rasterizer::new(width, height), size, x: 0.0, y: rise };
        for (glyph, x) in &self.glyphs {
            raster.x = (x - self.left) * size;
            font.draw(*glyph, &mut raster);
        }
        Mask { left, top: baseline - rise as i32, width, coverage: coverage(&raster.raster) }
    }
}

/// The coverage of each pixel, in the steps of [`Mask`].
pub fn coverage(raster: &Rasterizer) -> Vec<u8> {
    let (width, height) = raster.dimensions();
    let mut shares = vec![0.0; width * height];
    let mut pixels = shares.iter_mut();
    raster.for_each_pixel(|_, share| {
        if let Some(pixel) = pixels.next() {
            *pixel = share;
        }
    });
    // apart, since a sum has to be made pixel after pixel, but this in vectors
    let step = |share: &f32| (share.clamp(0.0, 1.0) * f32::from(Mask::FULL) + 0.5) as i32 as u8;
    shares.iter().map(step).collect()
}

/// Draws em outlines into pixels.
struct Raster {
    raster: Rasterizer,
    size: f32,
    x: f32,
    y: f32,
}

impl Pen for Raster {
    fn curve(&mut self, from: Point, control: Point, to: Point) {
        let pixel = |p: Point| point(self.x + p.x * self.size, self.y - p.y * self.size);
        let (from, control, to) = (pixel(from), pixel(control), pixel(to));
        self.raster.draw_quad(from, control, to);
    }
}

/// The size at which all `lines` fit, at most the one wanted, if it is at least the share `least` of that.
fn fitting_size(lines: &[Line], fit: Fit, least: f32) -> Option<f32> {
    let widest = lines.iter().map(Line::width).fold(0.0, f32::max);
    let size = fit.size.min(fit.width / widest.max(f32::MIN_POSITIVE));
    (size >= fit.size * least).then_some(size)
}

/// The parts of `text` on lines of at most `room` em, as full as can be; `None` if they are more than `most`. `whole` is the text on one line.
fn parts(text: &[char], whole: &Line, room: f32, most: usize) -> Option<Vec<Range<usize>>> {
    let mut parts = Vec::with_capacity(most);
    let mut start = 0;
    while reach(whole, start, text.len()) > room {
        let (end, next) = last_break(text, whole, start, room)?;
        parts.push(start..end);
        start = next;
        if parts.len() >= most {
            return None;
        }
    }
    parts.push(start..text.len());
    Some(parts)
}

/// The last place to break a line that begins at `start` and takes at most `room` em.
fn last_break(text: &[char], whole: &Line, start: usize, room: f32) -> Option<(usize, usize)> {
    let inside = breaks(&text[start..]).map(|(end, next)| (start + end, start + next));
    inside.take_while(|(end, _)| reach(whole, start, *end) <= room).last()
}

/// How wide the characters `start..end` are on one line, in em.
fn reach(whole: &Line, start: usize, end: usize) -> f32 {
    let x = |i: usize| whole.glyphs.get(i).map_or(whole.right, |glyph| glyph.1); // every character has a glyph
    x(end) - x(start)
}

/// Where `text` may break: the end of the part before, the start of the part after.
fn breaks(text: &[char]) -> impl Iterator<Item = (usize, usize)> {
    let inner = 1..text.len().saturating_sub(1);
    inner.filter_map(|i| match text[i] {
        ' ' => Some((i, i + 1)),
        '-' | '–' | '—' | '/' if text[i + 1] != ' ' && text[i - 1] != ' ' => Some((i + 1, i + 1)),
        _ => None,
    })
}

/// What can be shown of `text`: composed, without characters that have no glyph, single spaces, none at the ends.
fn readable(font: &Font, text: &str) -> Vec<char> {
    let mut shown: Vec<char> = Vec::new();
    for c in composed(font, text).take(MOST_CHARACTERS) {
        let c = if c.is_whitespace() && !is_unbreakable(c) { ' ' } else { c };
        let doubled = c == ' ' && shown.last().is_none_or(|last| *last == ' ');
        if !doubled && !is_invisible(c) && font.glyph(c).is_some() {
            shown.push(c);
        }
    }
    shown.truncate(trimmed(&shown).len());
    shown
}

fn is_unbreakable(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{202f}')
}

/// Characters that say how to treat their neighbours: soft hyphen, joiners, direction marks, variation selectors.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// `text` with letters and combining marks joined where `font` has the joined letter; marks that stay alone are left out.
/// (Unicode NFC restricted to the font. The general tables are 65 KB of compressed wasm.)
fn composed<'a>(font: &'a Font, text: &'a str) -> impl Iterator<Item = char> + 'a {
    let mut rest = text.chars().peekable();
    std::iter::from_fn(move || {
        let mut letter = rest.next()?;
        let mut waiting = Vec::new();
        while let Some(mark) = rest.next_if(|c| is_combining(*c)) {
            waiting.push(mark);
            while let Some((at, joined)) =
                waiting.iter().enumerate().find_map(|(i, m)| Some((i, joined(letter, *m)?)))
            {
                waiting.remove(at);
                letter = joined;
            }
            waiting.truncate(8); // no letter has as many
        }
        Some(letter)
    })
    .filter(|c| !is_combining(*c) || font.glyph(*c).is_some())
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

/// Without the spaces at the end.
fn trimmed(text: &[char]) -> &[char] {
    let kept = text.iter().rposition(|c| *c != ' ').map_or(0, |last| last + 1);
    &text[..kept]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        readable(&Font::regular(), text).into_iter().collect()
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
    }

    #[test]
    fn what_has_no_glyph_leaves_no_trace() {
        assert_eq!(shown("  Hi\u{200d} 👩‍👩‍👧   there\n\u{feff}東京 "), "Hi there");
        assert!(covers("Kovač Łukasz Öztürk Nguyễn – 20 % ₺"));
        assert!(!covers("東京") && !covers("Hi 😀"));
    }

    #[test]
    fn lines_break_at_spaces_and_hyphens_only_inside() {
        let found = |text: &str| breaks(&text.chars().collect::<Vec<_>>()).collect::<Vec<_>>();
        assert_eq!(found("ab cd-ef"), [(2, 3), (6, 6)]);
        assert_eq!(found("a - b"), [(1, 2), (3, 4)]);
        assert_eq!(found("-a-"), []);
        assert_eq!(found(""), []);
    }

    #[test]
    fn any_text_fits_any_width() {
        let style = Style { font: Font::bold(), tracking: -0.02 };
        for text in [
            "A",
            "Hello there",
            "Donaudampfschifffahrtsgesellschaft",
            &"wide words ".repeat(500),
            &"W".repeat(9999),
        ] {
            for width in [1.0, 30.0, 200.0, 624.0] {
                for lines in 1..6 {
                    let fit = Fit { width, size: 70.0, one_line: 0.8, smallest: 0.6, lines };
                    let block = style.fit(text, fit);
                    assert!(
                        block.lines.iter().all(|line| line.width() * block.size <= width * 1.0001),
                        "{text:.20} {width}"
                    );
                    assert!(block.lines.len() <= lines);
                }
            }
        }
    }
}
