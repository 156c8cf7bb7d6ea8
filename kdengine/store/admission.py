"""What a run from elsewhere must be beyond what every stored one must: whole, and of known images.

What trained here is trusted to be of this machine's images; what comes in a file is not.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kdengine.config import (
    LABELS_SHA256,
    TEST_SIZES,
    TRAIN_SIZES,
    StudentConfig,
    planned_epochs,
    set_name,
)
from kdengine.files import data_dir
from kdengine.nets import foreign, forward
from kdengine.store import run_files
from kdengine.store.run_files import METRICS, REPLAY, WEIGHTS, StoredRun, damaged

# A data set's array by its name in `datasets.Dataset`; None where the set is not here, or an error
# that says why.
ArrayOf = Callable[[str, str], NDArray[Any] | None]
_SPLITS = ("train", "test")
_SAMPLE = 100  # of each split, drawn anew each time
# As `pipeline.verify` allows, and what larger numbers lose in float32.
_TOLERANCE, _SHARE = 1e-3, 1e-5


def check(folder: Path, key: str, array_of: ArrayOf) -> StoredRun:
    """Return the run in *folder* if it is right in every file; else raise RunDamaged.

    A network of dense layers is run on a sample of the images that *array_of* has.
    """
    run = run_files.read_run(folder, key)
    _check_images(folder, run, array_of)
    _check_history(folder, run)
    _check_replay(folder, run)
    weights = run_files.read_weights(folder, key)
    if run.config.source not in ("", foreign.fingerprint(weights)):
        raise damaged(folder, f"{WEIGHTS} is not of the network that it came from")
    if forward.is_dense(weights):
        if run.config.normalised:
            weights = forward.for_plain_inputs(weights)
        _check_answers(folder, run, weights, array_of)
    return run


def _check_images(folder: Path, run: StoredRun, array_of: ArrayOf) -> None:
    """Raise RunDamaged unless the run is of its data set's images, in their order."""
    config, sizes = run.config, run.metrics["split_sizes"]
    labels = np.concatenate([run.train_labels, run.test_labels])
    if config.dataset in LABELS_SHA256:
        counts = {"train": TRAIN_SIZES[config.dataset], "test": TEST_SIZES[config.dataset]}
        known = hashlib.sha256(labels.tobytes()).hexdigest() == LABELS_SHA256[config.dataset]
    else:
        try:
            splits = {split: array_of(config.dataset, f"{split}_labels") for split in _SPLITS}
        except (OSError, ValueError) as error:
            raise damaged(folder, str(error)) from error
        here = {split: array for split, array in splits.items() if array is not None}
        if len(here) < len(splits):
            place = data_dir() / set_name(config.dataset)
            raise damaged(folder, f"its data set is not here as it was: put it into {place}")
        counts = {split: len(array) for split, array in here.items()}
        known = np.array_equal(labels, np.concatenate(list(here.values())))
    if not known or len(run.test_labels) != counts["test"]:
        raise damaged(folder, f"its images are not all of {config.dataset}, by their labels")
    left = int(np.isin(run.train_labels, config.omitted_classes, invert=True).sum())
    if sizes != {**counts, "transfer": sizes["transfer"]} or sizes["transfer"] > left:
        raise damaged(folder, f"the split sizes in {METRICS} are not those of its data set")


def _check_history(folder: Path, run: StoredRun) -> None:
    """Raise RunDamaged unless the history is as long as planned and ends where the logits do."""
    history = run.metrics["history"]
    planned = planned_epochs(run.config, run.metrics["split_sizes"]["transfer"])
    if len(history) != planned:
        raise damaged(folder, f"its history is of {len(history):,} epochs; {planned:,} are planned")
    right = np.trace(run.metrics["confusion"]) / len(run.test_labels)
    if abs(history[-1]["accuracy"] - right) > 1e-6:
        raise damaged(folder, "its history does not end with the accuracy of its logits")


def _check_replay(folder: Path, run: StoredRun) -> None:
    """Raise RunDamaged unless there is a replay where one belongs, which ends at the logits."""
    replay = run_files.read_replay(folder, run.key)
    replayed = run_files.replayed_images(run.config, run.test_labels)
    learned = isinstance(run.config, StudentConfig) and not run.config.source
    if (replay is not None) != (learned and bool(replayed.any())):
        raise damaged(folder, f"{REPLAY} is missing, or there is one of a network that has none")
    # Half precision keeps eleven bits.
    if replay is not None and not np.allclose(replay[-1], run.test_logits[replayed], 2e-3, 1e-3):
        raise damaged(folder, f"{REPLAY} does not end at the logits")


def _check_answers(
    folder: Path, run: StoredRun, weights: dict[str, NDArray[Any]], array_of: ArrayOf
) -> None:
    """Raise RunDamaged if the network answers a sample of the images otherwise than is stored."""
    for split, stored in (("train", run.train_logits), ("test", run.test_logits)):
        images = array_of(run.config.dataset, f"{split}_images")
        if images is None:
            continue
        chosen = np.random.default_rng().choice(
            len(stored), min(_SAMPLE, len(stored)), replace=False
        )
        with np.errstate(over="ignore", invalid="ignore"):  # then they are no numbers
            answers = forward.logits(weights, images[chosen])
        scale = max(1.0, float(np.abs(answers).max()))
        if not np.abs(answers - stored[chosen]).max() <= _TOLERANCE + _SHARE * scale:
            raise damaged(folder, f"the network in {WEIGHTS} does not give the {split} logits")
