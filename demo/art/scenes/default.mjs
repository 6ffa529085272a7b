// Early morning above the fells: mist between ridges, a path, a walker, a tern going north. The picture for everyone.
import { at, chance, closed, glow, gradient, hero, n, range, ridge, tern, wood } from "../draw.mjs";

const mist = (y, h, a) => `<rect x="0" y="${y}" width="1200" height="${h}" fill="url(#mist)" opacity="${a}"/>`;
const front = ridge([[0, 560], [240, 548], [460, 552], [660, 520], [860, 468], [1010, 430], [1200, 402]], 10, 21);
const middle = ridge([[0, 520], [200, 500], [400, 520], [620, 476], [760, 452], [900, 392], [1060, 400], [1200, 352]], 26, 12);

const path = `<path d="M742,600C806,578 930,566 922,534C916,512 896,498 956,467L961,468C930,494 962,506 966,532C972,570 900,580 868,600Z" fill="#ecd9a4"/>`;
const grass = () => {
  const random = chance(5);
  let out = "";
  for (let i = 0; i < 230; i++) {
    const x = 620 + random() * 580, y = at(front, x) + 14 + random() * (590 - at(front, x));
    if (Math.abs(x - 905) < 150 && y < 600 && x < 1010) continue;
    out += `<path d="M${n(x)},${n(y)}l${n(random() * 4 - 2)},${n(-5 - random() * 8)}" stroke="${random() < 0.5 ? "#2f6d4f" : "#1b4f3d"}" stroke-width="1.6" stroke-linecap="round"/>`;
    if (i % 5 === 0) out += `<circle cx="${n(x + 9)}" cy="${n(y - 4)}" r="2.4" fill="${["#f4c64f", "#fff3dc", "#e9705a"][i % 3]}"/>`;
  }
  return out;
};

export default hero("default",
  gradient("sky", [[0, "#a9d3d1"], [0.42, "#cfe6dc"], [0.72, "#f3ecd2"], [1, "#fbe6c2"]]) + gradient("mist", [[0, "#f6f1dc", 0], [0.6, "#f6f1dc", 0.9], [1, "#f6f1dc", 0]]) +
  glow("sun", [[0, "#fff6d8"], [0.35, "#fff0c6", 0.75], [1, "#fff0c6", 0]]) + gradient("near", [[0, "#2f7a58"], [1, "#0f3d33"]]) + gradient("mid", [[0, "#3f8a78"], [1, "#2a6a5d"]]),
  `<rect width="1200" height="600" fill="url(#sky)"/>
<circle cx="930" cy="212" r="250" fill="url(#sun)"/><circle cx="930" cy="212" r="58" fill="#fff8e2"/>
${range([[0, 470], [160, 452], [330, 462], [520, 420], [660, 330], [760, 372], [880, 250], [980, 318], [1080, 262], [1200, 330]], 44, 3, "#b3d2cd")}
${mist(330, 170, 0.75)}
${range([[0, 500], [190, 478], [380, 496], [560, 442], [700, 412], [800, 346], [880, 392], [1010, 318], [1120, 372], [1200, 330]], 40, 8, "#86b8b1")}
${mist(390, 150, 0.7)}
${range([[0, 516], [220, 494], [420, 512], [600, 470], [720, 440], [860, 410], [960, 372], [1080, 398], [1200, 346]], 30, 17, "#5c9f92")}
${mist(430, 120, 0.6)}
<path d="${closed(middle)}" fill="url(#mid)"/>${wood(middle, 0, 1200, 15, 12, 26, "#2c6b5f", 4)}
${mist(470, 110, 0.42)}
<path d="${closed(front)}" fill="url(#near)"/>${grass()}${path}
${wood(front, 1062, 1196, 24, 88, 168, "#0d372f", 9)}${wood(front, 672, 760, 26, 26, 54, "#174d40", 19)}
<g transform="translate(958 447) scale(.82)"><path d="M-5,0L-8,22L-4,22L0,6L5,22L9,22L5,0Z" fill="#0f2f2b"/><path d="M-7,-24C-8,-8 -6,0 -6,2L6,2C7,-8 6,-20 4,-25Z" fill="#d9482b"/><rect x="-16" y="-25" width="11" height="22" rx="4.5" fill="#f2b83f"/><circle cx="0" cy="-31" r="6" fill="#f3cfae"/><path d="M-6,-32C-6,-41 6,-41 6,-32Z" fill="#12333a"/><path d="M4,-18L12,-8L15,20" fill="none" stroke="#0f2f2b" stroke-width="2"/></g>
${tern(742, 168, 0.86, { turn: -10 })}${tern(836, 98, 0.36, { turn: -4 })}`);
