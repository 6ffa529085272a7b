// What was seen and done, sent to the edge. Loaded once the visitor agrees to measurement, and of no effect when they withdraw it.
//
// A decided slot is seen when half of it was in sight for a second: "Promotion Viewed". A click on a link in it is "Promotion Clicked". A slot whose content isn't what was decided
// (it came too late, or wouldn't fit) says nothing. Events leave in batches; what couldn't be sent is tried again, from memory and, with consent still there,
// from storage at the next visit. Every event has an id, so that one that arrives twice counts once.
import type { Host } from "./api.js";
import { SLOTS, slotName } from "./slots.js";
import type { SegmentEvent } from "./event.js";

const SEEN = 1000;
const WAIT = 5000;
const LONGEST_WAIT = 60_000;
const KEPT = 30 * 864e5;
/** Below what a beacon may hold, 64 KB. */
const BATCH = { events: 50, chars: 40_000 };

type Log = { id: string; events: SegmentEvent[]; until: number };

export default function measure(host: Host): void {
  const { consent, outbox, fail } = host;
  const api = host.api!;
  const store = `${host.store}measurement:events`;
  const url = `${host.edge}v1/batch`;
  const kept = read(store);
  const id = kept?.id ?? crypto.randomUUID?.() ?? String(Math.random()).slice(2);
  outbox.unshift(...(kept?.events ?? []));
  keep([]);

  function keep(events: SegmentEvent[]): void {
    try {
      if (consent.measurement) localStorage.setItem(store, JSON.stringify({ id, events, until: Date.now() + KEPT } satisfies Log));
    } catch (error) {
      fail(error);
    }
  }

  // --- out

  let timer = 0;
  let wait = WAIT;
  let sending = false;

  const next = () => {
    let chars = 0;
    const fits = outbox.findIndex((event, at) => at >= BATCH.events || ((chars += JSON.stringify(event).length) > BATCH.chars && at > 0));
    return outbox.slice(0, fits < 0 ? outbox.length : fits);
  };
  const done = (batch: SegmentEvent[]) => {
    for (const event of batch) if (outbox.includes(event)) outbox.splice(outbox.indexOf(event), 1);
  };
  /** What the visitor allows, as the Segment spec has it: the edge keeps nothing else. */
  const allowed = () => ({ consent: { categoryPreferences: { personalization: consent.personalization, measurement: consent.measurement } } });
  const body = (batch: SegmentEvent[]) =>
    JSON.stringify({ writeKey: host.key, sentAt: new Date().toISOString(), batch: batch.map((event) => ({ anonymousId: id, context: allowed(), ...event })) });
  const later = () => (timer ||= setTimeout(() => { timer = 0; void flush(); }, wait));

  async function flush(): Promise<void> {
    if (sending || !outbox.length || !consent.measurement) return;
    sending = true;
    const batch = next();
    try {
      // as plain text: no question to the edge beforehand
      const answer = await fetch(url, { method: "POST", body: body(batch), keepalive: true, credentials: "omit" });
      if (answer.status >= 500 || answer.status === 429) throw answer.status;
      done(batch);
      wait = WAIT;
    } catch {
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
    sending = false;
    if (outbox.length) later();
  }
  /** The page may not come back. */
  function part(): void {
    if (!consent.measurement) return;
    while (outbox.length && navigator.onLine) {
      const batch = next();
      if (!navigator.sendBeacon(url, body(batch))) break;
      done(batch);
    }
    keep(outbox);
  }
  document.addEventListener("apropos:track", later);
  document.addEventListener("visibilitychange", () => document.hidden && part());
  addEventListener("pagehide", part);
  addEventListener("online", () => void flush());

  // --- seen, clicked

  /** Of the decision that chose what is shown; those after it may only have let it stand. */
  let line = api.decision?.line;
  let assembly = "";
  const chosen = () => {
    const { slots, line: newest } = api.decision ?? {};
    const now = JSON.stringify(slots?.map(({ variant }) => variant));
    if (now !== assembly || !line || !newest) line = newest;
    assembly = now;
  };
  document.addEventListener("apropos:decision", chosen);
  chosen();
  const seen = new Set<string>();
  const waiting = new Map<Element, number>();
  /** What to tell of a slot; nothing when its content isn't what was decided. */
  const promotion = (element: HTMLElement) => {
    const { decision } = api;
    const slot = slotName(element);
    const decided = decision?.slots.find((each) => each.slot === slot);
    if (!decision || !line || !decided) return undefined;
    const own = decision.outcome !== "show" || decided.fallback || decided.variant === null;
    const variant = host.shown.get(element)?.content.variant ?? null;
    if (variant !== (own ? null : decided.variant)) return undefined;
    const properties = { promotion_id: decision.campaign, position: slot, creative: decided.variant, apropos: line };
    return { slot, variant, properties, key: JSON.stringify([slot, variant, decision.version]) };
  };
  const isSeen = (element: HTMLElement) => {
    waiting.delete(element);
    const told = consent.measurement && element.isConnected && !document.hidden && promotion(element);
    if (!told || seen.has(told.key)) return;
    seen.add(told.key);
    const messageId = host.send("track", { event: "Promotion Viewed", properties: told.properties });
    host.emit("apropos:exposure", { slot: told.slot, variant: told.variant, element, messageId });
  };
  const eye = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting, intersectionRatio } of entries) {
      clearTimeout(waiting.get(target));
      waiting.delete(target);
      if (isIntersecting && intersectionRatio >= 0.5) waiting.set(target, setTimeout(() => isSeen(target as HTMLElement), SEEN));
    }
  }, { threshold: [0.5] });
  /** Looks anew, since what it shows or who looks has changed. */
  const watch = (element: Element) => {
    eye.unobserve(element);
    eye.observe(element);
  };
  const watchAll = () => [...document.querySelectorAll(SLOTS)].filter((element) => !waiting.has(element)).forEach(watch);
  document.addEventListener("apropos:slot", ({ detail }) => watch(detail.element));
  document.addEventListener("apropos:decision", watchAll);
  document.addEventListener("visibilitychange", () => document.hidden || watchAll());
  document.addEventListener("apropos:track", ({ detail }) => {
    if (detail.type === "page") seen.clear(); // another view
  });
  document.addEventListener("click", ({ target }) => {
    const link = consent.measurement && target instanceof Element && target.closest("a[href]");
    const element = link && (link.closest<HTMLElement>(SLOTS) ?? undefined);
    const told = element && promotion(element);
    if (told) host.send("track", { event: "Promotion Clicked", properties: told.properties });
  }, true);
  watchAll();
  if (outbox.length) later();
}

function read(store: string): Log | undefined {
  try {
    const log = JSON.parse(localStorage.getItem(store) ?? "null") as Log | null;
    return log && log.until > Date.now() && Array.isArray(log.events) ? log : undefined;
  } catch {
    return undefined;
  }
}
