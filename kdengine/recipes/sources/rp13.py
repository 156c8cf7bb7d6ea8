"""RP team 13, TU Delft: images shifted sideways, momentum 0.9.

The set without 3 was built once, so that there each image keeps one shift.
"""

from dataclasses import replace

from kdengine.config import on_hard_labels
from kdengine.recipes.plans import experiment
from kdengine.recipes.recipe import Recipe, Setting
from kdengine.recipes.source import (
    ACCURACY,
    BF16,
    ERRORS,
    Figure,
    Networks,
    Source,
    on_all_and_threes,
)

_SHARED: Setting = {
    "column_shift_share": 0.07,
    "batch_size": 100,
    "optimizer": "sgd",
    "learning_rate": 1e-2,
    "schedule": "tenth_every_30",
}
_RECIPE = Recipe(
    name="rp13",
    title="rp13: RP team 13's notebook, images shifted sideways",
    teacher={**_SHARED, "hidden_sizes": (1200, 1200), "weight_decay": 1e-5, "epochs": 100},
    student={
        **_SHARED,
        "hidden_sizes": (800, 800),
        "frozen_distortions": True,
        "epochs": 25,
        "temperature": 20.0,
        "soft_weight": 0.7,
        "hard_weight": 0.3,
    },
    is_published=True,
)


def _networks(seed: int) -> Networks:
    """Return the teacher and the students of RP team 13; only the set without 3 is frozen."""
    made = experiment(_RECIPE, seed=seed)
    whole = replace(made.student, omitted_classes=(), frozen_distortions=False)
    return {
        "teacher": made.teacher,
        "hard-800": on_hard_labels(whole),
        "kd-800": whole,
        "kd-300": replace(whole, hidden_sizes=(300, 300), temperature=8.0),
        "kd-30": replace(whole, hidden_sizes=(30, 30)),
        "kd-30-cool": replace(whole, hidden_sizes=(30, 30), temperature=2.5),
        "kd-no-3": made.student,
    }


_FIGURES = (
    Figure("teacher, errors", 119, "teacher", ERRORS),
    Figure("800 units, hard labels, errors", 132, "hard-800", ERRORS),
    Figure("800 units, KD T=20, errors", 125, "kd-800", ERRORS),
    Figure("300 units, KD T=8, errors", 125, "kd-300", ERRORS),
    Figure("30 units, KD T=20, errors", 236, "kd-30", ERRORS),
    Figure("30 units, KD T=2.5, errors", 222, "kd-30-cool", ERRORS),
    Figure(
        "800 units, no 3, before the bias step, accuracy on threes",
        0.97,
        "kd-no-3",
        ACCURACY,
        digit=3,
    ),
    *on_all_and_threes("800 units, no 3, all ten biases 3.5", 123, 20, "kd-no-3", "all-biases"),
)
SOURCE = Source(
    name="rp13",
    short="TU Delft RP13",
    title="K. Arvind (2020), with the notebook of RP team 13, TU Delft",
    link="https://github.com/prakashradhakrish/Distilling-the-knowledge-in-a-Neural-Network",
    recipe=_RECIPE,
    networks=_networks,
    figures=_FIGURES,
    example="800 units, no 3, all ten biases 3.5, errors on threes",
    choices=(
        "Shifts are whole pixels, as torchvision rounds them.",
        "The learning rate falls after 30, 60 and 90 epochs; the notebook's loop lets it fall "
        "one epoch earlier.",
        "Ten equal biases raise no class against another: writing 3.5 into all of them, as the "
        "source does, only erases what was learned.",
        "Its 97 % of threes before that step are beside those of one network here.",
        BF16,
    ),
)
