//! What changes while a campaign runs: budgets, stock, complaints, variants taken off.
//!
//! The marketer's document doesn't change with every order; this does. An adapter reads it from wherever it is kept and passes it in
//! beside the campaign. What isn't known counts as nothing left, so a guardrail that needs it forbids.

use super::reader::{Node, Object, read};
use super::{Problems, read::MONEY};
use crate::order;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is known of a running campaign.
///
/// ```json
/// {"budgets": {"spring": 1200.5}, "stock": {"tent-2": {"left": 7, "at": "2026-11-22T10:00:00Z"}},
///  "delivered": 52000, "complaints": 11, "paused": ["hero/sale"]}
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Live {
    /// The money of each budget that incentives are paid from: to a decision what is left of it, when it is said all of it ([`super::ledger`]).
    pub budgets: BTreeMap<String, f64>,
    /// Pieces left of each product.
    pub stock: BTreeMap<String, Stock>,
    /// Messages delivered in the last seven days.
    pub delivered: u64,
    /// Spam complaints about them.
    pub complaints: u64,
    /// Variants that were taken off, as `slot/variant`.
    pub paused: Vec<String>,
}

/// Pieces left of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stock {
    /// How many.
    pub left: u32,
    /// When that was counted.
    pub at: Timestamp,
}

impl Live {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self {
        budgets: BTreeMap::new(),
        stock: BTreeMap::new(),
        delivered: 0,
        complaints: 0,
        paused: Vec::new(),
    };

    /// Reads what is known of a running campaign.
    ///
    /// # Errors
    /// [`Problems`]: all of them, each with its place.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        read(text, |mut o| {
            let live = Self {
                budgets: o
                    .get("budgets")
                    .and_then(|n| named(&n, |n| n.number(0.0, MONEY)))
                    .unwrap_or_default(),
                stock: o.get("stock").and_then(|n| named(&n, |n| stock(n.object()?))).unwrap_or_default(),
                delivered: o.get("delivered").and_then(|n| n.whole(0, u32::MAX)).map_or(0, u64::from),
                complaints: o.get("complaints").and_then(|n| n.whole(0, u32::MAX)).map_or(0, u64::from),
                paused: o.get("paused").and_then(|n| n.list(|n| paused(&n))).unwrap_or_default(),
            };
            o.finish();
            Some(live)
        })
    }

    /// The share of messages that somebody complained about.
    #[must_use]
    pub fn complaint_rate(&self) -> f64 {
        if self.delivered == 0 { 0.0 } else { self.complaints as f64 / self.delivered as f64 }
    }

    /// Was this variant taken off?
    #[must_use]
    pub fn paused(&self, slot: &str, variant: &str) -> bool {
        self.paused.iter().any(|name| name.split_once('/') == Some((slot, variant)))
    }
}

/// An object whose keys are names of the shop's own.
fn named<T>(node: &Node<'_, '_>, read: impl Fn(&Node<'_, '_>) -> Option<T>) -> Option<BTreeMap<String, T>> {
    let entries = node.object()?.entries();
    Some(order::map(entries.filter_map(|(name, node)| Some((name.to_owned(), read(&node)?)))))
}

fn stock(mut o: Object<'_, '_>) -> Option<Stock> {
    let left = o.require("left").and_then(|n| n.whole(0, u32::MAX));
    let at =
        o.require("at").and_then(|n| n.parsed("a time such as \"2026-11-22T10:00:00Z\"", Timestamp::parse));
    o.finish();
    Some(Stock { left: left?, at: at? })
}

fn paused(node: &Node<'_, '_>) -> Option<String> {
    let named = |text: &str| {
        text.split_once('/').is_some_and(|(slot, variant)| !slot.is_empty() && !variant.is_empty())
    };
    node.parsed("a slot and its variant such as \"hero/sale\"", |text| named(text).then(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_writes_it_reads() {
        let text = r#"{"budgets":{"spring":1200.5},"stock":{"tent-2":{"left":7,"at":"2026-11-22T10:00:00Z"}},"delivered":52000,"complaints":11,"paused":["hero/sale"]}"#;
        let live = Live::parse(text).unwrap();
        assert_eq!(live.budgets["spring"], 1200.5);
        assert_eq!(serde_json::to_string(&live).unwrap(), text);
        assert_eq!(Live::parse("{}").unwrap(), Live::UNKNOWN);
    }

    #[test]
    fn every_problem_is_told_with_its_mend() {
        let text =
            r#"{"bugdets":{},"stock":{"tent":{"left":-1,"at":"today"}},"delivered":1.5,"paused":["hero"]}"#;
        let problems = Live::parse(text).unwrap_err().0;
        let paths: Vec<_> = problems.iter().map(|p| p.path.as_str()).collect();
        assert_eq!(paths, ["", "stock.tent.left", "stock.tent.at", "delivered", "paused[0]"]);
        assert_eq!(problems[0].help.as_deref(), Some("did you mean \"budgets\"?"));
    }
}
