//! Policies from the command line: learnt, chosen by, and judged.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use apropos::hash::{mix, unit};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn apropos(folder: &Path, arguments: &[&str]) -> Ran {
    let ran =
        Command::new(env!("CARGO_BIN_EXE_apropos")).current_dir(folder).args(arguments).output().unwrap();
    Ran {
        code: ran.status.code().unwrap(),
        out: String::from_utf8(ran.stdout).unwrap(),
        err: String::from_utf8(ran.stderr).unwrap(),
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("policy-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn draw(row: usize, what: u64) -> f64 {
    unit(mix(mix(row as u64) ^ mix(what)))
}

/// A trial in which a mail moves those with a cart by 0.3, and nobody else.
fn trial(folder: &Path) {
    let mut text = String::from("row,cart,visits,mail,answered,spent\n");
    for row in 0..1200 {
        let (cart, mailed) = (draw(row, 1) < 0.4, draw(row, 2) < 0.5);
        let visits = (draw(row, 3) * 30.0).floor();
        let p = 0.1 + 0.005 * visits + if cart && mailed { 0.3 } else { 0.0 };
        let answered = u8::from(draw(row, 4) < p);
        let mail = if mailed { "yes" } else { "no" };
        text += &format!("{},{},{visits},{mail},{answered},{}\n", row + 500, u8::from(cart), answered * 20);
    }
    fs::write(folder.join("trial.csv"), text).unwrap();
}

const TABLE: [&str; 10] = [
    "--data",
    "trial.csv",
    "--treatment",
    "mail",
    "--none",
    "no",
    "--outcome",
    "answered",
    "--propensity",
    "1/2",
];

#[test]
fn a_policy_is_learnt_chosen_by_and_judged() {
    let folder = folder("whole");
    trial(&folder);
    let refused = apropos(&folder, &[&["policy", "train"], &TABLE[..]].concat());
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("leave it out with --drop spent"), "{}", refused.err);

    let more = ["--drop", "spent", "--costs", "0.1", "--out", "policy.json"];
    let ran = apropos(&folder, &[&["policy", "train"], &TABLE[..], &more[..]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("learnt from 1,200 customers"), "{}", ran.err);
    let policy: Value =
        serde_json::from_str(&fs::read_to_string(folder.join("policy.json")).unwrap()).unwrap();
    assert_eq!((&policy["kind"], &policy["treatments"][0]["name"]), (&json!("uplift policy"), &json!("yes")));
    assert_eq!(policy["measured"][0]["cost"], json!(0.1));

    fs::write(folder.join("new.csv"), "row,cart,visits\n7,1,12\n9,0,12\n").unwrap();
    let choose = ["policy", "choose", "--policy", "policy.json", "--data", "new.csv"];
    assert_eq!(apropos(&folder, &[&choose[..], &["--cost", "0.1"]].concat()).out, "row,send\n7,1\n9,0\n");
    let ran = apropos(&folder, &[&choose[..], &["--costs", "0.1,0.9"]].concat());
    assert_eq!(ran.out, "row,cost,action\n7,0.1,1\n7,0.9,0\n9,0.1,0\n9,0.9,0\n");
    fs::write(folder.join("other.csv"), "row,visits\n7,12\n").unwrap();
    let other = ["policy", "choose", "--policy", "policy.json", "--data", "other.csv", "--cost", "1"];
    assert!(apropos(&folder, &other).err.contains("has no column \"cart\""));

    let more = ["--drop", "spent", "--costs", "0.1", "--policy", "policy.json", "--html", "report.html"];
    let ran = apropos(&folder, &[&["evaluate", "trial"], &TABLE[..], &more[..]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("none for all") && ran.out.contains("Qini coefficient"), "{}", ran.out);
    let html = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(html.contains("<svg") && !html.contains("http://localhost") && !html.contains("<script"));
}

#[test]
fn choices_that_the_trial_cannot_judge_are_refused_by_name() {
    let folder = folder("refused");
    trial(&folder);
    let text = fs::read_to_string(folder.join("trial.csv")).unwrap();
    // exactly what was not done
    let opposite = text.lines().skip(1).map(|line| {
        let cells: Vec<_> = line.split(',').collect();
        format!("{},{}\n", cells[0], u8::from(cells[3] == "no"))
    });
    fs::write(folder.join("choices.csv"), format!("row,send\n{}", opposite.collect::<String>())).unwrap();
    let more = ["--drop", "spent", "--choices", "choices.csv"];
    let ran = apropos(&folder, &[&["evaluate", "trial"], &TABLE[..], &more[..]].concat());
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("(no_overlap)"), "{}", ran.err);
}

/// An exposure and what came of it an hour later, 800 times: the sea brings clicks, the hills orders.
fn event_log(folder: &Path) {
    let mut text = String::new();
    for row in 0..800 {
        let sea = draw(row, 1) < 0.25;
        let line = json!({"schema": 2, "id": format!("e{row}"), "type": "exposure", "at": "2026-11-22T10:00:00Z",
            "subject": format!("s{row}"), "campaign": "spring", "version": "v", "slot": "hero", "fetcher": "person",
            "assembly": {"hero": if sea { "sea" } else { "hills" }}, "outcome": "show", "cause": null,
            "probability": if sea { 0.25 } else { 0.75 }, "decided_at": "2026-11-22T10:00:00Z"});
        text += &format!("{line}\n");
        let [clicks, orders] = if sea { [0.4, 0.1] } else { [0.1, 0.3] };
        for (kind, what, rate) in [("click", 2, clicks), ("order", 3, orders)] {
            if draw(row, what) < rate {
                let line = json!({"schema": 2, "id": format!("{kind}{row}"), "type": kind, "at": "2026-11-22T11:00:00Z",
                    "subject": format!("s{row}"), "campaign": "spring", "version": "v", "slot": "hero", "fetcher": "person"});
                text += &format!("{line}\n");
            }
        }
    }
    fs::write(folder.join("log.ndjson"), text).unwrap();
}

/// What was told of showing a variant to all.
fn value(ran: &Ran, name: &str) -> f64 {
    let line = ran.out.lines().find(|line| line.contains(name)).unwrap();
    line.split_once("for all").unwrap().1.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn an_event_log_is_judged_on() {
    let folder = folder("log");
    event_log(&folder);
    let ran = apropos(&folder, &["evaluate", "log", "log.ndjson"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("800 decisions of spring, by a click within 3d"), "{}", ran.out);
    assert!(
        (value(&ran, "hero=sea") - 0.4).abs() < 0.12 && (value(&ran, "hero=hills") - 0.1).abs() < 0.05,
        "{}",
        ran.out
    );
    let rows: String = (0..800).map(|row| format!("s{row},hero=moon\n")).collect();
    fs::write(folder.join("choices.csv"), format!("subject,action\n{rows}")).unwrap();
    let ran = apropos(&folder, &["evaluate", "log", "log.ndjson", "--choices", "choices.csv"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("(unlogged)"), "{}", ran.err);
}

#[test]
fn an_event_log_is_judged_by_what_the_campaign_wants() {
    let folder = folder("reward");
    event_log(&folder);
    let campaign = |goal: &str| {
        let text = json!({"id": "spring", "landing": "/", "goal": goal, "learning": {"order": "2d"},
            "value": {"currency": "EUR", "click": 1, "convert": 10, "send": 0.25},
            "slots": [{"name": "hero", "kind": "text", "fallback": "hills", "variants": [
                {"id": "hills", "text": {"headline": "Hills"}},
                {"id": "sea", "text": {"headline": "Sea"}, "incentive": {"cost": 4}}]}]});
        fs::write(folder.join(format!("{goal}.json")), text.to_string()).unwrap();
    };
    campaign("click");
    campaign("convert");
    let judged = |more: &[&str]| apropos(&folder, &[&["evaluate", "log", "log.ndjson"], more].concat());
    let near = |ran: &Ran, sea: f64, hills: f64, by: f64| {
        assert_eq!(ran.code, 0, "{}", ran.err);
        let found = (value(ran, "hero=sea"), value(ran, "hero=hills"));
        assert!((found.0 - sea).abs() < by && (found.1 - hills).abs() < by, "{found:?}: {}", ran.out);
    };
    near(&judged(&["--campaign", "click.json"]), 0.4, 0.1, 0.1);
    let orders = judged(&["--campaign", "convert.json"]);
    near(&orders, 0.1, 0.3, 0.1);
    assert!(orders.out.contains("by an order within 2d"), "{}", orders.out);
    near(
        &judged(&["--campaign", "spring", "--reward", "convert", "--value", "2", "--cost", "0.1"]),
        0.1,
        0.5,
        0.2,
    );
    // a click's 1 and an order's 10 less the incentive's 4, and the send
    near(
        &judged(&["--campaign", "convert.json", "--reward", "value"]),
        0.4 + 0.1 * 6.0 - 0.25,
        0.1 + 0.3 * 10.0 - 0.25,
        0.5,
    );

    let refused = |more: &[&str], why: &str| {
        let ran = judged(more);
        assert!(ran.code == 2 && ran.err.contains(why), "{}: {}", ran.code, ran.err);
    };
    refused(&["--reward", "value"], "needs the campaign's file");
    refused(
        &["--campaign", "click.json", "--reward", "value", "--cost", "1"],
        "leave out --value and --cost",
    );
    let text = fs::read_to_string(folder.join("log.ndjson")).unwrap();
    let clicks: String =
        text.lines().filter(|line| !line.contains("\"order\"")).map(|line| format!("{line}\n")).collect();
    fs::write(folder.join("log.ndjson"), clicks).unwrap();
    refused(&["--campaign", "convert.json"], "(no_order)");
    refused(&["--campaign", "convert.json", "--reward", "value"], "(no_order)");
}
