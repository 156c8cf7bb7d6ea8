"""The stored runs of one experiment side by side, as all pages take them."""

from dataclasses import dataclass
from functools import cached_property

from dashboard.core.numbers import Digit
from kdengine.offsets import criteria, thresholds
from kdengine.offsets.rule import Frequencies, OffsetRule
from kdengine.store import experiments


@dataclass(frozen=True)
class Experiment(experiments.Experiment):
    """A stored experiment and the omitted class in focus; None if the student saw every digit."""

    omitted_class: Digit | None

    @cached_property
    def sweep(self) -> thresholds.OffsetSweep:
        """What every offset on the omitted class does to the student's test images."""
        assert self.omitted_class is not None
        student = self.student
        return thresholds.offset_sweep(student.test_logits, student.test_labels, self.omitted_class)


def focused(found: experiments.Experiment, focus: int | None) -> Experiment:
    """Return an experiment with *focus* or, for None, its first omitted class in focus."""
    digit = next(iter(found.omitted_classes), None) if focus is None else focus
    named = None if digit is None else Digit(digit)
    return Experiment(found.student, found.teacher, found.baseline, named)


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
        with_masses=False,
    )
    return float(chosen["value"])
