"""Hinton, Vinyals & Dean (2015), section 3: the paper that everything here goes back to."""

from kdengine.config import other_classes
from kdengine.recipes.own import BEST
from kdengine.recipes.plans import experiment
from kdengine.recipes.source import (
    ACCURACY,
    ERRORS,
    OFFSET,
    Figure,
    Networks,
    Source,
    on_all_and_threes,
)

KEPT_PAIR = (7, 8)
# What the paper says of temperature and size, of students of all digits; units a hidden layer.
TEMPERATURES = {"large": 300, "alike_from": 8.0, "small": 30, "best": (2.5, 4.0)}


def _networks(seed: int) -> Networks:
    """Return the networks of the paper's MNIST section, trained by our recipe ``best``."""
    whole = experiment(BEST, seed=seed, omitted_classes=())
    without = experiment(BEST, seed=seed)
    pair = experiment(BEST, seed=seed, omitted_classes=other_classes(KEPT_PAIR))
    return {
        "teacher": whole.teacher,
        "hard": whole.baseline,
        "distilled": whole.student,
        "no-3": without.student,
        "7-8": pair.student,
    }


_FIGURES = (
    Figure("teacher, errors", 67, "teacher", ERRORS),
    Figure("student on hard labels, all digits, errors", 146, "hard", ERRORS),
    Figure("student distilled, all digits, errors", 74, "distilled", ERRORS),
    *on_all_and_threes("student without 3, before", 206, 133, "no-3"),
    Figure("student without 3, offset", 3.5, "no-3", OFFSET, "test-optimal", 3),
    *on_all_and_threes("student without 3, after", 109, 14, "no-3", "test-optimal"),
    Figure("student of 7 and 8 alone, before, accuracy", 0.527, "7-8", ACCURACY),
    Figure("student of 7 and 8 alone, offset on both", -7.6, "7-8", OFFSET, "test-optimal"),
    Figure("student of 7 and 8 alone, after, accuracy", 0.868, "7-8", ACCURACY, "test-optimal"),
)
SOURCE = Source(
    name="hinton2015",
    short="Hinton et al. 2015",
    title="Hinton, Vinyals & Dean (2015), section 3",
    link="https://arxiv.org/abs/1503.02531",
    recipe=BEST,
    networks=_networks,
    figures=_FIGURES,
    example="student without 3, after, errors on threes",
    choices=(
        "The paper states the architectures, the jitter, T = 20 and the omissions. Optimiser, "
        "schedule, epochs and batch are those of the recipe best: Adam with a one-cycle rate, "
        "130 epochs, batches of 512.",
        "Teacher: AdamW with weight decay and images turned, scaled, sheared and bent beside the "
        "jitter, in place of dropout and max-norm.",
        "Distilled students: pure soft targets, without the paper's small hard weight, on "
        "images distorted like the teacher's; the teacher answers the distorted image.",
        "T where a class is missing: 20, which the paper does not state.",
        "Offsets as in the paper: the ones with the fewest errors on the test set; of several "
        "as good, the one nearest to 0.",
    ),
)
# The paper's student of two digits, in shares of the 10,000 test images; both offsets on the kept
# classes, "to optimize test performance".
TWO_DIGITS = {
    "kept": KEPT_PAIR,
    "before": round(1.0 - SOURCE.figure("student of 7 and 8 alone, before, accuracy").value, 3),
    "after": round(1.0 - SOURCE.figure("student of 7 and 8 alone, after, accuracy").value, 3),
    "offset": SOURCE.figure("student of 7 and 8 alone, offset on both").value,
}
