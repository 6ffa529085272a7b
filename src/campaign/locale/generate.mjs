// Writes the table of how languages write numbers, money and dates, and the file that its reader is tested against. Both come from the ICU in Node,
// and so from the Unicode CLDR (licence Unicode-3.0, https://www.unicode.org/license.txt):
//
//   npm exec -- node src/campaign/locale/generate.mjs
//
// Digits are Latin and the calendar Gregorian in every language (Thai counts its years from 543 earlier, as CLDR does). `mod.rs` says what a line holds.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const LANGUAGES = "af ar az be bg bn bs ca cs cy da de el en es et eu fa fi fil fr ga gl he hi hr hu hy id is it ja ka kk ko lt lv mk mr ms nb nl pl pt ro ru sk sl sq sr sv sw ta te th tr uk ur uz vi zh".split(" ");
const REGIONS = "de-AT de-CH de-LI en-AU en-CA en-GB en-IE en-IN en-MT en-NZ en-SG en-ZA es-AR es-CL es-CO es-MX es-PE es-US fr-BE fr-CA fr-CH it-CH nl-BE pt-PT zh-HK zh-TW".split(" ");
const CURRENCIES = "AED ALL AMD ARS AUD AZN BAM BDT BGN BHD BRL BYN CAD CHF CLP CNY COP CZK DKK EGP EUR GBP GEL HKD HUF IDR ILS INR IRR ISK JOD JPY KES KRW KWD KZT LKR MKD MXN MYR NGN NOK NZD OMR PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TND TRY TWD UAH USD UZS VND ZAR".split(" ");

const full = (tag) => `${tag}-u-nu-latn-ca-${tag === "th" ? "buddhist" : "gregory"}`;
const number = (tag, options) => new Intl.NumberFormat(full(tag), options);
const date = (tag, options) => new Intl.DateTimeFormat(full(tag), { timeZone: "UTC", ...options });
const money = (currency) => ({ style: "currency", currency });
const LONG = { dateStyle: "long" };
const DAY = { day: "numeric", month: "long" };
const TIME = { timeStyle: "short" };
const months = [...Array(12)].map((_, m) => new Date(Date.UTC(2026, m, 13)));
const week = [...Array(7)].map((_, d) => new Date(Date.UTC(2026, 10, 23 + d))); // a Monday first

/** The parts of a number around its digits: `#` for these, `-` for the sign, `¤` for the symbol. */
function pattern(parts) {
  const mark = { integer: "#", decimal: "", fraction: "", group: "", minusSign: "-", currency: "¤", percentSign: "%" };
  return parts.map(({ type, value }) => mark[type] ?? value).join("").replace(/#+/, "#");
}

/** A date's parts: 0 day in two digits, 1 day, 2 month, 3 year; a time's: 4 hour of 24, 5 that in two digits, 6 hour of 12, 7 that in two digits, 8 minute, 9 half of the day. */
function dated(format, at) {
  const twelve = format.resolvedOptions().hour12 ? 2 : 0;
  return format.formatToParts(at).map(({ type, value }) => {
    if (type === "hour") return String(4 + twelve + (value.length > 1 ? 1 : 0));
    const mark = { day: value.length > 1 ? "0" : "1", month: "2", year: "3", minute: "8", dayPeriod: "9" }[type];
    if (!mark && type !== "literal") throw new Error(`${type} in ${format.resolvedOptions().locale}`);
    if (!mark && /[0-9]/.test(value)) throw new Error(`a digit in ${value}`);
    return mark ?? value;
  }).join("").replaceAll("\u202f", " "); // as format() does
}

/** A currency's symbol, with the mark of direction that some Arabic ones end with. */
function symbol(tag, currency) {
  const parts = number(tag, money(currency)).formatToParts(1);
  const at = parts.findIndex((p) => p.type === "currency");
  return parts[at].value + (parts[at + 1]?.value === "\u200f" ? "\u200f" : "");
}

const part = (format, at, type) => (format.formatToParts(at).find((p) => p.type === type)?.value ?? "").replaceAll("\u202f", " ");

function fields(tag) {
  const parts = number(tag).formatToParts(-1234567.5);
  const minus = parts.slice(0, parts.findIndex((p) => p.type === "integer")).map((p) => p.value).join("");
  const of = (type) => parts.find((p) => p.type === type)?.value ?? "";
  const indian = parts.filter((p) => p.type === "integer").map((p) => p.value.length).join() === "2,2,3" ? 2 : 3;
  const least = number(tag).formatToParts(1234).some((p) => p.type === "group") ? 1 : 2;
  // a currency whose symbol is a sign: letters would bring a space along
  const amount = money(["EUR", "GBP", "JPY", "XXX"].find((currency) => !/[\p{L}.]/u.test(symbol(tag, currency))));
  const inMoney = (type) => number(tag, amount).formatToParts(1234567.5).find((p) => p.type === type)?.value ?? of(type);
  return [
    `${of("decimal")}${of("group")}${indian}${least}${minus}`,
    [pattern(number(tag, { style: "percent" }).formatToParts(0.5)), pattern(number(tag, amount).formatToParts(1234.5)), pattern(number(tag, amount).formatToParts(-1234.5))]
      .map((p) => p.replace(minus.replace(of("minusSign"), "-"), "-")).concat(["decimal", "group"].map((type) => (inMoney(type) === of(type) ? "" : inMoney(type)))).join("|"),
    dated(date(tag, LONG), new Date(Date.UTC(2026, 10, 5))),
    dated(date(tag, DAY), new Date(Date.UTC(2026, 10, 5))),
    dated(date(tag, TIME), new Date(Date.UTC(2026, 0, 1, 9, 5))),
    [9, 15].map((hour) => part(date(tag, TIME), new Date(Date.UTC(2026, 0, 1, hour)), "dayPeriod")).join("|"),
    months.map((at) => part(date(tag, LONG), at, "month")).join("|"),
    week.map((at) => date(tag, { weekday: "long" }).format(at)).join("|"),
  ];
}

const all = [...LANGUAGES, ...REGIONS];
const usual = new Map(CURRENCIES.map((currency) => {
  const counts = new Map();
  for (const tag of LANGUAGES) counts.set(symbol(tag, currency), (counts.get(symbol(tag, currency)) ?? 0) + 1);
  return [currency, [...counts].sort((a, b) => b[1] - a[1])[0][0]];
}));
const symbols = (tag) => CURRENCIES.filter((c) => symbol(tag, c) !== usual.get(c)).map((c) => c + symbol(tag, c)).join("|");

const decimals = (currency) => number("en", money(currency)).resolvedOptions().maximumFractionDigits;
const lines = [["*", CURRENCIES.map((c) => c + decimals(c) + usual.get(c)).join("|")].join("\t")];
for (const tag of LANGUAGES) {
  const own = [...fields(tag), symbols(tag)];
  lines.push([tag, ...own].join("\t"));
  const groups = new Map();
  for (const region of REGIONS.filter((r) => r.startsWith(`${tag}-`))) {
    // what is as in the language itself is left out
    const differs = [...fields(region), symbols(region) || "-"].map((field, i) => (field === own[i] ? "" : field)).join("\t");
    groups.set(differs, [...(groups.get(differs) ?? []), region]);
  }
  for (const [differs, regions] of groups) if (differs.trim()) lines.push(`${regions.join(" ")}\t${differs}`);
}
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
writeFileSync(here("locales.tsv"), `${lines.join("\n")}\n`);

// ---- what Intl itself writes

const NUMBERS = [0, 7, -7, 49, 999.5, 1234, -1234.5, 12345.678, 0.155, 1.005, 2.5, -0.4, 1e6, 123456789.99];
const SHARES = [0, 0.07, 0.155, -0.25, 0.5, 1, 1.005, 12.345];
const DATES = ["2026-01-01T00:05:00Z", "2026-02-28T09:07:00Z", "2026-05-31T12:00:00Z", "2026-08-05T13:45:00Z", "2026-11-23T23:59:00Z", "2027-12-24T18:30:00Z"];
const recorded = all.map((tag) => ({
  tag,
  number: NUMBERS.map((n) => number(tag, { maximumFractionDigits: 2 }).format(n)),
  fixed: NUMBERS.map((n) => number(tag, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(n)),
  percent: SHARES.map((n) => number(tag, { style: "percent" }).format(n)),
  money: CURRENCIES.map((currency) => number(tag, money(currency)).format(1234.5)),
  debt: number(tag, money("EUR")).format(-49.9),
  date: DATES.map((at) => date(tag, LONG).format(new Date(at))),
  day: DATES.map((at) => date(tag, DAY).format(new Date(at))),
  weekday: week.map((at) => date(tag, { weekday: "long" }).format(at)),
  months: months.map((at) => date(tag, LONG).format(at)),
  time: DATES.map((at) => date(tag, TIME).format(new Date(at))),
}));
const { icu, cldr } = process.versions;
const file = { about: "What Intl.NumberFormat and Intl.DateTimeFormat write, with Latin digits; made by src/campaign/locale/generate.mjs", icu, cldr, numbers: NUMBERS, shares: SHARES, currencies: CURRENCIES, dates: DATES };
writeFileSync(here("../../../tests/data/intl/recorded.json"), `${JSON.stringify(file).slice(0, -1)},"locales":[\n${recorded.map((r) => JSON.stringify(r)).join(",\n")}\n]}\n`);
