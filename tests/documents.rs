//! What people and machines write for Apropos: campaigns, read from any text without a panic and as their schema says; profiles, kept in small rows.
#![cfg(not(target_arch = "wasm32"))]
// clippy.toml lets tests unwrap, but not the functions that tests share
#![allow(clippy::unwrap_used)]

#[path = "common/arbitrary.rs"]
mod arbitrary;
#[path = "common/vectors.rs"]
mod vectors;

use apropos::campaign::{Campaign, json_schema};
use apropos::profile::{Exposure, Latest, Profile, Sight, Traits, fields, row};
use apropos::time::{DAY, HOUR, Timestamp};
use jsonschema::Validator;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::RngAlgorithm;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

fn cases(cases: u32) -> ProptestConfig {
    let rng_algorithm = RngAlgorithm::XorShift;
    ProptestConfig { cases, rng_algorithm, failure_persistence: None, ..ProptestConfig::default() }
}

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| jsonschema::validator_for(&json_schema()).unwrap());

/// The reader and the schema agree that this is a campaign.
fn both_accept(text: &str) {
    Campaign::parse(text).unwrap();
    let document = serde_json::from_str(text).unwrap();
    let errors: Vec<_> =
        SCHEMA.iter_errors(&document).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn every_example_is_read_and_fits_the_schema() {
    both_accept(include_str!("../demo/campaign.json"));
    vectors::CAMPAIGNS.iter().for_each(|(_, text)| both_accept(text));
}

/// The least that a campaign needs.
fn least() -> Value {
    json!({"id": "a", "landing": "/", "value": {"currency": "EUR", "click": 1},
        "slots": [{"name": "s", "kind": "text", "fallback": "v", "variants": [{"id": "v", "text": {"headline": "x"}}]}]})
}

#[test]
fn the_least_campaign_fits_the_schema() {
    both_accept(&least().to_string());
}

#[test]
fn what_a_condition_may_say_fits_the_schema() {
    for condition in [
        json!({"purchases": {"$not": 3}}),
        json!({"purchases": {"$not": {"$gt": 3, "$not": {"$lt": 1}}}}),
        json!({"stage": {"$not": null}}),
        json!({"weekend": null}),
        json!({"$not": {"$nor": [{}]}}),
    ] {
        let mut document = least();
        document["audience"] = condition;
        both_accept(&document.to_string());
    }
}

#[test]
fn what_a_condition_may_not_say_is_refused_by_both() {
    for condition in [
        json!({"purchases": {"$not": {"$regex": 3}}}),
        json!({"purchases": {"$not": "three"}}),
        json!({"stage": {"$not": {"$gt": 3}}}),
        json!({"stage": {"$in": [null]}}),
        json!({"purchase": 1}),
    ] {
        let mut document = least();
        document["audience"] = condition;
        assert!(Campaign::parse(&document.to_string()).is_err(), "{document}");
        assert!(!SCHEMA.is_valid(&document), "{document}");
    }
}

/// Which attributes are declared, a schema can't look up; all else it knows.
#[test]
fn what_is_said_of_attributes_is_checked_by_both() {
    let declares = |condition: Value, more: Value| {
        let mut document = least();
        document["attributes"] = json!({"id": "string", "tier": "string", "company.seats": "number"});
        document["audience"] = condition;
        document.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
        document
    };
    for condition in [
        json!({"tier": 3}),
        json!({"tier": {}}),
        json!({"tier": {"a": 1}}),
        json!({"tier": {"$in": 3, "$elemMatch": {"a": {"b": 1}}}}),
        json!({"company.seats": {"$not": {"$size": {"$gt": 1}}}, "stage": {"$regexi": "^n"}}),
    ] {
        both_accept(&declares(condition, json!({})).to_string());
    }
    for refused in [
        declares(json!({"tier": {"$regx": "a"}}), json!({})),
        declares(json!({"tier": {"$gt": 1, "lt": 3}}), json!({})),
        declares(json!({"tier": {"$not": {"$size": {"$gr": 1}}}}), json!({})),
        declares(json!({"purchases": {"$regex": "a"}}), json!({})),
        declares(json!({}), json!({"attributes": {"tier": "text"}})),
        declares(json!({}), json!({"saved_groups": {"a": 1}})),
        declares(json!({}), json!({"namespace": ["a", 0]})),
        declares(json!({}), json!({"namespace": ["a", 0, 1.5]})),
        declares(json!({}), json!({"filters": [{"seed": "a", "ranges": []}]})),
        declares(json!({}), json!({"filters": [{"seed": "a", "ranges": [[0, 1]], "hashVersion": 3}]})),
        declares(json!({}), json!({"filters": [{"seed": "a", "ranges": [[0, 1]], "range": 3}]})),
    ] {
        assert!(Campaign::parse(&refused.to_string()).is_err(), "{refused}");
        assert!(!SCHEMA.is_valid(&refused), "{refused}");
    }
    let stranger = declares(json!({"plan_name": 1}), json!({}));
    assert!(Campaign::parse(&stranger.to_string()).is_err() && SCHEMA.is_valid(&stranger));
}

#[test]
fn feeds_fit_the_schema() {
    let declaring = |feeds: Value| {
        let mut document = least();
        document["feeds"] = feeds;
        document["language"] = json!("hr");
        document
    };
    for feeds in [
        json!({}),
        json!({"weather": {"by": "city", "fresh": "1h"}, "poll": {"fresh": "10m"}}),
        json!({"stock": {"row": "tent-2", "fresh": "10m"}, "stores": {"nearest": true, "within": 50.5, "fresh": "30d"}}),
    ] {
        both_accept(&declaring(feeds).to_string());
    }
    for refused in [
        json!({"weather": {}}),
        json!({"weather": {"fresh": "soon"}}),
        json!({"weather": {"fresh": "1h", "key": "city"}}),
        json!({"weather": {"fresh": "1h", "row": ""}}),
        json!({"weather": {"fresh": "1h", "nearest": "yes"}}),
        json!({"stores": {"fresh": "1h", "nearest": true, "within": 0}}),
        json!({"Weather": {"fresh": "1h"}}),
        json!([]),
    ] {
        let document = declaring(refused);
        assert!(Campaign::parse(&document.to_string()).is_err(), "{document}");
        assert!(!SCHEMA.is_valid(&document), "{document}");
    }
}

/// A campaign whose one slot shows this beside a stored image.
fn showing(countdown: Value) -> Value {
    let mut document = least();
    document["slots"] = json!([{"name": "s", "kind": "image", "width": 600, "height": 120, "fallback": "v", "variants": [
        {"id": "v", "image": "v.png", "alt": "x"}, {"id": "c", "countdown": countdown, "alt": "x"}
    ]}]);
    document
}

#[test]
fn countdowns_fit_the_schema() {
    let full = json!({
        "to": {"at": "2026-12-24T18:00:00.250+01:00"}, "style": "flip", "background": "#010203", "box": "#040506",
        "ink": "#070809", "label_ink": "#0a0b0c", "units": ["hours", "minutes", "seconds"], "language": "pt-BR",
        "labels": {"hours": "h", "minutes": "", "seconds": "s", "days": "d"}, "frames": 30, "redraw": "full", "expired": "Over"
    });
    both_accept(&showing(full.clone()).to_string());
    for to in [
        json!({"first_open": "48h"}),
        json!({"end_of_day": "Europe/Zagreb"}),
        json!({"at": "2026-12-24T18:00Z"}),
    ] {
        both_accept(&showing(json!({"to": to})).to_string());
    }
    let with = |key: &str, value: Value| {
        let mut countdown = full.clone();
        countdown[key] = value;
        showing(countdown)
    };
    let mut both = showing(full.clone());
    both["slots"][0]["variants"][1]["unheard_of"] = json!(1);
    for refused in [
        showing(json!({})),
        both,
        with("unheard_of", json!(1)),
        with("to", json!({"at": "2026-12-24T18:00:00"})),
        with("to", json!({"at": "2026-12-24T18:00Z", "first_open": "2d"})),
        with("to", json!({})),
        with("style", json!("box")),
        with("ink", json!("white")),
        with("units", json!(["weeks"])),
        with("units", json!([])),
        with("labels", json!({"weeks": "w"})),
        with("frames", json!(31)),
        with("frames", json!("30")),
        with("redraw", json!("none")),
        with("expired", json!("x".repeat(101))),
    ] {
        assert!(Campaign::parse(&refused.to_string()).is_err(), "{refused}");
        assert!(!SCHEMA.is_valid(&refused), "{refused}");
    }
}

/// JSON and nothing more, or an editor would mark what we accept.
#[test]
fn what_is_no_json_is_refused() {
    for number in ["NaN", "-Infinity", "Infinity", ".5", "5.", "+1", "0x10", "01", "1e999", "-", "1_000"] {
        let text = least()
            .to_string()
            .replace("\"slots\"", &format!("\"audience\":{{\"clicks\":{number}}},\"slots\""));
        assert!(Campaign::parse(&text).is_err(), "{number}");
    }
    for string in ["'x'", r#""\x41""#, r#""\v""#, "\"\\\n\"", "\"a\nb\"", r#""\ud800""#] {
        let text = least().to_string().replace("\"slots\"", &format!("\"name\":{string},\"slots\""));
        assert!(Campaign::parse(&text).is_err(), "{string}");
    }
    for text in
        [format!("{} x", least()), format!("// {}", least()), format!("{}{{}}", least()), "{,}".into()]
    {
        assert!(Campaign::parse(&text).is_err(), "{text}");
    }
}

/// Every object of a document: the way to it.
fn objects(value: &Value, way: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            found.push(way.to_owned());
            map.iter().for_each(|(key, value)| objects(value, &format!("{way}/{key}"), found));
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, value)| objects(value, &format!("{way}/{i}"), found));
        }
        _ => {}
    }
}

#[test]
fn a_key_that_is_not_known_is_refused_everywhere() {
    for (name, text) in vectors::CAMPAIGNS.iter().filter(|(name, _)| !matches!(*name, "many" | "growthbook"))
    {
        let document: Value = serde_json::from_str(text).unwrap();
        let mut ways = Vec::new();
        objects(&document, "", &mut ways);
        // where attributes are declared, a condition holds names and values of the writer's own
        let own = |way: &String| way.split('/').any(|step| matches!(step, "audience" | "when"));
        ways.retain(|way| document.get("attributes").is_none() || !own(way));
        assert!(ways.len() > 3);
        for way in ways {
            let mut wrong = document.clone();
            wrong.pointer_mut(&way).unwrap()["unheard_of"] = json!(1);
            assert!(Campaign::parse(&wrong.to_string()).is_err(), "{name}: {way}");
            assert!(!SCHEMA.is_valid(&wrong), "{name}: {way}");
        }
    }
}

/// The way to a place in a document, by turns at every branch.
fn way(mut value: &Value, turns: &[Index]) -> String {
    let mut way = String::new();
    for turn in turns {
        let (key, next) = match value {
            Value::Object(map) if !map.is_empty() => {
                map.iter().nth(turn.index(map.len())).map(|(key, value)| (key.clone(), value)).unwrap()
            }
            Value::Array(list) if !list.is_empty() => {
                let at = turn.index(list.len());
                (at.to_string(), &list[at])
            }
            _ => break,
        };
        (way, value) = (format!("{way}/{key}"), next);
    }
    way
}

/// What might stand at some place of a campaign, or does at another.
fn stray() -> impl Strategy<Value = Value> {
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(3),
        json!(201),
        json!(1e12),
        json!(""),
        json!("a"),
        json!("v0"),
        json!("7d"),
        json!("0m"),
        json!("29d"),
        json!("/x"),
        json!("//x"),
        json!("https://x"),
        json!("#10203g"),
        json!("#102030"),
        json!("EUR"),
        json!("eur"),
        json!("price"),
        json!("{first_name|x}"),
        json!("{x"),
        json!([]),
        json!(["v0"]),
        json!([0]),
        json!({}),
        json!({"$gt": 1}),
        json!({"$in": [1]}),
        json!({"stage": "new"}),
        json!({"cost": 1}),
        json!({"headline": "x"}),
        json!({"s0": ["v0"]}),
        json!({"within": "3d"}),
        json!({"floor": 0.1}),
    ];
    select(values.to_vec())
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn what_the_reader_accepts_fits_the_schema(
        mut document in arbitrary::document(),
        strays in vec((vec(any::<Index>(), 1..7), stray(), any::<bool>()), 0..3),
    ) {
        for (turns, stray, take) in strays {
            let way = way(&document, &turns);
            match document.pointer_mut(&way).unwrap() {
                Value::Object(map) if take && !map.is_empty() => {
                    let key = map.keys().nth(turns[0].index(map.len())).unwrap().clone();
                    map.remove(&key);
                }
                place => *place = stray,
            }
        }
        let text = document.to_string();
        match Campaign::parse(&text) {
            Ok(_) => prop_assert!(SCHEMA.is_valid(&document), "{:?}", SCHEMA.validate(&document)),
            Err(problems) => prop_assert!(!problems.0.is_empty()),
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(
        document in arbitrary::document(),
        cuts in vec((any::<Index>(), 0..12usize, select(vec!["", "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u00e9", "é", "帽", "-", ".", "1e9", "null", "\n", "\u{feff}", "\0"])), 1..6),
    ) {
        let mut text: Vec<char> = document.to_string().chars().collect();
        for (at, length, put) in cuts {
            let at = at.index(text.len() + 1);
            let end = (at + length).min(text.len());
            text.splice(at..end, put.chars());
        }
        let text: String = text.into_iter().collect();
        match Campaign::parse(&text) {
            // what else is JSON is JSON for everyone
            Ok(_) => prop_assert!(SCHEMA.is_valid(&serde_json::from_str(&text).unwrap())),
            Err(problems) => {
                let lines: Vec<_> = text.split('\n').collect();
                prop_assert!(!problems.0.is_empty());
                for problem in problems.0 {
                    let line = lines[problem.line - 1].chars().count();
                    prop_assert!(problem.length >= 1 && (1..=line + 1).contains(&problem.column), "{problem}");
                }
            }
        }
    }
}

// ---- profiles

fn recipient() -> impl Strategy<Value = (Profile, Timestamp)> {
    arbitrary::scene().prop_map(|scene| (scene.profile, scene.now))
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn a_row_gives_back_the_profile((profile, _) in recipient()) {
        prop_assert_eq!(row::read(&row::write(&profile).unwrap()).unwrap(), profile);
    }

    #[test]
    fn a_row_that_is_cut_off_is_refused((profile, _) in recipient(), at: Index) {
        let row = row::write(&profile).unwrap();
        prop_assert!(row::read(&row[..at.index(row.len())]).is_err());
    }

    #[test]
    fn caps_outlive_any_number_of_prefetches(prefetches in 1..200i64, looks in 1..4i64) {
        let campaign = |id| Exposure {
            campaign: apropos::hash::Key(id), at: Timestamp(0), counted: id == 1, sight: Sight::Nothing, discount: 0, probability: 1.0,
        };
        let mut profile = Profile::default();
        for i in 0..looks {
            profile.expose(Exposure { at: Timestamp(i * HOUR), ..campaign(1) });
        }
        for i in 0..prefetches {
            profile.expose(Exposure { at: Timestamp(DAY + i * HOUR), ..campaign(2) });
        }
        prop_assert_eq!(profile.exposures.iter().filter(|e| e.counted).count() as i64, looks);
    }
}

/// Instants at which a date of four digits can be written.
fn written() -> impl Strategy<Value = (Profile, Timestamp)> {
    recipient().prop_filter("a time that can be written", |(_, now)| (0..4_000_000_000_000).contains(&now.0))
}

/// Numbers may differ by what rounding to three decimals takes, and what is left of so little after the next reading.
fn same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::Object(a), Value::Object(b)) => {
            a.keys().chain(b.keys()).all(|key| match (a.get(key), b.get(key)) {
                (Some(a), Some(b)) => same(a, b),
                (Some(only), None) | (None, Some(only)) => only.as_f64().is_some_and(|n| n <= 0.002),
                (None, None) => true,
            })
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 0.002 + 1e-6 * a.abs()
        }
        (a, b) => a == b,
    }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn what_is_written_reads_back((mut profile, now) in written()) {
        // random texts need not be such as an import takes, or keeps as they are
        profile.traits = Traits { birth_year: profile.traits.birth_year, ..Traits::default() };
        if profile.traits.birth_year.get().is_some_and(|year| !(1880..=2100).contains(year)) {
            profile.traits.birth_year = Latest::default();
        }
        profile.preferences.topics.retain(|topic| !topic.name.is_empty());
        profile.purchases.categories.retain(|(name, _)| !name.is_empty());
        profile.browsing.categories.retain(|(name, _)| !name.is_empty());
        let document = fields::write("ana", &profile, now);
        let (id, again) = fields::read(&document, now).unwrap();
        prop_assert_eq!(id, "ana");
        prop_assert_eq!(again.consent, profile.consent);
        prop_assert_eq!(again.browsing.acts.all(), profile.browsing.acts.all());
        prop_assert_eq!(again.browsing.cart(), profile.browsing.cart());
        prop_assert_eq!(&again.support.tickets, &profile.support.tickets);
        prop_assert_eq!(&again.usage.features, &profile.usage.features);
        prop_assert_eq!(&again.exposures, &profile.exposures);
        prop_assert_eq!(again.seen.all(), profile.seen.all());
        let (one, two) = (document.into(), fields::write("ana", &again, now).into());
        prop_assert!(same(&one, &two), "{one}\n{two}");
    }

    #[test]
    fn text_and_object_are_read_alike((profile, now) in written(), strays in vec((any::<Index>(), stray()), 0..3)) {
        let mut document = fields::write("ana", &profile, now);
        let names: Vec<_> = fields::all().map(|field| field.name).chain(["id", "traits", "trait", "purchases.x"]).collect();
        for (name, stray) in strays {
            document.insert(names[name.index(names.len())].to_owned(), stray);
        }
        let read = fields::read(&document, now);
        prop_assert_eq!(fields::parse(&Value::from(document).to_string(), now), read);
    }
}

#[test]
fn what_is_no_document_is_refused_in_a_sentence() {
    for (text, told) in [
        ("", "this is no JSON object: EOF while parsing a value at line 1 column 0"),
        (
            "3",
            "this is no JSON object: invalid type: integer `3`, expected a profile document, which is an object at line 1 column 1",
        ),
        ("{\"id\": \"a\"} x", "this is no JSON object: trailing characters at line 1 column 13"),
    ] {
        let errors = fields::parse(text, Timestamp(0)).unwrap_err();
        assert_eq!(errors.iter().map(ToString::to_string).collect::<Vec<_>>(), [told]);
    }
    let errors = fields::parse(
        r#"{"id": 1, "purchases": {"count": 1, "count": 2}, "purchases.count": 3}"#,
        Timestamp(0),
    );
    let told = errors.unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(told, ["purchases.count: is told twice", "purchases.count: is told twice"]);
}

#[test]
fn a_typical_row_is_small() {
    let document = json!({
        "id": "c-1",
        "consent": {"email": {"marketing": true, "personalization": true, "measurement": true},
            "web": {"marketing": true, "personalization": true, "measurement": false}},
        "traits": {"first_name": "Aleksandra", "language": "hr", "timezone": "Europe/Zagreb", "country": "HR", "area": "suburban"},
        "engagement": {"delivered": 9, "opens": 5, "clicks": 2, "last_delivered": "2026-11-19", "last_open": "2026-11-10",
            "last_click": "2026-11-01", "unanswered": 1},
        "purchases": {"count": 4, "discounted": 2, "value": 310, "last": "2026-09-01",
            "categories": {"tents": 2, "boots": 1, "jackets": 3, "lanterns": 1, "maps": 1}},
        "browsing": {"sessions": 3, "product_views": 12, "info_views": 1, "dwell_minutes": 14, "page_value": 6, "last_visit": "2026-11-15"},
        "cart": {"value": 84, "items": 2}, "lifecycle": {"since": "2024-05-01"}, "channels": {"last": "email"},
    });
    let now = Timestamp(1_795_000_000_000);
    let document: Map<_, _> = document.as_object().unwrap().clone();
    let (_, mut profile) = fields::read(&document, now).unwrap();
    // two mails a week for four weeks, all of them read
    let campaign = Campaign::parse(vectors::campaign("full")).unwrap();
    for i in 0..8 {
        profile.expose(Exposure {
            campaign: campaign.id.key,
            at: Timestamp(now.0 + i * 3 * DAY),
            counted: true,
            sight: Sight::Assembly(
                campaign
                    .slots
                    .iter()
                    .map(|slot| apropos::profile::Shown {
                        slot: slot.name.key,
                        variant: slot.variants[0].id.key,
                    })
                    .collect(),
            ),
            discount: 0,
            probability: 0.1234,
        });
    }
    let row = row::write(&profile).unwrap();
    assert!((300..=700).contains(&row.len()), "{} bytes", row.len());
    println!("{} bytes", row.len());
}

/// Of exposures in any order the newest is the one that holds.
#[test]
fn exposures_are_read_in_any_order_but_only_sound_ones() {
    let exposure = |at: i64, probability: f64| json!({"campaign": 1, "at": at, "counted": true, "sight": "nothing", "discount": 0, "probability": probability});
    let read = |exposures: Value| {
        let document = json!({"id": "a", "exposures": exposures});
        fields::read(document.as_object().unwrap(), Timestamp(9)).map(|(_, profile)| profile.exposures)
    };
    let read_back = read(json!([exposure(5, 0.5), exposure(3, 1.0), exposure(4, 0.1)])).unwrap();
    assert_eq!(read_back.iter().map(|e| e.at.0).collect::<Vec<_>>(), [3, 4, 5]);
    for wrong in [
        json!([exposure(1, 0.0)]),
        json!([exposure(1, 1.5)]),
        json!([exposure(1, -1.0)]),
        json!(vec![exposure(1, 1.0); 65]),
    ] {
        assert!(read(wrong).is_err());
    }
}
