// Who operates: secrets with scopes, Cloudflare Access, the record of what was done, and campaigns through time.
import assert from "node:assert/strict";
import { createSign, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { campaign, consenting, importProfiles, publish } from "./campaign.mjs";
import { eventually, SECRETS, start } from "./harness.mjs";

const TEAM = "https://shop.cloudflareaccess.com";
const READER = "reader-secret-0123456789";
const PUBLISHER = "publisher-secret-0123456789";
const NEWER = "publisher-secret-9876543210";
const SUPPORT = "support-secret-0123456789";
const app = await start({
  vars: {
    ADMIN_SECRETS: `reader:read:${READER} ci:publish:${PUBLISHER}\nci:publish:${NEWER} support:read,recipients:${SUPPORT} auditor:audit:auditor-secret-0123456789 broken:raed:broken-secret-0123456789`,
    ACCESS_TEAM: TEAM,
    ACCESS_AUDIENCE: "audience-of-the-application",
    ACCESS_OPERATORS: "ana@shop.example:read,publish *:read",
  },
});
after(() => app.stop());

const as = (secret) => (path, { headers, ...options } = {}) => app.get(path, { ...options, headers: { authorization: `Bearer ${secret}`, ...headers } });
const record = async () => (await (await app.admin("/v1/audit?limit=1000")).json()).entries;
const openapi = JSON.parse(readFileSync(new URL("../../www/openapi.json", import.meta.url), "utf8"));

/** Every operation of the OpenAPI document, with what stands in its path. */
const operations = Object.entries(openapi.paths).flatMap(([pattern, methods]) =>
  Object.entries(methods).filter(([method]) => method !== "parameters").map(([method, operation]) => ({
    ...operation,
    method: method.toUpperCase(),
    pattern,
    path: pattern.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(methods.parameters.find((parameter) => parameter.name === name).example)),
  })));
const bodied = ({ method, requestBody }) => (method === "GET" || !requestBody ? {} : { body: "{}" });

test("every route that the document describes is there, and answers as it says", async () => {
  const served = await app.get("/openapi.json");
  assert.deepEqual(await served.json(), openapi);
  for (const operation of operations) {
    const { method, path, pattern, responses } = operation;
    const answer = await app.admin(path, { method, ...bodied(operation) });
    const text = await answer.text();
    assert.ok(!/no such route|method not allowed/.test(text), `${method} ${pattern}: ${text}`);
    assert.ok(answer.status in responses, `${method} ${pattern} answers ${answer.status}: ${text}`);
  }
});

test("a secret is good for its scopes alone, on every route", async () => {
  const secrets = { read: [READER, SUPPORT], publish: [PUBLISHER, NEWER], recipients: [SUPPORT], audit: ["auditor-secret-0123456789"], operate: [] };
  const all = [...new Set(Object.values(secrets).flat())];
  for (const operation of operations.filter((operation) => operation["x-scope"])) {
    const { method, path, pattern } = operation;
    for (const secret of all) {
      const { status } = await as(secret)(path, { method, ...bodied(operation) });
      assert.equal(status !== 403, secrets[operation["x-scope"]].includes(secret), `${method} ${pattern} with ${secret}: ${status}`);
    }
    for (const secret of ["", "broken-secret-0123456789", `${READER} `.repeat(2).trim(), READER.slice(1), SECRETS.TOKEN_KEYS]) {
      const answer = await as(secret)(path, { method, ...bodied(operation) });
      assert.equal(answer.status, 401, `${method} ${pattern} with ${secret}`);
    }
  }
  // deciding for somebody who is known is a look at a person
  await publish(app, campaign("scoped"));
  await importProfiles(app, consenting("known"));
  const ask = (secret, json) => as(secret)("/v1/decide", { method: "POST", json: { campaign: "scoped", ...json } });
  assert.equal((await ask(READER, { profile: {} })).status, 200);
  assert.equal((await ask(READER, { recipient: "known" })).status, 403);
  assert.equal((await ask(SUPPORT, { recipient: "known" })).status, 200);
});

test("versions are kept, told, compared and taken back", async () => {
  const ci = as(PUBLISHER);
  const put = async (text, headers) => ci("/v1/campaigns/timed", { method: "PUT", body: text, headers });
  const first = JSON.stringify(campaign("timed", (c) => { c.name = "First"; }), null, 1);
  const second = JSON.stringify(campaign("timed", (c) => { c.name = "Second"; c.status = "paused"; }));
  const one = await (await put(first)).json();
  const two = await (await put(second)).json();
  assert.notEqual(one.version, two.version);
  const versions = async (query = "") => (await app.admin(`/v1/campaigns/timed/versions${query}`)).json();
  assert.deepEqual((await versions()).versions.map(({ number, version, by, how }) => [number, version, by, how]), [[2, two.version, "ci", "publish"], [1, one.version, "ci", "publish"]]);
  const listed = async () => (await (await app.admin("/v1/campaigns")).json()).campaigns.find(({ id }) => id === "timed");
  const { published_at, ...now } = await listed();
  assert.deepEqual(now, { id: "timed", name: "Second", goal: "convert", paused: true, version: two.version, published_by: "ci" });
  assert.ok(Math.abs(Date.parse(published_at) - Date.now()) < 60_000, published_at);
  assert.equal(await (await app.admin(`/v1/campaigns/timed/versions/${one.version}`)).text(), first, "byte for byte");

  const back = await app.admin("/v1/campaigns/timed/rollback", { method: "POST", json: { to: one.version }, headers: { "if-match": `"${two.version}"` } });
  assert.deepEqual(await back.json(), one);
  assert.equal(await (await app.admin("/v1/campaigns/timed")).text(), first);
  assert.deepEqual((await versions()).versions.map(({ number, version, by, how }) => [number, version, by, how])[0], [3, one.version, "admin", "rollback"]);
  assert.deepEqual(await versions("?limit=1"), { id: "timed", version: one.version, versions: [(await versions()).versions[0]], next: 3 });
  const { versions: older, next } = await versions("?limit=2&before=3");
  assert.deepEqual([older.map(({ number }) => number), next], [[2, 1], null]);
  assert.equal((await app.admin("/v1/campaigns/timed/versions?limit=x")).status, 400);

  // what is wrong changes nothing
  assert.equal((await put(second, { "if-match": `"${two.version}"` })).status, 412, "somebody else was quicker");
  for (const [to, status] of [["00000000", 404], ["../../x", 404], [two.version.toUpperCase() + "0", 404], [7, 400]]) {
    assert.equal((await app.admin("/v1/campaigns/timed/rollback", { method: "POST", json: { to } })).status, status, `${to}`);
  }
  assert.equal((await app.admin("/v1/campaigns/other/rollback", { method: "POST", json: { to: one.version } })).status, 404);
  assert.equal((await versions()).versions.length, 3);
  assert.equal((await put(second, { "if-match": `"${one.version}"` })).status, 200);
});

test("whatever is changed is in the record, and a look at a person is, but not whose", async () => {
  await importProfiles(app, consenting("erna@example.com"));
  const before = (await record())[0].number;
  await as(NEWER)("/v1/campaigns/noted", { method: "PUT", json: campaign("noted") });
  await as(NEWER)("/v1/campaigns/noted", { method: "PUT", json: {} });
  await as(READER)("/v1/campaigns/noted/live", { method: "PUT", json: {} });
  await app.admin("/v1/feeds/prices", { method: "PUT", json: { values: { a: 1 } } });
  const look = async () => as(SUPPORT)(`/v1/recipients/${encodeURIComponent("erna@example.com")}`);
  const { recipient: key, subject } = await (await look()).json();
  await app.admin("/v1/recipients/somebody-else");
  await as(SUPPORT)("/v1/decide", { method: "POST", json: { campaign: "noted", recipient: "erna@example.com" } });
  await as(READER)("/v1/campaigns/noted"); // reading changes nothing
  await app.get("/v1/campaigns/noted", { method: "PUT", body: "{}" }); // nobody
  const lines = (await record()).filter(({ number }) => number > before).reverse();
  assert.deepEqual(lines.map(({ who, method, route, status }) => [who, method, route, status]), [
    ["ci", "PUT", "/v1/campaigns/{id}", 200],
    ["ci", "PUT", "/v1/campaigns/{id}", 422],
    ["reader", "PUT", "/v1/campaigns/{id}/live", 403],
    ["admin", "PUT", "/v1/feeds/{name}", 200],
    ["support", "GET", "/v1/recipients/{id}", 200],
    ["admin", "GET", "/v1/recipients/{id}", 404],
    ["support", "POST", "/v1/decide", 200],
  ]);
  const [published, refused, , feed, looked, other, decided] = lines;
  assert.deepEqual([published.of, refused.of, feed.of], ["noted", "noted", "prices"]);
  assert.match(published.version, /^[0-9a-f]{8}$/);
  assert.equal(refused.version, null);
  assert.equal(looked.of, decided.of, "one person, one mark");
  assert.notEqual(looked.of, other.of);
  // whatever is recorded leads to nobody, and tells no secret
  const rows = JSON.stringify(await app.record("?alarm=1"));
  const copies = await eventually(async () => {
    const names = await app.bucket("audit/");
    return names.length > 0 && (await Promise.all(names.map((name) => app.stored(name)))).join("");
  });
  const copied = new Map(copies.trim().split("\n").map((line) => JSON.parse(line)).map((line) => [line.number, line]));
  for (const line of lines) assert.deepEqual(copied.get(line.number), line);
  for (const text of [rows, copies]) {
    for (const trace of ["erna", key, subject, READER, NEWER, SUPPORT, SECRETS.ADMIN_SECRET]) assert.ok(!text.includes(trace), trace);
  }
  // it is kept in pages
  const page = await (await as("auditor-secret-0123456789")(`/v1/audit?limit=2&before=${lines[3].number}`)).json();
  assert.deepEqual(page, { entries: [lines[2], lines[1]], next: lines[1].number });
});

test("what can't be recorded isn't done", async () => {
  await publish(app, campaign("guarded"));
  for (const mode of ["error", "hang", "garbage"]) {
    await app.fault("REGISTER", mode);
    const text = JSON.stringify(campaign("guarded", (c) => { c.name = mode; }));
    const answer = await app.admin("/v1/campaigns/guarded", { method: "PUT", body: text });
    assert.equal(answer.status, 503, mode);
    assert.match((await answer.json()).error, /nothing was done/);
    await app.fault("REGISTER", "off");
    assert.doesNotMatch(await (await app.admin("/v1/campaigns/guarded")).text(), new RegExp(`"name":"${mode}"`));
  }
  // and what was begun and failed is told as that
  await app.fault("BUCKET", "error");
  assert.equal((await app.admin("/v1/campaigns/guarded", { method: "PUT", json: campaign("guarded", (c) => { c.name = "lost"; }) })).status, 500);
  await app.fault("BUCKET", "off");
  const [last] = await record();
  assert.deepEqual([last.status, last.version], [500, null]);
  assert.doesNotMatch(await (await app.admin("/v1/campaigns/guarded")).text(), /"lost"/);
});

test("Cloudflare Access says who it is, if it is Access, for this application, now, and no other site's page", async () => {
  const ours = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const others = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await app.outside({ [`${TEAM}/cdn-cgi/access/certs`]: JSON.stringify({ keys: [{ kid: "k1", alg: "RS256", use: "sig", ...ours.publicKey.export({ format: "jwk" }) }] }) });
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = ({ key = ours.privateKey, header = {}, ...claims } = {}) => {
    const seconds = Math.floor(Date.now() / 1000);
    const signed = `${part({ alg: "RS256", kid: "k1", ...header })}.${part({ iss: TEAM, aud: ["audience-of-the-application"], email: "ana@shop.example", iat: seconds, nbf: seconds, exp: seconds + 600, ...claims })}`;
    return `${signed}.${createSign("RSA-SHA256").update(signed).sign(key).toString("base64url")}`;
  };
  const ask = async (jwt, { method = "GET", path = "/v1/campaigns", headers, ...more } = {}) => (await app.get(path, { method, headers: { "cf-access-jwt-assertion": jwt, ...headers }, ...more })).status;
  assert.equal(await ask(token()), 200);
  const put = (jwt, headers) => ask(jwt, { method: "PUT", path: "/v1/campaigns/by-access", body: JSON.stringify(campaign("by-access")), headers });
  assert.equal(await put(token()), 200);
  assert.equal((await record())[0].who, "ana@shop.example");
  assert.equal(await put(token(), { origin: app.base }), 200, "the studio, on the same host");
  assert.equal(await put(token({ email: "ben@shop.example" })), 403);
  assert.equal(await ask(token({ email: "", common_name: "nightly" })), 200);
  const seconds = Math.floor(Date.now() / 1000);
  const [head, claims, signature] = token().split(".");
  for (const [what, jwt] of Object.entries({
    "another's key": token({ key: others.privateKey }),
    "a key that is not the team's": token({ header: { kid: "k2" } }),
    "another team": token({ iss: "https://other.cloudflareaccess.com" }),
    "another application": token({ aud: ["other"] }),
    old: token({ exp: seconds - 120 }),
    early: token({ nbf: seconds + 600 }),
    nobody: token({ email: "" }),
    unsigned: `${part({ alg: "none", kid: "k1" })}.${claims}.`,
    "other claims under a good signature": `${head}.${part({ iss: TEAM, aud: "audience-of-the-application", email: "boss@shop.example", exp: seconds + 600 })}.${signature}`,
    rubbish: "a.b.c",
  })) assert.equal(await ask(jwt), 401, what);
  assert.equal(await put(token(), { origin: "https://evil.example" }), 401);
  assert.equal(await put(token(), { "sec-fetch-site": "cross-site" }), 401);
});

test("whoever guesses secrets, or calls too often, is told to wait", async () => {
  const flood = await start({ vars: {} });
  try {
    const from = (address) => ({ headers: { "cf-connecting-ip": address, authorization: "Bearer wrong" } });
    const statuses = [];
    for (let i = 0; i < 700; i += 50) {
      statuses.push(...await Promise.all(Array.from({ length: 50 }, async () => {
        const answer = await flood.get("/v1/campaigns", from("192.0.2.7"));
        return [answer.status, answer.headers.get("retry-after")];
      })));
    }
    const refused = statuses.filter(([status]) => status === 429);
    assert.ok(refused.length > 0 && refused.every(([, after]) => after === "60"), `${refused.length} of ${statuses.length}`);
    assert.ok(statuses.filter(([status]) => status === 401).length >= 600, "600 a minute may be wrong");
    const track = await flood.get("/v1/track", { method: "POST", json: { writeKey: "wrong", event: "x", userId: "y" }, headers: from("192.0.2.7").headers });
    assert.equal(track.status, 429, "public posts are counted with them");
    assert.equal((await flood.admin("/v1/campaigns")).status, 200, "whoever knows the secret isn't counted");
  } finally {
    await flood.stop();
  }
});
