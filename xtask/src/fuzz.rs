//! `cargo xtask fuzz`: any bytes against whatever reads them, guided by coverage, for a bounded time.
//!
//! The targets are the binaries of `fuzz/`, each linked with libFuzzer. What guides it needs no nightly: LLVM's SanitizerCoverage
//! (<https://clang.llvm.org/docs/SanitizerCoverage.html>) is switched on by stable codegen options. There is no sanitizer beside it, since the
//! code under test holds no `unsafe`.
//!
//! Everything is below `target/fuzz/`: the build, and for each target its seeds and dictionary, the corpus that runs have found so
//! far (the next run goes on from there), the log, and findings.

use crate::progress::{Estimate, Plan, tail};
use crate::tools::{self, cargo, here, target};
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

/// What is attacked, the slowest first.
const TARGETS: [&str; 12] = [
    "campaign", "profile", "page", "picture", "font", "learned", "feed", "event", "inbound", "context",
    "model", "token",
];
const SECONDS: u32 = 60;

/// What `cargo fuzz` passes on nightly, less what only nightly takes.
const INSTRUMENT: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    // calls deeper than anything before count as new too: nesting is what overflows stacks
    "-Cllvm-args=-sanitizer-coverage-stack-depth",
];

/// A wasm module has 1 MB of stack, so that is what recursion must do with.
const STACK_KB: u32 = 1024;
/// Longer inputs are slower, and find nothing that shorter ones don't.
const LONGEST: u32 = 16 * 1024;
/// Nothing that a request may carry takes seconds.
const SLOWEST: u32 = 5;

/// What `cargo xtask fuzz` was asked for.
pub struct Wish<'a> {
    targets: Vec<&'a str>,
    seconds: u32,
    replay: Option<&'a str>,
}

impl<'a> Wish<'a> {
    /// Reads `[TARGET|all] [--seconds N]` or `TARGET --replay FILE`.
    pub fn read(args: &[&'a str]) -> Result<Self> {
        let (name, options) = match args {
            [name, rest @ ..] if !name.starts_with("--") => (*name, rest),
            rest => ("all", rest),
        };
        let targets = match name {
            "all" => TARGETS.to_vec(),
            name if TARGETS.contains(&name) => vec![name],
            name => bail!("there is no fuzz target {name}; there are: all {}", TARGETS.join(" ")),
        };
        let wish = Self { targets, seconds: SECONDS, replay: None };
        match options {
            [] => Ok(wish),
            ["--seconds", n] => Ok(Self {
                seconds: n.parse().with_context(|| format!("{n} is no number of seconds"))?,
                ..wish
            }),
            ["--replay", file] if name != "all" => Ok(Self { replay: Some(file), ..wish }),
            _ => bail!("usage: cargo xtask fuzz [TARGET|all] [--seconds N] | fuzz TARGET --replay FILE"),
        }
    }
}

/// Builds the targets, then runs as many at once as there are cores. Fails when anything was found.
pub fn run(wish: &Wish<'_>) -> Result<()> {
    let binaries = build()?;
    if let (Some(file), [name]) = (wish.replay, wish.targets.as_slice()) {
        return tools::show(&mut fuzzer(&binaries.join(name), &[file]));
    }
    println!(
        "{:<10} {:>11} {:>9} {:>9} {:>7}   {} s each",
        "target", "executions", "a second", "coverage", "corpus", wish.seconds
    );
    let (waiting, findings) = (Mutex::new(wish.targets.iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from).min(wish.targets.len()) {
            scope.spawn(|| {
                // the lock is held while the next one is taken, not while it runs
                while let Some(name) = waiting.lock().ok().and_then(|mut waiting| waiting.next()) {
                    let found = match attack(&binaries.join(name), name, wish.seconds) {
                        Ok(outcome) => {
                            println!("{name:<10} {outcome}");
                            outcome.finding
                        }
                        Err(error) => Some(format!("{name}: {error:#}")),
                    };
                    if let Ok(mut findings) = findings.lock() {
                        findings.extend(found);
                    }
                }
            });
        }
    });
    let findings = findings.into_inner().unwrap_or_default();
    if findings.is_empty() { Ok(()) } else { bail!("{}", findings.join("\n\n")) }
}

/// The folder that holds the targets' binaries.
fn build() -> Result<PathBuf> {
    if tools::find("c++").or_else(|| tools::find("g++")).is_none() {
        bail!("libFuzzer needs a C++ compiler: install g++");
    }
    let host = host()?;
    let binaries = target("fuzz/build").join(&host).join("fuzz");
    let mut plan = Plan::new("fuzz");
    plan.add("fuzz", "Compiling the fuzz targets", Estimate { first: 150.0, again: 30.0 }, move |step| {
        step.run(
            cargo()
                .args(["build", "--locked", "-p", "fuzz", "--bins", "--profile", "fuzz", "--target-dir"])
                .arg(target("fuzz/build"))
                // named, so that build scripts and macros stay as they are
                .args(["--target", &host])
                .env_remove("CARGO_ENCODED_RUSTFLAGS")
                .env("RUSTFLAGS", INSTRUMENT.join(" ")),
        )
    });
    plan.run()?;
    Ok(binaries)
}

fn host() -> Result<String> {
    let output = here("rustc").arg("-vV").output().context("rustc is missing: install Rust with rustup")?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?.to_owned())
}

/// A target with as little stack as it has in production.
fn fuzzer(binary: &Path, args: &[&str]) -> Command {
    let mut command = here("sh");
    command.args(["-c", &format!("ulimit -s {STACK_KB} && exec \"$0\" \"$@\"")]).arg(binary).args(args);
    command
}

fn attack(binary: &Path, name: &str, seconds: u32) -> Result<Outcome> {
    let folder = target("fuzz").join(name);
    let (corpus, findings, log) = (folder.join("corpus"), folder.join("findings"), folder.join("log"));
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&findings)?;
    let output = File::create(&log)?;
    let status = fuzzer(
        binary,
        &[
            &format!("-max_total_time={seconds}"),
            &format!("-timeout={SLOWEST}"),
            &format!("-max_len={LONGEST}"),
            "-rss_limit_mb=1024",
            "-print_final_stats=1",
        ],
    )
    .arg(format!("-artifact_prefix={}/", findings.display()))
    .arg(format!("-dict={}", folder.join("dictionary").display()))
    // what is found goes into the first
    .args([&corpus, &folder.join("seeds")])
    .env("FUZZ_SEEDS", &folder)
    .stdout(output.try_clone()?)
    .stderr(output)
    .status()
    .with_context(|| format!("cannot run {}", binary.display()))?;
    let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    let finding = (!status.success()).then(|| finding(name, &text, &log));
    Ok(Outcome { finding, ..Outcome::read(&text) })
}

/// What one run came to.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    executions: u64,
    per_second: u64,
    /// Edges of the program's flow that some input has taken.
    coverage: u64,
    /// Inputs kept, since each reached something new.
    corpus: u64,
    finding: Option<String>,
}

impl Outcome {
    /// Reads libFuzzer's log: `#123 DONE cov: 4720 ft: 12796 corp: 912/2649Kb …`, then `stat::number_of_executed_units: 123`.
    fn read(log: &str) -> Self {
        let after = |key: &str| {
            let rest = log.rsplit_once(key)?.1.trim_start();
            rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        };
        let number = |key| after(key).unwrap_or(0);
        Self {
            executions: number("stat::number_of_executed_units:"),
            per_second: number("stat::average_exec_per_sec:"),
            coverage: number(" cov: "),
            corpus: number(" corp: "),
            finding: None,
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { executions, per_second, coverage, corpus, finding } = self;
        let verdict = if finding.is_none() { "nothing found" } else { "FOUND" };
        write!(f, "{executions:>11} {per_second:>9} {coverage:>9} {corpus:>7}   {verdict}")
    }
}

/// What was found, where it is kept, and how to see it again.
fn finding(name: &str, log: &str, path: &Path) -> String {
    let from = log.lines().skip_while(|line| !line.contains("panicked at"));
    let said: Vec<_> = from
        .take_while(|line| {
            !line.starts_with("stack backtrace") && !line.starts_with("note:") && !line.starts_with("==")
        })
        .take(6)
        .collect();
    let said = if said.is_empty() { tail(path) } else { said.join("\n") };
    match log.rsplit_once("Test unit written to ").and_then(|(_, rest)| rest.lines().next()) {
        Some(file) => {
            format!("{name}: {said}\n  found by {file}\n  again:   cargo xtask fuzz {name} --replay {file}")
        }
        None => format!("{name}: {said}\n  the whole log is {}", path.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "#2\tINITED cov: 12 ft: 13 corp: 1/1b exec/s: 0 rss: 31Mb\n#1794\tDONE   cov: 4720 ft: 12796 corp: 912/2649Kb lim: 16384 exec/s: 854 rss: 37Mb\n\
        stat::number_of_executed_units: 1794\nstat::average_exec_per_sec:     854\n";

    #[test]
    fn the_last_state_of_a_log_counts() {
        let outcome =
            Outcome { executions: 1794, per_second: 854, coverage: 4720, corpus: 912, finding: None };
        assert_eq!(Outcome::read(LOG), outcome);
    }

    #[test]
    fn a_finding_tells_how_to_see_it_again() {
        let log = "thread '<unnamed>' panicked at fuzz/src/lib.rs:80:5:\nprobability NaN\n==1== ERROR\nartifact_prefix='/f/'; Test unit written to /f/crash-1\nBase64: AA==\n";
        let told = finding("model", log, Path::new("/f/log"));
        assert!(
            told.contains("probability NaN") && told.ends_with("cargo xtask fuzz model --replay /f/crash-1"),
            "{told}"
        );
    }

    #[test]
    fn what_is_asked_is_understood() -> Result<()> {
        assert_eq!(Wish::read(&[])?.targets, TARGETS);
        assert_eq!(Wish::read(&["--seconds", "20"])?.seconds, 20);
        assert_eq!(Wish::read(&["model", "--replay", "f"])?.replay, Some("f"));
        for wrong in [&["modle"][..], &["--seconds", "x"], &["--replay", "f"], &["model", "--second", "1"]] {
            assert!(Wish::read(wrong).is_err(), "{wrong:?}");
        }
        Ok(())
    }
}
