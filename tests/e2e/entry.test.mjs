// The Worker's entry when the engine ends under it: an image is an image, a click lands, and the next request works.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { startBrowser } from "./browser.mjs";
import { campaign, publish } from "./campaign.mjs";
import { start } from "./harness.mjs";
import { token } from "./tokens.mjs";

const app = await start();
after(() => app.stop());
before(() => publish(app, campaign("spring"))); // so that requests come far enough to meet the trap
afterEach(() => app.fault("*", "off"));

const TYPES = { png: "image/png", gif: "image/gif", jpg: "image/jpeg", jpeg: "image/jpeg" };

test("an image request gets a pixel of its own type", async () => {
  for (const [extension, type] of Object.entries(TYPES)) {
    await app.fault("*", "trap");
    const response = await app.get(`/o/spring/hero.${extension}?r=${token("ana")}`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), type);
    assert.equal(response.headers.get("cache-control"), "no-store");
    const size = (await response.arrayBuffer()).byteLength;
    assert.ok(size > 20 && size < 1000, `a pixel, not the fallback (${size} bytes)`);
  }
});

test("a HEAD request gets the same without a body", async () => {
  await app.fault("*", "trap");
  const response = await app.get(`/o/spring/hero.png?r=${token("ana")}`, { method: "HEAD" });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "image/png");
});

test("the pixels decode in a browser", async (t) => {
  const browser = await startBrowser();
  t.after(() => browser.stop());
  const { page } = await browser.open(`${app.base}/healthz`);
  await app.fault("*", "trap");
  for (const extension of ["png", "gif", "jpg"]) {
    const size = await page.evaluate(async (src) => {
      const image = new Image();
      image.src = src;
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    }, `/o/spring/hero.${extension}?r=${token("ana")}`);
    assert.deepEqual(size, [1, 1]);
  }
});

test("a click lands at the fallback", async () => {
  await app.fault("*", "trap");
  const response = await app.get(`/c/spring/hero?r=${token("ana")}`);
  assert.equal(response.status, 302);
  assert.equal(response.headers.get("location"), `${app.base}/`);
});

test("anything else is an honest 500, and the next request works", async () => {
  await app.fault("*", "trap");
  const response = await app.get("/no/such/page");
  assert.equal(response.status, 500);
  assert.deepEqual(await response.json(), { error: "internal error" });
  await app.fault("*", "off");
  assert.equal((await app.get("/healthz")).status, 200);
  assert.equal((await app.get("/no/such/page")).status, 404);
});

test("calls in flight fail with the instance, at once", async () => {
  await app.fault("*", "hang");
  const hanging = app.get(`/o/spring/hero.png?r=${token("ana")}`, { within: 5000 });
  await new Promise((resolve) => setTimeout(resolve, 300));
  await app.fault("*", "trap");
  await app.get("/no/such/page");
  assert.equal((await hanging).headers.get("content-type"), "image/png");
});
