//! How a campaign uses a feed: which row is a recipient's, and for how long it is fresh.

use super::places::{self, Nearest};
use super::{Feed, Feeds, Row, Table, is_key, is_name};
use crate::campaign::condition::{Names, Subject};
use crate::campaign::read::span;
use crate::campaign::reader::{Node, Object};
use crate::campaign::values::Own;
use crate::intent::Value;
use crate::time::{DAY, Span, Timestamp};

/// The most feeds of a campaign: each is another question to storage when a mail is opened.
const MAX_FEEDS: usize = 8;
/// For how long a measurement can be fresh.
const LONGEST: Span = Span(365 * DAY);
/// Half the way around the Earth, in kilometres.
const FARTHEST: f64 = 20_016.0;

/// A feed that a campaign's texts may show values of.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedUse {
    /// Its name.
    pub name: String,
    /// Which row is shown.
    pub pick: Pick,
    /// For how long after it was measured a value is shown.
    pub fresh: Span,
}

/// Which row of a feed is shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Pick {
    /// The `values`, the same for everyone.
    Values,
    /// The row of this key, the same for everyone.
    Row(String),
    /// The row whose key is the recipient's own value.
    By(Key),
    /// The place nearest to the recipient, at most so many kilometres away.
    Nearest(Option<f64>),
}

/// A recipient's own value, whose text is the key of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// A signal or an attribute.
    Known(Subject),
    /// The region of their own connection (ISO 3166-2 without the country).
    Region,
    /// The city of their own connection.
    City,
}

impl FeedUse {
    /// Reads the feeds that a campaign declares.
    pub(in crate::campaign) fn read(document: &mut Object<'_, '_>, names: &Names) -> Vec<Self> {
        let Some(node) = document.get("feeds") else { return Vec::new() };
        let Some(object) = node.object() else { return Vec::new() };
        let count = object.entries().count();
        if count > MAX_FEEDS {
            node.problem::<()>(format!("{count} feeds; at most {MAX_FEEDS} are allowed"), None);
        }
        object.entries().filter_map(|(name, node)| one(name, &node, names)).collect()
    }

    /// A value of the feed, as it may be shown at `now`: to somebody of whom `own` tells, or to everyone.
    pub(in crate::campaign) fn value<'a>(
        &self,
        feeds: &'a Feeds,
        column: &str,
        own: Option<&Own<'_>>,
        now: Timestamp,
    ) -> Value<'a> {
        let fresh = feeds.get(&self.name).filter(|feed| feed.is_fresh(now, self.fresh));
        fresh.and_then(|feed| self.pick.value(feed, column, own)).unwrap_or(Value::Missing)
    }
}

impl Pick {
    fn value<'a>(&self, feed: &'a Feed, column: &str, own: Option<&Own<'_>>) -> Option<Value<'a>> {
        let of = |row: &'a Row| row.get(column);
        match (self, &feed.table) {
            (Self::Values, Table::Values(row)) => Some(of(row)),
            (Self::Row(key), Table::Rows(_)) => feed.row(key).map(of),
            (Self::By(key), Table::Rows(_)) => feed.row(&own?.key(key)?).map(of),
            (Self::Nearest(within), Table::Places(sites)) => {
                places::nearest(sites, own?.facts(), *within).map(|nearest: Nearest<'a>| nearest.get(column))
            }
            _ => None,
        }
    }
}

fn one(name: &str, node: &Node<'_, '_>, names: &Names) -> Option<FeedUse> {
    if !is_name(name) || name == "first_name" {
        let help = "lower-case letters, digits and dashes, at most 64".to_owned();
        return node.name_problem(format!("{name:?} can't be the name of a feed"), help);
    }
    let mut o = node.object()?;
    let fresh = o.require("fresh").and_then(|n| span(&n, LONGEST));
    let expected = "the key of a row, of 1 to 100 characters";
    let row = o.get("row").map(|n| n.parsed(expected, |key| is_key(key).then(|| Pick::Row(key.to_owned()))));
    let by = o.get("by").map(|n| key(&n, names).map(Pick::By));
    let nearest = o.get("nearest").map(|n| n.flag());
    let within = o.get("within");
    o.finish();
    let nearest = match (nearest, within) {
        (Some(flag), within) if flag != Some(false) => {
            let within = within.map(|n| n.number(0.001, FARTHEST));
            Some(
                within
                    .unwrap_or_default()
                    .map_or(Some(Pick::Nearest(None)), |km| Some(Pick::Nearest(Some(km)))),
            )
        }
        (_, Some(n)) => {
            n.name_problem::<()>(
                "how far is asked of the nearest place only",
                "add \"nearest\": true".to_owned(),
            );
            None
        }
        _ => None,
    };
    let mut picks = [row, by, nearest].into_iter().flatten();
    let pick = match (picks.next(), picks.next()) {
        (None, _) => Some(Pick::Values),
        (Some(pick), None) => pick,
        _ => node.problem("a row is picked in one way: by \"row\", \"by\" or \"nearest\"", None),
    };
    // declared it is, even wrongly: its uses are no further mistakes
    Some(FeedUse {
        name: name.to_owned(),
        pick: pick.unwrap_or(Pick::Values),
        fresh: fresh.unwrap_or(LONGEST),
    })
}

fn key(node: &Node<'_, '_>, names: &Names) -> Option<Key> {
    let name = node.text()?;
    let own = match name {
        "city" => Some(Key::City),
        "region" => Some(Key::Region),
        _ => None,
    };
    names.subject(name).map(Key::Known).or(own).or_else(|| names.unknown_key(name, &["city", "region"], node))
}
