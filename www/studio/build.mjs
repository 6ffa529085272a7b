// Builds the studio: `www/studio/dist/`, which `www/studio/index.html` loads. What doesn't type-check isn't built. The editor is a part of its own, fetched when somebody writes; so is what draws
// pictures, which runs beside the page. `cargo xtask studio` calls it.
//
//   node www/studio/build.mjs [--dev]
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const dev = process.argv.includes("--dev");

execFileSync(process.execPath, [here("../../node_modules/typescript/bin/tsc"), "-p", here("tsconfig.json")], { stdio: "inherit" });
rmSync(here("dist"), { recursive: true, force: true });
await build({
  entryPoints: { studio: here("src/main.tsx"), painter: here("src/painter.ts"), style: here("src/style.css") },
  outdir: here("dist"),
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  jsx: "automatic",
  jsxImportSource: "preact",
  // the engine and what draws are modules of their own
  external: ["/pkg/*", "/painter/*", "/demo/*"],
  minify: !dev,
  sourcemap: dev,
  logLevel: "warning",
});
