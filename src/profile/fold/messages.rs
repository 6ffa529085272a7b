//! How people answer messages: Segment's e-mail and push events, and Customer.io's names for other channels.

use crate::profile::event::Event;
use crate::profile::fields::word;
use crate::profile::{Channel, Profile, Purpose};

/// Something happened to a message.
pub fn track(profile: &mut Profile, event: &Event) -> Result<bool, String> {
    let at = event.timestamp;
    let (sender, what) = event.event.split_once(' ').unwrap_or(("", event.event.as_str()));
    let channel = match sender {
        "Email" => Some(Channel::Email),
        "SMS" => Some(Channel::Sms),
        "Push" => None,
        _ => told(event)?,
    };
    match what {
        "Delivered" | "Notification Received" => profile.delivered(channel, at),
        "Opened" if !event.by_machine()? => profile.opened(at),
        "Link Clicked" | "Notification Tapped" if !event.by_machine()? => profile.answered(channel, at),
        "Bounced" | "Notification Bounced" => profile.engagement.bounces.add(1.0, at),
        "Marked as Spam" | "Unsubscribed" => {
            profile.engagement.negatives.add(1.0, at);
            if let Some(channel) = channel {
                profile.consent.record(channel, Purpose::Marketing, false, at);
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// The channel that `channel` names, e-mail when nothing does; none for push.
fn told(event: &Event) -> Result<Option<Channel>, String> {
    let channel =
        event.read("channel", |value| match word::text(value, 20)?.to_ascii_lowercase().as_str() {
            "email" => Ok(Some(Channel::Email)),
            "sms" => Ok(Some(Channel::Sms)),
            "web" => Ok(Some(Channel::Web)),
            "push" => Ok(None),
            _ => Err("one of \"email\", \"sms\", \"web\", \"push\""),
        })?;
    Ok(channel.unwrap_or(Some(Channel::Email)))
}
