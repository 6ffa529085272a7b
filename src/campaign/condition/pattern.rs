//! Regular expressions, small enough to be matched at every open: time is linear in the text, and the expression's size is bounded.
//!
//! They differ from JavaScript's where few will notice: `.` is a whole character, not a UTF-16 unit, and also matches `\r`; `\s` knows the spaces of ASCII. Where many
//! would (look-around, back-references, the case of letters beyond ASCII), an expression is refused.

use regex_lite::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

/// The most that a compiled expression may take, in bytes.
const MAX_SIZE: usize = 16 << 10;

/// A compiled expression.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "(String, bool)", into = "(String, bool)")]
pub struct Pattern {
    regex: Regex,
    fold: bool,
}

impl TryFrom<(String, bool)> for Pattern {
    type Error = String;

    fn try_from((text, fold): (String, bool)) -> Result<Self, String> {
        Self::new(&text, fold)
    }
}

impl From<Pattern> for (String, bool) {
    fn from(pattern: Pattern) -> Self {
        (pattern.regex.as_str().to_owned(), pattern.fold)
    }
}

impl Pattern {
    /// Compiles an expression; `fold` lets letters match in either case.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn new(text: &str, fold: bool) -> Result<Self, String> {
        if fold && !text.is_ascii() {
            return Err(
                "beyond ASCII, case can't be left open: write both letters, as in \"[čČ]\"".to_owned()
            );
        }
        let regex =
            RegexBuilder::new(text).case_insensitive(fold).size_limit(MAX_SIZE).nest_limit(32).build();
        let regex = regex.map_err(|error| error.to_string())?;
        // the first match makes room for all others: none is made when a mail is opened
        regex.is_match("");
        Ok(Self { regex, fold })
    }

    /// Does it match anywhere in a text?
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.fold == other.fold && self.regex.as_str() == other.regex.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_anywhere_and_in_either_case_if_asked() {
        assert!(Pattern::new("-12-2[45]$", false).unwrap().matches("1980-12-25"));
        assert!(!Pattern::new("mobile", false).unwrap().matches("Mobile"));
        assert!(Pattern::new("mobile", true).unwrap().matches("Mobile"));
        assert!(Pattern::new(r"a\/b", false).unwrap().matches("a/b"), "as JavaScript writes a slash");
    }

    #[test]
    fn what_could_take_long_or_mislead_is_refused() {
        for wrong in ["(?=a)", r"(a)\1", "/???***[)", "((a{50}){50}){50}"] {
            assert!(Pattern::new(wrong, false).is_err(), "{wrong}");
        }
        assert!(Pattern::new("č", true).is_err());
    }
}
