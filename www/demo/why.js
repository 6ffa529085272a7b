// What a marketer reads beside the mail: what was decided, why, what it had to pass, what was known, what else was possible.
import { h, icon } from "./dom.js";

export const OUTCOMES = {
  show: ["Chosen for them", "check"], suppress: ["Nothing, on purpose", "quiet"], hold_out: ["Held out, to measure", "hold"], fall_back: ["The default", "back"],
};
const NAMES = {
  days_since_purchase: "Days since a purchase", purchases: "Orders so far", purchase_value: "Spent so far", discount_share: "Bought at a discount", cart_value: "Cart value", cart_items: "Things in the cart",
  hours_since_cart: "Hours since the cart", product_views: "Products looked at", days_since_visit: "Days since a visit", sessions: "Visits", dwell_minutes: "Minutes on the site", info_views: "Trust pages read",
  page_value: "Worth of the pages seen", days_since_open: "Days since an open", days_since_click: "Days since a click", opens: "Mails opened", clicks: "Mails clicked", unanswered: "Mails left unanswered", tenure_days: "Days with us",
  stage: "Stage", local_hour: "Their hour of day", weekday: "Weekday", weekend: "Weekend", device: "Device", os: "System", client: "Mail program", country: "Country", language: "Language", fetcher: "Opened by",
  recent_purchase: "Recent purchase", frequency: "How often", consent: "Consent", kill_switch: "Switched on", quiet_hours: "Quiet hours", data_age: "Fresh data",
};
const SLOTS = { hero: "Hero", cta: "Button", offer: "Offer" };
const VERDICTS = { pass: ["check", "passed"], forbid: ["cross", "forbade it"], narrow: ["narrow", "narrowed the choice"] };
const FEW = 6;

export const words = (name) => NAMES[name] ?? title(name);
const title = (id) => { const text = String(id).replaceAll(/[_.-]+/g, " "); return text.charAt(0).toUpperCase() + text.slice(1); };
const percent = (p) => p >= 0.995 && p < 1 ? "> 99 %" : p > 0 && p < 0.005 ? "< 1 %" : `${Math.round(p * 100)} %`;

export function badge(outcome) {
  const [text, picture] = OUTCOMES[outcome] ?? [title(outcome), "lost"];
  return h(`span.badge.${outcome}`, {}, icon(picture), text);
}

export function why(person, mail, currency = "€") {
  const { reasons = [], guardrails = [], signals = [], variants = [] } = mail.explanation ?? {};
  return h("aside.why", { "aria-label": "Why" },
    h("section.card", {}, badge(mail.outcome), h("h2", {}, mail.headline), h("p.story", {}, `${person.name}: ${person.story}`),
      odds(mail.probability)),
    reasons.length > 0 && h("section.card", {}, h("h3", {}, "Why"), h("ul.reasons", {}, reasons.map((text) => h("li", {}, text)))),
    guardrails.length > 0 && h("section.card", {}, h("h3", {}, "Rules it had to pass"), h("ul.rules", {}, guardrails.map(rule))),
    signals.length > 0 && known(signals),
    variants.length > 0 && h("section.card", {}, h("h3", {}, "What was possible"), h("div.options", {}, [...new Set(variants.map((v) => v.slot))].map((slot) => options(slot, variants.filter((v) => v.slot === slot), currency)))));
}

function odds(p) {
  if (!Number.isFinite(p)) return null;
  if (p >= 1) return h("p.odds", {}, "No chance was involved: the rules decided.");
  return h("div.odds", {}, `Probability of this choice: ${percent(p)}, logged with it.`, h("i", { style: `--p:${Math.max(1, p * 100)}%` }));
}

function rule({ name, verdict, note }) {
  const [picture, said] = VERDICTS[verdict] ?? VERDICTS.pass;
  return h(`li.${verdict}`, {}, icon(picture), h("div", {}, h("b", {}, words(name)), h("span.visually-hidden", {}, ` ${said}`), note && h("span", {}, ` · ${note}`)));
}

function known(signals) {
  const sorted = [...signals].sort((a, b) => Math.abs(b.effect ?? 0) - Math.abs(a.effect ?? 0)), most = Math.max(0.01, ...sorted.map((s) => Math.abs(s.effect ?? 0)));
  const list = h("ul.signals", {}, sorted.map((s, i) => h("li", { hidden: i >= FEW }, h("b", {}, words(s.name)), h("em", {}, String(s.value ?? "unknown")),
    h("div.bar", {}, Boolean(s.effect) && h(`i.${s.effect > 0 ? "for" : "against"}`, { style: `--w:${Math.max(1, (Math.abs(s.effect) / most) * 50)}%` })),
    h("span.visually-hidden", {}, effect(s.effect)), s.why && h("small", {}, s.why))));
  const rest = sorted.length - FEW;
  const more = rest > 0 && h("button.more", { type: "button", onclick: () => {
    const first = list.children[FEW];
    for (const item of list.children) item.hidden = false;
    more.remove();
    first.tabIndex = -1;
    first.focus();
  } }, `Show ${rest} more`);
  return h("section.card", {}, h("h3", {}, "What was known, and which way it pushed"), h("div.scale", { "aria-hidden": "true" }, h("span", {}, "less likely to buy"), h("span", {}, "more likely")), list, more);
}

const effect = (value) => (value > 0 ? "makes it more likely" : value < 0 ? "makes it less likely" : "no effect");

function options(slot, variants, currency) {
  const sorted = [...variants].sort((a, b) => (b.probability ?? 0) - (a.probability ?? 0));
  return h("table", {}, h("caption", {}, SLOTS[slot] ?? title(slot)), h("thead.visually-hidden", {}, h("tr", {}, ["Variant", "", "Probability", "Worth"].map((t) => h("th", { scope: "col" }, t)))),
    h("tbody", {}, sorted.map((v) => h(v.chosen ? "tr.chosen" : "tr", {}, h("th", { scope: "row" }, title(v.id), v.chosen && h("span.visually-hidden", {}, " (chosen)")),
      h("td", {}, h("i", { style: `--p:${(v.probability ?? 0) * 100}%` })), h("td", {}, Number.isFinite(v.probability) ? percent(v.probability) : ""), h("td", {}, Number.isFinite(v.utility) ? `${v.utility.toFixed(2)} ${currency}` : "")))));
}
