//! `apropos snippet`: what goes into the template of each provider.

use super::{FULL, Folder};
use apropos::esp::Esp;

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
        assert_eq!((lines.len(), lines[2]), (8, hero.as_str()), "a comment, two images, a link, headers");
        assert_eq!(
            lines[4],
            format!("<a href=\"https://mail.example/u/{tag}\">Preferences · Unsubscribe</a>")
        );
        assert_eq!(lines[6].trim(), format!("List-Unsubscribe: <https://mail.example/u/{tag}>"));
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
