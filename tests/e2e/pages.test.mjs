// Landing pages, as the Worker serves them: bundles, the token of a click, what is told of whoever brings it, and what pages tell was shown. The engine runs here in node, from the very
// files that a browser gets; the script around it has tests of its own (landing.test.mjs).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import initialize, { Page } from "../../www/engine/engine.js";
import { campaign, consenting, importProfiles, publish } from "./campaign.mjs";
import { eventually, start } from "./harness.mjs";
import { token } from "./tokens.mjs";

const SHOP = "https://shop.example";
const READER = { "user-agent": "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17830; Pro)" };
const BROWSER = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", origin: SHOP };
const CRAWLER = { ...BROWSER, "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)" };

await initialize({ module_or_path: readFileSync(new URL("../../www/engine/engine_bg.wasm", import.meta.url)) });
const app = await start({ vars: { PAGE_ORIGINS: SHOP, PAGE_WRITE_KEYS: "page-key" } });
after(() => app.stop());
await publish(app, campaign("paged"));
await importProfiles(app, consenting("ana"), { id: "silent" });

const bytes = async (answer) => new Uint8Array(await answer.arrayBuffer());
const bundle = async (id = "paged") => bytes(await app.get(`/p/${id}`));
/** Follows a link of the mail as a person; the landing, and the token that it was given. */
async function click(id, slot = "hero", headers = BROWSER) {
  const answer = await app.get(`/c/paged/${slot}?r=${token(id)}`, { headers });
  const landing = new URL(answer.headers.get("location"));
  const visit = landing.searchParams.get("apropos");
  landing.searchParams.delete("apropos");
  return { landing: landing.href, visit };
}
const visit = (token, personal, headers = BROWSER) =>
  app.get("/p/paged/visit", { method: "POST", body: JSON.stringify({ token, personal }), headers: { "content-type": "text/plain", ...headers } });
/** A page on which the visitor allows everything, or nothing. */
async function arrive(allows = true) {
  const page = new Page(await bundle());
  page.place("Europe/Zagreb", 60, "hr,en", BROWSER["user-agent"]);
  page.consent(allows, allows, false, Date.now());
  return page;
}
const decide = (page) => JSON.parse(page.decide(Date.now()));
const shown = (decision) => Object.fromEntries(decision.slots.map(({ slot, variant }) => [slot, variant]));

test("a bundle has a tag, and is only sent when it changed", async () => {
  const first = await app.get("/p/paged");
  assert.equal(first.status, 200);
  assert.equal(first.headers.get("access-control-allow-origin"), "*");
  const etag = first.headers.get("etag");
  assert.equal((await app.get("/p/paged", { headers: { "if-none-match": etag } })).status, 304);
  assert.equal((await app.get("/p/nothing")).status, 404);
  const paused = await app.admin("/v1/campaigns/paged/live", { method: "PUT", json: { paused: ["hero/sale"] } });
  assert.equal(paused.status, 200);
  await eventually(async () => (await app.get("/p/paged", { headers: { "if-none-match": etag } })).status === 200);
  assert.equal((await app.admin("/v1/campaigns/paged/live", { method: "PUT", json: {} })).status, 200);
  await eventually(async () => (await app.get("/p/paged")).headers.get("etag") === etag);
});

test("what was promised in the mail is what the page shows, with or without a word on consent", async () => {
  await app.get(`/o/paged/hero.png?r=${token("ana")}`, { headers: READER });
  const { landing, visit: given } = await click("ana");
  assert.match(given, /^[\w-]{58}$/);
  for (const [allows, personal] of [[true, true], [true, false], [false, false]]) {
    const page = await arrive(allows);
    const answer = await visit(given, personal);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("access-control-allow-origin"), SHOP);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    assert.ok(page.join(await bytes(answer), Date.now()));
    const decision = decide(page);
    assert.equal(decision.held, true);
    assert.equal(decision.slots[0].url, landing, "the link led to what is shown");
  }
});

test("a page decides what the Worker would", async () => {
  const { visit: given } = await click("ana");
  const page = await arrive();
  page.join(await bytes(await visit(given, true)), Date.now());
  const peeked = await app.admin("/v1/decide", { method: "POST", json: { campaign: "paged", recipient: "ana" } });
  const { assembly } = await peeked.json();
  assert.deepEqual(shown(decide(page)), Object.fromEntries(assembly.map(({ slot, variant }) => [slot, variant])));
});

test("nothing is told without a genuine token, consent, or to strange pages", async () => {
  const { visit: given } = await click("ana");
  const forged = given.slice(0, -4) + (given.endsWith("AAAA") ? "BBBB" : "AAAA");
  for (const [what, personal] of [[forged, true], [token("ana"), true], ["rubbish", false]]) {
    const answer = await visit(what, personal);
    assert.deepEqual([answer.status, (await bytes(answer)).length], [204, 0], what);
  }
  const silent = await click("silent");
  assert.equal((await visit(silent.visit, true)).status, 204, "the ledger holds no consent");
  const foreign = await visit(given, true, { ...BROWSER, origin: "https://evil.example" });
  assert.deepEqual([foreign.status, foreign.headers.get("access-control-allow-origin")], [204, null]);
  for (const body of ["", "[1]", "{", JSON.stringify({ token: "x".repeat(5000) })]) {
    assert.equal((await app.get("/p/paged/visit", { method: "POST", body, headers: BROWSER })).status, 204);
  }
  const gpc = await visit(given, true, { ...BROWSER, "sec-gpc": "1" });
  assert.ok(!(await arrive(false)).join(new Uint8Array(1), Date.now()));
  assert.ok((await arrive(false)).join(await bytes(gpc), Date.now()), "a promise, which needs no consent");
});

test("machines, and pages that may not ask, are given no token", async () => {
  assert.equal((await click("ana", "hero", CRAWLER)).visit, null);
  await publish(app, campaign("elsewhere", (document) => { document.landing = "https://other.example/"; document.slots = document.slots.slice(1); for (const v of document.slots[0].variants) delete v.url; }));
  const answer = await app.get(`/c/elsewhere/cta?r=${token("ana")}`, { headers: BROWSER });
  assert.equal(answer.headers.get("location"), "https://other.example/");
});

test("pictures of pages are always pictures, and nothing personal is in them", async () => {
  for (const [path, cached] of [["paged/hero/sale.png", true], ["paged/hero/nothing.png", false], ["nothing/hero/sale.jpg", false], ["paged/hero/sale.gif", true]]) {
    const answer = await app.get(`/p/${path}?r=${token("ana")}`);
    assert.equal(answer.status, 200, path);
    assert.match(answer.headers.get("content-type"), /^image\/(png|jpeg|gif)$/);
    assert.equal(answer.headers.get("cache-control").startsWith("public"), cached, path);
  }
  const plain = await bytes(await app.get("/p/paged/hero/sale.png"));
  assert.deepEqual(await bytes(await app.get(`/p/paged/hero/sale.png?r=${token("ana")}`)), plain);
});

test("what a page showed is logged with the probability that the engine gives it, and nothing else is believed", async () => {
  const began = Date.now();
  const page = await arrive();
  const decision = decide(page);
  assert.equal(decision.held, false);
  assert.equal(decision.line.chosen, true);
  const viewed = (messageId, line, more = {}) => ({
    type: "track", event: "Promotion Viewed", messageId, anonymousId: `visitor-${messageId}`, timestamp: new Date().toISOString(),
    properties: { promotion_id: "paged", position: "hero", creative: decision.slots[0].variant, apropos: line },
    context: { consent: { categoryPreferences: { personalization: true, measurement: true } } }, ...more,
  });
  const silent = { consent: { categoryPreferences: { personalization: true, measurement: false } } };
  const other = decision.slots[0].variant === "sale" ? "repair" : "sale";
  const batch = [
    viewed("true", decision.line),
    viewed("clicked", decision.line, { event: "Promotion Clicked" }),
    viewed("likelier", { ...decision.line, probability: 0.9 }),
    viewed("another", { ...decision.line, assembly: { ...decision.line.assembly, hero: other } }),
    viewed("lucky", { ...decision.line, seed: "0000000000000001" }),
    viewed("held", { ...decision.line, chosen: false, probability: 1 }),
    viewed("later", { ...decision.line, decided_at: new Date(Date.now() + 86_400_000).toISOString() }),
    viewed("older", { ...decision.line, version: "00000000" }),
    viewed("unasked", decision.line, { context: silent }),
    viewed("odd", "line"),
  ];
  const post = (batch, headers = BROWSER) => app.get("/v1/batch", { method: "POST", body: JSON.stringify({ writeKey: "page-key", batch }), headers: { "content-type": "text/plain", ...headers } });
  assert.equal((await post(batch)).status, 200);
  assert.equal((await post(batch)).status, 200, "sent again");
  assert.equal((await post([viewed("crawled", decision.line)], CRAWLER)).status, 200);
  const ours = async () => new Map((await app.events()).filter((line) => Date.parse(line.at) >= began && line.slot === "hero").map((line) => [line.id, line]));
  await eventually(async () => (await ours()).size >= 2);
  const lines = await ours();
  const clicks = [...lines.values()].filter((line) => line.type === "click");
  assert.deepEqual(clicks.map((line) => line.variant), [decision.slots[0].variant]);
  const exposures = [...lines.values()].filter((line) => line.type === "exposure" && line.seed !== "0000000000000001"); // another number may draw the same
  assert.equal(exposures.length, 1);
  const [exposure] = exposures;
  assert.equal(exposure.probability, decision.probability);
  assert.deepEqual(exposure.assembly, shown(decision));
  assert.match(exposure.subject, /^[0-9a-f]{32}$/);
  assert.ok(!JSON.stringify([...lines.values()]).includes("visitor-"), "nobody is named");
});
