"""What a page's teaching material is made of: exercises, a formula and a few lines of Python.

The texts themselves are in the `teaching_…` modules beside this one and in `dashboard/snippets`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.core.experiment import Experiment, plural
from dashboard.core.numbers import signed
from dashboard.topics.soft_targets.figures import a_digit
from kdengine.config import omitted_classes
from kdengine.store import runs as store

TOPICS = Path(__file__).resolve().parent.parent / "topics"
# Where the snippet of a page lies, which is mostly the folder of its name.
SNIPPETS = {
    "story": "story",
    "offset": "offset",
    "learning": "learning",
    "confusion": "mistakes.confusion_",
    "misclassified": "mistakes",
    "leak": "leak",
    "omission_lab": "lab.omission",
    "ablations": "lab.ablations",
    "reproductions": "lab.reproductions",
    "synthetic": "lab.synthetic",
}


@dataclass(frozen=True)
class Context:
    """What a page shows when its material is asked for.

    Parameters
    ----------
    experiment : Experiment or None
        The run that the sidebar has chosen.
    offset : float or None
        What the frequency criterion chooses for it, in logit units.
    address : mapping of str to str
        The page's query parameters, in which it keeps its state.
    table : callable
        Gives the table of the sweep called so, or None.
    """

    experiment: Experiment | None
    offset: float | None = None
    address: Mapping[str, str] = field(default_factory=dict)
    table: Callable[[str], dict[str, Any] | None] = lambda name: None

    @property
    def run(self) -> Experiment:
        """The run; a page that has none shows no material about it."""
        if self.experiment is None:
            raise ValueError("no experiment is stored yet, so there is nothing to compute.")
        return self.experiment

    @property
    def digit(self) -> int:
        """The omitted class in focus."""
        if self.run.omitted_class is None:
            raise ValueError("this student saw every digit; choose a run that leaves one out.")
        return self.run.omitted_class

    @property
    def things(self) -> str:
        """The omitted class in the plural."""
        return plural(self.digit)

    @property
    def chosen(self) -> float:
        """The frequency criterion's offset, in logit units."""
        if self.offset is None:
            raise ValueError("no offset can be chosen for this run.")
        return self.offset

    def weights(self, role: str) -> dict[str, NDArray[np.float32]]:
        """Return the weights of the run's teacher, student or baseline."""
        return store.load_weights(getattr(self.run, role).key)

    def replay(self) -> NDArray[np.float16]:
        """Return the student's logits after each epoch, (epochs, images, 10).

        The images are those of the omitted class in focus, in the order of the test set.
        """
        logits = store.load_replay(self.run.key)
        if logits is None or not len(logits):
            raise ValueError("this run does not hold the student's answers after each epoch.")
        labels = self.run.student.test_labels
        replayed = labels[np.isin(labels, omitted_classes(self.run.student.config))]
        return logits[:, replayed == self.digit]


@dataclass(frozen=True)
class Exercise:
    """A question and what computes its answer from the run shown.

    Parameters
    ----------
    question : str
        Markdown; ``{things}``, ``{digit}``, ``{a_digit}``, ``{offset}`` and ``{temperature}``
        stand for the run's.
    answer : callable
        Returns Markdown with every number from the run; raises ValueError where there is none.
    """

    question: str
    answer: Callable[[Context], str]


@dataclass(frozen=True)
class Material:
    """What one page offers to learn from.

    Parameters
    ----------
    exercises : tuple of Exercise
    formula : callable
        Returns LaTeX with the run's numbers in it, and a sentence on what stands there.
    values : callable
        Returns what the snippet's first lines have to say for this run, by their names.
    """

    exercises: tuple[Exercise, ...]
    formula: Callable[[Context], tuple[str, str]]
    values: Callable[[Context], dict[str, Any]]


def asked(exercise: Exercise, context: Context) -> str:
    """Return an exercise's question with the run's names in it."""
    if context.experiment is None:
        return exercise.question
    shown = context.experiment
    omits = shown.omitted_class is not None
    offset = context.offset
    return exercise.question.format(
        things=plural(shown.omitted_class) if omits else "digits left out",
        digit=shown.omitted_class if omits else "left out",
        a_digit=a_digit(shown.omitted_class) if omits else "a digit left out",
        offset="the offset" if offset is None else f"the offset {signed(offset)}",
        temperature=f"{shown.student.config.temperature:g}",
    )


def snippet_module(page: str) -> str:
    """Return the module of a page's snippet."""
    place = SNIPPETS.get(page, page)
    return f"dashboard.topics.{place}{'' if place.endswith('_') else '.'}snippet"


def snippet(page: str, values: Mapping[str, Any]) -> str:
    """Return the Python behind a page, its first assignments set to *values*.

    Raises
    ------
    KeyError
        If the snippet does not assign one of the names exactly once.
    """
    file = TOPICS.parents[1] / (snippet_module(page).replace(".", "/") + ".py")
    source = file.read_text(encoding="utf-8")
    for name, value in values.items():
        # A value may be a list over several lines; what stands behind it is kept.
        assignment = re.compile(rf"^{name} = (?:\[[^]]*\]|\S+)", re.MULTILINE)
        if len(assignment.findall(source)) != 1:
            raise KeyError(f"the snippet of {page} does not assign {name} once")
        text = f"{name} = {_written(value)}"
        source = assignment.sub(lambda _, text=text: text, source)
    return source


def _written(value: Any) -> str:
    """Return a value as Python, a list of names one a line."""
    if isinstance(value, list) and any(isinstance(item, str) for item in value):
        return "[\n" + "".join(f"    {_written(item)},\n" for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def number(value: float, digits: int = 3) -> str:
    """Return a number with *digits* that mean something, without an exponent."""
    if value == 0 or not np.isfinite(value):
        return f"{value:g}"
    decimals = min(max(digits - 1 - int(np.floor(np.log10(abs(value)))), 0), 12)
    return f"{value:,.{decimals}f}".replace("-", "−")
