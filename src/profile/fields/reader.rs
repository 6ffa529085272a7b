//! A document read in one pass, whatever it comes from: a line of text, or an object that is there already. Numbers, flags and texts go to their fields as they
//! are met; only lists, objects and what nobody knows are built first.

use super::draft::Draft;
use super::lookup::{Place, ROOT, Section};
use super::word::{self, Word};
use super::{FieldError, draft};
use crate::order;
use crate::profile::Profile;
use crate::time::Timestamp;
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};
use std::borrow::Cow;
use std::fmt;

/// The recipient's id and profile, or everything that is wrong.
type Outcome = Result<(String, Profile), Vec<FieldError>>;

/// A document while it is read.
pub struct Reader {
    draft: Draft,
    id: Option<String>,
    errors: Vec<FieldError>,
    now: Timestamp,
}

impl Reader {
    /// Reads a document.
    pub fn read<'de, D: Deserializer<'de>>(document: D, now: Timestamp) -> Result<Outcome, D::Error> {
        let mut reader = Self { draft: Draft::default(), id: None, errors: Vec::new(), now };
        document.deserialize_map(Document(&mut reader))?;
        Ok(reader.finish())
    }

    fn finish(mut self) -> Outcome {
        if self.id.is_none() && !self.errors.iter().any(|error| error.field == "id") {
            self.errors.push(FieldError { field: "id".into(), problem: "is missing".into() });
        }
        match self.id {
            Some(id) if self.errors.is_empty() => Ok((id, self.draft.finish(self.now))),
            _ => {
                order::by(&mut self.errors, |a, b| {
                    (a.field != "id", &a.field).cmp(&(b.field != "id", &b.field))
                });
                Err(self.errors)
            }
        }
    }

    fn hear(&mut self, key: &Key, word: &Word<'_>) {
        match key {
            Key::Id => match word::text(word, 200) {
                Ok(id) => self.id = Some(id),
                Err(_) => self.errors.push(FieldError {
                    field: "id".into(),
                    problem: "is not a text of 1 to 200 characters".into(),
                }),
            },
            Key::Known(Place::Field(place)) => {
                if let Err(problem) = self.draft.hear(*place, word, self.now) {
                    self.errors.push(FieldError { field: key.name(), problem });
                }
            }
            Key::Known(Place::Section(_)) | Key::Unknown(_) => match word {
                Word::Json(value) => {
                    self.draft.hear_named(&key.name(), value, self.now, &mut self.errors);
                }
                word if key.name().starts_with("attributes.") => {
                    self.draft.hear_named(&key.name(), &word.to_value(), self.now, &mut self.errors);
                }
                _ => self.errors.push(draft::unknown(&key.name())),
            },
        }
    }
}

/// Where a key leads.
enum Key {
    Id,
    Known(Place),
    Unknown(String),
}

impl Key {
    fn name(&self) -> String {
        match self {
            Self::Id => "id".to_owned(),
            Self::Known(place) => place.name().to_owned(),
            Self::Unknown(name) => name.clone(),
        }
    }
}

/// The document as a whole.
struct Document<'r>(&'r mut Reader);

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a profile document, which is an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<(), M::Error> {
        walk(self.0, ROOT, map)
    }
}

fn walk<'de, M: MapAccess<'de>>(reader: &mut Reader, section: Section, mut map: M) -> Result<(), M::Error> {
    while let Some(key) = map.next_key_seed(Finder(section))? {
        map.next_value_seed(Hearing { reader: &mut *reader, key })?;
    }
    Ok(())
}

/// Finds where a key leads, without keeping it.
struct Finder(Section);

impl<'de> DeserializeSeed<'de> for Finder {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<Key, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Finder {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        Ok(match self.0.find(key) {
            Some(place) => Key::Known(place),
            None if key == "id" && self.0.name.is_empty() => Key::Id,
            None => Key::Unknown(self.0.dotted(key)),
        })
    }
}

/// Hands the value of a key over.
struct Hearing<'r> {
    reader: &'r mut Reader,
    key: Key,
}

impl<'de> DeserializeSeed<'de> for Hearing<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl Hearing<'_> {
    fn hear(self, word: &Word<'_>) {
        self.reader.hear(&self.key, word);
    }
}

impl<'de> Visitor<'de> for Hearing<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value of a field")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.hear(&Word::Flag(flag));
        Ok(())
    }

    fn visit_u64<E>(self, n: u64) -> Result<(), E> {
        self.hear(&Word::Number(n.into()));
        Ok(())
    }

    fn visit_i64<E>(self, n: i64) -> Result<(), E> {
        self.hear(&Word::Number(n.into()));
        Ok(())
    }

    fn visit_f64<E: Error>(self, n: f64) -> Result<(), E> {
        let number = Number::from_f64(n).ok_or_else(|| E::custom("a number is not finite"))?;
        self.hear(&Word::Number(number));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.hear(&Word::Text(text));
        Ok(())
    }

    /// Says nothing, whatever it is called; but everyone has an id.
    fn visit_unit<E>(self) -> Result<(), E> {
        if matches!(self.key, Key::Id) {
            self.hear(&Word::Json(Cow::Owned(Value::Null)));
        }
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, list: S) -> Result<(), S::Error> {
        let list = Value::deserialize(SeqAccessDeserializer::new(list))?;
        self.hear(&Word::Json(Cow::Owned(list)));
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<(), M::Error> {
        if let Key::Known(Place::Section(section)) = self.key {
            return walk(self.reader, section, map);
        }
        let object = Value::deserialize(MapAccessDeserializer::new(map))?;
        self.hear(&Word::Json(Cow::Owned(object)));
        Ok(())
    }
}
