// What the engine answers and what it is told, as the Rust types say it. To be generated from `apropos schema --page`; until then kept by hand, and
// nothing else belongs into this file.

/** What became of a decision. */
export type Outcome = "show" | "suppress" | "hold_out" | "fall_back";

/** What one slot shows. */
export interface SlotDecision {
  slot: string;
  kind: "image" | "text";
  /** The variant's id; `null`: the page's own content stays. */
  variant: string | null;
  /** It is what everybody may see: the page's own content stands. */
  fallback: boolean;
  headline: string;
  subline: string;
  button: string;
  /** A path below the edge's origin. */
  image: string | null;
  alt: string;
  /** Where it leads. */
  url: string;
  width: number;
  height: number;
}

/** One decision about all slots of a page. */
export interface PageDecision {
  campaign: string;
  /** Of the campaign: eight hexadecimal digits. */
  version: string;
  outcome: Outcome;
  /** What took the choice away, when something did. */
  cause: string | null;
  /** How likely this very assembly was. */
  probability: number;
  decided_at: string;
  /** It is what was shown before, by the mail or by this page. */
  held: boolean;
  slots: SlotDecision[];
  /** What a log has to keep of it; only with consent to measurement. */
  line?: Record<string, unknown>;
}

/** One call of the Segment spec. */
export interface SegmentEvent {
  type: "track" | "page" | "identify";
  messageId: string;
  timestamp: string;
  event?: string;
  name?: string;
  userId?: string;
  anonymousId?: string;
  properties?: Record<string, unknown>;
  traits?: Record<string, unknown>;
}
