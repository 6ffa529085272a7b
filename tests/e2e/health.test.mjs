// The Worker is up, and the harness can hurt it: each fault is seen by the Worker and inside the Durable Object.
import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { startBrowser } from "./browser.mjs";
import { start } from "./harness.mjs";

const app = await start();
after(() => app.stop());
afterEach(() => app.fault("*", "off"));

const BINDINGS = ["KV", "BUCKET", "ASSETS", "EVENTS", "RECIPIENTS", "CAMPAIGNS"];
const call = async (binding, where = "") => (await app.get(`/__call?binding=${binding}${where}`, { within: 1500 })).json();

test("the Worker is healthy", async () => {
  assert.equal((await app.get("/healthz")).status, 200);
});

for (const where of ["", "&in=object"]) {
  const place = where ? "the Durable Object" : "the Worker";

  test(`bindings work in ${place}`, async () => {
    assert.deepEqual(await call("KV", where), { value: null });
    assert.deepEqual(await call("EVENTS", where), { value: "sent" });
    assert.deepEqual(await call("BUCKET", where), { value: null });
  });

  test(`errors reach ${place}`, async () => {
    for (const binding of BINDINGS) {
      await app.fault(binding, "error");
      assert.match((await call(binding, where)).error, new RegExp(`^fault: ${binding}\\.`));
    }
  });

  test(`garbage reaches ${place}`, async () => {
    for (const binding of ["KV", "BUCKET", "ASSETS"]) {
      await app.fault(binding, "garbage");
      assert.match((await call(binding, where)).value, /garbage/);
    }
  });

  test(`hanging storage keeps ${place} waiting`, async () => {
    await app.fault("KV", "hang");
    await assert.rejects(call("KV", where), { name: "TimeoutError" });
    assert.equal((await app.get("/healthz")).status, 200);
  });
}

test("a fault that is off is gone", async () => {
  await app.fault("RECIPIENTS", "error");
  await app.fault("RECIPIENTS", "off");
  assert.deepEqual(await call("RECIPIENTS"), { value: "object" });
});

test("the browser loads the wasm module", async (t) => {
  const browser = await startBrowser();
  t.after(() => browser.stop());
  const { page, errors } = await browser.open(`${app.base}/healthz`);
  const version = await page.evaluate(async () => {
    const module = await import("/pkg/apropos.js");
    await module.default();
    return module.version();
  });
  assert.match(version, /^\d+\.\d+\.\d+$/);
  assert.deepEqual(errors, []);
});
