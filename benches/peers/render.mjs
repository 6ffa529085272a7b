// Pictures beside what users would pick instead, in one run; `cargo xtask bench render` builds what this needs and runs it.
//
//   ours      The render room as the Worker is built: backdrop and countdown made ready (that is publishing), and then what an open does.
//   cf-og     @cf-wasm/og: satori lays out, resvg draws. Only PNG.
//   takumi    @takumi-rs/wasm, its caches on: fonts registered, and the photo stays decoded. JPEG of our quality.
//   gif       The `gif` crate in our own module, given the frames drawn: the first whole, then the rectangles that changed.
//   canvas    @napi-rs/canvas draws each frame and gifencoder writes it, natively in node: what countdown services run.
//
// All but the last run in workerd, each in a process of its own. There clocks stand still during a request, so what counts is the processor time of the thread
// that runs the Worker, as on Cloudflare; many files are made in one request, each for another person. Contenders take turns, so that a busy machine slows
// all of them; each number is the median of its rounds.
//
//   node render.mjs <folder with the tools> <our module.js> <its wasm> <folder to write to>
//
// prints rows (rows.mjs).
import { createCanvas, GlobalFonts } from "@napi-rs/canvas";
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { photo, worst } from "./pictures/photo.mjs";
import { FRAMES, LABELS, digits } from "./pictures/scenes.mjs";
import { Runtime } from "./pictures/workerd.mjs";
import { print } from "./rows.mjs";

const ROUNDS = 15, BATCH_MS = 60, WARM_UP_MS = 1500, FRESH = 9;
const [root, module, wasm, folder] = process.argv.slice(2);
const here = (file) => fileURLToPath(new URL(file, import.meta.url)), at = (file) => join(folder, file);
const version = (name) => JSON.parse(readFileSync(here(`node_modules/${name}/package.json`))).version;
const fonts = { BOLD: join(root, "src/render/fonts/Inter-Bold.ttf"), REGULAR: join(root, "src/render/fonts/Inter-Regular.ttf") };

// --- the contenders

const runtime = new Runtime(root, folder);
mkdirSync(folder, { recursive: true });
writeFileSync(at("photo.jpg"), photo());
writeFileSync(at("worst.jpg"), worst(3000, 1500));
runtime.bundle("ours", here("pictures/ours.mjs"), { pictures: module, "pictures/wasm": wasm });
runtime.bundle("takumi", here("pictures/takumi.mjs"));
runtime.bundle("cf-og", here("pictures/cf-og.mjs"));
const files = { PHOTO: at("photo.jpg"), GRADIENT: at("gradient.png"), KEPT: at("photo.kept"), WORST: at("worst.jpg") };

const takumi = await runtime.start("takumi", { PHOTO: files.PHOTO, ...fonts });
// the same pixels as takumi's own
writeFileSync(files.GRADIENT, await takumi.get("ground"));
writeFileSync(files.KEPT, "");
const publisher = await runtime.start("ours", files);
writeFileSync(files.KEPT, await publisher.get("kept"));
await publisher.stopped();
const ours = await runtime.start("ours", files, { PREWARM: "1" });
const cfOg = await runtime.start("cf-og", { PHOTO: files.PHOTO, ...fonts });

/** @napi-rs/canvas and gifencoder. */
function canvas() {
  const GIFEncoder = createRequire(import.meta.url)("gifencoder");
  GlobalFonts.registerFromPath(fonts.BOLD, "Inter");
  GlobalFonts.registerFromPath(fonts.REGULAR, "Inter");
  const context = createCanvas(600, 120).getContext("2d");
  const draw = (n, i) => {
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, 600, 120);
    context.textAlign = "center";
    digits(n, i).forEach((digits, unit) => {
      const middle = 111 + 126 * unit;
      context.fillStyle = "#111820";
      context.beginPath();
      context.roundRect(middle - 55, 10, 110, 76, 10);
      context.fill();
      context.font = "17px Inter";
      context.fillText(LABELS[unit], middle, 108);
      context.fillStyle = "#ffffff";
      context.font = "bold 52px Inter";
      context.fillText(digits, middle, 67);
    });
  };
  return (n) => {
    const encoder = new GIFEncoder(600, 120);
    encoder.start();
    encoder.setDelay(1000);
    for (let i = 0; i < FRAMES; i++) {
      draw(n, i);
      encoder.addFrame(context);
    }
    encoder.finish();
    return encoder.out.getData();
  };
}
const inNode = canvas();
const node = {
  get: async () => inNode(0),
  time: async (_, count) => {
    const before = process.threadCpuUsage();
    for (let n = 0; n < count; n++) inNode(n);
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000 / count;
  },
};

// --- the measurement

const jobs = [
  ...["photo", "photo-kept", "photo-png", "gradient", "composed", "countdown", "gif-crate", "photo-whole", "gradient-whole", "publish"].map((job) => ["ours", ours, job]),
  ...["photo", "gradient", "countdown"].map((job) => ["takumi", takumi, job]),
  ...["photo", "gradient"].map((job) => ["cf-og", cfOg, job]),
  ["canvas", node, "countdown"],
].map(([who, worker, job]) => ({ who, worker, job, each: [] }));
const KINDS = { "89504e47": "png", ffd8ffe0: "jpg", ffd8ffe1: "jpg", 47494638: "gif" };
for (const it of jobs) {
  if (it.job !== "publish") {
    const file = await it.worker.get(`${it.job}?n=1`), kind = KINDS[file.subarray(0, 4).toString("hex")];
    assert(kind, `${it.who} ${it.job} is no picture`);
    it.bytes = file.length;
    writeFileSync(at(`${it.job}-${it.who}.${kind}`), file);
  }
  let spent = 0, last;
  for (let count = 1; spent < WARM_UP_MS; count = Math.max(1, Math.round(BATCH_MS / last))) {
    last = await it.worker.time(it.job, count);
    spent += last * count;
  }
  it.count = Math.max(1, Math.round(BATCH_MS / last));
}
for (let round = 0; round < ROUNDS; round++) {
  for (const it of jobs) it.each.push(await it.worker.time(it.job, it.count));
}
const memory = Number(await ours.get("memory"));
[ours, takumi, cfOg].forEach((worker) => worker.stop());
const large = await runtime.start("ours", files);
await large.get("large");
const most = Number(await large.get("memory"));
await large.stopped();

/** Processor time of start-up, of a request that draws nothing, in which the runtime's own server gets going, and of the first that draws, in fresh processes. */
async function fresh(name, data, text, job) {
  const starts = [], nothings = [], firsts = [];
  for (let i = 0; i < FRESH; i++) {
    const worker = await runtime.start(name, data, text);
    starts.push(worker.cpu());
    nothings.push(await worker.time("nothing", 1));
    firsts.push(await worker.time(job, 1));
    await worker.stopped();
  }
  return { start: starts, nothing: nothings, first: firsts };
}
const firsts = {};
for (const [title, job, peerJob] of [["photo hero", "photo-kept", "photo"], ["countdown", "countdown", "countdown"]]) {
  firsts[title] = {
    prewarmed: await fresh("ours", files, { PREWARM: "1" }, job), cold: await fresh("ours", files, {}, job),
    takumi: await fresh("takumi", { PHOTO: files.PHOTO, ...fonts }, {}, peerJob),
    ...(title === "photo hero" && { cfOg: await fresh("cf-og", { PHOTO: files.PHOTO, ...fonts }, {}, peerJob) }),
  };
}

// --- the table

const NAMES = {
  takumi: `takumi wasm ${version("@takumi-rs/wasm")}`, "cf-og": `@cf-wasm/og ${version("@cf-wasm/og")}`,
  canvas: `canvas ${version("@napi-rs/canvas")} + gifencoder ${version("gifencoder")}, node`,
};
const of = (who, job) => jobs.find((it) => it.who === who && it.job === job);
const ms = (who, job) => of(who, job).each, kb = (who, job) => of(who, job).bytes / 1000;
const beside = (name, job, peers) => {
  const all = peers.map(([who, peerJob, note]) => [who, peerJob, (NAMES[who] ?? "gif crate, delta frames") + (note ?? "")]);
  for (const [unit, value] of [["ms", ms], ["KB", kb]]) {
    for (const [who, peerJob, peer] of all) print(name, unit, value("ours", job), value(who, peerJob), peer);
  }
};
const alone = (name, job) => print(name, "ms", ms("ours", job));
beside("photo hero, JPEG", "photo", [["takumi", "photo"], ["cf-og", "photo", ", PNG"]]);
beside("photo hero, JPEG, nothing ready", "photo-whole", [["takumi", "photo"], ["cf-og", "photo", ", PNG"]]);
beside("photo hero, PNG", "photo-png", [["cf-og", "photo"]]);
beside("gradient hero, PNG", "gradient", [["takumi", "gradient"], ["cf-og", "gradient"]]);
beside("gradient hero, PNG, nothing ready", "gradient-whole", [["takumi", "gradient"], ["cf-og", "gradient"]]);
beside("countdown, 60 frames", "countdown", [["takumi", "countdown"], ["ours", "gif-crate"], ["canvas", "countdown"]]);
alone("composition on the photo, JPEG", "composed");
alone("photo hero, backdrop read anew", "photo-kept");
alone("photo hero, made ready", "publish");
for (const [title, { prewarmed, cold, takumi, cfOg }] of Object.entries(firsts)) {
  print(`first ${title}, drawn once before`, "ms", prewarmed.first, cold.first, "ours, not drawn before");
  print(`first ${title}, drawn once before`, "ms", prewarmed.first, takumi.first, NAMES.takumi);
  if (cfOg) print(`first ${title}, drawn once before`, "ms", prewarmed.first, cfOg.first, NAMES["cf-og"]);
}
const { prewarmed, cold, takumi: theirs, cfOg: others } = firsts["photo hero"];
print("first request, nothing drawn", "ms", prewarmed.nothing);
print("start of the process", "ms", prewarmed.start, cold.start, "ours, not drawn before");
print("start of the process", "ms", prewarmed.start, theirs.start, NAMES.takumi);
print("start of the process", "ms", prewarmed.start, others.start, NAMES["cf-og"]);
print("memory of the module after all this", "MB", memory / 1e6);
print("memory of the module, progressive JPEG to PNG, 3000 × 1500", "MB", most / 1e6);
