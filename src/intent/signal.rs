//! The registry of signals: every typed input of a decision, declared once.
//!
//! Models and conditions name signals; nothing else of a profile or context can enter a decision. Each signal says which consent it needs:
//! [`Signals::read`] leaves those without it [`Value::Missing`].

use crate::context::{Context, Trust};
use crate::profile::attributes::{Attributes, Datum};
use crate::profile::{Channel, Profile, Purpose, Stage};
use crate::time::Timestamp;

/// The value of a signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Not known, or not covered by consent.
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

/// Where a signal comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// How the recipient answers messages.
    Engagement,
    /// What the recipient bought.
    Purchase,
    /// What the recipient looked at.
    Browsing,
    /// How long the recipient has been with us.
    Lifecycle,
    /// What the recipient told of themselves.
    Traits,
    /// What the request tells.
    Request,
}

impl Group {
    /// Its name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Engagement => "engagement history",
            Self::Purchase => "purchases",
            Self::Browsing => "browsing and product interest",
            Self::Lifecycle => "lifecycle",
            Self::Traits => "what the recipient told",
            Self::Request => "the request",
        }
    }
}

/// One declared signal.
pub struct Signal {
    /// Its name in models and conditions.
    pub name: &'static str,
    /// What kind of values it takes.
    pub kind: Kind,
    /// Where it comes from.
    pub group: Group,
    /// The consent it needs; `None` for what every request tells by itself and what is not kept.
    pub needs: Option<Purpose>,
    /// One plain sentence: why using it helps the customer.
    pub why: &'static str,
    read: for<'a> fn(&Facts<'a>) -> Value<'a>,
}

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
}

impl<'a> Facts<'a> {
    /// Does consent cover this purpose? Global Privacy Control overrides a grant on pages.
    #[must_use]
    pub fn allows(&self, purpose: Purpose) -> bool {
        !self.context.gpc && self.profile.consent.covers(self.channel, purpose)
    }

    fn days(&self, at: Option<Timestamp>) -> Value<'a> {
        at.map_or(Value::Missing, |at| Value::Number(self.now.since(at).days().max(0.0)))
    }

    /// The recipient's own time zone: of their connection, or as they told it.
    #[must_use]
    pub fn timezone(&self) -> Option<&'a str> {
        self.context.place.timezone.as_deref().or_else(|| {
            let told = self.profile.traits.timezone.as_deref();
            told.filter(|_| self.allows(Purpose::Personalization))
        })
    }

    fn local(&self) -> Option<crate::context::zone::Local> {
        crate::context::zone::local(self.timezone()?, self.now)
    }
}

fn text(value: Option<&str>) -> Value<'_> {
    value.map_or(Value::Missing, Value::Text)
}

fn flag<'a>(value: Option<bool>) -> Value<'a> {
    value.map_or(Value::Missing, Value::Flag)
}

fn number<'a>(value: Option<f64>) -> Value<'a> {
    value.map_or(Value::Missing, Value::Number)
}

const PERSONAL: Option<Purpose> = Some(Purpose::Personalization);

macro_rules! signals {
    ($($name:literal $kind:ident $group:ident $needs:expr, $why:literal, |$f:pat_param| $read:expr;)*) => {
        &[$(Signal { name: $name, kind: Kind::$kind, group: Group::$group, needs: $needs, why: $why, read: |$f| $read }),*]
    };
}

/// Every signal.
pub const SIGNALS: &[Signal] = signals! {
    "delivered" Number Engagement PERSONAL, "Whoever got much lately should get less.",
        |f| Value::Number(f.profile.engagement.delivered.at(f.now));
    "opens" Number Engagement PERSONAL, "Someone who reads our mail gets mail worth reading.",
        |f| Value::Number(f.profile.engagement.opens.at(f.now));
    "clicks" Number Engagement PERSONAL, "Someone who follows links wants to see more.",
        |f| Value::Number(f.profile.engagement.clicks.at(f.now));
    "days_since_open" Number Engagement PERSONAL, "Long silence asks for a gentler tone, or for quiet.",
        |f| f.days(f.profile.engagement.last_open);
    "days_since_click" Number Engagement PERSONAL, "Recent interest is taken up where it was left.",
        |f| f.days(f.profile.engagement.last_click);
    "unanswered" Number Engagement PERSONAL, "Messages left unanswered say: write less.",
        |f| Value::Number(f64::from(f.profile.engagement.unanswered));

    "purchases" Number Purchase PERSONAL, "A regular customer is not greeted as a stranger.",
        |f| Value::Number(f64::from(f.profile.purchases.count));
    "purchase_value" Number Purchase PERSONAL, "Good customers get service first, not pressure.",
        |f| Value::Number(f.profile.purchases.value.at(f.now));
    "days_since_purchase" Number Purchase PERSONAL, "Nobody wants to be sold what they have just bought.",
        |f| f.days(f.profile.purchases.last);
    "discount_share" Number Purchase PERSONAL, "Who buys on offer sees offers; who doesn't is spared them.",
        |f| number((f.profile.purchases.count > 0).then(|| f64::from(f.profile.purchases.discounted) / f64::from(f.profile.purchases.count)));
    "favourite_category" Text Purchase PERSONAL, "What someone likes to buy comes first.",
        |f| text(f.profile.purchases.categories.first().map(|(name, _)| name.as_str()));

    "cart_value" Number Browsing PERSONAL, "A full cart is offered again, so that nothing has to be searched for twice.",
        |f| number(f.profile.browsing.cart.map(|c| f64::from(c.value)));
    "cart_items" Number Browsing PERSONAL, "What was put aside is kept at hand.",
        |f| number(f.profile.browsing.cart.map(|c| f64::from(c.items)));
    "hours_since_cart" Number Browsing PERSONAL, "A reminder comes while it is still wanted.",
        |f| number(f.profile.browsing.cart.map(|c| f.now.since(c.at).hours().max(0.0)));
    "product_views" Number Browsing PERSONAL, "Someone who looks around is shown more to look at.",
        |f| Value::Number(f.profile.browsing.product_views.at(f.now));
    "info_views" Number Browsing PERSONAL, "Someone who reads about delivery and returns gets answers, not discounts.",
        |f| Value::Number(f.profile.browsing.info_views.at(f.now));
    "sessions" Number Browsing PERSONAL, "Coming back often means a choice is near.",
        |f| Value::Number(f.profile.browsing.sessions.at(f.now));
    "dwell_minutes" Number Browsing PERSONAL, "Time spent reading shows what deserves more detail.",
        |f| Value::Number(f.profile.browsing.dwell_minutes.at(f.now));
    "page_value" Number Browsing PERSONAL, "Pages close to a purchase show that little is missing.",
        |f| Value::Number(f64::from(f.profile.browsing.page_value));
    "days_since_visit" Number Browsing PERSONAL, "Interest fades; old interest is not pressed.",
        |f| f.days(f.profile.browsing.last_visit);

    "tenure_days" Number Lifecycle PERSONAL, "Newcomers get an introduction, old friends don't need one.",
        |f| f.days(f.profile.lifecycle.since);
    "stage" Text Lifecycle PERSONAL, "A welcome, a thank-you and a we-miss-you are different letters.",
        |f| text(f.profile.stage(f.now).map(stage_name));

    "area" Text Traits PERSONAL, "Town and country need different things.",
        |f| text(f.profile.traits.area.as_deref());
    "language" Text Traits PERSONAL, "People read best in their own language.",
        |f| text(f.profile.traits.language.as_deref().or(f.context.language.as_deref()));
    "country" Text Traits PERSONAL, "Only what can be delivered there is shown.",
        |f| text(f.profile.traits.country.as_deref().or_else(|| near(f)));

    "local_hour" Number Request None, "Mornings and evenings call for different things.",
        |f| number(f.local().map(|l| f64::from(l.hour)));
    "weekday" Number Request None, "Working days and days off call for different things (0 is Monday).",
        |f| number(f.local().map(|l| f64::from(l.weekday)));
    "weekend" Flag Request None, "On days off there is time for longer reading.",
        |f| flag(f.local().map(|l| l.weekday >= 5));
    "device" Text Request None, "What is shown fits the screen it is shown on.",
        |f| text(name(&f.context.agent.device));
    "os" Text Request None, "Links lead to the app store that the device can use.",
        |f| text(name(&f.context.agent.os));
    "client" Text Request None, "Each mail program gets what it can display.",
        |f| text(name(&f.context.agent.client));
    "fetcher" Text Request None, "A machine that fetches in advance is not taken for the person.",
        |f| text(Some(f.context.fetcher.name()));
};

/// How many signals there are.
pub const COUNT: usize = SIGNALS.len();

const fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::New => "new",
        Stage::Active => "active",
        Stage::Lapsing => "lapsing",
        Stage::Lapsed => "lapsed",
    }
}

/// The country of the person's own connection, or near it.
fn near<'a>(f: &Facts<'a>) -> Option<&'a str> {
    f.context.place.country.as_deref().filter(|_| f.context.place.trust != Trust::Proxy)
}

/// The documented name of a request fact; unknown ones are missing.
fn name(fact: &impl Named) -> Option<&'static str> {
    Some(fact.name()).filter(|n| *n != "unknown")
}

trait Named {
    fn name(&self) -> &'static str;
}

macro_rules! named {
    ($($type:ty),*) => { $(impl Named for $type { fn name(&self) -> &'static str { <$type>::name(*self) } })* };
}
named!(crate::context::Device, crate::context::Os, crate::context::Client);

/// A signal by its place in [`SIGNALS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignalId(u8);

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

/// The values of all signals at one decision, and the recipient's attributes if consent covers them.
#[derive(Clone, Copy, Debug)]
pub struct Signals<'a> {
    values: [Value<'a>; COUNT],
    attributes: Option<&'a Attributes>,
}

impl<'a> Signals<'a> {
    /// Reads every signal that consent covers; the others are missing.
    #[must_use]
    pub fn read(facts: &Facts<'a>) -> Self {
        let mut values = [Value::Missing; COUNT];
        for (value, signal) in values.iter_mut().zip(SIGNALS) {
            if signal.needs.is_none_or(|purpose| facts.allows(purpose)) {
                *value = (signal.read)(facts);
            }
        }
        let allowed = facts.allows(Purpose::Personalization);
        Self { values, attributes: allowed.then_some(&facts.profile.attributes) }
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
    fn without_consent_a_personal_signal_is_missing() {
        let mut profile = Profile::default();
        profile.purchases.count = 3;
        let context = Context::default();
        let facts =
            Facts { channel: Channel::Email, profile: &profile, context: &context, now: Timestamp(0) };
        let purchases = SignalId::of("purchases").unwrap();
        assert_eq!(Signals::read(&facts).get(purchases), Value::Missing);
        let mut allowed = profile.clone();
        allowed.consent.record(Channel::Email, Purpose::Personalization, true, Timestamp(0));
        assert_eq!(Signals::read(&Facts { profile: &allowed, ..facts }).get(purchases), Value::Number(3.0));
        let gpc = Context { gpc: true, ..Context::default() };
        assert_eq!(
            Signals::read(&Facts { profile: &allowed, context: &gpc, ..facts }).get(purchases),
            Value::Missing
        );
    }
}
