// Starts the built Worker in real workerd, on loopback, with empty state of its own that goes away with it.
//
// The configuration is the product's wrangler.toml; only the entry (faults-entry.mjs), the secrets and the missing build step
// differ. `cargo xtask test` builds first; to run one file alone: `cargo xtask build`, then `npx node --test FILE`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// before wrangler is loaded: no telemetry, no update check, no sample `cf` from the network
Object.assign(process.env, {
  CI: "1",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_WRITE_LOGS: "false",
});
const { unstable_startWorker } = await import("wrangler");

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What the Worker under test is given instead of real secrets. */
export const SECRETS = {
  ADMIN_SECRET: "test-admin-secret",
  TOKEN_KEYS: JSON.stringify([{ id: 1, key: "A".repeat(43) }]),
  RECIPIENT_SECRET: "1".repeat(64),
};

/**
 * Starts a Worker. `vars` are added to or replace those of wrangler.toml.
 *
 * Use it as `const app = await start(); after(() => app.stop());`
 */
export async function start({ vars = {} } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "apropos-e2e-"));
  const worker = await unstable_startWorker({
    config: join(root, "wrangler.toml"),
    entrypoint: join(root, "tests/e2e/faults-entry.mjs"),
    build: { custom: { command: "" } },
    envFiles: ["/dev/null"], // not the developer's .dev.vars
    bindings: plainText({ ...SECRETS, ...vars }),
    dev: {
      server: { hostname: "127.0.0.1", port: 0 },
      inspector: false,
      persist: join(folder, "state"),
      registry: join(folder, "registry"),
      watch: false,
      logLevel: process.env.E2E_LOG ?? "none", // what the Worker logs too: its errors are often the point of a test
    },
  });
  await worker.ready;
  const base = (await worker.url).origin;
  return {
    base,
    get: (path, options) => request(base, path, options),
    admin: (path, options = {}) => request(base, path, { ...options, headers: { ...bearer(), ...options.headers } }),
    fault: (binding, mode) => request(base, `/__fault?binding=${encodeURIComponent(binding)}&mode=${mode}`),
    events: async () => (await (await request(base, "/__events")).text()).split("\n").filter(Boolean).map((line) => JSON.parse(line)),
    bucket: async (prefix) => (await request(base, `/__bucket?prefix=${encodeURIComponent(prefix)}`)).json(),
    tables: async () => (await request(base, "/__tables")).json(),
    record: async (query = "") => (await request(base, `/__record${query}`)).json(),
    stored: async (key) => (await request(base, `/__read?key=${encodeURIComponent(key)}`)).text(),
    alarm: (age) => request(base, `/__alarm?age=${age}`),
    outside: (pages) => request(base, "/__outside", { method: "PUT", json: pages }),
    cron: (pattern) => request(base, `/cdn-cgi/local/scheduled?cron=${encodeURIComponent(pattern)}`),
    stop: async () => {
      await worker.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Repeats `probe` until it gives something truthy, which is returned; for what happens out of the request's path. */
export async function eventually(probe, { within = 10_000, every = 100 } = {}) {
  const deadline = Date.now() + within;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`still not so after ${within} ms: ${probe}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

/**
 * A request that is not redirected. `cf` is where it comes from, as Cloudflare would say (`{ country: "ZA", … }`); `json` is
 * sent as the body; `within` ends it after so many milliseconds.
 */
function request(base, path, { cf, json, headers = {}, within = 30_000, ...init } = {}) {
  const all = { ...headers };
  // without clientAcceptEncoding the local runtime may compress what it forwards
  if (cf) all["MF-CF-Blob"] = JSON.stringify({ clientAcceptEncoding: "", ...cf });
  if (json !== undefined) all["content-type"] ??= "application/json";
  const body = json === undefined ? init.body : JSON.stringify(json);
  return fetch(base + path, { redirect: "manual", signal: AbortSignal.timeout(within), ...init, body, headers: all });
}

const bearer = () => ({ authorization: `Bearer ${SECRETS.ADMIN_SECRET}` });

const plainText = (vars) =>
  Object.fromEntries(Object.entries(vars).map(([name, value]) => [name, { type: "plain_text", value }]));
