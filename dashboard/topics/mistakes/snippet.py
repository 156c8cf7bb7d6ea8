"""Count what the omitted class's test images are called instead."""

from kdengine.offsets import criteria, evaluation, thresholds
from kdengine.offsets.rule import OffsetRule
from kdengine.store import runs as store

key = "student-mnist-omit3-seed0-e5ec7b42"
digit = 3

run = store.load(key)
chosen = criteria.choose_offsets(OffsetRule(), run, omitted_classes=[digit])
shifted = thresholds.apply_offsets(run.test_logits, [digit], chosen["value"])
for logits in (run.test_logits, shifted):
    row = evaluation.confusion_matrix(logits, run.test_labels)[digit]
    total, right, row[digit] = row.sum(), row[digit], 0
    print(f"{total - right:,} of {total:,} wrong; {row.max():,} of them are called {row.argmax()}")
