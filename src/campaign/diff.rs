//! What changed between two versions of a campaign, by path: `slots.hero.variants.sale.text.headline`.
//!
//! Documents are compared as they are written. What has a name (slots, variants, experiments) is compared with its namesake, so a variant that was moved up is one that was moved, and not
//! five that were changed. Other lists are compared whole.

use crate::order;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Where: names with points between.
    pub path: String,
    /// What became of it.
    pub kind: ChangeKind,
    /// What stood there; `null` when nothing did. Of what was moved, the names in their order.
    pub before: Value,
    /// What stands there.
    pub after: Value,
}

/// What became of a part of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It came.
    Added,
    /// It went.
    Removed,
    /// It says something else.
    Changed,
    /// The same stand in another order.
    Moved,
}

/// What changed from one document to another.
#[must_use]
pub fn diff(before: &Value, after: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    compare("", before, after, &mut changes);
    changes
}

fn compare(path: &str, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    if is_same(before, after) {
        return;
    }
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => objects(path, before, after, changes),
        _ => match (named(before), named(after)) {
            (Some(before), Some(after)) => lists(path, &before, &after, changes),
            _ => changes.push(change(path, ChangeKind::Changed, before, after)),
        },
    }
}

fn objects(path: &str, before: &Map<String, Value>, after: &Map<String, Value>, changes: &mut Vec<Change>) {
    for (name, value) in before {
        one(&within(path, name), Some(value), after.get(name), changes);
    }
    for (name, value) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        one(&within(path, name), None, Some(value), changes);
    }
}

fn lists(path: &str, before: &[(&str, &Value)], after: &[(&str, &Value)], changes: &mut Vec<Change>) {
    let (old, new) = (by_name(before), by_name(after));
    for (name, value) in before {
        one(&within(path, name), Some(value), new.get(name).copied(), changes);
    }
    for (name, value) in after.iter().filter(|(name, _)| !old.contains_key(name)) {
        one(&within(path, name), None, Some(value), changes);
    }
    let order = |list: &[(&str, &Value)], other: &BTreeMap<&str, &Value>| -> Vec<Value> {
        list.iter().filter(|(name, _)| other.contains_key(name)).map(|(name, _)| (*name).into()).collect()
    };
    let (stood, stand) = (order(before, &new), order(after, &old));
    if stood != stand {
        changes.push(change(path, ChangeKind::Moved, &stood.into(), &stand.into()));
    }
}

fn one(path: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<Change>) {
    match (before, after) {
        (Some(before), Some(after)) => compare(path, before, after, changes),
        (Some(before), None) => changes.push(change(path, ChangeKind::Removed, before, &Value::Null)),
        (None, Some(after)) => changes.push(change(path, ChangeKind::Added, &Value::Null, after)),
        (None, None) => {}
    }
}

fn change(path: &str, kind: ChangeKind, before: &Value, after: &Value) -> Change {
    Change { path: path.to_owned(), kind, before: before.clone(), after: after.clone() }
}

fn within(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The items of a list by their names, if each has one of its own.
fn named(value: &Value) -> Option<Vec<(&str, &Value)>> {
    let items = value.as_array()?.iter().map(|item| Some((name(item)?, item)));
    let items: Vec<_> = items.collect::<Option<_>>()?;
    (by_name(&items).len() == items.len()).then_some(items)
}

fn name(item: &Value) -> Option<&str> {
    let fields = item.as_object()?;
    fields.get("id").or_else(|| fields.get("name"))?.as_str()
}

fn by_name<'a>(items: &[(&'a str, &'a Value)]) -> BTreeMap<&'a str, &'a Value> {
    order::map(items.iter().copied())
}

/// Do both say the same, however a number is spelt?
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const FULL: &str = include_str!("../../tests/vectors/campaigns/full.json");

    fn told(before: &Value, after: &Value) -> Vec<(String, ChangeKind)> {
        diff(before, after).into_iter().map(|change| (change.path, change.kind)).collect()
    }

    #[test]
    fn what_changed_is_told_by_its_place() {
        let before: Value = serde_json::from_str(FULL).unwrap();
        let mut after = before.clone();
        assert_eq!(diff(&before, &after), []);
        let (slot, variant) = (before["slots"][0]["name"].as_str().unwrap(), &before["slots"][0]["variants"]);
        let names = |list: &Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|v| v["id"].as_str().unwrap().to_owned()).collect()
        };
        let ids = names(variant);
        after["holdout"] = json!(0.25);
        after["guardrails"] = json!({});
        let variants = after["slots"][0]["variants"].as_array_mut().unwrap();
        variants[0]["alt"] = json!("another");
        variants.swap(0, 1);
        variants.push(json!({"id": "late", "alt": "", "image": "late.png"}));
        let changes = diff(&before, &after);
        let paths: Vec<_> = changes.iter().map(|c| (c.path.as_str(), c.kind)).collect();
        assert!(paths.contains(&("holdout", ChangeKind::Changed)), "{paths:?}");
        let changed = format!("slots.{slot}.variants.{}.alt", ids[0]);
        assert!(paths.contains(&(changed.as_str(), ChangeKind::Changed)), "{paths:?}");
        let added = format!("slots.{slot}.variants.late");
        assert!(paths.contains(&(added.as_str(), ChangeKind::Added)), "{paths:?}");
        let moved = changes.iter().find(|c| c.kind == ChangeKind::Moved).unwrap();
        assert_eq!(moved.path, format!("slots.{slot}.variants"));
        assert_eq!(moved.before, json!(ids));
        let guardrails = paths.iter().filter(|(path, _)| path.starts_with("guardrails.")).count();
        assert_eq!(guardrails, before["guardrails"].as_object().unwrap().len());
    }

    #[test]
    fn numbers_are_what_they_say_and_plain_lists_are_compared_whole() {
        assert_eq!(told(&json!({"a": 1}), &json!({"a": 1.0})), []);
        let path = ("a".to_owned(), ChangeKind::Changed);
        assert_eq!(told(&json!({"a": [1, 2]}), &json!({"a": [2, 1]})), std::slice::from_ref(&path));
        assert_eq!(told(&json!({"a": [{"id": "x"}, {"id": "x"}]}), &json!({"a": [{"id": "x"}]})), [path]);
        assert_eq!(told(&json!([]), &json!({})), [(String::new(), ChangeKind::Changed)]);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-3..3).prop_map(Value::from),
            "[a-c]".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("id|name|[a-c]", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_the_same_has_no_difference_and_anything_else_has(before in any_json(), after in any_json()) {
            prop_assert_eq!(diff(&before, &before), []);
            prop_assert_eq!(diff(&before, &after).is_empty(), before == after, "{} {}", before, after);
        }
    }
}
