//! The report of all benches: `report.json` for programs, `report.html` for people, one file without anything to load.
//!
//! Where a figure was measured before on this machine, the report says how far it moved, and marks it if that is more than the spreads of both runs allow.

use super::row::{Row, json, times, value};
use anyhow::{Context, Result};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Rounds of one run are near each other in time: between runs the machine itself differs by this much at least.
const BETWEEN_RUNS: f64 = 0.1;

/// What one bench found, and what it had found before.
pub struct Chapter {
    pub name: &'static str,
    pub rows: Vec<Row>,
    pub before: Vec<Row>,
}

impl Chapter {
    /// The same row of the run before.
    fn earlier(&self, row: &Row) -> Option<&Row> {
        let peer = |row: &Row| row.peer.as_ref().map(|(_, name)| name.clone());
        self.before
            .iter()
            .find(|other| other.name == row.name && other.unit == row.unit && peer(other) == peer(row))
    }
}

/// By what share a figure moved, and whether that is within what both runs state.
fn moved(row: &Row, earlier: &Row) -> (f64, bool) {
    let share = row.figure() / earlier.figure() - 1.0;
    let stated = [row, earlier].iter().filter_map(|row| row.spread).sum::<f64>();
    (share, share.abs() <= stated.max(BETWEEN_RUNS))
}

/// Writes both files into a folder, and tells how many figures came out again.
pub fn write(chapters: &[Chapter], folder: &Path) -> Result<()> {
    let objects =
        chapters.iter().map(|chapter| format!("{:?}: {}", chapter.name, json(&chapter.rows).trim_end()));
    let text = format!("{{{}}}\n", objects.collect::<Vec<_>>().join(",\n"));
    for (name, text) in [("report.json", text), ("report.html", page(chapters))] {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        println!("{}", path.display());
    }
    let pairs = chapters.iter().flat_map(|chapter| {
        chapter.rows.iter().filter_map(|row| chapter.earlier(row).map(|earlier| moved(row, earlier).1))
    });
    let (mut all, mut same) = (0, 0);
    for within in pairs {
        all += 1;
        same += usize::from(within);
    }
    if all > 0 {
        println!("{same} of {all} figures came out as in the run before, within their spreads");
    }
    Ok(())
}

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #16181d; --dim: #5d6470; --line: #e3e6ea; --paper: #fff; --good: #0a6b3d; --odd: #9a4a00 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaee; --dim: #a0a7b4; --line: #2d323b; --paper: #14161a; --good: #5bd69b; --odd: #ffb266 } }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 72rem; background: var(--paper); color: var(--ink); font: 15px/1.5 Inter, system-ui, sans-serif }
h1 { font-size: 1.75rem; margin: 0 0 .25rem } h2 { margin: 2.5rem 0 .5rem; font-size: 1.15rem } p { margin: 0; color: var(--dim); max-width: 60rem }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100% } th { text-align: right; font-weight: 500; color: var(--dim); font-size: .85rem }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap } td { text-align: right; font-variant-numeric: tabular-nums }
th:first-child, td:first-child, th:last-child, td:last-child { text-align: left; white-space: normal } .times { font-weight: 600 } .more { color: var(--good) } .less, .odd { color: var(--odd) }";

fn page(chapters: &[Chapter]) -> String {
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Apropos, measured</title><style>{STYLE}</style>
<h1>Apropos, measured</h1><p>Medians of one run on one machine, by <code>cargo xtask bench</code>. Times: how many times faster or smaller we are than the peer of the same row. \
Spread: half of what the middle half of the rounds spans. Moved: since the run before.</p>\n"
    );
    for chapter in chapters {
        // a String takes whatever is written
        let _ = writeln!(
            text,
            "<h2>{}</h2><div class=\"wide\"><table><tr><th scope=\"col\">{}",
            chapter.name, HEADS
        );
        let mut last = "";
        for row in &chapter.rows {
            let name = if row.name == last { "" } else { &row.name };
            last = &row.name;
            let _ = writeln!(text, "{}", cells(name, row, chapter.earlier(row)));
        }
        text.push_str("</table></div>\n");
    }
    text + "</html>\n"
}

const HEADS: &str = "What<th scope=\"col\">Ours<th scope=\"col\">Peer<th scope=\"col\">Times<th scope=\"col\">Spread<th scope=\"col\">Moved<th scope=\"col\">Who";

fn cells(name: &str, row: &Row, earlier: Option<&Row>) -> String {
    let (peer, ratio, who) = match &row.peer {
        Some((peer, who)) => {
            let class = if row.figure() < 1.0 { "less" } else { "more" };
            (
                value(*peer, &row.unit),
                format!("<td class=\"times {class}\">{}", times(row.figure())),
                escaped(who),
            )
        }
        None => (String::new(), "<td>".to_owned(), String::new()),
    };
    let since = earlier.map(|earlier| moved(row, earlier)).map_or_else(
        || "<td>".to_owned(),
        |(share, within)| {
            format!("<td{}>{:+.0} %", if within { "" } else { " class=\"odd\"" }, share * 100.0)
        },
    );
    let ours = value(row.ours, &row.unit);
    format!("<tr><td>{}<td>{ours}<td>{peer}{ratio}<td>{}{since}<td>{who}", escaped(name), row.spread())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ours: f64, spread: f64) -> Row {
        Row {
            name: "a < b".into(),
            unit: "µs".into(),
            ours,
            peer: Some((10.0, "P".into())),
            spread: Some(spread),
        }
    }

    #[test]
    fn a_figure_that_moved_farther_than_stated_is_marked() {
        assert!(moved(&row(1.2, 0.1), &row(1.0, 0.1)).1);
        assert!(!moved(&row(1.5, 0.1), &row(1.0, 0.1)).1);
        let chapter = Chapter { name: "n", rows: vec![row(1.5, 0.1)], before: vec![row(1.0, 0.1)] };
        let text = page(&[chapter]);
        assert!(text.contains("a &lt; b") && text.contains("class=\"odd\">-33 %"), "{text}");
    }
}
