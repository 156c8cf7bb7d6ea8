// The game: one view a mount; the score lives here and nowhere else.

const views = new WeakMap();

function makeView(parentElement) {
  const view = { root: parentElement.querySelector(".guess"), at: 0, right: 0, asked: 0 };
  for (const name of ["open", "game", "picture", "digits", "score", "next"])
    view[name] = view.root.querySelector(`.${name}`);
  view.question = view.root.querySelector(".asked");
  view.digits.append(
    ...[...Array(10).keys()].map((digit) => {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.addEventListener("click", () => guess(view, digit));
      return button;
    }),
  );
  view.open.addEventListener("click", () => toggle(view));
  view.next.addEventListener("click", () => {
    view.at = (view.at + 1) % view.data.cards.length;
    ask(view);
  });
  view.game.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !/^[0-9]$/.test(event.key)) return;
    event.stopPropagation();
    guess(view, Number(event.key));
  });
  return view;
}

// {name} in a sentence of ours becomes a value.
function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// What is asked of a card, its classes by their names.
function named(data, card) {
  const names = { ...card };
  for (const key of ["true", "said", "digit"]) if (key in card) names[key] = nameOf(data, card[key]);
  return names;
}

function toggle(view) {
  view.game.hidden = !view.game.hidden;
  label(view);
  if (!view.game.hidden) ask(view);
}

function label(view) {
  const { open, close } = view.data.words;
  view.open.textContent = view.game.hidden ? open : close;
  view.open.setAttribute("aria-expanded", !view.game.hidden);
}

function ask(view) {
  const { cards, words } = view.data;
  const card = cards[view.at];
  const context = view.picture.getContext("2d");
  const shown = context.createImageData(SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; i += 1) {
    shown.data.fill(view.pixels[view.at * SIDE * SIDE + i], 4 * i, 4 * i + 3);
    shown.data[4 * i + 3] = 255;
  }
  context.putImageData(shown, 0, 0);
  view.isAsked = true;
  const asked = filled(words.asked, named(view.data, card));
  view.picture.setAttribute("aria-label", asked);
  view.question.textContent = asked;
  [...view.digits.children].forEach((button, digit) => {
    button.className = "";
    button.textContent = nameOf(view.data, digit);
    button.style.fontSize = view.data.names ? "13px" : "";
    button.disabled = digit === card.true;
  });
  view.next.hidden = true;
  const first = view.digits.querySelector("button:enabled");
  first.focus({ preventScroll: true });
}

function guess(view, digit) {
  const { cards, words } = view.data;
  const card = cards[view.at];
  if (!view.isAsked || digit === card.true) return;
  view.isAsked = false;
  const isRight = digit === card.said;
  view.asked += 1;
  view.right += isRight;
  view.question.textContent = filled(isRight ? words.right : words.wrong, named(view.data, { ...card, digit }));
  view.score.textContent = filled(words.score, view);
  for (const button of view.digits.children) button.disabled = true;
  view.digits.children[card.said].classList.add("said");
  view.digits.children[digit].classList.add("guessed");
  view.next.textContent = words.next;
  view.next.hidden = false;
  view.next.focus({ preventScroll: true });
}

export default function ({ data, parentElement }) {
  let view = views.get(parentElement);
  if (view === undefined) {
    view = makeView(parentElement);
    views.set(parentElement, view);
  }
  const isOther = view.data?.pixels !== data.pixels;
  view.data = data;
  if (isOther) {
    view.pixels = decode(data.pixels, Uint8Array);
    Object.assign(view, { at: 0, right: 0, asked: 0 });
    view.score.textContent = "";
    if (!view.game.hidden) ask(view);
  }
  label(view);
}
