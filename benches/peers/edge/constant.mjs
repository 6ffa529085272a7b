// The Worker that decides nothing (benches/edge), around its wasm.
import { Constant as Inner, fetch, initSync } from "edge";
import module from "edge/wasm";

initSync({ module });

export class Constant {
  #inner;
  constructor(state, env) {
    this.#inner = new Inner(state, env);
  }
  fetch(request) {
    return this.#inner.fetch(request);
  }
}

export default { fetch: (request, env, context) => fetch(request, env, context) };
