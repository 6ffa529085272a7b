// Requests a second at the edge beside what the platform itself costs, in one run; `cargo xtask bench edge` builds what this needs and runs it.
//
// Both sides are Rust in plain workerd with a Durable Object on disk, each in a process of its own: wrangler's own entry would cost more than either. KV, R2 and the
// queue are emulated in that process (edge/storage.mjs), whose processor time counts against whoever asks them. What counts for a ratio is the processor time that the thread takes
// which runs Workers, for each request at saturation; requests a second and times are those of this machine, on which the load runs too.
//
//   node edge.mjs <folder with the tools> <build folder of the Worker> <constant.js> <its wasm> <folder to write to>
//
// prints rows (rows.mjs).
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Load } from "./edge/load.mjs";
import { Runtime } from "./pictures/workerd.mjs";
import { median, print } from "./rows.mjs";

const ROUNDS = 7, ROUND_MS = 1500, CONNECTIONS = 16, PEOPLE = 2000, PACED_MS = 10_000;
const [root, build, module, wasm, folder] = process.argv.slice(2);
const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const { SECRETS } = await import(join(root, "tests/e2e/harness.mjs"));
const { token } = await import(join(root, "tests/e2e/tokens.mjs"));
const { campaign, consenting } = await import(join(root, "tests/e2e/campaign.mjs"));

// --- the two

rmSync(folder, { recursive: true, force: true });
const runtime = new Runtime(root, folder);
mkdirSync(join(folder, "ours"), { recursive: true });
runtime.bundle("constant", here("edge/constant.mjs"), { edge: module, "edge/wasm": wasm });
for (const file of ["index.js", "index_bg.wasm", "shaper_bg.wasm"]) copyFileSync(join(build, file), join(folder, "ours", file));
const storage = here("edge/storage.mjs");
const constant = await runtime.start("constant", {}, {}, { storage, objects: { OBJECT: "Constant" } });
const ours = await runtime.start("ours", {}, {
  ...SECRETS, SHARDS: "16", FALLBACK_URL: "/", PAGE_ORIGINS: "", PAGE_WRITE_KEYS: "", SNS_TOPICS: "", TOPICS: "", LEARN_AFTER: "60",
}, { storage, main: "index.js", assets: join(root, "www"), objects: { RECIPIENTS: "Recipients", CAMPAIGNS: "Campaigns", REGISTER: "Register" } });

// --- what is asked

const admin = { authorization: `Bearer ${SECRETS.ADMIN_SECRET}` };
const put = async (path, body) => {
  const answer = await fetch(ours.base + path, { method: "PUT", headers: admin, body });
  assert.equal(answer.status, 200, await answer.text());
};
const end = new Date(Date.now() + 5 * 3_600_000).toISOString();
await put("/v1/campaigns/bench", JSON.stringify(campaign("bench", (document) => document.slots.push({
  name: "clock", kind: "image", width: 600, height: 120, fallback: "clock", variants: [{ id: "clock", alt: "Time left", countdown: { to: { at: end } } }],
}))));
const people = Array.from({ length: PEOPLE }, (_, i) => `person-${i}@example.com`);
await put("/v1/profiles", people.map((id) => JSON.stringify(consenting(id))).join("\n"));
const tokens = people.map((id) => token(id));
const BROWSER = { "user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148" };

/** Asks `make(n)`, of another person each time. */
const job = (worker, expected, make) => {
  const load = new Load(worker.base, CONNECTIONS);
  let n = 0;
  return { worker, load, expected, next: () => load.request(make(n++)), cpu: [], rate: [] };
};
const opened = (path) => job(ours, 200, (n) => ({ path: `${path}?r=${tokens[n % PEOPLE]}`, headers: BROWSER }));
const jobs = {
  constant: job(constant, 200, () => ({ path: "/" })),
  kv: job(constant, 200, () => ({ path: "/kv" })),
  object: job(constant, 200, () => ({ path: "/object" })),
  asset: opened("/o/bench/cta.png"),
  hero: opened("/o/bench/hero.jpg"),
  countdown: opened("/o/bench/clock.gif"),
  click: job(ours, 302, (n) => ({ path: `/c/bench/hero?r=${tokens[n % PEOPLE]}`, headers: BROWSER })),
  decide: job(ours, 200, (n) => ({
    path: "/v1/decide", method: "POST", headers: { ...admin, "content-type": "application/json" }, body: JSON.stringify({ campaign: "bench", recipient: people[n % PEOPLE] }),
  })),
};

// --- the measurement

const round = async (it, milliseconds) => {
  const before = it.worker.cpu();
  const { answers, seconds } = await it.load.most(it.next, it.expected, milliseconds);
  return { cpu: ((it.worker.cpu() - before) * 1000) / answers, rate: answers / seconds };
};
for (const it of Object.values(jobs)) await round(it, 2 * ROUND_MS);
for (let i = 0; i < ROUNDS; i++) {
  for (const it of Object.values(jobs)) {
    const { cpu, rate } = await round(it, ROUND_MS);
    it.cpu.push(cpu);
    it.rate.push(rate);
  }
}
const paced = async (it) => {
  const took = await it.load.paced(it.next, 0.8 * median(it.rate), PACED_MS);
  return [0.5, 0.99].map((share) => took[Math.floor(took.length * share)]);
};
for (const it of Object.values(jobs)) it.times = await paced(it);
ours.stop();
constant.stop();

// --- the table

const TITLES = {
  asset: "open, stored image", hero: "open, hero drawn", countdown: "open, countdown drawn", click: "click", decide: "POST /v1/decide",
  object: "Rust Worker, one object called", kv: "Rust Worker, one read of KV", constant: "Rust Worker, constant",
};
const PLATFORM = { object: "one object called", constant: "constant" };
for (const name of ["asset", "hero", "countdown", "click", "decide"]) {
  const { cpu } = jobs[name];
  for (const [peer, title] of Object.entries(PLATFORM)) print(`${TITLES[name]}, processor time`, "µs", cpu, jobs[peer].cpu, title);
}
for (const name of ["kv", "object", "constant"]) print(`${TITLES[name]}, processor time`, "µs", jobs[name].cpu);
for (const [name, title] of Object.entries(TITLES)) print(`${title}, requests a second`, "/s", jobs[name].rate);
for (const [name, title] of Object.entries(TITLES)) {
  const [p50, p99] = jobs[name].times;
  print(`${title}, p50 at 80 %`, "ms", p50);
  print(`${title}, p99 at 80 %`, "ms", p99);
}
