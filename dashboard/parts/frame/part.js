// Once a page; none of it asks the server for anything.

let isReady = false;

export default function () {
  if (isReady) return;
  isReady = true;
  keepTrue();
  keepCopying();
  keepNames();
  keepInSight();
  keepReadable();
}
