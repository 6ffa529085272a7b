// Written by `apropos schema --page --typescript` from the types in src/page and src/decide: change those, and write this anew.

/** What is done. */
export type Outcome = "show" | "suppress" | "hold_out" | "fall_back";

/** What one slot shows. */
export interface SlotDecision {
  /** What the picture shows. */
  alt: string;
  /** The label of a button. */
  button: string;
  /** It is what everybody may see. */
  fallback: boolean;
  /** The headline of a text. */
  headline: string;
  /** Its height. */
  height: number;
  /** The path of a picture, below the Worker's origin. */
  image: string | null;
  /** What it is filled with. */
  kind: SlotKind;
  /** The slot. */
  slot: string;
  /** The line below it. */
  subline: string;
  /** Where it leads. */
  url: string;
  /** The variant in it; none: the page's own content stays. */
  variant: string | null;
  /** The picture's width in CSS pixels; 0 for a text. */
  width: number;
}

/** What a slot is filled with. */
export type SlotKind = "image" | "text";

/** What a page shows. */
export interface PageDecision {
  /** The campaign. */
  campaign: string;
  /** The guardrail that settled it, `"value"` when nothing was worth more than silence, `"held"` when the message was left empty before. */
  cause: string | null;
  /** When it was decided. */
  decided_at: string;
  /** It is what the mail or this page showed before. */
  held: boolean;
  /** What a log has to keep of it; only with consent to measurement. */
  line?: Record<string, unknown>;
  /** What is done: `show` an assembly; `suppress`, so that the page stays as it is; `hold_out` or `fall_back`, so that the fallbacks are shown. */
  outcome: Outcome;
  /** The probability with which this was chosen. */
  probability: number;
  /** What each slot shows. */
  slots: SlotDecision[];
  /** Its version, as eight hexadecimal digits. */
  version: string;
}
