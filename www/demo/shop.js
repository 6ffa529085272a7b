// A shop as others are: what it shows by itself hangs on ?to= in the address, and moving around doesn't reload it. Apropos fills its slots (`data-apropos-slot` in shop.html), hears of
// products and searches from its markup, and of consent from here. Whoever followed a plain link to something gets that, and no slot in its place.
import { h } from "./dom.js";

const PROMISES = {
  spring: ["default", "This season", "Gear for the long way round", "Made to be mended. Light packs, dry feet, long evenings.", "This season"],
  "new-in": ["new-in", "New in", "The new season is in", "Forty-one new things, tested in the wet.", "Just arrived"],
  sale: ["sale", "Sale", "Last year’s best, for less", "Up to 40 % off, while the sizes last.", "In the sale"],
  guarantee: ["repair", "Guarantee", "Repaired for life. Really.", "Rips, zips, soles: send it in, we mend it. No receipt, no form, no questions about how.", "Made to be mended"],
  cart: ["your-pack", "Your cart", "Your pack is waiting", "We kept it by the door. Two minutes to go.", "In your cart"],
  tents: ["last-days", "Spring tents", "Last days for spring tents", "Sewn once a year. Orders close on Sunday.", "Tents, and what goes in them"],
  weekend: ["dusk", "Short trips", "The weekend starts at dusk", "Four short trips and what to carry.", "Enough for two nights"],
  nights: ["night", "Nights outside", "Look up tonight", "Tents, warm bags, a stove, dark skies.", "For dark skies"],
  promises: ["default", "What we promise", "Made to be mended", "Thirty days to try it, a life long to repair it.", "Good for years"],
  ten: ["sale", "10 % off", "Ten per cent off one thing", "You choose which. It comes off in the cart, until Sunday night.", "Choose one", "10 % off one thing is waiting in your cart."],
  shipping: ["your-pack", "Free shipping", "Shipping is on us", "Any order this week, to any door we reach.", "Goes in one box", "Free shipping is set for your cart."],
  "repair-check": ["repair", "Repair check", "A free repair check", "Send it in worn. We tell you what it needs before anything costs a cent.", "Things we mend most", "A free repair check is noted for you."],
  early: ["dusk", "Members first", "The summer range, two days early", "You have been with us a while. Go first.", "See it first", "Early access is open for you."],
};
/** What kind of page it is, in the words that the engine knows. */
const CATEGORIES = { sale: "sale", ten: "sale", guarantee: "guarantee", promises: "guarantee", "repair-check": "guarantee", shipping: "shipping" };

const $ = (id) => document.getElementById(id), set = (id, text) => { $(id).textContent = text; };
const promise = () => {
  const to = new URLSearchParams(location.search).get("to");
  return Object.hasOwn(PROMISES, to ?? "") ? to : "spring";
};

// --- what the visitor allows, kept by the shop itself

const CHOICES = { both: { personalization: true, measurement: true }, personal: { personalization: true, measurement: false }, none: { personalization: false, measurement: false } };
const SAYS = { both: "The shop fits itself to you, and counts you.", personal: "The shop fits itself to you, and doesn’t count you.", none: "Nothing is kept here, and nothing is told." };
const apropos = (...call) => (window.apropos ??= []).push(call);
const remembered = () => { try { return localStorage.getItem("ternfell-consent"); } catch { return null; } };

function choose(choice) {
  try { localStorage.setItem("ternfell-consent", choice); } catch { /* asked again next time */ }
  apropos("consent", CHOICES[choice]);
  $("consent").hidden = true;
  set("status", SAYS[choice]);
}

const known = remembered();
if (Object.hasOwn(CHOICES, known ?? "")) choose(known);
else $("consent").hidden = false;
$("consent").addEventListener("click", ({ target }) => target.value && choose(target.value));
$("choose").addEventListener("click", () => { $("consent").hidden = false; $("consent").querySelector("button").focus(); });

// --- the page

const cart = new Set();
let shop, own = false;

function show(first) {
  const to = promise(), [picture, kicker, title, line, shelf, note = ""] = PROMISES[to];
  for (const [id, text] of Object.entries({ kicker, title, line, shelf, note })) set(id, text);
  $("note").hidden = !note;
  document.title = `${title} · Ternfell`;
  $("main").dataset.aproposCategory = CATEGORIES[to] ?? "season";
  for (const link of document.querySelectorAll("nav a")) link.toggleAttribute("aria-current", link.dataset.to === to);
  // a promise that no mail made is the shop's own
  const before = own;
  own = to !== "spring" && !(first && /[?&]apropos=/.test(location.search));
  if (own) delete $("hero").dataset.aproposSlot;
  if (own || before || first) {
    $("hero").href = `/demo/shop?to=${to}`;
    const image = $("hero").firstElementChild;
    image.src = `/p/spring/hero/${picture}.png`;
    image.alt = title;
  }
  if (!own) $("hero").dataset.aproposSlot = "hero";
  fill();
}

function fill() {
  if (!shop) return;
  const to = promise(), words = $("search").value.trim().toLowerCase();
  const fits = ({ name, what, category, tags }) => (words ? `${name} ${what} ${category}`.toLowerCase().includes(words) : to === "cart" && cart.size ? false : tags.includes(to));
  const shown = to === "cart" && cart.size && !words ? shop.products.filter(({ id }) => cart.has(id)) : shop.products.filter(fits);
  $("products").replaceChildren(...(shown.length ? shown.map(product) : [h("li.lost", {}, "Nothing of that name. Try “tent” or “mug”.")]));
  $("sum").hidden = to !== "cart";
  if (to === "cart") $("sum").replaceChildren("Together ", h("b", {}, shop.money.format(shown.reduce((sum, { price }) => sum + price, 0))));
}

function product({ id, name, what, category, price, was, drawing }) {
  const { money } = shop, properties = JSON.stringify({ product_id: id, category, price });
  return h("li", {},
    h("div.drawing", {}, h("img", { src: `/demo/art/gear/${drawing}.svg`, width: 150, height: 150, alt: "" })),
    h("h3", {}, h("button", { type: "button", "aria-expanded": "false", "data-apropos-track": "Product Viewed", "data-apropos-properties": properties, onclick: closer }, name)), h("p", {}, what),
    h("p.more", { hidden: true }, `One of our ${category}. In stock, two days to your door, mended for life.`),
    h("p.price", {}, was ? [h("s", {}, h("span.hidden", {}, "was "), money.format(was)), h("b", {}, h("span.hidden", {}, " now "), money.format(price))] : h("b", {}, money.format(price))),
    h("button", { type: "button", "data-apropos-track": cart.has(id) ? null : "Product Added", "data-apropos-properties": properties, disabled: cart.has(id), onclick: ({ target }) => { cart.add(id); set("count", cart.size); target.disabled = true; target.textContent = "In your cart"; } }, cart.has(id) ? "In your cart" : "Put in the cart", h("span.hidden", {}, `: ${name}`)));
}

function closer({ currentTarget }) {
  const more = currentTarget.closest("li").querySelector(".more");
  more.hidden = !more.hidden;
  currentTarget.setAttribute("aria-expanded", String(!more.hidden));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  const here = link?.origin === location.origin && /^\/demo\/shop(\.html)?$/.test(link.pathname) && !/apropos_debug/.test(link.search);
  if (!here || event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  $("search").value = "";
  show();
  scrollTo(0, 0);
  $("main").focus({ preventScroll: true });
});
addEventListener("popstate", () => show());
document.querySelector(".search").addEventListener("submit", (event) => { event.preventDefault(); fill(); });

show(true);
try {
  const answer = await fetch("/demo/catalogue.json");
  if (!answer.ok) throw new Error(String(answer.status));
  const { products, currency } = await answer.json();
  shop = { products, money: new Intl.NumberFormat("en-IE", { style: "currency", currency, maximumFractionDigits: 0 }) };
  fill();
} catch {
  $("products").replaceChildren(h("li.lost", {}, "The shelf couldn’t be loaded. Reload the page to try again."));
}
