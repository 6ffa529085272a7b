// What is drawn, the same for everyone: a hero of 1200 × 600 with a headline that names a person, a line below it and a button, and a countdown of 600 × 120 in
// sixty frames. Trees are {style, text} or {style, children}, which each contender's Worker puts into its own words.

const names = ["Łukasz", "Ana", "Benjamin", "Chloé", "Đorđe", "Eleni", "Fatima", "Grace", "Hugo", "Ines", "João", "Katarína", "Leïla", "Mei", "Noah", "Øyvind"];
export const headline = (n) => `Your size is back, ${names[n % names.length]}`;

const box = (style, ...children) => ({ style: { display: "flex", position: "relative", ...style }, children });
const text = (text, style) => ({ text, style: { position: "relative", ...style } });

export const GRADIENT = "linear-gradient(100deg, #1b2a4a 0%, #5b3f8c 55%, #d9587a 100%)";

/** `style` makes the ground, and `below` lies under the text. */
export const hero = (n, style, ...below) => box(
  { width: 1200, height: 600, paddingLeft: 72, fontFamily: "Inter", flexDirection: "column", justifyContent: "center", alignItems: "flex-start", ...style }, ...below,
  ...(n === undefined ? [] : [
    text(headline(n), { width: 624, fontSize: 71, fontWeight: 700, lineHeight: 1.1, letterSpacing: -1.6, color: "#ffffff" }),
    text("Trail shoes, from 20 % off until Sunday", { marginTop: 28, fontSize: 31, color: "#ffffff" }),
    box({ marginTop: 40, padding: "20px 37px", borderRadius: 16, backgroundColor: "#d94f04" }, text("See them", { fontSize: 28, fontWeight: 700, color: "#ffffff" })),
  ]),
);

/** Days, hours, minutes and seconds in frame `i` of what the `n`-th person opens. The minute changes once, and all above it. */
export function digits(n, i) {
  const left = 3 * 86_400 + Math.ceil(40.4 - (n % 16) / 10) - i;
  return [Math.floor(left / 86_400), Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60].map((d) => String(d).padStart(2, "0"));
}
export const LABELS = ["Days", "Hours", "Minutes", "Seconds"], FRAMES = 60;

export const countdown = (n, i) => box(
  { width: 600, height: 120, fontFamily: "Inter", backgroundColor: "#ffffff", justifyContent: "center", alignItems: "center", gap: 16 },
  ...digits(n, i).map((d, unit) => box(
    { flexDirection: "column", alignItems: "center" },
    box({ width: 110, height: 76, borderRadius: 10, backgroundColor: "#111820", justifyContent: "center", alignItems: "center" }, text(d, { fontSize: 52, fontWeight: 700, color: "#ffffff" })),
    text(LABELS[unit], { marginTop: 6, fontSize: 17, color: "#111820" }),
  )),
);

/** A Worker that answers `GET /JOB?n=N` with the last of N files. Its clock stands still meanwhile: who asks measures. */
export const serve = (jobs) => ({
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url), job = jobs[pathname.slice(1)];
    if (!job) return new Response(`no job ${pathname}`, { status: 404 });
    let file;
    for (let n = 0, count = Number(searchParams.get("n") ?? 1); n < count; n++) file = await job(n);
    return new Response(file);
  },
});
