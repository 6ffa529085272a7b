//! What a signal is, and how all of them are read.
//!
//! Models and conditions name signals; nothing else of a profile or context can enter a decision. Every signal is declared once, in the
//! [registry](super::registry). [`Signals::read`] is the one place where a value is withheld: when consent doesn't cover it, when it is no longer fresh, or when
//! the fetcher makes it untrue, it is [`Value::Missing`] for everyone.

use super::registry::SIGNALS;
use crate::context::zone::{self, Local};
use crate::context::{Context, Fetcher, Surface, Trust};
use crate::profile::attributes::{Attributes, Datum};
use crate::profile::{Cart, Channel, Profile, Purpose, Session};
use crate::time::{DAY, Span, Timestamp, civil_from_days};
use serde::{Deserialize, Serialize};

/// The value of a signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Not known, not covered by consent, not fresh, or not true of the person.
    Missing,
    /// A quantity.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// One of many names.
    Text(&'a str),
}

/// What kind of values a signal takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// [`Value::Number`].
    Number,
    /// [`Value::Flag`].
    Flag,
    /// [`Value::Text`].
    Text,
}

impl Kind {
    /// Its name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Flag => "true/false",
            Self::Text => "text",
        }
    }
}

/// What a signal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// What the recipient wishes to get.
    Preferences,
    /// How the recipient answers messages.
    Engagement,
    /// What the recipient bought.
    Purchase,
    /// What the recipient looked at.
    Browsing,
    /// How long the recipient has been with us, and how they use and like it.
    Lifecycle,
    /// What each channel brings.
    Channel,
    /// What the recipient told of themselves.
    Traits,
    /// What the request tells.
    Request,
    /// What happens in this visit.
    Session,
}

impl Group {
    /// Its name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Preferences => "consent and preferences",
            Self::Engagement => "engagement history",
            Self::Purchase => "purchases and revenue",
            Self::Browsing => "browsing and product interest",
            Self::Lifecycle => "lifecycle",
            Self::Channel => "channel behaviour",
            Self::Traits => "what the recipient told",
            Self::Request => "request context",
            Self::Session => "session",
        }
    }
}

/// What a signal may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// To choose what fits.
    Relevance,
    /// To choose when.
    Timing,
    /// To choose where.
    Reach,
    /// To say less, or nothing.
    Restraint,
    /// To show it properly.
    Display,
}

impl Use {
    /// Its name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::Timing => "timing",
            Self::Reach => "reach",
            Self::Restraint => "restraint",
            Self::Display => "display",
        }
    }
}

/// Where a signal comes from. This settles the consent it needs and how its age is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// What the recipient told: traits and preferences.
    Told,
    /// Messages delivered and answered.
    Messages,
    /// Orders.
    Orders,
    /// The cart.
    Cart,
    /// Visits.
    Visits,
    /// Use of the product.
    Usage,
    /// Support.
    Support,
    /// What Apropos showed before.
    Exposures,
    /// The request itself.
    Request,
    /// The visit that is going on.
    Session,
}

impl Source {
    const COUNT: usize = 10;

    const ALL: [Self; Self::COUNT] = [
        Self::Told,
        Self::Messages,
        Self::Orders,
        Self::Cart,
        Self::Visits,
        Self::Usage,
        Self::Support,
        Self::Exposures,
        Self::Request,
        Self::Session,
    ];

    /// The consent that its signals need; `None` for what every request tells by itself and what is not kept.
    #[must_use]
    pub const fn needs(self) -> Option<Purpose> {
        match self {
            Self::Request | Self::Session => None,
            _ => Some(Purpose::Personalization),
        }
    }

    /// Its name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Messages => "messages",
            Self::Orders => "orders",
            Self::Cart => "cart",
            Self::Visits => "visits",
            Self::Usage => "usage",
            Self::Support => "support",
            Self::Exposures => "exposures",
            Self::Request => "request",
            Self::Session => "this visit",
        }
    }

    /// When something was last heard from it; none when that is not known, and for what is told at the moment itself.
    fn heard(self, f: &Facts<'_>) -> Option<Timestamp> {
        let engagement = &f.profile.engagement;
        match self {
            Self::Messages => engagement.last_delivered.max(engagement.last_open).max(engagement.last_click),
            Self::Orders => f.profile.purchases.last,
            Self::Cart => f.cart.map(|cart| cart.at),
            Self::Visits => f.profile.browsing.last_visit,
            Self::Usage => f.profile.usage.last,
            Self::Support => f.profile.support.last,
            Self::Exposures => f.profile.exposures.last().map(|e| e.at),
            Self::Told | Self::Request | Self::Session => None,
        }
    }
}

/// By whom a signal may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// True whoever fetches: it doesn't come from the request.
    Anyone,
    /// True of a request that is made when the recipient looks: not of a prefetch, whose moment is its own.
    Present,
    /// True of a request that a person's program or its proxy makes: not of scanners and previews.
    Program,
}

impl Truth {
    /// Is it true when this fetcher asks?
    #[must_use]
    pub const fn of(self, fetcher: Fetcher) -> bool {
        match self {
            Self::Anyone => true,
            Self::Present => !matches!(fetcher, Fetcher::GmailPrefetch | Fetcher::AppleMpp),
            Self::Program => fetcher.shows_person(),
        }
    }

    /// Its name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anyone => "always",
            Self::Present => "not from prefetches",
            Self::Program => "not from scanners",
        }
    }
}

/// One declared signal.
pub struct Signal {
    /// Its name in models and conditions.
    pub name: &'static str,
    /// What kind of values it takes.
    pub kind: Kind,
    /// Of a number: the cuts between the bins that training and what-if questions start from, ascending.
    pub cuts: &'static [f64],
    /// Of a text: the names it can be; empty when they are the shop's own.
    pub names: &'static [&'static str],
    /// What it is about.
    pub group: Group,
    /// What it may be used for.
    pub serves: Use,
    /// Where it comes from.
    pub source: Source,
    /// For how many days after its source was last heard it stays fresh; 0 for ever.
    pub fresh: u16,
    /// By whom it may be told.
    pub truth: Truth,
    /// One plain sentence: why using it helps the customer.
    pub why: &'static str,
    /// Writes the value where it belongs: returned, it would be copied before the processor has finished writing it.
    pub(super) read: for<'a> fn(&Facts<'a>, &mut Value<'a>),
}

impl Signal {
    /// The consent it needs.
    #[must_use]
    pub const fn needs(&self) -> Option<Purpose> {
        self.source.needs()
    }
}

/// Tells what clocks show in a zone.
type Zones = fn(&str, Timestamp) -> Option<Local>;

/// What signals are read from.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The channel whose consent counts.
    pub channel: Channel,
    /// What is known of the recipient.
    pub profile: &'a Profile,
    /// What the request tells.
    pub context: &'a Context,
    /// The moment of the decision.
    pub now: Timestamp,
    /// Consent covers personalization.
    personal: bool,
    pub(super) local: Option<Local>,
    /// What clocks show elsewhere; a page has no table of zones.
    zones: Zones,
    pub(super) cart: Option<Cart>,
    pub(super) session: Option<Session>,
}

impl<'a> Facts<'a> {
    /// What a decision on this channel may look at.
    #[must_use]
    pub fn new(channel: Channel, profile: &'a Profile, context: &'a Context, now: Timestamp) -> Self {
        Self::with_clock(channel, profile, context, now, zone::local)
    }

    /// The same for callers that know a faster way to tell what [`zone::local`] does.
    pub(crate) fn with_clock(
        channel: Channel,
        profile: &'a Profile,
        context: &'a Context,
        now: Timestamp,
        clock: impl FnOnce(&str, Timestamp) -> Option<Local>,
    ) -> Self {
        Self::by(channel, profile, context, now, (zone::local, clock))
    }

    /// The same on a page, which knows the clock on the visitor's own wall and no other.
    pub(crate) fn with_wall(
        channel: Channel,
        profile: &'a Profile,
        context: &'a Context,
        now: Timestamp,
        wall: Option<Local>,
    ) -> Self {
        Self::by(channel, profile, context, now, (|_, _| None, |_, _| wall))
    }

    fn by(
        channel: Channel,
        profile: &'a Profile,
        context: &'a Context,
        now: Timestamp,
        (zones, clock): (Zones, impl FnOnce(&str, Timestamp) -> Option<Local>),
    ) -> Self {
        let (local, cart, session) = (None, None, None);
        let mut facts = Self { channel, profile, context, now, personal: false, local, zones, cart, session };
        facts.personal = facts.allows(Purpose::Personalization);
        facts.local = facts.timezone().and_then(|zone| clock(zone, now));
        facts.cart = if facts.personal { profile.browsing.cart() } else { None };
        let kept = || if facts.personal { profile.browsing.session(now) } else { None };
        facts.session = context.session.or_else(kept);
        facts
    }

    /// Does consent cover this purpose? Global Privacy Control overrides a grant on pages.
    #[must_use]
    pub fn allows(&self, purpose: Purpose) -> bool {
        !self.context.gpc && self.profile.consent.covers(self.channel, purpose)
    }

    /// The profile, when consent to personalization covers looking at it.
    #[must_use]
    pub const fn known(&self) -> Option<&'a Profile> {
        if self.personal { Some(self.profile) } else { None }
    }

    /// The recipient's own time zone: of their connection, or as they told it.
    #[must_use]
    pub fn timezone(&self) -> Option<&'a str> {
        let told = || self.known().and_then(|profile| profile.traits.timezone.text());
        self.context.place.timezone.as_deref().or_else(told)
    }

    /// The recipient's country: as they told it, or of their own connection.
    #[must_use]
    pub fn country(&self) -> Option<&'a str> {
        let told = self.known().and_then(|profile| profile.traits.country.text());
        let near =
            || self.context.place.country.as_deref().filter(|_| self.context.place.trust != Trust::Proxy);
        told.or_else(near)
    }

    /// Full years, as far as the year of birth tells: the youngest they can be.
    #[must_use]
    pub fn age(&self) -> Option<u16> {
        let born = i64::from(*self.known()?.traits.birth_year.get()?);
        let (year, ..) = civil_from_days(self.now.day());
        u16::try_from((year - born - 1).max(0)).ok()
    }

    /// What the wall shows where the recipient is.
    #[must_use]
    pub const fn local(&self) -> Option<Local> {
        self.local
    }

    /// What clocks show in a zone.
    #[must_use]
    pub fn clock_in(&self, zone: &str) -> Option<Local> {
        (self.zones)(zone, self.now)
    }

    /// The cart, when consent covers it.
    #[must_use]
    pub const fn cart(&self) -> Option<Cart> {
        self.cart
    }

    pub(super) fn days(&self, at: Option<Timestamp>) -> Value<'a> {
        at.map_or(Value::Missing, |at| Value::Number(self.now.since(at).days().max(0.0)))
    }

    pub(super) fn hours(&self, at: Option<Timestamp>) -> Value<'a> {
        at.map_or(Value::Missing, |at| Value::Number(self.now.since(at).hours().max(0.0)))
    }

    /// Is this decided before a send, so that there is no request?
    #[must_use]
    pub fn is_send(&self) -> bool {
        self.context.surface == Surface::Send
    }
}

/// A signal by its place in [`SIGNALS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8")]
pub struct SignalId(u8);

impl TryFrom<u8> for SignalId {
    type Error = &'static str;

    fn try_from(place: u8) -> Result<Self, Self::Error> {
        if usize::from(place) < COUNT { Ok(Self(place)) } else { Err("no signal has this place") }
    }
}

impl SignalId {
    /// The signal of a name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        SIGNALS.iter().position(|s| s.name == name).and_then(|i| u8::try_from(i).ok()).map(Self)
    }

    /// Its declaration.
    #[must_use]
    pub fn signal(self) -> &'static Signal {
        &SIGNALS[usize::from(self.0)]
    }

    /// Every signal.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        (0..COUNT as u8).map(Self)
    }
}

/// How many signals there are.
pub const COUNT: usize = SIGNALS.len();

/// A set of signals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "u128")]
pub struct SignalSet(u128);

impl From<u128> for SignalSet {
    fn from(places: u128) -> Self {
        Self(places & Self::ALL.0)
    }
}

impl SignalSet {
    /// Every signal.
    pub const ALL: Self = Self(if COUNT < 128 { (1 << COUNT) - 1 } else { panic!("more than 127 signals") });

    /// Adds a signal.
    pub const fn insert(&mut self, id: SignalId) {
        self.0 |= 1 << id.0;
    }

    /// Is the signal in it?
    #[must_use]
    pub const fn contains(self, id: SignalId) -> bool {
        self.0 >> id.0 & 1 == 1
    }

    /// Is there none in it?
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The signals in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The signals in it, in the order of the registry.
    pub fn iter(self) -> impl Iterator<Item = SignalId> {
        let half = |mut left: u64, first: u8| {
            std::iter::from_fn(move || {
                let next = left.trailing_zeros() as u8;
                left &= left.checked_sub(1)?;
                Some(SignalId(first + next))
            })
        };
        half(self.0 as u64, 0).chain(half((self.0 >> 64) as u64, 64))
    }
}

impl FromIterator<SignalId> for SignalSet {
    fn from_iter<I: IntoIterator<Item = SignalId>>(ids: I) -> Self {
        let mut set = Self::default();
        ids.into_iter().for_each(|id| set.insert(id));
        set
    }
}

/// The values of the signals at one decision, and the recipient's attributes if consent covers them.
#[derive(Clone, Copy, Debug)]
pub struct Signals<'a> {
    values: [Value<'a>; COUNT],
    attributes: Option<&'a Attributes>,
}

impl<'a> Signals<'a> {
    /// Reads the signals `wanted`; those that may not be used, and all others, are missing.
    #[must_use]
    pub fn read(facts: &Facts<'a>, wanted: SignalSet) -> Self {
        let mut values = [Value::Missing; COUNT];
        let usable = Source::ALL.map(|source| source.needs().is_none() || facts.personal);
        let ages = Source::ALL.map(|source| match source.heard(facts) {
            Some(heard) if usable[source as usize] => facts.now.since(heard),
            _ => Span(0),
        });
        for id in wanted.iter() {
            let signal = id.signal();
            let source = signal.source as usize;
            let fresh = signal.fresh == 0 || ages[source].0 <= i64::from(signal.fresh) * DAY;
            if usable[source] && fresh && signal.truth.of(facts.context.fetcher) {
                (signal.read)(facts, &mut values[usize::from(id.0)]);
            }
        }
        Self { values, attributes: facts.known().map(|profile| &profile.attributes) }
    }

    /// The value of one signal.
    #[must_use]
    pub const fn get(&self, id: SignalId) -> Value<'a> {
        self.values[id.0 as usize]
    }

    /// The value of one attribute; `None` when it is missing or not covered by consent.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&'a Datum> {
        self.attributes?.get(name)
    }

    /// The same with one value changed: what would be if.
    #[must_use]
    pub const fn with(mut self, id: SignalId, value: Value<'a>) -> Self {
        self.values[id.0 as usize] = value;
        self
    }

    /// The same with attributes from elsewhere.
    #[must_use]
    pub const fn with_attributes(mut self, attributes: &'a Attributes) -> Self {
        self.attributes = Some(attributes);
        self
    }

    /// The signals that are known, with their values.
    pub fn known(&self) -> impl Iterator<Item = (SignalId, Value<'a>)> {
        SignalId::all().map(|id| (id, self.get(id))).filter(|(_, v)| *v != Value::Missing)
    }
}

impl Value<'_> {
    /// The value in JSON.
    #[must_use]
    pub fn to_json(self) -> serde_json::Value {
        match self {
            Self::Missing => serde_json::Value::Null,
            Self::Number(n) if n.fract() == 0.0 && n.abs() < 1e15 => (n as i64).into(),
            Self::Number(n) => ((n * 10_000.0).round() / 10_000.0).into(),
            Self::Flag(b) => b.into(),
            Self::Text(t) => t.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signal_is_declared_once_and_explains_itself() {
        assert!(COUNT <= usize::from(u8::MAX));
        for (i, signal) in SIGNALS.iter().enumerate() {
            assert!(signal.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", signal.name);
            assert!(signal.why.ends_with('.') && signal.why.len() > 20, "{}", signal.name);
            assert_eq!(
                SignalId::of(signal.name),
                Some(SignalId(i as u8)),
                "{} is declared twice",
                signal.name
            );
        }
    }

    #[test]
    fn bins_ascend() {
        for signal in SIGNALS {
            assert_eq!(signal.kind == Kind::Number, !signal.cuts.is_empty(), "{}", signal.name);
            assert!(signal.cuts.windows(2).all(|w| w[0] < w[1]), "{}", signal.name);
        }
    }

    #[test]
    fn without_consent_a_personal_signal_is_missing() {
        let mut profile = Profile::default();
        profile.purchases.count = 3;
        let context = Context::default();
        let read = |profile: &Profile, context: &Context, id| {
            let facts = Facts::new(Channel::Email, profile, context, Timestamp(0));
            match Signals::read(&facts, SignalSet::ALL).get(SignalId::of(id).unwrap()) {
                Value::Number(n) => Some(n),
                _ => None,
            }
        };
        assert_eq!(read(&profile, &context, "purchases"), None);
        let mut allowed = profile.clone();
        allowed.consent.record(Channel::Email, Purpose::Personalization, true, Timestamp(0));
        assert_eq!(read(&allowed, &context, "purchases"), Some(3.0));
        let gpc = Context { gpc: true, ..Context::default() };
        assert_eq!(read(&allowed, &gpc, "purchases"), None);
    }

    #[test]
    fn what_is_no_longer_fresh_is_missing() {
        let context = Context::default();
        let mut profile = Profile::default();
        profile.consent.record(Channel::Email, Purpose::Personalization, true, Timestamp(0));
        profile.browsing.page_value.tell(40.0, Timestamp(0));
        profile.browsing.last_visit = Some(Timestamp(0));
        let known = |now| {
            let facts = Facts::new(Channel::Email, &profile, &context, now);
            let id = SignalId::of("page_value").unwrap();
            Signals::read(&facts, SignalSet::ALL).get(id) != Value::Missing
        };
        let limit = i64::from(SignalId::of("page_value").unwrap().signal().fresh) * DAY;
        assert!(known(Timestamp(limit)) && !known(Timestamp(limit + 1)));
    }

    #[test]
    fn a_prefetch_does_not_tell_the_hour() {
        let mut context = Context { fetcher: Fetcher::Person, ..Context::default() };
        context.place.timezone = Some("Europe/Zagreb".into());
        let hour = |context: &Context| {
            let profile = Profile::default();
            let facts = Facts::new(Channel::Email, &profile, context, Timestamp(0));
            Signals::read(&facts, SignalSet::ALL).get(SignalId::of("local_hour").unwrap()) != Value::Missing
        };
        assert!(hour(&context));
        context.fetcher = Fetcher::AppleMpp;
        assert!(!hour(&context));
    }
}
