"""Files from anywhere: read if they hold arrays, refused with a reason if not, never run."""

import io
import os
import pickle
import zipfile

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from kdengine.store import foreign_files

NET = nn.Linear(5, 3)


class Runs:
    """What unpickling runs: a command that leaves a mark."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch {self.mark}",)


def saved(save, *what):
    file = io.BytesIO()
    save(*what, file)
    return file.getvalue()


def npz(compressed=False, **arrays):
    file = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(file, **arrays)
    return file.getvalue()


def packed(count):
    """Return an .npz of *count* zeros; of them it holds the first million.

    All would take half a minute to pack, and the reader asks for their place before it reads any.
    """
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.npy", "w") as a,
    ):
        shape = {"descr": "<f8", "fortran_order": False, "shape": (count,)}
        np.lib.format.write_array_header_1_0(a, shape)
        a.write(bytes(8 * 10**6))
    return file.getvalue()


def read(name, content):
    return foreign_files.read(name, io.BytesIO(content))


STATE = {name: tensor.detach() for name, tensor in NET.state_dict().items()}
CHECKPOINT = {"epoch": 3, "model_state_dict": STATE, "optimizer": {"state": {}, "groups": [1]}}
HALF = {name: tensor.bfloat16() for name, tensor in STATE.items()}


@pytest.mark.parametrize(
    ("name", "content", "tolerance"),
    [
        ("a.pt", saved(torch.save, NET.state_dict()), 0.0),
        ("A.PTH", saved(torch.save, CHECKPOINT), 0.0),
        ("a.safetensors", safetensors.torch.save(HALF), 0.01),
        ("a.npz", npz(**{name: tensor.numpy() for name, tensor in STATE.items()}), 0.0),
    ],
)
def test_arrays_come_out_as_they_went_in(name, content, tolerance):
    held = read(name, content)
    assert held.keys() == STATE.keys()
    for key, array in held.items():
        assert array.dtype == np.float32
        assert np.abs(array - STATE[key].numpy()).max() <= tolerance


def test_a_pickle_that_would_run_code_does_not(tmp_path):
    """Whatever the file is called, and in torch's present and former format."""
    mark = tmp_path / "ran"
    for name, content in (
        ("a.pt", saved(torch.save, {"weight": Runs(mark)})),
        ("a.pth", pickle.dumps(Runs(mark))),
        ("a.npz", npz(weight=np.array([Runs(mark)], dtype=object))),
        ("a.npz", pickle.dumps(Runs(mark))),
        ("a.safetensors", pickle.dumps(Runs(mark))),
    ):
        with pytest.raises(ValueError, match="Save the weights alone"):
            read(name, content)
        assert not mark.exists()
    pickle.loads(pickle.dumps(Runs(mark)))
    assert mark.exists()  # this is what would have run


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.pt", saved(torch.save, NET), "it asks for torch.nn.modules.linear.Linear: no"),
        ("a.pt", saved(torch.save, [1, 2]), "0 state dicts in list"),
        ("a.pt", saved(torch.save, {"a": STATE, "b": STATE}), "2 state dicts: a, b; save one"),
        ("a.pt", saved(torch.save, {"w": torch.eye(3).to_sparse()}), "w is sparse; save what its"),
        ("a.pt", b"hello", "it is no file of PyTorch's, or cut off"),
        ("a.pt", b"a few lines", "it is no file of PyTorch's, or cut off"),
        ("a.npz", npz(w=np.array([{}])), "w is damaged or holds Python objects; save numbers"),
        ("a.pt", b"", "of 0 bytes; allowed are .safetensors, .pt, .pth, .npz"),
        ("a.pt", b"no such file" * 9, "it is damaged, or more than arrays: no file's code"),
        ("a.npz", npz(a=np.zeros(10**9, np.int8), compressed=True)[:5000], "no arrays|damaged"),
        ("a.npz", npz(**{f"a{n}": np.zeros(1) for n in range(70)}), "65 arrays"),
        ("a.onnx", b"x", "it is a '.onnx' of 1 bytes; allowed are .safetensors"),
        ("noending", b"x", "it is a '' of 1 bytes"),
    ],
)
def test_anything_else_is_refused_with_a_reason(name, content, told):
    with pytest.raises(ValueError, match=told):
        read(name, content)


def test_a_file_that_grows_in_memory_ends_its_own_process():
    """A few bytes that announce terabytes, and a few thousand that announce 8 GB."""
    grown = torch.zeros(1).expand(10**6, 10**6)
    for name, content in (
        ("a.pt", saved(torch.save, {"a": grown})),
        ("a.npz", packed(10**9)),
    ):
        with pytest.raises(ValueError, match="more than 4 GiB, or crashes"):
            read(name, content)


def test_a_file_of_gigabytes_is_not_read(tmp_path):
    """It takes no place on the disk: nothing but its size has been written."""
    path = tmp_path / "large.pt"
    with path.open("wb") as file:
        file.truncate(5 << 30)
    with path.open("rb") as file, pytest.raises(ValueError, match="5,368,709,120 bytes; allowed"):
        foreign_files.read(path.name, file)
    assert file.closed


def test_reading_takes_no_longer_than_it_may(monkeypatch):
    monkeypatch.setattr(foreign_files, "_SECONDS", 0.01)
    with pytest.raises(ValueError, match="could not be read in 0.01 s"):
        read("a.npz", npz(a=np.zeros(3)))
