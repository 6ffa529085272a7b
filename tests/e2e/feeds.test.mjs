// Feeds: told by their owner or pulled by cron, shown while they are fresh, to the byte as the command line draws them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { consenting, importProfiles, publish } from "./campaign.mjs";
import { eventually, start } from "./harness.mjs";
import { token } from "./tokens.mjs";

const MINUTE = 60_000;
const app = await start({ vars: { FEEDS_FROM_LOCALHOST: "1" } });
const folder = mkdtempSync(join(tmpdir(), "apropos-feeds-"));

/** A server of somebody else's, which answers as `say` tells it. */
let say = (response) => response.end("{}");
const theirs = createServer((request, response) => say(response, request)).listen(0, "127.0.0.1");
after(async () => {
  await app.stop();
  theirs.close();
  theirs.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});
const address = (path = "/feed.json") => `http://127.0.0.1:${theirs.address().port}${path}`;
const answers = (body, status = 200, headers = {}) => { say = (response) => response.writeHead(status, headers).end(body); };

const headline = "{stock.left:number|Some} left, {fares.price:money|cheap}, {store.name|online}";
const document = {
  id: "fed", landing: "https://shop.example/", value: { currency: "EUR", click: 1 }, exploration: { silence: 0 },
  feeds: { stock: { row: "tent-2", fresh: "10m" }, fares: { by: "country", fresh: "1d" }, store: { nearest: true, within: 100, fresh: "30d" } },
  slots: [{
    name: "hero", kind: "image", width: 600, height: 300, fallback: "v",
    variants: [{ id: "v", image: "demo/art/default.png", alt: "Tents", text: { headline, subline: "{first_name|friend}" } }],
  }],
};

const put = (name, json) => app.admin(`/v1/feeds/${name}`, { method: "PUT", json });
const ana = consenting("ana", { traits: { first_name: "Ana", country: "HR", language: "hr" } });
const DIRECT = {
  headers: { "user-agent": "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17531; Pro)" },
  cf: { country: "HR", city: "Zagreb", latitude: "45.815", longitude: "15.98", timezone: "Europe/Zagreb", asn: 5391 },
};

before(async () => {
  await publish(app, document);
  await importProfiles(app, ana);
  writeFileSync(join(folder, "fed.json"), JSON.stringify(document));
  writeFileSync(join(folder, "ana.json"), JSON.stringify(ana));
  writeFileSync(join(folder, "request.json"), JSON.stringify({
    user_agent: DIRECT.headers["user-agent"], country: "HR", city: "Zagreb", coordinates: [45.815, 15.98], timezone: "Europe/Zagreb", asn: 5391,
  }));
});

/** What the Worker answers, to Ana or to nobody. */
async function served(r = "", options = {}) {
  const answer = await app.get(`/o/fed/hero.png?r=${r}`, options);
  assert.equal(answer.status, 200);
  return Buffer.from(await answer.arrayBuffer());
}

/** What the command line draws with these feeds. */
function drawn(feeds, ...more) {
  const [file, out] = [join(folder, "feeds.json"), join(folder, "out.png")];
  writeFileSync(file, JSON.stringify(feeds));
  const images = fileURLToPath(new URL("../../www", import.meta.url));
  execFileSync(fileURLToPath(new URL("../../target/debug/apropos", import.meta.url)), ["render", join(folder, "fed.json"), "--images", images, "--feeds", file, "-o", out, ...more]);
  return readFileSync(out);
}
const forAna = () => ["--as", join(folder, "ana.json"), "--from", join(folder, "request.json")];

/** The isolates take up to five seconds to ask again for what they know. */
const shows = async (expected, ...how) => eventually(async () => (await served(...how)).equals(expected), { within: 15_000, every: 300 });

const FEEDS = {
  stock: { at: new Date().toISOString(), rows: { "tent-2": { left: 1200 } } },
  fares: { rows: { HR: { price: 49.9 }, DE: { price: 54 } } },
  store: { places: [{ lat: 45.8, lon: 15.98, name: "Ilica 1" }, { lat: 43.5, lon: 16.44, name: "Split" }] },
};

test("what was told is what is drawn, to the byte: everyone's to all, her own to her", async () => {
  const nothing = drawn({});
  assert.ok((await served()).equals(nothing), "nothing was told yet");
  for (const [name, feed] of Object.entries(FEEDS)) {
    const answer = await put(name, feed);
    assert.equal(answer.status, 200, await answer.clone().text());
    assert.equal((await answer.json()).rows, feed.places?.length ?? Object.keys(feed.rows).length);
  }
  const [everyones, hers] = [drawn(FEEDS), drawn(FEEDS, ...forAna())];
  assert.ok(!everyones.equals(nothing) && !hers.equals(everyones));
  assert.ok(drawn({ stock: FEEDS.stock }).equals(everyones), "to nobody in particular only how many are left");
  await shows(everyones);
  await shows(hers, token("ana"), DIRECT);
});

test("a feed is read back with its time, and what is stale is no longer shown", async () => {
  const told = await (await app.admin("/v1/feeds/fares")).json();
  assert.ok(Date.now() - Date.parse(told.at) < 5 * MINUTE, `${told.at} is the time of arrival`);
  assert.deepEqual(told.rows, FEEDS.fares.rows);
  const stale = { ...FEEDS.stock, at: new Date(Date.now() - 11 * MINUTE).toISOString() };
  assert.equal((await put("stock", stale)).status, 200);
  await shows(drawn({}));
  await shows(drawn({ ...FEEDS, stock: stale }, ...forAna()), token("ana"), DIRECT);
  assert.equal((await put("stock", { ...stale, at: new Date(Date.now() + 60 * MINUTE).toISOString() })).status, 200);
  await shows(drawn({}));
});

test("mistakes are told, with their place, and change nothing", async () => {
  const answer = await put("fares", { rows: { HR: { price: [1] } } });
  assert.equal(answer.status, 422);
  assert.equal((await answer.json()).problems[0].path, "rows.HR.price");
  for (const [body, told] of [
    [{ pull: { url: "http://shop.example/feed", every: "15m" } }, "https://"],
    [{ pull: { url: "https://me:secret@shop.example/feed", every: "15m" } }, "names no user"],
    [{ pull: { url: "https://shop.example/feed", every: "1m" } }, "from 5m to 7d"],
    [{ pull: { url: "feed", every: "15m" } }, "no address"],
    [{ pull: { url: address(), every: "15m" }, values: {} }, "stands alone"],
  ]) {
    const refused = await put("fares", body);
    assert.equal(refused.status, 422);
    assert.match((await refused.json()).error, new RegExp(told));
  }
  assert.equal((await app.admin("/v1/feeds/Fares", { method: "PUT", json: { values: {} } })).status, 422);
  assert.equal((await app.admin("/v1/feeds/fares", { method: "POST", json: {} })).status, 405);
  assert.equal((await app.admin("/v1/feeds/none")).status, 404);
  assert.equal((await app.get("/v1/feeds/fares")).status, 401);
  assert.deepEqual((await (await app.admin("/v1/feeds/fares")).json()).rows, FEEDS.fares.rows);
});

test("the cron pulls what is due, keeps the last good one when that fails, and says why", async () => {
  const left = (n) => JSON.stringify({ rows: { "tent-2": { left: n } } });
  for (const [body, status, headers, told] of [
    ["gone", 404, {}, "answers 404"],
    ["", 302, { location: "https://elsewhere.example/" }, "redirect"],
    ["nonsense", 200, {}, "problems"],
    [`{"values": {"a": "${"x".repeat(300_000)}"}}`, 200, {}, "more than 262144 bytes"],
    [Buffer.from([0xff, 0xfe]), 200, {}, "UTF-8"],
  ]) {
    answers(body, status, headers);
    const refused = await put("stock", { pull: { url: address(), every: "15m" } });
    assert.equal(refused.status, 422);
    assert.match((await refused.json()).error, new RegExp(told));
  }
  answers(left(3));
  assert.equal((await put("stock", { pull: { url: address(), every: "15m" } })).status, 200);
  await shows(drawn({ stock: JSON.parse(left(3)) }));

  const cron = async (minutes) => assert.equal((await app.get(`/cdn-cgi/local/scheduled?cron=${encodeURIComponent("*/5 * * * *")}&time=${Date.now() + minutes * MINUTE}`)).status, 200);
  const known = async () => (await app.admin("/v1/feeds/stock")).json();
  answers(left(2));
  await cron(10);
  assert.equal((await known()).rows["tent-2"].left, 3, "not due yet");
  await cron(16);
  assert.equal((await known()).rows["tent-2"].left, 2, "due");
  await shows(drawn({ stock: JSON.parse(left(2)) }));

  answers("down", 503);
  await cron(32);
  const kept = await known();
  assert.equal(kept.rows["tent-2"].left, 2, "the last good one");
  assert.match(kept.pull.failed, /answers 503/);
  answers(left(1));
  await cron(48);
  assert.equal((await known()).rows["tent-2"].left, 1, "it is tried again");
  assert.equal((await known()).pull.failed, undefined);

  // what is told replaces what is pulled, and what is forgotten is no longer pulled
  assert.equal((await put("stock", JSON.parse(left(9)))).status, 200);
  await cron(64);
  assert.equal((await known()).rows["tent-2"].left, 9);
  assert.equal((await app.admin("/v1/feeds/stock", { method: "DELETE" })).status, 200);
  assert.equal((await app.admin("/v1/feeds/stock")).status, 404);
  await shows(drawn({}));
});

test("without the setting nothing on this machine is pulled", async () => {
  const strict = await start();
  try {
    const answer = await strict.admin("/v1/feeds/stock", { method: "PUT", json: { pull: { url: address(), every: "15m" } } });
    assert.equal(answer.status, 422);
  } finally {
    await strict.stop();
  }
});
