// Asks a plain address of the server's whether there is news, and runs the page anew if there is;
// draws nothing. Each page asks at moments of its own, so that a class does not ask all at once.

const LONGEST = 8; // pauses, for a server that is slow to draw the page
const asking = new WeakMap();

async function ask(watch) {
  try {
    // Beside the page, whatever path a proxy has put before both.
    const answer = await fetch("vote/news", { cache: "no-store" });
    const told = (await answer.text()).split(" ");
    // Of two words; whatever else answers here is not ours.
    if (answer.ok && told.length === 2 && !watch.isOver && !told.includes(watch.seen)) {
      watch.patience = Math.min(LONGEST, 2 * watch.patience);
      watch.tell();
    }
  } catch {
    // The network is away; later it may be back.
  }
  plan(watch);
}

function plan(watch) {
  const pause = watch.seconds * watch.patience * (0.75 + 0.5 * Math.random());
  clearTimeout(watch.timer); // a draw may have planned one while this asked
  if (!watch.isOver) watch.timer = setTimeout(() => ask(watch), 1000 * pause);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const known = asking.get(parentElement);
  const watch = known ?? {};
  if (watch.seen !== data.seen) watch.patience = 1;
  Object.assign(watch, data, { isOver: false, tell: () => setTriggerValue("news", true) });
  clearTimeout(watch.timer);
  asking.set(parentElement, watch);
  plan(watch);
  return () => {
    watch.isOver = true;
    clearTimeout(watch.timer);
  };
}
