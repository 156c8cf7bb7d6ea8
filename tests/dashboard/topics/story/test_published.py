"""The story's table of published figures: what the sources state, written down a second time."""

from dataclasses import replace

import pytest

from dashboard.topics.story import published
from kdengine.offsets.criteria import PAPER_OFFSET
from kdengine.recipes.sources import hinton2015


def test_what_the_story_shows_is_what_the_sources_state():
    table = published.published().reset_index()
    columns = ["Published by", "What", "Figure", "Measured on"]
    shown = [tuple(row) for row in table[columns].itertuples(index=False)]
    paper = "[Hinton, Vinyals & Dean (2015)](https://arxiv.org/abs/1503.02531)"
    numpy = "[hinton-problems (numpy)](https://github.com/cybertronai/hinton-problems)"
    before, after = "student without 3, before", "student without 3, after"
    probe = "seed 0, offset +2.696, first 5,000 training images"
    assert shown == [
        (paper, "teacher, errors", "67", "10,000 test images, jitter, dropout, max-norm"),
        (paper, "student on hard labels, all digits, errors", "146", "10,000 test images"),
        (paper, "student distilled, all digits, errors", "74", "10,000 test images, T=20"),
        (paper, f"{before}, errors (on threes)", "206 (133)", "1,010 threes"),
        (
            paper,
            f"{after}, errors (on threes)",
            "109 (14)",
            "offset +3.5, chosen on the test set",
        ),
        (
            numpy,
            "teacher, accuracy (on threes)",
            "98.39\N{NO-BREAK SPACE}% (97.43\N{NO-BREAK SPACE}%)",
            "seed 0",
        ),
        (
            numpy,
            f"{before}, accuracy (on threes)",
            "97.83\N{NO-BREAK SPACE}% (91.88\N{NO-BREAK SPACE}%)",
            "seed 0",
        ),
        (
            numpy,
            f"{after}, accuracy (on threes)",
            "98.07\N{NO-BREAK SPACE}% (97.82\N{NO-BREAK SPACE}%)",
            probe,
        ),
    ]


def test_another_figure_of_a_source_changes_its_row():
    """Nothing is written down twice."""
    figures = tuple(replace(one, value=one.value + 1) for one in hinton2015.SOURCE.figures)
    other = replace(hinton2015.SOURCE, figures=figures)
    row = published._row(other, "student without 3, after, errors", "", " on threes")
    assert row["Figure"] == "110 (15)"
    with pytest.raises(ValueError, match="states no figure called 'nothing'"):
        published._row(other, "nothing", "")


def test_the_papers_pair_and_offset_are_the_engines():
    pair = {"kept": (7, 8), "before": 0.473, "after": 0.132, "offset": -7.6}
    assert pair == hinton2015.TWO_DIGITS
    assert hinton2015.SOURCE.figure("student without 3, offset").value == PAPER_OFFSET
