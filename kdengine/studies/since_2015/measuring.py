"""Measures one seed of a study; with what it needs of stored runs trained first."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from kdengine.studies.since_2015 import (
    inherited,
    label_shift,
    less_data,
    noise,
    smoothing,
    specialists,
)
from kdengine.studies.since_2015.known import STUDIES, Measured
from kdengine.training import devices, openmp

_MEASURES: dict[str, Callable[[int, str], Measured]] = {
    "inherited": inherited.measure,
    "noise": partial(noise.measure, STUDIES["noise"].variants),
    "pictures": partial(noise.measure, STUDIES["pictures"].variants),
    "label-shift": label_shift.measure,
    "smoothing": smoothing.measure,
    "less-data": less_data.measure,
    "specialists": specialists.measure,
}


def of_seed(name: str, seed: int, threads: int, precision: str) -> dict[str, Any]:
    """Return one seed of the study called *name*, as `known._Seed` says.

    Sets torch's number of *threads* in this process. Errors as from `datasets.load`.
    """
    openmp.wait_briefly()
    devices.use_threads(threads)
    device = devices.choose_device("cpu")
    chosen = devices.choose_precision(precision, device)
    began = time.perf_counter()
    rows, lists = _MEASURES[name](seed, chosen)
    return {
        "seed": seed,
        "environment": devices.environment(device, chosen) | devices.versions(),
        "wall_seconds": round(time.perf_counter() - began, 2),
        "rows": {
            variant: {figure: round(float(value), 6) for figure, value in figures.items()}
            for variant, figures in rows.items()
        },
        "lists": lists,
    }
