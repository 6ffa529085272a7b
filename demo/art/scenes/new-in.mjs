// The season's shelf: nine things, nine colours.
import { hero, tern } from "../draw.mjs";
import { boot, compass, jacket, lantern, mug, pack, pad, put, tent } from "../gear.mjs";

const S = 148, GAP = 12, X = 704, Y = 66, R = 24;
const tiles = [
  ["#1f6f68", put(tent(), 0, 4, 1)], ["#f7b7a3", put(boot(), -2, 0, 0.98)], ["#17343c", put(lantern("#e8f0ea", "#ffe39a", "#f2a53f"), 0, 4, 1)],
  ["#f08a5d", put(mug("#fff6e2", "#12333a", "#1f6f68"), 2, 6, 1.02)], ["#bfe0d2", put(pack(), 0, 0, 1.06)], ["#5a78c4", tern(4, 14, 1.02, { cap: "#12292b" })],
  ["#f4e6bd", put(jacket(), 0, 2, 1.02)], ["#c9435a", put(compass("#3f1422", "#fff1dc", "#e4572e"), 0, 0, 1.06)], ["#9cc9b5", put(pad("#f6efe0", "#d8cbb0", "#d9482b"), 0, 0, 0.98, -18)],
];
export default hero("new-in", `<clipPath id="tile"><rect x="${-S / 2}" y="${-S / 2}" width="${S}" height="${S}" rx="${R}"/></clipPath>`,
  `<rect width="1200" height="600" fill="#ffd666"/><path d="M0,600V508C120,470 210,520 330,486C420,462 500,500 600,600Z" fill="#ffcb45"/><path d="M0,600V560C90,540 180,566 260,600Z" fill="#fbbd2c"/>
${tiles.map(([fill, drawing], i) => `<g transform="translate(${X + (i % 3) * (S + GAP) + S / 2} ${Y + Math.floor(i / 3) * (S + GAP) + S / 2})" clip-path="url(#tile)"><rect x="${-S / 2}" y="${-S / 2}" width="${S}" height="${S}" fill="${fill}"/><g transform="scale(.93)">${drawing}</g></g>`).join("")}`);
