//! What reading, folding and storing a profile costs.
#![allow(clippy::unwrap_used)]

use apropos::profile::{Event, Profile, fields, row};
use apropos::time::Timestamp;
use divan::{Bencher, black_box, counter::BytesCount};
use serde_json::{Map, Value, json};

const NOW: Timestamp = Timestamp(1_795_000_000_000);

/// A customer of whom much is known: twenty fields, 500 bytes.
const LINE: &str = r#"{"id":"c-1842","traits":{"first_name":"Ana","language":"hr","timezone":"Europe/Zagreb","country":"HR"},"consent":{"email":{"marketing":true,"personalization":true,"measurement":false}},"engagement":{"delivered":9,"opens":5,"clicks":2,"last_open":"2026-11-10","unanswered":1},"purchases":{"count":4,"discounted":2,"value":310.5,"last":"2026-09-01"},"browsing":{"sessions":3,"product_views":12,"info_views":1,"last_visit":"2026-11-15"},"lifecycle":{"since":"2024-05-01T10:00:00Z","stage":"active"}}"#;

fn main() {
    divan::Divan::from_args().sample_size(100).main();
}

fn profile() -> Profile {
    fields::parse(LINE, NOW).unwrap().1
}

#[divan::bench]
fn parse_line(bencher: Bencher<'_, '_>) {
    bencher.counter(BytesCount::of_str(LINE)).bench_local(|| fields::parse(black_box(LINE), NOW));
}

/// The same by way of an object, as bodies come that hold more than a profile.
#[divan::bench]
fn parse_object_then_read(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        let document: Map<String, Value> = serde_json::from_str(black_box(LINE)).unwrap();
        fields::read(&document, NOW)
    });
}

/// What reading the text takes at the least: it is walked, and nothing made of it.
#[divan::bench]
fn walk_line(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| serde_json::from_str::<serde::de::IgnoredAny>(black_box(LINE)).unwrap());
}

#[divan::bench]
fn write_row(bencher: Bencher<'_, '_>) {
    let profile = profile();
    bencher.bench_local(|| row::write(black_box(&profile)));
}

#[divan::bench]
fn read_row(bencher: Bencher<'_, '_>) {
    let row = row::write(&profile()).unwrap();
    bencher.bench_local(|| row::read(black_box(&row)));
}

#[divan::bench]
fn fold_event(bencher: Bencher<'_, '_>) {
    let profile = profile();
    let event: Event = serde_json::from_value(json!({"type": "track", "event": "Product Viewed", "userId": "c-1842", "messageId": "m", "timestamp": NOW, "properties": {"category": "tents"}})).unwrap();
    bencher.with_inputs(|| profile.clone()).bench_local_refs(|profile| profile.fold(black_box(&event), NOW));
}
