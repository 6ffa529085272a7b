import { env } from "cloudflare:workers";
import { render } from "@cf-wasm/og/workerd";
import { Buffer } from "node:buffer";
import { GRADIENT, hero, serve } from "./scenes.mjs";

const fonts = [[env.BOLD, 700], [env.REGULAR, 400]].map(([data, weight]) => ({ name: "Inter", data, weight, style: "normal" }));
const photo = `data:image/jpeg;base64,${Buffer.from(env.PHOTO).toString("base64")}`;

const own = ({ style, text, children, src }) => {
  const type = src ? "img" : "div";
  return { type, key: null, props: { style: src || text !== undefined ? style : { display: "flex", ...style }, src, children: text ?? children?.map(own) } };
};
const picture = { src: photo, style: { position: "absolute", left: 0, top: 0, width: 1200, height: 600 } };
const png = async (tree) => (await (await render(own(tree), { width: 1200, height: 600, fonts })).asPng()).image;

export default serve({
  nothing: () => "nothing",
  photo: (n) => png(hero(n, {}, picture)),
  gradient: (n) => png(hero(n, { backgroundImage: GRADIENT })),
});
