//! What people say of themselves, and what they allow: the traits of `identify`.

use super::CLOCK_SKEW;
use crate::profile::event::{self, Event};
use crate::profile::fields::{self, word};
use crate::profile::{Profile, merge};
use crate::time::{Timestamp, civil_from_days};
use serde_json::{Map, Value, json};

/// Someone told who they are.
pub fn identify(profile: &mut Profile, event: &Event, now: Timestamp) -> Result<bool, String> {
    let (at, mut heard) = (event.timestamp, false);
    for (name, value) in event.traits.iter().filter(|(_, value)| !is_blank(value)) {
        if let Some(field) = field(name) {
            set(profile, field, value, at)?;
            heard = true;
            continue;
        }
        match name.as_str() {
            "created_at" | "createdAt" => {
                let since = event::read(&event.traits, name, word::time)?;
                profile.lifecycle.since = merge::earlier(profile.lifecycle.since, since);
            }
            "birthday" => {
                let born = event::read(&event.traits, name, word::time)?.unwrap_or(at);
                set(profile, "traits.birth_year", &json!(civil_from_days(born.day()).0), at)?;
            }
            "age" => {
                let age = event::read(&event.traits, name, word::whole::<u8>)?.unwrap_or_default();
                let born = civil_from_days(at.day()).0 - i64::from(age);
                set(profile, "traits.birth_year", &json!(born), at)?;
            }
            "address" => {
                // a free text by the spec, of which only a code says something
                let country =
                    value.get("country").and_then(Value::as_str).filter(|text| text.trim().len() == 2);
                if let Some(country) = country {
                    set(profile, "traits.country", &json!(country), at)?;
                }
            }
            "preferences" => {
                let told = value.as_object().ok_or_else(|| format!("{name}: {value} is not an object"))?;
                for (name, value) in told.iter().filter(|(_, value)| !is_blank(value)) {
                    let name = if name == "pausedUntil" { "paused_until" } else { name };
                    if matches!(name, "topics" | "paused_until" | "weekly") {
                        set(profile, &format!("preferences.{name}"), value, at)?;
                    }
                }
            }
            "attributes" => set(profile, "attributes", value, at)?,
            "consent" => {
                let told = value.as_object().ok_or_else(|| format!("{name}: {value} is not an object"))?;
                consents(profile, told, at, now)?;
            }
            _ => continue,
        }
        heard = true;
    }
    Ok(heard)
}

/// The field of a profile that a trait is.
fn field(name: &str) -> Option<&'static str> {
    Some(match name {
        "first_name" | "firstName" => "traits.first_name",
        "language" | "locale" => "traits.language",
        "timezone" => "traits.timezone",
        "country" => "traits.country",
        "area" => "traits.area",
        "birth_year" | "birthYear" => "traits.birth_year",
        "use_case" | "useCase" => "traits.use_case",
        "plan" => "traits.plan",
        "renewal_date" | "renewalDate" | "renews_at" | "renewsAt" => "usage.renewal",
        "stage" => "lifecycle.stage",
        _ => return None,
    })
}

fn set(profile: &mut Profile, field: &str, value: &Value, at: Timestamp) -> Result<(), String> {
    fields::set(profile, field, value, at).map_err(|error| error.to_string())
}

/// Libraries send empty texts for what a form left empty.
fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// The `consent` trait: channels, each with purposes. A word that isn't dated was said with the event. One that is dated later than now would stand against every
/// withdrawal until then, so it is refused.
fn consents(
    profile: &mut Profile,
    channels: &Map<String, Value>,
    at: Timestamp,
    now: Timestamp,
) -> Result<(), String> {
    for (channel, purposes) in channels {
        for (purpose, value) in
            purposes.as_object().into_iter().flatten().filter(|(_, value)| !is_blank(value))
        {
            let name = format!("consent.{channel}.{purpose}");
            if let Some(said) = value.get("at").and_then(|said| word::time(&said.into()).ok())
                && said.since(now) > CLOCK_SKEW
            {
                return Err(format!("{name}: {said} lies in the future"));
            }
            let dated = match value {
                Value::Object(_) => value.clone(),
                value => json!({"granted": value, "at": at}),
            };
            set(profile, &name, &dated, at)?;
        }
    }
    Ok(())
}
