//! Mailgun's webhooks: one event a call, with its signature beside it. <https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads>

use super::{BOUNCED, CLICKED, COMPLAINED, DELIVERED, FIELD, Notice, OPENED, UNSUBSCRIBED, seconds, text};
use crate::inbound::Told;
use serde::Deserialize;
use serde_json::Value;

/// A body.
#[derive(Deserialize)]
pub struct Body {
    /// What shows that Mailgun sent it. It covers its own timestamp and token, and nothing of the event.
    pub signature: Signature,
    #[serde(rename = "event-data")]
    event: Value,
}

/// A signature: the HMAC of timestamp and token.
#[derive(Deserialize)]
pub struct Signature {
    /// Seconds since 1970.
    pub timestamp: String,
    /// Used once.
    pub token: String,
    /// In hexadecimal.
    pub signature: String,
}

/// Reads a body.
///
/// # Errors
/// When it is nothing of that form.
pub fn read(body: &str) -> Result<Body, String> {
    serde_json::from_str(body).map_err(|error| format!("the body is no event: {error}"))
}

impl Body {
    /// What it tells; `own` is the Worker's own address.
    #[must_use]
    pub fn told(&self, own: &str) -> Vec<Told> {
        one(&self.event).and_then(|notice| notice.event(own)).into_iter().collect()
    }
}

fn one(event: &Value) -> Option<Notice<'_>> {
    let client = event.get("client-info");
    let what = match text(event, "event")? {
        "delivered" => DELIVERED,
        "failed" if text(event, "severity") == Some("permanent") => BOUNCED,
        "opened" => OPENED,
        "clicked" => CLICKED,
        "complained" => COMPLAINED,
        "unsubscribed" => UNSUBSCRIBED,
        _ => return None,
    };
    Some(Notice {
        recipient: event.get("user-variables").and_then(|variables| text(variables, FIELD)),
        what,
        at: seconds(event.get("timestamp")),
        id: text(event, "id").map(|id| format!("mailgun {id}")).unwrap_or_default(),
        machine: client.and_then(|client| text(client, "bot")).is_some_and(|bot| !bot.is_empty()),
        user_agent: client.and_then(|client| text(client, "user-agent")),
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
                "event": name, "id": "Ase7i2zsRYeDXztHGENqRA", "timestamp": 1521243339.873676, "log-level": "info", "recipient": "alice@example.com",
                "message": {"headers": {"message-id": "20130503182626.18666.16540@example.com"}}, "campaigns": [], "tags": ["my_tag_1"],
                "user-variables": {"apropos_id": "c-1842", "my-var": "Mailgun Variable #1"},
            });
            event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let signature = json!({"timestamp": "1529006854", "token": "a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0", "signature": "d2271d12299f6592d9d44cd9d250f0704e4674c30d79d07c47a66f95ce71cf55"});
            let body = read(&json!({"signature": signature, "event-data": event}).to_string()).unwrap();
            body.told("https://mail.shop.example").into_iter().next()
        };
        let name = |told: Option<Told>| told.map(|told| told.event.event);
        let client = |bot: &str| json!({"client-info": {"client-os": "Linux", "device-type": "desktop", "client-name": "Chrome", "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.31 (KHTML, like Gecko) Chrome/26.0.1410.43 Safari/537.31", "bot": bot}});
        let delivered = event("delivered", json!({})).unwrap();
        assert_eq!(
            (delivered.event.event.as_str(), delivered.event.timestamp.0),
            (DELIVERED, 1_521_243_339_873)
        );
        assert_eq!(delivered.event.message_id, "mailgun Ase7i2zsRYeDXztHGENqRA");
        assert_eq!(name(event("failed", json!({"severity": "permanent"}))).as_deref(), Some(BOUNCED));
        assert_eq!(name(event("failed", json!({"severity": "temporary"}))), None);
        assert_eq!(event("opened", client("")).unwrap().event.by_machine(), Ok(false));
        assert_eq!(event("opened", client("apple")).unwrap().event.by_machine(), Ok(true));
        assert_eq!(name(event("clicked", json!({"url": "https://example.com"}))).as_deref(), Some(CLICKED));
        assert_eq!(name(event("complained", json!({}))).as_deref(), Some(COMPLAINED));
        assert_eq!(name(event("unsubscribed", json!({}))).as_deref(), Some(UNSUBSCRIBED));
        assert_eq!(name(event("accepted", json!({}))), None);
        assert!(event("delivered", json!({"user-variables": []})).is_none(), "an address is no id");
    }
}
