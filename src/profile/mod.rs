//! What is known of a recipient: consent, engagement, purchases, browsing, lifecycle, channel behaviour, and what they were shown.
//!
//! A profile is a *fold over events* ([`Profile::fold`]); an import sets the same fields directly ([`fields`]). It is kept as
//! a compact versioned row ([`row`]), one per recipient, under no name but the opaque recipient key.
//!
//! Nothing here decides. Whether a field may be *used* is settled where it is read, in [`crate::intent`]: every signal names the
//! consent it needs, and without it the signal is missing.

pub mod attributes;
pub mod browsing;
pub mod consent;
mod decayed;
pub mod event;
pub mod exposure;
mod few;
pub mod fields;
mod fold;
mod hours;
pub mod identity;
mod keeping;
mod latest;
mod merge;
mod recent;
pub mod row;

pub use attributes::Attributes;
pub use browsing::{Act, Browsing, Cart, LATEST_VISIT, Line, SESSION_GAP, Session};
pub use consent::{Channel, Consent, Purpose};
pub use decayed::{Decayed, Pace};
pub use event::Event;
pub use exposure::{Exposure, MAX_CAP, MAX_EXPOSURES, MEMORY, Shown, Sight};
pub use fold::Folded;
pub use hours::{HOURS, Hours, of_week};
pub use keeping::{Keeping, Outcome, Said};
pub use latest::Latest;
pub use recent::Recent;

use crate::hash::Key;
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// What is known of one recipient. Money is in the currency of the shop; counts that fade are [`Decayed`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// Facts the recipient told.
    pub traits: Traits,
    /// What the recipient wishes to get.
    pub preferences: Preferences,
    /// What the recipient allowed, per channel and purpose.
    pub consent: Consent,
    /// How the recipient answers messages.
    pub engagement: Engagement,
    /// What the recipient bought.
    pub purchases: Purchases,
    /// What the recipient looked at.
    pub browsing: Browsing,
    /// How the recipient uses the product, for subscriptions and software.
    pub usage: Usage,
    /// What the recipient asked or complained about.
    pub support: Support,
    /// How long the recipient has been with us.
    pub lifecycle: Lifecycle,
    /// What was decided for the recipient, newest last.
    pub exposures: Vec<Exposure>,
    /// What the shop knows under names of its own.
    pub attributes: Attributes,
    /// The message ids of the newest events: a second event with the same id is the same event.
    pub seen: Recent<Key, 32>,
}

/// Facts the recipient told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Traits {
    /// The name to greet by.
    pub first_name: Latest<String>,
    /// Primary language subtag (`de`).
    pub language: Latest<String>,
    /// IANA time zone.
    pub timezone: Latest<String>,
    /// ISO 3166-1 alpha-2 country.
    pub country: Latest<String>,
    /// The kind of place they live in: `urban`, `suburban`, `rural`.
    pub area: Latest<String>,
    /// The year of birth. The year alone: an age is known to a year, and no birthday is kept.
    pub birth_year: Latest<u16>,
    /// What they want to do with the product.
    pub use_case: Latest<String>,
    /// The plan or tier they are on.
    pub plan: Latest<String>,
}

/// What the recipient wishes to get.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preferences {
    /// Topics the recipient spoke about: wanted or not. At most 16, the newest.
    pub topics: Vec<Topic>,
    /// No messages until then.
    pub paused_until: Latest<Timestamp>,
    /// At most so many messages a week.
    pub weekly: Latest<u8>,
}

/// What the recipient said of one topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// The topic.
    pub name: String,
    /// Wanted, or expressly not.
    pub wanted: Latest<bool>,
}

/// How the recipient answers messages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Engagement {
    /// Messages delivered.
    pub delivered: Decayed<30>,
    /// Messages opened by the person (no prefetches, no scanners).
    pub opens: Decayed<30>,
    /// Messages clicked by the person.
    pub clicks: Pace<30>,
    /// When a message last arrived.
    pub last_delivered: Option<Timestamp>,
    /// When the person last opened one.
    pub last_open: Option<Timestamp>,
    /// When the person last clicked one.
    pub last_click: Option<Timestamp>,
    /// Messages delivered since the last open or click; counts to 48.
    pub unanswered: Recent<(), 48>,
    /// Complaints, unsubscriptions, dismissals.
    pub negatives: Decayed<90>,
    /// Messages that could not be delivered.
    pub bounces: Decayed<90>,
    /// The channel of the last click.
    pub last_channel: Latest<Channel>,
    /// What each channel brings, in the order of [`Channel::ALL`].
    pub channels: [Reach; 3],
    /// When answers come.
    pub hours: Hours,
}

/// What one channel brings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reach {
    /// Messages delivered there.
    pub delivered: Decayed<90>,
    /// Messages clicked there.
    pub answered: Decayed<90>,
}

/// What the recipient bought.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Purchases {
    /// Orders, ever.
    pub count: u32,
    /// Orders that used a discount or coupon, ever.
    pub discounted: u32,
    /// Money spent.
    pub value: Decayed<365>,
    /// Orders sent back.
    pub returns: Decayed<365>,
    /// The last order.
    pub last: Option<Timestamp>,
    /// Orders per product category, the eight strongest.
    pub categories: Vec<(String, Decayed<90>)>,
    /// When each product was bought, the twelve bought last.
    pub products: Vec<Rhythm>,
}

/// When one product was bought.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rhythm {
    /// The product.
    pub product: Key,
    /// Orders of it.
    pub orders: u16,
    /// The first.
    pub first: Timestamp,
    /// The last.
    pub last: Timestamp,
}

/// How the recipient uses the product.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Usage {
    /// Times it was used.
    pub uses: Pace<90>,
    /// When it was last used.
    pub last: Option<Timestamp>,
    /// The features used last, each once.
    pub features: Vec<(Key, Timestamp)>,
    /// When the subscription, contract or trial ends unless it is renewed.
    pub renewal: Latest<Timestamp>,
}

/// What the recipient asked or complained about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Support {
    /// The tickets of which something was heard last, at most eight: open or not.
    pub tickets: Vec<(Key, Latest<bool>)>,
    /// The sum of what was told of their mood, each from -1 (angry) to 1 (delighted), …
    pub mood: Decayed<60>,
    /// … and how often it was told.
    pub moods: Decayed<60>,
    /// The last contact.
    pub last: Option<Timestamp>,
}

/// How long the recipient has been with us.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lifecycle {
    /// When they came.
    pub since: Option<Timestamp>,
    /// Their stage as the shop's own system names it; derived from purchases and visits when not told.
    pub stage: Latest<Stage>,
}

/// Where the recipient stands in their life with the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// No order yet, or here for less than 30 days.
    New,
    /// An order, visit or click in the last 90 days.
    Active,
    /// Silent for 90 to 365 days.
    Lapsing,
    /// Silent for longer.
    Lapsed,
}

impl Profile {
    /// A message arrived; a notification arrives by none of the channels.
    fn delivered(&mut self, channel: Option<Channel>, at: Timestamp) {
        self.engagement.delivered.add(1.0, at);
        self.engagement.last_delivered = self.engagement.last_delivered.max(Some(at));
        if let Some(channel) = channel {
            self.engagement.channels[channel as usize].delivered.add(1.0, at);
        }
        self.engagement.unanswered.add(at, ());
    }

    /// A person looked at a message.
    pub fn opened(&mut self, at: Timestamp) {
        self.engagement.opens.add(1.0, at);
        self.engagement.last_open = self.engagement.last_open.max(Some(at));
        self.engagement.hours.add(at);
        self.engagement.unanswered.clear(at);
    }

    /// A person followed a link of a message.
    pub fn clicked(&mut self, channel: Channel, at: Timestamp) {
        self.answered(Some(channel), at);
    }

    /// A person followed a link of a message, or tapped a notification, which is none of the channels.
    fn answered(&mut self, channel: Option<Channel>, at: Timestamp) {
        self.engagement.clicks.add(1.0, at);
        self.engagement.last_click = self.engagement.last_click.max(Some(at));
        if let Some(channel) = channel {
            self.engagement.last_channel.tell(channel, at);
            self.engagement.channels[channel as usize].answered.add(1.0, at);
        }
        self.engagement.hours.add(at);
        self.engagement.unanswered.clear(at);
    }

    /// The stage told, or derived from the last sign of life.
    #[must_use]
    pub fn stage(&self, now: Timestamp) -> Option<Stage> {
        if let Some(told) = self.lifecycle.stage.get() {
            return Some(*told);
        }
        let young = self.lifecycle.since.is_some_and(|t| now.since(t).days() < 30.0);
        if young || (self.purchases.count == 0 && self.lifecycle.since.is_some()) {
            return Some(Stage::New);
        }
        let signs =
            [self.purchases.last, self.browsing.last_visit, self.engagement.last_click, self.usage.last];
        let silence = now.since(signs.into_iter().flatten().max()?).days();
        Some(match silence {
            d if d < 90.0 => Stage::Active,
            d if d < 365.0 => Stage::Lapsing,
            _ => Stage::Lapsed,
        })
    }
}

impl Preferences {
    /// What the recipient said of a topic; none when nothing.
    #[must_use]
    pub fn wants(&self, topic: &str) -> Option<bool> {
        self.topics.iter().find(|t| t.name == topic)?.wanted.get().copied()
    }
}

impl Purchases {
    /// How far the product that is soonest due has come in its rhythm: 1 when the usual time between two orders of it has passed since the
    /// last. Products that were left for more than twice that time are over. None without a rhythm.
    #[must_use]
    pub fn due(&self, now: Timestamp) -> Option<f64> {
        let progress = |product: &Rhythm| {
            let usual = product.interval()?;
            let passed = now.since(product.last).0.max(0) as f64 / usual.0 as f64;
            (passed <= 2.0).then_some(passed)
        };
        self.products.iter().filter_map(progress).reduce(f64::max)
    }
}

impl Rhythm {
    /// The mean time between two orders; none before the second, or when all came on one day.
    #[must_use]
    pub fn interval(&self) -> Option<Span> {
        let between = i64::from(self.orders.checked_sub(1)?.max(1));
        let span = Span(self.last.since(self.first).0 / between);
        (self.orders > 1 && span.0 >= crate::time::DAY).then_some(span)
    }
}

impl Support {
    /// Tickets that are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.tickets.iter().filter(|(_, open)| open.get() == Some(&true)).count()
    }

    /// The mood, from -1 (angry) to 1 (delighted), newer words weighing more; none when nothing was told for a year. (A 64th of a word, less what
    /// three decimals round off, so that an export keeps it.)
    #[must_use]
    pub fn sentiment(&self, now: Timestamp) -> Option<f64> {
        let weight = self.moods.at(now);
        (weight > 0.0145).then(|| (self.mood.at(now) / weight).clamp(-1.0, 1.0))
    }
}

impl Engagement {
    /// How tired of messages the recipient is, from 0 to 1: `1 - 2^-(unanswered / 8 + negatives)`. Half tired after eight messages in a row without
    /// an answer, or one complaint.
    #[must_use]
    pub fn fatigue(&self, now: Timestamp) -> f64 {
        1.0 - libm::exp2(-(self.unanswered.len() as f64 / 8.0 + self.negatives.at(now)))
    }
}
