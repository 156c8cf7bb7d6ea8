"""The stored runs of one experiment side by side, as all pages take them."""

from dataclasses import dataclass

from kdengine.offsets import criteria
from kdengine.offsets.rule import Frequencies, OffsetRule
from kdengine.store import experiments


@dataclass(frozen=True)
class Experiment(experiments.Experiment):
    """A stored experiment and the omitted class in focus; None if the student saw every digit."""

    omitted_class: int | None


def focused(found: experiments.Experiment, focus: int | None) -> Experiment:
    """Return an experiment with *focus* or, for None, its first omitted class in focus."""
    first = next(iter(found.omitted_classes), None)
    return Experiment(
        found.student, found.teacher, found.baseline, first if focus is None else focus
    )


def offset_of(
    experiment: Experiment,
    criterion: str,
    probe_size: int | None = None,
    frequencies: Frequencies = (),
) -> float:
    """Return the offset that *criterion* chooses for the omitted class in focus.

    Raises
    ------
    ValueError
        If no class is omitted, or the criterion finds no offset.
    """
    student, omitted = experiment.student, experiment.omitted_class
    chosen = criteria.choose_offsets(
        OffsetRule(criterion, probe_size, frequencies=frequencies),
        student,
        experiment.teacher,
        omitted_classes=() if omitted is None else (omitted,),
    )
    return float(chosen["value"])
