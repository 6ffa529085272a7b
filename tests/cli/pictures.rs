//! `apropos render`: the picture as a file, and what it says of a wrong wish.

use super::{Folder, assert_ran};
use apropos::render::{Format, dimensions, sniff};
use serde_json::json;
use std::fs;

fn countdown() -> String {
    json!({
        "id": "xmas", "landing": "/", "value": {"currency": "EUR", "click": 1},
        "slots": [{
            "name": "clock", "kind": "image", "width": 300, "height": 60, "fallback": "fixed",
            "variants": [
                {"id": "fixed", "alt": "Soon", "countdown": {"to": {"at": "2026-12-24T18:00:00+01:00"}}},
                {"id": "two-days", "alt": "Soon", "countdown": {"to": {"first_open": "48h"}}},
            ],
        }],
    })
    .to_string()
}

#[test]
fn pictures_are_what_their_name_says_and_of_the_moment() {
    let folder = Folder::of("pictures");
    folder.write("xmas.json", countdown());
    let at = |at: &str, name: &str, more: &[&str]| {
        let args = [&["render", "xmas.json", "--at", at, "-o", name], more].concat();
        assert_ran(&folder.run(&args), 0, "", "");
        fs::read(folder.0.join(name)).unwrap()
    };
    let draw = |name: &str, more: &[&str]| at("2026-12-21T17:11:51Z", name, more);
    for (name, format) in [("a.gif", Format::Gif), ("a.png", Format::Png), ("a.jpeg", Format::Jpeg)] {
        let file = draw(name, &[]);
        assert_eq!((sniff(&file), dimensions(&file)), (Some(format), Some((600, 120))));
    }
    let still = draw("a.png", &[]);
    assert!(draw("b.png", &[]) == still, "the same moment, another picture");
    assert!(at("2026-12-21T17:11:52Z", "c.png", &[]) != still, "a second later, the same picture");
    // 48 hours from an open two days ago are over; of somebody unknown they have not begun
    let since = |first: &'static str| ["--variant", "two-days", "--first-open", first];
    folder.write(
        "ana.json",
        json!({"consent": {"email": {"marketing": true, "personalization": true}}}).to_string(),
    );
    let ana = |first| draw("d.png", &[&["--as", "ana.json"], &since(first)[..]].concat());
    assert!(ana("2026-12-19T17:00:00Z") != ana("2026-12-21T17:00:00Z"), "first opens make no difference");
}

#[test]
fn letters_of_the_world_come_from_the_folder_of_fonts() {
    let folder = Folder::of("pictures-world");
    let end = "\"2026-12-24T18:00:00+01:00\"}";
    folder.write("xmas.json", countdown().replace(end, &format!("{end}, \"expired\": \"انتهى العرض\"")));
    let www = concat!(env!("CARGO_MANIFEST_DIR"), "/www");
    let draw = |out: &str, images: &str, told: &str| {
        let args = ["render", "xmas.json", "--at", "2027-01-01T00:00:00Z", "--images", images, "-o", out];
        let ran = folder.run(&args);
        assert_ran(&ran, 0, "", told);
        fs::read(folder.0.join(out)).unwrap()
    };
    let with = draw("with.png", www, "");
    let missing = "warning: cannot read none/fonts/arabic-bold.ttf: No such file or directory (os error 2)\n\
        warning: left out, since no font has them: ا (U+0627), ت (U+062A), ر (U+0631), ض (U+0636), ع (U+0639), ل (U+0644), \
        ن (U+0646), ه (U+0647), ى (U+0649)\n";
    assert!(draw("without.png", "none", missing) != with);
}

#[test]
fn a_wrong_wish_is_told_with_its_mend() {
    let folder = Folder::of("pictures-wrong");
    folder.write("xmas.json", countdown());
    let campaign = include_str!("../../demo/campaign.json");
    folder.write("spring.json", campaign);
    for (args, told) in [
        (&["xmas.json", "-o", "a.tiff"][..], "a.tiff: a picture's name ends in .png, .jpg or .gif"),
        (
            &["xmas.json", "-o", "a.png", "--slot", "clok"],
            "there is no image slot \"clok\" (did you mean \"clock\"?)",
        ),
        (
            &["xmas.json", "-o", "a.png", "--variant", "fixd"],
            "there is no variant \"fixd\" (did you mean \"fixed\"?)",
        ),
        (
            &["spring.json", "-o", "a.png"],
            "cannot read www/demo/art/default.png; --images names the folder in which images lie",
        ),
    ] {
        let ran = folder.run(&[&["render"], args].concat());
        assert_ran(&ran, 2, "", &format!("error: {told}\n"));
        assert!(!folder.0.join("a.png").exists());
    }
}
