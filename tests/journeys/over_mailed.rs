//! Petra is one of the best customers, so every team writes to her, and she has stopped answering. The cap tightens as she tires: she is left in peace
//! before she leaves. When she answers again, there is room again.

use super::*;

fn rested() -> Campaign {
    campaign(
        "vip",
        json!({"sticky": "1h", "guardrails": {"fatigue": {"max": 4, "min": 0, "window": "7d"}}}),
        one_of_each(),
    )
}

fn petra() -> Profile {
    let mut events = vec![identify("2024-01-10T10:00:00Z", json!({"created_at": "2024-01-10"}))];
    events.extend(on(
        &["2026-03-01", "2026-05-01", "2026-07-01", "2026-09-01"],
        "Order Completed",
        &json!({"total": 400}),
    ));
    someone(&events)
}

#[test]
fn the_best_customer_is_left_in_peace_before_she_leaves() {
    let mut petra = petra();
    assert_eq!(opened(&rested(), &petra, "2026-10-01T09:00:00Z").outcome, Outcome::Show);
    let days: Vec<_> = (1..=28).map(|day| format!("2026-10-{day:02}")).collect();
    let days: Vec<_> = days.iter().map(String::as_str).collect();
    live(&mut petra, &on(&days, "Email Delivered", &json!({})));
    live(&mut petra, &[track("2026-10-29T09:00:00Z", "Product Reviewed", json!({"rating": 4}))]);
    let report = opened(&rested(), &petra, "2026-10-30T09:00:00Z");
    assert_eq!((report.outcome, report.cause), (Outcome::Suppress, Some("fatigue")));
    assert!(report.reasons[0].contains("tired"), "{:?}", report.reasons);
    let held = planned(&rested(), &petra, "2026-10-30T09:00:00Z", "2d");
    assert_eq!((held.send, held.cause, held.left), (false, Some("fatigue"), Some(0)));
    live(&mut petra, &[track("2026-10-31T09:00:00Z", "Email Link Clicked", json!({}))]);
    assert_eq!(opened(&rested(), &petra, "2026-11-02T09:00:00Z").outcome, Outcome::Show, "she has answered");
    live(
        &mut petra,
        &[
            json!({"type": "identify", "timestamp": "2026-11-03T09:00:00Z", "traits": {"preferences": {"paused_until": "2026-12-01"}}}),
        ],
    );
    assert_eq!(opened(&rested(), &petra, "2026-11-04T09:00:00Z").cause, Some("preferences"));
}
