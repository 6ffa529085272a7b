// The sun's way down, hour by hour: the same disc five times, the last one touching the sea.
import { at, closed, glow, gradient, hero, n, ridge, wood } from "../draw.mjs";

const head = ridge([[560, 600], [640, 560], [760, 530], [880, 486], [980, 470], [1080, 420], [1200, 392]], 14, 41);
const suns = [[700, 88, 0.2], [796, 130, 0.3], [882, 192, 0.42], [952, 268, 0.6]].map(([x, y, a]) => `<circle cx="${x}" cy="${y}" r="42" fill="none" stroke="#ffd9a0" stroke-width="2.5" opacity="${a}"/><circle cx="${x}" cy="${y}" r="42" fill="#ffcf8a" opacity="${a * 0.35}"/>`).join("");
const glints = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => `<rect x="${n(1004 - 70 + i * 5 + (i % 2) * 14)}" y="${n(412 + i * i * 1.9 + i * 6)}" width="${n(150 - i * 8)}" height="${n(3 + i * 0.5)}" rx="2" fill="#ffd08a" opacity="${(0.75 - i * 0.07).toFixed(2)}"/>`).join("");

export default hero("last-days",
  gradient("sky", [[0, "#3b1747"], [0.35, "#7c2350"], [0.66, "#d4493f"], [0.9, "#ff8f45"], [1, "#ffb765"]]) + gradient("sea", [[0, "#d65b45"], [0.3, "#8c2f51"], [1, "#3a1740"]]) +
  glow("last", [[0, "#ffe9b0", 0.9], [0.3, "#ffb45c", 0.55], [1, "#ff8f45", 0]]) + gradient("shade", [[0, "#8a3f7c"], [0.55, "#a4588c"], [1, "#ffffff"]], [0, 0, 1, 0]) + gradient("land", [[0, "#34133b"], [1, "#1d0b26"]]) + `<clipPath id="above"><rect width="1200" height="402"/></clipPath>`,
  `<rect width="1200" height="402" fill="url(#sky)"/><rect y="402" width="1200" height="198" fill="url(#sea)"/>
<rect width="860" height="600" fill="url(#shade)" style="mix-blend-mode:multiply"/>
<path d="M640,62Q900,120 1004,380" fill="none" stroke="#ffd9a0" stroke-width="2" stroke-dasharray="2 10" stroke-linecap="round" opacity=".6"/>${suns}
<circle cx="1004" cy="380" r="230" fill="url(#last)" clip-path="url(#above)"/><circle cx="1004" cy="368" r="60" fill="#fff0c2" clip-path="url(#above)"/>
<g clip-path="url(#above)"><path d="M0,402C90,376 170,384 260,392C380,400 470,386 560,394L700,402Z" fill="#7d2a4f" opacity=".55"/></g>
${glints}
<path d="${closed(head)}" fill="url(#land)"/>${wood(head, 1096, 1196, 19, 60, 128, "#220d2c", 2)}
<g transform="translate(846 ${n(at(head, 880) + 14)})"><path d="M-34,0L0,-40L40,0Z" fill="#571f4a"/><path d="M0,-40L40,0L54,-5Z" fill="#3f163f"/><path d="M0,-40L-8,0L12,0Z" fill="#ffb765"/></g>
<g transform="translate(964 ${n(at(head, 964) + 3)})" fill="#1d0b26"><path d="M-5,-22L-7,0L-3,0L0,-14L4,0L8,0L5,-22Z"/><path d="M-7,-46C-8,-32 -6,-22 -6,-20L6,-20C7,-28 6,-42 4,-47Z"/><circle cx="0" cy="-53" r="6"/></g>
<g transform="translate(988 ${n(at(head, 988) + 3)})" fill="#1d0b26"><path d="M-4,-19L-6,0L-2,0L0,-12L4,0L7,0L5,-19Z"/><path d="M-6,-39C-7,-28 -5,-19 -5,-17L6,-17C7,-24 5,-36 4,-40Z"/><circle cx="0" cy="-45" r="5.5"/></g>`);
