//! The build driver: everything between the sources and something that runs.
//!
//! | command | what it does |
//! |---|---|
//! | `cargo xtask setup` | installs what a fresh machine lacks |
//! | `cargo xtask dev [--port N]` | builds all, starts the Worker locally, fills it with demo data, stays until Ctrl-C |
//! | `cargo xtask test` | every test: native, wasm in node and Chromium, end to end in workerd |
//! | `cargo xtask build [--dev]` | the Worker, the browser module, the landing-page script, the studio, the campaign schema; what `wrangler` calls before it deploys |
//! | `cargo xtask worker [--dev]`, `browser [--dev]`, `page [--dev]`, `studio [--dev]` | one of them; `page` is the script of landing pages with its engine, `studio` comes with the browser module |
//! | `cargo xtask bench [NAME]` | one benchmark, beside the peers: a table and `target/bench/NAME.json`; without a name all of them, and `target/bench/report.{json,html}` |
//! | `cargo xtask fuzz [TARGET\|all] [--seconds N]` | any bytes against whatever reads them; `fuzz TARGET --replay FILE` shows a finding again |
//! | `cargo xtask size` | what a deployment would upload, against its budget |
//!
//! Commands are lists of steps ([`progress::Plan`]), and a step runs commands ([`progress::Step`]). What those print goes to
//! `target/xtask-logs/` unless they fail; only test results are shown as they come.

mod bench;
mod browser;
mod cli;
mod demo;
mod dev;
mod fuzz;
mod http;
mod page;
mod progress;
mod setup;
mod size;
mod studio;
mod test;
mod tools;
mod wasm;
mod worker;

use anyhow::{Context, Result, bail};
use progress::Plan;
use std::process::ExitCode;
use wasm::Profile;

const USAGE: &str = "usage: cargo xtask setup | dev [--port N] | test | build [--dev] | worker [--dev] | browser [--dev] | page [--dev] | studio [--dev] | bench [NAME] | fuzz [TARGET|all] [--seconds N] | size";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[&str]) -> Result<()> {
    let (command, rest) = args.split_first().context(USAGE)?;
    match (*command, rest) {
        ("setup", []) => run_after_setup("setup", setup::add_browser_for_tests),
        ("worker", _) => {
            let profile = profile(rest)?;
            run_after_setup("worker", |plan| worker::add(plan, profile))
        }
        ("browser", _) => {
            let profile = profile(rest)?;
            run_after_setup("browser", |plan| browser::add(plan, profile))
        }
        ("page", _) => {
            let profile = profile(rest)?;
            run_after_setup("page", |plan| page::add(plan, profile))
        }
        ("studio", _) => {
            let profile = profile(rest)?;
            run_after_setup("studio", |plan| {
                browser::add(plan, profile)?;
                studio::add(plan, profile);
                Ok(())
            })
        }
        ("build", _) => {
            let profile = profile(rest)?;
            run_after_setup("build", |plan| {
                cli::add(plan);
                browser::add(plan, profile)?;
                page::add(plan, profile)?;
                studio::add(plan, profile);
                worker::add(plan, profile)
            })
        }
        ("dev", _) => dev::run(port(rest)?),
        ("test", []) => test::run(),
        ("bench", []) => bench::all(),
        ("bench", [name]) => bench::run(name),
        ("fuzz", _) => fuzz::run(&fuzz::Wish::read(rest)?),
        ("size", []) => size::run(),
        _ => bail!("{USAGE}"),
    }
}

fn run_after_setup(name: &'static str, add: impl FnOnce(&mut Plan) -> Result<()>) -> Result<()> {
    let mut plan = Plan::new(name);
    setup::add(&mut plan)?;
    add(&mut plan)?;
    plan.run()
}

/// `wrangler dev` rebuilds through the same command as `wrangler deploy`; only the environment tells them apart.
fn profile(args: &[&str]) -> Result<Profile> {
    match args {
        ["--dev"] => Ok(Profile::Dev),
        [] if std::env::var_os(dev::DEV).is_some() => Ok(Profile::Dev),
        [] => Ok(Profile::Release),
        _ => bail!("{USAGE}"),
    }
}

fn port(args: &[&str]) -> Result<Option<u16>> {
    match args {
        [] => Ok(None),
        ["--port", port] => Ok(Some(port.parse().with_context(|| format!("{port} is no port"))?)),
        _ => bail!("{USAGE}"),
    }
}
