"""Choose the offset by a criterion and count what it does to the test images."""

from kdengine.offsets import criteria
from kdengine.offsets import thresholds as bias
from kdengine.store import runs as store

key = "student-mnist-omit3-seed0-ed4f3971"
teacher = "teacher-mnist-all-seed0-b26757c9"
digit = 3
criterion = "frequency"
probe_size = None  # unlabelled training images it looks at; None for all
by_hand = None  # an offset in logit units instead of the criterion's

run = store.load(key)
chosen = criteria.choose_offsets(
    criterion,
    omitted_classes=[digit],
    train_logits=run.train_logits,
    train_labels=run.train_labels,
    test_logits=run.test_logits,
    test_labels=run.test_labels,
    teacher_logits=store.load(teacher).train_logits,
    probe_size=probe_size,
)
offset = chosen["value"] if by_hand is None else by_hand
sweep = bias.offset_sweep(run.test_logits, run.test_labels, digit)
before, after = bias.correct_at(sweep, [0.0, offset])
lost = (before.sum() - before[digit]) - (after.sum() - after[digit])
print(f"{before[digit]:,} of {sweep.class_counts[digit]:,} are right without an offset")
print(f"{offset:+.2f} makes it {after[digit]:,}")
print(f"other digits lost: {abs(lost):,}")
