"""Why T²: the gradients against finite differences and torch; their chart."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from dashboard.topics.lab.t_squared import charts
from dashboard.topics.lab.t_squared import figures as gradient
from kdengine.training import losses
from tests.dashboard.pages import open_page
from tests.dashboard.transfer_toy import softmax, toy, transfer

RNG = np.random.default_rng(7)


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
    answered, teacher, labels = gradient.sample(shown)
    assert labels.tolist() == shown.student.train_labels[numbers[::step]].tolist()
    np.testing.assert_array_equal(answered, shown.student.train_logits[numbers[::step]])
    np.testing.assert_array_equal(teacher, shown.teacher.train_logits[numbers[::step]])
    assert gradient.sample_size(shown) == len(labels) <= 50


def test_table_and_row_agree_and_t2_is_the_only_difference():
    table = gradient.gradients(toy())
    wide = table.pivot(index="temperature", columns="term", values="size")
    temperatures = wide.index.to_numpy()
    np.testing.assert_allclose(wide["with T²"], wide["without T²"] * temperatures**2)
    assert wide["hard labels"].nunique() == wide["limit"].nunique() == 1
    here = gradient.at(toy(), float(temperatures[20])).set_index("term")["size"]
    np.testing.assert_allclose(here, wide.iloc[20][here.index])
    # At its end the curve is at the limit; without T² it has lost a factor of thousands.
    assert wide["with T²"].iloc[-1] == pytest.approx(wide["limit"].iloc[-1], rel=0.05)
    assert wide["without T²"].iloc[-1] < wide["without T²"].iloc[0] / 1000


def here_of(soft, hard, temperature):
    """Return sizes of one temperature."""
    sizes = [soft, soft * temperature**2, hard, 0.2]
    return pd.DataFrame({"term": gradient.TERMS, "temperature": temperature, "size": sizes})


def test_the_lead_compares_with_the_hard_term():
    text = gradient.lead(here_of(0.0005, 0.02, 20.0))
    assert "is **1/40 of** the hard labels'; multiplied by T² it is **10.0 times** theirs" in text
    assert "not comparable" in gradient.lead(here_of(0.0, 0.02, 20.0))
    told = gradient.lengths(here_of(0.0005, 0.02, 20.0), 4898)
    assert "4,898 transfer images: **0.000500** as it is, **0.200** times T², **0.0200**" in told
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


def test_gradient_chart_leaves_out_what_a_logarithm_cannot_show():
    shown = toy()
    shown.student.train_logits[:] = shown.teacher.train_logits  # a perfect copy: no gradient
    table = gradient.gradients(shown)
    here = gradient.at(shown, 4.0)
    spec = charts.gradient_by_temperature(table, here, 20.0, "A finding").to_dict()
    drawn = [row for data in spec["datasets"].values() for row in data if "size" in row]
    assert drawn and all(row["size"] > 0 for row in drawn)
    assert "hard labels" in spec["description"]
    assert not any("soft term" in part for part in spec["description"].split(";"))


# The tab


def test_the_tab_follows_its_controls_and_the_address(small_store):
    page = open_page("lab", tab="t_squared", T="2.5")
    assert not page.exception and not page.main.warning
    assert "At T = 2.5" in page.main.markdown[0].value
    before = page.main.markdown[0].value
    page.slider(key="lab_T").set_value(5.0).run()
    assert page.query_params["T"] in ("5", ["5"])
    assert page.main.markdown[0].value != before
    page = open_page("lab", tab="t_squared", T="nan")
    assert not page.exception
    assert len(page.main.warning) == 1
