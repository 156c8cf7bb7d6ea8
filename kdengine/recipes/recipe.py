"""A recipe: the settings of a whole experiment, before it is known on what and without what."""

from dataclasses import dataclass, field, replace
from typing import Any

from kdengine import config
from kdengine.config import BaselineConfig, StudentConfig
from kdengine.offsets.rule import OffsetRule

Setting = dict[str, Any]  # fields of a configuration by name


@dataclass(frozen=True, eq=False)
class Recipe:
    """Settings of a whole experiment; `plans.experiment` turns them into configurations."""

    name: str  # what commands call it, and what is recorded with its runs
    title: str  # one line for menus
    teacher: Setting
    student: Setting
    # For a dataset's name: fields of teacher and student that differ there.
    small: dict[str, dict[str, Setting]] = field(default_factory=dict)
    rule: OffsetRule = OffsetRule()  # its probe counts MNIST images
    # Fields in which the baseline differs from the student, beside its hard labels.
    baseline: Setting = field(default_factory=dict)
    is_published: bool = False  # as its source says: nothing lengthens its training on MNIST

    def baseline_beside(self, student: StudentConfig) -> BaselineConfig:
        """Return the student's architecture on the hard labels of the same transfer set."""
        return replace(config.on_hard_labels(student), **self.baseline)
