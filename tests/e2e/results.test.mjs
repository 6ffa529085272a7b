// What a campaign brought: import → open → click → order, and figures that agree between the recipients' shards, the campaign, the log and the results, whatever is
// delivered twice, late or out of order.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { after, test } from "node:test";
import { campaign, consenting, importProfiles, publish } from "./campaign.mjs";
import { eventually, start } from "./harness.mjs";
import { token } from "./tokens.mjs";

const PERSON = { headers: { "user-agent": "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17830; Pro)" } };
const APPLE = { headers: { "user-agent": "Mozilla/5.0" }, cf: { asn: 714, country: "DE", timezone: "Europe/Berlin" } };
const SCANNER = { headers: { "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)" } };
const apropos = fileURLToPath(new URL("../../target/debug/apropos", import.meta.url));

const app = await start({ vars: { LEARN_AFTER: "1", WRITE_KEYS: "key" } });
after(() => app.stop());

const held = (id) => campaign(id, (c) => {
  c.holdout = 0.3;
  c.exploration = { floor: 0.1, sharpness: 0, silence: 0 };
  c.slots[0].variants[1].incentive = { cost: 2, discount: 10 };
});
const results = async (id) => (await app.admin(`/v1/campaigns/${id}/results`)).json();
const send = (batch) => app.get("/v1/batch", { method: "POST", json: { writeKey: "key", batch } });
const order = (userId, n, total, more = {}) => ({ type: "track", event: "Order Completed", userId, messageId: `${userId}-order-${n}`, properties: { total, currency: "EUR", ...more } });
const distinct = (lines) => [...new Map(lines.map((line) => [line.id, line])).values()];
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
/** A few at a time: a slow machine that answers too late has shown a fallback, which is no open. */
const inTurns = async (list, work) => {
  for (let i = 0; i < list.length; i += 4) await Promise.all(list.slice(i, i + 4).map((one, n) => work(one, i + n)));
};
const profile = async (id) => (await (await app.admin(`/v1/recipients/${id}`)).json()).profile;

test("results, log, campaign and recipients agree to the last line, whatever comes twice or out of order", async () => {
  await publish(app, held("sums"));
  const who = Array.from({ length: 40 }, (_, i) => `person-${i}`);
  await importProfiles(app, ...who.map((id) => consenting(id)));
  // everybody looks at both images, some twice; the last ten are only fetched for; machines come by
  const [looked, fetched] = [who.slice(0, 30), who.slice(30)];
  const shown = new Map();
  await inTurns(looked, async (id, i) => {
    const r = token(id);
    await app.get(`/o/sums/hero.png?r=${r}`, PERSON);
    await Promise.all([app.get(`/o/sums/cta.png?r=${r}`, PERSON), i % 3 === 0 && app.get(`/o/sums/hero.png?r=${r}`, PERSON)]);
    await app.get(`/o/sums/hero.png?r=${r}`, SCANNER);
    await app.get(`/c/sums/hero?r=${r}`, SCANNER);
    if (i % 2 === 0) await app.get(`/c/sums/hero?r=${r}`, PERSON);
    const decided = await (await app.admin("/v1/decide", { method: "POST", json: { campaign: "sums", recipient: id, request: {} } })).json();
    shown.set(id, decided.outcome);
  });
  await inTurns(fetched, (id) => app.get(`/o/sums/hero.png?r=${token(id)}`, APPLE));
  // orders: each is sent three times, at once, reversed, and while the queue's consumer fails
  const orders = looked.flatMap((id, i) => (i % 5 === 0 ? [order(id, 1, 10 + i), order(id, 2, 7.5)] : []));
  const unpriced = order(looked[1], 1, 99, { currency: "USD" });
  await app.fault("CAMPAIGNS", "error");
  const answers = await Promise.all([send([...orders, unpriced]), send([...orders].reverse()), send(orders.slice(3))]);
  assert.ok(answers.every(({ status }) => status === 200));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await app.fault("CAMPAIGNS", "off");
  await send([...orders, unpriced]);
  const expected = orders.length + 1;

  let told;
  const arrived = () => [told.log.orders, told.log.clicks, told.engagement.seen, told.delivery.prefetched];
  await eventually(async () => {
    told = await results("sums");
    return arrived().join() === [expected, 15, 30, 10].join();
  }, { within: 45_000, every: 500 }).catch(() => assert.deepEqual(arrived(), [expected, 15, 30, 10], "orders, clicks, messages seen, messages fetched ahead"));

  const heldOut = [...shown.values()].filter((outcome) => outcome === "hold_out").length;
  assert.ok(heldOut > 0 && heldOut < 30, `${heldOut} of 30 are held out`);
  assert.deepEqual(told.experiment.assigned, { treated: 30 - heldOut, held_out: heldOut });
  assert.equal(told.engagement.recipients, 30);
  assert.equal(told.engagement.seen, 30, "two images, looked at twice, are one message");
  assert.equal(told.engagement.clicked, 15);
  const revenue = sum(orders.map(({ properties }) => properties.total));
  assert.equal(told.conversion.orders, expected, "those of the held out too");
  assert.equal(told.conversion.revenue, revenue);
  assert.equal(told.conversion.unpriced, 1);
  assert.deepEqual(told.alarms.map(({ alarm }) => alarm), ["currency"]);
  assert.deepEqual(told.fetchers.map(({ fetcher, kind, messages }) => [fetcher, kind, messages]), [["outlook_desktop", "human", 30], ["apple_mpp", "prefetch", 10]]);
  assert.equal(sum(told.variants.filter(({ slot }) => slot === "hero").map(({ messages }) => messages)), 30);
  assert.equal(sum(told.decisions.map(({ messages }) => messages)), 30);
  assert.equal(told.decisions.find(({ outcome }) => outcome === "hold_out").messages, heldOut);
  assert.match(told.experiment.lift.order.unknown, /window/, "nobody has been watched for a week");

  // the log
  const log = distinct((await app.events()).filter((line) => line.campaign === "sums" || line.campaigns?.includes("sums")));
  const of = (type) => log.filter((line) => line.type === type);
  assert.deepEqual([of("click").length, of("order").length], [told.log.clicks, told.log.orders]);
  assert.equal(sum(of("order").filter(({ currency }) => currency === "EUR").map(({ value }) => value)), told.log.revenue);
  assert.equal(new Set(of("exposure").filter(({ fetcher }) => fetcher !== "apple_mpp").map(({ subject }) => subject)).size, 30);

  // the recipients' own shards
  const profiles = await Promise.all(looked.map(profile));
  assert.equal(sum(profiles.map((p) => p.purchases?.count ?? 0)), expected);

  // the campaign, once it has folded what came: the same, also when everything is delivered again
  await new Promise((resolve) => setTimeout(resolve, 2500));
  await send([...orders, unpriced]);
  const again = await results("sums");
  for (const part of ["engagement", "conversion", "experiment", "variants", "segments", "fetchers", "decisions", "discounts", "log"]) assert.deepEqual(again[part], told[part], part);

  // the command line tells the same from the log
  const folder = mkdtempSync(join(tmpdir(), "apropos-results-"));
  try {
    writeFileSync(join(folder, "campaign.json"), JSON.stringify(held("sums")));
    writeFileSync(join(folder, "log.ndjson"), (await app.events()).map((line) => JSON.stringify(line)).join("\n"));
    const run = (...args) => promisify(execFile)(apropos, ["results", ...args]).catch((error) => error);
    const own = JSON.parse((await run("--campaign", join(folder, "campaign.json"), join(folder, "log.ndjson"), "--json")).stdout);
    for (const part of ["engagement", "conversion", "experiment", "variants", "segments", "fetchers", "decisions", "fatigue", "discounts", "log"]) assert.deepEqual(own[part], again[part], part);
    const table = await run("--of", "sums", "--url", app.base, "--secret", "test-admin-secret");
    assert.match(table.stdout, /Lift over the holdout/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("results are asked for with the admin secret, of what is published", async () => {
  await publish(app, held("quiet"));
  assert.equal((await app.get("/v1/campaigns/quiet/results")).status, 401);
  assert.equal((await app.admin("/v1/campaigns/nobody/results")).status, 404);
  assert.equal((await app.admin("/v1/campaigns/quiet/results", { method: "PUT", json: {} })).status, 405);
  const told = await results("quiet");
  assert.deepEqual([told.first, told.engagement.seen, told.alarms], [null, 0, []]);
  await app.fault("CAMPAIGNS", "error");
  assert.equal((await app.admin("/v1/campaigns/quiet/results")).status, 503);
  await app.fault("CAMPAIGNS", "off");
});

test("who is held out and withdraws consent leaves no trace of having been watched", async () => {
  await publish(app, held("watch"));
  const who = Array.from({ length: 12 }, (_, i) => `watched-${i}`);
  await importProfiles(app, ...who.map((id) => consenting(id)));
  for (const id of who) await app.get(`/o/watch/hero.png?r=${token(id)}`, PERSON);
  const watched = async () => (await app.tables()).flatMap(({ watched = [] }) => watched).filter(([, campaign]) => campaign === "watch").length;
  const before = await watched();
  assert.ok(before > 0 && before < 12, `${before} of 12 are held out`);
  await send(who.map((id) => ({ type: "identify", userId: id, traits: { consent: { email: { personalization: false } } } })));
  for (const id of who) await app.get(`/o/watch/hero.png?r=${token(id)}`, PERSON);
  assert.equal(await watched(), 0);
});
