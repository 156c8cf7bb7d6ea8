// Brings the part of the page that a step of the tour is about into view, once for each step, and
// keeps a clicker's keys on the tour, whatever has the focus: a slider takes PageDown for itself.

const PATIENCE = 6000; // ms
const PAUSE = 150; // ms between two looks
const MARGIN = 8; // px below the bar
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

function show(page, spot, began) {
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
  } else if (Date.now() - began < PATIENCE) {
    setTimeout(() => show(page, spot, began), PAUSE);
  }
}

let last = null; // the step that was shown last
let listens = false;

export default function ({ data }) {
  if (!listens) {
    listens = true;
    window.addEventListener("keydown", (event) => press(event, document), true);
  }
  const step = `${data.step} ${data.spot}`;
  if (step === last) return;
  last = step;
  const scroller = document.querySelector('[data-testid="stMain"]');
  if (scroller) scroller.scrollTo({ top: 0 });
  if (data.spot && window.innerWidth > NARROW) show(document, data.spot, Date.now());
}
