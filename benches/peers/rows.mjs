// What a driver prints: a line for each row, of name, unit, ours, peer, peer's name and spread, parted by tabs. `cargo xtask bench` reads them.

/** The one in the middle. */
export const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/** Half of what the middle half of the numbers spans, as a share of their median. */
const spread = (numbers) => {
  const sorted = numbers.toSorted((a, b) => a - b), at = (share) => sorted[Math.floor((sorted.length - 1) * share)];
  return (at(0.75) - at(0.25)) / 2 / median(numbers);
};

const value = (measured) => (Array.isArray(measured) ? median(measured) : measured);

/**
 * Prints a row. `ours` and `peer` are a number or a number for each round; contenders take turns, so that the spread of how many times faster we are is that of the rounds: whatever
 * slows a whole round slows both.
 */
export function print(name, unit, ours, peer = "", peerName = "") {
  const rounds = [ours, peer].filter(Array.isArray);
  const each = rounds.length === 2 ? ours.map((own, round) => peer[round] / own) : rounds[0];
  console.log([name, unit, value(ours), value(peer), peerName, each?.length > 2 ? spread(each) : ""].join("\t"));
}
