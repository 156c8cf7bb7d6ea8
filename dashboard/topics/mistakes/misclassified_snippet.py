"""Count the omitted class's images that a student misses, and the rescued."""

from kdengine.offsets import criteria, thresholds
from kdengine.offsets.rule import OffsetRule
from kdengine.store import runs as store

key = "student-mnist-omit3-seed0-ed4f3971"
digit = 3

run = store.load(key)
chosen = criteria.choose_offsets(OffsetRule(), run, omitted_classes=[digit])
held_out = run.test_labels == digit
flips = thresholds.flip_thresholds(run.test_logits, digit)  # the offset at which each image turns
missed = held_out & (flips >= 0)
rescued = missed & (flips < chosen["value"])
print(f"{missed.sum():,} of {held_out.sum():,} are missed without an offset")
print(f"{chosen['value']:+.2f} rescues {rescued.sum():,}")
print(f"{missed.sum() - rescued.sum():,} stay wrong")
