"""A machine whose MNIST is tiny."""

import gzip
from pathlib import Path

import pytest

from tests.kdengine.data.tiny_mnist import CONTENTS, expect


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Return an empty ``mnist`` folder of a machine whose MNIST is the twelve tiny images."""
    expect(monkeypatch, CONTENTS)
    monkeypatch.setenv("KDENGINE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("KDENGINE_OFFLINE", raising=False)
    (tmp_path / "data" / "mnist").mkdir(parents=True)
    return tmp_path / "data" / "mnist"


@pytest.fixture
def filled(folder) -> Path:
    """Return the folder with the four files in it, gzip."""
    for name, content in CONTENTS.items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
    return folder
