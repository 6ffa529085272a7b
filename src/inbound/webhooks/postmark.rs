//! Postmark's webhooks: one record a call. <https://postmarkapp.com/developer/webhooks/webhooks-overview>

use super::{BOUNCED, CLICKED, COMPLAINED, DELIVERED, FIELD, Notice, OPENED, UNSUBSCRIBED, text, time};
use crate::inbound::Told;
use serde_json::Value;

/// Reads a body; `own` is the Worker's own address.
///
/// # Errors
/// When it is no record.
pub fn read(body: &str, own: &str) -> Result<Vec<Told>, String> {
    let record: Value =
        serde_json::from_str(body).map_err(|error| format!("the body is no JSON: {error}"))?;
    let notice = one(&record);
    Ok(notice.and_then(|notice| notice.event(own)).into_iter().collect())
}

fn one(record: &Value) -> Option<Notice<'_>> {
    let kind = text(record, "RecordType")?;
    let (what, when) = match kind {
        "Delivery" => (DELIVERED, "DeliveredAt"),
        // a transient bounce is tried again
        "Bounce" if text(record, "Type") == Some("Transient") => return None,
        "Bounce" => (BOUNCED, "BouncedAt"),
        "Open" => (OPENED, "ReceivedAt"),
        "Click" => (CLICKED, "ReceivedAt"),
        "SpamComplaint" => (COMPLAINED, "BouncedAt"),
        "SubscriptionChange" if is_unsubscription(record) => (UNSUBSCRIBED, "ChangedAt"),
        _ => return None,
    };
    let (message, at) =
        (text(record, "MessageID").unwrap_or_default(), text(record, when).unwrap_or_default());
    Some(Notice {
        recipient: record.get("Metadata").and_then(|metadata| text(metadata, FIELD)),
        what,
        at: time(record, when),
        id: format!("postmark {kind} {message} {at}"),
        machine: false,
        user_agent: text(record, "UserAgent"),
        url: text(record, "OriginalLink"),
    })
}

/// Bounces and complaints are told of by records of their own.
fn is_unsubscription(record: &Value) -> bool {
    record.get("SuppressSending").and_then(Value::as_bool) == Some(true)
        && text(record, "SuppressionReason") == Some("ManualSuppression")
        && text(record, "Origin") == Some("Recipient")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use serde_json::json;

    #[test]
    fn the_documented_records_are_read() {
        let record = |kind: &str, more: Value| {
            let mut record = json!({
                "RecordType": kind, "MessageStream": "outbound", "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
                "Recipient": "john@example.com", "Tag": "welcome-email", "Metadata": {"apropos_id": "c-1842", "a_key": "a_value"}, "ServerID": 23,
            });
            record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            read(&record.to_string(), "https://mail.shop.example").unwrap().into_iter().next()
        };
        let name = |told: Option<Told>| told.map(|told| told.event.event);
        let delivered = record(
            "Delivery",
            json!({"DeliveredAt": "2019-11-05T16:33:54.9070259Z", "Details": "Test delivery"}),
        )
        .unwrap();
        assert_eq!(delivered.event.event, DELIVERED);
        assert_eq!(delivered.event.timestamp, Timestamp::parse("2019-11-05T16:33:54.907Z").unwrap());
        let bounce = |kind: &str| {
            record(
                "Bounce",
                json!({"ID": 42, "Type": kind, "TypeCode": 1, "Email": "john@example.com", "BouncedAt": "2019-11-05T11:33:54-05:00"}),
            )
        };
        assert_eq!(name(bounce("HardBounce")).as_deref(), Some(BOUNCED));
        assert_eq!(name(bounce("Transient")), None);
        let open = record("Open", json!({"FirstOpen": true, "ReceivedAt": "2019-11-05T16:33:54.9070259Z", "UserAgent": "Mozilla/5.0", "Platform": "Unknown", "Client": {}})).unwrap();
        assert_eq!((open.event.event.as_str(), open.event.by_machine()), (OPENED, Ok(true)));
        let click = |link: &str| {
            record(
                "Click",
                json!({"ClickLocation": "HTML", "OriginalLink": link, "ReceivedAt": "2017-10-25T15:21:11.9065619Z"}),
            )
        };
        assert_eq!(name(click("https://example.com")).as_deref(), Some(CLICKED));
        assert_eq!(name(click("https://mail.shop.example/c/spring/hero")), None);
        assert_eq!(
            name(record("SpamComplaint", json!({"BouncedAt": "2019-11-05T16:33:54.9070259Z"}))).as_deref(),
            Some(COMPLAINED)
        );
        let change = |more: Value| record("SubscriptionChange", more);
        let left = json!({"ChangedAt": "2020-02-01T10:53:34.416071Z", "Origin": "Recipient", "SuppressSending": true, "SuppressionReason": "ManualSuppression"});
        assert_eq!(name(change(left)).as_deref(), Some(UNSUBSCRIBED));
        let bounced = json!({"ChangedAt": "2020-02-01T10:53:34.416071Z", "Origin": "Recipient", "SuppressSending": true, "SuppressionReason": "HardBounce"});
        assert_eq!(name(change(bounced)), None);
        assert_eq!(
            name(change(
                json!({"ChangedAt": "2020-02-01T10:53:34Z", "Origin": "Customer", "SuppressSending": false})
            )),
            None
        );
        assert!(
            record("Delivery", json!({"DeliveredAt": "2019-11-05T16:33:54Z", "Metadata": {}})).is_none(),
            "an address is no id"
        );
        assert!(read("", "").is_err());
    }
}
