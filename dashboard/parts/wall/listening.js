// What the wall's viewer does: slider, pointer, keys.

function onPartner(view, event) {
  if (view.isLeading || !view.data.partner || !event.target.matches?.(view.data.partner)) return;
  if (event.type === "pointerdown" || event.type === "keydown") event.target.step = STEP;
  if (event.type === "input") {
    const offset = Number(event.target.value);
    setRange(view.range, offset);
    moveTo(view, offset, true);
  }
  if (event.type === "change") rest(view);
}

function choose(view, canvas, image) {
  view.chosen = image === null ? null : { canvas, image };
  draw(view);
  view.focused.textContent = image === null ? "" : speakDetail(view);
  const number = image === null ? null : view.wall.numbers[image];
  clearTimeout(view.telling);
  const { visit } = view;
  view.telling = setTimeout(() => view.send("image", { number, visit }), SEND_AFTER);
}

function tileUnder(view, canvas, event) {
  const box = canvas.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  if (canvas === view.tiles) return tileAt(view.grid, view.wall.count, x, y);
  const { pitch } = STRIP_TILE;
  const column = Math.floor(x / pitch);
  if (column >= view.strip.columns) return null;
  return view.stripped[Math.floor(y / pitch) * view.strip.columns + column] ?? null;
}

function followPointer(view, canvas) {
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "mouse") return;
    const image = tileUnder(view, canvas, event);
    if (image === (view.pointed?.image ?? null)) return;
    view.pointed = image === null ? null : { canvas, image };
    draw(view);
  });
  canvas.addEventListener("pointerleave", () => {
    if (view.pointed === null) return;
    view.pointed = null;
    draw(view);
  });
  canvas.addEventListener("click", (event) => {
    const image = tileUnder(view, canvas, event);
    choose(view, canvas, image === view.chosen?.image ? null : image);
  });
}

function followKeys(view, canvas) {
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") return choose(view, canvas, null);
    const isWall = canvas === view.tiles;
    const count = isWall ? view.wall.count : view.stripped.length;
    const grid = isWall ? view.grid : { rows: 1 };
    const here = isWall ? (view.chosen?.image ?? -1) : view.stripped.indexOf(view.chosen?.image);
    const start = isWall ? Math.max(0, countBelow(view.wall.ownFlips, view.offset) - 1) : 0;
    const isIn = view.chosen?.canvas === canvas && here >= 0;
    const place = tileAfter(event.key, isIn ? here : start, grid, count);
    if (place === null || count === 0) return;
    event.preventDefault();
    choose(view, canvas, isWall ? (isIn ? place : start) : view.stripped[isIn ? place : 0]);
  });
}

function listen(view) {
  view.range.addEventListener("pointerdown", () => (view.range.step = STEP));
  view.range.addEventListener("keydown", () => (view.range.step = STEP));
  view.range.addEventListener("input", () => {
    view.touched = true;
    view.hint.hidden = true;
    moveTo(view, Number(view.range.value));
  });
  view.range.addEventListener("change", () => rest(view));
  for (const canvas of [view.tiles, view.others]) {
    followPointer(view, canvas);
    followKeys(view, canvas);
  }
  view.heard = ["input", "change", "pointerdown", "keydown"];
  view.onPartner = (event) => onPartner(view, event);
  for (const type of view.heard) document.addEventListener(type, view.onPartner);
  view.observer = new ResizeObserver(() => {
    const isLaidOut =
      view.root.clientWidth === view.width && view.range.clientWidth === view.track;
    if (!isLaidOut) refresh(view);
  });
  // The track also gives way to its ends, whose type may come later than the wall.
  for (const element of [view.root, view.range]) view.observer.observe(element);
  view.onResize = () => refresh(view);
  window.addEventListener("resize", view.onResize);
  // The chart may come later than the wall, be drawn anew, or the page may change its colours.
  view.timer = setInterval(() => {
    if (isDarkPage(view.root) !== view.isDark) refresh(view);
    if (view.data.partner && !view.partner?.isConnected) lead(view, true);
  }, FOLLOW_EVERY);
}
