//! Quiet hours and the plan: no message is sent while the recipient sleeps, wherever they are and whatever their clocks do. Checked against the crate jiff.

use super::arbitrary::{self};
use super::oracle::is_quiet;
use super::{NOON, STARTER, cases, known};
use apropos::campaign::Campaign;
use apropos::context::{Context, Surface};
use apropos::decide::{Outcome, Question, decide, plan};
use apropos::profile::{Channel, Profile};
use apropos::time::{DAY, HOUR, MINUTE, Span, Timestamp};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Zones of whole, half and quarter hours; with summer time in the north, in the south, by half an hour, by two hours, at midnight, over Ramadan.
const ZONES: [&str; 30] = [
    "UTC",
    "Europe/Zagreb",
    "Europe/London",
    "Europe/Lisbon",
    "Europe/Chisinau",
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "America/Santiago",
    "America/Havana",
    "America/Sao_Paulo",
    "America/Nuuk",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Asia/Yangon",
    "Asia/Gaza",
    "Asia/Beirut",
    "Asia/Tokyo",
    "Australia/Adelaide",
    "Australia/Eucla",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Pacific/Chatham",
    "Pacific/Marquesas",
    "Pacific/Kiritimati",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Antarctica/Troll",
];

fn campaign(rule: &Value) -> Campaign {
    let document = json!({"id": "night", "landing": "/", "goal": "click", "value": {"currency": "EUR", "click": 1},
        "exploration": {"silence": 0}, "guardrails": {"quiet_hours": rule},
        "slots": [{"name": "s", "kind": "text", "fallback": "v", "variants": [{"id": "v", "text": {"headline": "x"}}]}]});
    Campaign::parse(&document.to_string()).unwrap()
}

/// The clock of a zone, from the data that jiff brings along: the machine's own may be old.
fn clock_of(zone: &str) -> TimeZone {
    jiff::tz::TimeZoneDatabase::bundled().get(zone).unwrap()
}

/// The hour on the wall by jiff.
fn hour(zone: &TimeZone, at: Timestamp) -> u8 {
    u8::try_from(zone.to_datetime(jiff::Timestamp::from_millisecond(at.0).unwrap()).hour()).unwrap()
}

#[test]
fn nothing_is_planned_for_a_quiet_hour_in_any_zone_on_any_day_of_the_year() {
    let new_year = Timestamp::parse("2026-01-01").unwrap();
    let mut number = 0u64;
    for zone in ZONES {
        let clock = clock_of(zone);
        let mut profile = known(Channel::Email);
        profile.traits.timezone.tell(zone.into(), Timestamp(0));
        for rule in [(21, 8), (0, 23), (8, 7), (13, 14)] {
            let rule = json!({"from": rule.0, "to": rule.1, "timezone": "Asia/Tokyo"});
            let campaign = campaign(&rule);
            // every third day, at another minute each time, and around every change of a clock
            for day in 0..122 {
                number += 1;
                let minute = apropos::hash::mix(number) % (3 * 24 * 60);
                let now = new_year.plus(Span(day * 3 * DAY + minute as i64 * MINUTE + 7));
                let window = Span([10 * MINUTE, 90 * MINUTE, 12 * HOUR, DAY, 3 * DAY][number as usize % 5]);
                if number.is_multiple_of(3) {
                    profile.engagement.hours = Default::default();
                    (0..4).for_each(|_| {
                        profile.engagement.hours.add(now.plus(Span(number as i64 % 24 * HOUR)))
                    });
                }
                let context = Context::default();
                let question = Question::new(&campaign, &STARTER, &profile, &context, now, number);
                let plan = plan(&question, window);
                let case = || format!("{zone}, {rule}, now {now}, at {}, {:?}", plan.at, plan.cause);
                assert!(now <= plan.at && plan.at <= now.plus(window), "{}", case());
                if plan.send {
                    assert!(!is_quiet(&rule, hour(&clock, plan.at)), "{}", case());
                } else {
                    assert_eq!(plan.cause, Some("quiet_hours"), "{}", case());
                    // there was no other moment: not in any quarter of an hour, and hours begin with one in every zone
                    let quarter = 15 * MINUTE;
                    let mut moment = now;
                    while moment <= now.plus(window) {
                        assert!(is_quiet(&rule, hour(&clock, moment)), "{moment} is left: {}", case());
                        moment = Timestamp((moment.0.div_euclid(quarter) + 1) * quarter);
                    }
                }
            }
        }
    }
}

/// Before a send the guardrail itself forbids every quiet minute, and no other, also on the days when clocks change.
#[test]
fn the_guardrail_is_quiet_when_the_wall_says_so() {
    for zone in ZONES {
        let clock = clock_of(zone);
        let mut profile = known(Channel::Email);
        profile.traits.timezone.tell(zone.into(), Timestamp(0));
        let rule = json!({"from": 22, "to": 3, "timezone": "UTC"});
        let campaign = campaign(&rule);
        let context = Context { surface: Surface::Send, ..Context::default() };
        // the hours around each change of the year's clocks, and every seventh hour of the rest
        let start = jiff::Timestamp::from_millisecond(NOON.0).unwrap();
        let changes: Vec<_> =
            clock.following(start).take(2).map(|t| t.timestamp().as_millisecond()).collect();
        let around = changes.iter().flat_map(|change| (-16..16).map(move |n| change + n * 15 * MINUTE));
        for at in around.chain((0..1250).map(|n| NOON.0 + n * 7 * HOUR)) {
            let at = Timestamp(at);
            let decision = decide(&Question::new(&campaign, &STARTER, &profile, &context, at, 1));
            let quiet = is_quiet(&rule, hour(&clock, at));
            assert_eq!(decision.outcome == Outcome::Suppress, quiet, "{zone} at {at}");
        }
    }
}

#[test]
fn a_zone_that_nobody_knows_is_not_taken_for_utc() {
    let rule = json!({"from": 21, "to": 8, "timezone": "Asia/Tokyo"});
    let campaign = campaign(&rule);
    let mut profile = known(Channel::Email);
    profile.traits.timezone.tell("Nowhere/Else".into(), Timestamp(0));
    let context = Context::default();
    let tokyo = clock_of("Asia/Tokyo");
    for n in 0..24 {
        let question = Question::new(&campaign, &STARTER, &profile, &context, NOON.plus(Span(n * HOUR)), 3);
        let plan = plan(&question, Span(DAY));
        assert!(plan.send && !is_quiet(&rule, hour(&tokyo, plan.at)), "{:?} at {}", plan.cause, plan.at);
    }
}

proptest! {
    #![proptest_config(cases(800))]

    /// A plan is a decision as of its moment, on its channel; and it stays in its window, whatever the clock says.
    #[test]
    fn a_plan_decides_as_of_its_moment(scene in arbitrary::scene(), window in prop_oneof![0..3 * DAY, Just(i64::MAX), Just(-5)]) {
        let window = Span(window);
        let question = scene.question(&STARTER);
        let found = plan(&question, window);
        prop_assert_eq!(found, plan(&question, window));
        let context = Context { surface: Surface::Send, ..Context::default() };
        let then = Question { context: &context, channel: found.channel, now: found.at, ..question };
        prop_assert_eq!(decide(&then), found.content);
        prop_assert!(found.at >= scene.now && found.at <= scene.now.plus(Span(window.0.clamp(0, 14 * DAY))));
        prop_assert_eq!(found.send, matches!(found.content.outcome, Outcome::Show | Outcome::FallBack));
        prop_assert!(found.send || found.cause.is_some());
        prop_assert!(found.fallback != Some(found.channel));
        prop_assert!(!(found.content.outcome == Outcome::Show && found.left == Some(0)), "a cap is full");
        if let Some(next) = found.next {
            prop_assert!(next > found.at || next.0 == i64::MAX, "{next} is no later than {}", found.at);
        }
    }

    /// When the caps allow the next, one more may be shown; a millisecond before, none.
    #[test]
    fn the_next_exposure_is_allowed_when_the_plan_says(ages in proptest::collection::vec(1..9 * DAY, 1..8), max in 1u8..4, weekly in proptest::option::of(1u8..4)) {
        let document = json!({"id": "capped", "landing": "/", "goal": "click", "value": {"currency": "EUR", "click": 1}, "sticky": "1m",
            "exploration": {"silence": 0}, "guardrails": {"frequency": [{"across": "all", "max": max, "window": "2d"}]},
            "slots": [{"name": "s", "kind": "text", "fallback": "v", "variants": [{"id": "v", "text": {"headline": "x"}}]}]});
        let campaign = Campaign::parse(&document.to_string()).unwrap();
        let mut profile = known(Channel::Email);
        weekly.into_iter().for_each(|weekly| profile.preferences.weekly.tell(weekly, NOON));
        for age in ages {
            let at = Timestamp(NOON.0 - age - HOUR);
            profile.expose(apropos::profile::Exposure { campaign: apropos::hash::Key(1), at, counted: true,
                sight: apropos::profile::Sight::Forgotten, discount: 0, probability: 1.0 });
        }
        let context = Context::default();
        let question = |profile: &Profile, now| plan(&Question::new(&campaign, &STARTER, profile, &context, now, 1), Span(0));
        let first = question(&profile, NOON);
        match first.next {
            None => prop_assert!(first.send),
            Some(next) => {
                prop_assert!(!first.send && first.cause == Some("frequency"));
                prop_assert!(!question(&profile, Timestamp(next.0 - 1)).send);
                prop_assert!(question(&profile, next).send);
            }
        }
    }
}
