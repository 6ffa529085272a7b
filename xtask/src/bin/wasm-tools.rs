//! wasm-bindgen and its test runner, linked from the lock file that also holds the library: the two must agree to the
//! patch version, and nothing has to be downloaded.
//!
//! - `wasm-tools bindgen ARGS…`: what the `wasm-bindgen` command does;
//! - `wasm-tools test FILE ARGS…`: cargo's runner for tests compiled to wasm.

use anyhow::{Result, bail};
use wasm_bindgen_cli::{wasm_bindgen, wasm_bindgen_test_runner};

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("bindgen") => wasm_bindgen::run_cli_with_args(command("wasm-bindgen", args)),
        Some("test") => {
            wasm_bindgen_test_runner::run_cli_with_args(command("wasm-bindgen-test-runner", args))
        }
        _ => bail!("usage: wasm-tools bindgen|test ARGS…"),
    }
}

/// The arguments as the command line parser expects them: the program's name comes first.
fn command(name: &str, args: impl Iterator<Item = String>) -> impl Iterator<Item = String> {
    std::iter::once(name.to_owned()).chain(args)
}
