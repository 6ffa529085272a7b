// A landing page of another origin, as a shop has it, and the Worker behind its script: real pages in a real browser.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { startBrowser } from "./browser.mjs";
import { publish } from "./campaign.mjs";
import { eventually, start } from "./harness.mjs";

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

const text = (id, headline, more = {}) => ({ id, text: { headline, subline: `${headline} subline`, button: `Go ${id}` }, url: `https://shop.example/${id}`, ...more });
const document = (change = () => {}) => {
  const campaign = {
    id: "landing", landing: "https://shop.example/", value: { currency: "EUR", click: 0.3, convert: 18 }, sticky: "24h",
    exploration: { silence: 0, floor: 0 },
    slots: [
      { name: "hero", kind: "image", width: 600, height: 300, fallback: "default", variants: ["default", "sale"].map((id) => ({ id, image: `demo/art/${id}.png`, alt: `The ${id}`, url: `https://shop.example/${id}` })) },
      { name: "headline", kind: "text", fallback: "plain", variants: [text("plain", "Plain"), text("promised", "Promised"), text("browsing", "Browsing")] },
      { name: "offer", kind: "text", fallback: "none", variants: [text("none", "No offer"), text("products", "Two products", { when: { session_products: { $gte: 2 } } })] },
    ],
  };
  change(campaign);
  return campaign;
};

const app = await start({ entry: "landing-fake.mjs" });
const site = await startSite();
const browser = await startBrowser({ viewport: { width: 1000, height: 700 }, timezoneId: "Europe/Zagreb", locale: "en-GB", ignoreDefaultArgs: ["--disable-back-forward-cache"] });
after(async () => {
  await browser.stop();
  await site.stop();
  await app.stop();
});
before(() => publish(app, document()));

/** What a click in a mail appends to the landing URL. */
const visitToken = async () => "good-token";

// --- looking at pages

/** Collects, before anything of the page runs, what happens to it. */
const WATCH = () => {
  const seen = (window.seen = { decisions: [], slots: [], exposures: [], shift: 0, tasks: [], violations: [], first: null });
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => seen.violations.push(`${violatedDirective} ${blockedURI}`));
  document.addEventListener("apropos:decision", ({ detail }) => seen.decisions.push({ at: performance.now(), ...detail }));
  document.addEventListener("apropos:slot", ({ detail: { slot, variant } }) => seen.slots.push({ at: performance.now(), slot, variant }));
  document.addEventListener("apropos:exposure", ({ detail: { slot, variant, messageId } }) => seen.exposures.push({ slot, variant, messageId }));
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => (seen.shift += entry.value))).observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => seen.tasks.push(entry.duration))).observe({ type: "longtask", buffered: true });
  new PerformanceObserver(() => (seen.first ??= document.querySelector("h1")?.textContent)).observe({ type: "paint", buffered: true });
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

test("with a warm cache and a slow processor: first paint by the page itself, a swap within the budget, no shift, no long task", async (t) => {
  const url = site.page();
  await open(t, url); // fills the cache
  const { page, seen } = await open(t, url, { before: async (page) => (await page.context().newCDPSession(page)).send("Emulation.setCPUThrottlingRate", { rate: 4 }) });
  await has(page, () => seen.slots.length >= 2);
  const { slots, shift, tasks, first } = await seen();
  const started = await page.evaluate(() => performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/apropos.js")).responseEnd);
  t.diagnostic(`decided ${Math.round(slots[0].at - started)} ms after the script; long tasks: ${tasks.map(Math.round).join() || "none"}`);
  assert.equal(first, "Default");
  assert.equal(shift, 0);
  assert.deepEqual(tasks.filter((duration) => duration > 50), []);
});

test("past the budget the page's own content stands in sight, and is not veiled", async (t) => {
  const { page } = await open(t, site.page({ attributes: 'data-apropos-budget="0"' }));
  await has(page, () => document.querySelector("apropos-slot").dataset.aproposVariant);
  assert.deepEqual(await shown(page), { hero: null, headline: null, offer: "none" }, "below the fold nobody sees a swap");
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
  const long = "A headline that is so long that it takes a second line, and with it the place of what comes next; so it can't be shown here, where somebody is reading already. ".repeat(3);
  const fits = (headline) => `<section data-apropos-slot="headline"><p data-apropos="headline">${headline}</p></section><p id="after">After</p>`;
  await publish(app, document(({ id, slots }) => { slots[1].variants.forEach((variant) => (variant.text.headline = long)); }));
  const { page, seen } = await open(t, site.page({ attributes: PATIENT, body: fits("Short") }));
  await page.waitForTimeout(100);
  assert.equal(await page.textContent("p"), "Short");
  await publish(app, document());
  const other = await open(t, site.page({ attributes: PATIENT, body: fits(long) }));
  await has(other.page, () => document.querySelector("[data-apropos-variant]"));
  assert.ok((await other.page.textContent("p")).length < 20);
  assert.deepEqual([(await seen()).shift, (await other.seen()).shift], [0, 0]);
});

test("in sight a slot changes at the next view, below the fold or where it says so at once", async (t) => {
  const body = `${BODY}<script nonce="NONCE"></script>`;
  const spy = (page) => page.addInitScript(() => {
    window.transitions = 0;
    const real = Document.prototype.startViewTransition;
    Document.prototype.startViewTransition = function (...args) { window.transitions++; return real.apply(this, args); };
  });
  const both = (slot) => body.replace('<apropos-slot name="offer"', `<p ${slot} data-apropos-slot="offer">Default</p><apropos-slot name="offer"`).replace(/(<a data-apropos-slot="hero)/, "$1");
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
  assert.deepEqual([still.text, still.transitions], ["No offer", 0]);
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
    document.body.innerHTML = '<main data-apropos-category="sale"><h1 data-apropos-slot="headline">Default</h1></main>';
    return new Promise((resolve) => requestAnimationFrame(() => resolve(document.querySelector("h1").textContent)));
  });
  assert.notEqual(filled, "Default");
  await has(page, () => window.views.length === 2);
  const [first, second] = await page.evaluate(() => window.views);
  assert.deepEqual([first.duration, second.category, second.path.endsWith("/tents")], [undefined, "sale", true]);
  assert.ok(second.duration >= 1, "how long the view before was looked at");
  assert.match(page.url(), /\/tents\?a=1$/);
});

test("the mail's token leaves the address at once and is used only with consent", async (t) => {
  const asked = [];
  const url = site.page({ attributes: PATIENT });
  const { page } = await open(t, `${url}?a=%20b&apropos=${await visitToken()}&c=d#e`, { before: (page) => page.on("request", (request) => request.url().endsWith("/visit") && asked.push(request)) });
  assert.equal(page.url(), `${url}?a=%20b&c=d#e`);
  await page.waitForTimeout(150);
  assert.equal(asked.length, 0);
  await agree(page, { measurement: true });
  await page.waitForTimeout(150);
  assert.equal(asked.length, 0);
  await agree(page, { personalization: true });
  await has(page, () => seen.decisions.at(-1).slots[1].variant === "promised");
  assert.deepEqual([asked.length, await page.textContent("h1")], [1, "Promised"]);
  await clear(page);
});

test("consent given beforehand joins the page to the mail before the first decision", async (t) => {
  const head = '<script nonce="NONCE">window.apropos = [["consent", { personalization: true }]];</script>';
  const { page, seen } = await open(t, `${site.page({ attributes: PATIENT, head })}?apropos=${await visitToken()}`);
  assert.equal((await seen()).decisions[0].slots[1].variant, "promised");
  await clear(page);
});

test("consent that is withdrawn takes everything with it, in other tabs too", async (t) => {
  const url = site.page({ attributes: PATIENT });
  const one = await open(t, url);
  await agree(one.page, both);
  await viewed(one.page);
  await viewed(one.page);
  await has(one.page, () => document.querySelector("apropos-slot").textContent === "Two products");
  assert.deepEqual((await stored(one.page)).sort(), ["apropos:landing", "apropos:landing:log"]);
  assert.ok(await one.page.evaluate(() => JSON.parse(localStorage["apropos:landing"]).until < Date.now() + 31 * 864e5));

  const head = `<script nonce="NONCE">window.apropos = [["consent", { personalization: true, measurement: true }]];</script>`;
  const two = await open(t, site.page({ attributes: PATIENT, head }));
  await has(two.page, () => document.querySelector("apropos-slot").textContent === "Two products"); // the visit goes on there
  await has(two.page, () => localStorage["apropos:landing"]);

  await agree(one.page, { personalization: false, measurement: false });
  for (const { page } of [one, two]) {
    await has(page, () => document.querySelector("h1").textContent === "Default" && document.querySelector("apropos-slot").textContent !== "Two products");
    assert.equal(await page.getAttribute("img", "src"), "/default.png");
    assert.deepEqual(await stored(page), []);
  }
});

test("Global Privacy Control is a no, whatever else is said", async (t) => {
  const asked = [];
  const { page } = await open(t, `${site.page({ attributes: PATIENT })}?apropos=${await visitToken()}`, { before: async (page) => {
    await page.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }));
    page.on("request", (request) => request.method() === "POST" && asked.push(request.url()));
  } });
  await agree(page, both);
  await viewed(page);
  await page.waitForTimeout(400);
  assert.deepEqual([asked, await stored(page)], [[], []]);
});

test("a kill switch reaches an open page within a minute", async (t) => {
  // a hundred times faster
  const fast = (page) => page.addInitScript(() => {
    const real = window.setInterval;
    window.setInterval = (work, every) => { window.every = every; return real(work, every / 100); };
  });
  const { page } = await open(t, site.page({ attributes: PATIENT }), { before: fast });
  await has(page, () => document.querySelector("h1").textContent !== "Default" && window.every);
  assert.ok((await page.evaluate(() => window.every)) < 60_000);
  await publish(app, document((campaign) => (campaign.status = "paused")));
  t.after(() => publish(app, document()));
  await has(page, () => document.querySelector("h1").textContent === "Default");
  assert.deepEqual(await shown(page), NOTHING);
  await publish(app, document());
  await has(page, () => document.querySelector("h1").textContent !== "Default");
});

test("a page that comes back from the back/forward cache goes on", async (t) => {
  const url = site.page({ attributes: PATIENT });
  const { page, errors } = await open(t, url, { before: (page) => page.addInitScript(() => {
    addEventListener("pageshow", ({ persisted }) => (window.persisted = persisted));
  }) });
  await has(page, () => document.querySelector("h1").textContent !== "Default");
  const decisions = (await page.evaluate(() => seen.decisions)).length;
  await page.goto(site.page({ attributes: PATIENT }));
  await page.goBack();
  assert.equal(await page.evaluate(() => window.persisted), true, "nothing of the script keeps a page from being put aside");
  await has(page, (before) => seen.decisions.length > before, decisions);
  assert.notEqual(await page.textContent("h1"), "Default");
  assert.deepEqual(errors, []);
});
