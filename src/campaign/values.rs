//! All that a text's places can be filled with, for one recipient at one moment or for everyone.
//!
//! [`Values::of`] is for somebody to whom a decision speaks: their name and signals as far as consent covers them ([`Signals`] withholds the rest), rows of feeds picked for
//! them, their language. [`Values::common`] is for everyone else: fallbacks, the holdout, strangers. It knows nothing of any person, so a fallback may show how many are
//! left or what a poll says, which is the same for all, but no row that somebody's own value picks; and it speaks the campaign's language.

use super::feed::{FeedUse, Feeds, Key};
use super::{Campaign, Condition, Locale};
use crate::intent::{Facts, SignalId, SignalSet, Signals, Value};
use crate::profile::Purpose;
use crate::render::Alphabet;
use crate::time::Timestamp;
use std::cell::OnceCell;

/// What the places of texts are filled with.
pub struct Values<'a> {
    campaign: &'a Campaign,
    feeds: &'a Feeds,
    now: Timestamp,
    own: Option<Own<'a>>,
    alphabet: Alphabet,
    locales: OnceCell<[Option<Locale>; 2]>,
}

/// What is the recipient's own.
pub struct Own<'a> {
    facts: Facts<'a>,
    signals: Signals<'a>,
}

impl<'a> Values<'a> {
    /// Everything that consent and trust let be said to the recipient of whom `facts` tell.
    #[must_use]
    pub fn of(campaign: &'a Campaign, feeds: &'a Feeds, facts: &Facts<'a>) -> Self {
        let own = Own { facts: *facts, signals: Signals::read(facts, SignalSet::ALL) };
        Self { own: Some(own), ..Self::common(campaign, feeds, facts.now) }
    }

    /// What is the same for everyone.
    #[must_use]
    pub const fn common(campaign: &'a Campaign, feeds: &'a Feeds, now: Timestamp) -> Self {
        Self { campaign, feeds, now, own: None, alphabet: Alphabet::World, locales: OnceCell::new() }
    }

    /// The same, less what an alphabet lacks the letters for.
    #[must_use]
    pub fn drawn_in(self, alphabet: Alphabet) -> Self {
        Self { alphabet, ..self }
    }

    /// Whether a text can be drawn.
    #[must_use]
    pub fn draws(&self, text: &str) -> bool {
        self.alphabet.covers(text)
    }

    /// The moment.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The name to greet by.
    #[must_use]
    pub fn first_name(&self) -> Option<&'a str> {
        let facts = &self.own.as_ref()?.facts;
        facts.profile.traits.first_name.text().filter(|_| facts.allows(Purpose::Personalization))
    }

    /// The value of a signal.
    #[must_use]
    pub fn signal(&self, id: SignalId) -> Value<'a> {
        self.own.as_ref().map_or(Value::Missing, |own| own.signals.get(id))
    }

    /// Whether a condition holds. Of those of whom nothing may be known only the empty one does.
    #[must_use]
    pub fn holds(&self, when: &Condition) -> bool {
        *when == Condition::default() || self.own.as_ref().is_some_and(|own| when.holds(&own.signals))
    }

    /// The language to speak: the recipient's own, or the campaign's.
    #[must_use]
    pub fn language(&self) -> &str {
        self.own_text("language").unwrap_or(&self.campaign.language)
    }

    /// The recipient's own time zone.
    #[must_use]
    pub fn timezone(&self) -> Option<&'a str> {
        self.own.as_ref()?.facts.timezone()
    }

    /// The currency of amounts that name none.
    pub(super) fn currency(&self) -> &str {
        &self.campaign.value.currency
    }

    /// A value of a feed that the campaign declares.
    pub(super) fn feed(&self, feed: &str, column: &str) -> Value<'a> {
        let declared: Option<&FeedUse> = self.campaign.feeds.iter().find(|declared| declared.name == feed);
        declared.map_or(Value::Missing, |feed| feed.value(self.feeds, column, self.own.as_ref(), self.now))
    }

    /// How to write: as the recipient reads, and where that can't be drawn, as the campaign is written.
    pub(super) fn locales(&self) -> impl Iterator<Item = &Locale> {
        let both = self.locales.get_or_init(|| {
            let own = self.own_text("language");
            let own = own.and_then(|language| Locale::of(language, self.own_text("country")));
            [own, Locale::of(&self.campaign.language, None).or_else(|| Locale::of("en", None))]
        });
        both.iter().flatten()
    }

    fn own_text(&self, signal: &str) -> Option<&'a str> {
        match self.signal(SignalId::of(signal)?) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<'a> Own<'a> {
    pub(super) const fn facts(&self) -> &Facts<'a> {
        &self.facts
    }

    /// The text of a value of theirs, as rows have it for their key.
    pub(super) fn key(&self, key: &Key) -> Option<String> {
        let place = &self.facts.context.place;
        match key {
            Key::City => place.city.clone(),
            Key::Region => place.region.clone(),
            Key::Known(subject) => written(subject.value(&self.signals)),
        }
    }
}

/// Numbers by their whole part: a row is of an hour, or of three things in the cart.
fn written(value: Value<'_>) -> Option<String> {
    match value {
        Value::Missing => None,
        Value::Number(n) => (n.abs() < 1e15).then(|| (libm::floor(n) as i64).to_string()),
        Value::Flag(flag) => Some(flag.to_string()),
        Value::Text(text) => Some(text.to_owned()),
    }
}
