// What the wall draws on its canvases.

const FONT = '"Source Sans", "Source Sans Pro", sans-serif';
const BINS = 140; // of the thresholds, along the slider
const STRIP_TILE = { side: 40, pitch: 43 };

function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

function isDarkPage(element) {
  const colour = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  return colour.startsWith("#") && rgb(colour).reduce((sum, value) => sum + value, 0) < 384;
}

function blend(from, to, share) {
  const mixed = from.map((value, index) => Math.round(value + (to[index] - value) * share));
  return `rgb(${mixed.join()})`;
}

// Right: white ink on the full colour. Wrong: coloured ink on pale (or dark) ground, struck out;
// so they differ in brightness, in polarity and in form, not in hue alone.
function tones(colours, isDark) {
  const page = isDark ? [23, 22, 20] : [255, 255, 255];
  const wrong = rgb(colours.wrong);
  return {
    right: { ground: colours.right, ink: "#ffffff" },
    wrong: {
      ground: blend(page, wrong, isDark ? 0.3 : 0.2),
      ink: isDark ? blend(wrong, [255, 255, 255], 0.6) : blend(wrong, [0, 0, 0], 0.45),
      stroke: isDark ? blend(wrong, [255, 255, 255], 0.25) : blend(page, wrong, 0.75),
    },
    text: isDark ? "#fafafa" : "#1f2430",
    bar: colours.other,
    own: colours.wrong,
  };
}

function surface(canvas, width, height) {
  const ratio = Math.min(window.devicePixelRatio || 1, 3);
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
    if (canvas.style) Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

// The sheet's opacity is the ink: given a colour once, it serves every tile of that tone.
function inked(sheet, colour) {
  const made = document.createElement("canvas");
  made.width = sheet.naturalWidth;
  made.height = sheet.naturalHeight;
  const context = made.getContext("2d");
  context.drawImage(sheet, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = colour;
  context.fillRect(0, 0, made.width, made.height);
  return made;
}

function drawInk(context, ink, columns, image, x, y, side) {
  const [left, top] = [(image % columns) * SIDE, Math.floor(image / columns) * SIDE];
  context.drawImage(ink, left, top, SIDE, SIDE, x, y, side, side);
}

function drawTile(context, view, isRight, image, x, y, side, isStruck = !isRight) {
  const tone = isRight ? view.tone.right : view.tone.wrong;
  context.fillStyle = tone.ground;
  context.fillRect(x, y, side, side);
  const ink = isRight ? view.ink?.right : view.ink?.wrong;
  if (ink) drawInk(context, ink, view.wall.columns, image, x, y, side);
  if (!isStruck) return;
  context.strokeStyle = tone.stroke;
  context.lineWidth = Math.min(2, Math.max(1, side / 16));
  context.beginPath();
  context.moveTo(x + 1, y + side - 1);
  context.lineTo(x + side - 1, y + 1);
  context.stroke();
}

// The whole wall once as right and once as wrong: a frame is then cut from the two.
function prepareWall(view) {
  const { grid, wall } = view;
  for (const name of ["lit", "unlit"]) {
    view[name] ??= document.createElement("canvas");
    const context = surface(view[name], grid.columns * grid.pitch, grid.rows * grid.pitch);
    context.imageSmoothingQuality = "high";
    for (let tile = 0; tile < wall.count; tile += 1) {
      const [x, y] = placeOf(grid, tile);
      drawTile(context, view, name === "lit", tile, x, y, grid.side);
    }
  }
}

function drawWall(view, flipped) {
  const { grid } = view;
  const [width, height] = [grid.columns * grid.pitch, grid.rows * grid.pitch];
  const context = surface(view.tiles, width, height);
  const [x, y] = placeOf(grid, flipped);
  context.drawImage(view.unlit, 0, 0, width, height);
  context.save();
  context.beginPath();
  context.rect(0, 0, x, height);
  context.rect(x, 0, grid.pitch, y);
  context.clip();
  context.clearRect(0, 0, width, height);
  context.drawImage(view.lit, 0, 0, width, height);
  context.restore();
  drawEdge(context, grid, x, y, height, view.tone.text);
}

// The line between right and wrong.
function drawEdge(context, grid, x, y, height, colour) {
  const gap = grid.pitch - grid.side;
  const at = (value) => Math.max(1, value - gap / 2);
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(at(x + grid.pitch), 0);
  context.lineTo(at(x + grid.pitch), at(y));
  context.lineTo(at(x), at(y));
  context.lineTo(at(x), height);
  if (y === 0) {
    context.beginPath();
    context.moveTo(at(x), 0);
    context.lineTo(at(x), height);
  }
  context.stroke();
}

// Where on the slider they turn right: the bars below the thumb are those that have.
function drawFlips(view, width, height) {
  const { low, high } = view.data;
  const context = surface(view.flips, width, height);
  const counts = binned(view.wall.ownFlips, low, high, BINS);
  const [most, wide] = [Math.max(...counts, 1), (high - low) / BINS];
  counts.forEach((count, bin) => {
    const [left, right] = [bin, bin + 1].map((edge) => alongTrack(view, low + edge * wide));
    const tall = count && Math.max(2, (height * count) / most);
    const isPast = low + (bin + 0.5) * wide < view.offset;
    context.fillStyle = isPast ? view.tone.right.ground : view.tone.wrong.stroke;
    context.fillRect(left, height - tall, Math.max(1, right - left - 1), tall);
  });
  if (!view.isWide) return; // there the words would lie on the bars
  context.font = `16px ${FONT}`;
  context.textAlign = "right";
  context.fillStyle = view.tone.text;
  context.fillText(`where the ${view.wall.name} turn right`, width, 15);
}

function drawRing(context, view, x, y, side) {
  context.lineWidth = 3;
  context.strokeStyle = view.tone.text;
  context.strokeRect(x - 1.5, y - 1.5, side + 3, side + 3);
  context.lineWidth = 1.5;
  context.strokeStyle = view.isDark ? "#000" : "#fff";
  context.strokeRect(x + 0.75, y + 0.75, side - 1.5, side - 1.5);
}

// The other digits that the offset has changed, the latest first, each with its label.
function drawStrip(view, images, isRight, width, height) {
  const context = surface(view.others, width, height);
  context.imageSmoothingQuality = "high";
  context.font = `700 16px ${FONT}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  images.forEach((image, place) => {
    const [x, y] = stripPlace(place, view.strip.columns);
    drawTile(context, view, isRight, image, x, y, STRIP_TILE.side, false);
    context.fillStyle = view.tone.text;
    context.fillRect(x + STRIP_TILE.side - 15, y + STRIP_TILE.side - 17, 15, 17);
    context.fillStyle = view.isDark ? "#000" : "#fff";
    const label = String(view.wall.labels[image]);
    context.fillText(label, x + STRIP_TILE.side - 7.5, y + STRIP_TILE.side - 8);
    if (image === view.chosen?.image) drawRing(context, view, x, y, STRIP_TILE.side);
  });
}

function stripPlace(place, columns) {
  const [column, row] = [place % columns, Math.floor(place / columns)];
  return [column * STRIP_TILE.pitch + 2, row * STRIP_TILE.pitch + 2];
}

function drawPicture(view, image, isRight, size) {
  const context = surface(view.picture, size, size);
  const tone = isRight ? view.tone.right : view.tone.wrong;
  context.fillStyle = "#000";
  context.fillRect(0, 0, size, size);
  context.imageSmoothingEnabled = false;
  if (view.ink) drawInk(context, view.ink.right, view.wall.columns, image, 0, 0, size);
  context.lineWidth = 6;
  context.strokeStyle = isRight ? tone.ground : view.tone.own;
  context.setLineDash(isRight ? [] : [10, 6]);
  context.strokeRect(3, 3, size - 6, size - 6);
}

function drawBars(view, shares, width, height) {
  const context = surface(view.bars, width, height);
  const [step, bottom, top] = [width / 10, height - 20, 20];
  const best = shares.indexOf(Math.max(...shares));
  context.font = `600 16px ${FONT}`;
  context.textAlign = "center";
  context.fillStyle = view.tone.text;
  context.fillRect(0, bottom, width, 1);
  shares.forEach((share, digit) => {
    const [x, high] = [digit * step, Math.max(1, share * (bottom - top))];
    context.fillStyle = digit === view.wall.digit ? view.tone.own : view.tone.bar;
    context.fillRect(x + 2, bottom - high, step - 4, high);
    context.fillStyle = view.tone.text;
    context.fillText(view.wall.names ? "" : String(digit), x + step / 2, height - 4);
    if (digit !== best) return;
    const centre = Math.min(Math.max(x + step / 2, 24), width - 24);
    context.fillText(percent(share), centre, bottom - high - 5);
    if (view.wall.names) context.fillText(nameOf(view.wall, digit), width / 2, height - 4);
  });
}
