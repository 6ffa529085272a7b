// The studio: its frame, who may come in, and which page is shown.
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { refused, secret, signIn, signOut } from "./api.js";
import { Author } from "./author.js";
import { Model } from "./model.js";
import { People } from "./people.js";
import { Preview } from "./preview.js";
import { Results } from "./results.js";
import { PAGES, address, campaign, campaigns, core, go, open, page, published, trouble, type Page } from "./state.js";
import { Tour } from "./tour.js";
import { Icon, Loading, Notice } from "./ui.js";
import { words } from "./words.js";
import { Why } from "./why.js";

const ROOMS: Record<Page, () => preact.JSX.Element> = { preview: Preview, why: Why, author: Author, results: Results, model: Model, people: People };
/** Pages that don't hang on a campaign. */
const FREE: Page[] = ["model", "people"];

function Studio() {
  const here = page.value, main = useRef<HTMLElement>(null), first = useRef(true);
  useEffect(() => {
    document.title = `${words(here)} · Apropos studio`;
    // the tour keeps the keyboard while it goes from page to page
    if (!first.current && !document.querySelector(".tour")) main.current?.focus({ preventScroll: true });
    first.current = false;
    scrollTo(0, 0);
  }, [here]);
  if (!secret.value) return <SignIn />;
  const Room = ROOMS[here], ready = core.value && (published.value || FREE.includes(here));
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>Skip to the page</a>
      <header class="top">
        <a class="mark" href="/"><img src="/demo/icon.svg" width="24" height="24" alt="" />Apropos <span>studio</span></a>
        <Campaigns />
        <nav aria-label="Pages">{PAGES.map((to) => (
          <a key={to} href={address(to)} aria-current={to === here ? "page" : undefined} onClick={(event) => { if (event.metaKey || event.ctrlKey) return; event.preventDefault(); go(to); }}>{words(to)}</a>
        ))}</nav>
        <button type="button" class="text" onClick={() => signOut()}>Sign out</button>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {trouble.value && !FREE.includes(here) ? <Trouble error={trouble.value} /> : !ready ? (campaigns.value && !campaign.value ? <None /> : <Loading what="the campaign" />) : <Room />}
      </main>
      {ready && <Tour />}
    </>
  );
}

function Campaigns() {
  const [other, setOther] = useState(false), known = campaigns.value ?? [];
  const listed = known.some(({ id }) => id === campaign.value) || !campaign.value ? known : [...known, { id: campaign.value, name: campaign.value }];
  if (other) {
    return (
      <form class="campaign" onSubmit={(event) => { event.preventDefault(); const id = new FormData(event.currentTarget).get("id"); if (id) campaign.value = String(id).trim(); setOther(false); }}>
        <label><span class="visually-hidden">The campaign’s id</span><input name="id" placeholder="campaign id" autocomplete="off" ref={(input) => input?.focus()} /></label>
        <button class="button">Open</button>
      </form>
    );
  }
  return (
    <label class="campaign"><span class="visually-hidden">Campaign</span>
      <select value={campaign.value} onChange={({ currentTarget }) => { if (currentTarget.value) campaign.value = currentTarget.value; else setOther(true); }}>
        {listed.map(({ id, name }) => <option key={id} value={id}>{name || id}</option>)}
        <option value="">Another…</option>
      </select>
    </label>
  );
}

function Trouble({ error }: { error: Error }) {
  return <Notice title="This campaign can’t be shown" action={<button type="button" class="button" onClick={() => void open(campaign.value)}>Try again</button>}>{error.message}</Notice>;
}

function None() {
  return <Notice icon="search" title="No campaign yet">Nothing is published here. Publish one from the command line (<code>apropos publish campaign.json --url {location.origin}</code>), or name one above.</Notice>;
}

function SignIn() {
  const [error, setError] = useState(""), [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await signIn(String(new FormData(event.currentTarget as HTMLFormElement).get("secret")).trim());
    } catch (problem) {
      setError((problem as Error).message);
    }
    setBusy(false);
  };
  const said = error || refused.value;
  return (
    <main class="door">
      <form onSubmit={submit}>
        <p class="mark"><img src="/demo/icon.svg" width="30" height="30" alt="" />Apropos <span>studio</span></p>
        <h1>See what each person would see, and why.</h1>
        <label for="secret">Admin secret</label>
        <input id="secret" name="secret" type="password" required autocomplete="current-password" aria-describedby="secret-help" aria-invalid={Boolean(said)} />
        <p id="secret-help" class="note">The deployment’s <code>ADMIN_SECRET</code>. It stays in this tab and is forgotten when you close it.</p>
        {said && <p class="wrong" role="alert"><Icon name="alert" />{said}</p>}
        <button class="button primary" disabled={busy}>{busy ? "Looking…" : "Sign in"}</button>
      </form>
    </main>
  );
}

render(<Studio />, document.getElementById("studio")!);
