//! Small words for people: colours, counted nouns, times, and what a terminal can show.

use anstyle::{AnsiColor, Style};
use apropos::decide::MAX_WINDOW;
use apropos::time::{Span, Timestamp};
use clap::builder::styling::Styles;
use std::fmt::Display;
use std::time::{SystemTime, UNIX_EPOCH};
use unicode_width::UnicodeWidthChar;

/// What went wrong, and what forbids.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What is well.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What is narrowed, or to be noted.
pub const NOTE: Style = AnsiColor::Yellow.on_default().bold();
/// How to mend it, and other pointers.
pub const HINT: Style = AnsiColor::Cyan.on_default();
/// Headings.
pub const HEAD: Style = Style::new().bold();
/// What stands beside the matter.
pub const DIM: Style = Style::new().dimmed();

/// The colours of `--help`.
pub const HELP: Styles = Styles::styled().header(HEAD).usage(HEAD).literal(HINT).placeholder(DIM).error(BAD);

/// `text` in a style.
pub fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// The examples below a command's help: what for, and the command.
pub fn examples(examples: &[(&str, &str)]) -> String {
    let lines = examples.iter().map(|(what, command)| {
        let comment = paint(DIM, format_args!("# {what}"));
        format!("\n  {comment}\n  {command}")
    });
    let head = if examples.len() == 1 { "Example:" } else { "Examples:" };
    paint(HEAD, head) + &lines.collect::<String>()
}

/// `3 slots`, `1 slot`, `32,107 profiles`.
pub fn count(n: usize, noun: &str) -> String {
    format!("{} {noun}{}", grouped(n), if n == 1 { "" } else { "s" })
}

/// `32,107`.
pub fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// How a terminal shows a character, and how many columns that takes. Control characters would act on the terminal, so they are not passed on.
pub fn shown(c: char) -> (char, usize) {
    match c.width() {
        Some(width) => (c, width),
        None => (char::REPLACEMENT_CHARACTER, 1),
    }
}

/// `text` without anything that would act on a terminal.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| shown(c).0).collect()
}

/// `text` padded on the right to `width` columns.
pub fn padded(text: &str, width: usize) -> String {
    let taken: usize = text.chars().map(|c| shown(c).1).sum();
    format!("{text}{}", " ".repeat(width.saturating_sub(taken)))
}

/// How many columns a line may take.
pub fn columns() -> usize {
    terminal_size::terminal_size().map_or(110, |(width, _)| usize::from(width.0)).clamp(60, 160)
}

/// This moment.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Reads a time given on the command line.
pub fn time(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::parse(text).ok_or("not a time such as 2026-11-22 or 2026-11-22T10:00:00Z")
}

/// Reads how long after now a message may be sent.
pub fn window(text: &str) -> Result<Span, String> {
    let window = Span::parse(text).filter(|window| *window <= MAX_WINDOW);
    window.ok_or_else(|| format!("not a duration such as 48h, at most {MAX_WINDOW}"))
}

/// Two digits that matter: `62 %`, `4.1 %`, `0.03 %`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        p if p >= 9.95 => format!("{p:.0} %"),
        p if p >= 0.095 => format!("{p:.1} %"),
        p => format!("{p:.2} %"),
    }
}
