//! The profile as a document: one name per field, for imports (NDJSON, CSV), exports and `/v1/decide`.
//!
//! ```json
//! {"id": "c-1842", "traits": {"first_name": "Ana", "timezone": "Europe/Zagreb"},
//!  "consent": {"email": {"marketing": true, "personalization": true, "measurement": false}},
//!  "purchases": {"count": 3, "value": 214.5, "last": "2026-10-02"}, "cart": {"value": 84, "items": 2}}
//! ```
//!
//! Sections may be nested as above or written with dots (`"purchases.count": 3`). Every field is declared once, in [`all`]. Counts that fade stand for their value
//! at the moment of import, and what is told without a date counts as told then. A missing or `null` field is unknown; a field that is told twice is refused, so
//! the order of fields never matters. Products, features and tickets are kept as keys, which stand as `#1a2b3c4d` in what is exported; plain ids are read
//! too.
//!
//! A document is read in one pass ([`parse`] from text, [`read`] from an object), by the same code.

mod consents;
mod draft;
mod lists;
mod lookup;
mod reader;
mod registry;
pub(super) mod word;

pub(super) use word::Word;

use super::Profile;
use crate::time::Timestamp;
use draft::Draft;
use reader::Reader;
use serde::de::IntoDeserializer;
use serde_json::{Map, Value};
use std::fmt;

/// One field of the document.
pub struct Field {
    /// Its dotted name.
    pub name: &'static str,
    /// What it holds, with its unit.
    pub what: &'static str,
    set: fn(&mut Draft, &Word<'_>, Timestamp) -> Result<(), &'static str>,
    get: fn(&Profile, Timestamp) -> Option<Value>,
}

/// Why a field of a document was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's dotted name, as it was written; empty when the text is no object at all.
    pub field: String,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            return f.write_str(&self.problem);
        }
        write!(f, "{}: {}", self.field, self.problem)
    }
}

/// Every field of the document.
pub fn all() -> impl Iterator<Item = &'static Field> {
    registry::FIELDS.iter()
}

/// Is this the name of a field, or of an attribute among them?
#[must_use]
pub fn is_known(name: &str) -> bool {
    let attribute = name.strip_prefix("attributes.").is_some_and(|name| !name.is_empty());
    attribute || all().any(|field| field.name == name)
}

/// Sets one field by its dotted name.
///
/// # Errors
/// [`FieldError`] for an unknown name (with the nearest known one) or an unfit value (with what is expected).
pub fn set(profile: &mut Profile, name: &str, value: &Value, now: Timestamp) -> Result<(), FieldError> {
    let place = lookup::ROOT.find(name);
    let mut draft = Draft::of(std::mem::take(profile));
    let heard = match (draft.hear_attribute(name, value, now), place) {
        (Some(heard), _) => heard,
        (None, Some(lookup::Place::Field(place))) => draft.hear(place, &Word::from(value), now),
        _ => Err(draft::unknown(name).problem),
    };
    *profile = draft.finish(now);
    heard.map_err(|problem| FieldError { field: name.to_owned(), problem })
}

/// Reads a document: the recipient's id and the profile.
///
/// # Errors
/// Every [`FieldError`] of the document, not only the first.
pub fn read(document: &Map<String, Value>, now: Timestamp) -> Result<(String, Profile), Vec<FieldError>> {
    Reader::read(document.into_deserializer(), now).unwrap_or_else(|error| Err(no_object(&error)))
}

/// Reads the text of a document, as [`read`] does.
///
/// # Errors
/// Every [`FieldError`] of the document, or one without a field when the text is no JSON object.
pub fn parse(text: &str, now: Timestamp) -> Result<(String, Profile), Vec<FieldError>> {
    let mut json = serde_json::Deserializer::from_str(text);
    let read = Reader::read(&mut json, now).and_then(|read| json.end().map(|()| read));
    read.unwrap_or_else(|error| Err(no_object(&error)))
}

fn no_object(error: &serde_json::Error) -> Vec<FieldError> {
    vec![FieldError { field: String::new(), problem: format!("this is no JSON object: {error}") }]
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
    use crate::profile::{Channel, Purpose};
    use serde_json::json;

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
    fn what_grew_beyond_what_is_read_is_told_as_the_most() {
        let mut profile = Profile::default();
        let line = crate::profile::Line { product: crate::hash::Key(1), quantity: i16::MAX, cents: u32::MAX };
        profile.browsing.cart.add(NOW, line);
        assert!(profile.browsing.cart().unwrap().value > word::MOST);
        let told = write("a", &profile, NOW);
        assert_eq!(told["cart"]["value"], json!(1_000_000_000_000u64));
        assert!(read(&told, NOW).is_ok());
    }

    #[test]
    fn unknown_stays_unknown() {
        let (_, profile) = read(&document(json!({"id": "a", "purchases": {"last": null}})), NOW).unwrap();
        assert_eq!(profile, Profile::default());
    }
}
