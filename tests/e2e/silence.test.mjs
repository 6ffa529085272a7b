// A mail that was left empty: for all its images, for as long as a choice holds, and never counted as something shown.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { campaign, consenting, importProfiles, publish } from "./campaign.mjs";
import { eventually, start } from "./harness.mjs";
import { token } from "./tokens.mjs";

const PERSON = { headers: { "user-agent": "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17830; Pro)" } };
const APPLE = { headers: { "user-agent": "Mozilla/5.0" }, cf: { asn: 714, country: "DE", timezone: "Europe/Berlin" } };

const app = await start();
after(() => app.stop());

/** A campaign that leaves recent buyers alone and draws nothing by chance. */
const restrained = (id) => campaign(id, (c) => {
  c.guardrails = { recent_purchase: { within: "30d" }, frequency: [{ across: "all", max: 1, window: "7d" }] };
});
const ago = (days) => new Date(Date.now() - days * 86_400_000).toISOString();
const buyer = (id, days) => consenting(id, { purchases: { count: 2, value: 100, last: ago(days) } });
/** The width of an image, from its PNG header. */
const width = async (path, options = PERSON) => Buffer.from(await (await app.get(path, options)).arrayBuffer()).readUInt32BE(16);
const ask = async (id, name) => (await app.admin("/v1/decide", { method: "POST", json: { campaign: name, recipient: id, request: {} } })).json();
/** A signal as the next decision sees it; the log has it too, but later. */
const signal = async (id, slot, name, key) => {
  await app.get(`/o/${name}/${slot}.png?r=${token(id)}`, PERSON);
  return eventually(async () => (await app.events()).filter((line) => line.campaign === name).at(-1)?.signals[key]);
};

test("it stays empty for every image, whatever becomes known of the person", async () => {
  await publish(app, restrained("empty"));
  await importProfiles(app, buyer("bought", 1));
  assert.equal(await width(`/o/empty/hero.png?r=${token("bought")}`), 1, "a recent buyer is left alone");
  await app.get(`/c/empty/hero?r=${token("bought")}`, PERSON);
  const known = { ...buyer("bought", 90), browsing: { product_views: 9, last_visit: ago(0.1) }, cart: { value: 80, items: 1 } };
  await importProfiles(app, known, { ...known, id: "fresh" });
  assert.equal(await width(`/o/empty/cta.png?r=${token("bought")}`), 1);
  assert.equal(await width(`/o/empty/hero.png?r=${token("bought")}`), 1);
  assert.equal((await ask("bought", "empty")).cause, "held");
  assert.equal(await width(`/o/empty/cta.png?r=${token("fresh")}`), 1200, "somebody new of whom the same is known sees it");
});

test("no cap counts it", async () => {
  for (const name of ["short", "next"]) await publish(app, restrained(name));
  await importProfiles(app, buyer("patient", 1));
  for (const slot of ["hero", "cta", "hero"]) assert.equal(await width(`/o/short/${slot}.png?r=${token("patient")}`), 1);
  await importProfiles(app, buyer("patient", 90));
  // the cap of one message across all campaigns is not used up
  assert.equal(await width(`/o/next/hero.png?r=${token("patient")}`), 1200);
});

test("a person's look at it is one open, however many images and whoever came before", async () => {
  for (const name of ["looked", "looked-too", "after"]) await publish(app, restrained(name));
  await importProfiles(app, buyer("reader", 1));
  const images = (name, options) => Promise.all(["hero", "cta", "hero", "cta"].map((slot) => width(`/o/${name}/${slot}.png?r=${token("reader")}`, options)));
  assert.deepEqual(await images("looked", APPLE), [1, 1, 1, 1], "a prefetch is no open");
  assert.deepEqual(await images("looked"), [1, 1, 1, 1]);
  assert.deepEqual(await images("looked"), [1, 1, 1, 1]);
  assert.ok(Math.abs((await signal("reader", "hero", "after", "opens")) - 1) < 0.01, "one mail");
  assert.deepEqual(await images("looked-too"), [1, 1, 1, 1]);
  const { signals } = await eventually(async () => {
    await app.get(`/o/after/cta.png?r=${token("reader")}`, PERSON);
    const last = (await app.events()).filter((line) => line.campaign === "after").at(-1);
    return last?.signals.opens > 2.5 && last;
  });
  assert.ok(Math.abs(signals.opens - 3) < 0.01, `the second mail, and the one that tells of it: ${signals.opens}`);
});
