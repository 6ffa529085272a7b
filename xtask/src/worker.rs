//! The Worker: `build/index.js`, `build/index_bg.wasm` and `build/shaper_bg.wasm`, which wrangler uploads as they are. The shaper is a module of
//! its own, which `index.js` instantiates when a text needs it.

use crate::progress::{Estimate, Plan, Step};
use crate::tools::{npm_bin, root, target};
use crate::wasm::{self, Profile, Stamp};
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};

const ENTRY: &str = "src/edge/entry.js";
const SHAPING: &str = "src/edge/shaping.js";

/// Adds the build of the Worker.
pub fn add(plan: &mut Plan, profile: Profile) -> Result<()> {
    let (key, estimate) = match profile {
        Profile::Dev => ("worker-dev", Estimate { first: 90.0, again: 9.0 }),
        Profile::Release => ("worker", Estimate { first: 240.0, again: 12.0 }),
    };
    plan.add(key, "Building the Worker", estimate, move |step| build(step, profile));
    Ok(())
}

fn build(step: &Step, profile: Profile) -> Result<()> {
    let wasm = wasm::compile(step, "edge", profile)?;
    let shaper = wasm::compile(step, "shaper", profile)?;
    let out = root().join("build");
    let inputs = [&wasm, &shaper, &root().join(ENTRY), &root().join(SHAPING)];
    let stamp = Stamp::new("worker", profile, &inputs.map(PathBuf::as_path))?;
    if stamp.matches(&out.join("index_bg.wasm")) && out.join("shaper_bg.wasm").exists() {
        return Ok(());
    }
    let shaper = bind_shaper(step, &shaper, profile)?;
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
    bundle(step, &bound.join("index.js"), &shaper.join("shaper.js"), &out.join("index.js"), profile)?;
    fs::copy(bound.join("index_bg.wasm"), out.join("index_bg.wasm"))?;
    fs::copy(shaper.join("shaper_bg.wasm"), out.join("shaper_bg.wasm"))?;
    stamp.write()
}

/// The folder with the shaper's module and its JavaScript, of the kind that is told which module to instantiate, and when.
fn bind_shaper(step: &Step, wasm: &Path, profile: Profile) -> Result<PathBuf> {
    let bound = target("shaper/bindgen");
    let flags = ["--target=web", "--out-name=shaper", "--experimental-reset-state-function"];
    wasm::bind(step, wasm, &bound, &flags)?;
    if profile == Profile::Release {
        wasm::optimize(step, &bound.join("shaper_bg.wasm"), "-Oz")?;
    }
    Ok(bound)
}

/// workerd gives a compiled module for a plain import of wasm, and esbuild does not know `import source` yet.
fn import_as_module(js: &Path) -> Result<()> {
    let text = fs::read_to_string(js)?.replace("import source ", "import ");
    Ok(fs::write(js, text)?)
}

/// One file out of our entry and what wasm-bindgen wrote, which the entry imports by the name `apropos-wasm`, and the shaper by two.
fn bundle(step: &Step, bindings: &Path, shaper: &Path, out: &Path, profile: Profile) -> Result<()> {
    let mut esbuild = npm_bin("esbuild");
    esbuild
        .arg(ENTRY)
        .args(["--bundle", "--format=esm", "--target=es2022", "--log-level=warning"])
        .args(["--external:./index_bg.wasm", "--external:./shaper_bg.wasm", "--external:cloudflare:*"])
        .arg(format!("--alias:apropos-wasm={}", bindings.display()))
        .arg(format!("--alias:apropos-shaping={}", root().join(SHAPING).display()))
        .arg(format!("--alias:apropos-shaper={}", shaper.display()))
        .arg(format!("--outfile={}", out.display()));
    if profile == Profile::Release {
        esbuild.arg("--minify");
    }
    step.run(&mut esbuild)
}
