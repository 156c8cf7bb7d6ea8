// The matrix: one view a mount, kept while Streamlit calls this again on every rerun.

const views = new WeakMap();
const SEND_AFTER = 200; // ms; a dragged slider passes by other offsets
const CLASSES = 10;
const NARROW = 800; // pixels; there the columns lie below each other

// How many images of each class get each answer, with an offset: rows are true classes.
export function countsAt(wall, offset) {
  const counts = new Array(CLASSES * CLASSES).fill(0);
  wall.labels.forEach((label, image) => {
    const said = wall.flips[image] < offset ? wall.digit : wall.others[image];
    counts[CLASSES * label + said] += 1;
  });
  return counts;
}

// A share in percent in at most four characters, so that it fits a cell.
export function shortShare(share) {
  if (share === 1) return "100";
  return share >= 0.0005 ? (100 * share).toFixed(1) : "<0.1";
}

function countsOf(view) {
  const stored = view.wall.networks.find(({ name }) => name === view.network).counts;
  return stored ?? countsAt(view.wall, offsetOf(view));
}

// The student alone has no offset.
function offsetOf(view) {
  return view.network === "student-offset" ? view.offset : 0;
}

function draw(view) {
  const { wall, data } = view;
  const counts = countsOf(view);
  let right = 0;
  for (let true_ = 0; true_ < CLASSES; true_ += 1) {
    const row = counts.slice(CLASSES * true_, CLASSES * (true_ + 1));
    const total = row.reduce((sum, count) => sum + count, 0);
    right += row[true_];
    row.forEach((count, called) => drawCell(view, true_, called, count, count / (total || 1)));
    if (true_ === wall.digit) view.own = { total, wrong: total - row[true_] };
  }
  const all = wall.labels.length;
  const strong = Object.assign(document.createElement("strong"), {
    textContent: `${thousands(view.own.wrong)} of ${thousands(view.own.total)}`,
  });
  const rest = ` ${wall.things} wrong, ${thousands(all - right)} of all ${thousands(all)} images`;
  view.told.replaceChildren(strong, rest);
  view.range.value = offsetOf(view);
  view.value.textContent = signed(offsetOf(view));
  view.range.setAttribute("aria-valuetext", signed(offsetOf(view)));
  for (const button of view.switch.children) {
    const isOn = button.dataset.name === view.network;
    button.setAttribute("aria-checked", isOn);
    button.tabIndex = isOn ? 0 : -1;
  }
}

function drawCell(view, true_, called, count, share) {
  const cell = `${true_}-${called}`;
  const button = view.cells[CLASSES * true_ + called];
  const { colours, shares } = view.data;
  // Most errors are far below 1 % of a row: a root makes them visible.
  const strength = 0.06 + 0.52 * Math.min(1, share / 0.2) ** 0.35;
  const colour = true_ === called ? colours.right : colours.wrong;
  button.textContent = count === 0 ? "" : shares ? shortShare(share) : String(count);
  button.style.background = `color-mix(in srgb, ${colour} ${100 * strength}%, transparent)`;
  button.setAttribute("aria-label", `${true_} called ${called}: ${thousands(count)}`);
  button.setAttribute("aria-pressed", cell === view.cell);
}

function speak(view) {
  const { label } = view.wall.networks.find(({ name }) => name === view.network);
  view.spoken.textContent = `${label}, offset ${signed(offsetOf(view))}: ${view.told.textContent}`;
}

// Tell Python, once the hand rests.
function leave(view, cell = null) {
  const { visit } = view;
  clearTimeout(view.sending);
  view.sent = cell ?? view.sent;
  view.sending = setTimeout(() => {
    speak(view);
    view.send("left", { network: view.network, offset: view.offset, cell: view.sent, visit });
    view.sent = null;
  }, SEND_AFTER);
}

function choose(view, network) {
  view.network = network;
  if (network === "student-offset") view.offset = view.data.chosen;
  draw(view);
  leave(view);
}

function pick(view, cell) {
  view.cell = cell;
  draw(view);
  leave(view, cell);
  const below = document.querySelector(view.data.follow);
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  if (below && window.innerWidth <= NARROW) below.scrollIntoView({ behavior });
}

function makeSwitch(view) {
  view.switch.replaceChildren(
    ...view.wall.networks.map(({ name, label }) => {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.textContent = label;
      button.dataset.name = name;
      button.setAttribute("role", "radio");
      button.addEventListener("click", () => choose(view, name));
      return button;
    }),
  );
}

function makeTable(view) {
  const made = (tag, text = "") =>
    Object.assign(document.createElement(tag), { textContent: text });
  const digits = [...Array(CLASSES).keys()];
  const head = made("tr");
  head.append(made("td"), ...digits.map((digit) => made("th", nameOf(view.data, digit))));
  view.rows = digits.map((true_) => {
    const row = made("tr");
    row.append(
      made("th", nameOf(view.data, true_)),
      ...digits.map((called) => {
        const place = made("td");
        const button = Object.assign(made("button"), { type: "button", tabIndex: -1 });
        button.addEventListener("click", () => pick(view, `${true_}-${called}`));
        place.append(button);
        return place;
      }),
    );
    return row;
  });
  view.table.replaceChildren(head, ...view.rows);
  view.table.classList.toggle("named", Boolean(view.data.names));
  view.cells = [...view.table.querySelectorAll("button")];
}

// One cell of the grid is in the order of the Tab key; arrows lead from there.
function focusOn(view, place) {
  view.cells.forEach((cell, at) => (cell.tabIndex = at === place ? 0 : -1));
}

function listen(view) {
  view.switch.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const names = view.wall.networks.map(({ name }) => name);
    const at = names.indexOf(view.network) + steps[event.key] + names.length;
    choose(view, names[at % names.length]);
    view.switch.querySelector('[aria-checked="true"]').focus();
  });
  view.range.addEventListener("input", () => {
    view.network = "student-offset";
    view.offset = Number(view.range.value);
    draw(view);
    leave(view);
  });
  view.table.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowDown: CLASSES, ArrowLeft: -1, ArrowUp: -CLASSES };
    const place = view.cells.indexOf(event.target) + (steps[event.key] ?? NaN);
    if (!view.cells[place]) return;
    event.preventDefault();
    focusOn(view, place);
    view.cells[place].focus();
  });
}

function makeView(parentElement) {
  const root = parentElement.querySelector(".matrix");
  const view = { root, sent: null };
  for (const name of ["switch", "told", "table", "legend", "spoken"])
    view[name] = root.querySelector(name === "table" ? name : `.${name}`);
  [view.range, view.value] = [root.querySelector("input"), root.querySelector("output")];
  return view;
}

function take(view, data) {
  const { digit, things, words } = data;
  const array = (name, Kind) => decode(data[name], Kind);
  view.wall = {
    ...data,
    labels: array("labels", Uint8Array),
    others: array("others", Uint8Array),
    flips: array("flips", Float64Array),
  };
  makeSwitch(view);
  view.rows.forEach((row, true_) => row.classList.toggle("own", true_ === digit));
  view.root.style.setProperty("--own", data.colours.own);
  view.root.querySelector(".name").textContent = words.slider;
  view.range.setAttribute("aria-label", words.slider);
  view.table.setAttribute("aria-label", `${words.table} ${things}`);
  view.legend.textContent = words.legend;
  view.key = data.flips;
}

export default function ({ data, parentElement, setStateValue }) {
  let view = views.get(parentElement);
  if (view === undefined) {
    view = makeView(parentElement);
    views.set(parentElement, view);
    listen(view);
  }
  view.send = setStateValue;
  view.data = data;
  if (view.key !== data.flips) makeTable(view);
  if (view.key !== data.flips) take(view, data);
  if (view.visit !== data.visit) {
    for (const name of ["visit", "network", "offset", "cell"]) view[name] = data[name];
    Object.assign(view.range, { min: data.low, max: data.high });
    const [true_, called] = data.cell?.split("-").map(Number) ?? [data.digit, data.digit];
    focusOn(view, CLASSES * true_ + called);
  }
  draw(view);
}
