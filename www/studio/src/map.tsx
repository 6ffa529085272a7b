// The world in dots: where somebody opens the mail. The list beside it says the same to whoever has no pointer.
import { LAND, NORTH, STEP } from "./land.js";
import { PLACES, placed } from "./state.js";

const DOTS = LAND.flatMap((row, y) => [...row].flatMap((dot, x) => (dot === "#" ? [`M${x * STEP} ${y * STEP}h0`] : []))).join("");
const WIDTH = 360, HEIGHT = LAND.length * STEP;
const x = (lon: number) => lon + 178.5, y = (lat: number) => NORTH - lat;

export function Map({ value, onPick }: { value: string; onPick: (place: string) => void }) {
  const here = placed(value);
  const pick = (event: MouseEvent) => {
    const box = (event.currentTarget as SVGElement).getBoundingClientRect();
    const lon = ((event.clientX - box.left) / box.width) * WIDTH - 180, lat = NORTH + STEP / 2 - ((event.clientY - box.top) / box.height) * HEIGHT;
    const near = Object.entries(PLACES).find(([, { coordinates }]) => Math.hypot(coordinates[0] - lat, coordinates[1] - lon) < 4);
    onPick(near?.[0] ?? `${lat.toFixed(1)},${lon.toFixed(1)}`);
  };
  return (
    <svg class="map" viewBox={`-1.5 -1.5 ${WIDTH} ${HEIGHT}`} aria-hidden="true" onClick={pick}>
      <path d={DOTS} />
      {Object.entries(PLACES).map(([key, { label, coordinates: [lat, lon] }]) => <circle key={key} cx={x(lon)} cy={y(lat)} r="2.6"><title>{label}</title></circle>)}
      {here && <circle class="here" cx={x(here.coordinates[1])} cy={y(here.coordinates[0])} r="4.4" />}
    </svg>
  );
}
