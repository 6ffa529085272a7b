//! What single events change.

use super::*;
use crate::profile::consent::Grant;
use crate::profile::fields;
use crate::profile::{Channel, Exposure, Purpose, Shown, Sight, row};
use crate::time::{DAY, HOUR};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(1_795_000_000_000);

fn event(value: Value, ago: i64) -> Event {
    let mut value = value;
    value["timestamp"] = json!(Timestamp(NOW.0 - ago));
    value["userId"] = json!("ana");
    serde_json::from_value(value).unwrap()
}

fn track(name: &str, properties: Value, ago: i64) -> Event {
    event(json!({"type": "track", "event": name, "properties": properties}), ago)
}

fn folded(events: &[Event]) -> Profile {
    let mut profile = Profile::default();
    for e in events {
        assert_eq!(profile.fold(e, NOW), Folded::Applied, "{e:?}");
    }
    profile
}

#[test]
fn a_cart_is_filled_and_an_order_empties_it() {
    let add = |ago| track("Product Added", json!({"price": 42.0, "quantity": 2}), ago);
    let cart = folded(&[add(2 * HOUR)]).browsing.cart().unwrap();
    assert_eq!((cart.value, cart.items), (84.0, 2));
    let order = track(
        "Order Completed",
        json!({"total": 90, "coupon": "X", "products": [{"category": "tents"}]}),
        HOUR,
    );
    let bought = folded(&[add(2 * HOUR), order]);
    assert_eq!((bought.browsing.cart(), bought.purchases.count, bought.purchases.discounted), (None, 1, 1));
    assert_eq!(bought.purchases.categories[0].0, "tents");
}

#[test]
fn visits_are_told_apart_by_silence() {
    let page = |ago| event(json!({"type": "page", "properties": {"category": "info", "duration": 120}}), ago);
    let profile = folded(&[page(DAY), page(DAY - 10 * MINUTE), page(HOUR)]);
    assert!((profile.browsing.sessions.at(NOW) - 2.0).abs() < 0.1);
    assert!((profile.browsing.info_views.at(NOW) - 3.0).abs() < 0.2);
    assert_eq!(profile.browsing.last_visit, Some(Timestamp(NOW.0 - HOUR)));
}

#[test]
fn mail_is_unanswered_until_it_is_opened() {
    let mail = |ago| track("Email Delivered", json!({}), ago);
    let profile = folded(&[mail(3 * DAY), mail(2 * DAY), mail(DAY)]);
    assert_eq!(profile.engagement.unanswered.len(), 3);
    let profile = folded(&[mail(3 * DAY), mail(2 * DAY), track("Email Opened", json!({}), DAY)]);
    assert_eq!(profile.engagement.unanswered.len(), 0);
}

#[test]
fn unsubscribing_withdraws_marketing_and_a_late_consent_does_not_undo_it() {
    let yes = json!({"type": "identify", "traits": {"consent": {"email": {"marketing": true, "personalization": true}}}});
    let mut profile = folded(&[event(yes.clone(), 3 * DAY), track("Unsubscribed", json!({}), DAY)]);
    assert!(!profile.consent.covers(Channel::Email, Purpose::Marketing));
    assert!(profile.consent.covers(Channel::Email, Purpose::Personalization));
    profile.fold(&event(yes, 2 * DAY), NOW);
    assert!(!profile.consent.covers(Channel::Email, Purpose::Marketing));
}

#[test]
fn the_future_is_refused_and_the_unknown_ignored() {
    let mut profile = Profile::default();
    assert!(matches!(profile.fold(&track("Product Viewed", json!({}), -HOUR), NOW), Folded::Refused(_)));
    assert_eq!(profile.fold(&track("Song Played", json!({}), HOUR), NOW), Folded::Ignored);
    let bad =
        event(json!({"type": "identify", "traits": {"first_name": "Ana", "timezone": "Mars/Olympus"}}), HOUR);
    assert!(matches!(profile.fold(&bad, NOW), Folded::Refused(_)));
    assert_eq!(profile, Profile::default());
}

#[test]
fn a_value_that_says_nothing_refuses_the_whole_event() {
    for (name, properties, told) in [
        ("Product Added", json!({"price": "cheap"}), "price: \"cheap\" is not a number that is not negative"),
        ("Order Completed", json!({"total": 5, "products": 3}), "products is not a list of objects"),
        (
            "Order Completed",
            json!({"total": 5, "products": [{"category": []}]}),
            "category: [] is not a text",
        ),
        ("Product Reviewed", json!({"rating": 9}), "rating: 9 is not a number from 1 to 5"),
        ("Ticket Opened", json!({"sentiment": 1}), "ticket_id is missing"),
        (
            "Ticket Opened",
            json!({"ticket_id": "t", "sentiment": -3}),
            "sentiment: -3 is not a number from -1 to 1",
        ),
        (
            "Email Opened",
            json!({"machine_open": "perhaps"}),
            "machine_open: \"perhaps\" is not true or false",
        ),
        (
            "Unsubscribed",
            json!({"channel": "fax"}),
            "channel: \"fax\" is not one of \"email\", \"sms\", \"web\", \"push\"",
        ),
        (
            "Trial Started",
            json!({"trial_end_date": "soon", "trial_plan_name": "pro"}),
            "trial_end_date: \"soon\" is not a time such as \"2026-11-22\" or \"2026-11-22T10:00:00Z\"",
        ),
    ] {
        let mut profile = Profile::default();
        assert_eq!(profile.fold(&track(name, properties, HOUR), NOW), Folded::Refused(told.to_owned()));
        assert_eq!(profile, Profile::default(), "{name}");
    }
}

#[test]
fn what_identify_tells() {
    let told = json!({"type": "identify", "traits": {
        "firstName": "Ana", "locale": "de_AT", "address": {"country": "hr", "city": "Split"}, "birthday": "1984-05-01", "useCase": "teams", "plan": "pro",
        "createdAt": "2024-01-01", "renews_at": "2027-01-01", "stage": "lapsing", "email": "ana@shop.example", "phone": null, "area": "",
        "preferences": {"topics": {"tents": true, "boots": false}, "paused_until": "2026-12-01", "weekly": 2, "colour": "red"},
    }});
    let profile = folded(&[event(told, HOUR)]);
    let document = fields::write("ana", &profile, NOW);
    assert_eq!(
        Value::Object(document),
        json!({"id": "ana",
        "traits": {"first_name": "Ana", "language": "de", "country": "HR", "birth_year": 1984, "use_case": "teams", "plan": "pro"},
        "preferences": {"topics": {"tents": true, "boots": false}, "paused_until": "2026-12-01T00:00:00Z", "weekly": 2},
        "usage": {"renewal": "2027-01-01T00:00:00Z"}, "lifecycle": {"since": "2024-01-01T00:00:00Z", "stage": "lapsing"}})
    );
    let older = event(json!({"type": "identify", "traits": {"created_at": "2023-01-01", "age": 30}}), DAY);
    let mut profile = profile;
    profile.fold(&older, NOW);
    assert_eq!(profile.lifecycle.since, Timestamp::parse("2023-01-01"));
    assert_eq!(profile.traits.birth_year.get(), Some(&1984), "the newer word stands");
}

#[test]
fn a_consent_of_the_future_is_refused() {
    let told = json!({"type": "identify", "traits": {"consent": {"email": {"marketing": {"granted": true, "at": "2099-01-01"}}}}});
    let mut profile = Profile::default();
    assert!(matches!(profile.fold(&event(told, HOUR), NOW), Folded::Refused(_)));
    assert_eq!(profile, Profile::default());
}

#[test]
fn messages_of_every_channel_count_and_machines_do_not() {
    let profile = folded(&[
        track("SMS Delivered", json!({}), 5 * HOUR),
        track("Push Notification Received", json!({}), 4 * HOUR),
        track("SMS Link Clicked", json!({}), 3 * HOUR),
        track("Push Notification Tapped", json!({}), 2 * HOUR),
        track("Email Bounced", json!({}), HOUR),
    ]);
    let engagement = &profile.engagement;
    let [_, sms, _] = engagement.channels;
    assert!(
        (engagement.delivered.at(NOW) - 2.0).abs() < 0.1
            && (engagement.clicks.long.at(NOW) - 2.0).abs() < 0.1
    );
    assert!((sms.delivered.at(NOW) - 1.0).abs() < 0.1 && (sms.answered.at(NOW) - 1.0).abs() < 0.1);
    assert_eq!(engagement.last_channel.get(), Some(&Channel::Sms));
    assert!(engagement.bounces.at(NOW) > 0.9 && engagement.unanswered.is_empty());
    for flag in ["machine_open", "sg_machine_open", "proxy"] {
        for name in ["Email Opened", "Email Link Clicked"] {
            let mut profile = Profile::default();
            assert_eq!(profile.fold(&track(name, json!({flag: true}), HOUR), NOW), Folded::Ignored);
            assert_eq!(profile.fold(&track(name, json!({flag: false}), HOUR), NOW), Folded::Applied);
        }
    }
}

#[test]
fn a_refusal_withdraws_on_its_own_channel() {
    for (name, properties, channel) in [
        ("Unsubscribed", json!({}), Some(Channel::Email)),
        ("Unsubscribed", json!({"channel": "SMS"}), Some(Channel::Sms)),
        ("SMS Unsubscribed", json!({}), Some(Channel::Sms)),
        ("Email Marked as Spam", json!({}), Some(Channel::Email)),
        ("Push Unsubscribed", json!({}), None),
    ] {
        let profile = folded(&[track(name, properties, HOUR)]);
        assert!(profile.engagement.negatives.at(NOW) > 0.9);
        for other in Channel::ALL {
            let withdrawn = Grant::Withdrawn(Timestamp(NOW.0 - HOUR));
            let stands = if channel == Some(other) { withdrawn } else { Grant::Unasked };
            assert_eq!(profile.consent.grant(other, Purpose::Marketing), stands, "{name}");
        }
    }
}

#[test]
fn orders_show_a_rhythm_and_returns() {
    let order = |ago| {
        track(
            "Order Completed",
            json!({"total": 9, "products": [{"product_id": 7, "category": "coffee"}, {"product_id": "7", "category": "coffee"}]}),
            ago,
        )
    };
    let profile = folded(&[order(40 * DAY), order(10 * DAY), track("Order Refunded", json!({}), DAY)]);
    assert_eq!(profile.purchases.products.len(), 1);
    assert_eq!(profile.purchases.products[0].orders, 2, "a product counts once an order");
    assert!((profile.purchases.due(NOW).unwrap() - 1.0 / 3.0).abs() < 1e-9);
    assert!(profile.purchases.returns.at(NOW) > 0.9);
}

#[test]
fn tickets_open_and_close_and_tell_a_mood() {
    let ticket = |name, id, mood, ago| track(name, json!({"ticket_id": id, "sentiment": mood}), ago);
    let profile = folded(&[
        ticket("Ticket Solved", "a", 0.0, HOUR),
        ticket("Ticket Created", "a", -1.0, DAY),
        ticket("Ticket Opened", "b", -1.0, 2 * DAY),
    ]);
    assert_eq!(profile.support.open(), 1);
    assert!((profile.support.sentiment(NOW).unwrap() + 2.0 / 3.0).abs() < 0.02);
    let survey = folded(&[track("Survey Completed", json!({"nps": 10}), HOUR)]);
    assert_eq!(survey.support.sentiment(NOW), Some(1.0));
}

#[test]
fn usage_and_trials() {
    let profile = folded(&[
        track("Signed Up", json!({}), 9 * DAY),
        track("Trial Started", json!({"trial_end_date": "2026-12-24", "trial_plan_name": "pro"}), 9 * DAY),
        track("Feature Used", json!({"feature": "export"}), DAY),
        track("Signed In", json!({}), HOUR),
    ]);
    assert_eq!(profile.usage.renewal.get(), Timestamp::parse("2026-12-24").as_ref());
    assert_eq!(profile.usage.features, [(Key::of("export"), Timestamp(NOW.0 - DAY))]);
    assert_eq!(profile.usage.last, Some(Timestamp(NOW.0 - HOUR)));
    assert_eq!(profile.lifecycle.since, Some(Timestamp(NOW.0 - 9 * DAY)));
    let ended = folded(&[track("Trial Ended", json!({}), HOUR)]);
    assert_eq!(ended.usage.renewal.get(), Some(&Timestamp(NOW.0 - HOUR)));
}

#[test]
fn a_second_event_with_the_same_id_is_the_same_event() {
    let mut view = track("Product Viewed", json!({"category": "tents"}), HOUR);
    view.message_id = "m-1".to_owned();
    let mut profile = Profile::default();
    assert_eq!(profile.fold(&view, NOW), Folded::Applied);
    let once = profile.clone();
    assert_eq!(profile.fold(&view, NOW), Folded::Duplicate);
    assert_eq!(profile, once);
}

#[test]
fn a_visit_that_is_bridged_is_one_and_a_page_of_long_ago_is_none() {
    let page = |ago| track("Product Viewed", json!({}), ago);
    let visits = |agos: &[i64]| {
        let pages: Vec<_> = agos.iter().map(|ago| page(*ago)).collect();
        folded(&pages).browsing.sessions.at(NOW)
    };
    let minutes = |n: i64| n * MINUTE;
    assert!((visits(&[minutes(90), minutes(40)]) - 2.0).abs() < 0.01);
    assert!((visits(&[minutes(90), minutes(40), minutes(65)]) - 1.0).abs() < 0.01);
    assert!((visits(&[minutes(40), minutes(65), minutes(90)]) - 1.0).abs() < 0.01);
    assert!(
        (visits(&[minutes(40), 3 * DAY]) - 1.0).abs() < 0.01,
        "told too late to say which visit it joins"
    );
}

#[test]
fn the_row_of_someone_very_active_is_small() {
    let identify = json!({"type": "identify", "traits": {"first_name": "Anastasia", "language": "de", "timezone": "Europe/Zagreb", "country": "HR", "created_at": "2024-01-01", "age": 40,
        "preferences": {"topics": {"tents": true, "boots": false}, "weekly": 2},
        "consent": {"email": {"marketing": true, "personalization": true, "measurement": true}, "sms": {"marketing": false}}}});
    let mut events = vec![event(identify, 300 * DAY)];
    for week in 1..30 {
        events.push(track("Email Delivered", json!({}), week * 7 * DAY));
        if week % 2 == 0 {
            events.push(track("Email Opened", json!({}), week * 7 * DAY - 5 * HOUR));
        }
        if week % 6 == 0 {
            events.push(track("Email Link Clicked", json!({}), week * 7 * DAY - 5 * HOUR));
            events.push(track("Product Viewed", json!({"category": "boots"}), week * 7 * DAY - 5 * HOUR));
        }
    }
    for (n, category) in ["tents", "boots", "packs", "stoves"].into_iter().enumerate() {
        let product = json!({"product_id": format!("p{n}"), "category": category});
        events.push(track(
            "Order Completed",
            json!({"total": 80, "products": [product]}),
            (50 + 20 * n as i64) * DAY,
        ));
    }
    for minutes in 0..6 {
        events.push(track("Product Viewed", json!({"category": "tents"}), DAY + minutes * MINUTE));
    }
    events.push(track("Product Added", json!({"price": 20, "product_id": "p9"}), DAY));
    for (n, event) in events.iter_mut().enumerate() {
        event.message_id = format!("m-{n}");
    }
    let mut profile = folded(&events);
    for n in 0..8u32 {
        let shown =
            (0..3).map(|slot| Shown { slot: Key::of(&slot.to_string()), variant: Key::of(&n.to_string()) });
        profile.expose(Exposure {
            campaign: Key::of(&format!("campaign {n}")),
            at: Timestamp(NOW.0 - i64::from(n) * 3 * DAY),
            counted: true,
            sight: Sight::Assembly(shown.collect()),
            discount: 0,
            probability: 0.5,
        });
    }
    let row = row::write(&profile).unwrap();
    let part = |bytes: postcard::Result<Vec<u8>>| bytes.unwrap().len();
    println!(
        "{} bytes: engagement {}, purchases {}, browsing {}, exposures {}, message ids {}",
        row.len(),
        part(postcard::to_allocvec(&profile.engagement)),
        part(postcard::to_allocvec(&profile.purchases)),
        part(postcard::to_allocvec(&profile.browsing)),
        part(postcard::to_allocvec(&profile.exposures)),
        part(postcard::to_allocvec(&profile.seen)),
    );
    assert!(row.len() <= 1200, "{} bytes", row.len());
    assert_eq!(row::read(&row).unwrap(), profile);
}
