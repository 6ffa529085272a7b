// The decision beside what users would pick instead, in one process and by one clock; `cargo xtask bench decide` builds what this needs and runs it.
//
// The work, the same on each side: N rules of three clauses (a country in a list, a cart above 50, a number of orders). In all but the last one
// clause fails: the first, second and third by turns, since whoever stops at the first that fails gains by its place (flagd severalfold). The last rule matches and splits people 34/33/33 by a hash of who they are.
// Each decision is for another person.
//
//   ours        One text slot. A rule that fails is a variant with a `when` of three clauses; the one that matches is a third of the slot's three candidates:
//               two variants with a `when` that holds, and the fallback, which can have none. So N + 1 conditions, weighed by a policy without
//               preference (sharpness 0). Besides, each decision reads all signals under their consents, scores intent on ten questions with the shipped model,
//               asks every guardrail, weighs sending against silence, and knows the probability of what it chose.
//   GrowthBook  A feature with N rules: N - 1 that force a value, and an experiment on `id`. GrowthBookClient, no tracking callback.
//   flagd       A flag whose targeting is one `if` of N conditions, the last with `fractional`. Edge mode: interpreted, since Workers allow no generated code.
//
// "In wasm" is a loop inside the module: the engine alone, its inputs read beforehand. "Browser module" is what a page calls: profile and request as
// objects in (read and checked each time), the whole explanation as an object out. The peers take objects and answer with a value.
//
// Contenders take turns in short batches, so that a busy machine slows all of them; each number is the median of its batches.
//
//   node decide.mjs <native program> <our loop's module.js> <its wasm> <browser module.js> <its wasm>
//
// prints rows (rows.mjs).
import { GrowthBookClient } from "@growthbook/growthbook";
import { FlagdCore } from "@openfeature/flagd-core";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { print } from "./rows.mjs";

const ROUNDS = 61, BATCH_NS = 2e6, WARM_UP_NS = 3e8;
const [native, loop, loopWasm, browser, browserWasm] = process.argv.slice(2);
const load = async (js, wasm) => {
  const module = await import(pathToFileURL(js));
  module.initSync({ module: readFileSync(wasm) });
  return module;
};
const { Question } = await load(loop, loopWasm), { Engine } = await load(browser, browserWasm);
const version = (name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;

const NOW = 1_795_000_000_000, RULES = [1, 10, 100], title = (n) => (n === 1 ? "1 rule" : `${n} rules`);
const profile = {
  id: "c-1", traits: { first_name: "Ana", timezone: "Europe/Zagreb", country: "HR" },
  consent: { email: { marketing: true, personalization: true, measurement: true } },
  engagement: { delivered: 9, opens: 5, clicks: 2, last_open: "2026-11-10", unanswered: 1 },
  purchases: { count: 4, discounted: 2, value: 310, last: "2026-09-01", categories: { tents: 2 } },
  browsing: { sessions: 3, product_views: 12, info_views: 1, last_visit: "2026-11-15" },
  cart: { value: 84, items: 2 }, lifecycle: { since: "2024-05-01" },
};
const request = {
  surface: "image", country: "HR", timezone: "Europe/Zagreb",
  user_agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
};

// --- the campaigns

const text = { headline: "Hello" };
const campaign = (slots, exploration, more = {}) => JSON.stringify({
  ...more,
  id: "bench", landing: "/", value: { currency: "EUR", click: 0.3, convert: 18 }, exploration,
  slots: slots.map(([name, variants]) => ({ name, kind: "text", fallback: variants[0].id, variants })),
});
const HOLDS = { countries: ["HR", "SI"], cart: 50, orders: 1 };
const clauses = ({ countries, cart, orders }) => ({ country: { $in: countries }, cart_value: { $gt: cart }, purchases: { $gte: orders } });
const fails = (n) => Array.from({ length: n - 1 }, (_, i) => {
  const wrong = [{ countries: ["AT", "BA"] }, { cart: 1000 + i }, { orders: 1000 + i }][i % 3];
  return [`v${i + 1}`, { ...HOLDS, ...wrong }];
});
const rules = (n) => campaign([["s", [
  { id: "a", text }, ...fails(n).map(([id, wrong]) => ({ id, text, when: clauses(wrong) })), ...["b", "c"].map((id) => ({ id, text, when: clauses(HOLDS) })),
]]], { floor: 0, sharpness: 0, silence: 0 });

const motivations = ["price", "assortment", "convenience", "trust", "urgency"];
// every guardrail set, and five signals asked for that the shipped model doesn't: sixty in all
const asked = ["topics_wanted", "weekly_limit", "age", "days_since_exposure", "session_pages", "local_hour", "weekday"];
const audience = { $nor: asked.map((signal) => ({ [signal]: { $lt: -1 } })) };
const variant = (_, i) => (i ? {
  id: `v${i}`, text, motivations: [motivations[i % 5]], product: `p-${i}`, incentive: { cost: i, discount: 5 }, when: { unanswered: { $lt: 9 } },
} : { id: "v0", text });
const guardrails = {
  frequency: [{ across: "campaign", max: 3, window: "7d" }, { across: "all", max: 9, window: "28d" }], fatigue: { max: 8, min: 1, window: "28d" },
  quiet_hours: { from: 22, to: 7, timezone: "Europe/Zagreb" }, recent_purchase: { within: "3d" }, same_product: { within: "60d" }, support: {},
  first_contact: { welcome: "14d", cart: false }, discount_ladder: { rungs: [5, 10] }, margin: { floor: 0.2 }, freshness: { within: "365d" },
  market: { countries: ["HR"], min_age: 0 },
};
const full = campaign([0, 1, 2].map((i) => [`s${i}`, Array.from({ length: 8 }, variant)]), { floor: 0.02 }, { audience, guardrails });

// --- the peers

const ids = Array.from({ length: 4096 }, (_, i) => `u${i}`);
const attributes = (i) => ({ country: "HR", cart_value: 84, purchases: 4, id: ids[i & 4095], targetingKey: ids[i & 4095] });

function growthbook(n) {
  const forced = fails(n).map(([id, wrong]) => ({ condition: clauses(wrong), force: id }));
  const split = { condition: clauses(HOLDS), variations: ["a", "b", "c"], weights: [0.34, 0.33, 0.33], hashAttribute: "id", key: "split" };
  const client = new GrowthBookClient().initSync({ payload: { features: { f: { defaultValue: "none", rules: [...forced, split] } } } });
  return (i) => client.getFeatureValue("f", "none", { attributes: attributes(i) });
}

function flagd(n) {
  const all = ({ countries, cart, orders }) => ({ and: [{ in: [{ var: "country" }, countries] }, { ">": [{ var: "cart_value" }, cart] }, { ">=": [{ var: "purchases" }, orders] }] });
  const forced = fails(n).flatMap(([id, wrong]) => [all(wrong), id]);
  const targeting = { if: [...forced, all(HOLDS), { fractional: [["a", 34], ["b", 33], ["c", 33]] }, "none"] };
  const variants = Object.fromEntries(["none", "a", "b", "c", ...fails(n).map(([id]) => id)].map((id) => [id, id]));
  const core = new FlagdCore(undefined, undefined, { disableDynamicCodeGeneration: true });
  core.setConfigurations(JSON.stringify({ flags: { f: { state: "ENABLED", variants, defaultVariant: "none", targeting } } }));
  return (i) => core.resolveStringEvaluation("f", "none", attributes(i)).value;
}

// --- contenders: each times a batch of decisions and tells the nanoseconds

const clock = (batch) => {
  const start = process.hrtime.bigint();
  batch();
  return Number(process.hrtime.bigint() - start);
};

let sink = 0;
const inJavaScript = (decide) => (count) => clock(() => { for (let i = 0; i < count; i++) sink += decide(i).length; });
const throughBrowser = (engine) => (seed) => engine.decide({ profile, request, now: NOW, seed }).assembly[0].variant;

const program = spawn(native, { stdio: ["pipe", "pipe", "inherit"] });
const answers = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
const ask = async (line) => {
  program.stdin.write(line + "\n");
  const { value } = await answers.next();
  assert(value, "the native program ended");
  return value.split(" ").map(Number);
};

async function ours(name, campaign) {
  const text = JSON.stringify({ campaign, profile, request, now: NOW }), question = new Question(text), engine = new Engine(campaign);
  const [at] = await ask(text);
  const [, sum] = await ask(`run ${at} 1000`);
  assert.equal(question.run(1000), sum, "native and wasm decide otherwise");
  return {
    decide: throughBrowser(engine),
    contenders: [
      [`${name}, native`, async (count) => (await ask(`run ${at} ${count}`))[0]],
      [`${name}, in wasm`, (count) => clock(() => { sink += question.run(count); })],
      [`${name}, explained, in wasm`, (count) => clock(() => { sink += question.run_explained(count); })],
      [`${name}, browser module`, inJavaScript(throughBrowser(engine))],
    ],
  };
}

/** Whoever gives all people one answer, or takes another rule for the last, is not measured. */
function assertSplits(name, decide) {
  const count = { a: 0, b: 0, c: 0 };
  for (let i = 0; i < 3000; i++) count[decide(i)]++;
  for (const [answer, n] of Object.entries(count)) assert(n > 900 && n < 1100, `${name}: ${answer} ${n} of 3000 times`);
}

const contenders = [];
for (const n of RULES) {
  const us = await ours(title(n), rules(n)), peers = { GrowthBook: growthbook(n), flagd: flagd(n) };
  for (const [name, decide] of Object.entries({ ...peers, ours: us.decide })) assertSplits(`${name}, ${title(n)}`, decide);
  contenders.push(...us.contenders, ...Object.entries(peers).map(([name, decide]) => [`${title(n)}, ${name}`, inJavaScript(decide)]));
}
contenders.push(...(await ours("3 slots × 8 variants", full)).contenders);

// --- the measurement

const took = new Map();
for (const [name, time] of contenders) {
  let count = 1, spent = 0, last;
  for (; spent < WARM_UP_NS || last < BATCH_NS; spent += last) {
    last = await time(count);
    if (last < BATCH_NS) count *= 2;
  }
  took.set(name, { time, count: Math.max(1, Math.round((count * BATCH_NS) / last)), each: [] });
}
for (let round = 0; round < ROUNDS; round++) {
  for (const { time, count, each } of took.values()) each.push((await time(count)) / count);
}
program.stdin.end();
assert(Number.isFinite(sink));

const micros = (name) => took.get(name).each.map((nanos) => nanos / 1000);
const peers = { GrowthBook: `GrowthBook ${version("@growthbook/growthbook")}`, flagd: `flagd-core ${version("@openfeature/flagd-core")}, edge mode` };
for (const n of RULES) {
  for (const way of ["in wasm", "browser module"]) {
    const name = `${title(n)}, ${way}`;
    for (const [peer, named] of Object.entries(peers)) print(name, "µs", micros(name), micros(`${title(n)}, ${peer}`), named);
  }
  for (const way of ["native", "explained, in wasm"]) print(`${title(n)}, ${way}`, "µs", micros(`${title(n)}, ${way}`));
}
for (const way of ["native", "in wasm", "explained, in wasm", "browser module"]) print(`3 slots × 8 variants, ${way}`, "µs", micros(`3 slots × 8 variants, ${way}`));
