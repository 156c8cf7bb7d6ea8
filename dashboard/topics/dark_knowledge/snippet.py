"""Find the omitted class in what a teacher says about images of the others."""

from kdengine.data import transfer
from kdengine.offsets import evaluation
from kdengine.store import runs as store

key = "teacher-mnist-all-seed0-9224fb2c"
omitted = [3]  # not in the transfer set
digit = 3
temperature = 20.0

run = store.load(key)
kept = transfer.without(run.train_labels, omitted)
mass = evaluation.softmax(run.train_logits[kept], temperature)[:, digit]
print(f"Most of it in one image: {100 * mass.max():.4f} %")
print(f"Least: {100 * mass.min():.5f} %")
