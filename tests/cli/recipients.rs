//! `apropos recipients`: what is held of somebody, told or forgotten.

use super::server::serve;
use super::{Folder, assert_ran};

#[test]
fn recipients_are_told_and_forgotten() {
    let folder = Folder::of("recipients");
    let (base, calls) =
        serve(&[(503, "busy"), (200, r#"{"id":"a/b c","profile":{}}"#), (200, r#"{"erased":true}"#)]);
    let run = |args: &[&str]| {
        let more = ["--url", base.as_str(), "--secret", "s3cret"];
        folder.run(&[&["recipients"][..], args, &more[..]].concat())
    };
    let told = run(&["export", "a/b c"]);
    assert_ran(&told, 0, "{\n  \"id\": \"a/b c\",\n  \"profile\": {}\n}\n", "");
    let refused = run(&["erase", "a/b c"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("--yes"), "{}", refused.err);
    let forgotten = run(&["erase", "a/b c", "--yes"]);
    assert_eq!(forgotten.code, 0);
    assert!(forgotten.err.contains("\"a/b c\" is forgotten"), "{}", forgotten.err);
    let lines: Vec<_> = calls.iter().map(|call| (call.line, call.authorization)).collect();
    let secret = || "Bearer s3cret".to_owned();
    assert_eq!(
        lines,
        [
            ("GET /v1/recipients/a%2Fb%20c HTTP/1.1".to_owned(), secret()),
            ("GET /v1/recipients/a%2Fb%20c HTTP/1.1".to_owned(), secret()),
            ("DELETE /v1/recipients/a%2Fb%20c HTTP/1.1".to_owned(), secret()),
        ]
    );
}

#[test]
fn whoever_is_not_known_is_told_so() {
    let folder = Folder::of("recipients-unknown");
    let (base, _calls) = serve(&[(404, "{}")]);
    let ran = folder.run(&["recipients", "export", "nobody", "--url", &base, "--secret", "s"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("nothing is known of \"nobody\""), "{}", ran.err);
}
