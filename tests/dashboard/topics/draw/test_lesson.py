"""The lesson on drawings, against a network's layers one by one."""

import numpy as np
import pytest

from dashboard.core.numbers import percent
from dashboard.topics.draw.lesson import LESSON
from tests.dashboard.lesson import agrees, softened, unshown, walk, weights_of

PAGE = "draw"
ADDRESS = {"image": "7", "T": "9"}


def expected_built_in(c):
    bias = weights_of(c, "student")[-1][1][3]
    return [f"**{bias + c.chosen:+.3f}**".replace("-", "−"), f"{bias:+.3f}".replace("-", "−")]


def expected_empty_pad(c):
    told = []
    for role in ("teacher", "student"):
        layers = weights_of(c, role)
        units = np.zeros(784)
        for place, (weight, bias) in enumerate(layers):
            units = weight.astype(np.float64) @ units + bias
            units = units if place == len(layers) - 1 else np.where(units > 0, units, 0)
        told.append(f"the {role} **{units.argmax()}** ({percent(softened(units[None])[0].max())})")
    return told


def expected_multiplications(c):
    return [
        f"the {role} **{sum(w.size for w, _ in weights_of(c, role)):,}**"
        for role in ("teacher", "student")
    ]


def test_the_python_follows_the_pages_controls(full_store):
    text, source, printed = walk(PAGE, image="11", T="2.5", offset="3")
    assert "offset = 3.0" in source
    assert unshown(printed, text) == []


@pytest.mark.parametrize("answer", LESSON.answers)
def test_an_answer_says_what_another_computation_finds(context_of, answer):
    agrees(answer, globals(), context_of(**ADDRESS))


def test_the_panel_answers_and_its_python_gives_the_numbers_of_the_page(full_store):
    text, _, printed = walk(PAGE, **ADDRESS)
    assert unshown(printed, text) == []
