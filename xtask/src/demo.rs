//! The demo's data: the people's pasts as events, folded into profiles by the command line and imported like anybody's.

use crate::cli::apropos;
use crate::progress::Step;
use crate::tools::{self, npm_bin};
use anyhow::{Context, Result};
use std::fs;

/// Fills a server with the demo. Harmless when repeated: the state of earlier runs may still be there.
pub fn seed(step: &Step, base: &str, secret: &str) -> Result<()> {
    let folder = tools::target("demo");
    fs::create_dir_all(&folder)?;
    let (events, profiles) = (folder.join("events.ndjson"), folder.join("profiles.ndjson"));
    let built =
        npm_bin("node").arg("demo/build-events.mjs").arg(now()?).output().context("cannot run node")?;
    anyhow::ensure!(
        built.status.success(),
        "demo/build-events.mjs: {}",
        String::from_utf8_lossy(&built.stderr)
    );
    fs::write(&events, built.stdout)?;
    step.run(apropos(["fold"]).arg(&events).arg("--out").arg(&profiles))?;
    step.run(apropos(["import"]).arg(&profiles).args(["--url", base]).env("APROPOS_ADMIN_SECRET", secret))?;
    step.run(apropos(["publish", "demo/campaign.json", "--url", base]).env("APROPOS_ADMIN_SECRET", secret))
}

/// The time in the form that `build-events.mjs` takes: it tells everything relative to it.
fn now() -> Result<String> {
    let output =
        tools::here("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]).output().context("cannot run date")?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
