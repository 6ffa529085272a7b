//! The built command line, run as people run it: what it prints, where, and with which exit code.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cli/check.rs"]
mod check;
#[path = "cli/feeds.rs"]
mod feeds;
#[path = "cli/imports.rs"]
mod imports;
#[path = "cli/pictures.rs"]
mod pictures;
#[path = "cli/publish.rs"]
mod publish;
#[path = "cli/recipients.rs"]
mod recipients;
#[path = "cli/server.rs"]
mod server;
#[path = "cli/snippets.rs"]
mod snippets;
#[path = "cli/tokens.rs"]
mod tokens;

use apropos::campaign::Campaign;
use apropos::context::{Context, Request};
use apropos::decide;
use apropos::intent::{Model, SignalId};
use apropos::profile::fields;
use apropos::time::Timestamp;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const FULL: &str = include_str!("vectors/campaigns/full.json");

/// What a run of the command line left.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// A folder of one test's own.
struct Folder(PathBuf);

impl Folder {
    fn of(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.0.join(name), content).unwrap();
        self
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, &[], "")
    }

    fn run_with(&self, args: &[&str], env: &[(&str, &str)], stdin: &str) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_apropos"))
            .args(args)
            .current_dir(&self.0)
            .env_clear()
            .envs(env.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // a command that doesn't read may be gone already
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

#[track_caller]
fn assert_ran(ran: &Ran, code: i32, out: &str, err: &str) {
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (code, out, err));
}

#[test]
fn schema_and_signals_print_the_reference() {
    let folder = Folder::of("reference");
    let schema: Value = serde_json::from_str(&folder.run(&["schema"]).out).unwrap();
    assert_eq!(schema, apropos::campaign::json_schema());
    // what the script of landing pages is compiled against
    let types = folder.run(&["schema", "--page", "--typescript"]).out;
    assert_eq!(types, include_str!("../www/page/src/types.ts"), "write it anew, as its first line says");
    let signals = folder.run(&["signals"]).out;
    for signal in SignalId::all().map(SignalId::signal) {
        assert!(
            signals.contains(&format!("| `{}`", signal.name)) && signals.contains(signal.why),
            "{}",
            signal.name
        );
    }
    let page = folder.run(&["signals", "--html"]).out;
    let row = |name: &str| {
        signals.lines().find(|line| line.starts_with(&format!("| `{name}` "))).unwrap().to_owned()
    };
    assert!(row("clicks").contains("| click up, unsubscribe down "), "{}", row("clicks"));
    assert!(!row("device").contains(" up"), "{}", row("device"));
    assert!(page.contains(" · when it rises: click up, unsubscribe down · "));
    let told = folder.run(&["signals", "--fields"]).out;
    assert!(fields::all().all(|field| told.contains(&format!("| `{}`", field.name))));
    let widths: Vec<_> = told.lines().map(|line| line.chars().count()).collect();
    assert!(widths.iter().all(|width| *width == widths[0]), "{told}");
}

#[test]
fn decide_says_what_the_core_says() {
    let folder = Folder::of("decide");
    let profile = json!({
        "consent": {"email": {"marketing": true, "personalization": true}},
        "purchases": {"count": 3, "discounted": 3, "value": 80}, "lifecycle": {"stage": "active"},
    });
    let request = json!({"user_agent": "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", "asn": 15169});
    folder.write("c.json", FULL).write("p.json", profile.to_string()).write("r.json", request.to_string());
    let args = [
        "decide",
        "--campaign",
        "c.json",
        "--profile",
        "p.json",
        "--request",
        "r.json",
        "--now",
        "2026-11-22",
        "--seed",
        "9",
    ];
    let json = folder.run(&[&args[..], &["--json"]].concat());

    let now = Timestamp::parse("2026-11-22").unwrap();
    let mut document = profile.as_object().unwrap().clone();
    document.insert("id".into(), "x".into());
    let (_, profile) = fields::read(&document, now).unwrap();
    let context = Context::read(&serde_json::from_value::<Request>(request).unwrap());
    let campaign = Campaign::parse(FULL).unwrap();
    let model = Model::starter().unwrap();
    let question = decide::Question::new(&campaign, &model, &profile, &context, now, 9);
    let explanation = decide::explain(&question).1.report();
    assert_ran(&json, 0, &format!("{}\n", serde_json::to_string(&explanation).unwrap()), "");

    let told = folder.run(&args).out;
    for part in explanation.reasons.iter().map(String::as_str).chain([
        "Guardrails",
        "✓ kill switch",
        "Intent",
        "click ",
    ]) {
        assert!(told.contains(part), "{part:?} in\n{told}");
    }
    folder.write("p.json", r#"{"purchases": {"cuont": 1}}"#);
    let told = "p.json: purchases.cuont  ✗ unknown field; did you mean purchases.count?\n";
    assert_ran(&folder.run(&args), 1, "", told);
}

#[test]
fn every_command_has_help_with_an_example() {
    let folder = Folder::of("help");
    for command in [
        "check",
        "publish",
        "decide",
        "snippet",
        "token",
        "keys",
        "import",
        "fold",
        "schema",
        "signals",
        "review",
        "recipients export",
        "recipients erase",
    ] {
        let args: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let help = folder.run(&args).out;
        assert!(help.contains("Example") && help.contains(&format!("apropos {command}")), "{help}");
    }
}
