// The scenes in workerd: each is what was recorded of it natively, to the byte.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { start } from "./harness.mjs";
import { publish } from "./campaign.mjs";

const read = (name) => readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8");
const scenes = JSON.parse(read("campaigns/scenes.json"));
const recorded = read("scenes.tsv").trim().split("\n").map((line) => line.split("\t"));

const app = await start();
after(() => app.stop());

/** FNV-1a of 64 bits, as hex. */
function hash(bytes) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, "0");
}

/** Publishes the scenes, the `nth` of every slot as what everybody sees. */
async function show(nth) {
  const slots = scenes.slots.filter((slot) => slot.variants.length > nth);
  const document = { ...scenes, id: `scenes-${nth}`, slots: slots.map((slot) => ({ ...slot, fallback: slot.variants[nth].id })) };
  await publish(app, document);
  return slots.map((slot) => ({ campaign: document.id, slot: slot.name, variant: slot.variants[nth].id }));
}

test("every scene looks as recorded", async () => {
  let seen = 0;
  for (let nth = 0; scenes.slots.some((slot) => slot.variants.length > nth); nth++) {
    for (const { campaign, slot, variant } of await show(nth)) {
      for (const [name, length, expected] of recorded.filter(([name]) => name.startsWith(`${slot}-${variant}.`))) {
        const answer = await app.get(`/o/${campaign}/${slot}.${name.split(".").pop()}`);
        const bytes = new Uint8Array(await answer.arrayBuffer());
        assert.equal(`${bytes.length} ${hash(bytes)}`, `${length} ${expected}`, name);
        seen++;
      }
    }
  }
  assert.equal(seen, recorded.length);
  assert.ok(seen >= 120);
});
