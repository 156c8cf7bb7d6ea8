// What the scene draws: the wall of tiles, the picture that is shown, the noise.

export const SIDE = 14;

function mixed(from, to, share) {
  return from.map((value, at) => Math.round(value + (to[at] - value) * share));
}

const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

export function isDark(element) {
  const page = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  return page.startsWith("#") && channels(page).reduce((sum, value) => sum + value) < 384;
}

// Lit: white ink on the full colour; unlit: faint ink on a pale, or dark, ground.
export function tones(colours, dark) {
  const page = dark ? [23, 22, 20] : [255, 255, 255];
  const text = dark ? [250, 250, 250] : [49, 51, 63];
  return {
    lit: { ground: channels(colours.right), ink: [255, 255, 255] },
    unlit: { ground: mixed(page, text, 0.09), ink: mixed(page, text, 0.5) },
  };
}

export function fit(canvas, width, height) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.imageSmoothingQuality = "high";
  return context;
}

// Pictures below one another in a tone; *shareAt* tells how much ink a pixel has, from 0 to 1.
function inked(count, shareAt, tone) {
  const sheet = document.createElement("canvas");
  sheet.width = SIDE;
  sheet.height = SIDE * count;
  const context = sheet.getContext("2d");
  const shown = context.createImageData(SIDE, SIDE * count);
  const shades = Array.from({ length: 256 }, (_, at) => [...mixed(tone.ground, tone.ink, at / 255), 255]);
  for (let at = 0; at < SIDE * SIDE * count; at += 1) {
    shown.data.set(shades[Math.round(255 * shareAt(at))], 4 * at);
  }
  context.putImageData(shown, 0, 0);
  return sheet;
}

export function sheetsOf(pixels, tone) {
  const shareAt = (at) => pixels[at] / 255;
  const count = pixels.length / (SIDE * SIDE);
  return { lit: inked(count, shareAt, tone.lit), unlit: inked(count, shareAt, tone.unlit) };
}

// The largest square tiles with which *count* of them fit; *even* columns keep classes in rows.
export function gridOf(count, width, height, even = 1) {
  for (let side = 40; side > 3; side -= 1) {
    const most = Math.floor((width + 1) / (side + 1));
    const widest = Math.max(even, most - (most % even));
    const rows = Math.ceil(count / widest);
    if (most < even || rows * (side + 1) - 1 > height) continue;
    // As even a last row as there can be.
    return { side, columns: even > 1 ? widest : Math.ceil(count / rows), rows };
  }
  return { side: 3, columns: Math.max(1, Math.floor(width / 4)), rows: Math.ceil((4 * count) / width) };
}

export function placeOf(grid, tile) {
  const pitch = grid.side + 1;
  return [(tile % grid.columns) * pitch, Math.floor(tile / grid.columns) * pitch];
}

export function drawTile(context, sheets, grid, tile, isLit) {
  const [x, y] = placeOf(grid, tile);
  const sheet = isLit ? sheets.lit : sheets.unlit;
  context.drawImage(sheet, 0, tile * SIDE, SIDE, SIDE, x, y, grid.side, grid.side);
}

// One picture, each pixel a square; values from *low* to *high* become black to white.
export function drawPicture(canvas, pixels, size, low, high) {
  const grey = { ground: [0, 0, 0], ink: [255, 255, 255] };
  const sheet = inked(1, (at) => (pixels[at] - low) / (high - low), grey);
  const context = fit(canvas, size, size);
  context.imageSmoothingEnabled = false;
  context.drawImage(sheet, 0, 0, size, size);
}

// Noise as the student sees it: *across* × *across* pictures, no two alike.
export function drawSnow(canvas, size, across) {
  const context = fit(canvas, size, size);
  const sheet = document.createElement("canvas");
  sheet.width = sheet.height = SIDE * across;
  const inner = sheet.getContext("2d");
  const shown = inner.createImageData(sheet.width, sheet.height);
  for (let at = 0; at < shown.data.length; at += 4) {
    shown.data.fill(Math.random() * 256, at, at + 3);
    shown.data[at + 3] = 255;
  }
  inner.putImageData(shown, 0, 0);
  context.imageSmoothingEnabled = false;
  const part = size / across;
  for (let at = 0; at < across * across; at += 1) {
    const [column, row] = [at % across, Math.floor(at / across)];
    const from = [column * SIDE, row * SIDE, SIDE, SIDE];
    context.drawImage(sheet, ...from, column * part, row * part, part - 4, part - 4);
  }
}
