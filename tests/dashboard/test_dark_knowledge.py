"""Where the dark knowledge lives: every number against loops, finite differences or torch."""

import base64
import json
import math
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.interpolate import CubicHermiteSpline

from dashboard.charts import dark_knowledge as charts
from dashboard.components.transfer_set import component
from dashboard.views import dark_knowledge as views
from dashboard.views import dark_knowledge_address as address
from dashboard.views import dark_knowledge_bias as bias
from dashboard.views import dark_knowledge_gradient as gradient
from dashboard.views import transfer_mass
from dashboard.views.experiment import Experiment, offset_of
from kdengine import losses, store
from tests.conftest import make_store
from tests.dashboard.pages import open_page

RNG = np.random.default_rng(7)


def softmax(logits, temperature=1.0):
    """Return softmax term by term."""
    largest = max(logits)
    powers = [math.exp((float(logit) - largest) / temperature) for logit in logits]
    return [power / sum(powers) for power in powers]


def toy(omitted=(3,), images=200, temperature=20.0, **student) -> Experiment:
    """Return made-up logits of teacher and student on *images* training images."""
    rng = np.random.default_rng(len(omitted))
    labels = rng.integers(0, 10, images).astype(np.uint8)
    teacher = rng.normal(0.0, 3.0, (images, 10)).astype(np.float32)
    teacher[np.arange(images), labels] += 8.0
    config = SimpleNamespace(
        omitted_classes=omitted,
        temperature=temperature,
        dataset="digits",
        **{"jitter_pixels": 0, "rotation_degrees": 0.0, "shear_degrees": 0.0, "scale_share": 0.0}
        | student,
    )
    learned = teacher + rng.normal(0.0, 0.5, teacher.shape).astype(np.float32)
    return Experiment(
        student=SimpleNamespace(
            key="s", config=config, train_labels=labels, train_logits=learned, metrics={}
        ),
        teacher=SimpleNamespace(key="t", train_labels=labels, train_logits=teacher),
        baseline=None,
        omitted_class=omitted[0],
    )


def transfer(shown):
    """Return the numbers of the images that are not of an omitted class, by a loop."""
    labels = shown.student.train_labels
    return [
        i for i, label in enumerate(labels) if label not in shown.student.config.omitted_classes
    ]


def masses_of(shown, temperature):
    """Return number -> mass on the omitted class, by a loop."""
    logits = shown.teacher.train_logits
    return {i: softmax(logits[i], temperature)[shown.omitted_class] for i in transfer(shown)}


# The mass, its order, its concentration


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0, 50.0])
def test_mass_is_softmax_term_by_term(temperature):
    logits = RNG.normal(0, 6, (40, 10))
    expected = [softmax(row, temperature)[3] for row in logits]
    np.testing.assert_allclose(transfer_mass.mass(logits, 3, temperature), expected, rtol=1e-12)


def test_mass_survives_logits_that_overflow_an_exponential():
    logits = np.array([[1000.0, 0, 0], [0, 1000.0, 0], [1000.0, 1000.0, 0]])
    np.testing.assert_allclose(transfer_mass.mass(logits, 0, 1.0), [1.0, 0.0, 0.5])


def test_shares_can_be_counted_by_hand():
    masses = np.array([0.4, 0.1, 0.3, 0.2])
    held = transfer_mass.shares(masses, np.array([1, 2, 4]))
    np.testing.assert_allclose(held, [0.4, 0.7, 1.0])
    assert transfer_mass.shares(np.zeros(3), np.array([1])).tolist() == [0.0]


def test_class_means_are_a_loops_means():
    given, labels = RNG.random((30, 10)), RNG.integers(0, 9, 30)
    found = transfer_mass.class_means(given, labels)
    for label in range(10):
        rows = [given[i] for i in range(30) if labels[i] == label]
        np.testing.assert_allclose(found[label], np.mean(rows, axis=0) if rows else np.zeros(10))


@pytest.mark.parametrize("spread", [0.1, 1.0, 8.0])
@pytest.mark.parametrize("count", [1, 5, 24])
def test_candidates_are_those_that_brute_force_finds(spread, count):
    logits = np.random.default_rng(count).normal(0, spread, (400, 10))
    temperatures = np.round(np.arange(10, 501, 7) / 10, 1)
    expected = set()
    for temperature in temperatures:
        masses = [softmax(row, temperature)[3] for row in logits]
        expected |= set(sorted(range(400), key=lambda i, m=masses: (-m[i], i))[:count])
    found = transfer_mass.candidates(logits, 3, count, temperatures)
    assert found.tolist() == sorted(expected)


def test_candidates_at_equality_and_with_too_few_images():
    same = np.zeros((6, 10))
    assert transfer_mass.candidates(same, 3, 2, np.array([1.0, 50.0])).tolist() == [0, 1]
    assert transfer_mass.candidates(same, 3, 9, np.array([1.0, 50.0])).tolist() == list(range(6))


def value_at(curves, temperature):
    """Return what the cubics give at T, by scipy from their values and slopes alone."""
    places = np.linspace(np.log(curves.low), np.log(curves.high), curves.values.shape[-1])
    spline = CubicHermiteSpline(places, curves.values, curves.slopes, axis=-1)
    return np.exp(spline(np.log(temperature)))


@pytest.mark.parametrize("temperature", [1.0, 1.1, 1.5, 2.7, 4.0, 9.9, 20.0, 37.7, 50.0])
def test_curves_agree_with_the_shipped_runs_logits(shipped_digits, temperature):
    shown = shipped_digits
    made = views.summary(shown)
    masses = sorted(masses_of(shown, temperature).values(), reverse=True)
    held = [sum(masses[:top]) / sum(masses) for top in made.tops]
    np.testing.assert_allclose(value_at(made.held, temperature), held, atol=2e-4)
    labels, logits = shown.teacher.train_labels, shown.teacher.train_logits
    said = np.array([softmax(row, temperature) for row in logits])
    means = [said[labels == label].mean(axis=0) for label in range(10)]
    np.testing.assert_allclose(value_at(made.means, temperature), means, atol=2e-4, rtol=2e-3)


@pytest.fixture(scope="module")
def shipped_digits():
    """The experiment on digits that comes with the project."""
    entry = next(
        e
        for e in store.list_runs()
        if e.config and e.config.kind == "student" and e.config.dataset == "digits"
    )
    student = store.load(entry.key)
    return Experiment(student, store.load(student.config.teacher), None, 3)


@pytest.mark.parametrize(
    ("total", "fraction", "count"),
    [(100, 0.07, 7), (101, 0.01, 2), (3, 0.01, 1), (53869, 0.1, 5387)],
)
def test_a_share_of_the_images_is_rounded_up(total, fraction, count):
    assert views.top_count(total, fraction) == count


@pytest.mark.parametrize("total", [1, 3, 20, 1254, 53869])
def test_the_curve_ends_at_all_images_and_holds_the_three_shares(total):
    tops = views.tops_of(total)
    assert tops[-1] == total and (np.diff(tops) > 0).all()
    assert {views.top_count(total, fraction) for fraction in views.TOPS} <= set(tops.tolist())


# What the page says about the transfer set


@pytest.mark.parametrize("omitted", [(3,), (3, 5)])
def test_ranking_and_summary_leave_the_omitted_classes_out(omitted):
    shown = toy(omitted)
    made, ranked = views.summary(shown), views.ranking(shown, None)
    assert (made.total, ranked.total) == (len(transfer(shown)),) * 2
    assert made.class_counts[list(omitted)].sum() == 0
    assert not np.isin(ranked.labels, omitted).any()
    assert views.taught_classes(shown) == [d for d in range(10) if d not in omitted]
    np.testing.assert_array_equal(ranked.logits, shown.teacher.train_logits[ranked.images])


@pytest.mark.parametrize("only", [None, 8])
def test_the_first_images_are_those_with_the_largest_mass(only):
    shown = toy()
    ranked = views.ranking(shown, only)
    for temperature in (1.0, 6.5, 50.0):
        masses = masses_of(shown, temperature)
        chosen = [i for i in masses if only in (None, shown.student.train_labels[i])]
        best = sorted(chosen, key=lambda i, m=masses: (-m[i], i))[: views.SHOWN]
        assert views.first_image(ranked, 3, temperature) == best[0]
        assert set(best) <= set(ranked.images.tolist())


def test_sentence_states_the_mass_and_who_holds_it():
    shown = toy()
    parts = {}
    for temperature in (1.0, 20.0):
        masses = sorted(masses_of(shown, temperature).values(), reverse=True)
        count = math.ceil(len(masses) / 100)
        parts[temperature] = [np.mean(masses), sum(masses[:count]) / sum(masses)]
    text = views.sentence(shown, 20.0).replace("\u00a0", " ")
    assert text.startswith(f"None of the {len(transfer(shown))} transfer images is a 3, yet")
    # In this order: the mass, the top 1 %, their share; the mass at T = 1, their share.
    found = [float(number) for number in re.findall(r"([\d.]+) %", text)]
    assert found.pop(1) == 1.0
    expected = [100 * value for temperature in (20.0, 1.0) for value in parts[temperature]]
    np.testing.assert_allclose(found, expected, rtol=0.05)
    assert "at T = 1 it is" in text
    assert "the student's T\u00a0=\u00a020" in views.sentence(shown, 1.0)


def test_a_student_of_temperature_one_needs_no_comparison():
    assert views.sentence(toy(temperature=1.0), 1.0).count("T\u00a0=") == 1


def test_carriers_are_a_loops_sums():
    shown = toy()
    labels, masses = shown.student.train_labels, masses_of(shown, 4.0)
    held = {d: sum(m for i, m in masses.items() if labels[i] == d) for d in range(10)}
    largest = max(held, key=held.get)
    text = views.carriers_sentence(shown, 4.0).replace("\u00a0", " ")
    name = views.plural(largest)
    assert f"lie on {name} ({100 * held[largest] / sum(held.values()):.1f} %)" in text
    first = sum(int(np.argmax(shown.teacher.train_logits[i]) == 3) for i in transfer(shown))
    assert f"first choice is 3 on {first} image" in text


def test_carriers_with_a_single_class_left():
    shown = toy(tuple(range(1, 10)))
    text = views.carriers_sentence(shown, 4.0).replace("\u00a0", " ")
    assert "lie on zeros (100 %): together 100 % of it on 100 %" in text


def test_formulas_hold_the_numbers_of_the_image_and_of_the_run():
    shown = toy()
    image = transfer(shown)[5]
    mass = masses_of(shown, 4.0)[image]
    assert float(views.mass_formula(shown, image, 4.0).split("=")[-1]) == pytest.approx(
        mass, rel=1e-3
    )
    masses = sorted(masses_of(shown, 4.0).values(), reverse=True)
    count = math.ceil(len(masses) / 100)
    share = sum(masses[:count]) / sum(masses)
    assert float(views.share_formula(shown, 4.0).split("=")[-1]) == pytest.approx(share, rel=1e-3)
    assert r"\cdot 10^{-7}" in views.mass_formula(far_away(), 0, 1.0)


def far_away():
    """Return an experiment whose first image has 15 logit units between 3 and its label."""
    shown = toy()
    shown.teacher.train_logits[0] = 0.0
    shown.teacher.train_logits[0, [3, 5]] = -15.0, 0.0
    return shown


def test_words_name_all_omitted_classes_and_the_augmentation_only_if_there_was_one():
    assert "without threes and fives" in views.words(toy((3, 5)))
    assert "without threes, fives and eights" in views.words(toy((3, 5, 8)))
    assert "moved a little" not in views.words(toy())
    assert "moved a little" in views.words(toy(jitter_pixels=2))


# What is low


def test_output_bias_is_the_last_layers_whatever_the_order():
    weights = {f"layers.{n}.bias": np.full(10, float(n)) for n in (0, 10, 2, 8)}
    weights["layers.12.weight"] = np.zeros((10, 10))
    assert bias.output_bias(weights).tolist() == [10.0] * 10


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
    assert "would supply 2 % of the +2.00 that are needed" in innocent  # 0.05 of 2 is 2.5 %
    assert "**What is low is the mass**" in innocent
    assert "gives 5.00 % to 3 on average, while 10.00 % of them are threes" in innocent
    guilty = bias.answer(rows_with(student_bias=-3.0), 3, 2.0)
    assert guilty.startswith("**Here the bias parameter is low**")
    assert "would supply 150 %" in guilty and "The mass is not low either" in guilty
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
        f"times T² it stays within 5 %"
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
    spec = charts.by_class(rows, "Mass: low", "7 %, 10 %", bias.AXES["mass"]).to_dict()
    assert spec["title"] == {"text": "Mass: low", "subtitle": "7 %, 10 %"}
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


# The address


@pytest.mark.parametrize("text", ["3", "10", "x", "", "-1", "٣", "8.0"])
def test_a_digit_that_is_not_taught_is_named(text):
    value, problem = address.read_only(text, [0, 8])
    assert value is None and "the digits 0, 8" in problem


def test_good_filters_and_students_are_read():
    assert address.read_only("8", [0, 8]) == (8, None)
    assert address.read_only("all", [0, 8]) == (None, None)
    assert address.read_student("blank") == ("blank", None)
    assert address.read_image("17", {17}) == (17, None)


@pytest.mark.parametrize("text", ["18", "x", "-17", "1e1", "²", "9" * 5000, ""])
def test_an_image_that_is_not_ranked_is_named(text):
    value, problem = address.read_image(text, {17})
    assert value is None and "first one" in problem and len(problem) < 200


def test_an_unknown_student_is_named():
    value, problem = address.read_student("<b>")
    assert value == "trained" and "trained or blank" in problem


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ({"T": 4.3, "image": 17}, (4.3, 17)),
        ({"T": 400, "image": 18}, (None, None)),
        ({"T": "x", "image": True}, (None, None)),
        ({"image": 17.0}, (None, None)),
        ("x", (None, None)),
        (None, (None, None)),
    ],
)
def test_what_the_browser_reports_is_checked(rest, expected):
    assert address.reported(rest, {1, 17}) == expected


# The component's Python face


def test_browser_gets_logits_pictures_and_points_in_one_order():
    shown = toy()
    made, ranked = views.summary(shown), views.ranking(shown, None)
    images = (np.arange(200, dtype=np.uint8)[:, None, None] * np.ones((28, 28))).astype(np.uint8)
    sent = component._contents(made, ranked, images)
    logits = np.frombuffer(base64.b64decode(sent["logits"]), dtype="<f4").reshape(-1, 10)
    np.testing.assert_array_equal(logits, shown.teacher.train_logits[sent["images"]])
    pixels = np.frombuffer(base64.b64decode(sent["pixels"]), dtype=np.uint8).reshape(-1, 784)
    assert pixels[:, 0].tolist() == sent["images"]
    counts = [views.top_count(made.total, fraction) for fraction in views.TOPS]
    assert [sent["tops"][point] for point in sent["points"]] == counts
    assert component._contents(made, ranked, None)["pixels"] is None
    assert json.loads(json.dumps(sent))["counts"] == made.class_counts.tolist()


# The page


def mounted(page) -> dict:
    """Return what the page's component was given."""
    (found,) = page.get("bidi_component")
    return json.loads(found.proto.json)


def asked(page, name) -> str:
    """Return what the address asks for."""
    value = page.query_params[name]
    return value if isinstance(value, str) else value[-1]


def texts(page) -> str:
    """Return all the page's Markdown."""
    return "\n".join(block.value for block in page.main.markdown).replace("\u00a0", " ")


def test_page_opens_at_the_students_temperature_on_the_first_image(small_store):
    page = open_page("dark_knowledge")
    sent = mounted(page)
    entry = next(e for e in store.list_runs() if e.config.kind == "student")
    assert page.title[0].value == "How do threes get into a student that sees none?"
    assert sent["T"] == entry.config.temperature
    assert sent["pixels"] and sent["shown"] == views.SHOWN
    assert "output bias is" in texts(page)
    assert set(page.query_params) & {"image", "digit", "student"} == set()


def test_every_control_comes_from_the_address(small_store):
    first = open_page("dark_knowledge", digit="8")
    image = mounted(first)["images"][-1]
    page = open_page("dark_knowledge", T="2.5", digit="8", image=str(image), student="blank")
    sent = mounted(page)
    assert not page.main.warning
    assert (sent["T"], sent["image"], set(sent["labels"])) == (2.5, image, {8})
    assert page.segmented_control(key="dark_knowledge_pick_digit").value == 8
    assert page.segmented_control(key="dark_knowledge_pick_student").value == "blank"
    expected = {"T": "2.5", "digit": "8", "image": str(image), "student": "blank"}
    assert {name: asked(page, name) for name in expected} == expected


def test_a_bad_address_is_said_and_loses_nothing(small_store):
    page = open_page("dark_knowledge", T="nan", digit="3", image="x", student="<b>")
    assert not page.exception
    assert len(page.main.warning) == 4
    assert set(mounted(page)["labels"]) > {0, 8}
    assert "Why T²?" in [block.value for block in page.main.subheader]


def test_choosing_a_class_and_a_student(small_store):
    page = open_page("dark_knowledge")
    page.segmented_control(key="dark_knowledge_pick_digit").set_value(5).run()
    assert set(mounted(page)["labels"]) == {5}
    assert asked(page, "digit") == "5"
    before = texts(page)
    page.segmented_control(key="dark_knowledge_pick_student").set_value("blank").run()
    assert asked(page, "student") == "blank" and texts(page) != before
    page.segmented_control(key="dark_knowledge_pick_digit").set_value("all").run()
    assert "digit" not in page.query_params
    assert not page.exception


def test_two_omitted_classes_show_the_one_in_focus(empty_store):
    make_store(empty_store, omitted=(3, 5))
    page = open_page("dark_knowledge")
    assert mounted(page)["digit"] == 3
    page.segmented_control(key="omitted_focus_choice").set_value(5).run()
    assert not page.exception
    sent = mounted(page)
    assert sent["digit"] == 5 and not {3, 5} & set(sent["labels"])
    assert "threes and fives are left out" in sent["titles"]["note"]
    assert page.title[0].value == "How do fives get into a student that sees none?"


def test_damaged_weights_cost_one_part_of_the_page(small_store):
    (path,) = small_store.rglob("student-*/weights.safetensors")
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")
    page = open_page("dark_knowledge")
    assert not page.exception
    assert "weights" in page.main.warning[0].value
    assert "Why T²?" in [block.value for block in page.main.subheader]


def test_without_mnist_the_tiles_hold_numbers(empty_store, no_mnist):
    make_store(empty_store, dataset="mnist")
    page = open_page("dark_knowledge")
    assert not page.exception
    assert mounted(page)["pixels"] is None
    assert any("python -m kdengine data" in info.value for info in page.main.info)
