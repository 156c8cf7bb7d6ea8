"""The lesson on ablations, against means by hand."""

import numpy as np
import pytest
from scipy import stats

from dashboard.topics.lab.ablations.lesson import LESSON, setting_name
from tests.dashboard.lesson import agrees, unshown, walk

ADDRESS = {"ablation": "student-size"}


def seeds_of(table):
    found = {}
    for row in table["rows"]:
        found.setdefault(str(row["parameters"]), []).append(row["student_after"]["errors"])
    return sorted(found.values(), key=np.mean)


def expected_best_and_worst(c):
    best, *_, worst = seeds_of(c.table("student-size"))
    return [f"**{np.mean(worst) - np.mean(best):,.0f} images** of 10,000"]


def expected_beyond_chance(c):
    """By Bonferroni, which tells of no pair that Holm does not: p times 45 pairs of ten sizes."""
    best, *_, worst = seeds_of(c.table("student-size"))
    is_told = 45 * stats.ttest_rel(best, worst).pvalue <= 0.05
    return ["**differs**" if is_told else "**cannot tell**", "10 settings, so all 45 pairs"]


def expected_trained_in_all(c):
    return [f"**{len(c.table('student-size')['rows'])} students**"]


def test_settings_are_named_in_words():
    assert setting_name({}) == "the recipe as it is"
    named = setting_name({"teacher.epochs": 3, "hidden_sizes": [30, 30]})
    assert named == "teacher's epochs 3, hidden sizes 30-30"


@pytest.mark.parametrize("answer", LESSON.answers)
def test_an_answer_says_what_another_computation_finds(context_of, answer):
    agrees(answer, globals(), context_of(**ADDRESS))


def test_the_panel_answers_and_its_python_gives_the_numbers_of_the_page(full_store):
    text, _, printed = walk("lab", tab="ablations", **ADDRESS)
    assert unshown(printed, text) == []
