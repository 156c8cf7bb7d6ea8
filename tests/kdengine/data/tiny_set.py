"""Small sets of ten made-up classes: a bar that leans more from class to class."""

import gzip
from pathlib import Path

import numpy as np

from tests.kdengine.data.tiny_mnist import idx

CLASSES = ["dash", "slash", "box", "fox", "lens", "arch", "bush", "key", "T-shirt/top", "ray"]
TOML = f'title = "Little things"\nclasses = {CLASSES}\nsource = "made up"\nlicence = "CC0"\n'
NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def arrays(train: int = 200, test: int = 100, side: int = 28) -> dict[str, np.ndarray]:
    """Return the four arrays of a set as an npz has them."""
    rng, made = np.random.default_rng(7), {}
    y, x = np.mgrid[:side, :side] / side - 0.5
    for split, count in (("train", train), ("test", test)):
        labels = rng.permutation(np.arange(count) % 10)
        angles = labels * np.pi / 10 + rng.normal(0, 0.05, count)
        away = np.abs(x * np.cos(angles)[:, None, None] + y * np.sin(angles)[:, None, None])
        noise = rng.integers(0, 40, (count, side, side))
        made[f"x_{split}"] = (np.where(away < 0.1, 210, 0) + noise).astype(np.uint8)
        made[f"y_{split}"] = labels.astype(np.uint8)
    return made


def write_idx(folder: Path, made: dict[str, np.ndarray], names=NAMES, *, packed=True) -> None:
    """Write the four files of a set."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in zip(names, made.values(), strict=True):
        content = idx(array.tobytes(), *array.shape)
        path = folder / f"{name}.gz" if packed else folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(content) if packed else content)


def write_npz(folder: Path, made: dict[str, np.ndarray], toml: str = TOML) -> None:
    """Write a set as one npz with a description."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / f"{folder.name}.npz", **made)
    if toml:
        (folder / "dataset.toml").write_text(toml, encoding="utf-8")
