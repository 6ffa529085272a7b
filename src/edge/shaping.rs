//! Text that the fast path can't set, handed to the shaper's own module, which `shaping.js` loads the first time.

use crate::render::{Block, Job};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(raw_module = "apropos-shaping")]
extern "C" {
    /// Nothing if the shaper fails, which is told there.
    fn fit(job: &[u8]) -> Option<Vec<u8>>;
}

/// Sets a text in the shaper's module.
pub fn shape(job: &Job<'_>) -> Option<Block> {
    let block = fit(&postcard::to_allocvec(job).ok()?)?;
    postcard::from_bytes(&block).ok()
}
