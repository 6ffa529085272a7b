// Author: the campaign's document, written with completion and the real checker; what its pictures look like; what differs from what is live; publishing, and taking it back.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Refusal, ask, json, perhaps } from "./api.js";
import { draw, type Problem, type Shown } from "./engine.js";
import type { Editor } from "./editor.js";
import { campaign, core, deciding, draft, feeds, go, list, published, text } from "./state.js";
import { Card, Choice, Copy, Icon, Loading, Notice, useLoaded } from "./ui.js";
import { when, words } from "./words.js";
import type { Schema, Step } from "./schema.js";

type Side = "pictures" | "diff" | "versions" | "snippet";

export function Author() {
  const [side, setSide] = useState<Side>("pictures"), [path, setPath] = useState<Step[]>([]), editor = useRef<Editor | undefined>(undefined);
  const problems = useMemo(() => core.value?.check(text.value) ?? [], [text.value, core.value]);
  return (
    <>
      <div class="bar"><h1>Author</h1>
        <Choice label="Beside the document" value={side} options={[["pictures", "Pictures"], ["diff", "Changes"], ["versions", "Versions"], ["snippet", "Snippet"]]} onChange={setSide} />
        <span class="spring" />
        <Publish problems={problems} />
      </div>
      <div class={`author beside-${side}`}>
        <div class="writing" hidden={side === "diff"}>
          <Writing problems={problems} onMove={setPath} editor={editor} />
          <Problems problems={problems} onGo={(problem) => editor.current?.go(problem)} />
        </div>
        {side === "pictures" && <Pictures path={path} />}
        {side === "diff" && <Changes />}
        {side === "versions" && <Versions />}
        {side === "snippet" && <Snippet />}
      </div>
    </>
  );
}

function Writing({ problems, onMove, editor }: { problems: Problem[]; onMove: (path: Step[]) => void; editor: { current: Editor | undefined } }) {
  const host = useRef<HTMLDivElement>(null), own = useRef("");
  const parts = useLoaded(async () => {
    const [module, schema] = await Promise.all([import("./editor.js"), fetch("/campaign.schema.json").then((answer) => (answer.ok ? (answer.json() as Promise<Schema>) : undefined)).catch(() => undefined)]);
    return { module, schema };
  }, []);
  useEffect(() => {
    if (!parts.value || !host.current) return;
    own.current = text.peek();
    const changed = (next: string) => {
      own.current = next;
      draft.value = next === published.peek() ? undefined : next;
    };
    const made = (editor.current = parts.value.module.edit(host.current, own.current, parts.value.schema, changed, onMove));
    return () => { made.destroy(); editor.current = undefined; };
  }, [parts.value]);
  // what others set, such as another campaign or a version of before
  useEffect(() => { if (editor.current && text.value !== own.current) editor.current.replace((own.current = text.value)); }, [text.value]);
  useEffect(() => editor.current?.show(problems), [problems, parts.value]);
  if (parts.error) return <Notice title="The editor couldn’t be loaded" action={<button type="button" class="button" onClick={parts.again}>Try again</button>}>{parts.error.message}</Notice>;
  return <>{!parts.value && <Loading what="the editor" />}<div class="editor" ref={host} hidden={!parts.value} /></>;
}

function Problems({ problems, onGo }: { problems: Problem[]; onGo: (problem: Problem) => void }) {
  if (!problems.length) return <p class="sound" role="status"><Icon name="check" />Sound: it can be published.</p>;
  return (
    <div class="problems" role="status">
      <h2>{problems.length === 1 ? "One problem" : `${problems.length} problems`}</h2>
      <ul>{problems.slice(0, 20).map((problem, i) => (
        <li key={i}><button type="button" onClick={() => onGo(problem)}><code>{problem.line}:{problem.column}</code><span><b>{problem.path || "the document"}</b> {problem.message}{problem.help && <em> → {problem.help}</em>}</span></button></li>
      ))}</ul>
    </div>
  );
}

function Publish({ problems }: { problems: Problem[] }) {
  const [state, set] = useState<{ busy?: boolean; error?: string; done?: string }>({}), version = deciding.value?.version;
  useEffect(() => { if (draft.value !== undefined) set({}); }, [draft.value]);
  const publish = async () => {
    const sent = text.value;
    set({ busy: true });
    try {
      const id = campaign.value, named = (JSON.parse(sent) as { id?: string }).id ?? id;
      // what somebody else published meanwhile is not written over unseen
      const seen = named === id && core.value ? new core.value.Engine(published.value).version : "";
      const said = await json<{ version: string }>(`/v1/campaigns/${named}`, { method: "PUT", body: sent, headers: seen ? { "if-match": `"${seen}"` } : {} });
      published.value = sent;
      draft.value = undefined;
      if (named !== id) campaign.value = named;
      set({ done: `Version ${said.version} is live: opens show it within seconds.` });
      void list();
    } catch (error) {
      const problems = error instanceof Refusal ? error.problems : [];
      set({ error: [(error as Error).message, ...problems.slice(0, 3).map(({ line, column, message }) => `${line}:${column} ${message}`)].join(" · ") });
    }
  };
  return (
    <div class="publish">
      <span role="status">{state.done ?? (draft.value === undefined ? <>Live, version <code>{version}</code></> : "Not published yet")}</span>
      {state.error && <span class="wrong" role="alert">{state.error}</span>}
      {draft.value !== undefined && <button type="button" class="button" onClick={() => { draft.value = undefined; }}>Discard</button>}
      {draft.value !== undefined && <button type="button" class="button" onClick={() => go("preview")}>Preview it</button>}
      <button type="button" class="button primary" disabled={draft.value === undefined || problems.length > 0 || Boolean(state.busy)} onClick={publish}>{state.busy ? "Publishing…" : "Publish"}</button>
    </div>
  );
}

// --- beside the document

function Pictures({ path }: { path: Step[] }) {
  const engine = deciding.value, slots = useMemo(() => { try { return (JSON.parse(text.value) as { slots?: { name?: string }[] }).slots?.map(({ name }) => name ?? "") ?? []; } catch { return []; } }, [text.value]);
  const here = path[0] === "slots" && typeof path[1] === "number" ? slots[path[1]] : undefined, variant = path[2] === "variants" && typeof path[3] === "number" ? path[3] : undefined;
  const all = useMemo(() => { try { return engine?.variants({ feeds: feeds.value }) ?? []; } catch { return []; } }, [engine, feeds.value]);
  const shown = here ? all.filter(({ slot }) => slot === here) : all;
  return (
    <aside class="pictures" aria-label="Pictures" tabIndex={0}>
      <p class="note">{here ? `Variants of ${words(here)}, as everybody may see them` : "Every variant, as everybody may see it. Move the cursor into a slot to see only its own."}</p>
      {shown.map((one, i) => <Picture key={`${one.slot}/${one.variant}`} of={one} current={variant !== undefined && i === variant && Boolean(here)} />)}
      {!shown.length && <p class="quiet">No pictures: the slots hold text.</p>}
    </aside>
  );
}

function Picture({ of, current }: { of: Shown; current: boolean }) {
  const [url, setUrl] = useState(""), [error, setError] = useState(""), figure = useRef<HTMLElement>(null);
  useEffect(() => {
    let stale = false;
    draw(of.picture, of.format).then((url) => { if (!stale) { setUrl(url); setError(""); } }, (problem: Error) => !stale && setError(problem.message));
    return () => { stale = true; };
  }, [of.picture, of.format]);
  useEffect(() => { if (current) figure.current?.scrollIntoView({ block: "nearest" }); }, [current]);
  return (
    <figure ref={figure} class={current ? "current" : ""}>
      {error ? <p class="wrong" role="alert">{error}</p> : <img src={url || undefined} alt={of.alt} width={of.width} height={of.height} class={url ? "" : "wait"} />}
      <figcaption><b>{of.variant}</b><span>{of.slot} · {of.width} × {of.height}</span></figcaption>
    </figure>
  );
}

function Changes() {
  const host = useRef<HTMLDivElement>(null), { value, error } = useLoaded(() => import("./editor.js"), []), same = draft.value === undefined;
  useEffect(() => {
    if (!value || !host.current || same) return;
    const made = value.compare(host.current, published.value, text.value);
    return () => made.destroy();
  }, [value, published.value, text.value]);
  if (error) return <Notice title="The editor couldn’t be loaded">{error.message}</Notice>;
  if (same) return <Notice icon="check" title="Nothing has changed">What you see is what is live.</Notice>;
  return <Card title="What you changed" note="Left is what is live, right what you wrote." class="changes">{!value && <Loading what="the comparison" />}<div class="editor" ref={host} /></Card>;
}

interface Kept { number: number; version: string; at: string; by: string; how: string }

function Versions() {
  const id = campaign.value, [turn, again] = useState(0), [said, say] = useState("");
  const kept = useLoaded(() => perhaps<{ version: string; versions: Kept[] }>(`/v1/campaigns/${id}/versions`), [id, turn, published.value]);
  const back = async (version: string) => {
    try {
      await ask(`/v1/campaigns/${id}/rollback`, { method: "POST", body: JSON.stringify({ to: version }), headers: { "content-type": "application/json" } });
      published.value = await ask(`/v1/campaigns/${id}`);
      draft.value = undefined;
      say(`Version ${version} is live again.`);
      again(turn + 1);
    } catch (error) {
      say((error as Error).message);
    }
  };
  const read = async (version: string) => { draft.value = await ask(`/v1/campaigns/${id}/versions/${version}`); };
  if (kept.error) return <Notice title="Versions can’t be read" action={<button type="button" class="button" onClick={kept.again}>Try again</button>}>{kept.error.message}</Notice>;
  return (
    <aside class="card versions" aria-label="Versions">
      <h2>Versions</h2>
      <p role="status" class="note">{said}</p>
      {"value" in kept && !kept.value && <p class="quiet">This Worker keeps no versions yet: deploy a newer one, and every version that is published from then on stands here.</p>}
      {!("value" in kept) && <Loading what="the versions" />}
      <ol>{kept.value?.versions.map(({ number, version, at, by, how }) => (
        <li key={number}><div><code>{version}</code>{number === kept.value?.versions[0]?.number && <span class="live">live</span>}<small>{when(at)} · {by}{how === "rollback" && " · rolled back"}</small></div>
          {version !== kept.value?.version && <div class="actions"><button type="button" class="button" onClick={() => void read(version)}>Look</button><button type="button" class="button" onClick={() => void back(version)}>Roll back to it</button></div>}
        </li>
      ))}</ol>
    </aside>
  );
}

function Snippet() {
  const providers = useMemo(() => core.value?.providers() ?? [], [core.value]), [esp, setEsp] = useState("klaviyo"), [field, setField] = useState("apropos");
  const html = deciding.value?.snippet(esp, field.replaceAll(/\W/g, "") || "apropos", location.origin) ?? "";
  return (
    <aside class="card snippet" aria-label="Snippet">
      <h2>For your mail template</h2>
      <div class="row"><label for="esp">Provider<select id="esp" value={esp} onChange={({ currentTarget }) => setEsp(currentTarget.value)}>{providers.map(({ name, title }) => <option key={name} value={name}>{title}</option>)}</select></label>
        <label for="field">Field with the token<input id="field" value={field} onInput={({ currentTarget }) => setField(currentTarget.value)} /></label></div>
      <pre tabIndex={0}>{html}</pre>
      <Copy text={() => html} label="Copy the HTML" />
    </aside>
  );
}
