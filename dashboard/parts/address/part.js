// Puts the page's address in place of the one it was opened by, without an entry in the history:
// what was left there on an earlier visit is no choice that Back would have to undo.

const done = new Set();

export default function ({ data }) {
  if (done.has(data.visit)) return;
  done.add(data.visit);
  const query = data.query ? `?${data.query}` : "";
  window.history.replaceState(window.history.state, "", window.location.pathname + query);
}
