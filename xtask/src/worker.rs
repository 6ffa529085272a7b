//! The Worker: `build/index.js` and `build/index_bg.wasm`, which wrangler uploads as they are.

use crate::progress::{Estimate, Plan, Step};
use crate::tools::{npm_bin, root, target};
use crate::wasm::{self, Profile, Stamp};
use anyhow::Result;
use std::fs;
use std::path::Path;

const ENTRY: &str = "src/edge/entry.js";

/// Adds the build of the Worker.
pub fn add(plan: &mut Plan, profile: Profile) -> Result<()> {
    let (key, estimate) = match profile {
        Profile::Dev => ("worker-dev", Estimate { first: 60.0, again: 8.0 }),
        Profile::Release => ("worker", Estimate { first: 160.0, again: 10.0 }),
    };
    plan.add(key, "Building the Worker", estimate, move |step| build(step, profile));
    Ok(())
}

fn build(step: &Step, profile: Profile) -> Result<()> {
    let wasm = wasm::compile(step, "edge", profile)?;
    let out = root().join("build");
    let stamp = Stamp::new("worker", profile, &[&wasm, &root().join(ENTRY)])?;
    if stamp.matches(&out.join("index_bg.wasm")) {
        return Ok(());
    }
    let bound = target("edge/bindgen");
    wasm::bind(
        step,
        &wasm,
        &bound,
        &[
            "--target=module",
            "--out-name=index",
            // the entry replaces an instance that a panic has ended
            "--experimental-reset-state-function",
            "--force-enable-abort-handler",
        ],
    )?;
    if profile == Profile::Release {
        wasm::optimize(step, &bound.join("index_bg.wasm"), "-O3")?;
    }
    import_as_module(&bound.join("index.js"))?;
    fs::create_dir_all(&out)?;
    bundle(step, &bound.join("index.js"), &out.join("index.js"), profile)?;
    fs::copy(bound.join("index_bg.wasm"), out.join("index_bg.wasm"))?;
    stamp.write()
}

/// workerd gives a compiled module for a plain import of wasm, and esbuild does not know `import source` yet.
fn import_as_module(js: &Path) -> Result<()> {
    let text = fs::read_to_string(js)?.replace("import source ", "import ");
    Ok(fs::write(js, text)?)
}

/// One file out of our entry and what wasm-bindgen wrote, which the entry imports by the name `apropos-wasm`.
fn bundle(step: &Step, bindings: &Path, out: &Path, profile: Profile) -> Result<()> {
    let mut esbuild = npm_bin("esbuild");
    esbuild
        .arg(ENTRY)
        .args(["--bundle", "--format=esm", "--target=es2022", "--log-level=warning"])
        .args(["--external:./index_bg.wasm", "--external:cloudflare:*"])
        .arg(format!("--alias:apropos-wasm={}", bindings.display()))
        .arg(format!("--outfile={}", out.display()));
    if profile == Profile::Release {
        esbuild.arg("--minify");
    }
    step.run(&mut esbuild)
}
