"""The command `synthetic` as a user types it, at a small size."""

import json
import os
import threading
from dataclasses import replace

import pytest

from kdengine.cli import main as cli
from kdengine.cli import synthetic as cli_synthetic
from kdengine.store import tables
from kdengine.synthetic import data
from kdengine.synthetic import experiment as synthetic
from kdengine.synthetic import table as synthetic_table
from tests.kdengine.synthetic.test_experiment import TINY


@pytest.fixture
def tiny(empty_store, monkeypatch):
    """Make the experiment tiny; return the list of the seeds that are trained."""
    settings = replace(TINY, epochs=1)
    monkeypatch.setattr(data, "PUBLISHED_SETTINGS", settings)
    trained, real = [], synthetic.run_seed

    def spy(settings, seed, *rest):
        trained.append(seed)
        made = real(settings, seed, *rest)
        return {**made, "environment": {**made["environment"], "training": len(trained)}}

    monkeypatch.setattr(synthetic, "run_seed", spy)
    return trained


def test_the_table_is_written_and_its_seeds_are_used_again(tiny, capsys):
    assert cli.main(["synthetic", "--seeds", "0-1"]) == 0
    told = capsys.readouterr().out
    table = synthetic_table.load_table()
    assert [seed["seed"] for seed in table["seeds"]] == tiny == [0, 1]
    assert table["made_by"] == "python -m kdengine synthetic --seeds 0-1"
    assert "seed 1: students, epoch 1/1" in told
    assert str(tables.path_of(synthetic_table.TABLE)) in told
    assert cli.main(["synthetic", "--seeds", "0-2", "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    assert tiny == [0, 1, 2]
    longer = synthetic_table.load_table()
    assert longer["seeds"][:2] == table["seeds"]
    assert longer["pictures"] == table["pictures"]
    assert cli.main(["synthetic", "--seeds", "1", "--fresh", "--quiet"]) == 0
    assert tiny == [0, 1, 2, 1]
    again = synthetic_table.load_table()["seeds"]
    assert again[1]["data_sets"] == table["seeds"][1]["data_sets"]
    assert again[1]["environment"]["training"] == 4  # the one of now
    assert [again[0], again[2]] == [longer["seeds"][0], longer["seeds"][2]]


def test_seeds_that_were_not_asked_for_stay_in_the_table(tiny):
    assert cli.main(["synthetic", "--seeds", "4-5", "--quiet"]) == 0
    assert cli.main(["synthetic", "--seeds", "0", "--quiet"]) == 0
    table = synthetic_table.load_table()
    assert [seed["seed"] for seed in table["seeds"]] == [0, 4, 5]
    command = "python -m kdengine synthetic --seeds"
    assert table["made_by"] == f"{command} 0 && {command} 4-5"
    assert cli.main(["synthetic", "--seeds", "5", "--quiet"]) == 0  # nothing to train
    assert synthetic_table.load_table() == table
    assert tiny == [4, 5, 0]


def test_the_summary_has_means_and_deviations():
    seeds = [
        {
            "data_sets": [
                {
                    "class_separation": 0.2,
                    "informative_share": 0.5,
                    "teacher": teacher,
                    "hard_student": 587,
                    "distilled": [199, 213],
                }
            ]
        }
        for teacher in (118, 122)
    ]
    header, line = cli_synthetic.summary(TINY.temperatures, seeds).splitlines()
    assert header.split() == "separation, informative teacher hard labels T=2 T=5".split()
    assert line.split("  ")[0] == "0.2, 50 %"
    assert "120 ± 3" in line and "587 ± 0" in line and "199 ± 0" in line


def test_write_stores_the_table_among_the_shipped(tiny):
    assert cli.main(["synthetic", "--seeds", "3", "--write", "--quiet"]) == 0
    table = tables.read(synthetic_table.TABLE, tables.path_of(synthetic_table.TABLE, shipped=True))
    assert table["made_by"] == "python -m kdengine synthetic --seeds 3 --write"
    assert not tables.path_of(synthetic_table.TABLE).exists()


def test_a_stopped_command_keeps_its_finished_seeds(tiny, monkeypatch, capsys):
    real = synthetic.run_seed

    def stopped(settings, seed, *rest):
        if seed == 1:
            raise KeyboardInterrupt
        return real(settings, seed, *rest)

    monkeypatch.setattr(synthetic, "run_seed", stopped)
    assert cli.main(["synthetic", "--seeds", "0-2", "--quiet"]) == 1
    assert "goes on" in capsys.readouterr().err
    assert [seed["seed"] for seed in synthetic_table.load_table()["seeds"]] == [0]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--seeds", "a"],
        ["--seeds", "2-1"],
        ["--seeds", "0-500"],
        ["--seeds", "-1"],
        ["--seeds", "٣"],
    ],
)
def test_unusable_seeds_are_refused_with_what_is_allowed(tiny, capsys, arguments):
    assert cli.main(["synthetic", f"{arguments[0]}={arguments[1]}"]) == 2
    assert "such as 0-2" in capsys.readouterr().err
    assert tiny == []


def test_a_table_that_cannot_be_written_is_refused_before_any_training(tiny, tmp_path, capsys):
    path = tmp_path / "nowhere" / "table.json"
    assert cli.main(["synthetic", "--table", str(path)]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert tiny == []


def test_a_table_elsewhere(tiny, tmp_path):
    path = tmp_path / "table.json"
    assert cli.main(["synthetic", "--seeds", "0", "--table", str(path), "--quiet"]) == 0
    assert json.loads(path.read_text())["seeds"][0]["seed"] == 0


def test_a_pipe_gets_one_whole_table(tiny, tmp_path):
    pipe, came = tmp_path / "pipe", []
    os.mkfifo(pipe)
    command = ["synthetic", "--seeds", "0-1", "--table", str(pipe), "--quiet"]
    writer = threading.Thread(target=lambda: came.append(cli.main(command)), daemon=True)
    writer.start()
    table = json.loads(pipe.read_text())
    writer.join(timeout=60)
    assert came == [0]
    assert [seed["seed"] for seed in table["seeds"]] == tiny == [0, 1]


def test_fewer_seeds_do_not_hide_the_shipped_table(tiny, capsys):
    assert cli.main(["synthetic", "--seeds", "0-1", "--write"]) == 0
    shipped = tables.path_of(synthetic_table.TABLE, shipped=True)
    assert capsys.readouterr().out.endswith(f"the pages show {shipped}\n")
    assert cli.main(["synthetic", "--seeds", "2"]) == 0
    told = capsys.readouterr().out
    assert told.endswith(f"the pages show {shipped}, which has more seeds or figures\n")
    assert [seed["seed"] for seed in synthetic_table.load_table()["seeds"]] == [0, 1]
