"""The files of one run: their names, how each is read, and every check that they fit together.

Whatever reads a run from disk, from an upload or from another machine goes through here.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from kdengine.config import CLASSES, FORMAT, RunConfig, from_dict, run_key, to_dict
from kdengine.nets import architecture
from kdengine.offsets.evaluation import Answers, confusion_matrix
from kdengine.store.shapes import Accuracies, Confusion, Count, Number, json_bytes, read_json

CONFIG, METRICS = "config.json", "metrics.json"
WEIGHTS, LOGITS, REPLAY = "weights.safetensors", "logits.safetensors", "replay.safetensors"
FILES = (CONFIG, METRICS, WEIGHTS, LOGITS, REPLAY)
_LARGEST_FILE = 200 * 2**20
LOGITS_NAMES = ("train_logits", "train_labels", "test_logits", "test_labels")
Arrays = Mapping[str, NDArray[Any]]


class Epoch(Accuracies):
    """One epoch of a run's history."""

    epoch: Count  # from 1
    epochs: Count  # how many there are
    training_loss: Number  # mean of the minimised loss over the epoch's images, in nats
    test_loss: Number  # cross-entropy with the test labels at T=1, in nats: one scale for all
    seconds: Number  # wall time, evaluation included


class Metrics(TypedDict):
    """What readers rely on in a run's metrics."""

    recipe: str
    created: str
    environment: dict[str, Any]
    wall_seconds: Number
    split_sizes: dict[str, Count]
    data_sha256: str
    confusion: Confusion
    history: list[Epoch]
    parameters: Count
    microseconds_per_image: Number
    tensor_sha256: dict[str, str]


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
    config, metrics = read_config(folder, key), read_metrics(folder)
    tensors = read_tensors(folder, LOGITS, metrics)
    _check_logits(folder, tensors)
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


def read_metrics(folder: Path) -> dict[str, Any]:
    """Read a run's metrics and check the parts that pages and commands rely on."""
    try:
        metrics: dict[str, Any] = read_json(folder / METRICS, Metrics)
    except ValueError as error:
        raise damaged(folder, f"{METRICS}: {error}") from error
    if not {WEIGHTS, LOGITS} <= set(metrics["tensor_sha256"]) <= set(FILES):
        raise damaged(folder, f"{METRICS} names no SHA-256 for weights and logits, or for others")
    return metrics


def read_tensors(folder: Path, name: str, metrics: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Read one safetensors file of a run after comparing its SHA-256 with the metrics'."""
    try:
        if (folder / name).stat().st_size > _LARGEST_FILE:
            raise damaged(folder, f"{name} is larger than {_LARGEST_FILE >> 20} MiB")
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
    tensors = read_tensors(folder, WEIGHTS, read_metrics(folder))
    _check_weights(folder, tensors, read_config(folder, key))
    return {name: tensor.astype(np.float32) for name, tensor in tensors.items()}


def read_replay(folder: Path, key: str) -> NDArray[np.float16] | None:
    """Read a student's logits after each epoch, (epochs, images, 10), or None if it has none.

    The images are `replayed_images` in the order of the test set.
    """
    run = read_run(folder, key)
    if REPLAY not in run.metrics["tensor_sha256"]:
        return None
    replay = read_tensors(folder, REPLAY, run.metrics).get("logits")
    images = replayed_images(run.config, run.test_labels)
    expected = (len(run.metrics["history"]), int(images.sum()), CLASSES)
    if replay is None or replay.shape != expected or replay.dtype != np.float16:
        raise damaged(folder, f"{REPLAY} holds no float16 logits of shape {expected}")
    if np.isnan(replay).any():
        raise damaged(folder, f"{REPLAY} holds something that is not a number")
    return _frozen(replay)


def replayed_images(config: RunConfig, test_labels: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which test images a replay holds: those of the omitted classes."""
    return np.isin(test_labels, config.omitted_classes)


def check_run(folder: Path, key: str) -> None:
    """Raise RunDamaged unless every file in *folder* is there and right."""
    read_run(folder, key)
    read_weights(folder, key)
    read_replay(folder, key)


def check_pair(student: StoredRun, other: StoredRun) -> None:
    """Raise RunDamaged unless *other*, a student's teacher or baseline, has the same images.

    Their labels tell. That a teacher is one, and of the same dataset, its key has told already.
    """
    for name in ("train_labels", "test_labels"):
        if not np.array_equal(getattr(student, name), getattr(other, name)):
            raise RunDamaged(
                f"{student.key} and {other.key} do not belong together: their {name} differ, so "
                "they are of different images; export both from where they were trained, or make "
                "them anew with `python -m kdengine run --fresh`."
            )


def damaged(folder: Path, reason: str) -> RunDamaged:
    """Return the error for the run in *folder*."""
    return RunDamaged(
        f"the run {folder.name} cannot be used: {reason}. Delete its folder, or make it anew "
        "with `python -m kdengine run --fresh`."
    )


def _check_logits(folder: Path, tensors: Arrays) -> None:
    """Raise RunDamaged unless the logits and labels fit together."""
    if set(tensors) != set(LOGITS_NAMES):
        raise damaged(folder, f"{LOGITS} holds {sorted(tensors)}, not {sorted(LOGITS_NAMES)}")
    for split in ("train", "test"):
        logits, labels = tensors[f"{split}_logits"], tensors[f"{split}_labels"]
        if logits.dtype != np.float32 or logits.ndim != 2 or logits.shape[1] != CLASSES:
            raise damaged(folder, f"{split} logits are not float32 of shape (N, {CLASSES})")
        if labels.dtype != np.uint8 or labels.shape != logits.shape[:1] or not len(labels):
            raise damaged(folder, f"{split} labels do not fit {len(logits)} rows of logits")
        if not np.isfinite(logits).all() or labels.max() >= CLASSES:
            raise damaged(folder, f"{split} logits or labels are out of range")


def _check_weights(folder: Path, tensors: Arrays, config: RunConfig) -> None:
    """Raise RunDamaged unless the weights are those of the configured network."""
    described = architecture.of(config)
    if {name: tensor.shape for name, tensor in tensors.items()} != described.weight_shapes():
        sizes = [described.weighted[0].inputs, *(layer.outputs for layer in described.weighted)]
        raise damaged(folder, f"{WEIGHTS} does not hold a network with layers of sizes {sizes}")
    if not all(np.isfinite(tensor).all() for tensor in tensors.values()):
        raise damaged(folder, f"{WEIGHTS} holds numbers that are not finite")


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Return *array* read-only: every session of a dashboard is handed the same one."""
    array.setflags(write=False)
    return array
