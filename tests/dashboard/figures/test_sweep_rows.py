"""A sweep's table as frames, against counting by hand."""

import io

import numpy as np
import pandas as pd
import pytest

from dashboard.figures import sweep_rows
from tests.dashboard import fake_sweeps


def figures(point, stage):
    """Return 0.80, 0.82, 0.84 by seed before, ten points more with the offset."""
    return 0.8 + 0.02 * point.plan.student.seed + 0.1 * (stage == "after"), 0.99


def test_rows_hold_both_stages_of_every_experiment():
    made = fake_sweeps.table("transfer-shift", figures)
    frame = sweep_rows.rows(made)
    assert len(frame) == 2 * len(made["rows"]) == 48
    assert frame["setting"].nunique() == 3
    before = frame[(frame["stage"] == sweep_rows.BEFORE) & (frame["seed"] == 1)]
    assert before["omitted"].tolist() == pytest.approx([0.82] * 3)
    assert before["offset"].tolist() == [0.0] * 3
    assert set(frame[frame["stage"] == sweep_rows.AFTER]["offset"]) == {2.0}
    assert before["errors"].tolist() == [270] * 3  # 180 of 1,000 threes, 90 of 9,000 others


def test_means_and_deviations_are_those_of_a_sample():
    frame = sweep_rows.rows(fake_sweeps.table("transfer-shift", figures, seeds=range(3)))
    over = sweep_rows.over_seeds(frame, ["setting", "stage"], "omitted")
    assert len(over) == 6
    assert over["mean"].iloc[0] == pytest.approx(0.82)
    assert over["deviation"].iloc[0] == pytest.approx(np.std([0.8, 0.82, 0.84], ddof=1))
    assert (over["high"] - over["mean"]).iloc[0] == pytest.approx(0.02)
    assert set(over["count"]) == {3}
    lone = sweep_rows.over_seeds(frame[frame["seed"] == 0], ["setting"], "omitted")
    single = sweep_rows.over_seeds(frame.head(1), ["setting"], "omitted")
    assert len(lone) == 3
    assert single["deviation"].tolist() == [0.0]


def test_the_origin_names_command_seeds_date_and_failures():
    made = fake_sweeps.table("transfer-shift", figures, seeds=range(3))
    told = sweep_rows.origin(made)
    assert "9 students of the recipe `classroom`, seeds 0, 1, 2, 2026-01-02" in told
    assert "on a test's, threads a network: not recorded. Made by" in told
    for row in made["rows"]:
        row["environment"]["thread_count"] = 1 + (row["seed"] > 1)
    assert "threads a network: 1 or 2" in sweep_rows.origin(made)
    assert "`python -m kdengine sweep transfer-shift`" in told
    made["failed"] = [{}, {}]
    assert "2 more have no figures" in sweep_rows.origin(made)
    assert sweep_rows.images(made, "omitted") == "1,000 "
    del made["rows"][0]["images"]
    assert sweep_rows.images(made, "omitted") == ""


def test_csv_can_be_read_again():
    frame = sweep_rows.rows(fake_sweeps.table("transfer-shift", figures))

    again = pd.read_csv(io.StringIO(sweep_rows.csv(frame)))
    assert again.columns.tolist() == frame.columns.tolist()
    np.testing.assert_allclose(again["omitted"], frame["omitted"], rtol=1e-4)
    assert again["setting"].tolist() == frame["setting"].tolist()


def test_spreads():
    assert sweep_rows.spread(0.985, 0.0043, percent=True) == "98.5 ± 0.4\u00a0%"
    assert sweep_rows.spread(1134.6, 6.4, percent=False) == "1,135 ± 6"
