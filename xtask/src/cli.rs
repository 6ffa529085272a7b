//! The command line, built for this machine, and what it writes for the Worker to serve: the campaign schema and the reference.

use crate::progress::{Estimate, Plan, Step};
use crate::tools::{self, here};
use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::fs;
use std::process::Command;

/// Adds the build of the command line, of `www/campaign.schema.json` and of `www/reference.html`.
pub fn add(plan: &mut Plan) {
    plan.add("cli", "Building the command line", Estimate { first: 70.0, again: 4.0 }, build);
}

fn build(step: &Step) -> Result<()> {
    step.run(tools::cargo().args(["build", "--locked", "--bin", "apropos"]))?;
    write("www/campaign.schema.json", &output(["schema"])?)?;
    write("www/reference.html", &output(["signals", "--html"])?)
}

/// An unchanged file keeps its date, so that nothing that watches it starts over.
fn write(path: &str, text: &str) -> Result<()> {
    let path = tools::root().join(path);
    if fs::read(&path).ok().as_deref() == Some(text.as_bytes()) {
        return Ok(());
    }
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// A call of the command line.
pub fn apropos<const N: usize>(args: [&str; N]) -> Command {
    let mut command = here(tools::target("debug/apropos"));
    command.args(args);
    command
}

/// What a call of the command line prints.
pub fn output<const N: usize>(args: [&str; N]) -> Result<String> {
    let output = apropos(args).output().context("cannot run apropos")?;
    if !output.status.success() {
        bail!(
            "apropos {}: {}",
            args.map(OsStr::new).join(OsStr::new(" ")).display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8(output.stdout)?)
}
