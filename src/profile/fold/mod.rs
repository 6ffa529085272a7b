//! Events folded into a profile.
//!
//! | event | what it changes |
//! |---|---|
//! | `identify` | traits `first_name`, `language` or `locale`, `timezone`, `country` or `address.country`, `area`, `birth_year`, `birthday` or `age` (the year alone is kept), `use_case`, `plan`; `created_at`: since when; `renews_at` or `renewal_date`; `stage`; `preferences`: `topics`, `paused_until`, `weekly`; `consent`. Names in camel case too |
//! | `page`, `screen` | a visit's act; by `category` a page that builds trust (`info help faq delivery shipping returns guarantee`) or one about prices (`price prices pricing plans sale offers deals`); minutes by `duration` (seconds, at most an hour); `page_value` |
//! | Products Searched | an act, a search |
//! | Product List Viewed | an act; `category` |
//! | Product Viewed | an act, a product view; `category` |
//! | Product Added, Product Removed | an act; the cart: `product_id`, `quantity`, `price` |
//! | Product Added to Wishlist | an act, a wish |
//! | Cart Viewed | an act |
//! | Checkout Started | an act, the last checkout |
//! | Order Completed | orders; discounted by `discount` or `coupon`; money by `total` or `revenue`; per order each category and product among `products` once; empties the cart |
//! | Order Cancelled, Order Refunded | returns |
//! | Product Reviewed | mood by `rating`, 1 to 5 |
//! | Email Delivered, SMS Delivered, Push Delivered, Push Notification Received | messages delivered, unanswered |
//! | Email Opened, Push Opened | opens; answers every message before it |
//! | Email Link Clicked, SMS Link Clicked, Push Link Clicked, Push Notification Tapped | clicks, the channel; answers every message before it |
//! | Email Bounced, SMS Bounced, Push Bounced, Push Notification Bounced | bounces |
//! | Email Marked as Spam, SMS Marked as Spam | a negative; withdraws marketing on the channel |
//! | Unsubscribed, Email Unsubscribed, SMS Unsubscribed, Push Unsubscribed | a negative; withdraws marketing on the channel; `channel` (`email sms web push`) says which when the name doesn't: e-mail when nothing does |
//! | Signed Up | since when |
//! | Signed In, Application Opened | a use |
//! | Feature Used | a use; `feature` |
//! | Trial Started | when it ends by `trial_end_date`; the plan by `trial_plan_name` |
//! | Trial Ended | it ended then |
//! | Ticket Created, Ticket Opened, Ticket Reopened | the ticket `ticket_id` is open, the last contact; mood by `sentiment`, -1 to 1, or `satisfaction`, 1 to 5 |
//! | Ticket Solved, Ticket Closed | the ticket is not open; otherwise the same |
//! | Feedback Submitted, Survey Completed | the last contact; mood by `sentiment`, -1 to 1, `satisfaction` or `rating`, 1 to 5, or `score` or `nps`, 0 to 10 |
//!
//! Names are those of Segment's [e-commerce](https://segment.com/docs/connections/spec/ecommerce/v2/), [e-mail](https://segment.com/docs/connections/spec/email/),
//! [mobile](https://segment.com/docs/connections/spec/mobile/) and [B2B](https://segment.com/docs/connections/spec/b2b-saas/) specs; of messages also those that Customer.io
//! sends. Push is none of the channels: it counts for engagement as a whole.
//!
//! The rules:
//!
//! - An event that is dated more than a minute after now is refused.
//! - A second event with the same message id changes nothing, as long as the first is among the 32 newest with an id.
//! - A value that can't be understood refuses its event with a sentence, and nothing of the event is taken.
//! - An open or click that a machine made (`machine_open`, `sg_machine_open` or `proxy` is true) changes nothing.
//! - A late event finds its place: what a profile holds hangs on the set of events and not on their order. Two bounds: a visit counts when its acts are
//!   told at most 47.5 hours after newer ones, and are among the 32 newest ([`super::LATEST_VISIT`]); and of more categories or products than are
//!   kept the counts begin anew ([`super::few`]).
//! - An event that the fold doesn't know changes nothing.

mod commerce;
mod messages;
mod product;
#[cfg(test)]
mod tests;
mod traits;

use super::Profile;
use super::event::{Call, Event};
use super::fields::word;
use crate::hash::Key;
use crate::time::{MINUTE, Span, Timestamp};

/// How far a sender's clock may run ahead.
const CLOCK_SKEW: Span = Span(MINUTE);

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Folded {
    /// It is part of the profile, though older news may have changed nothing.
    Applied,
    /// It says nothing that a profile holds.
    Ignored,
    /// It was folded before: its message id is known.
    Duplicate,
    /// It was refused: why.
    Refused(String),
}

impl Profile {
    /// Folds one event into the profile.
    pub fn fold(&mut self, event: &Event, now: Timestamp) -> Folded {
        if event.timestamp.since(now) > CLOCK_SKEW {
            return Folded::Refused(format!("timestamp {} lies in the future", event.timestamp));
        }
        let key = event.key();
        if key.is_some_and(|key| self.has_seen(key)) {
            return Folded::Duplicate;
        }
        let mut next = self.clone();
        match apply(&mut next, event, now) {
            Err(reason) => Folded::Refused(reason),
            Ok(false) => Folded::Ignored,
            Ok(true) => {
                if let Some(key) = key {
                    next.seen.add(event.timestamp, key);
                }
                *self = next;
                Folded::Applied
            }
        }
    }

    /// Folds an event of a visit: pages and what was looked at, put aside and bought. For whoever tells no event twice and knows nothing else of the person; everything else
    /// changes nothing.
    ///
    /// # Errors
    /// Why the event was refused.
    pub fn visit(&mut self, event: &Event) -> Result<bool, String> {
        match event.call {
            Call::Page | Call::Screen => commerce::page(self, event),
            Call::Track => commerce::track(self, event),
            Call::Identify | Call::Alias | Call::Group => Ok(false),
        }
    }

    /// Is an event with this message id known?
    pub(super) fn has_seen(&self, key: Key) -> bool {
        self.seen.all().iter().any(|(_, known)| *known == key)
    }
}

/// Applies an event; false when it says nothing that a profile holds, whatever the profile.
fn apply(profile: &mut Profile, event: &Event, now: Timestamp) -> Result<bool, String> {
    match event.call {
        Call::Identify => traits::identify(profile, event, now),
        Call::Page | Call::Screen => commerce::page(profile, event),
        Call::Track => track(profile, event),
        Call::Alias | Call::Group => Ok(false),
    }
}

fn track(profile: &mut Profile, event: &Event) -> Result<bool, String> {
    match event.event.split_once(' ') {
        Some(("Product" | "Products" | "Cart" | "Checkout" | "Order", _)) => commerce::track(profile, event),
        Some(("Email" | "SMS" | "Push", _)) => messages::track(profile, event),
        None if event.event == "Unsubscribed" => messages::track(profile, event),
        _ => product::track(profile, event),
    }
}

/// An id among the properties, of which only the key is kept.
fn key(event: &Event, name: &str) -> Result<Option<Key>, String> {
    event.read(name, |value| word::text(value, 200).map(|id| Key::of(&id)))
}

/// A scale from `low` to `high`, brought to -1 to 1.
fn scaled(event: &Event, name: &str, low: f64, high: f64) -> Result<Option<f64>, String> {
    let Some(value) = event.read(name, word::signed)? else { return Ok(None) };
    if (low..=high).contains(&value) {
        Ok(Some((value - low) / (high - low) * 2.0 - 1.0))
    } else {
        Err(format!("{name}: {value} is not a number from {low} to {high}"))
    }
}
