// What the browser computes at a temperature: masses and their order from logits, curves from
// cubics. Pure functions; Python's counterparts are in dashboard/figures/transfer_mass.py.

export const CLASSES = 10;

// Ten probabilities of one row of logits.
export function distributionAt(logits, row, temperature) {
  const start = row * CLASSES;
  const largest = Math.max(...logits.subarray(start, start + CLASSES));
  const powers = Float64Array.from({ length: CLASSES }, (_, j) =>
    Math.exp((logits[start + j] - largest) / temperature),
  );
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

// The probability of one class for every row of logits.
export function massesAt(logits, digit, temperature) {
  const masses = new Float64Array(logits.length / CLASSES);
  for (let row = 0; row < masses.length; row += 1) {
    const own = logits[row * CLASSES + digit];
    let inverse = 1;
    for (let j = 0; j < CLASSES; j += 1) {
      if (j !== digit) inverse += Math.exp((logits[row * CLASSES + j] - own) / temperature);
    }
    masses[row] = 1 / inverse;
  }
  return masses;
}

// Rows with the largest mass, the largest first; at equality the lower row.
export function topRows(masses, count) {
  const rows = Array.from(masses, (_, row) => row);
  return rows.sort((a, b) => masses[b] - masses[a] || a - b).slice(0, count);
}

// The value of one curve: the exponential of a cubic in log T between evenly spaced knots.
export function curveAt(curves, index, temperature) {
  const step = Math.log(curves.high / curves.low) / (curves.knots - 1);
  const place = Math.log(temperature / curves.low) / step;
  const left = Math.min(Math.max(Math.floor(place), 0), curves.knots - 2);
  const t = place - left;
  const at = index * curves.knots + left;
  const value =
    (1 + 2 * t) * (1 - t) ** 2 * curves.values[at] +
    t * (1 - t) ** 2 * step * curves.slopes[at] +
    t * t * (3 - 2 * t) * curves.values[at + 1] +
    t * t * (t - 1) * step * curves.slopes[at + 1];
  return Math.exp(value);
}

// The column of one class: its mean probability by true class, the mean over all images, and
// the part of all its mass that each true class carries.
export function columnAt(means, counts, digit, temperature) {
  const column = counts.map((_, c) => curveAt(means, c * CLASSES + digit, temperature));
  const held = column.map((mean, c) => mean * counts[c]);
  const all = held.reduce((sum, mass) => sum + mass, 0);
  const images = counts.reduce((sum, count) => sum + count, 0);
  return { column, mean: all / images, carried: held.map((mass) => mass / all) };
}

// As dashboard/core/numbers.py writes a share.
export function percent(share) {
  if (share < 1e-6) return "less than 0.0001\u00a0%";
  if (share < 0.0995) {
    const decimals = Math.max(1 - Math.floor(Math.log10(100 * share)), 0);
    return `${(100 * share).toFixed(decimals)}\u00a0%`;
  }
  if (share > 0.99995) return share < 1 ? "more than 99.99\u00a0%" : "100\u00a0%";
  return `${(100 * share).toFixed(share > 0.99 ? 2 : 1)}\u00a0%`;
}

// The same where there is little place.
export function briefPercent(share) {
  return percent(share).replace("less than ", "<").replace("more than ", ">");
}

// A tile's mass, in percent, as short as its place.
export function tilePercent(mass) {
  return mass < 0.0005 ? cell(mass) : (100 * mass).toFixed(1);
}

// A cell of the matrix, in percent, short.
export function cell(share) {
  const hundred = 100 * share;
  if (hundred < 0.05) return hundred < 0.005 ? "<.01" : hundred.toFixed(2).slice(1);
  return hundred < 9.95 ? hundred.toFixed(1) : hundred.toFixed(0);
}
