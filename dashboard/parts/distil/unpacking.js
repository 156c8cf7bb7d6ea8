// What Python packs, unpacked: bytes in base64, pictures and logits as zlib makes them small.

function bytes(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

async function unzipped(text) {
  const stream = new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function unpack(contents) {
  const found = { ...contents };
  for (const name of ["wall", "learn", "unlabelled", "others"]) {
    if (contents[name]) found[name] = await unzipped(contents[name]);
  }
  if (contents.logits) {
    const whole = new Int16Array((await unzipped(contents.logits)).buffer);
    found.logits = Float32Array.from(whole, (value) => value * contents.logitScale);
  }
  for (const name of ["learnLabels", "otherLabels", "wallLabels"]) {
    if (contents[name]) found[name] = bytes(contents[name]);
  }
  const parts = Object.entries(contents.teacher ?? {});
  const read = ([name, text]) => [name, Float64Array.from(new Float32Array(bytes(text).buffer))];
  if (parts.length) found.teacher = Object.fromEntries(parts.map(read));
  return found;
}
