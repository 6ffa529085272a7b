//! Events folded into a profile.
//!
//! The rules: an event dated after `now` (plus a minute of clock skew) is refused; a late event counts as it would stand today and never
//! overwrites newer knowledge; an event that the fold doesn't know changes nothing. Duplicates are told apart by message id before they get here.

use super::event::{Call, Event};
use super::{Act, Channel, Line, Profile, SESSION_GAP, fields};
use crate::hash::Key;
use crate::time::{MINUTE, Span, Timestamp};
use serde_json::{Value, json};

/// How far a sender's clock may run ahead.
const CLOCK_SKEW: Span = Span(MINUTE);
/// A page left open is not read all day: at most this many minutes count for one page.
const MAX_DWELL: f64 = 60.0;
/// Categories a profile remembers.
const MAX_CATEGORIES: usize = 8;

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Folded {
    /// It changed the profile.
    Applied,
    /// It says nothing that a profile holds.
    Ignored,
    /// It was refused: why.
    Refused(String),
}

impl Profile {
    /// Folds one event into the profile.
    pub fn fold(&mut self, event: &Event, now: Timestamp) -> Folded {
        if event.timestamp.since(now) > CLOCK_SKEW {
            return Folded::Refused(format!("timestamp {} lies in the future", event.timestamp));
        }
        match event.call {
            Call::Identify => self.identify(event),
            Call::Page => self.page(event),
            Call::Track => self.track(event),
        }
    }

    fn identify(&mut self, event: &Event) -> Folded {
        let mut next = self.clone();
        for (name, value) in &event.traits {
            let result = match (name.as_str(), value) {
                (_, Value::Null) => Ok(()),
                ("consent", Value::Object(channels)) => consents(&mut next, channels, event.timestamp),
                ("created_at" | "createdAt", value) => {
                    fields::set(&mut next, "lifecycle.since", value, event.timestamp)
                }
                ("first_name" | "firstName", value) => {
                    fields::set(&mut next, "traits.first_name", value, event.timestamp)
                }
                (name @ ("language" | "timezone" | "country" | "area"), value) => {
                    fields::set(&mut next, &format!("traits.{name}"), value, event.timestamp)
                }
                _ => Ok(()),
            };
            if let Err(error) = result {
                return Folded::Refused(error.to_string());
            }
        }
        let changed = next != *self;
        *self = next;
        if changed { Folded::Applied } else { Folded::Ignored }
    }

    fn page(&mut self, event: &Event) -> Folded {
        self.visit(event.timestamp);
        let at = event.timestamp;
        if event.text("category") == Some("info") {
            self.browsing.info_views.add(1.0, at);
        }
        if let Some(seconds) = event.number("duration").filter(|s| *s > 0.0) {
            self.browsing.dwell_minutes.add((seconds / 60.0).min(MAX_DWELL) as f32, at);
        }
        if let Some(value) = event.number("page_value").filter(|_| self.browsing.last_visit == Some(at)) {
            self.browsing.page_value.tell(value.max(0.0) as f32, at);
        }
        Folded::Applied
    }

    /// A sign of browsing at `at`: counts a visit if the silence before it was long enough.
    fn visit(&mut self, at: Timestamp) {
        let browsing = &mut self.browsing;
        let fresh = browsing.last_visit.is_none_or(|last| at.since(last).0.abs() > SESSION_GAP.0);
        if fresh {
            browsing.sessions.add(1.0, at);
        }
        browsing.last_visit = browsing.last_visit.max(Some(at));
    }

    fn track(&mut self, event: &Event) -> Folded {
        let at = event.timestamp;
        match event.event.as_str() {
            "Product Viewed" => {
                self.visit(at);
                self.browsing.product_views.add(1.0, at);
            }
            "Product Added" => self.cart(event, 1.0),
            "Product Removed" => self.cart(event, -1.0),
            "Order Completed" => self.order(event),
            "Email Delivered" => {
                self.engagement.delivered.add(1.0, at);
                self.engagement.last_delivered = self.engagement.last_delivered.max(Some(at));
                self.engagement.unanswered.add(at, ());
            }
            "Email Opened" => self.opened(at),
            "Email Link Clicked" => self.clicked(Channel::Email, at),
            "Unsubscribed" | "Email Marked as Spam" => {
                self.consent.record(Channel::Email, super::Purpose::Marketing, false, at);
            }
            _ => return Folded::Ignored,
        }
        Folded::Applied
    }

    /// A product put into the cart (`sign` 1) or taken out (`sign` -1).
    fn cart(&mut self, event: &Event, sign: f64) {
        let at = event.timestamp;
        self.visit(at);
        if self.purchases.last.is_some_and(|order| order >= at) {
            return; // already bought
        }
        let quantity = sign * event.number("quantity").unwrap_or(1.0).clamp(0.0, 1000.0);
        let cents = (event.number("price").unwrap_or(0.0).clamp(0.0, 1e7) * 100.0) as u32;
        let product = Key::of(event.text("product_id").unwrap_or_default());
        self.browsing.cart.add(at, Line { product, quantity: quantity as i16, cents });
        self.browsing.acts.add(at, (Act::Cart, 0));
    }

    fn order(&mut self, event: &Event) {
        let at = event.timestamp;
        let purchases = &mut self.purchases;
        purchases.count = purchases.count.saturating_add(1);
        if event.number("discount").is_some_and(|d| d > 0.0) || event.text("coupon").is_some() {
            purchases.discounted = purchases.discounted.saturating_add(1);
        }
        let money = event.number("total").or_else(|| event.number("revenue")).unwrap_or(0.0).max(0.0);
        purchases.value.add(money as f32, at);
        purchases.last = purchases.last.max(Some(at));
        let products =
            event.properties.get("products").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for category in products.iter().filter_map(|p| p.get("category")?.as_str()) {
            match purchases.categories.iter_mut().find(|(name, _)| name == category) {
                Some((_, count)) => count.add(1.0, at),
                None => purchases.categories.push((category.to_owned(), super::Decayed::new(1.0, at))),
            }
        }
        purchases.categories.sort_by(|a, b| b.1.at(at).total_cmp(&a.1.at(at)).then_with(|| a.0.cmp(&b.0)));
        purchases.categories.truncate(MAX_CATEGORIES);
        self.browsing.cart.clear(at);
    }
}

/// The `consent` trait: channels, each with purposes.
fn consents(
    profile: &mut Profile,
    channels: &serde_json::Map<String, Value>,
    at: Timestamp,
) -> Result<(), fields::FieldError> {
    for (channel, purposes) in channels {
        for (purpose, value) in purposes.as_object().into_iter().flatten() {
            let dated = match value {
                Value::Bool(granted) => json!({"granted": granted, "at": at}),
                value => value.clone(),
            };
            fields::set(profile, &format!("consent.{channel}.{purpose}"), &dated, at)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Purpose, row};
    use crate::time::{DAY, HOUR};

    const NOW: Timestamp = Timestamp(1_795_000_000_000);

    fn event(value: Value, ago: i64) -> Event {
        let mut value = value;
        value["timestamp"] = json!(Timestamp(NOW.0 - ago));
        value["userId"] = json!("ana");
        serde_json::from_value(value).unwrap()
    }

    fn track(name: &str, properties: Value, ago: i64) -> Event {
        event(json!({"type": "track", "event": name, "properties": properties}), ago)
    }

    fn folded(events: &[Event]) -> Profile {
        let mut profile = Profile::default();
        for e in events {
            assert_eq!(profile.fold(e, NOW), Folded::Applied, "{e:?}");
        }
        profile
    }

    #[test]
    fn a_cart_is_filled_and_an_order_empties_it() {
        let add = |ago| track("Product Added", json!({"price": 42.0, "quantity": 2}), ago);
        let cart = folded(&[add(2 * HOUR)]).browsing.cart.unwrap();
        assert_eq!((cart.value, cart.items), (84.0, 2));
        let order = track(
            "Order Completed",
            json!({"total": 90, "coupon": "X", "products": [{"category": "tents"}]}),
            HOUR,
        );
        let bought = folded(&[add(2 * HOUR), order]);
        assert_eq!((bought.browsing.cart, bought.purchases.count, bought.purchases.discounted), (None, 1, 1));
        assert_eq!(bought.purchases.categories[0].0, "tents");
    }

    #[test]
    fn visits_are_told_apart_by_silence() {
        let page =
            |ago| event(json!({"type": "page", "properties": {"category": "info", "duration": 120}}), ago);
        let profile = folded(&[page(DAY), page(DAY - 10 * MINUTE), page(HOUR)]);
        assert!((profile.browsing.sessions.at(NOW) - 2.0).abs() < 0.1);
        assert!((profile.browsing.info_views.at(NOW) - 3.0).abs() < 0.2);
        assert_eq!(profile.browsing.last_visit, Some(Timestamp(NOW.0 - HOUR)));
    }

    #[test]
    fn mail_is_unanswered_until_it_is_opened() {
        let mail = |ago| track("Email Delivered", json!({}), ago);
        let profile = folded(&[mail(3 * DAY), mail(2 * DAY), mail(DAY)]);
        assert_eq!(profile.engagement.unanswered, 3);
        let profile = folded(&[mail(3 * DAY), mail(2 * DAY), track("Email Opened", json!({}), DAY)]);
        assert_eq!(profile.engagement.unanswered, 0);
    }

    #[test]
    fn unsubscribing_withdraws_marketing_and_a_late_consent_does_not_undo_it() {
        let yes = json!({"type": "identify", "traits": {"consent": {"email": {"marketing": true, "personalization": true}}}});
        let mut profile = folded(&[event(yes.clone(), 3 * DAY), track("Unsubscribed", json!({}), DAY)]);
        assert!(!profile.consent.covers(Channel::Email, Purpose::Marketing));
        assert!(profile.consent.covers(Channel::Email, Purpose::Personalization));
        profile.fold(&event(yes, 2 * DAY), NOW);
        assert!(!profile.consent.covers(Channel::Email, Purpose::Marketing));
    }

    #[test]
    fn the_future_is_refused_and_the_unknown_ignored() {
        let mut profile = Profile::default();
        assert!(matches!(profile.fold(&track("Product Viewed", json!({}), -HOUR), NOW), Folded::Refused(_)));
        assert_eq!(profile.fold(&track("Song Played", json!({}), HOUR), NOW), Folded::Ignored);
        let bad = event(
            json!({"type": "identify", "traits": {"first_name": "Ana", "timezone": "Mars/Olympus"}}),
            HOUR,
        );
        assert!(matches!(profile.fold(&bad, NOW), Folded::Refused(_)));
        assert_eq!(profile, Profile::default());
    }

    #[test]
    fn a_typical_row_is_small() {
        let mut events = vec![event(
            json!({"type": "identify", "traits": {"first_name": "Anastasia", "language": "de", "timezone": "Europe/Zagreb", "country": "HR", "created_at": "2024-01-01",
                "consent": {"email": {"marketing": true, "personalization": true, "measurement": true}, "sms": {"marketing": false}}}}),
            300 * DAY,
        )];
        for day in 1..40 {
            events.push(track("Email Delivered", json!({}), day * 2 * DAY));
            events.push(track("Product Viewed", json!({}), day * 3 * DAY));
        }
        for category in ["tents", "boots", "packs", "stoves", "jackets"] {
            events.push(track(
                "Order Completed",
                json!({"total": 80, "products": [{"category": category}]}),
                50 * DAY,
            ));
        }
        events.push(track("Product Added", json!({"price": 20}), DAY));
        let mut profile = folded(&events);
        for n in 0..6u32 {
            profile.expose(super::super::Exposure {
                campaign: crate::hash::Key(n),
                at: Timestamp(NOW.0 - i64::from(n) * DAY),
                counted: true,
                shown: (0..3)
                    .map(|s| super::super::Shown { slot: crate::hash::Key(s), variant: crate::hash::Key(s) })
                    .collect(),
                probability: 0.5,
            });
        }
        let row = row::write(&profile).unwrap();
        assert!(row.len() <= 600, "{} bytes", row.len());
        assert_eq!(row::read(&row).unwrap(), profile);
    }
}
