"""The lesson on drawings, against a network's layers one by one."""

import numpy as np
import pytest

from dashboard.core.numbers import percent
from dashboard.topics.draw.lesson import LESSON
from tests.dashboard.lesson import agrees, softened, walk, weights_of
from tests.dashboard.pages import open_page, parts

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


@pytest.mark.parametrize("answer", LESSON.answers)
def test_an_answer_says_what_another_computation_finds(context_of, answer):
    agrees(answer, globals(), context_of(**ADDRESS))


def on_the_pad(**query):
    """Return what the four networks say beside the pad, as the Python prints it."""
    (pad,) = parts(open_page(PAGE, **query), "draw_pad")
    told = []
    for network in pad["networks"]:
        logits = np.array([network["logits"]])
        logits[0, pad["focus"]] += pad["offset"]["value"] if network["shifted"] else 0.0
        shares = softened(logits, pad["temperature"])[0]
        told.append(f"{shares.argmax()}, {100 * shares.max():.3f} %")
    return told


@pytest.mark.parametrize(
    ("query", "line"),
    [
        (ADDRESS, "temperature = 9.0"),
        ({"image": "11", "T": "2.5", "offset": "3"}, "offset = 3.0"),
    ],
)
def test_the_panel_answers_and_its_python_says_what_the_pad_does(full_store, query, line):
    _, source, printed = walk(PAGE, **query)
    assert line in source
    said = [text.partition(": ")[2] for text in printed.splitlines()]
    assert said == on_the_pad(**query) and len(said) == 4
