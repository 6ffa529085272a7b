//! `cargo xtask bench NAME`: a table on the terminal, and the same as JSON in `target/bench/NAME.json`: a list of `{"name", "unit", "ours",
//! "peer", "peer_name", "ratio"}`. `ratio` is peer ÷ ours: how many times faster we are, below 1 where the peer is. Where there is
//! no peer the last three are `null`.
//!
//! `decide`, `render` and `page` are measured beside what users would pick instead, by `benches/peers/decide.mjs`, `render.mjs` and `page.mjs` (see there what each side does); `quality` tells how good what is learned is, in its
//! own words, and its ratios are of figures, not of times; every other name is a bench of the package, run by divan, of which the medians are kept.

use crate::progress::{Estimate, Plan, Step};
use crate::size::gzipped_kb;
use crate::tools::{self, cargo, npm_bin, root, target};
use crate::wasm::{self, Profile};
use crate::{browser, page, setup, worker};
use anyhow::{Context, Result, bail};
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const PEERS: &str = "benches/peers";

/// Measures, prints, writes.
pub fn run(name: &str) -> Result<()> {
    fs::create_dir_all(target("bench"))?;
    let timed = |rows: &[Row], note: &str| {
        print!("{}", table(rows));
        println!("\ntimes: how many times faster we are{note}");
    };
    let rows = match name {
        "decide" => decide().inspect(|rows| timed(rows, NO_VW))?,
        "render" => render().inspect(|rows| timed(rows, SMALLER))?,
        "page" => page().inspect(|rows| timed(rows, SMALLER_OR_SOONER))?,
        "quality" => quality()?,
        name => divan(name).inspect(|rows| timed(rows, ""))?,
    };
    let path = target("bench").join(format!("{name}.json"));
    fs::write(&path, json(&rows)).with_context(|| format!("cannot write {}", path.display()))?;
    println!("the same as JSON: {}", path.display());
    Ok(())
}

/// Vowpal Wabbit is the peer that chooses among actions by a learned policy.
const NO_VW: &str = "\nVowpal Wabbit is not measured: npm had no @vowpalwabbit/vowpalwabbit (November 2026)";

const SMALLER: &str = ", or smaller; processor time and bytes of one file";

const SMALLER_OR_SOONER: &str = ", or smaller";

/// One measured thing beside one peer.
#[derive(Debug, PartialEq)]
struct Row {
    name: String,
    unit: String,
    ours: f64,
    peer: Option<(f64, String)>,
}

fn decide() -> Result<Vec<Row>> {
    let mut plan = Plan::new("bench decide");
    setup::add(&mut plan)?;
    setup::add_packages(&mut plan, PEERS, "npm-peers", "Installing the peers")?;
    browser::add(&mut plan, Profile::Release)?;
    plan.add("bench-wasm", "Building our loop for wasm", Estimate { first: 60.0, again: 3.0 }, |step| {
        build_module(step, "engine-bench", None, "bench")
    });
    plan.add("bench-native", "Building our loop natively", Estimate { first: 90.0, again: 3.0 }, |step| {
        step.run(cargo().args(["build", "--locked", "--release", "-p", "engine-bench"]))
    });
    plan.run()?;
    eprintln!("measuring, about half a minute");
    let bound = bound("bench");
    driven(
        npm_bin("node")
            .arg(root().join(PEERS).join("decide.mjs"))
            .arg(target("release/engine-bench"))
            .args([bound.join("bench.js"), bound.join("bench_bg.wasm")])
            .args([root().join("www/pkg/apropos.js"), root().join("www/pkg/apropos_bg.wasm")]),
    )
}

fn render() -> Result<Vec<Row>> {
    let mut plan = Plan::new("bench render");
    setup::add(&mut plan)?;
    setup::add_packages(&mut plan, PEERS, "npm-peers", "Installing the peers")?;
    plan.add("pictures", "Building the render room for wasm", Estimate { first: 60.0, again: 3.0 }, |step| {
        build_module(step, "pictures-bench", Some("publishing"), "pictures")
    });
    plan.add("open", "Building what an open draws with", Estimate { first: 60.0, again: 3.0 }, |step| {
        build_module(step, "pictures-bench", None, "open")
    });
    plan.run()?;
    let open = gzipped_kb(&bound("open").join("open_bg.wasm"))?;
    let name = "what an open draws with, and its fonts, gzipped".to_owned();
    let open = Row { name, unit: "KB".into(), ours: open, peer: None };
    eprintln!("measuring, about two minutes");
    let bound = bound("pictures");
    let mut rows = driven(
        npm_bin("node")
            .arg(root().join(PEERS).join("render.mjs"))
            .arg(root())
            .args([bound.join("pictures.js"), bound.join("pictures_bg.wasm")])
            .arg(target("bench/render")),
    )?;
    rows.push(open);
    Ok(rows)
}

fn page() -> Result<Vec<Row>> {
    let mut plan = Plan::new("bench page");
    setup::add(&mut plan)?;
    setup::add_browser_for_tests(&mut plan)?;
    setup::add_packages(&mut plan, PEERS, "npm-peers", "Installing the peers")?;
    page::add(&mut plan, Profile::Release)?;
    // the bundle comes from it
    worker::add(&mut plan, Profile::Release)?;
    plan.run()?;
    eprintln!("measuring, about two minutes");
    let browser = tools::chromium().context("Chromium is missing")?;
    driven(npm_bin("node").arg(root().join(PEERS).join("page.mjs")).arg(root()).env("CHROMIUM", browser))
}

/// The rows that a driver prints.
fn driven(driver: &mut Command) -> Result<Vec<Row>> {
    let output = driver.stderr(Stdio::inherit()).output().context("cannot run node")?;
    if !output.status.success() {
        bail!("the driver in {PEERS} failed: {}", output.status);
    }
    String::from_utf8(output.stdout)?.lines().map(row).collect()
}

/// Where a module of ours and its JavaScript are.
fn bound(name: &str) -> PathBuf {
    target("bench/wasm").join(name)
}

/// In the same way as the Worker: what is measured is what is deployed.
fn build_module(step: &Step, package: &str, feature: Option<&str>, name: &str) -> Result<()> {
    let wasm = wasm::compile_package(step, package, feature, "bench-wasm", Profile::Release)?;
    wasm::bind(step, &wasm, &bound(name), &["--target=web", &format!("--out-name={name}")])?;
    wasm::optimize(step, &bound(name).join(format!("{name}_bg.wasm")), "-O3")
}

/// A line of the driver: name, unit, ours, peer, peer's name.
fn row(line: &str) -> Result<Row> {
    let parts: Vec<_> = line.split('\t').collect();
    let [name, unit, ours, peer, peer_name] = parts[..] else { bail!("no row: {line}") };
    let peer = if peer.is_empty() { None } else { Some((peer.parse()?, peer_name.to_owned())) };
    Ok(Row { name: name.into(), unit: unit.into(), ours: ours.parse()?, peer })
}

/// Prints its own tables.
fn quality() -> Result<Vec<Row>> {
    let rows = target("bench/quality.tsv");
    if rows.exists() {
        fs::remove_file(&rows)?;
    }
    let status = cargo().args(["bench", "--locked", "--bench", "quality"]).env("BENCH_ROWS", &rows).status();
    let status = status.context("cannot run cargo")?;
    // a data set that isn't there is told; the others were measured
    if !rows.exists() {
        bail!("cargo bench failed: {status}");
    }
    fs::read_to_string(&rows)?.lines().map(row).collect()
}

fn divan(name: &str) -> Result<Vec<Row>> {
    let output = cargo()
        .args(["bench", "--locked", "--bench", name])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!("cargo bench failed: {}\n{text}", output.status);
    }
    Ok(medians(&text))
}

/// The medians of divan's table, in microseconds, named by their path in its tree.
fn medians(text: &str) -> Vec<Row> {
    let mut path: Vec<&str> = Vec::new();
    let mut rows = Vec::new();
    for line in text.lines() {
        let entry = line.trim_start_matches(['│', '├', '╰', '─', ' ']);
        let depth = (line.chars().count() - entry.chars().count()) / 3;
        let mut columns = entry.split('│').map(str::trim);
        let Some(name) = columns.next().and_then(|first| first.split("  ").next()).filter(|_| depth > 0)
        else {
            continue;
        };
        path.truncate(depth - 1);
        path.push(name);
        if let Some(ours) = columns.nth(1).and_then(micros) {
            rows.push(Row { name: path.join(", "), unit: "µs".into(), ours, peer: None });
        }
    }
    rows
}

fn micros(text: &str) -> Option<f64> {
    let (number, unit) = text.split_once(' ')?;
    let factor = match unit {
        "ns" => 1e-3,
        "µs" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

fn json(rows: &[Row]) -> String {
    let object = |row: &Row| {
        let (peer, peer_name, ratio) = match &row.peer {
            Some((peer, name)) => (peer.to_string(), format!("{name:?}"), (peer / row.ours).to_string()),
            None => ("null".into(), "null".into(), "null".into()),
        };
        let Row { name, unit, ours, .. } = row;
        format!(
            "  {{\"name\": {name:?}, \"unit\": {unit:?}, \"ours\": {ours}, \"peer\": {peer}, \"peer_name\": {peer_name}, \"ratio\": {ratio}}}"
        )
    };
    format!("[\n{}\n]\n", rows.iter().map(object).collect::<Vec<_>>().join(",\n"))
}

/// At most 100 columns. A thing measured beside several peers is named once.
fn table(rows: &[Row]) -> String {
    let wide = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    let mut text = format!("\n{:<wide$}  {:>10}  {:>10}  {:>7}  peer\n", "", "ours", "peer", "times");
    let mut last = "";
    for row in rows {
        let first = row.name != last;
        last = &row.name;
        let (name, ours) = if first { (last, value(row.ours, &row.unit)) } else { ("", String::new()) };
        let peer = row.peer.as_ref().map(|(peer, name)| {
            format!("  {:>10}  {:>7}  {name}", value(*peer, &row.unit), times(peer / row.ours))
        });
        // a String takes whatever is written
        let _ = writeln!(text, "{name:<wide$}  {ours:>10}{}", peer.unwrap_or_default());
    }
    text
}

/// Three digits that count.
fn value(number: f64, unit: &str) -> String {
    match number {
        n if n >= 1e4 && unit == "µs" => value(n / 1e3, "ms"),
        n if n >= 100.0 => format!("{n:.0} {unit}"),
        n if n >= 10.0 => format!("{n:.1} {unit}"),
        n => format!("{n:.2} {unit}"),
    }
}

fn times(ratio: f64) -> String {
    if ratio >= 10.0 { format!("{ratio:.0} ×") } else { format!("{ratio:.2} ×") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_driver_is_read() -> Result<()> {
        let peer = Some((9.0, "GrowthBook 1.8.0".into()));
        let wanted = Row { name: "10 rules, in wasm".into(), unit: "µs".into(), ours: 1.5, peer };
        assert_eq!(row("10 rules, in wasm\tµs\t1.5\t9\tGrowthBook 1.8.0")?, wanted);
        assert_eq!(row("x\tµs\t2\t\t")?.peer, None);
        assert!(row("x\tµs\tfast\t\t").is_err() && row("x").is_err());
        Ok(())
    }

    #[test]
    fn divans_tree_is_read() {
        let text = "Timer precision: 20 ns\nrender           fastest       │ slowest       │ median        │ mean          │ samples │ iters\n\
            ├─ on_flat                     │               │               │               │         │\n\
            │  ├─ Png    4.1 ms        │ 5.2 ms        │ 4.5 ms        │ 4.4 ms        │ 100     │ 100\n\
            │  ╰─ Gif    4.1 ms        │ 5.2 ms        │ 250 ns        │ 4.4 ms        │ 100     │ 100\n\
            ╰─ parse     1 µs          │ 2 µs          │ 1.5 µs        │ 1.4 µs        │ 100     │ 100\n";
        let found: Vec<_> = medians(text).into_iter().map(|row| (row.name, row.ours)).collect();
        assert_eq!(
            found,
            [("on_flat, Png".into(), 4500.0), ("on_flat, Gif".into(), 0.25), ("parse".into(), 1.5)]
        );
    }

    #[test]
    fn both_forms_tell_the_same() {
        let row = |ours, peer| Row { name: "n".into(), unit: "µs".into(), ours, peer };
        let rows =
            [row(2.0, Some((9.0, "P 1".into()))), row(2.0, Some((1.0, "Q 2".into()))), row(20_000.0, None)];
        let objects = json(&rows);
        assert!(objects.contains(
            r#"{"name": "n", "unit": "µs", "ours": 2, "peer": 9, "peer_name": "P 1", "ratio": 4.5}"#
        ));
        assert!(
            objects.contains(r#""ours": 20000, "peer": null, "peer_name": null, "ratio": null}"#),
            "{objects}"
        );
        let table = table(&rows);
        assert!(
            table.contains("n     2.00 µs     9.00 µs   4.50 ×  P 1\n") && table.contains("0.50 ×  Q 2"),
            "{table}"
        );
        assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    }
}
