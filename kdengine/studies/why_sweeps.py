"""Why did a reproduction get that? Its recipe with one thing changed at a time. Pure data.

Every variant appears twice in a sweep: with the paper's +3.5 and with the frequency criterion's
offset; both are of the same network. Names are for tables and pages.
"""

from typing import Any

Setting = dict[str, Any]

CRITERIA = ("paper", "frequency")
_BETTER: Setting = {
    "scale_soft_by_t2": True,
    "hard_weight": 0.0,
    "temperature": 20.0,
    "batch_size": 128,
    "dropout": 0.0,
    "hidden_sizes": [800, 800],
}
HIVERXD: dict[str, Setting] = {
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
TOGETHER = "all of these but the epochs"  # the one variant that changes several things
AM207: dict[str, Setting] = {
    "as published": {},
    "800 units": {"hidden_sizes": [800, 800]},
    "T = 20": {"temperature": 20.0},
    "with T²": {"scale_soft_by_t2": True},
    "mix, targets at T = 3": {
        "temperature": 5.0,
        "target_temperature": 3.0,
        "hard_weight": 0.016,
    },
    "mix, targets at T = 5": {"temperature": 5.0, "hard_weight": 0.016},
    "bias initialised": {"initial_bias": 3.5, "initial_bias_classes": [3]},
}
VARIANTS = {"why-hiverxd": HIVERXD, "why-am207": AM207}


def _with_criteria(variants: dict[str, Setting]) -> tuple[Setting, ...]:
    """Return every variant with either choice of the offset."""
    return tuple(
        {**setting, "criterion": criterion}
        for setting in variants.values()
        for criterion in CRITERIA
    )


# Name of the sweep -> its title, its settings, its seeds and its recipe.
SWEEPS: dict[str, tuple[str, tuple[Setting, ...], tuple[int, ...], str]] = {
    "why-hiverxd": (
        "HiverXD's student without 3, one thing changed at a time",
        _with_criteria(HIVERXD),
        (0, 1, 2),
        "hiverxd",
    ),
    "why-am207": (
        "Harvard's student without 3, one thing changed at a time",
        _with_criteria(AM207),
        (0, 1, 2),
        "am207",
    ),
}
