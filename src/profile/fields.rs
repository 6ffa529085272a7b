//! The profile as a document: one name per field, for imports (NDJSON, CSV), exports and `/v1/decide`.
//!
//! ```json
//! {"id": "c-1842", "traits": {"first_name": "Ana", "timezone": "Europe/Zagreb"},
//!  "consent": {"email": {"marketing": true, "personalization": true, "measurement": false}},
//!  "purchases": {"count": 3, "value": 214.5, "last": "2026-10-02"}, "cart": {"value": 84, "items": 2}}
//! ```
//!
//! Sections may be nested as above or written with dots (`"purchases.count": 3`). Every field is declared once, in [`all`];
//! counts stand for their value at the moment of import. A missing or `null` field is unknown.

use super::{
    Attributes, Cart, Channel, Decayed, Exposure, MAX_EXPOSURES, Profile, Purpose, Stage, consent::Grant,
};
use crate::nearest::nearest;
use crate::time::{DAY, Span, Timestamp};
use serde_json::{Map, Value, json};
use std::fmt;

/// One field of the document.
pub struct Field {
    /// Its dotted name.
    pub name: &'static str,
    /// What it holds, with its unit.
    pub what: &'static str,
    set: fn(&mut Profile, &Value, Timestamp) -> Result<(), &'static str>,
    get: fn(&Profile, Timestamp) -> Option<Value>,
}

/// Why a field of a document was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's dotted name, as it was written.
    pub field: String,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

const NUMBER: &str = "a number that is not negative";
const WHOLE: &str = "a whole number that is not negative";
const TIME: &str = "a time such as \"2026-11-22\" or \"2026-11-22T10:00:00Z\"";

fn number(value: &Value) -> Result<f64, &'static str> {
    match value {
        Value::Number(n) => n.as_f64(),
        Value::String(s) => s.trim().parse().ok(),
        _ => None,
    }
    .filter(|n| n.is_finite() && (0.0..=1e12).contains(n))
    .ok_or(NUMBER)
}

fn whole<T: TryFrom<u64>>(value: &Value) -> Result<T, &'static str> {
    let n = number(value).map_err(|_| WHOLE)?;
    if n.fract() == 0.0 { T::try_from(n as u64).map_err(|_| WHOLE) } else { Err(WHOLE) }
}

fn time(value: &Value) -> Result<Timestamp, &'static str> {
    match value {
        Value::String(s) => Timestamp::parse(s.trim()),
        Value::Number(n) => n.as_i64().map(Timestamp),
        _ => None,
    }
    .ok_or(TIME)
}

fn text(value: &Value, max: usize) -> Result<String, &'static str> {
    let text = match value {
        Value::String(s) => s.trim().to_owned(),
        Value::Number(n) => n.to_string(),
        _ => return Err("a text"),
    };
    let sound = !text.is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control);
    if sound { Ok(text) } else { Err("a text of reasonable length without control characters") }
}

fn code(value: &Value, len: std::ops::RangeInclusive<usize>) -> Result<String, &'static str> {
    let text = text(value, *len.end()).map_err(|_| "a code such as \"de\"")?;
    let sound = len.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if sound { Ok(text) } else { Err("a code such as \"de\"") }
}

/// The primary part of a language tag (BCP 47).
fn language(value: &Value) -> Result<String, &'static str> {
    let tag = text(value, 35).map_err(|_| "a language such as \"de\" or \"de-AT\"")?;
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    let sound = (2..=3).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_alphabetic());
    if sound { Ok(primary.to_ascii_lowercase()) } else { Err("a language such as \"de\" or \"de-AT\"") }
}

fn flag(value: &Value) -> Result<bool, &'static str> {
    match value {
        Value::Bool(b) => Ok(*b),
        Value::Number(n) if n.as_u64() == Some(1) => Ok(true),
        Value::Number(n) if n.as_u64() == Some(0) => Ok(false),
        Value::String(s) => match s.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" | "granted" => Ok(true),
            "false" | "no" | "0" | "withdrawn" => Ok(false),
            _ => Err("true or false"),
        },
        _ => Err("true or false"),
    }
}

/// A consent: `true`, `false`, or `{"granted": true, "at": "2026-01-31"}`. A grant without a date may be of any age, so it never overrules a withdrawal; a
/// refusal without a date counts from now.
fn consent(
    p: &mut Profile,
    v: &Value,
    now: Timestamp,
    channel: Channel,
    purpose: Purpose,
) -> Result<(), &'static str> {
    const SHAPE: &str = "true, false or {\"granted\": true, \"at\": \"2026-01-31\"}";
    let (allowed, at) = match v {
        Value::Object(o) if o.contains_key("at") && o.keys().all(|k| k == "granted" || k == "at") => (
            flag(o.get("granted").ok_or(SHAPE)?).map_err(|_| SHAPE)?,
            o.get("at").ok_or(SHAPE).and_then(|at| time(at))?,
        ),
        v => {
            let allowed = flag(v).map_err(|_| SHAPE)?;
            (allowed, if allowed { Timestamp(0) } else { now })
        }
    };
    p.consent.record(channel, purpose, allowed, at);
    Ok(())
}

fn granted(p: &Profile, channel: Channel, purpose: Purpose) -> Option<Value> {
    match p.consent.grant(channel, purpose) {
        Grant::Unasked => None,
        Grant::Granted(at) => Some(json!({"granted": true, "at": at})),
        Grant::Withdrawn(at) => Some(json!({"granted": false, "at": at})),
    }
}

fn round(value: f64) -> Option<Value> {
    let value = (value * 1000.0).round() / 1000.0;
    (value > 0.0).then(|| if value.fract() == 0.0 { json!(value as u64) } else { json!(value) })
}

fn cart(p: &mut Profile, now: Timestamp) -> &mut Cart {
    p.browsing.cart.get_or_insert(Cart { value: 0.0, items: 0, at: now })
}

/// Categories: a list of names (each counts one order), or an object of names and counts.
fn categories(p: &mut Profile, v: &Value, now: Timestamp) -> Result<(), &'static str> {
    const SHAPE: &str = "a list of names or an object of names and counts";
    let entries: Vec<(String, f64)> = match v {
        Value::Array(list) => list.iter().map(|v| Ok((text(v, 40)?, 1.0))).collect::<Result<_, &str>>(),
        Value::Object(map) => map.iter().map(|(k, v)| Ok((text(&json!(k), 40)?, number(v)?))).collect(),
        v => text(v, 40).map(|name| vec![(name, 1.0)]),
    }
    .map_err(|_| SHAPE)?;
    p.purchases.categories =
        entries.into_iter().take(8).map(|(name, n)| (name, Decayed::new(n as f32, now))).collect();
    Ok(())
}

fn stage(v: &Value) -> Result<Stage, &'static str> {
    serde_json::from_value(v.clone()).map_err(|_| "one of \"new\", \"active\", \"lapsing\", \"lapsed\"")
}

fn channel(v: &Value) -> Result<Channel, &'static str> {
    serde_json::from_value(v.clone()).map_err(|_| "one of \"email\", \"sms\", \"web\"")
}

/// Rows of [`FIELDS`]: name, description, how to set it, how to read it back.
macro_rules! fields {
    ($($name:literal, $what:literal, |$p:ident, $v:ident, $now:ident| $set:expr, |$q:pat_param, $at:pat_param| $get:expr;)*) => {
        &[$(Field {
            name: $name,
            what: $what,
            set: |$p, $v, $now| { let _ = $now; $set; Ok(()) },
            get: |$q, $at| $get,
        },)*]
    };
}

macro_rules! consents {
    ($($name:literal, $channel:ident, $purpose:ident;)*) => {
        &[$(Field {
            name: $name,
            what: "true, false or {\"granted\": true, \"at\": \"2026-01-31\"}",
            set: |p, v, now| consent(p, v, now, Channel::$channel, Purpose::$purpose),
            get: |p, _| granted(p, Channel::$channel, Purpose::$purpose),
        },)*]
    };
}

const CONSENTS: &[Field] = consents! {
    "consent.email.marketing", Email, Marketing;
    "consent.email.personalization", Email, Personalization;
    "consent.email.measurement", Email, Measurement;
    "consent.sms.marketing", Sms, Marketing;
    "consent.sms.personalization", Sms, Personalization;
    "consent.sms.measurement", Sms, Measurement;
    "consent.web.marketing", Web, Marketing;
    "consent.web.personalization", Web, Personalization;
    "consent.web.measurement", Web, Measurement;
};

const FACTS: &[Field] = fields! {
    "traits.first_name", "the name to greet by, at most 60 characters",
        |p, v, now| p.traits.first_name = Some(text(v, 60)?), |p, _| p.traits.first_name.clone().map(Value::from);
    "traits.language", "language, such as \"de\" or \"de-AT\"; the primary part is kept",
        |p, v, now| p.traits.language = Some(language(v)?), |p, _| p.traits.language.clone().map(Value::from);
    "traits.timezone", "IANA time zone, such as \"Europe/Zagreb\"",
        |p, v, now| p.traits.timezone = Some(timezone(v)?), |p, _| p.traits.timezone.clone().map(Value::from);
    "traits.country", "ISO 3166-1 alpha-2 country, such as \"HR\"",
        |p, v, now| p.traits.country = Some(code(v, 2..=2)?.to_ascii_uppercase()), |p, _| p.traits.country.clone().map(Value::from);
    "traits.area", "kind of place: \"urban\", \"suburban\", \"rural\"",
        |p, v, now| p.traits.area = Some(text(v, 20)?), |p, _| p.traits.area.clone().map(Value::from);

    "engagement.delivered", "messages delivered lately (half-life 30 days)",
        |p, v, now| p.engagement.delivered = Decayed::new(number(v)? as f32, now), |p, now| round(p.engagement.delivered.at(now));
    "engagement.opens", "messages opened lately (half-life 30 days)",
        |p, v, now| p.engagement.opens = Decayed::new(number(v)? as f32, now), |p, now| round(p.engagement.opens.at(now));
    "engagement.clicks", "messages clicked lately (half-life 30 days)",
        |p, v, now| p.engagement.clicks = Decayed::new(number(v)? as f32, now), |p, now| round(p.engagement.clicks.at(now));
    "engagement.last_delivered", "when a message last arrived",
        |p, v, now| p.engagement.last_delivered = Some(time(v)?), |p, _| p.engagement.last_delivered.map(|t| json!(t));
    "engagement.last_open", "when the person last opened one",
        |p, v, now| p.engagement.last_open = Some(time(v)?), |p, _| p.engagement.last_open.map(|t| json!(t));
    "engagement.last_click", "when the person last clicked one",
        |p, v, now| p.engagement.last_click = Some(time(v)?), |p, _| p.engagement.last_click.map(|t| json!(t));
    "engagement.unanswered", "messages delivered since the last open or click",
        |p, v, now| p.engagement.unanswered = whole(v)?, |p, _| round(p.engagement.unanswered.into());

    "purchases.count", "orders, ever",
        |p, v, now| p.purchases.count = whole(v)?, |p, _| round(p.purchases.count.into());
    "purchases.discounted", "orders that used a discount, ever",
        |p, v, now| p.purchases.discounted = whole(v)?, |p, _| round(p.purchases.discounted.into());
    "purchases.value", "money spent (half-life one year)",
        |p, v, now| p.purchases.value = Decayed::new(number(v)? as f32, now), |p, now| round(p.purchases.value.at(now));
    "purchases.last", "when the last order was placed",
        |p, v, now| p.purchases.last = Some(time(v)?), |p, _| p.purchases.last.map(|t| json!(t));
    "purchases.days_since_last", "days since the last order, instead of `purchases.last`",
        |p, v, now| p.purchases.last = Some(days_ago(v, now)?), |_, _| None;
    "purchases.categories", "orders per category: a list of names, or an object of names and counts",
        |p, v, now| categories(p, v, now)?, |p, now| affinities(p, now);

    "browsing.sessions", "visits lately (half-life 14 days)",
        |p, v, now| p.browsing.sessions = Decayed::new(number(v)? as f32, now), |p, now| round(p.browsing.sessions.at(now));
    "browsing.product_views", "products viewed lately (half-life 14 days)",
        |p, v, now| p.browsing.product_views = Decayed::new(number(v)? as f32, now), |p, now| round(p.browsing.product_views.at(now));
    "browsing.info_views", "pages about delivery, returns, guarantee seen lately (half-life 14 days)",
        |p, v, now| p.browsing.info_views = Decayed::new(number(v)? as f32, now), |p, now| round(p.browsing.info_views.at(now));
    "browsing.dwell_minutes", "minutes on the site lately (half-life 14 days)",
        |p, v, now| p.browsing.dwell_minutes = Decayed::new(number(v)? as f32, now), |p, now| round(p.browsing.dwell_minutes.at(now));
    "browsing.page_value", "average page value of the last visit, as web analytics counts it",
        |p, v, now| p.browsing.page_value = number(v)? as f32, |p, _| round(p.browsing.page_value.into());
    "browsing.last_visit", "when the last page was seen",
        |p, v, now| p.browsing.last_visit = Some(time(v)?), |p, _| p.browsing.last_visit.map(|t| json!(t));

    "cart.value", "money in the cart",
        |p, v, now| { let n = number(v)?; cart(p, now).value = n as f32 }, |p, _| p.browsing.cart.and_then(|c| round(c.value.into()));
    "cart.items", "pieces in the cart",
        |p, v, now| { let n = whole(v)?; cart(p, now).items = n }, |p, _| p.browsing.cart.and_then(|c| round(c.items.into()));
    "cart.at", "when the cart last changed",
        |p, v, now| { let t = time(v)?; cart(p, now).at = t }, |p, _| p.browsing.cart.map(|c| json!(c.at));

    "lifecycle.since", "when the recipient came",
        |p, v, now| p.lifecycle.since = Some(time(v)?), |p, _| p.lifecycle.since.map(|t| json!(t));
    "lifecycle.stage", "\"new\", \"active\", \"lapsing\" or \"lapsed\", if your own system names it",
        |p, v, now| p.lifecycle.stage = Some(stage(v)?), |p, _| p.lifecycle.stage.map(|s| json!(s));
    "channels.last", "the channel of the last click or order: \"email\", \"sms\" or \"web\"",
        |p, v, now| p.engagement.last_channel = Some(channel(v)?), |p, _| p.engagement.last_channel.map(|c| json!(c));

    "exposures", "what was shown, as exported",
        |p, v, now| p.exposures = exposures(v)?, |p, _| (!p.exposures.is_empty()).then(|| json!(p.exposures));

    "attributes", "what you know under names of your own: an object such as {\"plan\": \"pro\"}, or one of them as `attributes.plan`",
        |p, v, now| p.attributes.merge(&Attributes::read(v, now)?), |p, _| p.attributes.to_json();
};

/// What stands before the name of one attribute.
const ATTRIBUTE: &str = "attributes.";

/// Every field of the document.
pub fn all() -> impl Iterator<Item = &'static Field> {
    CONSENTS.iter().chain(FACTS)
}

/// Is this the name of a field, or of an attribute among them?
#[must_use]
pub fn is_known(name: &str) -> bool {
    name.starts_with(ATTRIBUTE) || all().any(|field| field.name == name)
}

fn timezone(v: &Value) -> Result<String, &'static str> {
    const SHAPE: &str = "an IANA time zone such as \"Europe/Zagreb\"";
    let name = text(v, 40).map_err(|_| SHAPE)?;
    if crate::context::zone::offset(&name, Timestamp(0)).is_some() { Ok(name) } else { Err(SHAPE) }
}

fn days_ago(v: &Value, now: Timestamp) -> Result<Timestamp, &'static str> {
    let days = number(v)?;
    if days <= 36_500.0 {
        Ok(now.plus(Span(-(days * DAY as f64) as i64)))
    } else {
        Err("days, at most a century")
    }
}

fn affinities(p: &Profile, now: Timestamp) -> Option<Value> {
    let map: Map<_, _> = p
        .purchases
        .categories
        .iter()
        .filter_map(|(name, n)| Some((name.clone(), round(n.at(now))?)))
        .collect();
    (!map.is_empty()).then(|| map.into())
}

fn exposures(v: &Value) -> Result<Vec<Exposure>, &'static str> {
    const EXPORTED: &str = "exposures as Apropos exported them";
    let mut exposures: Vec<Exposure> = serde_json::from_value(v.clone()).map_err(|_| EXPORTED)?;
    let sound = |e: &Exposure| e.probability > 0.0 && e.probability <= 1.0;
    if exposures.len() > MAX_EXPOSURES || !exposures.iter().all(sound) {
        return Err(EXPORTED);
    }
    exposures.sort_by_key(|e| e.at);
    Ok(exposures)
}

/// Sets one field by its dotted name.
///
/// # Errors
/// [`FieldError`] for an unknown name (with the nearest known one) or an unfit value (with what is expected).
pub fn set(profile: &mut Profile, name: &str, value: &Value, now: Timestamp) -> Result<(), FieldError> {
    let error = |problem| FieldError { field: name.to_owned(), problem };
    if let Some(attribute) = name.strip_prefix(ATTRIBUTE) {
        let told = profile.attributes.tell(attribute, value, now);
        return told.map_err(|expected| error(format!("{value} is not {expected}")));
    }
    let Some(field) = all().find(|f| f.name == name) else {
        let hint =
            nearest(name, all().map(|f| f.name)).map_or(String::new(), |n| format!("; did you mean {n}?"));
        return Err(error(format!("unknown field{hint}")));
    };
    (field.set)(profile, value, now).map_err(|expected| error(format!("{value} is not {expected}")))
}

/// Reads a document: the recipient's id and the profile.
///
/// # Errors
/// Every [`FieldError`] of the document, not only the first.
pub fn read(document: &Map<String, Value>, now: Timestamp) -> Result<(String, Profile), Vec<FieldError>> {
    let (mut profile, mut errors) = (Profile::default(), Vec::new());
    let id = match document.get("id").map(|id| text(id, 200)) {
        Some(Ok(id)) => id,
        Some(Err(_)) => {
            errors.push(FieldError {
                field: "id".into(),
                problem: "is not a text of 1 to 200 characters".into(),
            });
            String::new()
        }
        None => {
            errors.push(FieldError { field: "id".into(), problem: "is missing".into() });
            String::new()
        }
    };
    for (name, value) in document.iter().filter(|(name, _)| *name != "id") {
        set_nested(&mut profile, name, value, now, &mut errors);
    }
    if errors.is_empty() { Ok((id, profile)) } else { Err(errors) }
}

fn set_nested(
    profile: &mut Profile,
    name: &str,
    value: &Value,
    now: Timestamp,
    errors: &mut Vec<FieldError>,
) {
    let is_field = is_known(name);
    let is_section = all().any(|f| f.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')));
    match value {
        Value::Null => {}
        Value::Object(section) if !is_field && (is_section || !section.is_empty()) => {
            for (key, value) in section {
                set_nested(profile, &format!("{name}.{key}"), value, now, errors);
            }
        }
        value => errors.extend(set(profile, name, value, now).err()),
    }
}

/// The document of a profile, nested; the inverse of [`read`] at the same `now` up to rounding to three decimals.
#[must_use]
pub fn write(id: &str, profile: &Profile, now: Timestamp) -> Map<String, Value> {
    let mut document = Map::new();
    document.insert("id".into(), id.into());
    for field in all() {
        let Some(value) = (field.get)(profile, now) else { continue };
        let mut section = &mut document;
        let mut parts = field.name.split('.').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                section.insert(part.into(), value);
                break;
            }
            let nested = section.entry(part).or_insert_with(|| Map::new().into());
            let Value::Object(nested) = nested else { break };
            section = nested;
        }
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_000_000_000);

    fn document(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_document_reads_and_writes_back() {
        let doc = document(json!({
            "id": "c-1842",
            "consent": {"email": {"marketing": {"granted": true, "at": "2026-01-31T00:00:00Z"}, "personalization": {"granted": false, "at": "2026-01-31T00:00:00Z"}}},
            "traits": {"first_name": "Ana", "language": "de", "country": "HR"},
            "engagement": {"opens": 4.5, "last_open": "2026-10-01T08:00:00Z", "unanswered": 2},
            "purchases": {"count": 3, "discounted": 1, "value": 214.5, "last": "2026-10-02T00:00:00Z", "categories": {"tents": 2}},
            "cart": {"value": 84, "items": 2, "at": "2026-10-20T00:00:00Z"},
            "lifecycle": {"stage": "lapsing"},
            "channels": {"last": "web"},
        }));
        let (id, profile) = read(&doc, NOW).unwrap();
        assert_eq!(write(&id, &profile, NOW), doc);
        assert!(profile.consent.covers(Channel::Email, Purpose::Marketing));
        assert!(!profile.consent.covers(Channel::Email, Purpose::Personalization));
    }

    #[test]
    fn attributes_are_told_together_or_one_by_one() {
        let whole = json!({"id": "a", "attributes": {"plan": "pro", "company": {"seats": 3}, "gone": null}});
        let (_, profile) = read(&document(whole), NOW).unwrap();
        let parts = json!({"id": "a", "attributes.plan": "pro", "attributes.company": {"seats": 3}});
        assert_eq!(read(&document(parts), NOW).unwrap().1, profile);
        assert_eq!(write("a", &profile, NOW)["attributes"], json!({"plan": "pro", "company": {"seats": 3}}));
        let errors =
            read(&document(json!({"id": "a", "attributes": 5, "attributes.a.b": 1})), NOW).unwrap_err();
        assert_eq!(errors.len(), 2);
    }

    #[test]
    fn dots_and_nesting_are_the_same() {
        let nested = read(&document(json!({"id": 7, "purchases": {"count": "3"}})), NOW).unwrap();
        assert_eq!(read(&document(json!({"id": "7", "purchases.count": 3})), NOW).unwrap(), nested);
    }

    #[test]
    fn every_error_is_told_with_its_mend() {
        let errors = read(
            &document(json!({"purchases": {"cuont": 1, "value": -2, "last": "yesterday"}, "traits": 5, "cart": {"items": 1.5}})),
            NOW,
        )
        .unwrap_err();
        let text: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            text,
            [
                "id: is missing",
                "cart.items: 1.5 is not a whole number that is not negative",
                "purchases.cuont: unknown field; did you mean purchases.count?",
                "purchases.last: \"yesterday\" is not a time such as \"2026-11-22\" or \"2026-11-22T10:00:00Z\"",
                "purchases.value: -2 is not a number that is not negative",
                "traits: unknown field; did you mean traits.area?",
            ]
        );
    }

    #[test]
    fn a_section_may_be_empty_if_it_is_known() {
        assert!(read(&document(json!({"id": "a", "traits": {}, "consent": {"sms": {}}})), NOW).is_ok());
        assert!(read(&document(json!({"id": "a", "trait": {}})), NOW).is_err());
    }

    #[test]
    fn unknown_stays_unknown() {
        let (_, profile) = read(&document(json!({"id": "a", "purchases": {"last": null}})), NOW).unwrap();
        assert_eq!(profile, Profile::default());
    }
}
