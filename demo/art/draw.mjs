// What the scenes share: seeded chance, ridges, trees, stars, the tern. Everything returns SVG text.

/** mulberry32: the same seed, the same landscape. */
export function chance(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const n = (v) => String(Math.round(v * 10) / 10);

/** A skyline through `knots` ([x, y], left to right), roughened by midpoint displacement. */
export function ridge(knots, rough, seed, depth = 5) {
  const random = chance(seed);
  let line = knots;
  for (let d = 0, amount = rough; d < depth; d++, amount *= 0.52) {
    const finer = [line[0]];
    for (let i = 1; i < line.length; i++) {
      const [x0, y0] = line[i - 1], [x1, y1] = line[i];
      finer.push([(x0 + x1) / 2 + (random() - 0.5) * (x1 - x0) * 0.2, (y0 + y1) / 2 + (random() - 0.5) * amount], line[i]);
    }
    line = finer;
  }
  return line;
}

export const closed = (line, floor = 600) => `M${line[0][0]},${floor}L${line.map(([x, y]) => `${n(x)},${n(y)}`).join(" ")}L${line.at(-1)[0]},${floor}Z`;
export const range = (knots, rough, seed, fill, floor = 600, more = "") => `<path d="${closed(ridge(knots, rough, seed), floor)}" fill="${fill}" ${more}/>`;

/** A smooth hill through the knots. */
export function hill(knots, fill, floor = 600, more = "") {
  let d = `M${knots[0][0]},${floor}L${knots[0][0]},${knots[0][1]}`;
  for (let i = 1; i < knots.length; i++) {
    const [x0, y0] = knots[i - 1], [x1, y1] = knots[i], mid = (x0 + x1) / 2;
    d += `C${n(mid)},${n(y0)} ${n(mid)},${n(y1)} ${n(x1)},${n(y1)}`;
  }
  return `<path d="${d}L${knots.at(-1)[0]},${floor}Z" fill="${fill}" ${more}/>`;
}

/** Height of a polyline at x. */
export function at(line, x) {
  for (let i = 1; i < line.length; i++) if (line[i][0] >= x) {
    const [x0, y0] = line[i - 1], [x1, y1] = line[i];
    return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0 || 1);
  }
  return line.at(-1)[1];
}

/** A spruce: a trunk's width of shadow and boughs that hang a little. */
export function spruce(x, base, height, fill, seed = 1) {
  const random = chance(seed), tiers = Math.max(5, Math.round(height / 11)), half = height * 0.2;
  const right = [], left = [];
  for (let i = 0; i < tiers; i++) {
    const t = (i + 1) / tiers, y = base - height + height * 0.94 * t, w = half * Math.pow(t, 0.85) * (0.82 + random() * 0.36);
    right.push([x + w, y], [x + w * 0.45, y - height * 0.012]);
    const v = half * Math.pow(t, 0.85) * (0.82 + random() * 0.36);
    left.push([x - v, y], [x - v * 0.45, y - height * 0.012]);
  }
  const stem = height * 0.018 + 0.6;
  const points = [[x, base - height], ...right, [x + stem, base - height * 0.06], [x + stem, base + 2], [x - stem, base + 2], [x - stem, base - height * 0.06], ...left.reverse().flatMap((p) => [p])];
  return `<path d="M${points.map(([a, b]) => `${n(a)},${n(b)}`).join("L")}Z" fill="${fill}"/>`;
}

/** Spruces along a line: [from, to] in x, taller towards `tallAt`. */
export function wood(line, from, to, step, low, high, fill, seed, taller = () => 1) {
  const random = chance(seed);
  let out = "";
  for (let x = from; x < to; x += step * (0.6 + random() * 0.8)) out += spruce(x, at(line, x) + 3, (low + random() * (high - low)) * taller(x), fill, Math.floor(random() * 1e6));
  return out;
}

export function stars(count, seed, { x0 = 0, x1 = 1200, y0 = 0, y1 = 420, fill = "#fff", size = 1.6 } = {}) {
  const random = chance(seed);
  let out = "";
  for (let i = 0; i < count; i++) {
    const x = x0 + random() * (x1 - x0), y = y0 + Math.pow(random(), 1.25) * (y1 - y0), r = 0.5 + Math.pow(random(), 4) * size;
    out += `<circle cx="${n(x)}" cy="${n(y)}" r="${r.toFixed(2)}" fill="${fill}" opacity="${(0.35 + random() * 0.6).toFixed(2)}"/>`;
  }
  return out;
}

export const gradient = (id, stops, [x1, y1, x2, y2] = [0, 0, 0, 1], units = "objectBoundingBox") =>
  `<linearGradient id="${id}" gradientUnits="${units}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}">${stops.map(([o, c, a = 1]) => `<stop offset="${o}" stop-color="${c}" stop-opacity="${a}"/>`).join("")}</linearGradient>`;
export const glow = (id, stops) => `<radialGradient id="${id}">${stops.map(([o, c, a = 1]) => `<stop offset="${o}" stop-color="${c}" stop-opacity="${a}"/>`).join("")}</radialGradient>`;

/** The house bird, seen from the side in full stretch; 100 units wide, drawn around its breast. */
export function tern(x, y, scale, { body = "#fff", cap = "#12292b", bill = "#e4472b", turn = 0 } = {}) {
  return `<g transform="translate(${x} ${y}) rotate(${turn}) scale(${scale})">
<path d="M-4,-3C-16,-22 -34,-38 -58,-44C-44,-34 -34,-22 -26,-6C-20,0 -12,3 -4,3Z" fill="${body}" opacity=".82"/>
<path d="M36,-5C28,-11 16,-9 6,-6C-8,-3 -22,1 -34,5L-66,13L-40,11L-60,22L-30,13C-14,15 10,12 24,4C30,1 35,-1 36,-5Z" fill="${body}"/>
<path d="M8,-5C4,-26 10,-46 26,-62C24,-44 24,-26 18,-4C16,1 10,1 8,-5Z" fill="${body}"/>
<path d="M37,-5C33,-11 24,-12 17,-8.500C23,-6.5 30,-5 37,-5Z" fill="${cap}"/><path d="M36,-6.500L51,-2L36,-2.600Z" fill="${bill}"/></g>`;
}

export const svg = (width, height, defs, body) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"><defs>${defs}</defs>${body}</svg>`;
export const hero = (id, defs, body) => ({ id, width: 1200, height: 600, svg: svg(1200, 600, defs, body) });
