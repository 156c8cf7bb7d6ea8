// The player: one view a mount, kept while Streamlit calls this again on every rerun.

const views = new WeakMap();
const CURVE_HEIGHT = { small: 150, large: 190 };

function isDark(element) {
  const style = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  return style.startsWith("#") && rgb(style).reduce((sum, value) => sum + value, 0) < 384;
}

function makeView(parentElement) {
  const find = (name) => parentElement.querySelector(`.${name}`);
  const names = ["player", "when", "count", "share", "change", "all", "wall", "detail"];
  names.push("controls", "play", "back", "forward", "scrub", "speed", "curve", "spoken");
  const view = Object.fromEntries(names.map((name) => [name, find(name)]));
  return Object.assign(view, { step: 1, position: 1, playing: false, visit: null, hovered: null });
}

// The wall takes what controls and curve leave of the window, below the page's title.
function layOut(view) {
  view.width = view.player.clientWidth;
  const isPhone = view.width < 560;
  view.curveHeight = window.innerHeight >= 900 ? CURVE_HEIGHT.large : CURVE_HEIGHT.small;
  const rest = window.innerHeight - view.curveHeight - 302;
  const height = Math.max(isPhone ? Math.min(rest, view.width) : rest, 200);
  view.grid = gridOf(view.data.count, view.width, height, view.data.count > 300 ? 1 : 2);
  if (view.grid.side > 84) view.grid = gridOf(view.data.count, view.width, height * 0.8, 2);
}

function take(view, data) {
  if (view.data?.answers !== data.answers || view.data?.pixels !== data.pixels) {
    view.answers = decode(data.answers);
    view.pixels = data.pixels === null ? null : decode(data.pixels);
    view.toned = null;
  }
  view.data = data;
  view.rates = Array.from({ length: data.last }, (_, index) => {
    return tally(view.answers, data.count, index + 1, data.digit).right / data.count;
  });
  const dark = isDark(view.player);
  view.text = getComputedStyle(view.player).color;
  if (view.toned !== dark) {
    view.toned = dark;
    view.tone = tones(data.colours, dark);
    view.sheet = view.pixels && spriteSheet(view.pixels, data.count, view.tone);
  }
}

function show(view) {
  const { data, step } = view;
  drawWall(view, step);
  drawCurve(view, step);
  const said = readout(data, tally(view.answers, data.count, step, data.digit), step);
  for (const part of ["when", "count", "share", "change", "all"]) view[part].textContent = said[part];
  view.scrub.value = step;
  view.scrub.setAttribute("aria-valuetext", said.when);
  view.wall.setAttribute(
    "aria-label",
    `Wall of ${data.count} held-out ${data.name}, lit when right. ${inWords(said)}`,
  );
  view.curve.setAttribute(
    "aria-label",
    `Accuracy by epoch: ${data.name} from ${percent(view.rates[0])} after epoch 1 to ` +
      `${percent(view.rates[data.last - 2])} after epoch ${data.last - 1}, ` +
      `${percent(view.rates[data.last - 1])} with the offset ${data.offset}.`,
  );
  view.share.style.setProperty("--mark", step === data.last ? data.colours.right : data.colours.student);
  view.all.style.setProperty("--mark", data.colours.all);
  tell(view);
  return said;
}

function tell(view) {
  const { data, hovered } = view;
  view.detail.textContent =
    hovered === null
      ? `Easiest ${data.name} first. Green: right. A number: its wrong answer. Framed: new.`
      : `Test image ${data.numbers[hovered].toLocaleString("en")}, ` +
        `${history(view.answers, data.count, hovered, data.last)}`;
}

function setPlaying(view, playing) {
  view.playing = playing;
  view.play.textContent = playing ? "❚❚ Pause" : "▶ Play";
  view.play.setAttribute("aria-pressed", String(playing));
  if (playing) {
    if (view.step === view.data.last) view.step = view.position = 1;
    view.position = view.step;
    view.before = null;
    view.frame = requestAnimationFrame((now) => tick(view, now));
    show(view);
  } else {
    cancelAnimationFrame(view.frame);
  }
}

function tick(view, now) {
  if (!view.playing) return;
  const passed = view.before === null ? 0 : now - view.before;
  view.before = now;
  const pace = view.data.pace * Number(view.speed.value);
  view.position = advance(view.position, passed, pace, view.data.last);
  const step = Math.floor(view.position);
  if (step !== view.step) {
    view.step = step;
    show(view);
  }
  if (step === view.data.last) return rest(view);
  view.frame = requestAnimationFrame((later) => tick(view, later));
}

// The viewer stopped somewhere: say it aloud, and tell Python if it was they who moved.
function rest(view) {
  setPlaying(view, false);
  view.spoken.textContent = inWords(show(view));
  if (view.touched) view.send({ step: view.step, speed: view.speed.value, visit: view.visit });
}

function goTo(view, step, isFinal = true) {
  view.touched = true;
  setPlaying(view, false);
  view.step = step;
  if (isFinal) rest(view);
  else show(view);
}

function toggle(view) {
  view.touched = true;
  if (view.playing) rest(view);
  else setPlaying(view, true);
}

function onKey(view, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.composedPath()[0];
  if (target === view.speed) return;
  if (event.key === " " && target.tagName !== "BUTTON") {
    event.preventDefault();
    toggle(view);
    return;
  }
  const step = stepFor(event.key, view.step, view.data.last);
  if (step === null) return;
  event.preventDefault();
  goTo(view, step);
}

function followCurve(view) {
  const stepOf = (event) => {
    const frame = curveFrame(view, view.curveHeight);
    const x = event.clientX - view.curve.getBoundingClientRect().left;
    return stepNear(x, view.data.last, frame.left, frame.right);
  };
  view.curve.addEventListener("pointerdown", (event) => {
    view.curve.setPointerCapture(event.pointerId);
    goTo(view, stepOf(event), false);
  });
  view.curve.addEventListener("pointermove", (event) => {
    if (view.curve.hasPointerCapture(event.pointerId)) goTo(view, stepOf(event), false);
  });
  view.curve.addEventListener("pointerup", () => rest(view));
}

function followWall(view) {
  const point = (event) => {
    const box = view.wall.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    view.hovered = tileAt(view.grid, view.data.count, x, y);
    tell(view);
  };
  view.wall.addEventListener("pointermove", point);
  view.wall.addEventListener("pointerdown", point);
  view.wall.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "mouse") return;
    view.hovered = null;
    tell(view);
  });
}

function listen(view) {
  view.play.addEventListener("click", () => toggle(view));
  const step = (by) => () => goTo(view, stepFor(by, view.step, view.data.last));
  view.back.addEventListener("click", step("ArrowLeft"));
  view.forward.addEventListener("click", step("ArrowRight"));
  view.scrub.addEventListener("input", () => goTo(view, Number(view.scrub.value), false));
  view.scrub.addEventListener("change", () => goTo(view, Number(view.scrub.value)));
  view.speed.addEventListener("change", () => {
    view.touched = true;
    if (!view.playing) rest(view);
  });
  view.player.addEventListener("keydown", (event) => onKey(view, event));
  // With nothing else in focus the keys mean the player: a lecturer need not click first.
  view.onBodyKey = (event) => {
    if (event.target === document.body) onKey(view, event);
  };
  window.addEventListener("keydown", view.onBodyKey);
  followCurve(view);
  followWall(view);
  view.observer = new ResizeObserver(() => {
    if (view.player.clientWidth === view.width) return;
    layOut(view);
    show(view);
  });
  view.observer.observe(view.player);
}

function jumpTo(view, data) {
  view.visit = data.visit;
  view.touched = false;
  view.speed.value = data.speed;
  setPlaying(view, false);
  view.step = data.step;
  const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (data.plays && !isCalm) setPlaying(view, true);
}

export default function ({ data, parentElement, setStateValue }) {
  let view = views.get(parentElement);
  const isNew = view === undefined;
  if (isNew) {
    view = makeView(parentElement);
    views.set(parentElement, view);
  }
  view.send = (value) => setStateValue("rest", value);
  take(view, data);
  view.scrub.max = data.last;
  view.player.setAttribute(
    "aria-label",
    "Replay of the training. Space plays and pauses, the arrow keys step.",
  );
  if (isNew) listen(view);
  layOut(view);
  if (view.visit !== data.visit) jumpTo(view, data);
  show(view);
  return () => {
    setPlaying(view, false);
    view.observer.disconnect();
    window.removeEventListener("keydown", view.onBodyKey);
    views.delete(parentElement);
  };
}
