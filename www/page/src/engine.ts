// The engine and the campaign's bundle, from the edge. Both are the same for everybody, so both may lie in the browser's cache.
import type { Engine } from "./api.js";

/** What this script was built with, so that its parts never differ in age; the build writes it. */
declare const BUILD: string;

type Module = { default(from: { module_or_path: Promise<Response> }): Promise<unknown>; Page: new (bundle: Uint8Array) => Engine };

/** Loads a module of the edge. */
export const bring = (edge: string, path: string): Promise<unknown> => import(/* webpackIgnore: true */ /* @vite-ignore */ `${edge}${path}?v=${BUILD}`);

/** The engine, its glue and its wasm side by side. */
export async function loadEngine(edge: string): Promise<Module["Page"]> {
  const wasm = fetch(`${edge}engine/engine_bg.wasm?v=${BUILD}`, { credentials: "omit" });
  wasm.catch(() => {}); // told below
  const module = (await bring(edge, "engine/engine.js")) as Module;
  await module.default({ module_or_path: wasm });
  return module.Page;
}

/** The bundle as it is now or, without a network, as it was last. */
export async function loadBundle(edge: string, campaign: string): Promise<Uint8Array> {
  const get = (cache: RequestCache) => fetch(`${edge}p/${campaign}`, { cache, credentials: "omit" });
  const answer = await get("no-cache").catch(() => get("force-cache"));
  if (!answer.ok) throw answer.status;
  return new Uint8Array(await answer.arrayBuffer());
}
