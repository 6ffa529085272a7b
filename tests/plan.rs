//! Plans before a send: one by one, by the list, and on the command line.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]
// clippy.toml lets tests unwrap and panic, but not the functions that tests share
#![allow(clippy::panic, clippy::unwrap_used)]

#[path = "common/arbitrary.rs"]
mod arbitrary;

use apropos::campaign::{Campaign, Learned, Live};
use apropos::context::{Context, Surface};
use apropos::decide::{Planner, Question, decide, plan, plan_report};
use apropos::intent::Model;
use apropos::profile::{Profile, fields};
use apropos::time::{HOUR, Span, Timestamp};
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

static NOTHING: Learned = Learned::NOTHING;
static STARTER: LazyLock<Model> = LazyLock::new(|| Model::starter().unwrap());

const NOW: &str = "2026-11-22T10:00:00Z";

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(300))]

    /// What a planner remembers of earlier recipients changes nothing, and the planned message is what would be decided then.
    #[test]
    fn a_list_is_planned_as_each_of_it_alone(
        (campaign, now, profiles) in list(), hours in prop_oneof![0i64..6, 0i64..400], first in 0..u64::MAX / 2,
    ) {
        let (live, context, window) = (Live::UNKNOWN, Context::default(), Span(hours * HOUR));
        let mut planner = Planner::new(&campaign, &live, &NOTHING, &STARTER, now, window);
        for (profile, seed) in profiles.iter().cycle().take(2 * profiles.len()).zip(first..) {
            let question = Question::new(&campaign, &STARTER, profile, &context, now, seed);
            let planned = planner.plan(profile, seed);
            prop_assert_eq!(planned, plan(&question, window));
            let send = Context { surface: Surface::Send, ..Context::default() };
            let then = Question { channel: planned.channel, context: &send, now: planned.at, ..question };
            prop_assert_eq!(decide(&then), planned.content);
            let told = plan_report(&question, window);
            prop_assert_eq!(told.report.decided_at, planned.content.decided_at);
            prop_assert_eq!(told.plan.audience.send, planned.send);
        }
    }
}

/// A campaign, a moment, and some recipients.
fn list() -> impl Strategy<Value = (Campaign, Timestamp, Vec<Profile>)> {
    let texts =
        [CAMPAIGN, include_str!("../demo/campaign.json"), include_str!("vectors/campaigns/full.json")];
    (proptest::sample::select(texts.to_vec()), arbitrary::now()).prop_flat_map(|(text, now)| {
        let campaign = Campaign::parse(text).unwrap();
        let profiles = proptest::collection::vec(arbitrary::profile(&campaign, now), 2..5);
        (Just(campaign), Just(now), profiles)
    })
}

/// A folder of one test's own.
struct Folder(PathBuf);

impl Folder {
    fn of(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("campaign.json"), CAMPAIGN).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.0.join(name), content).unwrap();
        self
    }

    fn run(&self, args: &[&str], stdin: &[u8]) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_apropos"))
            .args(args)
            .current_dir(&self.0)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let bytes = stdin.to_vec();
        // a command that answers while it reads must not wait for us
        let feeder = std::thread::spawn(move || {
            let _ = input.write_all(&bytes);
        });
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        output
    }
}

const CAMPAIGN: &str = r#"{"id": "list", "landing": "/", "value": {"currency": "EUR", "click": 0.3, "convert": 18},
    "fallback_channels": [{"channel": "sms", "send": 0.05}], "exploration": {"silence": 0},
    "guardrails": {"recent_purchase": {"within": "30d"}, "quiet_hours": {"from": 21, "to": 8, "timezone": "Europe/Zagreb"},
        "frequency": [{"across": "all", "max": 3, "window": "7d"}]},
    "slots": [{"name": "hero", "kind": "text", "fallback": "plain",
        "variants": [{"id": "plain", "text": {"headline": "Hello"}}, {"id": "sale", "text": {"headline": "Sale"}, "motivations": ["price"]}]}]}"#;

fn person(id: &str) -> Value {
    let granted = json!({"marketing": true, "personalization": true, "measurement": true});
    json!({"id": id, "traits": {"timezone": "Europe/Zagreb"}, "consent": {"email": granted, "sms": granted}})
}

fn rows(out: &[u8]) -> Vec<Value> {
    let text = str::from_utf8(out).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_profile_has_its_plan_in_its_place() {
    let folder = Folder::of("plan_every");
    let mut buyer = person("bought \"it\" \u{1F3D5}");
    buyer["purchases"] = json!({"count": 1, "last": "2026-11-20"});
    let lines = [
        person("one").to_string(),
        buyer.to_string(),
        json!({"id": "silent"}).to_string(),
        person("two").to_string(),
    ];
    let text = lines.join("\r\n");
    let args = ["plan", "-", "--campaign", "campaign.json", "--within", "48h", "--now", NOW];
    let ran = folder.run(&[&args[..], &["--held"]].concat(), text.as_bytes());
    let told = String::from_utf8(ran.stderr).unwrap();
    assert!(ran.status.success(), "{told}");
    let all = rows(&ran.stdout);
    let ids: Vec<_> = all.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["one", "bought \"it\" \u{1F3D5}", "silent", "two"]);
    assert_eq!(all[1], json!({"id": ids[1], "send": false, "cause": "recent_purchase"}));
    assert_eq!(all[2], json!({"id": "silent", "send": false, "cause": "consent"}));

    // a row is what the core plans for that recipient
    let campaign = Campaign::parse(CAMPAIGN).unwrap();
    let now = Timestamp::parse(NOW).unwrap();
    let document: Map<_, _> = person("one").as_object().unwrap().clone();
    let (_, profile) = fields::read(&document, now).unwrap();
    let hash = apropos::hash::fnv1a(b"one");
    let subject = [hash.to_be_bytes(), apropos::hash::mix(hash).to_be_bytes()].concat();
    let seed = apropos::decide::seed(subject.as_slice().try_into().unwrap(), &campaign);
    let context = Context::default();
    let plan = plan(&Question::new(&campaign, &STARTER, &profile, &context, now, seed), Span(48 * HOUR));
    let variant = &campaign.slots[0].variants[usize::from(plan.content.shown(0).unwrap())].id.name;
    let value = (plan.value.unwrap() * 1e4).round() / 1e4;
    let expected = json!({"id": "one", "send": true, "channel": "email", "fallback": "sms", "at": plan.at, "show": {"hero": variant},
        "value": value, "probability": plan.content.probability, "left": 3});
    assert_eq!(all[0], expected);

    let without = folder.run(&args, text.as_bytes());
    assert_eq!(rows(&without.stdout), [all[0].clone(), all[3].clone()]);
    for part in ["✓ 4 profiles", "send", "50 %", "email", "hold", "recent purchase", "25 %", "consent", "EUR"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn a_long_list_keeps_its_order_and_loses_nothing() {
    let folder = Folder::of("plan_long");
    let mut text = String::new();
    for n in 0..6000 {
        match n {
            1000 => text += "nonsense\n",
            2000 => text += "\n",
            3000 => text += "{\"id\":\"x\",\"purchases\":{\"cuont\":1}}\n",
            4000 => text += &format!("{{\"id\":\"{}\"}}\n", "y".repeat(5 << 20)),
            n => text += &format!("{}\n", person(&format!("c-{n}"))),
        }
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text.trim_end().as_bytes()).unwrap();
    folder.write("list.ndjson.gz", gzip.finish().unwrap());
    let args = [
        "plan",
        "list.ndjson.gz",
        "--campaign",
        "campaign.json",
        "--now",
        NOW,
        "--held",
        "--out",
        "plan.ndjson",
    ];
    let ran = folder.run(&args, b"");
    assert_eq!(ran.status.code(), Some(1));
    let told = String::from_utf8(ran.stderr).unwrap();
    let bad: Vec<_> = told.lines().filter(|line| line.starts_with("list.ndjson.gz:")).collect();
    assert_eq!(bad.len(), 3, "{told}");
    assert!(bad[0].starts_with("list.ndjson.gz:1001 ") && bad[0].contains("no JSON object"), "{}", bad[0]);
    assert!(bad[1].starts_with("list.ndjson.gz:3001 ") && bad[1].contains("purchases.count"), "{}", bad[1]);
    assert!(bad[2].starts_with("list.ndjson.gz:4001 ") && bad[2].contains("longer than 4 MB"), "{}", bad[2]);
    assert!(told.contains("! 5,996 profiles · 3 lines refused"), "{told}");
    let ids: Vec<_> = rows(&fs::read(folder.0.join("plan.ndjson")).unwrap())
        .iter()
        .map(|r| r["id"].as_str().unwrap().to_owned())
        .collect();
    let expected: Vec<_> =
        (0..6000).filter(|n| n % 1000 != 0 || *n == 0 || *n == 5000).map(|n| format!("c-{n}")).collect();
    assert_eq!(ids, expected);
}

#[test]
fn what_cannot_be_planned_is_explained() {
    let folder = Folder::of("plan_explained");
    folder.write("live.json", r#"{"bugdets": {}}"#).write("ana.json", person("ana").to_string());
    let stderr = |args: &[&str], code: i32| {
        let ran = folder.run(args, b"id,name\n1,Ana\n");
        let told = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(code), "{told}");
        told
    };
    let plan = ["plan", "-", "--campaign", "campaign.json"];
    assert!(stderr(&plan, 2).contains("no JSON documents"));
    assert!(stderr(&[&plan[..], &["--within", "15d"]].concat(), 2).contains("at most 14d"));
    assert!(stderr(&[&plan[..], &["--live", "live.json"]].concat(), 1).contains("did you mean \"budgets\"?"));
    let decide = ["decide", "--campaign", "campaign.json", "--profile", "ana.json"];
    assert!(
        stderr(&[&decide[..], &["--live", "live.json"]].concat(), 1).contains("did you mean \"budgets\"?")
    );
}

#[test]
fn decide_tells_the_five_decisions() {
    let folder = Folder::of("plan_decide");
    folder.write("ana.json", person("ana").to_string());
    let args =
        ["decide", "--campaign", "campaign.json", "--profile", "ana.json", "--now", NOW, "--send", "48h"];
    let told = String::from_utf8(folder.run(&args, b"").stdout).unwrap();
    for part in [
        "Plan",
        "audience",
        "send",
        "channel",
        "email",
        "else sms",
        "timing",
        "o'clock",
        "content",
        "frequency",
        "3 left",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let json: Value =
        serde_json::from_slice(&folder.run(&[&args[..], &["--json"]].concat(), b"").stdout).unwrap();
    assert_eq!(json["plan"]["channel"], json!({"use": "email", "fallback": "sms"}));
    assert_eq!(json["decided_at"], json["plan"]["timing"]["at"]);
    assert_eq!(json["guardrails"].as_array().unwrap().len(), apropos::decide::guardrails::GUARDRAILS.len());
}
