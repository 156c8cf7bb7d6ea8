"""The temperature T as pages let a viewer choose it."""

from typing import Any

from dashboard.core.experiment import Experiment

LOWEST, HIGHEST = 1.0, 50.0
RANGE = (LOWEST, HIGHEST)


def usual(experiment: Experiment) -> float:
    """Return the T at which the student learned, within the sliders' ends."""
    return min(max(experiment.student.config.temperature, LOWEST), HIGHEST)


def dragged(event: Any) -> float | None:
    """Return T as a chart's slider reports it, or None if it reports no usable one."""
    try:
        (chosen,) = event["selection"]["temperature"]
        value = float(chosen["T"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return round(value, 1) if LOWEST <= value <= HIGHEST else None
