//! `cargo xtask size`: what a deployment would upload. Start-up time grows with it, so it has a budget.

use crate::progress::{Estimate, Plan};
use crate::tools::{self, here, wrangler};
use crate::wasm::Profile;
use crate::{browser, cli, setup, worker};
use anyhow::{Context, Result, bail};
use std::path::Path;

/// In kilobytes (1000 bytes), gzipped: JavaScript and wasm together.
const BUDGET_KB: f64 = 900.0;
const UPLOAD: [&str; 2] = ["dist/index.js", "build/index_bg.wasm"];

/// Packs, measures, and fails above the budget.
pub fn run() -> Result<()> {
    let mut plan = Plan::new("size");
    setup::add(&mut plan)?;
    cli::add(&mut plan);
    worker::add(&mut plan, Profile::Release)?;
    browser::add(&mut plan, Profile::Release)?;
    plan.add("pack", "Packing the deployment", Estimate { first: 10.0, again: 8.0 }, |step| {
        step.run(wrangler().args(["deploy", "--dry-run", "--outdir", "dist"]))
    });
    plan.run()?;
    report()
}

fn report() -> Result<()> {
    let mut total = 0.0;
    for file in UPLOAD {
        let size = gzipped_kb(&tools::root().join(file))?;
        println!("{size:>8.1} KB gzipped  {file}");
        total += size;
    }
    println!("{total:>8.1} KB gzipped  the Worker, of {BUDGET_KB} KB");
    if total > BUDGET_KB { bail!("the Worker is over its budget") } else { Ok(()) }
}

fn gzipped_kb(path: &Path) -> Result<f64> {
    let output = here("gzip").arg("-9c").arg(path).output().context("gzip is missing")?;
    if !output.status.success() {
        bail!("cannot gzip {}: {}", path.display(), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout.len() as f64 / 1000.0)
}
