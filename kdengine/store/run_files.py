"""The files of one run: their names, how each is read, and every check that they fit together.

Whatever reads a run from disk, from an upload or from another machine goes through here.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypedDict

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from kdengine.config import (
    CLASSES,
    FORMAT,
    MOST_IMAGES,
    TEST_SIZES,
    TRAIN_SIZES,
    RunConfig,
    from_dict,
    run_key,
    to_dict,
)
from kdengine.nets import architecture
from kdengine.offsets.evaluation import Answers, confusion_matrix
from kdengine.store import shapes
from kdengine.store.shapes import Accuracies, Number, Positive, Seconds, json_bytes, read_json

CONFIG, METRICS = "config.json", "metrics.json"
WEIGHTS, LOGITS, REPLAY = "weights.safetensors", "logits.safetensors", "replay.safetensors"
# Of a stored run; what came in a zip has no folder.
REMEDY = (
    " Delete its folder, or make it anew: with `python -m kdengine run --fresh`, or from the file "
    "that it was loaded from."
)
FILES = (CONFIG, METRICS, WEIGHTS, LOGITS, REPLAY)
_LARGEST_FILE = 200 * 2**20
_HEADER = 2**20  # of a tensor file, and far more than one needs
# Twice those of a student taught at T = 20 to give a class nothing at all; pages draw over all
# offsets that change an answer.
LARGEST_LOGIT = 3000.0
LOGITS_NAMES = ("train_logits", "train_labels", "test_logits", "test_labels")
Arrays = Mapping[str, NDArray[Any]]


class Epoch(Accuracies):
    """One epoch of a run's history."""

    epoch: Positive  # from 1
    epochs: Positive  # how many there are
    training_loss: Number  # mean of the minimised loss over the epoch's images, in nats
    test_loss: Number  # cross-entropy with the test labels at T=1, in nats: one scale for all
    seconds: Seconds  # wall time, evaluation included


class Sizes(TypedDict):
    """How many images of a split there are, and how many the network learnt from."""

    train: Positive
    transfer: Positive
    test: Positive


class Metrics(TypedDict):
    """What readers rely on in a run's metrics."""

    recipe: shapes.Name
    created: shapes.Day
    environment: shapes.Environment
    wall_seconds: Seconds
    split_sizes: Sizes
    data_sha256: shapes.Sha256
    confusion: shapes.Confusion
    history: Annotated[list[Epoch], Meta(min_length=1)]
    parameters: Positive
    microseconds_per_image: Annotated[float, Meta(ge=1e-3, le=1e9)]
    tensor_sha256: dict[str, str]
    file: NotRequired[shapes.FileName]  # of a network that came in one


class RunDamaged(ValueError):
    """A stored run is incomplete, altered or of an unknown format."""


@dataclass(frozen=True)
class StoredRun(Answers):
    """A run as its files tell it, and its stored weights' answers.

    The arrays are read-only; logits are float32, labels uint8.
    """

    key: str
    config: RunConfig
    metrics: dict[str, Any]


def contents(
    config: RunConfig,
    metrics: Mapping[str, Any],
    *,
    weights: Arrays,
    logits: Arrays,
    replay: NDArray[np.floating[Any]] | None,
) -> dict[str, bytes]:
    """Return what each file of a finished run holds; see `runs.save`."""
    kinds = {name: np.float32 if "logits" in name else np.uint8 for name in LOGITS_NAMES}
    tensors: dict[str, dict[str, NDArray[Any]]] = {
        WEIGHTS: {n: np.ascontiguousarray(array, np.float16) for n, array in weights.items()},
        LOGITS: {n: np.ascontiguousarray(logits[n], kind) for n, kind in kinds.items()},
    }
    if replay is not None:
        tensors[REPLAY] = {"logits": np.ascontiguousarray(replay, np.float16)}
    packed = {name: save_tensors(arrays) for name, arrays in tensors.items()}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in packed.items()}
    return {
        **packed,
        CONFIG: json_bytes(to_dict(config)),
        METRICS: json_bytes({**metrics, "format": FORMAT, "tensor_sha256": hashes}),
    }


def read_run(folder: Path, key: str) -> StoredRun:
    """Read and check the run in *folder*, which must be the run called *key*."""
    config = read_config(folder, key)
    metrics = read_metrics(folder, config)
    tensors = _read_tensors(folder, LOGITS, config, metrics)
    _check_logits(folder, tensors, config)
    run = StoredRun(
        key=key,
        config=config,
        metrics=metrics,
        **{name: _frozen(tensors[name]) for name in LOGITS_NAMES},
    )
    counted = confusion_matrix(run.test_logits, run.test_labels).tolist()
    if metrics["confusion"] != counted:
        raise damaged(folder, f"its counts in {METRICS} are not those of its logits")
    return run


def read_config(folder: Path, key: str) -> RunConfig:
    """Read a run's configuration and check that *key* is its key."""
    try:
        config = from_dict(read_json(folder / CONFIG))
    except ValueError as error:
        raise damaged(folder, f"{CONFIG}: {error}") from error
    if run_key(config) != key:
        raise damaged(folder, f"{CONFIG} describes {run_key(config)}, not {key}")
    return config


def read_metrics(folder: Path, config: RunConfig) -> dict[str, Any]:
    """Read the metrics of a *config*'s run and check what pages and commands rely on."""
    try:
        metrics: dict[str, Any] = read_json(folder / METRICS, Metrics)
    except ValueError as error:
        raise damaged(folder, f"{METRICS}: {error}") from error
    if not {WEIGHTS, LOGITS} <= set(metrics["tensor_sha256"]) <= set(FILES):
        raise damaged(folder, f"{METRICS} names no SHA-256 for weights and logits, or for others")
    weights = parameters(config)
    if metrics["parameters"] != weights:
        raise damaged(folder, f"its network has {weights:,} parameters; {METRICS} says otherwise")
    epochs = [(epoch["epoch"], epoch["epochs"]) for epoch in metrics["history"]]
    if epochs != [(number, len(epochs)) for number in range(1, len(epochs) + 1)]:
        raise damaged(folder, f"the history in {METRICS} is not of epochs 1, 2, 3 to its last")
    return metrics


def parameters(config: RunConfig) -> int:
    """Return how many weights the network of *config* has."""
    return sum(math.prod(shape) for shape in architecture.of(config).weight_shapes().values())


def largest_size(name: str, config: RunConfig) -> int:
    """Return how many bytes the file *name* of a *config*'s run has at the most."""
    images = sum(sizes.get(config.dataset, MOST_IMAGES) for sizes in (TRAIN_SIZES, TEST_SIZES))
    sizes = {
        LOGITS: images * (4 * CLASSES + 1),
        WEIGHTS: 4 * parameters(config),  # in float32
    }
    return min(sizes.get(name, _LARGEST_FILE) + _HEADER, _LARGEST_FILE)


def _read_tensors(
    folder: Path, name: str, config: RunConfig, metrics: Mapping[str, Any]
) -> dict[str, NDArray[Any]]:
    """Read one safetensors file of a run after comparing its SHA-256 with the metrics'."""
    largest = largest_size(name, config)
    try:
        if (folder / name).stat().st_size > largest:
            raise damaged(folder, f"{name} is larger than {largest >> 20} MiB")
        content = (folder / name).read_bytes()
    except OSError as error:
        raise damaged(folder, f"{name} cannot be read ({error.strerror})") from error
    if hashlib.sha256(content).hexdigest() != metrics["tensor_sha256"].get(name):
        raise damaged(folder, f"{name} does not have the SHA-256 that {METRICS} gives")
    try:
        return load_tensors(content)
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise damaged(folder, f"{name} is not a readable safetensors file ({error})") from error


def read_weights(folder: Path, key: str) -> dict[str, NDArray[np.float32]]:
    """Read a run's weights as float32, by their names in the network."""
    config = read_config(folder, key)
    tensors = _read_tensors(folder, WEIGHTS, config, read_metrics(folder, config))
    _check_weights(folder, tensors, config)
    return {name: tensor.astype(np.float32) for name, tensor in tensors.items()}


def read_replay(folder: Path, key: str) -> NDArray[np.float16] | None:
    """Read a student's logits after each epoch, (epochs, images, 10), or None if it has none.

    The images are `replayed_images` in the order of the test set.
    """
    run = read_run(folder, key)
    if REPLAY not in run.metrics["tensor_sha256"]:
        return None
    tensors = _read_tensors(folder, REPLAY, run.config, run.metrics)
    replay = tensors.get("logits", np.empty(0))
    images = replayed_images(run.config, run.test_labels)
    expected = (len(run.metrics["history"]), int(images.sum()), CLASSES)
    fits = replay.shape == expected and replay.dtype == np.float16
    if not fits or not np.isfinite(replay).all():
        raise damaged(folder, f"{REPLAY} holds no finite float16 logits of shape {expected}")
    return _frozen(replay)


def replayed_images(config: RunConfig, test_labels: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which test images a replay holds: those of the omitted classes."""
    return np.isin(test_labels, config.omitted_classes)


def check_run(folder: Path, key: str) -> None:
    """Raise RunDamaged unless every file in *folder* is there and right."""
    read_run(folder, key)
    read_weights(folder, key)
    read_replay(folder, key)


def damaged(folder: Path, reason: str) -> RunDamaged:
    """Return the error for the run in *folder*; what its files say of it may be anything."""
    told = "".join(letter if letter.isprintable() else "?" for letter in reason[:300]).rstrip(".")
    return RunDamaged(f"the run {folder.name} cannot be used: {told}.{REMEDY}")


def _check_logits(folder: Path, tensors: Arrays, config: RunConfig) -> None:
    """Raise RunDamaged unless the logits and labels fit together and into their data set."""
    if set(tensors) != set(LOGITS_NAMES):
        raise damaged(folder, f"{LOGITS} holds {sorted(tensors)}, not {sorted(LOGITS_NAMES)}")
    for split, most in (("train", TRAIN_SIZES), ("test", TEST_SIZES)):
        logits, labels = tensors[f"{split}_logits"], tensors[f"{split}_labels"]
        shapes_fit = logits.shape[1:] == (CLASSES,) and labels.shape == logits.shape[:1]
        fits = shapes_fit and logits.dtype == np.float32 and labels.dtype == np.uint8
        images = most.get(config.dataset, MOST_IMAGES)
        if not fits or not 0 < len(labels) <= images or labels.max() >= CLASSES:
            raise damaged(
                folder,
                f"its {split} images are not at most {images:,}, each with float32 logits of "
                f"shape ({CLASSES},) and a digit as uint8 label",
            )
        # Both must be seen: a number that is none compares as neither.
        if not (logits.min() >= -LARGEST_LOGIT and logits.max() <= LARGEST_LOGIT):
            raise damaged(
                folder,
                f"{split} logits are out of range, {LARGEST_LOGIT:,.0f} either way; a training "
                "that gives larger ones has diverged: try a lower learning rate",
            )


def _check_weights(folder: Path, tensors: Arrays, config: RunConfig) -> None:
    """Raise RunDamaged unless the weights are those of the configured network."""
    described = architecture.of(config)
    if {name: tensor.shape for name, tensor in tensors.items()} != described.weight_shapes():
        sizes = [described.weighted[0].inputs, *(layer.outputs for layer in described.weighted)]
        raise damaged(folder, f"{WEIGHTS} does not hold a network with layers of sizes {sizes}")
    for tensor in tensors.values():
        with np.errstate(over="ignore"):
            is_float = tensor.dtype in (np.float16, np.float32)
            if not (is_float and np.isfinite(tensor.astype(np.float16, copy=False)).all()):
                told = f"{WEIGHTS} holds {tensor.dtype}; it may hold what is finite in float16"
                raise damaged(folder, told)


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Return *array* read-only: every session of a dashboard is handed the same one."""
    array.setflags(write=False)
    return array
