//! SendGrid's Event Webhook: a list of events; custom arguments stand beside the event's own fields.
//!
//! <https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event>

use super::{BOUNCED, CLICKED, COMPLAINED, DELIVERED, FIELD, Notice, OPENED, UNSUBSCRIBED, seconds, text};
use crate::inbound::Told;
use serde_json::Value;

/// Reads a body; `own` is the Worker's own address.
///
/// # Errors
/// When it is no list of events.
pub fn read(body: &str, own: &str) -> Result<Vec<Told>, String> {
    let events: Vec<Value> =
        serde_json::from_str(body).map_err(|error| format!("the body is no JSON list: {error}"))?;
    Ok(events.iter().filter_map(|event| one(event)?.event(own)).collect())
}

fn one(event: &Value) -> Option<Notice<'_>> {
    let what = match text(event, "event")? {
        "delivered" => DELIVERED,
        "bounce" => BOUNCED,
        "open" => OPENED,
        "click" => CLICKED,
        "spamreport" => COMPLAINED,
        "unsubscribe" | "group_unsubscribe" => UNSUBSCRIBED,
        _ => return None,
    };
    Some(Notice {
        recipient: text(event, FIELD),
        what,
        at: seconds(event.get("timestamp")),
        id: text(event, "sg_event_id").map(|id| format!("sendgrid {id}")).unwrap_or_default(),
        machine: event.get("sg_machine_open").and_then(Value::as_bool) == Some(true),
        user_agent: text(event, "useragent"),
        url: text(event, "url"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_documented_events_are_read() {
        let event = |name: &str, more: Value| {
            let mut event = json!({
                "email": "example@test.com", "timestamp": 1513299569, "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
                "event": name, "category": ["cat facts"], "sg_event_id": format!("id-{name}"), "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
                "apropos_id": "c-1842",
            });
            event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            event
        };
        let mut nameless = event("open", json!({}));
        nameless.as_object_mut().unwrap().remove("apropos_id");
        let body = json!([
            event("processed", json!({})),
            event("deferred", json!({"response": "400 try again later", "attempt": "5"})),
            event("delivered", json!({"response": "250 OK"})),
            event(
                "open",
                json!({"useragent": "Mozilla/4.0 (compatible; MSIE 6.1; Windows XP; .NET CLR 1.1.4322; .NET CLR 2.0.50727)", "ip": "255.255.255.255", "sg_machine_open": false})
            ),
            event("open", json!({"useragent": "Mozilla/5.0", "sg_machine_open": true})),
            event(
                "click",
                json!({"url": "http://www.sendgrid.com/", "url_offset": {"index": 0, "type": "html"}})
            ),
            event("click", json!({"url": "https://mail.shop.example/c/spring/hero?r=x"})),
            event("bounce", json!({"reason": "500 unknown recipient", "status": "5.0.0", "type": "bounce"})),
            event("dropped", json!({"reason": "Bounced Address"})),
            event("spamreport", json!({})),
            event("unsubscribe", json!({})),
            event("group_unsubscribe", json!({"asm_group_id": 10})),
            nameless,
            7,
        ]);
        let told = read(&body.to_string(), "https://mail.shop.example").unwrap();
        let names: Vec<&str> = told.iter().map(|told| told.event.event.as_str()).collect();
        assert_eq!(
            names,
            [DELIVERED, OPENED, OPENED, CLICKED, BOUNCED, COMPLAINED, UNSUBSCRIBED, UNSUBSCRIBED]
        );
        assert_eq!(told[0].event.id(), "c-1842");
        assert_eq!(told[0].event.timestamp.0, 1_513_299_569_000);
        assert_eq!(told[0].event.message_id, "sendgrid id-delivered");
        assert_eq!([1, 2].map(|i| told[i].event.by_machine()), [Ok(false), Ok(true)]);
        assert!(read("{}", "").is_err());
    }
}
