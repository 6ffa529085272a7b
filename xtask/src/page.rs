//! Landing pages: the engine in `www/engine/`, and the script around it, which `www/page/build.mjs` type-checks and bundles into `www/apropos.js` and `www/apropos/`.

use crate::progress::{Estimate, Plan, Step};
use crate::tools::{npm_bin, root};
use crate::wasm::{self, Profile, Stamp};
use anyhow::Result;

/// Adds the build of both. The script comes second: it asks for the engine by a name that says which.
pub fn add(plan: &mut Plan, profile: Profile) -> Result<()> {
    let (key, estimate) = match profile {
        Profile::Dev => ("page-dev", Estimate { first: 30.0, again: 4.0 }),
        Profile::Release => ("page", Estimate { first: 80.0, again: 5.0 }),
    };
    plan.add(key, "Building the engine of landing pages", estimate, move |step| engine(step, profile));
    plan.add(
        "script",
        "Building the landing-page script",
        Estimate { first: 3.0, again: 3.0 },
        move |step| {
            let mut build = npm_bin("node");
            build.arg("www/page/build.mjs");
            if profile == Profile::Dev {
                build.arg("--dev");
            }
            step.run(&mut build)
        },
    );
    Ok(())
}

fn engine(step: &Step, profile: Profile) -> Result<()> {
    let wasm = wasm::compile_page(step, profile)?;
    let out = root().join("www/engine");
    let stamp = Stamp::new("page", profile, &[&wasm])?;
    if stamp.matches(&out.join("engine_bg.wasm")) {
        return Ok(());
    }
    wasm::bind(step, &wasm, &out, &["--target=web", "--out-name=engine"])?;
    if profile == Profile::Release {
        wasm::optimize(step, &out.join("engine_bg.wasm"), "-Oz")?;
    }
    stamp.write()
}
