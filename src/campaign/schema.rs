//! The JSON Schema of a campaign, for editors: made from the types of this room.

use crate::campaign::{Campaign, Condition};
use crate::intent::SignalId;
use crate::intent::signal::Kind;
use crate::profile::Channel;
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use std::borrow::Cow;

/// The JSON Schema (draft 2020-12) of a campaign document.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Campaign>();
    schema.insert("title".into(), "Apropos campaign".into());
    if let Some(properties) = schema.get_mut("properties").and_then(|p| p.as_object_mut()) {
        properties
            .insert("$schema".into(), serde_json::json!({"type": "string", "description": "This schema."}));
    }
    schema.to_value()
}

/// A text that follows a pattern.
macro_rules! pattern {
    ($(#[$doc:meta])* $name:ident, $pattern:literal) => {
        $(#[$doc])*
        pub struct $name;
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "pattern": $pattern})
            }
        }
    };
}

pattern!(
    /// A slug.
    Id,
    "^[a-z0-9-]{1,64}$"
);
pattern!(
    /// An absolute URL or a path.
    Url,
    "^(https?://|/[^/]|/$)"
);
pattern!(
    /// A span of time.
    Duration,
    "^[0-9]{1,6}[mhdw]$"
);
pattern!(
    /// A colour.
    Colour,
    "^#[0-9A-Fa-f]{6}$"
);

// derive(Ord) and PartialOrd so that `Id` can key a map in a schema
impl PartialEq for Id {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for Id {}
impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Id {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

pub fn email() -> Channel {
    Channel::Email
}
pub fn a_day() -> String {
    "1d".into()
}
pub fn floor() -> f64 {
    super::Exploration::default().floor
}
pub fn sharpness() -> f64 {
    super::Exploration::default().sharpness
}
pub fn silence() -> f64 {
    super::Exploration::default().silence
}
pub fn displeased() -> f64 {
    super::guardrails::DISPLEASED
}
pub fn two_weeks() -> String {
    "14d".into()
}
pub fn two_days() -> String {
    "2d".into()
}
pub fn an_hour() -> String {
    "1h".into()
}
pub fn yes() -> bool {
    true
}
pub fn one() -> u32 {
    1
}
pub fn ink() -> String {
    "#000000".into()
}

impl serde::Serialize for Condition {
    /// Only the empty condition is ever written: as the default in the schema.
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        serde_json::json!({}).serialize(s)
    }
}

impl JsonSchema for Condition {
    fn schema_name() -> Cow<'static, str> {
        "Condition".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let this = generator.subschema_for::<Self>();
        let list = json_schema!({"type": "array", "items": this});
        let mut properties = serde_json::Map::new();
        for name in ["$and", "$or", "$nor"] {
            properties.insert(name.into(), list.clone().to_value());
        }
        properties.insert("$not".into(), this.to_value());
        for signal in SignalId::all().map(SignalId::signal) {
            let mut tests = match signal.kind {
                Kind::Number => generator.subschema_for::<Tests<Number>>(),
                Kind::Flag => generator.subschema_for::<Tests<Flag>>(),
                Kind::Text => generator.subschema_for::<Tests<Text>>(),
            };
            tests.insert("description".into(), signal.why.into());
            properties.insert(signal.name.into(), tests.to_value());
        }
        json_schema!({
            "type": "object",
            "description": "A condition over signals; all clauses must hold.",
            "properties": properties,
            "additionalProperties": false,
        })
    }
}

/// What may stand beside a signal of one kind: a value, or an object of operators.
struct Tests<K>(std::marker::PhantomData<K>);

/// A kind of signal, as JSON Schema calls it.
trait Typed {
    const NAME: &'static str;
    const TYPE: &'static str;
}

macro_rules! kinds {
    ($($kind:ident $name:literal $type:literal),*) => {
        $(struct $kind;
        impl Typed for $kind {
            const NAME: &'static str = $name;
            const TYPE: &'static str = $type;
        })*
    };
}
kinds!(Number "NumberTest" "number", Flag "FlagTest" "boolean", Text "TextTest" "string");

impl<K: Typed> JsonSchema for Tests<K> {
    fn schema_name() -> Cow<'static, str> {
        K::NAME.into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = json_schema!({"type": [K::TYPE, "null"]});
        let list = json_schema!({"type": "array", "items": {"type": K::TYPE}});
        let this = generator.subschema_for::<Self>();
        let mut operators = serde_json::json!({
            "$eq": one, "$ne": one, "$in": list, "$nin": list, "$exists": {"type": "boolean"}, "$not": this,
        });
        if K::TYPE == "number" {
            for name in ["$lt", "$lte", "$gt", "$gte"] {
                operators[name] = serde_json::json!({"type": "number"});
            }
        }
        json_schema!({"anyOf": [one, {"type": "object", "properties": operators, "additionalProperties": false}]})
    }
}
