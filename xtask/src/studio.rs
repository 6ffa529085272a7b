//! The studio: `www/studio/build.mjs` type-checks and bundles it into `www/studio/dist/`. Its engine is the browser module's.

use crate::progress::{Estimate, Plan};
use crate::tools::npm_bin;
use crate::wasm::Profile;

/// Adds the build of it.
pub fn add(plan: &mut Plan, profile: Profile) {
    plan.add("studio", "Building the studio", Estimate { first: 5.0, again: 5.0 }, move |step| {
        let mut build = npm_bin("node");
        build.arg("www/studio/build.mjs");
        if profile == Profile::Dev {
            build.arg("--dev");
        }
        step.run(&mut build)
    });
}
