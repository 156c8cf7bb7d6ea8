// One step, slowly: a picture, what the teacher says of it, softened; what the student says; the
// difference on each unit; and what that one step has done to the answer to a held-out picture.

const PHASES = 5;
const PHASE = 900; // milliseconds from one to the next

export function signed(value, digits = 2) {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value < 0 ? "−" : "+"}${text}`;
}

export const percent = (share) => `${(100 * share).toFixed(1)}\u00a0%`;

export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function made(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

// A picture that the heading beside it tells.
function seen() {
  const canvas = made("canvas", "");
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}

// Ten bars in a list, whose widths are set by `setBars`.
function bars(title, className, digit, nameOf) {
  const box = made("div", `bars ${className}`);
  const rows = Array.from({ length: 10 }, (_, at) => {
    const row = made("div", at === digit ? "row own" : "row");
    const bar = made("span", "fill");
    const track = made("span", "track");
    track.append(bar);
    const value = made("span", "value");
    row.append(made("span", "digit", nameOf(at)), track, value);
    return { row, bar, value };
  });
  box.append(made("h3", "", title), ...rows.map(({ row }) => row));
  return { box, rows };
}

function setBars({ rows }, values, full, words) {
  rows.forEach(({ row, bar, value }, at) => {
    const size = 100 * Math.min(1, Math.abs(values[at]) / full);
    bar.style.width = `${row.closest(".push") ? size / 2 : size}%`;
    bar.classList.toggle("down", values[at] < 0);
    value.textContent = words(values[at]);
  });
}

// What the step has done to the answer to the held-out picture, for one student.
function effect(told, digit, words) {
  const [before, after] = [told.before[digit], told.after[digit]];
  const moved = after - before;
  const line = made("p", `moved ${moved >= 0 ? "up" : "down"}`);
  const facts = { before: signed(before), after: signed(after) };
  line.append(
    made("span", "who", words.teachings[told.kind]),
    made("strong", "", signed(moved)),
    made("span", "from", fill(words.step_moved, facts)),
  );
  return line;
}

// Builds the panel; returns what shows it whole at once.
export function showStep(panel, message, { digit, nameOf, words, temperature, held, calm, pace, range }) {
  const [told] = message.told;
  const picture = made("div", "picture phase");
  const canvas = seen();
  const about = message.isChosen ? words.step_chosen : words.step_picture;
  const what = message.label === null ? words.step_noise : fill(about, { label: nameOf(message.label), digit: nameOf(digit) });
  picture.append(made("h3", "", what), canvas);
  drawPicture(canvas, message.pixels, 120, ...range);
  const heat = { T: told.kind === "hard" ? 1 : temperature };
  const teacher = bars(fill(words.step_teacher[told.kind], heat), "teacher phase", digit, nameOf);
  const student = bars(fill(words.step_student, heat), "given phase", digit, nameOf);
  const push = bars(words.step_push, "push phase", digit, nameOf);
  const outcome = made("div", "outcome phase");
  const other = seen();
  drawPicture(other, held, 84, ...range);
  outcome.append(
    made("h3", "", fill(words.step_outcome, { digit: nameOf(digit) })),
    other,
    ...message.told.map((each) => effect(each, digit, words)),
  );
  const parts = [picture, teacher.box, student.box, push.box, outcome];
  panel.replaceChildren(...parts);
  const difference = told.wanted.map((value, at) => value - told.given[at]);
  const largest = Math.max(...told.wanted, ...told.given);
  const cold = softmax(message.teacher, 1);
  setBars(student, told.given, largest, percent);
  setBars(push, difference, Math.max(...difference.map(Math.abs)), (v) => signed(100 * v, 1));
  const melt = () => setBars(teacher, told.wanted, largest, percent);
  let timer = null;
  const reach = (phase) => {
    parts.forEach((part, at) => part.classList.toggle("shown", at < phase));
    if (phase === 2 && told.kind !== "hard") setTimeout(melt, calm ? 0 : PHASE / 2);
    if (phase < PHASES) timer = setTimeout(() => reach(phase + 1), PHASE * pace * (phase === 2 ? 1.6 : 1));
  };
  const finish = () => {
    clearTimeout(timer);
    melt();
    parts.forEach((part) => part.classList.add("shown"));
  };
  if (calm) {
    finish();
  } else {
    setBars(teacher, told.kind === "hard" ? told.wanted : cold, 1, percent);
    reach(1);
  }
  return finish;
}
