// The script of a landing page: loads the engine and the campaign, tells it what happens, and lets slots follow what it decides.
//
// Nothing here can break a page: whatever fails, its own content stands. Without consent nothing is stored, nothing about the visitor is asked for or sent, and what
// the engine knows is this visit's memory. What is needed rarely comes in files of its own, when it is: `session`, `measure`, `consent`, `debug`.
import type { Apropos, Call, Choice, Consent, Engine, Events, Host, Kept, Options } from "./api.js";
import { bring, loadBundle, loadEngine } from "./engine.js";
import { makeSlots } from "./slots.js";
import type { PageDecision, SegmentEvent } from "./types.js";

export type * from "./api.js";
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
  const gpc = !!navigator.globalPrivacyControl;
  const consent: Consent = { personalization: false, measurement: false, gpc };
  const outbox: SegmentEvent[] = [];
  const parts: Record<string, true> = {};
  let Page: (new (bundle: Uint8Array) => Engine) | undefined;
  let engine: Engine | undefined;
  let bundle: Uint8Array | undefined;
  let brief: Uint8Array | undefined;
  let decision: PageDecision | undefined;
  let events: SegmentEvent[] = [];
  let token = "";
  let joining: Promise<void> | undefined;
  let timer = 0;
  let told = false;

  const fail = (error: unknown) => {
    if (!told) console.debug("apropos:", error);
    told = true;
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

  // --- the view: the address, and how long it is looked at

  let here = "";
  let paged = false;
  let seconds = 0;
  let before = 0;
  let since = performance.now();

  /** The mail's token leaves the address at once; it is used only with consent. */
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
  /** The seconds that this view was in sight; what passed since the last look at it can be left out. */
  const stopwatch = (away?: boolean) => {
    const now = performance.now();
    if (!away) seconds += (now - since) / 1000;
    since = now;
    return Math.round(seconds);
  };
  const view = () => {
    before = stopwatch();
    seconds = 0;
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
    engine?.track(JSON.stringify(event), Date.now());
    emit("apropos:track", event);
    soon();
    return event.messageId;
  };
  /** Once per view, whoever tells it. */
  const page = (...args: unknown[]) => {
    if (paged) return;
    paged = true;
    const [name, category = document.querySelector<HTMLElement>("[data-apropos-category]")?.dataset["aproposCategory"]] = args.filter((arg) => typeof arg === "string").reverse();
    const duration = before || undefined; // of the view before: each is told once it is over
    send("page", { ...(name && { name }), properties: { path: location.pathname, title: document.title, category, duration, ...(args.find((arg) => typeof arg === "object") as object) } });
  };

  // --- the engine

  const recall = (): Kept | undefined => {
    const kept = storage((storage) => JSON.parse(storage.getItem(`${store}personalization`) ?? "null") as Kept | null);
    return kept && kept.until > Date.now() ? kept : undefined;
  };
  const save = () => {
    const state = consent.personalization && engine?.state(Date.now());
    if (!state) return;
    const kept = JSON.stringify({ state, seconds: stopwatch(), until: Date.now() + KEPT } satisfies Kept);
    host.saved = storage((storage) => storage.setItem(`${store}personalization`, kept)) !== null;
  };
  /** What this page knows, to an engine that may know some of it. */
  const tell = () => {
    if (!engine) return;
    const now = Date.now();
    engine.consent(consent.personalization, consent.measurement, gpc);
    const kept = consent.personalization && recall();
    if (kept && engine.restore(kept.state, now)) before ||= kept.seconds;
    for (const event of events) engine.track(JSON.stringify(event), now);
    if (brief) engine.join(brief, now);
  };
  const arm = (bytes: Uint8Array) => {
    engine = new Page!(bytes);
    bundle = bytes;
    engine.place(zone(), -new Date().getTimezoneOffset(), navigator.languages.join(), navigator.userAgent);
    tell();
  };
  /** Nothing can be decided: the page's own content. */
  const stop = (error: unknown) => {
    engine = bundle = decision = undefined;
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

  const join = () => {
    if (!token || !consent.personalization) return;
    const body = JSON.stringify({ token });
    token = "";
    joining = (async () => {
      const answer = await fetch(`${edge}p/${campaign}/visit`, { method: "POST", body, credentials: "omit" });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      // there may be nothing to join; and consent may be gone again
      if (answer.status !== 200 || !consent.personalization) return;
      brief = bytes;
      if (engine?.join(brief, Date.now())) decide();
    })().catch(fail);
  };
  const agree = (choice: Choice) => {
    const was = consent.personalization;
    for (const purpose of ["personalization", "measurement"] as const) {
      const says = !gpc && choice[purpose];
      consent[purpose] = says ?? consent[purpose];
      if (says === false) storage((storage) => storage.removeItem(store + purpose));
    }
    if (consent.measurement) part("measure");
    else outbox.length = 0;
    if (was && !consent.personalization) {
      events = [];
      brief = undefined;
      host.saved = false;
      slots.decide(undefined, true);
      if (bundle) arm(bundle);
    } else tell();
    join();
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
  const inputs = () => ({ engine, bundle, brief, events });
  const host: Host = { edge, campaign, store, key, consent, outbox, shown: new Map(), saved: false, inputs, recall, save, tell, arm, decide, stop, look, view, stopwatch, send, emit, fail };
  const slots = makeSlots(host, budget);
  takeToken();
  here = address();

  /** Between two pieces of work, for whoever scrolls meanwhile. */
  const pause = (wait = 0) => new Promise((done) => setTimeout(done, wait));

  const ready = (async () => {
    const [loaded, bytes] = await Promise.all([loadEngine(edge), loadBundle(edge, campaign)]);
    Page = loaded;
    arm(bytes);
    await Promise.race([joining ?? pause(), pause(budget)]);
    page();
    await pause();
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
