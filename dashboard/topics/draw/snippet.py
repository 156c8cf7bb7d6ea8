"""Let stored networks answer to the picture that a drawing begins with."""

from kdengine.data import datasets
from kdengine.nets import forward
from kdengine.offsets import evaluation, thresholds
from kdengine.store import runs as store

keys = [
    "teacher-mnist-all-seed0-9224fb2c",
    "baseline-mnist-omit3-seed0-fbfb373b",
    "student-mnist-omit3-seed0-e5ec7b42",
]
dataset = "mnist"
image = 18
temperature = 1.0
digit = 3
offset = 1.5

picture = datasets.load(dataset).test_images[[image]]
answers = {key: forward.logits(store.load_weights(key), picture) for key in keys}
answers["with the offset"] = thresholds.apply_offsets(answers[keys[-1]], [digit], offset)
for name, logits in answers.items():
    (shares,) = evaluation.softmax(logits, temperature)
    print(f"{name}: {shares.argmax()}, {100 * shares.max():.3f} %")
