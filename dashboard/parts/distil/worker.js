// The worker: trains in short turns, so that it hears every message between two of them, and
// tells the page what the students now say of the wall.

const TURN = 90; // milliseconds of training from report to report; the first turn is shorter
const FIRST_TURN = 20;
const TRIED = 20; // batches by which a device's speed is told, so many times
const TRIES = 6;
const LOOKED_AT = 200;
const STEP_RATE = 0.003; // of a single step: large enough to be seen

const state = { given: null, lesson: null, playing: false, heat: 20, pace: 1, seconds: 0, turns: 0 };

const scaled = (pictures, factor, shift) =>
  Float32Array.from(pictures, (value) => value * factor - shift);

const jobs = {
  // What will be needed, once: pictures as bytes from 0 to 255.
  load({ given }) {
    const [factor, shift] = given.teacher ? [1 / 127.5, 1] : [1 / 255, 0];
    const images = {};
    for (const name of ["wall", "others", "unlabelled"]) {
      if (given[name]) images[name] = scaled(given[name], factor, shift);
    }
    state.given = { ...given, ...images, teacher: given.teacher && withWeights(given.teacher) };
    postMessage({ about: "loaded" });
  },
  // How long one image takes one student, in milliseconds: the best of some tries, as a busy
  // moment says nothing of the device.
  time({ sizes }) {
    const material = materialOf({ ...sizes, images: sizes.batch * TRIED }, 1);
    const lesson = makeLesson(material, ["soft"], { ...sizes, epochs: TRIES }, 1);
    let cost = Infinity;
    for (let tried = 0; tried < TRIES; tried += 1) {
      const began = performance.now();
      for (let batch = 0; batch < TRIED; batch += 1) trainBatch(lesson, state.heat);
      cost = Math.min(cost, (performance.now() - began) / (TRIED * sizes.batch));
    }
    postMessage({ about: "timed", cost });
  },
  start({ kinds, sizes, seed }) {
    state.playing = false;
    state.lesson = makeLesson(materialOf(sizes, seed), kinds, sizes, seed);
    state.seconds = state.turns = 0;
    state.stepped = shuffled(state.lesson.material.count, randomFrom(seed + 1));
  },
  set({ heat, pace }) {
    state.heat = heat;
    state.pace = pace;
  },
  play() {
    if (state.playing || state.lesson.step >= state.lesson.steps) return;
    state.playing = true;
    takeTurn();
  },
  pause() {
    if (!state.playing) return;
    state.playing = false;
    report(true);
  },
  // One picture, slowly: what the teacher and the students say, and what it changes.
  step({ held, number }) {
    const { lesson, given } = state;
    const isChosen = number === 0 && lesson.material.labels !== null;
    const image = isChosen ? telling(lesson) : state.stepped[number % state.stepped.length];
    lesson.material.prepare(image + 1);
    const pixels = given.wall.subarray(held * PIXELS, (held + 1) * PIXELS);
    const told = trainOn(lesson, image, state.heat, STEP_RATE, pixels);
    postMessage({
      about: "step",
      isChosen,
      told,
      label: lesson.material.labels?.[image] ?? null,
      pixels: imageOf(lesson.material, image).slice(),
      teacher: Array.from(logitsOf(lesson.material, image)),
    });
    report(true);
  },
  weights() {
    const weights = state.lesson.students.map(({ network }) => copyOf(network));
    postMessage({ about: "weights", weights });
  },
};

function materialOf(sizes, seed) {
  const { given } = state;
  if (given.teacher) return noiseMaterial(given.teacher, sizes.images, 1000 + seed);
  return digitMaterial(given, Math.min(sizes.images, given.labels.length));
}

// Of some pictures the one in which the teacher sees most of the missing digit: with it single
// steps begin, the next ones come as they come.
function telling({ material }) {
  const shareOf = (image) => softmax(logitsOf(material, image), state.heat)[state.given.digit];
  const some = Array.from(state.stepped.subarray(0, LOOKED_AT));
  return some.reduce((best, image) => (shareOf(image) > shareOf(best) ? image : best));
}

function takeTurn() {
  if (!state.playing) return;
  const { lesson } = state;
  const began = performance.now();
  const turn = (state.turns === 0 ? FIRST_TURN : TURN) / state.pace;
  do trainBatch(lesson, state.heat);
  while (lesson.step < lesson.steps && performance.now() - began < turn);
  state.turns += 1;
  state.playing = lesson.step < lesson.steps;
  report(!state.playing);
  const passed = performance.now() - began;
  state.seconds += passed / 1000;
  if (state.playing) setTimeout(takeTurn, turn * (state.pace - 1) * state.pace);
}

// What is now said of the wall; at rest also what the other digits and the unlabelled pictures say.
function report(isRest) {
  const { lesson, given } = state;
  const answers = lesson.students.map(({ network }) => answersTo(network, given.wall));
  const rest = isRest && given.unlabelled ? lesson.students.map(({ network }) => atRest(network)) : null;
  postMessage(
    {
      about: "progress",
      answers,
      rest,
      playing: state.playing,
      step: lesson.step,
      steps: lesson.steps,
      epochs: lesson.sizes.epochs,
      seconds: state.seconds,
    },
    answers.map(({ buffer }) => buffer),
  );
}

function atRest(network) {
  const { given } = state;
  const found = frequencyOffset(answersTo(network, given.unlabelled), given.digit, given.share);
  return { ...found, others: answersTo(network, given.others) };
}

onmessage = ({ data }) => jobs[data.job](data);
