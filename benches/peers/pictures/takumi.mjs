import { env } from "cloudflare:workers";
import { Renderer, initSync } from "@takumi-rs/wasm";
import module from "@takumi-rs/wasm/takumi_wasm_bg.wasm";
import { FRAMES, GRADIENT, countdown, hero, serve } from "./scenes.mjs";

initSync({ module });
const renderer = new Renderer(), fontFamilies = ["Inter"];
const fonts = [[env.BOLD, 700], [env.REGULAR, 400]].map(([data, weight]) => ({ name: "Inter", data: new Uint8Array(data), weight, style: "normal" }));
await Promise.all(fonts.map((font) => renderer.registerFont(font)));
const images = [{ src: "photo", data: new Uint8Array(env.PHOTO) }];

const own = (tree) => {
  if (tree.text !== undefined) return { type: "text", ...tree };
  return tree.src ? { type: "image", ...tree } : { type: "container", style: tree.style, children: tree.children.map(own) };
};
const picture = { src: "photo", style: { position: "absolute", left: 0, top: 0, width: 1200, height: 600 } };
const png = (n) => renderer.render(own(hero(n, { backgroundImage: GRADIENT })), { width: 1200, height: 600, format: "png", fontFamilies });

export default serve({
  nothing: () => "nothing",
  photo: (n) => renderer.render(own(hero(n, {}, picture)), { width: 1200, height: 600, format: "jpeg", quality: 85, images, fontFamilies }),
  gradient: png,
  ground: () => png(undefined),
  countdown: (n) => {
    const scenes = Array.from({ length: FRAMES }, (_, i) => ({ node: own(countdown(n, i)), durationMs: 1000 }));
    return renderer.renderAnimation({ scenes, width: 600, height: 120, fps: 1, format: "gif", fontFamilies });
  },
});
