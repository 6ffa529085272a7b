//! `--feeds`: what feeds say, in pictures and in words.

use super::{Folder, assert_ran};
use serde_json::{Value, json};
use std::fs;

fn campaign(headline: &str) -> String {
    json!({
        "id": "tents", "landing": "/", "value": {"currency": "EUR", "click": 1}, "exploration": {"silence": 0},
        "feeds": {"stock": {"row": "tent-2", "fresh": "10m"}, "fares": {"by": "country", "fresh": "1d"}},
        "slots": [{
            "name": "hero", "kind": "image", "width": 600, "height": 300, "fallback": "v",
            "variants": [{"id": "v", "image": "art.png", "alt": "Tents", "text": {"headline": headline}}],
        }],
    })
    .to_string()
}

const HEADLINE: &str = "Only {stock.left|a few} left, from {fares.price:money|little}";
const FEEDS: &str = r#"{"stock": {"at": "2026-11-23T08:00:00Z", "rows": {"tent-2": {"left": 7}}}, "fares": {"rows": {"HR": {"price": 49.9}}}}"#;
const ANA: &str = r#"{"traits": {"country": "HR", "language": "hr"}, "consent": {"email": {"marketing": true, "personalization": true}}}"#;

#[test]
fn feeds_are_shown_while_they_are_fresh() {
    let folder = Folder::of("feeds");
    folder.write("tents.json", campaign(HEADLINE)).write("feeds.json", FEEDS).write("ana.json", ANA);
    let told = |now: &str, more: &[&str]| {
        let args = ["decide", "--campaign", "tents.json", "--profile", "ana.json", "--now", now];
        folder.run(&[&args, more].concat()).out
    };
    let (fresh, later) = ("2026-11-23T08:05:00Z", "2026-11-23T08:10:01Z");
    let feeds = ["--feeds", "feeds.json"];
    assert!(
        told(fresh, &feeds).ends_with("\nTexts\n  hero  Only 7 left, from 49,90\u{a0}€\n"),
        "{}",
        told(fresh, &feeds)
    );
    assert!(told(later, &feeds).ends_with("\n  hero  Only a few left, from 49,90\u{a0}€\n"));
    let json =
        |more: &[&str]| serde_json::from_str::<Value>(&told(fresh, &[more, &["--json"]].concat())).unwrap();
    assert_eq!(json(&feeds)["texts"]["hero"]["headline"], "Only 7 left, from 49,90\u{a0}€");
    assert_eq!(json(&[])["texts"], Value::Null);

    let draw = |name: &str, at: &str, more: &[&str]| {
        let art = concat!(env!("CARGO_MANIFEST_DIR"), "/www/demo/art/default.png");
        fs::copy(art, folder.0.join("art.png")).unwrap();
        let args = ["render", "tents.json", "--images", ".", "--at", at, "-o", name];
        assert_ran(&folder.run(&[&args, more].concat()), 0, "", "");
        fs::read(folder.0.join(name)).unwrap()
    };
    let nothing = draw("a.png", fresh, &[]);
    assert!(draw("b.png", later, &feeds) == nothing, "a stale feed is no feed");
    assert!(draw("c.png", fresh, &feeds) != nothing, "how many are left is shown to all");
    let ana = draw("d.png", later, &["--feeds", "feeds.json", "--as", "ana.json"]);
    assert!(ana != nothing, "her fare is shown to her");
}

#[test]
fn mistakes_in_feeds_and_formats_are_told_where_they_stand() {
    let folder = Folder::of("feeds-wrong");
    folder.write("tents.json", campaign(HEADLINE)).write("feeds.json", r#"{"stock": {"rowz": {}}}"#);
    let ran = folder.run(&["render", "tents.json", "--feeds", "feeds.json", "-o", "a.png"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("did you mean \"rows\"?"), "{}", ran.err);

    for (headline, told) in [
        ("from {fares.price:mony|little}", "format \"mony\" is not known; did you mean \"money\"?"),
        ("from {fare.price|little}", "\"fare\" is no feed of this campaign\n   → did you mean \"fares\"?"),
    ] {
        folder.write("wrong.json", campaign(headline));
        let ran = folder.run(&["check", "wrong.json"]);
        assert!(ran.code == 1 && ran.out.contains(told), "{}", ran.out);
        assert!(ran.out.contains("slots[0].variants[0].text.headline"), "{}", ran.out);
    }
}
