"""What each network of an experiment answers to each test image, and how that is put in words.

Shared by the topics that show single images.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.core import roles
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import a_digit, brief_percent, word
from kdengine.offsets import evaluation, thresholds


def networks(experiment: Experiment) -> list[str]:
    """Return the networks that this experiment has, by their names in the address."""
    missing = {"baseline"} if experiment.baseline is None else set()
    return [network for network in roles.ROLES if network not in missing]


def logits_of(experiment: Experiment, network: str, offset: float) -> NDArray[np.floating[Any]]:
    """Return a network's test logits, (N, 10).

    Parameters
    ----------
    network : str
        One of `networks`.
    offset : float, in logit units
        Added to the omitted class for ``student-offset``.
    """
    if network == "student-offset":
        assert experiment.omitted_class is not None
        return thresholds.apply_offsets(
            experiment.student.test_logits, [experiment.omitted_class], [offset]
        )
    return getattr(experiment, network).test_logits


def answers(experiment: Experiment, offset: float) -> pd.DataFrame:
    """Return every test image with what each network calls it and how sure it is.

    Returns
    -------
    DataFrame, one row a test image
        ``image`` (number in the test set), ``true``, and for each network a column of its name
        (predicted class) and ``<name>_sure`` (its probability at T=1).
    """
    labels = experiment.student.test_labels
    columns: dict[str, Any] = {"image": np.arange(len(labels)), "true": labels.astype(np.int64)}
    for network in networks(experiment):
        logits = logits_of(experiment, network, offset)
        columns[network] = evaluation.predictions(logits)
        columns[f"{network}_sure"] = evaluation.softmax(logits).max(axis=1)
    return pd.DataFrame(columns)


def card(row: dict[str, Any], shown: Iterable[str], badge: str = "", tone: str = "") -> dict:
    """Return one image's card for the picture grid.

    Parameters
    ----------
    row : dict
        A row of `answers`.
    shown : networks whose answers the card lists
    badge, tone : str
        A word or two above the picture, coloured as ``"good"``, ``"bad"`` or not at all.
    """
    return {
        "image": int(row["image"]),
        "title": f"{a_digit(row['true'])}, test image {row['image']:,}",
        "badge": badge,
        "tone": tone,
        "lines": [
            {
                "name": roles.ROLES[network].short,
                "said": word(row[network]),
                "sure": brief_percent(row[f"{network}_sure"]),
                "right": bool(row[network] == row["true"]),
            }
            for network in shown
        ],
        "note": "",
    }
