//! Nina buys the same coffee every four weeks. A week after an order nobody offers her coffee; when it is nearly used up, a reminder with one click comes, without a discount
//! that she never asked for.

use super::*;

fn coffee() -> Campaign {
    let guardrails =
        json!({"guardrails": {"same_product": {"within": "60d"}, "recent_purchase": {"within": "2d"}}});
    campaign(
        "coffee",
        guardrails,
        json!([
            variant("plain", &[], json!({})),
            variant("again", &["convenience"], json!({"product": "coffee-1"})),
            variant(
                "again-for-less",
                &["price"],
                json!({"product": "coffee-1", "incentive": {"cost": 3, "discount": 10}})
            ),
        ]),
    )
}

#[test]
fn the_reminder_comes_when_the_coffee_is_nearly_used_up() {
    let order = json!({"total": 24, "products": [{"product_id": "coffee-1", "category": "coffee"}]});
    let mut events = vec![identify("2026-01-10T10:00:00Z", json!({"created_at": "2026-01-10"}))];
    events.extend(on(&["2026-08-01", "2026-08-29", "2026-09-26", "2026-10-24"], "Order Completed", &order));
    let nina = someone(&events);
    let just_bought = opened(&coffee(), &nina, "2026-10-25T09:00:00Z");
    assert_eq!(just_bought.cause, Some("recent_purchase"));
    let too_early = opened(&coffee(), &nina, "2026-10-31T09:00:00Z");
    assert_eq!(possible(&too_early), ["plain"]);
    let due = opened(&coffee(), &nina, "2026-11-19T09:00:00Z");
    assert_eq!(leading(&due), "again");
    assert!(expected(&due, "reorder") > 2.0 * expected(&too_early, "reorder"));
    assert!(due.reasons.iter().any(|reason| reason.contains("reorder due")), "{:?}", due.reasons);
}
