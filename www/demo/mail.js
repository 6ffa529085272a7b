// The mail as an e-mail engineer would write it: tables, 600 px, inline styles, pictures as plain images inside plain links.
// Only the note over an empty slot belongs to the page; it says what the reader of the mail would not see.
import { h, icon } from "./dom.js";

const SANS = "font-family:Helvetica,Arial,sans-serif;";
const HEIGHTS = { hero: 300, cta: 88, offer: 140 };

export function letter(brand, mail) {
  const slot = (name, pad) => row(h("td", { style: `padding:${pad}` }, picture(name, mail)));
  return h("div.mail", {},
    h("div", { style: "display:none;max-height:0;overflow:hidden;mso-hide:all" }, "New paths, dry feet, long evenings. And nothing you don’t need."),
    table({ width: "100%", style: `max-width:600px;margin:0 auto;background:#ffffff;border-radius:14px;overflow:hidden;${SANS}` },
      row(h("td", { align: "left", style: "padding:20px 24px 18px" }, h("img", { src: "/demo/art/wordmark.png", width: 150, height: 35, alt: brand, style: "display:block;border:0;width:150px;height:35px" }))),
      slot("hero", "0"),
      row(h("td", { style: `padding:26px 24px 20px;color:#22403c;font-size:16px;line-height:25px;${SANS}` },
        h("p", { style: "margin:0 0 12px" }, "The snow is off the low paths, and the hut keepers have swept. We spent the winter walking in what we make, and changed what rubbed."),
        h("p", { style: "margin:0" }, "Take less than you think. It is usually enough."))),
      slot("cta", "0 24px 14px"),
      slot("offer", "0 24px 26px")),
    table({ width: "100%", style: "max-width:600px;margin:0 auto" },
      row(h("td", { align: "center", style: `padding:20px 24px 4px;color:#4e6964;font-size:13px;line-height:20px;${SANS}` },
        `${brand}, 4 Harbour Steps, Ternfell-on-Sea. You get this because you asked us to write.`, h("br"),
        "Unsubscribe · Choose what you get"))));
}

function picture(name, mail) {
  const height = HEIGHTS[name], width = name === "hero" ? 600 : 552, tall = name === "hero" ? height : Math.round((height * 552) / 600);
  const img = h("img", {
    src: mail.images?.[name], width, height: tall, alt: mail.outcome === "suppress" ? "" : mail.alt?.[name] ?? "",
    style: `display:block;border:0;width:100%;max-width:${width}px;height:auto;aspect-ratio:600/${height}`,
  });
  watch(img);
  const link = h("a", { href: mail.links?.[name], target: "_blank", rel: "noopener", style: "display:block;text-decoration:none" }, img);
  if (mail.outcome !== "suppress") return link;
  link.tabIndex = -1;
  link.setAttribute("aria-hidden", "true");
  if (name !== "hero") img.style.cssText = "display:block;border:0;width:1px;height:1px";
  return name === "hero" ? h("div.blank", {}, link, nothing("No picture, no button, no offer this time.")) : link;
}

export function nothing(line) {
  return h("div.nothing", {}, icon("quiet"), h("strong", {}, "Nothing shown, on purpose"), line && h("span", {}, line));
}

/** A picture that waits shows so, and one that fails leaves its words. */
export function watch(img) {
  if (img.complete && img.naturalWidth) return;
  img.classList.add("wait");
  img.addEventListener("load", () => img.classList.remove("wait"), { once: true });
  img.addEventListener("error", () => { img.classList.remove("wait"); img.classList.add("lost"); }, { once: true });
}

function table(props, ...rows) {
  return h("table", { role: "presentation", cellpadding: 0, cellspacing: 0, border: 0, align: "center", ...props }, h("tbody", {}, rows));
}
function row(cell) {
  return h("tr", {}, cell);
}
