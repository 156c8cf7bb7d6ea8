"""Find the omitted class in what a teacher says about images of the others."""

from kdengine.data import transfer
from kdengine.offsets import evaluation
from kdengine.store import runs as store

key = "teacher-mnist-all-seed0-b26757c9"
omitted = [3]  # not in the transfer set
digit = 3
temperature = 20.0

run = store.load(key)
kept = transfer.without(run.train_labels, omitted)
mass = evaluation.softmax(run.train_logits[kept], temperature)[:, digit]
mass.sort()
top = mass[-len(mass) // 100 :]  # rounded up
print(f"{len(mass):,} transfer images")
print(f"mean probability {100 * mass.mean():.5f} %")
print(f"the 1 % that lean most to it hold {100 * top.sum() / mass.sum():.4f} % of it")
