//! Luka has opened nothing for half a year and visits no more. Whatever a message could bring is less than what it costs to be called spam. The best message is none.

use super::*;

#[test]
fn the_best_message_is_none() {
    let mut events = vec![identify("2025-06-01T10:00:00Z", json!({"created_at": "2025-06-01"}))];
    events.extend(on(&["2026-04-01"], "Email Opened", &json!({})));
    for month in 5..=11 {
        let days = [3, 10, 17].map(|day| format!("2026-{month:02}-{day:02}"));
        events.extend(on(&days.each_ref().map(String::as_str), "Email Delivered", &json!({})));
    }
    let luka = someone(&events);
    let dear = json!({"value": {"currency": "EUR", "click": 0.1, "convert": 6, "unsubscribe": 15, "complaint": 60, "send": 0.002}});
    let news = campaign("news", dear.clone(), one_of_each());
    let report = opened(&news, &luka, "2026-11-20T09:00:00Z");
    assert!(report.worth.unwrap() < 0.0, "{:?}", report.worth);
    // those few who are spoken to all the same are an experiment
    let model = Model::starter().unwrap();
    let context = Context::default();
    let silent = (0..200u64).filter(|seed| {
        let question = Question::new(&news, &model, &luka, &context, at("2026-11-20T09:00:00Z"), *seed);
        let decision = apropos::decide::decide(&question);
        assert!(decision.outcome == Outcome::Show || decision.assembly.iter().all(Option::is_none));
        decision.cause == Some("value")
    });
    assert!(silent.count() > 150);
    // the same message to somebody who reads and clicks is worth sending
    let mut mia = vec![identify("2025-06-01T10:00:00Z", json!({"created_at": "2025-06-01"}))];
    mia.extend(on(&["2026-11-10", "2026-11-14", "2026-11-18"], "Email Link Clicked", &json!({})));
    mia.extend(on(&["2026-11-19"], "Product Viewed", &json!({"category": "tents"})));
    let report = opened(&news, &someone(&mia), "2026-11-20T09:00:00Z");
    assert!(report.worth.unwrap() > 0.0);
}
