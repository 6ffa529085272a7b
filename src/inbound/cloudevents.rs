//! CloudEvents 1.0 in JSON, structured and batched: <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>.
//!
//! | CloudEvent | call of the Segment spec |
//! |---|---|
//! | `data` with a `type` that is a call (`track`, `identify`, …) | that call, as it stands |
//! | any other `data` | a `track` call: `event` is the CloudEvent's `type`, `properties` its `data` |
//! | `source` and `id` | `messageId`, unless `data` has one |
//! | `time` | `timestamp`, unless `data` has one |
//! | `subject` | `userId`, unless `data` names somebody |

use super::segment::{Posted, item};
use super::{Items, Refused, Told};
use crate::profile::event::Call;
use crate::time::{Span, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The media type of one event.
pub const ONE: &str = "application/cloudevents+json";
/// The media type of a list of events.
pub const MANY: &str = "application/cloudevents-batch+json";

/// Reads a body: a list of events, or one.
///
/// # Errors
/// When it is nothing of that form: a sentence.
pub fn read(text: &str, many: bool, now: Timestamp) -> Result<Posted, String> {
    let items: Items = if many {
        let events: Vec<Value> =
            serde_json::from_str(text).map_err(|error| format!("the body is no JSON list: {error}"))?;
        events.into_iter().map(|event| one(event, now)).collect()
    } else {
        let event: Value =
            serde_json::from_str(text).map_err(|error| format!("the body is no JSON: {error}"))?;
        vec![one(event, now)]
    };
    Ok(Posted { write_key: None, items })
}

/// The attributes that are read; extensions are left alone.
#[derive(Deserialize)]
struct CloudEvent {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    time: Option<String>,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    data: Option<Value>,
}

fn one(event: Value, now: Timestamp) -> Result<Told, Refused> {
    let id = event.get("id").and_then(Value::as_str).map(str::to_owned);
    let call = call(event).map_err(|reason| Refused { message_id: id, reason })?;
    item(call.into(), None, Span(0), now)
}

/// The call that an event is.
fn call(event: Value) -> Result<Map<String, Value>, String> {
    let event: CloudEvent =
        serde_json::from_value(event).map_err(|error| format!("this is no CloudEvent: {error}"))?;
    if event.specversion != "1.0" {
        return Err(format!("specversion {:?} is not known; 1.0 is", event.specversion));
    }
    let data = match event.data {
        Some(Value::Object(data)) => data,
        Some(Value::Null) | None => Map::new(),
        Some(_) => return Err("data is no JSON object".to_owned()),
    };
    let is_call = data.get("type").is_some_and(|kind| Call::deserialize(kind).is_ok());
    let mut call = if is_call {
        data
    } else {
        let properties = [("properties".to_owned(), Value::from(data))];
        properties
            .into_iter()
            .chain([("type".to_owned(), "track".into()), ("event".to_owned(), event.kind.into())])
            .collect()
    };
    let named = ["userId", "anonymousId"].iter().any(|name| call.get(*name).is_some_and(Value::is_string));
    if let Some(subject) = event.subject.filter(|_| !named) {
        call.insert("userId".into(), subject.into());
    }
    call.entry("messageId").or_insert_with(|| format!("{} {}", event.source, event.id).into());
    if let Some(time) = event.time {
        call.entry("timestamp").or_insert_with(|| time.into());
    }
    Ok(call)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: Timestamp = Timestamp(1_795_000_000_000);

    fn read_one(event: &Value) -> Result<Told, String> {
        let posted = read(&event.to_string(), false, NOW).unwrap();
        posted.items.into_iter().next().unwrap().map_err(|refused| refused.reason)
    }

    #[test]
    fn data_that_is_a_call_is_that_call() {
        let told = read_one(&json!({
            "specversion": "1.0", "id": "7", "source": "/shop", "type": "com.shop.event", "time": "2026-10-01T10:00:00Z",
            "data": {"type": "identify", "userId": "ana", "traits": {"first_name": "Ana"}},
        }))
        .unwrap();
        assert_eq!(
            (told.event.call, told.event.id(), told.event.message_id.as_str()),
            (Call::Identify, "ana", "/shop 7")
        );
        assert_eq!(told.event.timestamp, Timestamp::parse("2026-10-01T10:00:00Z").unwrap());
    }

    #[test]
    fn any_other_data_is_what_happened() {
        let told = read_one(&json!({
            "specversion": "1.0", "id": "8", "source": "/shop", "type": "Order Completed", "subject": "ana", "myextension": 1,
            "data": {"total": 20, "type": "web"},
        }))
        .unwrap();
        assert_eq!(
            (told.event.call, told.event.event.as_str(), told.event.id()),
            (Call::Track, "Order Completed", "ana")
        );
        assert_eq!(told.event.properties["total"], 20);
        assert_eq!(told.event.timestamp, NOW);
    }

    #[test]
    fn what_is_no_cloud_event_is_refused_alone() {
        let good =
            json!({"specversion": "1.0", "id": "1", "source": "s", "type": "Signed Up", "subject": "ana"});
        let lacking = |name: &str| {
            let mut event = good.clone();
            event.as_object_mut().unwrap().remove(name);
            event
        };
        let with = |name: &str, value: Value| {
            let mut event = good.clone();
            event[name] = value;
            event
        };
        let list = json!([
            good,
            lacking("id"),
            lacking("source"),
            lacking("type"),
            lacking("specversion"),
            lacking("subject"),
            with("specversion", "0.3".into()),
            with("data", "text".into()),
            with("time", "noon".into()),
            7,
        ]);
        let items = read(&list.to_string(), true, NOW).unwrap().items;
        assert!(items[0].is_ok());
        assert!(items[1..].iter().all(Result::is_err), "{items:?}");
        assert!(read("{}", true, NOW).is_err());
    }
}
