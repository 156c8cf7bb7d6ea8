// The pad and the networks' answers. Python is told of a drawing when a stroke ends and of T or
// the offset when their slider is let go; everything in between happens here.

const KEY_STEP = 1;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function show(canvas, pixels) {
  const context = canvas.getContext("2d");
  const shown = context.createImageData(SIDE, SIDE);
  for (let at = 0; at < SIDE * SIDE; at += 1) {
    shown.data.fill(pixels ? pixels[at] : 0, 4 * at, 4 * at + 3);
    shown.data[4 * at + 3] = 255;
  }
  context.putImageData(shown, 0, 0);
}

class DigitPad {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`.${name}`);
    this.canvas = this.find("pad");
    this.sheet = new Sheet(new Uint8Array(SIDE * SIDE));
    this.cursor = { x: SIDE / 2, y: SIDE / 2 };
    this.stroke = null; // the last point of the stroke that is being drawn
    this.erases = false;
    this.came = {}; // what last came from Python, by slider
    this.hand = null; // the slider that a pointer or a key holds
    this.isBegun = false; // whether a start picture has just been taken, and nothing drawn since
    this.listen();
  }

  // Python has something new: a picture to start from, answers, where the sliders stand.
  update(data, tell, ask) {
    const fresh = this.data?.start !== data.start;
    [this.data, this.tell, this.ask] = [data, tell, ask];
    if (fresh) {
      if (this.loaded) this.sheet.replace(data.pixels);
      else this.sheet = new Sheet(data.pixels);
      this.loaded = true;
      this.stroke = null;
    }
    this.arrange();
    this.settle("temperature", data.temperature);
    this.settle("offset", data.offset?.value);
    this.redraw();
    show(this.find("seen"), data.seen);
    this.answer();
  }

  // Follow Python's value only where it is news: an answer to a stroke may tell of a place that the
  // slider has left since. A slider in a hand stays where it is.
  settle(name, value) {
    if (value === undefined || this.came[name] === value) return;
    this.came[name] = value;
    if (this.hand !== name) this.find(name).value = value;
  }

  arrange() {
    const { offset, networks } = this.data;
    this.find("digit-pad").classList.toggle("named", Boolean(this.data.names));
    this.find("offset-row").hidden = !offset;
    if (offset) {
      const limits = [offset.low, offset.high];
      if (String(limits) !== this.limits) delete this.came.offset; // another run's slider
      this.limits = String(limits);
      [this.find("offset").min, this.find("offset").max] = limits;
      this.find("usual").disabled = offset.usual === null;
      this.find("offset-name").textContent = `Offset on ${this.data.names?.[this.data.focus] ?? this.data.focus}`;
    }
    this.offerStarts();
    this.find("photo").textContent = this.data.words.photo;
    this.find("photo").title = this.data.words.photo_title;
    this.find("photo-how").textContent = this.data.words.photo_how;
    const shape = JSON.stringify([networks.map(({ name }) => name), this.data.omitted, this.data.names]);
    if (shape === this.shape) return;
    this.shape = shape;
    this.panels = networks.map((network) => this.panel(network));
    this.find("networks").replaceChildren(...this.panels.map(({ box }) => box));
    this.find("networks").style.setProperty("--count", networks.length);
  }

  // Pictures to begin with, one click each.
  offerStarts() {
    const { starts, words } = this.data;
    const shape = JSON.stringify(starts);
    if (shape === this.offered) return;
    this.offered = shape;
    this.find("starts").hidden = !starts.length;
    this.find("starts-title").textContent = words.starts;
    const buttons = starts.map(({ image, label, url }) => {
      const [button, picture] = [element("button"), element("img")];
      [button.type, button.title, picture.src, picture.alt] = ["button", label, url, label];
      button.append(picture);
      button.addEventListener("click", () => {
        this.isBegun = true;
        this.redraw();
        this.find("frame").scrollIntoView({ block: "nearest" });
        this.ask("begin", image);
      });
      return button;
    });
    this.find("pictures").replaceChildren(...buttons);
  }

  panel(network) {
    const box = element("section", "network");
    box.style.setProperty("--colour", network.colour);
    box.dataset.network = network.name;
    const said = element("strong", "said");
    const sure = element("span", "sure");
    const head = element("div", "head");
    head.append(said, sure);
    const bars = element("div", "bars");
    const rows = Array.from({ length: 10 }, (_, digit) => {
      const row = element("div", "row");
      if (this.data.omitted.includes(digit)) row.classList.add("omitted");
      const [bar, share] = [element("span", "bar"), element("span", "share")];
      const track = element("span", "track");
      track.append(bar);
      row.append(element("span", "digit", this.data.names?.[digit] ?? digit), track, share);
      return { row, bar, share };
    });
    bars.append(...rows.map(({ row }) => row));
    const mass = element("p", "mass");
    box.append(element("h2", "name", network.name), element("p", "note", network.note), head, bars);
    if (this.data.focus !== null) box.append(mass);
    return { box, said, sure, rows, mass };
  }

  // Every number of every network, from its logits, at the sliders' T and offset.
  answer() {
    const { data } = this;
    const temperature = Number(this.find("temperature").value);
    const offset = Number(this.find("offset").value);
    this.find("temperature-value").textContent = temperature.toFixed(1);
    this.find("offset-value").textContent = signed(offset);
    this.find("notice").textContent = data.notice;
    this.find("notice").hidden = !data.notice;
    const words = data.networks.map((network, at) => {
      const panel = this.panels[at];
      panel.box.classList.toggle("silent", !network.logits);
      const moved = network.shifted ? data.focus : null;
      const shares = network.logits && probabilities(network.logits, temperature, moved, offset);
      const best = shares ? shares.indexOf(Math.max(...shares)) : null;
      panel.said.textContent = shares ? (data.names?.[best] ?? best) : "–";
      panel.sure.textContent = shares ? percent(shares[best]) : "";
      panel.rows.forEach(({ row, bar, share }, digit) => {
        row.classList.toggle("best", digit === best);
        bar.style.width = `${100 * (shares ? shares[digit] : 0)}%`;
        share.textContent = shares ? percent(shares[digit]) : "";
        bar.dataset.share = shares ? shares[digit] : "";
      });
      if (data.focus !== null) {
        const focus = data.names?.[data.focus] ?? data.focus;
        panel.mass.textContent = `on ${focus}: ${shares ? fine(shares[data.focus]) : "–"}`;
      }
      return shares ? `${network.name}: ${data.names?.[best] ?? best}, ${percent(shares[best])}` : "";
    });
    const text = words.filter(Boolean).join("; ");
    this.find("spoken").textContent = text
      ? `At T = ${temperature.toFixed(1)}: ${text}.`
      : "The pad is empty.";
  }

  redraw() {
    show(this.canvas, this.sheet.pixels);
    const mark = this.find("cursor").style;
    mark.left = `${(100 * this.cursor.x) / SIDE}%`;
    mark.top = `${(100 * this.cursor.y) / SIDE}%`;
    const { words } = this.data ?? { words: {} };
    const invite = this.sheet.blank ? words.blank : this.isBegun && words.begun;
    this.find("invite").hidden = !invite;
    this.find("invite").textContent = invite || "";
    const { isOffered, isSent } = this.data ?? {};
    this.find("offer").hidden = !isOffered;
    this.find("offer").disabled = isSent || this.sheet.blank;
    this.find("offer").textContent = isSent ? words.sent : words.offer;
    this.find("undo").disabled = !this.sheet.before.length;
    this.find("clear").disabled = this.sheet.blank;
  }

  // Put what a photo shows on the pad, as if it had been drawn, or say why not.
  async take(file) {
    const row = this.find("photo-row");
    row.setAttribute("aria-busy", "true");
    const problem = await shotOf(file)
      .then((shot) => {
        const pixels = digitIn(shot);
        this.isBegun = false;
        this.sheet.replace(pixels);
        this.send();
      })
      .catch((error) => error.message);
    row.removeAttribute("aria-busy");
    this.find("photo-word").hidden = !problem;
    this.find("photo-word").textContent = problem ? (this.data.words[problem] ?? problem) : "";
  }

  begin(point, radius) {
    this.isBegun = false;
    this.sheet.begin();
    this.stroke = point;
    paint(this.sheet.pixels, point, point, radius, this.erases);
    this.redraw();
  }

  draw(point, radius) {
    paint(this.sheet.pixels, this.stroke, point, radius, this.erases);
    this.stroke = point;
    this.redraw();
  }

  end() {
    this.stroke = null;
    this.send();
  }

  send() {
    this.redraw();
    if (this.sheet.blank) {
      this.data.networks.forEach((network) => (network.logits = null));
      this.answer();
    }
    this.tell("drawing", this.report());
  }

  report() {
    return { start: this.data.start, pixels: Array.from(this.sheet.pixels) };
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * SIDE,
      y: ((event.clientY - box.top) / box.height) * SIDE,
    };
  }

  get radius() {
    return this.erases ? ERASER : PEN;
  }

  listen() {
    const pad = this.canvas;
    pad.addEventListener("pointerdown", (event) => {
      if (this.finger !== undefined || event.button > 0) return;
      event.preventDefault();
      pad.focus({ preventScroll: true });
      this.find("frame").classList.remove("by-keyboard");
      pad.setPointerCapture(event.pointerId);
      this.finger = event.pointerId;
      this.begin(this.point(event), pressed(this.radius, event));
    });
    pad.addEventListener("pointermove", (event) => {
      if (event.pointerId !== this.finger || !this.stroke) return;
      const all = event.getCoalescedEvents?.() ?? [];
      for (const moved of all.length ? all : [event]) {
        this.draw(this.point(moved), pressed(this.radius, moved));
      }
    });
    for (const name of ["pointerup", "pointercancel"]) {
      pad.addEventListener(name, (event) => {
        if (event.pointerId !== this.finger) return;
        this.finger = undefined;
        if (this.stroke) this.end();
      });
    }
    pad.addEventListener("keydown", (event) => this.press(event));
    pad.addEventListener("keyup", (event) => {
      if (event.key === " " && this.held) {
        this.held = false;
        this.end();
      }
    });
    pad.addEventListener("blur", () => {
      if (this.held) this.end();
      this.held = false;
    });
    this.listenToTools();
  }

  // Arrows move the cursor; Space paints a dot, or a line where it is held while moving.
  press(event) {
    const move = MOVES[event.key];
    if (!move && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    this.find("frame").classList.add("by-keyboard");
    if (move) {
      const inside = (value) => Math.min(SIDE - 0.5, Math.max(0.5, value));
      this.cursor = {
        x: inside(this.cursor.x + KEY_STEP * move[0]),
        y: inside(this.cursor.y + KEY_STEP * move[1]),
      };
      if (this.held) this.draw(this.cursor, this.radius);
      else this.redraw();
    } else if (!event.repeat) {
      this.held = true;
      this.begin(this.cursor, this.radius);
    }
  }

  listenToTools() {
    this.find("eraser").addEventListener("click", () => {
      this.erases = !this.erases;
      this.find("eraser").setAttribute("aria-pressed", this.erases);
    });
    this.find("undo").addEventListener("click", () => {
      this.isBegun = false;
      if (this.sheet.undo()) this.send();
    });
    this.find("offer").addEventListener("click", () => this.ask("offer", this.report()));
    const chooser = this.find("photo-file");
    this.find("photo").addEventListener("click", () => chooser.click());
    chooser.addEventListener("change", async () => {
      if (chooser.files.length) await this.take(chooser.files[0]);
      chooser.value = ""; // so that the same file can be chosen again
    });
    this.find("clear").addEventListener("click", () => {
      this.sheet.replace(new Uint8Array(SIDE * SIDE));
      this.send();
    });
    for (const name of ["temperature", "offset"]) {
      const slider = this.find(name);
      slider.addEventListener("input", () => this.answer());
      slider.addEventListener("change", () => this.tell(name, Number(slider.value)));
      for (const taken of ["pointerdown", "keydown"]) {
        slider.addEventListener(taken, () => (this.hand = name));
      }
      for (const left of ["pointerup", "pointercancel", "keyup", "blur"]) {
        slider.addEventListener(left, () => (this.hand = null));
      }
    }
    this.find("usual").addEventListener("click", () => {
      this.find("offset").value = this.data.offset.usual;
      this.answer();
      this.tell("offset", "usual");
    });
  }
}

const pads = new WeakMap();

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  if (!pads.has(parentElement)) pads.set(parentElement, new DigitPad(parentElement));
  pads.get(parentElement).update(data, setStateValue, setTriggerValue);
}
