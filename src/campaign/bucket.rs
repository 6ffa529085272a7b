//! GrowthBook's bucketing: who of all recipients is in, by a hash of one of their attributes.
//!
//! The same id lands in the same place here and in every GrowthBook SDK, so an experiment can hold one audience in both. The formulas are those of
//! <https://docs.growthbook.io/lib/build-your-own> and are held to GrowthBook's own cases (`tests/growthbook.rs`).

use super::condition::Names;
use super::decimal::Decimal;
use super::reader::{Node, Object};
use crate::intent::Signals;
use crate::profile::attributes::Datum;
use serde::{Deserialize, Serialize};

/// The attribute that GrowthBook hashes when none is named.
const USUAL: &str = "id";

/// How a hash is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HashVersion {
    /// The first: thousandths. Its experiments are correlated; GrowthBook keeps it for those that run.
    One,
    /// The second: ten-thousandths, hashed twice.
    Two,
}

impl HashVersion {
    /// The version of a number; there are 1 and 2.
    #[must_use]
    pub const fn of(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            _ => None,
        }
    }
}

/// FNV-1a, 32 bits, over UTF-16 units instead of bytes: as JavaScript's `charCodeAt` gives them.
fn fnv1a(units: impl Iterator<Item = u16>) -> u32 {
    units.fold(0x811c_9dc5, |hash, unit| (hash ^ u32::from(unit)).wrapping_mul(0x0100_0193))
}

/// Where a value stands among all, in [0, 1).
#[must_use]
pub fn hash(seed: &str, value: &str, version: HashVersion) -> f64 {
    let (seed, value) = (seed.encode_utf16(), value.encode_utf16());
    match version {
        HashVersion::One => f64::from(fnv1a(value.chain(seed)) % 1000) / 1000.0,
        HashVersion::Two => {
            let once = Decimal::of(f64::from(fnv1a(seed.chain(value))));
            f64::from(fnv1a(once.as_str().encode_utf16()) % 10_000) / 10_000.0
        }
    }
}

/// A part of [0, 1): its start belongs to it, its end does not.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// Where it starts.
    pub start: f64,
    /// Where it ends.
    pub end: f64,
}

impl Range {
    /// Does a hash lie in it?
    #[must_use]
    pub fn contains(&self, hash: f64) -> bool {
        (self.start..self.end).contains(&hash)
    }
}

/// The same weight for each of `count` variations.
pub fn equal_weights(count: usize) -> impl Iterator<Item = f64> + Clone {
    std::iter::repeat_n(1.0 / count as f64, count)
}

/// The part of each variation: `coverage` (0 to 1) of its share. Weights that are not one per variation, or do not add up to 1 within a hundredth, are equal ones.
#[must_use]
pub fn bucket_ranges(variations: usize, coverage: f64, weights: Option<&[f64]>) -> Vec<Range> {
    let coverage = coverage.clamp(0.0, 1.0);
    let fit = |weights: &&[f64]| {
        weights.len() == variations && (0.99..=1.01).contains(&weights.iter().sum::<f64>())
    };
    let weights = weights.filter(fit).map_or_else(|| equal_weights(variations).collect(), <[f64]>::to_vec);
    let mut share = 0.0;
    let range = |weight: f64| {
        let start = share;
        share += weight;
        Range { start, end: start + coverage * weight }
    };
    weights.into_iter().map(range).collect()
}

/// The variation whose part a hash lies in.
#[must_use]
pub fn choose_variation(hash: f64, ranges: &[Range]) -> Option<usize> {
    ranges.iter().position(|range| range.contains(hash))
}

/// GrowthBook's `filters` and `namespace`: only those are in whose hash lies in one of the ranges. Filters make it leave a namespace aside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Filter {
    attribute: String,
    seed: String,
    version: HashVersion,
    ranges: Vec<Range>,
}

impl Filter {
    /// The filter that a namespace is: of everyone's place in it, the part from `start` to `end`.
    #[must_use]
    pub fn namespace(attribute: &str, name: &str, range: Range) -> Self {
        let (attribute, seed) = (attribute.to_owned(), format!("__{name}"));
        Self { attribute, seed, version: HashVersion::One, ranges: vec![range] }
    }

    /// Is the recipient in? Whoever has no value to hash is not.
    #[must_use]
    pub fn admits(&self, signals: &Signals<'_>) -> bool {
        match signals.attribute(&self.attribute) {
            Some(Datum::Text(text)) if !text.is_empty() => self.holds(text),
            Some(Datum::Number(number)) if *number != 0.0 => self.holds(Decimal::of(*number).as_str()),
            _ => false,
        }
    }

    fn holds(&self, value: &str) -> bool {
        let hash = hash(&self.seed, value, self.version);
        self.ranges.iter().any(|range| range.contains(hash))
    }

    /// Reads `filters`, `namespace` and `hashAttribute` of a campaign.
    pub fn read(document: &mut Object<'_, '_>, names: &Names) -> Vec<Self> {
        let hashed = document.get("hashAttribute");
        let namespace = document.get("namespace").and_then(|node| {
            let attribute = match &hashed {
                Some(node) => names.hashed(node, node.text()?)?,
                None => names.hashed(&node, USUAL)?,
            };
            let mut parts = node.list(Some)?.into_iter();
            let (Some(name), Some(start), Some(end), None) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                return node
                    .problem("a namespace is [\"its id\", start, end], such as [\"pricing\", 0, 0.4]", None);
            };
            Some(Self::namespace(&attribute, name.text()?, range(&node, &start, &end)?))
        });
        let filters = document.get("filters").and_then(|node| node.list(|node| filter(&node, names)));
        filters.filter(|filters| !filters.is_empty()).unwrap_or_else(|| namespace.into_iter().collect())
    }
}

fn filter(node: &Node<'_, '_>, names: &Names) -> Option<Filter> {
    let mut o = node.object()?;
    let attribute = match o.get("attribute") {
        Some(node) => node.text().and_then(|name| names.hashed(&node, name)),
        None => names.hashed(node, USUAL),
    };
    let seed = o.require("seed").and_then(|n| n.text());
    let version = o.get("hashVersion").map_or(Some(HashVersion::Two), |n| HashVersion::of(n.whole(1, 2)?));
    let ranges = o.require("ranges").and_then(|n| {
        let ranges = n.list(|n| match &n.list(Some)?[..] {
            [start, end] => range(&n, start, end),
            _ => n.problem("a range is [start, end], such as [0, 0.5]", None),
        })?;
        if n.is_empty() { n.problem("without a range nobody is in", None) } else { Some(ranges) }
    });
    o.finish();
    Some(Filter { attribute: attribute?, seed: seed?.to_owned(), version: version?, ranges: ranges? })
}

fn range(whole: &Node<'_, '_>, start: &Node<'_, '_>, end: &Node<'_, '_>) -> Option<Range> {
    let (start, end) = (start.number(0.0, 1.0)?, end.number(0.0, 1.0)?);
    if start < end {
        Some(Range { start, end })
    } else {
        whole.problem("the end lies before the start: nobody is in", None)
    }
}
