"""The arrays in a network's file from anywhere, read by a process of its own.

That process has little memory and time and never runs what a pickle asks for: whatever a file does
to it, it answers with arrays, with a reason, or not at all.
"""

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

SUFFIXES = (".safetensors", ".pt", ".pth", ".npz")
_LARGEST = 128 * 2**20  # 33 million weights in float32
_MEMORY, _SECONDS, _MOST_ARRAYS = 4 << 30, 60, 64
_ROOT = Path(__file__).resolve().parents[2]
_ADVICE = "Save the weights alone, such as `model.state_dict()`"


def read(name: str, file: IO[bytes]) -> dict[str, NDArray[Any]]:
    """Return the arrays in a *file* called *name*, by their names; ValueError if it has none."""
    suffix, size = Path(name).suffix.lower(), file.seek(0, os.SEEK_END)
    if suffix not in SUFFIXES or not 0 < size <= _LARGEST:
        raise ValueError(
            f"it is a {suffix[:20]!a} of {size:,} bytes; allowed are {', '.join(SUFFIXES)} of at "
            f"most {_LARGEST:,}. {_ADVICE}."
        )
    file.seek(0)
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as answer:
        shutil.copyfileobj(file, given)
        given.seek(0)
        try:
            done = subprocess.run(
                [sys.executable, "-m", "kdengine.store.foreign_files", suffix],
                cwd=_ROOT,
                env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
                stdin=given,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise ValueError(f"it could not be read in {_SECONDS} s. {_ADVICE}.") from error
        answer.seek(0)
        if done.returncode == 0:
            return dict(load(answer.read()))
        told = answer.read(4000).decode(errors="replace")
    if re.search("pickl|weights_only", told, re.IGNORECASE):
        asked = re.search(r"GLOBAL ([\w.]+)", told)
        needs = f"it asks for {asked[1][:60]}" if asked else "it is damaged, or more than arrays"
        reason = f"{needs}: no file's code is run"
    elif not told or "MemoryError" in told or "allocate" in told:
        reason = f"reading it takes more than {_MEMORY >> 30} GiB, or crashes"
    elif told.startswith("ModuleNotFoundError: No module named 'torch'"):
        reason = (
            f"PyTorch is not installed here, and this {suffix} needs it: install it (`pip install "
            "-r requirements.txt`), or give the numbers as .npz or as .safetensors in float32"
        )
    else:
        told = told.removeprefix("ValueError: ").strip()  # those are in words of our own
        line = "".join(c if c.isprintable() else " " for c in told[:200])
        reason = f"no arrays could be read from it ({line})"
    raise ValueError(f"{reason}. {_ADVICE}.")


def _serve(suffix: str) -> None:
    """Write the arrays of the file that is the standard input to the output, or why not."""
    with suppress(ImportError, ValueError, OSError):  # where the system has no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * _LARGEST, 2 * _LARGEST))
    sys.excepthook = lambda kind, error, _: print(f"{kind.__name__}: {error}")  # noqa: T201
    held = _numpy_arrays() if suffix == ".npz" else _tensors(suffix)
    if len(held) > _MOST_ARRAYS or any(len(name) > 200 for name in held):
        raise ValueError(f"{len(held)} arrays, or one with a name of over 200 letters")
    sys.stdout.buffer.write(save(held))


def _numpy_arrays() -> dict[str, NDArray[Any]]:
    """Return the arrays of an .npz, none of which may hold Python objects."""
    held = np.load(sys.stdin.buffer, allow_pickle=False)
    names = held.files if isinstance(held, np.lib.npyio.NpzFile) else []
    arrays = {}
    for name in names[: _MOST_ARRAYS + 1]:
        try:
            arrays[name] = held[name].copy(order="C")
        except ValueError as error:
            told = f"{name[:60]} is damaged or holds Python objects; save numbers"
            raise ValueError(told) from error
    return arrays


def _tensors(suffix: str) -> dict[str, NDArray[Any]]:
    """Return the tensors of a safetensors file or a state dict, or of the only one in a dict."""
    content = sys.stdin.buffer.read()
    if suffix == ".safetensors":
        with suppress(KeyError):  # a type that numpy lacks, such as bfloat16
            return dict(load(content))
    import safetensors.torch
    import torch

    try:
        if suffix == ".safetensors":
            held: Any = safetensors.torch.load(content)
        else:
            held = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except (KeyError, IndexError, EOFError) as error:  # so torch reads text
        raise ValueError("it is no file of PyTorch's, or cut off") from error
    inside = [("", held), *(held.items() if isinstance(held, dict) else ())]
    full = [(name, d) for name, d in inside if isinstance(d, dict) and d]
    states = {str(name)[:60]: d for name, d in full if all(map(torch.is_tensor, d.values()))}
    if len(states) != 1:
        told = f": {', '.join(states)}; save one alone" if states else f" in {type(held).__name__}"
        raise ValueError(f"{len(states)} state dicts{told}")
    (state,) = states.values()
    for name, tensor in state.items():
        if tensor.layout is not torch.strided:
            raise ValueError(f"{str(name)[:60]} is sparse; save what its to_dense() returns")
    floats = {str(n): t.float() if t.is_floating_point() else t for n, t in state.items()}
    return {name: tensor.detach().contiguous().numpy() for name, tensor in floats.items()}


if __name__ == "__main__":
    _serve(sys.argv[1])
