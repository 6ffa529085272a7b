//! The engine as JavaScript sees it, for the tests of both places where wasm runs.
// clippy.toml lets tests unwrap and panic, but not the functions that tests share
#![allow(clippy::panic, clippy::unwrap_used)]

use crate::vectors;
use apropos::browser::{Engine, check};
use js_sys::{Array, JSON, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

fn stringify(value: &JsValue) -> String {
    JSON::stringify(value).unwrap().into()
}

/// `Engine.decide` gives what was recorded natively, in the same order. JavaScript writes some numbers in another way than Rust (`1` and not
/// `1.0`), so the recorded text passes through its hands too.
pub fn replay() -> usize {
    let mut count = 0;
    for vectors::Line { case, answer, .. } in vectors::lines() {
        let Some(request) = case.request else { continue };
        let engine =
            Engine::new(vectors::campaign(&case.campaign)).unwrap_or_else(|_| panic!("{}", case.campaign));
        let question = serde_json::json!({"profile": case.profile, "request": request, "live": case.live, "learned": case.learned, "now": case.now.0, "seed": case.seed});
        let javascript =
            serde_wasm_bindgen::Serializer::json_compatible().serialize_large_number_types_as_bigints(true);
        let found = engine.decide(question.serialize(&javascript).unwrap());
        let found = found.unwrap_or_else(|e| panic!("{}: {:?}", case.name, JsValue::from(e)));
        assert_eq!(stringify(&found), stringify(&JSON::parse(answer).unwrap()), "{}", case.name);
        count += 1;
    }
    count
}

fn question(text: &str) -> JsValue {
    JSON::parse(text).unwrap()
}

fn message(error: impl Into<JsValue>) -> String {
    error.into().unchecked_into::<js_sys::Error>().message().into()
}

/// What is left out has its default: a stranger's page view, now.
pub fn defaults() {
    let engine = Engine::new(vectors::campaign("pages")).unwrap_or_else(|_| panic!("pages"));
    for asked in [JsValue::UNDEFINED, JsValue::NULL, Object::new().into()] {
        let before = js_sys::Date::now();
        let found = engine.decide(asked).unwrap_or_else(|e| panic!("{}", message(e)));
        let get = |key: &str| Reflect::get(&found, &key.into()).unwrap();
        // a mail's image for a stranger would fall back
        assert_eq!(get("outcome").as_string().as_deref(), Some("show"));
        let decided = js_sys::Date::parse(&get("decided_at").as_string().unwrap());
        assert!((before..=js_sys::Date::now()).contains(&decided), "{decided}");
    }
    let told = engine.decide(question(r#"{"now": 1795000000000, "profile": {"traits": {"country": "HR"}}}"#));
    let told = told.unwrap_or_else(|e| panic!("{}", message(e)));
    let decided = Reflect::get(&told, &"decided_at".into()).unwrap();
    assert_eq!(decided.as_string().as_deref(), Some("2026-11-18T11:06:40Z"));
}

/// Every mistake is an `Error` that names it.
pub fn mistakes() {
    let problems = message(Engine::new(r#"{"id": "A", "landing": "x"}"#).err().unwrap());
    for part in ["1:8: id: expected lower-case letters", "landing: expected a URL", "\"slots\" is missing"] {
        assert!(problems.contains(part), "{problems}");
    }
    let engine = Engine::new(vectors::campaign("pages")).unwrap_or_else(|_| panic!("pages"));
    for (asked, part) in [
        (r#"{"profil": {}}"#, "unknown field `profil`"),
        (
            r#"{"profile": {"cart": {"itms": 1}, "traits": 5}}"#,
            "profile: cart.itms: unknown field; did you mean cart.items?",
        ),
        (r#"{"request": {"usr_agent": ""}}"#, "request: unknown field `usr_agent`"),
        (r#"{"request": {"surface": "paper"}}"#, "request: unknown variant `paper`"),
        (r#"{"now": "soon"}"#, "a time such as"),
        (r#"{"seed": -1}"#, "u64"),
        (r#""spring""#, "expected an object"),
        ("[]", "expected an object"),
    ] {
        let found = message(engine.decide(question(asked)).err().unwrap());
        assert!(found.contains(part), "{asked}: {found}");
    }
}

/// `check` gives a list of plain objects.
pub fn checks() {
    let none = check(vectors::campaign("full")).unwrap_or_else(|e| panic!("{}", message(e)));
    assert_eq!(stringify(&none), "[]");
    let problems = check("{\n  \"id\": 5}").unwrap_or_else(|e| panic!("{}", message(e)));
    let last = problems.unchecked_into::<Array>().pop();
    let expected = r#"{"line":2,"column":9,"length":1,"path":"id","message":"expected lower-case letters, digits and dashes, at most 64, found 5"}"#;
    assert_eq!(stringify(&last), expected);
}
