// A landing page of another origin, as a shop has it, and the Worker behind its script: real pages in a real browser.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { startBrowser } from "./browser.mjs";
import { consenting, importProfiles, publish } from "./campaign.mjs";
import { eventually, start } from "./harness.mjs";
import { token } from "./tokens.mjs";

// --- the shop's site

const STRICT = (nonce, edge) =>
  `default-src 'none'; script-src 'nonce-${nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; connect-src ${edge}; img-src 'self' data: ${edge}; style-src 'nonce-${nonce}'; ` +
  "base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const BODY = `
  <a data-apropos-slot="hero" href="/default"><img src="/default.png" width="600" height="300" alt="Default"></a>
  <section data-apropos-slot="headline"><h1 data-apropos="headline">Default</h1><a data-apropos="url button title:subline" href="/default">Default</a></section>
  <p id="after">After the slots</p>
  <div id="space"></div>
  <apropos-slot name="offer">Default</apropos-slot>
  <p id="end">The end</p>`;

/** Pages by path; `page` sets one, the answer tells its URL. */
async function startSite() {
  const pages = new Map();
  const server = createServer((req, res) => {
    const path = req.url.split(/[?#]/)[0];
    if (path === "/default.png") {
      res.writeHead(200, { "content-type": "image/png", "cache-control": "max-age=3600" });
      return res.end(readFileSync(new URL("../../src/render/pixels/pixel.png", import.meta.url)));
    }
    const page = pages.get(path) ?? [...pages].find(([name]) => path.startsWith(`${name}/`))?.[1];
    res.writeHead(page ? 200 : 404, { "content-type": "text/html", ...page?.headers });
    res.end(page?.html ?? "");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  let count = 0;
  return {
    base,
    page({ body = BODY, head = "", attributes = "", csp = STRICT, tag = "module", campaign = "landing", headers = {} } = {}) {
      const path = `/page-${++count}`, nonce = `n${count}`;
      const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,">
        <style nonce="${nonce}">body { font: 16px sans-serif } img { display: block } #space { height: 2000px }</style>
        ${head.replaceAll("NONCE", nonce)}
        <script ${tag === "module" ? 'type="module"' : tag} nonce="${nonce}" src="${app.base}/apropos.js" data-apropos-campaign="${campaign}" ${attributes}></script>
        </head><body>${body}</body></html>`;
      pages.set(path, { html, headers: { ...(csp && { "content-security-policy": csp(nonce, app.base) }), ...headers } });
      return base + path;
    },
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

const text = (id, headline, more = {}) => ({ id, text: { headline, subline: `${headline} subline`, button: `Go ${id}` }, url: `${site.base}/${id}`, ...more });
/** A campaign in which the fallbacks are never the best: what is shown differs from what the page has by itself. */
const document = (id, change = () => {}) => {
  const campaign = {
    id, landing: `${site.base}/`, value: { currency: "EUR", click: 0.3, convert: 18 }, sticky: "24h",
    exploration: { silence: 0, floor: 0, sharpness: 1_000_000 },
    slots: [
      { name: "hero", kind: "image", width: 600, height: 300, fallback: "default", variants: ["default", "sale", "repair"].map((id, i) => ({ id, image: `demo/art/${id}.png`, alt: `The ${id}`, url: `${site.base}/${id}`, motivations: [[], ["price"], ["trust"]][i] })) },
      { name: "headline", kind: "text", fallback: "plain", variants: [text("plain", "Plain"), text("price", "Price", { motivations: ["price"] }), text("trust", "Trust", { motivations: ["trust"] })] },
      { name: "offer", kind: "text", fallback: "none", variants: [text("none", "No offer"), text("few", "Few products", { motivations: ["price", "trust"], when: { $not: { session_products: { $gte: 2 } } } }), text("products", "Two products", { motivations: ["price", "trust"], when: { session_products: { $gte: 2 } } })] },
    ],
  };
  change(campaign);
  return campaign;
};

const site = await startSite();
const app = await start({ vars: { PAGE_ORIGINS: site.base, DEMO: "1" } });
const browser = await startBrowser({ viewport: { width: 1000, height: 700 }, timezoneId: "Europe/Zagreb", locale: "en-GB", ignoreDefaultArgs: ["--disable-back-forward-cache"] });
after(async () => {
  await browser.stop();
  await site.stop();
  await app.stop();
});
const LONG = "A headline that is so long that it takes a second line, and with it the place of what comes next; so it can't be shown here, where somebody is reading already. ".repeat(3);
const headlines = (headline) => ({ slots }) => slots[1].variants.forEach((variant) => (variant.text.headline = headline));
before(async () => {
  await publish(app, document("landing"));
  await publish(app, document("long", headlines(LONG.slice(0, 300))));
  await publish(app, document("evil", headlines("<img src=x onerror=window.hurt=1>")));
  await publish(app, document("killed"));
});

/** Opens a mail and clicks in it: where the link leads, the visit's token and all. */
async function click(id) {
  await importProfiles(app, consenting(id));
  await app.get(`/o/landing/hero.png?r=${token(id)}`, { headers: { "user-agent": "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17830; Pro)" } });
  const answer = await app.get(`/c/landing/hero?r=${token(id)}`, { headers: { "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36" } });
  return answer.headers.get("location");
}

// --- looking at pages

/** Collects, before anything of the page runs, what happens to it. */
const WATCH = () => {
  const seen = (window.seen = { decisions: [], slots: [], exposures: [], shift: 0, tasks: [], violations: [], painted: null });
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => seen.violations.push(`${violatedDirective} ${blockedURI}`));
  document.addEventListener("apropos:decision", ({ detail }) => seen.decisions.push({ at: performance.now(), ...detail }));
  document.addEventListener("apropos:slot", ({ detail: { slot, variant } }) => seen.slots.push({ at: performance.now(), slot, variant }));
  document.addEventListener("apropos:exposure", ({ detail: { slot, variant, messageId } }) => seen.exposures.push({ slot, variant, messageId }));
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => (seen.shift += entry.value))).observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => seen.tasks.push(entry.duration))).observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => (seen.painted ??= list.getEntries()[0].startTime)).observe({ type: "paint", buffered: true });
};
await browser.context.addInitScript(WATCH);

/** Opens a page in a tab of its own, closed with the test. `before` may prepare the tab. */
async function open(t, url, { before = () => {}, decided = true } = {}) {
  const page = await browser.context.newPage();
  t.after(() => page.close());
  const errors = [], debug = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.text().startsWith("apropos") && debug.push(message.text()));
  await before(page);
  await page.goto(url);
  if (decided) await has(page, () => seen.decisions.length);
  return { page, errors, debug, seen: () => page.evaluate(() => seen) };
}

/** Waits until `condition` holds in the page. Not by `waitForFunction`, which evaluates text and so is what a strict policy forbids. */
const has = (page, condition, argument) => eventually(() => page.evaluate(condition, argument), { every: 25, within: 8000 });
/** Time enough on a busy machine. */
const PATIENT = 'data-apropos-budget="5000"';
const agree = (page, choice) => page.evaluate((choice) => window.apropos.consent(choice), choice);
const stored = (page) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("apropos")));
const clear = (page) => page.evaluate(() => localStorage.clear());
const both = { personalization: true, measurement: true };
const viewed = (page) => page.evaluate(() => window.apropos.track("Product Viewed", { category: "tents" }));

const shown = (page) => page.evaluate(() => Object.fromEntries([...document.querySelectorAll("[data-apropos-slot],apropos-slot")].map((slot) => [slot.dataset.aproposSlot ?? slot.getAttribute("name"), slot.dataset.aproposVariant ?? null])));
const NOTHING = { hero: null, headline: null, offer: null };


test("pages of any origin may load the script and its parts; its sources stay at home", async () => {
  for (const [path, kept] of [["/apropos.js", /max-age=300/], ["/apropos/session.js", /immutable/], ["/engine/engine.js", /immutable/], ["/engine/engine_bg.wasm", /immutable/], ["/pkg/apropos.js", /./]]) {
    const { status, headers } = await app.get(path);
    assert.deepEqual([status, headers.get("access-control-allow-origin")], [200, "*"], path);
    assert.match(headers.get("cache-control"), kept, path);
  }
  assert.equal((await app.get("/page/package.json")).status, 404);
  assert.match((await app.get("/demo/shop")).headers.get("content-security-policy"), /trusted-types 'none'/);
});

test("the decision fills slots, under a strict policy and Trusted Types, and nothing moves", async (t) => {
  const { page, errors, seen } = await open(t, site.page({ attributes: PATIENT }));
  await has(page, () => document.querySelectorAll("[data-apropos-variant]").length === 3);
  const { slots: [hero, headline, offer] } = await page.evaluate(() => window.apropos.decision);
  assert.equal(await page.getAttribute("[data-apropos-slot=hero]", "href"), hero.url);
  assert.equal(await page.getAttribute("img", "src"), app.base + hero.image);
  assert.equal(await page.getAttribute("img", "alt"), hero.alt);
  assert.equal(await page.evaluate(() => document.querySelector("img").naturalWidth), 1200);
  assert.equal(await page.textContent("h1"), headline.headline);
  assert.equal(await page.getAttribute("section a", "title"), headline.subline);
  assert.equal(await page.textContent("section a"), headline.button);
  assert.equal(await page.textContent("apropos-slot"), offer.headline);
  const { shift, violations } = await seen();
  assert.deepEqual({ shift, violations, errors }, { shift: 0, violations: [], errors: [] });
  assert.deepEqual(await stored(page), [], "without consent nothing is stored");
  assert.deepEqual(await page.context().cookies(), []);
});

test("as a classic script it does the same", async (t) => {
  for (const tag of ["", "async", "defer"]) {
    const { page, errors } = await open(t, site.page({ attributes: PATIENT, tag }));
    await has(page, () => document.querySelectorAll("[data-apropos-variant]").length === 3);
    assert.deepEqual(errors, []);
  }
});

/** What a visit's pieces of script took, in milliseconds of the processor's time: whatever else this machine does meanwhile doesn't count. */
async function traced(page, visit) {
  const session = await page.context().newCDPSession(page);
  const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await session.send("Tracing.start", { traceConfig: { includedCategories: ["toplevel", "v8", "devtools.timeline", "disabled-by-default-devtools.timeline"] } });
  await visit();
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await complete;
  const pieces = new Set(["EvaluateScript", "v8.evaluateModule", "TimerFire", "FunctionCall", "BlinkScheduler_PerformMicrotaskCheckpoint"]);
  return events.filter(({ name, tdur }) => pieces.has(name) && tdur).map(({ tdur }) => tdur / 1000);
}

test("first paint by the page itself, then a swap: no shift, and on a processor of a quarter's speed no long task", async (t) => {
  const url = site.page({ attributes: PATIENT });
  await open(t, url); // fills the cache
  const page = await browser.context.newPage();
  t.after(() => page.close());
  const pieces = await traced(page, async () => {
    await page.goto(url);
    await has(page, () => document.querySelectorAll("[data-apropos-variant]").length === 3 && performance.getEntriesByType("resource").some(({ name }) => name.includes("/session.js")));
  });
  const { slots, shift, painted } = await page.evaluate(() => seen);
  assert.equal(shift, 0);
  assert.ok(painted < slots[0].at, `painted after ${painted} ms, filled after ${slots[0].at}`);
  const script = await page.evaluate(() => performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/apropos.js")).responseEnd);
  const longest = Math.max(...pieces);
  t.diagnostic(`a slot is filled ${Math.round(slots[0].at - script)} ms after the script has come; its longest task takes ${longest.toFixed(1)} ms`);
  assert.ok(longest > 0 && longest * 4 <= 50, `${longest} ms`);
});

test("slowed to a quarter it fills slots all the same, and nothing moves", async (t) => {
  const slow = async (page) => (await page.context().newCDPSession(page)).send("Emulation.setCPUThrottlingRate", { rate: 4 });
  const { page, seen } = await open(t, site.page({ attributes: PATIENT }), { before: slow });
  await has(page, () => document.querySelectorAll("[data-apropos-variant]").length === 3);
  const { shift, slots, painted, tasks } = await seen();
  assert.equal(shift, 0);
  assert.ok(painted < slots[0].at, `painted after ${painted} ms, filled after ${slots[0].at}`);
  t.diagnostic(`long tasks as the Performance API has them, by the clock of a machine that may be busy: ${tasks.map(Math.round).join() || "none"} ms`);
});

test("past the budget the page's own content stands in sight, and is not veiled", async (t) => {
  const { page } = await open(t, site.page({ attributes: 'data-apropos-budget="0"' }));
  await has(page, () => document.querySelector("apropos-slot").dataset.aproposVariant);
  assert.deepEqual(await shown(page), { hero: null, headline: null, offer: "few" }, "below the fold nobody sees a swap");
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector("h1")).visibility), "visible");
});

test("slots are veiled while a decision is pending, and at most for the budget", async (t) => {
  const veiled = () => getComputedStyle(document.querySelector("[data-apropos-slot]")).visibility === "hidden";
  const hang = (page) => page.route("**/p/landing", () => {});
  const { page } = await open(t, site.page({ tag: "", attributes: 'data-apropos-budget="1500"' }), { before: hang, decided: false });
  assert.ok(await page.evaluate(veiled), "a script in the head runs before anything is painted");
  assert.ok(await eventually(() => page.evaluate(veiled).then((is) => !is), { within: 3000 }));
  assert.deepEqual(await shown(page), NOTHING);
});

for (const [what, options, before] of [
  ["wasm is forbidden", { csp: (...args) => STRICT(...args).replace("'wasm-unsafe-eval'", "") }],
  ["the edge can't be reached", {}, (page) => page.route(/\/(p|engine)\//, (route) => route.abort())],
  ["the campaign is unknown", { campaign: "nobody" }],
  ["the bundle is damaged", {}, (page) => page.route("**/p/landing", (route) => route.fulfill({ body: "damaged", headers: { "access-control-allow-origin": "*" } }))],
  ["the engine ends while it decides", {}, (page) => page.route("**/engine.js*", (route) => route.fulfill({ contentType: "text/javascript", headers: { "access-control-allow-origin": "*" }, body: "export default () => {}; export class Page { consent() {} place() {} track() {} decide() { throw new WebAssembly.RuntimeError('unreachable') } }" }))],
  ["what could take a decision back can't be loaded", {}, (page) => page.route("**/apropos/session.js*", (route) => route.abort())],
]) {
  test(`when ${what} the page's own content stands`, async (t) => {
    const { page, errors, debug } = await open(t, site.page({ attributes: PATIENT, ...options }), { before, decided: false });
    await eventually(() => debug.length);
    await eventually(async () => Object.values(await shown(page)).every((variant) => variant === null));
    assert.equal(await page.textContent("h1"), "Default");
    assert.equal(await page.getAttribute("img", "src"), "/default.png");
    assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector("h1")).visibility), "visible");
    await viewed(page);
    await page.waitForTimeout(150);
    assert.deepEqual([errors, debug.length], [[], 1]);
  });
}

test("a second visit without a network is decided all the same", async (t) => {
  const url = site.page({ attributes: PATIENT, headers: { "cache-control": "max-age=600" } });
  await open(t, url);
  const offline = async (page) => (await page.context().newCDPSession(page)).send("Network.emulateNetworkConditions", { offline: true, latency: 0, downloadThroughput: 0, uploadThroughput: 0 });
  const { page } = await open(t, url, { before: offline });
  await has(page, () => document.querySelector("h1").textContent !== "Default");
});

test("what comes late is filled before it is seen, and what others write is left to them", async (t) => {
  const { page, seen } = await open(t, site.page({ attributes: PATIENT }));
  await has(page, () => document.querySelector("h1").textContent !== "Default");
  const decided = await page.textContent("h1");
  const again = await page.evaluate(() => {
    const old = document.querySelector("section"), fresh = old.cloneNode(true); // as a framework that throws the server's markup away
    fresh.removeAttribute("data-apropos-variant");
    fresh.querySelector("h1").textContent = "Default";
    old.replaceWith(fresh);
    return new Promise((resolve) => requestAnimationFrame(() => resolve(document.querySelector("h1").textContent)));
  });
  assert.equal(again, decided);
  await page.evaluate(() => (document.querySelector("h1").firstChild.data = "Rendered again"));
  await viewed(page);
  await page.waitForTimeout(200);
  assert.equal(await page.textContent("h1"), "Rendered again");
  assert.equal((await seen()).shift, 0);
});

test("a slot that would grow keeps its own content, one that would shrink keeps its height", async (t) => {
  const fits = (headline) => `<section data-apropos-slot="headline"><p data-apropos="headline">${headline}</p></section><p id="after">After</p>`;
  const { page, seen } = await open(t, site.page({ attributes: PATIENT, body: fits("Short"), campaign: "long" }));
  await page.waitForTimeout(150);
  assert.equal(await page.textContent("p"), "Short");
  const other = await open(t, site.page({ attributes: PATIENT, body: fits(LONG) }));
  await has(other.page, () => document.querySelector("[data-apropos-variant]"));
  assert.ok((await other.page.textContent("p")).length < 20);
  assert.deepEqual([(await seen()).shift, (await other.seen()).shift], [0, 0]);
});

test("in sight a slot changes at the next view, below the fold or where it says so at once", async (t) => {
  const spy = (page) => page.addInitScript(() => {
    window.transitions = 0;
    const real = Document.prototype.startViewTransition;
    Document.prototype.startViewTransition = function (...args) { window.transitions++; return real.apply(this, args); };
  });
  const both = (slot) => BODY.replace('<p id="after"', `<p ${slot} data-apropos-slot="offer">Default</p><p id="after"`);
  const swap = async (slot, before) => {
    const { page } = await open(t, site.page({ attributes: PATIENT.replace("5000", "800"), body: both(slot) }), { before });
    await page.waitForTimeout(900);
    await viewed(page);
    await viewed(page);
    await has(page, () => document.querySelector("apropos-slot").textContent === "Two products");
    await page.waitForTimeout(100);
    return { page, text: await page.textContent("p[data-apropos-slot]"), transitions: await page.evaluate(() => window.transitions) };
  };
  const still = await swap("", spy);
  assert.deepEqual([still.text, still.transitions], ["Few products", 0]);
  await still.page.evaluate(() => history.pushState(null, "", `${location.pathname}/next`));
  await has(still.page, () => document.querySelector("p[data-apropos-slot]").textContent === "Two products");
  const live = await swap("data-apropos-live", spy);
  assert.deepEqual([live.text, live.transitions], ["Two products", 1]);
  const calm = await swap("data-apropos-live", async (page) => { await spy(page); await page.emulateMedia({ reducedMotion: "reduce" }); });
  assert.deepEqual([calm.text, calm.transitions], ["Two products", 0]);
});

test("a site that doesn't reload has views all the same", async (t) => {
  const { page } = await open(t, site.page({ attributes: PATIENT }), { before: (page) => page.addInitScript(() => {
    window.views = [];
    document.addEventListener("apropos:track", ({ detail }) => detail.type === "page" && window.views.push(detail.properties));
  }) });
  await page.waitForTimeout(1100);
  const filled = await page.evaluate(() => {
    history.pushState(null, "", `${location.pathname}/tents?apropos=token&a=1`);
    const [main, slot] = [document.createElement("main"), document.createElement("h1")];
    main.dataset.aproposCategory = "sale";
    slot.dataset.aproposSlot = "headline";
    slot.textContent = "Default";
    main.append(slot);
    document.body.replaceChildren(main);
    return new Promise((resolve) => requestAnimationFrame(() => resolve(document.querySelector("h1").textContent)));
  });
  assert.notEqual(filled, "Default");
  await has(page, () => window.views.length === 2);
  const [first, second] = await page.evaluate(() => window.views);
  assert.deepEqual([first.duration, second.category, second.path.endsWith("/tents")], [undefined, "sale", true]);
  assert.ok(second.duration >= 1, "how long the view before was looked at");
  assert.match(page.url(), /\/tents\?a=1$/);
});

test("the mail's token leaves the address at once; what the link promised is shown to whoever follows it, what is asked of the person needs consent", async (t) => {
  const landing = new URL(await click("ana"));
  // what the page shows before the answer would go on standing
  const url = new URL(site.page({ attributes: PATIENT.replace("5000", "30000") }));
  url.search = `?a=%20b&apropos=${landing.searchParams.get("apropos")}&c=d`;
  url.hash = "e";
  const asked = [];
  const { page } = await open(t, url.href, { before: (page) => page.on("request", (request) => request.url().endsWith("/visit") && asked.push(JSON.parse(request.postData()).personal)) });
  assert.equal(page.url(), url.href.replace(/apropos=[^&]*&/, ""));
  await has(page, () => window.apropos.decision.held);
  const promised = landing.pathname.slice(1);
  assert.equal(await page.evaluate(() => window.apropos.decision.slots[0].variant), promised, "as in the mail");
  assert.deepEqual([asked, await stored(page)], [[false], []]);
  await agree(page, { measurement: true });
  await page.waitForTimeout(150);
  assert.deepEqual(asked, [false]);
  await agree(page, { personalization: true });
  await eventually(() => asked.length === 2);
  await page.waitForTimeout(150);
  assert.deepEqual([asked, await page.evaluate(() => window.apropos.decision.slots[0].variant)], [[false, true], promised]);
  await clear(page);
});

test("consent given beforehand joins the page to the mail before the first decision", async (t) => {
  const landing = new URL(await click("ben"));
  const head = '<script nonce="NONCE">window.apropos = [["consent", { personalization: true }]];</script>';
  const { page, seen } = await open(t, `${site.page({ attributes: PATIENT, head })}${landing.search}`);
  const [{ slots, held }] = (await seen()).decisions;
  assert.deepEqual([slots[0].variant, held], [landing.pathname.slice(1), true]);
  await clear(page);
});

test("a token that is nobody's changes nothing", async (t) => {
  const { page, errors, seen } = await open(t, `${site.page({ attributes: PATIENT })}?apropos=nonsense`);
  await has(page, () => document.querySelectorAll("[data-apropos-variant]").length === 3);
  assert.deepEqual([errors, (await seen()).decisions[0].held], [[], false]);
});

test("consent that is withdrawn takes everything with it, in other tabs too", async (t) => {
  const url = site.page({ attributes: PATIENT });
  const one = await open(t, url);
  await agree(one.page, both);
  await viewed(one.page);
  await viewed(one.page);
  await has(one.page, () => document.querySelector("apropos-slot").textContent === "Two products");
  await eventually(async () => (await stored(one.page)).sort().join() === "apropos:landing:measurement:events,apropos:landing:personalization:visit");
  assert.ok(await one.page.evaluate(() => JSON.parse(localStorage["apropos:landing:personalization:visit"]).until < Date.now() + 31 * 864e5));

  const head = `<script nonce="NONCE">window.apropos = [["consent", { personalization: true, measurement: true }]];</script>`;
  const two = await open(t, site.page({ attributes: PATIENT, head }));
  await has(two.page, () => document.querySelector("apropos-slot").textContent === "Two products"); // the visit goes on there
  await has(two.page, () => localStorage["apropos:landing:personalization:visit"]);

  await agree(one.page, { personalization: false, measurement: false });
  for (const { page } of [one, two]) {
    await has(page, () => document.querySelector("h1").textContent === "Default");
    assert.equal(await page.getAttribute("img", "src"), "/default.png");
    assert.deepEqual(await stored(page), []);
  }
});

test("Global Privacy Control is a no, whatever else is said", async (t) => {
  const asked = [];
  const { page } = await open(t, `${site.page({ attributes: PATIENT })}?apropos=${new URL(await click("eva")).searchParams.get("apropos")}`, { before: async (page) => {
    await page.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }));
    page.on("request", (request) => request.method() === "POST" && asked.push(request.postData()));
  } });
  await agree(page, both);
  await viewed(page);
  await page.waitForTimeout(400);
  assert.deepEqual([asked.map((body) => JSON.parse(body).personal), await stored(page)], [[false], []]);
});

test("a kill switch reaches an open page within a minute", async (t) => {
  // a hundred times faster
  const fast = (page) => page.addInitScript(() => {
    const real = window.setInterval;
    window.setInterval = (work, every) => { window.every = every; return real(work, every / 100); };
  });
  const { page } = await open(t, site.page({ attributes: PATIENT, campaign: "killed" }), { before: fast });
  await has(page, () => document.querySelector("h1").textContent !== "Default" && window.every);
  assert.ok((await page.evaluate(() => window.every)) < 50_000, "and the edge takes up to ten seconds");
  await publish(app, document("killed", (campaign) => (campaign.status = "paused")));
  await eventually(() => page.evaluate(() => document.querySelector("h1").textContent === "Default"), { within: 15_000 });
  assert.deepEqual(await shown(page), NOTHING);
});

test("a page that comes back from the back/forward cache goes on", async (t) => {
  const url = site.page({ attributes: PATIENT });
  const { page, errors } = await open(t, url, { before: (page) => page.addInitScript(() => {
    addEventListener("pageshow", ({ persisted }) => (window.persisted = persisted));
  }) });
  await has(page, () => document.querySelector("h1").textContent !== "Default");
  const decisions = (await page.evaluate(() => seen.decisions)).length;
  await page.goto(site.page({ attributes: PATIENT }));
  await page.evaluate(() => void setTimeout(() => history.back()));
  await page.waitForURL(url, { waitUntil: "commit" });
  assert.equal(await page.evaluate(() => window.persisted), true, "nothing of the script keeps a page from being put aside");
  await has(page, (before) => seen.decisions.length > before, decisions);
  assert.notEqual(await page.textContent("h1"), "Default");
  assert.deepEqual(errors, []);
});

test("consent is taken from IAB TCF: of the purposes, those for content", async (t) => {
  const tcf = (purposes, more = {}) => (page) => page.addInitScript(({ purposes, more }) => {
    window.__tcfapi = (command, version, told) => {
      window.tell = (data, success = true) => told(data, success);
      setTimeout(() => told({ eventStatus: "cmpuishown", purpose: { consents: Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((id) => [id, true])) } }, true));
      setTimeout(() => told({ eventStatus: "tcloaded", gdprApplies: true, purpose: { consents: Object.fromEntries(purposes.map((id) => [id, true])) }, ...more }, true), 100);
    };
    window.told = [];
    document.addEventListener("apropos:consent", ({ detail }) => window.told.push(detail));
  }, { purposes, more });
  const told = async (...args) => {
    const { page } = await open(t, site.page({ attributes: PATIENT }), { before: tcf(...args) });
    await has(page, () => window.told.length);
    const [{ personalization, measurement }, ...more] = await page.evaluate(() => window.told);
    assert.equal(more.length, 0, "being asked is no answer");
    await clear(page);
    return { page, answer: [personalization, measurement] };
  };
  const { page, answer } = await told([1, 5, 6]);
  assert.deepEqual(answer, [true, false]);
  await page.evaluate(() => window.tell({ eventStatus: "useractioncomplete", gdprApplies: true, purpose: { consents: { 1: true, 8: true, 10: true } } }));
  assert.deepEqual(await page.evaluate(() => window.told.at(-1)), { personalization: false, measurement: true, gpc: false });
  assert.deepEqual((await told([1, 2, 3, 4, 7, 9])).answer, [false, false], "purposes for advertising ask for nothing here");
  assert.deepEqual((await told([5, 6, 8, 10])).answer, [false, false], "nothing may be stored");
});

test("consent is taken from Google's consent mode, unless the page tells it itself", async (t) => {
  const gtag = `<script nonce="NONCE">window.dataLayer = []; function gtag() { dataLayer.push(arguments) }
    gtag("consent", "default", { personalization_storage: "denied", analytics_storage: "denied", wait_for_update: 500 });
    gtag("consent", "default", { personalization_storage: "granted", region: ["US"] });
    window.told = []; document.addEventListener("apropos:consent", ({ detail }) => told.push([detail.personalization, detail.measurement]));</script>`;
  const update = (page, told) => page.evaluate((told) => gtag("consent", "update", told), told);
  const { page } = await open(t, site.page({ attributes: PATIENT, head: gtag }));
  await has(page, () => window.told.length === 2);
  await update(page, { analytics_storage: "granted" });
  await update(page, { personalization_storage: "granted" });
  await update(page, { ad_personalization: "denied" });
  await update(page, { personalization_storage: "denied" });
  assert.deepEqual(await page.evaluate(() => window.told), [[false, false], [false, false], [false, true], [true, true], [true, true], [false, true]]);
  assert.equal(await page.evaluate(() => dataLayer.length), 6, "the layer is as it was");
  const { page: own } = await open(t, site.page({ attributes: `${PATIENT} data-apropos-consent="callback"`, head: gtag }));
  await update(own, { analytics_storage: "granted" });
  await own.waitForTimeout(150);
  assert.deepEqual(await own.evaluate(() => window.told), []);
});

test("what the site tells its own analytics is heard, and counted once", async (t) => {
  const heard = (page) => page.evaluate(() => window.heard.filter(({ event }) => event?.startsWith("Product")).map(({ event, messageId, properties }) => [event, messageId.startsWith("theirs"), properties.product_id]));
  const listen = 'window.heard = []; document.addEventListener("apropos:track", ({ detail }) => heard.push(detail));';
  const segment = `<script nonce="NONCE">${listen}
    const middlewares = []; window.analytics = { addSourceMiddleware: (m) => middlewares.push(m), passed: 0,
      track(event, properties) { const payload = { obj: { type: "track", event, properties, messageId: "theirs-" + Math.random() } }; for (const m of middlewares) m({ payload, next: () => this.passed++ }); } };</script>`;
  const { page } = await open(t, site.page({ attributes: PATIENT, head: segment }));
  await has(page, () => middlewares.length);
  await page.evaluate(() => {
    analytics.track("Product Viewed", { product_id: "t-1" });
    apropos.track("Product Added", { product_id: "t-1" });
    analytics.track("Product Added", { product_id: "t-1" }); // told to both
    analytics.track("Product Viewed", { product_id: "t-2" });
  });
  assert.deepEqual(await heard(page), [["Product Viewed", true, "t-1"], ["Product Added", false, "t-1"], ["Product Viewed", true, "t-2"]]);
  assert.equal(await page.evaluate(() => analytics.passed), 3);

  const google = `<script nonce="NONCE">${listen} window.dataLayer = [{ event: "view_item", ecommerce: { items: [{ item_id: "g-1", item_category: "tents", price: 9 }] } }];</script>`;
  const { page: other } = await open(t, site.page({ attributes: PATIENT, head: google }));
  await has(other, () => window.heard.some(({ event }) => event === "Product Viewed"));
  await other.evaluate(() => {
    (function () { dataLayer.push(arguments); })("event", "add_to_cart", { items: [{ item_id: "g-2" }, { item_id: "g-3" }] });
    dataLayer.push({ event: "gtm.click" });
  });
  assert.deepEqual(await heard(other), [["Product Viewed", false, "g-1"], ["Product Added", false, "g-2"], ["Product Added", false, "g-3"]]);
});

test("what the markup declares is told: views, clicks, forms, how far one scrolled", async (t) => {
  const body = `<main data-apropos-view="Product Viewed" data-apropos-properties='{"category": "tents"}'>${BODY}
    <button data-apropos-track="Product Added"><b>Add</b></button><form data-apropos-track="Products Searched"><button>Search</button></form></main>`;
  const { page, errors } = await open(t, site.page({ attributes: PATIENT, body, csp: () => "form-action 'none'" }), { before: (page) => page.addInitScript(() => {
    window.heard = [];
    document.addEventListener("apropos:track", ({ detail: { type, event, properties } }) => type === "track" && window.heard.push([event, properties.category ?? properties.depth]));
  }) });
  await has(page, () => window.heard.length);
  await page.click("b");
  await page.evaluate(() => document.querySelector("form button").click()); // where it leads is forbidden here
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await has(page, () => window.heard.length === 7);
  const heard = (await page.evaluate(() => window.heard)).map(([event, what]) => `${event} ${what ?? ""}`.trim()).sort();
  assert.deepEqual(heard, ["Page Scrolled 25", "Page Scrolled 50", "Page Scrolled 75", "Page Scrolled 90", "Product Added", "Product Viewed tents", "Products Searched"]);
  assert.deepEqual(errors, []);
});

test("exposures and clicks are sent with consent to measurement, once each, and again when they couldn't be", async (t) => {
  const sent = [];
  let answer = 503;
  const receive = async (page) => {
    await page.route("**/v1/batch", (route) => {
      sent.push({ status: answer, ...JSON.parse(route.request().postData()) });
      return route.fulfill({ status: answer, headers: { "access-control-allow-origin": "*" }, body: "{}" });
    });
    await page.addInitScript(() => {
      const real = window.setTimeout;
      window.setTimeout = (work, wait, ...args) => real(work, wait === 5000 || wait === 10_000 ? 100 : wait, ...args);
      window.beacons = [];
      navigator.sendBeacon = (url, body) => window.beacons.push([url, body]) > 0;
    });
  };
  const { page } = await open(t, site.page({ attributes: `${PATIENT} data-apropos-key="key-1"` }), { before: receive });
  await has(page, () => document.querySelectorAll("[data-apropos-variant]").length === 3);
  await page.waitForTimeout(300);
  assert.equal(sent.length, 0);
  await agree(page, { measurement: true });
  await has(page, () => seen.exposures.length === 2); // hero and headline; the offer is out of sight
  await eventually(() => sent.length);
  answer = 200;
  await eventually(() => sent.at(-1).status === 200);
  const [first, last] = [sent[0], sent.at(-1)];
  assert.equal(last.writeKey, "key-1");
  const views = ({ batch }) => batch.filter(({ event }) => event === "Promotion Viewed");
  assert.ok(views(first).every(({ messageId }) => views(last).some((again) => again.messageId === messageId)), "again under the same ids");
  const decision = await page.evaluate(() => window.apropos.decision);
  for (const { properties, anonymousId } of views(last)) {
    assert.ok(anonymousId);
    const { variant } = decision.slots.find(({ slot }) => slot === properties.position);
    assert.deepEqual([properties.promotion_id, properties.creative, properties.apropos.version], ["landing", variant, decision.version]);
  }
  await page.evaluate(() => document.querySelector("section a").addEventListener("click", (event) => event.preventDefault()));
  await page.click("section a");
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await has(page, () => seen.exposures.length === 3);
  await page.evaluate(() => dispatchEvent(new Event("pagehide")));
  const beacons = (await page.evaluate(() => window.beacons)).map(([, body]) => JSON.parse(body).batch).flat();
  // a beacon may take along what is on its way: it counts once, by its id
  const arrived = [...sent.filter(({ status }) => status === 200).flatMap(({ batch }) => batch), ...beacons];
  const told = [...new Map(arrived.map(({ messageId, event }) => [messageId, event])).values()];
  assert.deepEqual([told.filter((event) => event === "Promotion Clicked").length, told.filter((event) => event === "Promotion Viewed").length], [1, 3]);
  await agree(page, { measurement: false });
  assert.deepEqual(await stored(page), []);
});

test("a campaign can't run anything in a page", async (t) => {
  const body = `<h1 data-apropos-slot="headline">Default</h1><p data-apropos-slot="headline" data-apropos="onclick:headline style:headline title:headline">Default</p>`;
  const { page } = await open(t, site.page({ attributes: PATIENT, body, csp: null, campaign: "evil" }));
  await has(page, () => document.querySelector("h1").textContent.startsWith("<img"));
  await page.waitForTimeout(50);
  assert.deepEqual(await page.evaluate(() => [window.hurt, document.querySelectorAll("h1 *").length, document.querySelector("p").getAttributeNames().sort().join()]), [undefined, 0, "data-apropos,data-apropos-slot,data-apropos-variant,title"]);
  const evil = (page) => page.route("**/engine.js?v=*", (route) => route.fulfill({
    contentType: "text/javascript", headers: { "access-control-allow-origin": "*" },
    body: `import init, { Page as Real } from "${app.base}/engine/engine.js"; export default init;
      export class Page extends Real { decide(now) { return super.decide(now).replaceAll("${site.base}", "javascript:window.hurt=1//"); } }`,
  }));
  const { page: other, debug } = await open(t, site.page({ attributes: PATIENT, csp: null }), { before: evil });
  await other.waitForTimeout(200);
  assert.deepEqual(await other.evaluate(() => [document.querySelector("section a").getAttribute("href"), document.querySelector("h1").textContent]), ["/default", "Default"]);
  assert.equal(debug.length, 1);
});

// --- the demo's shop and the overlay

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** What axe finds on a page, the overlay's shadow tree included. */
async function violations(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join("; ")}`);
}

for (const colorScheme of ["light", "dark"]) {
  test(`the demo's shop and the overlay are for everybody, on ${colorScheme}`, async (t) => {
    await publish(app, JSON.parse(readFileSync(new URL("../../demo/campaign.json", import.meta.url), "utf8")));
    const scheme = (page) => page.emulateMedia({ colorScheme });
    const { page, errors, seen } = await open(t, `${app.base}/demo/shop.html`, { before: scheme });
    await has(page, () => document.querySelector("#products h3"));
    assert.deepEqual(await violations(page), []);
    const { violations: forbidden, shift } = await seen();
    assert.deepEqual([forbidden, shift, errors], [[], 0, []]);
    await page.click("text=Yes, and count me");
    await page.click("h3 button");
    await page.click("text=Put in the cart");
    await has(page, () => localStorage["apropos:spring:personalization:visit"]);
    await page.click("nav >> text=Sale");
    await has(page, () => document.title.startsWith("Last year"));
    assert.equal(await page.getAttribute("#hero", "data-apropos-variant"), null, "what the address says is not replaced");
    await page.evaluate(() => localStorage.clear());

    const { page: debug, errors: none } = await open(t, `${app.base}/demo/shop?apropos_debug`, { before: scheme });
    await has(debug, () => document.querySelector("[data-apropos-overlay]")?.shadowRoot.querySelectorAll("table").length >= 2);
    assert.deepEqual(await violations(debug), []);
    const device = debug.locator("[data-apropos-overlay] select").first();
    await device.focus();
    await debug.keyboard.press("ArrowDown");
    await debug.keyboard.press("Escape");
    assert.equal(await debug.getAttribute("[data-apropos-overlay] header button", "aria-expanded"), "false");
    assert.deepEqual(none, []);
  });
}
