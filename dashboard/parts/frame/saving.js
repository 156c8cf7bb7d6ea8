// A saved chart bears the name of what it shows, and may be saved as SVG, too.

const CHART = '[data-testid="stVegaLiteChart"]';
const PNG = '[data-testid="stElementToolbarButton"]:has([aria-label^="Download as PNG"])';
const MARGIN = 24;
let saved = null; // the chart whose button was pressed last

function nameOf(chart) {
  const lines = [...(chart?.querySelectorAll(".role-title-text :is(tspan, text:not(:has(tspan)))") ?? [])];
  const title = lines.map((line) => line.textContent).join(" ");
  const said = chart?.getAttribute("aria-label")?.split(/[.,:;]/)[0] ?? "";
  return `${document.title.split(" – ")[0]} ${title || said}`.normalize("NFKD").toLowerCase()
    .replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 80).replace(/-$/, "");
}

function chartOf(button) {
  return button.closest('[data-testid="stFullScreenFrame"]')?.querySelector(CHART);
}

function saveSvg(drawing) {
  const copy = drawing.cloneNode(true);
  // Another machine's fonts may be wider than the page's: room around. Few programs but browsers
  // heed a style's background: a ground.
  const [width, height] = ["width", "height"].map((name) => Number(copy.getAttribute(name)) + 2 * MARGIN);
  const ground = document.createElementNS(copy.namespaceURI, "rect");
  const place = { x: -MARGIN, y: -MARGIN, width, height, fill: copy.style.backgroundColor };
  for (const [name, value] of Object.entries(place)) ground.setAttribute(name, value);
  copy.prepend(ground);
  const box = { width, height, viewBox: `${-MARGIN} ${-MARGIN} ${width} ${height}` };
  for (const [name, value] of Object.entries(box)) copy.setAttribute(name, value);
  const link = document.createElement("a");
  const text = new XMLSerializer().serializeToString(copy);
  link.href = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  link.download = `${nameOf(chartOf(drawing))}.svg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// Streamlit's toolbar is drawn anew whenever the pointer comes back.
function offerSvg() {
  for (const png of document.querySelectorAll(PNG)) {
    const drawing = chartOf(png)?.querySelector("svg.marks");
    if (!drawing || png.parentElement.querySelector(".as-svg")) continue;
    const button = png.querySelector("button").cloneNode(false);
    button.classList.add("as-svg");
    button.textContent = "SVG";
    button.title = "Download as SVG";
    button.setAttribute("aria-label", "Download as SVG");
    button.addEventListener("click", () => {
      saveSvg(chartOf(button).querySelector("svg.marks"));
    });
    png.parentElement.append(button);
  }
}

function keepNames() {
  document.addEventListener("click", (event) => {
    const { target } = event;
    if (target.matches('a[download$="_chart.png"]')) target.download = `${nameOf(saved)}.png`;
    else if (target.closest(PNG)) saved = chartOf(target);
  }, true);
  for (const type of ["pointerover", "focusin"]) document.addEventListener(type, offerSvg);
}
