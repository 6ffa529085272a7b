//! The JSON Schema of a campaign, for editors: made from the types of this room.

mod composition;

use crate::campaign::condition::{COMBINERS, LIST_OPERATORS, ORDER_OPERATORS, TEXT_OPERATORS};
use crate::campaign::{Campaign, Condition, Countdown};
use crate::intent::SignalId;
use crate::intent::signal::Kind;
use crate::profile::Channel;
use crate::render::countdown::Unit;
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
        properties.extend(growthbook());
    }
    if let Some(definitions) = schema.get_mut("$defs").and_then(|d| d.as_object_mut()) {
        definitions.insert("OnlySignals".into(), signals_and_combiners());
    }
    if let serde_json::Value::Object(rule) = only_signals() {
        rule.into_iter().for_each(|(key, value)| drop(schema.insert(key, value)));
    }
    schema.to_value()
}

/// What stands beside the attributes of a campaign, and is gone when it is read.
fn growthbook() -> serde_json::Map<String, serde_json::Value> {
    let share = serde_json::json!({"type": "number", "minimum": 0, "maximum": 1});
    let named = serde_json::json!({
        "saved_groups": {
            "description": "GrowthBook's saved groups: lists of values by id, for $inGroup and $notInGroup.",
            "type": "object", "additionalProperties": {"type": "array"}
        },
        "namespace": {
            "description": "GrowthBook's namespace: its id, and the part of it that is in. Filters make it be left aside.",
            "type": "array", "prefixItems": [{"type": "string"}, share, share], "minItems": 3, "maxItems": 3
        },
        "hashAttribute": {
            "description": "The attribute that the namespace hashes; \"id\" when left out.",
            "type": "string"
        },
    });
    named.as_object().cloned().unwrap_or_default()
}

/// Without attributes, conditions name signals only.
fn only_signals() -> serde_json::Value {
    let this = serde_json::json!({"$ref": "#/$defs/OnlySignals"});
    let variants = serde_json::json!({"items": {"properties": {"when": this}}});
    serde_json::json!({
        "if": {"not": {"required": ["attributes"]}},
        "then": {"properties": {
            "audience": this, "slots": {"items": {"properties": {"variants": variants}}}
        }},
    })
}

/// The names that a condition may use when there are no attributes.
fn signals_and_combiners() -> serde_json::Value {
    let this = serde_json::json!({"$ref": "#/$defs/OnlySignals"});
    let list = serde_json::json!({"items": this});
    let names: Vec<_> = SignalId::all().map(|id| id.signal().name).chain(COMBINERS).collect();
    serde_json::json!({
        "propertyNames": {"enum": names},
        "properties": {"$and": list, "$or": list, "$nor": list, "$not": this},
    })
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
    /// An instant, with its offset from UTC.
    Instant,
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
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
pub fn english() -> String {
    "en".into()
}
pub fn a_day() -> String {
    "1d".into()
}
pub fn click() -> String {
    "3d".into()
}
pub fn order() -> String {
    "7d".into()
}
pub fn half_life() -> String {
    "60d".into()
}
pub fn lateness() -> String {
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
pub fn automatic() -> bool {
    super::Learning::default().automatic
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
pub fn paper() -> String {
    "#ffffff".into()
}
pub fn plate() -> String {
    "#111820".into()
}
pub fn unset() -> Option<String> {
    None
}
pub fn units() -> Vec<&'static str> {
    Unit::ALL.map(Unit::name).into()
}
pub fn density() -> u8 {
    crate::render::composition::DENSITY
}
pub fn sixty() -> u8 {
    crate::render::countdown::Frames::default().count()
}
/// The empty condition.
pub fn everyone() -> serde_json::Value {
    serde_json::json!({})
}
pub fn ink() -> String {
    "#000000".into()
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
            "description": "A condition over signals and declared attributes; all clauses must hold.",
            "properties": properties,
            "additionalProperties": generator.subschema_for::<AttributeTests>(),
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
        let text = serde_json::json!({"type": "string"});
        let mut operators = serde_json::json!({
            "$eq": one, "$ne": one, "$in": list, "$nin": list, "$exists": {"type": "boolean"}, "$not": this,
            "$inGroup": text, "$notInGroup": text, "$type": text,
        });
        let more = match K::TYPE {
            "number" => &ORDER_OPERATORS[..],
            "string" => &TEXT_OPERATORS,
            _ => &[],
        };
        for name in more {
            let cased = ["$ini", "$nini"].contains(name);
            operators[name] =
                if cased { list.clone().to_value() } else { serde_json::json!({"type": K::TYPE}) };
        }
        json_schema!({"anyOf": [one, {"type": "object", "properties": operators, "additionalProperties": false}]})
    }
}

/// What may stand beside the name of an attribute: any value, or an object of operators.
struct AttributeTests;

impl JsonSchema for AttributeTests {
    fn schema_name() -> Cow<'static, str> {
        "AttributeTest".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let this = generator.subschema_for::<Self>();
        let text = serde_json::json!({"type": "string"});
        let mut operators = serde_json::json!({
            "$eq": {}, "$ne": {}, "$in": {}, "$nin": {}, "$inGroup": text, "$notInGroup": text,
            "$exists": {"type": "boolean"}, "$type": text, "$not": this,
        });
        for name in ORDER_OPERATORS.iter().chain(&TEXT_OPERATORS) {
            operators[name] = if name.contains("egex") { text.clone() } else { serde_json::json!({}) };
        }
        for name in LIST_OPERATORS {
            operators[name] = if name == "$size" { this.clone().to_value() } else { serde_json::json!({}) };
        }
        json_schema!({
            "if": {"type": "object", "minProperties": 1, "not": {"propertyNames": {"pattern": "^([^$]|$)"}}},
            "then": {"properties": operators, "additionalProperties": false},
        })
    }
}

/// What an image slot shows: one of them.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
pub struct Pictures {
    /// The image: a path in the bucket or among the assets, ending in .png, .jpg or .gif.
    #[schemars(default)]
    image: Option<String>,
    /// A picture of layers instead of an image.
    #[schemars(default)]
    composition: Option<composition::Composition>,
    /// A countdown instead of an image.
    #[schemars(default)]
    countdown: Option<Countdown>,
}

/// How a campaign uses a feed.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used")]
pub struct FeedUse {
    /// For how long after it was measured a value is shown; afterwards texts take their defaults.
    #[schemars(with = "Duration")]
    fresh: String,
    /// The row of this key is shown, to everyone.
    #[schemars(length(min = 1, max = 100), default)]
    row: Option<String>,
    /// The row is shown whose key is the recipient's own value: of a signal, of a declared attribute, or the `city` or `region` of their own connection.
    #[schemars(default)]
    by: Option<String>,
    /// The place is shown that is nearest to the recipient.
    #[schemars(default)]
    nearest: bool,
    /// How far away the nearest place may be, in kilometres.
    #[schemars(range(min = 0.001, max = 20_016.0), default)]
    within: Option<f64>,
}

/// How many frames an animation has.
pub struct Frames;

impl JsonSchema for Frames {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Frames".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let counts = crate::render::countdown::Frames::ALL.map(crate::render::countdown::Frames::count);
        json_schema!({"enum": counts})
    }
}

/// One of GrowthBook's filters.
pub struct Filter;

impl JsonSchema for Filter {
    fn schema_name() -> Cow<'static, str> {
        "Filter".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let share = json_schema!({"type": "number", "minimum": 0, "maximum": 1});
        let range = json_schema!({"type": "array", "items": share, "minItems": 2, "maxItems": 2});
        json_schema!({
            "type": "object",
            "properties": {
                "attribute": {"type": "string", "description": "The attribute that is hashed.", "default": "id"},
                "seed": {"type": "string", "description": "What the hash begins with: the same seed, the same places."},
                "hashVersion": {"enum": [1, 2], "default": 2},
                "ranges": {
                    "type": "array", "items": range, "minItems": 1,
                    "description": "The parts of [0, 1) that are in; an end does not belong to its range."
                },
            },
            "required": ["seed", "ranges"],
            "additionalProperties": false,
        })
    }
}
