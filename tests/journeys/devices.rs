//! Ana browses on her phone without a name, signs in on her laptop, and turns out to be one person with two ids. What was seen on either counts against the same
//! cap, and the withdrawal that she gave under one id stands, whatever the other had allowed.

use super::*;
use apropos::profile::identity::Persons;
use apropos::profile::{Channel, Purpose};

fn capped() -> Campaign {
    campaign(
        "weekly",
        json!({"sticky": "1h", "guardrails": {"frequency": [{"across": "all", "max": 2, "window": "7d"}]}}),
        one_of_each(),
    )
}

fn sees(profile: &mut Profile, when: &str) -> Outcome {
    let (campaign, model) = (capped(), Model::starter().unwrap());
    let context = Context { fetcher: Fetcher::Person, ..Context::default() };
    let decision = apropos::decide::decide(&Question::new(&campaign, &model, profile, &context, at(when), 3));
    decision.exposure(&campaign, true).into_iter().for_each(|exposure| profile.expose(exposure));
    decision.outcome
}

#[test]
fn two_ids_are_told_to_be_one_person() {
    let events: Vec<Event> = [
        json!({"type": "page", "anonymousId": "phone", "timestamp": "2026-11-01T08:00:00Z"}),
        json!({"type": "identify", "userId": "ana", "anonymousId": "phone", "timestamp": "2026-11-02T08:00:00Z"}),
        json!({"type": "alias", "userId": "ana", "previousId": "ana@old.example", "timestamp": "2026-11-03T08:00:00Z"}),
        json!({"type": "page", "userId": "ana@old.example", "timestamp": "2026-11-04T08:00:00Z"}),
    ]
    .into_iter()
    .map(|event| serde_json::from_value(event).unwrap())
    .collect();
    let mut persons = Persons::default();
    events.iter().for_each(|event| persons.learn(event));
    let names = persons.names();
    assert!(
        events.iter().filter(|e| e.user_id != "ana@old.example").all(|event| names.of(event) == Some("ana"))
    );
}

#[test]
fn what_was_seen_on_either_device_counts() {
    let mut phone = someone(&[identify("2026-01-10T10:00:00Z", json!({}))]);
    let mut laptop = phone.clone();
    assert_eq!(sees(&mut phone, "2026-11-16T09:00:00Z"), Outcome::Show);
    assert_eq!(sees(&mut laptop, "2026-11-17T09:00:00Z"), Outcome::Show);
    phone.merge(&laptop);
    assert_eq!(phone.exposures.iter().filter(|e| e.counted).count(), 2);
    assert_eq!(sees(&mut phone, "2026-11-18T09:00:00Z"), Outcome::Suppress);
    assert_eq!(sees(&mut phone, "2026-11-24T12:00:00Z"), Outcome::Show, "a week later there is room again");
}

#[test]
fn a_withdrawal_under_one_id_stands_for_both() {
    let mut phone = someone(&[identify("2026-11-01T10:00:00Z", json!({}))]);
    let mut laptop = someone(&[identify("2026-01-10T10:00:00Z", json!({}))]);
    live(&mut laptop, &[track("2026-02-01T10:00:00Z", "Email Unsubscribed", json!({}))]);
    phone.merge(&laptop);
    assert!(!phone.consent.covers(Channel::Email, Purpose::Marketing));
    let report = opened(&capped(), &phone, "2026-11-18T09:00:00Z");
    assert_eq!((report.outcome, report.cause), (Outcome::FallBack, Some("consent")));
    assert!(!planned(&capped(), &phone, "2026-11-18T09:00:00Z", "1d").send);
}
