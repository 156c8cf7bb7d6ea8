// What the replay player draws on its two canvases.

const SIDE = 28; // pixels of an image
const LARGE = 34; // from this side on a tile holds the picture and the answer
const FONT = '"Source Sans", "Source Sans Pro", sans-serif';
const CURVE_TEXT = 16;

function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

function blend(from, to, share) {
  return from.map((value, index) => Math.round(value + (to[index] - value) * share));
}

function css([red, green, blue]) {
  return `rgb(${red},${green},${blue})`;
}

// Tiles are lit when right: white on the full colour; otherwise a pale or dark ground.
function tones(colours, isDark) {
  const page = isDark ? [23, 22, 20] : [255, 255, 255];
  const wrong = rgb(colours.wrong);
  return {
    right: rgb(colours.right),
    ink: [255, 255, 255],
    ground: blend(page, wrong, isDark ? 0.22 : 0.14),
    faint: blend(page, wrong, isDark ? 0.75 : 0.5),
    glyph: isDark ? blend(wrong, [255, 255, 255], 0.55) : blend(wrong, [0, 0, 0], 0.35),
  };
}

// One sheet with every image twice: lit, and as it is drawn below a wrong answer.
function spriteSheet(pixels, count, tone) {
  const sheet = document.createElement("canvas");
  sheet.width = 2 * SIDE;
  sheet.height = count * SIDE;
  const context = sheet.getContext("2d");
  const shown = context.createImageData(sheet.width, sheet.height);
  for (let image = 0; image < count; image += 1) {
    for (let at = 0; at < SIDE * SIDE; at += 1) {
      const share = pixels[image * SIDE * SIDE + at] / 255;
      const row = image * SIDE + Math.floor(at / SIDE);
      const colours = [blend(tone.right, tone.ink, share), blend(tone.ground, tone.faint, share)];
      colours.forEach((colour, half) => {
        const place = 4 * (row * sheet.width + half * SIDE + (at % SIDE));
        shown.data.set([...colour, 255], place);
      });
    }
  }
  context.putImageData(shown, 0, 0);
  return sheet;
}

function fit(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

function drawWall(view, step) {
  const { data, grid, sheet, tone } = view;
  const context = fit(view.wall, view.width, grid.rows * (grid.side + grid.gap) - grid.gap);
  const now = answersAt(view.answers, data.count, step);
  const before = answersAt(view.answers, data.count, Math.max(1, step - 1));
  const { side } = grid;
  const isLarge = side >= LARGE && sheet !== null;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `700 ${Math.round(isLarge ? side * 0.42 : side * 0.86)}px ${FONT}`;
  for (let image = 0; image < data.count; image += 1) {
    const x = (image % grid.columns) * (side + grid.gap);
    const y = Math.floor(image / grid.columns) * (side + grid.gap);
    const isRight = now[image] === data.digit;
    if (sheet === null || (!isRight && !isLarge)) {
      context.fillStyle = css(isRight ? tone.right : tone.ground);
      context.fillRect(x, y, side, side);
    } else {
      context.drawImage(sheet, isRight ? 0 : SIDE, image * SIDE, SIDE, SIDE, x, y, side, side);
    }
    if (!isRight || sheet === null) {
      context.fillStyle = css(isRight ? tone.ink : tone.glyph);
      const [dx, dy] = isLarge ? [0.79, 0.77] : [0.5, 0.55];
      context.fillText(String(now[image]), x + side * dx, y + side * dy);
    }
    if (isRight && before[image] !== data.digit) {
      context.strokeStyle = view.text;
      context.lineWidth = side >= LARGE ? 3 : side >= 20 ? 2 : 1;
      const inset = context.lineWidth / 2;
      context.strokeRect(x + inset, y + inset, side - 2 * inset, side - 2 * inset);
    }
  }
}

function curveFrame(view, height) {
  const wide = view.width >= 560;
  return {
    left: 58,
    right: view.width - (wide ? 176 : 46),
    top: 14,
    bottom: height - 46,
    wide,
  };
}

function drawAxes(context, view, frame) {
  const { data } = view;
  context.strokeStyle = context.fillStyle = view.text;
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const share of [0, 0.5, 1]) {
    const y = frame.bottom + (frame.top - frame.bottom) * share;
    context.globalAlpha = 0.25;
    context.beginPath();
    context.moveTo(frame.left, y);
    context.lineTo(frame.right, y);
    context.stroke();
    context.globalAlpha = 1;
    context.fillText(`${100 * share} %`, frame.left - 8, y);
  }
  context.textBaseline = "top";
  context.textAlign = "center";
  for (const epoch of ticks(data.last - 1, frame.wide ? 10 : 4)) {
    const x = placeOf(epoch, data.last, frame.left, frame.right);
    context.fillText(String(epoch), x, frame.bottom + 6);
  }
  const end = placeOf(data.last, data.last, frame.left, frame.right);
  // On a phone the last epoch stands close by.
  context.textAlign = frame.wide ? "center" : "left";
  context.fillText("+ offset", frame.wide ? end : end - 8, frame.bottom + 6);
  context.textAlign = "center";
  const middle = placeOf((data.last + 1) / 2, data.last, frame.left, frame.right);
  context.fillText("Epochs of training (accuracy on test images)", middle, frame.bottom + 26);
}

function drawLine(context, view, frame, line, step) {
  const { last } = view.data;
  const at = (index) => [
    placeOf(index + 1, last, frame.left, frame.right),
    frame.bottom + (frame.top - frame.bottom) * line.values[index],
  ];
  context.strokeStyle = context.fillStyle = line.colour;
  for (const [from, to, alpha] of [[0, last - 2, 0.25], [0, Math.min(step, last - 1) - 1, 1]]) {
    context.globalAlpha = alpha;
    context.lineWidth = alpha === 1 ? 4 : 2;
    context.setLineDash(line.dash);
    context.beginPath();
    for (let index = from; index <= to; index += 1) context.lineTo(...at(index));
    context.stroke();
  }
  context.setLineDash([2, 4]);
  context.lineWidth = 3;
  context.globalAlpha = step === last ? 1 : 0;
  context.beginPath();
  context.moveTo(...at(last - 2));
  context.lineTo(...at(last - 1));
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
  const [x, y] = at(step - 1);
  context.fillStyle = step === last && line.after ? line.after : line.colour;
  context.beginPath();
  if (line.square) context.rect(x - 6, y - 6, 12, 12);
  else context.arc(x, y, 8, 0, 2 * Math.PI);
  context.fill();
  return y;
}

function drawCurve(view, step) {
  const { data } = view;
  const height = view.curveHeight;
  const context = fit(view.curve, view.width, height);
  const frame = curveFrame(view, height);
  context.font = `${CURVE_TEXT}px ${FONT}`;
  drawAxes(context, view, frame);
  const { colours } = data;
  const lines = [
    { values: data.accuracy, colour: colours.all, dash: [8, 5], square: true, name: `all ${data.testImages.toLocaleString("en")}` },
    {
      values: view.rates,
      colour: colours.student,
      after: colours.right,
      dash: [],
      name: data.name,
    },
  ];
  const ends = lines.map((line) => drawLine(context, view, frame, line, step));
  if (!frame.wide) return;
  // Both lines may end at the same height: their names then stand one above the other.
  const apart = CURVE_TEXT + 4;
  const lower = Math.max(ends[1], ends[0] + (ends[1] >= ends[0] ? apart : -apart));
  const places = [ends[0], Math.abs(ends[1] - ends[0]) < apart ? lower : ends[1]];
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.font = `700 ${CURVE_TEXT}px ${FONT}`;
  lines.forEach((line, index) => {
    context.fillStyle = view.text;
    const label = `${line.name}: ${percent(line.values[step - 1])}`;
    const mark = line.square ? "■ " : "● ";
    context.fillStyle = step === data.last && line.after ? line.after : line.colour;
    context.fillText(mark, frame.right + 14, places[index]);
    context.fillStyle = view.text;
    context.fillText(label, frame.right + 14 + context.measureText(mark).width, places[index]);
  });
}
