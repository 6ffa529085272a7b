// workerd is killed at twenty random moments, in the middle of everything. Whatever was answered for is there afterwards, once; no cap and no budget is exceeded.
//
// Senders do what senders do: what wasn't answered for they send again, some of what was too, and in another order. The queue of local workerd lives in memory, other
// than the real one, so lines stay in the shards' outboxes while there are crashes, and come to the log after the last.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { after, test } from "node:test";
import { campaign, consenting, importProfiles, publish } from "./campaign.mjs";
import { eventually, start } from "./harness.mjs";
import { token } from "./tokens.mjs";

const PERSON = { "user-agent": "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17830; Pro)" };
const KEY = "server-write-key";
const CRASHES = 20;
const BUDGET = 12;
const STOCK = 8;
const who = Array.from({ length: 160 }, (_, i) => `person-${i}`);

let app;
const begin = async (folder, vars = { FAULTS: "EVENTS=error" }) => (app = await start({ vars: { WRITE_KEYS: KEY, ...vars }, folder }));
after(() => app.stop());

const any = (list) => list[randomInt(list.length)];
const campaignOf = (id, sale, guardrails) => campaign(id, (c) => {
  c.value.convert = 200;
  c.exploration = { floor: 0.001, sharpness: 1000, silence: 0 };
  c.slots = [c.slots[0]];
  const [fallback, offer] = c.slots[0].variants;
  Object.assign(offer, { motivations: ["price", "assortment", "convenience", "trust", "urgency"], ...sale });
  c.slots[0].variants = [fallback, offer];
  // each mail may be seen once a week, and of both only one
  c.guardrails = { frequency: [{ across: "all", max: 1, window: "7d" }], ...guardrails };
});

test(`nothing that was answered for is lost in ${CRASHES} crashes, and nothing is given away twice`, { timeout: 480_000 }, async (t) => {
  await begin();
  await publish(app, campaignOf("money", { incentive: { cost: 1, discount: 5, budget: "spring" } }, {}));
  await publish(app, campaignOf("pieces", { product: "tent" }, { inventory: { min: 1, fresh: "1h" } }));
  const counted = new Date().toISOString();
  const live = { money: { budgets: { spring: BUDGET } }, pieces: { stock: { tent: { left: STOCK, at: counted } } } };
  for (const id of ["money", "pieces"]) assert.equal((await app.admin(`/v1/campaigns/${id}/live`, { method: "PUT", json: live[id] })).status, 200);
  await importProfiles(app, ...who.map((id) => consenting(id)));
  const plain = Buffer.from(await (await app.get("/o/money/hero.png")).arrayBuffer());

  const answered = new Map(); // orders by message id
  const waiting = []; // orders that weren't answered for
  const shown = new Map(); // whom an answer showed the sale of which campaign
  let number = 0;
  const order = () => ({
    type: "track", event: "Order Completed", messageId: `order-${number}`, userId: any(who), timestamp: new Date(Date.now() - randomInt(3_600_000)).toISOString(),
    properties: { order_id: `o-${number++}`, total: 10, currency: "EUR" },
  });
  const send = async (event) => {
    const headers = { authorization: `Basic ${Buffer.from(`${KEY}:`).toString("base64")}` };
    const answer = await app.get("/v1/track", { method: "POST", json: event, headers, within: 10_000 });
    const { errors = [] } = await answer.json();
    if (answer.status !== 200 || errors.length) throw new Error(`${answer.status} ${JSON.stringify(errors)}`);
    answered.set(event.messageId, event);
  };
  const open = async (id, person) => {
    const answer = await app.get(`/o/${id}/hero.png?r=${token(person)}`, { headers: PERSON, within: 10_000 });
    const image = Buffer.from(await answer.arrayBuffer());
    const empty = image.readUInt32BE(16) === 1; // a mail that the cap leaves empty
    if (answer.status === 200 && !empty && !image.equals(plain)) shown.set(`${id} ${person}`, true);
  };
  const act = async () => {
    const dice = randomInt(10);
    if (dice < 6) return open(any(["money", "pieces"]), any(who));
    const again = dice < 8 && (waiting.length || answered.size);
    const event = again ? (waiting.length ? waiting.splice(randomInt(waiting.length), 1)[0] : any([...answered.values()])) : order();
    return send(event).catch(() => answered.has(event.messageId) || waiting.push(event));
  };
  for (let crash = 0; crash < CRASHES; crash++) {
    let running = true;
    const workers = Array.from({ length: 8 }, async () => {
      while (running) await act().catch(() => {});
    });
    await new Promise((resolve) => setTimeout(resolve, randomInt(200, 2500)));
    running = false; // what is under way is cut off
    const folder = await app.crash();
    await Promise.all(workers);
    await begin(folder, crash === CRASHES - 1 ? {} : undefined);
  }
  for (const event of waiting) await send(event);
  // and then everybody looks at once
  for (const id of ["money", "pieces"]) await Promise.all(who.map((person) => open(id, person)));
  assert.ok(answered.size > CRASHES && shown.size > STOCK, `${answered.size} orders, ${shown.size} sales`);

  // recipients: every order that was answered for, once
  const orders = new Map(who.map((person) => [person, 0]));
  for (const { userId } of answered.values()) orders.set(userId, orders.get(userId) + 1);
  const promises = { money: 0, pieces: 0 };
  for (const person of who) {
    const held = await (await app.admin(`/v1/recipients/${person}`)).json();
    assert.equal(held.profile.purchases?.count ?? 0, orders.get(person), `orders of ${person}`);
    const seen = held.shown.filter((exposure) => exposure.counted);
    assert.ok(seen.length <= 1, `the cap of ${person}: ${JSON.stringify(seen)}`);
    for (const { campaign, amount } of held.spent_on_promises) {
      assert.equal(amount, 1);
      promises[campaign]++;
    }
    for (const id of ["money", "pieces"]) {
      const { location } = Object.fromEntries((await app.get(`/c/${id}/hero?r=${token(person)}`, { headers: PERSON })).headers);
      if (shown.has(`${id} ${person}`)) assert.match(location, /\/sale$/, `${person} saw the sale of ${id}`);
    }
  }
  // the ledgers: what recipients were promised, no more than there was
  const spent = await eventually(async () => {
    const ledger = async (id) => (await app.admin(`/v1/campaigns/${id}/ledger`)).json();
    const spent = { money: (await ledger("money")).budgets.spring.spent, pieces: (await ledger("pieces")).stock.tent.spent };
    return spent.money >= promises.money && spent.pieces >= promises.pieces && spent;
  }, { within: 30_000 });
  assert.deepEqual(spent, promises);
  assert.ok(spent.money <= BUDGET && spent.pieces <= STOCK, JSON.stringify(spent));
  // the log: a line for each order
  const lines = await eventually(async () => {
    const found = new Set((await app.events()).filter((line) => line.type === "order").map((line) => line.id));
    return found.size >= answered.size && found;
  }, { within: 60_000, every: 500 });
  assert.equal(lines.size, answered.size);
  t.diagnostic(`${answered.size} orders, ${spent.money} of ${BUDGET} and ${spent.pieces} of ${STOCK} promised, ${shown.size} answers with a sale`);
});
