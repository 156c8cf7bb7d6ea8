// What Python answers to a drawing on the dashboard, for pages without one: `kdengine/nets/forward`,
// held against it by a test. The drawing's form is the pad's own `mnist_form.js`.

async function bytesOf(text) {
  const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// A layer: each weight is a whole number of ten bits, packed as eight and two, times its unit's scale.
async function layerOf(packed) {
  const parts = await Promise.all(["scale", "bias", "upper", "lower"].map((kind) => bytesOf(packed[kind])));
  const [scale, bias] = parts.slice(0, 2).map((bytes) => new Float32Array(bytes.buffer));
  const [upper, lower] = parts.slice(2);
  const inputs = upper.length / scale.length;
  const weight = Float32Array.from(upper, (high, at) => {
    const low = (lower[at >> 2] >> (2 * (at & 3))) & 3;
    return (4 * high + low - 512) * scale[Math.floor(at / inputs)];
  });
  return { weight, bias };
}

function perceptron(layers, inputs) {
  return layers.reduce((units, { weight, bias }, at) => {
    const said = Float64Array.from(bias);
    for (let unit = 0; unit < said.length; unit += 1) {
      const row = unit * units.length;
      for (let input = 0; input < units.length; input += 1) {
        said[unit] += weight[row + input] * units[input];
      }
      if (at < layers.length - 1) said[unit] = Math.max(0, said[unit]);
    }
    return said;
  }, inputs);
}

// The logits of a network, or the mean ones of an ensemble's members.
function logitsOf(members, pixels) {
  const inputs = Float64Array.from(pixels, (value) => value / 255);
  const said = members.map((layers) => perceptron(layers, inputs));
  return said[0].reduce((all, _, digit) => {
    all.push(said.reduce((sum, one) => sum + one[digit], 0) / members.length);
    return all;
  }, []);
}

const unpacked = (members) => Promise.all(members.map((layers) => Promise.all(layers.map(layerOf))));

// What the pad tells, and what it is told then.
edition.hosts.pad = async () => {
  const { answering } = edition.parts.pad;
  await Promise.all(answering.networks.map((name) => edition.load(`weights-${name}`)));
  const known = {};
  for (const name of answering.networks) {
    known[name] = await unpacked(edition.weights[name]);
    delete edition.weights[name];
  }
  let begun = null; // the picture on the pad, as long as it is as it came
  const answer = (data, pixels) => {
    const isAsBegun = begun?.every((value, at) => value === pixels[at]);
    const ink = pixels.filter(Boolean).length;
    data.seen = isAsBegun ? pixels : Array.from(toMnistForm(pixels));
    const said = {};
    for (const [at, network] of data.networks.entries()) {
      const name = answering.asked[at];
      said[name] ??= ink ? logitsOf(known[name], data.seen) : null;
      network.logits = said[name];
    }
    const share = ink / pixels.length;
    data.notice = "";
    if (share > answering.full) {
      data.notice = answering.words.full.replace("{share}", `${Math.round(100 * share)}\u00a0%`);
    } else if (ink > 0 && ink < answering.faint) data.notice = answering.words.faint;
  };
  return (name, value, data, draw) => {
    begun ??= data.pixels;
    if (name === "drawing") answer(data, value.pixels);
    else if (name === "begin") {
      begun = data.starts.find(({ image }) => image === value).pixels;
      [data.pixels, data.start] = [begun, `${data.start}+`];
      answer(data, begun);
    } else return;
    draw();
  };
};
edition.answering = { toMnistForm, logitsOf, unpacked };
