//! Making a text fit: fewer lines, smaller letters, an ellipsis at last. The same for letters of the fast path and for shaped ones.

use super::text::{Block, Direction, Fit, Line};
use std::ops::Range;

/// A text that can be set on lines. Places in it are counted in characters, in reading order.
pub trait Letters {
    /// How many characters there are.
    fn len(&self) -> usize;

    /// The direction in which the lines run.
    fn direction(&self) -> Direction;

    /// Where it may break, in order: the end of the part before, the start of the part after.
    fn breaks(&self) -> &[(usize, usize)];

    /// How wide the characters are as a part of one line, in em, nearly.
    fn reach(&self, part: Range<usize>) -> f32;

    /// A part on a line of its own.
    fn line(&self, part: Range<usize>) -> Line;

    /// The longest beginning of a part that leaves room for an ellipsis in `room` em, and that.
    fn ellipsized(&self, part: Range<usize>, room: f32) -> Option<Line>;
}

/// Shrinks a text, then breaks it into as few lines as keep it legible, then cuts it short with an ellipsis.
pub fn fit(letters: &impl Letters, fit: Fit) -> Block {
    let block = |lines, size| Block { lines, size, direction: letters.direction() };
    if letters.len() == 0 {
        return block(Vec::new(), fit.size);
    }
    let fitted = (1..=fit.lines.max(1)).find_map(|count| {
        let least = if count < fit.lines { fit.one_line } else { fit.smallest };
        let lines = balanced(letters, count);
        let size = fitting_size(&lines, fit, least)?;
        Some(block(lines, size))
    });
    fitted.unwrap_or_else(|| block(cut_short(letters, fit), fit.size * fit.smallest))
}

/// The size at which all `lines` fit, at most the one wanted, if it is at least the share `least` of that.
fn fitting_size(lines: &[Line], fit: Fit, least: f32) -> Option<f32> {
    let widest = lines.iter().map(Line::width).fold(0.0, f32::max);
    let size = fit.size.min(fit.width / widest.max(f32::MIN_POSITIVE));
    (size >= fit.size * least).then_some(size)
}

/// At most `count` lines, the longest of which is as short as it can be.
fn balanced(letters: &impl Letters, count: usize) -> Vec<Line> {
    // halving this often finds the width to less than a pixel
    const STEPS: usize = 14;
    let all = 0..letters.len();
    let whole = letters.reach(all.clone());
    let (mut short, mut long) = (whole / count as f32, whole);
    for _ in 0..if count > 1 { STEPS } else { 0 } {
        let middle = (short + long) / 2.0;
        let enough = parts(letters, middle, count).is_some();
        *(if enough { &mut long } else { &mut short }) = middle;
    }
    let parts = parts(letters, long, count).unwrap_or_else(|| vec![all]);
    parts.into_iter().map(|part| letters.line(part)).collect()
}

/// At the smallest size: lines as full as breaks allow, and what the last line takes of the rest, with an ellipsis.
fn cut_short(letters: &impl Letters, fit: Fit) -> Vec<Line> {
    let room = fit.width / (fit.size * fit.smallest);
    let mut lines = Vec::new();
    let mut start = 0;
    while lines.len() + 1 < fit.lines
        && let Some((end, next)) = last_break(letters, start, room)
    {
        let line = letters.line(start..end);
        if line.width() > room {
            break;
        }
        lines.push(line);
        start = next;
    }
    let rest = letters.line(start..letters.len());
    if rest.width() <= room {
        lines.push(rest);
    } else {
        lines.extend(letters.ellipsized(start..letters.len(), room));
    }
    lines
}

/// Breaks a text into lines of at most `room` em, as nearly as [`Letters::reach`] tells; `None` if that takes more than `most`.
fn parts(letters: &impl Letters, room: f32, most: usize) -> Option<Vec<Range<usize>>> {
    let mut parts = Vec::with_capacity(most);
    let mut start = 0;
    while letters.reach(start..letters.len()) > room {
        let (end, next) = last_break(letters, start, room)?;
        parts.push(start..end);
        start = next;
        if parts.len() >= most {
            return None;
        }
    }
    parts.push(start..letters.len());
    Some(parts)
}

/// The last place to break a line that begins at `start` and takes at most `room` em.
fn last_break(letters: &impl Letters, start: usize, room: f32) -> Option<(usize, usize)> {
    let inside = letters.breaks().iter().copied().filter(|(end, _)| *end > start);
    inside.take_while(|(end, _)| letters.reach(start..*end) <= room).last()
}
