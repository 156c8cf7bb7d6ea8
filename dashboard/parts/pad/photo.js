// A photo of something written, brought to the pad: it is read here, in the browser, and goes
// nowhere. Ink counts as the share of light that it takes from the paper around it, so a shadow or
// a dark paper makes no difference. Numbers only, but for `shotOf`, which has the browser decode.

const MOST_BYTES = 20e6;
const MOST_PIXELS = 50e6; // phones take up to 50 megapixels; more is no photo of a digit
const LONGEST = 640; // pixels of the longer side, which is enough for a digit that fills the photo
const FINE = 80; // pixels of a cut-out's longer side: four for one of MNIST's box
const STROKE = 0.11 * FINE; // how thick MNIST's strokes are: the median of its images is 0.117
const FAINTEST = 0.09; // the least share of light that a stroke takes
const DARKEST = 48; // paper in a shadow as deep as this shows nothing but noise

// What a file shows, small and grey. Whatever cannot be taken throws the name of what to say.
export async function shotOf(file) {
  if (file.size > MOST_BYTES) throw new Error("photo_large");
  const [image, url] = [new Image(), URL.createObjectURL(file)];
  try {
    await new Promise((done, failed) => {
      [image.onload, image.onerror, image.src] = [done, failed, url];
    }).catch(() => {
      throw new Error("photo_other");
    });
    // Known before anything is decoded, and turned upright by the photo's own tag.
    const [width, height] = [image.naturalWidth, image.naturalHeight];
    if (!(width * height)) throw new Error("photo_other");
    if (width * height > MOST_PIXELS) throw new Error("photo_large");
    const scale = Math.min(1, LONGEST / Math.max(width, height));
    const size = [width, height].map((side) => Math.max(1, Math.round(scale * side)));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = size;
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.fillStyle = "white"; // below what a picture leaves transparent
    context.fillRect(0, 0, ...size);
    context.drawImage(image, 0, 0, ...size);
    return greyOf(context.getImageData(0, 0, ...size).data, ...size);
  } finally {
    URL.revokeObjectURL(url);
  }
}

function greyOf(rgba, width, height) {
  const light = (_, at) => 0.299 * rgba[4 * at] + 0.587 * rgba[4 * at + 1] + 0.114 * rgba[4 * at + 2];
  return { values: Float32Array.from({ length: width * height }, light), width, height };
}

// The digit in a grey shot as 28×28 pixels of the pad; throws the name of what to say without one.
export function digitIn(shot) {
  const dark = { ...shot, values: shot.values.map((value) => 255 - value) };
  const found = [shot, dark].map(written).filter(Boolean);
  if (!found.length) throw new Error("photo_empty");
  // What is written surrounds the paper inside it; else it is what has more ink.
  const [best] = found.sort(
    (one, other) => surrounds(other, one) - surrounds(one, other) || other.weight - one.weight,
  );
  return toMnistForm(...thickened(cut(best)));
}

const surrounds = ({ box }, { box: other, pixels, ink: { width } }) => {
  if (longer(other) < 0.4 * longer(box)) return 0; // a digit beside the edge of a shadow
  const isInside = (x, y) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
  const inside = pixels.filter((at) => isInside(at % width, Math.floor(at / width))).length;
  return Number(inside > 0.8 * pixels.length);
};

// What is written darker than its paper: its pixels, box and weight; nothing if nothing is.
function written(shot) {
  const ink = inkOf(shot);
  // Where the lines of a paper tie a digit to the edge, a higher level may leave the pen alone.
  for (const level of levels(ink.values)) {
    const group = largest(blobs(ink, level), ink);
    if (group) return { ...group, ink, level };
  }
  return null;
}

// The share of light that each pixel lacks beside the paper around it.
function inkOf(shot) {
  const calm = means(shot, 1);
  const radius = Math.max(2, Math.round(0.1 * Math.min(shot.width, shot.height)));
  // Paper, as if nothing thinner than the window were on it; the edge of a shadow stays.
  const paper = highest(highest(calm, radius, 1), radius, -1).values;
  const ink = (value, at) => Math.max(0, paper[at] - value) / Math.max(paper[at], DARKEST);
  return { ...shot, values: calm.values.map(ink) };
}

// The mean of the square around each pixel, as much of it as lies in the shot.
function means(shot, radius) {
  return eachWay(shot, (old, found, count) => {
    let sum = 0;
    for (let at = -radius; at < count; at += 1) {
      if (at + radius < count) sum += old[at + radius];
      if (at > radius) sum -= old[at - radius - 1];
      if (at >= 0) found[at] = sum / (Math.min(count, at + radius + 1) - Math.max(0, at - radius));
    }
  });
}

// The highest value of the square around each pixel, or with sign -1 the lowest.
function highest(shot, radius, sign) {
  // Places of ever lower values: each the highest of all that follow it.
  const queue = new Int32Array(Math.max(shot.width, shot.height));
  return eachWay(shot, (old, found, count) => {
    let [head, tail] = [0, 0];
    for (let at = 0; at < count + radius; at += 1) {
      if (at < count) {
        while (tail > head && sign * old[queue[tail - 1]] <= sign * old[at]) tail -= 1;
        queue[tail] = at;
        tail += 1;
      }
      if (queue[head] < at - 2 * radius) head += 1;
      if (at >= radius) found[at - radius] = old[queue[head]];
    }
  });
}

// What *change* makes of each row, then of each column of that.
function eachWay({ values, width, height }, change) {
  const changed = values.slice();
  const [old, found] = [0, 0].map(() => new Float32Array(Math.max(width, height)));
  const line = (first, step, count) => {
    for (let at = 0; at < count; at += 1) old[at] = changed[first + step * at];
    change(old, found, count);
    for (let at = 0; at < count; at += 1) changed[first + step * at] = found[at];
  };
  for (let y = 0; y < height; y += 1) line(y * width, 1, width);
  for (let x = 0; x < width; x += 1) line(x, width, height);
  return { values: changed, width, height };
}

// From which ink on a pixel counts as written, in the order to try: Otsu's level of all that is
// more than noise, then higher ones.
function levels(ink) {
  const sorted = Float32Array.from(ink.filter((_, at) => at % 7 === 0)).sort();
  const noise = Math.max(FAINTEST, 4 * sorted[sorted.length >> 1]);
  const counts = new Float64Array(256);
  for (const share of ink) if (share > noise) counts[Math.min(255, Math.floor(256 * share))] += 1;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const moment = counts.reduce((sum, count, at) => sum + count * at, 0);
  let [below, first, best, level] = [0, 0, 0, 0];
  for (let at = 0; at < 255; at += 1) {
    [below, first] = [below + counts[at], first + at * counts[at]];
    if (!below || below === total) continue;
    const apart = below * (total - below) * (first / below - (moment - first) / (total - below)) ** 2;
    if (apart > best) [best, level] = [apart, at + 1];
  }
  // Otsu parts the middle of strokes from their edges: half of that takes the edges in.
  const otsu = level / 256;
  return [Math.max(noise, 0.6 * otsu), Math.max(noise, otsu), Math.max(noise, 1.3 * otsu)];
}

// What hangs together and is written: its pixels, its box and how much ink it is.
function blobs({ values, width, height }, level) {
  const [seen, found] = [new Uint8Array(values.length), []];
  for (let start = 0; start < values.length; start += 1) {
    if (seen[start] || values[start] < level) continue;
    const blob = { pixels: [start], left: width, right: 0, top: height, bottom: 0, ink: 0 };
    seen[start] = 1;
    for (const at of blob.pixels) {
      const [x, y] = [at % width, Math.floor(at / width)];
      [blob.left, blob.right] = [Math.min(blob.left, x), Math.max(blob.right, x)];
      [blob.top, blob.bottom] = [Math.min(blob.top, y), Math.max(blob.bottom, y)];
      blob.ink += values[at] ** 2; // a faint edge of a shadow weighs little
      for (let near = Math.max(0, y - 1); near <= Math.min(height - 1, y + 1); near += 1) {
        for (let by = Math.max(0, x - 1); by <= Math.min(width - 1, x + 1); by += 1) {
          const next = near * width + by;
          if (seen[next] || values[next] < level) continue;
          seen[next] = 1;
          blob.pixels.push(next);
        }
      }
    }
    found.push(blob);
  }
  return found;
}

const longer = ({ left, right, top, bottom }) => Math.max(right - left, bottom - top) + 1;

// The largest blob near the middle, with what belongs to it: not what the photo's edge cuts, nor
// specks, nor a second digit beside it. Nothing where all is specks.
function largest(all, { width, height }) {
  const whole = all.filter(
    ({ left, right, top, bottom }) => left > 1 && top > 1 && right < width - 2 && bottom < height - 2,
  );
  const nearness = ({ left, right, top, bottom }) =>
    1 - (0.8 * Math.hypot((left + right) / width - 1, (top + bottom) / height - 1)) / Math.SQRT2;
  const weight = (blob) => blob.ink * nearness(blob);
  const main = whole.reduce((best, blob) => (weight(blob) > weight(best) ? blob : best), whole[0]);
  if (!main || longer(main) < 0.06 * Math.min(width, height)) return null;
  const apart = ({ left, right, top, bottom }) =>
    Math.max(left - main.right, main.left - right, top - main.bottom, main.top - bottom);
  const parts = whole.filter(
    (blob) =>
      blob === main ||
      (blob.ink > 0.02 * main.ink && blob.ink < 0.7 * main.ink && apart(blob) < 0.1 * longer(main)),
  );
  return { pixels: parts.flatMap(({ pixels }) => pixels), box: main, weight: weight(main) };
}

// What is written, cut out, full ink as 255, its longer side as `FINE` pixels: rows, in a margin.
function cut({ ink: { values, width }, pixels, level }) {
  const strengths = Float32Array.from(pixels, (at) => values[at]).sort();
  const full = strengths[strengths.length >> 1];
  const [columns, lines] = [pixels.map((at) => at % width), pixels.map((at) => Math.floor(at / width))];
  const ends = (places) => places.reduce(([a, b], at) => [Math.min(a, at), Math.max(b, at)], [1e9, 0]);
  const [[left, right], [top, bottom]] = [ends(columns), ends(lines)];
  const rows = Array.from({ length: bottom - top + 1 }, () => new Array(right - left + 1).fill(0));
  pixels.forEach((at, index) => {
    // A stroke's edge is as grey as what the pen covers of it.
    const share = (values[at] - 0.5 * level) / (full - 0.5 * level);
    rows[lines[index] - top][columns[index] - left] = 255 * Math.min(1, share);
  });
  const scale = FINE / Math.max(rows.length, rows[0].length);
  const sizes = [rows.length, rows[0].length].map((side) => Math.max(1, Math.round(scale * side)));
  const wide = turned(resampling(rows[0].length, sizes[1]));
  return product(product(resampling(rows.length, sizes[0]), rows), wide);
}

// Strokes thinner than MNIST's made as thick, as grey values and their width.
function thickened(rows) {
  const isInk = (y, x) => (rows[y]?.[x] ?? 0) >= 128;
  let [area, edge] = [0, 0];
  for (let y = 0; y <= rows.length; y += 1) {
    for (let x = 0; x <= rows[0].length; x += 1) {
      area += isInk(y, x);
      edge += (isInk(y, x) !== isInk(y - 1, x)) + (isInk(y, x) !== isInk(y, x - 1));
    }
  }
  // A stroke's area is length × width, its edge twice its length, counted in steps of a grid.
  const lacks = Math.max(0, STROKE - (2 * area) / ((edge * Math.PI) / 4 || 1)) / 2;
  const margin = Math.ceil(lacks);
  const width = rows[0].length + 2 * margin;
  const thick = new Float32Array(width * (rows.length + 2 * margin));
  for (let dy = -margin; dy <= margin; dy += 1) {
    for (let dx = -margin; dx <= margin; dx += 1) {
      const share = Math.min(1, Math.max(0, lacks + 0.5 - Math.hypot(dx, dy)));
      if (!share && (dx || dy)) continue;
      rows.forEach((row, y) =>
        row.forEach((value, x) => {
          const at = (y + dy + margin) * width + x + dx + margin;
          thick[at] = Math.max(thick[at], (dx || dy ? share : 1) * value);
        }),
      );
    }
  }
  return [thick, width];
}
