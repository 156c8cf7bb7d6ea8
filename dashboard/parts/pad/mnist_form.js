// A drawing brought to the form of MNIST's images, as `kdengine/data/drawing` does; a test holds
// one against the other.

const FRAME = 28;
const BOX = 20;

// Halves go to the even number, as numpy rounds.
function rounded(value) {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
}

// The weights (new × old) of linear interpolation that averages where it shrinks.
function resampling(old, size) {
  const reach = Math.max(1, old / size);
  return Array.from({ length: size }, (_, row) => {
    const centre = ((row + 0.5) * old) / size;
    const near = (at) => Math.max(0, 1 - Math.abs(at + 0.5 - centre) / reach);
    const weights = Array.from({ length: old }, (_, at) => near(at));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => weight / sum);
  });
}

const product = (left, right) =>
  left.map((row) =>
    right[0].map((_, column) => row.reduce((sum, value, at) => sum + value * right[at][column], 0)),
  );
const turned = (matrix) => matrix[0].map((_, column) => matrix.map((row) => row[column]));

function startOf(mass) {
  const total = mass.reduce((sum, value) => sum + value, 0);
  const centre = mass.reduce((sum, value, at) => sum + value * at, 0) / total;
  return Math.min(Math.max(FRAME / 2 - Math.floor(centre + 0.5), 0), FRAME - mass.length);
}

// Scale what is drawn, rows of grey values, to fit 20×20 and centre it by its mass in 28×28.
export function toMnistForm(pixels, width = FRAME) {
  const rows = Array.from({ length: pixels.length / width }, (_, row) =>
    Array.from(pixels.slice(width * row, width * (row + 1))),
  );
  const placed = new Uint8Array(FRAME * FRAME);
  const inked = (lines) => lines.flatMap((line, at) => (line.some(Boolean) ? [at] : []));
  const [down, across] = [inked(rows), inked(turned(rows))];
  if (!down.length) return placed;
  let box = rows
    .slice(down[0], down.at(-1) + 1)
    .map((row) => row.slice(across[0], across.at(-1) + 1));
  const longest = Math.max(box.length, box[0].length);
  if (longest !== BOX && longest !== BOX - 1) {
    const sizes = [box.length, box[0].length].map((side) =>
      Math.max(1, rounded((side * BOX) / longest)),
    );
    const wide = turned(resampling(box[0].length, sizes[1]));
    box = product(product(resampling(box.length, sizes[0]), box), wide);
  }
  const sum = (line) => line.reduce((total, value) => total + value, 0);
  const [top, left] = [startOf(box.map(sum)), startOf(turned(box).map(sum))];
  box.forEach((row, y) =>
    row.forEach((value, x) => (placed[FRAME * (top + y) + left + x] = rounded(value))),
  );
  return placed;
}
