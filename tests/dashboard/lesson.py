"""What the tests of lessons count by brute force, and how they walk through a page's panel."""

import contextlib
import io
import re

import numpy as np

from dashboard.classroom.lessons import Answer, Context
from tests.dashboard.pages import alternative, open_page


def agrees(answer: Answer, expected: dict[str, object], context: Context) -> None:
    """Check that an answer says what ``expected_<its name>`` computes in another way."""
    wanted = expected[f"expected_{answer.__name__}"](context)
    told = answer(context)
    assert wanted
    assert [part for part in wanted if part not in told] == [], told
    assert "nan" not in told


def share(labels, digit):
    return sum(1 for label in labels if label == digit) / len(labels)


def softened(logits, temperature=1.0):
    powers = np.exp(logits.astype(np.float64) / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def bisected(logits, digit, target):
    """Return the offset at which the mean mass is *target*, to twelve digits."""
    low, high = -40.0, 40.0
    for _ in range(100):
        middle = (low + high) / 2
        moved = logits.astype(np.float64)
        moved[:, digit] += middle
        low, high = (middle, high) if softened(moved)[:, digit].mean() < target else (low, middle)
    return low


def called(row, offset=0.0, digit=3):
    """Return what one row of logits is called; at equality the lower class."""
    moved = [float(z) + (offset if c == digit else 0.0) for c, z in enumerate(row)]
    return max(range(10), key=lambda c: (moved[c], -c))


def counted(run, offset=0.0):
    """Count (label, called) pairs on the test images."""
    pairs = {}
    for row, label in zip(run.test_logits, run.test_labels, strict=True):
        pair = int(label), called(row, offset)
        pairs[pair] = pairs.get(pair, 0) + 1
    return pairs


def right(run, digit, offset=0.0):
    return counted(run, offset).get((digit, digit), 0)


def others_right(run, offset=0.0):
    return sum(n for (true, said), n in counted(run, offset).items() if true == said != 3)


def weights_of(context, role):
    arrays = context.weights(role)
    layers = sorted({int(name.split(".")[1]) for name in arrays})
    return [(arrays[f"layers.{n}.weight"], arrays[f"layers.{n}.bias"]) for n in layers]


def numbers(text):
    """Return the numbers in *text*, as they are written, without signs and thousands' commas."""
    found = re.findall(r"\d[\d,]*(?:\.\d+)?", text)
    return [token.rstrip(",").replace(",", "") for token in found]


def is_shown(value, tokens):
    """Return whether a page shows *value*, rounded as it likes but to two digits at least."""
    for token in tokens:
        decimals = len(token.partition(".")[2])
        says_something = len(token.replace(".", "").lstrip("0")) > 1 or token == value
        if says_something and f"{float(value):.{decimals}f}" == token:
            return True
    return False


def text_of(page):
    """Return what a page says, its charts' text alternatives among it."""
    parts = [element.value for element in [*page.main.title, *page.main.markdown]]
    parts += [alternative(chart) for chart in page.get("vega_lite_chart")]
    return " ".join(parts)


def open_part(app, part):
    """Open the panel below a page at one of its parts."""
    app.query_params["learn"] = part
    return app.run()


def toggles_of(app):
    """Return the switches that ask for answers."""
    return [toggle for toggle in app.main.toggle if (toggle.key or "").startswith("teaching_")]


def walk(page, **query):
    """Go through the panel below *page*; return the page's text, its Python and what that prints.

    At first the panel is closed and its answers are hidden until they are asked for.
    """
    app = open_page(page, **query)
    assert not app.exception
    text, panel = text_of(app), app.main.expander[-1]
    assert panel.label.startswith("Exercises") and not panel.proto.expanded
    assert not app.main.code and not toggles_of(app)
    open_part(app, "exercises")
    before = len(app.main.success)
    assert len(toggles_of(app)) == 3
    toggles_of(app)[1].set_value(True).run()
    assert not app.exception
    assert len(app.main.success) == before + 1
    (code,) = open_part(app, "python").main.code
    return text, code.value, printed_by(code.value)


def printed_by(source):
    """Run *source* as a script and return what it prints."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(source, "snippet.py", "exec"), {"__name__": "__main__"})
    return output.getvalue()


def unshown(printed, text):
    """Return the numbers that a snippet prints and the page does not show."""
    printed = re.sub(r"epoch \d+|[a-z]+-[\w-]+:|\{.*?\}|\d seeds|omit\d", "", printed)
    found, tokens = numbers(printed), numbers(text)
    assert len(found) >= 2
    return [value for value in found if not is_shown(value, tokens)]
