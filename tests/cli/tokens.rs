//! `apropos token` and `apropos keys`: tokens put into files, with rings that turn.

use super::{Folder, assert_ran};
use apropos::time::Timestamp;
use apropos::token::{KeyRing, RecipientKey, Shard, TokenError};
use serde_json::Value;
use std::fs;

const RING: &str = r#"[{"id":1,"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]"#;

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
