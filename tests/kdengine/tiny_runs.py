"""Runs small enough to be written in a millisecond, and ways to damage their files."""

import hashlib
import json
from pathlib import Path

import numpy as np
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from kdengine import files
from kdengine.config import StudentConfig, run_key
from kdengine.store import runs as store

STUDENT = StudentConfig(
    dataset="digits", epochs=2, hidden_sizes=(4,), teacher="teacher-digits-all-seed0-00000000"
)
KEY = run_key(STUDENT)
EPOCHS = 2


def parts(config=STUDENT, seed=0) -> dict:
    """Return what `store.save` takes for a run of random numbers: 20 + 30 images."""
    rng = np.random.default_rng(seed)
    sizes = [784, *config.hidden_sizes, 10]
    weights = {}
    for layer, (inputs, outputs) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
        weights[f"layers.{2 * layer}.weight"] = rng.normal(0.0, 0.1, (outputs, inputs))
        weights[f"layers.{2 * layer}.bias"] = rng.normal(0.0, 0.1, outputs)
    logits = {}
    for split, images in (("train", 20), ("test", 30)):
        logits[f"{split}_logits"] = rng.normal(0.0, 3.0, (images, 10)).astype(np.float32)
        logits[f"{split}_labels"] = np.arange(images) % 10
    confusion = np.zeros((10, 10), dtype=int)
    for row, label in zip(logits["test_logits"], logits["test_labels"], strict=True):
        confusion[label, row.argmax()] += 1
    omitted = np.isin(logits["test_labels"], config.omitted_classes)
    replay = rng.normal(0.0, 3.0, (EPOCHS, int(omitted.sum()), 10)).astype(np.float16)
    metrics = {
        "recipe": "classroom",
        "created": "2026-01-02",
        "environment": {"device": "cpu", "precision": "fp32", "thread_count": 1},
        "wall_seconds": 1.5,
        "split_sizes": {"train": 20, "transfer": 18, "test": 30},
        "data_sha256": "0" * 64,
        "confusion": confusion.tolist(),
        "history": [epoch_record(epoch) for epoch in range(1, EPOCHS + 1)],
        "parameters": int(sum(weight.size for weight in weights.values())),
        "microseconds_per_image": 3.0,
        "git_commit": None,
    }
    return {
        "metrics": metrics,
        "weights": weights,
        "logits": logits,
        "replay": replay if config.kind == "student" and omitted.any() else None,
    }


def epoch_record(epoch: int) -> dict:
    """Return one epoch of the history."""
    return {
        "epoch": epoch,
        "epochs": EPOCHS,
        "training_loss": 2.0 / epoch,
        "test_loss": 1.0 / epoch,
        "accuracy": 0.5,
        "omitted_accuracy": None,
        "other_accuracy": 0.5,
        "per_class_accuracy": [0.5] * 9 + [None],
        "seconds": 0.1,
    }


def save(config=STUDENT, seed=0) -> str:
    """Store a tiny run in the cache in use and return its key."""
    made = parts(config, seed)
    return store.save(config, made.pop("metrics"), **made)


def folder_of(key: str = KEY) -> Path:
    """Return where a run made here lies."""
    return files.runs_dir() / key


def edit_json(path: Path, **changed) -> None:
    """Set entries of a JSON object; a value of `DELETE` removes one."""
    record = json.loads(path.read_text())
    record.update(changed)
    path.write_text(json.dumps({k: v for k, v in record.items() if v is not DELETE}))


DELETE = object()


def replace_file(folder: Path, name: str, content: bytes) -> None:
    """Put *content* in a tensor file's place and make its SHA-256 in the metrics agree."""
    (folder / name).write_bytes(content)
    record = json.loads((folder / "metrics.json").read_text())
    record["tensor_sha256"][name] = hashlib.sha256(content).hexdigest()
    (folder / "metrics.json").write_text(json.dumps(record))


def edit_tensors(folder: Path, name: str, change) -> None:
    """Pass a file's tensors through *change*, hash updated: a consistent forgery."""
    tensors = {k: v.copy() for k, v in load_tensors((folder / name).read_bytes()).items()}
    change(tensors)
    replace_file(folder, name, save_tensors(tensors))
