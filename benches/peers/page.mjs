// A landing page's first decision beside what users would pick instead; `cargo xtask bench page` builds what this needs and runs it.
//
// Each contender is a page with one slot, one script and what that script fetches, served from one machine by one server (gzip, a tag to ask again by, the same headers), so what differs is what
// has to come, be compiled and run. A page is loaded in a real Chromium with an empty profile (first visit) and again in the same profile (second). The number is the time from the start of the navigation until
// the decision is there, the median of the rounds; contenders take turns.
//
//   ours        `/apropos.js` from its tag, the engine, a campaign's bundle of three slots: scores intent, asks every guardrail, weighs variants against silence.
//   GrowthBook  the SDK and a payload of three features of three rules: `initSync`, `getFeatureValue`.
//   Optimizely  the SDK and a datafile of three flags, each an experiment: `decide`. Its own fetching and polling are left out, since they would only add.
//   Ninetailed  decides in its API and chooses in the page: the SDK asks for a profile, which is answered at once from here.
//
// Types are what an editor reads: the declarations of the package's own, without those of what it is made of.
//
//   node page.mjs <repository>
//
// prints rows (rows.mjs). What it serves of ours comes from workerd, once, beforehand.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { print } from "./rows.mjs";

const ROUNDS = 9;
const [repository] = process.argv.slice(2);
const here = (path) => new URL(path, import.meta.url);
const ofRoot = createRequire(join(repository, "package.json"));
const { build } = ofRoot("esbuild");
const tests = (name) => import(pathToFileURL(join(repository, "tests/e2e", name)));
const { startBrowser } = await tests("browser.mjs");
const { start } = await tests("harness.mjs");
const { publish } = await tests("campaign.mjs");

// --- what is served

const files = new Map();
const TYPES = { js: "text/javascript", json: "application/json", wasm: "application/wasm", html: "text/html", bin: "application/octet-stream" };
const serve = (path, body, { type = TYPES[path.split(".").at(-1)], fresh = 0 } = {}) =>
  files.set(path, { packed: gzipSync(body, { level: 9 }), type, fresh, tag: `"${Buffer.from(body).length}-${path.length}"` });
const gzipped = (path) => files.get(path).packed.length / 1000;

const server = createServer((req, res) => {
  const path = req.url.split("?")[0], file = files.get(path) ?? (path.includes("/profiles") ? files.get("/ninetailed.json") : undefined);
  if (!file) return res.writeHead(404).end();
  const headers = { "content-type": file.type, etag: file.tag, "cache-control": file.fresh ? `max-age=${file.fresh}` : "no-cache" };
  if (req.headers["if-none-match"] === file.tag) return res.writeHead(304, headers).end();
  res.writeHead(200, { ...headers, "content-encoding": "gzip", "content-length": file.packed.length });
  res.end(file.packed);
});

const page = (script) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,"><h1 data-apropos-slot="s0">Default</h1>${script}</html>`;

// --- ours

const variants = (slot) => ["plain", "sale", "repair"].map((id, i) => ({ id, text: { headline: `${slot} ${id}` }, motivations: [[], ["price"], ["trust"]][i], ...(i && { when: { device: { $in: ["desktop", "phone"] } } }) }));
const campaign = { id: "bench", landing: "/", value: { currency: "EUR", click: 0.3, convert: 18 }, exploration: { silence: 0 }, slots: [0, 1, 2].map((i) => ({ name: `s${i}`, kind: "text", fallback: "plain", variants: variants(`s${i}`) })) };

async function ours() {
  const app = await start();
  try {
    await publish(app, campaign);
    const answer = await app.get("/p/bench");
    assert.equal(answer.status, 200);
    serve("/p/bench", Buffer.from(await answer.arrayBuffer()), { type: TYPES.bin });
  } finally {
    await app.stop();
  }
  const year = { fresh: 31536000 };
  serve("/apropos.js", readFileSync(join(repository, "www/apropos.js")), { fresh: 300 });
  serve("/apropos/session.js", readFileSync(join(repository, "www/apropos/session.js")), year);
  for (const name of ["engine.js", "engine_bg.wasm"]) serve(`/engine/${name}`, readFileSync(join(repository, "www/engine", name)), year);
  serve("/ours.html", page('<script type="module" src="/apropos.js" data-apropos-campaign="bench"></script>'));
  return ["/apropos.js", "/engine/engine.js", "/engine/engine_bg.wasm"];
}

// --- the peers: a script that decides and says so

const PEERS = {
  GrowthBook: {
    name: "@growthbook/growthbook",
    script: `import { GrowthBook } from "@growthbook/growthbook";
      const payload = await (await fetch("/growthbook.json")).json();
      const client = new GrowthBook({ attributes: { id: "u1", device: "desktop" } }).initSync({ payload });
      window.decided([0, 1, 2].map((i) => client.getFeatureValue("s" + i, "none")));`,
    data: ["/growthbook.json", { features: Object.fromEntries([0, 1, 2].map((i) => [`s${i}`, { defaultValue: "plain", rules: [
      { condition: { device: "tv" }, force: "sale" }, { condition: { device: "car" }, force: "repair" },
      { condition: { device: { $in: ["desktop", "phone"] } }, variations: ["plain", "sale", "repair"], weights: [0.34, 0.33, 0.33], hashAttribute: "id", key: `e${i}` }] }])) }],
  },
  Optimizely: {
    name: "@optimizely/optimizely-sdk",
    script: `import { createInstance, createStaticProjectConfigManager } from "@optimizely/optimizely-sdk";
      const datafile = await (await fetch("/optimizely.json")).text();
      const client = createInstance({ projectConfigManager: createStaticProjectConfigManager({ datafile }) });
      await client.onReady();
      const user = client.createUserContext("u1", { device: "desktop" });
      window.decided([0, 1, 2].map((i) => user.decide("s" + i, ["DISABLE_DECISION_EVENT"]).variationKey));`,
    data: ["/optimizely.json", {
      version: "4", rollouts: [], typedAudiences: [], anonymizeIP: true, projectId: "1", variables: [], accountId: "1", events: [], revision: "1", botFiltering: false, groups: [],
      attributes: [{ id: "a1", key: "device" }],
      audiences: [{ id: "au", name: "au", conditions: JSON.stringify(["and", ["or", ["or", { name: "device", type: "custom_attribute", value: "desktop", match: "exact" }]]]) }],
      featureFlags: [0, 1, 2].map((i) => ({ id: `f${i}`, key: `s${i}`, experimentIds: [`x${i}`], rolloutId: "", variables: [] })),
      experiments: [0, 1, 2].map((i) => ({
        id: `x${i}`, key: `x${i}`, layerId: `l${i}`, status: "Running", audienceIds: ["au"], forcedVariations: {},
        variations: ["plain", "sale", "repair"].map((key, v) => ({ id: `v${i}${v}`, key: `${key}${i}`, featureEnabled: true, variables: [] })),
        trafficAllocation: [3400, 6700, 10000].map((endOfRange, v) => ({ entityId: `v${i}${v}`, endOfRange })),
      })),
    }],
  },
  Ninetailed: {
    name: "@ninetailed/experience.js",
    script: `import { Ninetailed } from "@ninetailed/experience.js";
      const client = new Ninetailed({ clientId: "c", url: location.origin }, { url: location.origin });
      client.onProfileChange(({ status, experiences }) => status === "success" && window.decided(experiences.map(({ variantIndex }) => String(variantIndex))));
      client.page();`,
    data: ["/ninetailed.json", {
      data: {
        profile: { id: "p1", stableId: "p1", random: 0.5, audiences: ["au"], traits: {}, location: {}, session: { id: "s1", isReturningVisitor: false, landingPage: { path: "/", url: "http://localhost/", referrer: "", query: {}, search: "" }, count: 1, activeSessionLength: 0, averageSessionLength: 0 } },
        experiences: [0, 1, 2].map((i) => ({ experienceId: `x${i}`, variantIndex: 1, variants: {}, sticky: false })), changes: [],
      },
      message: "ok", error: null,
    }],
  },
};

async function peer(key, { name, script, data: [path, data] }) {
  const bundled = await build({
    stdin: { contents: script, resolveDir: here(".").pathname }, bundle: true, minify: true, format: "esm", target: "es2022", platform: "browser", define: { "process.env.NODE_ENV": '"production"' },
    write: false, logLevel: "error",
  });
  serve(`/${key}.js`, bundled.outputFiles[0].text, { fresh: 300 });
  serve(path, JSON.stringify(data));
  serve(`/${key}.html`, page(`<script type="module" src="/${key}.js"></script>`));
  const folder = here(`node_modules/${name}/`);
  const { version } = JSON.parse(readFileSync(new URL("package.json", folder)));
  return { named: `${key} ${version}`, types: declarations(folder.pathname) };
}

/** The declarations in a package's folder, packed, in kilobytes. */
function declarations(folder) {
  const texts = readdirSync(folder, { recursive: true }).filter((path) => /\.d\.m?ts$/.test(path) && !path.includes("node_modules")).map((path) => readFileSync(join(folder, path)));
  return gzipSync(Buffer.concat(texts), { level: 9 }).length / 1000;
}

// --- visits

const WATCH = () => {
  window.decided = (what) => (window.result ??= { at: performance.now(), what });
  document.addEventListener("apropos:decision", ({ detail }) => window.decided(detail.slots.map(({ variant }) => String(variant))));
};

async function visits(base, key) {
  const browser = await startBrowser();
  try {
    await browser.context.addInitScript(WATCH);
    const took = [];
    for (let visit = 0; visit < 2; visit++) {
      const page = await browser.context.newPage();
      await page.goto(`${base}/${key}.html`);
      let result;
      for (const end = Date.now() + 10_000; !result && Date.now() < end; ) result = (await page.evaluate(() => window.result)) ?? (await new Promise((resolve) => setTimeout(resolve, 20)));
      assert(result?.what.length === 3, `${key} doesn't decide: ${JSON.stringify(result)}`);
      took.push(result.at);
      await page.close();
    }
    return took;
  } finally {
    await browser.stop();
  }
}

const ourFiles = await ours();
const peers = {};
for (const [key, spec] of Object.entries(PEERS)) peers[key] = await peer(key, spec);
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const base = `http://127.0.0.1:${server.address().port}`;
const took = Object.fromEntries(["ours", ...Object.keys(PEERS)].map((key) => [key, [[], []]]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [key, [first, second]] of Object.entries(took)) {
    const [a, b] = await visits(base, key);
    first.push(a);
    second.push(b);
  }
}
server.close();

const beside = (name, unit, ours, of) => Object.entries(peers).forEach(([key, { named }]) => print(name, unit, ours, of(key), named));
const sum = (paths) => paths.reduce((total, path) => total + gzipped(path), 0);
beside("script, gzipped", "KB", gzipped("/apropos.js"), (key) => gzipped(`/${key}.js`));
beside("all that is loaded before it decides, gzipped", "KB", sum([...ourFiles, "/p/bench"]), (key) => gzipped(`/${key}.js`) + gzipped(PEERS[key].data[0]));
print("engine, gzipped", "KB", sum(ourFiles.slice(1)));
print("engine's wasm as it is", "KB", statSync(join(repository, "www/engine/engine_bg.wasm")).size / 1000);
beside("types, gzipped", "KB", declarations(join(repository, "www/page/dist/types/")), (key) => peers[key].types);
beside("first visit until it is decided", "ms", took.ours[0], (key) => took[key][0]);
beside("second visit until it is decided", "ms", took.ours[1], (key) => took[key][1]);
