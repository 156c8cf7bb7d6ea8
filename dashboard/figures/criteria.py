"""Who chooses the offset: the criteria's choices for a run, and the slider that shows them."""

import math

import pandas as pd

from dashboard.core import runs
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import spoken
from kdengine.offsets.rule import CRITERIA

CRITERION_NAMES = {
    "frequency": "Frequency",
    "predicted-share": "Share",
    "teacher-mass": "Teacher's mass",
    "teacher-agreement": "Teacher's answers",
    "paper": "Paper's +3.5",
    "test-optimal": "Test set",
}
PROBE_SIZES = (100, 1000, 5000)
LOWEST, HIGHEST = -4.0, 10.0


def probes(experiment: Experiment) -> dict[str, int | None]:
    """Return the probes on offer by their names in the address; None is all training images."""
    available = len(experiment.student.train_labels)
    sizes = [size for size in PROBE_SIZES if size < available]
    return {"all": None, **{str(size): size for size in sizes}}


def probe_label(size: int | None, experiment: Experiment) -> str:
    """Return ``all 60,000`` or ``the first 100``."""
    return f"the first {size:,}" if size else f"all {len(experiment.student.train_labels):,}"


def choices(experiment: Experiment, probe_size: int | None) -> pd.DataFrame:
    """Return the offset that each criterion chooses.

    Returns
    -------
    DataFrame
        ``criterion``, ``offset`` (NaN where it finds none), ``problem`` (the reason, or "").
    """
    rows = []
    for criterion in CRITERIA:
        try:
            if criterion == "paper" and not spoken().has_digits:
                raise ValueError("it is the paper's, for its network of digits.")
            rows.append((criterion, runs.chosen_offset(experiment, criterion, probe_size), ""))
        except ValueError as error:
            rows.append((criterion, math.nan, str(error)))
    return pd.DataFrame(rows, columns=["criterion", "offset", "problem"])


def chosen_by(chosen: pd.DataFrame, criterion: str) -> tuple[float, str]:
    """Return the criterion's offset and "", or 0 and why it finds none."""
    row = chosen[chosen["criterion"] == criterion].iloc[0]
    if row["problem"]:
        return 0.0, f"This criterion finds no offset here: {row['problem']} Showing no offset."
    return float(row["offset"]), ""


def on_the_slider(chosen: pd.DataFrame) -> dict[str, float]:
    """Return the criteria that the wall's slider marks, with their offsets, where they find one."""
    offsets = dict(zip(chosen["criterion"], chosen["offset"], strict=True))
    return {name: offsets[name] for name in ("frequency", "paper") if not math.isnan(offsets[name])}


def criterion_at(marked: dict[str, float], offset: float) -> str | None:
    """Return whose offset this is among criteria and what they choose; None if none's."""
    return next((name for name, chosen in marked.items() if abs(chosen - offset) < 1e-6), None)


def slider_range(chosen: pd.DataFrame) -> tuple[float, float]:
    """Return the ends of the slider: -4 to +10, or wider if a criterion lies outside."""
    offsets = chosen["offset"].dropna()
    return (
        min(LOWEST, math.floor(offsets.min()) - 1.0),
        max(HIGHEST, math.ceil(offsets.max()) + 1.0),
    )
