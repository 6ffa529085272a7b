// The mail as a client shows it: the template in a frame of its own that runs no scripts, its pictures those that were just drawn.
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { draw, type Shown } from "./engine.js";
import { campaign, deciding, people } from "./state.js";

const KEY = (id: string) => `apropos-template-${id}`;
/** Templates by campaign, as HTML. */
const templates = signal<Record<string, string>>({});

/** The demo's mail, for the demo's campaign. */
const demo = signal<{ campaign: string; html: string } | undefined>(undefined);
void people().then(async ({ campaign }) => {
  const answer = campaign ? await fetch("/demo/mail.html") : undefined;
  if (answer?.ok) demo.value = { campaign, html: await answer.text() };
});

/** Somebody's own template; without one the campaign's pictures stand one below the other. */
export function template(id: string): string {
  return templates.value[id] ?? localStorage.getItem(KEY(id)) ?? "";
}
export function keepTemplate(id: string, html: string): void {
  if (html) localStorage.setItem(KEY(id), html);
  else localStorage.removeItem(KEY(id));
  templates.value = { ...templates.value, [id]: html };
}

const plain = (html: string) =>
  `<style>:root{color-scheme:light dark}body{margin:0;background:#eef1f5;font:16px/1.5 Helvetica,Arial,sans-serif;color:#222}main{max-width:600px;margin:0 auto;background:#fff;padding-bottom:20px}main img{width:100%;margin-bottom:14px}p{padding:0 24px;font-size:13px;color:#566}p a{color:inherit}@media(prefers-color-scheme:dark){body{background:#101114;color:#ddd}main{background:#1c1e22}p{color:#a6adb8}}</style><main>${html.replace(/<a href="[^"]*\/u\/[^"]*">[^<]*<\/a>/, (link) => `<p>${link}</p>`)}</main>`;

/** Puts what was decided into the template's own places: images of `/o/{campaign}/{slot}`, links of `/c/{campaign}/{slot}`. */
function fill(body: HTMLElement, id: string, shown: Shown[], images: boolean, drawn: Map<string, string>): void {
  for (const link of body.querySelectorAll("a")) {
    const slot = new RegExp(`/c/${id}/([a-z0-9-]+)`).exec(link.getAttribute("data-href") ?? link.getAttribute("href") ?? "")?.[1];
    link.target = "_blank";
    link.rel = "noopener";
    if (!slot) continue;
    link.dataset.href ??= link.getAttribute("href") ?? "";
    const there = shown.find((s) => s.slot === slot);
    if (there?.url) link.href = there.url;
    else link.removeAttribute("href");
  }
  for (const img of body.querySelectorAll("img")) {
    const slot = new RegExp(`/o/${id}/([a-z0-9-]+)`).exec(img.getAttribute("data-src") ?? img.getAttribute("src") ?? "")?.[1];
    if (!slot) {
      img.dataset.src ??= img.getAttribute("src") ?? "";
      if (images && img.getAttribute("src") !== img.dataset.src) img.src = img.dataset.src ?? "";
      if (!images) img.removeAttribute("src");
      continue;
    }
    img.dataset.src ??= img.getAttribute("src") ?? "";
    const there = shown.find((s) => s.slot === slot), url = drawn.get(slot);
    img.alt = there?.variant ? there.alt : "";
    if (!images) img.removeAttribute("src");
    else if (url && img.src !== url) img.src = url;
    // an empty slot is a pixel, which stretched would be a blank of the picture's size
    img.style.display = there && !there.variant ? "none" : "block";
  }
}

export function Mail({ shown, images, scheme, width, title }: { shown: Shown[]; images: boolean; scheme: "light" | "dark"; width: "desktop" | "phone"; title: string }) {
  const frame = useRef<HTMLIFrameElement>(null), [ready, setReady] = useState(0), [tall, setTall] = useState(420), [failed, setFailed] = useState("");
  const id = campaign.value, own = template(id) || (demo.value?.campaign === id ? demo.value.html : ""), html = own || plain(deciding.value?.snippet("postmark", "apropos", location.origin) ?? "");
  const body = () => frame.current?.contentDocument?.body;
  const drawn = useRef(new Map<string, string>());
  useEffect(() => {
    const there = body();
    if (!there || !ready) return;
    // the frame has a policy of its own: no scripts, whatever a template holds
    there.innerHTML = html.replaceAll(/\bsrc="(?=[^"]*\/o\/)/g, 'data-src="');
    fill(there, id, shown, images, drawn.current);
  }, [html, ready, id]);
  useEffect(() => {
    let stale = false;
    const show = () => {
      const there = body();
      if (stale || !there) return;
      fill(there, id, shown, images, drawn.current);
    };
    setFailed("");
    show();
    for (const { slot, variant, picture, format } of shown) {
      if (!variant) { drawn.current.delete(slot); continue; }
      draw(picture, format).then((url) => { if (!stale) { drawn.current.set(slot, url); show(); } }, (error: Error) => !stale && setFailed(error.message));
    }
    return () => { stale = true; };
  }, [shown.map(({ picture, variant }) => picture + variant).join(), images, html, ready, id]);
  useEffect(() => {
    const there = body();
    if (!there) return;
    const seen = new ResizeObserver(() => setTall(Math.max(160, there.scrollHeight)));
    seen.observe(there);
    return () => seen.disconnect();
  }, [ready]);
  return (
    <div class={`mail ${width} ${scheme}`}>
      {failed && <p class="failed" role="alert">A picture can’t be drawn: {failed}</p>}
      <iframe ref={frame} title={title} src="/studio/mail" sandbox="allow-same-origin allow-popups" scrolling="no" onLoad={() => setReady(ready + 1)} style={{ height: `${tall}px`, colorScheme: scheme }} />
    </div>
  );
}
