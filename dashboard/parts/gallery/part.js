// Ranks the images at the slider's temperature; nothing is asked of the server meanwhile.

const views = new WeakMap();
const REST = 250; // milliseconds after which a slider moved by keys has come to rest

function makeView(parentElement) {
  const find = (name) => parentElement.querySelector(`.${name}`);
  const names = ["root", "slider", "value", "wall", "ranked", "spoken"];
  const parts = Object.fromEntries(names.map((name) => [`${name}Part`, find(name)]));
  const view = { ...parts, chosenPart: find("chosen"), T: null };
  Object.assign(view, { pending: false, timer: null, visit: null });
  view.sliderPart.addEventListener("input", () => {
    view.T = Math.round(10 * view.sliderPart.value) / 10;
    later(view);
    clearTimeout(view.timer);
  });
  // Keys report every step as an end; a pointer reports the one end there is.
  view.sliderPart.addEventListener("keydown", () => { view.byKeys = true; });
  view.sliderPart.addEventListener("pointerdown", () => { view.byKeys = false; });
  view.sliderPart.addEventListener("change", () => {
    clearTimeout(view.timer);
    view.timer = setTimeout(() => rest(view), view.byKeys ? REST : 0);
  });
  view.wallPart.addEventListener("keydown", (event) => step(view, event));
  return view;
}

// Arrow keys walk over the wall; Tab enters it once and leaves it.
function step(view, event) {
  const from = view.tiles.indexOf(event.target.closest(".tile"));
  const across = getComputedStyle(view.wallPart).gridTemplateColumns.split(" ").length;
  const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across };
  const to = view.tiles[from + moves[event.key]];
  if (from < 0 || to === undefined) return;
  event.preventDefault();
  to.focus();
}

// At most one picture a frame, however many moves the mouse reports.
function later(view) {
  if (view.pending) return;
  view.pending = true;
  requestAnimationFrame(() => {
    view.pending = false;
    show(view);
  });
}

function rest(view) {
  show(view);
  describe(view);
  const image = view.data.images[view.chosen] ?? null;
  view.tellPython("rest", { T: view.T, image, visit: view.visit });
}

function choose(view, row) {
  view.chosen = row;
  rest(view);
}

// Data that only another run or another filter brings are built up anew.
function take(view, data) {
  const isNew = view.data?.mark !== data.mark;
  view.data = data;
  if (!isNew) return;
  view.logits = decode(data.logits, Float32Array);
  view.pixels = data.pixels === null ? null : decode(data.pixels, Uint8Array);
  const count = Math.min(data.shown, data.images.length);
  view.tiles = Array.from({ length: count }, () =>
    makeTile(view.pixels !== null, (row) => choose(view, row)),
  );
  view.wallPart.replaceChildren(...view.tiles);
  view.rankedPart.textContent = data.title;
  for (const [name, colour] of Object.entries(data.colours)) {
    view.rootPart.style.setProperty(`--${name}`, colour);
  }
  makeChosen(view);
  const place = data.images.indexOf(data.image);
  view.chosen = Math.max(place, 0);
}

function show(view) {
  const { data, T } = view;
  view.valuePart.textContent = T.toFixed(1);
  const masses = massesAt(view.logits, data.digit, T);
  const rows = topRows(masses, data.shown);
  view.tiles.forEach((tile, place) => fillTile(tile, view, rows[place], masses[rows[place]]));
  fillChosen(view, rows, masses);
  Object.assign(view, { rows, masses });
}

// Words for who cannot see it; only at rest, so that a drag stays smooth.
function describe(view) {
  const { data, T } = view;
  view.sliderPart.setAttribute("aria-valuetext", `T = ${T}`);
  view.tiles.forEach((tile, place) => {
    tile.setAttribute(
      "aria-label",
      `Number ${place + 1}: ${aName(data, data.labels[tile.row])}, training image ` +
        `${data.images[tile.row]}, mass on ${nameOf(data, data.digit)} ${percent(view.masses[tile.row])}`,
    );
    tile.setAttribute("aria-pressed", String(tile.row === view.chosen));
    tile.tabIndex = place === Math.max(view.rows.indexOf(view.chosen), 0) ? 0 : -1;
  });
  const first = view.rows.slice(0, 5).map((row) => nameOf(data, data.labels[row])).join(", ");
  view.spokenPart.textContent =
    `At T = ${T} the first images are: ${first}; the first has ${percent(view.masses[view.rows[0]])} ` +
    `on ${nameOf(data, data.digit)}.`;
}

export default function ({ data, parentElement, setStateValue }) {
  if (!views.has(parentElement)) views.set(parentElement, makeView(parentElement));
  const view = views.get(parentElement);
  view.tellPython = setStateValue;
  take(view, data);
  // Python moves the slider only when the address asks for it, never while it is dragged.
  if (view.visit !== data.visit) {
    view.visit = data.visit;
    view.T = data.T;
    view.sliderPart.value = data.T;
    view.chosen = Math.max(data.images.indexOf(data.image), 0);
  }
  show(view);
  describe(view);
}
