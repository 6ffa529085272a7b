// The second slot: one wide button per intent, text and background baked in, because nobody can tell a mail's colours from afar.
import { svg, tern } from "../draw.mjs";
import { pack, put, tent } from "../gear.mjs";

const W = 1200, H = 176, R = 30;
const arrow = (disc, ink) => `<circle cx="1112" cy="88" r="42" fill="${disc}"/><path d="M1094,88H1128M1114,72L1130,88L1114,104" fill="none" stroke="${ink}" stroke-width="7" stroke-linecap="round" stroke-linejoin="round"/>`;
const label = (text, ink, x = 200) => `<text x="${x}" y="88" dominant-baseline="central" font-family="Familjen" font-weight="650" font-size="62" letter-spacing="-.8" fill="${ink}">${text}</text>`;
const button = (id, fill, defs, body) => ({
  id: `cta-${id}`, width: W, height: H,
  svg: svg(W, H, `<clipPath id="bar"><rect x="0" y="8" width="${W}" height="${H - 16}" rx="${R}"/></clipPath>${defs}`, `<rect width="${W}" height="${H}" fill="#fff"/><g clip-path="url(#bar)"><rect width="${W}" height="${H}" fill="${fill}"/>${body}</g>`),
});

export default [
  button("explore", "#12423f", "", `<path d="M700,176C800,80 880,150 960,96C1040,46 1120,70 1200,30V176Z" fill="#1a5650"/><path d="M820,176C900,130 980,160 1050,120C1110,92 1160,100 1200,84V176Z" fill="#21695f"/>${tern(104, 98, 1.02)}${label("Explore what’s new", "#fff")}${arrow("#ffd666", "#12423f")}`),
  button("cart", "#f6c6ae", "", `<path d="M640,8L820,8L700,176H480Z" fill="#fbd9c4"/><path d="M880,8L1010,8L890,176H730Z" fill="#fbd9c4" opacity=".7"/>${put(pack("#1f6f68", "#154f4c", "#f2b83f", "#12333a"), 104, 94, 1.14)}${label("Back to your cart", "#3a1a12")}${arrow("#3a1a12", "#fff")}`),
  button("sale", "#d83a2b", "", `<g fill="#e9573a">${Array.from({ length: 16 }, (_, i) => `<path d="M104,88L${104 + 1400 * Math.cos((i * Math.PI) / 8)},${88 + 1400 * Math.sin((i * Math.PI) / 8)}L${104 + 1400 * Math.cos(((i + 0.45) * Math.PI) / 8)},${88 + 1400 * Math.sin(((i + 0.45) * Math.PI) / 8)}Z" opacity=".65"/>`).join("")}</g>
<g transform="translate(104 88) rotate(24)"><path d="M-34,-44L0,-66L34,-44V52C34,58 30,62 24,62H-24C-30,62 -34,58 -34,52Z" fill="#fff4da"/><circle cy="-40" r="7" fill="#d83a2b"/><g fill="none" stroke="#d83a2b" stroke-width="8"><circle cx="-12" cy="2" r="9"/><circle cx="12" cy="36" r="9"/><path d="M17,-8L-17,46" stroke-linecap="round"/></g></g>${label("See the sale", "#fff")}${arrow("#ffc94d", "#7d1723")}`),
  button("guarantee", "#1f3f5b", "", `<rect x="16" y="24" width="1168" height="128" rx="20" fill="none" stroke="#e0a64a" stroke-width="4" stroke-dasharray="17 12" stroke-linecap="round"/>
<g transform="translate(104 88) rotate(-8)"><rect x="-42" y="-42" width="84" height="84" rx="16" fill="#f6b64a"/><path d="M-42,30L-14,-10L0,4L20,-22L42,12V26C42,35 35,42 26,42H-26C-35,42 -42,38 -42,30Z" fill="#2f7a6b"/><rect x="-34" y="-34" width="68" height="68" rx="10" fill="none" stroke="#d9482b" stroke-width="4.5" stroke-dasharray="9 7" stroke-linecap="round"/></g>${label("How our guarantee works", "#fff4e0")}${arrow("#f6b64a", "#1f3f5b")}`),
  button("weekend", "url(#dusk)", `<linearGradient id="dusk" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="#3d3676"/><stop offset=".6" stop-color="#62549b"/><stop offset="1" stop-color="#b97fae"/></linearGradient>`,
    `<circle cx="838" cy="112" r="44" fill="#ffdcb8"/><path d="M640,176L760,112L812,140L890,84L962,142L1010,118L1110,176Z" fill="#4b427f"/><path d="M760,176L900,140L1030,156L1200,120V176Z" fill="#352d66"/>${put(tent("#f2b83f", "#d98a23", "#2b2557", "#fff3d0"), 106, 90, 1)}${label("Plan a weekend", "#fff")}${arrow("#ffdcb8", "#352d66")}`),
];
