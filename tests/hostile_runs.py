"""Stored runs in which somebody changed one thing, each with what is said of it.

They are copies of the digits student that ships, which is right in everything, so that whatever
refuses one of them has noticed the change.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kdengine import files
from kdengine.config import from_dict, run_key, to_dict
from kdengine.store.run_files import CONFIG, LOGITS, METRICS, REPLAY, WEIGHTS
from tests.kdengine.tiny_runs import edit_json, edit_tensors

SHIPPED = Path(__file__).resolve().parents[1] / "cache" / "shipped"
STUDENT = "student-digits-omit3-seed0-c7a494c9"
TEACHER = "teacher-digits-all-seed0-8f9bd9e0"
BASELINE = "baseline-digits-omit3-seed0-9d8beaad"
PICTURE = "![](http://host.invalid/a.png)"
LONG = "a" * 300_000
# Who notices: the list of runs, who reads the run, who reads the part, or the import alone.
LIST, READ, PART, IMPORT = "the list", "a reader", "a reader of the part", "an import"


class Hostile(NamedTuple):
    """One change, what is said of it, and who says it in a store."""

    change: Callable[[Path], object]
    reason: str
    noticed_by: str = LIST


def metrics(**changed):
    """Return a change of entries of the metrics."""
    return lambda folder: edit_json(folder / METRICS, **changed)


def configured(**changed):
    """Return a change of entries of the configuration, whose key then is another."""
    return lambda folder: edit_json(folder / CONFIG, **changed)


def environment(**changed):
    """Return a change of what the run was trained on."""

    def change(folder):
        record = json.loads((folder / METRICS).read_text())["environment"]
        edit_json(folder / METRICS, environment={**record, **changed})

    return change


def history(edit):
    """Return a change of the history, which *edit* changes or replaces."""

    def change(folder):
        record = json.loads((folder / METRICS).read_text())["history"]
        edit_json(folder / METRICS, history=edit(record) or record)

    return change


def tensors(name, change):
    """Return a change of tensors whose hash agrees."""
    return lambda folder: edit_tensors(folder, name, change)


def logits(change):
    """Return a change of logits and labels with which hash and counts agree."""

    def changed(folder):
        def counted(arrays):
            change(arrays)
            counts = np.zeros((10, 10), dtype=int)
            answers = arrays["test_logits"].argmax(axis=1)
            np.add.at(counts, (arrays["test_labels"], answers), 1)
            edit_json(folder / METRICS, confusion=counts.tolist())

        edit_tensors(folder, LOGITS, counted)

    return changed


def put(name, value):
    """Return a change of one number."""
    return lambda arrays: arrays[name].reshape(-1).__setitem__(7, value)


def of_rows(chosen):
    """Return a change to the rows *chosen* of the test images."""

    def change(arrays):
        for name in ("test_logits", "test_labels"):
            arrays[name] = np.ascontiguousarray(arrays[name][chosen(len(arrays[name]))])

    return change


def reversed_labels(arrays):
    """Give every test image the label of another."""
    arrays["test_labels"] = arrays["test_labels"][::-1].copy()


def louder(arrays):
    """Make another network of the weights."""
    for name in arrays:
        arrays[name] = (arrays[name] * np.float16(1.25)).astype(np.float16)


def in_float64(arrays):
    """Give weights of a kind that no network has."""
    arrays["layers.0.bias"] = np.full(arrays["layers.0.bias"].shape, 1e300)


def without_replay(folder):
    """Take the replay away, and what the metrics say of it."""
    (folder / REPLAY).unlink()
    hashes = json.loads((folder / METRICS).read_text())["tensor_sha256"]
    hashes.pop(REPLAY)
    edit_json(folder / METRICS, tensor_sha256=hashes)


def shorter(arrays):
    """Cut the replay's last epoch off."""
    arrays["logits"] = np.ascontiguousarray(arrays["logits"][:-1])


def two_epochs(record):
    """Cut the history after two epochs."""
    return [{**epoch, "epochs": 2} for epoch in record[:2]]


CHANGED = {
    "a recipe of half a character": Hostile(metrics(recipe="\ud800"), "surrogate"),
    "a recipe of the other half": Hostile(metrics(recipe="\udc00"), "surrogate"),
    "a recipe of 300 kB": Hostile(metrics(recipe=LONG), r"\$.recipe"),
    "a recipe that is a path": Hostile(metrics(recipe="../../x"), r"\$.recipe"),
    "a recipe that is a picture": Hostile(metrics(recipe=PICTURE), r"\$.recipe"),
    "no recipe": Hostile(metrics(recipe=""), r"\$.recipe"),
    "a device that is a picture": Hostile(environment(device=PICTURE), r"environment.device"),
    "a precision that turns round": Hostile(environment(precision="\u202e"), "cannot be printed"),
    "a processor of two lines": Hostile(environment(processor="a\nb"), "cannot be printed"),
    "a processor of 300 kB": Hostile(environment(processor=LONG), "environment.processor"),
    "a torch of 300 kB": Hostile(environment(torch=LONG), "environment.torch"),
    "no threads": Hostile(environment(thread_count=0), "environment.thread_count"),
    "threads in words": Hostile(environment(thread_count="two"), "environment.thread_count"),
    "an entry with a strange name": Hostile(environment(**{"a\x1b[2J": 1}), "cannot be printed"),
    "a day that is none": Hostile(metrics(created="yesterday"), r"\$.created"),
    "a day that is a picture": Hostile(metrics(created=PICTURE), r"\$.created"),
    "no time for an image": Hostile(metrics(microseconds_per_image=0.0), "microseconds_per_image"),
    "next to no time": Hostile(metrics(microseconds_per_image=1e-300), "microseconds_per_image"),
    "time without end": Hostile(metrics(microseconds_per_image=1e300), "microseconds_per_image"),
    "no parameters": Hostile(metrics(parameters=0), r"\$.parameters"),
    "a parameter too many": Hostile(metrics(parameters=199_211), "has 199,210 parameters"),
    "seconds below 0": Hostile(metrics(wall_seconds=-1.0), r"\$.wall_seconds"),
    "seconds without end": Hostile(metrics(wall_seconds=1e300), r"\$.wall_seconds"),
    "no split sizes": Hostile(metrics(split_sizes={}), "split_sizes"),
    "a split of no images": Hostile(
        metrics(split_sizes={"train": 1200, "transfer": 0, "test": 597}), "split_sizes"
    ),
    "a split of very many": Hostile(
        metrics(split_sizes={"train": 1200, "transfer": 1078, "test": 10**30}), "split_sizes"
    ),
    "other splits": Hostile(
        metrics(split_sizes={"train": 1200, "transfer": 1200, "test": 597}), "split sizes", IMPORT
    ),
    "counts without end": Hostile(metrics(confusion=[[10**30] * 10] * 10), "confusion"),
    "a hash that is none": Hostile(metrics(data_sha256=LONG), "data_sha256"),
    "no history": Hostile(metrics(history=[]), r"\$.history"),
    "a history backwards": Hostile(history(lambda record: record.reverse()), "epochs 1, 2, 3"),
    "epochs that take less than no time": Hostile(
        history(lambda record: record[0].update(seconds=-1.0)), r"history\[0\].seconds"
    ),
    "a history cut off": Hostile(
        lambda folder: (history(two_epochs)(folder), without_replay(folder)),
        "of 2 epochs; 200 are planned",
        IMPORT,
    ),
    "a better end": Hostile(
        history(lambda record: record[-1].update(accuracy=1.0)), "does not end with", IMPORT
    ),
    "a kind that is a picture": Hostile(configured(kind=PICTURE), "kind"),
    "a dataset of 300 kB": Hostile(configured(dataset=LONG), "dataset"),
    "a field that is a picture": Hostile(configured(**{PICTURE: 1}), "unexpected keyword"),
    "more rows than images": Hostile(
        logits(of_rows(lambda rows: [*range(rows), 0])), "at most 597", READ
    ),
    "fewer rows": Hostile(
        lambda folder: (logits(of_rows(lambda rows: range(500)))(folder), without_replay(folder)),
        "not all of digits, by their labels",
        IMPORT,
    ),
    "other labels": Hostile(logits(reversed_labels), "not all of digits, by their labels", IMPORT),
    "logits of 1e7": Hostile(logits(put("test_logits", 1e7)), "out of range, 3,000", READ),
    "logits of 3e38": Hostile(logits(put("train_logits", -3e38)), "out of range, 3,000", READ),
    "a logit that is no number": Hostile(logits(put("train_logits", np.nan)), "range", READ),
    "tensors with strange names": Hostile(
        tensors(LOGITS, lambda arrays: arrays.update({PICTURE: np.zeros(1)})), "holds", READ
    ),
    "another logit": Hostile(
        logits(lambda arrays: arrays["test_logits"].__iadd__(np.float32(0.01))), "does not", IMPORT
    ),
    "weights in float64": Hostile(tensors(WEIGHTS, in_float64), "float64", PART),
    "an infinite weight": Hostile(
        tensors(WEIGHTS, put("layers.0.weight", np.inf)), "finite in float16", PART
    ),
    "another network": Hostile(tensors(WEIGHTS, louder), "does not give the train logits", IMPORT),
    "a replay cut off": Hostile(tensors(REPLAY, shorter), r"shape \(200, 61, 10\)", PART),
    "an infinite replay": Hostile(
        tensors(REPLAY, put("logits", np.inf)), "no finite float16", PART
    ),
    "another replay": Hostile(
        tensors(REPLAY, lambda arrays: arrays["logits"].__iadd__(np.float16(1.0))),
        "does not end at the logits",
        IMPORT,
    ),
    "no replay": Hostile(without_replay, "replay.safetensors is missing", IMPORT),
}


def put_whole() -> None:
    """Put the digits experiment that ships into the store in use, as if it were made here."""
    for key in (TEACHER, STUDENT, BASELINE):
        shutil.copytree(SHIPPED / key, files.runs_dir() / key)


def put_changed(name: str) -> str:
    """Put one of CHANGED into the store in use and return its key, by which all differ."""
    seed = 1 + list(CHANGED).index(name)
    student = replace(from_dict(json.loads((SHIPPED / STUDENT / CONFIG).read_text())), seed=seed)
    folder = files.runs_dir() / run_key(student)
    shutil.copytree(SHIPPED / STUDENT, folder)
    (folder / CONFIG).write_text(json.dumps(to_dict(student)))
    CHANGED[name].change(folder)
    return run_key(student)
