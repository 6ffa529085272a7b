#!/usr/bin/env node
// Renders the demo's art: demo/art/scenes/*.mjs (each exports { id, width, height, svg } or a list) → www/demo/art/*.png,
// and the drawings of demo/art/gear.mjs → www/demo/art/gear/*.svg.
//
//   node demo/art/render.mjs              all of it
//   node demo/art/render.mjs night sale   only these
//
// Needs node ≥ 20 and a Chromium (CHROMIUM=/path if it isn't `chromium`). Each picture is written in the smallest form that shows no
// loss: true colour where its gradients pack well, otherwise a palette of 256 colours of its own.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { decode, encodePalette, encodeRgb } from "./png.mjs";

const here = dirname(fileURLToPath(import.meta.url)), scenes = join(here, "scenes"), out = join(here, "../../www/demo/art"), fonts = join(here, "../../www/demo/fonts");
/** Bytes up to which true colour is worth it. */
const LIMIT = 120 * 1024;
const wanted = process.argv.slice(2), work = mkdtempSync(join(tmpdir(), "art-"));
mkdirSync(out, { recursive: true });

const face = (family, file) => `@font-face{font-family:"${family}";font-weight:100 900;src:url("${pathToFileURL(join(fonts, file))}")}`;
const page = (svg, width, height) => `<!doctype html><meta charset="utf-8"><style>
${face("Familjen", "familjen-grotesk-latin-wght-normal.woff2")}
html,body{margin:0;background:#fff}svg{display:block;width:${width}px;height:${height}px}</style>${svg}`;

try {
  for (const name of readdirSync(scenes).filter((f) => f.endsWith(".mjs")).map((f) => f.slice(0, -4)).sort()) {
    const pictures = (await import(pathToFileURL(join(scenes, `${name}.mjs`)))).default;
    for (const { id, width, height, svg } of [pictures].flat()) {
      if (wanted.length && !wanted.includes(id) && !wanted.includes(name)) continue;
      const html = join(work, "page.html"), shot = join(work, "shot.png");
      writeFileSync(html, page(svg, width, height));
      execFileSync(process.env.CHROMIUM ?? "chromium", [
        "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-color-profile=srgb", "--force-device-scale-factor=1",
        "--allow-file-access-from-files", "--virtual-time-budget=2000", `--window-size=${width},${height}`, `--screenshot=${shot}`, pathToFileURL(html).href,
      ], { stdio: "ignore" });
      const picture = decode(readFileSync(shot));
      if (picture.width !== width || picture.height !== height) throw new Error(`${id}: Chromium drew ${picture.width}×${picture.height}`);
      // A palette alone bands a wide sky; a little of its error passed on to the neighbours hides that for few bytes.
      const full = encodeRgb(picture), plain = encodePalette(picture), few = plain.rms > 0.5 ? encodePalette(picture, 0.45) : plain;
      const bytes = full.length <= Math.max(few.bytes.length * 1.15, plain.rms > 0.5 ? LIMIT : 0) ? full : few.bytes;
      writeFileSync(join(out, `${id}.png`), bytes);
      const kb = (n) => `${(n / 1024).toFixed(0)} KB`;
      console.log(`${id.padEnd(16)} ${kb(bytes.length).padStart(7)}   rgb ${kb(full.length)}, palette ${kb(few.bytes.length)} at rms ${few.rms.toFixed(2)}`);
    }
  }
  // The catalogue's drawings stay vectors: the landing page is a page, not a mail.
  const { put, ...gear } = await import("./gear.mjs");
  mkdirSync(join(out, "gear"), { recursive: true });
  for (const [name, draw] of Object.entries(gear)) {
    writeFileSync(join(out, "gear", `${name}.svg`), `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-70 -70 140 140">${draw().replaceAll("\n", "")}</svg>\n`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
