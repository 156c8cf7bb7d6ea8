"""Count how many held-out images of the omitted class a student gets right."""

from kdengine.offsets import criteria, thresholds
from kdengine.offsets.rule import OffsetRule
from kdengine.store import runs as store

key = "student-mnist-omit3-seed0-e5ec7b42"
digit = 3

run = store.load(key)  # logits and labels of all images
chosen = criteria.choose_offsets(OffsetRule(), run, omitted_classes=[digit])
sweep = thresholds.offset_sweep(run.test_logits, run.test_labels, digit)
# Right answers by true digit, at both offsets.
before, after = thresholds.correct_at(sweep, [0.0, chosen["value"]])
print(f"without an offset {before[digit]:,} of {sweep.class_counts[digit]:,} are right")
print(f"with {chosen['value']:+.2f} it is {after[digit]:,}")
