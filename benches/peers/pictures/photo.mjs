// What stands in for a photograph, 1200 × 600: noise in octaves, each finer one weaker, as detail is spread in photographs (their spectra fall off with about the
// square of the frequency). The same on every run.
import { createCanvas } from "@napi-rs/canvas";

const WIDTH = 1200, HEIGHT = 600, COARSEST = 512;
/** How much weaker an octave is than the one twice as coarse. */
const FALL = 0.68;

/** A JPEG of quality 92. */
export function photo() {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const canvas = createCanvas(WIDTH, HEIGHT), context = canvas.getContext("2d"), image = context.createImageData(WIDTH, HEIGHT);
  const light = new Float32Array(WIDTH * HEIGHT), tint = new Float32Array(WIDTH * HEIGHT);
  for (let side = COARSEST, weight = 190; side >= 1; side /= 2, weight *= FALL) {
    octave(light, side, weight, random);
    if (side >= 8) octave(tint, side, weight / 2, random);
  }
  for (let i = 0; i < light.length; i++) {
    image.data.set([105 + light[i] + tint[i], 100 + light[i], 108 + light[i] - tint[i], 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
  return canvas.encodeSync("jpeg", 92);
}

/** Adds random values on a grid, with straight lines between them. */
function octave(field, side, weight, random) {
  const columns = Math.ceil(WIDTH / side) + 2, grid = Float32Array.from({ length: columns * (Math.ceil(HEIGHT / side) + 2) }, random);
  for (let y = 0; y < HEIGHT; y++) {
    const row = Math.floor(y / side), v = y / side - row;
    for (let x = 0; x < WIDTH; x++) {
      const column = Math.floor(x / side), u = x / side - column, at = row * columns + column;
      const above = grid[at] * (1 - u) + grid[at + 1] * u, below = grid[at + columns] * (1 - u) + grid[at + columns + 1] * u;
      field[y * WIDTH + x] += weight * (above * (1 - v) + below * v);
    }
  }
}

/** A progressive JPEG of four components of which none is smaller than the others: what takes a decoder the most memory for its pixels. All coefficients are 0. */
export function worst(width, height) {
  const segment = (marker, ...content) => [0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 255, ...content];
  const two = (number) => [number >> 8, number & 255], ids = [1, 2, 3, 4];
  const head = [
    0xff, 0xd8,
    ...segment(0xee, ...Buffer.from("Adobe"), 0, 100, 0, 0, 0, 0, 0), // no transform: cyan, magenta, yellow, black
    ...segment(0xdb, 0, ...Array(64).fill(1)),
    ...segment(0xc2, 8, ...two(height), ...two(width), 4, ...ids.flatMap((id) => [id, 0x11, 0])),
    ...segment(0xc4, 0, 1, ...Array(15).fill(0), 0), // one code, a single 0 bit: no difference
    ...segment(0xda, 4, ...ids.flatMap((id) => [id, 0]), 0, 0, 0),
  ];
  const blocks = 4 * Math.ceil(width / 8) * Math.ceil(height / 8), scan = Buffer.alloc(Math.ceil(blocks / 8));
  if (blocks % 8) scan[scan.length - 1] = 0xff >> (blocks % 8);
  return Buffer.concat([Buffer.from(head), scan, Buffer.from([0xff, 0xd9])]);
}
