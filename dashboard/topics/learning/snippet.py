"""Follow the omitted class's test images through the student's epochs."""

from kdengine.offsets import criteria, evaluation
from kdengine.offsets.rule import OffsetRule
from kdengine.store import runs as store

key = "student-mnist-omit3-seed0-e5ec7b42"
digit = 3

run = store.load(key)
replayed = [label for label in run.test_labels if label in run.config.omitted_classes]
own = [place for place, label in enumerate(replayed) if label == digit]
for epoch, logits in enumerate(store.load_replay(key), start=1):
    right = (evaluation.predictions(logits[own]) == digit).sum()
    print(f"after epoch {epoch} {right:,} of {len(own):,} are right")
chosen = criteria.choose_offsets(OffsetRule(), run, omitted_classes=[digit])
shifted = run.test_logits[run.test_labels == digit]
shifted[:, digit] += chosen["value"]
print(f"with {chosen['value']:+.2f} {(evaluation.predictions(shifted) == digit).sum():,}")
