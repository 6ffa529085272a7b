// The routes with the admin secret: who may, what is refused, what is said about it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { campaign, consenting, publish } from "./campaign.mjs";
import { SECRETS, start } from "./harness.mjs";

const app = await start();
after(() => app.stop());

test("without the secret nothing is told", async () => {
  for (const [method, path] of [["PUT", "/v1/campaigns/x"], ["GET", "/v1/campaigns/x"], ["PUT", "/v1/profiles"], ["POST", "/v1/decide"], ["GET", "/v1/none"]]) {
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
