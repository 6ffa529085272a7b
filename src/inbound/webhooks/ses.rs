//! Amazon SES's events through Amazon SNS: a signed envelope around an event in JSON.
//!
//! <https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html>,
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html>

use super::{BOUNCED, CLICKED, COMPLAINED, DELIVERED, FIELD, Notice, OPENED, UNSUBSCRIBED, text, time};
use crate::inbound::Told;
use serde::Deserialize;
use serde_json::Value;

/// The header that may name the recipient, in the place of a message tag.
const HEADER: &str = "X-Apropos-Id";

/// What SNS wraps everything in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Envelope {
    /// `Notification`, `SubscriptionConfirmation` or `UnsubscribeConfirmation`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// Its id; the same when it is delivered again.
    pub message_id: String,
    /// The topic that it was published to.
    pub topic_arn: String,
    /// When.
    pub timestamp: String,
    /// What was published.
    pub message: String,
    /// Its subject.
    #[serde(default)]
    pub subject: Option<String>,
    /// For confirmations.
    #[serde(default)]
    pub token: Option<String>,
    /// What to visit to confirm a subscription.
    #[serde(default, rename = "SubscribeURL")]
    pub subscribe_url: Option<String>,
    /// In Base64.
    pub signature: String,
    /// 1: SHA-1, 2: SHA-256.
    pub signature_version: String,
    /// Where the certificate is.
    #[serde(rename = "SigningCertURL")]
    pub signing_cert_url: String,
}

/// Reads an envelope.
///
/// # Errors
/// When it is nothing of that form.
pub fn read(body: &str) -> Result<Envelope, String> {
    serde_json::from_str(body).map_err(|error| format!("the body is no message of SNS: {error}"))
}

impl Envelope {
    /// The text that is signed: names and values, each on a line, in the order of the alphabet.
    #[must_use]
    pub fn signed_text(&self) -> String {
        let some = |value: &'static str, text: &Option<String>| text.clone().map(|text| (value, text));
        let notification = self.kind == "Notification";
        let pairs = [
            Some(("Message", self.message.clone())),
            Some(("MessageId", self.message_id.clone())),
            some("Subject", &self.subject).filter(|_| notification),
            some("SubscribeURL", &self.subscribe_url).filter(|_| !notification),
            Some(("Timestamp", self.timestamp.clone())),
            some("Token", &self.token).filter(|_| !notification),
            Some(("TopicArn", self.topic_arn.clone())),
            Some(("Type", self.kind.clone())),
        ];
        pairs.into_iter().flatten().map(|(name, value)| format!("{name}\n{value}\n")).collect()
    }

    /// The hash of its signature; none of a version that isn't known.
    #[must_use]
    pub fn hash(&self) -> Option<&'static str> {
        match self.signature_version.as_str() {
            "1" => Some("SHA-1"),
            "2" => Some("SHA-256"),
            _ => None,
        }
    }

    /// What it tells; `own` is the Worker's own address.
    #[must_use]
    pub fn told(&self, own: &str) -> Vec<Told> {
        let Ok(event) = serde_json::from_str::<Value>(&self.message) else { return Vec::new() };
        let notice = one(&event, &self.message_id);
        notice.and_then(|notice| notice.event(own)).into_iter().collect()
    }
}

/// Is this an address of SNS itself, for `https` and nothing else?
#[must_use]
pub fn is_of_sns(url: &str) -> bool {
    let Some((host, _)) = url.strip_prefix("https://").and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let region = host.strip_prefix("sns.").and_then(|rest| {
        rest.strip_suffix(".amazonaws.com").or_else(|| rest.strip_suffix(".amazonaws.com.cn"))
    });
    region.is_some_and(|region| {
        region.len() >= 3 && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    })
}

fn one<'v>(event: &'v Value, id: &str) -> Option<Notice<'v>> {
    let kind = text(event, "eventType").or_else(|| text(event, "notificationType"))?;
    let (what, part) = match kind {
        "Delivery" => (DELIVERED, event.get("delivery")?),
        "Bounce" => (BOUNCED, event.get("bounce")?),
        "Open" => (OPENED, event.get("open")?),
        "Click" => (CLICKED, event.get("click")?),
        "Complaint" => (COMPLAINED, event.get("complaint")?),
        "Subscription" => (UNSUBSCRIBED, event.get("subscription")?),
        _ => return None,
    };
    if what == BOUNCED && text(part, "bounceType") != Some("Permanent") {
        return None;
    }
    if what == UNSUBSCRIBED && !left_all(part) {
        return None;
    }
    Some(Notice {
        recipient: event.get("mail").and_then(recipient),
        what,
        at: time(part, "timestamp"),
        id: format!("ses {id}"),
        machine: false,
        user_agent: text(part, "userAgent"),
        url: text(part, "link"),
    })
}

fn recipient(mail: &Value) -> Option<&str> {
    let tagged = mail.get("tags").and_then(|tags| tags.get(FIELD)?.get(0)?.as_str());
    let header = || {
        let headers = mail.get("headers")?.as_array()?.iter();
        let mut named = headers
            .filter(|header| text(header, "name").is_some_and(|name| name.eq_ignore_ascii_case(HEADER)));
        text(named.next()?, "value")
    };
    tagged.or_else(header)
}

fn left_all(subscription: &Value) -> bool {
    let now = subscription.get("newTopicPreferences");
    now.and_then(|now| now.get("unsubscribeAll")?.as_bool()) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn envelope(message: &Value) -> Envelope {
        Envelope {
            kind: "Notification".into(),
            message_id: "165545c9-2a5c-472c-8df2-7ff2be2b3b1b".into(),
            topic_arn: "arn:aws:sns:us-west-2:123456789012:MyTopic".into(),
            timestamp: "2012-04-26T20:45:04.751Z".into(),
            message: message.to_string(),
            ..Envelope::default()
        }
    }

    #[test]
    fn the_documented_events_are_read() {
        let mail = json!({
            "timestamp": "2017-08-09T23:51:25.570Z", "source": "sender@example.com", "messageId": "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000", "destination": ["recipient@example.com"],
            "headers": [{"name": "From", "value": "sender@example.com"}], "tags": {"ses:operation": ["SendSmtpEmail"], "apropos_id": ["c-1842"]},
        });
        let named = |event: Value| envelope(&event).told("https://mail.shop.example").into_iter().next();
        let name = |event: Value| named(event).map(|told| told.event.event);
        let open = json!({"eventType": "Open", "mail": mail, "open": {"ipAddress": "192.0.2.1", "timestamp": "2017-08-09T22:00:19.652Z", "userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 10_3_3 like Mac OS X) AppleWebKit/603.3.8 (KHTML, like Gecko) Mobile/14G60"}});
        let told = named(open).unwrap();
        assert_eq!(
            (told.event.event.as_str(), told.event.id(), told.event.by_machine()),
            (OPENED, "c-1842", Ok(false))
        );
        assert_eq!(name(json!({"eventType": "Delivery", "mail": mail, "delivery": {"timestamp": "2016-10-19T23:21:04.133Z"}})).as_deref(), Some(DELIVERED));
        assert_eq!(name(json!({"eventType": "Click", "mail": mail, "click": {"timestamp": "2017-08-09T23:51:25.570Z", "link": "http://docs.aws.amazon.com/"}})).as_deref(), Some(CLICKED));
        assert_eq!(name(json!({"eventType": "Complaint", "mail": mail, "complaint": {"timestamp": "2017-08-05T00:41:02.669Z", "complaintFeedbackType": "abuse"}})).as_deref(), Some(COMPLAINED));
        let bounce = |kind: &str| {
            name(
                json!({"notificationType": "Bounce", "mail": mail, "bounce": {"bounceType": kind, "timestamp": "2017-08-05T00:41:02.669Z"}}),
            )
        };
        assert_eq!((bounce("Permanent").as_deref(), bounce("Transient")), (Some(BOUNCED), None));
        let left = |all: bool| {
            name(
                json!({"eventType": "Subscription", "mail": mail, "subscription": {"timestamp": "2022-01-12T01:00:17.910Z", "newTopicPreferences": {"unsubscribeAll": all}}}),
            )
        };
        assert_eq!((left(true).as_deref(), left(false)), (Some(UNSUBSCRIBED), None));
        let header = json!({"headers": [{"name": "x-apropos-id", "value": "c-7"}]});
        assert_eq!(named(json!({"eventType": "Delivery", "mail": header, "delivery": {"timestamp": "2016-10-19T23:21:04.133Z"}})).unwrap().event.id(), "c-7");
        assert!(named(json!({"eventType": "Delivery", "mail": {"destination": ["c@example.com"]}, "delivery": {"timestamp": "2016-10-19T23:21:04.133Z"}})).is_none());
        assert!(named(json!("text")).is_none());
    }

    #[test]
    fn what_is_signed_is_what_amazon_documents() {
        let mut envelope = envelope(&json!(null));
        envelope.message = "Hello".into();
        envelope.subject = Some("Greeting".into());
        let text = "Message\nHello\nMessageId\n165545c9-2a5c-472c-8df2-7ff2be2b3b1b\nSubject\nGreeting\nTimestamp\n2012-04-26T20:45:04.751Z\nTopicArn\narn:aws:sns:us-west-2:123456789012:MyTopic\nType\nNotification\n";
        assert_eq!(envelope.signed_text(), text);
        envelope.kind = "SubscriptionConfirmation".into();
        envelope.token = Some("t".into());
        envelope.subscribe_url =
            Some("https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription".into());
        assert!(envelope.signed_text().contains("SubscribeURL\nhttps://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription\nTimestamp\n2012-04-26T20:45:04.751Z\nToken\nt\nTopicArn\n"));
        assert!(!envelope.signed_text().contains("Subject"));
    }

    #[test]
    fn only_sns_itself_vouches() {
        for url in [
            "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem",
            "https://sns.cn-north-1.amazonaws.com.cn/x.pem",
        ] {
            assert!(is_of_sns(url), "{url}");
        }
        for url in [
            "http://sns.us-west-2.amazonaws.com/x.pem",
            "https://evil.example/sns.us-west-2.amazonaws.com/x.pem",
            "https://sns.us-west-2.amazonaws.com.evil.example/x.pem",
            "https://evil.example#sns.us-west-2.amazonaws.com/x.pem",
            "https://sns.evil.example/.amazonaws.com/x.pem",
            "https://user@sns.us-west-2.amazonaws.com/x.pem",
            "https://bucket.s3.amazonaws.com/x.pem",
            "https://sns.us-west-2.amazonaws.com:8443/x.pem",
            "https://sns.us-west-2.amazonaws.com",
        ] {
            assert!(!is_of_sns(url), "{url}");
        }
    }
}
