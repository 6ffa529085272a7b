//! `cargo xtask test`: the same core on every target it ships for, then the whole product in workerd and Chromium.

use crate::progress::{Estimate, Plan, Step};
use crate::tools::{self, cargo, npm_bin, target};
use crate::wasm::{self, Profile, TARGET};
use crate::{browser, cli, page, setup, studio, worker};
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Runs them all; the first failure ends it.
pub fn run() -> Result<()> {
    let mut plan = Plan::new("test");
    setup::add(&mut plan)?;
    setup::add_browser_for_tests(&mut plan)?;
    plan.add("native-build", "Compiling the native tests", Estimate { first: 150.0, again: 20.0 }, |step| {
        step.run(native().arg("--no-run"))
    });
    plan.add("native", "Native tests", Estimate { first: 20.0, again: 10.0 }, |step| {
        step.show(&mut native())
    });
    plan.add("wasm-build", "Compiling the wasm tests", Estimate { first: 60.0, again: 10.0 }, |step| {
        step.run(in_wasm()?.arg("--no-run"))
    });
    plan.add("wasm", "Wasm tests in node and Chromium", Estimate { first: 15.0, again: 8.0 }, |step| {
        step.show(&mut in_wasm()?)
    });
    // the schema, by which the studio completes
    cli::add(&mut plan);
    worker::add(&mut plan, Profile::Release)?;
    browser::add(&mut plan, Profile::Release)?;
    page::add(&mut plan, Profile::Release)?;
    studio::add(&mut plan, Profile::Release);
    plan.add(
        "e2e",
        "End-to-end tests in workerd and Chromium",
        Estimate { first: 40.0, again: 30.0 },
        end_to_end,
    );
    plan.run()?;
    println!("all tests passed: native, wasm in node, wasm in Chromium, end to end");
    Ok(())
}

fn native() -> Command {
    let mut command = cargo();
    command.args(["test", "--locked", "--workspace"]);
    command
}

/// Never with `-q`: cargo would pass it on, and the runner does not know it.
fn in_wasm() -> Result<Command> {
    let mut command = cargo();
    command
        .args([
            "test",
            "--locked",
            "--target",
            TARGET,
            "--no-default-features",
            "--features",
            "browser,shaping",
        ])
        .args(["--test", "wasm_node", "--test", "wasm_browser", "--target-dir"])
        .arg(target("browser"))
        .envs(wasm::DEV_BUILD)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", format!("{} test", wasm::tools_binary().display()))
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", webdriver_settings()?)
        .env("PATH", tools::npm_path());
    if let Some(driver) = tools::chromedriver() {
        command.env("CHROMEDRIVER", driver);
    }
    Ok(command)
}

/// How chromedriver starts the browser: with the flags that the end-to-end tests use too.
fn webdriver_settings() -> Result<PathBuf> {
    let flags = fs::read_to_string(tools::root().join("tests/chromium-flags.json"))?;
    let browser = tools::chromium().context("Chromium is missing")?;
    let path = target("webdriver.json");
    let text = format!(r#"{{"goog:chromeOptions": {{"binary": {:?}, "args": {flags}}}}}"#, browser);
    fs::write(&path, text)?;
    Ok(path)
}

fn end_to_end(step: &Step) -> Result<()> {
    let browser = tools::chromium().context("Chromium is missing")?;
    step.show(
        npm_bin("node")
            // one after another: each file starts a runtime of its own, and the machine may be small
            .args(["--test", "--test-concurrency=1", "--test-reporter=spec", "tests/e2e/*.test.mjs"])
            .env("CHROMIUM", browser),
    )
}
