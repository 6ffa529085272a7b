//! What changes while a campaign runs: budgets, stock, complaints, variants taken off.
//!
//! The marketer's document doesn't change with every order; this does. An adapter reads it from wherever it is kept and passes it in
//! beside the campaign. What isn't known counts as nothing left, so a guardrail that needs it forbids.

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
    /// Money left in each budget that incentives are paid from.
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
