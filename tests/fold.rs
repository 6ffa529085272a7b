//! A profile hangs on the set of events: not on the order in which they came, not on how often they were told, not on where a row was written in between, and of one
//! person under several ids not on which is asked first.
#![cfg(not(target_arch = "wasm32"))]
// clippy.toml lets tests unwrap, but not the functions that tests share
#![allow(clippy::unwrap_used)]

use apropos::hash::Key;
use apropos::profile::consent::Grant;
use apropos::profile::{
    Channel, Consent, Event, Exposure, Folded, MEMORY, Profile, Purpose, Sight, identity, row,
};
use apropos::time::{DAY, HOUR, MINUTE, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::RngAlgorithm;
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(1_795_000_000_000);
/// How late an event may come to be known.
const LATE: i64 = 47 * HOUR;

fn cases(cases: u32) -> ProptestConfig {
    let rng_algorithm = RngAlgorithm::XorShift;
    ProptestConfig { cases, rng_algorithm, failure_persistence: None, ..ProptestConfig::default() }
}

/// One of everything that the fold knows.
fn call() -> impl Strategy<Value = Value> {
    let name = || select(vec!["tents", "boots", "packs", "stoves", "coffee"]);
    let track = |event: &'static str| move |properties: Value| json!({"type": "track", "event": event, "properties": properties});
    let plain = select(vec![
        "Products Searched",
        "Product Added to Wishlist",
        "Cart Viewed",
        "Checkout Started",
        "Order Refunded",
        "Email Delivered",
        "SMS Delivered",
        "Push Notification Received",
        "Email Opened",
        "Email Link Clicked",
        "SMS Link Clicked",
        "Email Bounced",
        "Unsubscribed",
        "SMS Unsubscribed",
        "Signed In",
        "Signed Up",
        "Trial Ended",
        "Song Played",
    ]);
    let category = select(vec!["info", "sale", "blog"]);
    prop_oneof![
        6 => plain.prop_map(|event| json!({"type": "track", "event": event})),
        2 => (category, 0..400u32, 0..9u8).prop_map(|(category, duration, value)| json!({"type": "page", "properties": {"category": category, "duration": duration, "page_value": value}})),
        2 => name().prop_map(|category| json!({"category": category})).prop_map(track("Product Viewed")),
        2 => (name(), 1..4u8, 0..90u8).prop_map(|(id, quantity, price)| json!({"product_id": id, "quantity": quantity, "price": price})).prop_map(track("Product Added")),
        1 => (name(), 1..4u8).prop_map(|(id, quantity)| json!({"product_id": id, "quantity": quantity})).prop_map(track("Product Removed")),
        1 => (name(), 0..200u32, any::<bool>()).prop_map(|(id, total, coupon)| json!({"total": total, "coupon": if coupon { "X" } else { "" }, "products": [{"product_id": id, "category": id}]})).prop_map(track("Order Completed")),
        1 => (name(), select(vec!["Ticket Opened", "Ticket Solved"]), -1.0..1.0f64).prop_map(|(id, event, mood)| json!({"type": "track", "event": event, "properties": {"ticket_id": id, "sentiment": mood}})),
        1 => name().prop_map(|feature| json!({"feature": feature})).prop_map(track("Feature Used")),
        2 => (name(), any::<bool>(), any::<bool>(), 1..5u8).prop_map(|(name, wanted, granted, weekly)| json!({"type": "identify", "traits": {
            "first_name": name, "plan": name, "age": 30 + weekly, "created_at": format!("202{weekly}-01-01"),
            "preferences": {"topics": {name: wanted}, "weekly": weekly}, "consent": {"email": {"marketing": granted, "measurement": wanted}}}})),
    ]
}

/// Events at these ages, in the order of time, each with an id of its own.
fn log(ages: impl Strategy<Value = i64>, count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Event>> {
    vec((call(), ages, any::<u64>()), count).prop_map(|calls| {
        let event = |(number, (call, age, id)): (usize, (Value, i64, u64))| {
            let mut event = call;
            event["userId"] = json!("ana");
            event["messageId"] = json!(format!("{id:x}-{number}"));
            event["timestamp"] = json!(NOW.0 - age);
            serde_json::from_value::<Event>(event).unwrap()
        };
        let mut events: Vec<_> = calls.into_iter().enumerate().map(event).collect();
        events.sort_by_key(|event| event.timestamp);
        events
    })
}

/// A few visits within the time that an event may be late, some of whose acts lie just as far apart as visits do.
fn of_two_days() -> impl Strategy<Value = i64> {
    (0..5i64, select(vec![0, 1, 29, 30, 31, 60, 61, 90]), 0..3i64)
        .prop_map(|(part, minutes, more)| part * 9 * HOUR + minutes * MINUTE + more)
}

fn folded<'e>(events: impl IntoIterator<Item = &'e Event>) -> Profile {
    let mut profile = Profile::default();
    for event in events {
        assert!(!matches!(profile.fold(event, NOW), Folded::Refused(_)), "{event:?}");
    }
    profile
}

/// What differs between two profiles by more than rounding. When a count was last touched tells nothing: what is left of it now does.
fn differences(one: &Profile, two: &Profile) -> Vec<String> {
    let mut found = Vec::new();
    let plain = |profile: &Profile| {
        let mut plain = profile.clone();
        plain.browsing.sessions = Default::default();
        plain.support.mood = Default::default();
        // the strongest first, which rounding may turn round
        plain.browsing.categories.sort_by(|a, b| a.0.cmp(&b.0));
        plain.purchases.categories.sort_by(|a, b| a.0.cmp(&b.0));
        json!(plain)
    };
    compare("", &plain(one), &plain(two), &mut found);
    for (name, a, b) in [
        ("sessions", one.browsing.sessions.at(NOW), two.browsing.sessions.at(NOW)),
        ("mood", one.support.mood.at(NOW), two.support.mood.at(NOW)),
    ] {
        if (a - b).abs() > 1e-3 * a.abs().max(1.0) {
            found.push(format!("{name}: {a} {b}"));
        }
    }
    found
}

fn compare(way: &str, one: &Value, two: &Value, found: &mut Vec<String>) {
    match (one, two) {
        (Value::Object(a), Value::Object(b)) if a.len() == b.len() => {
            for (key, value) in a {
                compare(&format!("{way}.{key}"), value, b.get(key).unwrap_or(&Value::Null), found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (i, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{way}.{i}"), a, b, found);
            }
        }
        (Value::Number(a), Value::Number(b)) if a.is_f64() && b.is_f64() => {
            let (x, y) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            if (x - y).abs() > 1e-3 * x.abs() {
                found.push(format!("{way}: {a} {b}"));
            }
        }
        (a, b) if a != b => found.push(format!("{way}: {a} {b}")),
        _ => {}
    }
}

fn none() -> Vec<String> {
    Vec::new()
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn any_order_and_any_number_of_doubles_give_the_same(
        (log, shuffled) in (log(of_two_days(), 0..32), vec(any::<Index>(), 0..8)).prop_flat_map(|(log, doubles)| {
            let mut told = log.clone();
            told.extend(doubles.iter().filter(|_| !log.is_empty()).map(|double| log[double.index(log.len())].clone()));
            (Just(log), Just(told).prop_shuffle())
        }),
    ) {
        prop_assert_eq!(differences(&folded(&shuffled), &folded(&log)), none());
    }

    #[test]
    fn late_events_of_a_long_log_find_their_place(
        log in log((0..25i64, of_two_days()).prop_map(|(week, age)| week * 7 * DAY + age), 0..60),
        late in vec(prop_oneof![1 => Just(0), 1 => 0..LATE], 60),
    ) {
        let mut arrived: Vec<_> = log.iter().zip(&late).map(|(event, late)| (event.timestamp.0 + late, event)).collect();
        arrived.sort_by_key(|(arrival, _)| *arrival);
        let arrived = folded(arrived.into_iter().map(|(_, event)| event));
        prop_assert_eq!(differences(&arrived, &folded(&log)), none());
    }

    #[test]
    fn a_row_in_between_changes_nothing(log in log(of_two_days(), 0..40), at: Index) {
        let (early, late) = log.split_at(at.index(log.len() + 1));
        let mut profile = row::read(&row::write(&folded(early)).unwrap()).unwrap();
        for event in late {
            profile.fold(event, NOW);
        }
        prop_assert_eq!(profile, folded(&log));
    }

    #[test]
    fn a_second_pass_changes_nothing(log in log(of_two_days(), 0..32)) {
        let once = folded(&log);
        let mut twice = once.clone();
        for event in &log {
            prop_assert!(matches!(twice.fold(event, NOW), Folded::Duplicate | Folded::Ignored), "{event:?}");
        }
        prop_assert_eq!(twice, once);
    }

    /// But for consent, where the stricter word of two ids stands and the newer one of a single id.
    #[test]
    fn merging_is_folding_together(log in log(of_two_days(), 0..30), mine in vec(any::<bool>(), 30)) {
        let part = |wanted: bool| folded(log.iter().zip(&mine).filter(|(_, mine)| **mine == wanted).map(|(event, _)| event));
        let mut merged = part(true);
        merged.merge(&part(false));
        let mut together = folded(&log);
        (merged.consent, together.consent) = (Consent::default(), Consent::default());
        prop_assert_eq!(differences(&merged, &together), none());
    }

    #[test]
    fn merging_knows_no_order(logs in [log(of_two_days(), 0..10), log(of_two_days(), 0..10), log(of_two_days(), 0..10)]) {
        let [a, b, c] = logs.each_ref().map(folded);
        let merged = |parts: [&Profile; 3]| {
            let [first, second, third] = parts;
            let mut merged = first.clone();
            merged.merge(second);
            merged.merge(third);
            merged
        };
        let mut nested = b.clone();
        nested.merge(&c);
        let all = merged([&a, &b, &c]);
        prop_assert_eq!(differences(&all, &merged([&c, &a, &b])), none());
        prop_assert_eq!(differences(&all, &merged([&a, &nested, &Profile::default()])), none());
        // what doesn't count stays as it is however often it is told
        let mut twice = all.clone();
        twice.merge(&all);
        prop_assert_eq!((&twice.traits, &twice.preferences, &twice.consent, &twice.seen), (&all.traits, &all.preferences, &all.consent, &all.seen));
        prop_assert_eq!((&twice.support.tickets, &twice.usage.features), (&all.support.tickets, &all.usage.features));
    }

    #[test]
    fn merging_loses_no_cap_and_no_refusal(exposures in vec((any::<bool>(), 0..4u32, 0..40 * DAY, any::<bool>()), 0..60), words in vec((any::<bool>(), select(Channel::ALL.to_vec()), select(Purpose::ALL.to_vec()), any::<bool>(), 0..9i64), 0..20)) {
        let mut sides = [Profile::default(), Profile::default()];
        for (side, campaign, age, counted) in &exposures {
            let at = Timestamp(NOW.0 - age);
            sides[usize::from(*side)].expose(Exposure { campaign: Key(*campaign), at, counted: *counted, sight: Sight::Nothing, discount: 0, probability: 0.5 });
        }
        for (side, channel, purpose, allowed, at) in &words {
            sides[usize::from(*side)].consent.record(*channel, *purpose, *allowed, Timestamp(*at));
        }
        let [one, two] = &sides;
        let (mut merged, mut other) = (one.clone(), two.clone());
        merged.merge(two);
        other.merge(one);
        prop_assert_eq!(&merged, &other);
        let newest = exposures.iter().map(|(_, _, age, _)| NOW.0 - age).max().unwrap_or_default();
        for (_, campaign, age, counted) in &exposures {
            let at = Timestamp(NOW.0 - age);
            let counts = |e: &Exposure| e.campaign == Key(*campaign) && e.at == at && e.counted;
            prop_assert!(!counted || newest - at.0 > MEMORY.0 || merged.exposures.iter().any(counts));
        }
        for (channel, purpose) in Channel::ALL.into_iter().flat_map(|c| Purpose::ALL.map(|p| (c, p))) {
            let grants = sides.each_ref().map(|side| side.consent.grant(channel, purpose));
            let refused = grants.iter().any(|g| matches!(g, Grant::Withdrawn(_) | Grant::Disputed(_)));
            let granted = grants.iter().any(|g| matches!(g, Grant::Granted(_)));
            prop_assert_eq!(merged.consent.covers(channel, purpose), granted && !refused);
        }
    }

    #[test]
    fn who_is_who_and_what_they_did_hangs_on_no_order(
        (log, shuffled) in (log(of_two_days(), 0..24), vec((0..7usize, 0..7usize, any::<bool>()), 24)).prop_flat_map(|(mut log, ids)| {
            let users = ["", "ana", "bo", "cy"];
            let devices = ["", "x", "y", "z"];
            for (event, (user, device, alias)) in log.iter_mut().zip(ids) {
                event.user_id = users[user.min(3)].to_owned();
                event.anonymous_id = devices[device.min(3)].to_owned();
                if event.id().is_empty() {
                    event.anonymous_id = "w".to_owned();
                }
                if alias && event.event == "Signed In" {
                    event.call = apropos::profile::event::Call::Alias;
                    event.previous_id = users[device.min(3)].to_owned();
                }
            }
            (Just(log.clone()), Just(log).prop_shuffle())
        }),
    ) {
        let profiles = |log: &'_ [Event]| {
            let profiles = identity::profiles(log.iter(), NOW, |_, reason| panic!("{reason}"));
            profiles.into_iter().map(|(name, profile)| (name.to_owned(), profile)).collect::<Vec<_>>()
        };
        let (one, two) = (profiles(&log), profiles(&shuffled));
        prop_assert_eq!(one.iter().map(|(name, _)| name).collect::<Vec<_>>(), two.iter().map(|(name, _)| name).collect::<Vec<_>>());
        for ((name, one), (_, two)) in one.iter().zip(&two) {
            prop_assert_eq!(differences(one, two), none(), "{}", name);
        }
    }
}

#[test]
fn a_refusal_outlives_becoming_known() {
    let event = |value: Value| serde_json::from_value::<Event>(value).unwrap();
    let grant = |granted| json!({"consent": {"email": {"marketing": granted}}});
    let log = [
        event(
            json!({"type": "identify", "anonymousId": "x", "timestamp": NOW.0 - DAY, "traits": grant(false)}),
        ),
        event(json!({"type": "identify", "userId": "ana", "timestamp": NOW.0 - HOUR, "traits": grant(true)})),
        event(json!({"type": "alias", "previousId": "x", "userId": "ana", "timestamp": NOW.0})),
    ];
    let profiles = identity::profiles(log.iter(), NOW, |_, reason| panic!("{reason}"));
    assert_eq!(profiles.keys().collect::<Vec<_>>(), [&"ana"]);
    assert!(!profiles["ana"].consent.covers(Channel::Email, Purpose::Marketing));
}
