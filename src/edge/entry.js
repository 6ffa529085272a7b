// The Worker's entry: what Cloudflare calls, around the exports of the wasm module (`apropos-wasm` is a name that the
// build gives to wasm-bindgen's output).
//
// A Rust panic ends the whole wasm instance. Three things follow, and this file is where they are kept:
//   - calls in flight on that instance can never finish, so they fail at once instead of hanging;
//   - the next call gets a fresh instance, and Durable Objects build their Rust half anew;
//   - a mail shows an image and a click lands somewhere, whatever happened.
//
// A Durable Object class needs a line at the end of this file and its entry in wrangler.toml.
import * as wasm from "apropos-wasm";

// Shared with the panic hook of the `worker` crate, which sets `criticalError`; `instanceId` counts instances.
const state = wasm.__worker_init_state();

/** How to fail each call in flight on the present instance. */
const inFlight = new Set();

// Before the first request, in start-up's own processor time. Whatever fails here will fail again where it is looked after.
try {
  wasm.prewarm();
} catch (error) {
  console.error("prewarm:", error);
}

function replaceEndedInstance() {
  if (!state.criticalError) return;
  instanceEnded();
  wasm.__wbg_reset_state();
  state.criticalError = false;
}

function instanceEnded() {
  state.criticalError = true;
  for (const fail of inFlight) fail(new Error("the wasm instance ended"));
  inFlight.clear();
}

// A trap while a Rust future is polled surfaces here and nowhere else: polling is a microtask of its own. Nothing else in this
// bundle runs outside a promise, and an exception that passes through Rust frames has ended the instance as surely as a panic.
addEventListener("error", instanceEnded);

/** Calls into wasm. `start` returns a promise, or throws if the call trapped right away. */
function call(start) {
  return new Promise((resolve, reject) => {
    replaceEndedInstance();
    inFlight.add(reject);
    const settle = (how) => (value) => {
      inFlight.delete(reject);
      how(value);
    };
    try {
      start().then(settle(resolve), settle(reject));
    } catch (error) {
      instanceEnded();
      reject(error);
    }
  });
}

// One transparent pixel of each type; JPEG knows no transparency, so there it is white.
const PIXELS = {
  png: ["image/png", "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAen63NgAAAAASUVORK5CYII="],
  gif: ["image/gif", "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"],
  jpg: ["image/jpeg", "/9j/4AAQSkZJRgABAQAAAQABAAD/4gHYSUNDX1BST0ZJTEUAAQEAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAAAABhY3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAAABR3dHB0AAABUAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAMZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADb/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////////////////////////////////////////////2wBDAVVaWnhpeOuCguv/////////////////////////////////////////////////////////////////////////wAARCAABAAEDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAT/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/ALQAf//Z"],
};

/** What to answer when the engine itself could not. */
function lastResort(request, env) {
  const { pathname } = new URL(request.url);
  const reads = request.method === "GET" || request.method === "HEAD";
  if (reads && pathname.startsWith("/o/")) return pixel(request, pathname);
  if (reads && pathname.startsWith("/c/")) return redirect(request, env);
  return Response.json({ error: "internal error" }, { status: 500, headers: { "cache-control": "no-store" } });
}

function pixel(request, pathname) {
  const extension = pathname.slice(pathname.lastIndexOf(".") + 1).toLowerCase();
  const [type, base64] = PIXELS[extension === "jpeg" ? "jpg" : extension] ?? PIXELS.png;
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  return new Response(request.method === "HEAD" ? null : bytes, {
    headers: { "content-type": type, "content-length": String(bytes.length), "cache-control": "no-store" },
  });
}

function redirect(request, env) {
  const location = new URL(env.FALLBACK_URL || "/", request.url).href;
  return new Response(null, { status: 302, headers: { location, "cache-control": "no-store" } });
}

export default {
  async fetch(request, env, ctx) {
    try {
      return await call(() => wasm.fetch(request, env, ctx));
    } catch (error) {
      console.error("fetch:", error);
      return lastResort(request, env);
    }
  },

  // Both throw on failure: Cloudflare then delivers the batch again, and marks the cron run as failed.
  queue: (batch, env, ctx) => call(() => wasm.queue(batch, env, ctx)),
  scheduled: (event, env, ctx) => call(() => wasm.scheduled(event, env, ctx)),
};

/** A Durable Object class around the Rust one of that name. */
function durableObject(name) {
  return class {
    #state;
    #env;
    #inner;
    #instance;

    constructor(state, env) {
      this.#state = state;
      this.#env = env;
    }

    /** The Rust half, of the present instance. What it kept in memory is gone after a panic; storage is not. */
    #current() {
      replaceEndedInstance();
      if (this.#instance !== state.instanceId) {
        this.#inner = new wasm[name](this.#state, this.#env);
        this.#instance = state.instanceId;
      }
      return this.#inner;
    }

    fetch(request) {
      return call(() => this.#current().fetch(request));
    }

    alarm() {
      return call(() => this.#current().alarm());
    }
  };
}

export const Recipients = durableObject("Recipients");
export const Campaigns = durableObject("Campaigns");
export const Register = durableObject("Register");
