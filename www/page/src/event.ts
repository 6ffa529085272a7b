// What happens on a page, as it is heard, kept and sent.

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
