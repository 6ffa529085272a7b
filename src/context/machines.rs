//! The names by which crawlers, link previews, scanners and HTTP libraries call themselves.
//!
//! `build.rs` reduces 1,500 public patterns (`data/`) to a hash table: each name stands in the slot of its rarest three bytes, so
//! a User-Agent is read once, and only where three of its bytes hit a slot in use is a whole name compared. That takes about a
//! microsecond, and no regular expression reaches the wasm.
//!
//! A User-Agent is a claim. A machine that claims to be a person passes here; what its network, method and haste give away is
//! the business of [`super::fetcher`] and of whoever sees several requests together.

use super::Fetcher;
use super::gram::{GRAM, slot};

// `STARTS`: the offset in `RECORDS` of each slot's first record, or 0. `RECORDS`: names as `build.rs` writes them.
include!(concat!(env!("OUT_DIR"), "/machines.rs"));

// the flags of a record, as `build.rs` writes them
/// The name has to begin the User-Agent.
const START: u8 = 1;
/// The name has to end the User-Agent.
const END: u8 = 2;
/// Another piece of the name follows, with anything before it.
const MORE: u8 = 4;
/// Upper and lower case are the same.
const FOLD: u8 = 8;
/// The machine draws a link preview.
const PREVIEW: u8 = 16;
/// The slot's last name.
const LAST: u8 = 32;

/// The machine that `ua` names: [`Fetcher::Previewer`], [`Fetcher::Scanner`], or none. Previewers go first, as many of
/// their names hold a general word (`Slackbot`).
pub(super) fn named(ua: &str) -> Option<Fetcher> {
    let ua = ua.as_bytes();
    let mut found = None;
    for (at, gram) in ua.windows(GRAM).enumerate() {
        match named_at(ua, at, slot(gram[0], gram[1], gram[2])) {
            Some(Fetcher::Previewer) => return Some(Fetcher::Previewer),
            other => found = found.or(other),
        }
    }
    found
}

/// The machine whose indexed gram stands at `at`.
fn named_at(ua: &[u8], at: usize, slot: usize) -> Option<Fetcher> {
    let mut rest = match STARTS[slot] {
        0 => return None,
        start => RECORDS.get(usize::from(start)..)?,
    };
    loop {
        let (piece, after) = Piece::read(rest)?;
        rest = after;
        let mut end = piece.at_gram(ua, at);
        let mut flags = piece.flags;
        while flags & MORE != 0 {
            let (next, after) = Piece::read(rest)?;
            rest = after;
            end = end.and_then(|from| next.after(ua, from));
            flags = next.flags;
        }
        if end.is_some_and(|end| flags & END == 0 || end == ua.len()) {
            return Some(if flags & PREVIEW == 0 { Fetcher::Scanner } else { Fetcher::Previewer });
        }
        if flags & LAST != 0 {
            return None;
        }
    }
}

/// One piece of a name.
struct Piece {
    flags: u8,
    /// Where the indexed gram stands in `text`.
    gram: usize,
    text: &'static [u8],
}

impl Piece {
    /// The piece that begins `records`, and what follows it.
    fn read(records: &'static [u8]) -> Option<(Self, &'static [u8])> {
        let [flags, gram, len, rest @ ..] = records else { return None };
        let (text, rest) = rest.split_at_checked(usize::from(*len))?;
        Some((Self { flags: *flags, gram: usize::from(*gram), text }, rest))
    }

    /// The end of the piece in `ua`, if it stands there with its gram at `at`.
    fn at_gram(&self, ua: &[u8], at: usize) -> Option<usize> {
        let start = at.checked_sub(self.gram)?;
        let fits = self.is(ua.get(start..start + self.text.len())?)
            && (self.flags & START == 0 || start == 0)
            && !is_cubot(self.text, &ua[..start]);
        fits.then_some(start + self.text.len())
    }

    /// The end of the piece in `ua`, if it stands somewhere from `from` on.
    fn after(&self, ua: &[u8], from: usize) -> Option<usize> {
        let found = ua.get(from..)?.windows(self.text.len()).position(|window| self.is(window))?;
        Some(from + found + self.text.len())
    }

    fn is(&self, bytes: &[u8]) -> bool {
        if self.flags & FOLD == 0 { bytes == self.text } else { bytes.eq_ignore_ascii_case(self.text) }
    }
}

/// Cubot makes phones: the one known name of a person's device that ends in "bot".
fn is_cubot(text: &[u8], before: &[u8]) -> bool {
    text.starts_with(b"bot") && before.last_chunk().is_some_and(|cu: &[u8; 2]| cu.eq_ignore_ascii_case(b"cu"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_gaps_case_and_kinds() {
        for (ua, machine) in [
            ("", None),
            ("Go", None),
            ("curl/8.5.0", Some(Fetcher::Scanner)),
            (
                "Mozilla/5.0 (compatible; Current/1.0; +https://currentreader.app; RSS Reader)",
                Some(Fetcher::Scanner),
            ),
            ("RSS Reader; Current", None),
            ("RED/2.0.14 (https://redbot.org/)", Some(Fetcher::Scanner)),
            ("WIRED/3.2.3.11.87970", None),
            ("SSL Labs/2", None),
            ("Mozilla/5.0 (compatible; SSL Labs", Some(Fetcher::Scanner)),
            ("wHaTsApP/2", Some(Fetcher::Previewer)),
            ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", Some(Fetcher::Previewer)),
            ("SOMEBOT/1", Some(Fetcher::Scanner)),
            ("somebot", Some(Fetcher::Scanner)),
            ("bottle/1", None),
            ("Mozilla/5.0 (Linux; Android 12; CUBOT X50) AppleWebKit/537.36", None),
            ("Mozilla/5.0 (Linux; U; Android 4.2.2; de-de; CUBOT GT99 Build/JDQ39)", None),
        ] {
            assert_eq!(named(ua), machine, "{ua}");
        }
    }
}
