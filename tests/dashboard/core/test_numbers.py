"""Shares and offsets as sentences have them, and that no sentence breaks before a percent sign."""

import ast
import re
from pathlib import Path

import pytest

from dashboard.core import numbers as number_words

DASHBOARD = Path(number_words.__file__).parents[1]
FOLDERS = ("core", "figures", "topics")
# What draws and what is to be run elsewhere has no sentences.
SOURCES = [
    path
    for folder in FOLDERS
    for path in sorted((DASHBOARD / folder).rglob("*.py"))
    if not path.stem.endswith(("charts", "animation", "snippet"))
]


@pytest.mark.parametrize("value", [5.0, True, "5", None, [5], 6, 10**400, float("nan")])
def test_what_a_browser_sends_is_one_of_some_numbers_if_it_is_whole(value):
    """Python takes 5.0 for 5 until it is the number of an image."""
    assert number_words.one_of([5, 1], 5) == 5
    assert number_words.one_of([5, 1], value) is None


@pytest.mark.parametrize(
    ("share", "digits", "told"),
    [(0.9604, 1, "96.0"), (0.10218, 2, "10.22"), (0.125, 0, "12"), (1.0, 1, "100.0")],
)
def test_a_share_stays_on_one_line(share, digits, told):
    assert number_words.percent(share, digits) == f"{told}\N{NO-BREAK SPACE}%"


def test_brief_shares_claim_neither_nothing_nor_certainty():
    told = [number_words.brief_percent(share)[:-2] for share in (0.0, 1e-9, 0.0051, 0.995, 0.9951)]
    assert told == ["0", "<1", "1", "100", ">99"]


@pytest.mark.parametrize(("value", "told"), [(0.994, "+0.99"), (-1.2, "−1.20"), (0.0, "+0.00")])
def test_a_sign_is_a_sign_and_no_hyphen(value, told):
    assert number_words.signed(value) == told
    assert number_words.signed(-7.6, 1) == "−7.6"


def breaking(source):
    """Return the pieces of text in *source* that put a plain space, or none, before ``%``."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            found += [s.value for s in node.format_spec.values if str(s.value).endswith("%")]
        if isinstance(node, ast.JoinedStr):
            parts = node.values[1:]  # what follows a number
            texts = [part.value for part in parts if isinstance(part, ast.Constant)]
            found += [text for text in texts if str(text).startswith((" %", "%"))]
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in prose:
            text = node.value
            places = [at for at, letter in enumerate(text) if letter == "%" and at >= 2]
            found += [text for at in places if text[at - 1] == " " and text[at - 2].isdigit()]
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_sentence_breaks_before_a_percent_sign(path):
    assert breaking(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("text", ['f"{x:.1%} right"', 'f"{x:.1f} % right"', '"the top 1 % of"'])
def test_a_sentence_that_breaks_is_found(text):
    assert breaking(f"told = {text}")
    assert not breaking('told = f"{percent(x)} of the top 1\N{NO-BREAK SPACE}%"')


def hyphened(source):
    """Return the formats in *source* that write a number's sign, and so a hyphen before it."""
    values = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FormattedValue))
    formats = (node.format_spec.values[0] for node in values if node.format_spec is not None)
    # LaTeX writes its own minus, and ``+g`` is a setting as it is published.
    return [text.value for text in formats if re.match(r"\+,?\.", str(getattr(text, "value", "")))]


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if path.name not in ("numbers.py", "lesson.py", "bias.py")],
    ids=lambda path: "-".join(path.parts[-2:]),
)
def test_signs_are_written_in_one_place(path):
    assert hyphened(path.read_text(encoding="utf-8")) == []


def test_a_sign_that_is_written_elsewhere_is_found():
    assert hyphened('told = f"by {offset:+.2f}"') == ["+.2f"]
    assert not hyphened('told = f"by {signed(offset)}, {share:.1f}"')


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.0, "none"), (0.0004, "none"), (0.0006, "0.1\u00a0%"), (0.96, "96.0\u00a0%")],
)
def test_nothing_is_said_as_none(share, told):
    assert number_words.percent_or_none(share) == told
