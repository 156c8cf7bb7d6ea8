// Brings the part of the page that a step of the tour is about into view, once for each step, moves
// what moves there, once for each turn, and keeps a clicker's keys on the tour, whatever has the
// focus: a slider takes PageDown for itself.

const PATIENCE = 6000; // ms
const PAUSE = 150; // ms between two looks
const SETTLED = 8; // looks
const MARGIN = 8; // px below the bar
const GLIDE = 4000; // ms that a slider takes
const NARROW = 800; // px; a phone's bar scrolls with the page, and its text is read first
const BUTTONS = {
  PageDown: ".st-key-tour_next button, .st-key-tour_return button",
  PageUp: ".st-key-tour_back button",
};

export function find(page, spot) {
  // A key's class begins with what the step names; a chart's key goes on with a number.
  return spot ? page.querySelector(`[class*="st-key-${spot}"]`) : null;
}

export function distance(part, bar, room) {
  // How far to scroll so that the part begins below the bar; nothing if all of it is in view.
  const top = part.top - bar.bottom - MARGIN;
  const isBelow = part.top >= bar.bottom;
  if (isBelow && part.bottom <= room) return 0;
  const fits = part.height <= room - bar.bottom;
  return isBelow && fits ? Math.min(top, part.bottom - room + MARGIN) : top;
}

export function press(event, page) {
  // Do what the key means in the tour; the page itself must not scroll by it.
  const selector = BUTTONS[event.key];
  if (!selector || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  if (!page.querySelector(".st-key-tour_bar")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const button = page.querySelector(selector);
  if (button && !button.disabled && !event.repeat) button.click();
}

function seek(part, selector) {
  // Components keep their elements to themselves.
  const roots = [part, ...[...part.querySelectorAll("*")].map((each) => each.shadowRoot)];
  return roots.map((root) => root?.querySelector(selector)).find(Boolean);
}

export function glide(slider, to, isWanted, isCalm) {
  // As a hand would drag it: the slider's owner hears every value, and where it is let go.
  const from = Number(slider.value);
  if (!Number.isInteger(to / Number(slider.step))) slider.step = "any";
  let began = null;
  const frame = (now) => {
    if (!slider.isConnected || !isWanted() || slider.matches(":active")) return;
    began ??= now;
    const passed = isCalm ? 1 : Math.min(1, (now - began) / GLIDE);
    slider.value = from + (to - from) * passed * passed * (3 - 2 * passed);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    if (passed < 1) requestAnimationFrame(frame);
    else slider.dispatchEvent(new Event("change", { bubbles: true }));
  };
  requestAnimationFrame(frame);
}

function act(page, data, isWanted, began) {
  if (!isWanted()) return;
  const part = find(page, data.spot);
  const control = part && seek(part, data.control);
  const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (control && !control.disabled) {
    if (data.to) glide(control, Number(data.to), isWanted, isCalm);
    else control.click();
  } else if (Date.now() - began < PATIENCE) {
    setTimeout(() => act(page, data, isWanted, began), PAUSE);
  }
}

function show(page, step, spot, began, seen = 0) {
  if (step !== last) return;
  const part = find(page, spot);
  const scroller = page.querySelector('[data-testid="stMain"]');
  const bar = page.querySelector(".st-key-tour_bar");
  if (part && scroller && bar && part.getBoundingClientRect().height > 40) {
    const by = distance(
      part.getBoundingClientRect(),
      bar.getBoundingClientRect(),
      scroller.getBoundingClientRect().bottom,
    );
    if (by) scroller.scrollBy({ top: by });
    seen += 1; // what lies above may still grow
  }
  if (seen < SETTLED && Date.now() - began < PATIENCE) {
    setTimeout(() => show(page, step, spot, began, seen), PAUSE);
  }
}

let last = null; // the step that was shown last
let turned = 0; // the turn that was made last
let listens = false;

export default function ({ data }) {
  if (!listens) {
    listens = true;
    window.addEventListener("keydown", (event) => press(event, document), true);
  }
  document.querySelector(".st-key-tour_text")?.setAttribute("aria-live", "polite");
  const step = `${data.step} ${data.spot}`;
  if (step !== last) {
    last = step;
    const scroller = document.querySelector('[data-testid="stMain"]');
    if (scroller) scroller.scrollTo({ top: 0 });
    if (data.spot && window.innerWidth > NARROW) show(document, step, data.spot, Date.now());
  }
  if (!data.turn || turned === data.turn) return;
  turned = data.turn;
  if (!data.control) return;
  act(document, data, () => turned === data.turn && last === step, Date.now());
}
