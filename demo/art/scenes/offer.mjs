// The third slot: a strip that says what is in it for you, and one that asks nothing of anybody's margin.
import { svg, tern } from "../draw.mjs";
import { jacket, put, tent } from "../gear.mjs";

const W = 1200, H = 280;
const say = (text, x, y, size, fill, weight = 650, more = "") => `<text x="${x}" y="${y}" font-family="Familjen" font-weight="${weight}" font-size="${size}" fill="${fill}" ${more}>${text}</text>`;
const strip = (id, defs, body) => ({ id: `offer-${id}`, width: W, height: H, svg: svg(W, H, defs, `<rect width="${W}" height="${H}" fill="#fff"/>${body}`) });
const card = (fill, inner, edge = "") => `<clipPath id="card"><rect x="2" y="10" width="1196" height="260" rx="36"/></clipPath><g clip-path="url(#card)"><rect width="${W}" height="${H}" fill="${fill}"/>${inner}</g>${edge}`;
const lines = (title, sub, ink, soft, x = 360) => say(title, x, 132, 76, ink, 700, 'letter-spacing="-1.5"') + say(sub, x, 198, 41, soft, 480);

// A ticket: round bites where the stub tears off.
const ticket = `<path d="M38,10H318A24,24 0 0 0 366,10H1162A36,36 0 0 1 1198,46V234A36,36 0 0 1 1162,270H366A24,24 0 0 0 318,270H38A36,36 0 0 1 2,234V46A36,36 0 0 1 38,10Z"`;

export default [
  strip("ten", "", `${ticket} fill="#fff0d0"/><path d="M38,10H318A24,24 0 0 0 342,34V246A24,24 0 0 0 318,270H38A36,36 0 0 1 2,234V46A36,36 0 0 1 38,10Z" fill="#d83a2b"/><path d="M342,50V236" stroke="#d9a860" stroke-width="5" stroke-dasharray="2 15" stroke-linecap="round"/>
${say("10", 44, 188, 168, "#fff4da", 700, 'letter-spacing="-6"')}${say("%", 226, 132, 82, "#ffc94d", 700)}${say("off", 228, 188, 54, "#fff4da", 650)}
${say("10 % off one thing you choose", 400, 128, 58, "#4a1410", 700, 'letter-spacing="-1"')}${say("Taken off in the cart, until Sunday night.", 400, 196, 40, "#8a4a34", 480)}`),
  strip("shipping", "", card("#dcefe8", `<path d="M0,236C110,200 220,214 320,244C360,256 400,270 440,280H0Z" fill="#b6ddcf"/><g transform="translate(168 164)"><path d="M-78,-34L0,-66L78,-34L0,-4Z" fill="#e0a56b"/><path d="M-78,-34L0,-4V84L-78,50Z" fill="#c98a50"/><path d="M78,-34L0,-4V84L78,50Z" fill="#b0713f"/><path d="M-44,-48L36,-18V14L22,8V-12L-58,-42Z" fill="#d9482b"/></g>${tern(246, 72, 0.74, { cap: "#12292b" })}${lines("Shipping is on us", "Any order this week, to any door we reach.", "#12423f", "#3d6b62")}`)),
  strip("repair", "", card("#1f3f5b", `<rect x="20" y="28" width="1160" height="224" rx="24" fill="none" stroke="#e0a64a" stroke-width="4" stroke-dasharray="18 13" stroke-linecap="round" opacity=".85"/>${put(jacket("#2f8a78", "#1d5a50", "#f2b83f"), 180, 142, 1.72)}<g transform="translate(214 182) rotate(-10)"><rect x="-27" y="-27" width="54" height="54" rx="10" fill="#f6b64a"/><rect x="-20" y="-20" width="40" height="40" rx="6" fill="none" stroke="#d9482b" stroke-width="4.5" stroke-dasharray="8 6" stroke-linecap="round"/></g>${lines("A free repair check", "Send it in worn. We tell you what it needs.", "#fff4e0", "#b9cfdf")}`)),
  strip("early", `<linearGradient id="dawn" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="#8f8fd6"/><stop offset="1" stop-color="#cfc3ee"/></linearGradient>`, card("#ece7f8", `<rect width="326" height="280" fill="url(#dawn)"/><circle cx="236" cy="92" r="38" fill="#fff3d6"/><path d="M0,208L84,132L132,172L214,110L326,206V280H0Z" fill="#6a63a0"/><path d="M0,236C90,206 220,226 326,210V280H0Z" fill="#463f7d"/>${put(tent("#f2b83f", "#d98a23", "#2b2557", "#fff3d0"), 150, 196, 0.86)}${say("Members go first", 368, 132, 76, "#2b2557", 700, 'letter-spacing="-1.5"')}${say("See the summer range two days early.", 368, 198, 41, "#625a8e", 480)}`)),
  strip("plain", "", card("#f3f6f4", [["Thirty days", "to try it outside"], ["Mended", "for as long as it lasts"], ["Two days", "to your door"]].map(([a, b], i) => `<g transform="translate(${52 + i * 392} 0)">${
      [`<g transform="translate(34 92)"><circle r="34" fill="#ffd666"/><path d="M0,-20V0L13,9" fill="none" stroke="#12423f" stroke-width="6" stroke-linecap="round" stroke-linejoin="round"/></g>`, `<g transform="translate(34 92) rotate(-8)"><rect x="-32" y="-32" width="64" height="64" rx="13" fill="#f6b64a"/><rect x="-23" y="-23" width="46" height="46" rx="7" fill="none" stroke="#d9482b" stroke-width="5" stroke-dasharray="9 7" stroke-linecap="round"/></g>`, `<g transform="translate(34 92)"><circle r="34" fill="#1f6f68"/>${tern(-2, 4, 0.44)}</g>`][i]
    }${say(a, 0, 182, 52, "#12423f", 700, 'letter-spacing="-.8"')}${say(b, 0, 230, 37, "#53716b", 480)}</g>`).join("") + `<path d="M412,64V220M804,64V220" stroke="#d5e0db" stroke-width="3"/>`)),
];
