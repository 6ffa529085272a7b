// A mail's life against real workerd: who fetches, what comes back, where a click lands, and that nothing whatever leaves a hole in a mail.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { startBrowser } from "./browser.mjs";
import { campaign, consenting, importProfiles, publish } from "./campaign.mjs";
import { eventually, start } from "./harness.mjs";
import { token } from "./tokens.mjs";

const OUTLOOK = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17830; Pro)";
const PERSON = { headers: { "user-agent": OUTLOOK } };
const TYPES = { png: "image/png", jpg: "image/jpeg", gif: "image/gif" };

const app = await start();
const browser = await startBrowser();
const page = await browser.context.newPage();
after(async () => {
  await browser.stop();
  await app.stop();
});

/** The size of an image, as a real decoder sees it; throws when there is none to see. */
function decode(bytes, type) {
  return page.evaluate(async ([base64, type]) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const { width, height } = await createImageBitmap(new Blob([bytes], { type }));
    return { width, height };
  }, [Buffer.from(bytes).toString("base64"), type]);
}

/** Fetches an image and demands what law 5 promises: 200, the type that the URL names, and a picture that decodes. */
async function picture(path, options = PERSON) {
  const answer = await app.get(path, options);
  const extension = new URL(path, app.base).pathname.split(".").pop();
  const type = TYPES[extension] ?? "image/png";
  assert.equal(answer.status, 200, path);
  assert.equal(answer.headers.get("content-type"), type, path);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const size = await decode(bytes, type);
  return { ...size, hash: createHash("sha256").update(bytes).digest("hex"), headers: answer.headers, length: bytes.length };
}

const isPixel = ({ width, height }) => width === 1 && height === 1;
const landing = async (path, options = PERSON) => {
  const answer = await app.get(path, options);
  assert.equal(answer.status, 302, path);
  return answer.headers.get("location");
};
const eventsOf = (name) => async () => {
  const lines = (await app.events()).filter((line) => line.campaign === name);
  return lines.length > 0 && lines;
};

before(async () => {
  await publish(app, campaign("mail"));
  await importProfiles(app, consenting("ana"), { id: "silent" });
});

describe("an image", () => {
  for (const [extension, size] of [["png", 1200], ["jpg", 1200], ["gif", 1200]]) {
    test(`is a ${extension} at twice its size, uncached and unredirected`, async () => {
      const { width, height, headers } = await picture(`/o/mail/hero.${extension}?r=${token("ana")}`);
      assert.deepEqual([width, height], [size, size / 2]);
      assert.match(headers.get("cache-control"), /no-store/);
    });
  }

  test("is drawn on backgrounds that publishing, or the first open, made ready", async () => {
    const ready = async (ending) => (await app.bucket("backdrops/")).filter((name) => name.endsWith(ending));
    // "sale", "repair" and "new-in" of the campaign that is published above
    const three = await eventually(async () => (await ready("-1200x600.png")).length === 3);
    assert.ok(three, "publishing made none ready");
    const only = campaign("ready", (document) => {
      document.slots[0].variants = document.slots[0].variants.filter(({ id }) => id === "sale");
      document.slots[0].fallback = "sale";
    });
    await publish(app, only);
    const first = await picture("/o/ready/hero.jpg");
    const stored = await eventually(async () => (await ready("-1200x600.jpg")).length > 0);
    assert.ok(stored, "the first open made none ready");
    assert.equal((await picture("/o/ready/hero.jpg")).hash, first.hash);
    assert.equal((await ready("-1200x600.png")).length, 3, "the same background is made ready once");
  });

  test("answers HEAD as GET, without the bytes", async () => {
    const path = `/o/mail/cta.png?r=${token("ana")}`;
    const [get, head] = [await app.get(path, PERSON), await app.get(path, { ...PERSON, method: "HEAD" })];
    assert.equal(head.status, 200);
    assert.equal(head.headers.get("content-type"), get.headers.get("content-type"));
    assert.equal((await head.arrayBuffer()).byteLength, 0);
  });
});

describe("who fetches", () => {
  // User-Agents as they come (see the README's page on openers); `counts` is whether a person opened just then
  const OPENERS = {
    gmail_proxy: { ua: "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", asn: 15169, counts: true },
    gmail_prefetch: { ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0", asn: 15169 },
    apple_mpp: { ua: "Mozilla/5.0", asn: 714 },
    yahoo: { ua: "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", asn: 36647, counts: true },
    outlook_desktop: { ua: OUTLOOK, asn: 3320, counts: true },
    outlook_web: { ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36", asn: 8075, counts: true },
    person: { ua: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148", asn: 3320, counts: true },
  };
  const SCANNERS = {
    barracuda: { ua: "Mozilla/5.0 (compatible; Barracuda Sentinel (EE))" },
    nothing: { ua: "" },
    curl: { ua: "curl/8.5.0" },
    prefetch: { ua: OUTLOOK, headers: { "sec-purpose": "prefetch" } },
    head: { ua: OUTLOOK, method: "HEAD" },
  };
  const ask = (path, { ua, asn = 64500, headers, method }) =>
    app.get(path, { method, cf: { asn, country: "DE", timezone: "Europe/Berlin" }, headers: { "user-agent": ua, ...headers } });

  test("is told apart, and only people count", async () => {
    await publish(app, campaign("openers", (c) => { c.guardrails = { frequency: [{ across: "campaign", max: 1, window: "7d" }] }; c.sticky = "1m"; }));
    const all = { ...OPENERS, ...SCANNERS };
    await importProfiles(app, ...Object.keys(all).map((name) => consenting(`opener-${name}`)));
    for (const [name, opener] of Object.entries(all)) {
      assert.equal((await ask(`/o/openers/hero.png?r=${token(`opener-${name}`)}`, opener)).status, 200, name);
    }
    const lines = await eventually(async () => {
      const lines = await eventsOf("openers")();
      return lines.length >= Object.keys(OPENERS).length && lines;
    });
    assert.deepEqual(lines.map((line) => line.fetcher).sort(), Object.keys(OPENERS).sort(), "scanners leave no line");
    for (const line of lines) {
      assert.equal(line.type, "exposure");
      assert.ok(line.probability > 0 && line.probability <= 1 && line.seed && line.signals, "a policy can be judged on it");
    }
    for (const [name, opener] of Object.entries(all)) {
      assert.equal(await isCapped(`opener-${name}`), Boolean(opener.counts), `${name} counts`);
    }
  });

  /** Has this recipient an exposure that counts against caps? A campaign that allows one of all campaigns tells. */
  async function isCapped(id) {
    const answer = await app.admin("/v1/decide", { method: "POST", json: { campaign: "openers-cap", recipient: id, request: { user_agent: OUTLOOK } } });
    const { guardrails } = await answer.json();
    return guardrails.find((g) => g.name === "frequency").verdict === "forbid";
  }
  before(() => publish(app, campaign("openers-cap", (c) => { c.guardrails = { frequency: [{ across: "all", max: 1, window: "7d" }] }; })));

  test("a scanner's click is not a click, and still lands", async () => {
    await importProfiles(app, consenting("clicker"));
    await publish(app, campaign("clicks"));
    const path = `/c/clicks/hero?r=${token("clicker")}`;
    assert.equal(await landing(path, { headers: { "user-agent": SCANNERS.barracuda.ua } }), "https://shop.example/default");
    assert.equal(await landing(path), "https://shop.example/default");
    const lines = await eventually(eventsOf("clicks"));
    assert.deepEqual(lines.map((line) => [line.type, line.fetcher]), [["click", "outlook_desktop"]]);
  });
});

describe("a click", () => {
  const shown = async (recipient, name) => {
    const answer = await app.admin("/v1/decide", { method: "POST", json: { campaign: name, recipient, request: { user_agent: OUTLOOK } } });
    return Object.fromEntries((await answer.json()).assembly.map(({ slot, variant }) => [slot, variant]));
  };

  test("lands where the last image promised, for everyone", async () => {
    const people = Array.from({ length: 24 }, (_, i) => `many-${i}`);
    await importProfiles(app, ...people.map((id) => consenting(id)));
    const seen = new Set();
    for (const id of people) {
      await app.get(`/o/mail/hero.png?r=${token(id)}`, PERSON);
      const { hero } = await shown(id, "mail");
      assert.equal(await landing(`/c/mail/hero?r=${token(id)}`), `https://shop.example/${hero}`);
      seen.add(hero);
    }
    assert.ok(seen.size > 1, "different people see different heroes");
  });

  test("agrees with 50 images fetched at once", async () => {
    await publish(app, campaign("rush", (c) => { c.sticky = "1m"; }));
    await importProfiles(app, consenting("rushed"));
    const requests = Array.from({ length: 50 }, (_, i) => picture(`/o/rush/${i % 2 ? "hero" : "cta"}.png?r=${token("rushed")}`));
    const pictures = await Promise.all(requests);
    assert.equal(new Set(pictures.map((p) => p.hash)).size, 2, "one hero and one button");
    const { hero, cta } = await shown("rushed", "rush");
    assert.equal(await landing(`/c/rush/hero?r=${token("rushed")}`), `https://shop.example/${hero}`);
    assert.equal(await landing(`/c/rush/cta?r=${token("rushed")}`), `https://shop.example/cta-${cta}`);
  });

  test("keeps its promise when the campaign is edited between open and click", async () => {
    await publish(app, campaign("edited"));
    await importProfiles(app, consenting("early"));
    await app.get(`/o/edited/hero.png?r=${token("early")}`, PERSON);
    const promised = await landing(`/c/edited/hero?r=${token("early")}`);
    await publish(app, campaign("edited", (c) => { for (const v of c.slots[0].variants) v.url += "-moved"; }));
    assert.equal(await landing(`/c/edited/hero?r=${token("early")}`), promised);
    await publish(app, campaign("edited", (c) => { c.slots[0].variants = c.slots[0].variants.filter((v) => v.id === "default" || !promised.endsWith(v.id)); }));
    assert.equal(await landing(`/c/edited/hero?r=${token("early")}`), promised, "even when the variant is gone");
  });

  test("from another device lands there too", async () => {
    await importProfiles(app, consenting("two-devices"));
    await app.get(`/o/mail/hero.png?r=${token("two-devices")}`, PERSON);
    const { hero } = await shown("two-devices", "mail");
    const phone = { headers: { "user-agent": "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36" } };
    assert.equal(await landing(`/c/mail/hero?r=${token("two-devices")}`, phone), `https://shop.example/${hero}`);
  });
});

describe("consent", () => {
  test("withdrawn after the open, reaches the mail already sent", async () => {
    await publish(app, campaign("withdrawn", (c) => { c.slots[0].variants[0].when = undefined; }));
    await importProfiles(app, consenting("leaver"));
    const fallback = await picture("/o/withdrawn/hero.png?r=");
    const id = "leaver";
    await app.get(`/o/withdrawn/hero.png?r=${token(id)}`, PERSON);
    await importProfiles(app, { id, consent: { email: { marketing: true, personalization: false } } });
    assert.equal((await picture(`/o/withdrawn/hero.png?r=${token(id)}`)).hash, fallback.hash);
    assert.equal(await landing(`/c/withdrawn/hero?r=${token(id)}`), "https://shop.example/default");
    const again = { id, consent: { email: { marketing: true, personalization: true } } };
    await importProfiles(app, again);
    assert.equal((await picture(`/o/withdrawn/hero.png?r=${token(id)}`)).hash, fallback.hash, "an undated grant overrules no withdrawal");
  });

  test("never given, leaves nothing behind", async () => {
    await publish(app, campaign("quiet"));
    await app.get(`/o/quiet/hero.png?r=${token("silent")}`, PERSON);
    await landing(`/c/quiet/hero?r=${token("silent")}`);
    await importProfiles(app, consenting("marker"));
    await app.get(`/o/quiet/hero.png?r=${token("marker")}`, PERSON); // once this one is in the log, the silent one would be
    const lines = await eventually(eventsOf("quiet"));
    assert.equal(lines.length, 1);
  });
});

describe("whatever comes, a mail has a picture and a link lands", () => {
  const bad = {
    "no token": "",
    "an unrendered merge tag of Mailchimp": encodeURIComponent("*|APROPOS|*"),
    "an unrendered merge tag of Klaviyo": encodeURIComponent("{{ person|lookup:'apropos' }}"),
    "an unrendered merge tag of Salesforce, raw": "%%apropos%%",
    "a forged token": token("ana").slice(0, -4) + "AAAA",
    "a token of a foreign key": token("ana", { id: 9, secret: Buffer.alloc(32, 7) }),
    "a token signed with the wrong secret": token("ana", { id: 1, secret: Buffer.alloc(32, 7) }),
    "an unknown recipient": token("nobody"),
    "rubbish": "%00%ff%fe../../etc/passwd",
  };
  for (const [name, r] of Object.entries(bad)) {
    test(name, async () => {
      assert.equal((await picture(`/o/mail/hero.png?r=${r}`)).width, 1200, "the fallback");
      assert.equal(await landing(`/c/mail/hero?r=${r}`), "https://shop.example/default");
    });
  }

  test("an expired key", async () => {
    const key = Buffer.alloc(32, 3);
    const keys = [{ id: 1, key: key.toString("base64url"), expires: "2026-01-01" }, { id: 2, key: "A".repeat(43) }];
    const old = await start({ vars: { TOKEN_KEYS: JSON.stringify(keys) } });
    try {
      await publish(old, campaign("mail"));
      await importProfiles(old, consenting("ana"));
      const r = token("ana", { id: 1, secret: key });
      assert.equal((await old.get(`/o/mail/hero.png?r=${r}`, PERSON)).status, 200);
      const answer = await old.get(`/c/mail/hero?r=${r}`, PERSON);
      assert.equal(answer.headers.get("location"), "https://shop.example/default");
    } finally {
      await old.stop();
    }
  });

  test("an unknown campaign or slot, odd paths and extensions", async () => {
    for (const path of ["/o/none/hero.png", "/o/mail/none.gif", "/o/mail/none.jpg", "/o/", "/o/mail", "/o/mail/hero.webp", "/o/MAIL/hero.png", "/o/..%2f..%2fmail/hero.png", "/o/%F0%9F%92%A9/hero.png"]) {
      await picture(`${path}?r=${token("ana")}`);
    }
    assert.ok(isPixel(await picture(`/o/none/hero.png?r=${token("ana")}`)));
    assert.equal(await landing(`/c/none/hero?r=${token("ana")}`), "/");
    assert.equal(await landing(`/c/mail/none?r=${token("ana")}`), "https://shop.example/");
    assert.equal(await landing(`/c/?r=${token("ana")}`), "/");
  });

  test("oversized URLs", async () => {
    const long = "x".repeat(12_000);
    assert.ok(isPixel(await picture(`/o/mail/${long}.png?r=${token("ana")}`)));
    assert.equal((await picture(`/o/mail/hero.png?r=${long}`)).width, 1200);
    assert.equal(await landing(`/c/mail/hero?r=${long}`), "https://shop.example/default");
  });

  test("no URL can choose where a click lands", async () => {
    for (const trick of ["url=https://evil.example", "to=//evil.example", "r=https://evil.example"]) {
      assert.equal(new URL(await landing(`/c/mail/hero?${trick}`), app.base).host, "shop.example");
    }
  });
});

describe("storage that fails", () => {
  const BINDINGS = ["KV", "RECIPIENTS", "CAMPAIGNS", "BUCKET", "ASSETS", "EVENTS"];
  const MODES = ["error", "hang", "garbage", "trap"];
  const DEADLINE = 1_500; // of src/edge/mod.rs
  // pictures that no other test has brought into the isolate's cache
  const FRESH = ["your-pack", "last-days", "dusk", "night", "cta-cart", "cta-guarantee", "cta-weekend", "offer-ten"];

  for (const binding of BINDINGS) {
    for (const mode of MODES) {
      test(`${binding} ${mode}`, async () => {
        const fresh = binding === "BUCKET" || binding === "ASSETS" ? FRESH.pop() : "default";
        const known = `fault-${binding}-${mode}`.toLowerCase();
        await publish(app, campaign(known, (c) => { c.slots = [{ ...c.slots[0], variants: [{ ...c.slots[0].variants[0], image: `demo/art/${fresh}.png` }] }]; }));
        await app.fault(binding, mode);
        const began = Date.now();
        let shown;
        try {
          const r = token("ana");
          for (const extension of ["png", "gif", "jpg"]) shown = await picture(`/o/${known}/hero.${extension}?r=${r}`);
          await picture(`/o/never-${known}/hero.png?r=${r}`);
          assert.ok(await landing(`/c/${known}/hero?r=${r}`));
          assert.ok(await landing(`/c/never-${known}/hero?r=${r}`));
        } finally {
          await app.fault("*", "off");
        }
        const took = Date.now() - began;
        // the queue's consumer speaks to it, when the mail has long been answered
        const later = binding === "CAMPAIGNS";
        if (mode === "hang" && binding !== "EVENTS" && !later) assert.ok(took >= DEADLINE, `the fault was felt (${took} ms)`);
        assert.ok(took < 12 * DEADLINE, `within the deadlines (${took} ms)`);
        // no bytes to show, or no engine to show them: then, and only then, it is the pixel
        const ends = mode === "trap" ? binding !== "KV" && !later : binding === "BUCKET" && mode === "garbage";
        // the log is told after the mail is answered: whether a trap there ends the next picture's engine is a matter of moments
        const either = binding === "EVENTS" && mode === "trap";
        if (!either) assert.equal(isPixel(shown), binding === "ASSETS" || ends, "the best that was left");
        assert.equal((await picture(`/o/mail/hero.png?r=${token("ana")}`)).width, 1200, "all is well again");
      });
    }
  }
});
