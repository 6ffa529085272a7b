// The demo as `cargo xtask dev` makes it: events folded and imported by the command line, the mailbox in a real browser, links that land where
// the picture promised.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startBrowser } from "./browser.mjs";
import { SECRETS, start } from "./harness.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const app = await start({ vars: { DEMO: "1" } });
const browser = await startBrowser({ viewport: { width: 1440, height: 1000 } });
const folder = mkdtempSync(join(tmpdir(), "apropos-demo-"));
after(async () => {
  await browser.stop();
  await app.stop();
  rmSync(folder, { recursive: true, force: true });
});

// not the synchronous kind: the runtime under test is served by this process too
const run = async (program, ...args) => {
  const env = { ...process.env, APROPOS_ADMIN_SECRET: SECRETS.ADMIN_SECRET };
  return (await promisify(execFile)(program, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26, env })).stdout;
};
const apropos = (...args) => run(join(root, "target/debug/apropos"), ...args);

let mailbox;
before(async () => {
  const [events, profiles] = [join(folder, "events.ndjson"), join(folder, "profiles.ndjson")];
  writeFileSync(events, await run(process.execPath, "demo/build-events.mjs", new Date().toISOString()));
  await apropos("fold", events, "--out", profiles);
  await apropos("import", profiles, "--url", app.base);
  await apropos("publish", "demo/campaign.json", "--url", app.base);
  mailbox = await (await app.get("/demo/mailbox.json")).json();
});

test("the mailbox lists everyone in every opener, with plain image URLs and a reason", () => {
  assert.equal(mailbox.personas.length, 9);
  for (const { mails } of mailbox.personas) {
    assert.equal(mails.length, 5);
    for (const { images, headline, probability } of mails) {
      assert.match(images.hero, /^\/o\/spring\/hero\.png\?r=[\w-]{47}&as=[\w-]+$/);
      assert.ok(headline.length > 20 && probability > 0);
    }
  }
});

test("different people see different things, and some nothing", () => {
  const mails = () => mailbox.personas.flatMap((persona) => persona.mails);
  const outcomes = new Set(mails().map((m) => m.outcome));
  assert.ok(outcomes.has("show") && outcomes.has("suppress") && outcomes.has("fall_back"), [...outcomes].join());
  // who is shown something through which opener depends on the hour and on chance, but not all of them see the same
  const heroes = mails().map((m) => m.explanation.variants.find((v) => v.slot === "hero" && v.chosen)?.id);
  assert.ok(new Set(heroes).size >= 3, heroes.join());
});

test("the command line draws, to the byte, what the Worker answers with", async () => {
  const drawn = async (...args) => {
    const out = join(folder, args.at(-1));
    await apropos("render", ...args.slice(0, -1), "-o", out);
    return readFileSync(out);
  };
  for (const extension of ["png", "jpg", "gif"]) {
    const served = Buffer.from(await (await app.get(`/o/spring/hero.${extension}`)).arrayBuffer());
    assert.ok(served.equals(await drawn("demo/campaign.json", `hero.${extension}`)), `hero.${extension} differs`);
  }
  // text that only a decision fills in: nobody's is like the fallback, so a wrong variant would show
  const mails = mailbox.personas.flatMap(({ id, mails }) => mails.map((mail) => ({ id: `${id}.${mail.opener}`, ...mail })));
  const { id, images, explanation } = mails.find(({ opener, outcome }) => opener === "outlook" && outcome === "show");
  const chosen = explanation.variants.find(({ slot, chosen }) => slot === "hero" && chosen).id;
  const served = Buffer.from(await (await app.get(images.hero)).arrayBuffer());
  const profiles = readFileSync(join(folder, "profiles.ndjson"), "utf8").trim().split("\n");
  writeFileSync(join(folder, "person.json"), profiles.find((line) => JSON.parse(line).id === id));
  const ours = await drawn("demo/campaign.json", "--as", join(folder, "person.json"), "--from", "outlook", "--variant", chosen, "person.png");
  assert.ok(served.equals(ours), `${id} is served another picture`);
});

test("every picture comes, and its link lands where the chosen variant promised", async () => {
  const { slots } = JSON.parse(readFileSync(join(root, "demo/campaign.json"), "utf8"));
  for (const { id, mails } of mailbox.personas) {
    for (const { opener, outcome, images, links, explanation } of mails) {
      // a mail is opened whole before anything in it is clicked: a click is news of the person, and may change what comes next
      for (const { name } of slots) {
        const answer = await app.get(images[name]);
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get("content-type"), "image/png");
      }
      for (const { name, fallback, variants } of slots) {
        // nobody sees what a scanner is shown, so nothing is promised to it
        const chosen = explanation.variants.find((v) => v.slot === name && v.chosen)?.id;
        const shown = outcome === "show" && opener !== "scanner" ? chosen : fallback;
        // a person brings a token of the visit to pages of this host
        const landing = (await app.get(links[name])).headers.get("location").replace(/[?&]apropos=[\w-]{58}/, "");
        assert.equal(landing, variants.find((v) => v.id === shown).url, `${id} ${opener} ${name}`);
      }
    }
  }
});

test("the page shows the mails, without errors, in the browser", async () => {
  const { page, errors } = await browser.open(`${app.base}/demo/`);
  await page.waitForFunction(() => {
    const pictures = [...document.querySelectorAll("img[src^='/o/spring/hero.png']")];
    return pictures.length >= 9 && pictures.every((img) => img.complete && img.naturalWidth > 0);
  });
  await page.goto(`${app.base}/demo/#/ana/outlook`);
  await page.waitForFunction(() => {
    const pictures = [...document.querySelectorAll(".mail img[src^='/o/']")];
    return pictures.length === 3 && pictures.every((img) => img.complete && img.naturalWidth === 1200);
  });
  const mail = mailbox.personas.find((p) => p.id === "ana").mails.find((m) => m.opener === "outlook");
  assert.ok((await page.textContent(".why")).includes(mail.headline));
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing sticks out");
  assert.deepEqual(errors, []);
});

test("without scripts the mails are there all the same", async () => {
  const html = await (await app.get("/demo/")).text();
  const images = [...html.matchAll(/<img src="(\/o\/spring\/(?:hero|cta|offer)\.png\?r=[\w-]+)&amp;as=gmail"/g)];
  assert.equal(images.length, 27);
  assert.match(images[0][1], /hero/, "in the order of the campaign");
  assert.equal((await app.get(images[0][1])).status, 200);
});

test("outside the demo nobody can come in disguise", async () => {
  const plain = await start();
  try {
    assert.notEqual((await plain.get("/demo/mailbox.json")).status, 200);
  } finally {
    await plain.stop();
  }
});
