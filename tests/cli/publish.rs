//! `apropos publish`: what the Worker takes, and what it refuses.

use super::check::{BAD, BAD_TOLD};
use super::server::serve;
use super::{FULL, Folder, assert_ran};
use apropos::campaign::Campaign;
use serde_json::json;

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
