//! What a fresh machine lacks: the wasm target, the npm packages, our wasm tools, and for the tests a browser.
//!
//! Each check is a look at a file or two, so that setup costs nothing once it is done; only what is missing becomes a step.

use crate::progress::{Estimate, Plan, Step};
use crate::tools::{self, here, root};
use crate::wasm::TARGET;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::SystemTime;

/// Adds the steps that every build needs.
pub fn add(plan: &mut Plan) -> Result<()> {
    if !wasm_target_installed()? {
        plan.add(
            "wasm-target",
            "Installing the wasm target",
            Estimate { first: 15.0, again: 15.0 },
            |step| {
                step.run(here("rustup").args(["target", "add", TARGET]))
                    .context("install the target for wasm32")
            },
        );
    }
    add_packages(plan, ".", "npm", "Installing the npm packages")?;
    plan.add("wasm-tools", "Compiling the wasm tools", Estimate { first: 130.0, again: 1.0 }, |step| {
        step.run(
            tools::cargo()
                .args(["build", "--locked", "-p", "xtask", "--features", "wasm-tools", "--bin", "wasm-tools"])
                .args(["--target-dir", "target/tools"])
                .env("CARGO_PROFILE_DEV_DEBUG", "false"),
        )
    });
    Ok(())
}

/// Adds the npm packages of a folder, unless they are there.
pub fn add_packages(
    plan: &mut Plan,
    folder: &'static str,
    key: &'static str,
    label: &'static str,
) -> Result<()> {
    if npm_packages_current(&root().join(folder)) {
        return Ok(());
    }
    if tools::find("npm").is_none() {
        bail!("npm is missing: install Node.js with npm (any current version; the build pins its own node)");
    }
    plan.add(key, label, Estimate { first: 40.0, again: 20.0 }, move |step| {
        step.run(here("npm").args(["ci", "--prefix", folder]))
    });
    Ok(())
}

/// Adds the browser that the tests drive.
pub fn add_browser_for_tests(plan: &mut Plan) -> Result<()> {
    if tools::chromium().is_some() && tools::chromedriver().is_some() {
        return Ok(());
    }
    let Some(sudo) = apt_as_root() else {
        bail!(
            "the tests need Chromium and chromedriver: install them, or name them in CHROMIUM and CHROMEDRIVER"
        );
    };
    plan.add("chromium", "Installing Chromium", Estimate { first: 60.0, again: 60.0 }, move |step| {
        apt(step, sudo, &["update"])?;
        apt(step, sudo, &["install", "--yes", "--no-install-recommends", "chromium", "chromium-driver"])
    });
    Ok(())
}

fn wasm_target_installed() -> Result<bool> {
    let output = here("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .context("rustc is missing: install Rust with rustup")?;
    Ok(Path::new(String::from_utf8_lossy(&output.stdout).trim()).exists())
}

/// npm notes what it installed in a file of its own, written last.
fn npm_packages_current(folder: &Path) -> bool {
    let changed =
        |path: &str| -> Option<SystemTime> { fs::metadata(folder.join(path)).ok()?.modified().ok() };
    match (changed("node_modules/.package-lock.json"), changed("package-lock.json")) {
        (Some(installed), Some(wanted)) => installed >= wanted,
        _ => false,
    }
}

/// Whether apt-get can be called: `Some(true)` through sudo.
fn apt_as_root() -> Option<bool> {
    let silent = |command: &mut Command| {
        let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    tools::find("apt-get")?;
    if silent(here("id").arg("-u")).as_deref() == Some("0") {
        return Some(false);
    }
    silent(here("sudo").args(["-n", "true"])).map(|_| true)
}

fn apt(step: &Step, sudo: bool, args: &[&str]) -> Result<()> {
    let mut command = if sudo { here("sudo") } else { here("env") };
    if sudo {
        command.args(["-n", "env"]);
    }
    step.run(command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]).args(args))
}
