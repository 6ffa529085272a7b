//! Attributes: what a shop knows of a recipient under names of its own (`plan`, `seats`, `tags`).
//!
//! An attribute is what GrowthBook calls one, so that its conditions can be brought here as they are. The newest word on a name holds, whatever the order in which words
//! arrive: [`Attributes::merge`] is commutative, associative and idempotent. `null` is a word too: it makes an attribute missing and outlives what is older.

use crate::order;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

/// The most attributes of a recipient; of more, those told last are kept, and of those told at once the first by name.
pub const MAX_ATTRIBUTES: usize = 32;
/// The longest name, in characters.
pub const MAX_NAME: usize = 60;
/// The longest text, in characters.
const MAX_TEXT: usize = 200;
/// The most entries of a list or an object.
const MAX_ENTRIES: usize = 32;
/// How deep lists and objects may nest.
const MAX_DEPTH: usize = 4;
/// The longest value as JSON, in bytes: rows are to stay small.
const MAX_BYTES: usize = 2000;

const NAME: &str = "under a name of 1 to 60 characters without dots";
const SHAPE: &str =
    "a number, true, false, a text of at most 200 characters, or a list or object of at most 32 of these";

/// The attributes of a recipient, in the order of their names. (A map would be half of this module's code in the Worker.)
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attributes(Vec<(String, Told)>);

/// A value, and when it was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Told {
    #[serde(with = "as_json")]
    value: Datum,
    at: Timestamp,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Datum {
    /// Nothing: as good as missing.
    Null,
    /// Yes or no.
    Flag(bool),
    /// A finite number.
    Number(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Datum>),
    /// Values by name, in the order of their names.
    Object(Vec<(String, Datum)>),
}

impl Attributes {
    /// Those that `wanted` names.
    #[must_use]
    pub fn only(&self, wanted: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|(name, _)| wanted(name)).cloned().collect())
    }

    /// Notes what was told of `name` at `at`. Of two words the newer holds; of two that were told at once, the one whose JSON text is greater, byte by byte.
    ///
    /// # Errors
    /// What was expected instead; nothing has changed then.
    pub fn tell(&mut self, name: &str, value: &Value, at: Timestamp) -> Result<(), &'static str> {
        if !(1..=MAX_NAME).contains(&name.chars().count()) || name.contains(['.', '\0']) {
            return Err(NAME);
        }
        self.note(name.to_owned(), Told { value: Datum::read(value, MAX_DEPTH)?.bounded()?, at });
        self.bound();
        Ok(())
    }

    /// Takes over what `other` knows better.
    pub fn merge(&mut self, other: &Self) {
        for (name, told) in &other.0 {
            self.note(name.clone(), told.clone());
        }
        self.bound();
    }

    fn note(&mut self, name: String, told: Told) {
        let rank = |told: &Told| (told.at, told.value.to_json().to_string());
        match place(&self.0, &name) {
            Ok(at) if rank(&self.0[at].1) >= rank(&told) => {}
            Ok(at) => self.0[at].1 = told,
            Err(at) => self.0.insert(at, (name, told)),
        }
    }

    /// Forgets what is too much. The order hangs on no value: so what goes would go after any further merge too.
    fn bound(&mut self) {
        while self.0.len() > MAX_ATTRIBUTES {
            // of those told at once, the last by name
            let places = 0..self.0.len();
            let Some(oldest) = places.min_by_key(|i| (self.0[*i].1.at, std::cmp::Reverse(*i))) else { break };
            self.0.remove(oldest);
        }
    }

    /// The value of an attribute; `None` when it is missing.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Datum> {
        let (_, told) = self.0.get(place(&self.0, name).ok()?)?;
        Some(&told.value).filter(|value| **value != Datum::Null)
    }

    /// Reads the attributes of a document, all of them told at `at`; `null` is unknown.
    ///
    /// # Errors
    /// What was expected instead.
    pub fn read(value: &Value, at: Timestamp) -> Result<Self, &'static str> {
        let Value::Object(named) = value else { return Err("an object of attributes") };
        let mut attributes = Self::default();
        if named.len() > MAX_ATTRIBUTES {
            return Err("an object of at most 32 attributes");
        }
        for (name, value) in named.iter().filter(|(_, value)| !value.is_null()) {
            attributes.tell(name, value, at)?;
        }
        Ok(attributes)
    }

    /// The attributes as a document has them; `None` when there are none.
    #[must_use]
    pub fn to_json(&self) -> Option<Value> {
        let known = self.0.iter().filter(|(_, told)| told.value != Datum::Null);
        let named: Map<_, _> = order::map(known.map(|(name, told)| (name.clone(), told.value.to_json())));
        (!named.is_empty()).then(|| named.into())
    }
}

/// Where a name stands, or would.
fn place<T>(named: &[(String, T)], name: &str) -> Result<usize, usize> {
    named.binary_search_by(|(known, _)| known.as_str().cmp(name))
}

/// Puts a value where its name belongs in an object; the last one of a name stays.
pub(crate) fn put(object: &mut Vec<(String, Datum)>, name: String, value: Datum) {
    match place(object, &name) {
        Ok(at) => object[at].1 = value,
        Err(at) => object.insert(at, (name, value)),
    }
}

impl Datum {
    /// The value of a name in an object.
    #[must_use]
    pub fn field<'a>(object: &'a [(String, Self)], name: &str) -> Option<&'a Self> {
        object.get(place(object, name).ok()?).map(|(_, value)| value)
    }

    fn read(value: &Value, depth: usize) -> Result<Self, &'static str> {
        let inner = || depth.checked_sub(1).ok_or("an attribute that nests less deep");
        Ok(match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Flag(*flag),
            Value::Number(number) => Self::number(number.as_f64().ok_or(SHAPE)?),
            Value::String(text) if text.chars().count() <= MAX_TEXT => Self::Text(text.clone()),
            Value::Array(list) if list.len() <= MAX_ENTRIES => {
                let depth = inner()?;
                Self::List(list.iter().map(|item| Self::read(item, depth)).collect::<Result<_, &str>>()?)
            }
            Value::Object(named) if named.len() <= MAX_ENTRIES => {
                let depth = inner()?;
                let mut object = Vec::new();
                for (name, value) in named {
                    put(&mut object, name.clone(), Self::read(value, depth)?);
                }
                Self::Object(object)
            }
            _ => return Err(SHAPE),
        })
    }

    fn bounded(self) -> Result<Self, &'static str> {
        let length = self.to_json().to_string().len();
        if length <= MAX_BYTES { Ok(self) } else { Err("an attribute of at most 2000 bytes of JSON") }
    }

    /// A number; of the two zeros there is one.
    #[must_use]
    pub fn number(number: f64) -> Self {
        Self::Number(number + 0.0)
    }

    /// The value in JSON, with whole numbers as such and the names of objects in order.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Flag(flag) => (*flag).into(),
            Self::Number(n) if n.fract() == 0.0 && n.abs() < 1e15 => (*n as i64).into(),
            Self::Number(n) => Number::from_f64(*n).map_or(Value::Null, Value::Number),
            Self::Text(text) => text.as_str().into(),
            Self::List(list) => list.iter().map(Self::to_json).collect(),
            Self::Object(named) => {
                Value::Object(order::map(named.iter().map(|(name, value)| (name.clone(), value.to_json()))))
            }
        }
    }
}

/// A value as it stands in rows: its JSON text, whose reader bounds how deep it nests.
mod as_json {
    use super::{Datum, MAX_DEPTH, SHAPE};
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(value: &Datum, serializer: S) -> Result<S::Ok, S::Error> {
        value.to_json().to_string().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Datum, D::Error> {
        let json = String::deserialize(deserializer)?;
        let value = serde_json::from_str(&json).map_err(|_| D::Error::custom(SHAPE))?;
        Datum::read(&value, MAX_DEPTH).map_err(D::Error::custom)
    }
}

/// Attributes as a [`Brief`](crate::decide::Brief) carries them: values by name.
pub mod carried {
    use super::{Attributes, Datum, Told};
    use crate::time::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(attributes: &Attributes, serializer: S) -> Result<S::Ok, S::Error> {
        let values: Vec<_> = attributes.0.iter().map(|(name, told)| (name, &told.value)).collect();
        values.serialize(serializer)
    }

    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Attributes, D::Error> {
        let values = Vec::<(String, Datum)>::deserialize(deserializer)?;
        let told = |(name, value)| (name, Told { value, at: Timestamp(0) });
        Ok(Attributes(values.into_iter().map(told).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn told(words: &[(&str, Value, i64)]) -> Attributes {
        let mut attributes = Attributes::default();
        for (name, value, at) in words {
            attributes.tell(name, value, Timestamp(*at)).unwrap();
        }
        attributes
    }

    #[test]
    fn the_newest_word_holds_and_null_is_a_word() {
        let known = told(&[("plan", json!("pro"), 2), ("plan", json!("free"), 1), ("seats", json!(5), 1)]);
        assert_eq!(known.to_json(), Some(json!({"plan": "pro", "seats": 5})));
        let gone = told(&[("plan", json!(null), 3), ("plan", json!("pro"), 2)]);
        assert_eq!((gone.get("plan"), gone.to_json()), (None, None));
    }

    #[test]
    fn what_is_too_much_is_refused() {
        let mut attributes = Attributes::default();
        let mut tell = |name: &str, value: Value| attributes.tell(name, &value, Timestamp(0));
        for name in ["", "a.b", &"n".repeat(61)] {
            assert_eq!(tell(name, json!(1)), Err(NAME), "{name}");
        }
        for value in
            [json!("x".repeat(201)), json!(vec![0; 33]), json!([[[[[1]]]]]), json!(vec!["x".repeat(90); 30])]
        {
            assert!(tell("a", value.clone()).is_err(), "{value}");
        }
        for value in
            [json!("ü".repeat(200)), json!(vec![0; 32]), json!([[[[1]]]]), json!({"b": {"c": [null]}})]
        {
            assert_eq!(tell("a", value.clone()), Ok(()), "{value}");
        }
        assert!(Attributes::read(&json!([]), Timestamp(0)).is_err());
    }

    #[test]
    fn those_told_last_are_kept() {
        let mut attributes = Attributes::default();
        for i in 0..40 {
            attributes.tell(&format!("a{i:02}"), &json!(i), Timestamp(i / 20)).unwrap();
        }
        let kept: Vec<_> = attributes.0.iter().map(|(name, _)| name.clone()).collect();
        let expected: Vec<_> = (0..12).chain(20..40).map(|i| format!("a{i:02}")).collect();
        assert_eq!(kept, expected);
    }

    fn words() -> impl Strategy<Value = Vec<(u8, u8, i64)>> {
        proptest::collection::vec((0..50u8, 0..6u8, 0..4i64), 0..60)
    }

    fn known(words: &[(u8, u8, i64)]) -> Attributes {
        let values = [json!(null), json!(1), json!(-0.0), json!("a"), json!(["a", 1]), json!({"a": true})];
        let mut attributes = Attributes::default();
        for (name, value, at) in words {
            attributes.tell(&format!("a{name}"), &values[usize::from(*value)], Timestamp(*at)).unwrap();
        }
        attributes
    }

    fn merged(a: &Attributes, b: &Attributes) -> Attributes {
        let mut merged = a.clone();
        merged.merge(b);
        merged
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_never_matters(a in words(), b in words(), c in words()) {
            let [x, y, z] = [&a, &b, &c].map(|words| known(words));
            prop_assert_eq!(merged(&x, &y), merged(&y, &x));
            prop_assert_eq!(merged(&merged(&x, &y), &z), merged(&x, &merged(&y, &z)));
            prop_assert_eq!(&merged(&x, &x), &x);
            let mut backwards = [a, b].concat();
            let told = known(&backwards);
            prop_assert_eq!(&merged(&y, &x), &told);
            backwards.reverse();
            prop_assert_eq!(known(&backwards), told);
        }

        #[test]
        fn a_row_gives_them_back(words in words()) {
            let known = known(&words);
            let row = postcard::to_allocvec(&known).unwrap();
            prop_assert_eq!(postcard::from_bytes::<Attributes>(&row).unwrap(), known);
        }
    }
}
