//! Four people look at the same tent and leave. One compared prices, one looked at everything there is, one had it in the cart and was interrupted, one
//! read about guarantee and returns. A discount would be wasted on three of them; and it would tell the last one that the tent is worth less than they feared.

use super::*;

fn looked(times: usize) -> Vec<Value> {
    let look = |n| {
        track(
            &format!("2026-11-18T18:{:02}:00Z", 10 + n),
            "Product Viewed",
            json!({"product_id": format!("tent-{n}"), "category": "tents"}),
        )
    };
    std::iter::once(identify("2026-06-01T10:00:00Z", json!({"created_at": "2026-01-10"})))
        .chain((0..times).map(look))
        .collect()
}

fn reminder() -> Campaign {
    campaign("come-back", json!({}), one_of_each())
}

#[test]
fn who_compared_prices_is_told_the_price() {
    let mut events = looked(2);
    events.extend(on(
        &["2026-08-01", "2026-09-01"],
        "Order Completed",
        &json!({"total": 40, "coupon": "TEN"}),
    ));
    events.extend((0..6).map(|n| page(&format!("2026-11-18T18:{}:00Z", 30 + n), "sale", 60)));
    let report = opened(&reminder(), &someone(&events), "2026-11-19T09:00:00Z");
    assert_eq!(leading(&report), "sale");
    assert!(report.reasons.iter().any(|reason| reason.contains("a better price")), "{:?}", report.reasons);
}

#[test]
fn who_looked_at_everything_is_shown_more() {
    let mut events = looked(30);
    events.extend((0..6).map(|n| {
        track(&format!("2026-11-18T18:{}:30Z", 40 + n), "Products Searched", json!({"query": "tent"}))
    }));
    let report = opened(&reminder(), &someone(&events), "2026-11-20T20:00:00Z");
    assert_eq!(leading(&report), "new");
}

#[test]
fn who_was_interrupted_finds_the_way_back() {
    let mut events = looked(3);
    events.push(track(
        "2026-11-18T18:40:00Z",
        "Product Added",
        json!({"product_id": "tent-1", "price": 120}),
    ));
    events.push(track("2026-11-18T18:42:00Z", "Checkout Started", json!({})));
    let profile = someone(&events);
    let report = opened(&reminder(), &profile, "2026-11-18T21:00:00Z");
    assert_eq!(leading(&report), "easy");
    assert!(report.reasons.iter().any(|reason| reason.contains("cart value is 120")), "{:?}", report.reasons);
    // and the first reminder of a cart carries no discount, if the campaign says so
    let patient = campaign("come-back", json!({"guardrails": {"first_contact": {}}}), one_of_each());
    let report = opened(&patient, &profile, "2026-11-18T21:00:00Z");
    assert!(!possible(&report).contains(&"sale"));
}

#[test]
fn who_was_unsure_is_given_confidence_and_no_discount() {
    let mut events = looked(3);
    for (n, category) in ["guarantee", "returns", "delivery", "faq", "returns"].into_iter().enumerate() {
        events.push(page(&format!("2026-11-18T18:{}:00Z", 30 + n), category, 180));
    }
    let report = opened(&reminder(), &someone(&events), "2026-11-19T09:00:00Z");
    assert_eq!(leading(&report), "guarantee");
    let arm = |id: &str| report.weighed[0].variants.iter().find(|arm| arm.id == id).unwrap();
    assert!(arm("sale").utility < arm("plain").utility, "a discount is worth less than nothing special");
    assert!(
        report.for_recipient.iter().any(|told| told.contains("confidence")),
        "{:?}",
        report.for_recipient
    );
}
