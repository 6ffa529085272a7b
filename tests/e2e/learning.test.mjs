// What a campaign learns in the Worker: from what people saw and did, through queue and Durable Object, back into the next decision.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { campaign, consenting, importProfiles, publish } from "./campaign.mjs";
import { eventually, start } from "./harness.mjs";
import { token } from "./tokens.mjs";

const PERSON = { headers: { "user-agent": "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17830; Pro)" } };
const APPLE = { headers: { "user-agent": "Mozilla/5.0" }, cf: { asn: 714, country: "DE", timezone: "Europe/Berlin" } };

const app = await start({ vars: { LEARN_AFTER: "1" } });
after(() => app.stop());

/** A campaign that shows every variant equally often, so that there is something to learn. */
const trying = (id, learning) => campaign(id, (c) => {
  c.exploration = { floor: 0.1, sharpness: 0, silence: 0 };
  if (learning) c.learning = learning;
});
const people = (name, count) => Array.from({ length: count }, (_, i) => `${name}-${i}`);
const learned = async (id) => {
  const answer = await app.admin(`/v1/campaigns/${id}/learned`);
  return answer.status === 200 ? answer.json() : undefined;
};
/** Everybody opens both images; whoever is shown the sale follows it. */
async function look(id, who) {
  const landings = await Promise.all(who.map(async (person) => {
    for (const slot of ["hero", "cta", "hero"]) await app.get(`/o/${id}/${slot}.png?r=${token(person)}`, PERSON);
    const { assembly } = await (await app.admin("/v1/decide", { method: "POST", json: { campaign: id, recipient: person, request: {} } })).json();
    const { variant } = assembly.find((filled) => filled.slot === "hero");
    if (variant === "sale") await app.get(`/c/${id}/hero?r=${token(person)}`, PERSON);
    return variant;
  }));
  return landings.filter((variant) => variant === "sale").length;
}

test("what people follow is learned, once each, and decided with", async () => {
  await publish(app, trying("taught"));
  const who = people("reader", 60);
  await importProfiles(app, ...who.map((id) => consenting(id)));
  const clicked = await look("taught", who);
  assert.ok(clicked >= 4 && clicked < 40, `${clicked} of 60 were shown the sale`);
  const { evidence, slots } = await eventually(async () => {
    const all = await learned("taught");
    return all?.evidence.clicks > clicked - 0.5 && all;
  }, { within: 20_000 });
  assert.ok(Math.abs(evidence.clicks - clicked) < 0.5, "a mail of three images is one exposure, and its click one click");
  assert.ok(evidence.exposures <= 60.5, `${evidence.exposures} exposures of 60 people`);
  const { sale, ...others } = slots.hero;
  for (const [name, other] of Object.entries(others)) assert.ok(sale.click.shift > other.click.shift, `sale above ${name}`);

  // every version that decided anything is kept, so that its choices can be made again
  await importProfiles(app, consenting("late"));
  const line = await eventually(async () => {
    await app.get(`/o/taught/hero.png?r=${token("late")}`, PERSON);
    return (await app.events()).find((line) => line.campaign === "taught" && line.learned);
  }, { within: 20_000, every: 500 });
  assert.ok((await app.bucket("learned/taught/")).includes(`learned/taught/${line.learned}.json`), line.learned);
});

test("what proxies fetch ahead of anybody teaches nothing", async () => {
  await publish(app, trying("fetched", { click: "1m", order: "1m" })); // after a second, an exposure counts for more than a tenth
  const who = people("fetched", 12);
  await importProfiles(app, ...who.map((id) => consenting(id)));
  await Promise.all(who.slice(1).map((id) => app.get(`/o/fetched/hero.png?r=${token(id)}`, APPLE)));
  await app.get(`/o/fetched/hero.png?r=${token(who[0])}`, PERSON);
  const exposures = await eventually(async () => (await learned("fetched"))?.evidence.exposures, { within: 20_000 });
  assert.ok(exposures <= 1, `${exposures} of one person`);
  assert.equal((await app.events()).filter((line) => line.campaign === "fetched").length, 12, "all were logged");
});

test("a campaign that is taught by hand keeps what it was told", async () => {
  await publish(app, trying("by-hand", { automatic: false }));
  const told = { campaign: "by-hand", model: "starter", at: "2026-11-22T10:00:00Z" };
  assert.equal((await app.admin("/v1/campaigns/by-hand/learned", { method: "PUT", json: told })).status, 200);
  await publish(app, trying("by-itself"));
  await importProfiles(app, consenting("one"));
  for (const id of ["by-hand", "by-itself"]) await app.get(`/o/${id}/hero.png?r=${token("one")}`, PERSON);
  await eventually(() => learned("by-itself"), { within: 20_000 });
  assert.deepEqual(await learned("by-hand"), told);
});

test("lines wait while storage fails, and are learned from afterwards", async () => {
  await publish(app, trying("patient"));
  await importProfiles(app, consenting("early"));
  await app.fault("CAMPAIGNS", "error");
  await app.get(`/o/patient/hero.png?r=${token("early")}`, PERSON);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  assert.equal(await learned("patient"), undefined);
  await app.fault("CAMPAIGNS", "off");
  await eventually(() => learned("patient"), { within: 30_000 });
});
