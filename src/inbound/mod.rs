//! What others send us, read into events: calls of the Segment spec, CloudEvents, and the webhooks of e-mail service providers.
//!
//! Everything here is a pure reading of bytes. Who may send, whether a signature is genuine and where an event is kept is the Worker's work.
//!
//! | file | what it reads |
//! |---|---|
//! | [`segment`] | `track`, `identify`, `page`, `screen`, `alias`, `group`, and batches of them |
//! | [`cloudevents`] | CloudEvents 1.0 in JSON, which become calls of the Segment spec |
//! | [`webhooks`] | what SendGrid, Postmark, Mailgun and SES tell of messages |

pub mod cloudevents;
pub mod segment;
pub mod webhooks;

use crate::profile::{Event, Said};
use serde::{Deserialize, Serialize};

/// An event as it was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The event.
    pub event: Event,
    /// What was said with it of its person's consent.
    #[serde(default)]
    pub said: Said,
}

/// An event that can't be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Its id, if it has one.
    #[serde(rename = "messageId", skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Why.
    pub reason: String,
}

/// Each event of a body, in its order.
pub type Items = Vec<Result<Told, Refused>>;
