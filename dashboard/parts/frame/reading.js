// Beside a chart's slider Vega writes its raw number, and a screen reader says it: 1.50278601828981.
// Both are to have as many places as the slider's steps.

const SLIDER = '.vega-bind input[type="range"]';

function tell(slider) {
  const places = slider.step === "any" ? 2 : (slider.step.split(".")[1]?.length ?? 0);
  const text = Number(slider.value).toFixed(places);
  const readout = slider.nextElementSibling;
  if (readout && readout.textContent !== text) readout.textContent = text;
  if (slider.ariaValueText !== text) slider.ariaValueText = text;
}

function keepReadable() {
  document.querySelectorAll(SLIDER).forEach(tell);
  new MutationObserver((records) => {
    for (const { target, addedNodes } of records) {
      const slider = target.closest(".vega-bind")?.querySelector(SLIDER);
      if (slider) tell(slider);
      for (const node of addedNodes) {
        if (node instanceof Element) node.querySelectorAll(SLIDER).forEach(tell);
      }
    }
  }).observe(document.body, { childList: true, subtree: true });
}
