//! Every field of the document, declared once: its name, what it holds, how it is read and written.

use super::draft::{Draft, open_tickets};
use super::lists::{self, faded, round, rounded};
use super::word::{self, Word};
use super::{Field, consents};
use crate::hash::Key;
use crate::profile::{Attributes, Channel, Decayed, Latest, Line, Pace, Purpose};
use crate::time::Timestamp;
use serde_json::{Value, json};

/// A time that is the only one told of.
fn stamp(at: Option<Timestamp>) -> Option<Value> {
    at.map(|at| json!(at))
}

fn told(text: &Latest<String>) -> Option<Value> {
    text.text().map(Value::from)
}

/// The long count; the week is taken to be as usual unless it is told too.
fn usual<const DAYS: u16>(pace: &mut Pace<DAYS>, long: f64, now: Timestamp) {
    let usual = Pace::usual(long as f32, now);
    *pace = if pace.week == Decayed::default() { usual } else { Pace { week: pace.week, ..usual } };
}

/// The week's count, also when that is nothing: it would be taken to be as usual.
fn week<const DAYS: u16>(pace: &Pace<DAYS>, now: Timestamp) -> Option<Value> {
    round(pace.long.at(now)).map(|_| rounded(pace.week.at(now)))
}

/// Rows of [`FIELDS`]: name, description, how to read it, how to write it.
macro_rules! fields {
    ($($name:literal, $what:expr, |$d:pat_param, $v:ident, $now:pat_param| $set:expr, |$p:pat_param, $at:pat_param| $get:expr;)*) => {
        &[$(Field {
            name: $name,
            what: $what,
            set: |$d: &mut Draft, $v: &Word<'_>, $now: Timestamp| { $set; Ok(()) },
            get: |$p, $at| $get,
        },)*]
    };
}

const CONSENT: &str = "true, false or {\"granted\": true, \"at\": \"2026-01-31\"}";

/// Every field of the document.
#[rustfmt::skip]
pub const FIELDS: &[Field] = fields! {
    "consent.email.marketing", CONSENT, |d, v, now| consents::hear(d, v, now, Channel::Email, Purpose::Marketing)?, |p, _| consents::told(p, Channel::Email, Purpose::Marketing);
    "consent.email.personalization", CONSENT, |d, v, now| consents::hear(d, v, now, Channel::Email, Purpose::Personalization)?, |p, _| consents::told(p, Channel::Email, Purpose::Personalization);
    "consent.email.measurement", CONSENT, |d, v, now| consents::hear(d, v, now, Channel::Email, Purpose::Measurement)?, |p, _| consents::told(p, Channel::Email, Purpose::Measurement);
    "consent.sms.marketing", CONSENT, |d, v, now| consents::hear(d, v, now, Channel::Sms, Purpose::Marketing)?, |p, _| consents::told(p, Channel::Sms, Purpose::Marketing);
    "consent.sms.personalization", CONSENT, |d, v, now| consents::hear(d, v, now, Channel::Sms, Purpose::Personalization)?, |p, _| consents::told(p, Channel::Sms, Purpose::Personalization);
    "consent.sms.measurement", CONSENT, |d, v, now| consents::hear(d, v, now, Channel::Sms, Purpose::Measurement)?, |p, _| consents::told(p, Channel::Sms, Purpose::Measurement);
    "consent.web.marketing", CONSENT, |d, v, now| consents::hear(d, v, now, Channel::Web, Purpose::Marketing)?, |p, _| consents::told(p, Channel::Web, Purpose::Marketing);
    "consent.web.personalization", CONSENT, |d, v, now| consents::hear(d, v, now, Channel::Web, Purpose::Personalization)?, |p, _| consents::told(p, Channel::Web, Purpose::Personalization);
    "consent.web.measurement", CONSENT, |d, v, now| consents::hear(d, v, now, Channel::Web, Purpose::Measurement)?, |p, _| consents::told(p, Channel::Web, Purpose::Measurement);

    "traits.first_name", "the name to greet by, at most 60 characters",
        |d, v, now| d.profile.traits.first_name.tell(word::text(v, 60)?, now), |p, _| told(&p.traits.first_name);
    "traits.language", "language, such as \"de\" or \"de-AT\"; the primary part is kept",
        |d, v, now| d.profile.traits.language.tell(word::language(v)?, now), |p, _| told(&p.traits.language);
    "traits.timezone", "IANA time zone, such as \"Europe/Zagreb\"",
        |d, v, now| d.profile.traits.timezone.tell(word::timezone(v)?, now), |p, _| told(&p.traits.timezone);
    "traits.country", "ISO 3166-1 alpha-2 country, such as \"HR\"",
        |d, v, now| d.profile.traits.country.tell(word::country(v)?, now), |p, _| told(&p.traits.country);
    "traits.area", "kind of place: \"urban\", \"suburban\", \"rural\"",
        |d, v, now| d.profile.traits.area.tell(word::text(v, 20)?, now), |p, _| told(&p.traits.area);
    "traits.birth_year", "the year of birth",
        |d, v, now| d.profile.traits.birth_year.tell(word::birth_year(v)?, now), |p, _| p.traits.birth_year.get().map(|year| json!(year));
    "traits.use_case", "what they want to do with the product, at most 40 characters",
        |d, v, now| d.profile.traits.use_case.tell(word::name(v)?, now), |p, _| told(&p.traits.use_case);
    "traits.plan", "the plan or tier they are on, at most 40 characters",
        |d, v, now| d.profile.traits.plan.tell(word::name(v)?, now), |p, _| told(&p.traits.plan);

    "preferences.topics", "topics wanted or not: {\"tents\": true, \"boots\": false}",
        |d, v, now| lists::topics(v, &mut d.profile.preferences, now)?, |p, _| lists::wanted(&p.preferences);
    "preferences.paused_until", "no messages until then",
        |d, v, now| d.profile.preferences.paused_until.tell(word::time(v)?, now), |p, _| stamp(p.preferences.paused_until.get().copied());
    "preferences.weekly", "at most so many messages a week",
        |d, v, now| d.profile.preferences.weekly.tell(word::whole(v)?, now), |p, _| p.preferences.weekly.get().map(|n| json!(n));

    "engagement.delivered", "messages delivered lately (half-life 30 days)",
        |d, v, now| d.profile.engagement.delivered = faded(v, now)?, |p, now| round(p.engagement.delivered.at(now));
    "engagement.opens", "messages opened lately (half-life 30 days)",
        |d, v, now| d.profile.engagement.opens = faded(v, now)?, |p, now| round(p.engagement.opens.at(now));
    "engagement.clicks", "messages clicked lately (half-life 30 days)",
        |d, v, now| usual(&mut d.profile.engagement.clicks, word::number(v)?, now), |p, now| round(p.engagement.clicks.long.at(now));
    "engagement.clicks_week", "messages clicked this week (half-life 7 days); as usual when left out",
        |d, v, now| d.profile.engagement.clicks.week = faded(v, now)?, |p, now| week(&p.engagement.clicks, now);
    "engagement.last_delivered", "when a message last arrived",
        |d, v, _| d.profile.engagement.last_delivered = Some(word::time(v)?), |p, _| stamp(p.engagement.last_delivered);
    "engagement.last_open", "when the person last opened one",
        |d, v, _| d.profile.engagement.last_open = Some(word::time(v)?), |p, _| stamp(p.engagement.last_open);
    "engagement.last_click", "when the person last clicked one",
        |d, v, _| d.profile.engagement.last_click = Some(word::time(v)?), |p, _| stamp(p.engagement.last_click);
    "engagement.unanswered", "messages delivered since the last open or click",
        |d, v, now| for _ in 0..word::whole::<u16>(v)?.min(48) { d.profile.engagement.unanswered.add(now, ()) }, |p, _| round(p.engagement.unanswered.len() as f64);
    "engagement.negatives", "complaints, unsubscriptions, dismissals lately (half-life 90 days)",
        |d, v, now| d.profile.engagement.negatives = faded(v, now)?, |p, now| round(p.engagement.negatives.at(now));
    "engagement.bounces", "messages that could not be delivered lately (half-life 90 days)",
        |d, v, now| d.profile.engagement.bounces = faded(v, now)?, |p, now| round(p.engagement.bounces.at(now));
    "engagement.hours", "answers by hour of the week in UTC (half-life 180 days): {\"mon 09\": 2.5}",
        |d, v, now| d.profile.engagement.hours = lists::hours(v, now)?, |p, now| lists::answered(&p.engagement.hours, now);

    "purchases.count", "orders, ever",
        |d, v, _| d.profile.purchases.count = word::whole(v)?, |p, _| round(p.purchases.count.into());
    "purchases.discounted", "orders that used a discount, ever",
        |d, v, _| d.profile.purchases.discounted = word::whole(v)?, |p, _| round(p.purchases.discounted.into());
    "purchases.value", "money spent (half-life one year)",
        |d, v, now| d.profile.purchases.value = faded(v, now)?, |p, now| round(p.purchases.value.at(now));
    "purchases.returns", "orders sent back (half-life one year)",
        |d, v, now| d.profile.purchases.returns = faded(v, now)?, |p, now| round(p.purchases.returns.at(now));
    "purchases.last", "when the last order was placed",
        |d, v, _| d.profile.purchases.last = d.profile.purchases.last.max(Some(word::time(v)?)), |p, _| stamp(p.purchases.last);
    "purchases.days_since_last", "days since the last order, instead of `purchases.last`",
        |d, v, now| d.profile.purchases.last = d.profile.purchases.last.max(Some(word::days_ago(v, now)?)), |_, _| None;
    "purchases.categories", "orders per category: a list of names, or an object of names and counts (half-life 90 days); the 8 strongest are kept",
        |d, v, now| d.profile.purchases.categories = lists::counts(v, now)?, |p, now| lists::counted(&p.purchases.categories, now);
    "purchases.products", "when products were bought: {\"sku-1\": {\"orders\": 2, \"first\": \"2026-01-31\", \"last\": \"2026-05-01\"}}; the 12 bought last are kept, as keys",
        |d, v, _| lists::products(v, &mut d.profile.purchases)?, |p, _| lists::bought(&p.purchases);

    "browsing.sessions", "visits lately (half-life 14 days)",
        |d, v, now| d.profile.browsing.sessions = faded(v, now)?, |p, now| round(p.browsing.sessions.at(now));
    "browsing.product_views", "products viewed lately (half-life 14 days)",
        |d, v, now| usual(&mut d.profile.browsing.product_views, word::number(v)?, now), |p, now| round(p.browsing.product_views.long.at(now));
    "browsing.product_views_week", "products viewed this week (half-life 7 days); as usual when left out",
        |d, v, now| d.profile.browsing.product_views.week = faded(v, now)?, |p, now| week(&p.browsing.product_views, now);
    "browsing.info_views", "pages about delivery, returns, guarantee seen lately (half-life 14 days)",
        |d, v, now| d.profile.browsing.info_views = faded(v, now)?, |p, now| round(p.browsing.info_views.at(now));
    "browsing.price_views", "pages about prices, sales, plans seen lately (half-life 14 days)",
        |d, v, now| d.profile.browsing.price_views = faded(v, now)?, |p, now| round(p.browsing.price_views.at(now));
    "browsing.searches", "searches lately (half-life 14 days)",
        |d, v, now| d.profile.browsing.searches = faded(v, now)?, |p, now| round(p.browsing.searches.at(now));
    "browsing.wishes", "products put on a wish list lately (half-life 30 days)",
        |d, v, now| d.profile.browsing.wishes = faded(v, now)?, |p, now| round(p.browsing.wishes.at(now));
    "browsing.dwell_minutes", "minutes on the site lately (half-life 14 days)",
        |d, v, now| d.profile.browsing.dwell_minutes = faded(v, now)?, |p, now| round(p.browsing.dwell_minutes.at(now));
    "browsing.page_value", "average page value of the last visit, as web analytics counts it",
        |d, v, now| d.profile.browsing.page_value.tell(word::number(v)? as f32, now), |p, _| p.browsing.page_value.get().map(|value| rounded(f64::from(*value)));
    "browsing.last_visit", "when the last page was seen",
        |d, v, _| d.profile.browsing.last_visit = Some(word::time(v)?), |p, _| stamp(p.browsing.last_visit);
    "browsing.last_checkout", "when a checkout was last begun",
        |d, v, _| d.profile.browsing.last_checkout = Some(word::time(v)?), |p, _| stamp(p.browsing.last_checkout);
    "browsing.categories", "views per category: a list of names, or an object of names and counts (half-life 14 days); the 8 strongest are kept",
        |d, v, now| d.profile.browsing.categories = lists::counts(v, now)?, |p, now| lists::counted(&p.browsing.categories, now);
    "browsing.acts", "the newest acts, as exported",
        |d, v, _| for (at, act) in word::exported(v, 32, "acts as Apropos exported them")? { d.profile.browsing.acts.add(at, act) },
        |p, _| (!p.browsing.acts.is_empty()).then(|| json!(p.browsing.acts.all()));

    "cart.value", "money in the cart",
        |d, v, _| d.cart.value = Some(word::number(v)?), |p, _| p.browsing.cart().and_then(|c| round(c.value));
    "cart.items", "pieces in the cart",
        |d, v, _| d.cart.items = Some(word::whole(v)?), |p, _| p.browsing.cart().and_then(|c| round(c.items.into()));
    "cart.at", "when the cart last changed",
        |d, v, _| d.cart.at = Some(word::time(v)?), |p, _| p.browsing.cart().map(|c| json!(c.at));
    "cart.cleared", "when an order last emptied the cart",
        |d, v, _| d.cart.cleared = Some(word::time(v)?), |p, _| stamp(p.browsing.cart.cleared());
    "cart.lines", "what was put into the cart and taken out, as exported; overrules the rest",
        |d, v, _| d.cart.lines = word::exported::<(Timestamp, Line)>(v, 24, "lines as Apropos exported them")?,
        |p, _| p.browsing.cart.all().iter().any(|(_, line)| line.product != Key(0)).then(|| json!(p.browsing.cart.all()));

    "usage.uses", "uses of the product lately (half-life 90 days)",
        |d, v, now| usual(&mut d.profile.usage.uses, word::number(v)?, now), |p, now| round(p.usage.uses.long.at(now));
    "usage.uses_week", "uses of the product this week (half-life 7 days); as usual when left out",
        |d, v, now| d.profile.usage.uses.week = faded(v, now)?, |p, now| week(&p.usage.uses, now);
    "usage.last", "when it was last used",
        |d, v, _| d.profile.usage.last = Some(word::time(v)?), |p, _| stamp(p.usage.last);
    "usage.features", "features used last: a list of names, or an object of names and times; 16 are kept, as keys",
        |d, v, now| lists::features(v, &mut d.profile.usage, now)?, |p, _| lists::used(&p.usage);
    "usage.renewal", "when the subscription, contract or trial ends unless it is renewed",
        |d, v, now| d.profile.usage.renewal.tell(word::time(v)?, now), |p, _| stamp(p.usage.renewal.get().copied());

    "support.open_tickets", "open tickets, at most 8, instead of `support.tickets`",
        |d, v, now| open_tickets(&mut d.profile.support, v, now)?, |_, _| None;
    "support.tickets", "tickets, open or not: {\"T-17\": {\"open\": true, \"at\": \"2026-01-31\"}}; 8 are kept, as keys",
        |d, v, _| lists::tickets(v, &mut d.profile.support)?, |p, _| lists::heard(&p.support);
    "support.sentiment", "mood, from -1 (angry) to 1 (delighted), newer words weighing more",
        |d, v, _| d.mood.0 = Some(word::mood(v)?), |p, now| p.support.sentiment(now).map(rounded);
    "support.moods", "how often a mood was told lately (half-life 60 days); once when left out",
        |d, v, _| d.mood.1 = Some(word::number(v)?), |p, now| round(p.support.moods.at(now));
    "support.last", "the last contact",
        |d, v, _| d.profile.support.last = Some(word::time(v)?), |p, _| stamp(p.support.last);

    "lifecycle.since", "when the recipient came",
        |d, v, _| d.profile.lifecycle.since = Some(word::time(v)?), |p, _| stamp(p.lifecycle.since);
    "lifecycle.stage", "\"new\", \"active\", \"lapsing\" or \"lapsed\", if your own system names it",
        |d, v, now| d.profile.lifecycle.stage.tell(word::stage(v)?, now), |p, _| p.lifecycle.stage.get().map(|s| json!(s));
    "channels.last", "the channel of the last click or order: \"email\", \"sms\" or \"web\"",
        |d, v, now| d.profile.engagement.last_channel.tell(word::channel(v)?, now), |p, _| p.engagement.last_channel.get().map(|c| json!(c));
    "channels.email.delivered", "messages delivered by e-mail lately (half-life 90 days)",
        |d, v, now| d.profile.engagement.channels[0].delivered = faded(v, now)?, |p, now| round(p.engagement.channels[0].delivered.at(now));
    "channels.email.answered", "e-mails clicked lately (half-life 90 days)",
        |d, v, now| d.profile.engagement.channels[0].answered = faded(v, now)?, |p, now| round(p.engagement.channels[0].answered.at(now));
    "channels.sms.delivered", "text messages delivered lately (half-life 90 days)",
        |d, v, now| d.profile.engagement.channels[1].delivered = faded(v, now)?, |p, now| round(p.engagement.channels[1].delivered.at(now));
    "channels.sms.answered", "text messages clicked lately (half-life 90 days)",
        |d, v, now| d.profile.engagement.channels[1].answered = faded(v, now)?, |p, now| round(p.engagement.channels[1].answered.at(now));
    "channels.web.delivered", "messages shown on the site lately (half-life 90 days)",
        |d, v, now| d.profile.engagement.channels[2].delivered = faded(v, now)?, |p, now| round(p.engagement.channels[2].delivered.at(now));
    "channels.web.answered", "messages clicked on the site lately (half-life 90 days)",
        |d, v, now| d.profile.engagement.channels[2].answered = faded(v, now)?, |p, now| round(p.engagement.channels[2].answered.at(now));

    "attributes", "what you know under names of your own: an object such as {\"plan\": \"pro\"}, or one of them as `attributes.plan`",
        |d, v, now| d.profile.attributes.merge(&Attributes::read(&v.to_value(), now)?), |p, _| p.attributes.to_json();

    "exposures", "what was shown, as exported",
        |d, v, _| d.profile.exposures = lists::exposures(v)?, |p, _| (!p.exposures.is_empty()).then(|| json!(p.exposures));
    "seen", "the message ids of the newest events, as exported",
        |d, v, _| for (at, id) in word::exported(v, 32, "message ids as Apropos exported them")? { d.profile.seen.add(at, id) },
        |p, _| (!p.seen.is_empty()).then(|| json!(p.seen.all()));
};
