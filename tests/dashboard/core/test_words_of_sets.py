"""Classes called by the names of their set: in sentences, in fixed prose, in charts, in caches."""

import re
import threading

import altair as alt
import pandas as pd
import pytest

from dashboard import catalogue
from dashboard.charting.specification import specify, with_values
from dashboard.core import numbers, prose, terms
from dashboard.core.cache import cached
from dashboard.core.numbers import Digit, in_its_words, speaking
from tests.kdengine.data import tiny_set


@pytest.fixture
def things(tmp_path, monkeypatch):
    """Speak of a set of little things."""
    monkeypatch.setenv("KDENGINE_DATA_DIR", str(tmp_path))
    tiny_set.write_npz(tmp_path / "things", tiny_set.arrays())
    with speaking("things-0123456789ab"):
        yield


def test_sentences_call_classes_by_their_names(things):
    assert (numbers.word(3), numbers.plural(3), numbers.a_digit(5)) == ("fox", "foxes", "an arch")
    assert numbers.what_it_saw((3, 5)) == "never saw a fox or an arch"
    assert numbers.what_it_saw(range(8)) == "saw only T-shirt/tops and rays"
    assert numbers.what_it_saw(()) == "saw every class"
    assert numbers.omitted_words((1,)) == "no slashes"
    assert f"{Digit(3)}, {Digit(3):d}" == "fox, 3" and Digit(3) == 3 and repr(Digit(3)) == "3"


def test_digits_stay_what_they_are_called():
    for name in ("mnist", "digits", "emnist-digits", "fashion-mnist"):
        with speaking(name):
            told = f"{Digit(8)}: {numbers.plural(6)}, {numbers.a_digit(8)}"
            is_of_digits = name != "fashion-mnist"
            assert (told == "8: sixes, an 8") == is_of_digits
            assert (numbers.for_browser() == {}) == is_of_digits
    with speaking("nobody-wrote-0123456789ab"):
        assert f"{Digit(3)}" == "class 3"


def test_fixed_prose_speaks_of_classes_but_keeps_its_places(things, tmp_path):
    told = (
        "Other digits: which digit is {digit}, {a_digit}? {digits} of 5 test digits, a digital one"
    )
    assert in_its_words(told) == (
        "Other classes: which class is {digit}, {a_digit}? {digits} of 5 test images, a digital one"
    )
    (tmp_path / "words.toml").write_text('lead = "A digit"\n[more]\nrest = ["two digits", 3]\n')
    words = prose.beside(str(tmp_path / "page.py"))
    assert words["lead"] == "A class" and words["more"]["rest"] == ["two classes", 3]
    with speaking("mnist"):
        assert words["lead"] == "A digit" and words["more"]["rest"] == ["two digits", 3]


def say(digit):
    """Return a sentence, as a page's figures do."""
    return f"never saw {numbers.a_digit(digit)}"


def test_what_is_kept_is_kept_for_each_set(things):
    assert cached(say, 3) == "never saw a fox"
    with speaking("mnist"):
        assert cached(say, 3) == "never saw a 3"
    assert cached(say, 3) == "never saw a fox"


def test_another_thread_speaks_of_digits(things):
    found = []
    thread = threading.Thread(target=lambda: found.append(numbers.plural(3)))
    thread.start()
    thread.join()
    assert found == ["threes"]


@pytest.mark.parametrize("make", [lambda chart: specify(chart, "light").spec, with_values])
def test_a_chart_names_classes_on_axes_and_under_the_pointer(things, make):
    table = pd.DataFrame({"digit": [0, 3], "errors": [5, 2]})
    chart = (
        alt.Chart(table)
        .mark_bar()
        .encode(
            x=alt.X("digit:O", title="True digit"), y="errors:Q", tooltip=["digit:O", "errors:Q"]
        )
    )
    spec = make(chart)["encoding"]
    assert spec["x"]["title"] == "True class" and "'fox'" in spec["x"]["axis"]["labelExpr"]
    first, second = spec["tooltip"]
    assert (first["field"], first["type"], second["field"]) == ("digit_name", "nominal", "errors")
    if make is with_values:
        (rows,) = make(chart)["datasets"].values()
        assert [row["digit_name"] for row in rows] == ["dash", "fox"]
    with speaking("mnist"):
        assert make(chart)["encoding"]["x"] == {
            "field": "digit", "title": "True digit", "type": "ordinal",
        }  # fmt: skip


def test_titles_and_terms_are_said_in_the_words_of_the_set(things):
    assert prose.title("story", 3) == "The missing fox"
    assert prose.title("story") == "The missing class"
    assert prose.title("dark_knowledge", 9) == "Where the ray hides"
    assert prose.title("noise", 3) == in_its_words("Not a single digit") == "Nothing but noise"
    assert prose.title("offset", 3) == catalogue.PAGES["offset"].title
    said = {name: term.words for name, term in terms.every().items()}
    assert "how much this T-shirt/top looks like a fox" in said["dark knowledge"]
    assert "here the classes dash to ray" in said["class"]
    told = " ".join([*said.values(), *(prose.title(name, 3) for name in catalogue.PAGES)])
    assert not re.search(r"\b([Dd]igits?|threes?|an? [0-9])\b|[{}]", told)
    with speaking("mnist"):
        for name, page in catalogue.PAGES.items():
            assert prose.title(name, 7) == page.title
        assert terms.every()["hard label"].line.endswith("this is a 7. Also called a hard target.")
        assert "here the digits 0 to 9" in terms.every()["class"].words
