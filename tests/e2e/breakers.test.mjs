// A breaker: what drives people away stops by itself, is said by a signed webhook, and is shown again when an admin says so.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { campaign, consenting, importProfiles, publish } from "./campaign.mjs";
import { eventually, start } from "./harness.mjs";
import { token } from "./tokens.mjs";

const PERSON = { headers: { "user-agent": "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17830; Pro)" } };
const heard = [];
const hook = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  heard.push({ signature: request.headers["apropos-signature"], body: Buffer.concat(parts).toString() });
  response.writeHead(heard.length === 1 ? 503 : 204).end(); // it is told again
});
await new Promise((resolve) => hook.listen(0, "127.0.0.1", resolve));

const app = await start({
  vars: { LEARN_AFTER: "1", WRITE_KEYS: "key", BREAKER_WEBHOOK: `http://127.0.0.1:${hook.address().port}/`, BREAKER_SECRET: "breaker-secret" },
});
after(async () => {
  hook.close();
  await app.stop();
});

test("too many unsubscribe, and it stops", { timeout: 150_000 }, async () => {
  const document = (more = {}) => campaign("loud", (c) => {
    c.exploration = { floor: 0.1, sharpness: 0, silence: 0 };
    c.slots = [c.slots[0]];
    c.slots[0].variants.length = 2;
    Object.assign(c, more);
  });
  await publish(app, document());
  const who = Array.from({ length: 80 }, (_, i) => `loud-${i}`);
  await importProfiles(app, ...who.map((id) => consenting(id)));
  await Promise.all(who.map((id) => app.get(`/o/loud/hero.png?r=${token(id)}`, PERSON)));
  const shown = [];
  for (const id of who) {
    const { assembly } = await (await app.admin("/v1/decide", { method: "POST", json: { campaign: "loud", recipient: id, request: {} } })).json();
    if (assembly?.some(({ variant }) => variant === "sale")) shown.push(id);
  }
  assert.ok(shown.length >= 15, `${shown.length} were shown the sale`);
  const leave = (userId) => ({ type: "track", event: "Unsubscribed", userId, messageId: `left-${userId}`, properties: { channel: "email" } });
  const headers = { authorization: `Basic ${btoa("key:")}` };
  for (let i = 0; i < 2; i++) assert.equal((await app.get("/v1/batch", { method: "POST", headers, json: { batch: shown.map(leave) } })).status, 200);

  const breakers = async () => (await app.admin("/v1/campaigns/loud/breakers")).json();
  const { tripped } = await eventually(async () => {
    const known = await breakers();
    return known.tripped.some((one) => one.told) && known;
  }, { within: 90_000, every: 500 });
  assert.ok(tripped.some(({ because }) => because === "unsubscribes"), JSON.stringify(tripped));
  const live = async () => (await app.admin("/v1/campaigns/loud/live")).json();
  assert.deepEqual((await live()).paused, ["hero/sale"]);
  for (const { signature, body } of heard) assert.equal(signature, createHmac("sha256", "breaker-secret").update(body).digest("hex"));
  assert.ok(heard.length >= 2, "it was told again after it had failed");
  assert.deepEqual(JSON.parse(heard.at(-1).body).paused, ["hero/sale"]);

  // whatever else is said, it stays off until it is let on again
  assert.equal((await app.admin("/v1/campaigns/loud/live", { method: "PUT", json: { delivered: 5 } })).status, 200);
  assert.deepEqual((await live()).paused, ["hero/sale"]);
  assert.equal((await app.admin("/v1/campaigns/loud/breakers", { method: "DELETE" })).status, 200);
  assert.deepEqual((await live()).paused, []);
  assert.deepEqual((await breakers()).tripped, []);
});
