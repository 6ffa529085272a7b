//! Feeds: tables of live values beside a campaign, for its texts: prices, weather, stores, results of a poll, how many are left.
//!
//! A document holds one of three tables, and when it was measured:
//!
//! ```json
//! {"at": "2026-11-23T08:00:00Z", "values": {"temperature": 3, "sky": "clear"}}
//! {"at": "2026-11-23T08:00:00Z", "rows": {"HR": {"price": 49.9}, "DE": {"price": 54}}}
//! {"at": "2026-11-23T08:00:00Z", "places": [{"lat": 45.8, "lon": 15.98, "city": "Zagreb", "name": "Ilica 1"}]}
//! ```
//!
//! A campaign declares the feeds that it uses ([`FeedUse`]): how a row is picked for a recipient, and for how long a measurement is fresh. Its texts then say
//! `{weather.temperature|cool}`. **A value that is stale, missing or of another kind is [`Value::Missing`]**, so the text takes its default and never lies.
//!
//! Documents come from outside, some of them from other people's servers: texts are cleaned and cut when they are read, numbers are finite, tables are bounded.

mod places;
#[cfg(test)]
mod tests;
mod uses;

pub use uses::{FeedUse, Key, Pick};

use super::Problems;
use super::reader::{Node, Object, read, read_within};
use crate::intent::Value;
use crate::order;
use crate::time::{MINUTE, Span, Timestamp};
use jsonc_parser::ast::Value as Json;
use places::Site;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The largest document, in bytes.
pub const MAX_FEED_BYTES: usize = 256 << 10;
/// The most rows or places of a document.
const MAX_ROWS: usize = 5_000;
/// The most columns of a row.
const MAX_COLUMNS: usize = 64;
/// The most characters of a text; what is longer is cut.
const MAX_TEXT: usize = 200;
/// The longest key of a row, in characters.
const MAX_KEY: usize = 100;
/// The longest name of a column, in characters.
const MAX_COLUMN: usize = 40;
/// How far a clock elsewhere may be ahead. What was measured later than that from now was not measured.
const SKEW: Span = Span(2 * MINUTE);

/// A table of live values.
#[derive(Clone, Debug, PartialEq)]
pub struct Feed {
    at: Timestamp,
    table: Table,
}

#[derive(Clone, Debug, PartialEq)]
enum Table {
    /// One row for everyone.
    Values(Row),
    /// Rows in the order of their keys.
    Rows(Vec<(String, Row)>),
    /// Places, in the order of the document.
    Places(Vec<Site>),
}

/// Values by column.
#[derive(Clone, Debug, Default, PartialEq)]
struct Row(Vec<(Box<str>, Cell)>);

#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Number(f64),
    Flag(bool),
    Text(Box<str>),
}

impl Feed {
    /// Reads a document that arrived at this moment, which is when it was measured if it says nothing else.
    ///
    /// # Errors
    /// [`Problems`], each with its place.
    pub fn parse(text: &str, arrived: Timestamp) -> Result<Self, Problems> {
        read_within(MAX_FEED_BYTES, text, |o| Self::read(o, arrived)).map(|(feed, _)| feed)
    }

    fn read(mut o: Object<'_, '_>, arrived: Timestamp) -> Option<Self> {
        let time = |text: &str| Timestamp::parse(text).filter(|_| text.len() > "2026-11-23".len());
        let at = o.get("at").map(|n| n.parsed("a time such as \"2026-11-23T08:00:00Z\"", time));
        let tables = [
            o.get("values").map(|n| row(&n).map(Table::Values)),
            o.get("rows").map(|n| rows(&n).map(Table::Rows)),
            o.get("places").map(|n| places::read(&n).map(Table::Places)),
        ];
        let mut tables = tables.into_iter().flatten();
        let ways = "{\"values\": {…}}, {\"rows\": {\"HR\": {…}, …}} or {\"places\": [{\"lat\": …, \"lon\": …, …}, …]}";
        let table = match (tables.next(), tables.next()) {
            (Some(table), None) => table,
            (None, _) => o.whole_problem("a feed holds a table", Some(format!("write {ways}"))),
            _ => o.whole_problem("a feed holds one table", Some(format!("one of {ways}"))),
        };
        o.finish();
        let table = table?;
        Some(Self { at: at.unwrap_or(Some(arrived))?, table })
    }

    /// When its values were measured.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// How many rows it has.
    #[must_use]
    pub fn rows(&self) -> usize {
        match &self.table {
            Table::Values(_) => 1,
            Table::Rows(rows) => rows.len(),
            Table::Places(sites) => sites.len(),
        }
    }

    fn is_fresh(&self, now: Timestamp, fresh: Span) -> bool {
        let age = now.since(self.at);
        age.0 >= -SKEW.0 && age <= fresh
    }

    fn row(&self, key: &str) -> Option<&Row> {
        let Table::Rows(rows) = &self.table else { return None };
        let at = rows.binary_search_by(|(known, _)| known.as_str().cmp(key)).ok()?;
        rows.get(at).map(|(_, row)| row)
    }
}

/// The last that was heard of each feed, by its name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Feeds(BTreeMap<String, Rc<Feed>>);

impl Feeds {
    /// Nothing was heard.
    pub const NONE: Self = Self(BTreeMap::new());

    /// Reads an object of documents by name; what tells no time was measured at this moment.
    ///
    /// # Errors
    /// [`Problems`], each with its place.
    pub fn parse(text: &str, arrived: Timestamp) -> Result<Self, Problems> {
        read(text, |o| {
            let feed = |(name, node): (&str, Node<'_, '_>)| {
                if !is_name(name) {
                    let help = "lower-case letters, digits and dashes, at most 64".to_owned();
                    return node.name_problem(format!("{name:?} can't be the name of a feed"), help);
                }
                Some((name.to_owned(), Rc::new(Feed::read(node.object()?, arrived)?)))
            };
            Some(Self(order::map(o.entries().filter_map(feed))))
        })
    }

    /// Notes what was heard of a feed.
    pub fn insert(&mut self, name: &str, feed: Rc<Feed>) {
        self.0.insert(name.to_owned(), feed);
    }

    pub(super) fn get(&self, name: &str) -> Option<&Feed> {
        self.0.get(name).map(Rc::as_ref)
    }
}

/// Whether a feed can have this name.
#[must_use]
pub fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Whether a column can have this name.
pub fn is_column(name: &str) -> bool {
    (1..=MAX_COLUMN).contains(&name.chars().count())
        && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// Whether a row can have this key.
fn is_key(key: &str) -> bool {
    (1..=MAX_KEY).contains(&key.chars().count()) && !key.chars().any(char::is_control)
}

fn rows(node: &Node<'_, '_>) -> Option<Vec<(String, Row)>> {
    let o = node.object()?;
    within(node, o.entries().count(), MAX_ROWS, "rows")?;
    let named = |(key, node): (&str, Node<'_, '_>)| {
        if !is_key(key) {
            let help = format!("1 to {MAX_KEY} characters, none of them a control character");
            return node.name_problem(format!("{key:?} can't be the key of a row"), help);
        }
        Some((key.to_owned(), row(&node)?))
    };
    let mut rows: Vec<_> = o.entries().filter_map(named).collect();
    order::by(&mut rows, |a, b| a.0.cmp(&b.0));
    Some(rows)
}

fn row(node: &Node<'_, '_>) -> Option<Row> {
    columns(node, &[])
}

/// The values of an object but for those of some names.
fn columns(node: &Node<'_, '_>, others: &[&str]) -> Option<Row> {
    let o = node.object()?;
    let entries = || o.entries().filter(|(name, _)| !others.contains(name));
    within(node, entries().count(), MAX_COLUMNS, "columns")?;
    let named = |(name, node): (&str, Node<'_, '_>)| {
        if !is_column(name) {
            let help = format!("letters, digits, dashes and underscores, at most {MAX_COLUMN}");
            return node.name_problem(format!("{name:?} can't be the name of a column"), help);
        }
        Some((name.into(), cell(&node)?))
    };
    Some(Row(entries().filter_map(named).collect()))
}

fn within(node: &Node<'_, '_>, count: usize, most: usize, what: &str) -> Option<()> {
    if count > most {
        return node.problem(format!("{count} {what}; at most {most} are allowed"), None);
    }
    Some(())
}

/// A value; none for `null`, which is as good as missing, and for what is none.
fn cell(node: &Node<'_, '_>) -> Option<Cell> {
    match node.value() {
        Json::NullKeyword(_) => None,
        Json::BooleanLit(flag) => Some(Cell::Flag(flag.value)),
        Json::StringLit(_) => node.text().map(|text| Cell::Text(cleaned(text).into())),
        Json::NumberLit(_) => node.number(f64::MIN, f64::MAX).map(Cell::Number),
        _ => node.problem("expected a number, a text, true, false or null", None),
    }
}

/// A text without what can't be seen or turns the direction of others, on one line, cut to its length.
fn cleaned(text: &str) -> String {
    let turns = |c: &char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let plain = text.chars().filter(|c| !turns(c)).map(|c| if c.is_control() { ' ' } else { c });
    plain.take(MAX_TEXT).collect::<String>().trim().to_owned()
}

impl Row {
    fn get(&self, column: &str) -> Value<'_> {
        match self.0.iter().find(|(name, _)| **name == *column) {
            None => Value::Missing,
            Some((_, Cell::Number(n))) => Value::Number(*n),
            Some((_, Cell::Flag(b))) => Value::Flag(*b),
            Some((_, Cell::Text(t))) => Value::Text(t),
        }
    }

    fn text(&self, column: &str) -> Option<&str> {
        match self.get(column) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}
