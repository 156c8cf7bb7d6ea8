"""The lesson on synthetic data, against means by hand."""

import pytest

from dashboard.core.numbers import percent
from dashboard.topics.lab.synthetic.lesson import LESSON
from tests.dashboard.lesson import agrees, unshown, walk

ADDRESS = {"data": "0.6-0.8"}


def synthetic_errors(c):
    """Return the errors on the data set shown: teacher's, hard labels', distilled by T."""
    sums = {}
    seeds = c.table("synthetic")["seeds"]
    for seed in seeds:
        for record in seed["data_sets"]:
            if f"{record['class_separation']:g}-{record['informative_share']:g}" == "0.6-0.8":
                found = (record["teacher"], record["hard_student"], *record["distilled"])
                for place, errors in enumerate(found):
                    sums[place] = sums.get(place, 0) + errors
    teacher, hard, *distilled = (total / len(seeds) for total in sums.values())
    return teacher, hard, distilled


def expected_avoided(c):
    _, hard, distilled = synthetic_errors(c)
    return [f"**{hard - min(distilled):,.1f}** fewer", "at T = 3 "]


def expected_gap_closed(c):
    teacher, hard, distilled = synthetic_errors(c)
    return [f"**{percent((hard - min(distilled)) / (hard - teacher))}**"]


def expected_networks(c):
    seeds = c.table("synthetic")["seeds"]
    count = sum(2 + len(record["distilled"]) for seed in seeds for record in seed["data_sets"])
    return [f"**{count:,}**"]


@pytest.mark.parametrize("answer", LESSON.answers)
def test_an_answer_says_what_another_computation_finds(context_of, answer):
    agrees(answer, globals(), context_of(**ADDRESS))


def test_the_panel_answers_and_its_python_gives_the_numbers_of_the_page(full_store):
    text, _, printed = walk("lab", tab="synthetic", **ADDRESS)
    assert unshown(printed, text) == []
