//! A profile while it is read. Where two fields tell of one thing, what they say waits here until all is told, so that the order of fields never matters.

use super::FieldError;
use super::lookup::{Place, ROOT};
use super::registry::FIELDS;
use super::word::{self, Word};
use crate::hash::Key;
use crate::nearest::nearest;
use crate::profile::{Decayed, Latest, Line, Profile, Support};
use crate::time::Timestamp;
use serde_json::Value;

/// A profile while it is read.
#[derive(Default)]
pub struct Draft {
    /// What stands already.
    pub profile: Profile,
    /// What was told of the cart.
    pub cart: CartDraft,
    /// The mood, and how often it was told.
    pub mood: (Option<f64>, Option<f64>),
    /// The places that were told, by their number in [`super::all`].
    told: u128,
}

/// What was told of the cart.
#[derive(Default)]
pub struct CartDraft {
    pub value: Option<f64>,
    pub items: Option<u32>,
    pub at: Option<Timestamp>,
    pub cleared: Option<Timestamp>,
    pub lines: Vec<(Timestamp, Line)>,
}

impl Draft {
    /// A draft of changes to a profile.
    pub fn of(profile: Profile) -> Self {
        Self { profile, ..Self::default() }
    }

    /// Hears the value of a field. The error is what is wrong with it.
    pub fn hear(&mut self, place: usize, value: &Word<'_>, now: Timestamp) -> Result<(), String> {
        let bit = 1u128 << place;
        if self.told & bit != 0 {
            return Err("is told twice".to_owned());
        }
        self.told |= bit;
        let Some(field) = FIELDS.get(place) else { return Ok(()) };
        (field.set)(self, value, now).map_err(|expected| format!("{value} is not {expected}"))
    }

    /// Hears an attribute by its dotted name; none when the name is not one of an attribute.
    pub fn hear_attribute(
        &mut self,
        name: &str,
        value: &Value,
        now: Timestamp,
    ) -> Option<Result<(), String>> {
        let told = self.profile.attributes.tell(name.strip_prefix("attributes.")?, value, now);
        Some(told.map_err(|expected| format!("{value} is not {expected}")))
    }

    /// The profile, now that all is told.
    pub fn finish(mut self, now: Timestamp) -> Profile {
        self.cart.settle(&mut self.profile, now);
        let (mood, moods) = self.mood;
        if mood.is_some() || moods.is_some() {
            let moods = moods.unwrap_or(1.0);
            self.profile.support.mood = Decayed::new((mood.unwrap_or_default() * moods) as f32, now);
            self.profile.support.moods = Decayed::new(moods as f32, now);
        }
        self.profile
    }

    /// Hears a value by its dotted name.
    pub fn hear_named(&mut self, name: &str, value: &Value, now: Timestamp, errors: &mut Vec<FieldError>) {
        if let Some(heard) = self.hear_attribute(name, value, now) {
            errors.extend(heard.err().map(|problem| FieldError { field: name.to_owned(), problem }));
            return;
        }
        match (ROOT.find(name), value) {
            (_, Value::Null) => {}
            (Some(Place::Field(place)), value) => {
                if let Err(problem) = self.hear(place, &Word::from(value), now) {
                    errors.push(FieldError { field: name.to_owned(), problem });
                }
            }
            (section, Value::Object(inner)) if section.is_some() || !inner.is_empty() => {
                for (key, value) in inner {
                    self.hear_named(&format!("{name}.{key}"), value, now, errors);
                }
            }
            _ => errors.push(unknown(name)),
        }
    }
}

/// The error for a name that no field has.
pub fn unknown(name: &str) -> FieldError {
    let hint =
        nearest(name, super::all().map(|f| f.name)).map_or(String::new(), |n| format!("; did you mean {n}?"));
    FieldError { field: name.to_owned(), problem: format!("unknown field{hint}") }
}

impl CartDraft {
    /// The lines, if they are told; or else one that stands for all.
    fn settle(self, profile: &mut Profile, now: Timestamp) {
        if let Some(cleared) = self.cleared {
            profile.browsing.cart.clear(cleared);
        }
        if self.lines.is_empty() && (self.value.is_some() || self.items.is_some()) {
            let quantity = i16::try_from(self.items.unwrap_or(1)).unwrap_or(i16::MAX);
            let cents = (self.value.unwrap_or_default() * 100.0 / f64::from(quantity.max(1))).round() as u32;
            let line = Line { product: Key(0), quantity, cents };
            profile.browsing.cart.add(self.at.unwrap_or(now), line);
        }
        for (at, line) in self.lines {
            profile.browsing.cart.add(at, line);
        }
    }
}

/// Open tickets of which only the number is known.
pub fn open_tickets(support: &mut Support, value: &Word<'_>, now: Timestamp) -> Result<(), &'static str> {
    for number in 0..word::whole::<u8>(value)?.min(8) {
        let mut open = Latest::default();
        open.tell(true, now);
        support.hear(Key::of(&format!("open_tickets {number}")), open);
    }
    Ok(())
}
