"""Ask the teacher of noise about digits, then about static."""

from kdengine.data import datasets
from kdengine.synthetic import noise_teacher

dataset = "mnist"
pictures = 20000

teacher, data = noise_teacher.weights(dataset), datasets.load(dataset)
digits = noise_teacher.answers(teacher, noise_teacher.scaled(data.test_images))
right = (digits.argmax(axis=1) == data.test_labels).mean()
print(f"of the digits it has {100 * right:.1f} % right")
static = noise_teacher.answers(teacher, noise_teacher.noise(pictures))
weights = sum(part.size for part in teacher.values())
print(f"of static it gives {static.size:,} answers, for {weights:,} weights")
