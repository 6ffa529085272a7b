// A small PNG reader and writer: enough to take Chromium's screenshot apart and write it back as small as it gets without
// visible loss. No dependencies, so that the art can be rebuilt wherever node and a Chromium are.
import { deflateSync, inflateSync, constants } from "node:zlib";

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

/** RGB or RGBA, 8 bits, not interlaced: what Chromium writes. Returns packed RGB; the art is opaque by rule. */
export function decode(file) {
  let at = 8, width = 0, height = 0, channels = 0;
  const data = [];
  while (at < file.length) {
    const length = file.readUInt32BE(at), kind = file.toString("latin1", at + 4, at + 8), body = file.subarray(at + 8, at + 8 + length);
    if (kind === "IHDR") {
      width = body.readUInt32BE(0);
      height = body.readUInt32BE(4);
      channels = { 2: 3, 6: 4 }[body[9]];
      if (body[8] !== 8 || !channels || body[12]) throw new Error("expected 8-bit RGB(A), not interlaced");
    } else if (kind === "IDAT") data.push(body);
    at += 12 + length;
  }
  const raw = inflateSync(Buffer.concat(data)), stride = width * channels, lines = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)], from = y * (stride + 1) + 1, to = y * stride;
    for (let x = 0; x < stride; x++) {
      const a = x >= channels ? lines[to + x - channels] : 0, b = y ? lines[to + x - stride] : 0;
      const c = x >= channels && y ? lines[to + x - stride - channels] : 0;
      const guess = filter === 0 ? 0 : filter === 1 ? a : filter === 2 ? b : filter === 3 ? (a + b) >> 1 : paeth(a, b, c);
      lines[to + x] = raw[from + x] + guess;
    }
  }
  if (channels === 3) return { width, height, rgb: lines };
  const rgb = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) lines.copy(rgb, i * 3, i * 4, i * 4 + 3);
  return { width, height, rgb };
}

function paeth(a, b, c) {
  const p = a + b - c, pa = Math.abs(p - a), pb = Math.abs(p - b), pc = Math.abs(p - c);
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/** True colour, each line with the filter whose residue is smallest. */
export function encodeRgb({ width, height, rgb }) {
  const stride = width * 3, out = Buffer.alloc((stride + 1) * height), tried = [0, 1, 2, 3, 4].map(() => Buffer.alloc(stride));
  for (let y = 0; y < height; y++) {
    const sums = [0, 0, 0, 0, 0];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x, v = rgb[at], a = x >= 3 ? rgb[at - 3] : 0, b = y ? rgb[at - stride] : 0, c = x >= 3 && y ? rgb[at - stride - 3] : 0;
      const guesses = [0, a, b, (a + b) >> 1, paeth(a, b, c)];
      for (let f = 0; f < 5; f++) {
        const r = (v - guesses[f]) & 255;
        tried[f][x] = r;
        sums[f] += r < 128 ? r : 256 - r;
      }
    }
    const best = sums.indexOf(Math.min(...sums));
    out[y * (stride + 1)] = best;
    tried[best].copy(out, y * (stride + 1) + 1);
  }
  return file(width, height, 2, null, out);
}

/** At most 256 colours. `dither` spreads the error of a pixel over its neighbours (0 = not at all, 1 = all of it). */
export function encodePalette({ width, height, rgb }, dither = 0) {
  const palette = quantise(rgb), near = nearest(palette), lines = Buffer.alloc((width + 1) * height), carry = new Float32Array((width + 2) * 3 * 2);
  let error = 0;
  for (let y = 0; y < height; y++) {
    const now = (y & 1) * (width + 2) * 3, next = ((y + 1) & 1) * (width + 2) * 3;
    carry.fill(0, next, next + (width + 2) * 3);
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3, want = [0, 1, 2].map((k) => Math.min(255, Math.max(0, rgb[at + k] + dither * carry[now + (x + 1) * 3 + k])));
      const index = near(want[0], want[1], want[2]);
      lines[y * (width + 1) + 1 + x] = index;
      for (let k = 0; k < 3; k++) {
        const e = want[k] - palette[index][k];
        error += (rgb[at + k] - palette[index][k]) ** 2;
        carry[now + (x + 2) * 3 + k] += (e * 7) / 16;
        carry[next + x * 3 + k] += (e * 3) / 16;
        carry[next + (x + 1) * 3 + k] += (e * 5) / 16;
        carry[next + (x + 2) * 3 + k] += e / 16;
      }
    }
  }
  return { bytes: file(width, height, 3, palette, lines), rms: Math.sqrt(error / rgb.length), colours: palette.length };
}

/** Median cut over the picture's own colours, then a few rounds of k-means, which mends most of what the cuts got wrong. */
function quantise(rgb, most = 256) {
  const counts = new Map();
  for (let i = 0; i < rgb.length; i += 3) {
    const key = (rgb[i] << 16) | (rgb[i + 1] << 8) | rgb[i + 2];
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  // A rare colour still counts a little, a vast plain of one colour not overwhelmingly: edges and details keep their tones.
  const all = [...counts].map(([k, n]) => ({ c: [k >> 16, (k >> 8) & 255, k & 255], n: Math.pow(n, 0.6) }));
  if (all.length <= most) return all.map((p) => p.c);
  const boxes = [box(all)];
  while (boxes.length < most) {
    boxes.sort((a, b) => b.spread - a.spread);
    const { points, axis } = boxes.shift();
    points.sort((a, b) => a.c[axis] - b.c[axis]);
    const half = points.reduce((s, p) => s + p.n, 0) / 2;
    let sum = 0, cut = 0;
    while (cut < points.length - 1 && (sum += points[cut].n) < half) cut++;
    cut = Math.max(1, cut);
    boxes.push(box(points.slice(0, cut)), box(points.slice(cut)));
  }
  let centres = boxes.map(({ points }) => mean(points));
  for (let round = 0; round < 8; round++) {
    const near = nearest(centres), sums = centres.map(() => [0, 0, 0, 0]);
    for (const { c, n } of all) {
      const s = sums[near(c[0], c[1], c[2])];
      s[0] += c[0] * n;
      s[1] += c[1] * n;
      s[2] += c[2] * n;
      s[3] += n;
    }
    centres = centres.map((c, i) => (sums[i][3] ? sums[i].slice(0, 3).map((v) => v / sums[i][3]) : c));
  }
  const unique = new Map(centres.map((c) => c.map(Math.round)).map((c) => [c.join(), c]));
  // Neighbouring indices for neighbouring colours compress better.
  return [...unique.values()].sort((a, b) => luma(a) - luma(b));
}

const luma = ([r, g, b]) => 0.3 * r + 0.59 * g + 0.11 * b;

function mean(points) {
  const s = [0, 0, 0, 0];
  for (const { c, n } of points) {
    for (let k = 0; k < 3; k++) s[k] += c[k] * n;
    s[3] += n;
  }
  return [s[0] / s[3], s[1] / s[3], s[2] / s[3]];
}

function box(points) {
  const m = mean(points), v = [0, 0, 0];
  for (const { c, n } of points) for (let k = 0; k < 3; k++) v[k] += n * (c[k] - m[k]) ** 2;
  const axis = v.indexOf(Math.max(...v));
  return { points, axis, spread: points.length > 1 ? v[axis] : -1 };
}

function nearest(palette) {
  const memory = new Map();
  return (r, g, b) => {
    const key = (Math.round(r) << 16) | (Math.round(g) << 8) | Math.round(b);
    const known = memory.get(key);
    if (known !== undefined) return known;
    let best = 0, least = Infinity;
    for (let i = 0; i < palette.length; i++) {
      const p = palette[i], d = 2 * (p[0] - r) ** 2 + 4 * (p[1] - g) ** 2 + 3 * (p[2] - b) ** 2;
      if (d < least) [best, least] = [i, d];
    }
    memory.set(key, best);
    return best;
  };
}

function file(width, height, type, palette, lines) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 8;
  head[9] = type;
  const packed = [constants.Z_DEFAULT_STRATEGY, constants.Z_FILTERED]
    .map((strategy) => deflateSync(lines, { level: 9, memLevel: 9, strategy }))
    .sort((a, b) => a.length - b.length)[0];
  const parts = [SIGNATURE, chunk("IHDR", head)];
  if (palette) parts.push(chunk("PLTE", Buffer.from(palette.flat())));
  return Buffer.concat([...parts, chunk("IDAT", packed), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(kind, body) {
  const out = Buffer.alloc(12 + body.length);
  out.writeUInt32BE(body.length, 0);
  out.write(kind, 4, "latin1");
  body.copy(out, 8);
  out.writeUInt32BE(crc(out.subarray(4, 8 + body.length)), 8 + body.length);
  return out;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});

function crc(bytes) {
  let c = 0xffffffff;
  for (const b of bytes) c = TABLE[(c ^ b) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
