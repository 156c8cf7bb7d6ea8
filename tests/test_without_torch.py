"""Where PyTorch is not installed every page works, and what would train says what to do."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from dashboard.core import presenter
from dashboard.jobs import processes, readiness, worker
from tests.dashboard.pages import VIEWS, open_page

ROOT = Path(__file__).resolve().parents[1]
# Lines after which torch is not to be found.
WITHOUT = """import sys
from importlib.machinery import PathFinder
found = PathFinder.find_spec
missing = lambda _, name, *more: None if name == "torch" else found(name, *more)
PathFinder.find_spec = classmethod(missing)
"""


@pytest.fixture
def without_torch(monkeypatch):
    """The same in this process, for who looks whether it is there."""
    found = importlib.util.find_spec
    missing = lambda name, *more: None if name == "torch" else found(name, *more)  # noqa: E731
    monkeypatch.setattr(importlib.util, "find_spec", missing)


def run_without_torch(code: str, *arguments: str, **environment: str):
    """Run Python lines in a process of their own in which torch cannot be imported."""
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + code, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


def test_every_page_draws_without_torch():
    """The pages' own tests, in a process that has none."""
    pages = str(ROOT / "tests" / "dashboard" / "test_pages.py")
    code = "import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    options = ["-q", "-n", "0", "-p", "no:cacheprovider", "-k", "small_store or nothing_is_stored"]
    done = run_without_torch(code, pages, *options)
    assert done.returncode == 0, done.stdout[-3000:]
    assert f"{2 * len(VIEWS)} passed" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--dataset", "digits"),
        ("synthetic", "--seeds", "0"),
        ("noise-teacher", "--dataset", "digits"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_terminal_says_what_to_do_instead_of_a_traceback(arguments, tmp_path):
    code = "from kdengine.cli.main import main; sys.exit(main())"
    done = run_without_torch(code, *arguments, KDENGINE_CACHE_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "PyTorch is not installed here" in done.stderr
    assert "pip install -r requirements.txt" in done.stderr
    assert "Traceback" not in done.stderr


def test_networks_from_files_need_it_for_its_own_files_alone(tmp_path):
    """Nor does the process that reads the file find it."""
    (tmp_path / "sitecustomize.py").write_text(WITHOUT)
    shapes = {"w1": (20, 784), "b1": (20,), "w2": (10, 20), "b2": (10,)}
    arrays = {name: np.full(of, 0.01, np.float32) for name, of in shapes.items()}
    np.savez(tmp_path / "net.npz", **arrays)
    save_file(arrays, tmp_path / "net.safetensors")
    save_file(arrays, tmp_path / "net.pt")  # it is not looked into

    def run(**given):
        files = [f"--{role}-file={tmp_path / n}" for role, n in given.items()]
        command = ["run", "--dataset", "digits", "--accept", *files]
        code = "from kdengine.cli.main import main; sys.exit(main())"
        places = {"KDENGINE_CACHE_DIR": str(tmp_path / "c"), "PYTHONPATH": str(tmp_path)}
        return run_without_torch(code, *command, **places)

    done = run(teacher="net.safetensors", student="net.npz")
    assert done.returncode == 0, done.stderr
    done = run(teacher="net.pt")
    assert done.returncode == 1
    assert "PyTorch is not installed here, and this .pt needs it: install it" in done.stderr
    assert "numbers as .npz or as .safetensors in float32" in done.stderr


def test_the_train_page_says_so_and_offers_no_start(small_store, without_torch):
    page = open_page("train")
    assert not page.exception
    assert any("PyTorch is not installed here" in info.value for info in page.info)
    assert page.button(key="train_start").disabled


def test_nor_is_the_audience_told_of_commands(small_store, without_torch, monkeypatch):
    monkeypatch.setenv(presenter.ENVIRONMENT, "a key")
    assert not any("pip" in info.value for info in open_page("train").info)


def test_where_memory_is_short_training_is_refused_with_what_to_do(small_store, monkeypatch):
    assert not open_page("train").button(key="train_start").disabled
    monkeypatch.setattr(readiness, "free_memory", lambda: readiness.NEEDED - 1)
    told = "needs some 1,024 MiB of memory, and 1,023 MiB are free here"
    page = open_page("train")
    assert any(told in info.value for info in page.info)
    assert page.button(key="train_start").disabled
    with pytest.raises(OSError, match="end other programs and try again, or train on another"):
        processes.start({"dataset": "digits"})
    outcome = worker._train({"dataset": "digits"}, lambda event: None)
    assert outcome["state"] == "failed"
    assert told in outcome["message"]


@pytest.mark.parametrize("limit, free", [("300", 300 - 120 + 20), ("max", None)])
def test_a_containers_limit_counts_without_what_it_may_forget(limit, free, tmp_path, monkeypatch):
    monkeypatch.setattr(readiness, "_CONTAINER", tmp_path / "none")
    machine = readiness.free_memory()
    monkeypatch.setattr(readiness, "_CONTAINER", tmp_path)
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    (tmp_path / "memory.current").write_text("120\n")
    (tmp_path / "memory.stat").write_text("anon 90\ninactive_file 20\nslab 1\n")
    found = readiness.free_memory()
    assert found == free if free is not None else found > machine / 2
    assert bool(readiness.obstacle()) is (free is not None)
