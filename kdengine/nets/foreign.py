"""Networks from elsewhere: arrays of any names in any order, brought to the form of ours.

Which layer follows which their sizes tell, then the numbers in their names. Knows no files.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kdengine.config import CLASSES
from kdengine.nets.architecture import PIXEL_DEVIATION, PIXEL_MEAN, PIXELS

# What a network may have been shown: grey values from 0 to 1 less the first, over the second.
SCALINGS = {
    "0-1": (0.0, 1.0),
    "mean-deviation": (PIXEL_MEAN, PIXEL_DEVIATION),
    "centred": (0.5, 0.5),
    "0-255": (0.0, 1.0 / 255.0),
}
_MOST_LAYERS, _MOST_TOLD = 9, 8
_ALLOWED = (
    f"Allowed is a dense ReLU network from {PIXELS} inputs to {CLASSES} outputs of at most "
    f"{_MOST_LAYERS} layers: a matrix and a bias each, in the same order by their names, and "
    "nothing else"
)


def dense_weights(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
    """Return *arrays* as `Architecture.weight_shapes` names them.

    Matrices are (outputs, inputs) or (inputs, outputs). ValueError says what was found where this
    is no such network, or where the order of its layers cannot be told.
    """
    for name, array in arrays.items():
        with np.errstate(over="ignore"):
            if array.dtype.kind != "f" or not np.isfinite(array.astype(np.float16)).all():
                raise ValueError(
                    f"{_line(name)} ({array.dtype}) holds what is no number in float16: NaN, "
                    f"infinite, beyond ±65,504 or no float at all. {_ALLOWED}."
                )
    names = sorted(arrays, key=_natural)
    matrices, biases = ([n for n in names if arrays[n].ndim == dims] for dims in (2, 1))
    if len(matrices) == len(biases) == len(arrays) / 2 and len(matrices) <= _MOST_LAYERS:
        bias_of = dict(zip(matrices, (arrays[n] for n in biases), strict=True))
        for turned in (False, True):
            sizes = {n: (arrays[n].shape[not turned], arrays[n].shape[turned]) for n in matrices}
            if all(bias_of[n].size == outputs for n, (_, outputs) in sizes.items()) and (
                chains := list(_chains(sizes, PIXELS))
            ):
                return {
                    f"layers.{2 * place}.{part}": np.ascontiguousarray(array, np.float32)
                    for place, n in enumerate(_told_apart(chains))
                    for part, array in (
                        ("weight", arrays[n].T if turned else arrays[n]),
                        ("bias", bias_of[n]),
                    )
                }
    told = [f"{_line(n)} ({'×'.join(map(str, arrays[n].shape)) or '1'})" for n in names]
    more = f" and {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
    raise ValueError(f"it holds {', '.join(told[:_MOST_TOLD]) or 'no array'}{more}. {_ALLOWED}.")


def fingerprint(weights: Mapping[str, NDArray[Any]]) -> str:
    """Return what tells a network's *weights*, as they are stored, from all others."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(f"{name}{weights[name].shape}".encode())
        digest.update(np.ascontiguousarray(weights[name], np.float16).tobytes())
    return digest.hexdigest()[:16]


def _chains(sizes: dict[str, tuple[int, int]], units: int) -> Iterator[tuple[str, ...]]:
    """Yield each order in which layers of these sizes lead from so many *units* to the classes."""
    if not sizes and units == CLASSES:
        yield ()
    for name, (inputs, outputs) in sizes.items():
        if inputs == units:
            others = {other: size for other, size in sizes.items() if other != name}
            yield from ((name, *chain) for chain in _chains(others, outputs))


def _told_apart(chains: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the one of some possible orders that the numbers in the names tell."""
    free = {name for place in zip(*chains, strict=True) if len({*place}) > 1 for name in place}
    # Of fc2 and fc3 the names tell the order; of hidden and middle nothing does.
    wanted = sorted(free, key=_natural) if len({re.sub("[0-9]+", "", n) for n in free}) < 2 else []
    for chain in chains:
        if [name for name in chain if name in free] == wanted:
            return chain
    raise ValueError(
        f"which comes first cannot be told of {', '.join(map(_line, sorted(free)))}: they fit in "
        f"{len(chains)} orders. Give them names that differ in their numbers alone, in their order."
    )


def _natural(name: str) -> list[Any]:
    """Return what sorts names with their numbers as numbers."""
    return [int(p) if place % 2 else p for place, p in enumerate(re.split("([0-9]+)", name))]


def _line(name: str) -> str:
    """Return a name from outside as it can be printed."""
    return "".join(c if c.isprintable() else "?" for c in name[:40])
