// A network of one hidden layer of ReLU units and how it learns. Pure functions of arrays: they
// run in a worker, in Node and in a test's page alike. All weights are 64-bit floats.

const PARTS = ["first", "firstBias", "second", "secondBias"];
const FAST = 0.9; // Adam's two memories (Kingma and Ba, 2015)
const SLOW = 0.99;
const TINY = 1e-8;

// Random numbers of our own (mulberry32), so that a seed means the same on every machine.
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

// The numbers below *count* in random order (Fisher and Yates).
export function shuffled(count, random) {
  const order = Int32Array.from({ length: count }, (_, at) => at);
  for (let at = count - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [order[at], order[other]] = [order[other], order[at]];
  }
  return order;
}

// Weights uniform within ±sqrt(6 / inputs) (He et al., 2015), the output layer's within
// ±sqrt(1 / hidden), so that the first answers are near to even; biases 0.
export function makeNetwork(inputs, hidden, outputs, random) {
  const uniform = (count, most) =>
    Float64Array.from({ length: count }, () => (2 * random() - 1) * most);
  return withWeights({
    first: uniform(inputs * hidden, Math.sqrt(6 / inputs)),
    firstBias: new Float64Array(hidden),
    second: uniform(hidden * outputs, Math.sqrt(1 / hidden)),
    secondBias: new Float64Array(outputs),
  });
}

// A network of given weights, stored input by input (then hidden unit by hidden unit); `units`
// and `logits` hold what the last image made of them, `lit` and `below` are room to work in.
export function withWeights(weights) {
  const [hidden, outputs] = [weights.firstBias.length, weights.secondBias.length];
  const inputs = weights.first.length / hidden;
  return {
    ...weights,
    inputs,
    hidden,
    outputs,
    units: new Float64Array(hidden),
    logits: new Float64Array(outputs),
    lit: new Int32Array(inputs),
    below: new Float64Array(hidden),
  };
}

export const copyOf = (network) =>
  withWeights(Object.fromEntries(PARTS.map((part) => [part, network[part].slice()])));

// Notes which pixels are not 0, as only they count, and returns how many.
function litPixels(network, image) {
  let count = 0;
  for (let input = 0; input < network.inputs; input += 1) {
    if (image[input] !== 0) network.lit[count++] = input;
  }
  return count;
}

// The logits of one image. Four pixels are added at once, which takes half the time.
export function forward(network, image) {
  const { hidden, outputs, first, second, units, logits, lit } = network;
  const count = litPixels(network, image);
  units.set(network.firstBias);
  let at = 0;
  for (; at + 3 < count; at += 4) {
    const [a, b, c, d] = [lit[at], lit[at + 1], lit[at + 2], lit[at + 3]];
    const [va, vb, vc, vd] = [image[a], image[b], image[c], image[d]];
    const [ra, rb, rc, rd] = [a * hidden, b * hidden, c * hidden, d * hidden];
    for (let unit = 0; unit < hidden; unit += 1) {
      units[unit] +=
        va * first[ra + unit] + vb * first[rb + unit] + vc * first[rc + unit] + vd * first[rd + unit];
    }
  }
  for (; at < count; at += 1) {
    const [value, row] = [image[lit[at]], lit[at] * hidden];
    for (let unit = 0; unit < hidden; unit += 1) units[unit] += value * first[row + unit];
  }
  logits.set(network.secondBias);
  for (let unit = 0; unit < hidden; unit += 1) {
    const value = units[unit];
    if (value <= 0) {
      units[unit] = 0;
      continue;
    }
    const row = unit * outputs;
    for (let output = 0; output < outputs; output += 1) logits[output] += value * second[row + output];
  }
  return logits;
}

// Adds one image's gradient to *sum*, just after its `forward`; *slope* is the loss's by the logits.
export function backward(network, image, slope, sum) {
  const { hidden, outputs, second, units, lit, below } = network;
  const { first: firstSum, firstBias, second: secondSum, secondBias } = sum;
  for (let unit = 0; unit < hidden; unit += 1) {
    const value = units[unit];
    let total = 0;
    if (value > 0) {
      const row = unit * outputs;
      for (let output = 0; output < outputs; output += 1) {
        secondSum[row + output] += value * slope[output];
        total += slope[output] * second[row + output];
      }
    }
    below[unit] = total;
    firstBias[unit] += total;
  }
  for (let output = 0; output < outputs; output += 1) secondBias[output] += slope[output];
  const count = litPixels(network, image);
  let at = 0;
  for (; at + 3 < count; at += 4) {
    const [a, b, c, d] = [lit[at], lit[at + 1], lit[at + 2], lit[at + 3]];
    const [va, vb, vc, vd] = [image[a], image[b], image[c], image[d]];
    const [ra, rb, rc, rd] = [a * hidden, b * hidden, c * hidden, d * hidden];
    for (let unit = 0; unit < hidden; unit += 1) {
      const share = below[unit];
      firstSum[ra + unit] += va * share;
      firstSum[rb + unit] += vb * share;
      firstSum[rc + unit] += vc * share;
      firstSum[rd + unit] += vd * share;
    }
  }
  for (; at < count; at += 1) {
    const [value, row] = [image[lit[at]], lit[at] * hidden];
    for (let unit = 0; unit < hidden; unit += 1) firstSum[row + unit] += value * below[unit];
  }
}

const zeros = (network) =>
  Object.fromEntries(PARTS.map((part) => [part, new Float64Array(network[part].length)]));

// What Adam remembers of a network, and the sum of gradients that it is to use.
export const startAdam = (network) => ({
  steps: 0,
  sum: zeros(network),
  mean: zeros(network),
  square: zeros(network),
});

// One step of Adam with the mean gradient of *count* images; the sum is cleared.
export function adam(network, memory, count, rate) {
  memory.steps += 1;
  const pace = (rate * Math.sqrt(1 - SLOW ** memory.steps)) / (1 - FAST ** memory.steps);
  for (const part of PARTS) {
    const [weights, slopes] = [network[part], memory.sum[part]];
    const [mean, square] = [memory.mean[part], memory.square[part]];
    for (let at = 0; at < weights.length; at += 1) {
      const slope = slopes[at] / count;
      slopes[at] = 0;
      mean[at] = FAST * mean[at] + (1 - FAST) * slope;
      square[at] = SLOW * square[at] + (1 - SLOW) * slope * slope;
      weights[at] -= (pace * mean[at]) / (Math.sqrt(square[at]) + TINY);
    }
  }
}

// A rate that rises to *peak* in the first tenth of the steps and falls to 0 with the last.
export function rateAt(step, steps, peak) {
  const rise = 0.1 * steps;
  return step < rise ? (peak * (step + 1)) / (rise + 1) : (peak * (steps - step)) / (steps - rise);
}

export function softmax(logits, temperature, into = new Float64Array(logits.length)) {
  let largest = -Infinity;
  for (let at = 0; at < logits.length; at += 1) largest = Math.max(largest, logits[at]);
  let total = 0;
  for (let at = 0; at < logits.length; at += 1) {
    into[at] = Math.exp((logits[at] - largest) / temperature);
    total += into[at];
  }
  for (let at = 0; at < logits.length; at += 1) into[at] /= total;
  return into;
}
