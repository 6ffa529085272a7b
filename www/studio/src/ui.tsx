// The few parts that every page of the studio is put together from.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

const PATHS: Record<string, string> = {
  check: "M5 12.5l4.5 4.5L19 7.5", cross: "M6 6l12 12M18 6L6 18", narrow: "M4 6h16M7 12h10M10 18h4", quiet: "M5 12h14", hold: "M9 6v12M15 6v12", back: "M9 7l-5 5 5 5M4 12h16",
  plus: "M12 5v14M5 12h14", link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1", alert: "M12 8v5M12 16.5v.5M12 3l9.5 17h-19z", search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5",
};

export function Icon({ name }: { name: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round">
      <path d={PATHS[name] ?? ""} />
    </svg>
  );
}

const OUTCOMES: Record<string, [string, string]> = {
  show: ["Chosen for them", "check"], suppress: ["Nothing, on purpose", "quiet"], hold_out: ["Held out, to measure", "hold"], fall_back: ["The default", "back"],
};
export function Badge({ outcome }: { outcome: string }) {
  const [text, icon] = OUTCOMES[outcome] ?? [outcome, "alert"];
  return <span class={`badge ${outcome}`}><Icon name={icon} />{text}</span>;
}

export function Card({ title, note, children, class: more = "", actions }: { title?: string; note?: ComponentChildren; children: ComponentChildren; class?: string; actions?: ComponentChildren }) {
  return (
    <section class={`card ${more}`}>
      {(title || actions) && <header>{title && <h2>{title}</h2>}{actions}</header>}
      {note && <p class="note">{note}</p>}
      {children}
    </section>
  );
}

/** What stands where there is nothing yet, or where something failed. */
export function Notice({ title, children, icon = "alert", action }: { title: string; children?: ComponentChildren; icon?: string; action?: ComponentChildren }) {
  return (
    <div class="notice" role={icon === "alert" ? "alert" : undefined}>
      <Icon name={icon} /><h2>{title}</h2>{children && <p>{children}</p>}{action}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return <div class="loading" role="status"><span class="visually-hidden">Loading {what}</span><i class="bone" /><i class="bone" /><i class="bone" /></div>;
}

export function Choice<T extends string>({ label, value, options, onChange }: { label: string; value: T; options: readonly (readonly [T, string])[]; onChange: (value: T) => void }) {
  return (
    <div class="choice" role="group" aria-label={label}>
      {options.map(([key, text]) => <button type="button" key={key} aria-pressed={key === value} onClick={() => onChange(key)}>{text}</button>)}
    </div>
  );
}

/** Loads something; what it is, or why it isn't. `again` tries anew. */
export function useLoaded<T>(load: () => Promise<T>, keys: unknown[]): { value?: T; error?: Error; again: () => void } {
  const [state, set] = useState<{ value?: T; error?: Error }>({});
  const [turn, next] = useState(0);
  useEffect(() => {
    let stale = false;
    set({});
    load().then((value) => !stale && set({ value }), (error: Error) => !stale && set({ error }));
    return () => { stale = true; };
  }, [...keys, turn]);
  return { ...state, again: () => next(turn + 1) };
}

/** Copies a text and says so. */
export function Copy({ text, label = "Copy" }: { text: () => string; label?: string }) {
  const [done, set] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text());
    set(true);
    setTimeout(() => set(false), 1600);
  };
  return <button type="button" class="button" onClick={copy}><span role="status">{done ? "Copied" : label}</span></button>;
}

/** A file to keep. */
export function save(name: string, content: Blob): void {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(content), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
