//! What a campaign brought, told of worlds whose truth is known: doubled, mixed, split and late logs; whether lift is found, and only where there is one.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::panic, clippy::unwrap_used)]

use apropos::campaign::{Campaign, Live};
use apropos::hash::{mix, unit};
use apropos::intent::Model;
use apropos::learn::policy::{Line, Scope};
use apropos::measure::results::{Results, Tally};
use apropos::time::{DAY, HOUR, MINUTE, Span, Timestamp};
use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;

static STARTER: LazyLock<Model> = LazyLock::new(|| Model::starter().unwrap());
static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let document = json!({
        "id": "spring", "landing": "/", "value": {"currency": "EUR", "click": 0.5, "convert": 20, "send": 0.01}, "holdout": 0.2,
        "slots": [{"name": "hero", "kind": "text", "fallback": "plain", "variants": [
            {"id": "plain", "text": {"headline": "Hello"}},
            {"id": "sale", "text": {"headline": "Less"}, "incentive": {"cost": 2, "discount": 10}}]}]
    });
    document.to_string()
});
static CAMPAIGN: LazyLock<Campaign> =
    LazyLock::new(|| Campaign::parse(&DOCUMENT).unwrap_or_else(|problems| panic!("{problems}")));
const BEGIN: Timestamp = Timestamp(1_795_046_400_000);

fn scope() -> Scope<'static> {
    Scope { campaign: &CAMPAIGN, model: &STARTER }
}

/// A world: how many people, and which share of treated and held out orders, and is truly held out.
#[derive(Clone, Copy)]
struct World {
    seed: u64,
    people: u64,
    orders: [f64; 2],
    holdout: f64,
}

impl World {
    fn draw(&self, person: u64, what: u64) -> f64 {
        unit(mix(mix(self.seed ^ mix(what)) ^ person))
    }

    fn lines(&self) -> Vec<Line> {
        self.written().iter().map(read).collect()
    }

    /// The lines of the log, as the Worker writes them.
    fn written(&self) -> Vec<serde_json::Value> {
        let mut lines = Vec::new();
        for person in 0..self.people {
            let held = self.draw(person, 0) < self.holdout;
            let at = BEGIN.plus(Span(person as i64 * 20 * DAY / self.people as i64));
            let apple = person % 5 == 0;
            if apple {
                lines.push(self.look(person, at.plus(Span(-HOUR)), held, "apple_mpp", 0));
            }
            // two images of one mail
            lines.push(self.look(person, at, held, "gmail_proxy", 1));
            lines.push(self.look(person, at.plus(Span(30)), held, "gmail_proxy", 2));
            if !held && self.draw(person, 1) < 0.2 {
                let mut click = line("click", person, at.plus(Span(MINUTE)), 3);
                click["campaign"] = json!("spring");
                click["fetcher"] = json!("person");
                click["slot"] = json!("hero");
                click["variant"] = json!(shown(person));
                lines.push(click);
            }
            if self.draw(person, 2) < self.orders[usize::from(held)] {
                let mut order = line("order", person, at.plus(Span(DAY)), 4);
                order["campaigns"] = json!(["spring"]);
                order["value"] = json!(20.0 + 60.0 * self.draw(person, 3));
                order["currency"] = json!("eur");
                lines.push(order);
            }
        }
        lines
    }

    fn look(&self, person: u64, at: Timestamp, held: bool, fetcher: &str, n: u64) -> serde_json::Value {
        let mut look = line("exposure", person, at, n);
        let (outcome, cause, variant) =
            if held { ("hold_out", json!("holdout"), "plain") } else { ("show", json!(null), shown(person)) };
        let fields = json!({
            "campaign": "spring", "fetcher": fetcher, "outcome": outcome, "cause": cause, "assembly": {"hero": variant}, "probability": 0.5, "holdout": 0.2,
            "decided_at": if held || n < 2 { at } else { at.plus(Span(-30)) },
            "signals": {"device": if person.is_multiple_of(3) { "phone" } else { "desktop" }, "exposures_week": person % 4},
        });
        look.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        look
    }

    fn end(&self) -> Timestamp {
        BEGIN.plus(Span(40 * DAY))
    }
}

fn shown(person: u64) -> &'static str {
    if person.is_multiple_of(2) { "sale" } else { "plain" }
}

fn line(kind: &str, person: u64, at: Timestamp, n: u64) -> serde_json::Value {
    json!({"schema": 2, "id": format!("{person}-{n}"), "type": kind, "at": at, "subject": format!("{person:032x}")})
}

fn read(line: &serde_json::Value) -> Line {
    Line::parse(&line.to_string()).unwrap()
}

fn tally<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Tally {
    let mut tally = Tally::default();
    lines.into_iter().for_each(|line| tally.take(&scope(), line));
    tally
}

fn results(mut tally: Tally, now: Timestamp) -> Results {
    tally.settle(&CAMPAIGN, now);
    Results::of(&tally, &CAMPAIGN, &Live::UNKNOWN, now)
}

fn told(world: World) -> Results {
    results(tally(&world.lines()), world.end())
}

/// By drawn numbers, so that each order is another.
fn mixed(lines: &[Line], seed: u64) -> Vec<Line> {
    let mut drawn: Vec<(u64, &Line)> =
        lines.iter().enumerate().map(|(i, line)| (mix(seed ^ i as u64), line)).collect();
    drawn.sort_by_key(|(place, _)| *place);
    drawn.into_iter().map(|(_, line)| line.clone()).collect()
}

const LIFTED: World = World { seed: 7, people: 12_000, orders: [0.06, 0.02], holdout: 0.2 };

#[test]
fn every_figure_is_what_the_world_holds() {
    let lines = LIFTED.lines();
    let told = told(LIFTED);
    let count = |f: &dyn Fn(&Line) -> bool| lines.iter().filter(|line| f(line)).count() as u64;
    let kind = |kind: &str| {
        count(&|line| {
            serde_json::to_string(&format!("{:?}", line.kind)).unwrap().to_lowercase().contains(kind)
        })
    };
    let held = (0..LIFTED.people).filter(|p| LIFTED.draw(*p, 0) < 0.2).count() as u64;
    assert_eq!(told.experiment.assigned.held_out, held);
    assert_eq!(told.experiment.settled, told.experiment.assigned, "all windows have closed");
    assert_eq!(
        told.engagement.seen, LIFTED.people,
        "two images of a mail are one message, also of who is held out"
    );
    assert_eq!(told.log.clicks, kind("click"));
    assert_eq!(told.engagement.clicked, kind("click"));
    assert_eq!(told.conversion.orders, kind("order"));
    assert_eq!((told.conversion.elsewhere, told.conversion.unpriced), (0, 0));
    let revenue: f64 =
        lines.iter().filter_map(|line| line.value.as_f64()).map(|v| (v * 100.0).round() / 100.0).sum();
    assert!((told.conversion.revenue - revenue).abs() < 0.005 && (told.log.revenue - revenue).abs() < 0.005);
    let apple = told.fetchers.iter().find(|f| f.fetcher == "apple_mpp").unwrap();
    assert_eq!((apple.kind.as_str(), apple.messages), ("prefetch", LIFTED.people / 5));
    // a fallback that was fetched ahead and looked at the same day is one message
    assert!((1..=LIFTED.people / 5).contains(&told.delivery.prefetched), "what was fetched ahead is no look");
    let by_variant: u64 = told.variants.iter().map(|of| of.funnel.messages).sum();
    assert_eq!(by_variant, LIFTED.people);
    for dimension in ["fetcher", "device", "country", "stage", "intent"] {
        let of = || told.segments.iter().filter(|segment| segment.dimension == dimension);
        assert_eq!(of().map(|s| s.funnel.orders).sum::<u64>(), told.conversion.orders, "{dimension}");
        assert_eq!(of().map(|s| s.settled.held_out).sum::<u64>(), held, "{dimension}");
    }
    let sales = kind("order")
        - lines
            .iter()
            .filter(|l| l.value.is_number() && u64::from_str_radix(&l.subject, 16).unwrap() % 2 == 1)
            .count() as u64;
    assert!(told.discounts.with_incentive <= sales && told.discounts.with_incentive > 0);
    assert_eq!(told.fatigue.iter().map(|f| f.funnel.messages).sum::<u64>(), LIFTED.people);
}

#[test]
fn a_planted_lift_is_found_and_covered_and_none_is_made_up() {
    let told = told(LIFTED);
    let lift = told.experiment.lift.order.difference.unwrap();
    assert!(lift.low > 0.0 && lift.low < 0.04 && lift.high > 0.04, "{lift:?}");
    let revenue = told.experiment.lift.revenue.difference.unwrap();
    assert!(revenue.low > 0.0 && (revenue.low..revenue.high).contains(&(0.04 * 50.0)), "{revenue:?}");
    assert!(told.alarms.is_empty(), "{:?}", told.alarms);
    assert!(!told.experiment.series.is_empty() && told.experiment.series.len() <= 60);
    assert_eq!(told.experiment.series.last().unwrap().order, Some(lift));

    // the same people with nothing in it: no day of twenty worlds tells of an effect (one in twenty may)
    let fooled = (0..20).filter(|seed| {
        let told = self::told(World { seed: 100 + seed, people: 2000, orders: [0.05, 0.05], ..LIFTED });
        let sure = |f: &apropos::measure::results::Figure| f.low > 0.0 || f.high < 0.0;
        told.experiment
            .series
            .iter()
            .any(|point| point.order.as_ref().is_some_and(sure) || point.revenue.as_ref().is_some_and(sure))
    });
    assert!(fooled.count() <= 2);
}

#[test]
fn harm_and_a_broken_assignment_ring() {
    let alarms = |world: World| told(world).alarms.into_iter().map(|a| a.alarm).collect::<Vec<_>>();
    assert_eq!(alarms(World { orders: [0.01, 0.06], ..LIFTED }), ["harm", "harm"]);
    assert_eq!(alarms(World { holdout: 0.14, ..LIFTED }), ["sample_ratio"]);
}

#[test]
fn who_is_still_watched_is_not_compared_yet() {
    let early = results(tally(&LIFTED.lines()), BEGIN.plus(Span(5 * DAY)));
    assert_eq!(early.experiment.settled.treated, 0);
    assert!(
        early.experiment.lift.order.difference.is_none() && early.experiment.lift.order.unknown.is_some()
    );
    assert!(early.conversion.orders > 0, "what is there is counted");
}

#[test]
fn lines_of_others_and_orders_long_after_count_for_nothing() {
    let world = World { people: 200, ..LIFTED };
    let mut lines = world.lines();
    let mut foreign = line("order", 1, BEGIN.plus(Span(DAY)), 90);
    foreign["campaigns"] = json!(["summer"]);
    foreign["value"] = json!(1000);
    let mut late = line("order", 2, BEGIN.plus(Span(35 * DAY)), 91);
    late["campaigns"] = json!(["spring"]);
    late["value"] = json!(1000);
    let mut dollars = line("order", 2, BEGIN.plus(Span(35 * DAY)), 92);
    dollars["campaigns"] = json!(["spring"]);
    dollars["value"] = json!(1000);
    dollars["currency"] = json!("USD");
    let before = told(world);
    lines.extend([foreign, late, dollars].iter().map(read));
    let after = results(tally(&lines), world.end());
    assert_eq!(after.conversion.revenue, before.conversion.revenue);
    assert_eq!(after.experiment.lift, before.experiment.lift);
    assert_eq!(after.log.orders, before.log.orders + 2);
    assert_eq!((after.conversion.elsewhere, after.conversion.unpriced), (2, 1));
}

#[test]
fn closed_books_stay_closed_whatever_is_delivered_again() {
    let lines = LIFTED.lines();
    let mut tally = tally(&lines);
    tally.settle(&CAMPAIGN, LIFTED.end());
    let before = Results::of(&tally, &CAMPAIGN, &Live::UNKNOWN, LIFTED.end());
    lines.iter().for_each(|line| tally.take(&scope(), line));
    assert_eq!(tally.aside.late, lines.len() as u64);
    tally.settle(&CAMPAIGN, LIFTED.end());
    let mut after = Results::of(&tally, &CAMPAIGN, &Live::UNKNOWN, LIFTED.end());
    (after.log, after.alarms) = (before.log, before.alarms.clone());
    assert_eq!(after, before);
}

#[test]
fn a_tally_stays_small_and_its_lift_true() {
    let mut tally = tally(&LIFTED.lines());
    tally.bound(6_000);
    assert!(tally.share() < 1.0);
    let told = results(tally, LIFTED.end());
    let lift = told.experiment.lift.order.difference.unwrap();
    assert!(lift.low < 0.04 && lift.high > 0.04, "{lift:?}");
    assert!(!told.experiment.mismatch.alarm);
}

#[test]
fn the_command_line_tells_the_same_and_exits_by_the_alarms() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("results");
    std::fs::create_dir_all(folder.join("events/dt=2026-11-22")).unwrap();
    let path = folder.join("campaign.json");
    std::fs::write(&path, &*DOCUMENT).unwrap();
    let run = |world: World, more: &[&str]| {
        let lines: Vec<String> = world.written().iter().map(ToString::to_string).collect();
        std::fs::write(folder.join("events/dt=2026-11-22/log.ndjson"), lines.join("\n")).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_apropos"));
        let now = world.end().to_string();
        command.arg("results").arg("--campaign").arg(&path).arg(folder.join("events"));
        let output = command.args(["--now", &now]).args(more).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, json) = run(LIFTED, &["--json"]);
    assert_eq!(serde_json::from_str::<Results>(&json).unwrap(), told(LIFTED));
    assert_eq!(code, Some(0));
    let (_, table) = run(LIFTED, &[]);
    assert!(table.lines().all(|line| line.chars().count() <= 110), "{table}");
    assert!(table.contains("Lift over the holdout") && table.contains("hero/sale"), "{table}");
    let (code, table) = run(World { holdout: 0.14, ..LIFTED }, &[]);
    assert_eq!(code, Some(1));
    assert!(table.contains("sample_ratio"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_order_any_doubles_any_pauses_any_split_tell_the_same(seed: u64, pauses in 0_usize..5) {
        let world = World { seed, people: 150, ..LIFTED };
        let lines = world.lines();
        let told = results(tally(&lines), world.end());
        // doubled and mixed
        let mut twice = mixed(&lines, seed);
        twice.extend(mixed(&lines, !seed).into_iter().take(lines.len() / 2));
        prop_assert_eq!(&results(tally(&mixed(&twice, seed ^ 1)), world.end()), &told);
        // in the order of time with the books closed on the way, and the state stored in between, as the Worker does
        let mut in_time = lines.clone();
        in_time.sort_by_key(|line| line.at);
        let mut stepwise = Tally::default();
        for part in in_time.chunks(in_time.len() / (pauses + 1) + 1) {
            part.iter().chain(part).for_each(|line| stepwise.take(&scope(), line));
            stepwise.settle(&CAMPAIGN, part.last().unwrap().at);
            stepwise = Tally::from_bytes(&stepwise.to_bytes().unwrap()).unwrap();
        }
        prop_assert_eq!(&results(stepwise, world.end()), &told);
        // of two shards
        let (even, odd): (Vec<_>, Vec<_>) = lines.iter().partition(|line| u128::from_str_radix(&line.subject, 16).unwrap() % 2 == 0);
        let mut merged = tally(even);
        merged.merge(tally(odd));
        prop_assert_eq!(&results(merged, world.end()), &told);
    }
}
