"""The studies since 2015: nothing is told before a guess, and every number is the table's."""

import json
import re
from statistics import mean, stdev
from types import SimpleNamespace

import numpy as np
import pytest

from dashboard.topics.lab.since_2015 import charts, figures
from dashboard.topics.lab.since_2015.lesson import LESSON
from kdengine.studies.since_2015 import known
from tests.dashboard import fake_studies
from tests.dashboard.lesson import printed_by, toggles_of
from tests.dashboard.pages import alternative, open_page, said


def text_of(page):
    return " ".join(element.value for element in page.main.markdown)


@pytest.mark.parametrize("name", figures.NAMES)
def test_a_guess_comes_first_and_then_the_picture_with_the_tables_numbers(full_store, name):
    fake_studies.install(name)
    page = open_page("lab", tab="since_2015", study=name)
    assert not page.exception
    assert not page.get("vega_lite_chart") and "differs" not in text_of(page).lower()
    guesses = figures.told(name)["guesses"]
    page.button(key=f"lab_{next(iter(guesses))}").click().run()
    assert not page.exception
    assert f"You guessed: {next(iter(guesses.values())).lower()}." in text_of(page)
    drawn = page.get("vega_lite_chart")
    assert len(drawn) == len(figures.told(name)["pictures"]) + (name == "smoothing")
    for chart in drawn:
        title = said(chart).get("line0") or json.loads(chart.proto.spec)["title"]
        assert "{" not in title and alternative(chart).startswith(title)
    assert "{" not in text_of(page)
    assert "| differs |" in text_of(page) or "| cannot tell |" in text_of(page)


@pytest.mark.parametrize("name", figures.NAMES)
def test_words_name_only_variants_and_figures_that_there_are(name):
    """A slip of the pen in `words.toml` would stop the page."""
    study, words = known.STUDIES[name], figures.told(name)
    text = json.dumps(words)
    for variant, figure in re.findall(r"\{([a-z0-9-]+)\.([a-z0-9-]+)\}", text):
        assert variant in study.variants and figure in study.figures
    compared = words["compared"]
    assert {each for pair in compared["pairs"] for each in pair} == set(compared["names"])
    for each in compared["names"]:
        variant, _, figure = each.partition(".")
        assert variant in study.variants and (figure or compared["figure"]) in study.figures


def test_a_number_is_the_mean_and_deviation_over_seeds():
    table = fake_studies.table("pictures", 4)
    own = [seed["rows"]["big"]["right"] for seed in table["seeds"]]
    wanted = f"{100 * mean(own):.1f} ± {100 * stdev(own):.1f}\u00a0%"
    assert figures.filled("a {big.right} b", table) == f"a {wanted} b"
    points = figures.points(table, figures.told("pictures")["pictures"][0])
    assert len(points) == len(known.STUDIES["pictures"].variants)
    last = points[points["x"] == "its student, on noise from 0 to 1"].iloc[0]
    assert last["mean"] == pytest.approx(mean(own))
    assert last["high"] - last["mean"] == pytest.approx(stdev(own))


def test_curves_are_drawn_of_the_settings_on_their_axis():
    table = fake_studies.table("smoothing")
    points = figures.points(table, figures.told("smoothing")["pictures"][0])
    assert sorted(points["x"].unique()) == [0.0, 0.02, 0.05, 0.1]
    assert len(points) == 10  # three curves
    own = points[points["series"] == "at T = 2"].set_index("x")["mean"]
    wanted = [seed["rows"]["cool-10"]["missed"] for seed in table["seeds"]]
    assert own[0.1] == pytest.approx(mean(wanted))
    drawn = charts.picture(points, figures.told("smoothing")["pictures"][0], False, "T").to_dict()
    assert len(drawn["layer"]) == 3


def test_the_groups_of_the_first_seed_are_named_without_digits_by_themselves():
    table = fake_studies.table("specialists")
    table["seeds"][0]["lists"]["groups"] = [1, 2, 3, 4, 5, 4, 1, 6, 4, 5]
    assert figures.filled("({groups})", table) == "(0 and 6; 3, 5 and 8; 4 and 9)"


def test_a_verdict_is_that_of_the_figures_in_its_row():
    words, table = figures.told("smoothing"), fake_studies.table("smoothing")
    for number, seed in enumerate(table["seeds"]):
        seed["rows"]["warm-0"]["teacher"], seed["rows"]["warm-10"]["teacher"] = 100, 90 + number / 9
    rows = figures.verdict(table, words).splitlines()
    assert len(rows) == 2 + len(words["compared"]["pairs"])
    (own,) = [row for row in rows if row.startswith("| the teacher, smoothed by 0.1: **90 ± 0**")]
    assert own.endswith("| the teacher, plain labels: **100 ± 0** | differs |")


def test_too_few_seeds_have_numbers_and_no_verdict():
    words = figures.told("inherited")
    assert "without a verdict" in figures.verdict(fake_studies.table("inherited", 2), words)
    assert "differs" in figures.verdict(fake_studies.table("inherited", 3), words)


def test_without_a_table_the_page_says_which_command_makes_it(full_store):
    page = open_page("lab", tab="since_2015", study="noise", guess="show")
    assert not page.exception
    if not page.get("vega_lite_chart"):
        assert "sweep noise" in page.main.info[0].value


def test_the_wall_of_mistakes_counts_what_is_repeated():
    """Five images: the teacher errs on three of them."""
    truth = np.array([0, 1, 2, 3, 4])

    def answers(said):
        logits = np.eye(10)[said].astype(np.float32)
        config = SimpleNamespace(seed=0)
        return SimpleNamespace(test_logits=logits, test_labels=truth, config=config)

    shown = SimpleNamespace(teacher=answers([0, 7, 7, 7, 4]), student=answers([0, 7, 7, 3, 5]))
    table = fake_studies.table("inherited")
    for seed in table["seeds"]:
        seed["lists"] = {"wrong": [1.0, 7.0, 2.0, 8.0]}
    found = figures.mistakes(table, shown)
    assert (found["teacher"], found["own"], found["other"]) == (3, 2, 1)
    assert found["agree"] == pytest.approx(3 / 5)
    assert [card["image"] for card in found["cards"]] == [1, 2, 3]
    assert [line["said"] for line in found["cards"][1]["lines"]] == [7, 7, 8]


# The lesson


def of(name, variant, figure):
    return mean(seed["rows"][variant][figure] for seed in fake_studies.table(name)["seeds"])


EXPECTED = {
    "inherited": lambda: (
        of("inherited", "own", "teacher-wrong") * of("inherited", "own", "student-wrong") / 90_000
    ),
    # 784-256-256-10 with biases
    "noise": lambda: 6_000_000 / (784 * 256 + 256 + 256 * 256 + 256 + 256 * 10 + 10),
    "pictures": lambda: 10 * of("pictures", "photographs", "right"),
    "smoothing": lambda: of("smoothing", "warm-10", "missed") / of("smoothing", "warm-0", "missed"),
    "less_data": lambda: (
        100 - 100 * of("less-data", "soft-6000", "errors") / of("less-data", "hard-6000", "errors")
    ),
    "specialists": lambda: (
        100 * of("specialists", "generalist", "within") / of("specialists", "generalist", "errors")
    ),
    "label_shift": lambda: (
        (of("label-shift", "given-12", "errors") - of("label-shift", "given-10", "errors")) / 2
    ),
}


@pytest.mark.parametrize("answer", LESSON.answers, ids=lambda answer: answer.__name__)
def test_an_answer_says_what_another_computation_finds(answer):
    context = SimpleNamespace(stored=lambda name, command: fake_studies.table(name), address={})
    found, *_ = re.findall(r"\*\*([\d,.]+)", answer(context))
    assert float(found.replace(",", "")) == pytest.approx(EXPECTED[answer.__name__](), rel=6e-3)
    assert LESSON.question(answer)


@pytest.mark.parametrize("name", figures.NAMES)
def test_a_study_asks_its_own_question_alone(full_store, name):
    """Another's answer would tell what its guess asks."""
    fake_studies.install(name)
    app = open_page("lab", tab="since_2015", study=name, guess="show", learn="exercises")
    assert not app.exception
    (toggle,) = toggles_of(app)
    (answer,) = LESSON.fitting(SimpleNamespace(address={"study": name}))
    assert answer.__name__ == name.replace("-", "_")
    assert f"**1.** {LESSON.question(answer)}" in text_of(app)
    assert sum(LESSON.question(each) in text_of(app) for each in LESSON.answers) == 1
    app = toggle.set_value(True).run()
    assert len(app.main.success) == 1


def test_formula_and_python_are_those_of_the_study_shown(full_store):
    fake_studies.install("specialists")
    app = open_page("lab", tab="since_2015", study="specialists", guess="show", learn="python")
    assert not app.exception
    (code,) = app.main.code
    assert 'name = "specialists"' in code.value
    printed = printed_by(code.value)
    errors = [
        seed["rows"]["longer"]["errors"] for seed in fake_studies.table("specialists")["seeds"]
    ]
    assert f"longer, errors: {mean(errors):.4g} ± {stdev(errors):.2g}" in printed
    app = open_page("lab", tab="since_2015", study="specialists", guess="show", learn="formula")
    generalist, with_them = (
        f"{mean(e):,.0f} ± {stdev(e):,.0f}"
        for e in (
            [seed["rows"][variant]["errors"] for seed in fake_studies.table("specialists")["seeds"]]
            for variant in ("generalist", "specialists")
        )
    )
    assert not app.exception
    assert f"errors: {generalist} → {with_them}" in app.main.latex[0].value
