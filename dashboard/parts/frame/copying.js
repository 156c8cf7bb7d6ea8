// Over plain http a browser has no clipboard for scripts: the older way serves the buttons that
// copy, and where that fails too, a word says so and the text stands selected.

let pressed = null;

function selected(element) {
  const selection = getSelection();
  selection.removeAllRanges();
  if (element) selection.selectAllChildren(element);
}

async function writeText(text) {
  const source = document.createElement("span");
  source.textContent = text;
  source.style.cssText = "position:fixed;white-space:pre;user-select:text;opacity:0";
  document.body.append(source);
  selected(source);
  const isDone = document.execCommand("copy");
  source.remove();
  selected(null);
  if (isDone) return;
  const code = pressed?.closest('[data-testid="stCode"]');
  selected(code?.querySelector("code"));
  const word = document.createElement("small");
  word.setAttribute("role", "status");
  word.textContent = code
    ? "This browser does not let a button copy here. The text is selected: press Ctrl+C or ⌘C."
    : "This browser does not let a button copy here.";
  (code ?? pressed?.parentElement ?? document.body).after(word);
  setTimeout(() => word.remove(), 10_000);
  throw new Error("The browser refuses to copy");
}

function keepCopying() {
  if (navigator.clipboard) return;
  document.addEventListener("pointerdown", (event) => { pressed = event.target; }, true);
  document.addEventListener("keydown", (event) => { pressed = event.target; }, true);
  Object.defineProperty(navigator, "clipboard", { value: { writeText } });
}
