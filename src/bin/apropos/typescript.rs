//! JSON Schemas as TypeScript, so that whoever calls the engine from JavaScript has the types that Rust has.
//!
//! Only what our own schemas say is known: objects with named fields, lists, names from a fixed set, plain values, and each of them or null. All else is
//! `unknown`, which a caller has to look at before using it.

use serde_json::Value;
use std::fmt::Write;

const HEAD: &str = "// Written by `apropos schema --page --typescript` from the types in src/page and src/decide: change those, and write this anew.\n";

/// Every named type of a schema: the root last.
pub fn types(schema: &Value) -> String {
    let mut text = HEAD.to_owned();
    let named = schema.get("$defs").and_then(Value::as_object).into_iter().flatten();
    for (name, schema) in named {
        declare(&mut text, name, schema);
    }
    let title = schema.get("title").and_then(Value::as_str).unwrap_or("Root");
    declare(&mut text, title, schema);
    text
}

fn declare(text: &mut String, name: &str, schema: &Value) {
    text.push('\n');
    describe(text, "", schema);
    let Some(fields) = schema.get("properties").and_then(Value::as_object) else {
        let _ = writeln!(text, "export type {name} = {};", of(schema));
        return;
    };
    let _ = writeln!(text, "export interface {name} {{");
    let required: Vec<&str> = list(schema, "required").filter_map(Value::as_str).collect();
    for (field, schema) in fields {
        describe(text, "  ", schema);
        let optional = if required.contains(&field.as_str()) { "" } else { "?" };
        let _ = writeln!(text, "  {field}{optional}: {};", of(schema));
    }
    text.push_str("}\n");
}

fn describe(text: &mut String, indent: &str, schema: &Value) {
    if let Some(words) = schema.get("description").and_then(Value::as_str) {
        let _ = writeln!(text, "{indent}/** {} */", words.replace('\n', " "));
    }
}

fn list<'a>(schema: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    schema.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// What may be one of several types.
fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    list(schema, "anyOf").chain(list(schema, "oneOf"))
}

/// A type in place.
fn of(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return name.rsplit('/').next().unwrap_or_default().to_owned();
    }
    let names: Vec<String> =
        list(schema, "enum").chain(schema.get("const")).map(|name| name.to_string()).collect();
    if !names.is_empty() {
        return names.join(" | ");
    }
    let parts: Vec<String> = alternatives(schema).map(of).collect();
    if !parts.is_empty() {
        return parts.join(" | ");
    }
    let kinds: Vec<&str> = schema
        .get("type")
        .and_then(Value::as_str)
        .into_iter()
        .chain(list(schema, "type").filter_map(Value::as_str))
        .collect();
    let each = kinds.iter().map(|kind| match *kind {
        "string" => "string".to_owned(),
        "integer" | "number" => "number".to_owned(),
        "boolean" => "boolean".to_owned(),
        "null" => "null".to_owned(),
        "array" => format!("{}[]", schema.get("items").map_or_else(|| "unknown".to_owned(), of)),
        "object" => "Record<string, unknown>".to_owned(),
        _ => "unknown".to_owned(),
    });
    let each: Vec<String> = each.collect();
    if each.is_empty() { "unknown".to_owned() } else { each.join(" | ") }
}
