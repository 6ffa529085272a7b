// Where you left it: the pack by the door, boots below, the valley through the window.
import { closed, gradient, hero, ridge, spruce } from "../draw.mjs";
import { boot, bottle, pack, put } from "../gear.mjs";

const far = ridge([[770, 330], [840, 280], [900, 300], [980, 210], [1050, 262], [1120, 236], [1170, 280]], 20, 9, 4);
const near = ridge([[770, 360], [880, 340], [980, 352], [1080, 318], [1170, 330]], 10, 4, 4);

export default hero("your-pack",
  gradient("wall", [[0, "#f6c6ae"], [0.62, "#f2b79c"], [1, "#e9a78b"]], [0, 0, 1, 0]) + gradient("sky", [[0, "#bfe3ea"], [1, "#fff2d2"]]) + gradient("beam", [[0, "#fff0cf", 0.55], [1, "#fff0cf", 0.08]], [1, 0, 0, 1]) + gradient("wood", [[0, "#b0713f"], [1, "#8a522c"]]) + `<clipPath id="pane"><rect x="786" y="66" width="368" height="280" rx="6"/></clipPath>`,
  `<rect width="1200" height="600" fill="url(#wall)"/><rect y="520" width="1200" height="80" fill="#9a5a3c"/><path d="M0,520H1200V527H0Z" fill="#7c432c"/><path d="M0,560H1200M210,527L150,600M560,527L540,600M900,527L920,600" stroke="#84492f" stroke-width="2.5"/>
<path d="M786,120L300,300L300,520L560,520L786,400Z" fill="url(#beam)"/><path d="M300,520L190,600H470L560,520Z" fill="#ffe2b8" opacity=".22"/>
<rect x="768" y="48" width="404" height="316" rx="12" fill="#fff6e4"/><g clip-path="url(#pane)"><rect x="786" y="66" width="368" height="280" fill="url(#sky)"/><circle cx="866" cy="140" r="34" fill="#fffbe8"/><path d="${closed(far, 360)}" fill="#7fb4ac"/><path d="M930,262L980,210L1022,242L1006,252L988,240L968,262L952,250Z" fill="#f3faf2"/><path d="${closed(near, 360)}" fill="#3e8471"/>${spruce(812, 350, 92, "#1f5a4c", 3)}${spruce(846, 352, 64, "#1f5a4c", 5)}${spruce(1122, 352, 110, "#1f5a4c", 8)}${spruce(1090, 354, 72, "#266655", 2)}</g>
<path d="M970,66V346M786,206H1154" stroke="#fff6e4" stroke-width="12"/><path d="M756,364H1184V380H756Z" fill="#fffaf0"/><path d="M768,380H1172V386H768Z" fill="#d88f74" opacity=".5"/>
<ellipse cx="945" cy="532" rx="250" ry="14" fill="#5f2f1f" opacity=".35"/><rect x="724" y="462" width="440" height="20" rx="5" fill="url(#wood)"/><rect x="748" y="482" width="18" height="52" fill="#7a4625"/><rect x="1122" y="482" width="18" height="52" fill="#7a4625"/><path d="M766,500H1122" stroke="#7a4625" stroke-width="7"/>
<ellipse cx="918" cy="463" rx="104" ry="6" fill="#5f2f1f" opacity=".3"/>${put(pack("#1f6f68", "#154f4c", "#f2b83f", "#12333a"), 916, 354, 2.1)}${put(bottle("#e4572e", "#b53c1c", "#12333a"), 1070, 409, 1)}
<g transform="translate(1016 448)"><path d="M-28,14C-30,0 -20,-8 0,-8C20,-8 30,0 28,14Z" fill="#f2b83f"/><path d="M-30,14H30V8H-30Z" fill="#d98a23"/><circle cy="-11" r="6" fill="#d98a23"/></g>
${put(boot("#8a5a34", "#5c3a22", "#f2b83f", "#2b1c14"), 832, 512, 0.62)}${put(boot("#9a673d", "#6a4428", "#f2b83f", "#2b1c14"), 886, 518, 0.64)}
<path d="M916,328L886,344L882,398L906,408L948,404L954,350Z" fill="none"/><g transform="translate(972 398) rotate(9)"><path d="M-26,-44C-14,-54 -6,-50 0,-36" fill="none" stroke="#fff6e4" stroke-width="3"/><path d="M0,-40L18,-24V22H-18V-24Z" fill="#fff6e4"/><circle cx="0" cy="-24" r="4.5" fill="#154f4c"/><path d="M-10,-4H10M-10,6H6" stroke="#d9482b" stroke-width="4" stroke-linecap="round"/></g>`);
