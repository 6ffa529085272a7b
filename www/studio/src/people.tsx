// People: one recipient, looked up by id: what happened and when, what they allow, and their right to have it all or have it gone.
import { useMemo, useRef, useState } from "preact/hooks";
import { ask } from "./api.js";
import { change, detail, go, held, people, recipient, type Held } from "./state.js";
import { Card, Icon, Loading, Notice, save, useLoaded } from "./ui.js";
import { percent, plainly, told, when, words } from "./words.js";

export function People() {
  const id = detail.value, cast = useLoaded(people, []).value?.personas ?? [];
  return (
    <>
      <div class="bar"><h1>People</h1>
        <form class="find" onSubmit={(event) => { event.preventDefault(); const asked = String(new FormData(event.currentTarget).get("id")).trim(); if (asked) go("people", asked); }}>
          <label class="visually-hidden" for="find">A recipient’s id</label>
          <input id="find" name="id" key={id} defaultValue={id} placeholder="A recipient’s id" list="people-known" autocomplete="off" />
          <datalist id="people-known">{cast.map(({ id, name }) => <option key={id} value={`${id}.outlook`}>{name}</option>)}</datalist>
          <button class="button primary">Look up</button>
        </form>
      </div>
      {id ? <Person id={id} /> : <Notice icon="search" title="Whom are you looking for?">Ids are those of your import. Nothing can be searched by name or address: neither is stored with a profile.</Notice>}
    </>
  );
}

function Person({ id }: { id: string }) {
  const known = recipient(id), [gone, setGone] = useState("");
  if (gone === id) return <Notice icon="check" title="Erased">Nothing leads back to “{id}” any more: the profile, what was shown and the way from the log are gone.</Notice>;
  if (!known) return <Loading what="the recipient" />;
  if (known instanceof Error) return <Notice title="Nobody found">{known.message}</Notice>;
  return (
    <div class="person">
      <Summary id={id} held={known} onErased={() => setGone(id)} />
      <Consent held={known} />
      <Timeline held={known} />
      <Known held={known} />
    </div>
  );
}

function Summary({ id, held: known, onErased }: { id: string; held: Held; onErased: () => void }) {
  const traits = (known.profile?.traits ?? {}) as Record<string, unknown>, dialog = useRef<HTMLDialogElement>(null), [error, setError] = useState("");
  const erase = async () => {
    try {
      await ask(`/v1/recipients/${encodeURIComponent(id)}`, { method: "DELETE" });
      dialog.current?.close();
      held.value = Object.fromEntries(Object.entries(held.value).filter(([other]) => other !== id));
      onErased();
    } catch (problem) {
      setError((problem as Error).message);
    }
  };
  return (
    <Card class="lead">
      <h2 class="headline">{id}</h2>
      <dl class="facts">{Object.entries(traits).map(([key, value]) => <div key={key}><dt>{words(key)}</dt><dd>{told(value)}</dd></div>)}</dl>
      <div class="actions">
        <button type="button" class="button" onClick={() => { change(0, { who: id }); go("preview"); }}>See their mail</button>
        <button type="button" class="button" onClick={() => save(`${id}.json`, new Blob([JSON.stringify(known, null, 2)], { type: "application/json" }))}>Export all of it</button>
        <button type="button" class="button danger" onClick={() => dialog.current?.showModal()}>Erase…</button>
      </div>
      <dialog ref={dialog} aria-labelledby="erase-title">
        <h2 id="erase-title">Erase {id}?</h2>
        <p>The profile, consent, what was shown, under every id they have. This can’t be undone, and mails on their way to them show the default.</p>
        {error && <p class="wrong" role="alert">{error}</p>}
        <div class="actions"><button type="button" class="button" onClick={() => dialog.current?.close()}>Keep</button><button type="button" class="button danger" onClick={erase}>Erase for good</button></div>
      </dialog>
    </Card>
  );
}

const PURPOSES = ["marketing", "personalization", "measurement"];

function Consent({ held }: { held: Held }) {
  const consent = (held.profile?.consent ?? {}) as Record<string, Record<string, boolean | { granted: boolean; at?: string }>>;
  return (
    <Card title="What they allow" note="What was never granted counts as not allowed.">
      <table class="consent">
        <thead><tr><th scope="col">Channel</th>{PURPOSES.map((purpose) => <th scope="col" key={purpose}>{words(purpose)}</th>)}</tr></thead>
        <tbody>{["email", "sms", "web"].map((channel) => (
          <tr key={channel}><th scope="row">{{ email: "E-mail", sms: "SMS", web: "Web" }[channel]}</th>{PURPOSES.map((purpose) => {
            const said = consent[channel]?.[purpose], yes = typeof said === "object" ? said.granted : said;
            return <td key={purpose} class={yes ? "yes" : "no"}><Icon name={yes ? "check" : "cross"} /><span class="visually-hidden">{yes ? "allowed" : "not allowed"}</span>{typeof said === "object" && said.at && <small>{when(said.at).slice(0, 11)}</small>}</td>;
          })}</tr>
        ))}</tbody>
      </table>
    </Card>
  );
}

// --- the timeline

interface Moment { at: number; kind: string; what: string; more: string }

function moments({ profile = {}, shown = [], first_opens = [], links = [] }: Held): Moment[] {
  const all: Moment[] = [], add = (at: unknown, kind: string, what: string, more = "") => { if (typeof at === "string" || typeof at === "number") all.push({ at: new Date(at).getTime(), kind, what, more }); };
  for (const one of shown) {
    const nothing = one.sight === "nothing", forgotten = one.sight === "forgotten";
    add(one.at, nothing ? "quiet" : "shown", `${one.campaign}: ${nothing ? "left empty, on purpose" : forgotten ? "shown" : "an assembly was chosen"}`, `${one.counted ? "seen by a person" : "fetched, not yet seen"} · probability ${percent(one.probability)}`);
  }
  for (const { campaign, at } of first_opens) add(at, "opened", `First opened ${campaign}`);
  for (const { campaign, at, lands_on } of links) add(at, "link", `${campaign} promised a page`, lands_on);
  const part = (name: string) => (profile[name] ?? {}) as Record<string, unknown>;
  for (const [channel, purposes] of Object.entries(part("consent"))) for (const [purpose, said] of Object.entries(purposes as Record<string, { granted?: boolean; at?: string }>)) if (said?.at) add(said.at, "consent", `${said.granted ? "Granted" : "Withdrew"} ${purpose}, ${channel}`);
  for (const [key, label] of [["last_delivered", "A message arrived"], ["last_open", "Opened a message"], ["last_click", "Clicked in a message"]] as const) add(part("engagement")[key], "mail", label, "the newest that is known");
  for (const [at, act] of (part("browsing").acts ?? []) as [string, [string, number]][]) add(at, "visit", `${{ page: "Saw a page", product: "Looked at a product", info: "Read a page that builds trust", price: "Saw a page about prices", search: "Searched", cart: "Put something into the cart", checkout: "Began a checkout" }[act[0]] ?? words(act[0])}`, act[1] ? `${act[1]} s` : "");
  for (const [sku, bought] of Object.entries((part("purchases").products ?? {}) as Record<string, { first?: string; last?: string }>)) add(bought.last, "order", "Ordered a product", sku.startsWith("#") ? "" : sku);
  add(part("lifecycle").since, "came", "Came to us");
  return all.sort((a, b) => b.at - a.at);
}

/** The height of a row, in pixels; the same in the style sheet. */
const ROW = 56, OVER = 8;

/** Only the rows in sight are there: ten thousand are as smooth as ten. */
export function Rows({ all }: { all: Moment[] }) {
  const [top, setTop] = useState(0), height = 520;
  const from = Math.max(0, Math.floor(top / ROW) - OVER), to = Math.min(all.length, Math.ceil((top + height) / ROW) + OVER);
  return (
    <div class="timeline" tabIndex={0} role="region" aria-label={`Timeline, ${all.length} entries`} onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}>
      <ol style={{ height: `${all.length * ROW}px` }}>{all.slice(from, to).map((one, i) => (
        <li key={from + i} class={one.kind} aria-setsize={all.length} aria-posinset={from + i + 1} style={{ top: `${(from + i) * ROW}px` }}><time dateTime={new Date(one.at).toISOString()}>{when(one.at)}</time><div><b>{one.what}</b>{one.more && <span>{one.more}</span>}</div></li>
      ))}</ol>
    </div>
  );
}

function Timeline({ held }: { held: Held }) {
  const all = useMemo(() => moments(held), [held]);
  return <Card title="What happened" note={`${all.length} entries, the newest first. A profile is a fold over events: what it no longer needs is not kept.`} class="tall">{all.length ? <Rows all={all} /> : <p class="quiet">Nothing yet.</p>}</Card>;
}

function Known({ held }: { held: Held }) {
  const parts = Object.entries(held.profile ?? {}).filter(([key, value]) => !["consent", "traits", "id", "exposures", "seen"].includes(key) && typeof value === "object");
  return (
    <Card title="What is known" class="span">
      <div class="known">{parts.map(([key, value]) => (
        <section key={key}><h3>{words(key)}</h3><dl>{Object.entries(value as object).filter(([, v]) => typeof v !== "object").map(([name, v]) => <div key={name}><dt>{plainly(name)}</dt><dd>{typeof v === "string" && /^\d{4}-\d\d-\d\dT/.test(v) ? when(v) : told(v)}</dd></div>)}
          {Object.entries(value as object).filter(([, v]) => v && typeof v === "object" && !Array.isArray(v)).map(([name, v]) => <div key={name}><dt>{plainly(name)}</dt><dd>{Object.keys(v as object).slice(0, 8).join(", ")}</dd></div>)}</dl></section>
      ))}</div>
    </Card>
  );
}
