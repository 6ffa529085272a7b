// What a page sees of this package, and what the parts of it see of each other. Types only.
import type { SegmentEvent } from "./event.js";
import type { PageDecision, SlotDecision } from "./types.js";

/** What the visitor agrees to. What is left out stays as it is. */
export interface Choice {
  /** Use what is known of them for what they see, and keep the visit in this browser. */
  personalization?: boolean;
  /** Tell the shop what was seen and done. */
  measurement?: boolean;
}

/** What holds now. Global Privacy Control is a no to both, whatever was chosen. */
export interface Consent extends Required<Choice> {
  gpc: boolean;
}

export interface Options {
  campaign: string;
  /** The Worker's origin, where this script came from; the page's own when left out. */
  edge?: string;
  /** For how many milliseconds a slot may wait for the decision; 150 when left out. */
  budget?: number;
  /** Segment's write key, sent with every batch. */
  key?: string;
  /** `false`: consent is told by `consent` alone, and neither TCF nor Google's consent mode is asked. */
  adapters?: boolean;
}

type Properties = Record<string, unknown>;

/** `window.apropos`, and what `start` gives. Calls never throw. */
export interface Apropos {
  /** The newest decision; none before the first, and after a failure. */
  readonly decision: PageDecision | undefined;
  /** Settles with the first decision, or with nothing when there can't be one. */
  readonly ready: Promise<PageDecision | undefined>;
  /** As Segment's analytics.js has them. */
  track(event: string, properties?: Properties): void;
  identify(id?: string | Properties | null, traits?: Properties): void;
  page(category?: string | Properties, name?: string | Properties, properties?: Properties): void;
  /** To be called whenever the visitor's choice is known or changes. */
  consent(choice: Choice): void;
  /** `push(["track", "Product Viewed"])`: works on the plain array that stands in `window.apropos` before the script is there, too. */
  push(call: Call): void;
}

export type Call =
  | ["track", ...Parameters<Apropos["track"]>]
  | ["identify", ...Parameters<Apropos["identify"]>]
  | ["page", ...Parameters<Apropos["page"]>]
  | ["consent", Choice];

/** What a slot shows now; the variant is `null` when that is the page's own content. */
export interface SlotShown {
  slot: string;
  variant: string | null;
  element: HTMLElement;
}

/** A decided slot was seen: half of it, for a second. */
export interface Exposure extends SlotShown {
  messageId: string;
}

/** Events on `document`. */
export interface Events {
  "apropos:decision": PageDecision;
  "apropos:slot": SlotShown;
  "apropos:exposure": Exposure;
  "apropos:consent": Consent;
  "apropos:track": SegmentEvent;
}

declare global {
  interface DocumentEventMap {
    "apropos:decision": CustomEvent<PageDecision>;
    "apropos:slot": CustomEvent<SlotShown>;
    "apropos:exposure": CustomEvent<Exposure>;
    "apropos:consent": CustomEvent<Consent>;
    "apropos:track": CustomEvent<SegmentEvent>;
  }
  interface Window {
    apropos?: Apropos | Call[];
  }
  interface Navigator {
    globalPrivacyControl?: boolean;
  }
}

/** The engine of one bundle: wasm behind `engine/engine.js`. Moments are milliseconds since 1970. */
export interface Engine {
  readonly campaign: string;
  readonly version: string;
  /** The campaign asks where visitors are, which only the edge can tell. */
  readonly asks: boolean;
  /** Takes a newer bundle for the same visit; false when it is another campaign's, and throws when it can't be used. */
  renew(bundle: Uint8Array): boolean;
  consent(personalization: boolean, measurement: boolean, gpc: boolean, now: number): void;
  place(timezone: string, offsetMinutes: number, languages: string, userAgent: string): void;
  join(brief: Uint8Array, now: number): boolean;
  restore(state: string): boolean;
  state(): string | undefined;
  track(call: string, name: string, properties: object, at: number): boolean;
  decide(now: number): string;
}

/** A slot that shows a variant. */
export interface Shown {
  content: SlotDecision;
  /** Brings the page's own content back. */
  undo(): void;
}

/** What a visit leaves in this browser, with consent. */
export interface Kept {
  state: string;
  /** How long its last view was in sight. */
  seconds: number;
  until: number;
}

/** What the core hands to the parts that are loaded when they are needed. */
export interface Host {
  api?: Apropos;
  edge: string;
  campaign: string;
  /** The first part of names in `localStorage`. */
  store: string;
  key: string;
  consent: Consent;
  /** Events that wait to be sent; filled only with consent to measurement. */
  outbox: SegmentEvent[];
  /** What slots show that isn't the page's own. */
  shown: Map<HTMLElement, Shown>;
  /** This page has left its visit in storage. */
  saved: boolean;
  /** What the engine was given. */
  bundle: Uint8Array | undefined;
  inputs(): { engine: Engine | undefined; brief: Uint8Array | undefined; events: readonly SegmentEvent[] };
  /** The visit in storage. */
  recall(): Kept | undefined;
  save(): void;
  /** A new engine for this bundle, with all that is known and stored; throws when it can't be used. */
  arm(bundle: Uint8Array): void;
  /** Decides; by force, whatever is in sight follows at once. */
  decide(force?: boolean): void;
  /** The page's own content, until there is a bundle again. */
  stop(error: unknown): void;
  /** Looks whether the page is another, or has other slots. */
  look(): void;
  /** The page is another. */
  view(): void;
  /** How long the view before was in sight. */
  before: number;
  /** How long this view was in sight so far, once somebody counts; from now on anew, if so wished. */
  seconds(anew?: boolean): number;
  /** Makes a change before somebody's eyes. */
  animate(change: () => void): void;
  /** Tells an event to the engine and, with consent, to the edge; gives its id. */
  send(type: SegmentEvent["type"], fields: Partial<SegmentEvent>): string;
  emit<K extends keyof Events>(name: K, detail: Events[K]): void;
  fail(error: unknown): void;
}
