// Consent as others keep it, told to `apropos.consent`. Loaded where a page has either of them; a page that tells consent itself says
// `data-apropos-consent="callback"`, and this file isn't asked for.
//
// | | personalization | measurement |
// |---|---|---|
// | IAB TCF 2.2, `__tcfapi`: consent to the purposes | 1, 5 and 6: store, make a profile for content, use it for content | 1, 8 and 10: store, measure content, improve services |
// | Google consent mode, `dataLayer` | `personalization_storage`, or `ad_personalization` where that isn't told | `analytics_storage` |
//
// Purposes 3 and 4 (profiles for advertising) are asked for nothing: nothing here is advertising. Legitimate interest is not consent. Where both speak, TCF
// has the word, since consent mode is then told by the same platform. Where TCF says that the GDPR doesn't apply, it objects to nothing.
import type { Choice, Host } from "./api.js";

type TcData = { eventStatus?: string; gdprApplies?: boolean; purpose?: { consents?: Record<number, boolean> } };
type Tcf = (command: "addEventListener", version: 2, told: (data: TcData | null, success: boolean) => void) => void;
type Says = "granted" | "denied";
type Told = Partial<Record<"personalization_storage" | "ad_personalization" | "analytics_storage", Says>> & { region?: string[] };
type Outside = { __tcfapi?: Tcf; dataLayer?: unknown[] };

const outside = window as unknown as Outside;

export default function adapt(host: Host): void {
  const api = host.api!;
  const { fail } = host;
  let byTcf = false;

  const tcf = () => {
    if (byTcf || typeof outside.__tcfapi !== "function") return;
    byTcf = true;
    outside.__tcfapi("addEventListener", 2, (data, success) => {
      // while the visitor is being asked, the string is no answer yet
      if (success && data && data.eventStatus !== "cmpuishown") api.consent(ofTcf(data));
    });
  };

  const state: Told = {};
  const google = (entry: unknown) => {
    const told = ofGoogle(state, entry);
    if (told && !byTcf) api.consent(told);
  };

  tcf();
  if (!byTcf) addEventListener("load", tcf);
  const { dataLayer } = outside;
  if (Array.isArray(dataLayer)) {
    dataLayer.forEach(google);
    const push = dataLayer.push;
    dataLayer.push = (...entries: unknown[]) => {
      try {
        entries.forEach(google);
      } catch (error) {
        fail(error);
      }
      return push.apply(dataLayer, entries);
    };
  }
}

function ofTcf({ gdprApplies, purpose }: TcData): Choice {
  const all = (...ids: number[]) => gdprApplies === false || ids.every((id) => purpose?.consents?.[id] === true);
  return { personalization: all(1, 5, 6), measurement: all(1, 8, 10) };
}

/** `entry` as `gtag("consent", …)` leaves it: an `arguments` object. A default for regions is taken as a denial only: where the visitor is, isn't known here. */
function ofGoogle(state: Told, entry: unknown): Choice | undefined {
  const [what, when, told] = Array.from((entry ?? []) as ArrayLike<unknown>) as [unknown, unknown, Told | undefined];
  if (what !== "consent" || !told || typeof told !== "object") return undefined;
  for (const name of ["personalization_storage", "ad_personalization", "analytics_storage"] as const) {
    const says = told[name];
    if (says && !(when === "default" && told.region && says === "granted")) state[name] = says;
  }
  const personal = state.personalization_storage ?? state.ad_personalization;
  return {
    ...(personal && { personalization: personal === "granted" }),
    ...(state.analytics_storage && { measurement: state.analytics_storage === "granted" }),
  };
}
