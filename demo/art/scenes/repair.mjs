// Trust, close up: a worn jacket, a patch of the fells, and a needle half-way round.
import { gradient, hero, n } from "../draw.mjs";

// Twill that repeats every eight lines, under a light that only changes from left to right: cloth that still packs well.
const weave = `<pattern id="weave" width="8" height="8" patternUnits="userSpaceOnUse" shape-rendering="crispEdges">${[0, 1, 2, 3, 4, 5, 6, 7].map((y) => `<rect x="${y}" y="${y}" width="3" height="1" fill="#fff" opacity=".05"/><rect x="${y - 8}" y="${y}" width="3" height="1" fill="#fff" opacity=".05"/><rect x="${(y + 4) % 8}" y="${y}" width="1" height="1" fill="#000" opacity=".1"/>`).join("")}</pattern>`;
const P = [744, 128, 360, 340, 40];
// Stitches along the patch's edge; those after the needle are still only holes.
const stitches = () => {
  const [x, y, w, h] = P, inset = 17, points = [], step = 25.6;
  const side = (x0, y0, x1, y1) => {
    const length = Math.hypot(x1 - x0, y1 - y0), count = Math.round(length / step);
    for (let i = 0; i < count; i++) points.push([x0 + ((x1 - x0) * (i + 0.5)) / count, y0 + ((y1 - y0) * (i + 0.5)) / count, Math.atan2(y1 - y0, x1 - x0)]);
  };
  side(x + 40, y + inset, x + w - 40, y + inset);
  side(x + w - inset, y + 40, x + w - inset, y + h - 40);
  side(x + w - 40, y + h - inset, x + 40, y + h - inset);
  side(x + inset, y + h - 40, x + inset, y + 40);
  const sewn = Math.round(points.length * 0.7);
  return points.map(([px, py, a], i) => i < sewn
    ? `<g transform="translate(${n(px)} ${n(py)}) rotate(${n((a * 180) / Math.PI)})"><rect x="-7.5" y="-3" width="15" height="6" rx="3" fill="#d9482b"/><rect x="-6" y="-3" width="10" height="2" rx="1" fill="#f28a6a"/></g>`
    : `<circle cx="${n(px)}" cy="${n(py)}" r="2.6" fill="#b98a2c"/>`).join("");
};

export default hero("repair", weave + gradient("light", [[0, "#2c5674"], [0.45, "#21455f"], [1, "#16324a"]], [0, 0, 1, 0]) + gradient("sky", [[0, "#ffdc86"], [1, "#f6b64a"]]) + gradient("steel", [[0, "#ffffff"], [0.5, "#cfd8de"], [1, "#8fa0ab"]], [0, 0, 1, 0]) +
  `<clipPath id="patch"><rect x="${P[0]}" y="${P[1]}" width="${P[2]}" height="${P[3]}" rx="${P[4]}"/></clipPath>`,
  `<rect width="1200" height="600" fill="url(#light)"/><rect width="1200" height="600" fill="url(#weave)"/>
<path d="M0,520C260,508 560,520 1200,572" fill="none" stroke="#122c43" stroke-width="9" opacity=".75"/><path d="M0,507C260,495 560,507 1200,558M0,533C260,521 560,533 1200,586" fill="none" stroke="#e0a64a" stroke-width="3" stroke-dasharray="14 9" stroke-linecap="round" opacity=".75"/>
<g transform="rotate(-5 924 298)"><rect x="${P[0] + 8}" y="${P[1] + 14}" width="${P[2]}" height="${P[3]}" rx="${P[4]}" fill="#081a2b" opacity=".38"/>
<rect x="${P[0]}" y="${P[1]}" width="${P[2]}" height="${P[3]}" rx="${P[4]}" fill="url(#sky)"/>
<g clip-path="url(#patch)"><circle cx="1002" cy="226" r="44" fill="#fff3cf"/><path d="M744,380L836,250L876,296L948,196L1030,330L1062,300L1104,352V470H744Z" fill="#2f7a6b"/><path d="M948,196L914,244L934,262L950,246L966,268L984,254Z" fill="#fff3cf"/><path d="M836,250L812,284L832,296L846,284L862,280Z" fill="#fff3cf"/><path d="M744,410C820,360 900,380 960,402C1030,426 1070,400 1104,384V470H744Z" fill="#1b5449"/></g>
<rect x="${P[0] + 17}" y="${P[1] + 17}" width="${P[2] - 34}" height="${P[3] - 34}" rx="26" fill="none" stroke="#c78f2b" stroke-width="1.5" opacity=".5"/>${stitches()}
<path d="M773,430C700,470 640,520 690,548C760,582 820,520 748,500C690,486 660,440 690,396" fill="none" stroke="#081a2b" stroke-width="5" opacity=".25" transform="translate(5 7)"/>
<path d="M761,424C700,462 632,516 690,546C760,580 820,520 748,500C690,486 660,440 688,398" fill="none" stroke="#d9482b" stroke-width="5" stroke-linecap="round"/>
<g transform="translate(690 392) rotate(28)"><path d="M-6,0C-6,-10 6,-10 6,0L1.5,-190Q0,-198 -1.5,-190Z" fill="#081a2b" opacity=".3" transform="translate(8 8)"/><path d="M-6,6C-6,14 6,14 6,6L5,-20L1.3,-196Q0,-202 -1.3,-196L-5,-20Z" fill="url(#steel)"/><ellipse cx="0" cy="-2" rx="2.2" ry="9" fill="#1f3f5b"/></g></g>`);
