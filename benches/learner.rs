//! What the alarm of a campaign's Durable Object costs when it holds the most that it keeps: 100,000 exposures whose outcomes may still come, as many outcomes, and as many kinds of settled
//! exposures. 10,000 new lines wait in its journal. `cargo bench --bench learner`
//!
//! Beside the time, divan tells under "max alloc" the most memory that a step holds beyond what it was given; `alarm` is all steps one after another, so its is the whole peak.
#![allow(clippy::unwrap_used)]

use apropos::campaign::{Campaign, Learned};
use apropos::context::{Context, Fetcher};
use apropos::decide::{Question, trace};
use apropos::hash::{mix, unit};
use apropos::intent::Model;
use apropos::learn::policy::{Learner, Line, Scope};
use apropos::profile::fields;
use apropos::time::{DAY, HOUR, MINUTE, Span, Timestamp};
use divan::{AllocProfiler, Bencher};
use serde_json::{Value, json};
use std::sync::LazyLock;

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

/// The most of each that the Worker keeps.
const MOST: u64 = 100_000;
/// New lines.
const NEW: u64 = 10_000;
const NOW: Timestamp = Timestamp(1_795_000_000_000);

static CAMPAIGN: LazyLock<Campaign> = LazyLock::new(campaign);
static MODEL: LazyLock<Model> = LazyLock::new(|| Model::starter().unwrap());
static STATE: LazyLock<Vec<u8>> = LazyLock::new(|| full().to_bytes().unwrap());
static JOURNAL: LazyLock<Vec<String>> =
    LazyLock::new(|| (0..NEW).map(|n| shown(MOST - NEW + n, minutes_ago(n % 60))).collect());

fn main() {
    let journal: usize = JOURNAL.iter().map(String::len).sum();
    println!(
        "{} bytes of state, {} bytes of new lines, {} of lessons",
        STATE.len(),
        journal,
        lessons(&folded()).len()
    );
    divan::Divan::from_args().sample_count(5).sample_size(1).main();
}

fn scope() -> Scope<'static> {
    Scope { campaign: &CAMPAIGN, model: &MODEL }
}

#[divan::bench]
fn a_read(bencher: Bencher<'_, '_>) {
    bencher.bench_local(read);
}

#[divan::bench]
fn b_fold(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(read).bench_local_refs(fold);
}

#[divan::bench]
fn c_settle(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(folded).bench_local_refs(|learner| learner.settle(&scope(), NOW));
}

/// More than may be kept: every other subject goes.
#[divan::bench]
fn d_bound(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(folded).bench_local_refs(|learner| learner.bound(MOST as usize - 1));
}

#[divan::bench]
fn e_learned(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(folded).bench_local_refs(|learner| Learned::parse(&lessons(learner)).unwrap());
}

#[divan::bench]
fn f_write(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(folded).bench_local_refs(|learner| learner.to_bytes().unwrap());
}

#[divan::bench]
fn alarm(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        let mut learner = folded();
        learner.settle(&scope(), NOW);
        learner.bound(MOST as usize);
        (Learned::parse(&lessons(&learner)).unwrap(), learner.to_bytes().unwrap())
    });
}

fn read() -> Learner {
    Learner::from_bytes(&STATE).unwrap()
}

fn fold(learner: &mut Learner) {
    JOURNAL.iter().for_each(|line| learner.take(&scope(), &Line::parse(line).unwrap()).unwrap());
}

fn folded() -> Learner {
    let mut learner = read();
    fold(&mut learner);
    learner
}

fn lessons(learner: &Learner) -> String {
    serde_json::to_string_pretty(&learner.learned(&scope(), NOW)).unwrap()
}

/// As much as is kept, and room for the new lines.
fn full() -> Learner {
    let mut learner = Learner::default();
    let mut take = |line: String| learner.take(&scope(), &Line::parse(&line).unwrap()).unwrap();
    // by subjects that don't come again
    (0..MOST * 5 / 4).for_each(|n| take(shown(2 * MOST + n, days_ago(10 + n % 30))));
    (0..MOST - NEW).for_each(|n| take(shown(n, minutes_ago(60 + n % (7 * 24 * 60)))));
    (0..MOST).for_each(|n| take(outcome(n)));
    learner.settle(&scope(), minutes_ago(60));
    learner.bound(MOST as usize);
    learner
}

fn minutes_ago(minutes: u64) -> Timestamp {
    NOW.plus(Span(-(minutes as i64) * MINUTE))
}

fn days_ago(days: u64) -> Timestamp {
    NOW.plus(Span(-(days as i64) * DAY))
}

/// Three slots of six variants.
fn campaign() -> Campaign {
    let motivations = ["price", "assortment", "convenience", "trust", "urgency"];
    let slots = ["hero", "cta", "offer"].map(|slot| {
        let variants = (0..6).map(|v| {
            let motivations = motivations.get(v).map_or(vec![], |motivation| vec![*motivation]);
            json!({"id": format!("{slot}-{v}"), "text": {"headline": "Hello"}, "motivations": motivations})
        });
        json!({"name": slot, "kind": "text", "fallback": format!("{slot}-5"), "variants": variants.collect::<Vec<_>>()})
    });
    let value = json!({"currency": "EUR", "click": 0.5, "convert": 20});
    let document = json!({"id": "spring", "landing": "/", "value": value, "exploration": {"silence": 0}, "slots": slots});
    Campaign::parse(&document.to_string()).unwrap()
}

/// The line of somebody's exposure, as the Worker writes it.
fn shown(n: u64, at: Timestamp) -> String {
    let below = |what: u64, bound: u64| mix(mix(n) ^ what) % bound;
    let document = json!({
        "id": "x",
        "consent": {"email": {"marketing": true, "personalization": true, "measurement": true}},
        "engagement": {"delivered": below(1, 13), "opens": below(2, 9), "clicks": below(3, 5), "unanswered": below(4, 13)},
        "purchases": {"count": below(5, 10), "discounted": below(5, 10) / 2, "value": 10 + below(6, 900)},
        "browsing": {"sessions": below(7, 10), "product_views": below(8, 31)},
        "cart": {"value": 10 + below(9, 190), "items": 1 + below(10, 4), "at": at},
        "lifecycle": {"since": "2024-05-01"},
    });
    let (_, profile) = fields::read(document.as_object().unwrap(), at).unwrap();
    let context = Context { fetcher: Fetcher::Person, ..Context::default() };
    let question = Question::new(&CAMPAIGN, &MODEL, &profile, &context, at, mix(n));
    let (decision, trace) = trace(&question);
    let mut line = json!({"schema": 2, "id": format!("{:016x}", mix(n)), "type": "exposure", "at": at, "subject": subject(n)});
    line.as_object_mut().unwrap().append(&mut trace.told(&question, &decision));
    line.to_string()
}

/// A click or an order of somebody who was shown something in the last days.
fn outcome(n: u64) -> String {
    let kind = if unit(mix(n)) < 0.8 { "click" } else { "order" };
    let at = minutes_ago(60 + n % (7 * 24 * 60)).plus(Span((unit(mix(n ^ 1)) * HOUR as f64) as i64));
    let line: Value = json!({"id": format!("{:016x}", mix(!n)), "type": kind, "at": at, "subject": subject(n), "campaign": "spring", "fetcher": "person"});
    line.to_string()
}

/// Names as long as those of the log.
fn subject(n: u64) -> String {
    format!("{:016x}{:016x}", mix(n ^ 2), mix(n ^ 3))
}
