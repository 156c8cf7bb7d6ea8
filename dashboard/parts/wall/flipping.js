// What the wall computes: pure functions, no document.

export const SIDE = 28; // pixels of an image

export function decode(base64, Kind) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Kind(bytes.buffer);
}

// What a class is called, alone and in a sentence: "3", "a 3"; in a set without digits "shirt".
export function nameOf({ names }, digit) {
  return names?.[digit] ?? String(digit);
}

export function aName({ articled }, digit) {
  return articled?.[digit] ?? `a ${digit}`;
}

// How many of the ascending numbers lie below the offset: as many have flipped.
export function countBelow(sorted, offset) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

// How many of the ascending flips lie in each of so many equal bins between two ends.
export function binned(flips, low, high, bins) {
  const below = (edge) => countBelow(flips, low + ((high - low) * edge) / bins);
  return Array.from({ length: bins }, (_, bin) => below(bin + 1) - below(bin));
}

// Which of the other digits the offset has changed: rows [from, to) of the sorted flips.
// They are lost; with an offset below 0 they are won back.
export function changedOthers(flips, offset) {
  const [now, before] = [countBelow(flips, offset), countBelow(flips, 0)];
  return { from: Math.min(now, before), to: Math.max(now, before), lost: now - before };
}

// [digit, how many] of the labels in rows [from, to), most frequent first.
export function byDigit(labels, from, to) {
  const counts = new Array(10).fill(0);
  for (let row = from; row < to; row += 1) counts[labels[row]] += 1;
  const found = counts.map((count, digit) => [digit, count]).filter(([, count]) => count > 0);
  return found.sort((one, other) => other[1] - one[1] || one[0] - other[0]);
}

// The student's distribution over the ten classes at T = 1, with the offset on one logit.
export function distribution(logits, image, digit, offset) {
  const shifted = Array.from(logits.subarray(10 * image, 10 * image + 10));
  shifted[digit] += offset;
  const largest = Math.max(...shifted);
  const odds = shifted.map((logit) => Math.exp(logit - largest));
  const sum = odds.reduce((total, value) => total + value, 0);
  return odds.map((value) => value / sum);
}

// Column by column, so that what flips moves to the right as the slider does.
// The largest pitch (tile and gap, whole pixels) with which all of them fit.
export function gridOf(count, width, height, largest = 64) {
  const fits = (pitch) => Math.floor(width / pitch) * Math.floor(height / pitch) >= count;
  let pitch = largest;
  while (pitch > 4 && !fits(pitch)) pitch -= 1;
  // Of the grids with tiles of that size the one that is most nearly full: no ragged last column.
  const columnsOf = (rows) => Math.ceil(count / rows);
  const empty = (rows) => rows * columnsOf(rows) - count;
  let rows = Math.max(1, Math.min(count, Math.floor(height / pitch)));
  for (let tried = rows; tried > 0 && columnsOf(tried) * pitch <= width; tried -= 1) {
    if (empty(tried) < empty(rows)) rows = tried;
  }
  return { pitch, side: pitch - (pitch >= 8 ? 1 : 0), columns: columnsOf(rows), rows };
}

export function placeOf(grid, tile) {
  return [Math.floor(tile / grid.rows) * grid.pitch, (tile % grid.rows) * grid.pitch];
}

export function tileAt(grid, count, x, y) {
  const [column, row] = [Math.floor(x / grid.pitch), Math.floor(y / grid.pitch)];
  if (column < 0 || row < 0 || row >= grid.rows) return null;
  const tile = column * grid.rows + row;
  return tile < count ? tile : null;
}

// Where a key takes the focus from a tile; null for keys that mean nothing here.
export function tileAfter(key, tile, grid, count) {
  const steps = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -grid.rows, ArrowRight: grid.rows };
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (!(key in steps)) return null;
  return Math.min(count - 1, Math.max(0, tile + steps[key]));
}

function crosses(one, other) {
  const isAbove = one.row > other.row;
  return isAbove && other.left - 4 < one.place && one.place < other.left + other.width + 4;
}

function overlaps(one, other) {
  const [first, second] = one.left < other.left ? [one, other] : [other, one];
  return one.row === other.row && first.left + first.width + 10 > second.left;
}

function untidiness(labels) {
  let sum = 0;
  labels.forEach((one, index) => {
    sum += 8 * one.row + Math.abs(one.left + one.width / 2 - one.place) / one.width;
    labels.slice(index + 1).forEach((other) => {
      sum += overlaps(one, other) ? 5000 : 0;
      sum += crosses(one, other) || crosses(other, one) ? 1000 : 0;
    });
  });
  return sum;
}

// Where to write the labels of a few places above a line: each to the right of its tick, centred
// on it or to its left, in a row of its own if it must (0 is the lowest), so that no label lies on
// another one or on a tick that passes. Every arrangement is tried; there are few labels.
export function labelPlaces(places, widths, width) {
  const choicesOf = (place, index) => {
    const wide = widths[index];
    return [0, 0.5, 1].flatMap((share) => {
      const left = Math.min(Math.max(place - share * wide, 0), Math.max(0, width - wide));
      return places.map((_, row) => ({ place, width: wide, left, row }));
    });
  };
  const arrangements = places.map(choicesOf).reduce(
    (made, choices) => made.flatMap((labels) => choices.map((label) => [...labels, label])),
    [[]],
  );
  return arrangements
    .map((labels) => [untidiness(labels), labels])
    .reduce((best, next) => (next[0] < best[0] ? next : best))[1];
}

export function signed(offset) {
  if (Math.abs(offset) < 0.005) return "0";
  return (offset > 0 ? "+" : "−") + Math.abs(offset).toFixed(2);
}

export function percent(share) {
  if (share > 0.995) return ">99\u00a0%";
  return share > 0 && share < 0.005 ? "<1\u00a0%" : `${Math.round(100 * share)}\u00a0%`;
}

export function thousands(number) {
  return number.toLocaleString("en");
}

// "3 fives, 1 eight": at most so many digits by name, the rest summed up.
export function listed(counts, words, plurals, most = 3) {
  const rest = counts.slice(most).reduce((sum, [, count]) => sum + count, 0);
  const named = counts
    .slice(0, most)
    .map(([digit, count]) => `${thousands(count)} ${(count === 1 ? words : plurals)[digit]}`);
  if (rest > 0) named.push(`${thousands(rest)} more`);
  return named.join(", ");
}

export function changeInWords(lost, [one, many] = ["digit", "digits"]) {
  if (lost === 0) return `no other ${one} lost`;
  return `${thousands(Math.abs(lost))} other ${Math.abs(lost) === 1 ? one : many} ${lost > 0 ? "lost" : "won back"}`;
}

// The whole picture in one sentence.
export function inWords(wall, offset) {
  const right = countBelow(wall.ownFlips, offset);
  const gain = right - countBelow(wall.ownFlips, 0);
  const { from, to, lost } = changedOthers(wall.lostFlips, offset);
  const compared =
    gain === 0 ? "as many as" : `${thousands(Math.abs(gain))} ${gain > 0 ? "more" : "fewer"} than`;
  const who = listed(byDigit(wall.lostLabels, from, to), wall.names ?? wall.words, wall.plurals);
  return (
    `Offset ${signed(offset)}: ${thousands(right)} of ${thousands(wall.count)} held-out ` +
    `${wall.name} are right, ${compared} with no offset; ${changeInWords(lost, wall.kinds)}` +
    `${who && ` (${who})`}, of ${thousands(wall.tests)} test images.`
  );
}

// What there is to say of one image.
export function story(wall, image, offset) {
  const flip = wall.flips[image];
  const [label, said] = [wall.labels[image], wall.said[image]];
  const before = distribution(wall.logits, image, wall.digit, 0);
  const now = distribution(wall.logits, image, wall.digit, offset);
  const atOnce = flip < 0 ? wall.digit : said;
  const called = flip < offset ? wall.digit : said;
  return {
    title: `Test image ${thousands(wall.numbers[image])}, ${aName(wall, label)}`,
    before: `no offset: says ${nameOf(wall, atOnce)} (${percent(before[atOnce])})`,
    flips:
      `flips to ${nameOf(wall, wall.digit)} at ${signed(flip)}` +
      (flip < 0 ? ` (else ${nameOf(wall, said)})` : ""),
    now: `at ${signed(offset)}: says ${nameOf(wall, called)}`,
    isRight: called === label,
    shares: now,
  };
}
