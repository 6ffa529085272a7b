//! Calls of the Segment spec, as its libraries post them: <https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/>.
//!
//! A call without `timestamp` happened when it came. Where `sentAt` shows that the sender's clock is more than a minute off, the time is corrected by as much, as Segment does.
//! Limits are Segment's: a batch has at most 500 KB, each call 32 KB.

use super::{Items, Refused, Told};
use crate::profile::event::Call;
use crate::profile::{Event, Said};
use crate::time::{MINUTE, Span, Timestamp};
use serde_json::{Map, Value};

/// The largest body, in bytes.
pub const MAX_BODY: usize = 500 << 10;
/// The largest call, in bytes.
pub const MAX_CALL: usize = 32 << 10;
/// The most characters that an id may have.
const MAX_ID: usize = 200;
/// What two clocks may differ by without a correction.
const SAME: Span = Span(MINUTE);

/// What a body holds.
#[derive(Debug, Default, PartialEq)]
pub struct Posted {
    /// The write key, if it stands in the body.
    pub write_key: Option<String>,
    /// The events.
    pub items: Items,
}

/// Reads a body: one call of the kind that the route names, or, without one, a batch.
///
/// # Errors
/// When it is nothing of that form: a sentence.
pub fn read(text: &str, call: Option<Call>, now: Timestamp) -> Result<Posted, String> {
    let mut body: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| format!("the body is no JSON object: {error}"))?;
    let write_key = body.get("writeKey").and_then(Value::as_str).map(str::to_owned);
    let drift = drift(body.get("sentAt"), now);
    let items = match call {
        Some(call) => vec![item(body.into(), Some(call), drift, now)],
        None => {
            let Some(Value::Array(calls)) = body.remove("batch") else {
                return Err("`batch` is missing: a list of calls".to_owned());
            };
            calls.into_iter().map(|value| item(value, None, drift, now)).collect()
        }
    };
    Ok(Posted { write_key, items })
}

/// How far the sender's clock is behind ours.
fn drift(sent_at: Option<&Value>, now: Timestamp) -> Span {
    let sent = sent_at.and_then(Value::as_str).and_then(Timestamp::parse);
    let drift = sent.map_or(Span(0), |sent| now.since(sent));
    if drift.0.abs() > SAME.0 { drift } else { Span(0) }
}

/// Reads one call; `kind` is what the route says that it is.
pub(super) fn item(value: Value, kind: Option<Call>, drift: Span, now: Timestamp) -> Result<Told, Refused> {
    let message_id = value.get("messageId").and_then(Value::as_str).map(str::to_owned);
    call(value, kind, drift, now).map_err(|reason| Refused { message_id, reason })
}

fn call(value: Value, kind: Option<Call>, drift: Span, now: Timestamp) -> Result<Told, String> {
    if value.to_string().len() > MAX_CALL {
        return Err("the call is larger than 32 KB".to_owned());
    }
    let Value::Object(mut call) = value else { return Err("this is no JSON object".to_owned()) };
    let said = said(&call);
    let at = moment(&call, drift, now)?;
    call.insert("timestamp".into(), at.0.into());
    if let Some(kind) = kind {
        call.insert("type".into(), serde_json::to_value(kind).unwrap_or_default());
    }
    for name in ["userId", "anonymousId", "previousId"] {
        if let Some(Value::Number(id)) = call.get(name) {
            let id = id.to_string();
            call.insert(name.into(), id.into());
        }
    }
    categorised(&mut call);
    let event: Event =
        serde_json::from_value(call.into()).map_err(|error| format!("this is no call: {error}"))?;
    sound(&event)?;
    Ok(Told { event, said })
}

/// When it happened, by our clock.
fn moment(call: &Map<String, Value>, drift: Span, now: Timestamp) -> Result<Timestamp, String> {
    let told = ["timestamp", "originalTimestamp"].into_iter().filter_map(|name| call.get(name));
    let Some(told) = told.filter(|value| !value.is_null()).next() else { return Ok(now) };
    serde_json::from_value::<Timestamp>(told.clone())
        .map(|at| at.plus(drift))
        .map_err(|_| format!("timestamp: {told} is not a time such as \"2026-11-22T10:00:00Z\""))
}

/// A page's category may stand beside its properties.
fn categorised(call: &mut Map<String, Value>) {
    let Some(category) = call.get("category").filter(|category| category.is_string()).cloned() else {
        return;
    };
    if let Value::Object(properties) = call.entry("properties").or_insert_with(|| Map::new().into()) {
        properties.entry("category").or_insert(category);
    }
}

/// What the page says that its visitor allowed.
fn said(call: &Map<String, Value>) -> Said {
    let told = call.get("context").and_then(|context| context.get("consent")?.get("categoryPreferences"));
    let word = |name: &str| told.and_then(|told| told.get(name)?.as_bool());
    Said { personalization: word("personalization"), measurement: word("measurement") }
}

fn sound(event: &Event) -> Result<(), String> {
    if event.id().is_empty() {
        return Err("userId and anonymousId are missing: one of them says whose event it is".to_owned());
    }
    let ids = [
        ("userId", &event.user_id),
        ("anonymousId", &event.anonymous_id),
        ("previousId", &event.previous_id),
        ("messageId", &event.message_id),
    ];
    for (name, id) in ids {
        if id.trim().chars().count() > MAX_ID {
            return Err(format!("{name} has more than {MAX_ID} characters"));
        }
    }
    if event.call == Call::Alias && event.previous_id.trim().is_empty() {
        return Err("previousId is missing: the id that the other one takes the place of".to_owned());
    }
    if event.call == Call::Track && event.event.trim().is_empty() {
        return Err("event is missing: the name of what happened".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{DAY, HOUR};
    use serde_json::json;

    const NOW: Timestamp = Timestamp(1_795_000_000_000);

    fn one(value: Value, call: Call) -> Result<Told, String> {
        let posted = read(&value.to_string(), Some(call), NOW).unwrap();
        posted.items.into_iter().next().unwrap().map_err(|refused| refused.reason)
    }

    #[test]
    fn a_route_says_what_call_it_is_and_the_body_who_sends() {
        let body = json!({"userId": 17, "event": "Signed Up", "writeKey": "k", "messageId": "m", "context": {"library": {}}});
        let posted = read(&body.to_string(), Some(Call::Track), NOW).unwrap();
        assert_eq!(posted.write_key.as_deref(), Some("k"));
        let told = posted.items[0].as_ref().unwrap();
        assert_eq!((told.event.id(), told.event.call, told.event.timestamp), ("17", Call::Track, NOW));
        assert_eq!(told.said, Said::default());
    }

    #[test]
    fn each_call_of_a_batch_stands_for_itself() {
        let long = "x".repeat(MAX_CALL);
        let body = json!({"batch": [
            {"type": "identify", "userId": "a", "traits": {"first_name": "Ana"}},
            {"type": "track", "userId": "a", "messageId": "m2"},
            {"type": "tarck", "userId": "a", "messageId": "m3"},
            {"type": "page", "messageId": "m4"},
            {"type": "page", "userId": "a", "messageId": "m5", "properties": {"long": long}},
            7,
            {"type": "page", "anonymousId": "x", "category": "help", "timestamp": "2026-10-01T10:00:00Z"},
            {"type": "alias", "userId": "a"},
            {"type": "page", "userId": "a", "timestamp": "yesterday"},
        ]});
        let items = read(&body.to_string(), None, NOW).unwrap().items;
        let good: Vec<bool> = items.iter().map(Result::is_ok).collect();
        assert_eq!(good, [true, false, false, false, false, false, true, false, false]);
        assert_eq!(items[1].as_ref().unwrap_err().message_id.as_deref(), Some("m2"));
        let page = &items[6].as_ref().unwrap().event;
        assert_eq!(page.properties["category"], "help");
        assert_eq!(page.timestamp, Timestamp::parse("2026-10-01T10:00:00Z").unwrap());
    }

    #[test]
    fn what_is_no_batch_is_told() {
        for text in ["", "[]", "7", "{\"batch\": 7}", "{}"] {
            assert!(read(text, None, NOW).is_err(), "{text}");
        }
    }

    #[test]
    fn a_clock_that_is_off_is_corrected_and_a_slow_network_is_not() {
        let at = |behind: i64| {
            let (sent, happened) = (NOW.plus(Span(-behind)), NOW.plus(Span(-behind - HOUR)));
            let call = json!({"userId": "a", "event": "E", "timestamp": happened, "sentAt": sent});
            one(call, Call::Track).unwrap().event.timestamp.since(NOW)
        };
        assert_eq!(at(2 * DAY), Span(-HOUR));
        assert_eq!(at(-2 * DAY), Span(-HOUR));
        assert_eq!(at(900), Span(-HOUR - 900));
    }

    #[test]
    fn what_a_page_says_of_consent_is_heard() {
        let consent =
            json!({"categoryPreferences": {"personalization": true, "measurement": false, "other": true}});
        let told = one(json!({"userId": "a", "context": {"consent": consent}}), Call::Page).unwrap();
        assert_eq!(told.said, Said { personalization: Some(true), measurement: Some(false) });
        for odd in [
            json!(7),
            json!({"categoryPreferences": []}),
            json!({"categoryPreferences": {"personalization": "yes"}}),
        ] {
            let told = one(json!({"userId": "a", "context": {"consent": odd}}), Call::Page).unwrap();
            assert_eq!(told.said, Said::default());
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_answered(text in ".*") {
            let _ = read(&text, None, NOW);
            let _ = read(&text, Some(Call::Track), NOW);
        }
    }
}
