// The OpenFeature provider behind the real web SDK; no browser, since all it needs of one is `document` as a place for events.
import { OpenFeature, ProviderEvents } from "@openfeature/web-sdk";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AproposProvider } from "../../www/page/dist/openfeature.js";

globalThis.document = new EventTarget();

const slot = (name, more) => ({ slot: name, kind: "text", variant: "sale", fallback: false, headline: "Last year’s best", subline: "", button: "", image: null, alt: "", url: "https://shop.example/sale", width: 0, height: 0, ...more });
const decision = (...slots) => ({ campaign: "spring", version: "0badcafe", outcome: "show", cause: null, probability: 0.25, decided_at: "2026-12-01T08:00:00Z", held: false, slots });
const tracked = [];
const apropos = { decision: undefined, ready: undefined, track: (...args) => tracked.push(args) };
const decide = (next) => {
  apropos.decision = next;
  document.dispatchEvent(new CustomEvent("apropos:decision", { detail: next }));
};

const client = OpenFeature.getClient();
before(async () => {
  apropos.decision = decision(slot("hero", { kind: "image", width: 600 }), slot("offer", { variant: "none", fallback: true }));
  apropos.ready = Promise.resolve(apropos.decision);
  await OpenFeature.setProviderAndWait(new AproposProvider(apropos));
});
after(() => OpenFeature.close());

test("a slot is a flag: its variant, whether one is shown, all of it, or a field", () => {
  const { value, variant, reason, flagMetadata } = client.getStringDetails("hero", "default");
  assert.deepEqual([value, variant, reason, flagMetadata.probability, flagMetadata.version], ["sale", "sale", "SPLIT", 0.25, "0badcafe"]);
  assert.equal(client.getBooleanValue("hero", false), true);
  assert.equal(client.getObjectValue("hero", {}).headline, "Last year’s best");
  assert.equal(client.getStringValue("hero.headline", "Welcome"), "Last year’s best");
  assert.equal(client.getNumberValue("hero.width", 0), 600);
});

test("where the page's own content stands the default is the value", () => {
  const { value, reason } = client.getStringDetails("offer", "plain");
  assert.deepEqual([value, reason], ["plain", "DEFAULT"]);
  assert.equal(client.getBooleanValue("offer", false), false);
});

test("what isn't there or is of another type is told as such", () => {
  assert.equal(client.getStringDetails("footer", "x").errorCode, "FLAG_NOT_FOUND");
  assert.equal(client.getStringDetails("hero.toString", "x").errorCode, "FLAG_NOT_FOUND");
  assert.deepEqual([client.getNumberDetails("hero", 7).value, client.getNumberDetails("hero", 7).errorCode], [7, "TYPE_MISMATCH"]);
  assert.equal(client.getStringDetails("hero.width", "x").errorCode, "TYPE_MISMATCH");
});

test("a decision that differs is a change, one that doesn't is none; tracks go to the page", async () => {
  const changes = [];
  client.addHandler(ProviderEvents.ConfigurationChanged, ({ flagsChanged }) => changes.push(flagsChanged));
  decide({ ...apropos.decision, decided_at: "2026-12-01T08:00:05Z" });
  decide(decision(slot("hero", { variant: "repair" }), slot("offer", { variant: "none", fallback: true })));
  assert.deepEqual(changes, [["hero", "offer"]]);
  assert.equal(client.getStringValue("hero", "default"), "repair");
  client.track("Product Viewed", { value: 9, category: "tents" });
  assert.deepEqual(tracked, [["Product Viewed", { category: "tents", value: 9 }]]);
});

test("without a decision defaults are the values", async () => {
  const none = { decision: undefined, ready: Promise.resolve(undefined), track() {} };
  await assert.rejects(OpenFeature.setProviderAndWait("none", new AproposProvider(none)));
  assert.equal(OpenFeature.getClient("none").getStringValue("hero", "default"), "default");
});
