// Why: a decision as a picture. What it had to pass, what was known and which way it pushed, what was possible, and what would have changed it.
import { name, useDecided } from "./preview.js";
import { currency, look, panes, view } from "./state.js";
import { Badge, Card, Choice, Icon, Loading, Notice } from "./ui.js";
import { money, percent, signed, told, words } from "./words.js";
import { useState } from "preact/hooks";
import type { Contribution, Report } from "./engine.js";

export function Why() {
  const at = Math.min(view.value.pane, panes.value.length - 1), pane = panes.value[at]!, result = useDecided(pane);
  return (
    <>
      <div class="bar">
        <h1>Why</h1>
        <Choice label="Whose decision" value={String(at)} options={panes.value.map((pane, i) => [String(i), name(pane, i)] as const)} onChange={(i) => look({ pane: Number(i) })} />
      </div>
      {result === "waiting" ? <Loading what="the decision" /> : result instanceof Error ? <Notice title="This can’t be decided">{result.message}</Notice> : <Story report={result.report} />}
    </>
  );
}

function Story({ report }: { report: Report }) {
  const [head, setHead] = useState("convert");
  const expected = report.intent.find((one) => one.head === head) ?? report.intent[0];
  return (
    <div class="why">
      <Card class="lead">
        <Badge outcome={report.outcome} />
        <h2 class="headline">{report.reasons[0]}</h2>
        <ul class="reasons">{report.reasons.slice(1).map((text) => <li key={text}>{text}</li>)}</ul>
        <dl class="facts">
          <div><dt>Probability</dt><dd>{percent(report.probability)}</dd></div>
          <div><dt>Worth of the message</dt><dd>{report.worth === undefined ? "not weighed" : money(report.worth, currency.value)}</dd></div>
          <div><dt>Campaign</dt><dd><code>{report.version}</code></dd></div>
          <div><dt>Model</dt><dd>{report.model}</dd></div>
        </dl>
      </Card>
      {report.otherwise && <Card title="What would have changed it" class="otherwise"><p>{String(report.otherwise.sentence ?? "")}</p></Card>}
      <Card title="To the recipient who asks" note="What to answer “why do I see this?”" class="told"><ul class="reasons">{report.for_recipient.map((text) => <li key={text}>{text}</li>)}</ul></Card>
      <Stages report={report} />
      {expected && (
        <Card title="What was known, and which way it pushed" class="span" actions={<label class="pick">What they may do<select value={head} onChange={({ currentTarget }) => setHead(currentTarget.value)}>{report.intent.map((one) => <option key={one.head} value={one.head}>{words(one.head)}</option>)}</select></label>}>
          <p class="note">The model expects {percent(expected.value, 1)}. Each bar starts where the last one ended, in log-odds before calibration.</p>
          {expected.signals.length ? <Waterfall signals={expected.signals} /> : <p class="quiet">Nothing that was known moved this. What consent doesn’t cover is missing before anything reads it.</p>}
        </Card>
      )}
      <Options report={report} />
    </div>
  );
}

function Stages({ report }: { report: Report }) {
  const settled = report.guardrails.filter(({ verdict }) => verdict !== "pass"), passed = report.guardrails.filter(({ verdict }) => verdict === "pass");
  const row = ({ name, verdict, note }: Report["guardrails"][number]) => (
    <li key={name} class={`${verdict}${name === report.cause ? " cause" : ""}`}>
      <Icon name={{ pass: "check", forbid: "cross", narrow: "narrow" }[verdict]} />
      <div><b>{words(name)}</b><span class="visually-hidden"> {{ pass: "passed", forbid: "forbade it", narrow: "narrowed the choice" }[verdict]}</span><span>{note}</span></div>
    </li>
  );
  return (
    <Card title="What it had to pass" note={`${passed.length} passed, ${settled.filter((g) => g.verdict === "narrow").length} narrowed the choice, ${settled.filter((g) => g.verdict === "forbid").length} forbade it.`}>
      <ul class="stages">{settled.map(row)}</ul>
      <details open={!settled.length}><summary>Passed</summary><ul class="stages">{passed.map(row)}</ul></details>
    </Card>
  );
}

/** How many bars stand before the rest is summed up. */
const BARS = 12;

function Waterfall({ signals }: { signals: Contribution[] }) {
  const sorted = [...signals].sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect)), main = sorted.slice(0, BARS), rest = sorted.slice(BARS);
  let sum = 0;
  const bars = main.map((signal) => ({ signal, from: sum, to: (sum += signal.effect) }));
  const others = rest.reduce((total, { effect }) => total + effect, 0), end = sum + others;
  const all = [0, end, ...bars.flatMap(({ from, to }) => [from, to])], low = Math.min(...all), high = Math.max(...all), span = high - low || 1;
  const x = (value: number) => ((value - low) / span) * 100;
  const bar = (from: number, to: number, kind: string) => (
    <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" class={kind}><line x1={x(0)} x2={x(0)} y1="0" y2="10" /><rect x={Math.min(x(from), x(to))} width={Math.max(0.5, Math.abs(x(to) - x(from)))} y="1.5" height="7" rx="0.6" /></svg>
  );
  return (
    <ol class="waterfall">
      {bars.map(({ signal, from, to }) => (
        <li key={signal.name + (signal.with ?? "")}>
          <div class="label"><b>{words(signal.name)}{signal.with && ` × ${words(signal.with)}`}</b><span>{told(signal.value)}</span></div>
          {bar(from, to, signal.effect > 0 ? "for" : "against")}
          <em>{signed(signal.effect)}</em>
          <small>{signal.why} {signal.purpose ? `Used for ${words(signal.serves).toLowerCase()}, covered by consent to ${signal.purpose}.` : `Used for ${words(signal.serves).toLowerCase()}; needs no consent.`}</small>
        </li>
      ))}
      {rest.length > 0 && <li><div class="label"><b>{rest.length} smaller ones</b></div>{bar(sum, end, others > 0 ? "for" : "against")}<em>{signed(others)}</em></li>}
      <li class="total"><div class="label"><b>All together</b></div>{bar(0, end, "sum")}<em>{signed(end)}</em></li>
    </ol>
  );
}

function Options({ report }: { report: Report }) {
  if (!report.weighed.length) return <Card title="What was possible" class="span"><p class="quiet">Nothing was weighed: {report.cause ? `${words(report.cause).toLowerCase()} settled it before` : "it was settled before"}.</p></Card>;
  return (
    <Card title="What was possible" note="What each variant adds to the value of the message, and how often it is chosen in a case like this." class="span">
      <div class="options">{report.weighed.map(({ slot, variants }) => (
        <table key={slot}>
          <caption>{words(slot)}</caption>
          <thead><tr><th scope="col">Variant</th><th scope="col">Worth</th><th scope="col">Probability</th></tr></thead>
          <tbody>{[...variants].sort((a, b) => b.probability - a.probability).map((arm) => (
            <tr key={arm.id} class={arm.chosen ? "chosen" : ""}>
              <th scope="row">{words(arm.id)}{arm.chosen && <span class="visually-hidden"> (chosen)</span>}{arm.learned && <small>{arm.learned.sentence}</small>}</th>
              <td>{money(arm.utility, currency.value)}</td>
              <td><svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="6" rx="1" class="track" /><rect width={arm.probability * 100} height="6" rx="1" /></svg>{percent(arm.probability)}</td>
            </tr>
          ))}</tbody>
        </table>
      ))}</div>
    </Card>
  );
}
