// Names and texts of the world's scripts, as the Worker draws them with its second wasm module and fonts loaded on need: to the byte as the
// command line does, and with the text's default where a font can't be had.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { consenting, importProfiles, publish } from "./campaign.mjs";
import { start } from "./harness.mjs";
import { token } from "./tokens.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const app = await start();
const folder = mkdtempSync(join(tmpdir(), "apropos-world-"));
after(async () => {
  await app.stop();
  rmSync(folder, { recursive: true, force: true });
});

const NAMES = {
  ana: "Ana", latin: "Łukasz", russian: "Андрей", greek: "Μαρία", arabic: "عبد الرحمن", hebrew: "יוֹסֵף", hindi: "क्षमा", thai: "น้ำฝน", japanese: "東海林さくら", korean: "김민준",
  nameless: undefined,
};
const hero = (name, text) => ({
  name, kind: "image", width: 600, height: 300, fallback: "hello", variants: [{ id: "hello", image: "demo/art/sale.png", alt: "Hello", text }],
});
const document = {
  id: "world", landing: "https://shop.example/", value: { currency: "EUR", click: 1 }, exploration: { silence: 0 }, sticky: "24h",
  slots: [
    hero("hero", { headline: "Hello {first_name|friend}, welcome", subline: "For {first_name|you}", button: "Go" }),
    hero("arabic", { headline: "مرحباً {first_name|صديقي}، عاد مقاسك", subline: "خصم 20% حتى يوم الأحد", button: "شاهدها" }),
    {
      name: "clock", kind: "image", width: 300, height: 60, fallback: "over",
      variants: [{ id: "over", alt: "Over", countdown: { to: { at: "2026-01-01T00:00:00Z" }, expired: "انتهى العرض" } }],
    },
  ],
};

const person = (id) => consenting(id, { traits: { first_name: NAMES[id], timezone: "Europe/Zagreb" } });
before(async () => {
  writeFileSync(join(folder, "world.json"), JSON.stringify(document));
  await publish(app, document);
  await importProfiles(app, ...Object.keys(NAMES).map(person));
});

const OUTLOOK = { "user-agent": "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17830; Pro)" };
const opened = async (slot, ending, id) => {
  const answer = await app.get(`/o/world/${slot}.${ending}?r=${token(id)}`, { headers: OUTLOOK });
  assert.equal(answer.status, 200);
  return Buffer.from(await answer.arrayBuffer());
};
const drawn = (slot, ending, id, images = join(root, "www")) => {
  const { id: _, ...profile } = person(id);
  writeFileSync(join(folder, `${id}.json`), JSON.stringify(profile));
  const out = join(folder, `${slot}-${id}.${ending}`);
  const args = ["render", join(folder, "world.json"), "--slot", slot, "--variant", slot === "clock" ? "over" : "hello", "--as", join(folder, `${id}.json`), "--images", images, "-o", out];
  execFileSync(join(root, "target/debug/apropos"), args);
  return readFileSync(out);
};

// first, while no font has been loaded
test("a name whose font can't be had gives way to the text's default", async () => {
  const ana = await opened("hero", "png", "ana");
  assert.ok(ana.equals(drawn("hero", "png", "ana")));
  await app.fault("BUCKET", "error");
  await app.fault("ASSETS", "error");
  const without = await opened("hero", "png", "thai");
  await app.fault("BUCKET", "off");
  await app.fault("ASSETS", "off");
  assert.ok(without.equals(drawn("hero", "png", "nameless")), "not the default");
  assert.ok(!(await opened("hero", "png", "thai")).equals(without), "the font stays away");
});

test("a name in any script comes out as on the command line", async () => {
  const nameless = drawn("hero", "png", "nameless");
  for (const id of Object.keys(NAMES)) {
    for (const ending of ["png", "jpg"]) {
      const bytes = await opened("hero", ending, id);
      assert.ok(bytes.equals(drawn("hero", ending, id)), `${id}.${ending} differs`);
      if (ending === "png" && id !== "nameless") assert.ok(!bytes.equals(nameless), `${id} is not named`);
    }
  }
});

test("so do a text from the right with a name in it, and a countdown's end", async () => {
  for (const id of ["ana", "arabic", "hebrew"]) {
    assert.ok((await opened("arabic", "jpg", id)).equals(drawn("arabic", "jpg", id)), `${id} differs`);
  }
  for (const ending of ["gif", "png"]) {
    assert.ok((await opened("clock", ending, "ana")).equals(drawn("clock", ending, "ana")), `${ending} differs`);
  }
});

test("a font that is no font is told, and the text's default stands", () => {
  const images = join(folder, "images");
  cpSync(join(root, "www/demo/art"), join(images, "demo/art"), { recursive: true });
  cpSync(join(root, "wrangler.toml"), join(images, "fonts/thai-bold.ttf"));
  assert.ok(drawn("hero", "png", "thai", images).equals(drawn("hero", "png", "nameless")));
});
