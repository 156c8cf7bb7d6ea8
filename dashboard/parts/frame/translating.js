// A browser's translator puts <font> elements in the place of texts that React goes on changing:
// the page would tell old numbers, or break where React removes a text. So a sentence of which
// React changes a word comes back whole, as React has it, for the translator to take up anew.

const SENTENCE = "p, li, td, th, h1, h2, h3, h4, h5, h6, label, button, summary, div";
const standIns = new WeakMap(); // text → what the translator has put in its place
const originals = new WeakMap(); // and the other way
let isTranslated = false;

const isFont = (node) => node?.nodeName === "FONT";

// The translator has taken these texts out of the page.
function note(records, changes) {
  for (const { addedNodes, removedNodes, previousSibling, nextSibling } of records) {
    if (![...addedNodes, previousSibling, nextSibling].some(isFont)) continue;
    isTranslated = true;
    for (const text of removedNodes) {
      if (text.nodeType !== Node.TEXT_NODE || text.isConnected) continue;
      const around = [...addedNodes, previousSibling, nextSibling];
      const place = around.find((node) => isFont(node) && !originals.has(node));
      if (!place) continue;
      standIns.set(text, place);
      originals.set(place, text);
      changes.observe(text, { characterData: true });
    }
  }
}

// React has given a text that is not on the page a new value.
function restore(text) {
  const place = standIns.get(text);
  if (text.isConnected || !place?.isConnected) return;
  for (const font of place.closest(SENTENCE).querySelectorAll("font")) {
    if (originals.has(font)) font.replaceWith(originals.get(font));
  }
}

// Where *child* is among the children of *parent*, as React believes; null if nowhere.
function placeIn(parent, child) {
  let place = standIns.get(child) ?? child;
  while (place && place.parentNode !== parent) place = place.parentNode;
  return place;
}

function keepTrue() {
  const changes = new MutationObserver((records) => {
    for (const { target } of records) restore(target);
  });
  new MutationObserver((records) => note(records, changes)).observe(document.body, {
    childList: true,
    subtree: true,
  });
  const { removeChild, insertBefore } = Node.prototype;
  Node.prototype.removeChild = function (child) {
    if (!isTranslated || child.parentNode === this) return removeChild.call(this, child);
    const place = placeIn(this, child);
    if (place) removeChild.call(this, place);
    return child;
  };
  Node.prototype.insertBefore = function (node, before) {
    const isLost = isTranslated && before && before.parentNode !== this;
    return insertBefore.call(this, node, isLost ? placeIn(this, before) : before);
  };
}
