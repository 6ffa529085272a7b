//! The built command line, run as people run it: what it prints, where, and with which exit code.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use apropos::campaign::Campaign;
use apropos::context::{Context, Request};
use apropos::decide;
use apropos::esp::Esp;
use apropos::intent::{Model, SignalId};
use apropos::profile::fields;
use apropos::time::Timestamp;
use apropos::token::{KeyRing, RecipientKey, Shard, TokenError};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

const FULL: &str = include_str!("vectors/campaigns/full.json");
const MAPPING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/hillstrom-mapping.json");
const RING: &str = r#"[{"id":1,"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]"#;

/// Made up, with the columns of Hillstrom's file.
const CUSTOMERS: &str = "\
row,recency,history_segment,history,mens,womens,zip_code,newbie,channel,segment,visit,conversion,spend
1,3,1) $0 - $100,80.50,1,1,Urban,0,Phone,No E-Mail,0,0,0
2,10,2) $100 - $200,150,0,1,Surburban,1,Web,Womens E-Mail,1,0,0
3,1,1) $0 - $100,30,1,0,Rural,0,Multichannel,Mens E-Mail,0,0,0
";

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

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// A request that reached the test's server.
struct Call {
    line: String,
    authorization: String,
    body: String,
}

/// Answers one request after another with these, and passes on what was asked.
fn serve(answers: &[(u16, &str)]) -> (String, Receiver<Call>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let answers: Vec<_> = answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
    let (calls, received) = channel();
    thread::spawn(move || {
        for ((status, body), stream) in answers.iter().zip(listener.incoming()) {
            answer(stream.unwrap(), *status, body, &calls);
        }
    });
    (base, received)
}

fn answer(stream: TcpStream, status: u16, body: &str, calls: &Sender<Call>) {
    let mut reader = BufReader::new(&stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let header = |name: &str| {
        let found =
            lines[1..].iter().filter_map(|l| l.split_once(": ")).find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    let mut content = vec![0; header("content-length").parse().unwrap()];
    reader.read_exact(&mut content).unwrap();
    let (line, authorization) = (lines[0].clone(), header("authorization"));
    calls.send(Call { line, authorization, body: String::from_utf8(content).unwrap() }).unwrap();
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    (&stream).write_all((head + body).as_bytes()).unwrap();
}

const BAD: &str = "{
  \"id\": \"Spring Sale\",
\t\"landing\": \"javascript:alert(1)\",
  \"value\": {\"currency\": \"EUR\", \"click\": 0.3},
  \"hodlout\": 0.1,
  \"audience\": {\"cart_vale\": {\"$gt\": 1}},
  \"slots\": [
    {\"name\": \"日本\", \"kind\": \"text\", \"fallback\": \"a\", \"variants\": [{\"id\": \"a\", \"text\": {\"headline\": \"Hi\"}}]}
  ]
}
";

const BAD_TOLD: &str = r#"bad.json:2:9  id
 2 │   "id": "Spring Sale",
   │         ^^^^^^^^^^^^^
   ✗ expected lower-case letters, digits and dashes, at most 64, found "Spring Sale"

bad.json:3:13  landing
 3 │     "landing": "javascript:alert(1)",
   │                ^^^^^^^^^^^^^^^^^^^^^
   ✗ expected a URL such as "https://shop.example/sale", or a path such as "/sale", found "javascript:alert(1)"

bad.json:5:3
 5 │   "hodlout": 0.1,
   │   ^^^^^^^^^
   ✗ "hodlout" is not known here
   → did you mean "holdout"?

bad.json:6:16  audience.cart_vale
 6 │   "audience": {"cart_vale": {"$gt": 1}},
   │                ^^^^^^^^^^^
   ✗ "cart_vale" is neither a signal nor a declared attribute
   → did you mean "cart_value"?

bad.json:8:14  slots[0].name
 8 │     {"name": "日本", "kind": "text", "fallback": "a", "variants": [{"id": "a", "text": {"headline": "H…
   │              ^^^^^^
   ✗ expected lower-case letters, digits and dashes, at most 64, found "日本"

5 problems
"#;

#[test]
fn check_shows_every_problem_under_carets() {
    let folder = Folder::of("check");
    folder.write("bad.json", BAD).write("full.json", FULL);
    assert_ran(&folder.run(&["check", "bad.json"]), 1, BAD_TOLD, "");

    let version = Campaign::parse(FULL).unwrap().version.0;
    let sound = format!("✓ full.json  full · 3 slots · 10 variants · version {version:08x}\n");
    assert_ran(&folder.run(&["check", "full.json"]), 0, &sound, "");
    let both = BAD_TOLD.replace("5 problems\n", &format!("{sound}5 problems in 1 of 2 files\n"));
    assert_ran(&folder.run(&["check", "bad.json", "full.json"]), 1, &both, "");
    assert_ran(&folder.run_with(&["check", "-"], &[], FULL), 0, &sound.replace("full.json", "stdin"), "");
}

#[test]
fn check_speaks_json_and_tells_what_it_cannot_read() {
    let folder = Folder::of("check-json");
    folder.write("bad.json", BAD).write("full.json", FULL).write("latin1.json", b"{\"name\": \"\xe9\"}");
    let ran = folder.run(&["check", "--json", "bad.json", "full.json"]);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    let problems = Campaign::parse(BAD).unwrap_err();
    let wanted = json!([{"file": "bad.json", "problems": problems}, {"file": "full.json", "problems": []}]);
    assert_eq!((ran.code, told), (1, wanted));

    let missing = folder.run(&["check", "missing.json"]);
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
    assert!(missing.err.starts_with("error: cannot open missing.json: "), "{}", missing.err);
    assert_ran(&folder.run(&["check", "latin1.json"]), 2, "", "error: latin1.json is not UTF-8 text\n");
    assert_eq!(folder.run(&["chekc"]).code, 2);
}

#[test]
fn colours_are_for_terminals() {
    let folder = Folder::of("colours");
    folder.write("bad.json", "{\"id\": \"\u{1b}[31m\"}");
    assert!(!folder.run(&["check", "bad.json"]).out.contains('\u{1b}'));
    let forced = folder.run_with(&["check", "bad.json"], &[("CLICOLOR_FORCE", "1")], "").out;
    assert!(forced.contains("\u{1b}[1m") && !forced.contains("\"\u{1b}[31m\""), "{forced}");
}

#[test]
fn schema_and_signals_print_the_reference() {
    let folder = Folder::of("reference");
    let schema: Value = serde_json::from_str(&folder.run(&["schema"]).out).unwrap();
    assert_eq!(schema, apropos::campaign::json_schema());
    let signals = folder.run(&["signals"]).out;
    for signal in SignalId::all().map(SignalId::signal) {
        assert!(
            signals.contains(&format!("| `{}`", signal.name)) && signals.contains(signal.why),
            "{}",
            signal.name
        );
    }
    let told = folder.run(&["signals", "--fields"]).out;
    assert!(fields::all().all(|field| told.contains(&format!("| `{}`", field.name))));
    let widths: Vec<_> = told.lines().map(|line| line.chars().count()).collect();
    assert!(widths.iter().all(|width| *width == widths[0]), "{told}");
}

fn recipient(id: &str) -> (RecipientKey, Shard) {
    let key = RecipientKey::derive(b"s3cret", id);
    (key, Shard::of(&key, 16))
}

#[track_caller]
fn assert_token(ring: &KeyRing, text: &str, id: &str) {
    let token = ring.verify(text, Timestamp(0)).unwrap();
    assert_eq!((token.recipient, token.shard), recipient(id));
}

#[test]
fn tokens_go_into_a_csv() {
    let folder = Folder::of("token-csv");
    folder.write(".dev.vars", format!("ADMIN_SECRET=x\nTOKEN_KEYS={RING}\nRECIPIENT_SECRET=s3cret\n"));
    folder.write("list.csv", "id;name\nana;\"Ana; K\"\n;nobody\nb;c;d\n bo ;Bo\n");
    let ran = folder.run(&["token", "list.csv", "--env", ".dev.vars"]);
    let told = "list.csv:3  ✗ \"id\" is empty\n\
                list.csv:4  ✗ the row has 3 cells, the header has 2; is a quote missing?\n\
                ! 2 tokens · 2 lines refused\n";
    assert_eq!((ran.code, ran.err.as_str()), (1, told));
    let rows: Vec<_> = ran.out.lines().collect();
    assert_eq!(rows.len(), 3, "{}", ran.out);
    assert_eq!(rows[0], "id;name;apropos");
    let ring = KeyRing::parse(RING).unwrap();
    assert_token(&ring, rows[1].strip_prefix("ana;\"Ana; K\";").unwrap(), "ana");
    assert_token(&ring, rows[2].strip_prefix(" bo ;Bo;").unwrap(), "bo");
}

#[test]
fn tokens_are_replaced_in_place() {
    let folder = Folder::of("token-in-place");
    let env = [("TOKEN_KEYS", RING), ("RECIPIENT_SECRET", "s3cret"), ("SHARDS", "16")];
    folder.write("list.csv", "tok,no\nold,7\n");
    let args = ["token", "list.csv", "--id-column", "no", "--field", "tok", "--out", "list.csv"];
    for _ in 0..2 {
        assert_ran(&folder.run_with(&args, &env, ""), 0, "", "✓ 1 token\n");
        let text = folder.read("list.csv");
        let token = text.strip_prefix("tok,no\n").unwrap().strip_suffix(",7\n").unwrap();
        assert_token(&KeyRing::parse(RING).unwrap(), token, "7");
    }
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "nothing else is left");
    let ran = folder.run_with(&["token", "list.csv", "--id-column", "nno", "--out", "new.csv"], &env, "");
    assert_ran(
        &ran,
        2,
        "",
        "error: the file has no column \"nno\"; did you mean \"no\"? (--id-column names it)\n",
    );
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "nothing half-made is left");
}

#[test]
fn tokens_go_into_ndjson_which_stays_as_written() {
    let folder = Folder::of("token-ndjson");
    let env = [("TOKEN_KEYS", RING), ("RECIPIENT_SECRET", "s3cret")];
    let lines = "{\"z\": 1.10, \"id\": 12345678901234567890123 , \"id\": \"ana\" }\n\n{\"id\":7,\"apropos\":\"old\"}\n{\"ID\":7}\n[]\n{\"id\":[]}\n";
    let ran = folder.run_with(&["token", "-"], &env, lines);
    let rows: Vec<_> = ran.out.lines().collect();
    let ring = KeyRing::parse(RING).unwrap();
    let start = "{\"z\": 1.10, \"id\": 12345678901234567890123 , \"id\": \"ana\",\"apropos\":\"";
    assert_token(&ring, rows[0].strip_prefix(start).unwrap().strip_suffix("\"}").unwrap(), "ana");
    let second: Value = serde_json::from_str(rows[1]).unwrap();
    assert_token(&ring, second["apropos"].as_str().unwrap(), "7");
    assert_eq!((ran.code, rows.len()), (1, 2));
    assert!(
        ran.err.starts_with(
            "stdin:4  ✗ the object has no \"id\"; did you mean \"ID\"?\nstdin:5  ✗ this is no JSON object: "
        ),
        "{}",
        ran.err
    );
    assert!(
        ran.err.ends_with("stdin:6  ✗ \"id\" is neither a text nor a number\n! 2 tokens · 3 lines refused\n"),
        "{}",
        ran.err
    );
}

#[test]
fn tokens_need_sound_secrets() {
    let folder = Folder::of("token-secrets");
    folder.write("list.csv", "id\nana\n");
    let error = |env: &[(&str, &str)]| {
        let ran = folder.run_with(&["token", "list.csv"], env, "");
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        ran.err
    };
    assert!(error(&[]).starts_with("error: TOKEN_KEYS is not set"));
    assert!(error(&[("TOKEN_KEYS", "a:b")]).contains("`apropos keys` makes one"));
    assert!(error(&[("TOKEN_KEYS", RING)]).starts_with("error: RECIPIENT_SECRET is not set"));
    let expired = RING.replace('}', ",\"expires\":\"2020-01-01\"}");
    let told = error(&[("TOKEN_KEYS", &expired), ("RECIPIENT_SECRET", "x")]);
    assert!(told.contains("`apropos keys --add` makes a newer one"), "{told}");
    let told = error(&[("TOKEN_KEYS", RING), ("RECIPIENT_SECRET", "x"), ("SHARDS", "many")]);
    assert_eq!(told, "error: SHARDS is \"many\", which is no whole number from 1 to 65535\n");
}

#[test]
fn a_ring_is_made_and_turned() {
    let folder = Folder::of("keys");
    let made = folder.run(&["keys", "--ring", "ring.json"]);
    assert_eq!((made.code, made.out.as_str()), (0, ""));
    let old = KeyRing::parse(&folder.read("ring.json")).unwrap();
    let (key, shard) = recipient("ana");
    let token = old.sign(key, shard);
    assert_eq!(folder.run(&["keys", "--ring", "ring.json"]).code, 2, "a ring is never overwritten");

    let turned = folder.run(&["keys", "--add", "--ring", "ring.json", "--expire-old", "2100-06-01"]);
    assert_eq!(turned.code, 0, "{}", turned.err);
    let ring = KeyRing::parse(&folder.read("ring.json")).unwrap();
    let end = Timestamp::parse("2100-06-01").unwrap();
    assert_eq!(ring.verify(&token, Timestamp(end.0 - 1)).unwrap().key_id, 1);
    assert_eq!(ring.verify(&token, end), Err(TokenError::Expired));
    assert_eq!(ring.verify(&ring.sign(key, shard), end).unwrap().key_id, 2);

    let env = folder.run_with(&["keys", "--add"], &[("TOKEN_KEYS", RING)], "");
    assert_eq!(KeyRing::parse(&env.out).unwrap().verify(&token, end), Err(TokenError::Forged));
    let ran = folder.run(&["keys", "--add", "--ring", "ring.json", "--expire-old", "2020-01-01"]);
    assert!(ran.code == 2 && ran.err.contains("lies in the past"), "{}", ran.err);
    let first = folder.run(&["keys"]).out;
    assert!(KeyRing::parse(&first).is_ok() && first != folder.run(&["keys"]).out);
}

#[test]
fn snippets_suit_every_provider() {
    let folder = Folder::of("snippet");
    folder.write(
        "c.json",
        FULL.replace("\"Our shop\"", "\"10 % off \\\"tents\\\" & {{more}} <now>\"")
            .replace("full/plain.png", "full/plain.jpeg"),
    );
    let list = folder.run(&["snippet", "--esp", "list"]).out;
    assert_eq!(list.lines().count(), Esp::ALL.len());
    for (line, esp) in list.lines().zip(Esp::ALL) {
        let name = line.split(' ').next().unwrap();
        let ran = folder.run(&["snippet", "c.json", "--esp", name, "--base", "https://mail.example/"]);
        assert_eq!(ran.code, 0, "{name}: {}", ran.err);
        let tag = esp.merge_tag("apropos");
        let hero = format!(
            "<a href=\"https://mail.example/c/full/hero?r={tag}\"><img src=\"https://mail.example/o/full/hero.jpg?r={tag}\" \
             alt=\"10 % off &quot;tents&quot; &amp; &#123;&#123;more&#125;&#125; &lt;now&gt;\" width=\"600\" height=\"300\" \
             style=\"display:block;border:0;max-width:100%;height:auto\"></a>"
        );
        let lines: Vec<_> = ran.out.lines().collect();
        assert_eq!((lines.len(), lines[2]), (4, hero.as_str()), "a comment of two lines and two images");
    }
}

#[test]
fn snippets_tell_what_was_meant() {
    let folder = Folder::of("snippet-errors");
    folder.write("c.json", FULL);
    let error = |more: &[&str]| {
        let ran = folder.run(&[&["snippet", "c.json", "--base", "https://mail.example"], more].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        ran.err
    };
    assert_eq!(
        error(&["--esp", "mailchmip"]),
        "error: provider \"mailchmip\" is not known; did you mean mailchimp?\n"
    );
    assert_eq!(
        error(&["--esp", "braze", "--slot", "heor"]),
        "error: the campaign has no slot \"heor\"; did you mean \"hero\"?\n"
    );
    assert!(error(&["--esp", "braze", "--slot", "offer"]).contains("holds text"));
    assert!(error(&["--esp", "mailchimp", "--field", "apropos_token"]).contains("at most ten"));
    assert!(error(&["--esp", "braze", "--field", "a\"b"]).contains("ASCII letters"));
    let one = folder.run(&[
        "snippet",
        "c.json",
        "--base",
        "http://x/",
        "--esp",
        "Customer.io",
        "--slot",
        "cta",
        "--field",
        "tok",
    ]);
    assert!(one.out.contains("/c/full/cta?r={{customer.tok}}") && !one.out.contains("hero"), "{}", one.out);
    assert!(
        folder
            .run(&["snippet", "c.json", "--esp", "braze", "--base", "mail.example"])
            .err
            .contains("no address")
    );
}

/// Out of order, one told twice, one from the future, one that is none.
const EVENTS: &str = r#"{"type":"track","event":"Order Completed","userId":"ana","messageId":"a3","timestamp":"2026-11-03T10:00:00Z","properties":{"total":90,"products":[{"category":"tents"}]}}
{"type":"identify","userId":"ana","messageId":"a1","timestamp":"2026-11-01T10:00:00Z","traits":{"first_name":"Ana","consent":{"email":{"marketing":true,"personalization":true}}}}
{"type":"track","event":"Product Added","userId":"ana","messageId":"a2","timestamp":"2026-11-02T10:00:00Z","properties":{"price":90}}
{"type":"track","event":"Order Completed","userId":"ana","messageId":"a3","timestamp":"2026-11-03T10:00:00Z","properties":{"total":90}}

{"type":"track","event":"Product Viewed","userId":"bo","messageId":"b1","timestamp":"2026-11-20T10:00:00Z"}
{"type":"track","event":"Product Viewed","userId":"bo","messageId":"b2","timestamp":"2027-01-01T10:00:00Z"}
{"type":"track","event":"Song Played","userId":"cy","messageId":"c1","timestamp":"2026-11-20T10:00:00Z"}
{"type":"track","event":"Product Viewed","messageId":"d1","timestamp":"2026-11-20T10:00:00Z"}
"#;

#[test]
fn folded_events_import() {
    let folder = Folder::of("fold");
    let args = ["fold", "-", "--now", "2026-11-22", "--out", "profiles.ndjson"];
    let ran = folder.run_with(&args, &[], EVENTS);
    let told = "stdin:9  ✗ userId and anonymousId are missing: one of them says whose event it is\n\
                stdin:7  ✗ timestamp 2027-01-01T10:00:00Z lies in the future\n\
                ! 2 profiles from 7 events, 1 duplicate · 2 lines refused\n";
    assert_ran(&ran, 1, "", told);
    let text = folder.read("profiles.ndjson");
    let documents: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(documents.iter().map(|d| &d["id"]).collect::<Vec<_>>(), ["ana", "bo"]);
    assert_eq!(documents[0]["purchases"]["count"], 1);
    assert_eq!(
        documents[0]["cart"].get("items"),
        None,
        "the order came after the cart, whatever the file's order"
    );
    assert_eq!(
        documents[0]["consent"]["email"]["marketing"],
        json!({"granted": true, "at": "2026-11-01T10:00:00Z"})
    );

    let ran = folder.run(&["import", "profiles.ndjson", "--dry-run"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let sample = ran
        .out
        .strip_prefix("✓ 2 profiles would be imported; nothing was sent\nthe first of them:\n")
        .unwrap();
    assert_eq!(serde_json::from_str::<Value>(sample).unwrap(), documents[0]);
}

#[test]
fn customers_import_from_a_gzipped_csv() {
    let folder = Folder::of("import-csv");
    folder.write("customers.csv.gz", gzip(CUSTOMERS));
    let (base, calls) = serve(&[(200, r#"{"imported":3,"errors":[]}"#)]);
    let args = ["import", "customers.csv.gz", "--mapping", MAPPING, "--url", &base, "--secret", "admin"];
    assert_ran(&folder.run(&args), 0, "✓ 3 profiles imported\n", "");
    let call = calls.recv().unwrap();
    assert_eq!(
        (call.line.as_str(), call.authorization.as_str()),
        ("PUT /v1/profiles HTTP/1.1", "Bearer admin")
    );
    let first: Value = serde_json::from_str(call.body.lines().next().unwrap()).unwrap();
    let days = first["purchases.days_since_last"].as_f64().unwrap();
    assert!((days - 91.2).abs() < 1e-9);
    assert_eq!(first["purchases.categories"], json!(["mens", "womens"]));
    assert_eq!(first["traits.area"], "urban");
    assert_eq!(first["lifecycle.stage"], "active");
    assert_eq!(first["consent.email.marketing"], true);
    assert_eq!(first.get("channels.last"), None, "nothing is sent by phone");
    assert!(call.body.lines().nth(1).unwrap().contains("\"channels.last\":\"web\""));
}

#[test]
fn a_mapping_that_does_not_fit_is_explained() {
    let folder = Folder::of("import-mapping");
    folder.write("c.csv", CUSTOMERS).write(
        "m.json",
        json!({
            "id": {"column": "rwo"},
            "fields": {
                "purchases.cuont": {"column": "history"},
                "traits.area": [{"column": "zip_code"}],
                "purchases.value": {"column": "Histroy", "is": "1"},
            },
            "consent": {"email": {"marketting": true}, "sms": {"marketing": "maybe"}},
        })
        .to_string(),
    );
    let told = "\
m.json: id                        ✗ the file has no column \"rwo\"; did you mean \"row\"?
m.json: fields.purchases.cuont    ✗ is no field of a profile; did you mean \"purchases.count\"?
m.json: fields.purchases.value    ✗ \"is\" and \"value\" go together: {\"column\": \"mens\", \"is\": \"1\", \"value\": \"mens\"}
m.json: fields.purchases.value    ✗ the file has no column \"Histroy\"; did you mean \"history\"?
m.json: fields.traits.area        ✗ takes one column; only browsing.categories, purchases.categories, usage.features take a list
m.json: consent.email.marketting  ✗ unknown field; did you mean consent.email.marketing?
m.json: consent.sms.marketing     ✗ \"maybe\" is not true, false or {\"granted\": true, \"at\": \"2026-01-31\"}
";
    assert_ran(&folder.run(&["import", "c.csv", "--mapping", "m.json", "--dry-run"]), 1, "", told);
    folder.write("m.json", "{\"id\": {\"column\": \"row\"}, \"feilds\": {}}");
    let ran = folder.run(&["import", "c.csv", "--mapping", "m.json", "--dry-run"]);
    assert!(ran.code == 2 && ran.err.contains("m.json is no mapping: unknown field `feilds`"), "{}", ran.err);
    assert!(folder.run(&["import", "c.csv", "--dry-run"]).err.contains("name its mapping with --mapping"));
    assert_eq!(folder.run(&["import", "c.csv"]).code, 2, "neither --url nor --dry-run");
}

#[test]
fn bad_rows_are_told_and_the_others_land() {
    let folder = Folder::of("import-rows");
    let rows =
        "4,soon,x,-5,0,0,Moon,0,Web,x,0,0,0\n5,1\n,1,x,5,0,0,Urban,0,Web,x,0,0,0\n6,,x,,0,0,,,,x,0,0,0\n";
    folder.write("c.csv", format!("{CUSTOMERS}{rows}"));
    let ran = folder.run(&["import", "c.csv", "--mapping", MAPPING, "--dry-run"]);
    let told = "\
c.csv:5  ✗ purchases.days_since_last: \"soon\" of column \"recency\" is no number
c.csv:5  ✗ traits.area: the map has no \"Moon\" of column \"zip_code\"; it has Rural, Surburban, Urban
c.csv:6  ✗ the row has 2 cells, the header has 13; is a quote missing?
c.csv:7  ✗ id: is missing
";
    assert_eq!((ran.code, ran.err.as_str()), (1, told));
    assert!(
        ran.out.starts_with("! 4 profiles would be imported; nothing was sent · 3 lines refused\n"),
        "{}",
        ran.out
    );
}

#[test]
fn an_import_survives_a_fault_and_maps_lines_back() {
    let folder = Folder::of("import-server");
    folder.write(
        "p.ndjson",
        "\n{\"id\": \"ana\"}\nnonsense\n{\"id\": \"bo\"}\n{\"id\": \"cy\", \"cart.itmes\": 1}\n",
    );
    let refused =
        r#"{"imported":1,"errors":[{"line":2,"reasons":["the shard doesn't like bo","nor his name"]}]}"#;
    let (base, calls) = serve(&[(500, "oops"), (503, "busy"), (200, refused)]);
    let env = [("APROPOS_ADMIN_SECRET", "admin")];
    let ran = folder.run_with(&["import", "p.ndjson", "--url", &base], &env, "");
    let told = "\
p.ndjson:3  ✗ this is no JSON object: expected ident at line 1 column 2
p.ndjson:5  ✗ cart.itmes: unknown field; did you mean cart.items?
p.ndjson:4  ✗ the shard doesn't like bo
p.ndjson:4  ✗ nor his name
";
    assert_ran(&ran, 1, "! 1 profile imported · 3 lines refused\n", told);
    let calls: Vec<_> = calls.iter().collect();
    assert_eq!(calls.len(), 3);
    for call in &calls {
        assert_eq!(call.body, "{\"id\": \"ana\"}\n{\"id\": \"bo\"}\n", "lines go as they stand");
        assert_eq!(call.authorization, "Bearer admin");
    }
}

#[test]
fn a_large_import_goes_in_parts() {
    let folder = Folder::of("import-parts");
    let lines: String = (0..5001).map(|n| format!("{{\"id\":\"{n}\"}}\n")).collect();
    folder.write("p.ndjson.gz", gzip(&lines));
    let late = r#"{"imported":0,"errors":[{"line":1,"reasons":["late"]}]}"#;
    let (base, calls) = serve(&[(200, r#"{"imported":5000,"errors":[]}"#), (200, late)]);
    let ran = folder.run(&["import", "p.ndjson.gz", "--url", &base, "--secret", "s"]);
    assert_ran(&ran, 1, "! 5,000 profiles imported · 1 line refused\n", "p.ndjson.gz:5001  ✗ late\n");
    assert_eq!(calls.iter().map(|call| call.body.lines().count()).collect::<Vec<_>>(), [5000, 1]);
}

#[test]
fn a_refused_secret_is_no_matter_for_patience() {
    let folder = Folder::of("import-secret");
    folder.write("p.ndjson", "{\"id\": \"ana\"}\n");
    let (base, calls) = serve(&[(401, "{}")]);
    let ran = folder.run(&["import", "p.ndjson", "--url", &base, "--secret", "wrong"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("refused the secret") && !ran.err.contains("wrong"), "{}", ran.err);
    assert_eq!(calls.iter().count(), 1);
}

#[test]
fn a_campaign_is_published() {
    let folder = Folder::of("publish");
    folder.write("bad.json", BAD).write("full.json", FULL);
    let (base, calls) = serve(&[(500, "oops"), (200, "{}")]);
    let args = |file| ["publish", file, "--url", &base, "--secret", "admin"].map(str::to_owned);
    let run = |file| folder.run(&args(file).each_ref().map(String::as_str));
    let bad = run("bad.json");
    let told = BAD_TOLD.replace("5 problems\n", "5 problems; nothing was published\n");
    assert_ran(&bad, 1, &told, "");
    let version = Campaign::parse(FULL).unwrap().version.0;
    let told = format!("✓ published full · 3 slots · 10 variants · version {version:08x}\n");
    assert_ran(&run("full.json"), 0, &told, "");
    let calls: Vec<_> = calls.iter().collect();
    assert_eq!(calls.len(), 2, "a bad campaign is not sent");
    assert_eq!((calls[1].line.as_str(), calls[1].body.as_str()), ("PUT /v1/campaigns/full HTTP/1.1", FULL));
}

#[test]
fn what_the_worker_refuses_is_shown_in_the_file() {
    let folder = Folder::of("publish-refused");
    folder.write("full.json", FULL);
    let problem = json!({"line": 3, "column": 3, "length": 4, "path": "id", "message": "taken", "help": "take another"});
    let body = json!({"error": "the campaign has problems", "problems": [problem]}).to_string();
    let (base, _calls) = serve(&[(422, &body)]);
    let ran = folder.run(&["publish", "full.json", "--url", &base, "--secret", "admin"]);
    let told = "full.json:3:3  id\n 3 │   \"id\": \"full\",\n   │   ^^^^\n   ✗ taken\n   → take another\n\n1 problem; nothing was published\n";
    assert_ran(&ran, 1, told, "");
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
        "check", "publish", "decide", "snippet", "token", "keys", "import", "fold", "schema", "signals",
        "review",
    ] {
        let help = folder.run(&[command, "--help"]).out;
        assert!(help.contains("Example") && help.contains(&format!("apropos {command}")), "{help}");
    }
}
