// The render room in a Worker. `PREWARM` draws once before the first request, as the Worker does.
import { env } from "cloudflare:workers";
import { Composed, Countdown, GifCrate, Hero, initSync, prewarm, whole } from "pictures";
import module from "pictures/wasm";
import { headline, serve } from "./scenes.mjs";

const { memory } = initSync({ module });
if (env.PREWARM) prewarm();
const bytes = (buffer) => new Uint8Array(buffer), once = (make) => { let made; return () => (made ??= make()); };
const photo = once(() => new Hero(bytes(env.PHOTO), 1200, 600, "jpg"));
const photoPng = once(() => new Hero(bytes(env.PHOTO), 1200, 600, "png"));
const gradient = once(() => new Hero(bytes(env.GRADIENT), 1200, 600, "png"));
const composed = once(() => new Composed(bytes(env.PHOTO), 1200, 600, "jpg"));
const countdown = once(() => new Countdown()), gif = once(() => new GifCrate());
/** What an open does that finds its backdrop in the bucket. */
const fromKept = (n) => {
  const hero = Hero.read(bytes(env.KEPT), 1200, 600, "jpg");
  const file = hero.draw(headline(n));
  hero.free(); // or its memory would wait for the collector
  return file;
};

export default serve({
  photo: (n) => photo().draw(headline(n)),
  "photo-png": (n) => photoPng().draw(headline(n)),
  gradient: (n) => gradient().draw(headline(n)),
  composed: (n) => composed().draw(headline(n)),
  countdown: (n) => countdown().draw(n),
  "gif-crate": () => gif().write(),
  "photo-whole": (n) => whole(bytes(env.PHOTO), headline(n), 1200, 600, "jpg"),
  "gradient-whole": (n) => whole(bytes(env.GRADIENT), headline(n), 1200, 600, "png"),
  "photo-kept": fromKept,
  // the largest picture that there may be, from one that takes the most to read
  large: (n) => whole(bytes(env.WORST), headline(n), 3000, 1500, "png"),
  nothing: () => "nothing",
  kept: () => photo().kept(),
  publish: () => new Hero(bytes(env.PHOTO), 1200, 600, "jpg").free(),
  memory: () => String(memory.buffer.byteLength),
});
