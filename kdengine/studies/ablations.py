"""What the ablations and the causality sweep change in the recipe `classroom`. Pure data.

A name with ``teacher.`` before it is a field of `TeacherConfig`; see `sweeps.Sweep`.
"""

from typing import Any

Setting = dict[str, Any]

SEEDS = (0, 1, 2)
_TEMPERATURES = (1.0, 2.0, 3.0, 4.0, 8.0, 12.0, 20.0, 50.0)
_STUDENT_UNITS = (800, 300, 100, 30, 20)
_ALL_UNITS = (10, 20, 30, 50, 100, 200, 300, 500, 800, 1200)
_SOFT_WEIGHTS = (0.0, 0.1, 0.3, 0.6, 0.9, 1.0)
_TEACHER_EPOCHS = (1, 2, 6, 12, 24)
_TRANSFER_SIZES = (1000, 2000, 5000, 10_000, 20_000, 0)
_DROPOUT = 0.2
# As many updates as on the whole transfer set: 6 epochs of 106 batches. Otherwise a tenth of the
# images would also mean a tenth of the training.
_SAME_STEPS = 636
PROBE_SIZES = (100, 300, 1000, 3000, 10_000, 30_000, 60_000)
PROBE_DRAWS = 50

# Could the threes leak in some trivial way? Each variant takes one thing away.
CAUSALITY: dict[str, Setting] = {
    "plain": {},
    "hard-labels": {"soft_weight": 0.0, "hard_weight": 1.0},
    "temperature-1": {"temperature": 1.0},
    "omitted-removed": {"target_change": "omitted-removed"},
    "shuffled-in-class": {"target_change": "shuffled-in-class"},
    "uniform-same-entropy": {"target_change": "uniform-same-entropy"},
    "top-tenth": {"selection": "top-tenth", "minimum_steps": _SAME_STEPS},
    "random-tenth": {"transfer_size": 5387, "minimum_steps": _SAME_STEPS},
    "other-nine-tenths": {"selection": "other-nine-tenths", "minimum_steps": _SAME_STEPS},
    "not-called-omitted": {"selection": "not-called-omitted"},
    "teacher-without": {"teacher.omitted_classes": [3]},
}
TEACHER_REGULARISATION: dict[str, Setting] = {
    "none": {"teacher.jitter_pixels": 0},
    "jitter": {},
    "dropout": {"teacher.jitter_pixels": 0, "teacher.dropout": _DROPOUT},
    "both": {"teacher.dropout": _DROPOUT},
}
TEACHER_ARCHITECTURE: dict[str, Setting] = {
    "mlp": {},
    "cnn": {"teacher.architecture": "cnn", "teacher.hidden_sizes": [128]},
    "ensemble": {"teacher.members": 5},
}
SHIFTS: dict[str, Setting] = {
    "none": {"jitter_pixels": 0},
    "1": {},
    "2": {"jitter_pixels": 2},
}


def _layers(units: int) -> list[int]:
    """Return two hidden layers of that many *units*."""
    return [units, units]


def _transfer_set(size: int) -> Setting:
    """Return the setting of a transfer set of *size* images, 0 for all there are."""
    return {"transfer_size": size, "minimum_steps": _SAME_STEPS} if size else {}


# Name of the sweep -> its title and its settings.
SWEEPS: dict[str, tuple[str, tuple[Setting, ...]]] = {
    "causality": (
        "what carries the threes: students of changed soft targets, images and teachers",
        tuple(CAUSALITY.values()),
    ),
    "temperature-by-size": (
        "temperatures 1 to 50 for students of 20 to 800 units",
        tuple(
            {"hidden_sizes": _layers(units), "temperature": temperature}
            for units in _STUDENT_UNITS
            for temperature in _TEMPERATURES
        ),
    ),
    "student-size": (
        "students of 10 to 1,200 units",
        tuple({"hidden_sizes": _layers(units)} for units in _ALL_UNITS),
    ),
    "soft-weight": (
        "soft weights 0 to 1, the hard weight being the rest, with and without T²",
        tuple(
            {"soft_weight": soft, "hard_weight": round(1.0 - soft, 2), "scale_soft_by_t2": scaled}
            for scaled in (True, False)
            for soft in _SOFT_WEIGHTS
        ),
    ),
    "teacher-regularisation": (
        "teachers with shifted images, with dropout, with both and with neither",
        tuple(TEACHER_REGULARISATION.values()),
    ),
    "teacher-epochs": (
        "teachers trained for 1 to 24 epochs",
        tuple({"teacher.epochs": epochs} for epochs in _TEACHER_EPOCHS),
    ),
    "teacher-architecture": (
        "a perceptron, a small convolutional network and an ensemble of five as teachers",
        tuple(TEACHER_ARCHITECTURE.values()),
    ),
    "transfer-size": (
        "transfer sets of 1,000 images to all there are, with equally many updates",
        tuple(_transfer_set(size) for size in _TRANSFER_SIZES),
    ),
    "transfer-shift": (
        "transfer images as they are, or shifted by up to 1 or 2 pixels",
        tuple(SHIFTS.values()),
    ),
    "probe-size": (
        "the offset from random probes of 100 to 60,000 unlabelled images; trains nothing new",
        ({},),
    ),
}
