//! Consent in documents.

use super::draft::Draft;
use super::word::{self, Word};
use crate::profile::consent::Grant;
use crate::profile::{Channel, Profile, Purpose};
use crate::time::Timestamp;
use serde_json::{Map, Value, json};

const SHAPE: &str = "true, false or {\"granted\": true, \"at\": \"2026-01-31\"}";

/// A consent: `true`, `false`, `{"granted": true, "at": "2026-01-31"}` or, when yes and no were said at once, `{"disputed": true, "at": …}`. A grant without a date
/// may be of any age, so it never overrules a withdrawal; a refusal without a date counts from now.
pub fn hear(
    draft: &mut Draft,
    word: &Word<'_>,
    now: Timestamp,
    channel: Channel,
    purpose: Purpose,
) -> Result<(), &'static str> {
    let consent = &mut draft.profile.consent;
    if let Word::Json(value) = word {
        let told = value.as_object().filter(|told| told.len() == 2).ok_or(SHAPE)?;
        let at = word::time(&told.get("at").ok_or(SHAPE)?.into())?;
        match flag(told, "disputed")? {
            Some(true) => consent.dispute(channel, purpose, at),
            _ => consent.record(channel, purpose, flag(told, "granted")?.ok_or(SHAPE)?, at),
        }
    } else {
        let allowed = word::flag(word).map_err(|_| SHAPE)?;
        consent.record(channel, purpose, allowed, if allowed { Timestamp(0) } else { now });
    }
    Ok(())
}

fn flag(told: &Map<String, Value>, name: &str) -> Result<Option<bool>, &'static str> {
    told.get(name).map(|value| word::flag(&value.into()).map_err(|_| SHAPE)).transpose()
}

/// What was said, as it stands in documents.
pub fn told(profile: &Profile, channel: Channel, purpose: Purpose) -> Option<Value> {
    match profile.consent.grant(channel, purpose) {
        Grant::Unasked => None,
        Grant::Granted(at) => Some(json!({"granted": true, "at": at})),
        Grant::Withdrawn(at) => Some(json!({"granted": false, "at": at})),
        Grant::Disputed(at) => Some(json!({"disputed": true, "at": at})),
    }
}
