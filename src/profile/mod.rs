//! What is known of a recipient: consent, engagement, purchases, browsing, lifecycle, channel behaviour, and what they were shown.
//!
//! A profile is a *fold over events* ([`Profile::fold`]); an import sets the same fields directly ([`fields`]). It is kept as
//! a compact versioned row ([`row`]), one per recipient, under no name but the opaque recipient key.
//!
//! Nothing here decides. Whether a field may be *used* is settled where it is read, in [`crate::intent`]: every signal names the
//! consent it needs, and without it the signal is missing.

pub mod attributes;
pub mod consent;
mod decayed;
pub mod event;
pub mod fields;
mod fold;
pub mod row;

pub use attributes::Attributes;
pub use consent::{Channel, Consent, Purpose};
pub use decayed::Decayed;
pub use event::Event;
pub use fold::Folded;

use crate::hash::Key;
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// What is known of one recipient. Money is in the currency of the shop; counts that fade are [`Decayed`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// Facts the recipient told.
    pub traits: Traits,
    /// What the recipient allowed, per channel and purpose.
    pub consent: Consent,
    /// How the recipient answers messages.
    pub engagement: Engagement,
    /// What the recipient bought.
    pub purchases: Purchases,
    /// What the recipient looked at.
    pub browsing: Browsing,
    /// How long the recipient has been with us.
    pub lifecycle: Lifecycle,
    /// What was decided for the recipient, newest last.
    pub exposures: Vec<Exposure>,
    /// What the shop knows under names of its own.
    pub attributes: Attributes,
}

/// Facts the recipient told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Traits {
    /// The name to greet by.
    pub first_name: Option<String>,
    /// Primary language subtag (`de`).
    pub language: Option<String>,
    /// IANA time zone.
    pub timezone: Option<String>,
    /// ISO 3166-1 alpha-2 country.
    pub country: Option<String>,
    /// The kind of place they live in: `urban`, `suburban`, `rural`.
    pub area: Option<String>,
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
    pub clicks: Decayed<30>,
    /// When a message last arrived.
    pub last_delivered: Option<Timestamp>,
    /// When the person last opened one.
    pub last_open: Option<Timestamp>,
    /// When the person last clicked one.
    pub last_click: Option<Timestamp>,
    /// Messages delivered since the last open or click.
    pub unanswered: u16,
    /// The channel of the last click or purchase.
    pub last_channel: Option<Channel>,
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
    /// The last order.
    pub last: Option<Timestamp>,
    /// Orders per product category, the eight strongest.
    pub categories: Vec<(String, Decayed<90>)>,
}

/// What the recipient looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Browsing {
    /// Visits (a page after half an hour of silence starts a new one).
    pub sessions: Decayed<14>,
    /// Products viewed.
    pub product_views: Decayed<14>,
    /// Pages that build trust: help, delivery, returns, guarantee.
    pub info_views: Decayed<14>,
    /// Minutes spent on pages.
    pub dwell_minutes: Decayed<14>,
    /// Average value of the last visit's pages, as web analytics counts it.
    pub page_value: f32,
    /// The last page seen.
    pub last_visit: Option<Timestamp>,
    /// What lies in the cart.
    pub cart: Option<Cart>,
}

/// What lies in the cart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cart {
    /// Money.
    pub value: f32,
    /// Pieces.
    pub items: u16,
    /// When it last changed.
    pub at: Timestamp,
}

/// How long the recipient has been with us.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lifecycle {
    /// When they came.
    pub since: Option<Timestamp>,
    /// Their stage as the shop's own system names it; derived from purchases and visits when not told.
    pub stage: Option<Stage>,
}

/// Where the recipient stands in their life with the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// One decision that reached the recipient's eyes, or may have (a prefetching proxy keeps the picture for later).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exposure {
    /// The campaign.
    pub campaign: Key,
    /// When it was decided.
    pub at: Timestamp,
    /// A person was there: this exposure counts against caps.
    pub counted: bool,
    /// What each slot shows.
    pub shown: Vec<Shown>,
    /// The probability with which the policy chose this assembly.
    pub probability: f64,
}

/// What one slot shows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// The slot.
    pub slot: Key,
    /// The variant in it.
    pub variant: Key,
}

/// The longest look-back of a frequency cap.
pub const MEMORY: Span = Span(28 * crate::time::DAY);

/// How many exposures a profile remembers; a frequency cap may not ask for more.
pub const MAX_EXPOSURES: usize = 64;

/// How many exposures keep what each slot showed; older ones count for caps only.
const MAX_HELD: usize = 4;

impl Profile {
    /// The newest exposure to a campaign.
    #[must_use]
    pub fn exposure(&self, campaign: Key) -> Option<&Exposure> {
        self.exposures.iter().rev().find(|e| e.campaign == campaign)
    }

    /// Notes that an assembly was shown. The same campaign at the same instant of decision is the same exposure: asked again for another
    /// slot it changes nothing, except that a person's look makes it count.
    pub fn expose(&mut self, exposure: Exposure) {
        let same = |e: &&mut Exposure| e.campaign == exposure.campaign && e.at == exposure.at;
        if let Some(known) = self.exposures.iter_mut().find(same) {
            let counted = known.counted || exposure.counted;
            *known = Exposure { counted, ..exposure };
            return;
        }
        let now = exposure.at;
        self.exposures.push(exposure);
        self.exposures.sort_by_key(|e| e.at);
        let old = self.exposures.len().saturating_sub(MAX_HELD);
        for exposure in &mut self.exposures[..old] {
            exposure.shown = Vec::new();
        }
        // what neither counts nor shows says nothing, and must not push out what counts
        let mut place = 0;
        self.exposures.retain(|e| {
            place += 1;
            now.since(e.at) <= MEMORY && (e.counted || place > old)
        });
        let surplus = self.exposures.len().saturating_sub(MAX_EXPOSURES);
        self.exposures.drain(..surplus);
    }

    /// A person looked at a message.
    pub fn opened(&mut self, at: Timestamp) {
        self.engagement.opens.add(1.0, at);
        self.engagement.last_open = self.engagement.last_open.max(Some(at));
        self.answered(at);
    }

    /// A person followed a link of a message.
    pub fn clicked(&mut self, channel: Channel, at: Timestamp) {
        self.engagement.clicks.add(1.0, at);
        self.engagement.last_click = self.engagement.last_click.max(Some(at));
        self.engagement.last_channel = Some(channel);
        self.answered(at);
    }

    fn answered(&mut self, at: Timestamp) {
        if Some(at) >= self.engagement.last_delivered {
            self.engagement.unanswered = 0;
        }
    }

    /// The stage told, or derived from the last sign of life.
    #[must_use]
    pub fn stage(&self, now: Timestamp) -> Option<Stage> {
        if self.lifecycle.stage.is_some() {
            return self.lifecycle.stage;
        }
        let young = self.lifecycle.since.is_some_and(|t| now.since(t).days() < 30.0);
        if young || (self.purchases.count == 0 && self.lifecycle.since.is_some()) {
            return Some(Stage::New);
        }
        let signs = [self.purchases.last, self.browsing.last_visit, self.engagement.last_click];
        let silence = now.since(signs.into_iter().flatten().max()?).days();
        Some(match silence {
            d if d < 90.0 => Stage::Active,
            d if d < 365.0 => Stage::Lapsing,
            _ => Stage::Lapsed,
        })
    }
}
