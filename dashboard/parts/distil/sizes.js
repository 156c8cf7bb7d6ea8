// How much is learned from, and how large the network is.

// By what is seen: the usual number of pictures and epochs, then those for slower devices.
const AMOUNTS = {
  digits: [[10_000, 10], [6_000, 8], [4_000, 6]],
  noise: [[20_000, 2], [10_000, 3], [6_000, 4]],
};
const NETWORKS = {
  digits: { hidden: 80, batch: 32, rate: 0.015 },
  noise: { hidden: 64, batch: 32, rate: 0.02 },
};
const FEW = 2_000; // of fewer pictures it takes more epochs: as many as FEW_SHOWN in all
const FEW_SHOWN = 60_000;
const PATIENCE = 15_000; // milliseconds; a device that takes longer gets smaller sizes

// The sizes for a *source* of which *there* pictures are at hand; less where *students* would take
// too long at a *cost* of milliseconds an image. Who gives sizes of their own gets those.
export function planned(source, { there, students, cost = 0, own = null }) {
  const fits = AMOUNTS[source].map(([images, epochs]) => ({
    ...NETWORKS[source],
    epochs,
    ...own,
    images: Math.min(own?.images ?? images, there),
  }));
  const [usual] = fits;
  if (usual.images < FEW && !own) return { ...usual, epochs: Math.ceil(FEW_SHOWN / usual.images) };
  const time = ({ images, epochs }) => images * epochs * students * cost;
  const chosen = fits.find((each) => time(each) <= PATIENCE) ?? fits.at(-1);
  return { ...chosen, isSmaller: chosen !== usual };
}
