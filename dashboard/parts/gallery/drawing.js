// What the component puts on the screen: pictures and bars.

const SIDE = 28; // pixels of an image

function made(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function decode(base64, Type) {
  const raw = atob(base64);
  return new Type(Uint8Array.from(raw, (character) => character.charCodeAt(0)).buffer);
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
    tile.label.textContent = nameOf(view.data, view.data.labels[row]);
  }
  tile.mass.textContent = tilePercent(mass);
  tile.classList.toggle("on", row === view.chosen);
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
  part.classList.toggle("named", Boolean(data.names));
  view.bars = Array.from({ length: CLASSES }, (_, digit) => {
    const row = made("div", digit === data.digit ? "bar omitted" : "bar");
    const track = made("span", "track");
    const fill = made("span", "fill");
    const figure = made("span", "amount");
    track.append(fill);
    row.append(made("span", "digit", nameOf(data, digit)), track, figure);
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
  const what = aName(data, data.labels[chosen]);
  view.title.textContent = what[0].toUpperCase() + what.slice(1);
  const place = rank
    ? `number ${rank} of ${data.ranked.toLocaleString("en")}`
    : `not among the first ${data.shown}`;
  view.said.textContent =
    `Training image ${data.images[chosen].toLocaleString("en")}: ` +
    `${percent(masses[chosen])} for ${nameOf(data, data.digit)}; ${place}.`;
  view.bars.forEach((bar, digit) => {
    bar.fill.style.width = `${100 * said[digit]}%`;
    bar.figure.textContent = briefPercent(said[digit]);
    bar.row.classList.toggle("true", digit === data.labels[chosen]);
  });
}
