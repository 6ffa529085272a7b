// A poster: a red sun, its rays, and the one tag everybody looks for.
import { glow, hero, hill, n } from "../draw.mjs";

const CX = 900, CY = 330;
const rays = Array.from({ length: 40 }, (_, i) => {
  const a = ((i * 2) / 80) * Math.PI * 2, b = ((i * 2 + 1) / 80) * Math.PI * 2, r = 1300;
  return `<path d="M${CX},${CY}L${n(CX + r * Math.cos(a))},${n(CY + r * Math.sin(a))}L${n(CX + r * Math.cos(b))},${n(CY + r * Math.sin(b))}Z"/>`;
}).join("");

export default hero("sale", glow("fade", [[0, "#fff", 1], [0.35, "#fff", 0.85], [0.62, "#fff", 0.34], [1, "#fff", 0.2]]) + `<mask id="soft"><circle cx="${CX}" cy="${CY}" r="1000" fill="url(#fade)"/></mask><clipPath id="disc"><circle cx="${CX}" cy="${CY}" r="206"/></clipPath>`,
  `<rect width="1200" height="600" fill="#d83a2b"/><g fill="#e9573a" mask="url(#soft)">${rays}</g>
<circle cx="${CX}" cy="${CY}" r="206" fill="#ffc94d"/>
<g clip-path="url(#disc)"><path d="M660,500L742,372L770,396L852,232L930,352L962,322L1060,436L1140,470V600H660Z" fill="#f08a3c"/><path d="M852,232L810,316L830,334L848,312L866,338L882,318L897,302Z" fill="#fff4da"/>
<path d="M680,500C760,420 860,440 940,470C1020,500 1080,450 1130,430V600H680Z" fill="#b92c2c"/></g>
${hill([[0, 560], [300, 566], [560, 548], [800, 500], [1010, 520], [1200, 470]], "#a3222a")}${hill([[0, 586], [340, 584], [620, 580], [860, 548], [1200, 540]], "#7d1723")}
<g transform="translate(1028 84) rotate(13)"><path d="M4,-120C-8,-60 18,-30 0,18" fill="none" stroke="#12333a" stroke-width="4"/><path d="M0,0L52,46V206C52,214 46,220 38,220H-38C-46,220 -52,214 -52,206V46Z" fill="#12333a" opacity=".22" transform="translate(10 12)"/>
<path d="M-12,2C-5,-5 5,-5 12,2L46,36C50,40 52,44 52,50V206C52,214 46,220 38,220H-38C-46,220 -52,214 -52,206V50C-52,44 -50,40 -46,36Z" fill="#fff4da"/><circle cx="0" cy="26" r="10" fill="#d83a2b"/><circle cx="0" cy="26" r="10" fill="none" stroke="#12333a" stroke-width="4"/>
<g fill="none" stroke="#d83a2b" stroke-width="13"><circle cx="-21" cy="92" r="15"/><circle cx="21" cy="150" r="15"/><path d="M28,76L-28,166" stroke-linecap="round"/></g><path d="M-32,194H32" stroke="#12333a" stroke-width="5" stroke-linecap="round" stroke-dasharray="1 11"/></g>`);
