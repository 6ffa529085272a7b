//! The programs that the steps call, and where things are.

use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder that holds the package; every command runs there.
pub fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// A path below `target/`. The wasm targets have folders of their own there, since each is built with other features.
pub fn target(path: &str) -> PathBuf {
    root().join("target").join(path)
}

/// The cargo that runs this driver. Without what `cargo run` says about this package: build scripts that watch those variables
/// (ring's does) would run again whenever one changes between the driver and a cargo in the shell.
pub fn cargo() -> Command {
    let mut command = here(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| OF_THE_DRIVER.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(name);
        }
    }
    command
}

const OF_THE_DRIVER: [&str; 2] = ["CARGO_PKG_", "CARGO_MANIFEST_"];

/// A program found in `PATH`, run in the package's folder.
pub fn here(program: impl Into<OsString>) -> Command {
    let mut command = Command::new(program.into());
    command.current_dir(root());
    command
}

/// A program of `node_modules`.
pub fn npm_bin(name: &str) -> Command {
    let mut command = here(npm_bins().join(name));
    command.env("PATH", npm_path());
    command
}

/// `PATH` with the packages' programs first, so that `#!/usr/bin/env node` finds the pinned node.
pub fn npm_path() -> OsString {
    let inherited = env::var_os("PATH").unwrap_or_default();
    let mut path = OsString::from(npm_bins());
    path.push(":");
    path.push(inherited);
    path
}

fn npm_bins() -> PathBuf {
    root().join("node_modules/.bin")
}

/// wrangler that talks to nobody: no telemetry, no look for a newer version, no download of a sample `request.cf`.
pub fn wrangler() -> Command {
    let mut command = npm_bin("wrangler");
    command
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_HIDE_BANNER", "true")
        .env("WRANGLER_WRITE_LOGS", "false")
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false");
    command
}

/// Where `program` is, as a shell would find it.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

/// The browser of the tests and its driver, unless the environment names others.
pub fn chromium() -> Option<PathBuf> {
    from_env("CHROMIUM").or_else(|| find("chromium")).or_else(|| find("google-chrome"))
}

/// See [`chromium`].
pub fn chromedriver() -> Option<PathBuf> {
    from_env("CHROMEDRIVER").or_else(|| find("chromedriver"))
}

fn from_env(name: &str) -> Option<PathBuf> {
    env::var_os(name).map(PathBuf::from)
}

/// Runs a command whose output is the point.
pub fn show(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {}", name(command)))?;
    if status.success() { Ok(()) } else { bail!("{} failed: {status}", name(command)) }
}

/// How messages name a command: the program's file name.
pub fn name(command: &Command) -> String {
    let program = Path::new(command.get_program());
    program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()
}
