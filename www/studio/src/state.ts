// What the studio is looking at: the campaign, the text that decides, what is known while it runs; and what is being looked at, which stands in the address so that it can be shared.
import { computed, effect, signal } from "@preact/signals";
import { ask, perhaps, secret } from "./api.js";
import { engine, type Engine, type Module, type Question } from "./engine.js";

// --- where we are

export const PAGES = ["preview", "why", "author", "results", "model", "people"] as const;
export type Page = (typeof PAGES)[number];

/** One way of opening the mail. Empty texts: not told. */
export interface Pane {
  /** A recipient's id; empty for a stranger; `{…}` for somebody described here, as an import writes them. */
  who: string;
  opener: string;
  place: string;
  /** The moment in UTC; empty for now. */
  at: string;
  /** What is known while the campaign runs; empty for what the Worker knows. */
  live: string;
  /** The visit that is going on, of a page: how many acts of each kind. */
  session: string;
}
export interface View { width: "desktop" | "phone"; scheme: "light" | "dark"; images: boolean; grid: boolean; pane: number }

const EMPTY: Pane = { who: "", opener: "outlook", place: "", at: "", live: "", session: "" };
const PLAIN: View = { width: "desktop", scheme: "light", images: true, grid: false, pane: 0 };

export const page = signal<Page>("preview");
export const campaign = signal("");
export const panes = signal<Pane[]>([EMPTY]);
export const view = signal<View>(PLAIN);
/** Of the page's own: whom People looks at. */
export const detail = signal("");

const packed = (thing: unknown) => btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(thing)))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const unpacked = (text: string): unknown => JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0))));
/** Only what differs from the usual goes into the address. */
const brief = <T extends object>(thing: T, usual: T) => Object.fromEntries(Object.entries(thing).filter(([key, value]) => value !== usual[key as keyof T]));

export function address(to: Page = page.value, of = detail.value): string {
  const state = { panes: panes.value.map((pane) => brief(pane, EMPTY)), view: brief(view.value, PLAIN) };
  const query = new URLSearchParams({ ...(campaign.value && { c: campaign.value }), ...(to === "people" && of && { id: of }), s: packed(state) });
  return `#/${to}?${query}`;
}

function read(): void {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const asked = new URLSearchParams(query);
  page.value = PAGES.find((known) => known === path) ?? "preview";
  detail.value = asked.get("id") ?? "";
  const id = asked.get("c");
  if (id) campaign.value = id;
  try {
    const state = unpacked(asked.get("s") ?? "") as { panes?: Partial<Pane>[]; view?: Partial<View> };
    if (Array.isArray(state.panes) && state.panes.length) panes.value = state.panes.slice(0, 4).map((pane) => ({ ...EMPTY, ...pane }));
    view.value = { ...PLAIN, ...state.view };
  } catch { /* an address without a state */ }
}
read();
addEventListener("hashchange", () => { if (location.hash !== address()) read(); });
effect(() => {
  const next = address();
  if (location.hash !== next) history.replaceState(null, "", next);
});
export function go(to: Page, of = ""): void {
  detail.value = of;
  page.value = to;
  history.pushState(null, "", address(to, of));
}

export const change = (at: number, more: Partial<Pane>): void => { panes.value = panes.value.map((pane, i) => (i === at ? { ...pane, ...more } : pane)); };
export const look = (more: Partial<View>): void => { view.value = { ...view.value, ...more }; };

// --- the campaign

export interface Listed { id: string; name: string; version?: string; published_at?: string; published_by?: string; paused?: boolean }
export const campaigns = signal<Listed[] | undefined>(undefined);
/** What is published, and what is being written instead; both as text. */
export const published = signal("");
export const draft = signal<string | undefined>(undefined);
export const text = computed(() => draft.value ?? published.value);
export const trouble = signal<Error | undefined>(undefined);
export const live = signal<unknown>(undefined);
export const learned = signal<unknown>(undefined);
export const feeds = signal<Record<string, unknown>>({});

const RECENT = "apropos-campaigns";
const recent = (): string[] => { try { return JSON.parse(localStorage.getItem(RECENT) ?? "[]") as string[]; } catch { return []; } };

/** The campaigns there are. A Worker that doesn't list them: those that were opened here. */
export async function list(): Promise<void> {
  const answer = await perhaps<{ campaigns: Listed[] }>("/v1/campaigns");
  const known = recent();
  campaigns.value = answer?.campaigns ?? known.map((id) => ({ id, name: id }));
  if (!campaign.value) campaign.value = campaigns.value[0]?.id ?? (await people()).campaign;
}

export async function open(id: string): Promise<void> {
  trouble.value = undefined;
  published.value = "";
  draft.value = undefined;
  if (!id) return;
  try {
    const document = await ask(`/v1/campaigns/${encodeURIComponent(id)}`);
    const [known, taught] = await Promise.all([perhaps(`/v1/campaigns/${id}/live`), perhaps(`/v1/campaigns/${id}/learned`)]);
    const names = Object.keys((JSON.parse(document) as { feeds?: object }).feeds ?? {});
    const told = await Promise.all(names.map(async (name) => [name, await perhaps(`/v1/feeds/${name}`)] as const));
    if (campaign.value !== id) return;
    live.value = known;
    learned.value = taught;
    feeds.value = Object.fromEntries(told.filter(([, feed]) => feed));
    published.value = document;
    localStorage.setItem(RECENT, JSON.stringify([id, ...recent().filter((other) => other !== id)].slice(0, 12)));
  } catch (error) {
    trouble.value = error as Error;
  }
}
effect(() => { if (secret.value) void list().catch((error: Error) => (trouble.value = error)); });
effect(() => { if (secret.value) void open(campaign.value); });

// --- the engine

export const core = signal<Module | undefined>(undefined);
void engine().then((module) => (core.value = module), (error: Error) => (trouble.value = new Error(`The engine couldn’t be loaded: ${error.message}. Reload the page; if that doesn’t help, build it: cargo xtask browser.`)));

/** The text that decides, made ready; when it has problems the last that had none. */
let last: Engine | undefined;
export const deciding = computed<Engine | undefined>(() => {
  const module = core.value, source = text.value;
  if (!module || !source) return (last = undefined);
  try {
    last = new module.Engine(source);
  } catch { /* the editor shows the problems */ }
  return last;
});
export const currency = computed(() => {
  try { return (JSON.parse(text.value) as { value?: { currency?: string } }).value?.currency ?? "EUR"; } catch { return "EUR"; }
});

// --- recipients

export interface Held { recipient: string; subject?: string; profile?: Record<string, unknown>; first_opens?: { campaign: string; at: string }[]; links?: { campaign: string; lands_on: string; at: string }[]; shown?: { campaign: string | number; at: string; counted: boolean; probability: number; sight: unknown }[]; [more: string]: unknown }
export const held = signal<Record<string, Held | Error>>({});
const asked = new Set<string>();
/** What is held of a recipient; fetched when somebody asks. */
export function recipient(id: string): Held | Error | undefined {
  const known = held.value[id];
  if (!known && !asked.has(id)) {
    asked.add(id);
    void (async () => {
      try {
        const found = await perhaps<Held>(`/v1/recipients/${encodeURIComponent(id)}`);
        held.value = { ...held.value, [id]: found ?? new Error(`Nobody is known as “${id}”. Ids are those of your import.`) };
      } catch (error) {
        held.value = { ...held.value, [id]: error as Error };
      } finally {
        asked.delete(id);
      }
    })();
  }
  return known;
}

interface Cast { campaign: string; openers: { name: string; label: string }[]; personas: { id: string; name: string; story: string }[] }
let cast: Promise<Cast> | undefined;
/** The demo's people, where the demo was switched on; nobody elsewhere. */
export function people(): Promise<Cast> {
  const nobody: Cast = { campaign: "", openers: [], personas: [] };
  cast ??= (async () => {
    const there = await fetch("/demo/mailbox.json").catch(() => undefined);
    if (!there?.ok) return nobody;
    return (await (await fetch("/demo/personas.json")).json()) as Cast;
  })();
  return cast;
}

// --- places

/** Where somebody may be: what a request from there tells. */
export const PLACES: Record<string, { label: string; country: string; timezone: string; coordinates: [number, number]; language: string }> = {
  zagreb: { label: "Zagreb", country: "HR", timezone: "Europe/Zagreb", coordinates: [45.81, 15.98], language: "hr" },
  london: { label: "London", country: "GB", timezone: "Europe/London", coordinates: [51.51, -0.13], language: "en-GB" },
  berlin: { label: "Berlin", country: "DE", timezone: "Europe/Berlin", coordinates: [52.52, 13.4], language: "de" },
  helsinki: { label: "Helsinki", country: "FI", timezone: "Europe/Helsinki", coordinates: [60.17, 24.94], language: "fi" },
  lagos: { label: "Lagos", country: "NG", timezone: "Africa/Lagos", coordinates: [6.52, 3.38], language: "en" },
  dubai: { label: "Dubai", country: "AE", timezone: "Asia/Dubai", coordinates: [25.2, 55.27], language: "ar" },
  mumbai: { label: "Mumbai", country: "IN", timezone: "Asia/Kolkata", coordinates: [19.08, 72.88], language: "hi" },
  singapore: { label: "Singapore", country: "SG", timezone: "Asia/Singapore", coordinates: [1.35, 103.82], language: "en-SG" },
  tokyo: { label: "Tokyo", country: "JP", timezone: "Asia/Tokyo", coordinates: [35.68, 139.69], language: "ja" },
  sydney: { label: "Sydney", country: "AU", timezone: "Australia/Sydney", coordinates: [-33.87, 151.21], language: "en-AU" },
  "sao-paulo": { label: "São Paulo", country: "BR", timezone: "America/Sao_Paulo", coordinates: [-23.55, -46.63], language: "pt-BR" },
  "new-york": { label: "New York", country: "US", timezone: "America/New_York", coordinates: [40.71, -74.01], language: "en-US" },
  "mexico-city": { label: "Mexico City", country: "MX", timezone: "America/Mexico_City", coordinates: [19.43, -99.13], language: "es-MX" },
  "los-angeles": { label: "Los Angeles", country: "US", timezone: "America/Los_Angeles", coordinates: [34.05, -118.24], language: "en-US" },
};

export interface Place { label: string; country: string; timezone: string; coordinates: [number, number]; language: string; city?: string }
/** A place by its name, or a point of the map as `45.8,15.9`, of which country and zone are those of the nearest that has a name. */
export function placed(text: string): Place | undefined {
  const known = PLACES[text];
  if (known) return { ...known, city: known.label };
  const [lat, lon] = text.split(",").map(Number);
  if (lat === undefined || lon === undefined || Number.isNaN(lat + lon)) return undefined;
  const far = ([a, b]: [number, number]) => Math.hypot(a - lat, Math.min(Math.abs(b - lon), 360 - Math.abs(b - lon)) * Math.cos((lat * Math.PI) / 180));
  const nearest = Object.values(PLACES).reduce((best, one) => (far(one.coordinates) < far(best.coordinates) ? one : best));
  return { ...nearest, coordinates: [lat, lon] };
}

export const OPENERS: readonly (readonly [string, string])[] = [
  ["gmail", "Gmail"], ["apple-mail", "Apple Mail"], ["outlook", "Outlook"], ["phone", "Phone"], ["scanner", "Scanner"], ["page", "A landing page"],
];

// --- what a pane asks

const parsed = (source: string, what: string): unknown => {
  try { return JSON.parse(source); } catch (error) { throw new Error(`${what} is no JSON: ${(error as Error).message}`); }
};

/** The question of a pane; a word on what it waits for, or what is wrong with it. */
export function question(pane: Pane): Question | "waiting" | Error {
  try {
    const { opener, who, at } = pane, place = placed(pane.place), facts: Record<string, unknown> = opener === "page" ? { surface: "page" } : { ...core.value?.opener(opener) };
    if (place) Object.assign(facts, { country: place.country, timezone: place.timezone, coordinates: place.coordinates, ...(place.city && { city: place.city }), accept_language: place.language });
    const asked: Question = { request: facts, now: at ? `${at}:00Z` : Date.now(), live: pane.live ? parsed(pane.live, "What is known while it runs") : live.value, learned: learned.value, feeds: feeds.value };
    for (const key of ["live", "learned"] as const) if (asked[key] === undefined) delete asked[key];
    if (pane.session) {
      const [pages = 0, products = 0, info = 0, price = 0, searches = 0, cart = 0, checkout = 0] = pane.session.split(",").map(Number);
      const now = at ? Date.parse(`${at}:00Z`) : Date.now();
      asked.session = { acts: [pages, products, info, price, searches, cart, checkout], seconds: 60 * pages, start: new Date(now - 60_000 * Math.max(1, pages)).toISOString(), end: new Date(now).toISOString() };
    }
    if (who.startsWith("{")) asked.profile = parsed(who, "What is known of them") as Record<string, unknown>;
    else if (who) {
      const known = recipient(who);
      if (!known) return "waiting";
      if (known instanceof Error) return known;
      asked.profile = { id: who, ...known.profile };
      if (known.subject) asked.subject = known.subject;
      const first = known.first_opens?.find((one) => one.campaign === campaign.value);
      if (first) asked.first_open = first.at;
    }
    return asked;
  } catch (error) {
    return error as Error;
  }
}
