"""Choose the offset by a criterion and count what it does to the test images."""

from kdengine.offsets import criteria, thresholds
from kdengine.offsets.rule import OffsetRule
from kdengine.store import runs as store

key = "student-mnist-omit3-seed0-e5ec7b42"
teacher = "teacher-mnist-all-seed0-9224fb2c"
digit = 3
criterion = "frequency"
probe_size = None  # unlabelled training images it looks at; None for all
by_hand = None  # an offset in logit units instead of the criterion's

run = store.load(key)
chosen = criteria.choose_offsets(
    OffsetRule(criterion, probe_size), run, store.load(teacher), omitted_classes=[digit]
)
offset = chosen["value"] if by_hand is None else by_hand
sweep = thresholds.offset_sweep(run.test_logits, run.test_labels, digit)
before, after = thresholds.correct_at(sweep, [0.0, offset])
print(f"{before[digit]:,} are right without an offset")
print(f"{offset:+.2f} makes it {after[digit]:,}")
