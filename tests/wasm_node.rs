//! The browser module in node: what needs no page. The shared vectors, replayed here, are what holds all targets to the same decisions.
#![cfg(all(target_arch = "wasm32", feature = "browser"))]

#[path = "common/engine.rs"]
mod engine;
#[path = "common/scenes.rs"]
mod scenes;
#[path = "common/vectors.rs"]
mod vectors;

use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn the_module_tells_its_version() {
    assert_eq!(apropos::browser::version(), env!("CARGO_PKG_VERSION"));
}

#[wasm_bindgen_test]
fn every_vector_is_decided_as_recorded() {
    assert!(vectors::replay() >= 240);
}

#[wasm_bindgen_test]
fn a_page_decides_every_vector_of_its_kind_as_recorded() {
    assert!(vectors::replay_away() >= 8);
}

#[wasm_bindgen_test]
fn the_engine_decides_every_vector_as_recorded() {
    assert!(engine::replay() >= 240);
}

#[wasm_bindgen_test]
fn what_is_left_out_has_its_default() {
    engine::defaults();
}

#[wasm_bindgen_test]
fn mistakes_are_errors_that_name_them() {
    engine::mistakes();
}

#[wasm_bindgen_test]
fn a_text_can_be_checked() {
    engine::checks();
}

#[wasm_bindgen_test]
fn every_scene_looks_as_recorded() {
    assert!(scenes::replay() >= 120);
}
