"""The offset page: its tables against brute-force argmax, its words, its chart, its address."""

import base64
import dataclasses

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.core import numbers as number_words
from dashboard.core import runs
from dashboard.core.experiment import Experiment, offset_of
from dashboard.figures import criteria
from dashboard.topics.offset import charts, words
from dashboard.topics.offset import figures as views
from kdengine.config import run_key
from kdengine.offsets import thresholds
from kdengine.offsets.rule import CRITERIA
from kdengine.recipes import plans
from kdengine.store import runs as store
from kdengine.store.run_files import StoredRun
from tests.conftest import fake_logits, labels_of, make_store, save_fake_run
from tests.dashboard.pages import ROOT, open_page, parts, values

LOW, HIGH = -4.0, 10.0


def run_of(name, config, logits, labels) -> StoredRun:
    """Return a run that answers training and test images alike."""
    return StoredRun(
        name,
        config,
        {},
        train_logits=logits,
        train_labels=labels,
        test_logits=logits,
        test_labels=labels,
    )


def toy(seed=0, omitted=3, omitted_classes=(3,)) -> Experiment:
    """Return an experiment whose logits are small integers, so that ties abound."""
    rng = np.random.default_rng(seed)
    made = plans.experiment(dataset="digits", omitted_classes=omitted_classes, seed=0)
    labels = np.tile(np.arange(10), 30).astype(np.uint8)
    logits = rng.integers(-3, 4, (len(labels), 10)).astype(np.float32)
    logits[np.arange(len(labels)), labels] += 4
    logits[:, omitted] -= 4
    student = run_of("toy", made.student, logits, labels)
    answers = logits + (np.arange(10) == omitted).astype(np.float32) * 4
    teacher = run_of("toy teacher", made.teacher, answers, labels)
    return Experiment(student=student, teacher=teacher, baseline=None, omitted_class=omitted)


def test_the_teachers_mass_over_the_transfer_images_alone_has_no_threes_to_go_by():
    """The toy's teacher is the student but for 4 more on 3: that is what every image asks for."""
    told = words.taught_alone(toy())
    assert told.startswith("Over the transfer images alone it would choose +4.000:")
    assert "unlabelled threes" in told


def test_the_documents_say_what_the_shipped_run_does_without_unlabelled_threes():
    config = plans.experiment().student
    shown = runs.experiment(run_key(config))
    whole = criteria.choices(shown, None).set_index("criterion").loc["teacher-mass", "offset"]
    alone = float(words.taught_alone(shown).partition("choose ")[2].partition(":")[0])
    prose = " ".join((ROOT / "docs" / "results.md").read_text().split())
    assert f"choose {alone:+.2f} for the shipped student in place of {whole:+.2f}." in prose


def brute_force(experiment, offset) -> np.ndarray:
    """Return right answers by class, by argmax over shifted logits."""
    logits = np.array(experiment.student.test_logits, dtype=np.float64)
    logits[:, experiment.omitted_class] += offset
    labels = experiment.student.test_labels
    return np.bincount(labels[logits.argmax(axis=1) == labels], minlength=10)


def browser_counts(table, offset) -> pd.Series:
    """Return what the chart's Vega transforms compute: gains summed where flip < offset."""
    return table[table["flip"] < offset].groupby(["group", "label"])["gain"].sum()


def shown_words(experiment) -> words.Words:
    """Return the toy's words."""
    return words.words(experiment, None)


@pytest.mark.parametrize("omitted", [0, 3, 9])
@pytest.mark.parametrize("offset", [LOW, -2.0, -0.5, 0.0, 1.0, 3.0, 3.25, 7.0, HIGH])
def test_flips_add_up_to_brute_force_at_ties_too(omitted, offset):
    experiment = toy(seed=omitted, omitted=omitted)
    counts = browser_counts(views.flips(experiment, LOW, HIGH), offset)
    right = brute_force(experiment, offset)
    for digit in range(10):
        own = "omitted" if digit == omitted else "others"
        assert counts["all", digit] == counts[own, digit] == right[digit]


def test_flips_hold_only_images_that_change_a_count_and_their_group_sizes():
    experiment = toy()
    table = views.flips(experiment, LOW, HIGH)
    images = table[(table["flip"] >= LOW)]
    assert set(images["gain"]) == {-1, 1}
    assert (images[images["gain"] == 1]["label"] == 3).all()
    assert table.groupby("group")["images"].agg(set).to_dict() == {
        "omitted": {30},
        "others": {270},
        "all": {300},
    }
    assert set(table["class_images"]) == {30}


def test_steps_follow_brute_force_between_their_rows():
    experiment = toy()
    curves = views.steps(experiment, LOW, HIGH)
    for offset in (-3.9, -0.5, 0.25, 2.5, 6.5, 9.9):
        right = brute_force(experiment, offset)
        expected = {"omitted": right[3], "others": right.sum() - right[3], "all": right.sum()}
        for group, curve in curves.groupby("group"):
            row = curve[curve["offset"] < offset].iloc[-1]
            assert row["right"] == expected[group]
            assert row["accuracy"] == expected[group] / row["images"]


def test_steps_keep_only_rows_where_the_count_changes_and_the_ends():
    for _, curve in views.steps(toy(), LOW, HIGH).groupby("group"):
        assert curve["offset"].is_monotonic_increasing
        assert curve["offset"].iloc[0] == LOW
        assert curve["offset"].iloc[-1] == HIGH
        assert (np.diff(curve["right"])[:-1] != 0).all()


def test_mass_rows_interpolate_to_a_millionth():
    experiment = toy()
    table = views.mass(experiment, 100, LOW, HIGH)
    logits = np.asarray(experiment.student.train_logits[:100], dtype=np.float64)
    for offset in (LOW, -1.2345, 0.0, 0.99, 3.5, 9.9999, HIGH):
        (row,) = table[(table["offset"] <= offset) & (offset < table["until"])].to_dict("records")
        shifted = np.exp(logits + offset * (np.arange(10) == 3))
        expected = (shifted[:, 3] / shifted.sum(axis=1)).mean()
        assert abs(row["mass"] + row["slope"] * (offset - row["offset"]) - expected) <= 1e-6


def test_criteria_are_the_engines_and_a_failing_one_says_why():
    experiment = toy()
    chosen = criteria.choices(experiment, None).set_index("criterion")
    assert chosen.loc["paper", "offset"] == 3.5
    mass = thresholds.mean_mass(
        experiment.student.train_logits, 3, chosen.loc["frequency", "offset"]
    )
    assert abs(mass - 0.1) <= 1e-6
    best = brute_force(experiment, chosen.loc["test-optimal", "offset"]).sum()
    assert best == max(brute_force(experiment, b).sum() for b in np.arange(-8, 14, 0.5))
    mass = thresholds.mean_mass(
        experiment.student.train_logits, 3, chosen.loc["teacher-mass", "offset"]
    )
    assert mass == pytest.approx(
        thresholds.mean_mass(experiment.teacher.train_logits, 3, 0.0), abs=1e-6
    )
    # The toy's teacher is its student with 4 more on a three: then the two agree on every image.
    assert chosen.loc["teacher-agreement", "offset"] == pytest.approx(4.0, abs=0.5)
    failing = criteria.choices(experiment, 1)
    offset, problem = criteria.chosen_by(failing, "predicted-share")
    assert offset == 0.0
    assert "use more probe images" in problem
    assert "predicted-share" not in set(views.marks(failing, LOW, HIGH)["mark"])


def test_slider_reaches_every_criterion():
    chosen = pd.DataFrame({"criterion": ["a", "b", "c"], "offset": [-6.3, np.nan, 12.1]})
    low, high = criteria.slider_range(chosen)
    assert low < -6.3
    assert high > 12.1
    assert criteria.slider_range(chosen.assign(offset=1.0)) == (-4.0, 10.0)


def test_marks_are_the_criteria_and_no_offset_in_words():
    marks = views.marks(criteria.choices(toy(), None), LOW, HIGH)
    assert set(marks["mark"]) == {"none", "frequency", "paper", "test-optimal"}
    assert marks["offset"].is_monotonic_increasing
    label = marks.set_index("mark")["label"]
    assert "chosen on the test set" in label["test-optimal"]
    assert label["paper"].startswith("+3.50")


@pytest.mark.parametrize(
    ("offsets", "begin"),
    [
        ([1.50, 3.5, 1.23], 4),  # the shipped run on MNIST
        ([6.40, 3.5, 5.56], 0),  # and that on digits
        ([284.06, 3.5, 283.66], 2),
        ([-284.06, 3.5, -283.66], 2),
    ],
)
def test_no_mark_leaves_the_plot_or_is_crossed_by_another_line(offsets, begin):
    named = ["frequency", "paper", "test-optimal"]
    chosen = pd.DataFrame({"criterion": named, "offset": offsets})
    low, high = criteria.slider_range(chosen)
    marks = views.marks(chosen, low, high)
    assert marks["side"].tolist() == ["left"] * begin + ["right"] * (4 - begin)
    assert sorted(marks["row"]) == list(range(4))
    pixels = 700  # as wide as the plot is in a window of 1280 pixels, a little less
    place = (marks["offset"] - low) / (high - low) * pixels
    width = 6.5 * marks["label"].str.len()
    for at, mark in marks.iterrows():
        start = place[at] - (width[at] if mark["side"] == "right" else 0)
        assert start >= 0
        assert start + width[at] <= pixels
        through = marks["row"] > mark["row"]  # these lines come down through this label's row
        own = place[at]
        others = place[through & (place != own)]
        assert not ((others > start) & (others < start + width[at])).any()


def test_sentence_counts_what_brute_force_counts():
    experiment = toy()
    was, now, less = (brute_force(experiment, offset)[3] for offset in (0.0, 6.0, -1.5))
    assert less < was < now
    added = "Add **6.00** to the student's score for “3” and it recognises"
    assert words.sentence(experiment, 6.0) == f"{added} **{now}** threes, not {was}."
    taken = "Take **1.50** from the student's score for “3” and it recognises"
    assert words.sentence(experiment, -1.5) == f"{taken} **{less}** threes, not {was}."
    nothing = f"With nothing added the student recognises **{was}** of 30 threes."
    assert words.sentence(experiment, 0.0) == nothing
    assert "**30** threes, as before." in words.sentence(better(experiment), 1.0)
    assert "sevens" in words.sentence(toy(omitted=7, omitted_classes=(7,)), 1.0)


def better(experiment) -> Experiment:
    """Return an experiment whose student knows every three."""
    logits = np.array(experiment.student.test_logits)
    logits[experiment.student.test_labels == 3, 3] += 20
    student = dataclasses.replace(experiment.student, test_logits=logits)
    return dataclasses.replace(experiment, student=student)


def test_what_a_wrong_share_does_is_counted_by_brute_force():
    experiment = toy()
    logits = np.asarray(experiment.student.train_logits, dtype=np.float64)

    def mass(offset):
        powers = np.exp(logits + offset * (np.arange(10) == 3))
        return (powers[:, 3] / powers.sum(axis=1)).mean()

    errors, right = {}, offset_of(experiment, "frequency")
    for share in (0.10, 0.20):
        low, high = -20.0, 20.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if mass(middle) < share else (low, middle)
        errors[share] = 300 - brute_force(experiment, low).sum()
    alone = 300 - brute_force(experiment, 0.0).sum()
    assert len({alone, *errors.values()}) == 3
    assert words.told(experiment, 20, right) == (
        f"Told **20\u00a0%**, it adds {number_words.signed(low)} and makes **{errors[0.20]}** "
        f"errors; with no offset it makes {alone}, told the truth {errors[0.10]}."
    )


def test_explanations_say_what_is_used():
    named = shown_words(toy())
    assert "no test image and no label of a single" in words.explanation("frequency", named)
    assert "10.00\u00a0%" in words.explanation("frequency", named)
    assert "looks at the labels of all 300 test images" in words.explanation("test-optimal", named)
    assert "on the test set, for their network" in words.explanation("paper", named)
    assert "Chosen by hand" in words.explanation(None, named)
    assert "300 unlabelled training images called 3" in words.explanation("predicted-share", named)


@pytest.mark.parametrize("criterion", ["teacher-mass", "teacher-agreement"])
def test_the_teachers_criteria_say_that_they_use_its_answers_and_no_label(criterion):
    said = words.explanation(criterion, shown_words(toy()))
    assert "all 300 unlabelled training images" in said
    assert (
        "It uses the teacher's answers to the training images; no label, no share of threes, "
        "no test image." in said
    )
    assert "Unlabelled threes are among those images" in said
    assert "the teacher itself learned from labels" in said


def test_every_criterion_has_its_words():
    assert tuple(criteria.CRITERION_NAMES) == CRITERIA
    for criterion in CRITERIA:
        assert words.explanation(criterion, shown_words(toy()))


def test_scope_says_that_only_one_of_several_classes_gets_an_offset():
    several = toy(omitted_classes=(3, 5))
    assert "never saw threes and fives" in words.scope(several, shown_words(several))
    assert "never saw" not in words.scope(toy(), shown_words(toy()))


def chart_of(experiment, start=1.0) -> dict:
    """Return the chart as Vega-Lite."""
    tables = views.tables(experiment, None, criteria.choices(experiment, None))
    return charts.offset_explorer(tables, shown_words(experiment), start).to_dict()


def test_chart_has_one_labelled_slider_and_fits_the_page():
    chart = chart_of(toy())
    (slider,) = [p for p in chart["params"] if "bind" in p]
    assert slider["name"] == views.SLIDER
    assert slider["value"] == 1.0
    assert slider["bind"]["input"] == "range"
    assert slider["bind"]["name"] == "Added to its score for 3"
    assert chart["autosize"]["type"] == "fit-x"
    assert "accuracy on threes goes from" in chart["description"]
    assert not any("width" in panel for panel in chart["vconcat"])


def test_accuracy_axes_show_every_curve():
    chart = chart_of(toy())
    low = min(
        layer["encoding"]["y"]["scale"]["domain"][0]
        for layer in chart["vconcat"][1]["layer"][1]["layer"]
        if "scale" in layer["encoding"].get("y", {})
    )
    assert 0.0 <= low <= views.steps(toy(), LOW, HIGH)["accuracy"].min()
    assert views.axis_floor(0.02) == 0.0
    assert views.axis_floor(0.789) == 0.75


def test_page_opens_with_the_frequency_criterion(small_store):
    page = open_page("offset")
    assert page.title[0].value == "The offset"
    assert lead(page).startswith("Add **")
    assert any("it needs unlabelled images with threes" in m.value for m in page.markdown)
    assert values(page, "offset")["told"] == 11  # a whole percent above the tenth that threes are
    assert values(page, "offset")["criterion"] == "frequency"
    assert values(page, "offset")["offset"] is None
    assert not page.warning


def save_brief() -> StoredRun:
    """Store, beside the fake students, one that learnt for one epoch, and return it."""
    student = plans.experiment(dataset="digits", student_epochs=1).student
    data, rng = labels_of("digits"), np.random.default_rng(8)
    logits = {name: fake_logits(rng, labels, (3,), 9.0) for name, labels in data.items()}
    save_fake_run(student, logits, data, rng)
    return store.load(run_key(student))


def test_all_of_the_page_speaks_of_the_student_of_one_epoch_where_one_is_stored(small_store):
    assert "offset_student" not in [each.key for each in open_page("offset").segmented_control]
    refused = open_page("offset", student="one-epoch")
    assert any("one-epoch" in warning.value for warning in refused.warning)

    brief = save_brief()
    page = open_page("offset", student="one-epoch", offset="2")
    assert not page.exception
    assert not page.warning
    own = brief.test_labels == 3
    right = int((brief.test_logits[own].argmax(axis=1) == 3).sum())
    assert f"threes, not {right}." in lead(page)
    (wall,) = parts(page, "offset_wall")
    assert (np.frombuffer(base64.b64decode(wall["flips"]))[: own.sum()] < 0).sum() == right
    page.segmented_control(key="offset_student").set_value("run").run()
    assert f"threes, not {right}." not in lead(page)
    assert "student" not in page.query_params


def lead(page: AppTest) -> str:
    """Return the sentence under the title."""
    return next(
        m.value for m in page.markdown if "the student" in m.value and "recognises" in m.value
    )


def test_address_sets_the_offset(small_store):
    page = open_page("offset", offset="2.25")
    assert "Add **2.25** to" in lead(page)
    assert page.query_params["offset"] == "2.25"
    assert page.segmented_control(key="offset_criterion").value is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("offset", "banana"),
        ("offset", "nan"),
        *[("offset", text) for text in ("inf", "1e9", "-99", "3,5")],
        ("criterion", "luck"),
        ("probe", "5000"),  # digits have 1,200 training images
        ("probe", "-1"),
        ("told", "0"),
    ],
)
def test_bad_address_gives_a_message_and_the_default(name, text, small_store):
    page = open_page("offset", **{name: text})
    assert not page.exception
    assert any(text in warning.value for warning in page.warning)
    assert lead(page) == lead(open_page("offset"))
    assert page.selectbox(key="offset_probe").value == "all"


def test_choosing_criterion_and_probe_changes_sentence_and_address(small_store):
    page = open_page("offset", offset="2.25")
    page.segmented_control(key="offset_criterion").set_value("paper").run()
    assert "Add **3.50** to" in lead(page)
    assert "offset" not in page.query_params
    page.selectbox(key="offset_probe").set_value("100").run()
    assert page.query_params["probe"] == "100"
    assert "Add **3.50** to" in lead(page)
    assert not page.exception


@pytest.mark.parametrize("criterion", ["teacher-mass", "teacher-agreement"])
def test_the_address_may_ask_for_the_teachers_criteria(criterion, small_store):
    page = open_page("offset", criterion=criterion)
    assert not page.exception
    assert not page.warning
    assert page.segmented_control(key="offset_criterion").value == criterion
    assert any("the teacher's answers to the training images" in m.value for m in page.markdown)


def test_page_of_two_omitted_classes_says_which_one_moves(empty_store):
    make_store(empty_store, omitted=(3, 5))
    page = open_page("offset")
    assert not page.exception
    assert any("here only 3 gets an offset" in m.value for m in page.markdown)
