//! What of an event may be kept, by what the recipient allowed.
//!
//! | event | is folded into the profile | goes to the log |
//! |---|---|---|
//! | what a page showed and what was clicked there | – | with consent to measurement |
//! | visits, searches, looks at products, the cart, use of the product | with consent to personalization | – |
//! | orders and what came back | with consent to personalization | orders, with consent to measurement |
//! | opens and clicks of messages | with consent to measurement on their channel | clicks, with the same |
//! | unsubscriptions and complaints | always: they withdraw a consent | with consent to measurement on their channel |
//! | deliveries and bounces; what people tell (`identify`, support, feedback, sign-up); what joins ids | always | – |
//!
//! Where an event belongs to no channel, consent on any of them counts: a mail may show what a visit told. A page may say with the event what its visitor allowed
//! ([`Said`], from the `context.consent.categoryPreferences` of the Segment spec). A refusal there always stands; a permission only counts for this event, and only as long
//! as the ledger holds no word on it: what a banner remembers is no new word, and must not undo a withdrawal.

use super::consent::Grant;
use super::event::{Call, Event};
use super::{Channel, Consent, Purpose};
use serde::{Deserialize, Serialize};

/// What a page says, with an event, that its visitor allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Content chosen by the visitor's profile.
    pub personalization: Option<bool>,
    /// Recording and learning.
    pub measurement: Option<bool>,
}

/// An outcome that the log tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A page showed something, or what it showed was clicked.
    Shown,
    /// An order.
    Order,
    /// A link of a message was followed.
    Click,
    /// Somebody unsubscribed.
    Unsubscribe,
    /// Somebody marked a message as spam.
    Complaint,
}

/// What may be kept of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// It may be folded into the profile.
    pub profile: bool,
    /// It may go to the log, as this.
    pub log: Option<Outcome>,
}

impl Keeping {
    /// Nothing may be kept.
    #[must_use]
    pub const fn nothing(self) -> bool {
        !self.profile && self.log.is_none()
    }
}

/// What an event is about, as far as consent goes.
enum About {
    /// What a page showed them.
    Shown,
    /// What people tell and what the sender must know.
    Told,
    /// What people do.
    Behaviour,
    /// What people buy.
    Orders,
    /// How they answer messages; none for push.
    Answer(Option<Channel>),
    /// That they want no more of them.
    Objection(Option<Channel>, Outcome),
}

impl Event {
    /// What of the event may be kept.
    #[must_use]
    pub fn keeping(&self, consent: &Consent, said: Said) -> Keeping {
        let personal = || allowed(consent, Purpose::Personalization, None, said.personalization);
        let measured = |channel| allowed(consent, Purpose::Measurement, channel, said.measurement);
        let when = |allowed: bool, outcome| allowed.then_some(outcome);
        match self.about() {
            About::Told => Keeping { profile: true, log: None },
            About::Shown => Keeping { profile: false, log: when(measured(None), Outcome::Shown) },
            About::Behaviour => Keeping { profile: personal(), log: None },
            About::Orders => {
                let log = when(self.event == "Order Completed" && measured(None), Outcome::Order);
                Keeping { profile: personal(), log }
            }
            About::Answer(channel) => {
                let allowed = measured(channel);
                let clicked = self.event.ends_with("Clicked") || self.event.ends_with("Tapped");
                let person = !self.by_machine().unwrap_or(true);
                Keeping { profile: allowed, log: when(allowed && clicked && person, Outcome::Click) }
            }
            About::Objection(channel, outcome) => {
                Keeping { profile: true, log: when(measured(channel), outcome) }
            }
        }
    }

    /// May it be remembered that two ids are one person?
    #[must_use]
    pub fn may_join(&self, consent: &Consent, said: Said) -> bool {
        self.call == Call::Alias || allowed(consent, Purpose::Personalization, None, said.personalization)
    }

    fn about(&self) -> About {
        match self.call {
            Call::Identify | Call::Alias | Call::Group => return About::Told,
            Call::Page | Call::Screen => return About::Behaviour,
            Call::Track => {}
        }
        let (sender, what) = self.event.split_once(' ').unwrap_or(("", &self.event));
        let channel = match sender {
            "SMS" => Some(Channel::Sms),
            "Push" => None,
            "" => self.channel(),
            _ => Some(Channel::Email),
        };
        match (sender, what) {
            ("Email" | "SMS" | "Push", "Opened" | "Link Clicked" | "Notification Tapped") => {
                About::Answer(channel)
            }
            ("Email" | "SMS" | "Push" | "", "Unsubscribed") => {
                About::Objection(channel, Outcome::Unsubscribe)
            }
            ("Email" | "SMS", "Marked as Spam") => About::Objection(channel, Outcome::Complaint),
            ("Email" | "SMS" | "Push" | "Ticket" | "Feedback" | "Survey" | "Trial", _) | ("Signed", "Up") => {
                About::Told
            }
            ("Promotion", "Viewed" | "Clicked") => About::Shown,
            ("Order", _) => About::Orders,
            _ => About::Behaviour,
        }
    }

    fn channel(&self) -> Option<Channel> {
        let told = self.properties.get("channel").and_then(serde_json::Value::as_str).unwrap_or("email");
        Channel::ALL.into_iter().find(|channel| channel.name().eq_ignore_ascii_case(told))
    }
}

/// Is a purpose allowed, on one channel or, without one, on any?
fn allowed(consent: &Consent, purpose: Purpose, channel: Option<Channel>, said: Option<bool>) -> bool {
    let granted = match channel {
        Some(channel) => consent.covers(channel, purpose),
        None => Channel::ALL.iter().any(|channel| consent.covers(*channel, purpose)),
    };
    let unasked = || consent.grant(Channel::Web, purpose) == Grant::Unasked && channel.is_none();
    match said {
        Some(false) => false,
        Some(true) => granted || unasked(),
        None => granted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use serde_json::json;

    fn event(name: &str) -> Event {
        serde_json::from_value(json!({"type": "track", "userId": "a", "timestamp": 0, "event": name}))
            .unwrap()
    }

    fn consent(words: &[(Channel, Purpose, bool)]) -> Consent {
        let mut consent = Consent::default();
        words
            .iter()
            .for_each(|(channel, purpose, word)| consent.record(*channel, *purpose, *word, Timestamp(1)));
        consent
    }

    const NOTHING: Keeping = Keeping { profile: false, log: None };

    #[test]
    fn without_consent_only_what_is_told_and_what_objects_is_kept() {
        let kept = |name: &str| event(name).keeping(&Consent::default(), Said::default());
        for name in [
            "Product Viewed",
            "Cart Viewed",
            "Order Completed",
            "Email Opened",
            "Email Link Clicked",
            "Signed In",
            "Feature Used",
            "My Own",
        ] {
            assert_eq!(kept(name), NOTHING, "{name}");
        }
        for name in [
            "Email Delivered",
            "Email Bounced",
            "Ticket Opened",
            "Signed Up",
            "Unsubscribed",
            "Email Unsubscribed",
            "Email Marked as Spam",
        ] {
            assert_eq!(kept(name), Keeping { profile: true, log: None }, "{name}");
        }
    }

    #[test]
    fn each_purpose_opens_what_it_is_for() {
        use Purpose::{Measurement, Personalization};
        let kept = |name: &str, purpose| {
            event(name).keeping(&consent(&[(Channel::Email, purpose, true)]), Said::default())
        };
        let both = |log| Keeping { profile: true, log: Some(log) };
        assert!(kept("Product Viewed", Personalization).profile);
        assert_eq!(kept("Order Completed", Personalization), Keeping { profile: true, log: None });
        assert_eq!(
            kept("Order Completed", Measurement),
            Keeping { profile: false, log: Some(Outcome::Order) }
        );
        assert_eq!(kept("Order Refunded", Measurement), NOTHING);
        assert_eq!(kept("Email Opened", Measurement), Keeping { profile: true, log: None });
        assert_eq!(kept("Email Link Clicked", Measurement), both(Outcome::Click));
        assert_eq!(kept("SMS Link Clicked", Measurement), NOTHING);
        assert_eq!(kept("Unsubscribed", Measurement), both(Outcome::Unsubscribe));
        assert_eq!(kept("Email Marked as Spam", Measurement), both(Outcome::Complaint));
        assert_eq!(kept("Email Opened", Purpose::Marketing), NOTHING);
    }

    #[test]
    fn a_machine_clicks_nothing() {
        let mut clicked = event("Email Link Clicked");
        clicked.properties.insert("machine_open".into(), true.into());
        let measured = consent(&[(Channel::Email, Purpose::Measurement, true)]);
        assert_eq!(clicked.keeping(&measured, Said::default()).log, None);
    }

    #[test]
    fn what_a_page_says_may_refuse_and_permits_only_where_nothing_was_said() {
        let viewed = event("Product Viewed");
        let kept = |consent: &Consent, said| {
            viewed.keeping(consent, Said { personalization: said, measurement: None }).profile
        };
        let personal = |channel, word| consent(&[(channel, Purpose::Personalization, word)]);
        assert!(kept(&Consent::default(), Some(true)));
        assert!(!kept(&Consent::default(), None));
        assert!(kept(&personal(Channel::Email, true), None));
        assert!(!kept(&personal(Channel::Email, true), Some(false)), "a refusal stands");
        assert!(!kept(&personal(Channel::Web, false), Some(true)), "a banner undoes no withdrawal");
    }
}
