//! The browser module: `www/pkg/`, an ES module that landing pages and the studio import.

use crate::progress::{Estimate, Plan, Step};
use crate::tools::root;
use crate::wasm::{self, Profile, Stamp};
use anyhow::Result;

/// Adds the build of the browser module.
pub fn add(plan: &mut Plan, profile: Profile) -> Result<()> {
    let (key, estimate) = match profile {
        Profile::Dev => ("browser-dev", Estimate { first: 40.0, again: 6.0 }),
        Profile::Release => ("browser", Estimate { first: 100.0, again: 8.0 }),
    };
    plan.add(key, "Building the browser module", estimate, move |step| build(step, profile));
    Ok(())
}

fn build(step: &Step, profile: Profile) -> Result<()> {
    let wasm = wasm::compile(step, "browser", profile)?;
    let out = root().join("www/pkg");
    let stamp = Stamp::new("browser", profile, &[&wasm])?;
    if stamp.matches(&out.join("apropos_bg.wasm")) {
        return Ok(());
    }
    wasm::bind(step, &wasm, &out, &["--target=web", "--out-name=apropos"])?;
    if profile == Profile::Release {
        wasm::optimize(step, &out.join("apropos_bg.wasm"), "-Oz")?;
    }
    stamp.write()
}
