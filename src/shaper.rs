//! The shaper as a wasm module of its own, which the Worker loads when a text needs it: one function, bytes in and bytes out.
//!
//! `edge::shaping` calls it. It holds nothing from one call to the next.

use crate::render::{Job, shape};
use wasm_bindgen::prelude::wasm_bindgen;

/// Sets the text of a [`Job`]; `None` if the bytes are none, or its fonts can't be read.
#[wasm_bindgen]
#[must_use]
pub fn fit(job: &[u8]) -> Option<Vec<u8>> {
    let job: Job<'_> = postcard::from_bytes(job).ok()?;
    postcard::to_allocvec(&shape(&job)?).ok()
}
