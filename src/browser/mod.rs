//! The browser: the core behind three small JavaScript interfaces, each a wasm module of its own. This room only translates; what it decides is what every other target decides for the
//! same inputs.
//!
//! | file | module | what it is for |
//! |---|---|---|
//! | `page` | `www/engine` | landing pages: decides by a published bundle, and is small |
//! | `studio` | `www/pkg` | the studio and whoever looks closer: reads campaigns, checks them, explains decisions |
//! | `painter` | `www/painter` | the studio: draws what was decided, to the byte as mails show it |

#[cfg(feature = "page")]
pub mod page;
#[cfg(feature = "painter")]
pub mod painter;
#[cfg(any(feature = "browser", feature = "painter"))]
mod picture;
#[cfg(feature = "browser")]
mod studio;

#[cfg(feature = "browser")]
pub use studio::{Engine, check, model, opener, providers, signals};

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of the engine behind this module.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
