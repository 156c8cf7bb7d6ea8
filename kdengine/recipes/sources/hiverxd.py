"""HiverXD's test of generalisation: 10 epochs in batches of 1,024, without T².

The teacher sees the training set in its own order, the student without 3 shuffled batches. As the
loss has no T², the hard term outweighs the soft.
"""

from dataclasses import replace

from kdengine.config import on_hard_labels
from kdengine.offsets.rule import OffsetRule
from kdengine.recipes.plans import experiment
from kdengine.recipes.recipe import Recipe, Setting
from kdengine.recipes.source import ACCURACY, BF16, CLASS_MEAN, Figure, Networks, Source

_TEACHER: Setting = {
    "hidden_sizes": (1200, 1200),
    "normalised": True,
    "dropout": 0.5,
    "epochs": 10,
    "batch_size": 1024,
    "learning_rate": 1e-3,
    "shuffled": False,
}
_RECIPE = Recipe(
    name="hiverxd",
    title="hiverxd: HiverXD's test, 10 epochs in large batches without T²",
    teacher=_TEACHER,
    student={
        **_TEACHER,
        "hidden_sizes": (300, 300),
        "shuffled": True,
        "temperature": 4.0,
        "soft_weight": 0.9,
        "hard_weight": 0.1,
        "scale_soft_by_t2": False,
    },
    rule=OffsetRule("paper"),
    is_published=True,
)


def _networks(seed: int) -> Networks:
    """Return HiverXD's five networks; batches of the full set keep its order."""
    made = experiment(_RECIPE, seed=seed)
    whole = replace(made.student, omitted_classes=(), shuffled=False)
    return {
        "teacher": made.teacher,
        "hard": on_hard_labels(whole),
        "kd": whole,
        "hard-no-3": on_hard_labels(made.student),
        "kd-no-3": made.student,
    }


def _column(
    words: str,
    network: str,
    classes: str,
    mean: float,
    overall: float | None = None,
    *,
    step: str = "none",
    mistyped: float | None = None,
) -> tuple[Figure, ...]:
    """Return the figures of one column of the table by class, given in per cent.

    Where the source prints another mean than its ten classes have, *mistyped* is what they have.
    """
    note = "" if mistyped is None else f"mistyped: its ten classes give {mistyped} %"
    right = None if mistyped is None else mistyped / 100
    of_class = [
        Figure(f"{words}, accuracy on {digit}", float(value) / 100, network, ACCURACY, step, digit)
        for digit, value in enumerate(classes.split())
    ]
    whole = f"{words}, mean of the classes"
    of_all = [Figure(whole, mean / 100, network, CLASS_MEAN, step, None, note, right)]
    if overall is not None:
        of_all.append(Figure(f"{words}, accuracy", overall / 100, network, ACCURACY, step))
    return (*of_class, *of_all)


_HARD_NO_3 = "99.5 99.0 97.8 0.0 97.1 97.8 97.4 97.5 97.5 96.5"
_KD_NO_3 = "99.2 98.7 97.0 2.9 97.4 97.6 97.9 96.1 96.2 96.1"
_KD_PLUS = "99.2 98.7 96.8 39.1 97.4 97.5 97.9 96.1 95.8 95.7"
_PLUS = "paper-offset"
_FIGURES = (
    *_column(
        "teacher", "teacher", "99.5 99.2 98.8 97.3 98.2 98.9 97.9 97.2 98.4 96.4", 98.18, 98.18
    ),
    *_column("hard", "hard", "99.2 98.5 97.4 96.9 97.9 97.5 98.4 97.4 96.5 97.5", 97.72, 97.73),
    *_column("KD", "kd", "99.4 98.3 97.1 96.2 97.8 98.0 97.4 96.5 96.5 95.3", 97.25, 97.25),
    *_column("hard no 3", "hard-no-3", _HARD_NO_3, 87.01, 87.93, mistyped=88.01),
    *_column("KD no 3", "kd-no-3", _KD_NO_3, 87.91, 87.82),
    *_column("hard no 3 + 3.5", "hard-no-3", _HARD_NO_3, 87.01, step=_PLUS, mistyped=88.01),
    *_column("KD no 3 + 3.5", "kd-no-3", _KD_PLUS, 91.02, step=_PLUS, mistyped=91.42),
)
_BETTER: Setting = {
    "scale_soft_by_t2": True,
    "hard_weight": 0.0,
    "temperature": 20.0,
    "batch_size": 128,
    "dropout": 0.0,
    "hidden_sizes": [800, 800],
}
_WHY: dict[str, Setting] = {
    "as published": {},
    "with T²": {"scale_soft_by_t2": True},
    "no hard labels": {"hard_weight": 0.0},
    "T = 20": {"temperature": 20.0},
    "batches of 128": {"batch_size": 128},
    "40 epochs": {"epochs": 40},
    "no dropout": {"dropout": 0.0},
    "800 units": {"hidden_sizes": [800, 800]},
    "all of these but the epochs": _BETTER,
}
SOURCE = Source(
    name="hiverxd",
    short="HiverXD",
    title="HiverXD, “Generalization-Ability-Test-for-Knowledge-Distillation”",
    link="https://github.com/HiverXD/Generalization-Ability-Test-for-Knowledge-Distillation",
    recipe=_RECIPE,
    networks=_networks,
    figures=_FIGURES,
    example="KD no 3 + 3.5, accuracy on 3",
    choices=(BF16,),
    why=_WHY,
)
