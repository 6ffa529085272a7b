// The mailbox page: who, opened in what, and the mail that comes of it. The place is in the URL: #/everyone/gmail, #/ana/outlook.
import { h, icon } from "./dom.js";
import { letter, nothing, watch } from "./mail.js";
import { badge, OUTCOMES, why } from "./why.js";

const people = document.getElementById("people"), openers = document.getElementById("openers"), main = document.getElementById("main"), claim = document.getElementById("claim");
const FACES = ["#2f6f68", "#b8482e", "#3d57a8", "#7a4a8c", "#8a6414", "#a13a5c", "#3b6b8f", "#50663a", "#6a4d3c"];
const EVERYONE = "everyone";

let box = null;
// A view once drawn is kept, so that going back and forth doesn't ask the server for the same picture again.
const drawn = new Map();

addEventListener("hashchange", () => box && draw(true));
load();

async function load() {
  waiting();
  try {
    const answer = await fetch("/demo/mailbox.json", { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
    const read = await answer.json();
    if (!Array.isArray(read.personas)) throw new Error("The mailbox has no people in it.");
    box = read;
    drawn.clear();
    draw(false);
  } catch (problem) {
    box = null;
    people.replaceChildren();
    openers.replaceChildren();
    notice("lost", "The mailbox didn’t come", ["Is the engine running? Start it with ", h("code", {}, "cargo xtask dev"), ". ", String(problem.message ?? "")], h("button", { type: "button", onclick: load }, "Try again"));
  }
}

function place() {
  const [who, how] = decodeURIComponent(location.hash.replace(/^#\/?/, "")).split("/");
  const all = [...new Map(box.personas.flatMap((p) => p.mails.map((m) => [m.opener, m.opener_label ?? m.opener])))];
  const opener = all.some(([id]) => id === how) ? how : all[0][0];
  return { who: box.personas.some((p) => p.id === who) ? who : EVERYONE, opener, all };
}

function draw(moved) {
  if (!box.personas.some((p) => p.mails?.length)) {
    people.replaceChildren();
    return notice("mail", "Nobody has mail yet", ["As soon as the campaign is sent to somebody, it appears here."]);
  }
  const { who, opener, all } = place(), address = (w, o) => `#/${encodeURIComponent(w)}/${encodeURIComponent(o)}`;
  claim.textContent = `${box.brand} sends one mail. What it shows is decided when it is opened.`;

  openers.replaceChildren(...all.map(([id, label]) => h("a", { href: address(who, id), "aria-current": id === opener ? "true" : null }, label)));
  const held = document.activeElement?.closest?.("#people a")?.dataset.who;
  people.replaceChildren(h("ul", {},
    h("li", {}, h("a", { href: address(EVERYONE, opener), "data-who": EVERYONE, "aria-current": who === EVERYONE ? "page" : null }, h("span.face", {}, icon("all")), h("b", {}, "Everyone at once"), h("small", {}, "The same mail, side by side"))),
    h("li", { "aria-hidden": "true" }, h("hr")),
    box.personas.map((p, i) => {
      const mail = p.mails.find((m) => m.opener === opener);
      return h("li", {}, h("a", { href: address(p.id, opener), "data-who": p.id, "aria-current": p.id === who ? "page" : null }, h("span.face", { style: `--face:${FACES[i % FACES.length]}`, "aria-hidden": "true" }, initials(p.name)),
        h("b", {}, p.name, mail && h(`span.dot.${mail.outcome}`, { title: OUTCOMES[mail.outcome]?.[0] }, h("span.visually-hidden", {}, `, ${OUTCOMES[mail.outcome]?.[0] ?? ""}`))), h("small", {}, p.story)));
    })));
  if (held) people.querySelector(`[data-who="${CSS.escape(held)}"]`)?.focus();
  people.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

  const key = `${who}/${opener}`;
  if (!drawn.has(key)) drawn.set(key, who === EVERYONE ? everyone(opener, address) : one(box.personas.find((p) => p.id === who), opener));
  main.setAttribute("aria-busy", "false");
  main.replaceChildren(...drawn.get(key));
  document.title = `${who === EVERYONE ? "Everyone at once" : box.personas.find((p) => p.id === who).name} · ${box.brand} in ${all.find(([id]) => id === opener)[1]} · Apropos`;
  // Said aloud instead of the whole mail.
  document.getElementById("said").textContent = main.querySelector("h2, h1")?.textContent ?? "";
  if (moved) scrollTo({ top: 0 });
}

function everyone(opener, address) {
  const mails = box.personas.map((p) => [p, p.mails.find((m) => m.opener === opener)]).filter(([, mail]) => mail), different = new Set(mails.map(([, m]) => (m.outcome === "suppress" ? "nothing" : hero(m)))).size;
  const fetcher = mails[0]?.[1].fetcher;
  return [
    h("header.lead", {}, h("h1", {}, `One mail, ${count(mails.length, "person", "people")}, ${count(different, "picture", "different pictures")}`), h("p", {}, fetcher ? `Every mail is the same HTML. Here every picture was fetched by ${fetcher}. Pick somebody to read why they see what they see.` : "Every mail is the same HTML. Pick somebody to read why they see what they see.")),
    h("ul.grid", {}, mails.map(([p, mail]) => {
      const quiet = mail.outcome === "suppress", img = h("img", { src: mail.images.hero, width: 600, height: 300, alt: quiet ? "" : mail.alt?.hero ?? "" });
      watch(img);
      return h("li", {}, h("a", { href: address(p.id, opener) }, h("div.shot", {}, img, quiet && nothing()), h("div.who", {}, h("div", {}, h("b", {}, p.name), badge(mail.outcome)), h("p", {}, p.story))));
    })),
  ];
}

function one(person, opener) {
  const mail = person.mails.find((m) => m.opener === opener);
  if (!mail) return [h("section.notice", {}, icon("mail"), h("h1", {}, "No mail here"), h("p", {}, `${person.name} has none for this way of opening.`))];
  const when = new Date(box.now), time = Number.isNaN(+when) ? "" : new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" }).format(when);
  return [h("div.one", {},
    h("article.sheet", { "aria-label": `The mail ${person.name} opens` },
      h("header.envelope", {}, h("h1", {}, "Spring on the trail"), h("p", {}, h("span", {}, `${box.brand} to ${person.name}`), h("span", {}, `Fetched by ${mail.fetcher}`), time && h("time", { datetime: box.now }, `${time} UTC`))),
      letter(box.brand, mail)),
    why(person, mail))];
}

function hero(mail) {
  return mail.explanation?.variants?.find((v) => v.slot === "hero" && v.chosen)?.id ?? mail.alt?.hero ?? mail.outcome;
}

const NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
function count(n, one, many) {
  return `${NUMBERS[n] ?? n} ${n === 1 ? one : many}`;
}

function initials(name) {
  const parts = name.split(/\s+/);
  return [parts[0], parts.length > 1 ? parts.at(-1) : ""].map((p) => Array.from(p)[0] ?? "").join("").toUpperCase();
}

function waiting() {
  main.setAttribute("aria-busy", "true");
  people.replaceChildren(h("ul", {}, Array.from({ length: 9 }, () => h("li.bone"))));
  main.replaceChildren(h("header.lead", {}, h("h1", {}, "Opening the mails"), h("p", {}, "Each one is decided now.")), h("ul.grid", {}, Array.from({ length: 9 }, () => h("li.bone"))));
}

function notice(picture, title, text, ...more) {
  main.setAttribute("aria-busy", "false");
  main.replaceChildren(h("section.notice", {}, icon(picture), h("h1", {}, title), h("p", {}, text), more));
}
