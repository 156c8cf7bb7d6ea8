"""What two sources published of this experiment, as the story's table shows it."""

import pandas as pd

from dashboard.core.numbers import percent
from kdengine.recipes.source import ERRORS, Figure, Source
from kdengine.recipes.sources import hinton2015, hinton_problems

_PAPER, _NUMPY = hinton2015.SOURCE, hinton_problems.SOURCE
_NAMES = {_PAPER.name: "Hinton, Vinyals & Dean (2015)", _NUMPY.name: "hinton-problems (numpy)"}


def published() -> pd.DataFrame:
    """Return the published figures of this experiment, as their sources state them."""
    no_3 = "student without 3"
    after = f"{_offset(_PAPER, f'{no_3}, offset')}, chosen on the test set"
    probe = f"seed 0, {_offset(_NUMPY, 'student, offset')}, first 5,000 training images"
    rows = [
        _row(_PAPER, "teacher, errors", "10,000 test images, jitter, dropout, max-norm"),
        _row(_PAPER, "student on hard labels, all digits, errors", "10,000 test images"),
        _row(_PAPER, "student distilled, all digits, errors", "10,000 test images, T=20"),
        _row(_PAPER, f"{no_3}, before, errors", "1,010 threes", " on threes"),
        _row(_PAPER, f"{no_3}, after, errors", after, " on threes"),
        _row(_NUMPY, "teacher, accuracy", "seed 0", " on 3"),
        _row(_NUMPY, "student before, accuracy", "seed 0", " on 3", f"{no_3}, before, accuracy"),
        _row(_NUMPY, "student after, accuracy", probe, " on 3", f"{no_3}, after, accuracy"),
    ]
    return pd.DataFrame(rows).set_index("Published by")


def _row(
    source: Source, quantity: str, note: str, threes: str = "", words: str = ""
) -> dict[str, str]:
    """Return a source's figure as a row, in *words* if its own are others.

    With *threes*, what its name ends in there, the one on threes alone follows in brackets.
    """
    value, words = _stated(source.figure(quantity)), words or quantity
    if threes:
        value += f" ({_stated(source.figure(quantity + threes))})"
        words += " (on threes)"
    return {
        "Published by": f"[{_NAMES[source.name]}]({source.link})",
        "What": words,
        "Figure": value,
        "Measured on": note,
    }


def _stated(figure: Figure) -> str:
    """Return a figure as its source states it: a number of errors, or per cent with two places."""
    is_count = figure.measure == ERRORS
    return f"{figure.value:g}" if is_count else percent(figure.value, 2)


def _offset(source: Source, quantity: str) -> str:
    """Return ``offset +3.5``."""
    return f"offset {source.figure(quantity).value:+g}"
