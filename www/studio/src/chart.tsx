// Intervals: over time as a chart, and one by one as a line with its ends. An estimate is never drawn without its interval.
import uPlot from "uplot";
import { useEffect, useRef } from "preact/hooks";

export interface Interval { value: number; low: number; high: number }

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** An estimate and its interval by day; days of which nothing is known yet are gaps. */
export function OverTime({ days, values, format, label, onReady }: { days: string[]; values: (Interval | null)[]; format: (n: number) => string; label: string; onReady?: (canvas: HTMLCanvasElement) => void }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const there = host.current;
    if (!there) return;
    let plot: uPlot | undefined;
    const paint = () => {
      plot?.destroy();
      const axis: uPlot.Axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px Inter, sans-serif" };
      const bounds = values.flatMap((one) => (one ? [one.low, one.high] : [])), low = Math.min(0, ...bounds), high = Math.max(0, ...bounds), pad = (high - low || 1) * 0.08;
      const series = (pick: (one: Interval) => number) => values.map((one) => (one ? pick(one) : null));
      plot = new uPlot(
        {
          width: there.clientWidth, height: 260, legend: { show: false }, cursor: { y: false, points: { size: 8 } },
          scales: { x: { time: true }, y: { range: [low - pad, high + pad] } },
          axes: [{ ...axis, space: 64, incrs: [1, 2, 7, 14, 28, 56, 91].map((days) => days * 86_400), values: (_, at) => at.map((t) => new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }).format(t * 1000)) }, { ...axis, size: 64, values: (_, at) => at.map(format) }],
          series: [{}, { stroke: "transparent", points: { show: false } }, { stroke: "transparent", points: { show: false } }, { stroke: colour("--accent"), width: 2.5, points: { show: true, size: 6, fill: colour("--accent") } }],
          bands: [{ series: [1, 2], fill: colour("--accent-soft") }],
          hooks: { draw: [(u) => { const y = u.valToPos(0, "y", true); u.ctx.save(); u.ctx.strokeStyle = colour("--faint"); u.ctx.setLineDash([5, 5]); u.ctx.beginPath(); u.ctx.moveTo(u.bbox.left, y); u.ctx.lineTo(u.bbox.left + u.bbox.width, y); u.ctx.stroke(); u.ctx.restore(); }] },
        },
        [days.map((day) => Date.parse(`${day}T00:00:00Z`) / 1000), series(({ high }) => high), series(({ low }) => low), series(({ value }) => value)] as uPlot.AlignedData,
        there,
      );
      plot.ctx.canvas.setAttribute("aria-hidden", "true");
      onReady?.(plot.ctx.canvas);
    };
    paint();
    let width = there.clientWidth;
    const seen = new ResizeObserver(() => { if (there.clientWidth !== width) { width = there.clientWidth; paint(); } });
    seen.observe(there);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", paint);
    return () => { seen.disconnect(); scheme.removeEventListener("change", paint); plot?.destroy(); };
  }, [days.join(), JSON.stringify(values), label]);
  const last = values.findLast((one) => one);
  return <div class="over-time" ref={host} role="img" aria-label={`${label} by day. ${last ? `Last: ${format(last.value)}, between ${format(last.low)} and ${format(last.high)}.` : "Not yet known."}`} />;
}

/** One estimate on a scale that its neighbours share. */
export function Whisker({ of, scale }: { of: Interval; scale: [number, number] }) {
  const [low, high] = scale, x = (value: number) => Math.min(100, Math.max(0, ((value - low) / (high - low || 1)) * 100));
  return (
    <svg class="whisker" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
      {low < 0 && high > 0 && <line x1={x(0)} x2={x(0)} y1="0" y2="12" class="zero" />}
      <rect x={x(of.low)} width={Math.max(0.8, x(of.high) - x(of.low))} y="4" height="4" rx="1" /><rect x={x(of.value) - 0.7} width="1.4" y="1" height="10" class="value" />
    </svg>
  );
}

/** The scale on which all of these can be drawn. */
export const scaleOf = (all: (Interval | null | undefined)[]): [number, number] => {
  const ends = all.flatMap((one) => (one ? [one.low, one.high] : []));
  return [Math.min(0, ...ends), Math.max(0, ...ends)];
};
