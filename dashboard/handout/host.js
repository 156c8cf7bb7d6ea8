// Puts the parts on a page of plain files: no server, no fetch, no module, so that it opens from a
// disk. Each part is a script that carries its data and comes when it is nearly in sight.
"use strict";

const NEAR = "600px";
for (const name in edition.parts) edition.loading[name] = true; // the page brought it

edition.load = (name) =>
  (edition.loading[name] ??= new Promise((done, failed) => {
    const script = Object.assign(document.createElement("script"), { src: `parts/${name}.js` });
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  }));

// A part sees what Streamlit would give it: a shadow root, its data, and somebody to tell.
edition.mount = (place, { html, css, data, run }, host) => {
  const root = place.attachShadow({ mode: "open" });
  root.innerHTML = `<style>${css}</style>${html}`;
  const draw = () => run({ data, parentElement: root, setStateValue: tell, setTriggerValue: tell });
  const tell = (name, value) => host?.(name, value, data, draw);
  draw();
  place.dataset.ready = "true";
};

edition.show = async (place) => {
  const name = place.dataset.part ?? "charts";
  try {
    await edition.load(name);
    if (name === "charts") edition.drawChart(place);
    else edition.mount(place, edition.parts[name], await edition.hosts[name]?.());
  } catch (problem) {
    place.textContent = document.body.dataset.missing;
    place.setAttribute("role", "alert");
    console.warn(problem);
  }
};

// Each chart is as wide as the page, but never so narrow that its words collide.
edition.drawChart = (place) => {
  const [LEAST, LEAST_OF_FIVE] = [620, 800]; // the offset's five numbers stand side by side
  const spec = edition.charts[place.dataset.chart];
  const width = Math.max(spec.vconcat ? LEAST_OF_FIVE : LEAST, place.clientWidth) - 130;
  if (spec.vconcat) {
    delete spec.autosize;
    for (const part of spec.vconcat) part.width = width;
  } else {
    spec.width = width;
  }
  const inside = document.getElementById(place.dataset.chart);
  window.vegaEmbed(inside, spec, { mode: "vega-lite", actions: false, renderer: "svg" });
};

const nearing = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      nearing.unobserve(target);
      edition.show(target);
    }
  },
  { rootMargin: NEAR },
);
// The first picture has the line for itself.
const [first, ...others] = document.querySelectorAll("[data-part]:not([data-waits]), [data-chart]");
if (first) edition.show(first).finally(() => others.forEach((place) => nearing.observe(place)));
for (const button of document.querySelectorAll("[data-opens]")) {
  button.addEventListener("click", () => {
    const place = document.querySelector(`[data-part="${button.dataset.opens}"]`);
    button.disabled = true;
    edition.show(place).then(() => button.remove());
  });
}
