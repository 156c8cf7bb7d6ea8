// The scene: controls, two students side by side, the wall. All learning is done by a worker of
// its own; while it does, nothing is asked of the server.

const SILENCE = 2_500; // milliseconds between two sentences for who listens
const USED = 296; // pixels that controls, captions and the offset's row take of the window
const SNOW = 70; // milliseconds from one noise to the next
const scenes = new WeakMap();
// What came over the network stays in the tab, by its mark.
const kept = (globalThis.distilled ??= new Map());

function options(select, names) {
  const make = ([value, name]) => Object.assign(document.createElement("option"), { value, textContent: name });
  select.replaceChildren(...Object.entries(names).map(make));
}

const grouped = (number) => Number(number).toLocaleString("en");

class Scene {
  constructor(root) {
    this.root = root.querySelector(".distil");
    this.find = (name) => this.root.querySelector(`.${name}`);
    this.columns = [...this.root.querySelectorAll(".student")].map((box) => ({
      box,
      teaching: box.querySelector(".teaching"),
      count: box.querySelector(".count"),
      of: box.querySelector(".of"),
      wall: box.querySelector(".wall"),
    }));
    this.seed = 1;
    this.calm = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.root.scene = this; // for tests and measurements
  }

  // Python has sent something; what has come before stays as it is.
  take(data) {
    this.data = data;
    this.words = data.words;
    if (this.isReady && this.dark !== isDark(this.root)) {
      this.layOut();
      this.show();
    }
    if (this.isSetUp) return;
    this.isSetUp = true;
    this.source = data.mode;
    this.setUp();
    this.listen();
    this.open();
  }

  setUp() {
    const { words, data } = this;
    const { digits } = data;
    for (const span of this.root.querySelectorAll("[data-word]")) span.textContent = words[span.dataset.word];
    this.root.classList.toggle("compact", data.compact);
    this.root.classList.toggle("named", Boolean(data.names));
    for (const [name, colour] of Object.entries(data.colours)) this.root.style.setProperty(`--${name}`, colour);
    this.find("one").textContent = words.one;
    this.find("again").textContent = words.again;
    options(this.find("pace"), words.paces);
    const seeing = { ...words.seeing, digits: fill(words.seeing.digits, { digits }) };
    options(this.find("sees"), Object.fromEntries(data.sources.map((name) => [name, seeing[name]])));
    this.find("sees").value = this.source;
    this.find("sees").closest("label").hidden = data.sources.length < 2;
    this.columns.forEach(({ teaching }, at) => {
      options(teaching, at ? { ...words.teachings, "": words.none } : words.teachings);
      teaching.value = ["soft", "hard"][at];
    });
    this.find("temperature").value = data.temperature;
    this.find("offset-name").textContent = fill(words.offset, { digit: this.nameOf(data.digit) });
    this.find("criterion").textContent = words.criterion;
    this.root.setAttribute("aria-label", words.title);
    this.find("snow").setAttribute("aria-label", words.snow);
    this.find("passed").setAttribute("aria-label", words.passed);
    this.find("temperature").setAttribute("aria-label", words.temperature_long);
    this.find("offset").setAttribute("aria-label", fill(words.offset, { digit: this.nameOf(data.digit) }));
  }

  nameOf(digit) {
    return this.data.names?.[digit] ?? String(digit);
  }

  get isNoise() {
    return this.source === "noise";
  }

  get kinds() {
    const chosen = this.columns.map(({ teaching }) => teaching.value);
    return this.isNoise ? ["soft"] : chosen.filter(Boolean);
  }

  // Begins with what the student is to see: unpacks it, starts a worker, hands all over.
  async open() {
    const { words, data, source } = this;
    this.close();
    this.isReady = false;
    this.root.dataset.source = source;
    this.tellClock(words.loading);
    this.enable(false);
    try {
      this.given = await kept.get(data.marks[source])();
      if (this.source !== source || this.isGone) return;
      this.employ();
    } catch (problem) {
      this.fail(problem);
    }
  }

  employ() {
    const { given } = this;
    const code = new Blob([WORKER], { type: "text/javascript" });
    const address = URL.createObjectURL(code);
    this.worker = new Worker(address);
    URL.revokeObjectURL(address);
    this.worker.onmessage = ({ data }) => this.hear(data);
    this.worker.onerror = (event) => this.fail(event);
    this.labels = given.wallLabels ?? new Uint8Array(given.wall.length / PIXELS).fill(given.digit);
    const names = ["wall", "others", "unlabelled", "teacher", "digit", "share", "omitted", "logits"];
    const needed = Object.fromEntries(names.map((name) => [name, given[name]]));
    this.ask("load", { given: { ...needed, pictures: given.learn, labels: given.learnLabels } });
  }

  close() {
    this.worker?.terminate();
    this.worker = null;
    this.playing = false;
    cancelAnimationFrame(this.frame);
  }

  ask(job, more = {}) {
    this.worker?.postMessage({ job, ...more });
  }

  fail(problem) {
    this.close();
    this.tellClock(fill(this.words.failed, { problem: problem.message ?? problem }));
    this.enable(false);
  }

  hear(message) {
    if (message.about === "loaded") {
      this.sizes = this.plan();
      if (this.data.sizes) this.reset();
      else this.ask("time", { sizes: this.sizes });
    } else if (message.about === "timed") {
      this.sizes = this.plan(message.cost);
      this.reset();
    } else if (message.about === "progress") this.progress(message);
    else if (message.about === "step") this.showStep(message);
    else if (message.about === "weights") this.tellWeights?.(message.weights);
  }

  plan(cost) {
    const there = this.isNoise ? Number.MAX_SAFE_INTEGER : this.given.learnLabels.length;
    return planned(this.source, { there, students: this.kinds.length, cost, own: this.data.sizes });
  }

  // Back to the start, of another seed if asked to.
  reset(next = 0) {
    this.seed += next;
    this.playing = this.isDone = false;
    this.clock = { step: 0, seconds: 0 };
    this.steps = 0;
    this.answers = [];
    this.rest = null;
    this.find("mechanism").hidden = true;
    this.find("criterion-says").textContent = "";
    this.find("offset").value = 0;
    this.tellHeat();
    this.ask("start", { kinds: this.kinds, sizes: this.sizes, seed: this.seed });
    this.set();
    this.isReady = true;
    this.layOut();
    this.enable(true);
    this.tellClock(this.words.ready);
    this.find("passed").value = 0;
    this.show();
  }

  set() {
    this.pace = Number(this.find("pace").value);
    this.heat = Number(this.find("temperature").value);
    this.ask("set", { heat: this.heat, pace: this.pace });
  }

  play() {
    if (this.isDone) this.reset(1);
    this.find("mechanism").hidden = true;
    this.playing = true;
    this.ask("play");
    this.layOut();
    this.show();
    if (this.isNoise) this.snow(0);
  }

  pause() {
    this.playing = false;
    this.ask("pause");
    this.show();
  }

  progress(message) {
    const epoch = Math.min(message.epochs, Math.floor((message.step / message.steps) * message.epochs) + 1);
    const isNew = epoch !== this.clock.epoch;
    this.clock = { ...message, epoch };
    this.answers = message.answers;
    this.rest = message.rest;
    this.isDone = message.step >= message.steps;
    if (this.isDone) this.playing = false;
    // Who wants little motion gets a number an epoch, and the wall in the end.
    if (!this.calm.matches || isNew || !this.playing) this.show();
    if (this.find("mechanism").hidden) this.speak(!this.playing);
  }

  get offset() {
    return this.isNoise ? 0 : Number(this.find("offset").value);
  }

  show() {
    const { words, clock, data } = this;
    this.find("play").textContent = this.playing
      ? words.pause
      : clock.step && !this.isDone ? words.resume : words.play;
    this.find("again").disabled = !clock.step && !this.steps;
    const facts = { ...clock, seconds: clock.seconds.toFixed(1), epochs: this.sizes.epochs };
    if (clock.step || this.playing) {
      this.tellClock(fill(this.isDone ? words.finished : words.when, { epoch: 1, ...facts }));
    } else if (this.steps) this.tellClock(fill(words.single, { steps: this.steps }));
    this.find("passed").value = clock.steps ? clock.step / clock.steps : 0;
    this.counts = this.columns.map((column, at) => this.showColumn(column, at));
    this.tellOffset();
    this.tellFacts();
    this.find("criterion").disabled = !this.rest || !this.isDone;
    this.animate();
    if (data.compact) return;
    this.find("one").disabled = this.playing || this.isDone;
  }

  // One student's count; its tiles follow in the next frames.
  showColumn(column, at) {
    const answers = this.answers[this.place(at)];
    const { words, labels, data } = this;
    const total = grouped(labels.length);
    const digit = this.given.digit ?? 0;
    const said = answers && saidAt(answers, digit, this.offset);
    const right = said ? countRight(said, labels) : 0;
    column.goal = Uint8Array.from(labels, (label, tile) => (said && said[tile] === label ? 1 : 0));
    const facts = { count: total, name: data.name };
    let of = fill(this.isNoise ? words.of_digits : words.of, facts);
    if (answers && this.offset) {
      const before = grouped(countRight(saidAt(answers, digit, 0), labels));
      of = fill(words.with_offset, { ...facts, before });
    }
    column.count.textContent = said ? grouped(right) : "–";
    column.of.textContent = of;
    column.wall.setAttribute(
      "aria-label",
      fill(this.isNoise ? words.wall_noise : words.wall, { ...facts, right: grouped(right) }),
    );
    return { right, total };
  }

  // Which of the students that are trained stands in a column.
  place(at) {
    return this.isNoise ? at : this.columns.slice(0, at).filter(({ teaching }) => teaching.value).length;
  }

  // Tiles change a few a frame, so that a turn's news is no jump.
  animate() {
    cancelAnimationFrame(this.frame);
    const isCalm = this.calm.matches;
    if (isCalm && this.playing) return;
    const draw = () => {
      let waits = false;
      for (const column of this.columns) waits = this.drawChanges(column, isCalm || !this.playing) || waits;
      if (waits) this.frame = requestAnimationFrame(draw);
    };
    draw();
  }

  drawChanges(column, atOnce) {
    if (!column.context || column.box.hidden) return false;
    let waits = false;
    for (let tile = 0; tile < column.goal.length; tile += 1) {
      if (column.lit[tile] === column.goal[tile]) continue;
      if (!atOnce && Math.random() > 0.2) {
        waits = true;
        continue;
      }
      column.lit[tile] = column.goal[tile];
      drawTile(column.context, this.sheets, column.grid, tile, column.lit[tile] === 1);
    }
    return waits;
  }

  layOut() {
    const dark = isDark(this.root);
    if (this.dark !== dark || this.drawn !== this.given) {
      [this.dark, this.drawn] = [dark, this.given];
      this.sheets = sheetsOf(this.given.wall, tones(this.data.colours, dark));
    }
    const isStepping = !this.find("mechanism").hidden;
    this.columns.forEach(({ box, teaching }, at) => {
      box.hidden = isStepping || (at > 0 && (this.isNoise || !teaching.value));
    });
    this.find("static").hidden = !this.isNoise || isStepping;
    this.width = this.root.clientWidth;
    const isPhone = this.width < 560;
    // On a screen the wall ends above the offset and what is said of it; see USED.
    const top = Math.min(260, Math.max(100, this.root.getBoundingClientRect().top));
    const room = this.data.compact ? 220 : isPhone ? 330 : Math.max(240, window.innerHeight - top - USED);
    for (const column of this.columns) {
      if (column.box.hidden) continue;
      const count = this.labels.length;
      // Noise's wall has every class in rows of its own.
      const even = this.isNoise ? count / 10 / [4, 2][Number(!isPhone)] : 1;
      const wide = column.box.clientWidth;
      const grid = gridOf(count, wide, this.isNoise && isPhone ? 2000 : room, Math.max(1, Math.floor(even)));
      const width = grid.columns * (grid.side + 1) - 1;
      const context = fit(column.wall, width, grid.rows * (grid.side + 1) - 1);
      Object.assign(column, { grid, context, lit: new Uint8Array(count) });
      for (let tile = 0; tile < count; tile += 1) drawTile(context, this.sheets, grid, tile, false);
    }
    this.drawSnow();
  }

  // New static while it learns from static.
  snow(now) {
    if (!this.playing || !this.isNoise || this.isGone) return;
    if (!this.calm.matches && now - (this.snowed ?? 0) > SNOW) {
      this.snowed = now;
      this.drawSnow();
    }
    requestAnimationFrame((later) => this.snow(later));
  }

  drawSnow() {
    const side = this.find("static").clientWidth;
    if (this.isNoise && side) drawSnow(this.find("snow"), side, 3);
  }

  tellClock(text) {
    this.find("when").textContent = text;
  }

  tellHeat() {
    this.find("heat-value").textContent = this.find("temperature").value;
  }

  tellOffset() {
    this.find("offset-value").textContent = signed(this.offset, 1);
  }

  tellFacts() {
    const { words, sizes, data, heat, clock } = this;
    const facts = {
      ...sizes,
      images: grouped(sizes.images),
      without: fill(words.without, { digits: data.digits }),
      temperature: heat,
      others: this.rest?.[0]?.others && this.othersRight(this.rest[0], this.offset),
    };
    const main = this.isNoise ? words.facts_noise : clock.step && facts.others ? words.facts : words.facts_before;
    const notes = [fill(main, facts)];
    if (this.given.dataset === "digits") notes.push(words.on_digits);
    if (sizes.isSmaller) notes.push(fill(words.smaller, facts));
    this.find("facts").textContent = notes.join(" ");
  }

  othersRight({ others }, offset) {
    const said = saidAt(others, this.given.digit, offset);
    return percent(countRight(said, this.given.otherLabels) / said.length);
  }

  // What the frequency criterion finds, and what it costs the other digits.
  chooseOffset() {
    const { words, given, data } = this;
    const [first] = this.rest;
    const slider = this.find("offset");
    const isFound = first.offset !== null && first.offset <= Number(slider.max);
    if (isFound) slider.value = first.offset;
    this.find("criterion-says").textContent = fill(isFound ? words.criterion_says : words.criterion_none, {
      unlabelled: grouped(given.unlabelled.length / PIXELS),
      share: percent(given.share),
      name: data.name,
      mass: percent(first.mass),
      offset: signed(first.offset, 1),
      before: this.othersRight(first, 0),
      after: this.othersRight(first, this.offset),
    });
    this.show();
    this.speak(true);
  }

  // The epoch and the counts, aloud, now and then.
  speak(isFinal) {
    const now = performance.now();
    if (!isFinal && now - (this.spoke ?? -SILENCE) < SILENCE) return;
    this.spoke = now;
    const { words, data, clock } = this;
    const shown = this.columns.filter(({ box }) => !box.hidden);
    const counts = shown.map(({ teaching }, at) =>
      fill(words.spoken_count, {
        teaching: words.teachings[this.isNoise ? "soft" : teaching.value],
        right: this.counts[at].right,
        count: this.counts[at].total,
        name: this.isNoise ? "" : data.name,
      }),
    );
    const facts = { epoch: clock.epoch, epochs: this.sizes.epochs, counts: counts.join(" ") };
    this.find("spoken").textContent = fill(words.spoken, facts);
  }

  step() {
    this.pause();
    this.finish?.();
    const count = this.labels.length;
    this.held = Math.floor(count / 3); // one picture all along, so that its answer can be followed
    this.ask("step", { held: this.held, number: this.steps });
    this.steps += 1;
  }

  showStep(message) {
    const panel = this.find("mechanism");
    panel.hidden = false;
    this.layOut();
    this.show();
    const held = this.given.wall.subarray(this.held * PIXELS, (this.held + 1) * PIXELS);
    const range = this.isNoise ? [-1, 1] : [0, 1];
    this.finish = showStep(panel, message, {
      digit: this.given.digit ?? this.labels[this.held],
      nameOf: (digit) => this.nameOf(digit),
      words: this.words,
      temperature: this.heat,
      held: Float32Array.from(held, (value) => (value / 255) * (range[1] - range[0]) + range[0]),
      calm: this.calm.matches,
      pace: Math.sqrt(this.pace),
      range,
    });
    const read = (part) => panel.querySelector(part).innerText.replaceAll("\n", " ");
    const told = { picture: read(".picture"), outcome: read(".outcome") };
    this.find("spoken").textContent = fill(this.words.spoken_step, told);
  }

  weights() {
    return new Promise((tell) => {
      this.tellWeights = tell;
      this.ask("weights");
    });
  }

  listen() {
    this.find("play").addEventListener("click", () => (this.playing ? this.pause() : this.play()));
    this.find("one").addEventListener("click", () => this.step());
    this.find("again").addEventListener("click", () => this.reset(1));
    this.find("criterion").addEventListener("click", () => this.chooseOffset());
    this.find("offset").addEventListener("input", () => this.isReady && this.show());
    this.find("offset").addEventListener("change", () => this.isReady && this.speak(true));
    this.find("pace").addEventListener("change", () => this.set());
    this.find("temperature").addEventListener("input", () => {
      this.tellHeat();
      this.set();
    });
    this.find("sees").addEventListener("change", () => {
      this.source = this.find("sees").value;
      this.open();
    });
    for (const { teaching } of this.columns) teaching.addEventListener("change", () => this.isReady && this.reset());
    this.onHide = () => {
      if (document.hidden && this.playing) {
        this.pause();
        this.waits = true;
      } else if (!document.hidden && this.waits) {
        this.waits = false;
        this.play();
      }
    };
    document.addEventListener("visibilitychange", this.onHide);
    this.observer = new ResizeObserver(() => {
      if (this.root.clientWidth === this.width || !this.isReady) return;
      this.layOut();
      this.show();
    });
    this.observer.observe(this.root);
  }

  enable(isReady) {
    for (const name of ["play", "one", "again", "criterion"]) this.find(name).disabled = !isReady;
  }

  leave() {
    this.isGone = true;
    this.close();
    this.observer.disconnect();
    document.removeEventListener("visibilitychange", this.onHide);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  for (const [source, contents] of Object.entries(data.contents)) {
    let unpacked = null;
    kept.set(data.marks[source], () => (unpacked ??= unpack(contents)));
  }
  if (Object.values(data.marks).some((mark) => !kept.has(mark))) {
    setTriggerValue("missing", true); // this tab was told that it has it, and has not
    return undefined;
  }
  if (!scenes.has(parentElement)) scenes.set(parentElement, new Scene(parentElement));
  const scene = scenes.get(parentElement);
  scene.take(data);
  return () => {
    scene.leave();
    scenes.delete(parentElement);
  };
}
