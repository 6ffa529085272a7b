#!/usr/bin/env node
// Turns the demo's people into the events a shop and a mail service would have sent about them (Segment spec, one JSON a line).
//
//   node demo/build-events.mjs 2026-11-22T15:00:00Z > events.ndjson
//
// The argument is the demo's "now": everything is told relative to it, and the same argument gives the same bytes. Every browsing session is
// a real one, a row of data/online-shoppers: as many account, info and product pages as the row says, lasting as long in all. A product
// page is told twice, as sites do: as a `page` (it carries the seconds) and as `Product Viewed` (it carries the product); count one of them.
// Bounce rate, exit rate, page value and special day are averages over a session's pages, so each page carries its session's.
//
// Each person exists once per opener (`ana.gmail`, `ana.outlook`, …), so that one mail's exposures never colour another's.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const now = Date.parse(process.argv[2] ?? "");
if (Number.isNaN(now)) {
  console.error("usage: build-events.mjs <now, e.g. 2026-11-22T15:00:00Z>");
  process.exit(2);
}
const read = (path) => readFileSync(new URL(path, import.meta.url));
const { personas, openers } = JSON.parse(read("../www/demo/personas.json"));
const { products, currency } = JSON.parse(read("../www/demo/catalogue.json"));
const catalogue = new Map(products.map((p) => [p.id, p]));
const rows = sessions();

const out = [];
for (const persona of personas) for (const opener of openers) out.push(...history(persona, `${persona.id}.${opener.name}`));
process.stdout.write(out.map((event) => JSON.stringify(event)).join("\n") + "\n");

function history(persona, userId) {
  const events = [], at = (hours) => now - hours * 3_600_000, random = chance(persona.id);
  const tell = (time, type, rest) => events.push({ time, type, ...rest });
  const track = (time, event, properties) => tell(time, "track", { event, properties });

  const created = at(persona.tenure_days * 24), { first_name, language, timezone, country } = persona;
  const traits = (consent) => ({ first_name, language, timezone, country, created_at: iso(created), consent: { email: consent } });
  tell(created, "identify", { traits: traits(persona.consent) });
  for (const change of persona.consent_changes ?? []) tell(at(change.hours_ago), "identify", { traits: traits(change.consent) });

  for (const visit of persona.sessions) session(visit);
  for (const [i, order] of persona.orders.entries()) buy(at(order.hours_ago), order, `${persona.id}-older-${i + 1}`);
  mails(persona.mails);

  events.sort((a, b) => a.time - b.time);
  return events.map(({ time, type, event, properties, traits }, i) => ({
    type, ...(event && { event }), userId, messageId: `${userId}-${String(i + 1).padStart(4, "0")}`, timestamp: iso(time), ...(properties && { properties }), ...(traits && { traits }),
  }));

  function session({ row, hours_ago, order, cart }) {
    const data = rows.get(row);
    if (!data) throw new Error(`${persona.id}: row ${row} is not in the data`);
    if (Boolean(order) !== (data.Revenue === "TRUE")) throw new Error(`${persona.id}: row ${row} and the story disagree on whether it ended in an order`);
    const wanted = Object.keys(order?.products ?? cart ?? {}), whole = {
      bounce_rate: data.BounceRates, exit_rate: data.ExitRates, page_value: data.PageValues, special_day: data.SpecialDay, session_id: `s${row}`,
    };
    const pages = shuffled([
      ...shares("account", data.Administrative, data.Administrative_Duration),
      ...shares("info", data.Informational, data.Informational_Duration),
      ...shares("product", data.ProductRelated, data.ProductRelated_Duration),
    ]);
    let time = at(hours_ago);
    for (const [i, { category, duration }] of pages.entries()) {
      if (category === "product") {
        // Half of the looks go to what the person has in mind, the others to the rest of the shelf.
        const id = wanted.length && random() < 0.5 ? wanted[i % wanted.length] : products[Math.floor(random() * products.length)].id;
        tell(time, "page", { properties: { category, duration, path: `/p/${id}`, ...whole } });
        track(time, "Product Viewed", line(id));
      } else tell(time, "page", { properties: { category, duration, path: `/${category}`, ...whole } });
      time += Math.max(1, duration) * 1000;
    }
    for (const [id, quantity] of Object.entries(order?.products ?? cart ?? {})) track((time += 1000), "Product Added", line(id, quantity));
    if (wanted.length) track((time += 2000), "Cart Viewed", { products: wanted.map((id) => line(id, (order?.products ?? cart)[id])), currency });
    if (order) buy(time + 60_000, order, `${persona.id}-${row}`);
  }

  function shares(category, count, seconds) {
    const weights = Array.from({ length: count }, () => 0.3 + random()), sum = weights.reduce((a, b) => a + b, 0);
    return weights.map((w) => ({ category, duration: Math.round(((seconds * w) / sum) * 100) / 100 }));
  }

  function shuffled(list) {
    for (let i = list.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [list[i], list[j]] = [list[j], list[i]];
    }
    return list;
  }

  function buy(time, { products: wanted, discount }, order_id) {
    const lines = Object.entries(wanted).map(([id, quantity]) => line(id, quantity)), full = lines.reduce((sum, l) => sum + l.price * l.quantity, 0);
    const off = cents(full * discount);
    track(time, "Order Completed", { order_id, total: cents(full - off), revenue: cents(full - off), discount: off, currency, products: lines });
  }

  // Number 0 is the latest mail. People open within a few hours, and click a minute after they opened.
  function mails({ count, every_hours, last_hours_ago, opened, clicked }) {
    for (let i = count - 1; i >= 0; i--) {
      const sent = at(last_hours_ago + i * every_hours), mail = { email_id: `${persona.id}-mail-${count - i}`, campaign_id: "earlier-news" };
      if (sent < created) throw new Error(`${persona.id}: mail ${i} is older than the person`);
      const open = sent + (0.4 + random() * 5) * 3_600_000;
      track(sent, "Email Delivered", mail);
      if (opened.includes(i)) track(open, "Email Opened", mail);
      if (clicked.includes(i)) track(open + 60_000, "Email Link Clicked", { ...mail, link_url: "/demo/shop.html" });
    }
    if (persona.unsubscribed_hours_ago) track(at(persona.unsubscribed_hours_ago), "Unsubscribed", { email_id: `${persona.id}-mail-${count}` });
  }
}

function line(id, quantity) {
  const product = catalogue.get(id);
  if (!product) throw new Error(`no product ${id}`);
  return { product_id: id, name: product.name, category: product.category, price: product.price, currency, ...(quantity && { quantity }) };
}

function sessions() {
  const [head, ...lines] = gunzipSync(read("../data/online-shoppers/shoppers_train.csv.gz")).toString().trim().split(/\r?\n/), names = head.split(",");
  return new Map(lines.map((text) => {
    const cells = text.split(","), row = Object.fromEntries(names.map((name, i) => [name, Number.isNaN(Number(cells[i])) ? cells[i] : Number(cells[i])]));
    return [row.row, row];
  }));
}

/** mulberry32 seeded by FNV-1a, so that a person's clicks don't depend on who stands before them in the file. */
function chance(name) {
  let seed = 0x811c9dc5;
  for (const c of name) seed = Math.imul(seed ^ c.codePointAt(0), 0x01000193);
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function iso(time) {
  return new Date(Math.round(time)).toISOString();
}

function cents(amount) {
  return Math.round(amount * 100) / 100;
}
