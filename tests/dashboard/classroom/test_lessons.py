"""The panel below every page, a lesson's Python and the words it is written in."""

import pytest

from dashboard.classroom import lessons
from dashboard.core import prose
from dashboard.topics.story.lesson import LESSON
from tests.conftest import make_store
from tests.dashboard.lesson import is_shown, numbers, open_part, toggles_of
from tests.dashboard.pages import open_page


def test_the_check_of_numbers_notices_a_wrong_one():
    tokens = numbers("**905 of 1,010** threes, 3.5\u00a0%")
    assert is_shown("905", tokens) and is_shown("1010", tokens) and is_shown("3.4999", tokens)
    assert (
        not is_shown("906", tokens) and not is_shown("3.56", tokens) and not is_shown("4", tokens)
    )


def test_a_snippet_without_the_wanted_line_is_an_error():
    with pytest.raises(KeyError, match="story/snippet.py does not assign nonsense once"):
        lessons.snippet(LESSON.snippet, {"nonsense": 1})


@pytest.mark.parametrize("omitted", [(), (3, 5)])
@pytest.mark.parametrize("page", ["soft_targets", "draw", "train"])
def test_the_panel_survives_other_choices_of_digits(empty_store, page, omitted):
    make_store(empty_store, omitted=omitted)
    app = open_page(page, learn="exercises")
    assert len(toggles_of(app)) == 3
    for toggle in toggles_of(app):
        toggle.set_value(True)
    assert not app.run().exception
    for part in ("formula", "python", "words"):
        assert not open_part(app, part).exception


def test_an_unknown_part_is_refused_and_the_panel_stays_closed(small_store):
    opened = open_page("story", learn="<b>everything")
    assert not opened.exception
    assert any("learn=` <b>everything `" in warning.value for warning in opened.warning)
    assert not opened.main.expander[-1].proto.expanded


def test_the_words_of_a_page_are_those_of_the_glossary(small_store):
    opened = open_page("soft_targets", learn="words")
    assert any("**Softmax**" in text.value for text in opened.main.markdown)


def test_there_is_no_lesson_where_there_is_no_module():
    assert lessons.load("dashboard.topics.glossary.lesson") is None
    assert lessons.load("dashboard.topics.story.lesson") is LESSON


def test_words_are_unfolded_and_missing_ones_name_their_file(tmp_path):
    (tmp_path / "words.toml").write_text(
        '[notes]\nlong = """\nOne line\nand another.\n\nA paragraph.\n- a point\n- another"""\n'
    )
    notes = prose.beside(str(tmp_path / "page.py"))["notes"]
    assert notes["long"] == "One line and another.\n\nA paragraph.\n- a point\n- another"
    with pytest.raises(KeyError, match=r"words.toml \[notes\] has no words for 'short'"):
        notes["short"]


def test_an_answer_shown_in_one_view_does_not_tell_another_views(small_store):
    app = open_page("lab", learn="exercises", tab="omission")
    toggles_of(app)[0].set_value(True).run()
    assert len(app.main.success) == 1
    app.query_params["tab"] = "t_squared"
    app.run()
    assert [toggle.value for toggle in toggles_of(app)] == [False] * 3
    assert not app.main.success
