//! The browser module in node: what needs no page.
#![cfg(all(target_arch = "wasm32", feature = "browser"))]

use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn the_module_tells_its_version() {
    assert_eq!(apropos::browser::version(), env!("CARGO_PKG_VERSION"));
}
