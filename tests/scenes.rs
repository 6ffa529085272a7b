//! The scenes natively; `tests/wasm_node.rs` draws the same on that target and `tests/e2e/scenes.test.mjs` in workerd.
//!
//! `UPDATE_VECTORS=1 cargo test --test scenes` records them anew. Either way the files and a contact sheet of them lie in `target/scenes/` afterwards: look at
//! `target/scenes/index.html` before you commit what you recorded.
#![cfg(not(target_arch = "wasm32"))]
// clippy.toml lets tests unwrap and panic, but not the functions that tests share
#![allow(clippy::panic, clippy::unwrap_used)]

#[path = "common/scenes.rs"]
mod scenes;

use apropos::campaign::Campaign;
use std::fmt::Write;
use std::fs;
use std::path::Path;

#[test]
fn every_scene_looks_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/scenes");
    fs::create_dir_all(&folder).unwrap();
    let (mut lines, mut sheet) = (String::new(), SHEET.to_owned());
    for file in scenes::draw() {
        fs::write(folder.join(&file.name), &file.bytes).unwrap();
        assert_sound(&file.name, &file.bytes);
        lines += &file.line();
        let kb = file.bytes.len().div_ceil(1024);
        writeln!(
            sheet,
            "<figure><img src={0:?} alt=\"\"><figcaption>{0} · {kb} KB</figcaption></figure>",
            file.name
        )
        .unwrap();
    }
    fs::write(folder.join("index.html"), sheet).unwrap();
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        fs::write("tests/vectors/scenes.tsv", lines).unwrap();
        return;
    }
    assert!(scenes::replay() >= 120);
}

/// What somebody else's decoder reads, to the last sum: what is recorded may be recorded wrong.
fn assert_sound(name: &str, bytes: &[u8]) {
    if name.ends_with(".png") {
        let mut options = png::DecodeOptions::default();
        options.set_ignore_adler32(false);
        let mut reader =
            png::Decoder::new_with_options(std::io::Cursor::new(bytes), options).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap_or_else(|error| panic!("{name}: {error}"));
        reader.finish().unwrap_or_else(|error| panic!("{name}: {error}"));
    } else {
        image::load_from_memory(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

const SHEET: &str = "<!doctype html><meta charset=utf-8><title>Scenes</title>
<style>
body { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 16px; margin: 16px; font: 12px system-ui; background: #dfe3e8 }
figure { margin: 0 }
img { max-width: 100%; max-height: 320px }
</style>
";

/// What stands there on purpose is told here; all other text can be read.
#[test]
fn no_scene_is_hard_to_read_by_accident() {
    let campaign = Campaign::parse(scenes::CAMPAIGN).unwrap();
    let warned: Vec<_> = campaign.warnings.iter().map(ToString::to_string).collect();
    let meant = |warning: &&String| !warning.contains("slots[0].variants[25]");
    assert_eq!(warned.iter().filter(meant).collect::<Vec<_>>(), Vec::<&String>::new());
}
