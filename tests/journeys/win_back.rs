//! Three customers have been silent for months, each for another reason. One always bought on offer: an offer may bring them back. One loved what is new: they are
//! shown what has come since. One looks in again and again and can't decide: they are told what is about to end.

use super::*;

fn win_back() -> Campaign {
    campaign("we-miss-you", json!({"audience": {"stage": {"$in": ["lapsing", "lapsed"]}}}), one_of_each())
}

fn lapsing(mut events: Vec<Value>) -> Profile {
    events
        .insert(0, identify("2025-01-10T10:00:00Z", json!({"created_at": "2025-01-10", "stage": "lapsing"})));
    someone(&events)
}

#[test]
fn who_bought_on_offer_gets_an_offer() {
    let orders = on(
        &["2025-09-01", "2025-11-28", "2026-01-10", "2026-06-01"],
        "Order Completed",
        &json!({"total": 35, "coupon": "SALE"}),
    );
    assert_eq!(leading(&opened(&win_back(), &lapsing(orders), "2026-11-20T09:00:00Z")), "sale");
}

#[test]
fn who_loves_what_is_new_sees_what_is_new() {
    let mut events = on(
        &["2025-04-01", "2025-09-01", "2026-01-10", "2026-03-01", "2026-06-01"],
        "Order Completed",
        &json!({"total": 190}),
    );
    let views: Vec<_> = (0..40)
        .map(|n| {
            track(&format!("2026-11-05T18:{:02}:00Z", n), "Product Viewed", json!({"category": "tents"}))
        })
        .collect();
    events.extend(views);
    assert_eq!(leading(&opened(&win_back(), &lapsing(events), "2026-11-20T09:00:00Z")), "new");
}

#[test]
fn who_cannot_decide_is_told_what_ends() {
    let mut events =
        on(&["2026-02-01", "2026-05-01", "2026-07-01"], "Order Completed", &json!({"total": 120}));
    let visits = ["2026-11-15", "2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19"];
    events.extend(on(&visits, "Cart Viewed", &json!({})));
    events.extend(on(&["2026-11-19"], "Product Added to Wishlist", &json!({"product_id": "tent-1"})));
    assert_eq!(leading(&opened(&win_back(), &lapsing(events), "2026-11-20T09:00:00Z")), "last-chance");
}
