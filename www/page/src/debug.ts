// `?apropos_debug`: what each slot was given and shows, why, and what it would be elsewhere. For whoever builds the page; visitors never load it.
//
// What is decided is read from the page's own engine. The reasons come from the full one (`/pkg/`), which reads a campaign's document: the tag names it by
// `data-apropos-document`, or it is chosen here from a file. Both are asked as if the visitor's device, hour, language or country were another, the page's own engine as far as pages can
// tell (not the country). The full one knows the context and no visit.
import type { Host } from "./api.js";
import { bring } from "./engine.js";
import { SLOTS, slotName } from "./slots.js";
import type { SlotDecision } from "./types.js";

type Report = {
  outcome: string;
  reasons: string[];
  guardrails: { name: string; verdict: string; note: string }[];
  weighed: { slot: string; variants: { id: string; probability: number; utility: number; chosen: boolean }[] }[];
};
type Full = { default(): Promise<unknown>; Engine: new (campaign: string) => { decide(question: unknown): Report } };

const DEVICES: Record<string, string> = {
  phone: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
  tablet: "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
  desktop: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
};

const STYLE = `
  :host { all: initial; --page: #fff; --ink: #131a26; --soft: #475366; --line: #cfd7e3; --sunk: #eef2f7; --mark: #1f43bd; --on: #0d6148; color-scheme: light dark; }
  @media (prefers-color-scheme: dark) { :host { --page: #171d28; --ink: #eaeef5; --soft: #b4bfcf; --line: #35415a; --sunk: #0f141d; --mark: #a9beff; --on: #7be0b6; } }
  * { box-sizing: border-box; }
  section { position: fixed; z-index: 2147483647; right: 12px; bottom: 12px; display: flex; flex-direction: column; width: min(440px, calc(100vw - 24px)); max-height: min(78vh, 760px); border: 1px solid var(--line); border-radius: 14px; background: var(--page); color: var(--ink); font: 14px/1.45 system-ui, sans-serif; box-shadow: 0 18px 50px -18px rgb(0 0 0 / .5); }
  header { display: flex; align-items: center; gap: 10px; padding: 10px 14px; } h2, h3, p, dl, dd, ul { margin: 0; padding: 0; } h2 { flex: 1; font-size: 15px; } h3 { font-size: 13px; color: var(--soft); margin: 16px 0 6px; }
  .body { overflow: auto; padding: 0 14px 14px; border-top: 1px solid var(--line); } .body[hidden] { display: none; }
  button, select, input { font: inherit; color: inherit; background: var(--sunk); border: 1px solid var(--line); border-radius: 8px; padding: 4px 8px; max-width: 100%; }
  :focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
  .what { padding-top: 12px; font-weight: 600; } .soft { color: var(--soft); font-weight: 400; }
  table { width: 100%; border-collapse: collapse; } th, td { text-align: left; vertical-align: top; padding: 4px 8px 4px 0; border-bottom: 1px solid var(--line); font-weight: 400; } thead th { color: var(--soft); font-size: 12.5px; } td.n { text-align: right; font-variant-numeric: tabular-nums; } .on { color: var(--on); font-weight: 650; }
  ul { padding-left: 18px; } .fields { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; } label { display: grid; gap: 3px; color: var(--soft); font-size: 12.5px; } label > * { color: var(--ink); font-size: 14px; }
  .none { color: var(--soft); }`;

type Child = Node | string | undefined;

function make<K extends keyof HTMLElementTagNameMap>(tag: K, more: Record<string, string> = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(more)) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== undefined));
  return node;
}

const percent = (share: number) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

function table(caption: string, heads: string[], rows: Child[][]): HTMLElement {
  const head = make("tr", {}, ...heads.map((text) => make("th", { scope: "col" }, text)));
  const body = rows.map(([first, ...rest]) => make("tr", {}, make("th", { scope: "row" }, first), ...rest.map((cell) => make("td", {}, cell))));
  return make("table", { "aria-label": caption }, make("thead", {}, head), make("tbody", {}, ...body));
}

export default function debug(host: Host): void {
  const place = make("div", { "data-apropos-overlay": "" });
  const root = place.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];

  const told = make("div");
  const reasons = make("div", { "aria-live": "polite" });
  const body = make("div", { class: "body", id: "body", tabindex: "0", role: "region", "aria-label": "Decision" });
  const fold = make("button", { type: "button", "aria-expanded": "true", "aria-controls": "body" }, "Hide");
  fold.addEventListener("click", () => {
    body.hidden = !body.hidden;
    fold.textContent = body.hidden ? "Show" : "Hide";
    fold.setAttribute("aria-expanded", String(!body.hidden));
  });
  root.addEventListener("keydown", (event) => {
    if ((event as KeyboardEvent).key !== "Escape" || body.hidden) return;
    fold.click();
    fold.focus();
  });

  // --- as if it were elsewhere

  const field = (label: string, control: HTMLElement) => make("label", {}, label, control);
  const choice = (names: string[]) => make("select", {}, ...["as it is", ...names].map((name) => make("option", { value: name === "as it is" ? "" : name }, name)));
  const device = choice(Object.keys(DEVICES));
  const hour = choice(Array.from({ length: 24 }, (_, hour) => `${hour}:00`));
  const language = make("input", { placeholder: navigator.language, size: "8", maxlength: "35" });
  const country = make("input", { placeholder: "HR", size: "4", maxlength: "2" });
  const agent = () => DEVICES[device.value] ?? navigator.userAgent;
  const languages = () => language.value.trim() || navigator.languages.join();
  /** How far ahead the visitor's clock is, in minutes. */
  const ahead = () => {
    const own = -new Date().getTimezoneOffset();
    if (!hour.value) return own;
    const minutes = (parseInt(hour.value, 10) - new Date().getHours()) * 60;
    return own + (minutes > 720 ? minutes - 1440 : minutes < -720 ? minutes + 1440 : minutes);
  };
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  /** A zone for the full engine, which reads the hour from one. */
  const zoneAhead = () => (hour.value ? `Etc/GMT${ahead() > 0 ? "-" : "+"}${Math.abs(Math.round(ahead() / 60))}` : zone);
  const suppose = () => {
    if (host.bundle) host.arm(host.bundle); // what stands only by this page's memory need not
    host.inputs().engine?.place(hour.value ? zoneAhead() : zone, ahead(), languages(), agent());
    host.decide(true);
  };

  // --- what was decided, and what is shown

  const shows = ({ slot, variant, fallback }: SlotDecision): Child => {
    const elements = [...document.querySelectorAll<HTMLElement>(SLOTS)].filter((element) => slotName(element) === slot);
    if (!elements.length) return "is not on this page";
    const filled = elements.filter((element) => host.shown.get(element)?.content.variant === variant);
    if (filled.length) return make("span", { class: "on" }, filled.length === elements.length ? "shown" : `shown in ${filled.length} of ${elements.length}`);
    return variant === null || fallback || host.api?.decision?.outcome !== "show" ? "the page’s own content" : "the page’s own content: it came too late, wouldn’t fit, or waits for the next view";
  };
  const draw = () => {
    const decision = host.api?.decision;
    const { personalization, measurement, gpc } = host.consent;
    const consent = gpc ? "Global Privacy Control: no" : `personalization ${personalization ? "yes" : "no"}, measurement ${measurement ? "yes" : "no"}`;
    if (!decision) return told.replaceChildren(make("p", { class: "what" }, "Nothing is decided: the page shows its own content."));
    const { outcome, cause, probability, held, slots, campaign, version } = decision;
    told.replaceChildren(
      make("p", { class: "what" }, `${outcome.replace("_", " ")}${cause ? `, because of ${cause.replaceAll("_", " ")}` : ""} `, make("span", { class: "soft" }, `${percent(probability)} likely${held ? ", as before" : ""}`)),
      make("p", { class: "soft" }, `${campaign} ${version} · ${consent}`),
      make("h3", {}, "Slots"),
      table("Slots", ["Slot", "Variant", "On this page"], slots.map((slot) => [slot.slot, slot.variant ?? "none", shows(slot)])),
    );
  };

  // --- why

  let text: string | undefined;
  let full: Full | undefined;
  const explain = async () => {
    if (!text) return reasons.replaceChildren(make("p", { class: "soft" }, "For the reasons, choose the campaign’s file."));
    try {
      if (!full) {
        full = (await bring(host.edge, "pkg/apropos.js")) as Full;
        await full.default();
      }
      const request = { surface: "page", user_agent: agent(), accept_language: languages(), timezone: zoneAhead(), country: country.value.trim().toUpperCase(), gpc: host.consent.gpc };
      const report = new full.Engine(text).decide({ request, now: Date.now() });
      const weighed = report.weighed.flatMap(({ slot, variants }) =>
        variants.map(({ id, probability, utility, chosen }) => [`${slot}: ${id}`, chosen ? make("span", { class: "on" }, percent(probability)) : percent(probability), utility.toFixed(3)]),
      );
      reasons.replaceChildren(
        make("h3", {}, `Why, for a stranger here: ${report.outcome.replace("_", " ")}`),
        make("ul", {}, ...report.reasons.map((reason) => make("li", {}, reason))),
        ...(weighed.length ? [make("h3", {}, "What was weighed"), table("What was weighed", ["Variant", "Probability", "Worth"], weighed)] : []),
        make("h3", {}, "Rules"),
        table("Rules", ["Rule", "Verdict", "Note"], report.guardrails.filter(({ verdict, note }) => verdict !== "pass" || note).map(({ name, verdict, note }) => [name.replaceAll("_", " "), verdict, note])),
      );
    } catch (error) {
      reasons.replaceChildren(make("p", { role: "alert" }, `The reasons can’t be told: ${(error as Error).message}`));
    }
  };
  const file = make("input", { type: "file", accept: "application/json" });
  file.addEventListener("change", async () => {
    text = await file.files?.[0]?.text();
    await explain();
  });
  const { aproposDocument } = document.querySelector<HTMLScriptElement>("script[data-apropos-campaign]")?.dataset ?? {};
  if (aproposDocument) {
    fetch(new URL(aproposDocument, document.baseURI)).then(async (answer) => {
      if (answer.ok) text = await answer.text();
      return explain();
    }, host.fail);
  }

  for (const control of [device, hour, language, country])
    control.addEventListener("change", () => {
      suppose();
      void explain();
    });
  const heading = make("h2", { id: "title" }, "Apropos");
  body.append(told, make("h3", {}, "As if"), make("div", { class: "fields" }, field("Device", device), field("Hour", hour), field("Language", language), field("Country (reasons only)", country)), make("h3", {}, "Reasons"), field("Campaign file", file), reasons);
  root.append(make("section", { "aria-labelledby": "title" }, make("header", {}, heading, fold), body));
  for (const name of ["apropos:decision", "apropos:slot", "apropos:consent"] as const) document.addEventListener(name, () => setTimeout(draw));
  document.body.append(place);
  draw();
  void explain();
}

