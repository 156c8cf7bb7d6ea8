"""A recipe: the settings of a whole experiment, before it is known on what and without what."""

from dataclasses import dataclass, field, replace
from typing import Any

from kdengine import config
from kdengine.config import BaselineConfig, StudentConfig
from kdengine.offsets.rule import OffsetRule

Setting = dict[str, Any]  # fields of a configuration by name


@dataclass(frozen=True, eq=False)
class Recipe:
    """Settings of a whole experiment; `plans.experiment` turns them into configurations.

    Parameters
    ----------
    name : str
        What commands call it, and what is recorded with its runs.
    title : str
        One line for menus.
    teacher, student : dict
        Fields of `TeacherConfig` and `StudentConfig`.
    small : dict of dict
        For a dataset's name: fields of teacher and student that differ there.
    rule : OffsetRule
        How the offset is chosen; its probe counts MNIST images.
    baseline : dict
        Fields in which the baseline differs from the student, beside its hard labels.
    is_published : bool
        Whether it follows a source to the letter, so that nothing lengthens its training on MNIST.
    """

    name: str
    title: str
    teacher: Setting
    student: Setting
    small: dict[str, dict[str, Setting]] = field(default_factory=dict)
    rule: OffsetRule = OffsetRule()
    baseline: Setting = field(default_factory=dict)
    is_published: bool = False

    def baseline_beside(self, student: StudentConfig) -> BaselineConfig:
        """Return the student's architecture on the hard labels of the same transfer set."""
        return replace(config.on_hard_labels(student), **self.baseline)
