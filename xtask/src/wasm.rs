//! From Rust to a wasm module with its JavaScript: compile, bind, optimise. The Worker and the browser module differ in
//! features and flags only.

use crate::progress::Step;
use crate::tools::{self, npm_bin, root, target};
use anyhow::{Context, Result};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// The one target of both modules.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// How much care is taken with the output.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Soon there: little optimisation, no wasm-opt.
    Dev,
    /// Small and fast.
    Release,
}

impl Profile {
    /// Cargo's profile for what is fast in the Worker, and the folder that it fills.
    const fn of_cargo(self) -> (&'static str, &'static str) {
        match self {
            Self::Dev => ("dev", "debug"),
            Self::Release => ("wasm", "wasm"),
        }
    }
}

/// Compiles the product with the feature that makes a module: also the name of its folder below `target/`.
pub fn compile(step: &Step, feature: &str, profile: Profile) -> Result<PathBuf> {
    compile_package(step, "apropos", Some(feature), feature, profile)
}

/// The same for the engine of landing pages, which has a profile of its own: everybody who comes by fetches it.
pub fn compile_page(step: &Step, profile: Profile) -> Result<PathBuf> {
    let names = if profile == Profile::Release { ("page", "page") } else { profile.of_cargo() };
    compile_as(step, ("apropos", Some("page")), "page", names)
}

/// Compiles the library of a package into `target/{folder}`.
pub fn compile_package(
    step: &Step,
    package: &str,
    feature: Option<&str>,
    folder: &str,
    profile: Profile,
) -> Result<PathBuf> {
    compile_as(step, (package, feature), folder, profile.of_cargo())
}

fn compile_as(
    step: &Step,
    (package, feature): (&str, Option<&str>),
    folder: &str,
    (name, output): (&str, &str),
) -> Result<PathBuf> {
    // `rustc --crate-type cdylib`: with the rlib also wanted, cargo would silently leave out LTO
    step.run(
        tools::cargo()
            .args(["rustc", "--locked", "-p", package, "--lib", "--crate-type", "cdylib", "--profile", name])
            .args(["--target", TARGET, "--no-default-features"])
            .args(feature.iter().flat_map(|feature| ["--features", feature]))
            .arg("--target-dir")
            .arg(target(folder))
            .args(["--", INLINE_LESS])
            .env("WASM_BINDGEN_USE_JS_SYS", "1")
            .envs(DEV_BUILD),
    )?;
    Ok(target(folder).join(TARGET).join(output).join(format!("{}.wasm", package.replace('-', "_"))))
}

/// Inlining by LLVM's usual measure (275) makes the Worker a seventh larger, and start-up time grows with size.
const INLINE_LESS: &str = "-Cllvm-args=-inline-threshold=50";

/// The dev profile as wasm wants it: names of functions are enough for a trace, and unoptimised drawing would be too slow.
pub const DEV_BUILD: [(&str, &str); 2] =
    [("CARGO_PROFILE_DEV_DEBUG", "false"), ("CARGO_PROFILE_DEV_OPT_LEVEL", "1")];

/// Writes the JavaScript for `wasm` and the wasm it loads into `out`.
pub fn bind(step: &Step, wasm: &Path, out: &Path, flags: &[&str]) -> Result<()> {
    if out.exists() {
        fs::remove_dir_all(out)?;
    }
    let mut command = tools::here(tools_binary());
    step.run(command.arg("bindgen").arg(wasm).arg("--out-dir").arg(out).arg("--no-typescript").args(flags))
}

/// Where setup put the wasm tools.
pub fn tools_binary() -> PathBuf {
    target("tools/debug/wasm-tools")
}

/// What rustc enables for the target, and `.cargo/config.toml` besides; wasm-opt must be told.
const WASM_FEATURES: [&str; 8] = [
    "--enable-mutable-globals",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-reference-types",
    "--enable-exception-handling",
    "--enable-simd",
];

/// Optimises a module in place.
pub fn optimize(step: &Step, wasm: &Path, level: &str) -> Result<()> {
    step.run(npm_bin("wasm-opt").arg(wasm).arg("-o").arg(wasm).arg(level).args(WASM_FEATURES))
}

/// Remembers what an output was made of, since binding and optimising take longer than compiling nothing.
pub struct Stamp {
    path: PathBuf,
    of: String,
}

impl Stamp {
    /// Of an output called `name`, made from these files with this profile.
    pub fn new(name: &str, profile: Profile, inputs: &[&Path]) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        profile.hash(&mut hasher);
        // the versions of wasm-opt, esbuild and wasm-bindgen
        for file in [root().join("package-lock.json"), root().join("Cargo.lock")] {
            fs::read(file)?.hash(&mut hasher);
        }
        for file in inputs {
            fs::read(file).with_context(|| format!("cannot read {}", file.display()))?.hash(&mut hasher);
        }
        Ok(Self { path: target(&format!("{name}.stamp")), of: format!("{:016x}", hasher.finish()) })
    }

    /// Whether `output` is there and made of the same.
    pub fn matches(&self, output: &Path) -> bool {
        output.exists() && fs::read_to_string(&self.path).is_ok_and(|of| of == self.of)
    }

    /// To be called once the output is complete.
    pub fn write(&self) -> Result<()> {
        Ok(fs::write(&self.path, &self.of)?)
    }
}
