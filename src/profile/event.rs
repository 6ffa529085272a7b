//! Events in the form of the Segment spec: `identify`, `page` and `track` calls.
//!
//! <https://segment.com/docs/connections/spec/>. Only the fields that the fold reads are typed; everything else in an event is
//! allowed and left alone.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One event about one recipient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Which call.
    #[serde(rename = "type")]
    pub call: Call,
    /// The recipient's id in the sender's own system.
    pub user_id: String,
    /// Unique per event; a second one with the same id is the same event.
    #[serde(default)]
    pub message_id: String,
    /// When it happened.
    pub timestamp: Timestamp,
    /// The name of a `track` event: `Product Viewed`, `Order Completed`, …
    #[serde(default)]
    pub event: String,
    /// The event's own data.
    #[serde(default)]
    pub properties: Map<String, Value>,
    /// The recipient's data in an `identify` call.
    #[serde(default)]
    pub traits: Map<String, Value>,
}

/// The calls of the Segment spec that a profile is folded from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Who someone is.
    Identify,
    /// A page was seen.
    Page,
    /// Something happened.
    Track,
}

impl Event {
    /// A number among the properties; a numeral in a string counts.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.properties.get(name)? {
            Value::Number(n) => n.as_f64(),
            Value::String(s) => s.trim().parse().ok(),
            _ => None,
        }
        .filter(|n: &f64| n.is_finite())
    }

    /// A text among the properties.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.properties.get(name)?.as_str().filter(|s| !s.is_empty())
    }
}
