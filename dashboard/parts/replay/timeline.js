// What the replay player computes: pure functions, which the tests run in a browser.
// A step is a number from 1 to `last`: the network after each epoch, then with the offset.

export function decode(base64) {
  const raw = atob(base64);
  return Uint8Array.from(raw, (character) => character.charCodeAt(0));
}

// The largest square tiles with which `count` of them fit into width × height.
export function gridOf(count, width, height, gap = 1) {
  for (let side = Math.floor(Math.min(width, height)); side > 1; side -= 1) {
    const columns = Math.floor((width + gap) / (side + gap));
    const rows = Math.ceil(count / columns);
    if (rows * (side + gap) - gap <= height) return { side, columns, rows, gap };
  }
  return { side: 1, columns: Math.max(1, Math.floor(width)), rows: 1, gap: 0 };
}

export function tileAt(grid, count, x, y) {
  const pitch = grid.side + grid.gap;
  const column = Math.floor(x / pitch);
  const index = Math.floor(y / pitch) * grid.columns + column;
  return x >= 0 && y >= 0 && column < grid.columns && index < count ? index : null;
}

// The answers at a step, one class an image.
export function answersAt(answers, count, step) {
  return answers.subarray((step - 1) * count, step * count);
}

// How many images are right at a step, and how many became so or ceased to be so in it.
export function tally(answers, count, step, digit) {
  const now = answersAt(answers, count, step);
  const before = answersAt(answers, count, Math.max(1, step - 1));
  const counts = { right: 0, gained: 0, lost: 0 };
  for (let image = 0; image < count; image += 1) {
    const isRight = now[image] === digit;
    const wasRight = before[image] === digit;
    if (isRight) counts.right += 1;
    if (isRight && !wasRight) counts.gained += 1;
    if (!isRight && wasRight) counts.lost += 1;
  }
  return counts;
}

// Where playing has come to after some milliseconds; it never passes the last step.
export function advance(position, milliseconds, stepsPerSecond, last) {
  return Math.min(last, position + (Math.max(0, milliseconds) * stepsPerSecond) / 1000);
}

// The step that a key leads to, or null if the key means nothing here.
export function stepFor(key, step, last) {
  const to = { ArrowLeft: step - 1, ArrowRight: step + 1, Home: 1, End: last }[key];
  return to === undefined ? null : Math.min(last, Math.max(1, to));
}

export function when(step, last, offset) {
  return step === last ? `With the offset ${offset}` : `After epoch ${step} of ${last - 1}`;
}

export function percent(share) {
  return `${(100 * share).toFixed(1)}\u00a0%`;
}

// The same count for eyes and for ears.
export function readout(data, counts, step) {
  const total = data.count.toLocaleString("en");
  const right = counts.right.toLocaleString("en");
  return {
    when: when(step, data.last, data.offset),
    count: `${right} of ${total} ${data.name} right`,
    share: percent(counts.right / data.count),
    change: step === 1 ? "" : `${counts.gained} newly right, ${counts.lost} no longer`,
    all: `all ${data.testImages.toLocaleString("en")} test images: ${percent(data.accuracy[step - 1])}`,
  };
}

export function inWords(said) {
  const change = said.change ? `; ${said.change}` : "";
  return `${said.when}: ${said.count}, ${said.share}${change}; ${said.all} right.`;
}

// One image's answers in words; runs of equal answers are put together.
export function history(answers, count, image, last) {
  const runs = [];
  for (let step = 1; step < last; step += 1) {
    const said = answersAt(answers, count, step)[image];
    const run = runs[runs.length - 1];
    if (run && run.said === said) run.to = step;
    else runs.push({ said, from: step, to: step });
  }
  const shown = runs.length > 6 ? [...runs.slice(0, 3), null, ...runs.slice(-2)] : runs;
  const parts = shown.map((run) => {
    if (run === null) return "…";
    const epochs = run.from === run.to ? `epoch ${run.from}` : `epochs ${run.from}–${run.to}`;
    return `${epochs}: ${run.said}`;
  });
  return [...parts, `with the offset: ${answersAt(answers, count, last)[image]}`].join(", ");
}

// Where a step stands on the curve's axis; the offset's step is set a little apart.
export function placeOf(step, last, left, right) {
  const apart = Math.max(1.5, (last - 1) * 0.12);
  const end = last - 1 + apart - 1;
  const place = step === last ? end : step - 1;
  return left + ((right - left) * place) / end;
}

// The step nearest to a place on that axis.
export function stepNear(x, last, left, right) {
  let best = 1;
  for (let step = 2; step <= last; step += 1) {
    const closer = Math.abs(placeOf(step, last, left, right) - x);
    if (closer < Math.abs(placeOf(best, last, left, right) - x)) best = step;
  }
  return best;
}

// A few epochs to write below the axis: 1, round numbers, the last.
export function ticks(epochs, most) {
  const steps = [1, 2, 5, 10, 20, 25, 50, 100, 200, 500];
  const every = steps.find((step) => epochs / step <= most) ?? epochs;
  const round = [];
  for (let epoch = every; epoch < epochs - every / 2; epoch += every) {
    if (epoch > 1) round.push(epoch);
  }
  return [...new Set([1, ...round, epochs])];
}
