//! `apropos fold` and `apropos import`: from events and tables to profiles, and from there to a Worker that may err.

use super::server::serve;
use super::{Folder, assert_ran};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::io::Write;

const MAPPING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/hillstrom-mapping.json");

/// Made up, with the columns of Hillstrom's file.
const CUSTOMERS: &str = "\
row,recency,history_segment,history,mens,womens,zip_code,newbie,channel,segment,visit,conversion,spend
1,3,1) $0 - $100,80.50,1,1,Urban,0,Phone,No E-Mail,0,0,0
2,10,2) $100 - $200,150,0,1,Surburban,1,Web,Womens E-Mail,1,0,0
3,1,1) $0 - $100,30,1,0,Rural,0,Multichannel,Mens E-Mail,0,0,0
";

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

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

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
