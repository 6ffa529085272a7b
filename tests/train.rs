//! Training and scoring through the built command line.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use apropos::hash::{mix, unit};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Visits: the more pages the likelier a purchase; `paid` is known only afterwards.
fn visits(from: u64, to: u64, label: bool) -> String {
    let mut csv = format!("row,pages,device,region,paid{}\n", if label { ",bought" } else { "" });
    for row in from..to {
        let draw = |k: u64| unit(mix(mix(k) ^ row));
        let pages = (draw(1) * 20.0) as u32;
        let device = if draw(2) < 0.5 { "phone" } else { "desktop" };
        let region = 1 + (draw(3) * 4.0) as u32;
        let odds = f64::from(pages) / 4.0 - 3.0 + if device == "phone" { -1.0 } else { 0.5 };
        let bought = draw(4) < 1.0 / (1.0 + (-odds).exp());
        let paid = if bought { format!("{:.2}", 5.0 + 20.0 * draw(5)) } else { "0".into() };
        let label = if label { format!(",{bought}") } else { String::new() };
        csv += &format!("{row},{pages},{device},{region},{paid}{label}\n");
    }
    csv
}

fn folder(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("train-{test}"));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    fs::write(path.join("visits.csv"), visits(0, 900, true)).unwrap();
    fs::write(path.join("later.csv"), visits(900, 1200, false)).unwrap();
    path
}

fn run(folder: &Path, command: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_apropos")).current_dir(folder).args(command.split(' ')).output().unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_model_is_trained_and_scores_what_it_has_not_seen() {
    let folder = folder("scores");
    let trained = run(&folder, "train --data visits.csv --label bought --drop paid --out model.json");
    assert!(trained.status.success(), "{}", err(&trained));
    assert!(err(&trained).contains("5 folds"), "{}", err(&trained));
    let again = run(&folder, "train --data visits.csv --label bought --drop paid --out model.json2");
    assert!(again.status.success());
    let [one, other] =
        ["model.json", "model.json2"].map(|name| fs::read_to_string(folder.join(name)).unwrap());
    assert_eq!(one, other, "the same data and seed give the same file");
    let scored = run(&folder, "score --model model.json --data later.csv --out scores.csv");
    assert!(scored.status.success(), "{}", err(&scored));
    let scores = fs::read_to_string(folder.join("scores.csv")).unwrap();
    let mut lines = scores.lines();
    assert_eq!(lines.next(), Some("row,prob"));
    let rows: Vec<(u64, f64)> = lines
        .map(|line| line.split_once(',').map(|(row, p)| (row.parse().unwrap(), p.parse().unwrap())).unwrap())
        .collect();
    assert_eq!(rows.iter().map(|(row, _)| *row).collect::<Vec<_>>(), (900..1200).collect::<Vec<_>>());
    let mean = |pages: std::ops::Range<u32>| {
        let of = |row: u64| pages.contains(&((unit(mix(mix(1) ^ row)) * 20.0) as u32));
        let some: Vec<f64> = rows.iter().filter(|(row, _)| of(*row)).map(|(_, p)| *p).collect();
        some.iter().sum::<f64>() / some.len() as f64
    };
    assert!(mean(16..20) > 0.6 && mean(0..4) < 0.2, "{} {}", mean(16..20), mean(0..4));
}

#[test]
fn what_is_known_only_afterwards_is_refused_by_name() {
    let folder = folder("leaks");
    let refused = run(&folder, "train --data visits.csv --label bought --out model.json");
    assert_eq!(refused.status.code(), Some(2));
    let told = err(&refused);
    assert!(
        told.contains("column \"paid\" alone tells \"bought\"") && told.contains("--drop paid"),
        "{told}"
    );
    assert!(!folder.join("model.json").exists());
    let allowed = run(&folder, "train --data visits.csv --label bought --allow paid --out model.json");
    assert!(allowed.status.success(), "{}", err(&allowed));
}

#[test]
fn wrong_columns_are_named_with_the_nearest() {
    let folder = folder("columns");
    let wrong = run(&folder, "train --data visits.csv --label bougt --out model.json");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err(&wrong).contains("has no column \"bougt\"; did you mean \"bought\"?"), "{}", err(&wrong));
    let wrong = run(&folder, "train --data visits.csv --label pages --out model.json");
    assert!(err(&wrong).contains("says neither yes nor no"), "{}", err(&wrong));
    assert!(
        run(&folder, "train --data visits.csv --label bought --only pages,device --out m.json")
            .status
            .success()
    );
    fs::write(folder.join("other.csv"), "row,pagse\n1,2\n").unwrap();
    let wrong = run(&folder, "score --model m.json --data other.csv");
    assert_eq!(wrong.status.code(), Some(2));
    let told = err(&wrong);
    assert!(told.contains("\"pages\" (did you mean \"pagse\"?)") && told.contains("\"device\""), "{told}");
    let wrong =
        run(&folder, "train --data visits.csv --label bought --monotone device=up --drop paid --out m.json");
    assert!(err(&wrong).contains("it holds names"), "{}", err(&wrong));
}

#[test]
fn a_model_of_a_table_is_none_for_decisions() {
    let folder = folder("reads");
    assert!(
        run(&folder, "train --data visits.csv --label bought --drop paid --out model.json").status.success()
    );
    let text = fs::read_to_string(folder.join("model.json")).unwrap();
    let refused = apropos::intent::Model::parse(&text).unwrap_err().to_string();
    assert!(refused.contains("reads the columns of a table"), "{refused}");
}

/// How the starter is made, as `apropos train --help` and the README tell it.
const STARTER: &str = "train --data data/online-shoppers/shoppers_train.csv.gz --label Revenue --mapping data/online-shoppers/signals.json --base data/priors.json --head convert --pairs 0 --out src/intent/starter.json";

#[test]
fn the_starter_is_what_the_documented_command_makes_byte_for_byte() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let help = run(root, "train --help");
    assert!(
        String::from_utf8(help.stdout)
            .unwrap()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .contains(STARTER)
    );
    let made = folder("starter").join("starter.json");
    let command = STARTER.replace("src/intent/starter.json", made.to_str().unwrap());
    let trained = run(root, &command);
    assert!(trained.status.success(), "{}", err(&trained));
    let [made, shipped] =
        [made, root.join("src/intent/starter.json")].map(|path| fs::read_to_string(path).unwrap());
    assert!(made == shipped, "src/intent/starter.json is not what this makes: apropos {STARTER}");
    assert!(shipped.len() < 20_000, "the Worker and pages carry it");
}

#[test]
fn a_table_teaches_one_head_of_signals_and_the_rest_of_a_base_stays() {
    let folder = folder("mapping");
    let mapping =
        r#"{"signals": {"session_pages": {"columns": ["pages"]}, "device": {"columns": ["device"]}}}"#;
    fs::write(folder.join("signals.json"), mapping).unwrap();
    let priors = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/priors.json")).unwrap();
    fs::write(folder.join("priors.json"), &priors).unwrap();
    let train = "train --data visits.csv --label bought --mapping signals.json";
    let alone = run(&folder, &format!("{train} --head convert --test visits.csv --out alone.json"));
    assert!(alone.status.success(), "{}", err(&alone));
    let file = |name: &str| -> serde_json::Value {
        serde_json::from_str(&fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    };
    let alone = file("alone.json");
    assert_eq!(alone["heads"].as_object().unwrap().len(), 1);
    assert!(alone.get("reads").is_none(), "it reads signals");
    let grafted = run(&folder, &format!("{train} --head convert --base priors.json --out grafted.json"));
    assert!(grafted.status.success(), "{}", err(&grafted));
    let (grafted, priors) =
        (file("grafted.json"), serde_json::from_str::<serde_json::Value>(&priors).unwrap());
    assert!(apropos::intent::Model::parse(&grafted.to_string()).is_ok());
    let (new, old) = (&grafted["heads"]["convert"], &priors["heads"]["convert"]);
    assert_eq!(new["intercept"], old["intercept"], "one shop's rate is no other's");
    assert!(new["quality"]["auc"].as_f64().unwrap() > 0.8, "{}", new["quality"]);
    let said = new["trained_on"].as_str().unwrap();
    assert!(said.starts_with("visits.csv, 900 rows;"), "{said}");
    let term = |head: &serde_json::Value, signal: &str| {
        head["terms"].as_array().unwrap().iter().find(|term| term["signal"] == signal).cloned()
    };
    assert_eq!(term(new, "session_pages"), term(&alone["heads"]["convert"], "session_pages"));
    assert_eq!(term(new, "session_pages").unwrap()["missing"], 0, "without a visit all is as before");
    assert_eq!(term(new, "wishes"), term(old, "wishes"));
    assert_eq!(
        grafted["heads"]["click"]["terms"].as_array().unwrap().len(),
        priors["heads"]["click"]["terms"].as_array().unwrap().len()
    );
    for (more, said) in [
        ("--head convret", "a model has no head \"convret\"; did you mean \"convert\"?"),
        ("--head convert --monotone sesion_pages=up", "did you mean \"session_pages\"?"),
        ("--head convert --monotone device=up", "it holds names"),
        ("--head convert --base visits.csv", "visits.csv is no model that decides"),
        ("", "--head"),
    ] {
        let wrong = run(&folder, format!("{train} --out m.json {more}").trim_end());
        assert!(wrong.status.code() == Some(2) && err(&wrong).contains(said), "{}", err(&wrong));
    }
}

#[test]
fn what_the_registry_declares_is_kept_unless_asked_otherwise() {
    let folder = folder("trends");
    // the longer the visit, the less is bought: whatever made these rows, it is not taught
    let mut csv = String::from("minutes,bought\n");
    for row in 0..400_u64 {
        let minutes = unit(mix(row)) * 60.0;
        csv += &format!("{minutes:.1},{}\n", unit(mix(row + 1000)) < 0.8 - minutes / 80.0);
    }
    fs::write(folder.join("odd.csv"), csv).unwrap();
    fs::write(folder.join("signals.json"), r#"{"signals": {"session_minutes": {"columns": ["minutes"]}}}"#)
        .unwrap();
    let weights = |more: &str| -> Vec<f64> {
        let command = format!(
            "train --data odd.csv --label bought --mapping signals.json --head convert --out m.json{more}"
        );
        let trained = run(&folder, &command);
        assert!(trained.status.success(), "{}", err(&trained));
        let file: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(folder.join("m.json")).unwrap()).unwrap();
        let term =
            file["heads"]["convert"]["terms"].get(0).map(|term| term["weights"].clone()).unwrap_or_default();
        serde_json::from_value(term).unwrap_or_default()
    };
    assert!(weights("").windows(2).all(|w| w[0] <= w[1]), "{:?}", weights(""));
    let free = weights(" --monotone session_minutes=free");
    assert!(free.first() > free.last(), "{free:?}");
    let down = weights(" --monotone session_minutes=down");
    assert!(down.windows(2).all(|w| w[0] >= w[1]) && down.first() > down.last(), "{down:?}");
}

/// Three mails to each of 200 people; the more products they looked at before, the likelier they click. Every tenth doesn't allow measurement.
fn happened() -> Vec<String> {
    let mut lines =
        vec![r#"{"type": "page", "userId": "last", "timestamp": "2026-12-31T00:00:00Z"}"#.to_owned()];
    for person in 0..200_u64 {
        let draw = |k: u64| unit(mix(mix(k) ^ person));
        let mut tell = |day: u64, hour: u64, event: &str| {
            lines.push(format!(
                r#"{{"type": "track", "userId": "p{person}", "messageId": "p{person}-{day}-{hour}-{event}", "timestamp": "2026-11-{day:02}T{hour:02}:00:00Z", "event": "{event}", "properties": {{"product_id": "x"}}}}"#
            ));
        };
        let views = (draw(1) * 12.0) as u64;
        (0..views).for_each(|hour| tell(5, hour + 1, "Product Viewed"));
        for (mail, day) in [10, 16, 22].into_iter().enumerate() {
            tell(day, 8, "Email Delivered");
            if draw(10 + mail as u64) < views as f64 / 14.0 {
                tell(day, 9, "Email Link Clicked");
                // follows every click and nothing else: whoever looked at it would know the label
                tell(day, 10, "Product Added to Wishlist");
            }
        }
        let measurement = person % 10 > 0;
        lines.push(format!(
            r#"{{"type": "identify", "userId": "p{person}", "timestamp": "2026-11-01T00:00:00Z", "traits": {{"consent": {{"email": {{"marketing": true, "personalization": true, "measurement": {measurement}}}}}}}}}"#
        ));
    }
    lines
}

#[test]
fn event_logs_teach_what_was_known_before_in_whatever_order_they_come() {
    let folder = folder("events");
    let mut lines = happened();
    fs::create_dir_all(folder.join("lake/dt=1")).unwrap();
    fs::write(folder.join("lake/dt=1/all.ndjson"), lines.join("\n")).unwrap();
    let priors = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/priors.json");
    fs::copy(&priors, folder.join("priors.json")).unwrap();
    let train = |paths: &str, out: &str| {
        let trained = run(
            &folder,
            &format!("train --events {paths} --head click --base priors.json --out {out}/model.json"),
        );
        assert!(trained.status.success(), "{}", err(&trained));
        let file = fs::read_to_string(folder.join(out).join("model.json")).unwrap();
        (serde_json::from_str::<serde_json::Value>(&file).unwrap(), err(&trained))
    };
    fs::create_dir_all(folder.join("one")).unwrap();
    let (one, said) = train("lake", "one");
    assert!(said.contains("60 messages left out of recipients who didn't allow measurement"), "{said}");
    // doubled, out of order, in two files
    lines.extend(happened().into_iter().step_by(3).filter(|line| line.contains("messageId")));
    lines.sort_by_key(|line| mix(line.len() as u64 ^ mix(apropos::hash::fnv1a(line.as_bytes()))));
    let (first, second) = lines.split_at(lines.len() / 2);
    fs::create_dir_all(folder.join("other")).unwrap();
    fs::write(folder.join("a.ndjson"), first.join("\n")).unwrap();
    fs::write(folder.join("b.ndjson"), second.join("\n")).unwrap();
    let (mut other, _) = train("b.ndjson a.ndjson", "other");
    let told = other["heads"]["click"]["trained_on"].as_str().unwrap().replace("2 logs", "all.ndjson");
    other["heads"]["click"]["trained_on"] = told.into();
    assert_eq!(one, other);
    assert!(apropos::intent::Model::parse(&one.to_string()).is_ok());
    let click = &one["heads"]["click"];
    let told = click["trained_on"].as_str().unwrap();
    assert!(told.starts_with("all.ndjson, 540 messages, within 3d;"), "{told}");
    let auc = click["quality"]["auc"].as_f64().unwrap();
    assert!((0.65..0.95).contains(&auc), "what follows the click did not tell it: {auc}");
    let terms = click["terms"].as_array().unwrap();
    let weights =
        |signal: &str| terms.iter().find(|term| term["signal"] == signal).map(|term| term["weights"].clone());
    assert!(weights("product_views").is_some() || weights("sessions").is_some(), "{terms:?}");
    assert_eq!(weights("session_products"), None);
    let old: serde_json::Value = serde_json::from_str(&fs::read_to_string(priors).unwrap()).unwrap();
    let kept = |file: &serde_json::Value, signal: &str| {
        let terms = file["heads"]["click"]["terms"].as_array().unwrap().clone();
        terms.into_iter().find(|term| term["signal"] == signal)
    };
    assert_eq!(kept(&one, "reorder_due"), kept(&old, "reorder_due"), "the log never told it");
    for (command, said) in [
        ("train --events lake --head price --out m.json", "a log doesn't tell price"),
        ("train --events lake --out m.json", "--head"),
        ("train --events empty --head click --out m.json", "holds no file"),
        ("train --events lake decided.ndjson --head click --out m.json", "one of them at a time"),
        ("train --events lake --head complain --out m.json", "at least 10 of each kind"),
        ("train --events lake --data visits.csv --head click --out m.json", "cannot be used with"),
    ] {
        fs::create_dir_all(folder.join("empty")).unwrap();
        fs::write(folder.join("decided.ndjson"), decided(1)).unwrap();
        let wrong = run(&folder, command);
        assert!(wrong.status.code() == Some(2) && err(&wrong).contains(said), "{command}: {}", err(&wrong));
    }
}

/// The Worker's log of so many subjects: whoever clicked more before clicks.
fn decided(subjects: u64) -> String {
    let mut log = String::new();
    for subject in 0..subjects {
        let clicks = (unit(mix(subject)) * 6.0) as u64;
        let common = |id: &str, kind: &str, at: &str| {
            format!(
                r#""schema":2,"id":"{id}{subject}","type":"{kind}","at":"{at}","subject":"s{subject}","campaign":"spring","fetcher":"person""#
            )
        };
        if unit(mix(subject + 5000)) < clicks as f64 / 7.0 {
            log += &format!("{{{}}}\n", common("c", "click", "2026-11-02T09:00:00Z"));
        }
        // two images of one mail
        for slot in ["hero", "cta"] {
            let line = common(slot, "exposure", "2026-11-02T08:00:00Z");
            log += &format!(
                r#"{{{line},"slot":"{slot}","outcome":"show","assembly":{{"hero":"sea","cta":"buy"}},"decided_at":"2026-11-02T08:00:00Z","probability":0.5,"signals":{{"clicks":{clicks},"device":"phone"}}}}"#
            );
            log.push('\n');
        }
    }
    log + r#"{"id":"end","type":"other","at":"2026-12-02T08:00:00Z","subject":"s"}"#
}

#[test]
fn the_workers_own_log_teaches_too() {
    let folder = folder("decided");
    fs::write(folder.join("log.ndjson"), decided(300)).unwrap();
    let trained = run(&folder, "train --events log.ndjson --head click --window 2d --out model.json");
    assert!(trained.status.success(), "{}", err(&trained));
    assert!(err(&trained).contains("300 rows"), "{}", err(&trained));
    let file: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.join("model.json")).unwrap()).unwrap();
    let click = &file["heads"]["click"];
    assert_eq!(click["terms"].as_array().unwrap().len(), 1, "nothing else varied: {click}");
    let weights: Vec<f64> = serde_json::from_value(click["terms"][0]["weights"].clone()).unwrap();
    assert!(
        weights.windows(2).all(|w| w[0] <= w[1]) && weights[0] < weights[weights.len() - 1],
        "{weights:?}"
    );
}
