// What keeps a page true while it is open: the kill switch, other tabs, changes before one's eyes, the way back to a page that the browser had put aside.
import type { Host } from "./api.js";
import { loadBundle } from "./engine.js";

/** How often a page in sight asks for the newest bundle, so that a kill switch reaches it within a minute. */
const REFRESH = 45_000;

export function live(host: Host, quietly: <A extends unknown[]>(work: (...args: A) => unknown) => (...args: A) => void): void {
  let checked = Date.now();

  const refresh = async () => {
    checked = Date.now();
    try {
      const bytes = await loadBundle(host.edge, host.campaign);
      const { bundle } = host;
      const { engine } = host.inputs();
      if (bytes.length === bundle?.length && bytes.every((byte, i) => byte === bundle[i])) return;
      // the same visit goes on
      if (engine?.renew(bytes)) host.bundle = bytes;
      else host.arm(bytes);
      host.decide(true);
    } catch (error) {
      // without a network, or with an edge that is unwell, the last word stands; a campaign that is gone or can't be read shows nothing
      if (!(error instanceof TypeError || Number(error) >= 500)) host.stop(error);
    }
  };

  let since = 0;
  let seconds = 0;
  host.seconds = (anew) => {
    const now = performance.now();
    seconds += (now - since) / 1000;
    since = now;
    const sofar = Math.round(seconds);
    if (anew) seconds = 0;
    return sofar;
  };

  host.animate = (change) => {
    if (!document.startViewTransition || document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches) return change();
    const { ready, updateCallbackDone } = document.startViewTransition(change);
    ready.catch(() => {}); // another one came first
    updateCallbackDone.catch(host.fail);
  };

  const end = () => host.api?.consent({ personalization: false, measurement: false });

  /** Back in sight. Tabs hand the visit on: it was left in storage by the one that was in sight before, or ended there. */
  const resume = () => {
    since = performance.now(); // out of sight nobody looks
    if (host.saved && !host.recall()) end();
    else {
      if (host.saved && host.bundle) host.arm(host.bundle);
      host.decide();
    }
    if (Date.now() - checked > REFRESH) return refresh();
  };

  const on = <E extends Event>(target: EventTarget | undefined, name: string, work: (event: E) => unknown) =>
    target?.addEventListener(name, quietly(work) as (event: Event) => void);
  // most moves of a site that doesn't reload are seen by what they change in the page
  on((window as unknown as { navigation?: EventTarget }).navigation, "currententrychange", host.look);
  on(window, "popstate", host.look);
  on(window, "pageshow", ({ persisted }: PageTransitionEvent) => {
    if (!persisted) return;
    since = performance.now();
    host.view();
    return resume();
  });
  on(window, "storage", ({ key, newValue }: StorageEvent) => host.saved && (!key || /personalization:visit$/.test(key)) && !newValue && end());
  on(document, "visibilitychange", () => (document.hidden ? host.save() : resume()));
  setInterval(quietly(() => document.hidden || refresh()), REFRESH);
}
