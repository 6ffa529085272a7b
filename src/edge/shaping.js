// The shaper's module, between the Worker's own and what wasm-bindgen wrote for it (`apropos-shaper` is a name that the build gives to
// that). It is instantiated when the first text needs it: most mails never do.
import module from "./shaper_bg.wasm";
import { initSync, fit as shape, __wbg_reset_state } from "apropos-shaper";

/** Sets a text; `undefined` if that fails. An instance that a panic has ended is replaced by a new one. */
export function fit(job) {
  initSync({ module });
  try {
    return shape(job);
  } catch (error) {
    console.error("shaper:", error);
    __wbg_reset_state();
  }
}
