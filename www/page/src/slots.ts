// Slots: the places of a page that a decision fills. What stands in them when the page loads is what everybody may see, and any doubt leaves it there.
//
// Nothing is ever parsed as HTML: texts become text, addresses are checked, and attributes are those that can't run anything. A slot keeps its height, so nothing
// around it moves.
import type { Host } from "./api.js";
import type { PageDecision, SlotDecision } from "./types.js";

export const SLOTS = "[data-apropos-slot],apropos-slot";
const HARMLESS = /^(alt|title|placeholder|(aria|data)-[a-z-]+)$/;
/** More swaps than this in one view are a quarrel with whatever else writes there, and the other may have it. */
const PATIENCE = 60;

export const slotName = (element: HTMLElement) => element.dataset["aproposSlot"] ?? element.getAttribute("name") ?? "";

const put = (node: Element, name: string, value: string | null) =>
  value === null ? node.removeAttribute(name) : node.setAttribute(name, value);

/** An address of the campaign's, for the page: http(s), or relative to the edge as in a mail. */
function address(url: string, edge: string): string {
  const { protocol, href } = new URL(url, edge);
  if (!/^https?:$/.test(protocol)) throw protocol;
  return href;
}

const first = (root: Element, what: string) => (root.matches(what) ? root : root.querySelector(what));

/** The nearest box that has a height of its own. */
function boxOf(node: HTMLElement): HTMLElement {
  const parent = node.parentElement;
  return parent && /^inline|^contents/.test(getComputedStyle(node).display) ? boxOf(parent) : node;
}

const isBelow = (node: Element) => node.getBoundingClientRect().top >= innerHeight;

/** Fills a slot; gives the way back, or nothing when the content would not fit. Throws at an address that isn't one. */
function fill(root: HTMLElement, content: SlotDecision, edge: string): (() => void) | undefined {
  const steps: (() => void)[] = [];
  // a step is only taken back where nobody else has written since
  const attribute = (node: Element, name: string, value: string | null) => {
    const old = node.getAttribute(name);
    put(node, name, value);
    steps.push(() => node.getAttribute(name) === value && put(node, name, old));
  };
  const text = (node: Element, value: string) => {
    // a link without words could not be told; and a text node stays the one that a framework knows
    if (node.childElementCount || (!value && node.matches("a,button"))) return;
    const old = node.textContent;
    const target: Node = node.childNodes.length === 1 ? node.firstChild! : node;
    target.textContent = value;
    steps.push(() => node.textContent === value && (target.textContent = old));
  };
  const part = (node: Element, what: string) => {
    const [field, name] = what.split(":").reverse() as [keyof SlotDecision, string?];
    const value = content[field];
    if (typeof value !== "string") return;
    if (field === "url") {
      if (value) attribute(node, "href", address(value, edge));
    } else if (field === "image") {
      attribute(node, "src", address(value, edge));
      attribute(node, "alt", content.alt);
      attribute(node, "srcset", null);
      for (const side of ["width", "height"] as const) if (!node.hasAttribute(side)) attribute(node, side, `${content[side]}`);
    } else if (!name) text(node, value);
    else if (HARMLESS.test(name)) attribute(node, name, value);
  };
  const back = () => {
    while (steps.length) steps.pop()!();
  };

  const box = boxOf(root);
  const height = box.offsetHeight;
  try {
    const marked = [root, ...root.querySelectorAll("[data-apropos]")].filter((node) => node.hasAttribute("data-apropos"));
    for (const node of marked) node.getAttribute("data-apropos")!.split(" ").forEach((what) => part(node, what));
    if (!marked.length) {
      // not told what goes where: the first picture, the first link, else the words
      const image = first(root, "img");
      const link = first(root, "a");
      let leaf: Element = root;
      while (leaf.childElementCount === 1) leaf = leaf.firstElementChild!;
      if (image) part(image, "image");
      else text(leaf, content.headline);
      if (link) part(link, "url");
    }
    attribute(root, "data-apropos-variant", content.variant);
  } catch (error) {
    back();
    throw error;
  }

  const grown = box.offsetHeight - height;
  if (grown > 0 && !isBelow(box)) {
    back();
    return undefined;
  }
  if (grown < 0) {
    const { minHeight } = box.style;
    box.style.minHeight = `${height}px`;
    box.style.minHeight = `${2 * height - box.offsetHeight}px`; // less what padding adds
    steps.push(() => (box.style.minHeight = minHeight));
  }
  return back;
}

/** Keeps the slots of the page in step with the newest decision. */
export function makeSlots(host: Host, budget: number) {
  const { shown, edge } = host;
  const pictures: Record<string, boolean> = {};
  let decision: PageDecision | undefined;
  let since = new WeakMap<Element, number>();
  let swaps = 0;

  // what was painted already is not hidden again
  let veil: CSSStyleSheet | undefined;
  if (!performance.getEntriesByType("paint").length) {
    veil = new CSSStyleSheet();
    veil.replaceSync(`${SLOTS}{visibility:hidden!important}`);
    document.adoptedStyleSheets.push(veil);
    setTimeout(reveal, budget);
  }
  function reveal() {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== veil);
  }

  /** What `element` should show; nothing: its own content. */
  const wanted = (element: HTMLElement) =>
    decision?.outcome === "show"
      ? decision.slots.find(({ slot, variant, fallback }) => slot === slotName(element) && variant && !fallback)
      : undefined;

  /** Whether the picture can be shown at once; otherwise it is fetched, and the slots are looked at again. */
  function isHere({ image }: SlotDecision, element: HTMLElement): boolean {
    if (!image || !first(element, "img")) return true;
    if (pictures[image] === undefined) {
      pictures[image] = false;
      const picture = new Image();
      picture.src = address(image, edge);
      picture.decode().then(() => {
        pictures[image] = true;
        update();
      }, host.fail);
    }
    return pictures[image]!;
  }

  function swap(element: HTMLElement, content: SlotDecision | undefined): void {
    shown.get(element)?.undo();
    shown.delete(element);
    try {
      const undo = content && swaps++ < PATIENCE && fill(element, content, edge);
      if (undo) shown.set(element, { content, undo });
    } catch (error) {
      host.fail(error);
    }
    host.emit("apropos:slot", { slot: slotName(element), variant: shown.get(element)?.content.variant ?? null, element });
  }

  /** Brings slots in step: those that are new to this view, those that are not in sight, those that may change before one's eyes; or, by force, all. */
  function update(force?: boolean): void {
    const now = performance.now();
    const changes: (() => void)[] = [];
    let waiting = !decision && !force;
    let seen = false;
    for (const [element, { undo }] of shown)
      if (!element.isConnected || !element.matches(SLOTS)) {
        undo();
        shown.delete(element);
      }
    for (const element of document.querySelectorAll<HTMLElement>(SLOTS)) {
      if (!since.has(element) || (force && !decision)) since.set(element, decision || !force ? now : -budget);
      const content = wanted(element);
      if (JSON.stringify(content) === JSON.stringify(shown.get(element)?.content)) continue;
      if (content && !isHere(content, element)) {
        waiting = true;
        continue;
      }
      const free = force || now - since.get(element)! < budget || isBelow(element);
      if (!free && !element.hasAttribute("data-apropos-live")) continue;
      seen ||= !free;
      changes.push(() => swap(element, content));
    }
    const change = () => changes.forEach((each) => each());
    if (seen) host.animate(change);
    else change();
    if (!waiting) reveal();
  }

  return {
    update,
    decide(next: PageDecision | undefined, force?: boolean) {
      decision = next;
      update(force);
    },
    /** Another page of a site that doesn't reload: every slot may be filled anew. */
    view() {
      since = new WeakMap();
      swaps = 0;
      update();
    },
  };
}
