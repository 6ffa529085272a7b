// Events in, over HTTP: who may send, what is kept, exactly once, and whose it is.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Analytics } from "@segment/analytics-node";
import { campaign, consenting, importProfiles, publish } from "./campaign.mjs";
import { eventually, start } from "./harness.mjs";
import { token } from "./tokens.mjs";

const PERSON = { headers: { "user-agent": "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17830; Pro)" } };
const SHOP = "https://shop.example";
const app = await start({ vars: { WRITE_KEYS: "older newer", PAGE_WRITE_KEYS: "page-key", PAGE_ORIGINS: `${SHOP} https://www.shop.example`, LEARN_AFTER: "1" } });
after(() => app.stop());

await publish(app, campaign("events"));

const basic = (key) => ({ authorization: `Basic ${Buffer.from(`${key}:`).toString("base64")}` });
const post = (path, json, { key = "newer", headers = {}, body } = {}) =>
  app.get(path, { method: "POST", json, body, headers: { ...(key && basic(key)), ...headers } });
const batch = (calls, options) => post("/v1/batch", { batch: calls }, options);
const track = (userId, event, properties = {}, more = {}) => ({ type: "track", userId, event, properties, ...more });
/** What is known of a recipient. */
async function profile(recipient) {
  const answer = await app.admin(`/v1/recipients/${encodeURIComponent(recipient)}`);
  return answer.status === 404 ? undefined : (await answer.json()).profile;
}
const allows = { personalization: true, measurement: true, marketing: true };
const consent = { email: allows, web: allows };

test("who sends shows a write key, in one of two places", async () => {
  const call = track("key-holder", "Signed Up");
  assert.equal((await post("/v1/track", call)).status, 200);
  assert.equal((await post("/v1/track", call, { key: "older" })).status, 200);
  assert.equal((await post("/v1/track", { ...call, writeKey: "newer" }, { key: null })).status, 200);
  for (const key of [null, "", "new", "newer ", "older newer", "test-admin-secret"]) assert.equal((await post("/v1/track", call, { key })).status, 401, key);
  const get = await app.get("/v1/track", { headers: basic("newer") });
  assert.equal(get.status, 405);
});

test("each call of a batch stands for itself, and is told of by its place", async () => {
  const answer = await batch([
    { type: "identify", userId: "ana", traits: { first_name: "Ana", consent } },
    { type: "tarck", userId: "ana", messageId: "wrong" },
    track("ana", "Order Completed", { total: 40 }),
    track("ana", "Order Completed", { total: "much" }),
    { type: "page", userId: "ana" },
    { type: "group", userId: "ana", groupId: "g" },
    track("ana", "Signed In", {}, { timestamp: "2999-01-01T00:00:00Z" }),
  ]);
  assert.equal(answer.status, 200);
  const { success, errors } = await answer.json();
  assert.equal(success, true);
  assert.deepEqual(errors.map(({ index }) => index), [1, 3, 6]);
  assert.equal(errors[0].messageId, "wrong");
  assert.match(errors[1].reason, /total/);
  const { purchases, traits } = await profile("ana");
  assert.deepEqual([purchases.count, Math.round(purchases.value), traits.first_name], [1, 40, "Ana"]);

  assert.equal((await batch([{ type: "tarck", userId: "ana" }])).status, 400, "nothing could be taken");
  for (const body of ["", "[]", '{"batch": {}}', "{"]) assert.equal((await post("/v1/batch", undefined, { body })).status, 400, body);
  assert.equal((await post("/v1/batch", undefined, { body: JSON.stringify({ batch: [], pad: "x".repeat(600_000) }) })).status, 413);
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  assert.equal((await post("/v1/batch", undefined, { body: bomb, headers: { "content-encoding": "gzip" } })).status, 413);
});

test("what is delivered again, or late, or packed, counts once", async () => {
  const calls = [
    { type: "identify", userId: "once", messageId: "m0", timestamp: "2026-10-01T00:00:00Z", traits: { consent } },
    ...[3, 1, 2].map((day) => track("once", "Order Completed", { total: 10 }, { messageId: `m${day}`, timestamp: `2026-11-0${day}T00:00:00Z` })),
  ];
  const packed = () => post("/v1/batch", undefined, { body: gzipSync(JSON.stringify({ batch: calls })), headers: { "content-encoding": "gzip", "content-type": "application/json" } });
  const answers = await Promise.all([batch(calls), batch([...calls].reverse()), packed(), batch(calls.slice(2)), batch([...calls, ...calls])]);
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200, 200, 200]);
  assert.equal((await profile("once")).purchases.count, 3);
});

test("more events than a profile remembers the ids of are still known again", async () => {
  const calls = Array.from({ length: 60 }, (_, i) => track("many", "Order Completed", { total: 1 }, { messageId: `o${i}` }));
  await batch([{ type: "identify", userId: "many", traits: { consent } }]);
  for (let i = 0; i < 2; i++) assert.equal((await batch(calls)).status, 200);
  assert.equal((await profile("many")).purchases.count, 60);
});

test("without consent nothing is kept that needs it", async () => {
  const viewed = (id) => track("shy", "Product Viewed", { category: "tents" }, { messageId: id });
  await batch([viewed("v1"), track("shy", "Order Completed", { total: 5 })]);
  assert.equal(await profile("shy"), undefined, "nobody of that name is known");
  await batch([{ type: "identify", userId: "shy", traits: { consent: { email: allows } } }, viewed("v2")]);
  assert.ok((await profile("shy")).browsing.product_views > 0.9);
  await batch([{ type: "identify", userId: "shy", traits: { consent: { email: { personalization: false } } } }]);
  await batch([viewed("v3")]);
  await batch([{ type: "identify", userId: "shy", traits: { consent: { email: { personalization: true } } } }]);
  assert.ok((await profile("shy")).browsing.product_views < 1.1, "what was looked at meanwhile was not kept");
});

test("who browsed is who signs in later, and whoever comes next is somebody else", async () => {
  const browsed = { context: { consent: { categoryPreferences: { personalization: true } } } };
  const look = (more) => ({ type: "track", event: "Product Viewed", anonymousId: "device-1", ...browsed, ...more });
  await batch([look(), look()]);
  await batch([{ type: "identify", userId: "eve", anonymousId: "device-1", traits: { consent } }]);
  const seen = async (id) => Math.round((await profile(id)).browsing?.product_views ?? 0);
  assert.equal(await seen("eve"), 2, "what was done before");
  await batch([look()]);
  assert.equal(await seen("eve"), 3, "what is done afterwards without a name");
  await batch([{ type: "identify", userId: "bo", anonymousId: "device-1", traits: { consent } }, look({ userId: "bo", anonymousId: "device-1" })]);
  assert.deepEqual([await seen("eve"), await seen("bo")], [3, 1]);
  await batch([look(), { type: "identify", userId: "eve", anonymousId: "eve" }]);
  assert.equal(await seen("eve"), 4);
});

test("an alias makes two users one, wherever they live, and mails to either find them", async () => {
  for (const [now, previous] of [["p1", "p2"], ["q2", "q1"], ["r1", "r5"], ["s3", "s8"]]) {
    for (const id of [now, previous]) await batch([{ type: "identify", userId: id, traits: { consent } }, track(id, "Order Completed", { total: 7 }, { messageId: `${id}-order` })]);
    const alias = { type: "alias", userId: now, previousId: previous, messageId: `${now}-alias` };
    const answers = await Promise.all([batch([alias]), batch([alias]), batch([{ ...alias, userId: previous, previousId: now }])]);
    assert.ok(answers.every(({ status }) => status === 200));
    for (const id of [now, previous]) assert.equal((await profile(id)).purchases.count, 2, id);
    await batch([track(previous, "Order Completed", { total: 7 }), track(now, "Order Completed", { total: 7 }, { messageId: `${previous}-order` })]);
    for (const id of [now, previous]) {
      assert.equal((await profile(id)).purchases.count, 3, "known by its id under either name");
      await app.get(`/o/events/hero.png?r=${token(id)}`, PERSON);
    }
    const landings = await Promise.all([now, previous].map(async (id) => (await app.get(`/c/events/hero?r=${token(id)}`, PERSON)).headers.get("location")));
    assert.equal(landings[0], landings[1], "one person, one promise");
  }
  // an import of either name reaches the one
  await importProfiles(app, consenting("p1", { purchases: { count: 9 } }));
  await importProfiles(app, consenting("p2", { purchases: { count: 8 } }));
  assert.equal((await profile("p1")).purchases.count, 8);
});

test("pages speak from their own origins only, and not for others", async () => {
  const from = (origin, more = {}) => ({ key: "page-key", headers: { origin, ...more } });
  const page = { type: "page", userId: "eve", anonymousId: "device-1" };
  const beacon = await app.get("/v1/batch", { method: "POST", body: JSON.stringify({ writeKey: "page-key", batch: [page] }), headers: { origin: SHOP, "content-type": "text/plain;charset=UTF-8" } });
  assert.equal(beacon.status, 200);
  assert.equal(beacon.headers.get("access-control-allow-origin"), SHOP);
  assert.match(beacon.headers.get("vary"), /origin/);
  for (const origin of ["https://evil.example", "https://shop.example.evil.example", "http://shop.example", "null", `${SHOP}:8443`]) {
    const answer = await batch([page], from(origin));
    assert.equal(answer.status, 403, origin);
    assert.equal(answer.headers.get("access-control-allow-origin"), null);
    assert.equal((await app.get("/v1/batch", { method: "OPTIONS", headers: { origin } })).status, 403);
  }
  const preflight = await app.get("/v1/batch", { method: "OPTIONS", headers: { origin: SHOP, "access-control-request-method": "POST" } });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("access-control-allow-origin"), SHOP);
  assert.match(preflight.headers.get("access-control-allow-headers"), /authorization/);
  for (const call of [
    { type: "alias", userId: "eve", previousId: "ana" },
    track("ana", "Email Unsubscribed"),
    { type: "identify", userId: "ana", traits: { consent: { email: { marketing: true } } } },
  ]) assert.equal((await batch([call], from(SHOP))).status, 400, JSON.stringify(call));
  assert.equal((await batch([{ type: "identify", userId: "eve", traits: { consent: { web: allows } } }], from(SHOP))).status, 200);
});

test("CloudEvents are taken, one or a list", async () => {
  const event = (id, more = {}) => ({ specversion: "1.0", id, source: "/shop", type: "Order Completed", subject: "cloud", data: { total: 3 }, ...more });
  const send = (type, json) => post("/v1/batch", json, { headers: { "content-type": type } });
  await batch([{ type: "identify", userId: "cloud", traits: { consent } }]);
  assert.equal((await send("application/cloudevents+json; charset=utf-8", event("1"))).status, 200);
  const many = await send("application/cloudevents-batch+json", [event("1"), event("2"), event("3", { specversion: "0.3" })]);
  const { errors } = await many.json();
  assert.deepEqual(errors.map(({ index, messageId }) => [index, messageId]), [[2, "3"]]);
  assert.equal((await profile("cloud")).purchases.count, 2);
});

test("the official client's calls land, also when the first try fails", async () => {
  const client = new Analytics({ writeKey: "newer", host: app.base, flushAt: 20, maxRetries: 5, httpRequestTimeout: 20_000 });
  const failed = [];
  client.on("error", (error) => failed.push(error));
  await app.fault("RECIPIENTS", "error");
  client.identify({ userId: "client", anonymousId: "client-device", traits: { firstName: "Cleo", consent } });
  client.track({ userId: "client", event: "Order Completed", properties: { total: 12.5, products: [{ product_id: "p", category: "tents" }] } });
  client.page({ userId: "client", name: "Home", category: "help" });
  client.screen({ anonymousId: "client-device", name: "Start" });
  client.group({ userId: "client", groupId: "shop" });
  client.identify({ userId: "client-old", traits: { consent } });
  client.track({ userId: "client-old", event: "Order Completed", properties: { total: 2 } });
  client.alias({ userId: "client", previousId: "client-old" });
  const closed = client.closeAndFlush();
  setTimeout(() => app.fault("RECIPIENTS", "off"), 400);
  await closed;
  assert.deepEqual(failed, []);
  const { purchases } = await profile("client");
  assert.deepEqual([purchases.count, Math.round(purchases.value * 10), purchases.categories], [2, 145, { tents: 1 }]);
  assert.equal((await profile("client-old")).purchases.count, 2);
});

test("an order after a message is an outcome of its campaign, once, and only with consent to measurement", async () => {
  await importProfiles(app, consenting("buyer"), consenting("unmeasured", { consent: { email: { marketing: true, personalization: true } } }));
  for (const id of ["buyer", "unmeasured"]) {
    await app.get(`/o/events/hero.png?r=${token(id)}`, PERSON);
    const calls = [track(id, "Order Completed", { total: 30, currency: "EUR", order_id: "secret-order" }, { messageId: `${id}-1` }), track(id, "Email Marked as Spam", {}, { messageId: `${id}-2` })];
    for (let i = 0; i < 2; i++) assert.equal((await batch(calls)).status, 200);
  }
  const lines = await eventually(async () => {
    const all = await app.events();
    const [exposure] = all.filter((line) => line.type === "exposure" && line.subject === all.find((other) => other.value === 30)?.subject);
    return exposure && all.filter((line) => line.subject === exposure.subject && line.type !== "exposure");
  });
  const byId = new Map(lines.map((line) => [line.id, line]));
  assert.deepEqual([...byId.values()].map(({ type, campaigns, value }) => [type, campaigns, value ?? null]).sort(), [["complaint", ["events"], null], ["order", ["events"], 30]]);
  const all = await app.events();
  assert.equal(all.filter((line) => line.value === 30).length, byId.size - 1, "nothing of whom doesn't allow it");
  assert.ok(!JSON.stringify(all).includes("secret-order"));
  const learned = await eventually(async () => {
    const answer = await app.admin("/v1/campaigns/events/learned");
    return answer.status === 200 && (await answer.json());
  }, { within: 20_000 });
  assert.ok(learned.evidence, "the campaign heard of it");
});

test("what the queue didn't take is in the log later", async () => {
  await importProfiles(app, consenting("patient"));
  await app.get(`/o/events/hero.png?r=${token("patient")}`, PERSON);
  await app.fault("EVENTS", "error");
  assert.equal((await batch([track("patient", "Order Completed", { total: 77 })])).status, 200, "it is stored");
  await app.fault("EVENTS", "off");
  await batch([{ type: "identify", userId: "patient", traits: { first_name: "P" } }]);
  await eventually(async () => (await app.events()).some((line) => line.value === 77));
});
