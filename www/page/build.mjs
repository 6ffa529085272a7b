// Builds the script of landing pages: `www/apropos.js` and the parts that it loads when they are needed, `www/apropos/*.js`, which the Worker serves; and the npm package's
// `dist`, with types. What doesn't type-check isn't built. `cargo xtask page` calls it, after the engine.
//
//   node www/page/build.mjs [--dev]
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const dev = process.argv.includes("--dev");

/** Parts ask for each other under this name, so that none is ever met by one of another age. */
function version() {
  const hash = createHash("sha256");
  const sources = readdirSync(here("src")).sort().map((name) => here(`src/${name}`));
  const engine = ["engine.js", "engine_bg.wasm"].map((name) => here(`../engine/${name}`)).filter(existsSync);
  for (const file of [...sources, ...engine]) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 8);
}

const options = {
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  minify: !dev,
  logLevel: "warning",
  define: { BUILD: JSON.stringify(version()) },
};
const source = (name) => here(`src/${name}.ts`);
const PARTS = ["session", "measure", "consent", "debug"];

execFileSync(process.execPath, [here("../../node_modules/typescript/bin/tsc"), "-p", here("tsconfig.json")], { stdio: "inherit" });
rmSync(here("../apropos"), { recursive: true, force: true });
// as it is bound it has comments and long names
const glue = here("../engine/engine.js");
if (existsSync(glue) && !dev) await build({ entryPoints: [glue], outfile: glue, allowOverwrite: true, minify: true, format: "esm", target: "es2022", logLevel: "warning" });
await Promise.all([
  build({ ...options, entryPoints: [source("tag")], format: "iife", outfile: here("../apropos.js") }),
  build({ ...options, entryPoints: PARTS.map(source), outdir: here("../apropos") }),
  build({ ...options, minify: false, entryPoints: [source("apropos"), source("openfeature")], external: ["@openfeature/web-sdk"], outdir: here("dist") }),
  build({ ...options, entryPoints: [source("tag")], format: "iife", outfile: here("dist/tag.js") }),
]);
// for the overlay on the demo's page, which explains by it
copyFileSync(here("../../demo/campaign.json"), here("../demo/campaign.json"));
