// After nine: an aurora, a lit tent, and the quiet of people already inside.
import { chance, closed, glow, gradient, hero, n, ridge, stars, wood } from "../draw.mjs";

const far = ridge([[0, 486], [200, 468], [420, 478], [600, 440], [720, 372], [830, 410], [940, 318], [1050, 386], [1200, 330]], 46, 31);
const near = ridge([[0, 540], [260, 528], [520, 536], [720, 512], [900, 500], [1060, 470], [1200, 446]], 16, 6);

// A curtain: many thin strips hanging from a waving hem, each fading upwards.
const curtain = (seed, base, sway, height, from, to, id, alpha) => {
  const random = chance(seed), phase = random() * 6;
  let out = "";
  for (let x = from; x < to; x += 5) {
    const t = (x - from) / (to - from), y = base - t * 120 + Math.sin(t * 7 + phase) * sway + Math.sin(t * 17 + phase) * sway * 0.25;
    const h = height * (0.72 + 0.28 * Math.sin(t * 23 + phase) * Math.sin(t * 9)), a = alpha * Math.sin(Math.PI * Math.pow(t, 0.8)) ** 1.7;
    out += `<rect x="${x}" y="${Math.round(y - h)}" width="5" height="${n(h)}" fill="url(#${id})" opacity="${a.toFixed(3)}"/>`;
  }
  return out;
};

export default hero("night",
  gradient("sky", [[0, "#081129"], [0.5, "#0e2444"], [0.82, "#17405a"], [1, "#20566a"]]) +
  gradient("green", [[0, "#3fe0b0", 0], [0.55, "#44dca8", 0.35], [0.93, "#7df3c6", 0.95], [1, "#7df3c6", 0]]) + gradient("violet", [[0, "#8d7bff", 0], [0.6, "#6f8cf0", 0.3], [0.95, "#58d6c6", 0.75], [1, "#58d6c6", 0]]) +
  glow("lamp", [[0, "#ffd27a", 0.5], [0.45, "#ffb454", 0.14], [1, "#ff9d3a", 0]]) + glow("pool", [[0, "#ffb454", 0.6], [0.5, "#f3a24a", 0.28], [1, "#f3a24a", 0]]) + gradient("tent", [[0, "#ffe9a8"], [0.5, "#ffc35c"], [1, "#ef8a36"]]) + gradient("side", [[0, "#f4a948"], [1, "#b9582b"]]) + `<clipPath id="peaks"><path d="${closed(far)}"/></clipPath>` + gradient("ground", [[0, "#0b2530"], [1, "#06131d"]]),
  `<rect width="1200" height="600" fill="url(#sky)"/>${stars(150, 77, { y1: 440, fill: "#dbe9ff" })}${stars(60, 5, { x0: 680, y1: 300, fill: "#fff", size: 2.2 })}
${curtain(4, 356, 26, 250, 560, 1200, "violet", 0.55)}${curtain(9, 402, 34, 300, 600, 1200, "green", 0.7)}
<path d="${closed(far)}" fill="#0d2c40"/><path d="M640,300H1200V356L1170,372L1150,352L1128,386L1096,366L1070,402L1040,372L1012,398L984,358L962,378L940,352L918,384L894,362L868,410L820,388L790,416L758,392L738,412L720,388L700,404L660,410Z" fill="#4d8791" opacity=".7" clip-path="url(#peaks)"/>
${wood(near, 0, 700, 17, 14, 34, "#0a2230", 14)}
<circle cx="884" cy="478" r="215" fill="url(#lamp)"/>
<path d="${closed(near)}" fill="url(#ground)"/>${wood(near, 1010, 1196, 22, 96, 210, "#071a25", 3)}${wood(near, 690, 760, 20, 50, 96, "#081e2a", 8)}
<ellipse cx="890" cy="522" rx="230" ry="26" fill="url(#pool)"/>
<path d="M884,398L792,522L976,522Z" fill="url(#tent)"/><path d="M884,398L976,522L1022,508Z" fill="url(#side)"/><path d="M884,398L868,522L908,522Z" fill="#fff3c9"/><path d="M884,398L888,522L908,522Z" fill="#d9742f"/>
<path d="M884,398L792,522M884,398L976,522M884,398L1022,508" stroke="#7a3b1e" stroke-width="2" fill="none" opacity=".55"/>
<path d="M838,522C836,505 842,494 850,492C858,494 862,505 862,522Z" fill="#c9702f" opacity=".5"/>
<path d="M792,522L762,534M1022,508L1052,518" stroke="#c98b52" stroke-width="1.6"/>
<path d="M1088,88a24,24 0 1 0 22,36a19,19 0 1 1 -22,-36Z" fill="#f4efd6"/>`);
