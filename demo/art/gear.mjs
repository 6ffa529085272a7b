// The catalogue as little drawings, each about 100 × 100 around its middle. Used by the flat-lay hero, the cart hero and the strips.

export const pack = (a = "#d9482b", b = "#a8321d", c = "#f2b83f", d = "#12333a") => `<g>
<path d="M-15,-44C-15,-58 15,-58 15,-44" fill="none" stroke="${d}" stroke-width="5"/><path d="M-34,-20C-34,-46 34,-46 34,-20L37,38C37,48 30,52 22,52H-22C-30,52 -37,48 -37,38Z" fill="${a}"/>
<path d="M-34,-20C-34,-46 34,-46 34,-20L34.6,-8C20,2 -20,2 -34.6,-8Z" fill="${b}"/><rect x="-6" y="-12" width="12" height="18" rx="3" fill="${c}"/>
<path d="M-24,16H24V40C24,45 20,47 16,47H-16C-20,47 -24,45 -24,40Z" fill="${b}"/><path d="M-24,24H24" stroke="${c}" stroke-width="3"/><rect x="-47" y="6" width="12" height="34" rx="6" fill="${d}"/><rect x="35" y="6" width="12" height="34" rx="6" fill="${d}"/></g>`;
export const boot = (a = "#8a5a34", b = "#5c3a22", c = "#f2b83f", d = "#12333a") => `<g>
<path d="M-30,-46H6L8,-12C10,-2 20,2 32,6C44,10 48,18 48,30H-36C-40,8 -34,-18 -30,-46Z" fill="${a}"/><path d="M-30,-46H6L7,-34H-32Z" fill="${b}"/><path d="M-40,30H49V38C49,42 46,44 42,44H-34C-38,44 -41,42 -40,38Z" fill="${d}"/>
<path d="M-28,44v5M-14,44v5M0,44v5M14,44v5M28,44v5M40,44v4" stroke="${d}" stroke-width="7"/><path d="M-8,-24L10,-26M-6,-12L13,-16M-2,0L20,-6" stroke="${c}" stroke-width="4" stroke-linecap="round"/><path d="M26,5C36,8 46,16 47,30H20C20,20 22,12 26,5Z" fill="${b}" opacity=".7"/></g>`;
export const mug = (a = "#e4572e", b = "#12333a", c = "#fff1dc") => `<g>
<path d="M24,-14C50,-18 50,24 22,20" fill="none" stroke="${a}" stroke-width="8"/><path d="M-34,-24H28L25,34C25,42 20,46 12,46H-18C-26,46 -31,42 -31,34Z" fill="${a}"/><path d="M-34,-24H28L27.5,-14H-33.500Z" fill="${b}"/><path d="M-32,16L-14,-4L-6,6L6,-8L26,16Z" fill="${c}"/>
<path d="M-18,-34C-24,-42 -12,-46 -18,-56M2,-34C-4,-42 8,-46 2,-56" fill="none" stroke="${a}" stroke-width="4" stroke-linecap="round" opacity=".75"/></g>`;
export const tent = (a = "#f2b83f", b = "#d98a23", c = "#12333a", d = "#fff3d0") => `<g>
<path d="M-10,-42L-56,38H40Z" fill="${a}"/><path d="M-10,-42L40,38L58,28Z" fill="${b}"/><path d="M-10,-42L-22,38H8Z" fill="${c}"/><path d="M-10,-42L-22,38L-34,38Z" fill="${d}"/><path d="M-60,40H62" stroke="${c}" stroke-width="4" stroke-linecap="round"/></g>`;
export const jacket = (a = "#2f7a6b", b = "#1d5a50", c = "#f2b83f") => `<g>
<path d="M-14,-48C-8,-40 8,-40 14,-48L34,-36C42,-30 46,-10 50,22L34,26L27,-8L28,50H-28L-27,-8L-34,26L-50,22C-46,-10 -42,-30 -34,-36Z" fill="${a}"/><path d="M-16,-50C-10,-58 10,-58 16,-50C14,-40 -14,-40 -16,-50Z" fill="${b}"/>
<path d="M0,-42V50" stroke="${c}" stroke-width="3.5"/><path d="M-27,-8L-25,-20M27,-8L25,-20" stroke="${b}" stroke-width="3"/><rect x="9" y="-22" width="14" height="4" rx="2" fill="${c}"/><path d="M-22,24H-8M8,24H22" stroke="${b}" stroke-width="4" stroke-linecap="round"/></g>`;
export const lantern = (a = "#12333a", b = "#ffe39a", c = "#f2b83f") => `<g>
<path d="M-22,-26C-22,-60 22,-60 22,-26" fill="none" stroke="${a}" stroke-width="5"/><rect x="-26" y="-30" width="52" height="12" rx="5" fill="${a}"/><path d="M-21,-18H21L24,32H-24Z" fill="${b}"/><path d="M0,-8C12,6 12,16 0,26C-12,16 -12,6 0,-8Z" fill="${c}"/><path d="M-12,-18L-13,32M12,-18L13,32" stroke="${a}" stroke-width="2.5"/><path d="M-29,32H29L32,48H-32Z" fill="${a}"/></g>`;
export const compass = (a = "#12333a", b = "#fff6e2", c = "#d9482b") => `<g>
<circle r="46" fill="${a}"/><circle r="36" fill="${b}"/><path d="M0,-31V-26M0,31V26M-31,0H-26M31,0H26" stroke="${a}" stroke-width="4" stroke-linecap="round"/><g transform="rotate(32)"><path d="M0,-28L9,0H-9Z" fill="${c}"/><path d="M0,28L9,0H-9Z" fill="${a}"/></g><circle r="4" fill="${b}"/></g>`;
export const bottle = (a = "#e9705a", b = "#b9432f", c = "#12333a") => `<g>
<rect x="-11" y="-54" width="22" height="16" rx="4" fill="${c}"/><path d="M-10,-40H10C10,-30 22,-28 22,-14V42C22,49 18,53 11,53H-11C-18,53 -22,49 -22,42V-14C-22,-28 -10,-30 -10,-40Z" fill="${a}"/><path d="M-22,4L-8,-10L2,2L10,-6L22,8V32H-22Z" fill="${b}"/></g>`;
export const pad = (a = "#6f8fd6", b = "#4966ad", c = "#f2b83f") => `<g>
<rect x="-52" y="-26" width="104" height="52" rx="26" fill="${a}"/><circle cx="26" cy="0" r="26" fill="${b}"/><path d="M26,-15a15,15 0 1 1 -13,22a10,10 0 1 0 12,-14" fill="none" stroke="${a}" stroke-width="5" stroke-linecap="round"/><path d="M-30,-26V26M-10,-26V26" stroke="${c}" stroke-width="6"/></g>`;
export const put = (drawing, x, y, scale = 1, turn = 0) => `<g transform="translate(${x} ${y}) rotate(${turn}) scale(${scale})">${drawing}</g>`;
