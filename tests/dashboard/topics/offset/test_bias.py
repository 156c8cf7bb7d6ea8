"""What is low: against loops; its charts."""

import numpy as np
import pandas as pd
import pytest

from dashboard.core.experiment import Experiment, offset_of
from dashboard.topics.offset import bias, bias_charts
from kdengine.nets import forward
from kdengine.store import runs as store
from tests.dashboard.pages import open_page
from tests.dashboard.transfer_toy import softmax, toy

RNG = np.random.default_rng(7)


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


def test_charts_carry_titles_units_and_a_text_made_of_the_data():
    rows = bias.drawn(rows_with(mass=0.07), "mass")
    spec = bias_charts.by_class(
        rows, "Mass: low", "7\u00a0%, 10\u00a0%", bias.AXES["mass"]
    ).to_dict()
    assert spec["title"] == {"text": "Mass: low", "subtitle": "7\u00a0%, 10\u00a0%"}
    assert "student: 0: +0.000" in spec["description"] and "3: -3.000" in spec["description"]
    shapes = [layer["encoding"].get("shape") for layer in spec["layer"]]
    assert any(shapes)  # roles differ by shape too


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
