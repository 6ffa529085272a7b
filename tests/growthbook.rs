//! GrowthBook's own cases, by way of what a campaign's conditions and filters go through: the reader, a recipient's attributes, consent, evaluation.
#![cfg(not(target_arch = "wasm32"))]
// clippy.toml lets tests unwrap, but not the functions that tests share
#![allow(clippy::unwrap_used)]

use apropos::campaign::bucket::{
    Filter, HashVersion, Range, bucket_ranges, choose_variation, equal_weights, hash,
};
use apropos::campaign::{Condition, Names};
use apropos::context::Context;
use apropos::intent::{Facts, SignalSet, Signals};
use apropos::profile::{Channel, Profile, Purpose};
use apropos::time::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use std::sync::LazyLock;

static CASES: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("data/growthbook/cases.json")).unwrap());

/// Cases that GrowthBook answers and Apropos refuses when the document is checked, each with what it is told: what can't be evaluated would be a mistake of the
/// writer, and is not let through to be answered with "no" at every open.
const REFUSED: &[(&str, &str)] = &[
    ("an unknown operator under $not fails, since this SDK can't evaluate it", UNKNOWN),
    ("an unknown operator under $nor fails, since this SDK can't evaluate it", UNKNOWN),
    ("an unknown operator inside $not on a value fails, since this SDK can't evaluate it", UNKNOWN),
    ("an unknown operator doesn't stop an $or that another condition passes", UNKNOWN),
    ("a known operator that fails decides the condition, even beside an unknown operator", UNKNOWN),
    ("unknown operator - pass", UNKNOWN),
    (
        "a condition key where an operator on a value belongs never matches, as before",
        "can't stand beside a name",
    ),
    ("$regex invalid - pass", "this expression can't be used"),
    ("$regex invalid - fail", "this expression can't be used"),
    ("$inGroup fails for unknown group id", "saved group \"unknowngroup_id\" is not known"),
    ("$notInGroup passes for unknown group id", "saved group \"unknowngroup_id\" is not known"),
];

const UNKNOWN: &str = "operator \"$regx\" is not supported";

fn section(name: &str) -> &'static [Value] {
    CASES[name].as_array().unwrap()
}

/// A recipient who allows personalization, with these attributes.
fn recipient(attributes: &Value) -> Profile {
    let mut profile = Profile::default();
    profile.consent.record(Channel::Email, Purpose::Personalization, true, Timestamp(0));
    for (name, value) in attributes.as_object().unwrap() {
        profile.attributes.tell(name, value, Timestamp(0)).unwrap();
    }
    profile
}

fn with_signals<T>(profile: &Profile, read: impl FnOnce(&Signals<'_>) -> T) -> T {
    let context = Context::default();
    read(&Signals::read(&Facts::new(Channel::Email, profile, &context, Timestamp(0)), SignalSet::ALL))
}

#[test]
fn conditions_mean_what_they_mean_to_growthbook() {
    let (mut passed, mut refused, mut failed) = (0, 0, Vec::new());
    for case in section("evalCondition") {
        let (name, groups) = (case[0].as_str().unwrap(), case.get(4).unwrap_or(&json!({})).to_string());
        let read = Condition::parse(&case[1].to_string(), &Names::any(&groups).unwrap());
        match (read, REFUSED.iter().find(|(refused, _)| *refused == name)) {
            (Ok(condition), None) => {
                let holds = with_signals(&recipient(&case[2]), |signals| condition.holds(signals));
                if json!(holds) == case[3] { passed += 1 } else { failed.push(format!("{case}")) }
            }
            (Err(problems), Some((_, reason))) if problems.0[0].message.contains(reason) => refused += 1,
            (read, _) => failed.push(format!("{case}: {:?}", read.err())),
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!((passed, refused), (572, REFUSED.len()));
    assert_eq!(passed + refused, 583);
}

#[test]
fn values_land_where_growthbook_puts_them() {
    let mut checked = 0;
    for case in section("hash") {
        let version = HashVersion::of(u32::try_from(case[2].as_u64().unwrap()).unwrap());
        let place =
            version.map(|version| hash(case[0].as_str().unwrap(), case[1].as_str().unwrap(), version));
        assert_eq!(json!(place), case[3], "{case}");
        checked += 1;
    }
    assert_eq!(checked, 27);
}

fn ranges(list: &Value) -> Vec<Range> {
    let number = |value: &Value| value.as_f64().unwrap();
    let range = |pair: &Value| Range { start: number(&pair[0]), end: number(&pair[1]) };
    list.as_array().unwrap().iter().map(range).collect()
}

/// The cases have eight decimals, cut off.
fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1.01e-8
}

#[test]
fn variations_get_the_parts_that_growthbook_gives_them() {
    let mut checked = 0;
    for case in section("getBucketRange") {
        let (count, coverage) = (case[1][0].as_u64().unwrap(), case[1][1].as_f64().unwrap());
        let weights: Option<Vec<f64>> =
            case[1][2].as_array().map(|list| list.iter().map(|w| w.as_f64().unwrap()).collect());
        let (ours, theirs) =
            (bucket_ranges(usize::try_from(count).unwrap(), coverage, weights.as_deref()), ranges(&case[2]));
        assert_eq!(ours.len(), theirs.len(), "{case}");
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert!(near(ours.start, theirs.start) && near(ours.end, theirs.end), "{case}: {ours:?}");
        }
        checked += 1;
    }
    for case in section("getEqualWeights") {
        // there are no minus one variations
        let ours = equal_weights(usize::try_from(case[0].as_i64().unwrap()).unwrap_or(0));
        let theirs = case[1].as_array().unwrap();
        assert!(ours.clone().count() == theirs.len(), "{case}");
        assert!(ours.zip(theirs).all(|(ours, theirs)| near(ours, theirs.as_f64().unwrap())), "{case}");
        checked += 1;
    }
    for case in section("chooseVariation") {
        let chosen = choose_variation(case[1].as_f64().unwrap(), &ranges(&case[2]));
        assert_eq!(chosen.map_or(json!(-1), |chosen| json!(chosen)), case[3], "{case}");
        checked += 1;
    }
    assert_eq!(checked, 13 + 6 + 13);
}

#[test]
fn namespaces_hold_whom_growthbook_has_in_them() {
    let mut checked = 0;
    for case in section("inNamespace") {
        let range = &ranges(&json!([[case[2][1], case[2][2]]]))[0];
        let namespace = Filter::namespace("id", case[2][0].as_str().unwrap(), *range);
        let profile = recipient(&json!({"id": case[1]}));
        assert_eq!(json!(with_signals(&profile, |signals| namespace.admits(signals))), case[3], "{case}");
        checked += 1;
    }
    assert_eq!(checked, 16);
}

/// GrowthBook takes these for missing, and a recipient without a value is in no part of anything.
#[test]
fn whoever_has_nothing_to_hash_is_outside() {
    let everyone = Filter::namespace("id", "all", Range { start: 0.0, end: 1.0 });
    let admits =
        |attributes: Value| with_signals(&recipient(&attributes), |signals| everyone.admits(signals));
    for attributes in [
        json!({}),
        json!({"id": null}),
        json!({"id": ""}),
        json!({"id": 0}),
        json!({"id": true}),
        json!({"id": ["1"]}),
    ] {
        assert!(!admits(attributes.clone()), "{attributes}");
    }
    assert!(admits(json!({"id": "1"})) && admits(json!({"id": 1.5})));
    let mut silent = recipient(&json!({"id": "1"}));
    silent.consent.record(Channel::Email, Purpose::Personalization, false, Timestamp(1));
    assert!(!with_signals(&silent, |signals| everyone.admits(signals)), "without consent there is no value");
}

// ---- whatever is written and told

/// Any JSON, made of words that conditions know and of others.
fn any_json() -> impl Strategy<Value = Value> {
    let single = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop_oneof![any::<f64>().prop_filter("JSON has no others", |n| n.is_finite()), Just(0.0), Just(-0.0)]
            .prop_map(Value::from),
        select(vec![
            "",
            "a",
            "plan",
            "1.2.3-rc.1",
            "v1..2+b",
            "string",
            "^a|b$",
            "[a-z]+é",
            "İSTANBUL",
            "g",
            "帽子\u{1F600}"
        ])
        .prop_map(Value::from),
    ];
    let keys = [
        "$and",
        "$or",
        "$nor",
        "$not",
        "$eq",
        "$ne",
        "$lt",
        "$gte",
        "$in",
        "$nini",
        "$inGroup",
        "$notInGroup",
        "$exists",
        "$size",
        "$elemMatch",
        "$type",
        "$regex",
        "$regexi",
        "$notRegex",
        "$veq",
        "$vlt",
        "$all",
        "$alli",
        "a",
        "a.0",
        "a.b",
        "a.length",
        "",
        "plan",
        "$x",
    ];
    single.prop_recursive(4, 24, 4, move |inner| {
        let named = vec((select(keys.to_vec()).prop_map(str::to_owned), inner.clone()), 0..4);
        prop_oneof![
            vec(inner, 0..4).prop_map(Value::from),
            named.prop_map(|named| Value::Object(named.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing panics, and what is read is decided one way or the other.
    #[test]
    fn any_condition_is_refused_or_holds_or_not(condition in any_json(), a in any_json(), plan in any_json()) {
        let groups = Names::any(r#"{"g": ["a", 1, null, true, [1]]}"#).unwrap();
        let mut profile = recipient(&json!({}));
        for (name, value) in [("a", a), ("plan", plan)] {
            let _ = profile.attributes.tell(name, &value, Timestamp(0));
        }
        let read = |condition: &Value| Condition::parse(&condition.to_string(), &groups);
        if let (Ok(plain), Ok(negated)) = (read(&condition), read(&json!({"$not": condition}))) {
            with_signals(&profile, |signals| assert_ne!(plain.holds(signals), negated.holds(signals)));
        }
    }

    /// Every place is in [0, 1), whatever is hashed.
    #[test]
    fn any_value_has_a_place(seed: String, value: String) {
        for version in [HashVersion::One, HashVersion::Two] {
            let place = hash(&seed, &value, version);
            prop_assert!((0.0..1.0).contains(&place));
        }
    }
}
