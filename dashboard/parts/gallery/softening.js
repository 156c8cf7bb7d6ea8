// What the browser computes at a temperature: masses and their order, from logits. Pure functions;
// Python's counterparts are in dashboard/figures/transfer_mass.py.

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
export function nameOf({ names }, digit) {
  return names?.[digit] ?? String(digit);
}

export function aName({ articled }, digit) {
  return articled?.[digit] ?? `a ${digit}`;
}

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
  const hundred = 100 * mass;
  if (hundred >= 0.05) return hundred.toFixed(1);
  return hundred < 0.005 ? "<.01" : hundred.toFixed(2).slice(1);
}
