//! Two profiles of one person made one.
//!
//! What is remembered as a set or a newest word is united, counts add up, and no word of refusal and nothing that counts against a cap is lost. So merging is commutative and
//! associative (counts up to rounding; see [`super::few`] for where more is told than a profile holds), and of what doesn't count also idempotent. What counts is not: two records
//! of one person hold different events, and the same events told twice are twice as many.

use super::{Engagement, Lifecycle, Preferences, Profile, Purchases, Support, Traits, Usage, few};
use crate::time::Timestamp;

impl Profile {
    /// Takes over what is known of the same person under another id. Consent is joined by [`super::Consent::join`]: the stricter word stands.
    pub fn merge(&mut self, other: &Self) {
        self.traits.merge(&other.traits);
        self.preferences.merge(&other.preferences);
        self.consent.join(&other.consent);
        self.engagement.merge(&other.engagement);
        self.purchases.merge(&other.purchases);
        self.browsing.merge(&other.browsing);
        self.usage.merge(&other.usage);
        self.support.merge(&other.support);
        self.lifecycle.merge(&other.lifecycle);
        self.attributes.merge(&other.attributes);
        self.merge_exposures(&other.exposures);
        for (at, id) in other.seen.all() {
            if !self.has_seen(*id) {
                self.seen.add(*at, *id);
            }
        }
    }
}

/// The earlier of two instants, as far as they are known.
pub fn earlier(one: Option<Timestamp>, two: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(two).min()
}

impl Traits {
    fn merge(&mut self, other: &Self) {
        self.first_name.merge(&other.first_name);
        self.language.merge(&other.language);
        self.timezone.merge(&other.timezone);
        self.country.merge(&other.country);
        self.area.merge(&other.area);
        self.birth_year.merge(&other.birth_year);
        self.use_case.merge(&other.use_case);
        self.plan.merge(&other.plan);
    }
}

impl Preferences {
    fn merge(&mut self, other: &Self) {
        for topic in &other.topics {
            self.tell(&topic.name, topic.wanted);
        }
        self.paused_until.merge(&other.paused_until);
        self.weekly.merge(&other.weekly);
    }
}

impl Engagement {
    fn merge(&mut self, other: &Self) {
        self.delivered.merge(&other.delivered);
        self.opens.merge(&other.opens);
        self.clicks.merge(&other.clicks);
        self.last_delivered = self.last_delivered.max(other.last_delivered);
        self.last_open = self.last_open.max(other.last_open);
        self.last_click = self.last_click.max(other.last_click);
        self.unanswered.merge(&other.unanswered);
        self.negatives.merge(&other.negatives);
        self.bounces.merge(&other.bounces);
        self.last_channel.merge(&other.last_channel);
        for (known, more) in self.channels.iter_mut().zip(&other.channels) {
            known.delivered.merge(&more.delivered);
            known.answered.merge(&more.answered);
        }
        self.hours.merge(&other.hours);
    }
}

impl Purchases {
    fn merge(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.discounted = self.discounted.saturating_add(other.discounted);
        self.value.merge(&other.value);
        self.returns.merge(&other.returns);
        self.last = self.last.max(other.last);
        few::merge(&mut self.categories, &other.categories);
        for product in &other.products {
            self.add(*product);
        }
    }
}

impl Usage {
    fn merge(&mut self, other: &Self) {
        self.uses.merge(&other.uses);
        self.last = self.last.max(other.last);
        for (feature, at) in &other.features {
            self.used(*feature, *at);
        }
        self.renewal.merge(&other.renewal);
    }
}

impl Support {
    fn merge(&mut self, other: &Self) {
        for (ticket, open) in &other.tickets {
            self.hear(*ticket, *open);
        }
        self.mood.merge(&other.mood);
        self.moods.merge(&other.moods);
        self.last = self.last.max(other.last);
    }
}

impl Lifecycle {
    fn merge(&mut self, other: &Self) {
        self.since = earlier(self.since, other.since);
        self.stage.merge(&other.stage);
    }
}
