"""The command `sweep` as a user types it."""

import errno
import json
import os
import shutil
from contextlib import closing

import pytest
import torch

from kdengine import files
from kdengine.cli import main as cli
from kdengine.cli import study, sweep, terminal
from kdengine.config import run_key
from kdengine.data import datasets
from kdengine.store import runs as store
from kdengine.store import shapes, tables
from kdengine.studies import needed, sweep_table, sweeps, workers
from kdengine.studies.since_2015 import known, measuring
from kdengine.training import fit as training
from tests.dashboard import fake_studies
from tests.kdengine import tiny_sweep

TINY = ["sweep", "tiny", "--workers", "1", "--precision", "fp32"]


@pytest.fixture(autouse=True)
def one_thread():
    """A sweep leaves torch with its own number of threads; other tests expect the usual one."""
    usual = torch.get_num_threads()
    yield
    torch.set_num_threads(usual)


@pytest.fixture
def tiny(empty_store, monkeypatch):
    """Make the tiny sweep known, with nothing stored."""
    tiny_sweep.install(monkeypatch)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Train the tiny sweep by its command and return its cache."""
    cache = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KDENGINE_CACHE_DIR", str(cache))
        tiny_sweep.install(patch)
        assert cli.main([*TINY, "--quiet"]) == 0
    return cache


@pytest.fixture
def stored(trained, tiny, monkeypatch):
    """Use a copy of that cache; nothing can be trained."""
    shutil.copytree(trained, files.cache_dir())
    monkeypatch.setattr(training, "fit", lambda *a, **o: pytest.fail("something was trained"))


def test_without_a_name_the_sweeps_are_listed(capsys):
    assert cli.main(["sweep"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(sweeps.SWEEPS) + len(known.STUDIES)
    assert lines[0].split()[:3] == ["causality", "104", "networks"]
    below = [line.index(" networks ") for line in lines if " networks " in line[:40]]
    assert len(below) == len(sweeps.SWEEPS) and len(set(below)) == 1  # one below the other
    assert lines[-1].split()[:3] == ["specialists", "8", "seeds"]
    assert lines[1].split()[:3] == ["temperature-by-size", "152", "networks"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope"], "the sweeps are causality, temperature-by-size"),
        (["tiny", "--seeds", "x"], "such as 0-2"),
        (["tiny", "--seeds", "2-0"], "such as 0-2"),
        (["tiny", "--seeds", "-1"], "such as 0-2"),
        (["tiny", "--seeds=-1"], "such as 0-2"),
        (["tiny", "--seeds", ""], "such as 0-2"),
        (["tiny", "--seeds", "0-"], "such as 0-2"),
        (["tiny", "--seeds", "²"], "such as 0-2"),
        (["tiny", "--seeds", "0-1000000"], "at most 256 seeds"),
        (["tiny", "--seeds", "9999999999"], "outside 0"),
        (["tiny", "--workers", "0"], "outside 1 to 256"),
        (["tiny", "--workers", "-2"], "outside 1 to 256"),
        (["tiny", "--workers", "two"], "whole number"),
        (["tiny", "--threads", "0"], "outside 1 to 256"),
        (["tiny", "--threads", "100000"], "outside 1 to 256"),
        (["tiny", "--scheduler", "here"], "tcp://127.0.0.1:8786"),
        (["tiny", "--scheduler", "a:1", "--workers", "2"], "leave out --workers"),
        (["tiny", "--device", "abacus"], "invalid choice"),
        (["tiny", "--precision", "fp16"], "invalid choice"),
        (["tiny", "--table", "/no/such/folder/t.json"], "writable folder"),
        (["tiny", "--table", "t.json", "--write"], "not allowed with"),
    ],
)
def test_unusable_arguments_end_with_2_and_train_nothing(arguments, message, tiny, capsys):
    try:
        code = cli.main(["sweep", *arguments])
    except SystemExit as end:
        code = end.code
    assert code == 2
    assert message in capsys.readouterr().err
    assert not files.runs_dir().exists()


def test_the_default_is_a_worker_a_core_with_one_thread_each(monkeypatch):
    def pool(*arguments):
        options = cli._parser().parse_args(["sweep", "causality", *arguments])
        return study.workers(options)

    monkeypatch.setattr(workers, "cores", lambda: 6)
    assert pool() == workers.Workers(6, 1)
    assert pool("--threads", "2") == workers.Workers(3, 2)
    assert pool("--threads", "8") == workers.Workers(1, 8)
    # The number of threads could change a result, so the number of workers does not change it.
    assert pool("--workers", "2") == workers.Workers(2, 1)


def test_a_dry_run_trains_and_stores_nothing(tiny, capsys):
    assert cli.main([*TINY, "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "6 networks, 0 stored, 6 missing" in out
    assert "time: unknown" in out
    assert not files.cache_dir().exists()


def test_what_its_table_will_not_tell_is_said_before_anything_trains(stored, capsys):
    assert cli.main([*TINY, "--dry-run"]) == 0
    assert "; fewer than 3 seeds: numbers without a verdict" in capsys.readouterr().out
    assert cli.main([*TINY, "--dry-run", "--seeds", "0-2"]) == 0
    assert "verdict" not in capsys.readouterr().out


def test_networks_of_another_number_of_threads_are_told(stored, capsys):
    assert cli.main([*TINY, "--dry-run", "--threads", "2", "--seeds", "0-2"]) == 0
    assert "6 of them trained on another number of threads" in capsys.readouterr().out
    assert cli.main([*TINY, "--dry-run", "--seeds", "0-2"]) == 0
    assert "threads" not in capsys.readouterr().out


def test_a_dry_run_estimates_from_what_is_stored(stored, capsys):
    assert cli.main([*TINY, "--dry-run", "--seeds", "1-2"]) == 0
    out = capsys.readouterr().out
    assert "3 stored, 3 missing" in out
    assert "time: about " in out
    capsys.readouterr()
    assert cli.main([*TINY, "--dry-run"]) == 0
    assert "time" not in capsys.readouterr().out


def test_it_trains_tells_and_writes_the_table(tiny, tmp_path, capsys):
    assert cli.main([*TINY, "--seeds", "0", "--table", str(tmp_path / "t.json")]) == 0
    out = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in out[1:4]] == ["1/3", "2/3", "3/3"]
    assert "teacher-digits-all-seed0" in out[1]
    assert out[-1] == f"wrote {tmp_path / 't.json'}"
    table = json.loads((tmp_path / "t.json").read_text())
    assert [row["parameters"] for row in table["rows"]] == list(tiny_sweep.SWEEP.settings)
    assert table["made_by"] == "python -m kdengine sweep tiny --seeds 0 --precision fp32"
    assert not tables.path_of(sweep_table.table_of("tiny")).exists()


def test_from_the_store_the_table_is_written_again(stored, trained, capsys):
    original = tables.path_of(sweep_table.table_of("tiny")).read_text()
    tables.path_of(sweep_table.table_of("tiny")).unlink()
    assert cli.main(TINY) == 0
    assert tables.path_of(sweep_table.table_of("tiny")).read_text() == original
    assert "temperature=20" in capsys.readouterr().out
    assert sweep_table.load_table("tiny")["rows"]


def test_write_puts_it_among_what_ships(stored):
    assert cli.main([*TINY, "--write", "--quiet"]) == 0
    table = json.loads(tables.path_of(sweep_table.table_of("tiny"), shipped=True).read_text())
    assert table["made_by"].endswith("--write")


def test_fewer_seeds_do_not_hide_the_shipped_table(stored, capsys):
    assert cli.main([*TINY, "--write"]) == 0
    tables.path_of(sweep_table.table_of("tiny")).unlink()
    assert cli.main([*TINY, "--seeds", "0"]) == 0
    shipped = tables.path_of(sweep_table.table_of("tiny"), shipped=True)
    told = capsys.readouterr().out
    assert told.endswith(f"the pages show {shipped}, which has more seeds or figures\n")
    assert {row["seed"] for row in sweep_table.load_table("tiny")["rows"]} == {0, 1}
    assert cli.main(TINY) == 0
    here = tables.path_of(sweep_table.table_of("tiny"))
    assert capsys.readouterr().out.endswith(f"the pages show {here}\n")
    assert tables.shown(sweep_table.table_of("tiny"))[0] == here


def test_quiet_prints_nothing(stored, capsys):
    assert cli.main([*TINY, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_disk_that_fills_up_before_the_table_is_named_and_keeps_the_old_one(
    stored, monkeypatch, capsys
):
    assert cli.main(TINY) == 0
    before = sweep_table.load_table("tiny")
    capsys.readouterr()

    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shapes, "write_json", full)
    assert cli.main(TINY) == 1
    assert "is full; what is finished is stored" in capsys.readouterr().err
    assert sweep_table.load_table("tiny") == before


def test_a_failed_network_ends_with_1_and_the_rest_is_in_the_table(stored, monkeypatch, capsys):
    lost = run_key(sweeps.points("tiny")[0].plan.student)
    store.delete(lost)

    def diverge(*arguments, **options):
        raise ValueError("training diverged in epoch 1")

    monkeypatch.setattr(training, "fit", diverge)
    assert cli.main(TINY) == 1
    told = capsys.readouterr()
    assert f"failed: {lost}: training diverged in epoch 1" in told.err
    assert "1 of 4 experiments have no figures" in told.err
    assert len(sweep_table.load_table("tiny")["rows"]) == 3


def test_a_damaged_run_ends_with_1(stored, capsys):
    damaged = run_key(sweeps.points("tiny")[0].plan.student)
    (files.runs_dir() / damaged / "metrics.json").write_text("{}")
    assert cli.main(TINY) == 1
    assert "--fresh" in capsys.readouterr().err


def test_a_scheduler_that_does_not_answer_ends_with_1(tiny, monkeypatch, capsys):
    pytest.importorskip("distributed")
    monkeypatch.setattr(workers, "DASK_SECONDS", 0.3)
    assert cli.main(["sweep", "tiny", "--scheduler", "127.0.0.1:9"]) == 1
    assert "no Dask scheduler answers at 127.0.0.1:9" in capsys.readouterr().err


# How it looks


def row(seed, accuracy, **parameters):
    """Return as much of a row as the summary shows."""
    figures = {"accuracy": accuracy, "omitted_accuracy": None}
    return {
        "parameters": parameters,
        "seed": seed,
        "teacher": figures,
        "student_before": figures,
        "student_after": {"accuracy": accuracy, "omitted_accuracy": accuracy},
        "baseline": None,
        "offset": {"value": 1.0 + seed},
    }


def test_the_summary_has_mean_and_deviation_of_every_setting():
    rows = [row(0, 0.97, temperature=2.0), row(1, 0.99, temperature=2.0)]
    rows += [{**row(0, 0.5, omitted_classes=(3, 5)), "offset": {"value": [1.0, 2.0]}}]
    titles, first, second = sweep.summary({"rows": rows}).splitlines()
    assert titles.split()[0] == "seeds"
    assert first.startswith("temperature=2 ")
    assert "98.00 ± 1.41 %" in first
    assert "+1.50 ± 0.71" in first
    assert second.startswith("omitted_classes=3,5 ")
    assert "50.00 %" in second
    assert second.endswith("–")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (75.0, "75 s"), (200.0, "3 min"), (7200.0, "2.0 h")]
)
def test_durations(seconds, text):
    assert terminal.duration(seconds) == text


def test_on_a_terminal_there_is_one_bar(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with closing(terminal.Progress()) as progress:
        progress.start(initial=2, total=4, desc="networks", unit="network")
        progress.step("3/4  teacher-a  3.0 s", "teacher-a 3.0 s")
        progress.step("3/4  student-b  failed: it diverged", "student-b failed", by=0)
        bar = progress.bar
        assert (bar.initial, bar.n, bar.total) == (2, 3, 4)
    told = capsys.readouterr()
    assert "networks" in told.err
    assert "student-b failed" in told.err
    assert told.out == ""


def test_elsewhere_there_are_lines_and_nothing_if_quiet(capsys):
    for quiet in (False, True):
        with closing(terminal.Progress(quiet=quiet)) as progress:
            progress.start(total=4)
            progress.step("1/4", "beside the bar")
            progress.step("")
    assert capsys.readouterr() == ("1/4\n", "")


# Studies since 2015: a seed at once


@pytest.fixture
def measured(empty_store, monkeypatch):
    """Let seeds be measured in no time, and return those that were."""
    seen = []

    def of_seed(name, number, threads, precision):
        seen.append((name, number, threads, precision))
        return fake_studies.seed(name, number)

    monkeypatch.setattr(measuring, "of_seed", of_seed)
    monkeypatch.setattr(datasets, "load", lambda name: None)
    return seen


def test_a_study_measures_what_is_missing_and_goes_on_from_there(measured, monkeypatch, capsys):
    study_of = ["sweep", "inherited", "--workers", "1", "--precision", "fp32"]
    assert cli.main([*study_of, "--seeds", "1-2"]) == 0
    assert cli.main([*study_of, "--seeds", "0-2"]) == 0
    assert [number for _, number, *_ in measured] == [1, 2, 0]
    assert measured[0] == ("inherited", 1, 1, "fp32")
    table = sweep_table.load_table("inherited")
    assert [seed["seed"] for seed in table["seeds"]] == [0, 1, 2]
    assert table["made_by"] == "python -m kdengine sweep inherited --seeds 0-2 --precision fp32"
    own = [seed["rows"]["own"]["repeated"] for seed in table["seeds"]]
    assert f"{sum(own) / 3:.4g}" in capsys.readouterr().out
    # With nothing to measure no image is needed.
    monkeypatch.setattr(datasets, "load", lambda name: pytest.fail("images were read"))
    assert cli.main([*study_of, "--seeds", "0-2"]) == 0
    assert cli.main([*study_of, "--seeds", "0-3", "--dry-run"]) == 0
    assert "4 seeds, 3 of them in " in capsys.readouterr().out
    assert cli.main([*study_of, "--seeds", "0-2", "--dry-run"]) == 0
    assert "time" not in capsys.readouterr().out


def test_a_dry_run_of_a_study_tells_its_time_from_the_seeds_in_its_table(
    measured, capsys, tmp_path
):
    """Each of the made-up ones took 1.5 seconds; two workers measure two at once."""
    study_of = ["sweep", "noise", "--dry-run", "--table", str(tmp_path / "other.json")]
    assert cli.main([*study_of, "--seeds", "0-9"]) == 0
    assert "time: unknown" in capsys.readouterr().out
    fake_studies.install("noise")
    assert cli.main([*study_of, "--seeds", "0-99", "--workers", "1"]) == 0
    assert "time: about 2 min" in capsys.readouterr().out  # 150 seconds
    assert cli.main([*study_of, "--seeds", "0-99", "--workers", "2"]) == 0
    assert "time: about 75 s" in capsys.readouterr().out
    assert not measured


def test_a_study_of_too_few_seeds_says_so_before_any_is_measured(measured, capsys):
    assert cli.main(["sweep", "noise", "--workers", "1", "--seeds", "0-1"]) == 0
    assert "2 seeds, 0 of them in " in (out := capsys.readouterr().out)
    assert "; fewer than 3 seeds: numbers without a verdict" in out
    assert cli.main(["sweep", "noise", "--workers", "1", "--seeds", "2"]) == 0  # with those there
    assert "verdict" not in capsys.readouterr().out


def test_a_study_of_stored_networks_takes_what_those_missing_take(measured, capsys, monkeypatch):
    fake_studies.install("inherited")
    study_of = ["sweep", "inherited", "--dry-run", "--workers", "1", "--seeds", "3-102"]
    stored = set()
    monkeypatch.setattr(store, "exists", lambda key: key in stored)
    assert cli.main(study_of) == 0
    assert "time: about 2 min" in capsys.readouterr().out  # 150 seconds
    networks = [network.key for network in needed.of_study("inherited", range(3, 103))]
    assert len(networks) == 2 * 102  # of 3 to 103, and of 0, which is 7's neighbour
    stored |= set(networks[: len(networks) // 2])
    assert cli.main(study_of) == 0
    assert "time: about 75 s" in capsys.readouterr().out
    # A seed that found its networks stored tells nothing of what training them takes.
    path, _ = tables.shown(known.table_of("inherited"))
    content = json.loads(path.read_text())
    for seed in content["seeds"][1:]:
        seed["wall_seconds"] = 0.03
    path.write_text(json.dumps(content))
    assert cli.main(study_of) == 0
    assert "time: about 75 s" in capsys.readouterr().out


def test_a_study_of_nothing_stored_says_what_makes_it(measured, capsys):
    assert cli.main(["sweep", "noise", "--stored"]) == 1
    assert "python -m kdengine sweep noise" in capsys.readouterr().err
    assert not measured


def test_a_study_refuses_a_device_before_anything_is_measured(measured, capsys):
    assert cli.main(["sweep", "noise", "--device", "cuda"]) == 2
    assert "leave out --device" in capsys.readouterr().err
    assert not measured
