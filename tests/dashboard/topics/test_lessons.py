"""What the lessons of all topics keep to: whole, short, asked of the run, none left over."""

import ast
import re

import pytest

from dashboard import catalogue
from dashboard.classroom import lessons
from dashboard.core import prose
from dashboard.topics.lab.since_2015 import figures
from tests.dashboard import fake_studies

TOPICS = catalogue.DASHBOARD / "topics"
MODULES = {
    path.relative_to(TOPICS).with_suffix("").as_posix().replace("/", ".")
    for path in TOPICS.rglob("*lesson.py")
}
LESSONS = {name: lessons.load(f"dashboard.topics.{name}") for name in sorted(MODULES)}
STUDIES = "lab.since_2015.lesson"  # one exercise a study
# Of the tables that the small store has.
ADDRESSES = {
    "lab.ablations.lesson": {"ablation": "student-size"},
    "lab.reproductions.lesson": {"source": "am207"},
}


def test_every_page_that_computes_something_has_a_lesson():
    """The tour leads to pages that have theirs, a vote asks itself, a glossary explains words."""
    own = {
        page.name: re.sub(r"{\w+}", r"\\w+", page.lesson_module)
        for page in catalogue.PAGES.values()
    }
    found = {
        n
        for n, own in own.items()
        if any(re.fullmatch(own, f"dashboard.topics.{m}") for m in MODULES)
    }
    assert catalogue.PAGES.keys() - found == {"tour", "vote", "glossary"}


@pytest.mark.parametrize("page", LESSONS)
def test_a_lesson_is_whole(page):
    lesson = LESSONS[page]
    exercises = len(figures.NAMES) if page == STUDIES else 3
    assert len({lesson.question(answer) for answer in lesson.answers}) == exercises
    assert lesson.snippet.is_file()


def test_no_question_and_no_snippet_is_left_over():
    asked = {
        (lesson.snippet.parent, a.__name__) for lesson in LESSONS.values() for a in lesson.answers
    }
    written = {
        (path.parent, name)
        for path in TOPICS.rglob("words.toml")
        for name in prose.beside(str(path)).get("questions", ())
    }
    assert written == asked
    assert set(TOPICS.rglob("*snippet.py")) == {lesson.snippet for lesson in LESSONS.values()}


@pytest.mark.parametrize("page", LESSONS)
def test_a_question_names_what_the_run_left_out(context_of, page):
    for answer in LESSONS[page].answers:
        question = lessons.asked(LESSONS[page].question(answer), context_of())
        assert question.endswith((".", "?", ")"))
        assert "{" not in question


@pytest.mark.parametrize("page", LESSONS)
def test_a_snippet_calls_the_engine_alone_and_is_short(page):
    source = LESSONS[page].snippet.read_text(encoding="utf-8")
    tree = ast.parse(source)
    imported = {n.module.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert imported <= {"statistics", "kdengine"}
    assert not any(isinstance(node, ast.Import) for node in ast.walk(tree))
    assert len(source.splitlines()) <= 45


@pytest.mark.parametrize("page", LESSONS)
def test_every_formula_has_numbers_words_and_whole_brackets(context_of, page):
    fake_studies.install("inherited")
    latex, words = LESSONS[page].formula(context_of(**ADDRESSES.get(page, {})))
    assert re.search(r"\d\.\d|\d ± \d", latex) and "nan" not in latex
    assert latex.count("{") == latex.count("}")
    assert words.endswith(".")
