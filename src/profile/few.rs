//! How much a profile remembers of each kind, and what goes first when there is more.
//!
//! | what | at most | what goes |
//! |---|---|---|
//! | categories (bought, viewed) | 8 | the weakest, all judged as of the newest count; of equals the last by name |
//! | products bought | 12 | the one whose last order is oldest; of equals the smaller key |
//! | topics | 16 | the one spoken of longest ago; of equals the first by name |
//! | features used | 16 | the one used longest ago; of equals the smaller key |
//! | tickets | 8 | the one heard of longest ago; of equals the smaller key |
//! | exposures | 64 | the oldest ([`super::exposure`]) |
//! | acts, cart lines, message ids, unanswered messages | 32, 24, 32, 48 | the oldest ([`super::Recent`]) |
//!
//! Topics, features and tickets hold no more than the newest word on each, so that what remains hangs only on what was told. Categories and products count:
//! one that went and comes back begins anew, so with more of them than are kept the counts hang on the order of arrival too.

use super::{Decayed, Latest, Preferences, Purchases, Rhythm, Support, Topic, Usage};
use crate::hash::Key;
use crate::order;
use crate::time::Timestamp;

/// Categories that are kept, of each kind.
pub const MAX_CATEGORIES: usize = 8;
/// Products that are kept.
pub const MAX_PRODUCTS: usize = 12;
/// Topics that are kept.
pub const MAX_TOPICS: usize = 16;
/// Features that are kept.
pub const MAX_FEATURES: usize = 16;
/// Tickets that are kept.
pub const MAX_TICKETS: usize = 8;

/// Counts by name.
pub type Counts<const DAYS: u16> = Vec<(String, Decayed<DAYS>)>;

/// Adds to a name's count.
pub fn count<const DAYS: u16>(counts: &mut Counts<DAYS>, name: &str, amount: f32, at: Timestamp) {
    add(counts, name, &Decayed::new(amount, at));
    strongest(counts);
}

/// Takes over the counts of another record.
pub fn merge<const DAYS: u16>(counts: &mut Counts<DAYS>, other: &Counts<DAYS>) {
    for (name, more) in other {
        add(counts, name, more);
    }
    strongest(counts);
}

fn add<const DAYS: u16>(counts: &mut Counts<DAYS>, name: &str, more: &Decayed<DAYS>) {
    match counts.iter_mut().find(|(known, _)| known == name) {
        Some((_, count)) => count.merge(more),
        None => counts.push((name.to_owned(), *more)),
    }
}

/// The strongest counts, the strongest first.
fn strongest<const DAYS: u16>(counts: &mut Counts<DAYS>) {
    let newest = counts.iter().map(|(_, count)| count.at).max().unwrap_or_default();
    let strength = |count: &Decayed<DAYS>| count.at(newest);
    order::by(counts, |(a, one), (b, two)| strength(two).total_cmp(&strength(one)).then_with(|| a.cmp(b)));
    counts.truncate(MAX_CATEGORIES);
}

impl Preferences {
    /// Hears whether a topic is wanted.
    pub fn tell(&mut self, topic: &str, wanted: Latest<bool>) {
        match self.topics.iter_mut().find(|known| known.name == topic) {
            Some(known) => known.wanted.merge(&wanted),
            None => self.topics.push(Topic { name: topic.to_owned(), wanted }),
        }
        order::by(&mut self.topics, |a, b| (b.wanted.at(), &b.name).cmp(&(a.wanted.at(), &a.name)));
        self.topics.truncate(MAX_TOPICS);
    }
}

impl Purchases {
    /// Adds orders of a product.
    pub fn add(&mut self, more: Rhythm) {
        match self.products.iter_mut().find(|known| known.product == more.product) {
            Some(known) => {
                known.orders = known.orders.saturating_add(more.orders);
                known.first = known.first.min(more.first);
                known.last = known.last.max(more.last);
            }
            None => self.products.push(more),
        }
        order::by_key(&mut self.products, |known| std::cmp::Reverse((known.last, known.product)));
        self.products.truncate(MAX_PRODUCTS);
    }
}

impl Usage {
    /// Notes that a feature was used.
    pub fn used(&mut self, feature: Key, at: Timestamp) {
        match self.features.iter_mut().find(|(known, _)| *known == feature) {
            Some((_, last)) => *last = (*last).max(at),
            None => self.features.push((feature, at)),
        }
        order::by_key(&mut self.features, |(feature, at)| std::cmp::Reverse((*at, *feature)));
        self.features.truncate(MAX_FEATURES);
    }
}

impl Support {
    /// Hears whether a ticket is open.
    pub fn hear(&mut self, ticket: Key, open: Latest<bool>) {
        match self.tickets.iter_mut().find(|(known, _)| *known == ticket) {
            Some((_, known)) => known.merge(&open),
            None => self.tickets.push((ticket, open)),
        }
        order::by_key(&mut self.tickets, |(ticket, open)| std::cmp::Reverse((open.at(), *ticket)));
        self.tickets.truncate(MAX_TICKETS);
    }

    /// Hears of their mood, from -1 (angry) to 1 (delighted).
    pub fn feel(&mut self, mood: f64, at: Timestamp) {
        self.mood.add(mood as f32, at);
        self.moods.add(1.0, at);
    }
}
