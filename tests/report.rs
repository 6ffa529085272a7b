//! The page of a trained model, through the built command line.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use apropos::hash::{mix, unit};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const EVIL: &str = "<script>alert('&')</script>";

/// Visits whose columns and names try to break out of a page: a number with holes, names, and one that tells nothing.
fn visits(folder: &Path) {
    let mut csv = format!("\"{EVIL}\",\"a\"\"b\",noise,bought\n");
    for row in 0..1200_u64 {
        let draw = |k: u64| unit(mix(mix(k) ^ row));
        let pages = (draw(1) * 20.0) as u32;
        let device = ["\"</svg><b onclick=\"\"x()\"\">\"", "desktop & more", "tv"][(draw(2) * 3.0) as usize];
        let odds = f64::from(pages) / 3.0 - 3.0 + if device == "tv" { 1.5 } else { 0.0 };
        let bought = draw(3) < 1.0 / (1.0 + (-odds).exp());
        let pages = if draw(4) < 0.1 { String::new() } else { pages.to_string() };
        csv += &format!("{pages},{device},{:.3},{bought}\n", draw(5));
    }
    fs::write(folder.join("visits.csv"), csv).unwrap();
}

fn folder(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("report-{test}"));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    visits(&path);
    path
}

fn page(folder: &Path, name: &str) -> String {
    let args =
        ["train", "--data", "visits.csv", "--label", "bought", "--out", "model.json", "--report", name];
    let output = Command::new(env!("CARGO_BIN_EXE_apropos")).current_dir(folder).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(folder.join(name)).unwrap()
}

/// Every tag that is opened, after checking that all are closed in order and that attributes are quoted.
fn tags(html: &str) -> Vec<String> {
    let (mut open, mut all) = (Vec::new(), Vec::new());
    let mut rest = html.strip_prefix("<!doctype html>").expect("a doctype");
    while let Some((_, tag)) = rest.split_once('<') {
        // an attribute may hold no < and no > that isn't escaped
        let (tag, after) = tag.split_once('>').expect("a tag ends");
        rest = after;
        assert!(!tag.contains('<') && tag.matches('"').count().is_multiple_of(2), "<{tag}>");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "before {:.80}", rest);
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap().to_owned();
        all.push(name.clone());
        if !tag.ends_with('/') && name != "meta" && name != "html" {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    all
}

#[test]
fn the_page_is_well_formed_and_names_are_harmless() {
    let folder = folder("harmless");
    let html = page(&folder, "one.html");
    let tags = tags(&html);
    for tag in ["script", "b onclick", "link", "img", "iframe"] {
        assert!(!tags.iter().any(|t| t == tag), "{tag}");
    }
    assert!(html.contains("&lt;script&gt;alert('&amp;')&lt;/script&gt;") && html.contains("a&quot;b"));
    assert!(
        !html.contains("http://")
            || html.matches("http://").count() == html.matches("http://www.w3.org/2000/svg").count()
    );
    assert!(!html.contains("https://") && !html.contains("url("), "nothing is fetched");
    let pictures = html.matches("<svg ").count();
    assert!(pictures >= 5, "two of quality and one per column");
    assert_eq!(html.matches("<title id=").count(), pictures);
    assert_eq!(html.matches("<desc id=").count(), pictures);
    let mut ids: Vec<_> = html.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "every id stands once");
    assert_eq!(html, page(&folder, "two.html"), "the same model gives the same page");
}

#[test]
fn the_page_says_what_is_so() {
    let folder = folder("says");
    let html = page(&folder, "one.html");
    let name = "&lt;script&gt;alert('&amp;')&lt;/script&gt;";
    assert!(html.contains(&format!("The higher {name}, the likelier “bought”")), "a rise");
    assert!(html.contains("is likeliest with a&quot;b “tv”"), "names");
    assert!(html.contains("Where it is missing, the odds are"), "missing values");
    let order = |text: &str| html.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(order(&format!("<h3>{name}</h3>")) < order("<h3>noise</h3>"), "the important first");
    for never in ["cause", "because", "leads to", "makes “bought”"] {
        assert!(!html.contains(never), "{never}");
    }
}
