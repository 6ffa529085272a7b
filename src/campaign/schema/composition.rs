//! The schema of compositions. Their tree serves both documents and drawing, so what a document looks like is told here.

use super::super::Condition;
use super::super::composition::{ALIGNS, ANCHORS, KINDS};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// A picture of layers.
pub struct Composition;

impl JsonSchema for Composition {
    fn schema_name() -> Cow<'static, str> {
        "Composition".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let layer = generator.subschema_for::<Layer>();
        let gradient = json!({
            "type": "object",
            "properties": {
                "gradient": {"type": "array", "items": color(), "minItems": 2, "maxItems": 2, "description": "The colours at both ends."},
                "to": {"enum": ["right", "bottom", "bottom-right"], "default": "bottom", "description": "Where the second colour is."},
            },
            "required": ["gradient"],
            "additionalProperties": false,
        });
        json_schema!({
            "type": "object",
            "description": "A picture put together from layers when the mail is opened. Lengths are CSS pixels.",
            "properties": {
                "background": {
                    "description": "What the layers lie on: a colour, a stored image, which fills the picture, or a gradient.",
                    "anyOf": [color(), {"type": "string", "pattern": "\\.(png|jpg|jpeg|gif)$"}, gradient],
                },
                "padding": length(0, Some(24), "Free space at every edge."),
                "layers": {
                    "type": "array", "items": layer, "maxItems": 12,
                    "description": "The layers, the lowest first. The first ones that hold nothing personal are drawn when the campaign is published.",
                },
            },
            "required": ["background", "layers"],
            "additionalProperties": false,
        })
    }
}

struct Layer;

impl JsonSchema for Layer {
    fn schema_name() -> Cow<'static, str> {
        "Layer".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut properties = properties(generator);
        let places = ANCHORS.map(|(name, _)| name);
        properties.insert("at".into(), json!({"enum": places, "description": "Where the layer hangs."}));
        let share = "The most that it takes of the width between the paddings, in percent.";
        properties.insert(
            "share".into(),
            json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 100, "description": share}),
        );
        json_schema!({
            "type": "object", "properties": properties, "required": ["at"], "oneOf": one_kind(), "additionalProperties": false,
        })
    }
}

struct Element;

impl JsonSchema for Element {
    fn schema_name() -> Cow<'static, str> {
        "Element".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object", "properties": properties(generator), "oneOf": one_kind(), "additionalProperties": false,
        })
    }
}

/// An element is one thing.
fn one_kind() -> Vec<Value> {
    KINDS.iter().map(|kind| json!({"required": [kind]})).collect()
}

fn properties(generator: &mut SchemaGenerator) -> Map<String, Value> {
    let inner = generator.subschema_for::<Element>().to_value();
    let when = generator.subschema_for::<Condition>().to_value();
    let text = |what: &str| json!({"type": "string", "maxLength": 300, "description": what});
    let number = |what: &str| json!({"type": ["string", "number"], "description": what});
    let group = |what: &str| json!({"type": "array", "items": inner, "description": what});
    let colored = |what: &str| json!({"type": "string", "pattern": COLOR, "description": what});
    let whole = |least: u32, most: u32, usual: u32, what: &str| json!({"type": "integer", "minimum": least, "maximum": most, "default": usual, "description": what});
    let properties = json!({
        "when": {"allOf": [when], "description": "Who sees it; everybody when left out. Those of whom nothing may be known don't see what has a condition."},
        "text": text("A run of text."),
        "button": text("A word or two on a plate that looks like a button."),
        "badge": text("A word or two on a small round plate."),
        "image": {"type": "string", "pattern": "\\.(png|jpg|jpeg|gif)$", "description": "A stored image such as a logo; needs \"width\" and \"height\", in which it keeps its proportions. Transparency stays."},
        "stack": group("Elements below one another."),
        "row": group("Elements beside one another."),
        "panel": {"allOf": [inner], "description": "An element on a plate."},
        "progress": number("A bar: how much is reached, a number or a place with one. Without a number there is no bar."),
        "stars": number("Five stars: a number from 0 to 5 or a place with one. Without a number there are none."),
        "qr": text("A QR code of this text."),
        "barcode": text("A Code 128 of this text, which may hold the printable characters of ASCII."),
        "size": length(6, None, "Text: pixels an em, 16 when left out (13 in badges); stars: their height, 20; QR code: its side with the light border, 120."),
        "weight": {"enum": ["regular", "bold"], "default": "regular", "description": "Of a text."},
        "ink": colored("Colour of the text; on buttons and badges white or black, whichever reads better, when left out."),
        "lines": whole(1, 8, 3, "The most lines of a text. What doesn't fit shrinks, then wraps, then ends in an ellipsis."),
        "strike": {"type": "boolean", "default": false, "description": "Whether the text is struck through: a price that was."},
        "align": {"enum": ALIGNS.map(|(name, _)| name), "description": "Of a text or stack: where lines and elements stand, as the layer hangs when left out, in a panel at the right edge at the left; of a row: at its top, in the middle or at its foot."},
        "gap": length(0, Some(8), "Space between the elements of a stack or row."),
        "fill": colored("Colour of a plate, or of what is reached of a bar or stars."),
        "track": colored("Colour of the rest of a bar or stars."),
        "opacity": whole(0, 100, 100, "How much the plate of a panel covers, in percent."),
        "radius": length(0, Some(8), "Of the corners of a panel."),
        "padding": length(0, Some(12), "Free space around the element of a panel."),
        "of": whole(1, 1_000_000, 100, "How much there is to reach of a bar."),
        "width": length(1, None, "Of an image, bar (200 when left out) or barcode (220, the light border included)."),
        "height": length(1, None, "Of an image, bar (8 when left out) or barcode (64)."),
    });
    properties.as_object().cloned().unwrap_or_default()
}

const COLOR: &str = "^#[0-9A-Fa-f]{6}$";

fn color() -> Value {
    json!({"type": "string", "pattern": COLOR})
}

fn length(least: u32, usual: Option<u16>, what: &str) -> Value {
    let mut length = json!({"type": "integer", "minimum": least, "maximum": 1200, "description": what});
    if let Some(usual) = usual {
        length["default"] = usual.into();
    }
    length
}
