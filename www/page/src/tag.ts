// `/apropos.js`: starts by itself from its own tag. The file holds neither imports nor exports, so it is a module and a classic script alike.
//
//   <script type="module" src="https://mail.example/apropos.js" data-apropos-campaign="spring"></script>
import type { Call } from "./api.js";
import { start } from "./apropos.js";

const tag = document.querySelector<HTMLScriptElement>("script[data-apropos-campaign]");
const { aproposCampaign: campaign, aproposBudget: budget, aproposKey: key, aproposConsent: from } = tag?.dataset ?? {};
const waiting = window.apropos ?? [];
// a second tag changes nothing
if (tag && campaign && Array.isArray(waiting)) {
  try {
    const apropos = start({ campaign, edge: tag.src, adapters: from !== "callback", ...(budget && { budget: +budget }), ...(key && { key }) });
    window.apropos = apropos;
    (waiting as Call[]).forEach(apropos.push);
  } catch {
    // a browser that lacks what this needs: the page's own content stands
  }
}
