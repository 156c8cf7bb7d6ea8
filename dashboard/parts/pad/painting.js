// What a pen does to 28x28 grey values, and what networks answer: numbers only, no page.

export const SIDE = 28;
export const PEN = 1.15; // radius in pixels: strokes as thick as MNIST's once they are scaled
export const ERASER = 1.9;
const UNDO_STEPS = 60;

// Paint the segment from one point to another; coordinates in pixels, 0 to 28.
// A pixel takes the share of it that the stroke covers, so edges are smooth.
export function paint(pixels, from, to, radius, erases) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const squared = dx * dx + dy * dy;
  for (let row = 0; row < SIDE; row += 1) {
    for (let column = 0; column < SIDE; column += 1) {
      const [px, py] = [column + 0.5 - from.x, row + 0.5 - from.y];
      const along = squared ? Math.min(1, Math.max(0, (px * dx + py * dy) / squared)) : 0;
      const distance = Math.hypot(px - along * dx, py - along * dy);
      const covered = Math.min(1, Math.max(0, radius - distance + 0.5));
      const at = row * SIDE + column;
      pixels[at] = erases
        ? Math.min(pixels[at], Math.round(255 * (1 - covered)))
        : Math.max(pixels[at], Math.round(255 * covered));
    }
  }
}

// A pen that reports how hard it is pressed draws thinner or thicker; nothing else does.
export function pressed(radius, event) {
  if (event.pointerType !== "pen" || !(event.pressure > 0)) return radius;
  return radius * (0.55 + 0.9 * event.pressure);
}

// The drawing and what it was before each stroke.
export class Sheet {
  constructor(pixels) {
    this.pixels = Uint8Array.from(pixels);
    this.before = [];
  }

  begin() {
    this.before.push(this.pixels.slice());
    if (this.before.length > UNDO_STEPS) this.before.shift();
  }

  replace(pixels) {
    this.begin();
    this.pixels = Uint8Array.from(pixels);
  }

  undo() {
    if (!this.before.length) return false;
    this.pixels = this.before.pop();
    return true;
  }

  get blank() {
    return this.pixels.every((value) => value === 0);
  }
}

// softmax((logits + offset on one class) / T)
export function probabilities(logits, temperature, digit = null, offset = 0) {
  const scaled = logits.map((logit, at) => (logit + (at === digit ? offset : 0)) / temperature);
  const largest = Math.max(...scaled);
  const weights = scaled.map((value) => Math.exp(value - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

// Whole percent that never rounds to 0 or to certainty.
export function percent(share) {
  if (share > 0.995) return ">99 %";
  return share < 0.005 ? "<1 %" : `${Math.round(100 * share)} %`;
}

// Two digits that mean something, for a mass that may be tiny.
export function fine(share) {
  if (share < 1e-6) return "<0.0001 %";
  if (share > 0.9995) return ">99.9 %";
  if (share >= 0.0995) return `${(100 * share).toFixed(1)} %`;
  return `${(100 * share).toFixed(Math.max(1 - Math.floor(Math.log10(100 * share)), 0))} %`;
}

// Like a sign in print: +0.99, −1.20
export function signed(offset) {
  return `${offset < 0 ? "−" : "+"}${Math.abs(offset).toFixed(2)}`;
}
