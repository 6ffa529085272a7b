//! Two subscriptions end in ten days. Ivo uses the tool every day; he is reminded how easy it is to go on. Sara hasn't used it for weeks and waits for
//! an answer from support; she is not sold anything until she has it, and then she is given confidence before a renewal.

use super::*;

fn renewal() -> Campaign {
    let rules = json!({"audience": {"days_to_renewal": {"$lte": 14}}, "guardrails": {"support": {}}});
    campaign(
        "renewal",
        rules,
        json!([
            variant("plain", &[], json!({})),
            variant("one-click", &["convenience"], json!({})),
            variant("we-help", &["trust"], json!({})),
        ]),
    )
}

fn subscriber(used: &[&str]) -> Profile {
    let mut events = vec![identify(
        "2025-12-01T10:00:00Z",
        json!({"created_at": "2025-12-01", "renews_at": "2026-11-30"}),
    )];
    events.extend(on(used, "Feature Used", &json!({"feature": "reports"})));
    someone(&events)
}

#[test]
fn who_uses_it_goes_on_with_one_click() {
    let days: Vec<_> = (1..=19).map(|day| format!("2026-11-{day:02}")).collect();
    let days: Vec<_> = days.iter().map(String::as_str).collect();
    let report = opened(&renewal(), &subscriber(&days), "2026-11-20T09:00:00Z");
    assert_eq!(leading(&report), "one-click");
}

#[test]
fn who_waits_for_help_is_helped_first() {
    let mut sara = subscriber(&["2026-06-01", "2026-07-01", "2026-08-01", "2026-09-20"]);
    live(
        &mut sara,
        &[track("2026-11-15T09:00:00Z", "Ticket Created", json!({"ticket_id": "T-1", "sentiment": -0.2}))],
    );
    let waiting = opened(&renewal(), &sara, "2026-11-20T09:00:00Z");
    assert_eq!((waiting.outcome, waiting.cause), (Outcome::Suppress, Some("support")));
    live(&mut sara, &[track("2026-11-21T09:00:00Z", "Ticket Solved", json!({"ticket_id": "T-1"}))]);
    live(&mut sara, &[page("2026-11-21T09:05:00Z", "help", 120), page("2026-11-21T09:08:00Z", "faq", 120)]);
    let helped = opened(&renewal(), &sara, "2026-11-22T09:00:00Z");
    assert_eq!(leading(&helped), "we-help");
}

#[test]
fn nobody_is_asked_months_ahead() {
    let report = opened(&renewal(), &subscriber(&["2026-08-01"]), "2026-08-02T09:00:00Z");
    assert_eq!(report.cause, Some("audience"));
}
