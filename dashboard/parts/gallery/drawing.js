// What the component puts on the screen: pictures, bars, the curve, the matrix.

const SIDE = 28; // pixels of an image
const SVG = "http://www.w3.org/2000/svg";
const PLOT = { left: 58, right: 290, top: 12, bottom: 320 };

function made(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function drawn(tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

function decode(base64, Type) {
  const raw = atob(base64);
  return new Type(Uint8Array.from(raw, (character) => character.charCodeAt(0)).buffer);
}

function curvesOf(sent) {
  const values = decode(sent.values, Float64Array);
  return { ...sent, values, slopes: decode(sent.slopes, Float64Array) };
}

function paint(canvas, pixels, row) {
  const context = canvas.getContext("2d");
  const shown = context.createImageData(SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; i += 1) {
    shown.data.fill(pixels[row * SIDE * SIDE + i], 4 * i, 4 * i + 3);
    shown.data[4 * i + 3] = 255;
  }
  context.putImageData(shown, 0, 0);
}

function canvasOf(className) {
  const canvas = made("canvas", className);
  canvas.width = canvas.height = SIDE;
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}

// One place of the wall; the image in it changes with T, the place does not.
function makeTile(withPicture, choose) {
  const tile = made("button", withPicture ? "tile" : "tile bare");
  tile.type = "button";
  const picture = withPicture ? canvasOf("picture") : null;
  const label = made("span", "label");
  const mass = made("span", "mass");
  const caption = made("span", "caption");
  caption.append(label, mass);
  tile.append(...(picture ? [picture] : []), caption);
  tile.addEventListener("click", () => choose(tile.row));
  return Object.assign(tile, { picture, label, mass, row: null });
}

function fillTile(tile, view, row, mass) {
  if (tile.row !== row) {
    tile.row = row;
    if (tile.picture) paint(tile.picture, view.pixels, row);
    tile.label.textContent = view.data.labels[row];
  }
  tile.mass.textContent = tilePercent(mass);
  tile.classList.toggle("on", row === view.chosen);
}

function makeReadout(parent, caption) {
  const box = made("div", "readout");
  const value = made("div", "figure");
  box.append(value, made("div", "what", caption));
  parent.append(box);
  return value;
}

// The chosen image: large, with its ten probabilities at T.
function makeChosen(view) {
  const { data, chosenPart: part } = view;
  const head = made("div", "head");
  const words = made("div", "words");
  view.portrait = view.pixels ? canvasOf("portrait") : null;
  view.title = made("h3", "heading");
  view.said = made("p", "said");
  words.append(view.title, view.said);
  head.append(...(view.portrait ? [view.portrait] : []), words);
  view.bars = Array.from({ length: CLASSES }, (_, digit) => {
    const row = made("div", digit === data.digit ? "bar omitted" : "bar");
    const track = made("span", "track");
    const fill = made("span", "fill");
    const figure = made("span", "amount");
    track.append(fill);
    row.append(made("span", "digit", digit), track, figure);
    return { row, fill, figure };
  });
  const bars = made("div", "bars");
  bars.append(...view.bars.map((bar) => bar.row));
  part.replaceChildren(head, bars);
}

function fillChosen(view, rows, masses) {
  const { data, chosen } = view;
  const said = distributionAt(view.logits, chosen, view.T);
  const rank = rows.indexOf(chosen) + 1;
  if (view.portrait) paint(view.portrait, view.pixels, chosen);
  view.title.textContent = `A ${data.labels[chosen]}`;
  const place = rank
    ? `number ${rank} of ${data.ranked.toLocaleString("en")}`
    : `not among the first ${data.shown}`;
  view.said.textContent =
    `Training image ${data.images[chosen].toLocaleString("en")}: ` +
    `${percent(masses[chosen])} for ${data.digit}; ${place}.`;
  view.bars.forEach((bar, digit) => {
    bar.fill.style.width = `${100 * said[digit]}%`;
    bar.figure.textContent = briefPercent(said[digit]);
    bar.row.classList.toggle("true", digit === data.labels[chosen]);
  });
}

function x(fraction) {
  return PLOT.left + (PLOT.right - PLOT.left) * fraction;
}

function y(share) {
  return PLOT.bottom - (PLOT.bottom - PLOT.top) * share;
}

function makeCurve(view) {
  const { curve, data } = view;
  const { more } = data;
  const parts = [];
  for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
    const label = `${100 * tick} %`;
    const ends = { class: "grid", x1: x(0), x2: x(1), y1: y(tick), y2: y(tick) };
    parts.push(drawn("line", ends));
    parts.push(drawn("text", { class: "tick", x: x(0) - 7, y: y(tick) + 5, "text-anchor": "end" }, label));
    const across = { class: "tick", x: x(tick), y: PLOT.bottom + 22, "text-anchor": "middle" };
    if (tick % 0.5 === 0) parts.push(drawn("text", across, label));
  }
  const title = { class: "tick", x: (x(0) + x(1)) / 2, y: PLOT.bottom + 46, "text-anchor": "middle" };
  parts.push(drawn("text", title, `Images, most mass on ${data.digit} first`));
  parts.push(drawn("line", { class: "equal", x1: x(0), y1: y(0), x2: x(1), y2: y(1) }));
  // Below the diagonal nothing else is ever drawn.
  ["- - all images equal", `○ top ${more.names.join(", ")}`].forEach((text, row) => {
    const place = { class: "tick", x: x(1), y: y(0.14 - 0.08 * row), "text-anchor": "end" };
    parts.push(drawn("text", place, text));
  });
  view.line = drawn("path", { class: "line" });
  view.dots = more.points.map(() => drawn("circle", { class: "dot", r: 7 }));
  curve.replaceChildren(...parts, view.line, ...view.dots);
}

function fillCurve(view) {
  const { more } = view.data;
  const held = more.tops.map((_, index) => curveAt(view.held, index, view.T));
  const points = more.tops.map((top, index) => `L${x(top / more.total)} ${y(held[index])}`);
  view.line.setAttribute("d", `M${x(0)} ${y(0)}${points.join("")}`);
  more.points.forEach((point, index) => {
    view.dots[index].setAttribute("cx", x(more.tops[point] / more.total));
    view.dots[index].setAttribute("cy", y(held[point]));
  });
  return more.points.map((point) => held[point]);
}

// Columns: the omitted class and what of all its mass a row carries, then, apart, the others.
function makeMatrix(view) {
  const { data, matrix } = view;
  const others = Array.from({ length: CLASSES }, (_, digit) => digit).filter((d) => d !== data.digit);
  const head = made("tr", "");
  const heads = ["true", data.digit, `of all on ${data.digit}`, ...others];
  heads.forEach((text, index) => {
    const cellOf = made("th", ["", "apart", "share"][index] ?? "", text);
    cellOf.scope = "col";
    head.append(cellOf);
    if (index === 2) head.append(made("td", "gap"));
  });
  const taught = data.more.counts.map((count, digit) => [digit, count > 0]);
  const order = [...taught.filter(([, is]) => is), ...taught.filter(([, is]) => !is)];
  view.cells = [];
  const body = order.map(([digit, isTaught]) => {
    const row = made("tr", isTaught ? "" : "left-out");
    const name = made("th", "", isTaught ? digit : `${digit} (left out)`);
    name.scope = "row";
    row.append(name);
    const share = made("td", "share");
    if (isTaught) view.cells.push({ place: share, carrier: digit });
    const places = [data.digit, ...others].map((column) => {
      const place = made("td", column === data.digit ? "apart" : "");
      view.cells.push({ place, index: digit * CLASSES + column, isApart: column === data.digit });
      return place;
    });
    row.append(places[0], share, made("td", "gap"), ...places.slice(1));
    return row;
  });
  matrix.setAttribute("aria-label", "Mean soft targets by true class, in percent");
  matrix.replaceChildren(head, ...body);
}

function fillMatrix(view) {
  const { carried, mean } = columnAt(view.means, view.data.more.counts, view.data.digit, view.T);
  for (const { place, index, carrier, isApart } of view.cells) {
    const share = carrier === undefined ? curveAt(view.means, index, view.T) : carried[carrier];
    place.textContent = carrier === undefined ? cell(share) : `${cell(share)} %`;
    // A root, so that what is small can be seen; the scale is the same at every T.
    const strength = Math.round(150 * Math.sqrt(Math.min(share, 1)));
    const { omitted, others } = view.data.colours;
    const colour = isApart || carrier !== undefined ? omitted : others;
    place.style.background = colour + strength.toString(16).padStart(2, "0");
  }
  return { mean, carried };
}
