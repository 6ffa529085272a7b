//! Landing pages: the core behind a small wasm interface.

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of the engine behind this module.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
