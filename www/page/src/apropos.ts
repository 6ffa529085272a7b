// The script of a landing page: loads the engine and the campaign, tells it what happens, and lets slots follow what it decides.
//
// Nothing here can break a page: whatever fails, its own content stands. Without consent nothing is stored, nothing about the visitor is asked for or sent, and what
// the engine knows is this visit's memory. What is needed rarely comes in files of its own, when it is: `session`, `measure`, `consent`, `debug`.
import type { Apropos, Call, Choice, Consent, Engine, Events, Host, Kept, Options } from "./api.js";
import { bring, loadBundle, loadEngine } from "./engine.js";
import { makeSlots } from "./slots.js";
import type { SegmentEvent } from "./event.js";
import type { PageDecision } from "./types.js";

export type * from "./api.js";
export type * from "./event.js";
export type * from "./types.js";

/** How long a visit is kept, with consent. */
const KEPT = 30 * 864e5;
/** So many of the newest events of a page are told to an engine that starts anew. */
const REMEMBERED = 100;

/** The time zone's name; `Intl` takes its time at the first question. */
const zone = () => (window as unknown as { Temporal?: { Now: { timeZoneId(): string } } }).Temporal?.Now.timeZoneId() ?? Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Storage may be closed to the page, or hold what others wrote; then nothing is kept. */
const storage = <T>(work: (storage: Storage) => T) => {
  try {
    return work(localStorage);
  } catch {
    return null;
  }
};

/** Starts on this page; once is enough. */
export function start({ campaign, edge = location.origin, budget = 150, key = "", adapters = true }: Options): Apropos {
  const store = `apropos:${campaign}:`;
  /** What is stored stands under the consent that it needs, and goes with it. */
  const visit = () => `${store}${consent.personalization ? "personalization" : consent.measurement && "measurement"}:visit`;
  const gpc = !!navigator.globalPrivacyControl;
  const consent: Consent = { personalization: false, measurement: false, gpc };
  const outbox: SegmentEvent[] = [];
  const parts: Record<string, true> = {};
  let Page: (new (bundle: Uint8Array) => Engine) | undefined;
  let engine: Engine | undefined;
  let brief: Uint8Array | undefined;
  let decision: PageDecision | undefined;
  let events: SegmentEvent[] = [];
  let token = "";
  let joining: Promise<void> | undefined;
  let timer = 0;
  let told = false;

  const fail = (error: unknown) => {
    told ||= (console.debug("apropos:", error), true);
  };
  /** `work` as something to be called by the page: it never throws. */
  const safely = <A extends unknown[]>(work: (...args: A) => unknown) => (...args: A): void => {
    try {
      Promise.resolve(work(...args)).catch(fail);
    } catch (error) {
      fail(error);
    }
  };
  const emit = <K extends keyof Events>(name: K, detail: Events[K]) => document.dispatchEvent(new CustomEvent(name, { detail }));

  // --- the view

  let here = "";
  let paged = false;

  /** The mail's token leaves the address at once; what it leads to is asked for, and of the person only with consent. */
  const takeToken = () => {
    const found = /[?&]apropos=([^&]*)/.exec(location.search);
    if (!found) return;
    token = found[1]!;
    history.replaceState(history.state, "", location.pathname + location.search.replace(found[0], "").replace(/^&/, "?") + location.hash);
    join();
  };
  const address = () => location.pathname + location.search;
  const look = () => {
    takeToken();
    if (address() === here) slots.update();
    else view();
  };
  const view = () => {
    host.before = host.seconds(true);
    here = address();
    paged = false;
    slots.view();
    decide();
    if (engine) setTimeout(safely(page), 50); // the address comes before what stands there
  };

  // --- events

  const soon = () => (timer ||= setTimeout(safely(() => decide()), 50));
  const send = (type: SegmentEvent["type"], fields: Partial<SegmentEvent>) => {
    const messageId = crypto.getRandomValues(new Uint32Array(4)).join("-");
    const event: SegmentEvent = { type, messageId, timestamp: new Date().toISOString(), ...fields };
    events = [...events, event].slice(-REMEMBERED);
    if (consent.measurement) outbox.push(event);
    hear(event);
    emit("apropos:track", event);
    soon();
    return event.messageId;
  };
  const hear = ({ type, event = "", properties = {}, timestamp }: SegmentEvent) => engine?.track(type, event, properties, Date.parse(timestamp));
  /** Once per view, whoever tells it. */
  const page = (...args: unknown[]) => {
    if (paged) return;
    paged = true;
    const [name, category = document.querySelector<HTMLElement>("[data-apropos-category]")?.dataset["aproposCategory"]] = args.filter((arg) => typeof arg === "string").reverse();
    const duration = host.before || undefined; // of the view before: each is told once it is over
    send("page", { ...(name && { name }), properties: { path: location.pathname, title: document.title, category, duration, ...(args.find((arg) => typeof arg === "object") as object) } });
  };

  // --- the engine

  const recall = (): Kept | undefined => {
    const kept = storage((storage) => JSON.parse(storage.getItem(visit()) ?? "null") as Kept | null);
    return kept && kept.until > Date.now() ? kept : undefined;
  };
  /** Leaves the visit for the next page, as far as the visitor agrees. */
  const save = () => {
    const state = engine?.state();
    if (!state) return;
    const kept: Kept = { state, seconds: host.seconds(), until: Date.now() + KEPT };
    host.saved = storage((storage) => storage.setItem(visit(), JSON.stringify(kept))) !== null;
    if (host.saved) events = [];
  };
  const allow = () => engine!.consent(consent.personalization, consent.measurement, gpc, Date.now());
  const arm = (bytes: Uint8Array) => {
    engine = new Page!(bytes);
    host.bundle = bytes;
    engine.place(zone(), -new Date().getTimezoneOffset(), navigator.languages.join(), navigator.userAgent);
    allow();
    const kept = recall();
    if (kept && engine.restore(kept.state)) host.before ||= kept.seconds;
    events.forEach(hear);
    if (brief) engine.join(brief, Date.now());
    if (engine.asks && !joining) join();
  };
  /** Nothing can be decided: the page's own content. */
  const stop = (error: unknown) => {
    engine = host.bundle = decision = undefined;
    slots.decide(undefined, true);
    fail(error);
  };
  const decide = (force?: boolean) => {
    clearTimeout(timer);
    timer = 0;
    if (!engine) return;
    try {
      decision = JSON.parse(engine.decide(Date.now())) as PageDecision;
    } catch (error) {
      Page = undefined; // it trapped, and what is left of it can't be trusted
      return stop(error);
    }
    emit("apropos:decision", decision);
    slots.decide(decision, force);
    save();
  };
  // --- consent

  /** What the mail's link promised, and with consent to personalization what of the visitor may be used here. */
  const ask = async () => {
    const personal = consent.personalization;
    const answer = await fetch(`${edge}p/${campaign}/visit`, { method: "POST", body: JSON.stringify({ token, personal }), credentials: "omit" });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    // there may be nothing to tell; and consent may be another by now
    if (answer.status !== 200 || personal !== consent.personalization) return;
    brief = bytes;
    if (engine?.join(brief, Date.now())) decide();
  };
  const join = () => (joining = ask().catch(fail));
  const agree = (choice: Choice) => {
    const was = { ...consent };
    for (const purpose of ["personalization", "measurement"] as const) {
      consent[purpose] = (!gpc && choice[purpose]) ?? consent[purpose];
      if (gpc || choice[purpose] === false) storage((storage) => Object.keys(storage).forEach((name) => name.startsWith(store + purpose) && storage.removeItem(name)));
    }
    const { personalization, measurement } = consent;
    const joins = personalization && !was.personalization;
    if (measurement) part("measure");
    else outbox.length = 0;
    if (!personalization && was.personalization) {
      host.saved = false;
      brief = undefined;
      slots.decide(undefined, true);
    }
    if (engine) (joins || (measurement && !was.measurement)) && recall() ? arm(host.bundle!) : allow();
    if (joins && token) join();
    emit("apropos:consent", { ...consent });
    soon();
  };

  // --- the rest

  const part = (name: string, failed = fail) => {
    if (parts[name]) return;
    parts[name] = true;
    bring(edge, `apropos/${name}.js`).then((module) => (module as { default(host: Host): void }).default(host)).catch(failed);
  };
  const adapt = () => {
    if (adapters && ("__tcfapi" in window || "dataLayer" in window)) part("consent");
  };

  edge = new URL(".", edge).href;
  const inputs = () => ({ engine, brief, events });
  const host: Host = { edge, campaign, store, key, consent, outbox, shown: new Map(), saved: false, bundle: undefined, inputs, recall, save, arm, decide, stop, look, view, before: 0, seconds: () => 0, animate: (change) => change(), send, emit, fail };
  const slots = makeSlots(host, budget);
  takeToken();
  here = address();

  /** Between two pieces of work, for whoever scrolls meanwhile. */
  const pause = (wait = 0) => new Promise((done) => setTimeout(done, wait));

  const ready = (async () => {
    const [loaded, bytes] = await Promise.all([loadEngine(edge), loadBundle(edge, campaign)]);
    Page = loaded;
    page(); // told before anything is promised: a visit's first page is no change of mind
    arm(bytes);
    await Promise.race([joining ?? pause(), pause(budget)]);
    decide();
    part("session", stop); // what could not be taken back is not shown
    return decision;
  })().catch(stop) as Promise<PageDecision | undefined>;

  new MutationObserver(safely(look)).observe(document, { childList: true, subtree: true });
  addEventListener("load", safely(adapt));
  adapt();
  if (/[?&]apropos_debug/.test(location.search)) part("debug");

  const api: Apropos = {
    get decision() {
      return decision;
    },
    ready,
    track: safely((event: string, properties = {}) => send("track", { event, properties })),
    identify: safely((id: unknown, traits: Record<string, unknown> = {}) => send("identify", typeof id === "string" ? { userId: id, traits } : { traits: (id as typeof traits) ?? traits })),
    page: safely(page),
    consent: safely(agree),
    push: safely(([name, ...args]: Call) => (api[name] as (...args: unknown[]) => void)(...args)),
  };
  host.api = api;
  return api;
}
