// The wall: one view a mount, kept while Streamlit calls this again on every rerun.

const views = new WeakMap();
const STEP = 0.01;
const SEND_AFTER = 250; // ms; keys repeat, and each repeat ends a change of the slider
const FOLLOW_EVERY = 300; // ms
const PARTS =
  "main marks low range high below flips beyond hint tiles others picture bars story which spoken " +
  "focused";

function makeView(parentElement) {
  const root = parentElement.querySelector(".wall");
  const view = { root, offset: 0, visit: null, chosen: null, pointed: null, turn: 0, counts: {} };
  for (const name of PARTS.split(" ")) view[name] = root.querySelector(`.${name}`);
  for (const name of ["offset", "right", "lost"]) {
    const [number, words] = root.querySelectorAll(`.count.${name} > *`);
    view.counts[name] = { number, words };
  }
  view.title = root.querySelector(".strip .title");
  return view;
}

// What came from Python, unpacked once.
function unpack(data) {
  const wall = { ...data };
  wall.numbers = decode(data.numbers, Int32Array);
  wall.labels = decode(data.labels, Uint8Array);
  wall.said = decode(data.said, Uint8Array);
  wall.flips = decode(data.flips, Float64Array);
  wall.logits = decode(data.logits, Float32Array);
  wall.lostFlips = decode(data.lostFlips, Float64Array);
  wall.lostLabels = decode(data.lostLabels, Uint8Array);
  wall.ownFlips = wall.flips.subarray(0, wall.count);
  return wall;
}

function take(view, data) {
  if (view.data?.flips !== data.flips || view.data?.sheet !== data.sheet) {
    view.wall = unpack(data);
    view.chosen = view.pointed = view.sheet = view.ink = null;
    if (data.sheet !== null) loadSheet(view, data.sheet);
  }
  view.data = data;
  view.range.min = data.low;
  view.range.max = data.high;
  view.low.textContent = signed(data.low).replace(".00", "");
  view.high.textContent = signed(data.high).replace(".00", "");
  view.range.setAttribute("aria-label", `Added to the score for ${nameOf(data, data.digit)}`);
  const { count, name, ownFlips } = view.wall;
  const [below, beyond] = [countBelow(ownFlips, data.low), count - countBelow(ownFlips, data.high)];
  view.below.textContent = below > 0 ? `◂\u2009${thousands(below)}` : "";
  view.beyond.textContent = beyond > 0 ? `${thousands(beyond)}\u2009▸` : "";
  view.flips.setAttribute(
    "aria-label",
    `Where the ${thousands(count)} ${name} turn right: ${thousands(below)} below ` +
      `${signed(data.low)}, ${thousands(beyond)} beyond ${signed(data.high)}, the others between.`,
  );
  view.hint.hidden = !data.invite || view.touched === true;
  view.picture.hidden = data.sheet === null; // no empty frame where there are no pictures
}

function loadSheet(view, base64) {
  const sheet = new Image();
  sheet.onload = () => {
    if (view.data.sheet !== base64) return;
    view.sheet = sheet;
    dress(view);
    layOut(view);
    draw(view);
  };
  sheet.src = `data:image/webp;base64,${base64}`;
}

// Colours for a light or a dark page.
function dress(view) {
  view.isDark = isDarkPage(view.root);
  view.tone = tones(view.data.colours, view.isDark);
  const inks = (name) => inked(view.sheet, view.tone[name].ink);
  view.ink = view.sheet ? { right: inks("right"), wrong: inks("wrong") } : null;
  view.root.style.setProperty("--right", view.tone.right.ground);
  view.root.style.setProperty("--wrong", view.tone.wrong.stroke);
}

// The wall takes what slider and strip leave of the window, below the page's title and sentence.
function layOut(view) {
  view.width = view.root.clientWidth;
  view.isWide = view.width >= 640;
  const side = view.isWide ? Math.round(Math.min(360, Math.max(200, view.width * 0.2))) : 0;
  view.root.style.setProperty("--side", `${side}px`);
  const width = view.isWide ? view.width - side - 24 : view.width;
  const isTall = view.isWide && window.innerHeight >= 900;
  const rows = isTall ? 2 : 1;
  const used = (view.isWide ? 320 : 476) + rows * STRIP_TILE.pitch;
  const height = Math.max(window.innerHeight - used, view.isWide ? 230 : 330);
  // In a window that is taller than wide, slider and strip stay near each other.
  view.grid = gridOf(view.wall.count, width, Math.min(height, width));
  view.strip = { columns: Math.floor(width / STRIP_TILE.pitch), rows, width };
  view.sizes = view.isWide
    ? { picture: Math.min(side, Math.max(112, window.innerHeight - 606)), bars: [side, isTall ? 150 : 96] }
    : { picture: 104, bars: [width - 116, 72] };
  prepareWall(view);
  placeMarks(view);
}

function shareOf(view, offset) {
  return (offset - view.data.low) / (view.data.high - view.data.low);
}

// A range's thumb runs half its width inside the ends.
function alongTrack(view, offset) {
  const thumb = 32;
  return thumb / 2 + shareOf(view, offset) * (view.track - thumb);
}

function placeMarks(view) {
  view.track = view.range.clientWidth;
  const buttons = view.data.marks.map((mark) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "mark";
    button.textContent = `${signed(mark.offset)} ${mark.name}`;
    button.addEventListener("click", () => leaveAt(view, mark.offset));
    return button;
  });
  view.marks.replaceChildren(...buttons);
  const leftOf = (element) => element.getBoundingClientRect().left;
  const inset = leftOf(view.range) - leftOf(view.marks);
  const places = view.data.marks.map((mark) => inset + alongTrack(view, mark.offset));
  const widths = buttons.map((button) => button.offsetWidth);
  const found = labelPlaces(places, widths, view.marks.clientWidth);
  const top = Math.max(...found.map(({ row }) => row));
  view.marks.style.height = `${(top + 1) * 24 + 8}px`;
  const across = (place) => `${(100 * place) / view.marks.clientWidth}%`; // on paper, too
  buttons.forEach((button, index) => {
    button.style.left = across(found[index].left);
    button.style.bottom = `${found[index].row * 24 + 8}px`;
    const line = document.createElement("i");
    line.className = "tick";
    line.style.left = across(places[index]);
    line.style.height = `${found[index].row * 24 + 10}px`;
    view.marks.append(line);
  });
}

function stripImages(view) {
  const { from, to, lost } = changedOthers(view.wall.lostFlips, view.offset);
  const { first, count, flips } = view.wall;
  const last = first + flips.length - count;
  const [begin, end] = [Math.max(from, first), Math.min(to, last)];
  const images = [];
  for (let row = end - 1; row >= begin; row -= 1) images.push(count + row - first);
  if (lost < 0) images.reverse();
  return { images: images.slice(0, view.strip.columns * view.strip.rows), from, to, lost };
}

function draw(view) {
  const { wall, offset } = view;
  const flipped = countBelow(wall.ownFlips, offset);
  drawWall(view, flipped);
  drawFlips(view, view.track, view.isWide ? 42 : 32);
  drawOthers(view);
  const image = view.pointed?.image ?? view.chosen?.image ?? Math.max(0, flipped - 1);
  drawDetail(view, image, flipped);
  view.counts.offset.number.textContent = signed(offset);
  view.counts.right.number.textContent = thousands(flipped);
  view.counts.right.words.textContent =
    `of ${thousands(wall.count)} ${view.isWide ? "held-out " : ""}${wall.name} right`;
  view.root.style.setProperty("--share", shareOf(view, offset));
  const where = view.isWide ? `added to its score for ${nameOf(wall, wall.digit)}` : "offset";
  view.counts.offset.words.textContent = where;
  const ring = view.pointed?.canvas === view.tiles ? view.pointed : view.chosen;
  if (ring?.canvas === view.tiles) {
    const [x, y] = placeOf(view.grid, ring.image);
    drawRing(view.tiles.getContext("2d"), view, x, y, view.grid.side);
  }
}

function drawOthers(view) {
  const { wall } = view;
  const { images, from, to, lost } = stripImages(view);
  view.stripped = images;
  view.counts.lost.number.textContent = thousands(Math.abs(lost));
  const verb = lost < 0 ? "won back" : "lost";
  view.counts.lost.words.textContent = `of ${thousands(wall.others)} other ${wall.kinds?.[1] ?? "digits"} ${verb}`;
  const who = listed(byDigit(wall.lostLabels, from, to), wall.names ?? wall.words, wall.plurals, view.isWide ? 5 : 2);
  const own = nameOf(wall, wall.digit);
  const turned = lost < 0 ? `No longer called ${own}` : `Turned into ${own}`;
  view.title.textContent = who
    ? `${turned}: ${who}`
    : `Other ${wall.kinds?.[1] ?? "digits"} turned into ${own} appear here.`;
  const { width, rows } = view.strip;
  drawStrip(view, images, lost < 0, width, rows * STRIP_TILE.pitch + 2);
}

function drawDetail(view, image, flipped) {
  const { wall, offset, sizes } = view;
  const told = story(wall, image, offset);
  const isPointed = view.pointed?.image === image;
  const isChosen = view.chosen?.image === image;
  const latest = flipped > 0 ? "Latest to flip" : "First to flip";
  view.which.textContent = isPointed ? "Under the pointer" : isChosen ? "Chosen" : latest;
  const lines = [told.title, told.before, told.flips, told.now];
  if (view.story.dataset.told !== lines.join()) {
    view.story.dataset.told = lines.join();
    view.story.replaceChildren(
      ...lines.map((line) => Object.assign(document.createElement("span"), { textContent: line })),
    );
  }
  drawPicture(view, image, told.isRight, sizes.picture);
  drawBars(view, told.shares, ...sizes.bars);
}

// For those who do not see the canvases: said once the slider rests.
function speak(view) {
  const sentence = inWords(view.wall, view.offset);
  view.spoken.textContent = sentence;
  view.tiles.setAttribute(
    "aria-label",
    `Wall of ${thousands(view.wall.count)} held-out ${view.wall.name}, earliest to flip first. ` +
      `${sentence} Arrow keys move from image to image.`,
  );
  view.others.setAttribute(
    "aria-label",
    `${view.title.textContent} Arrow keys move from image to image.`,
  );
  speakDetail(view);
}

function speakDetail(view) {
  const image = view.chosen?.image ?? Math.max(0, countBelow(view.wall.ownFlips, view.offset) - 1);
  const told = story(view.wall, image, view.offset);
  view.picture.setAttribute("aria-label", `${told.title}.`);
  const shares = told.shares.map((share, digit) => [share, digit]).sort((a, b) => b[0] - a[0]);
  const largest = shares.slice(0, 3).map(([share, digit]) => `${nameOf(view.wall, digit)}: ${percent(share)}`);
  view.bars.setAttribute("aria-label", `Student's distribution: ${largest.join(", ")}.`);
  return [told.title, told.before, told.flips, told.now].join("; ");
}

function setRange(input, offset) {
  const onGrid = Math.abs(offset / STEP - Math.round(offset / STEP)) < 1e-9;
  input.step = onGrid ? String(STEP) : "any"; // a criterion's offset is no multiple of the step
  input.value = offset;
}

// Take the wall to an offset; the chart that follows it, too.
function moveTo(view, offset, isFromChart = false) {
  view.offset = offset;
  view.range.setAttribute("aria-valuetext", inWords(view.wall, offset));
  draw(view);
  if (!isFromChart) lead(view);
}

// The curves' own slider, if the page has them, goes where this one goes, and the other way.
function lead(view, isEvenUnseen = false) {
  const input = view.data.partner && document.querySelector(view.data.partner);
  view.partner = input ?? null;
  if (!input || Number(input.value) === view.offset) return;
  const box = input.closest('[data-testid="stVegaLiteChart"], .chart')?.getBoundingClientRect();
  const isSeen = box && box.top < window.innerHeight && box.bottom > 0;
  if (!isSeen && !isEvenUnseen) return; // below the screen it moves when the slider rests
  setRange(input, view.offset);
  view.isLeading = true;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  view.isLeading = false;
}

function leaveAt(view, offset) {
  setRange(view.range, offset);
  moveTo(view, offset);
  rest(view);
}

// The slider has come to rest: say it, and tell Python.
function rest(view) {
  view.touched = true;
  view.hint.hidden = true;
  lead(view, true);
  speak(view);
  clearTimeout(view.sending);
  const { offset, visit } = view;
  view.sending = setTimeout(() => view.send("rest", { offset, visit }), SEND_AFTER);
}

// The place of a test image, by its number, on the wall or among the other digits.
function chosenBy(view, number) {
  const image = number === null ? -1 : view.wall.numbers.indexOf(number);
  return image < 0 ? null : { canvas: image < view.wall.count ? view.tiles : view.others, image };
}

function refresh(view) {
  dress(view);
  layOut(view);
  draw(view);
}

function dispose(view, parentElement) {
  clearInterval(view.timer);
  clearTimeout(view.sending);
  clearTimeout(view.telling);
  view.observer.disconnect();
  window.removeEventListener("resize", view.onResize);
  for (const type of view.heard) document.removeEventListener(type, view.onPartner);
  views.delete(parentElement);
}

export default function ({ data, parentElement, setStateValue }) {
  let view = views.get(parentElement);
  const isNew = view === undefined;
  if (isNew) {
    view = makeView(parentElement);
    views.set(parentElement, view);
  }
  view.send = setStateValue;
  take(view, data);
  if (view.visit !== data.visit) {
    view.visit = data.visit;
    view.offset = data.offset;
    view.chosen = chosenBy(view, data.image);
    setRange(view.range, data.offset);
  }
  if (isNew) listen(view);
  refresh(view);
  moveTo(view, view.offset);
  lead(view, true);
  speak(view);
  view.turn += 1;
  const turn = view.turn;
  // A call that a later one overtook must not take the view away.
  return () => turn === view.turn && dispose(view, parentElement);
}
