//! `cargo xtask bench NAME`: a table on the terminal, and the same as JSON in `target/bench/NAME.json`: a list of `{"name", "unit", "ours",
//! "peer", "peer_name", "ratio", "spread"}`. `cargo xtask bench` measures everything and writes `target/bench/report.{json,html}`.
//!
//! `ratio` is peer ÷ ours: how many times faster we are, below 1 where the peer is. Where there is
//! no peer the last three are `null`.
//!
//! `decide`, `render` and `page` are measured beside what users would pick instead, and `edge` beside a Worker that does nothing, by `benches/peers/decide.mjs`, `render.mjs`, `page.mjs` and
//! `edge.mjs` (see there what each side does); `quality` tells how good what is learned is, in its
//! own words, and its ratios are of figures, not of times; every other name is a bench of the package, run by divan, of which the medians are kept.

mod report;
mod row;

use crate::progress::{Estimate, Plan, Step};
use crate::size::gzipped_kb;
use crate::tools::{self, cargo, npm_bin, root, target};
use crate::wasm::{self, Profile};
use crate::{browser, page, setup, worker};
use anyhow::{Context, Result, bail};
use row::{Row, json, line, row, table};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const PEERS: &str = "benches/peers";

/// Every name, in the order of the report: what is measured beside others first.
const NAMES: [&str; 8] = ["decide", "render", "edge", "page", "quality", "plan", "profile", "learner"];

/// Measures, prints, writes.
pub fn run(name: &str) -> Result<()> {
    let rows = measure(name)?;
    keep(name, &rows)?;
    println!("the same as JSON: {}", target("bench").join(format!("{name}.json")).display());
    Ok(())
}

/// Every bench, one after another, and the report of all.
///
/// # Errors
/// When one fails: those before it are kept.
pub fn all() -> Result<()> {
    let mut chapters = Vec::new();
    for name in NAMES {
        println!("\n== {name}");
        let before = kept(name);
        let rows = measure(name)?;
        keep(name, &rows)?;
        chapters.push(report::Chapter { name, rows, before });
    }
    report::write(&chapters, &target("bench"))
}

fn measure(name: &str) -> Result<Vec<Row>> {
    fs::create_dir_all(target("bench"))?;
    let timed = |rows: &[Row], note: &str| {
        print!("{}", table(rows));
        println!("\ntimes: how many times faster we are{note}");
    };
    match name {
        "decide" => decide().inspect(|rows| timed(rows, NO_VW)),
        "render" => render().inspect(|rows| timed(rows, SMALLER)),
        "edge" => edge().inspect(|rows| timed(rows, CHEAPER)),
        "page" => page().inspect(|rows| timed(rows, SMALLER_OR_SOONER)),
        "quality" => quality(),
        name => divan(name).inspect(|rows| timed(rows, "")),
    }
}

/// The rows as JSON, for programs, and line by line, for the next report.
fn keep(name: &str, rows: &[Row]) -> Result<()> {
    let lines: String = rows.iter().map(line).collect();
    for (ending, text) in [("json", json(rows)), ("tsv", lines)] {
        let path = target("bench").join(format!("{name}.{ending}"));
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// What was measured the last time; nothing if never.
fn kept(name: &str) -> Vec<Row> {
    let text = fs::read_to_string(target("bench").join(format!("{name}.tsv"))).unwrap_or_default();
    text.lines().filter_map(|line| row(line).ok()).collect()
}

/// Vowpal Wabbit is the peer that chooses among actions by a learned policy.
const NO_VW: &str = "\nVowpal Wabbit is not measured: npm had no @vowpalwabbit/vowpalwabbit (November 2026)";

const SMALLER: &str = ", or smaller; processor time and bytes of one file";

const SMALLER_OR_SOONER: &str = ", or smaller";

const CHEAPER: &str = ", that is: the share of its throughput that we reach";

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
    let open = Row { name, unit: "KB".into(), ours: open, ..Row::default() };
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

fn edge() -> Result<Vec<Row>> {
    let mut plan = Plan::new("bench edge");
    setup::add(&mut plan)?;
    worker::add(&mut plan, Profile::Release)?;
    plan.add("edge", "Building a Worker that does nothing", Estimate { first: 60.0, again: 3.0 }, |step| {
        build_module(step, "edge-bench", None, "edge")
    });
    plan.run()?;
    eprintln!("measuring, about four minutes");
    let bound = bound("edge");
    driven(
        npm_bin("node")
            .arg(root().join(PEERS).join("edge.mjs"))
            .args([root(), root().join("build")])
            .args([bound.join("edge.js"), bound.join("edge_bg.wasm")])
            .arg(target("bench/edge")),
    )
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
    // wrangler has its say there too
    String::from_utf8(output.stdout)?.lines().filter(|line| line.contains('\t')).map(row).collect()
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
            rows.push(Row { name: path.join(", "), unit: "µs".into(), ours, ..Row::default() });
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
