"""Measure how hard soft targets pull on a student, with the factor T² and without."""

from kdengine.data import transfer
from kdengine.offsets import evaluation
from kdengine.store import runs as store

key = "student-mnist-omit3-seed0-e5ec7b42"
temperature = 20.0
images = 5000  # at most, evenly spread over the transfer set

student = store.load(key)
teacher = store.load(student.config.teacher)
kept = transfer.without(student.train_labels, student.config.omitted_classes).nonzero()[0]
kept = kept[:: -(-len(kept) // images)]
answered, taught = (
    evaluation.softmax(run.train_logits[kept].astype(float), temperature)
    for run in (student, teacher)
)
gradient = (answered - taught) / temperature
length = ((gradient**2).sum(axis=1) ** 0.5).mean()
print(f"the soft term's gradient is {length:.6f} long")
print(f"times T² it is {temperature**2 * length:.4f}")
