"""The stored runs of one experiment side by side, as every other view takes them."""

from dataclasses import dataclass

from kdengine.offsets import criteria
from kdengine.offsets.rule import OffsetRule
from kdengine.store.run_files import StoredRun


@dataclass(frozen=True)
class Experiment:
    """A student, its teacher and, if one is stored, its baseline.

    Parameters
    ----------
    student, teacher : StoredRun
    baseline : StoredRun or None
        The student's architecture on hard labels of the same transfer set.
    omitted_class : int or None
        The omitted class in focus; None if the student saw every digit.
    """

    student: StoredRun
    teacher: StoredRun
    baseline: StoredRun | None
    omitted_class: int | None

    @property
    def key(self) -> str:
        """The experiment's key, which is its student's."""
        return self.student.key

    @property
    def dataset(self) -> str:
        """The dataset's name."""
        return self.student.config.dataset


def offset_of(experiment: Experiment, criterion: str, probe_size: int | None = None) -> float:
    """Return the offset that *criterion* chooses for the omitted class in focus.

    Raises
    ------
    ValueError
        If no class is omitted, or the criterion finds no offset.
    """
    student, omitted = experiment.student, experiment.omitted_class
    chosen = criteria.choose_offsets(
        OffsetRule(criterion, probe_size),
        student,
        experiment.teacher,
        omitted_classes=() if omitted is None else (omitted,),
    )
    return float(chosen["value"])
