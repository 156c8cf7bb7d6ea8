"""Threads wait briefly, unless somebody has said otherwise; torch is told before it loads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kdengine.cli import main as cli
from kdengine.training import openmp

ROOT = Path(__file__).resolve().parents[3]
# Stands before torch and tells what the environment holds when it would load.
BEFORE_TORCH = """
import os, sys

class Torch:
    def find_spec(name, *_):
        if name == "torch":
            sys.exit(os.environ.get("GOMP_SPINCOUNT"))

sys.meta_path.insert(0, Torch)
from kdengine import pipeline
pipeline._dataset = lambda name: None
pipeline._load_for_training("digits")
"""


@pytest.mark.parametrize(
    ("told", "spins"),
    [({}, "20000"), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "ACTIVE"}, None)],
)
def test_threads_spin_only_briefly_unless_told_otherwise(told, spins, monkeypatch):
    monkeypatch.setattr(os, "environ", dict(told))
    openmp.wait_briefly()
    assert os.environ.get("GOMP_SPINCOUNT") == spins


def test_a_pipeline_says_so_before_torch_loads():
    done = subprocess.run(
        [sys.executable, "-c", BEFORE_TORCH], env={}, cwd=ROOT, capture_output=True, text=True
    )
    assert done.stderr.strip() == "20000"


def test_so_does_every_command(monkeypatch):
    monkeypatch.setattr(os, "environ", {"PATH": os.environ["PATH"]})
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    assert os.environ["GOMP_SPINCOUNT"] == "20000"
