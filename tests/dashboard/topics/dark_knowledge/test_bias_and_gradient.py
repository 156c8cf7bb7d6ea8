"""What is low and why T²: against loops, finite differences and torch; their charts."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from dashboard.core.experiment import Experiment, offset_of
from dashboard.topics.dark_knowledge import bias, charts, gradient
from kdengine.nets import forward
from kdengine.store import runs as store
from kdengine.training import losses
from tests.dashboard.transfer_toy import softmax, toy, transfer

RNG = np.random.default_rng(7)


# What is low


def test_output_bias_is_the_last_layers_whatever_the_order():
    weights = {f"layers.{n}.bias": np.full(10, float(n)) for n in (0, 10, 2, 8)}
    weights |= {f"layers.{n}.weight": np.zeros((10, 10)) for n in (8, 0, 10, 2)}
    assert forward.output_biases(weights).tolist() == [10.0] * 10


def test_table_is_a_loops_means():
    shown = toy()
    given = {role: RNG.normal(size=10) for role in bias.ROLES}
    rows = bias.table(shown, given).set_index(["quantity", "role", "digit"])
    labels = shown.student.train_labels
    assert len(rows) == 80
    for role in bias.ROLES:
        logits = getattr(shown, role).train_logits.astype(float)
        for digit in range(10):
            centred = [row[digit] - sum(row) / 10 for row in logits]
            on = {
                "taught": [c for c, label in zip(centred, labels, strict=True) if label != 3],
                "omitted": [c for c, label in zip(centred, labels, strict=True) if label == 3],
                "mass": [softmax(row)[digit] for row in logits],
            }
            assert rows.loc[("bias", role, digit), "value"] == given[role][digit]
            for name, values in on.items():
                found = rows.loc[(name, role, digit), "value"]
                assert found == pytest.approx(sum(values) / len(values), abs=1e-9)
            share = sum(labels == digit) / len(labels)
            assert rows.loc[("mass", role, digit), "frequency"] == pytest.approx(share)


def rows_with(student_bias=0.0, taught=0.0, omitted=0.0, mass=0.1):
    """Return a table in which all is equal but what the student's class 3 is given."""
    parts = []
    for quantity, low in zip(bias.QUANTITIES, (student_bias, taught, omitted, mass), strict=True):
        for role in bias.ROLES:
            for digit in range(10):
                usual = 0.1 if quantity == "mass" else 0.0
                value = low if (role, digit) == ("student", 3) else usual
                parts.append((quantity, role, digit, value, 0.1, digit == 3))
    names = ["quantity", "role", "digit", "value", "frequency", "is_omitted"]
    return pd.DataFrame(parts, columns=names)


@pytest.mark.parametrize(
    ("given", "low"),
    [
        ({}, set()),
        ({"student_bias": -0.99}, set()),
        ({"student_bias": -1.0}, {"bias"}),
        ({"taught": -1.5}, {"taught"}),
        ({"omitted": -3.0, "mass": 0.05}, {"omitted", "mass"}),
        ({"mass": 0.0991}, set()),
        ({"mass": 0.0989}, {"mass"}),
        ({"student_bias": 2.0}, set()),
    ],
)
def test_low_means_short_by_half_the_offset(given, low):
    found = bias.shortfalls(rows_with(**given), 3, 2.0)
    assert {name for name, short in found.items() if short.is_low} == low
    titles = bias.verdicts(rows_with(**given), 3, 2.0)
    assert {name for name, (title, _) in titles.items() if title.endswith(": low")} == low


def test_answer_follows_the_run():
    innocent = bias.answer(rows_with(student_bias=-0.05, mass=0.05), 3, 2.0)
    assert innocent.startswith("**It is not the bias parameter**: class 3's output bias is −0.050")
    assert "would supply 2\u00a0% of the +2.00 that are needed" in innocent  # 0.05 of 2 is 2.5 %
    assert "**What is low is the mass**" in innocent
    assert "gives 5.00\u00a0% to 3 on average, while 10.00\u00a0% of them are threes" in innocent
    guilty = bias.answer(rows_with(student_bias=-3.0), 3, 2.0)
    assert guilty.startswith("**Here the bias parameter is low**")
    assert "would supply 150\u00a0%" in guilty and "The mass is not low either" in guilty
    high = bias.answer(rows_with(student_bias=0.3), 3, -0.5)
    assert "0.300 above the mean" in high and "supply" not in high


def test_where_says_on_which_images_the_logit_falls_short():
    assert "but on the threes themselves" in bias.where(rows_with(omitted=-4.0), 3, 2.0)
    assert "and on the threes it reaches" in bias.where(rows_with(), 3, 2.0)
    assert "falls short of the teacher's" in bias.where(rows_with(taught=-4.0), 3, 2.0)
    assert "is above the teacher's" in bias.where(rows_with(taught=4.0), 3, 2.0)
    assert "hold no threes" in bias.where(rows_with(omitted=np.nan), 3, 2.0)


def test_the_offset_brings_the_mass_to_the_share(small_store):
    """What the formula says of the stored run: with the offset added, both sides are equal."""
    entry = next(e for e in store.list_runs() if e.config.kind == "student")
    student = store.load(entry.key)
    shown = Experiment(student, store.load(student.config.teacher), None, 3)
    offset = offset_of(shown, "frequency")
    shifted = student.train_logits.astype(float)
    shifted[:, 3] += offset
    mean = np.mean([softmax(row)[3] for row in shifted])
    assert mean == pytest.approx(np.mean(student.train_labels == 3), rel=1e-4)
    rows = bias.table(shown, {role: np.zeros(10) for role in bias.ROLES})
    text = bias.mass_formula(rows, 3, len(student.train_labels), offset)
    assert rf"{100 * mean:.2f}\,\%" in text and rf"{offset:+.2f}" in text


def test_the_mass_is_drawn_as_what_it_exceeds_its_share_by():
    drawn = bias.drawn(rows_with(mass=0.07), "mass")
    assert drawn["value"].round(9).tolist() == [0.0] * 13 + [-3.0] + [0.0] * 6


# The gradient


def divergence(student, teacher, temperature):
    """Return KL(teacher ‖ student) of one image at T, term by term."""
    said, answered = softmax(teacher, temperature), softmax(student, temperature)
    return sum(p * math.log(p / q) for p, q in zip(said, answered, strict=True))


@pytest.mark.parametrize("temperature", [1.0, 3.0, 20.0])
def test_soft_gradient_is_the_losss_slope(temperature):
    student, teacher = RNG.normal(0, 3, (2, 4, 10))
    found = gradient.soft_gradient(student, teacher, temperature)
    step = 1e-4
    for image in range(4):
        for digit in range(10):
            up, down = student[image].copy(), student[image].copy()
            up[digit] += step
            down[digit] -= step
            rise = divergence(up, teacher[image], temperature) - divergence(
                down, teacher[image], temperature
            )
            assert found[image, digit] == pytest.approx(rise / (2 * step), abs=1e-8)


def test_hard_gradient_is_the_cross_entropys_slope():
    student, labels = RNG.normal(0, 3, (4, 10)), np.array([3, 0, 9, 3])
    found, step = gradient.hard_gradient(student, labels), 1e-5
    for image in range(4):
        for digit in range(10):
            up, down = student[image].copy(), student[image].copy()
            up[digit] += step
            down[digit] -= step
            rise = -math.log(softmax(up)[labels[image]]) + math.log(softmax(down)[labels[image]])
            assert found[image, digit] == pytest.approx(rise / (2 * step), abs=1e-8)


@pytest.mark.parametrize("scaled", [False, True])
def test_the_gradient_is_that_of_the_loss_the_engine_trains_with(scaled):
    temperature, images = 7.0, 6
    student, teacher = torch.randn(2, images, 10, generator=torch.Generator().manual_seed(1)) * 4
    student = student.double().requires_grad_()
    losses.distillation_loss(
        student,
        (teacher.double() / temperature).softmax(dim=1),
        torch.zeros(images, dtype=torch.int64),
        temperature=temperature,
        scale_soft_by_t2=scaled,
    ).backward()
    found = gradient.soft_gradient(student.detach().numpy(), teacher.numpy(), temperature)
    factor = temperature**2 if scaled else 1.0
    # The engine's loss is the mean over the images; here each image stands alone.
    np.testing.assert_allclose(factor * found, images * student.grad.numpy(), atol=1e-7)


def test_scaled_gradient_tends_to_matching_logits():
    student, teacher = RNG.normal(0, 3, (2, 5, 10))
    scaled = 1e4**2 * gradient.soft_gradient(student, teacher, 1e4)
    np.testing.assert_allclose(scaled, gradient.limit(student, teacher), atol=1e-3)
    shifted = gradient.limit(student + 5.0, teacher - 2.0)  # no probability knows these numbers
    np.testing.assert_allclose(shifted, gradient.limit(student, teacher), atol=1e-12)


def test_mean_norm_can_be_counted_by_hand():
    assert gradient.mean_norm(np.array([[3.0, 4.0], [0.0, 1.0]])) == 3.0


def test_sample_is_spread_evenly_over_the_transfer_set(monkeypatch):
    monkeypatch.setattr(gradient, "SAMPLE", 50)
    shown = toy()
    numbers = transfer(shown)
    step = math.ceil(len(numbers) / 50)
    answered, teacher, labels = gradient.sample(shown, "trained")
    assert labels.tolist() == shown.student.train_labels[numbers[::step]].tolist()
    np.testing.assert_array_equal(answered, shown.student.train_logits[numbers[::step]])
    np.testing.assert_array_equal(teacher, shown.teacher.train_logits[numbers[::step]])
    assert not gradient.sample(shown, "blank")[0].any()
    assert gradient.sample_size(shown) == len(labels) <= 50


@pytest.mark.parametrize("student", gradient.STUDENTS)
def test_table_and_row_agree_and_t2_is_the_only_difference(student):
    table = gradient.gradients(toy(), student)
    wide = table.pivot(index="temperature", columns="term", values="size")
    temperatures = wide.index.to_numpy()
    np.testing.assert_allclose(wide["with T²"], wide["without T²"] * temperatures**2)
    assert wide["hard labels"].nunique() == wide["limit"].nunique() == 1
    here = gradient.at(toy(), student, float(temperatures[20])).set_index("term")["size"]
    np.testing.assert_allclose(here, wide.iloc[20][here.index])
    # At its end the curve is at the limit; without T² it has lost a factor of thousands.
    assert wide["with T²"].iloc[-1] == pytest.approx(wide["limit"].iloc[-1], rel=0.05)
    assert wide["without T²"].iloc[-1] < wide["without T²"].iloc[0] / 1000


def here_of(soft, hard, temperature):
    """Return sizes of one temperature."""
    sizes = [soft, soft * temperature**2, hard, 0.2]
    return pd.DataFrame({"term": gradient.TERMS, "temperature": temperature, "size": sizes})


def test_gradient_sentence_compares_with_the_hard_term():
    text = gradient.sentence(here_of(0.0005, 0.02, 20.0), 4898)
    assert "**0.000500** long" in text and "**0.200** once multiplied by T² = 400" in text
    assert "1/40 of the hard one, and with it 10.0 times" in text and "4,898" in text
    assert "the factor T² is 1" in gradient.sentence(here_of(0.01, 0.02, 1.0), 10)
    assert "not comparable" in gradient.sentence(here_of(0.0, 0.02, 20.0), 10)
    assert r"20^2\cdot0.000500 = 0.200" in gradient.formula(here_of(0.0005, 0.02, 20.0))


def test_finding_is_read_off_the_table():
    temperatures = gradient.TEMPERATURES
    table = pd.concat(
        pd.DataFrame({"term": term, "temperature": temperatures, "size": sizes})
        for term, sizes in (
            ("without T²", 1.0 / temperatures**2),
            ("with T²", np.linspace(1.0, 1.1, len(temperatures))),
        )
    )
    start = temperatures[30]
    assert gradient.finding(table) == (
        f"From T = {start:.0f} to 200 the gradient falls to 1/{(200 / start) ** 2:.0f}; "
        f"times T² it stays within 5\u00a0%"
    )


@pytest.mark.parametrize(
    ("size", "text"),
    [(0.215, "0.215"), (0.000537, "0.000537"), (11.7, "11.7"), (400.2, "400"), (0.0, "0")],
)
def test_sizes_have_three_digits_and_no_exponent(size, text):
    assert gradient.digits(size) == text


# Charts


def test_charts_carry_titles_units_and_a_text_made_of_the_data():
    rows = bias.drawn(rows_with(mass=0.07), "mass")
    spec = charts.by_class(rows, "Mass: low", "7\u00a0%, 10\u00a0%", bias.AXES["mass"]).to_dict()
    assert spec["title"] == {"text": "Mass: low", "subtitle": "7\u00a0%, 10\u00a0%"}
    assert "student: 0: +0.000" in spec["description"] and "3: -3.000" in spec["description"]
    shapes = [layer["encoding"].get("shape") for layer in spec["layer"]]
    assert any(shapes)  # roles differ by shape too


def test_gradient_chart_leaves_out_what_a_logarithm_cannot_show():
    shown = toy()
    shown.student.train_logits[:] = shown.teacher.train_logits  # a perfect copy: no gradient
    table = gradient.gradients(shown, "trained")
    here = gradient.at(shown, "trained", 4.0)
    spec = charts.gradient_by_temperature(table, here, 20.0, "A finding").to_dict()
    drawn = [row for data in spec["datasets"].values() for row in data if "size" in row]
    assert drawn and all(row["size"] > 0 for row in drawn)
    assert "hard labels" in spec["description"]
    assert not any("soft term" in part for part in spec["description"].split(";"))
