"""The first page's lesson, against counting by brute force."""

import subprocess
import sys

import pytest

from dashboard.classroom.lessons import number
from dashboard.core.numbers import percent
from dashboard.topics.story.lesson import LESSON
from tests.dashboard.lesson import agrees, numbers, right, unshown, walk, weights_of
from tests.dashboard.pages import ROOT, open_page, parts

PAGE = "story"


def expected_rescued(c):
    total, student = list(c.run.student.test_labels).count(3), c.run.student
    before, after = right(student, 3), right(student, 3, c.chosen)
    assert 0 < before < after < total
    return [
        f"{after - before:,} of {total - before:,}",
        percent((after - before) / (total - before)),
    ]


def expected_parameters(c):
    return [
        f"**{sum(w.size + b.size for w, b in weights_of(c, role)):,}**"
        for role in ("teacher", "student")
    ]


def expected_guessing(c):
    total = list(c.run.student.test_labels).count(3)
    return [f"**{right(c.run.student, 3):,}**", f"{number(total / 10)} of {total}"]


def test_the_python_runs_as_it_lies_there(monkeypatch):
    monkeypatch.delenv("KDENGINE_CACHE_DIR", raising=False)
    command = [sys.executable, "-m", "dashboard.topics.story.snippet"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert len(numbers(done.stdout)) == 4


@pytest.mark.parametrize("answer", LESSON.answers)
def test_an_answer_says_what_another_computation_finds(context_of, answer):
    agrees(answer, globals(), context_of())


def test_the_panel_answers_and_its_python_gives_the_numbers_of_the_page(full_store):
    text, _, printed = walk(PAGE)
    (wall,) = parts(open_page(PAGE), "story_wall")
    shown = [f"{one['right']} {one['label']}" for one in wall["networks"]]
    assert unshown(printed, f"{text} {wall['count']} {shown}") == []
