// Beside a chart's slider Vega writes its raw number, and a screen reader says it: 1.50278601828981.
// Both are to have as many places as the slider's steps.

const SAID = ".said_marks text";
const SLIDER = '.vega-bind input[type="range"]';

function tell(slider) {
  const places = slider.step === "any" ? 2 : (slider.step.split(".")[1]?.length ?? 0);
  const text = Number(slider.value).toFixed(places);
  const readout = slider.nextElementSibling;
  if (readout && readout.textContent !== text) readout.textContent = text;
  if (slider.ariaValueText !== text) slider.ariaValueText = text;
}

// What a chart shows is said by a mark in it; the chart as a whole is to say it, too.
function say(mark) {
  const chart = mark.closest(CHART);
  if (chart && chart.ariaLabel !== mark.ariaLabel) chart.ariaLabel = mark.ariaLabel;
}

function keepReadable() {
  const read = (part) => {
    part.querySelectorAll(SLIDER).forEach(tell);
    part.querySelectorAll(SAID).forEach(say);
  };
  read(document);
  new MutationObserver((records) => {
    for (const { target, addedNodes } of records) {
      const slider = target.closest(".vega-bind")?.querySelector(SLIDER);
      if (slider) tell(slider);
      if (target.matches(SAID)) say(target);
      for (const node of addedNodes) {
        if (!(node instanceof Element)) continue;
        if (node.matches(SAID)) say(node);
        read(node);
      }
    }
  }).observe(document.body, { attributeFilter: ["aria-label"], childList: true, subtree: true });
}
