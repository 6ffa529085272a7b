// Model: what each signal adds to each expectation, as it stands in the file that decides; how sure it was on what it hadn't seen.
import { useMemo, useState } from "preact/hooks";
import { core } from "./state.js";
import { Card, Choice } from "./ui.js";
import { percent, signed, words } from "./words.js";

interface Axis { signal: string; cuts?: number[]; values?: string[] }
interface Term extends Axis { missing: number; weights: number[] }
interface Head { intercept: number; trained_on?: string; terms?: Term[]; pairs?: { rows: Axis; columns: Axis; weights: number[][] }[]; calibration?: [number, number][]; quality?: { auc: number; log_loss: number; calibration_error: number } }
interface File { name: string; trained_on: string; heads: Record<string, Head> }

export function Model() {
  const module = core.value!, file = useMemo(() => JSON.parse(module.model()) as File, [module]), signals = useMemo(() => new Map(module.signals().map((signal) => [signal.name, signal])), [module]);
  const names = Object.keys(file.heads), [head, setHead] = useState("convert"), here = file.heads[head] ?? file.heads[names[0]!]!;
  const reach = ({ weights, missing }: Term) => Math.max(...weights, missing) - Math.min(...weights, missing);
  const terms = [...(here.terms ?? [])].sort((a, b) => reach(b) - reach(a)), most = Math.max(0.1, ...terms.flatMap(({ weights, missing }) => [...weights, missing].map(Math.abs)));
  return (
    <>
      <div class="bar"><h1>Model</h1><p class="claim">“{file.name}”: {here.trained_on ?? file.trained_on}</p></div>
      <div class="bar second"><Choice label="What they may do" value={head} options={names.map((name) => [name, words(name)] as const)} onChange={setHead} /></div>
      <div class="model">
        <Card title="How good it is">
          {here.quality ? (
            <dl class="facts big">
              <div><dt>AUC</dt><dd>{here.quality.auc.toFixed(3)}</dd></div><div><dt>Log loss</dt><dd>{here.quality.log_loss.toFixed(3)}</dd></div><div><dt>Calibration error</dt><dd>{here.quality.calibration_error.toFixed(3)}</dd></div>
            </dl>
          ) : <p class="quiet">Not yet known: these weights are priors set by hand, and nobody measured them on people. Train on your own log, and figures stand here.</p>}
          <p class="note">Before anything is known it expects {percent(1 / (1 + Math.exp(-here.intercept)), 1)}. {here.terms?.length ?? 0} signals and {here.pairs?.length ?? 0} pairs move that.</p>
        </Card>
        <Card title="Calibration">{here.calibration?.length ? <Calibration knots={here.calibration} /> : <p class="quiet">None: what the tables sum up to is taken as it is.</p>}</Card>
        <h2 class="part">What each signal adds <small>log-odds; all plots share one scale</small></h2>
        <div class="shapes">{terms.map((term) => (
          <Card key={term.signal} class="shape"><h3>{words(term.signal)}</h3><Shape term={term} most={most} /><p class="note">{signals.get(term.signal)?.why}</p></Card>
        ))}</div>
        {(here.pairs?.length ?? 0) > 0 && <h2 class="part">What pairs add beyond that</h2>}
        <div class="shapes">{here.pairs?.map((pair, i) => <Card key={i} class="shape"><h3>{words(pair.rows.signal)} × {words(pair.columns.signal)}</h3><Heat pair={pair} /></Card>)}</div>
      </div>
    </>
  );
}

const bins = ({ cuts, values }: Axis): string[] => values ?? (cuts ? [`< ${cuts[0]}`, ...cuts.slice(1).map((cut, i) => `${cuts[i]} – ${cut}`), `≥ ${cuts.at(-1)}`] : []);

function Shape({ term, most }: { term: Term; most: number }) {
  const labels = ["unknown", ...bins(term)], weights = [term.missing, ...term.weights], width = 300, height = 120, step = width / labels.length, y = (w: number) => height / 2 - (w / most) * (height / 2 - 6);
  const told = labels.map((label, i) => `${label}: ${signed(weights[i] ?? 0)}`).join(", ");
  return (
    <figure>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${words(term.signal)}: ${told}`}>
        <line x1="0" x2={width} y1={height / 2} y2={height / 2} class="zero" />
        {weights.map((w, i) => <rect key={i} x={i * step + 1.5} width={Math.max(1, step - 3)} y={Math.min(y(w), height / 2) - (w === 0 ? 1 : 0)} height={Math.max(2, Math.abs(y(w) - height / 2))} rx="2" class={i === 0 ? "missing" : w > 0 ? "for" : w < 0 ? "against" : "none"} />)}
      </svg>
      <figcaption><span>unknown</span><span>{labels[1]}</span><span>{labels.length > 2 ? labels.at(-1) : ""}</span></figcaption>
    </figure>
  );
}

function Heat({ pair }: { pair: { rows: Axis; columns: Axis; weights: number[][] } }) {
  const most = Math.max(0.05, ...pair.weights.flat().map(Math.abs)), rows = ["unknown", ...bins(pair.rows)], columns = ["unknown", ...bins(pair.columns)], size = { w: 300 / columns.length, h: Math.min(34, 200 / rows.length) };
  return (
    <figure>
      <svg viewBox={`0 0 300 ${size.h * rows.length}`} role="img" aria-label={`A grid of ${rows.length} by ${columns.length} weights, from ${signed(-most)} to ${signed(most)}`}>
        {pair.weights.map((row, r) => row.map((w, c) => <rect key={`${r}/${c}`} x={c * size.w + 0.5} y={r * size.h + 0.5} width={size.w - 1} height={size.h - 1} class={w > 0 ? "for" : "against"} fill-opacity={0.06 + 0.94 * Math.abs(w) / most}><title>{`${rows[r]} × ${columns[c]}: ${signed(w)}`}</title></rect>))}
      </svg>
      <figcaption><span>{columns[0]}</span><span>{columns[1]}</span><span>{columns.at(-1)}</span></figcaption>
    </figure>
  );
}

function Calibration({ knots }: { knots: [number, number][] }) {
  const all = knots.flat(), low = Math.min(...all), high = Math.max(...all), at = (v: number) => ((v - low) / (high - low || 1)) * 160;
  return (
    <figure class="calibration">
      <svg viewBox="-4 -4 168 168" role="img" aria-label={`Calibration: a rising line of ${knots.length} knots, from ${knots[0]?.map((k) => k.toFixed(1)).join(" to ")}, to ${knots.at(-1)?.map((k) => k.toFixed(1)).join(" to ")} log-odds`}>
        <line x1="0" y1="160" x2="160" y2="0" class="zero" />
        <polyline points={knots.map(([sum, odds]) => `${at(sum)},${160 - at(odds)}`).join(" ")} />
      </svg>
      <figcaption>What the tables sum up to, and what it is taken for. On the dashed line both are the same.</figcaption>
    </figure>
  );
}
