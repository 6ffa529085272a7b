// How things are called and numbers written.

const NAMES: Record<string, string> = {
  cta: "Button", ip: "Address", show: "Shown", suppress: "Nothing, on purpose", hold_out: "Held out, to measure", fall_back: "The default",
  days_since_purchase: "Days since a purchase", purchase_value: "Spent so far", discount_share: "Bought at a discount", cart_items: "Things in the cart",
  hours_since_cart: "Hours since the cart", product_views: "Products looked at", days_since_visit: "Days since a visit", sessions: "Visits", dwell_minutes: "Minutes on the site",
  info_views: "Trust pages read", page_value: "Worth of the pages seen", days_since_open: "Days since an open", days_since_click: "Days since a click", opens: "Mails opened",
  clicks: "Mails clicked", unanswered: "Mails left unanswered", tenure_days: "Days with us", local_hour: "Their hour of day", os: "System", client: "Mail program", fetcher: "Opened by",
  kill_switch: "Switched on", frequency: "How often", gmail_proxy: "Gmail’s proxy", apple_mpp: "Apple Mail Privacy", value: "Not worth it", held: "Left empty before",
};

/** A name of ours, for people. */
export const words = (name: string): string => NAMES[name] ?? plainly(name);
/** The name of a figure, which needs no telling. */
export const plainly = (name: string): string => sentence(name.replaceAll(/[_.-]+/g, " "));
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const percent = (p: number, digits = 0): string =>
  p >= 0.995 && p < 1 && !digits ? "> 99 %" : p > 0 && p < 0.005 && !digits ? "< 1 %" : `${(p * 100).toFixed(digits)} %`;
const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
export const whole = (n: number): string => grouped.format(n);
/** What rounds to nothing has no sign. */
const nothing = (n: number, digits: number) => Number(Math.abs(n).toFixed(digits)) === 0;
export const signed = (n: number, digits = 2): string => `${nothing(n, digits) ? "" : n < 0 ? "−" : "+"}${Math.abs(n).toFixed(digits)}`;
export const money = (n: number, currency: string): string =>
  new Intl.NumberFormat("en", { style: "currency", currency, maximumFractionDigits: Math.abs(n) >= 100 ? 0 : 2 }).format(nothing(n, 2) ? 0 : n).replace("-", "−");

export function told(value: unknown): string {
  if (value === null || value === undefined) return "unknown";
  if (typeof value === "number") return String(Math.round(value * 100) / 100);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" ? value : JSON.stringify(value);
}

const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
/** A moment, by UTC: an operator's clock isn't the recipient's. */
export const when = (at: string | number): string => `${moment.format(new Date(at))} UTC`;
const dayOf = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
export const day = (at: string | number): string => dayOf.format(new Date(at));
