//! Text with places for the recipient's own values: `Good morning, {first_name|friend}`.
//!
//! A place names the greeting name or a signal, and always brings its default, so there is something to say when consent doesn't cover the value or it isn't known.

use crate::intent::{SignalId, Value};

/// A parsed text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template(pub Vec<Piece>);

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// As written.
    Text(String),
    /// The name to greet by, or a default.
    FirstName(String),
    /// The value of a signal, or a default.
    Signal(SignalId, String),
}

impl Template {
    /// Reads a text.
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

    /// Whether it says the same whoever reads it.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.0.iter().all(|piece| matches!(piece, Piece::Text(_)))
    }

    /// Nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text with every place filled: `first_name` and `signal` give what consent covers.
    pub fn fill<'a>(&self, first_name: Option<&str>, signal: impl Fn(SignalId) -> Value<'a>) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::FirstName(default) => out.push_str(first_name.unwrap_or(default)),
                Piece::Signal(id, default) => match signal(*id) {
                    Value::Number(n) => out.push_str(&format!("{n:.0}")),
                    Value::Text(t) => out.push_str(t),
                    _ => out.push_str(default),
                },
            }
        }
        out
    }

    /// The text for somebody of whom nothing is known.
    #[must_use]
    pub fn plain(&self) -> String {
        self.fill(None, |_| Value::Missing)
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Text(text.to_owned()));
    }
}

fn place(inside: &str) -> Result<Piece, String> {
    let Some((name, default)) = inside.split_once('|') else {
        return Err(format!("{{{inside}}} needs a default for when it isn't known: {{{inside}|friend}}"));
    };
    if name == "first_name" {
        return Ok(Piece::FirstName(default.to_owned()));
    }
    SignalId::of(name).map(|id| Piece::Signal(id, default.to_owned())).ok_or_else(|| {
        let known = SignalId::all().map(|s| s.signal().name).chain(["first_name"]);
        let hint = crate::nearest::nearest(name, known)
            .map_or(String::new(), |n| format!("; did you mean {{{n}|{default}}}?"));
        format!("{{{name}}} is not known{hint}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_or_take_their_default() {
        let t = Template::parse("Hi {first_name|friend}, {cart_items|some} things wait").unwrap();
        assert_eq!(t.plain(), "Hi friend, some things wait");
        assert_eq!(t.fill(Some("Ana"), |_| Value::Number(2.0)), "Hi Ana, 2 things wait");
    }

    #[test]
    fn mistakes_are_explained() {
        for (text, part) in [
            ("{first_name}", "needs a default"),
            ("{frist_name|x}", "did you mean {first_name|x}"),
            ("{a", "never closed"),
        ] {
            assert!(Template::parse(text).unwrap_err().contains(part), "{text}");
        }
    }
}
