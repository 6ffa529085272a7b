//! `cargo xtask size`: what a deployment would upload. Start-up time grows with it, so it has a budget.

use crate::progress::{Estimate, Plan};
use crate::tools::{self, here, wrangler};
use crate::wasm::Profile;
use crate::{browser, cli, page, setup, studio, worker};
use anyhow::{Context, Result, bail};
use std::path::Path;

/// Files that are loaded together, and how large they may be: in kilobytes (1000 bytes), gzipped.
struct Part {
    name: &'static str,
    files: &'static [&'static str],
    budget_kb: f64,
}

/// What is aimed at is 60.
const ENGINE_KB: f64 = 200.0;

const UPLOAD: [Part; 7] = [
    Part { name: "the Worker", files: &["dist/index.js", "build/index_bg.wasm"], budget_kb: 1550.0 },
    // only instantiated when a text needs it
    Part { name: "its shaper", files: &["build/shaper_bg.wasm"], budget_kb: 400.0 },
    // by everybody who comes by a landing page
    Part { name: "the script", files: &["www/apropos.js"], budget_kb: 4.0 },
    Part {
        name: "its engine",
        files: &["www/engine/engine.js", "www/engine/engine_bg.wasm"],
        budget_kb: ENGINE_KB,
    },
    // before the editor, which is fetched when somebody writes
    Part {
        name: "the studio",
        files: &["www/studio/dist/studio.js", "www/studio/dist/style.css", "www/studio/dist/painter.js"],
        budget_kb: 100.0,
    },
    Part {
        name: "the studio's engine",
        files: &["www/pkg/apropos.js", "www/pkg/apropos_bg.wasm"],
        budget_kb: 520.0,
    },
    // beside the page, in a worker
    Part {
        name: "the studio's painter",
        files: &["www/painter/painter.js", "www/painter/painter_bg.wasm"],
        budget_kb: 1000.0,
    },
];

/// Packs, measures, and fails above the budget.
pub fn run() -> Result<()> {
    let mut plan = Plan::new("size");
    setup::add(&mut plan)?;
    cli::add(&mut plan);
    worker::add(&mut plan, Profile::Release)?;
    browser::add(&mut plan, Profile::Release)?;
    page::add(&mut plan, Profile::Release)?;
    studio::add(&mut plan, Profile::Release);
    plan.add("pack", "Packing the deployment", Estimate { first: 10.0, again: 8.0 }, |step| {
        step.run(wrangler().args(["deploy", "--dry-run", "--outdir", "dist"]))
    });
    plan.run()?;
    report()
}

fn report() -> Result<()> {
    for Part { name, files, budget_kb } in UPLOAD {
        let mut total = 0.0;
        for file in files {
            let size = gzipped_kb(&tools::root().join(file))?;
            println!("{size:>8.1} KB gzipped  {file}");
            total += size;
        }
        println!("{total:>8.1} KB gzipped  {name}, of {budget_kb} KB");
        if total > budget_kb {
            bail!("{name} is over its budget");
        }
    }
    Ok(())
}

/// A file's size when gzipped, in kilobytes (1000 bytes).
pub fn gzipped_kb(path: &Path) -> Result<f64> {
    let output = here("gzip").arg("-9c").arg(path).output().context("gzip is missing")?;
    if !output.status.success() {
        bail!("cannot gzip {}: {}", path.display(), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout.len() as f64 / 1000.0)
}
