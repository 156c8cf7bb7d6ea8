"""The temperatures that pages offer, and the one they begin with."""

from dashboard.core.experiment import Experiment

LOWEST, HIGHEST = 1.0, 50.0


def usual(experiment: Experiment) -> float:
    """Return the temperature that the student learned at, within what pages offer."""
    learned = experiment.student.config.temperature
    return round(min(max(learned, LOWEST), HIGHEST), 1)
