//! What the five decisions cost by the list: `apropos plan` itself, as built, on 200,000 profiles of half a kilobyte and twenty-odd fields.
//!
//! divan tells profiles per second, which other work on the machine lowers; the CPU time per profile, which it hardly does, is told at the end.
#![allow(clippy::unwrap_used)]

use apropos::hash::mix;
use divan::Bencher;
use divan::counter::ItemsCount;
use serde_json::json;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

const PROFILES: usize = 200_000;
/// How long a tick of `/proc` lasts, in microseconds.
const TICK: f64 = 10_000.0;

static LIST: LazyLock<PathBuf> = LazyLock::new(list);
static RUNS: AtomicUsize = AtomicUsize::new(0);

fn main() {
    LazyLock::force(&LIST);
    divan::Divan::from_args().sample_count(5).sample_size(1).main();
    let runs = RUNS.load(Ordering::Relaxed);
    if let (Some(ticks), true) = (ticks_of_children(), runs > 0) {
        println!("{:.2} µs of CPU per profile", ticks * TICK / (runs * PROFILES) as f64);
    }
}

#[divan::bench]
fn plan(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(PROFILES)).bench_local(|| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_apropos"));
        let campaign = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/campaign.json");
        command.arg("plan").arg(&*LIST).args(["--campaign", campaign, "--now", "2026-11-22T10:00:00Z"]);
        let ran = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(ran.success());
        RUNS.fetch_add(1, Ordering::Relaxed);
    });
}

/// The list, made up: the same on every machine.
fn list() -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("plan.ndjson");
    fs::create_dir_all(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut out = BufWriter::new(File::create(&path).unwrap());
    for n in 0..PROFILES as u64 {
        writeln!(out, "{}", profile(n)).unwrap();
    }
    out.flush().unwrap();
    path
}

fn profile(n: u64) -> serde_json::Value {
    let mut state = n;
    let mut below = |bound: u64| {
        state = mix(state);
        state % bound
    };
    let zone = [
        "Europe/Zagreb",
        "Europe/Berlin",
        "America/New_York",
        "America/Chicago",
        "Asia/Tokyo",
        "Europe/London",
    ][below(6) as usize];
    let name = ["Ana", "Ivan", "Marko", "Petra", "Sofia", "Jörg"][below(6) as usize];
    let category = ["tents", "boots", "packs", "jackets", "stoves", "lanterns"][below(6) as usize];
    let mut day = |months: u64| format!("2026-{:02}-{:02}", 10 - below(months), 1 + below(28));
    let (last_open, last_order, last_visit) = (day(3), day(9), day(3));
    let mut document = json!({
        "id": format!("customer-{n:07}"),
        "traits": {"first_name": name, "timezone": zone, "country": "HR", "language": "en"},
        "consent": {"email": {"marketing": below(10) > 0, "personalization": below(10) > 0, "measurement": true}},
        "engagement": {"delivered": below(13), "opens": below(9), "clicks": below(5), "last_open": last_open, "unanswered": below(13)},
        "purchases": {"count": below(10), "discounted": 0, "value": 10 + below(900), "last": last_order, "categories": {category: 2}},
        "browsing": {"sessions": below(10), "product_views": below(31), "last_visit": last_visit},
        "lifecycle": {"since": "2024-05-01"},
    });
    if below(2) == 0 {
        document["cart"] = json!({"value": 10 + below(190), "items": 1 + below(4), "at": "2026-11-20"});
    }
    document
}

/// User and system time of the processes that were waited for, in ticks: fields 16 and 17 of `/proc/self/stat`; none off Linux.
fn ticks_of_children() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let after_name = stat.rsplit_once(')')?.1;
    let fields: Vec<_> = after_name.split_whitespace().collect();
    Some(fields.get(13)?.parse::<f64>().ok()? + fields.get(14)?.parse::<f64>().ok()?)
}
