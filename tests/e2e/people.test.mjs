// What is held of somebody, told and forgotten; and what they say of it themselves, on their own page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, test } from "node:test";
import { startBrowser } from "./browser.mjs";
import { campaign, consenting, importProfiles, publish } from "./campaign.mjs";
import { eventually, start } from "./harness.mjs";
import { token } from "./tokens.mjs";

const PERSON = { headers: { "user-agent": "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17830; Pro)" } };
const app = await start({ vars: { WRITE_KEYS: "key", TOPICS: "tents, <boots>", LEARN_AFTER: "1" } });
after(() => app.stop());
await publish(app, campaign("people", (c) => {
  c.slots.push({ name: "timer", kind: "image", width: 600, height: 100, fallback: "logo", variants: [{ id: "logo", image: "demo/art/wordmark.png", alt: "Shop" }, { id: "clock", alt: "Soon over", countdown: { to: { first_open: "48h" } } }] });
}));

const batch = (calls) => app.get("/v1/batch", { method: "POST", json: { writeKey: "key", batch: calls } });
const held = async (id) => {
  const answer = await app.admin(`/v1/recipients/${encodeURIComponent(id)}`);
  return answer.status === 200 ? answer.json() : undefined;
};
const submit = (who, fields) => app.get(`/u/${who}`, { method: "POST", body: new URLSearchParams(fields).toString(), headers: { "content-type": "application/x-www-form-urlencoded" } });
const allows = { marketing: true, personalization: true, measurement: true };
const consent = async (id) => (await held(id)).profile.consent;

/** Somebody of whom everything is held that can be. */
async function lived(id) {
  await importProfiles(app, consenting(id));
  await batch([
    { type: "identify", userId: id, anonymousId: `${id}-device`, messageId: `${id}-1`, traits: { consent: { email: allows, web: allows } } },
    { type: "track", userId: id, event: "Product Viewed", messageId: `${id}-2`, properties: { category: "tents" } },
    { type: "identify", userId: `${id}-old`, messageId: `${id}-3`, traits: { consent: { email: allows } } },
    { type: "alias", userId: id, previousId: `${id}-old` },
  ]);
  for (const slot of ["hero.png", "cta.png", "timer.gif"]) await app.get(`/o/people/${slot}?r=${token(id)}`, PERSON);
  await batch([{ type: "track", userId: id, event: "Order Completed", messageId: `${id}-4`, properties: { total: 20, order_id: `order-of-${id}` } }]);
}

test("all that is held is told, and after an erasure nothing leads back: not in any table, not in the log", async () => {
  const id = "erika@example.com/1";
  await lived(id);
  const all = await held(id);
  assert.equal(all.id, id);
  assert.equal(all.profile.traits.first_name, "Ana");
  assert.ok(all.shown.length > 0 && all.links.length > 0 && all.first_opens.length > 0, JSON.stringify(all));
  assert.equal(all.shown[0].campaign, "people");
  assert.ok(all.events_known_by_id >= 3);
  assert.equal(all.other_ids.length, 3, "the device, and the older id as a user's and as a device's");
  assert.equal((await held(`${id}-old`)).subject, all.subject, "asked for by another id");
  await eventually(async () => (await app.events()).some((line) => line.subject === all.subject && line.type === "order"));

  const traces = [all.recipient, all.subject, ...all.other_ids];
  const before = JSON.stringify(await app.tables());
  for (const trace of traces) assert.ok(before.includes(trace), trace);
  const erased = await app.admin(`/v1/recipients/${encodeURIComponent(`${id}-old`)}`, { method: "DELETE" });
  assert.deepEqual(await erased.json(), { id: `${id}-old`, erased: true });
  const tables = JSON.stringify(await app.tables());
  for (const trace of traces) assert.ok(!tables.includes(trace), `${trace} is still there`);
  const log = JSON.stringify(await app.events());
  for (const trace of [id, "erika", "Ana", `order-of-${id}`, all.recipient, ...all.other_ids]) assert.ok(!log.includes(trace), `${trace} is in the log`);
  assert.equal(await held(id), undefined);
  assert.deepEqual(await (await app.admin(`/v1/recipients/${encodeURIComponent(id)}`, { method: "DELETE" })).json(), { id, erased: false });
  assert.equal((await app.get(`/o/people/hero.png?r=${token(id)}`, PERSON)).status, 200, "older mails still show something");
  // whoever comes again is a stranger
  await lived(id);
  assert.notEqual((await held(id)).subject, all.subject);
  assert.equal((await app.get("/v1/recipients/anybody")).status, 401);
});

test("one click unsubscribes, by POST alone", async () => {
  await importProfiles(app, consenting("clicker"));
  const path = `/u/${token("clicker")}`;
  for (const method of ["GET", "HEAD"]) assert.equal((await app.get(path, { method })).status, 200);
  assert.equal((await consent("clicker")).email.marketing.granted, true, "a scanner followed the link");
  const answer = await submit(token("clicker"), { "List-Unsubscribe": "One-Click" });
  assert.equal(answer.status, 200);
  assert.equal((await consent("clicker")).email.marketing.granted, false);
  assert.equal((await consent("clicker")).email.personalization.granted, true);
  const line = await eventually(async () => (await app.events()).find(({ type }) => type === "unsubscribe"));
  assert.equal(line.subject, (await held("clicker")).subject);
  for (const who of ["", "x", token("clicker").replace(/.$/, "!")]) assert.ok((await submit(who, { "List-Unsubscribe": "One-Click" })).status === 404, who);
});

test("what is ticked off counts in mails that were already sent", async () => {
  await importProfiles(app, consenting("leaver"));
  const who = token("leaver");
  await app.get(`/o/people/hero.png?r=${who}`, PERSON);
  assert.ok((await held("leaver")).shown.length === 1);
  assert.equal((await submit(who, { action: "save", "email.marketing": "on", "sms.marketing": "on", topic: "tents", weekly: "3", pause: "30" })).status, 200);
  const { consent: words, preferences } = (await held("leaver")).profile;
  assert.deepEqual([words.email.marketing.granted, words.email.personalization.granted, words.email.measurement.granted], [true, false, false]);
  assert.equal(words.sms.marketing.granted, true);
  assert.equal(words.web, undefined, "what nobody touched stays unasked");
  assert.deepEqual([preferences.topics, preferences.weekly], [{ tents: true }, 3]);
  assert.ok(preferences.paused_until > new Date().toISOString());
  const before = (await app.events()).length;
  const { subject } = await held("leaver");
  await app.get(`/o/people/hero.png?r=${who}`, PERSON);
  const landing = await app.get(`/c/people/hero?r=${who}`, PERSON);
  assert.equal(landing.headers.get("location"), "https://shop.example/default");
  assert.deepEqual((await held("leaver")).links, [], "what was promised is forgotten");
  assert.ok((await app.events()).length >= before);
  assert.equal((await app.events()).filter((line) => line.subject === subject).length, 1);
  await submit(who, { action: "save", "email.marketing": "on", pause: "0", weekly: "0" });
  const later = (await held("leaver")).profile;
  assert.equal(later.consent.sms.marketing.granted, false);
  assert.equal(later.preferences.topics.tents, false);
  await submit(who, { action: "unsubscribe" });
  assert.deepEqual(Object.values((await held("leaver")).profile.consent).map(({ marketing }) => marketing.granted), [false, false, false]);
  assert.equal((await submit(who, { action: "erase" })).status, 200);
  assert.ok(await held("leaver"), "the box wasn't ticked");
  await submit(who, { action: "erase", sure: "yes" });
  assert.equal(await held("leaver"), undefined);
});

test("what nobody needs any more is forgotten by itself", async () => {
  const DAY = 86_400_000;
  const at = (days) => new Date(Date.now() - days * DAY).toISOString();
  const exposure = (days) => ({ campaign: 7, at: at(days), counted: true, sight: "forgotten", discount: 0, probability: 1 });
  await importProfiles(app, consenting("idle", { exposures: [exposure(29), exposure(27)] }));
  await app.get(`/o/people/hero.png?r=${token("idle")}`, PERSON);
  const order = { type: "track", userId: "idle", event: "Order Completed", messageId: "idle-1", properties: { total: 1 } };
  await batch([order]);
  const before = await held("idle");
  await app.alarm(6 * DAY);
  const soon = await held("idle");
  assert.deepEqual([soon.shown.length, soon.events_known_by_id, soon.links.length], [before.shown.length - 1, 1, before.links.length]);
  await app.alarm(2 * DAY);
  assert.equal((await held("idle")).events_known_by_id, 0, "8 days later");
  assert.equal((await held("idle")).links.length, before.links.length);
  await app.alarm(400 * DAY);
  assert.equal((await held("idle")).links.length, 0);
  assert.equal((await held("idle")).profile.purchases.count, 1);
});

test("the page works in every language, without script, on a phone, and for those who can't see it", async (t) => {
  await importProfiles(app, consenting("reader", { traits: { first_name: "<b>Ana", language: "hr" } }));
  const path = `/u/${token("reader")}`;
  await app.get(`/o/people/hero.png?r=${token("reader")}`, PERSON);
  const known = await (await app.get(path)).text();
  assert.match(known, /<html lang="hr">/, "what is known of the reader");
  const answer = await app.get(path, { headers: { "accept-language": "xx, de-AT;q=0.8" } });
  assert.match(answer.headers.get("content-security-policy"), /default-src 'none'/);
  assert.equal(answer.headers.get("referrer-policy"), "no-referrer");
  assert.equal(answer.headers.get("cache-control"), "no-store");
  assert.ok(known.includes("&lt;boots&gt;") && !known.includes("<boots>") && !known.includes("<script"));
  const file = await app.get(`${path}/data.json`);
  assert.match(file.headers.get("content-disposition"), /attachment/);
  assert.equal((await file.json()).profile.traits.first_name, "<b>Ana");

  const browser = await startBrowser();
  t.after(() => browser.stop());
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const page = await browser.context.newPage();
  for (const [language, width] of [["en", 1000], ["de", 390], ["fr", 390], ["es", 390], ["it", 390], ["hr", 1000]]) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${app.base}${path}?lang=${language}`);
    assert.equal(await page.evaluate("document.documentElement.lang"), language);
    assert.ok(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), `${language} at ${width}`);
    const { violations } = await page.evaluate(`${axe}; axe.run()`);
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes[0].html]), [], language);
    if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/preferences-${language}.png`, fullPage: true });
  }
  await page.goto(`${app.base}${path}?lang=en`);
  await page.getByLabel("Measurement: E-mail").uncheck();
  await page.getByLabel("tents").check();
  await page.getByRole("button", { name: "Save" }).click();
  assert.match(await page.getByRole("status").textContent(), /Saved/);
  assert.equal((await consent("reader")).email.measurement.granted, false);
  assert.equal((await held("reader")).profile.preferences.topics.tents, true);
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/preferences-saved.png` });
});
