// A still lake on a Friday evening: one canoe, its reflection, a young moon.
import { closed, glow, gradient, hero, n, ridge, wood } from "../draw.mjs";

const WATER = 392;
const far = ridge([[0, 372], [200, 352], [420, 366], [600, 322], [740, 258], [850, 308], [980, 214], [1090, 282], [1200, 240]], 44, 52);
const mid = ridge([[0, 386], [300, 376], [560, 382], [760, 346], [900, 352], [1060, 306], [1200, 296]], 22, 63);
const shore = ridge([[700, 393], [820, 388], [960, 378], [1080, 360], [1200, 348]], 8, 7);
const flip = (inner, a) => `<g transform="translate(0 ${WATER * 2}) scale(1 -1)" opacity="${a}">${inner}</g>`;
const land = (a, b, c, d) => `<path d="${closed(far, WATER)}" fill="${a}"/><path d="${closed(mid, WATER)}" fill="${b}"/><path d="${closed(shore, WATER)}" fill="${c}"/>${wood(shore, 760, 1196, 17, 26, 92, d, 12, (x) => 0.35 + ((x - 760) / 440) * 0.9)}`;
const ripples = [[120, 470, 210], [420, 520, 160], [40, 548, 240], [640, 452, 120], [560, 574, 260], [930, 470, 130], [1010, 540, 170], [300, 430, 120]].map(([x, y, w]) => `<rect x="${x}" y="${y}" width="${w}" height="2" rx="1" fill="#fff3ea" opacity=".34"/>`).join("");

export default hero("dusk",
  gradient("sky", [[0, "#9a9fdb"], [0.4, "#c6b6e0"], [0.74, "#f2c8cb"], [1, "#ffdcb8"]]) + gradient("water", [[0, "#f7d0bd"], [0.3, "#dcbbd6"], [1, "#8f97d2"]]) + glow("low", [[0, "#fff0d2", 0.9], [1, "#ffe2c0", 0]]),
  `<rect width="1200" height="${WATER}" fill="url(#sky)"/><rect y="${WATER}" width="1200" height="${600 - WATER}" fill="url(#water)"/>
<circle cx="700" cy="${WATER}" r="320" fill="url(#low)"/>
${land("#a596cb", "#7a70ae", "#463f7d", "#332e66")}${flip(land("#b5a2cf", "#9488bf", "#6a63a0", "#5a5494"), 0.7)}
<rect y="${WATER - 1}" width="1200" height="3" fill="#fff0e0" opacity=".5"/>${ripples}
<path d="M1066,66a34,34 0 1 0 30,52a27,27 0 1 1 -30,-52Z" fill="#fff7e2"/>
<g transform="translate(850 476)"><g transform="scale(1 -1) translate(0 -13)" opacity=".34"><path d="M-112,-14C-92,8 92,8 112,-14C84,-4 -84,-4 -112,-14Z" fill="#6d2c3c"/></g>
<path d="M-116,-16C-98,12 98,12 116,-16C88,-5 -88,-5 -116,-16Z" fill="#d9482b"/><path d="M-116,-16C-98,12 98,12 116,-16C100,2 -100,2 -116,-16Z" fill="#9c2c22" opacity=".55"/>
<path d="M28,-52C18,-50 14,-36 16,-8L44,-8C46,-30 42,-50 34,-53Z" fill="#2b2557"/><circle cx="30" cy="-62" r="9.5" fill="#2b2557"/><path d="M19,-64C20,-76 40,-76 41,-64Z" fill="#f2b83f"/><path d="M22,-42L-8,-34" stroke="#2b2557" stroke-width="7" stroke-linecap="round"/><path d="M4,-66L-30,12" stroke="#6a3c2c" stroke-width="3.5" stroke-linecap="round"/><path d="M-27,2L-38,26L-26,28Z" fill="#6a3c2c"/>
<path d="M-72,-26h34a8,8 0 0 1 8,8v11h-50v-11a8,8 0 0 1 8,-8Z" fill="#3f6f63"/><path d="M-66,-26v19M-44,-26v19" stroke="#284c47" stroke-width="3"/></g>`);
