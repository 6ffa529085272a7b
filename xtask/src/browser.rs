//! The browser modules: `www/pkg/`, the engine that the studio and whoever looks closer import, and `www/painter/`, what draws in the studio.

use crate::progress::{Estimate, Plan, Step};
use crate::tools::root;
use crate::wasm::{self, Profile, Stamp};
use anyhow::Result;

/// Adds the build of both.
pub fn add(plan: &mut Plan, profile: Profile) -> Result<()> {
    let (key, estimate) = match profile {
        Profile::Dev => ("browser-dev", Estimate { first: 40.0, again: 6.0 }),
        Profile::Release => ("browser", Estimate { first: 100.0, again: 8.0 }),
    };
    plan.add(key, "Building the browser modules", estimate, move |step| build(step, profile));
    Ok(())
}

fn build(step: &Step, profile: Profile) -> Result<()> {
    module(step, profile, "browser", "www/pkg", "apropos")?;
    module(step, profile, "painter", "www/painter", "painter")
}

/// The module of a feature, in a folder of that name.
fn module(step: &Step, profile: Profile, feature: &str, folder: &str, name: &str) -> Result<()> {
    let wasm = wasm::compile(step, feature, profile)?;
    let out = root().join(folder);
    let file = out.join(format!("{name}_bg.wasm"));
    let stamp = Stamp::new(feature, profile, &[&wasm])?;
    if stamp.matches(&file) {
        return Ok(());
    }
    wasm::bind(step, &wasm, &out, &["--target=web", &format!("--out-name={name}")])?;
    if profile == Profile::Release {
        wasm::optimize(step, &file, "-Oz")?;
    }
    stamp.write()
}
