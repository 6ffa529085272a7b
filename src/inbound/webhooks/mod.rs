//! The webhooks of e-mail service providers: what became of messages, as events of Segment's e-mail spec.
//!
//! | provider | where the recipient's id stands | what counts |
//! |---|---|---|
//! | SendGrid | the custom argument `apropos_id` | delivered, bounce, open, click, spamreport, unsubscribe, group_unsubscribe |
//! | Postmark | the metadata `apropos_id` | Delivery, Bounce, Open, Click, SpamComplaint, SubscriptionChange by the recipient |
//! | Mailgun | the variable `apropos_id` | delivered, failed for good, opened, clicked, complained, unsubscribed |
//! | SES through SNS | the message tag or the header `apropos_id` (`X-Apropos-Id`) | Delivery, Bounce for good, Open, Click, Complaint, Subscription |
//!
//! A message is found by that id and never by its address: an address names a mailbox, not a recipient, and may be anybody's by now. What bears no id is passed over. Opens and clicks that the
//! provider says a machine made, or whose User-Agent is one's, change nothing (law 6). A click that the provider followed to one of our own links was counted there.

pub mod mailgun;
pub mod postmark;
pub mod sendgrid;
pub mod ses;
pub mod signed;

use super::Told;
use crate::context::{Context, Request, Surface};
use crate::profile::Said;
use crate::profile::event::{Call, Event};
use crate::time::Timestamp;
use serde_json::{Map, Value};

/// The field that holds a recipient's id.
pub const FIELD: &str = "apropos_id";

/// What a provider tells of one message.
#[derive(Default)]
struct Notice<'a> {
    /// The recipient's id.
    recipient: Option<&'a str>,
    /// What happened, by Segment's name.
    what: &'static str,
    /// When.
    at: Option<Timestamp>,
    /// The provider's id of this event.
    id: String,
    /// A machine did it, as the provider says.
    machine: bool,
    /// Who did it.
    user_agent: Option<&'a str>,
    /// The link that was followed.
    url: Option<&'a str>,
}

const DELIVERED: &str = "Email Delivered";
const BOUNCED: &str = "Email Bounced";
const OPENED: &str = "Email Opened";
const CLICKED: &str = "Email Link Clicked";
const COMPLAINED: &str = "Email Marked as Spam";
const UNSUBSCRIBED: &str = "Email Unsubscribed";

impl Notice<'_> {
    /// The event; none when it can't be told whose it is or when it was. `own` are the Worker's own address.
    fn event(self, own: &str) -> Option<Told> {
        let recipient = self.recipient.map(str::trim).filter(|id| (1..=200).contains(&id.chars().count()))?;
        if self.what == CLICKED && self.url.is_some_and(|url| is_ours(url, own)) {
            return None;
        }
        let machine = self.machine || self.user_agent.is_some_and(|agent| is_machine(agent, self.what));
        let properties: Map<String, Value> = match machine {
            true => [("machine_open".to_owned(), true.into())].into_iter().collect(),
            false => Map::new(),
        };
        let event = Event {
            call: Call::Track,
            user_id: recipient.to_owned(),
            anonymous_id: String::new(),
            previous_id: String::new(),
            message_id: self.id,
            timestamp: self.at?,
            event: self.what.to_owned(),
            properties,
            traits: Map::new(),
        };
        Some(Told { event, said: Said::default() })
    }
}

fn is_ours(url: &str, own: &str) -> bool {
    let path = url.strip_prefix(own).unwrap_or_default();
    ["/c/", "/o/", "/u/"].iter().any(|route| path.starts_with(route))
}

/// Is this no person's User-Agent? An empty one says nothing: providers leave it out.
fn is_machine(agent: &str, what: &str) -> bool {
    let surface = if what == CLICKED { Surface::Click } else { Surface::Image };
    let request = Request { surface, user_agent: agent.to_owned(), ..Request::default() };
    !agent.trim().is_empty() && !Context::read(&request).fetcher.is_person()
}

/// A text of an object.
fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str()
}

/// Seconds since 1970, as a number or a numeral, with or without a fraction.
fn seconds(value: Option<&Value>) -> Option<Timestamp> {
    let seconds = match value? {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    Timestamp::of_milliseconds((seconds * 1000.0) as i64)
}

/// An RFC 3339 time. Postmark writes seven decimals, others nine.
fn time(value: &Value, name: &str) -> Option<Timestamp> {
    Timestamp::parse(text(value, name)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_our_own_were_counted_when_they_were_followed() {
        let own = "https://mail.shop.example";
        for (url, ours) in [
            ("https://mail.shop.example/c/spring/hero?r=x", true),
            ("https://mail.shop.example/u/x", true),
            ("https://mail.shop.example.evil.example/c/spring/hero", false),
            ("https://shop.example/c/tents", false),
            ("https://mail.shop.example/about", false),
        ] {
            assert_eq!(is_ours(url, own), ours, "{url}");
        }
    }

    #[test]
    fn machines_are_told_by_name() {
        let gmail =
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";
        assert!(!is_machine(gmail, OPENED));
        assert!(!is_machine("", OPENED));
        assert!(is_machine("Mozilla/5.0", OPENED), "Apple fetches ahead");
        assert!(is_machine("python-requests/2.31", CLICKED));
        assert!(is_machine(gmail, CLICKED), "a proxy for images that follows links only checks them");
    }
}
