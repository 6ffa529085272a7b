// What a visit is told from beyond page views: how far one scrolled, what the markup declares, and what the site tells others anyway. Loaded after the first decision.
//
//   <main data-apropos-view="Product Viewed" data-apropos-properties='{"product_id": "t-2", "category": "tents"}'>     once per view
//   <button data-apropos-track="Product Added" data-apropos-properties='{"product_id": "t-2", "price": 349}'>          on click; of a form, on submit
//
// `window.analytics` (Segment's analytics.js and what is made like it) is listened to; where there is none, the e-commerce events of Google's `dataLayer`. Page views are counted by the
// script itself, and of the same thing told twice within two seconds only the first counts.
import type { Host } from "./api.js";
import { live } from "./live.js";
import type { SegmentEvent } from "./event.js";

type Properties = Record<string, unknown>;
type Payload = { type?: () => string; obj?: Partial<SegmentEvent> & { type?: string } };
type Analytics = {
  addSourceMiddleware?: (middleware: (step: { payload: Payload; next: (payload: Payload) => void }) => void) => void;
  on?: (name: "track", told: (event: string, properties?: Properties) => void) => void;
};
type Item = { item_id?: unknown; item_category?: unknown; price?: unknown; quantity?: unknown };
type Outside = { analytics?: Analytics; dataLayer?: unknown[] };

const DEPTHS = [25, 50, 75, 90];
const TWICE = 2000;

export default function session(host: Host): void {
  const { fail } = host;
  const api = host.api!;
  const quietly = <A extends unknown[]>(work: (...args: A) => unknown) => (...args: A): void => {
    try {
      Promise.resolve(work(...args)).catch(fail);
    } catch (error) {
      fail(error);
    }
  };

  // --- what the markup declares

  const declared = (element: HTMLElement | null | undefined, name: "aproposTrack" | "aproposView") => {
    const event = element?.dataset[name];
    if (event) api.track(event, JSON.parse(element.dataset["aproposProperties"] ?? "{}") as Properties);
  };
  const views = () => document.querySelectorAll<HTMLElement>("[data-apropos-view]").forEach((element) => declared(element, "aproposView"));
  const acted = (event: Event) => {
    const element = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-apropos-track]") : null;
    if (element && (element.matches("form") === (event.type === "submit"))) declared(element, "aproposTrack");
  };
  for (const type of ["click", "submit"]) document.addEventListener(type, quietly(acted), true);

  // --- how far one scrolled

  let reached = 0;
  const scrolled = () => {
    const { scrollHeight } = document.documentElement;
    if (scrollHeight <= innerHeight) return;
    const depth = ((scrollY + innerHeight) / scrollHeight) * 100;
    for (; reached < DEPTHS.length && depth >= DEPTHS[reached]!; reached++) api.track("Page Scrolled", { depth: DEPTHS[reached] });
  };
  let due = 0;
  addEventListener("scroll", () => (due ||= setTimeout(() => { due = 0; quietly(scrolled)(); }, 250)), { passive: true });

  // --- each once

  const told = new Map<string, number>();
  const sameAs = ({ event, properties }: Partial<SegmentEvent>) => JSON.stringify([event, properties ?? {}]);
  document.addEventListener("apropos:track", ({ detail }) => {
    told.set(sameAs(detail), Date.now());
    if (detail.type !== "page") return;
    reached = 0;
    setTimeout(quietly(views)); // the view's content comes with it, or right after
  });
  const forward = (event: Partial<SegmentEvent>) => {
    const last = told.get(sameAs(event));
    for (const [key, at] of told) if (Date.now() - at > TWICE) told.delete(key);
    if (last === undefined || Date.now() - last > TWICE) host.send("track", event);
  };

  // --- what the site tells others

  const { analytics, dataLayer } = window as unknown as Outside;
  if (analytics?.addSourceMiddleware) {
    analytics.addSourceMiddleware(({ payload, next }) => {
      quietly(() => {
        const { type, event, properties, messageId } = payload.obj ?? {};
        // under the id that it has there: whoever gets it from both sides counts it once
        if (type === "track" && event) forward({ event, properties: properties ?? {}, ...(messageId && { messageId }) });
      })();
      next(payload);
    });
  } else if (analytics?.on) {
    analytics.on("track", quietly((event, properties) => forward({ event, properties: properties ?? {} })));
  } else if (Array.isArray(dataLayer)) {
    const read = quietly((entry: unknown) => ofGoogle(entry).forEach(forward));
    dataLayer.forEach(read);
    const push = dataLayer.push;
    dataLayer.push = (...entries: unknown[]) => {
      entries.forEach(read);
      return push.apply(dataLayer, entries);
    };
  }

  live(host, quietly);
  views();
  scrolled();
}

const NAMES: Record<string, string> = {
  search: "Products Searched", view_item_list: "Product List Viewed", view_item: "Product Viewed", add_to_cart: "Product Added", remove_from_cart: "Product Removed",
  add_to_wishlist: "Product Added to Wishlist", view_cart: "Cart Viewed", begin_checkout: "Checkout Started", purchase: "Order Completed",
};

/** Google's e-commerce events as Segment's; one for each item where items are what it is about. Of a search, not what was sought. */
function ofGoogle(entry: unknown): Partial<SegmentEvent>[] {
  const list = Array.from((entry ?? []) as ArrayLike<unknown>);
  const object = entry as { event?: unknown; ecommerce?: Properties };
  const [name, data] = list[0] === "event" ? [list[1], list[2] as Properties | undefined] : [object?.event, object?.ecommerce];
  const event = NAMES[String(name)];
  if (!event) return [];
  const items = (Array.isArray(data?.["items"]) ? data["items"] : []) as Item[];
  const products = items.map(({ item_id, item_category, price, quantity }) => ({ product_id: item_id, category: item_category, price, quantity }));
  if (event === "Order Completed") return [{ event, properties: { order_id: data?.["transaction_id"], total: data?.["value"], coupon: data?.["coupon"], products } }];
  if (event === "Product List Viewed") return [{ event, properties: { category: products[0]?.category } }];
  return event.startsWith("Product ") ? products.map((properties) => ({ event, properties })) : [{ event, properties: {} }];
}
