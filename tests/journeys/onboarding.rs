//! Three people start a trial of a planning tool. The first steps that each is shown are those towards what they came for; who says nothing sees the tour for everyone.

use super::*;

fn first_steps() -> Campaign {
    let step = |id: &str, use_case: &str| {
        variant(id, &["convenience", "trust"], json!({"when": {"use_case": use_case}}))
    };
    let variants = json!([
        variant("plain", &[], json!({})),
        step("invite-the-team", "team"),
        step("make-an-invoice", "billing")
    ]);
    campaign("first-steps", json!({"audience": {"tenure_days": {"$lt": 30}}}), variants)
}

fn newcomer(traits: Value) -> Profile {
    let mut events = vec![identify("2026-11-16T10:00:00Z", json!({"created_at": "2026-11-16"}))];
    events.push(track(
        "2026-11-16T10:01:00Z",
        "Trial Started",
        json!({"trial_end_date": "2026-12-16", "trial_plan_name": "team"}),
    ));
    if traits != json!({}) {
        events.push(json!({"type": "identify", "timestamp": "2026-11-16T10:02:00Z", "traits": traits}));
    }
    someone(&events)
}

#[test]
fn the_first_steps_lead_to_what_someone_came_for() {
    for (use_case, step) in [("team", "invite-the-team"), ("billing", "make-an-invoice")] {
        let report = opened(&first_steps(), &newcomer(json!({"use_case": use_case})), "2026-11-17T09:00:00Z");
        assert_eq!(leading(&report), step);
        assert_eq!(possible(&report), ["plain", step], "the other's steps are nobody's but theirs");
    }
}

#[test]
fn who_says_nothing_sees_the_tour_for_everyone() {
    let report = opened(&first_steps(), &newcomer(json!({})), "2026-11-17T09:00:00Z");
    assert_eq!(possible(&report), ["plain"]);
}

#[test]
fn who_is_no_newcomer_any_more_is_left_to_it() {
    let report = opened(&first_steps(), &newcomer(json!({"use_case": "team"})), "2026-12-20T09:00:00Z");
    assert_eq!((report.outcome, report.cause), (Outcome::FallBack, Some("audience")));
}
