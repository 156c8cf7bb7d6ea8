// A grid of links, one an image: a canvas of 28x28 pixels, and lines of text.
// A plain click tells Python which image was chosen; any other click follows the address.

const SIDE = 28;

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function decode(base64) {
  const raw = atob(base64);
  return Uint8Array.from(raw, (character) => character.charCodeAt(0));
}

function picture(pixels, index) {
  const canvas = element("canvas", "picture");
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d");
  const shown = context.createImageData(SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; i += 1) {
    shown.data.fill(pixels[index * SIDE * SIDE + i], 4 * i, 4 * i + 3);
    shown.data[4 * i + 3] = 255;
  }
  context.putImageData(shown, 0, 0);
  return canvas;
}

function answer(line) {
  const row = element("span", line.right ? "line right" : "line wrong");
  row.append(
    element("span", "name", line.name),
    element("strong", "said", line.said),
    element("span", "sure", line.sure),
  );
  return row;
}

function inWords(card) {
  const lines = card.lines.map((line) => `${line.name}: ${line.said}, ${line.sure}`);
  return [card.title, card.badge, ...lines, card.note, "opens its soft targets"]
    .filter(Boolean)
    .join("; ");
}

function drawCard(card, index, pixels, choose) {
  const link = element("a", "card");
  link.href = card.href;
  link.title = `${card.title}: see its soft targets`;
  link.setAttribute("aria-label", inWords(card));
  link.dataset.image = card.image;
  if (card.badge) {
    const badge = element("span", "badge", card.badge);
    badge.style.borderColor = card.colour;
    link.append(badge);
  }
  link.append(pixels ? picture(pixels, index) : element("span", "title", card.title));
  link.append(...card.lines.map(answer));
  if (card.note) link.append(element("span", "note", card.note));
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(card.image);
  });
  const item = element("li", "item");
  item.append(link);
  return item;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const pixels = data.pixels === null ? null : decode(data.pixels);
  const choose = (image) => setTriggerValue("chosen", image);
  const items = data.cards.map((card, index) => drawCard(card, index, pixels, choose));
  parentElement.querySelector(".grid").replaceChildren(...items);
}
