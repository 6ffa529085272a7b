// What a campaign may give away: counted down for as many people as look at once, to the last piece and no further.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { campaign, consenting, importProfiles, publish } from "./campaign.mjs";
import { eventually, start } from "./harness.mjs";
import { token } from "./tokens.mjs";

const PERSON = { headers: { "user-agent": "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17830; Pro)" }, within: 120_000 };
const APPLE = { headers: { "user-agent": "Mozilla/5.0" }, cf: { asn: 714, country: "DE", timezone: "Europe/Berlin" } };
const SCANNER = { headers: { "user-agent": "Mozilla/5.0 (compatible; Barracuda Sentinel (EE))" } };

const app = await start();
after(() => app.stop());

/** A campaign whose sale costs `cost` of the budget "spring", or offers the product "tent"; it is worth it to everybody. */
const offering = (id, sale, change = () => {}) => campaign(id, (c) => {
  c.value.convert = 200;
  c.exploration = { floor: 0.001, sharpness: 1000, silence: 0 };
  c.slots = [c.slots[0]];
  const [fallback, offer] = c.slots[0].variants;
  Object.assign(offer, { motivations: ["price", "assortment", "convenience", "trust", "urgency"] }, sale);
  c.slots[0].variants = [fallback, offer];
  change(c);
});
const paid = (cost) => ({ incentive: { cost, discount: 5, budget: "spring" } });
const stocked = (c) => (c.guardrails = { inventory: { min: 1, fresh: "1h" } });
const people = (name, count) => Array.from({ length: count }, (_, i) => `${name}-${i}`);
const say = async (id, live) => assert.equal((await app.admin(`/v1/campaigns/${id}/live`, { method: "PUT", json: live })).status, 200);
const ledger = async (id) => (await app.admin(`/v1/campaigns/${id}/ledger`)).json();
const open = async (id, person, options = PERSON) => {
  const answer = await app.get(`/o/${id}/hero.png?r=${token(person)}`, options);
  assert.equal(answer.status, 200);
  return Buffer.from(await answer.arrayBuffer());
};
const landing = async (id, person) => (await app.get(`/c/${id}/hero?r=${token(person)}`, { ...PERSON, redirect: "manual" })).headers.get("location");
const promised = async (id, who) => {
  const landings = [];
  for (const person of who) landings.push(await landing(id, person));
  return landings.filter((url) => url.endsWith("/sale")).length;
};
/** People who are shown the sale of a campaign while there is enough of everything. Asking takes leases, so there must be some to spare. */
async function inclined(id, count) {
  const found = [];
  for (const person of people(id, 20 * count)) {
    await importProfiles(app, consenting(person));
    const decided = await (await app.admin("/v1/decide", { method: "POST", json: { campaign: id, recipient: person, request: {} } })).json();
    if (decided.assembly?.some(({ variant }) => variant === "sale")) found.push(person);
    if (found.length === count) return found;
  }
  throw new Error(`only ${found.length} of ${count}`);
}
/** The ledger, once shards have told it what they spent. */
const told = (id, pool, spent) => eventually(async () => {
  const known = (await ledger(id))[pool[0]][pool[1]];
  return known.spent >= spent && known;
}, { within: 20_000 });

for (const [what, pool, sale, live, rule] of [
  ["an offer budget of 100", ["budgets", "spring"], paid(1), { budgets: { spring: 100 } }, () => {}],
  ["a stock of 100", ["stock", "tent"], { product: "tent" }, { stock: { tent: { left: 100, at: new Date().toISOString() } } }, stocked],
]) {
  test(`1,000 concurrent opens against ${what} are granted exactly 100`, async () => {
    const id = `thousand-${pool[0]}`;
    await publish(app, offering(id, sale, rule));
    await say(id, live);
    const who = people(id, 1000);
    await importProfiles(app, ...who.map((person) => consenting(person)));
    await Promise.all(who.map((person) => open(id, person)));
    assert.equal(await promised(id, who), 100);
    const known = await told(id, pool, 100);
    assert.deepEqual(known, { total: 100, spent: 100, leased: 0, left: 0 });
    // everybody looks again: what was promised stands, and costs nothing more
    await Promise.all(who.slice(0, 300).map((person) => open(id, person)));
    await new Promise((resolve) => setTimeout(resolve, 3000));
    assert.deepEqual((await ledger(id))[pool[0]][pool[1]], known);
  });
}

test("a promise is paid once, a machine's look not at all, and one ahead of the person like an open", async () => {
  await publish(app, offering("once", paid(1)));
  await say("once", { budgets: { spring: 300 } });
  const [scanned, ahead, looks] = await inclined("once", 3);
  await open("once", scanned, SCANNER);
  await open("once", ahead, APPLE);
  for (let i = 0; i < 3; i++) await Promise.all([open("once", looks), open("once", looks), open("once", ahead)]);
  const known = await told("once", ["budgets", "spring"], 2);
  assert.deepEqual([known.total, known.spent], [300, 2]);
  assert.equal(await landing("once", scanned), "https://shop.example/default", "nobody was promised anything by a scanner's look");
  const held = await (await app.admin(`/v1/recipients/${looks}`)).json();
  assert.deepEqual(held.spent_on_promises.map(({ campaign, from, amount }) => [campaign, from, amount]), [["once", "budget/spring", 1]]);
});

test("a greater total is granted within seconds, and saying it again changes nothing", async () => {
  await publish(app, offering("topped", paid(1)));
  await say("topped", { budgets: { spring: 2 } });
  const who = people("topped", 400);
  await importProfiles(app, ...who.map((id) => consenting(id)));
  await Promise.all(who.slice(0, 200).map((id) => open("topped", id)));
  assert.equal(await promised("topped", who.slice(0, 200)), 2);
  for (let i = 0; i < 2; i++) await say("topped", { budgets: { spring: 5 } });
  await new Promise((resolve) => setTimeout(resolve, 6000)); // what a shard knows of the campaign is so old
  await Promise.all(who.slice(200).map((id) => open("topped", id)));
  assert.equal(await promised("topped", who), 5);
  assert.equal((await told("topped", ["budgets", "spring"], 5)).spent, 5);
});

test("without its campaign's object a shard promises nothing that it wasn't leased, and every mail has a picture", async () => {
  await publish(app, offering("alone", paid(1)));
  await say("alone", { budgets: { spring: 50 } });
  const who = people("alone", 20);
  await importProfiles(app, ...who.map((id) => consenting(id)));
  await app.fault("CAMPAIGNS", "error");
  await Promise.all(who.map((id) => open("alone", id)));
  await app.fault("CAMPAIGNS", "off");
  assert.equal(await promised("alone", who), 0);
  assert.deepEqual((await ledger("alone")).budgets.spring, { total: 50, spent: 0, leased: 0, left: 50 });
});

test("the kill switch stops a variant, and a campaign, within seconds", async (t) => {
  await publish(app, offering("stopped", paid(1)));
  await say("stopped", { budgets: { spring: 1000 } });
  const who = people("stopped", 400);
  await importProfiles(app, ...who.map((id) => consenting(id)));
  let next = 0;
  const sale = async () => {
    const person = who[next++ % who.length];
    await open("stopped", person);
    return (await landing("stopped", person)).endsWith("/sale");
  };
  const took = async (stop) => {
    await eventually(sale, { within: 20_000 });
    const since = Date.now();
    await stop();
    await eventually(async () => !(await sale()) && !(await sale()) && !(await sale()), { within: 20_000 });
    return (Date.now() - since) / 1000;
  };
  const variant = await took(() => say("stopped", { budgets: { spring: 1000 }, paused: ["hero/sale"] }));
  await say("stopped", { budgets: { spring: 1000 } });
  const whole = await took(() => publish(app, offering("stopped", paid(1), (c) => (c.status = "paused"))));
  t.diagnostic(`a variant stopped after ${variant.toFixed(1)} s, a campaign after ${whole.toFixed(1)} s`);
  assert.ok(variant < 10 && whole < 10);
});
