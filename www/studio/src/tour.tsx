// The first visit: three steps, each said beside what it is about, once.
import { useEffect, useRef, useState } from "preact/hooks";
import { go, type Page } from "./state.js";

const KEY = "apropos-tour";
const STEPS: [Page, string, string][] = [
  ["preview", "Be anybody", "Choose who opens the mail, where, when and with what. Every change decides again at once, with the very engine that answers your mails."],
  ["why", "Ask why", "Every decision explains itself: what it had to pass, what was known, what was possible, and the smallest change that would have led elsewhere."],
  ["author", "Change it", "Write the campaign with completion and the real checker, compare with what is live, publish. The next open shows it, and one click takes it back."],
];

export function Tour() {
  const [step, set] = useState(localStorage.getItem(KEY) ? -1 : 0), box = useRef<HTMLDivElement>(null);
  const end = () => {
    localStorage.setItem(KEY, "seen");
    set(-1);
  };
  useEffect(() => { if (step >= 0) box.current?.focus({ preventScroll: true }); }, [step]);
  const now = STEPS[step];
  if (!now) return null;
  const to = (next: number) => {
    const there = STEPS[next];
    if (!there) { end(); go("preview"); return; }
    go(there[0]);
    set(next);
  };
  return (
    <div class="tour" role="dialog" aria-labelledby="tour-title" aria-describedby="tour-text" tabIndex={-1} ref={box} onKeyDown={({ key }) => key === "Escape" && end()}>
      <p class="step">{step + 1} of {STEPS.length}</p>
      <h2 id="tour-title">{now[1]}</h2>
      <p id="tour-text">{now[2]}</p>
      <div><button type="button" class="button" onClick={end}>Leave the tour</button><button type="button" class="button primary" onClick={() => to(step + 1)}>{step + 1 < STEPS.length ? "Next" : "Done"}</button></div>
    </div>
  );
}
