// Results: what the campaign earned against those who were held out, how sure that is, and what is not yet known.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { perhaps } from "./api.js";
import { OverTime, Whisker, scaleOf, type Interval } from "./chart.js";
import { campaign } from "./state.js";
import { Card, Choice, Icon, Loading, Notice, save, useLoaded } from "./ui.js";
import { day, money, percent, signed, when, whole, plainly, words } from "./words.js";

interface Lift { treated: number | null; held_out: number | null; difference: Interval | null; relative: Interval | null; unknown: string | null }
interface Counted { messages: number; clicked: number; ordered?: number; click_rate?: Interval | null; order_rate?: Interval | null }
interface Found {
  campaign: string; version: string; at: string; currency: string; first: string | null; last: string | null; share: number;
  windows: Record<string, string>;
  alarms: { alarm: string; says: string }[];
  delivery: Record<string, number | Interval | null>; engagement: Record<string, number | Interval | null>; conversion: Record<string, number | Interval | null>; efficiency: Record<string, number | Interval | null>;
  experiment: { holdout: number; assigned: Sides; settled: Sides; mismatch: { expected: number; observed: number; evidence: number; alarm: boolean }; lift: Record<string, Lift>; series: ({ day: string } & Sides & Record<string, Interval | null | number | string>)[] } | null;
  variants: (Counted & { slot: string; variant: string; orders: number; revenue: number; incentives: number })[];
  segments: (Counted & { dimension: string; value: string; settled: Sides; lift: Record<string, Lift> })[];
  fetchers: { fetcher: string; kind: string; messages: number; clicked: number }[];
  decisions: { outcome: string; cause: string | null; messages: number }[];
  fatigue: { recent: string; messages: number; click_rate: Interval | null; unsubscribe_rate: Interval | null }[];
  discounts: Record<string, number>;
  log: Record<string, number | Record<string, number>>;
}
interface Sides { treated: number; held_out: number }

export function Results() {
  const id = campaign.value, found = useLoaded(() => perhaps<Found>(`/v1/campaigns/${id}/results`), [id]);
  if (found.error) return <><div class="bar"><h1>Results</h1></div><Notice title="Results can’t be read" action={<button type="button" class="button" onClick={found.again}>Try again</button>}>{found.error.message}</Notice></>;
  if (!("value" in found)) return <><div class="bar"><h1>Results</h1></div><Loading what="the results" /></>;
  if (!found.value) return <><div class="bar"><h1>Results</h1></div><Notice icon="search" title="Nothing to tell yet">No results are kept of this campaign: nothing was seen or done since it was published, or this Worker is older than results. A minute after the first opens there is something here.</Notice></>;
  return <Shown of={found.value} />;
}

function Shown({ of }: { of: Found }) {
  return (
    <>
      <div class="bar"><h1>Results</h1>
        <p class="claim">{of.first ? `${day(of.first)} to ${day(of.last ?? of.at)}` : "nothing counted yet"} · as of {when(of.at)}{of.share < 1 && ` · from a sample of ${percent(of.share)}`}</p>
        <span class="spring" />
        <button type="button" class="button" onClick={() => save(`${of.campaign}-results.csv`, new Blob([csv(of)], { type: "text/csv" }))}>Export CSV</button>
      </div>
      {of.alarms.map(({ alarm, says }) => <p class="alarm" role="alert" key={alarm}><Icon name="alert" /><span><b>{words(alarm)}</b> {says}</span></p>)}
      <div class="results">
        <Stack of={of} />
        <Experiment of={of} />
        <Variants of={of} />
        <Segments of={of} />
        <Held of={of} />
        <Fatigue of={of} />
        <Openers of={of} />
        <Discounts of={of} />
      </div>
    </>
  );
}

const Unknown = ({ why }: { why?: string | null | undefined }) => <span class="unknown">not yet known{why && <small>{why.replace(/: not known yet$/, "")}</small>}</span>;

const isInterval = (thing: unknown): thing is Interval => typeof thing === "object" && thing !== null && "low" in thing;

/** What each layer tells, in the order in which it happens. What isn't named here comes after, under its own name. */
const NAMES: Record<string, string> = {
  delivered_week: "Delivered this week", complaints_week: "Complaints about these", fetched: "Messages fetched", prefetched: "Only fetched ahead", unsubscribed: "Left by unsubscribing", unsubscribe_rate: "Unsubscribe rate", complained: "Complained of", complaint_rate: "Complaint rate",
  recipients: "People who looked", seen: "Messages looked at", clicked: "Followed", click_rate: "Click rate", prefetched_clicked: "Followed without a look",
  orders: "Orders", ordered: "Messages that led to one", order_rate: "Order rate", revenue: "Revenue", elsewhere: "Orders led to by none", unpriced: "Orders of unknown worth",
  revenue_per_message: "Revenue per message", incremental_revenue_per_message: "Added per message", incremental_revenue_per_recipient: "Added per recipient", incremental_revenue: "Added in all", incentives: "Incentives", sends: "Sending", cost_per_order: "Cost per order",
};
const ORDER = Object.keys(NAMES);
const placed = ([a]: [string, unknown], [b]: [string, unknown]) => (ORDER.indexOf(a) + 1 || ORDER.length + 1) - (ORDER.indexOf(b) + 1 || ORDER.length + 1);

/** The four layers: does it arrive, is it looked at, does it sell, what does it cost. */
function Stack({ of }: { of: Found }) {
  const layers = [["Delivery", of.delivery], ["Engagement", of.engagement], ["Conversion", of.conversion], ["Efficiency", of.efficiency]] as const;
  const tell = (key: string, value: number) => (/rate|share/.test(key) ? percent(value, 2) : /revenue(?!_unknown)|cost|incentives|sends$/.test(key) ? money(value, of.currency) : whole(value));
  return (
    <div class="stack span">{layers.map(([title, layer]) => (
      <Card title={title} key={title}>
        <dl>{Object.entries(layer).sort(placed).map(([key, value]) => (
          <div key={key}><dt>{NAMES[key] ?? plainly(key)}</dt><dd>{value === null ? <Unknown /> : isInterval(value) ? <>{tell(key, value.value)}<small>{tell(key, value.low)} to {tell(key, value.high)}</small></> : tell(key, value)}</dd></div>
        ))}</dl>
      </Card>
    ))}</div>
  );
}

function Experiment({ of }: { of: Found }) {
  const [what, setWhat] = useState("order"), canvas = useRef<HTMLCanvasElement | null>(null), { experiment } = of;
  if (!experiment) return <Card title="Lift" class="span"><p class="quiet">This campaign holds nobody out, so what it adds can’t be known: only what happened. Set <code>"holdout": 0.05</code>, and lift is measured from then on.</p></Card>;
  const kinds = Object.keys(experiment.lift), charted = kinds.filter((kind) => experiment.series.some((point) => kind in point)), kind = charted.includes(what) ? what : charted[0] ?? "order";
  const tell = (key: string, value: number) => (key === "revenue" ? `${value < 0 ? "−" : "+"}${money(Math.abs(value), of.currency)}` : `${signed(value * 100, 2)} pp`);
  const level = (key: string, value: number | null) => (value === null ? "–" : key === "revenue" ? money(value, of.currency) : percent(value, 2));
  const drawn = experiment.series.some((point) => isInterval(point[kind]));
  const current = experiment.lift[kind];
  return (
    <>
      <Card title="Lift against the holdout" class="span" note={`${whole(experiment.settled.treated)} were treated and ${whole(experiment.settled.held_out)} held out long enough to count (windows: click ${of.windows.click ?? "?"}, order ${of.windows.order ?? "?"}). Intervals hold whenever you look, however often.`}
        actions={drawn && <Choice label="What" value={kind} options={charted.map((key) => [key, words(key)] as const)} onChange={setWhat} />}>
        <p class="said">{sentence(kind, current, tell)}</p>
        {drawn && <OverTime label={`Lift in ${words(kind)}`} days={experiment.series.map(({ day }) => day)} values={experiment.series.map((point) => (isInterval(point[kind]) ? point[kind] : null))} format={(n) => tell(kind, n)} onReady={(made) => { canvas.current = made; }} />}
        {drawn && <div class="actions"><button type="button" class="button" onClick={() => canvas.current?.toBlob((blob) => blob && save(`${of.campaign}-lift-${kind}.png`, blob))}>Export PNG</button></div>}
      </Card>
      <Card title="What it changes" class="span">
        <Table head={["", "Treated", "Held out", "Difference", "Interval", "Relative"]}>{kinds.map((key) => {
          const lift = experiment.lift[key]!;
          return <tr key={key}><th scope="row">{words(key)}</th><td>{level(key, lift.treated)}</td><td>{level(key, lift.held_out)}</td>
            {lift.difference ? <><td>{tell(key, lift.difference.value)}</td><td><Whisker of={lift.difference} scale={scaleOf([lift.difference])} /><small>{tell(key, lift.difference.low)} to {tell(key, lift.difference.high)}</small></td></> : <td colSpan={2}><Unknown why={lift.unknown} /></td>}
            <td>{lift.relative ? <>{signed(lift.relative.value * 100, 0)} %<small>{signed(lift.relative.low * 100, 0)} to {signed(lift.relative.high * 100, 0)} %</small></> : <Unknown />}</td></tr>;
        })}</Table>
      </Card>
    </>
  );
}

function sentence(kind: string, lift: Lift | undefined, tell: (kind: string, value: number) => string): string {
  const what = { click: "clicks", order: "orders", revenue: "revenue" }[kind] ?? words(kind).toLowerCase();
  if (!lift?.difference) return `Not yet known whether the campaign changes ${what}${lift?.unknown ? `: ${lift.unknown.replace(/: not known yet$/, "")}` : ""}.`;
  const { low, high } = lift.difference;
  if (low > 0) return `The campaign brings more ${what}: ${tell(kind, low)} at least, ${tell(kind, high)} at most.`;
  if (high < 0) return `The campaign brings fewer ${what}: ${tell(kind, high)} at best, ${tell(kind, low)} at worst.`;
  return `Not yet known whether the campaign changes ${what}: anything from ${tell(kind, low)} to ${tell(kind, high)} fits what was seen.`;
}

function Table({ head, children, label }: { head: string[]; children: ComponentChildren; label?: string }) {
  return <div class="scroll" tabIndex={0} role="region" aria-label={label ?? "Table"}><table class="plain"><thead><tr>{head.map((text, i) => <th scope="col" key={i}>{text || <span class="visually-hidden">Name</span>}</th>)}</tr></thead><tbody>{children}</tbody></table></div>;
}

const Rate = ({ of, scale }: { of: Interval | null | undefined; scale: [number, number] }) => (of ? <td class="rate"><span>{percent(of.value, 1)}</span><Whisker of={of} scale={scale} /><small>{percent(of.low, 1)} to {percent(of.high, 1)}</small></td> : <td><Unknown /></td>);

function Variants({ of }: { of: Found }) {
  const clicks = scaleOf(of.variants.map((v) => v.click_rate)), orders = scaleOf(of.variants.map((v) => v.order_rate));
  return (
    <Card title="Variants" class="span" note="What happened after each was shown. Whom a variant is shown to isn’t chance alone, so rates compare people as much as pictures.">
      {of.variants.length ? <Table label="Variants" head={["Variant", "Messages", "Clicked", "Ordered", "Revenue", "Incentives"]}>{of.variants.map((v) => (
        <tr key={v.slot + v.variant}><th scope="row">{words(v.variant)}<small>{words(v.slot)}</small></th><td>{whole(v.messages)}</td><Rate of={v.click_rate} scale={clicks} /><Rate of={v.order_rate} scale={orders} /><td>{money(v.revenue, of.currency)}</td><td>{money(v.incentives, of.currency)}</td></tr>
      ))}</Table> : <p class="quiet">Nothing was shown yet.</p>}
    </Card>
  );
}

function Segments({ of }: { of: Found }) {
  const pp = (n: number) => `${signed(n * 100, 1)} pp`, scale = scaleOf(of.segments.flatMap((s) => [s.lift.click?.difference, s.lift.order?.difference]));
  const cell = (lift: Lift | undefined) => (lift?.difference ? <td class="rate"><span>{pp(lift.difference.value)}</span><Whisker of={lift.difference} scale={scale} /><small>{pp(lift.difference.low)} to {pp(lift.difference.high)}</small></td> : <td><Unknown why={lift?.unknown} /></td>);
  return (
    <Card title="Segments" class="span" note="Lift within each. The more segments one looks at, the more of them differ by chance alone.">
      {of.segments.length ? <Table label="Segments" head={["Segment", "Treated", "Held out", "Clicks, lift", "Orders, lift"]}>{of.segments.map((s) => (
        <tr key={s.dimension + s.value}><th scope="row">{words(s.value)}<small>{words(s.dimension)}</small></th><td>{whole(s.settled.treated)}</td><td>{whole(s.settled.held_out)}</td>{cell(s.lift.click)}{cell(s.lift.order)}</tr>
      ))}</Table> : <p class="quiet">Not yet known.</p>}
    </Card>
  );
}

/** What was held back, and by what. */
function Held({ of }: { of: Found }) {
  const total = of.decisions.reduce((sum, { messages }) => sum + messages, 0) || 1;
  return (
    <Card title="What was decided" note="Shown, or held back, and what held it back.">
      <ul class="bars">{[...of.decisions].sort((a, b) => b.messages - a.messages).map(({ outcome, cause, messages }) => (
        <li key={outcome + cause} class={outcome}><div><b>{words(outcome)}</b>{cause && <span>{words(cause)}</span>}</div><svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="6" class="track" /><rect width={Math.max(0.6, (messages / total) * 100)} height="6" /></svg><em>{whole(messages)} <small>{percent(messages / total, 1)}</small></em></li>
      ))}</ul>
    </Card>
  );
}

function Fatigue({ of }: { of: Found }) {
  const clicks = scaleOf(of.fatigue.map((f) => f.click_rate)), leave = scaleOf(of.fatigue.map((f) => f.unsubscribe_rate));
  return (
    <Card title="Fatigue" note="By how many messages somebody had already had lately.">
      {of.fatigue.length ? <Table label="Fatigue" head={["Before", "Messages", "Clicked", "Unsubscribed"]}>{of.fatigue.map((f) => <tr key={f.recent}><th scope="row">{f.recent}</th><td>{whole(f.messages)}</td><Rate of={f.click_rate} scale={clicks} /><Rate of={f.unsubscribe_rate} scale={leave} /></tr>)}</Table> : <p class="quiet">Not yet known.</p>}
    </Card>
  );
}

function Openers({ of }: { of: Found }) {
  return (
    <Card title="Who fetched" note="Prefetches aren’t opens, and count as none.">
      {of.fetchers.length ? <Table label="Fetchers" head={["Fetcher", "Kind", "Messages", "Clicked"]}>{of.fetchers.map((f) => <tr key={f.fetcher}><th scope="row">{words(f.fetcher)}</th><td>{words(f.kind)}</td><td>{whole(f.messages)}</td><td>{whole(f.clicked)}</td></tr>)}</Table> : <p class="quiet">Nobody yet.</p>}
    </Card>
  );
}

function Discounts({ of }: { of: Found }) {
  const rows = (all: [string, number][]) => <dl class="list">{all.map(([key, n]) => <div key={key}><dt>{plainly(key)}</dt><dd>{/share/.test(key) ? percent(n, 1) : /revenue/.test(key) ? money(n, of.currency) : whole(n)}</dd></div>)}</dl>;
  const log = Object.entries(of.log).flatMap(([key, n]): [string, number][] => (typeof n === "number" ? [[key, n]] : Object.entries(n).map(([why, n]) => [`left out: ${why}`, n])));
  return (
    <>
      <Card title="Discounts" note="Whether people buy without an incentive.">{rows(Object.entries(of.discounts))}</Card>
      <Card title="The log" class="span" note="What came in, and what was left out of it.">{rows(log)}</Card>
    </>
  );
}

/** Everything that is told of variants and lift, one row each. */
function csv(of: Found): string {
  const rows: (string | number | null)[][] = [["what", "name", "measure", "value", "low", "high", "n"]];
  const add = (what: string, name: string, measure: string, value: Interval | number | null | undefined, n = 0) => rows.push(isInterval(value) ? [what, name, measure, value.value, value.low, value.high, n] : [what, name, measure, value ?? "not yet known", "", "", n]);
  for (const [key, lift] of Object.entries(of.experiment?.lift ?? {})) add("lift", key, "difference", lift.difference, of.experiment?.settled.treated);
  for (const v of of.variants) { add("variant", `${v.slot}/${v.variant}`, "click_rate", v.click_rate, v.messages); add("variant", `${v.slot}/${v.variant}`, "order_rate", v.order_rate, v.messages); add("variant", `${v.slot}/${v.variant}`, "revenue", v.revenue, v.messages); }
  for (const s of of.segments) for (const [key, lift] of Object.entries(s.lift)) add("segment", `${s.dimension}=${s.value}`, key, lift.difference, s.messages);
  for (const d of of.decisions) add("decision", d.outcome, d.cause ?? "", d.messages);
  for (const point of of.experiment?.series ?? []) for (const [key, value] of Object.entries(point)) if (isInterval(value)) add("series", point.day, key, value);
  // a text that a spreadsheet would take for a formula is none
  const cell = (text: string | number | null) => (typeof text === "number" ? text : `"${String(text).replaceAll('"', '""').replace(/^[=+@-]/, "'$&")}"`);
  return rows.map((row) => row.map(cell).join(",")).join("\r\n");
}
