"""Soften a teacher's answer to one test image."""

from kdengine.offsets import evaluation
from kdengine.store import runs as store

key = "teacher-mnist-all-seed0-9224fb2c"
image = 4536
temperature = 20.0

logits = store.load(key).test_logits[image]
plain = evaluation.softmax(logits)
soft = evaluation.softmax(logits, temperature)
second = logits.argsort()[-2]
print(f"at T = 1 the second choice, {second}, gets {100 * plain[second]:.7f} %")
print(f"at T = {temperature:g} it gets {100 * soft[second]:.4f} %")
