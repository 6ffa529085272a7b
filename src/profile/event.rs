//! Events in the form of the Segment spec: `identify`, `page`, `screen`, `track` and `alias` calls.
//!
//! <https://segment.com/docs/connections/spec/>. Only the fields that the fold reads are typed; everything else in an event is
//! allowed and left alone.

use super::fields::{Word, word};
use crate::hash::Key;
use crate::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// One event about one recipient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Which call.
    #[serde(rename = "type")]
    pub call: Call,
    /// The recipient's id in the sender's own system; empty as long as nobody knows who it is.
    #[serde(default, deserialize_with = "or_null")]
    pub user_id: String,
    /// The id that the sender's library gave a device or a browser.
    #[serde(default, deserialize_with = "or_null")]
    pub anonymous_id: String,
    /// The other id in an `alias` call.
    #[serde(default, deserialize_with = "or_null")]
    pub previous_id: String,
    /// Unique per event; a second one with the same id is the same event.
    #[serde(default, deserialize_with = "or_null")]
    pub message_id: String,
    /// When it happened.
    pub timestamp: Timestamp,
    /// The name of a `track` event: `Product Viewed`, `Order Completed`, …
    #[serde(default, deserialize_with = "or_null")]
    pub event: String,
    /// The event's own data.
    #[serde(default, deserialize_with = "or_null")]
    pub properties: Map<String, Value>,
    /// The recipient's data in an `identify` call.
    #[serde(default, deserialize_with = "or_null")]
    pub traits: Map<String, Value>,
}

/// The calls of the Segment spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Who someone is.
    Identify,
    /// A page was seen.
    Page,
    /// A screen of an app was seen.
    Screen,
    /// Something happened.
    Track,
    /// Two ids are one person.
    Alias,
    /// Someone belongs to a company. Nothing is folded from it.
    Group,
}

/// Libraries write `null` for what they don't know.
fn or_null<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl Event {
    /// What happened at `at`, of nobody in particular.
    #[must_use]
    pub fn told(call: Call, event: String, properties: Map<String, Value>, at: Timestamp) -> Self {
        let nothing = String::new;
        Self {
            call,
            user_id: nothing(),
            anonymous_id: nothing(),
            previous_id: nothing(),
            message_id: nothing(),
            timestamp: at,
            event,
            properties,
            traits: Map::new(),
        }
    }

    /// The id that the event is told of: the user's or, as long as that is unknown, the anonymous one.
    #[must_use]
    pub fn id(&self) -> &str {
        match self.user_id.trim() {
            "" => self.anonymous_id.trim(),
            id => id,
        }
    }

    /// What stands for the event among those that a profile has seen.
    #[must_use]
    pub fn key(&self) -> Option<Key> {
        (!self.message_id.is_empty()).then(|| Key::of(&self.message_id))
    }

    /// Did a machine open or follow it?
    ///
    /// # Errors
    /// When the event says neither yes nor no.
    pub fn by_machine(&self) -> Result<bool, String> {
        for name in ["machine_open", "sg_machine_open", "proxy"] {
            if self.read(name, word::flag)? == Some(true) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A property as `parse` reads it; none when it is missing, `null` or an empty text.
    ///
    /// # Errors
    /// What was expected instead of what is there.
    pub(super) fn read<T>(
        &self,
        name: &str,
        parse: impl Fn(&Word<'_>) -> Result<T, &'static str>,
    ) -> Result<Option<T>, String> {
        read(&self.properties, name, parse)
    }
}

/// A value of an object, as [`Event::read`] has it.
pub(super) fn read<T>(
    object: &Map<String, Value>,
    name: &str,
    parse: impl Fn(&Word<'_>) -> Result<T, &'static str>,
) -> Result<Option<T>, String> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(value) => parse(&Word::from(value))
            .map(Some)
            .map_err(|expected| format!("{name}: {value} is not {expected}")),
    }
}
