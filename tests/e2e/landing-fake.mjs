// TEMPORARY: stands for the Worker until its routes are there.
const ENGINE = `
const fold = (m, e) => { if (m.ids.includes(e.messageId)) return; m.ids.push(e.messageId); if (e.event === "Product Viewed") m.products++; };
export class Page {
  constructor(bytes) { const d = JSON.parse(new TextDecoder().decode(bytes)); if (d.magic !== "apropos") throw new Error("no bundle"); this.d = d; this.campaign = d.id; this.version = "00000000"; this.m = { ids: [], products: 0 }; this.p = false; this.stands = null; this.b = null; }
  consent(p, ms) { this.p = p; this.ms = ms; }
  place(tz, off, langs, ua) { this.where = [tz, off, langs, ua]; }
  join(b) { this.b = JSON.parse(new TextDecoder().decode(b)); return true; }
  restore(s) { try { const o = JSON.parse(s); this.m = o.m; this.stands = o.stands; return true; } catch { return false; } }
  state() { return this.p || this.ms ? JSON.stringify({ m: this.m, stands: this.stands }) : undefined; }
  track(call, name) { if (name === "Product Viewed") this.m.products++; return true; }
  get asks() { return false; }
  renew(bytes) { this.d = new Page(bytes).d; return true; }
  decide(now) {
    const d = this.d, show = d.status !== "paused";
    const slots = d.slots.map((s) => {
      const ok = s.variants.filter((v) => !v.when || this.m.products >= v.when.session_products.$gte);
      let v = ok.at(-1);
      if (this.b) v = s.variants.find((x) => x.id === this.b.shown[s.name]) ?? v;
      if (!show) v = s.variants.find((x) => x.id === s.fallback);
      const t = v.text ?? {};
      return { slot: s.name, kind: s.kind, variant: v.id, fallback: !show, headline: t.headline ?? "", subline: t.subline ?? "", button: t.button ?? "", image: v.image ? "/p/" + d.id + "/" + s.name + "/" + v.id + ".png" : null, alt: v.alt ?? "", url: v.url ?? d.landing, width: s.width ?? 0, height: s.height ?? 0 };
    });
    return JSON.stringify({ campaign: d.id, version: this.version, outcome: show ? "show" : "fall_back", cause: show ? null : "kill_switch", probability: 0.5, decided_at: new Date(now).toISOString(), held: false, slots, line: { version: this.version, seed: 1 } });
  }
}
export default async function init({ module_or_path }) { const r = await module_or_path; await WebAssembly.compile(await r.arrayBuffer()); }
`;
const campaigns = new Map(), batches = [], visits = [];
const cors = { "access-control-allow-origin": "*" };
export default {
  async fetch(req, env) {
    const url = new URL(req.url), [, a, b, c, d] = url.pathname.split("/");
    if (a === "v1" && b === "campaigns" && req.method === "PUT") { campaigns.set(c, await req.text()); return new Response("{}"); }
    if (a === "engine") return c === undefined && b === "engine.js" ? new Response(ENGINE, { headers: { ...cors, "content-type": "text/javascript", "cache-control": "public, max-age=31536000, immutable" } }) : new Response(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]), { headers: { ...cors, "content-type": "application/wasm", "cache-control": "public, max-age=31536000, immutable" } });
    if (a === "__batches") return Response.json(batches);
    if (a === "__visits") return Response.json(visits);
    if (a === "v1" && b === "batch") { batches.push(JSON.parse(await req.text())); return new Response("{}", { headers: cors }); }
    if (a === "p" && c === undefined && req.method === "GET") {
      const doc = campaigns.get(b);
      if (!doc) return new Response("{}", { status: 404, headers: cors });
      const etag = '"' + [...new Uint8Array(await crypto.subtle.digest("SHA-1", new TextEncoder().encode(doc)))].join("").slice(0, 20) + '"';
      const headers = { ...cors, etag, "cache-control": "public, max-age=30, stale-while-revalidate=600" };
      if (req.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers });
      return new Response(doc.startsWith("{") ? JSON.stringify({ magic: "apropos", ...JSON.parse(doc) }) : doc, { headers: { ...headers, "content-type": "application/octet-stream" } });
    }
    if (a === "p" && c === "visit") { const { token, personal } = JSON.parse(await req.text()); visits.push(token); return token.startsWith("good") ? new Response(JSON.stringify({ shown: personal ? { headline: "promised" } : { offer: "promised" } }), { headers: cors }) : new Response(null, { status: 204, headers: cors }); }
    if (a === "p") { const doc = JSON.parse(campaigns.get(b)); const v = doc.slots.find((s) => s.name === c).variants.find((v) => d.startsWith(v.id + ".")); return env.ASSETS.fetch(new URL("/" + v.image, url)); }
    return env.ASSETS.fetch(req);
  },
};
export class Recipients { fetch() {} }
export class Campaigns { fetch() {} }
