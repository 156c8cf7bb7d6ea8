"""One image blended into another, and the networks' answers along the way."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.core import runs
from dashboard.core.experiment import Experiment
from dashboard.topics.draw.figures import NETWORKS, Weights, answers, gallery
from kdengine.offsets import evaluation

STEPS = 41


def blends(first: NDArray[np.uint8], last: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the images on the straight way from *first* to *last*, (41, 28, 28)."""
    way = np.linspace(0.0, 1.0, STEPS, dtype=np.float32)[:, None, None]
    return (1.0 - way) * first.astype(np.float32) + way * last.astype(np.float32)


def between(
    experiment: Experiment, dataset: str, ends: tuple[int, int], temperature: float, offset: float
) -> pd.DataFrame:
    """Return the `table` of the way between two images of an experiment's gallery."""
    images = gallery(experiment, dataset).images
    weights = {name: runs.weights(run.key) for name, run in experiment.runs.items()}
    pair = images[ends[0]], images[ends[1]]
    return table(weights, pair, temperature, experiment.omitted_class, offset)


def table(
    weights: Weights,
    pair: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    temperature: float,
    omitted: int | None,
    offset: float,
) -> pd.DataFrame:
    """Return every network's answers along the way between a *pair* of images.

    Returns
    -------
    DataFrame, one row per (role, way, digit)
        ``way`` float from 0 to 1, ``role`` str, ``digit`` int, ``probability`` float.
    """
    said = answers(weights, blends(*pair), omitted, offset)
    shares = [evaluation.softmax(logits, temperature).ravel() for logits in said.values()]
    return pd.DataFrame(
        {
            "role": np.repeat([NETWORKS[network] for network in said], 10 * STEPS),
            "way": np.tile(np.repeat(np.linspace(0.0, 1.0, STEPS), 10), len(said)),
            "digit": np.tile(np.arange(10), STEPS * len(said)),
            "probability": np.concatenate(shares),
        }
    )


def curves(answers_along: pd.DataFrame, digit: int) -> pd.DataFrame:
    """Return the rows of one *digit*, with what each network answers at each place.

    Returns
    -------
    DataFrame, one row per (role, way)
        ``role``, ``way``, ``probability`` (of *digit*), ``answer`` int.
    """
    best = answers_along.loc[answers_along.groupby(["role", "way"])["probability"].idxmax()]
    best = best.rename(columns={"digit": "answer"})[["role", "way", "answer"]]
    chosen = answers_along[answers_along["digit"] == digit][["role", "way", "probability"]]
    return chosen.merge(best, on=["role", "way"], how="left")
