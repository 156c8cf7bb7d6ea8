"""Read how a student learned; the commented lines train one anew."""

from kdengine.offsets import evaluation
from kdengine.store import runs as store

# from kdengine import pipeline
# from kdengine.recipes import own, plans
# pipeline.run(plans.experiment(own.CLASSROOM, seed=1, omitted_classes=(3,)))

key = "student-mnist-omit3-seed0-e5ec7b42"
digit = 3  # None: all test images

run = store.load(key)
for epoch in run.metrics["history"]:
    rate = epoch["accuracy"] if digit is None else epoch["per_class_accuracy"][digit]
    print(f"epoch {epoch['epoch']}: {100 * rate:.1f} %")
counts = evaluation.confusion_matrix(run.test_logits, run.test_labels)
digits = range(10) if digit is None else [digit]
print(f"stored network: {100 * evaluation.group_accuracy(counts, digits):.1f} %")
