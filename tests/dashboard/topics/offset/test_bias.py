"""What is low: against loops."""

import numpy as np
import pytest

from dashboard.core.experiment import Experiment, offset_of
from dashboard.topics.offset import bias
from kdengine.nets import forward
from kdengine.store import runs as store
from tests.dashboard.pages import open_page
from tests.dashboard.transfer_toy import softmax, toy

RNG = np.random.default_rng(7)
OFFSET = 2.0


def test_output_bias_is_the_last_layers_whatever_the_order():
    weights = {f"layers.{n}.bias": np.full(10, float(n)) for n in (0, 10, 2, 8)}
    weights |= {f"layers.{n}.weight": np.zeros((10, 10)) for n in (8, 0, 10, 2)}
    assert forward.output_biases(weights).tolist() == [10.0] * 10


def test_what_is_compared_is_a_loops_means():
    shown, given = toy(), RNG.normal(size=10)
    found = bias.shortfalls(shown, given, 2.0)
    labels = shown.student.train_labels
    others = [given[digit] for digit in range(10) if digit != 3]
    assert found["bias"].value == given[3]
    assert found["bias"].compared == pytest.approx(sum(others) / 9)
    centred = {
        role: [row[3] - sum(row) / 10 for row in getattr(shown, role).train_logits.astype(float)]
        for role in ("student", "teacher")
    }
    for name, is_own in (("taught", False), ("omitted", True)):
        on = {
            role: [c for c, label in zip(values, labels, strict=True) if (label == 3) == is_own]
            for role, values in centred.items()
        }
        means = [sum(values) / len(values) for values in on.values()]
        assert [found[name].value, found[name].compared] == pytest.approx(means)
    masses = [softmax(row)[3] for row in shown.student.train_logits]
    assert found["mass"].value == pytest.approx(sum(masses) / len(masses))
    assert found["mass"].compared == pytest.approx(sum(labels == 3) / len(labels))


def experiment_with(taught=0.0, omitted=0.0, mass=0.1):
    """Return an experiment of ten images a class in which all is equal but the student's 3."""
    labels = np.repeat(np.arange(10), 10)
    teacher, student = np.zeros((2, 100, 10))
    for logits, low in ((student, (taught, omitted)), (teacher, (0.0, 0.0))):
        logits[labels != 3, 3], logits[labels == 3, 3] = (10 / 9 * each for each in low)
    made = toy()
    made.student.train_labels, made.student.train_logits = labels, student
    made.teacher.train_labels, made.teacher.train_logits = labels, teacher
    return made


def found_with(student_bias=0.0, mass=0.1, **logits):
    """Return what is found of such an experiment, its mean mass apart."""
    found = bias.shortfalls(experiment_with(**logits), biases_with(student_bias), OFFSET)
    low_mass = bias.Shortfall(mass, 0.1, mass < 0.099)
    return found | {"mass": low_mass}


def biases_with(student_bias):
    """Return ten biases of 0 but that of class 3."""
    biases = np.zeros(10)
    biases[3] = student_bias
    return biases


@pytest.mark.parametrize(
    ("given", "low"),
    [
        ({}, set()),
        ({"student_bias": -0.99}, set()),
        ({"student_bias": -1.0}, {"bias"}),
        ({"taught": -1.5}, {"taught"}),
        ({"omitted": -3.0, "mass": 0.05}, {"omitted", "mass"}),
        ({"student_bias": 2.0}, set()),
    ],
)
def test_low_means_short_by_half_the_offset(given, low):
    found = found_with(**given)
    assert {name for name, short in found.items() if short.is_low} == low
    told = bias.table(found, 3)
    assert (told["Verdict"] == "low").tolist() == [short.is_low for short in found.values()]


@pytest.mark.parametrize(("lacking", "is_low"), [(0.9, False), (1.1, True)])
def test_a_mass_is_low_from_a_hundredth_below_the_share(lacking, is_low):
    """Every image gives class 3 a tenth, less *lacking* per cent of it."""
    share = 0.1 * (1.0 - lacking / 100.0)
    shown = experiment_with()
    shown.student.train_logits[:, 3] = np.log(9.0 * share / (1.0 - share))
    found = bias.shortfalls(shown, np.zeros(10), OFFSET)["mass"]
    assert (found.value, found.is_low) == (pytest.approx(share), is_low)


def answer_with(student_bias, offset=OFFSET, **given):
    """Return the answer for a student whose bias of 3 is the only one that is not 0."""
    found = found_with(student_bias, **given)
    return bias.answer(found, biases_with(student_bias), 3, offset)


def test_answer_follows_the_run():
    innocent = answer_with(-0.05, mass=0.05)
    assert innocent.startswith("**It is not the bias parameter**: class 3's output bias is −0.050")
    assert "would supply 2\u00a0% of the +2.00 that are needed" in innocent  # 0.05 of 2 is 2.5 %
    assert "**What is low is the mass**" in innocent
    assert "gives 5.00\u00a0% to 3 on average, while 10.00\u00a0% of them are threes" in innocent
    guilty = answer_with(-3.0)
    assert guilty.startswith("**Here the bias parameter is low**")
    assert "would supply 150\u00a0%" in guilty and "The mass is not low either" in guilty
    high = answer_with(0.3, offset=-0.5)
    assert "0.300 above the mean" in high and "supply" not in high


def test_where_says_on_which_images_the_logit_falls_short():
    def told(**given):
        return bias.where(found_with(**given), 3, OFFSET)

    assert "but on the threes themselves" in told(omitted=-4.0)
    assert "and on the threes it reaches" in told()
    assert "falls short of the teacher's" in told(taught=-4.0)
    assert "is above the teacher's" in told(taught=4.0)
    without = experiment_with()
    without.student.train_labels[without.student.train_labels == 3] = 5
    found = bias.shortfalls(without, np.zeros(10), OFFSET)
    assert "hold no threes" in bias.where(found, 3, OFFSET)
    assert not found["omitted"].is_low


def test_the_offset_brings_the_mass_to_the_share(small_store):
    entry = next(e for e in store.list_runs() if e.config.kind == "student")
    student = store.load(entry.key)
    shown = Experiment(student, store.load(student.config.teacher), None, 3)
    offset = offset_of(shown, "frequency")
    shifted = student.train_logits.astype(float)
    shifted[:, 3] += offset
    mean = np.mean([softmax(row)[3] for row in shifted])
    assert mean == pytest.approx(np.mean(student.train_labels == 3), rel=1e-4)
    found = bias.shortfalls(shown, np.zeros(10), offset)["mass"]
    assert found.compared == pytest.approx(mean, rel=1e-4)


def test_damaged_weights_cost_one_part_of_the_page(small_store):
    page = open_page("offset")
    told = [text.value for text in page.main.markdown]
    assert any("output bias is" in text for text in told)
    (path,) = small_store.rglob("student-*/weights.safetensors")
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")
    page = open_page("offset")
    assert not page.exception
    assert "weights" in page.main.warning[0].value
    assert len(page.get("vega_lite_chart")) == 1
