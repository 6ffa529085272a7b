// Preview: who opens the mail, where, when and with what, and what they then see. Every control decides again at once.
import { useMemo, useState } from "preact/hooks";
import { Map } from "./map.js";
import { Mail, keepTemplate, template } from "./mail.js";
import { OPENERS, PLACES, campaign, change, deciding, draft, feeds, go, held, learned, live, look, panes, people, placed, question, text, view, type Pane } from "./state.js";
import { Badge, Card, Choice, Copy, Icon, Loading, Notice, useLoaded } from "./ui.js";
import { percent, words } from "./words.js";
import type { Report, Shown } from "./engine.js";

export interface Decided { report: Report; shown: Shown[] }

/** What a pane comes to. */
export function decided(pane: Pane): Decided | "waiting" | Error {
  const engine = deciding.value;
  if (!engine) return "waiting";
  const asked = question(pane);
  if (asked === "waiting" || asked instanceof Error) return asked;
  try {
    return { report: engine.decide(asked), shown: engine.pictures(asked) };
  } catch (error) {
    return error as Error;
  }
}

/** The same, made anew only when something it hangs on has changed. */
export function useDecided(pane: Pane): Decided | "waiting" | Error {
  return useMemo(() => decided(pane), [JSON.stringify(pane), deciding.value, text.value, live.value, learned.value, feeds.value, pane.who.startsWith("{") ? 0 : held.value[pane.who]]);
}

export const name = (pane: Pane, at: number) => `${"ABCD"[at]} · ${!pane.who ? "A stranger" : pane.who.startsWith("{") ? "Somebody described" : pane.who}`;

export function Preview() {
  const { width, scheme, images, grid } = view.value, [own, setOwn] = useState(false);
  const cast = useLoaded(people, []).value?.personas ?? [];
  return (
    <>
      <div class="bar">
        <h1>Preview</h1>
        <Choice label="Width" value={width} options={[["desktop", "Desktop"], ["phone", "Phone"]]} onChange={(width) => look({ width })} />
        <Choice label="Colours" value={scheme} options={[["light", "Light"], ["dark", "Dark"]]} onChange={(scheme) => look({ scheme })} />
        <Choice label="Images" value={images ? "on" : "off"} options={[["on", "Images"], ["off", "Blocked"]]} onChange={(on) => look({ images: on === "on" })} />
        <span class="spring" />
        <button type="button" class="button" aria-pressed={grid} onClick={() => look({ grid: !grid })}>Everyone at once</button>
        <button type="button" class="button" aria-expanded={own} onClick={() => setOwn(!own)}>Template</button>
        <Copy text={() => location.href} label="Copy link" />
      </div>
      {draft.value !== undefined && <p class="draft">You are looking at what you are writing, not at what is live. <a href="#/author">Back to the editor</a></p>}
      {own && <Template />}
      {grid ? <Grid /> : (
        <div class={`panes of-${panes.value.length}`}>
          {panes.value.map((pane, at) => <One key={at} pane={pane} at={at} cast={cast} />)}
          {panes.value.length < 4 && (
            <button type="button" class="add" onClick={() => { panes.value = [...panes.value, { ...panes.value.at(-1)! }]; }}><Icon name="plus" /><span>Compare with another</span></button>
          )}
        </div>
      )}
    </>
  );
}

function One({ pane, at, cast }: { pane: Pane; at: number; cast: { id: string; name: string }[] }) {
  const result = useDecided(pane), { width, scheme, images } = view.value;
  return (
    <article class="pane" aria-label={name(pane, at)}>
      <Controls pane={pane} at={at} cast={cast} />
      {result === "waiting" ? <Loading what="the decision" /> : result instanceof Error ? <Notice title="This can’t be decided">{result.message}</Notice> : (
        <>
          <div class="verdict" aria-live="polite">
            <Badge outcome={result.report.outcome} />
            <p>{result.report.reasons[0]}</p>
            <div class="line"><span>Probability {percent(result.report.probability)}</span><button type="button" class="text" onClick={() => { look({ pane: at }); go("why"); }}>Why?</button></div>
          </div>
          {result.report.outcome === "suppress" && <div class="blank"><Icon name="quiet" /><strong>Nothing shown, on purpose</strong></div>}
          <Mail shown={result.shown} images={images} scheme={scheme} width={width} title={`The mail for ${name(pane, at)}`} />
        </>
      )}
    </article>
  );
}

const ACTS = ["Pages", "Products", "Trust pages", "Price pages", "Searches", "Put in the cart", "Checkouts"];

function Controls({ pane, at, cast }: { pane: Pane; at: number; cast: { id: string; name: string }[] }) {
  const id = `pane-${at}`, place = placed(pane.place), described = pane.who.startsWith("{");
  const set = (more: Partial<Pane>) => change(at, more);
  const acts = pane.session ? pane.session.split(",").map(Number) : [];
  return (
    <div class="controls">
      <div class="row">
        <label class="wide" for={`${id}-who`}>Who<input id={`${id}-who`} list="known-people" value={described ? "" : pane.who} placeholder={described ? "described below" : "a stranger, or a recipient’s id"} onChange={({ currentTarget }) => set({ who: currentTarget.value.trim() })} /></label>
        {panes.value.length > 1 && <button type="button" class="bare" aria-label={`Close ${name(pane, at)}`} onClick={() => { panes.value = panes.value.filter((_, i) => i !== at); look({ pane: 0 }); }}><Icon name="cross" /></button>}
      </div>
      {at === 0 && <datalist id="known-people">{cast.flatMap(({ id, name }) => ["outlook", "gmail", "apple-mail"].map((opener) => <option value={`${id}.${opener}`} key={id + opener}>{name}</option>))}</datalist>}
      <div class="row facts-of">
        <label for={`${id}-opener`}>Opens in<select id={`${id}-opener`} value={pane.opener} onChange={({ currentTarget }) => set({ opener: currentTarget.value })}>{OPENERS.map(([key, label]) => <option value={key} key={key}>{label}</option>)}</select></label>
        <label for={`${id}-place`}>In<select id={`${id}-place`} value={pane.place} onChange={({ currentTarget }) => set({ place: currentTarget.value })}><option value="">not told</option>{place && !PLACES[pane.place] && <option value={pane.place}>a point near {place.label}</option>}{Object.entries(PLACES).map(([key, { label }]) => <option value={key} key={key}>{label}</option>)}</select></label>
        <label for={`${id}-at`}>At, UTC<input id={`${id}-at`} type="datetime-local" value={pane.at} onInput={({ currentTarget }) => set({ at: currentTarget.value })} /></label>
      </div>
      <p class="clock">{clock(pane, place?.timezone)}{pane.at && <button type="button" class="text" onClick={() => set({ at: "" })}>Now</button>}</p>
      <details>
        <summary>On the map</summary>
        <Map value={pane.place} onPick={(place) => set({ place })} />
      </details>
      <details>
        <summary>What is known</summary>
        <label for={`${id}-profile`}>Of them, as an import writes it<textarea id={`${id}-profile`} rows={6} spellcheck={false} value={described ? pane.who : ""} placeholder='{"consent": {"email": {"marketing": true, "personalization": true}}, "cart": {"value": 80, "items": 2}}' onInput={({ currentTarget }) => set({ who: currentTarget.value.trim() ? currentTarget.value : "" })} /></label>
        <label for={`${id}-live`}>While the campaign runs, instead of what the Worker knows<textarea id={`${id}-live`} rows={3} spellcheck={false} value={pane.live} placeholder='{"budgets": {"spring": 200}, "paused": ["hero/sale"]}' onInput={({ currentTarget }) => set({ live: currentTarget.value })} /></label>
        {pane.opener === "page" && (
          <fieldset><legend>In this visit</legend>{ACTS.map((label, i) => (
            <label key={label} for={`${id}-act-${i}`}>{label}<input id={`${id}-act-${i}`} type="number" min={0} max={99} value={acts[i] ?? 0} onInput={({ currentTarget }) => set({ session: ACTS.map((_, j) => (j === i ? Number(currentTarget.value) || 0 : acts[j] ?? 0)).join() })} /></label>
          ))}</fieldset>
        )}
      </details>
    </div>
  );
}

function clock({ at }: Pane, zone: string | undefined): string {
  const moment = at ? new Date(`${at}:00Z`) : new Date();
  const there = (timeZone: string) => new Intl.DateTimeFormat("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit", timeZone }).format(moment);
  return zone ? `${there(zone)} there (${zone})` : `${there("UTC")} UTC`;
}

function Template() {
  const id = campaign.value;
  return (
    <Card title="Your mail’s template" note="Paste the HTML of the mail as your provider has it. Images of /o/ and links of /c/ are filled with what was decided; nothing in it runs. It is kept in this browser." class="template">
      <textarea aria-label="The template’s HTML" rows={10} spellcheck={false} value={template(id)} placeholder={deciding.value?.snippet("postmark", "apropos", location.origin)} onInput={({ currentTarget }) => keepTemplate(id, currentTarget.value)} />
    </Card>
  );
}

// --- everyone at once

const YES = { marketing: true, personalization: true, measurement: true };
/** People in outline: what surprises in a campaign shows in what differs between them. */
const SEGMENTS: [string, Record<string, unknown>][] = [
  ["Consent to nothing", {}],
  ["New, hasn’t bought", { lifecycle: { stage: "new" }, browsing: { sessions: 1, product_views: 2 } }],
  ["Looks around a lot", { browsing: { sessions: 4, product_views: 22, searches: 4, dwell_minutes: 30 } }],
  ["Left a cart", { cart: { value: 120, items: 2 }, browsing: { sessions: 2, product_views: 8 } }],
  ["Buys at a discount", { purchases: { count: 4, discounted: 4, value: 260, days_since_last: 60 }, browsing: { price_views: 5, product_views: 6 } }],
  ["Loyal", { purchases: { count: 9, discounted: 0, value: 1400, days_since_last: 40 }, engagement: { clicks: 6, opens: 12 } }],
  ["Just bought", { purchases: { count: 2, value: 160, days_since_last: 1 } }],
  ["Reads, asks, doubts", { browsing: { info_views: 7, dwell_minutes: 25, product_views: 4 } }],
  ["Has an open ticket", { support: { open_tickets: 1, sentiment: -0.6 }, purchases: { count: 2, value: 200, days_since_last: 30 } }],
  ["Tired of us", { engagement: { unanswered: 18, delivered: 20, negatives: 1 } }],
];
const CONTEXTS: [string, Partial<Pane>][] = [["Outlook, noon", { opener: "outlook", place: "zagreb", at: "12:00" }], ["Phone, late", { opener: "phone", place: "zagreb", at: "21:30" }], ["Gmail", { opener: "gmail", at: "12:00" }], ["Apple Mail", { opener: "apple-mail", at: "12:00" }], ["Scanner", { opener: "scanner", at: "12:00" }]];

function Grid() {
  const today = new Date().toISOString().slice(0, 10), base = panes.value[0]!;
  const cells = useMemo(
    () => SEGMENTS.map(([label, profile]) => ({
      label,
      cells: CONTEXTS.map(([, context]) => {
        const pane: Pane = { ...base, ...context, at: `${today}T${context.at}`, who: JSON.stringify({ ...profile, ...(Object.keys(profile).length && { consent: { email: YES } }) }), place: context.place ?? "" };
        return { pane, result: decided(pane) };
      }),
    })),
    [deciding.value, text.value, live.value, learned.value, base.live],
  );
  const lead = deciding.value && cells[0]?.cells[0]?.result;
  if (!lead || lead === "waiting") return <Loading what="everyone" />;
  return (
    <Card title="Ten people, five openings" note="Each cell is a decision made now. Look for what you didn’t expect, and open it.">
      <div class="scroll" tabIndex={0} role="region" aria-label="Decisions by segment and opening">
        <table class="grid">
          <thead><tr><th scope="col">Segment</th>{CONTEXTS.map(([label]) => <th scope="col" key={label}>{label}</th>)}</tr></thead>
          <tbody>{cells.map(({ label, cells }) => (
            <tr key={label}><th scope="row">{label}</th>{cells.map(({ pane, result }, i) => (
              <td key={i}>{typeof result === "string" || result instanceof Error ? <span class="cell">?</span> : (
                <button type="button" class={`cell ${result.report.outcome}`} onClick={() => { panes.value = [pane]; look({ grid: false, pane: 0 }); }}>
                  <b>{result.report.outcome === "show" ? words(result.report.assembly[0]?.variant ?? "") : words(result.report.outcome)}</b>
                  <span>{result.report.outcome === "show" ? `${percent(result.report.probability)}` : words(result.report.cause ?? "")}</span>
                </button>
              )}</td>
            ))}</tr>
          ))}</tbody>
        </table>
      </div>
    </Card>
  );
}
