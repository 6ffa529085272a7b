// Countdowns as the Worker draws them: they run as GIF, stand still as PNG and JPEG, end, and are what the command line draws.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { consenting, importProfiles, publish } from "./campaign.mjs";
import { start } from "./harness.mjs";
import { token } from "./tokens.mjs";

const app = await start();
const folder = mkdtempSync(join(tmpdir(), "apropos-countdown-"));
after(async () => {
  await app.stop();
  rmSync(folder, { recursive: true, force: true });
});

const HOUR = 3_600_000;
const slot = (name, countdown) => ({
  name, kind: "image", width: 300, height: 60, fallback: "clock", variants: [{ id: "clock", alt: "Time left", countdown }],
});
const document = {
  id: "clocks", landing: "https://shop.example/", value: { currency: "EUR", click: 1 },
  slots: [
    slot("running", { to: { at: new Date(Date.now() + 5 * HOUR).toISOString() } }),
    slot("over", { to: { at: new Date(Date.now() - HOUR).toISOString() }, expired: "The sale is over" }),
  ],
};
before(() => publish(app, document));

const picture = async (path) => {
  const answer = await app.get(path);
  assert.equal(answer.status, 200);
  return { type: answer.headers.get("content-type"), bytes: Buffer.from(await answer.arrayBuffer()) };
};
// the graphic control extension that begins every frame
const frames = (gif) => gif.toString("latin1").split("\x21\xf9\x04").length - 1;

test("a countdown runs as GIF, once, and stands still in the other formats", async () => {
  const gif = await picture("/o/clocks/running.gif");
  assert.equal(gif.type, "image/gif");
  assert.deepEqual([gif.bytes.readUInt16LE(6), gif.bytes.readUInt16LE(8)], [600, 120]);
  assert.ok(frames(gif.bytes) >= 60, `${frames(gif.bytes)} frames`);
  assert.ok(!gif.bytes.includes("NETSCAPE2.0"), "it begins again");
  for (const [ending, type, magic] of [["png", "image/png", "\x89PNG"], ["jpg", "image/jpeg", "\xff\xd8\xff"]]) {
    const still = await picture(`/o/clocks/running.${ending}`);
    assert.equal(still.type, type);
    assert.ok(still.bytes.toString("latin1").startsWith(magic));
  }
});

test("after its end it says so, to the byte as the command line does", async () => {
  writeFileSync(join(folder, "clocks.json"), JSON.stringify(document));
  for (const ending of ["gif", "png", "jpg"]) {
    const out = join(folder, `over.${ending}`);
    execFileSync(fileURLToPath(new URL("../../target/debug/apropos", import.meta.url)), ["render", join(folder, "clocks.json"), "--slot", "over", "-o", out]);
    const { bytes } = await picture(`/o/clocks/over.${ending}`);
    assert.ok(bytes.equals(readFileSync(out)), `over.${ending} differs`);
  }
  assert.ok(frames((await picture("/o/clocks/over.gif")).bytes) <= 1, "what is over still moves");
});

test("time runs from the first open of a person: a prefetch or a scanner is none", async () => {
  const evergreen = {
    id: "evergreen", landing: "https://shop.example/", value: { currency: "EUR", click: 1 }, exploration: { silence: 0 }, sticky: "24h",
    slots: [{
      name: "timer", kind: "image", width: 300, height: 60, fallback: "logo",
      variants: [{ id: "logo", image: "demo/art/wordmark.png", alt: "Ternfell" }, { id: "mine", alt: "Time left", countdown: { to: { first_open: "2d" } } }],
    }],
  };
  await publish(app, evergreen);
  // by chance one in two sees the countdown
  const people = Array.from({ length: 16 }, (_, i) => `late-${i}`);
  await importProfiles(app, ...people.map((id) => consenting(id)));
  const open = async (id, headers) => {
    const answer = await app.get(`/o/evergreen/timer.png?r=${token(id)}`, { headers });
    return Buffer.from(await answer.arrayBuffer());
  };
  const OUTLOOK = { "user-agent": "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17830; Pro)" };
  for (const id of people) {
    await open(id, { ...OUTLOOK, "sec-purpose": "prefetch" });
    await open(id, { "user-agent": "curl/8.5.0" });
  }
  await new Promise((resolve) => setTimeout(resolve, 1500));
  writeFileSync(join(folder, "evergreen.json"), JSON.stringify(evergreen));
  const whole = join(folder, "whole.png");
  execFileSync(fileURLToPath(new URL("../../target/debug/apropos", import.meta.url)), ["render", join(folder, "evergreen.json"), "--variant", "mine", "-o", whole]);
  const first = await Promise.all(people.map((id) => open(id, OUTLOOK)));
  const counting = people.filter((_, i) => first[i].equals(readFileSync(whole)));
  const logos = first.filter((picture) => picture.equals(first.find((other) => !other.equals(readFileSync(whole)))));
  assert.ok(counting.length > 0 && counting.length + logos.length === people.length, `${counting.length} have all of the time, ${logos.length} the logo`);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  for (const id of counting) {
    assert.ok(!(await open(id, OUTLOOK)).equals(readFileSync(whole)), "the first open was forgotten");
  }
});
