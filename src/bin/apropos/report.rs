//! Problems for people: where, the line itself, carets under the part that is meant, and the mend.

use crate::text::{BAD, DIM, GOOD, HEAD, HINT, NOTE, columns, count, padded, paint, plain, shown};
use anstyle::Style;
use apropos::campaign::Problem;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The columns a tab takes.
const TAB: usize = 4;

/// Writes every problem of a document.
pub fn problems(out: &mut impl Write, name: &str, text: &str, problems: &[Problem]) -> io::Result<()> {
    each(out, name, text, problems, Sign { style: BAD, mark: "✗" })
}

/// Writes what isn't wrong with a document but hardly meant.
pub fn warnings(out: &mut impl Write, name: &str, text: &str, warnings: &[Problem]) -> io::Result<()> {
    each(out, name, text, warnings, Sign { style: NOTE, mark: "!" })
}

/// How grave it is.
#[derive(Clone, Copy)]
struct Sign {
    style: Style,
    mark: &'static str,
}

fn each(out: &mut impl Write, name: &str, text: &str, problems: &[Problem], sign: Sign) -> io::Result<()> {
    let lines: Vec<_> = text.lines().collect();
    let gutter = problems.iter().map(|p| p.line).max().unwrap_or(1).to_string().len();
    let room = columns().saturating_sub(gutter + 5);
    for problem in problems {
        let line = problem.line.checked_sub(1).and_then(|i| lines.get(i)).copied().unwrap_or_default();
        one(out, name, problem, &Excerpt::of(line, problem.column, problem.length, room), gutter, sign)?;
    }
    Ok(())
}

fn one(
    out: &mut impl Write,
    name: &str,
    problem: &Problem,
    excerpt: &Excerpt,
    gutter: usize,
    sign: Sign,
) -> io::Result<()> {
    let (bar, edge) = (paint(DIM, "│"), " ".repeat(gutter));
    let place = format!("{name}:{}:{}", problem.line, problem.column);
    let path = plain(&problem.path);
    let path = if path.is_empty() { path } else { paint(DIM, format_args!("  {path}")) };
    writeln!(out, "{}{path}", paint(HEAD, place))?;
    writeln!(out, " {} {bar} {}", paint(DIM, format_args!("{:>gutter$}", problem.line)), excerpt.text)?;
    let carets = paint(sign.style, "^".repeat(excerpt.width));
    writeln!(out, " {edge} {bar} {}{carets}", " ".repeat(excerpt.before))?;
    writeln!(out, " {edge} {} {}", paint(sign.style, sign.mark), plain(&problem.message))?;
    if let Some(help) = &problem.help {
        writeln!(out, " {edge} {} {}", paint(HINT, "→"), paint(HINT, plain(help)))?;
    }
    writeln!(out)
}

/// A part of a line, as a terminal shows it.
#[derive(Debug, PartialEq, Eq)]
struct Excerpt {
    text: String,
    /// Columns before the part that is meant.
    before: usize,
    /// Columns of the part that is meant.
    width: usize,
}

impl Excerpt {
    /// `length` characters from the `column`th of `line`, with as much around them as `room` columns hold.
    fn of(line: &str, column: usize, length: usize, room: usize) -> Self {
        let cells: Vec<(String, usize)> = line.chars().map(cell).collect();
        let width = |cells: &[(String, usize)]| cells.iter().map(|(_, width)| width).sum::<usize>();
        let start = column.saturating_sub(1).min(cells.len());
        let end = (start + length).min(cells.len());
        let (mut first, mut last) = (0, cells.len());
        if width(&cells) > room {
            while first < start && width(&cells[first..start]) > room / 3 {
                first += 1;
            }
            last = first;
            while last < cells.len() && width(&cells[first..=last]) + 2 <= room {
                last += 1;
            }
        }
        let (cut_left, cut_right) =
            (if first > 0 { "…" } else { "" }, if last < cells.len() { "…" } else { "" });
        let middle: String = cells[first..last].iter().map(|(text, _)| text.as_str()).collect();
        Self {
            text: format!("{cut_left}{middle}{cut_right}"),
            before: width(&cells[first..start]) + usize::from(first > 0),
            width: width(&cells[start..end.min(last).max(start)]).max(1),
        }
    }
}

fn cell(c: char) -> (String, usize) {
    match c {
        '\t' => (" ".repeat(TAB), TAB),
        c => {
            let (c, width) = shown(c);
            (c.to_string(), width)
        }
    }
}

/// Tells of bad lines as they come, and how many there were.
pub struct BadLines {
    name: String,
    count: usize,
}

impl BadLines {
    /// Of the file called `name`.
    pub fn of(name: &str) -> Self {
        Self { name: name.to_owned(), count: 0 }
    }

    /// Tells of one bad line.
    pub fn tell(&mut self, line: u64, reasons: &[String]) {
        self.count += 1;
        clear_progress();
        let place = paint(HEAD, format_args!("{}:{line}", self.name));
        for reason in reasons {
            say(format_args!("{place}  {} {}", paint(BAD, "✗"), plain(reason)));
        }
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The last line of a command: what was done, and how many lines were refused.
    pub fn summary(&self, done: &str) -> String {
        match self.count {
            0 => format!("{} {done}", paint(GOOD, "✓")),
            n => format!(
                "{} {done} · {}",
                paint(NOTE, "!"),
                paint(BAD, format_args!("{} refused", count(n, "line")))
            ),
        }
    }
}

/// Tells of problems with a list of places and mends, such as a mapping's.
pub fn list(name: &str, problems: &[(String, String)]) {
    let width = problems.iter().map(|(place, _)| place.chars().count()).max().unwrap_or_default();
    for (place, problem) in problems {
        let place = paint(HEAD, padded(&plain(place), width));
        say(format_args!("{name}: {place}  {} {}", paint(BAD, "✗"), plain(problem)));
    }
}

/// Writes a line to standard error. If nobody reads it any more, the command goes on.
pub fn say(line: impl Display) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Something to know that is no problem.
pub fn note(text: &str) {
    say(format_args!("{} {text}", paint(NOTE, "note:")));
}

/// Why the command could not do its work.
pub fn failure(error: &anyhow::Error) {
    clear_progress();
    let told = format!("{error:#}").replace('\n', "\n       ");
    say(format_args!("{} {told}", paint(BAD, "error:")));
}

/// Writes a line that the next one replaces, if a person is watching.
pub fn progress(text: &str) {
    if io::stderr().is_terminal() {
        clear_progress();
        let _ = write!(anstream::stderr(), "{}", paint(DIM, text));
    }
}

/// What is told how much is done, in [0, 1]: a bar that grows, if a person is watching.
pub fn bar(what: &'static str) -> impl Fn(f64) + Sync {
    let shown = AtomicUsize::new(0);
    move |done| {
        let percent = (done * 100.0) as usize;
        if shown.fetch_max(percent, Ordering::Relaxed) < percent {
            let bar: String = (0..25).map(|i| if i * 4 < percent { '█' } else { '░' }).collect();
            progress(&format!("{what} {bar} {percent} %"));
        }
    }
}

/// Takes the progress line away. Not through `anstream`, which would drop the erasing along with the colours.
pub fn clear_progress() {
    if io::stderr().is_terminal() {
        let _ = write!(io::stderr(), "\r\x1b[2K");
    }
}

#[cfg(test)]
mod tests {
    use super::Excerpt;

    fn excerpt(line: &str, column: usize, length: usize, room: usize) -> (String, String) {
        let e = Excerpt::of(line, column, length, room);
        (e.text, format!("{}{}", " ".repeat(e.before), "^".repeat(e.width)))
    }

    fn pair(text: &str, carets: &str) -> (String, String) {
        (text.to_owned(), carets.to_owned())
    }

    #[test]
    fn carets_stand_under_what_is_meant() {
        assert_eq!(excerpt("\t\"id\": 1", 2, 4, 80), pair("    \"id\": 1", "    ^^^^"));
        assert_eq!(excerpt("\"語\": \"日本\"", 6, 4, 80), pair("\"語\": \"日本\"", "      ^^^^^^"));
        assert_eq!(excerpt("ab", 3, 1, 80), pair("ab", "  ^"));
        assert_eq!(excerpt("", 1, 1, 80), pair("", "^"));
        assert_eq!(excerpt("a\x1b[31m", 2, 1, 80), pair("a\u{fffd}[31m", " ^"));
    }

    #[test]
    fn long_lines_are_cut_around_it() {
        let line = format!("{}HERE{}", "a".repeat(500), "b".repeat(500));
        let (text, carets) = excerpt(&line, 501, 4, 30);
        assert_eq!(text, "…aaaaaaaaaaHEREbbbbbbbbbbbbbb…");
        assert_eq!(carets, "           ^^^^");
        let (text, carets) = excerpt(&line, 501, 504, 30);
        assert!(text.len() < 40 && carets.len() <= 30, "{carets}");
    }
}
