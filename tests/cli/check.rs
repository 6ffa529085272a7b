//! `apropos check`: every problem, where it stands, for people and for programs.

use super::{FULL, Folder, assert_ran};
use apropos::campaign::Campaign;
use serde_json::{Value, json};

pub const BAD: &str = "{
  \"id\": \"Spring Sale\",
\t\"landing\": \"javascript:alert(1)\",
  \"value\": {\"currency\": \"EUR\", \"click\": 0.3},
  \"hodlout\": 0.1,
  \"audience\": {\"cart_vale\": {\"$gt\": 1}},
  \"slots\": [
    {\"name\": \"日本\", \"kind\": \"text\", \"fallback\": \"a\", \"variants\": [{\"id\": \"a\", \"text\": {\"headline\": \"Hi\"}}]}
  ]
}
";

pub const BAD_TOLD: &str = r#"bad.json:2:9  id
 2 │   "id": "Spring Sale",
   │         ^^^^^^^^^^^^^
   ✗ expected lower-case letters, digits and dashes, at most 64, found "Spring Sale"

bad.json:3:13  landing
 3 │     "landing": "javascript:alert(1)",
   │                ^^^^^^^^^^^^^^^^^^^^^
   ✗ expected a URL such as "https://shop.example/sale", or a path such as "/sale", found "javascript:alert(1)"

bad.json:5:3
 5 │   "hodlout": 0.1,
   │   ^^^^^^^^^
   ✗ "hodlout" is not known here
   → did you mean "holdout"?

bad.json:6:16  audience.cart_vale
 6 │   "audience": {"cart_vale": {"$gt": 1}},
   │                ^^^^^^^^^^^
   ✗ "cart_vale" is neither a signal nor a declared attribute
   → did you mean "cart_value"?

bad.json:8:14  slots[0].name
 8 │     {"name": "日本", "kind": "text", "fallback": "a", "variants": [{"id": "a", "text": {"headline": "H…
   │              ^^^^^^
   ✗ expected lower-case letters, digits and dashes, at most 64, found "日本"

5 problems
"#;

#[test]
fn check_shows_every_problem_under_carets() {
    let folder = Folder::of("check");
    folder.write("bad.json", BAD).write("full.json", FULL);
    assert_ran(&folder.run(&["check", "bad.json"]), 1, BAD_TOLD, "");

    let version = Campaign::parse(FULL).unwrap().version.0;
    let sound = format!("✓ full.json  full · 3 slots · 10 variants · version {version:08x}\n");
    assert_ran(&folder.run(&["check", "full.json"]), 0, &sound, "");
    let both = BAD_TOLD.replace("5 problems\n", &format!("{sound}5 problems in 1 of 2 files\n"));
    assert_ran(&folder.run(&["check", "bad.json", "full.json"]), 1, &both, "");
    assert_ran(&folder.run_with(&["check", "-"], &[], FULL), 0, &sound.replace("full.json", "stdin"), "");
}

#[test]
fn check_speaks_json_and_tells_what_it_cannot_read() {
    let folder = Folder::of("check-json");
    folder.write("bad.json", BAD).write("full.json", FULL).write("latin1.json", b"{\"name\": \"\xe9\"}");
    let ran = folder.run(&["check", "--json", "bad.json", "full.json"]);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    let problems = Campaign::parse(BAD).unwrap_err();
    let wanted = json!([
        {"file": "bad.json", "problems": problems, "warnings": []},
        {"file": "full.json", "problems": [], "warnings": []},
    ]);
    assert_eq!((ran.code, told), (1, wanted));

    let missing = folder.run(&["check", "missing.json"]);
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
    assert!(missing.err.starts_with("error: cannot open missing.json: "), "{}", missing.err);
    assert_ran(&folder.run(&["check", "latin1.json"]), 2, "", "error: latin1.json is not UTF-8 text\n");
    assert_eq!(folder.run(&["chekc"]).code, 2);
}

#[test]
fn colours_are_for_terminals() {
    let folder = Folder::of("colours");
    folder.write("bad.json", "{\"id\": \"\u{1b}[31m\"}");
    assert!(!folder.run(&["check", "bad.json"]).out.contains('\u{1b}'));
    let forced = folder.run_with(&["check", "bad.json"], &[("CLICOLOR_FORCE", "1")], "").out;
    assert!(forced.contains("\u{1b}[1m") && !forced.contains("\"\u{1b}[31m\""), "{forced}");
}

#[test]
fn what_can_hardly_be_read_is_warned_of() {
    let folder = Folder::of("check-warns");
    folder.write("pale.json", PALE);
    let told = folder.run(&["check", "pale.json"]);
    assert!(told.out.contains(PALE_TOLD) && told.out.contains("✓ pale.json"), "{}", told.out);
    assert_eq!(told.code, 0);
    let json: Value = serde_json::from_str(&folder.run(&["check", "--json", "pale.json"]).out).unwrap();
    assert_eq!(json[0]["warnings"][0]["path"], "slots[0].variants[0].composition.layers[0].ink");
}

const PALE: &str = r##"{"id": "pale", "landing": "/", "value": {"currency": "EUR", "click": 1}, "slots": [
  {"name": "hero", "kind": "image", "width": 600, "height": 300, "fallback": "a", "variants": [
    {"id": "a", "alt": "x", "composition": {"background": "#ffffff", "layers": [
      {"at": "top", "text": "Hi", "ink": "#aaaaaa"}]}}]}]}"##;

const PALE_TOLD: &str = r##"pale.json:4:42  slots[0].variants[0].composition.layers[0].ink
 4 │       {"at": "top", "text": "Hi", "ink": "#aaaaaa"}]}}]}]}
   │                                          ^^^^^^^^^
   ! #aaaaaa on #ffffff is hard to read: the contrast is 2.3 to 1, and 4.5 is the least for text
   → make the text darker, or its ground the other way
"##;
