//! Edits of a campaign's document that leave the rest of it as it is written: ending an experiment, with or without keeping one of its arms.

use super::reader::suggestion;
use jsonc_parser::ast::{Array, Object, Value};
use jsonc_parser::common::{Range, Ranged};
use serde_json::Value as Json;

/// The document without an experiment; with `promote`, what that arm changes is the campaign's policy from now on.
///
/// # Errors
/// When it isn't there, in a sentence that says what is.
pub fn end_experiment(text: &str, experiment: &str, promote: Option<&str>) -> Result<String, String> {
    let parsed = jsonc_parser::parse_to_ast(text, &Default::default(), &Default::default());
    let parsed = parsed.map_err(|error| format!("the document is no JSON: {error}"))?;
    let Some(Value::Object(root)) = parsed.value else { return Err("the document is no object".into()) };
    let listed = root.get_array("experiments").ok_or("the campaign has no experiments")?;
    let (place, found) = find(listed, "experiment", experiment)?;
    let mut edits = vec![removal(&root, listed, place)];
    if let Some(arm) = promote {
        let arms = found.get_array("arms").ok_or("the experiment has no arms")?;
        let (_, arm) = find(arms, "arm", arm)?;
        let document: Json = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let policy =
            arm.get_object("policy").and_then(|policy| text.get(policy.range.start..policy.range.end));
        let changes = policy.map_or(Ok(Json::Null), serde_json::from_str);
        edits.extend(kept(text, &root, &document, &changes.map_err(|error| error.to_string())?));
    }
    // from the end, so that places before stay where they are; of two at one place the removal first
    edits.sort_by_key(|(range, _)| std::cmp::Reverse((range.start, range.end)));
    let mut edited = text.to_owned();
    for (range, new) in edits {
        edited.replace_range(range.start..range.end, &new);
    }
    Ok(edited)
}

/// The item of a list that has this id, and where it stands.
fn find<'a>(list: &'a Array<'a>, what: &str, id: &str) -> Result<(usize, &'a Object<'a>), String> {
    let items = || {
        list.elements.iter().enumerate().filter_map(|(i, item)| {
            let object = item.as_object()?;
            Some((object.get_string("id")?.value.as_ref(), i, object))
        })
    };
    let found = items().find(|(name, ..)| *name == id);
    found.map(|(_, i, object)| (i, object)).ok_or_else(|| {
        let names: Vec<_> = items().map(|(name, ..)| name).collect();
        format!("no {what} is called {id:?} ({})", suggestion(id, names.into_iter()))
    })
}

/// Takes an item out of the experiments; with the last of them, the list.
fn removal(root: &Object<'_>, list: &Array<'_>, place: usize) -> (Range, String) {
    if list.elements.len() > 1 {
        return (cut(&list.elements, place), String::new());
    }
    let place = root.properties.iter().position(|property| property.name.as_str() == "experiments");
    (cut(&root.properties, place.unwrap_or(0)), String::new())
}

/// What to cut so that an item is gone, and one comma with it.
fn cut(items: &[impl Ranged], place: usize) -> Range {
    let (start, end) = (items[place].range().start, items[place].range().end);
    match (items.get(place + 1), place.checked_sub(1).and_then(|before| items.get(before))) {
        (Some(next), _) => Range { start, end: next.range().start },
        (None, Some(before)) => Range { start: before.range().end, end },
        (None, None) => Range { start, end },
    }
}

/// Makes what an arm changes the campaign's own.
fn kept(text: &str, root: &Object<'_>, document: &Json, changes: &Json) -> Vec<(Range, String)> {
    let mut policy = document.get("policy").and_then(Json::as_object).cloned().unwrap_or_default();
    if let Some(learned) = changes.get("learned") {
        policy.insert("learned".into(), learned.clone());
    }
    let mut without = policy.get("without").and_then(Json::as_array).cloned().unwrap_or_default();
    for signal in changes.get("without").and_then(Json::as_array).into_iter().flatten() {
        if !without.contains(signal) {
            without.push(signal.clone());
        }
    }
    if !without.is_empty() {
        policy.insert("without".into(), without.into());
    }
    let policy = (!policy.is_empty()).then(|| ("policy", Json::from(policy)));
    let exploration = changes.get("exploration").map(|tried| ("exploration", tried.clone()));
    policy.into_iter().chain(exploration).map(|(name, value)| set(text, root, name, &value)).collect()
}

/// Sets a property of the document: in its place, or after the first.
fn set(text: &str, root: &Object<'_>, name: &str, value: &Json) -> (Range, String) {
    if let Some(property) = root.get(name) {
        let Range { start, end } = property.value.range();
        return (Range { start, end }, value.to_string());
    }
    let first = root.properties.first().map_or(root.range, |property| property.range);
    let before = text.get(..first.start).unwrap_or_default();
    let line = before.rfind('\n').map_or("", |start| &before[start..]);
    let indent = if line.trim().is_empty() && !line.is_empty() { line } else { " " };
    (Range { start: first.end, end: first.end }, format!(",{indent}\"{name}\": {value}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::{Campaign, diff};

    const TEXT: &str = r#"{
  "id": "a",
  "landing": "/",
  "value": {"currency": "EUR", "click": 1},
  "policy": {"without": ["age"]},
  "experiments": [
    {"id": "e", "layer": ["l", 0, 0.5], "arms": [
      {"id": "same", "share": 0.5},
      {"id": "rules", "share": 0.5, "policy": {"learned": false, "without": ["cart_value"], "exploration": {"floor": 0.01}}}]},
    {"id": "f", "layer": ["l", 0.5, 1], "arms": [{"id": "x", "share": 0.5}, {"id": "y", "share": 0.5}]}
  ],
  "slots": [{"name": "s", "kind": "text", "fallback": "v", "variants": [{"id": "v", "text": {"headline": "x"}}]}]
}"#;

    fn paths(before: &str, after: &str) -> Vec<String> {
        let read = |text: &str| serde_json::from_str(text).unwrap();
        diff(&read(before), &read(after)).into_iter().map(|change| change.path).collect()
    }

    #[test]
    fn ending_an_experiment_changes_nothing_else() {
        let one = end_experiment(TEXT, "e", None).unwrap();
        assert_eq!(paths(TEXT, &one), ["experiments.e"]);
        Campaign::parse(&one).unwrap();
        let none = end_experiment(&one, "f", None).unwrap();
        assert_eq!(paths(TEXT, &none), ["experiments"]);
        assert!(Campaign::parse(&none).unwrap().experiments.is_empty());
        let last = TEXT
            .replace("\"slots\"", "\"gone\"")
            .replace("  \"experiments\"", "  \"slots\": [], \"experiments\"");
        assert!(end_experiment(&last, "f", None).is_ok());
    }

    #[test]
    fn what_is_promoted_is_the_policy_for_everybody() {
        let promoted = end_experiment(TEXT, "e", Some("rules")).unwrap();
        let campaign = Campaign::parse(&promoted).unwrap();
        let before = Campaign::parse(TEXT).unwrap();
        let rules = (0..).find(|seed| before.parts(*seed).any(|(_, part)| part.name() == "rules")).unwrap();
        for seed in 0..50 {
            assert_eq!(campaign.policy_of(seed), before.policy_of(rules));
        }
        assert!(promoted.contains("  \"landing\": \"/\",\n  \"value\""), "{promoted}");
        let same = end_experiment(TEXT, "e", Some("same")).unwrap();
        assert_eq!(
            Campaign::parse(&same).unwrap().policy_of(0),
            before.policy_of(
                (0..)
                    .find(|s| before.parts(*s).next().is_none_or(|(_, part)| part.name() != "rules"))
                    .unwrap()
            )
        );
        // also on one line, and where the list stands at the end
        let line = r#"{"id": "a", "slots": [], "experiments": [{"id": "e", "arms": [{"id": "x", "policy": {"learned": false}}]}]}"#;
        assert_eq!(
            end_experiment(line, "e", Some("x")).unwrap(),
            r#"{"id": "a", "policy": {"learned":false}, "slots": []}"#
        );
    }

    #[test]
    fn what_is_not_there_is_told_with_what_is() {
        assert_eq!(
            end_experiment(TEXT, "g", None).unwrap_err(),
            "no experiment is called \"g\" (known: e, f)"
        );
        assert_eq!(
            end_experiment(TEXT, "e", Some("rule")).unwrap_err(),
            "no arm is called \"rule\" (did you mean \"rules\"?)"
        );
        assert!(end_experiment("{}", "e", None).is_err());
        assert!(end_experiment("[", "e", None).is_err());
    }
}
