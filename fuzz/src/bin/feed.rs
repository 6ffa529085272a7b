//! Any text as a template (the first line), a language (the second) and a feed (the rest): whatever is accepted fills the places with texts that can be drawn, are short, and say
//! the same every time.
#![no_main]
#![allow(clippy::expect_used, reason = "a target that cannot begin may stop")]

use apropos::campaign::{Campaign, Feed, Feeds, Locale, Template, Values};
use apropos::context::{Context, Place, Trust};
use apropos::intent::Facts;
use apropos::profile::Channel;
use fuzz::{NOW, SCENE, seed};
use std::rc::Rc;
use std::sync::LazyLock;

libfuzzer_sys::fuzz_target!(init: seed(SEEDS), |data: &[u8]| run(data));

const SEEDS: [&str; 5] = [
    "{a.n:number 3|x} {a.n:money JPY|x} {a.n:percent 1|x} {a.n|x}\nar\n{\"values\": {\"n\": -1234567.895}}",
    "{b.t:date|x}, {b.t:weekday here|x} {b.t:time Asia/Tokyo|x} {b.t:day|x}\nth\n{\"rows\": {\"tent\": {\"t\": \"2026-12-24T18:00:00.5+01:00\"}}}",
    "{c.a:upper|x} {c.b|x}\ntr-CY\n{\"at\": \"2026-11-18T12:00:00Z\", \"rows\": {\"HR\": {\"a\": \"istanbul\"}, \"\u{e9}\": {\"b\": null}}}",
    "{d.name|x} {d.distance:number 0|x}\nzh-Hant\n{\"places\": [{\"lat\": 45.8, \"lon\": -180, \"name\": \"A\", \"city\": \"Zagreb\", \"country\": \"HR\"}, {\"lat\": -90, \"lon\": 0}]}",
    "{first_name:upper|x} {cart_items:money|x} {local_hour|x} {e.v|x}\nen-GB\n{\"rows\": {\"Zagreb\": {\"v\": true}}}",
];

static CAMPAIGN: LazyLock<Campaign> = LazyLock::new(|| {
    let text = r#"{"id": "a", "landing": "/", "value": {"currency": "EUR", "click": 1}, "feeds": {
        "a": {"fresh": "1d"}, "b": {"row": "tent", "fresh": "1d"}, "c": {"by": "country", "fresh": "1d"}, "d": {"nearest": true, "fresh": "1d"}, "e": {"by": "city", "fresh": "1d"}},
        "slots": [{"name": "s", "kind": "text", "fallback": "v", "variants": [{"id": "v", "text": {"headline": "x"}}]}]}"#;
    Campaign::parse(text).expect("the campaign is valid")
});

fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.splitn(3, '\n');
    let (template, language, feed) = (lines.next(), lines.next().unwrap_or(""), lines.next().unwrap_or(""));
    let Ok(template) = Template::parse(template.unwrap_or("")) else { return };
    let mut feeds = Feeds::NONE;
    if let Ok(feed) = Feed::parse(feed, NOW) {
        let feed = Rc::new(feed);
        ["a", "b", "c", "d", "e"].iter().for_each(|name| feeds.insert(name, feed.clone()));
    }
    let _ = Locale::of(language, Some("CH"));
    let mut profile = SCENE.customer.clone();
    profile.traits.language.tell(language.to_owned(), NOW);
    profile.traits.country.tell("HR".into(), NOW);
    let place = Place {
        trust: Trust::Person,
        coordinates: Some((45.8, 16.0)),
        city: Some("Zagreb".into()),
        ..Place::default()
    };
    let context = Context { place, ..Context::default() };
    let facts = Facts::new(Channel::Email, &profile, &context, NOW);
    for values in [Values::of(&CAMPAIGN, &feeds, &facts), Values::common(&CAMPAIGN, &feeds, NOW)] {
        let filled = template.fill(&values);
        assert_eq!(template.fill(&values), filled, "filled twice, filled otherwise");
        // a value has 200 letters, of which some have three capitals; a place has at least four
        assert!(filled.chars().count() <= data.len() * 200, "{filled:?}");
    }
}
