// What students learn and how: the material, a lesson of several students side by side, what they
// answer, and the offset. Pure, like network.js, on which it builds.

export const PIXELS = 196; // pictures of 14×14
const CLASSES = 10;

// Pictures of digits: pixels from 0 to 1, the teacher's logits, labels.
export function digitMaterial({ pictures, logits, labels, omitted }, count = labels.length) {
  const images = new Float32Array(count * PIXELS);
  for (let at = 0; at < images.length; at += 1) images[at] = pictures[at] / 255;
  return { images, logits, labels, omitted, count, prepare: () => {} };
}

// Pictures of nothing: each pixel anything from −1 to 1, made when they are first seen, and what
// *teacher* says of them.
export function noiseMaterial(teacher, count, seed) {
  const random = randomFrom(seed);
  const [images, logits] = [new Float32Array(count * PIXELS), new Float32Array(count * CLASSES)];
  let made = 0;
  const prepare = (upTo) => {
    for (; made < upTo; made += 1) {
      const image = images.subarray(made * PIXELS, (made + 1) * PIXELS);
      for (let at = 0; at < PIXELS; at += 1) image[at] = 2 * random() - 1;
      logits.set(forward(teacher, image), made * CLASSES);
    }
  };
  return { images, logits, labels: null, omitted: [], count, prepare };
}

const imageOf = (material, at) => material.images.subarray(at * PIXELS, (at + 1) * PIXELS);
const logitsOf = (material, at) => material.logits.subarray(at * CLASSES, (at + 1) * CLASSES);

// What a student of some *kind* is to answer to an image: the teacher's soft targets; the same
// with the omitted classes' columns cut and the rest brought back to 1; or the label alone.
export function targetsOf(kind, material, image, temperature, into) {
  if (kind === "hard") {
    into.fill(0);
    into[material.labels[image]] = 1;
    return into;
  }
  softmax(logitsOf(material, image), temperature, into);
  if (kind === "cut") {
    for (const digit of material.omitted) into[digit] = 0;
    const total = into.reduce((sum, value) => sum + value, 0);
    for (let at = 0; at < CLASSES; at += 1) into[at] /= total;
  }
  return into;
}

// Hard labels know no temperature.
const heatOf = (kind, temperature) => (kind === "hard" ? 1 : temperature);

// Students of several *kinds*, all with the same start, that will see the same images in the same
// order. sizes: { hidden, epochs, batch, rate }
export function makeLesson(material, kinds, sizes, seed) {
  const random = randomFrom(seed);
  const start = makeNetwork(PIXELS, sizes.hidden, CLASSES, random);
  const students = kinds.map((kind) => ({ kind, network: copyOf(start), memory: startAdam(start) }));
  return {
    material,
    students,
    sizes,
    random,
    order: null,
    place: 0, // in the order of this epoch
    step: 0,
    steps: sizes.epochs * Math.ceil(material.count / sizes.batch),
    wanted: new Float64Array(CLASSES),
    given: new Float64Array(CLASSES),
  };
}

// Adds to a student's gradient that of T² times the cross-entropy at T: T (given − wanted).
function learnFrom(lesson, student, image, temperature) {
  const { material, wanted, given } = lesson;
  const pixels = imageOf(material, image);
  const heat = heatOf(student.kind, temperature);
  targetsOf(student.kind, material, image, heat, wanted);
  softmax(forward(student.network, pixels), heat, given);
  for (let at = 0; at < CLASSES; at += 1) given[at] = heat * (given[at] - wanted[at]);
  backward(student.network, pixels, given, student.memory.sum);
}

// One batch for every student.
export function trainBatch(lesson, temperature) {
  const { material, sizes } = lesson;
  if (lesson.place === 0) {
    // Noise is in no order, so the first epoch may take it as it is made.
    const isFresh = lesson.step === 0 && material.labels === null;
    const order = shuffled(material.count, lesson.random);
    lesson.order = isFresh ? order.sort() : order;
  }
  const end = Math.min(material.count, lesson.place + sizes.batch);
  const rate = rateAt(lesson.step, lesson.steps, sizes.rate);
  material.prepare(lesson.step < lesson.steps / sizes.epochs ? end : material.count);
  for (const student of lesson.students) {
    for (let at = lesson.place; at < end; at += 1) {
      learnFrom(lesson, student, lesson.order[at], temperature);
    }
    adam(student.network, student.memory, end - lesson.place, rate);
  }
  lesson.place = end === material.count ? 0 : end;
  lesson.step += 1;
}

// One image for every student, and what came of it. *held* are the pixels of a held-out image.
export function trainOn(lesson, image, temperature, rate, held) {
  const { material } = lesson;
  return lesson.students.map((student) => {
    const heat = heatOf(student.kind, temperature);
    const before = Float64Array.from(forward(student.network, held));
    const wanted = targetsOf(student.kind, material, image, heat, new Float64Array(CLASSES));
    const given = softmax(forward(student.network, imageOf(material, image)), heat);
    learnFrom(lesson, student, image, temperature);
    adam(student.network, student.memory, 1, rate);
    const after = Float64Array.from(forward(student.network, held));
    return { kind: student.kind, heat, wanted, given, before, after };
  });
}

// A network's logits for packed pictures, ten an image.
export function answersTo(network, images) {
  const count = images.length / PIXELS;
  const answers = new Float32Array(count * CLASSES);
  for (let image = 0; image < count; image += 1) {
    const pixels = images.subarray(image * PIXELS, (image + 1) * PIXELS);
    answers.set(forward(network, pixels), image * CLASSES);
  }
  return answers;
}

// The frequency criterion: the offset at which the mean probability of *digit* is *share*, and
// that mean without it. The offset is null beyond ±20: then no small number will do.
export function frequencyOffset(logits, digit, share) {
  const count = logits.length / CLASSES;
  const odds = new Float64Array(count); // the logarithm of the odds of digit against all others
  for (let image = 0; image < count; image += 1) {
    let largest = -Infinity;
    let total = 0;
    const own = logits[image * CLASSES + digit];
    for (let at = 0; at < CLASSES; at += 1) {
      if (at !== digit) largest = Math.max(largest, logits[image * CLASSES + at]);
    }
    for (let at = 0; at < CLASSES; at += 1) {
      if (at !== digit) total += Math.exp(logits[image * CLASSES + at] - largest);
    }
    odds[image] = own - largest - Math.log(total);
  }
  const massAt = (offset) =>
    odds.reduce((sum, each) => sum + 1 / (1 + Math.exp(-each - offset)), 0) / count;
  let [low, high] = [-20, 20];
  const mass = massAt(0);
  if (massAt(low) > share || massAt(high) < share) return { offset: null, mass };
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (massAt(middle) < share) low = middle;
    else high = middle;
  }
  return { offset: (low + high) / 2, mass };
}

// What is said of each image when *offset* is added to the score of *digit*.
export function saidAt(logits, digit, offset) {
  const said = new Uint8Array(logits.length / CLASSES);
  for (let image = 0; image < said.length; image += 1) {
    let best = -Infinity;
    for (let at = 0; at < CLASSES; at += 1) {
      const value = logits[image * CLASSES + at] + (at === digit ? offset : 0);
      if (value > best) [best, said[image]] = [value, at];
    }
  }
  return said;
}

export function countRight(said, labels) {
  let right = 0;
  for (let at = 0; at < said.length; at += 1) right += said[at] === labels[at] ? 1 : 0;
  return right;
}
