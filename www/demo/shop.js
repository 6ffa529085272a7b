// What the mail promised is what the page shows: ?to= picks the picture, the words and the shelf. Anything unknown gets the season.
import { h } from "./dom.js";

const PROMISES = {
  spring: ["default", "dark", "This season", "Spring is on the trail", "Light packs, dry feet, long evenings.", "This season"],
  "new-in": ["new-in", "dark", "New in", "The new season is in", "Forty-one new things, tested in the wet.", "Just arrived"],
  sale: ["sale", "light", "Sale", "Last year’s best, for less", "Up to 40 % off, while the sizes last.", "In the sale"],
  guarantee: ["repair", "light", "Guarantee", "Repaired for life. Really.", "Rips, zips, soles: send it in, we mend it. No receipt, no form, no questions about how.", "Made to be mended"],
  cart: ["your-pack", "dark", "Your cart", "Your pack is waiting", "We kept it by the door. Two minutes to go.", "In your cart"],
  tents: ["last-days", "light", "Spring tents", "Last days for spring tents", "Sewn once a year. Orders close on Sunday.", "Tents, and what goes in them"],
  weekend: ["dusk", "dark", "Short trips", "The weekend starts at dusk", "Four short trips and what to carry.", "Enough for two nights"],
  nights: ["night", "light", "Nights outside", "Look up tonight", "Tents, warm bags, a stove, dark skies.", "For dark skies"],
  promises: ["default", "dark", "What we promise", "Made to be mended", "Thirty days to try it, a life long to repair it.", "Good for years"],
  ten: ["sale", "light", "10 % off", "Ten per cent off one thing", "You choose which. It comes off in the cart, until Sunday night.", "Choose one", "10 % off one thing is waiting in your cart."],
  shipping: ["your-pack", "dark", "Free shipping", "Shipping is on us", "Any order this week, to any door we reach.", "Goes in one box", "Free shipping is set for your cart."],
  "repair-check": ["repair", "light", "Repair check", "A free repair check", "Send it in worn. We tell you what it needs before anything costs a cent.", "Things we mend most", "A free repair check is noted for you."],
  early: ["dusk", "dark", "Members first", "The summer range, two days early", "You have been with us a while. Go first.", "See it first", "Early access is open for you."],
};

const wanted = new URLSearchParams(location.search).get("to"), to = Object.hasOwn(PROMISES, wanted ?? "") ? wanted : "spring";
const [picture, ink, kicker, title, line, shelf, note] = PROMISES[to];
const set = (id, text) => { document.getElementById(id).textContent = text; };

document.getElementById("promise").className = `promise ${ink}-ink ${picture}`;
document.getElementById("picture").src = `/demo/art/${picture}.png`;
set("kicker", kicker);
set("title", title);
set("line", line);
set("shelf", shelf);
document.title = `${title} · Ternfell`;
if (note) {
  set("note", note);
  document.getElementById("note").hidden = false;
}

try {
  const answer = await fetch("/demo/catalogue.json");
  if (!answer.ok) throw new Error(String(answer.status));
  const { products, currency } = await answer.json(), money = new Intl.NumberFormat("en-IE", { style: "currency", currency, maximumFractionDigits: 0 });
  const shown = products.filter((p) => p.tags.includes(to));
  document.getElementById("products").replaceChildren(...shown.map((p) => h("li", {},
    h("div.drawing", {}, h("img", { src: `/demo/art/gear/${p.drawing}.svg`, width: 150, height: 150, alt: "" })),
    h("h3", {}, p.name), h("p", {}, p.what),
    h("p.price", {}, p.was ? [h("s", {}, h("span.hidden", {}, "was "), money.format(p.was)), h("b", {}, h("span.hidden", {}, " now "), money.format(p.price))] : h("b", {}, money.format(p.price))))));
  if (to === "cart") document.getElementById("products").after(h("p.sum", {}, "Together ", h("b", {}, money.format(shown.reduce((sum, p) => sum + p.price, 0))), h("button", { type: "button", disabled: true }, "Check out (not in the demo)")));
} catch {
  document.getElementById("products").replaceChildren(h("li.lost", {}, "The shelf couldn’t be loaded. Reload the page to try again."));
}
