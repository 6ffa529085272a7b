// The routes with the admin secret: who may, what is refused, what is said about it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { campaign, consenting, importProfiles, publish } from "./campaign.mjs";
import { SECRETS, eventually, start } from "./harness.mjs";

const app = await start();
after(() => app.stop());

test("without the secret nothing is told", async () => {
  for (const [method, path] of [["PUT", "/v1/campaigns/x"], ["GET", "/v1/campaigns/x"], ["PUT", "/v1/profiles"], ["PUT", "/v1/campaigns/x/live"], ["GET", "/v1/campaigns/x/live"], ["PUT", "/v1/campaigns/x/learned"], ["GET", "/v1/campaigns/x/learned"], ["POST", "/v1/decide"], ["GET", "/v1/none"]]) {
    for (const authorization of ["", "Bearer ", "Bearer wrong", `Basic ${SECRETS.ADMIN_SECRET}`, `bearer${SECRETS.ADMIN_SECRET}`]) {
      const answer = await app.get(path, { method, headers: { authorization }, body: method === "GET" ? undefined : "{}" });
      assert.equal(answer.status, 401, `${method} ${path} with ${authorization}`);
    }
  }
  assert.equal((await app.admin("/v1/none")).status, 404);
  assert.equal((await app.admin("/v1/profiles", { method: "DELETE" })).status, 405);
});

test("a wrong campaign is refused with every problem and its place", async () => {
  const text = '{\n  "id": "bad",\n  "landing": "javascript:alert(1)",\n  "hodlout": 0.1\n}';
  const answer = await app.admin("/v1/campaigns/bad", { method: "PUT", body: text });
  assert.equal(answer.status, 422);
  const { problems } = await answer.json();
  assert.deepEqual(problems.filter((p) => p.line > 1).map(({ line, column, path }) => [line, column, path]), [[3, 14, "landing"], [4, 3, ""]]);
  assert.match(problems.find((p) => p.line === 4).help, /holdout/);
  assert.equal((await app.admin("/v1/campaigns/bad")).status, 404, "nothing of it was published");
});

test("a campaign is read back as it was written", async () => {
  const text = JSON.stringify(campaign("kept"), null, 2);
  assert.equal((await app.admin("/v1/campaigns/kept", { method: "PUT", body: text })).status, 200);
  assert.equal(await (await app.admin("/v1/campaigns/kept")).text(), text);
  const answer = await app.admin("/v1/campaigns/other", { method: "PUT", body: text });
  assert.equal(answer.status, 422, "the URL's id is the document's");
});

test("good lines of an import land, bad ones are told by number", async () => {
  const lines = [JSON.stringify(consenting("one")), "nonsense", '{"id":"two","purchases":{"cuont":1}}', "", JSON.stringify(consenting("three")), '{"traits":{}}'];
  const answer = await app.admin("/v1/profiles", { method: "PUT", body: lines.join("\n") });
  const { imported, errors } = await answer.json();
  assert.equal(imported, 2);
  assert.deepEqual(errors.map((e) => e.line), [2, 3, 6]);
  assert.match(errors[1].reasons[0], /purchases\.count/);
});

test("a body too large is refused whole", async () => {
  const answer = await app.admin("/v1/profiles", { method: "PUT", body: " ".repeat((8 << 20) + 1) });
  assert.equal(answer.status, 413);
});

test("decisions in workerd are, byte for byte, those of every other target", async () => {
  const folder = new URL("../vectors/", import.meta.url);
  const cases = readFileSync(new URL("decide.ndjson", folder), "utf8").split("\n").filter(Boolean);
  assert.ok(cases.length >= 200);
  const campaigns = new Map();
  for (const line of cases) {
    const { name, campaign: stem } = JSON.parse(line);
    if (!campaigns.has(stem)) {
      const document = readFileSync(new URL(`campaigns/${stem}.json`, folder), "utf8");
      const { id } = JSON.parse(document);
      assert.equal((await app.admin(`/v1/campaigns/${id}`, { method: "PUT", body: document })).status, 200, stem);
      campaigns.set(stem, id);
    }
    // as text: seeds are larger than JavaScript's numbers
    const asked = line.slice(line.indexOf('"profile":'), line.lastIndexOf(',"explanation":'));
    const answer = await app.admin("/v1/decide", { method: "POST", body: `{"campaign":"${campaigns.get(stem)}",${asked}}` });
    const text = await answer.text();
    assert.equal(answer.status, 200, `${name}: ${text}`);
    assert.ok(line.endsWith(`"explanation":${text}}`), `${name}:\n${text}`);
  }
});

test("nothing is decided for strangers", async () => {
  await publish(app, campaign("asked"));
  const ask = (json) => app.admin("/v1/decide", { method: "POST", json });
  assert.equal((await ask({ campaign: "asked", recipient: "nobody" })).status, 404);
  assert.equal((await ask({ campaign: "none", profile: {} })).status, 404);
  assert.equal((await ask({ campaign: "asked" })).status, 400);
  assert.equal((await ask({ campaign: "asked", profile: {}, extra: 1 })).status, 400);
  assert.equal((await ask({ campaign: "asked", profile: { cart: { vlaue: 1 } } })).status, 422);
});

test("before a send, all five decisions are told beside the report", async () => {
  await publish(app, campaign("planned", (c) => {
    c.fallback_channels = [{ channel: "sms", send: 0.05 }];
    c.guardrails = { quiet_hours: { from: 21, to: 8, timezone: "Europe/Zagreb" }, frequency: [{ across: "all", max: 2, window: "7d" }] };
  }));
  const granted = { marketing: true, personalization: true, measurement: true };
  const profile = { ...consenting("asked-plan"), consent: { email: granted, sms: granted } };
  const ask = (json) => app.admin("/v1/decide", { method: "POST", json: { campaign: "planned", send: { within: "48h" }, ...json } });
  const now = "2026-11-22T22:00:00Z";
  const inline = await (await ask({ profile, now, seed: 7 })).json();
  const { audience, channel, timing, content, frequency } = inline.plan;
  assert.deepEqual([audience.send, audience.cause, audience.value > 0], [true, null, true]);
  assert.deepEqual(channel, { use: "email", fallback: "sms" });
  assert.ok(timing.at > "2026-11-23T07:00:00Z" && timing.at < "2026-11-24T22:00:00Z", timing.at);
  assert.ok(timing.local_hour >= 8 && timing.local_hour < 21, `${timing.local_hour}`);
  assert.deepEqual(frequency, { left: 2, next: null });
  assert.deepEqual(content, { show: Object.fromEntries(inline.assembly.map((a) => [a.slot, a.variant])), probability: inline.probability }, "the report is of the planned moment");
  assert.equal(inline.decided_at, timing.at);

  await importProfiles(app, profile);
  const known = await (await ask({ recipient: "asked-plan" })).json();
  assert.equal(known.plan.audience.send, true);
  assert.equal(known.decided_at, known.plan.timing.at);

  const nobody = await (await ask({ profile: {}, now })).json();
  assert.deepEqual(nobody.plan.audience, { send: false, value: null, cause: "consent" });
  for (const wrong of [{ profile, send: { within: "15d" } }, { profile, send: { within: 48 } }, { profile, send: { for: "48h" } }, { profile, request: {} }]) {
    assert.equal((await ask(wrong)).status, 400, JSON.stringify(wrong));
  }
});

test("what changes while a campaign runs is heard, and what is not known is not there", async () => {
  await publish(app, campaign("running", (c) => {
    c.slots[0].variants[1].incentive = { cost: 5, budget: "spring" };
  }));
  await importProfiles(app, consenting("watcher"));
  const path = "/v1/campaigns/running/live";
  const ask = async () => (await app.admin("/v1/decide", { method: "POST", json: { campaign: "running", recipient: "watcher" } })).json();
  const offered = ({ weighed }) => weighed.find((w) => w.slot === "hero").variants.map((v) => v.id);

  assert.equal((await app.admin(path)).status, 404);
  assert.ok(!offered(await ask()).includes("sale"), "an unknown budget has nothing");
  const live = { budgets: { spring: 100 }, paused: ["hero/repair"] };
  assert.equal((await app.admin(path, { method: "PUT", json: live })).status, 200);
  assert.deepEqual(await (await app.admin(path)).json(), live);
  // the shard looks again within five seconds
  const after = await eventually(async () => {
    const variants = offered(await ask());
    return variants.includes("sale") && variants;
  });
  assert.ok(!after.includes("repair"), "taken off");

  const wrong = await app.admin(path, { method: "PUT", body: '{"bugdets": {"spring": 1}, "stock": {"tent": {"left": -1, "at": "2026-11-22"}}}' });
  assert.equal(wrong.status, 422);
  const { problems } = await wrong.json();
  assert.deepEqual(problems.map((p) => p.path), ["", "stock.tent.left"]);
  assert.match(problems[0].help, /budgets/);
  assert.equal((await app.admin("/v1/campaigns/No%20id/live", { method: "PUT", json: {} })).status, 422);
  assert.equal((await app.admin(path, { method: "DELETE" })).status, 405);
  assert.equal((await app.admin(path, { method: "PUT", body: " ".repeat((8 << 20) + 1) })).status, 413);
  assert.deepEqual(await (await app.admin(path)).json(), live, "what is wrong changes nothing");
});

test("what a campaign has learned is decided with", async () => {
  await publish(app, campaign("pupil"));
  await importProfiles(app, consenting("subject"));
  const path = "/v1/campaigns/pupil/learned";
  const weighed = async () => {
    const answer = await app.admin("/v1/decide", { method: "POST", json: { campaign: "pupil", recipient: "subject" } });
    const { variants } = (await answer.json()).weighed.find((w) => w.slot === "hero");
    return Object.fromEntries(variants.map((v) => [v.id, v]));
  };
  assert.equal((await app.admin(path)).status, 404);
  const before = await weighed();
  const effect = { shift: 2, sd: 0.1 };
  const lessons = (of) => ({ campaign: of, model: "starter", at: "2026-11-22T10:00:00Z", slots: { hero: { sale: { click: effect, convert: effect, evidence: { exposures: 900 } } } } });
  const other = await app.admin(path, { method: "PUT", json: lessons("another") });
  assert.equal(other.status, 422);
  assert.match((await other.json()).error, /another/);
  assert.equal((await app.admin(path, { method: "PUT", json: { ...lessons("pupil"), slots: { hero: { sale: { click: { shift: 99, sd: 0 } } } } } })).status, 422);
  assert.equal((await app.admin(path, { method: "PUT", json: lessons("pupil") })).status, 200);
  assert.deepEqual(await (await app.admin(path)).json(), lessons("pupil"));
  // the shard looks again within five seconds
  const after = await eventually(async () => {
    const variants = await weighed();
    return variants.sale.utility > before.sale.utility && variants;
  });
  assert.ok(after.sale.probability > before.sale.probability);
});
