"""What a lesson is made of: exercises, a formula and a few lines of Python.

A topic that has one says it in its `lesson.py`, asks its questions in its `words.toml`, and has
its Python in `snippet.py`.
"""

import importlib
import importlib.util
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.core import prose
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import a_digit, in_its_words, plural, signed
from kdengine.store import runs as store

SYNTHETIC = "synthetic"  # what `Context.table` calls the table of synthetic data sets
Table = dict[str, Any]


@dataclass(frozen=True)
class Context:
    """What a page shows when its material is asked for."""

    experiment: Experiment | None  # The run that the sidebar has chosen
    offset: float | None = None  # What the frequency criterion chooses for it, in logit units
    # The page's query parameters, in which it keeps its state
    address: Mapping[str, str] = field(default_factory=dict)
    # Gives the table of the sweep or source called so, or `SYNTHETIC`; or None
    table: Callable[[str], Table | None] = lambda name: None

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

    def number(self, name: str, low: float, high: float) -> float | None:
        """Return what the address says for *name*; None without a number from *low* to *high*."""
        try:
            value = float(self.address.get(name, ""))
        except ValueError:
            return None
        return value if low <= value <= high else None

    def stored(self, name: str, command: str) -> Table:
        """Return the table called *name*, which ``python -m kdengine <command>`` makes."""
        table = self.table(name)
        if table is None:
            raise ValueError(
                f"its table is not stored here. python -m kdengine {command} makes it."
            )
        return table

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
        replayed = labels[np.isin(labels, self.run.student.config.omitted_classes)]
        return logits[:, replayed == self.digit]


Answer = Callable[[Context], str]


@dataclass(frozen=True)
class Lesson:
    """What one page offers to learn from."""

    file: str  # The ``__file__`` of the module that says it
    # Each computes from what the page shows, and returns Markdown with every number from it; it
    # raises ValueError where there is none. Its question has its name in the `words.toml` beside
    # the module; ``{things}``, ``{digit}``, ``{a_digit}``, ``{offset}`` and ``{temperature}`` stand
    # for the run's.
    answers: tuple[Answer, ...]
    # Returns LaTeX with the run's numbers in it, and a sentence on what stands there
    formula: Callable[[Context], tuple[str, str]]
    # Returns what the snippet's first lines have to say for this run, by their names
    values: Callable[[Context], dict[str, Any]]
    # Returns those answers whose questions are about what is shown, where a page has a choice of
    # things and an exercise about one would give away what another asks; all if not given
    fitting: Callable[[Context], Sequence[Answer]] | None = None

    @property
    def snippet(self) -> Path:
        """The Python of the page, beside the lesson."""
        path = Path(self.file)
        return path.with_name(path.name.replace("lesson", "snippet"))

    def asked(self, context: Context) -> Sequence[Answer]:
        """Return the answers to what is asked of the page as it is."""
        return self.answers if self.fitting is None else self.fitting(context)

    def question(self, answer: Answer) -> str:
        """Return the question that one of the answers answers."""
        return str(prose.beside(self.file)["questions"][answer.__name__])


def load(module: str) -> Lesson | None:
    """Return the lesson in the module called so; None if there is no such module."""
    if importlib.util.find_spec(module) is None:
        return None
    lesson: Lesson = importlib.import_module(module).LESSON
    return lesson


def run_and_digit(context: Context) -> dict[str, Any]:
    """Return the run shown and its omitted class in focus, as most snippets begin."""
    return {"key": context.run.key, "digit": context.digit}


def asked(question: str, context: Context) -> str:
    """Return a question with the run's names in it."""
    if context.experiment is None:
        return question
    shown = context.experiment
    omits = shown.omitted_class is not None
    offset = context.offset
    told = question.format(
        things=plural(shown.omitted_class) if omits else "digits left out",
        digit=shown.omitted_class if omits else "left out",
        a_digit=a_digit(shown.omitted_class) if omits else "a digit left out",
        offset="the offset" if offset is None else f"the offset {signed(offset)}",
        temperature=f"{shown.student.config.temperature:g}",
    )
    return in_its_words(told)


def snippet(file: Path, values: Mapping[str, Any]) -> str:
    """Return the Python in *file*, its first assignments set to *values*.

    Raises
    ------
    KeyError
        If the snippet does not assign one of the names exactly once.
    """
    source = file.read_text(encoding="utf-8")
    for name, value in values.items():
        # A value may be a list over several lines; what stands behind it is kept.
        assignment = re.compile(rf"^{name} = (?:\[[^]]*\]|\S+)", re.MULTILINE)
        if len(assignment.findall(source)) != 1:
            raise KeyError(f"{'/'.join(file.parts[-3:])} does not assign {name} once")
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


def aligned(*lines: str) -> str:
    """Return LaTeX equations below each other, their ``&`` in one column."""
    return r"\begin{aligned}" + r" \\[4pt] ".join(lines) + r"\end{aligned}"


def added(value: float) -> str:
    """Return ``+ 1.50`` or ``- 1.50``, for LaTeX."""
    return f"{'+' if value >= 0 else '-'} {abs(value):.2f}"


def count(value: int) -> str:
    """Return a count for LaTeX, its thousands set apart without a space after the comma."""
    return f"{value:,}".replace(",", "{,}")
