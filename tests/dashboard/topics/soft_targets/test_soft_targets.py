"""The soft-target page's views against brute force, its charts as specifications, its page."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest

from dashboard.core import numbers as number_words
from dashboard.core import show
from dashboard.core.experiment import Experiment
from dashboard.figures import temperatures
from dashboard.topics.soft_targets import charts
from dashboard.topics.soft_targets import figures as views
from tests.conftest import make_store
from tests.dashboard.pages import open_page

LABELS = np.array([5, 5, 3, 8, 0], dtype=np.uint8)


def toy(omitted=(3,), temperature=20.0, teacher=None) -> Experiment:
    """Return five images: a sure 5 near 3, a torn 5, a 3, a sure 8 far from 3, a sure 0 near 6."""
    logits = np.zeros((5, 10), dtype=np.float32)
    logits[0, [5, 3]] = 20.0, 12.0
    logits[1, [5, 3]] = 10.0, 9.9
    logits[2, [3, 5]] = 20.0, 14.0
    logits[3, [8, 3]] = 20.0, 2.0
    logits[4, [0, 6]] = 20.0, 14.0
    student = SimpleNamespace(
        key="student",
        config=SimpleNamespace(omitted_classes=omitted, temperature=temperature, dataset="digits"),
        test_logits=logits / 2,
        test_labels=LABELS,
    )
    said = logits if teacher is None else teacher
    return Experiment(
        student=student,
        teacher=SimpleNamespace(key="teacher", test_logits=said, test_labels=LABELS),
        baseline=None,
        omitted_class=omitted[0] if omitted else None,
    )


def softmax(logits, temperature):
    """Return softmax term by term."""
    powers = [math.exp(float(logit) / temperature) for logit in logits]
    return [power / sum(powers) for power in powers]


def test_slider_report_is_checked_before_use():
    assert temperatures.dragged({"selection": {"temperature": [{"T": 4.3}]}}) == 4.3
    for broken in (None, {}, {"selection": {"temperature": {}}}, {"selection": {}}):
        assert temperatures.dragged(broken) is None
    for no_number in ("x", 10**400):
        reported = {"selection": {"temperature": [{"T": no_number}]}}
        assert temperatures.dragged(reported) is None


def test_telling_image_is_a_sure_one_that_hides_the_omitted_class():
    assert views.telling_image(toy()) == 0
    # With nothing omitted the second choice may be any class: 14 of 20 beats 12 of 20.
    assert views.telling_image(toy(omitted=())) == 2
    # With 6 omitted only the 0 has it in second place.
    assert views.telling_image(toy(omitted=(6,))) == 4


def test_telling_image_falls_back_on_the_least_certain():
    flat = np.zeros((5, 10), dtype=np.float32)
    flat[[0, 1, 2, 4], 1] = 3.0
    assert views.telling_image(toy(teacher=flat)) == 3


def test_images_are_walked_through_by_entropy_within_a_digit():
    shown = toy()
    entropies = [
        -sum(p * math.log(p) for p in softmax(logits, 1.0)) for logits in shown.teacher.test_logits
    ]
    listed = views.images(shown, None)
    assert listed.tolist() == sorted(range(5), key=lambda i: -entropies[i])
    fives = views.images(shown, 5)
    assert fives.tolist() == [1, 0]
    assert views.neighbour(fives, 1, 1) == 0
    assert views.neighbour(fives, 0, 1) == 0
    assert views.neighbour(fives, 0, -1) == 1
    assert views.neighbour(fives, 4, 1) == 1
    assert views.neighbour(views.images(shown, 9), 4, 1) == 4
    assert "2 of 2 test fives" in views.place_sentence(fives, 0, 5)
    assert "Not among" in views.place_sentence(fives, 4, 5)


def test_wrong_classes_are_the_likeliest_or_the_chosen_ones():
    shown = toy()
    auto = views.MOST_LIKELY
    assert views.wrong_classes(shown, 0, auto, auto) == (3, 0)
    assert views.wrong_classes(shown, 0, 7, auto) == (7, 3)
    assert views.wrong_classes(shown, 0, 7, 8) == (7, 8)
    for pair in ((5, auto), (7, 7), (auto, 5)):
        assert views.wrong_classes(shown, 0, *pair) == (3, 0)
        assert "instead" in views.wrong_classes_problem(shown, 0, *pair)
    # The second choice may be what the first would have been.
    assert len(set(views.wrong_classes(shown, 0, auto, 3))) == 2
    assert views.wrong_classes_problem(shown, 0, 7, 8) is None


def test_distributions_hold_both_networks_logits_and_the_gap_of_the_pair():
    table = views.distributions(toy(), 0, 3, 0)
    teacher = table[table["role"] == "teacher"]
    assert teacher["logit"].tolist() == [0, 0, 0, 12, 0, 20, 0, 0, 0, 0]
    assert set(teacher["gap"]) == {12.0}
    assert set(table[table["role"] == "student"]["gap"]) == {6.0}
    assert table[table["is_omitted"]]["digit"].tolist() == [3, 3]
    assert "omitted" in teacher["name"].iloc[3] and "true" in teacher["name"].iloc[5]


def test_side_by_side_is_the_softmax_at_each_temperature():
    table = views.side_by_side(toy(), 0, "student")
    for temperature in views.SIDE_BY_SIDE:
        rows = table[table["temperature"] == f"T = {temperature:g}"]
        logits = toy().student.test_logits[0]
        np.testing.assert_allclose(rows["probability"], softmax(logits, temperature), atol=1e-12)


def test_sentence_is_made_of_the_teachers_logits():
    shown = toy()
    text = views.sentence(shown, 0, 20.0)
    assert text.startswith("For this 5 the teacher gives “3” only ")
    plain, soft = (softmax(shown.teacher.test_logits[0], t)[3] for t in (1.0, 20.0))
    assert f"**{100 * plain:.3f}\u00a0%**" in text and f"**{100 * soft:.1f}\u00a0%**" in text
    moved = shown.teacher.test_logits.copy()
    moved[0, 8] = 13.0
    assert "“8”" in views.sentence(toy(teacher=moved), 0, 20.0)
    assert "At T = 4 it" in views.sentence(shown, 0, 4.0)
    assert views.sentence(shown, 0, 1.0) == text.replace("At T = 20 it", "Raise T to 20 and it")


def test_sentence_says_only_where_it_is_little():
    assert "only" not in views.sentence(toy(), 1, 20.0)
    assert "Raise" not in views.sentence(toy(temperature=1.0), 0, 1.0)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (1e-9, "less than 0.0001\u00a0%"),
        (0.000318, "0.032\u00a0%"),
        (0.0123, "1.2\u00a0%"),
        (0.0994, "9.9\u00a0%"),
        (0.1739, "17.4\u00a0%"),
        (0.9968, "99.68\u00a0%"),
        (0.999999, "more than 99.99\u00a0%"),
        (1.0, "100\u00a0%"),
    ],
)
def test_percent_keeps_the_digits_that_mean_something(share, text):
    assert number_words.fine_percent(share) == text


def test_caption_names_label_and_both_answers():
    told = "Test image 2: a 3. Teacher says 3"
    assert views.caption(toy(), 2, True) == f"{told}, student says 3."
    assert views.caption(toy(), 2, False) == f"{told}."


def test_the_students_answer_is_shown_when_it_is_asked_for(small_store):
    page = open_page("soft_targets")
    assert "student says" not in page.main.get("html")[-1].proto.body
    page.toggle(key="soft_targets_student").set_value(True).run()
    assert not page.exception
    assert "student says" in page.main.get("html")[-1].proto.body
    assert page.query_params["student"] in ("1", ["1"])


def specification(image, temperature=20.0, log_scale=False):
    """Return the chart's specification without its data."""
    table = views.distributions(toy(), image, 3, 0)
    figure = charts.softened_distributions(table, temperature, log_scale=log_scale).to_dict()
    assert len(figure.pop("datasets")) == 1
    figure.pop("data")
    return figure


def test_slider_is_bound_in_the_browser_from_1_to_50():
    (parameter,) = specification(0, 7.5)["params"]
    assert parameter["bind"] == {
        "input": "range",
        "min": 1,
        "max": 50,
        "step": 0.1,
        "name": "Temperature T",
    }
    assert parameter["value"] == [{"T": 7.5}]
    assert parameter["select"] == {"fields": ["T"], "type": "point"}


def test_another_image_changes_the_data_only():
    assert json.dumps(specification(0)) == json.dumps(specification(4))
    assert specification(0) != specification(0, log_scale=True)


def test_omitted_class_has_a_frame_and_the_student_hollow_bars():
    layers = specification(0)["layer"]
    assert any(
        layer["mark"].get("strokeDash") for layer in layers if layer["mark"]["type"] == "rect"
    )
    bars = next(layer for layer in layers if layer["mark"]["type"] == "bar")
    assert "teacher" in json.dumps(bars["encoding"]["fillOpacity"])


def test_temperatures_side_by_side_describe_what_they_show():
    table = views.side_by_side(toy(), 0, "teacher")
    figure = charts.temperatures_side_by_side(table, log_scale=True).to_dict()
    assert "T = 1, T = 10, T = 20, T = 50" in figure["description"]
    assert (
        f"{softmax(toy().teacher.test_logits[0], 50.0)[5]:.3f} at T = 50" in figure["description"]
    )
    assert figure["layer"][0]["encoding"]["y"]["scale"]["type"] == "log"


def lead(page):
    """Return the page's first sentence."""
    return page.main.markdown[0].value


def test_page_opens_with_the_sentence_of_its_image(small_store):
    page = open_page("soft_targets", image="7", T="4.5")
    assert not page.exception and not page.warning
    assert lead(page).startswith("For this ") and "At T = 4.5 it" in lead(page)
    assert page.number_input(key="soft_targets_image").value == 7


@pytest.mark.parametrize(
    "query",
    [
        *[{"T": text} for text in ("banana", "nan", "NaN", "inf", "-2", "0.99", "50.1", "500")],
        *[{"image": text} for text in ("-1", "100000", "banana", "1.0", "٣", "9" * 5000)],
        {"digit": "x"},
    ],
)
def test_bad_address_is_named_and_the_default_taken(small_store, query):
    usual = lead(open_page("soft_targets"))
    page = open_page("soft_targets", **query)
    assert not page.exception
    (name, text), *_ = query.items()
    (warning,) = page.warning
    assert f"{name}={show.shown(text)}, which" in warning.value and len(warning.value) < 250
    assert lead(page) == usual


def test_next_previous_number_and_filter_choose_the_image(small_store):
    page = open_page("soft_targets")
    page.number_input(key="soft_targets_image").set_value(10).run()
    page.button(key="soft_targets_next").click().run()
    after = page.query_params["image"]
    assert after != "10"
    page.button(key="soft_targets_previous").click().run()
    assert page.query_params["image"] == "10"
    page.button(key="soft_targets_previous").click().run()
    assert page.query_params["image"] not in ("10", after)
    page.number_input(key="soft_targets_image").set_value(42).run()
    assert "Test image 42: " in page.main.get("html")[-1].proto.body
    page.selectbox(key="soft_targets_digit").set_value(8).run()
    assert lead(page).startswith("For this 8 ")
    assert page.query_params["digit"] == "8"
    assert not page.exception


def test_another_runs_pictures_start_at_its_own_default(empty_store):
    make_store(empty_store)
    make_store(empty_store, dataset="mnist")
    page = open_page("soft_targets", image="399")
    assert page.number_input(key="soft_targets_image").value == 399
    menu = page.selectbox(key="sidebar_run")
    menu.select_index(1 - menu.index).run()
    assert not page.exception
    assert page.number_input(key="soft_targets_image").value != 399
