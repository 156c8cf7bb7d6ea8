"""Plans: which networks an experiment trains, made of a recipe and what is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kdengine import config
from kdengine.config import BaselineConfig, StudentConfig, TeacherConfig, check_omitted, run_key
from kdengine.offsets.rule import Frequencies, OffsetRule
from kdengine.recipes.own import CLASSROOM
from kdengine.recipes.recipe import Recipe, Setting

# A dataset of about 1,200 images, or a student of two MNIST digits, would otherwise see too few
# updates. A student without one digit of MNIST sees more than that anyway, and epochs that
# somebody asks for are the epochs it gets.
MINIMUM_STEPS = 600


@dataclass(frozen=True)
class Plan:
    """Everything that one experiment trains and computes; its key is its student's."""

    recipe: Recipe
    teacher: TeacherConfig
    student: StudentConfig
    rule: OffsetRule

    def check(self, images: int = 0) -> None:
        """Raise ValueError before training if the offset could not be chosen after it.

        *images* is how many a set of one's own has, once that is known.
        """
        self.rule.classes_for(self.student.omitted_classes)
        own = images or config.MOST_IMAGES
        self.rule.images_of(config.TRAIN_SIZES.get(self.student.dataset, own))

    @property
    def baseline(self) -> BaselineConfig:
        """The student's architecture on the hard labels of the same transfer set."""
        return self.recipe.baseline_beside(self.student)

    def to_dict(self) -> dict[str, Any]:
        """Return the experiment as plain JSON values."""
        return {
            "recipe": self.recipe.name,
            "criterion": self.rule.criterion,
            "probe_size": self.rule.probe_size,
            "match": self.rule.match_for(self.student.omitted_classes),
            "frequencies": {str(digit): share for digit, share in self.rule.frequencies},
            "teacher": config.to_dict(self.teacher),
            "student": config.to_dict(self.student),
            "baseline": config.to_dict(self.baseline),
        }


def experiment(
    recipe: Recipe = CLASSROOM,
    *,
    dataset: str = "mnist",
    seed: int = 0,
    teacher: TeacherConfig | None = None,
    omitted_classes: Sequence[int] = (3,),
    temperature: float | None = None,
    soft_weight: float | None = None,
    hard_weight: float | None = None,
    teacher_epochs: int | None = None,
    student_epochs: int | None = None,
    criterion: str | None = None,
    probe_size: int | None = None,
    match: str | None = None,
    frequencies: Frequencies = (),
) -> Plan:
    """Return the plan of a recipe, with the given parameters changed; None keeps the recipe's own.

    A *teacher* takes the place of the recipe's own, *match* and *frequencies* are as `OffsetRule`
    takes them. ValueError for an unknown dataset, a
    value outside its limits, or a rule that cannot be.
    """
    small = recipe.small.get(dataset, {})
    shared = {"dataset": dataset, "seed": seed}
    omitted = check_omitted(tuple(omitted_classes))
    is_small = dataset != "mnist"
    is_short = is_small or (len(omitted) > 1 and not recipe.is_published)
    teacher_fields = _floor(teacher_epochs, is_small) | recipe.teacher | small.get("teacher", {})
    own = TeacherConfig(**teacher_fields | shared | _given(epochs=teacher_epochs))
    teacher = teacher or own
    student_fields = _floor(student_epochs, is_short) | recipe.student | small.get("student", {})
    changed = _given(
        temperature=temperature,
        soft_weight=soft_weight,
        hard_weight=hard_weight,
        epochs=student_epochs,
    )
    student = StudentConfig(
        **student_fields | shared | changed, teacher=run_key(teacher), omitted_classes=omitted
    )
    # A recipe's probe counts MNIST images; the small dataset uses all it has.
    own_probe = None if is_small else recipe.rule.probe_size
    rule = OffsetRule(
        criterion=recipe.rule.criterion if criterion is None else criterion,
        probe_size=own_probe if probe_size is None else probe_size,
        match=match,
        frequencies=frequencies,
    )
    return Plan(recipe, teacher, student, rule)


def _floor(epochs: int | None, is_short: bool) -> Setting:
    """Return the least number of steps where too few would be made; *epochs* asked for are kept."""
    return {"minimum_steps": MINIMUM_STEPS} if is_short and epochs is None else {}


def _given(**values: Any) -> Setting:
    return {name: value for name, value in values.items() if value is not None}
