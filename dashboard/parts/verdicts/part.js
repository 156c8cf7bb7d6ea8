// The verdicts: one view a mount, kept while Streamlit calls this again on every rerun.

const views = new WeakMap();
const SEND_AFTER = 250; // ms; arrow keys pass by other networks
const FOLLOW_EVERY = 300; // ms
const FLIP = { wave: 700, turn: 260 }; // ms: until the last tile begins, and each tile's turn
const HOLD = 2000; // ms for which the networks before the one asked about are shown
const [UNKNOWN, WRONG, RIGHT] = [0, 1, 2];
const PARTS =
  "question guesses switch tiles legend what spread detail picture told spoken focused";

function makeView(parentElement) {
  const root = parentElement.querySelector(".verdicts");
  const view = { root, network: null, chosen: null, pointed: null, turn: 0, visit: null };
  for (const name of PARTS.split(" ")) view[name] = root.querySelector(`.${name}`);
  [view.number, view.words] = root.querySelectorAll(".count > *");
  view.count = root.querySelector(".count");
  return view;
}

function isStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden;
}

// What came from Python, unpacked once.
function unpack(data) {
  return {
    ...data,
    numbers: decode(data.numbers, Int32Array),
    flips: decode(data.flips, Float64Array),
    networks: data.networks.map((network) => {
      const said = decode(network.said, Uint8Array);
      const states = said.map((digit) => (digit === data.digit ? RIGHT : WRONG));
      return { ...network, said, states, sure: decode(network.sure, Float32Array) };
    }),
  };
}

function take(view, data) {
  const isOther = view.data?.flips !== data.flips || view.data?.sheet !== data.sheet;
  const isOtherOffset = view.data?.networks.some((one, at) => one.said !== data.networks[at]?.said);
  if (isOther || isOtherOffset) view.wall = unpack(data);
  view.data = data;
  if (!isOther) return;
  view.chosen = view.pointed = view.sheet = view.ink = null;
  view.states = new Uint8Array(data.count);
  if (data.sheet !== null) loadSheet(view, data.sheet);
}

function loadSheet(view, base64) {
  const sheet = new Image();
  sheet.onload = () => {
    if (view.data.sheet !== base64) return;
    view.sheet = sheet;
    refresh(view);
  };
  sheet.src = `data:image/webp;base64,${base64}`;
}

// Colours for a light or a dark page.
function dress(view) {
  view.isDark = isDarkPage(view.root);
  view.tone = tones(view.data.colours, view.isDark);
  view.tone.unknown = { ground: view.isDark ? "#262b36" : "#e4e7ed", ink: view.tone.text };
  const inks = (name) => inked(view.sheet, view.tone[name].ink);
  view.ink = view.sheet
    ? { right: inks("right"), wrong: inks("wrong"), unknown: inks("unknown") }
    : null;
}

// The wall takes what the page's title and sentence leave of the window.
function layOut(view) {
  view.width = view.root.clientWidth;
  const isWide = view.width >= 640;
  const side = isWide ? view.root.querySelector(".side").clientWidth + 24 : 0;
  const above = view.tiles.getBoundingClientRect().top - view.root.getBoundingClientRect().top;
  const used = isWide ? above + 234 : 520;
  const width = view.width - side;
  const height = Math.max(window.innerHeight - used, isWide ? 230 : 280);
  view.grid = gridOf(view.wall.count, width, Math.min(height, width));
  prepare(view);
}

// The whole wall once in each state: a frame is then cut from the three.
function prepare(view) {
  const { grid, wall } = view;
  view.sheets = ["unknown", "wrong", "right"].map((name, state) => {
    const canvas = view.sheets?.[state] ?? document.createElement("canvas");
    const context = surface(canvas, grid.columns * grid.pitch, grid.rows * grid.pitch);
    context.imageSmoothingQuality = "high";
    const tone = view.tone[name];
    for (let tile = 0; tile < wall.count; tile += 1) {
      const [x, y] = placeOf(grid, tile);
      if (state !== UNKNOWN) {
        drawTile(context, view, state === RIGHT, tile, x, y, grid.side);
        continue;
      }
      context.fillStyle = tone.ground;
      context.fillRect(x, y, grid.side, grid.side);
      if (view.ink) drawInk(context, view.ink.unknown, wall.columns, tile, x, y, grid.side);
    }
    return canvas;
  });
}

// Draw every tile in its state; `moment` ms after a change began, those on their way are turning.
function draw(view, moment = Infinity) {
  const { grid, wall } = view;
  const context = surface(view.tiles, grid.columns * grid.pitch, grid.rows * grid.pitch);
  const ratio = view.tiles.width / (grid.columns * grid.pitch);
  let right = 0;
  for (let tile = 0; tile < wall.count; tile += 1) {
    const begins = (FLIP.wave * tile) / wall.count;
    const share = Math.min(1, Math.max(0, (moment - begins) / FLIP.turn));
    const from = view.before?.[tile] ?? view.states[tile];
    const state = share < 0.5 ? from : view.states[tile];
    right += state === RIGHT;
    const wide = from === view.states[tile] ? 1 : Math.abs(Math.cos(Math.PI * share));
    const [x, y] = placeOf(grid, tile);
    const [w, h] = [grid.side * wide, grid.side];
    const cut = [x, y, grid.side, h].map((value) => value * ratio);
    context.drawImage(view.sheets[state], ...cut, x + (grid.side - w) / 2, y, w, h);
  }
  const ring = imageOf(view);
  if (ring !== null) drawRing(context, view, ...placeOf(grid, ring), grid.side);
  tell(view, right);
}

function tell(view, right) {
  const { wall } = view;
  const network = networkOf(view);
  view.number.textContent = network ? thousands(right) : "?";
  view.words.textContent = `of ${thousands(wall.count)} ${wall.name} right`;
  view.count.style.setProperty("--mark", network?.colour ?? "currentColor");
  replaced(view.what, network ? network.what : "");
  replaced(view.spread, network ? network.spread : "");
  replaced(view.legend, network ? wall.words.legend : wall.words.unknown);
}

// Put a sentence in the place of another as a whole, so that a translated one gives way, too.
function replaced(element, text) {
  if (element.dataset.told === text) return;
  element.dataset.told = text;
  element.replaceChildren(Object.assign(document.createElement("span"), { textContent: text }));
}

// The image that is told of: by itself the hardest that the student gets right.
function imageOf(view) {
  if (view.network === null) return view.pointed ?? view.chosen;
  const student = view.wall.networks.find(({ name }) => name === view.wall.asked);
  return view.pointed ?? view.chosen ?? Math.max(0, student.right - 1);
}

function networkOf(view) {
  return view.wall.networks.find(({ name }) => name === view.network);
}

function drawDetail(view) {
  const image = imageOf(view);
  const { wall } = view;
  view.detail.hidden = view.network === null;
  if (view.detail.hidden) return;
  const size = view.width >= 1200 ? 140 : 96;
  const context = surface(view.picture, size, size);
  view.picture.hidden = view.ink === null;
  context.fillStyle = "#000";
  context.fillRect(0, 0, size, size);
  context.imageSmoothingEnabled = false;
  if (view.ink) drawInk(context, view.ink.right, wall.columns, image, 0, 0, size);
  const lines = detailOf(wall, image);
  view.picture.setAttribute("aria-label", lines[0]);
  view.told.replaceChildren(
    ...lines.map((line, at) =>
      Object.assign(document.createElement("span"), {
        textContent: line,
        className: at === 0 ? "title" : "",
      }),
    ),
  );
}

// What there is to say of one image: whose answer, how sure, and what turns the student's.
export function detailOf(wall, image) {
  const said = wall.networks.map(({ label, said, sure }) => {
    const mark = said[image] === wall.digit ? "✓" : "✗";
    return `${mark} ${label}: ${nameOf(wall, said[image])} (${percent(sure[image])})`;
  });
  const flip = wall.flips[image];
  const turns = `${signed(flip)} on its score for ${nameOf(wall, wall.digit)} turns the student's answer.`;
  return [`Test image ${thousands(wall.numbers[image])}`, ...said, ...(flip > 0 ? [turns] : [])];
}

// Show a network's answers; the tiles that change turn over, from left to right.
function show(view, name, isSudden = isStill()) {
  cancelAnimationFrame(view.frame);
  view.network = name;
  const network = networkOf(view);
  view.before = isSudden ? null : Uint8Array.from(view.states);
  view.states = network ? network.states : new Uint8Array(view.wall.count);
  view.root.classList.toggle("asks", name === null);
  view.guesses.hidden = name !== null;
  view.switch.hidden = name === null;
  const { question, guessed, compare } = view.wall.words;
  const answer = view.guess ? `${guessed} ${view.guess.toLowerCase()}.` : compare;
  replaced(view.question, name === null ? question : answer);
  for (const button of view.switch.children) {
    button.setAttribute("aria-checked", button.dataset.name === name);
    button.tabIndex = button.dataset.name === name ? 0 : -1;
  }
  speak(view, network);
  drawDetail(view);
  if (isSudden) return draw(view);
  const began = performance.now();
  const step = (now) => {
    const moment = now - began;
    draw(view, moment);
    if (moment < FLIP.wave + FLIP.turn) view.frame = requestAnimationFrame(step);
    else view.before = null;
  };
  view.frame = requestAnimationFrame(step);
}

function speak(view, network) {
  const { count, name, words } = view.wall;
  const counted = network
    ? `${network.label}: ${thousands(network.right)} of ${thousands(count)} ${name} right.`
    : words.question;
  view.spoken.textContent = counted;
  const wall = `Wall of ${thousands(count)} ${name} that no network was trained on.`;
  view.tiles.setAttribute("aria-label", `${wall} ${counted} Arrow keys move from image to image.`);
}

// Tell Python, once the viewer has come to rest.
function leave(view, name) {
  const { visit } = view;
  clearTimeout(view.sending);
  view.sending = setTimeout(() => view.send("network", { name, visit }), SEND_AFTER);
}

function choose(view, name) {
  clearTimeout(view.next);
  show(view, name);
  leave(view, name);
}

// After a guess the networks before the student have their turn first.
function reveal(view, guess) {
  const names = view.wall.networks.map(({ name }) => name);
  const asked = view.wall.asked;
  const first = names.indexOf(asked) > 0 && !isStill() ? names[0] : asked;
  view.guess = guess;
  show(view, first);
  view.switch.querySelector('[aria-checked="true"]').focus({ preventScroll: true });
  clearTimeout(view.next);
  if (first === asked) return leave(view, asked);
  view.next = setTimeout(() => choose(view, asked), FLIP.wave + FLIP.turn + HOLD);
}

function pick(view, image) {
  view.chosen = image;
  draw(view);
  drawDetail(view);
  view.focused.textContent =
    image === null || view.network === null ? "" : detailOf(view.wall, image).join("; ");
  const number = image === null ? null : view.wall.numbers[image];
  const { visit } = view;
  clearTimeout(view.telling);
  view.telling = setTimeout(() => view.send("image", { number, visit }), SEND_AFTER);
}

function makeButtons(view) {
  const made = (label, press, extra = {}) => {
    const button = Object.assign(document.createElement("button"), { type: "button", ...extra });
    button.textContent = label;
    button.addEventListener("click", press);
    return button;
  };
  const { networks } = view.wall;
  view.guesses.replaceChildren(
    ...["None", "Some", "Most"].map((guess) => made(guess, () => reveal(view, guess))),
    made("Show me", () => reveal(view, null), { className: "plain" }),
  );
  view.switch.replaceChildren(
    ...networks.map(({ name, label }) => {
      const button = made(label, () => choose(view, name));
      button.setAttribute("role", "radio");
      button.dataset.name = name;
      return button;
    }),
  );
}

function listen(view) {
  view.switch.addEventListener("keydown", (event) => {
    const names = view.wall.networks.map(({ name }) => name);
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const at = names.indexOf(view.network) + steps[event.key] + names.length;
    choose(view, names[at % names.length]);
    view.switch.querySelector('[aria-checked="true"]').focus();
  });
  const under = (event) => {
    const box = view.tiles.getBoundingClientRect();
    return tileAt(view.grid, view.wall.count, event.clientX - box.left, event.clientY - box.top);
  };
  const point = (image) => {
    if (image === view.pointed) return;
    view.pointed = image;
    if (view.before === null) draw(view);
    drawDetail(view);
  };
  view.tiles.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse") point(under(event));
  });
  view.tiles.addEventListener("pointerleave", () => point(null));
  view.tiles.addEventListener("click", (event) => {
    const image = under(event);
    pick(view, image === view.chosen ? null : image);
  });
  view.tiles.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") return pick(view, null);
    const place = tileAfter(event.key, view.chosen ?? 0, view.grid, view.wall.count);
    if (place === null) return;
    event.preventDefault();
    pick(view, view.chosen === null ? 0 : place);
  });
  view.observer = new ResizeObserver(() => {
    if (view.root.clientWidth !== view.width) refresh(view);
  });
  view.observer.observe(view.root);
  view.onResize = () => refresh(view);
  window.addEventListener("resize", view.onResize);
  view.timer = setInterval(() => {
    if (isDarkPage(view.root) !== view.isDark) refresh(view);
  }, FOLLOW_EVERY);
}

function refresh(view) {
  dress(view);
  layOut(view);
  draw(view);
  drawDetail(view);
}

function dispose(view, parentElement) {
  clearInterval(view.timer);
  for (const waiting of [view.sending, view.telling, view.next]) clearTimeout(waiting);
  cancelAnimationFrame(view.frame);
  view.observer.disconnect();
  window.removeEventListener("resize", view.onResize);
  views.delete(parentElement);
}

export default function ({ data, parentElement, setStateValue }) {
  let view = views.get(parentElement);
  const isNew = view === undefined;
  if (isNew) {
    view = makeView(parentElement);
    views.set(parentElement, view);
  }
  view.send = setStateValue;
  const before = view.wall;
  take(view, data);
  if (view.wall !== before) makeButtons(view);
  if (isNew) listen(view);
  if (view.visit !== data.visit || view.wall !== before) {
    if (view.visit !== data.visit) view.network = data.network;
    view.visit = data.visit;
    const at = data.image === null ? -1 : view.wall.numbers.indexOf(data.image);
    view.chosen = at < 0 ? null : at;
    clearTimeout(view.next);
    dress(view);
    layOut(view);
    show(view, view.network, true);
  }
  view.turn += 1;
  const turn = view.turn;
  // A call that a later one overtook must not take the view away.
  return () => turn === view.turn && dispose(view, parentElement);
}
