// To build a chart takes a browser 50 ms and more, and it is built anew when what it says changes.
// Streamlit builds none without a width; so a chart has none until it comes into sight.

const WAITS = `${CHART}:not([data-seen])`;

function show(chart) {
  chart.dataset.seen = "";
}

// Whoever prints wants all that is on the page, and paper does not wait.
async function printAll(print) {
  const charts = [...document.querySelectorAll(CHART)].filter((chart) => chart.checkVisibility());
  charts.forEach(show);
  for (let tries = 0; tries < 30 && charts.some((c) => !c.querySelector(".marks")); tries++) {
    await new Promise((done) => setTimeout(done, 100));
  }
  print.call(window);
}

function keepInSight() {
  document.querySelectorAll(`${CHART}:has(.marks)`).forEach(show);
  const style = document.createElement("style");
  style.textContent = `${WAITS} { width: 0 !important; min-width: 0 !important; min-height: 20rem }`;
  document.head.append(style);
  const sight = new IntersectionObserver((charts) => {
    for (const { isIntersecting, target } of charts) {
      if (!isIntersecting) continue;
      show(target);
      sight.unobserve(target);
    }
  }, { scrollMargin: "50% 0px" });
  const watch = (part) => part.querySelectorAll(WAITS).forEach((chart) => sight.observe(chart));
  watch(document);
  new MutationObserver((records) => {
    for (const node of records.flatMap(({ addedNodes }) => [...addedNodes])) {
      if (!(node instanceof Element)) continue;
      if (node.matches(WAITS)) sight.observe(node);
      watch(node);
    }
  }).observe(document.body, { childList: true, subtree: true });
  const { print } = window;
  window.print = () => printAll(print);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "p" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
    event.preventDefault();
    printAll(print);
  });
}
