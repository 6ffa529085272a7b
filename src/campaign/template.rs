//! Text with places for values: `Good morning, {first_name|friend}`, `Only {stock.left|a few} left`, `from {fares.price:money EUR|little}`.
//!
//! A place names the greeting name, a signal, or a column of a [feed](super::feed) that the campaign declares, perhaps how the value is written ([`Format`]), and always its default,
//! so there is something to say when consent doesn't cover the value, it isn't known, is no longer fresh, is of another kind or in letters that the fonts lack. [`Template::fill`]
//! puts [`Values`] into the places; it is the only way in which anything of a recipient gets into a text.

use super::feed::{is_column, is_name};
use super::reader::Node;
use super::{Format, Names, Values};
use crate::intent::signal::Kind;
use crate::intent::{SignalId, Value};
use crate::nearest::nearest;
use crate::render::runs_from_right;

/// The most characters of a text.
const MAX_TEXT: usize = 300;

/// A parsed text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template(pub Vec<Piece>);

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// As written.
    Text(String),
    /// A value, or its default.
    Place {
        /// What stands there.
        source: Source,
        /// How it is written.
        format: Format,
        /// What stands there otherwise.
        default: String,
    },
}

/// What stands in a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// The name to greet by.
    FirstName,
    /// The value of a signal.
    Signal(SignalId),
    /// The value in a column of a feed.
    Feed {
        /// The feed's name.
        name: String,
        /// The column's.
        column: String,
    },
}

impl Template {
    /// Reads a text. Which feeds the campaign declares is not known here: [`Template::feeds`] tells the names that must be among them.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            push_text(&mut pieces, &rest[..open]);
            let inside = &rest[open + 1..];
            let close = inside.find('}').ok_or_else(|| format!("`{{` is never closed in {text:?}"))?;
            pieces.push(place(&inside[..close])?);
            rest = &inside[close + 1..];
        }
        push_text(&mut pieces, rest);
        Ok(Self(pieces))
    }

    /// Says this, whoever reads it.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self(vec![Piece::Text(text.to_owned())])
    }

    /// Whether it says the same whoever reads it, whenever they do.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.0.iter().all(|piece| matches!(piece, Piece::Text(_)))
    }

    /// Reads a text of a campaign, all of whose feeds must be declared.
    pub(super) fn read(node: &Node<'_, '_>, names: &Names) -> Option<Self> {
        let text = node.text()?;
        if text.chars().count() > MAX_TEXT {
            return node.problem(format!("the text has more than {MAX_TEXT} characters"), None);
        }
        let template = Self::parse(text).map_err(|problem| node.problem::<()>(problem, None)).ok()?;
        let declared = template.feeds().all(|(feed, _)| names.has_feed(feed, node));
        declared.then_some(template)
    }

    /// Nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The feeds that its places name, with the column of each.
    pub fn feeds(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Place { source: Source::Feed { name, column }, .. } => {
                Some((name.as_str(), column.as_str()))
            }
            _ => None,
        })
    }

    /// The text with every place filled.
    #[must_use]
    pub fn fill(&self, values: &Values<'_>) -> String {
        let mut out = String::new();
        let from_right =
            self.0.iter().any(|piece| matches!(piece, Piece::Text(text) if runs_from_right(text)));
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Place { source, format, default } => {
                    match format.write(source.value(values), values) {
                        // letters that the fonts lack are left out rather than mangled
                        // a value must not turn around what stands beside it (UAX #9, isolates)
                        Some(text) if values.draws(&text) && (from_right || runs_from_right(&text)) => {
                            out.push_str(&format!("\u{2068}{text}\u{2069}"));
                        }
                        Some(text) if values.draws(&text) => out.push_str(&text),
                        _ => out.push_str(default),
                    }
                }
            }
        }
        out
    }
}

impl Source {
    fn value<'a>(&self, values: &Values<'a>) -> Value<'a> {
        match self {
            Self::FirstName => values.first_name().map_or(Value::Missing, Value::Text),
            Self::Signal(id) => values.signal(*id),
            Self::Feed { name, column } => values.feed(name, column),
        }
    }

    /// The only kind of values it has; a feed may have any.
    fn kind(&self) -> Option<Kind> {
        match self {
            Self::FirstName => Some(Kind::Text),
            Self::Signal(id) => Some(id.signal().kind),
            Self::Feed { .. } => None,
        }
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Text(text.to_owned()));
    }
}

fn place(inside: &str) -> Result<Piece, String> {
    let Some((what, default)) = inside.split_once('|') else {
        return Err(format!("{{{inside}}} needs a default for when it isn't known: {{{inside}|friend}}"));
    };
    let (name, wanted) = what.split_once(':').map_or((what, None), |(name, format)| (name, Some(format)));
    let source = source(name, default)?;
    let format = match wanted {
        None => Format::plain(&source),
        Some(wanted) => Format::parse(wanted).map_err(|problem| format!("{{{inside}}}: {problem}"))?,
    };
    if let Some(kind) = source.kind().filter(|kind| !format.takes(*kind)) {
        return Err(format!("{{{inside}}}: {name} is a {}, which can't be written so", kind.name()));
    }
    Ok(Piece::Place { source, format, default: default.to_owned() })
}

fn source(name: &str, default: &str) -> Result<Source, String> {
    if name == "first_name" {
        return Ok(Source::FirstName);
    }
    if let Some((feed, column)) = name.split_once('.') {
        if !is_name(feed) {
            return Err(format!("{{{name}}}: a feed is named by lower-case letters, digits and dashes"));
        }
        if !is_column(column) {
            return Err(format!("{{{name}}}: a column is named by letters, digits, dashes and underscores"));
        }
        return Ok(Source::Feed { name: feed.to_owned(), column: column.to_owned() });
    }
    SignalId::of(name).map(Source::Signal).ok_or_else(|| {
        let known = SignalId::all().map(|s| s.signal().name).chain(["first_name"]);
        let hint =
            nearest(name, known).map_or(String::new(), |n| format!("; did you mean {{{n}|{default}}}?"));
        format!("{{{name}}} is not known{hint}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_explained() {
        for (text, part) in [
            ("{first_name}", "needs a default"),
            ("{frist_name|x}", "did you mean {first_name|x}"),
            ("{a", "never closed"),
            ("{stock.price:mony|x}", "format \"mony\" is not known; did you mean \"money\"?"),
            (
                "{stock.price:money euro|x}",
                "\"euro\" is neither a currency such as EUR nor a number of decimals",
            ),
            ("{stock.price:number 9|x}", "at most 6 decimals"),
            ("{stock.price:upper 2|x}", "\"upper\" takes nothing after it"),
            ("{stock.price:time Europe/Zagrb|x}", "\"Europe/Zagrb\" is no time zone"),
            ("{stock.price:|x}", "format \"\" is not known; known: number, "),
            ("{first_name:money|x}", "first_name is a text, which can't be written so"),
            ("{weekend|x}", "weekend is a true/false, which can't be written so"),
            ("{cart_items:upper|x}", "cart_items is a number, which can't be written so"),
            ("{Stock.left|x}", "a feed is named by lower-case letters"),
            ("{stock.|x}", "a column is named by letters"),
            ("{stock.a.b|x}", "a column is named by letters"),
        ] {
            let told = Template::parse(text).unwrap_err();
            assert!(told.contains(part), "{text}: {told}");
        }
    }

    #[test]
    fn places_name_their_feeds() {
        let text =
            Template::parse("{stock.left|few} of {tents.name:upper|it}, {first_name:upper|friend}").unwrap();
        assert_eq!(text.feeds().collect::<Vec<_>>(), [("stock", "left"), ("tents", "name")]);
        assert!(Template::parse("").unwrap().is_empty());
    }
}
