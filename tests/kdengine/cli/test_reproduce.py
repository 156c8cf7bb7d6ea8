"""The command `reproduce` as a user types it, on a reproduction that trains in a blink."""

import json
from dataclasses import replace

import pytest
import torch

from kdengine import files
from kdengine.cli import main as cli
from kdengine.config import on_hard_labels, run_key
from kdengine.recipes import known, plans
from kdengine.recipes.own import CLASSROOM
from kdengine.recipes.source import Figure
from kdengine.store import runs as store
from kdengine.store import tables
from kdengine.studies import reproduction_table, workers
from kdengine.training import fit as training
from tests.kdengine import tiny_sweep

FIGURES = (
    Figure("teacher, errors", 100, "teacher", "errors"),
    Figure("hard, accuracy", 0.5, "hard-no-3", "accuracy"),
    Figure("soft, errors on threes", 20, "soft-no-3", "errors", "all-biases", 3),
    Figure("soft, offset", 3.5, "soft-no-3", "offset", "test-optimal", 3),
)


@pytest.fixture(autouse=True)
def one_thread():
    """Training leaves torch with its own number of threads; other tests expect the usual one."""
    usual = torch.get_num_threads()
    yield
    torch.set_num_threads(usual)


def networks(seed):
    """Return a teacher and two students of a dozen units, on digits."""
    made = plans.experiment(CLASSROOM, dataset="digits", seed=seed)
    student = replace(made.student, epochs=2)
    return {
        "teacher": made.teacher,
        "hard-no-3": on_hard_labels(student),
        "soft-no-3": student,
    }


@pytest.fixture
def tiny(empty_store, monkeypatch):
    """Make a reproduction called am207 that is tiny, with nothing stored."""
    monkeypatch.setitem(known.RECIPES["classroom"].small, "digits", tiny_sweep.SMALL)
    own = replace(known.source("am207"), networks=networks, figures=FIGURES, seeds=(0, 1))
    monkeypatch.setitem(known.SOURCES, "am207", own)
    # One worker is this process; others would each load torch for networks of a blink.
    monkeypatch.setattr(workers, "cores", lambda: 1)
    return empty_store


def test_without_a_name_the_reproductions_are_listed(capsys):
    assert cli.main(["reproduce"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(known.SOURCES)
    assert "14 networks a seed" in lines[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["banana"], "hinton2015, hinton-problems, am207, hiverxd, rp13"),
        (["rp13", "--seeds", "x"], "such as 0-2"),
        (["rp13", "--workers", "0"], "outside 1 to 256"),
        (["rp13", "--table", "/no/such/folder/t.json"], "writable folder"),
        (["rp13", "--table", "t.json", "--write"], "not allowed with"),
    ],
)
def test_unusable_arguments_are_refused_before_any_training(
    arguments, message, capsys, monkeypatch
):
    monkeypatch.setattr(training, "fit", lambda *a, **o: pytest.fail("something was trained"))
    try:
        code = cli.main(["reproduce", *arguments])
    except SystemExit as error:
        code = error.code
    assert code == 2
    assert message in capsys.readouterr().err


def test_a_cache_that_cannot_be_written_is_refused(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(tmp_path / "file"))
    assert cli.main(["reproduce", "rp13"]) == 1
    assert "KDENGINE_CACHE_DIR" in capsys.readouterr().err


def test_a_dry_run_says_what_is_missing_and_how_long_it_takes(tiny, capsys, monkeypatch):
    command = ["reproduce", "am207", "--precision", "fp32"]
    assert cli.main([*command, "--dry-run"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told == [
        "6 networks, 0 stored, 6 missing; fewer than 3 seeds: numbers without a verdict",
        "time: unknown",
    ]
    assert not files.cache_dir().exists()
    assert cli.main([*command, "--seeds", "0", "--quiet"]) == 0
    monkeypatch.setattr(training, "fit", lambda *a, **o: pytest.fail("something was trained"))
    assert cli.main([*command, "--dry-run"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "3 stored, 3 missing; " in first
    assert second.startswith("time: about ")
    assert cli.main([*command, "--dry-run", "--seeds", "0"]) == 0
    assert "0 missing" in capsys.readouterr().out


def test_it_trains_what_is_missing_and_writes_every_figure(tiny, tmp_path, capsys, monkeypatch):
    target = tmp_path / "table.json"
    command = ["reproduce", "am207", "--precision", "fp32", "--table", str(target)]
    assert cli.main(command) == 0
    told = capsys.readouterr().out
    assert "4 figures:" in told
    table = json.loads(target.read_text())
    assert table["seeds"] == [0, 1]
    assert table["made_by"] == "python -m kdengine reproduce am207 --precision fp32"
    assert [row["quantity"] for row in table["figures"]] == [f.quantity for f in FIGURES]
    for row in table["figures"]:
        assert len(row["ours"]) == 2
        assert row["mean"] == pytest.approx(sum(row["ours"]) / 2, abs=1e-4)
        deviation = abs(row["ours"][0] - row["ours"][1]) / 2**0.5
        assert row["sd"] == pytest.approx(deviation, abs=1e-4)
        assert row["difference"] == pytest.approx(row["mean"] - row["value"], abs=1e-4)
    assert {len(one["runs"]) for one in table["networks"].values()} == {2}
    monkeypatch.setattr(training, "fit", lambda *a, **o: pytest.fail("something was trained"))
    assert cli.main([*command[:-2], "--seeds", "1", "--quiet"]) == 0
    (one,) = reproduction_table.load_table("am207")["seeds"]
    assert one == 1
    row = reproduction_table.load_table("am207")["figures"][0]
    assert row["sd"] is None
    assert row["ours"] == table["figures"][0]["ours"][1:]


def test_the_shipped_table_is_used_where_none_was_made(tiny, capsys):
    assert reproduction_table.load_table("am207") is None
    assert cli.main(["reproduce", "am207", "--seeds", "0", "--write", "--quiet"]) == 0
    path = files.shipped_dir() / "reproduction-am207.json"
    assert json.loads(path.read_text())["made_by"].endswith("am207 --seeds 0 --write")
    assert reproduction_table.load_table("am207") == json.loads(path.read_text())
    (files.cache_dir() / "reproduction-am207.json").write_text("{")
    assert reproduction_table.load_table("am207")["seeds"] == [0]


def test_a_table_of_fewer_seeds_does_not_hide_the_shipped_one(tiny, capsys):
    """What counts are the seeds with figures, not those that were asked for."""
    assert cli.main(["reproduce", "am207", "--seeds", "0-1", "--write"]) == 0
    shipped = tables.path_of(reproduction_table.table_of("am207"), shipped=True)
    assert capsys.readouterr().out.endswith(f"the pages show {shipped}\n")
    store.delete(run_key(networks(1)["teacher"]))
    for kind in ("hard-no-3", "soft-no-3"):
        store.delete(run_key(networks(1)[kind]))
    assert cli.main(["reproduce", "am207", "--seeds", "0-5", "--stored"]) == 0
    assert f"the pages show {shipped}, which has more seeds" in capsys.readouterr().out
    assert reproduction_table.load_table("am207")["seeds"] == [0, 1]


@pytest.mark.parametrize(
    ("place", "damage"),
    [
        (("format",), 99),
        (("name",), "rp13"),
        (("figures",), []),
        (("missing",), ["something else"]),
        (("missing",), None),
        (("figures", 0, "mean"), "banana"),
        (("figures", 0, "verdict"), 1),
        (("figures", 0, "ours"), []),
        (("figures", 0, "digit"), "banana"),
        (("figures", 0, "corrected"), "banana"),
        (("networks",), {}),
        (("networks", "teacher", "runs"), None),
        (("seeds",), []),
        (("link",), None),
    ],
)
def test_a_damaged_table_is_not_used(tiny, place, damage):
    assert cli.main(["reproduce", "am207", "--seeds", "0", "--quiet"]) == 0
    path = tables.path_of(reproduction_table.table_of("am207"))
    record = json.loads(path.read_text())
    inner = record
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = damage
    path.write_text(json.dumps(record))
    assert reproduction_table.load_table("am207") is None


def test_what_has_no_run_is_named_and_the_rest_is_made(tiny, capsys):
    """Seed 1 has no student: it counts for the teacher and the baseline alone."""
    assert cli.main(["reproduce", "am207", "--seeds", "0-1", "--quiet"]) == 0
    soft = [run_key(networks(seed)["soft-no-3"]) for seed in (0, 1)]
    store.delete(soft[1])
    capsys.readouterr()
    assert cli.main(["reproduce", "am207", "--stored", "--quiet"]) == 0
    table = reproduction_table.load_table("am207")
    counts = {row["quantity"]: len(row["ours"]) for row in table["figures"]}
    assert counts["teacher, errors"] == counts["hard, accuracy"] == 2
    assert counts["soft, offset"] == 1
    store.delete(soft[0])
    assert cli.main(["reproduce", "am207", "--stored", "--quiet"]) == 0
    assert "for want of a run: soft, errors on threes; soft, offset" in capsys.readouterr().err
    table = reproduction_table.load_table("am207")
    assert table["missing"] == ["soft, errors on threes", "soft, offset"]


def test_a_stopped_command_says_what_is_stored_and_goes_on_later(tiny, capsys, monkeypatch):
    fit, trained = training.fit, []

    def twice(*arguments, **options):
        if len(trained) == 2:
            raise KeyboardInterrupt
        trained.append(1)
        return fit(*arguments, **options)

    monkeypatch.setattr(training, "fit", twice)
    assert cli.main(["reproduce", "am207", "--seeds", "0", "--quiet"]) == 1
    assert "2 of 3 networks are stored; the same command goes on" in capsys.readouterr().err
    assert reproduction_table.load_table("am207") is None
    monkeypatch.setattr(training, "fit", fit)
    assert cli.main(["reproduce", "am207", "--seeds", "0", "--quiet"]) == 0


def test_without_any_run_there_is_no_table(tiny, capsys):
    assert cli.main(["reproduce", "am207", "--stored"]) == 1
    assert "train them: python -m kdengine reproduce am207" in capsys.readouterr().err
