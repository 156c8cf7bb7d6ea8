"""About how long a training takes here, from the stored runs and from what it has to do."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace

from kdengine import files
from kdengine.config import (
    CLASSES,
    RunConfig,
    StudentConfig,
    distorted_sets,
    distorts,
    planned_epochs,
    run_key,
)
from kdengine.data import datasets
from kdengine.nets import architecture
from kdengine.store import run_files, runs, tables
from kdengine.store.tables import Table
from kdengine.studies.needed import Network
from kdengine.studies.workers import Workers

# In operations of a dense layer; fitted to the wall seconds of the 600 networks of the shipped
# tables, two-core machines without a GPU. What an operation of a convolution takes,
_CONVOLUTION = 5.4
# one of the kept logits of all images, which are computed in fp32,
_KEPT = 4.0
# what an image takes beside its products (shuffling, shifting, the loss, the softmax),
_IMAGE = 1.8e6
# and a weight in a step (Adam, and its rounding to bfloat16).
_WEIGHT_STEP = 700.0
_SHARES = {"top-tenth": 0.1, "other-nine-tenths": 0.9}
_LEAST_TRAINING = 1.0  # seconds; a seed that took fewer found all its networks stored
_Likeness = tuple[str, str, bool]  # dataset, kind, and whether it was trained here


def seconds(todo: Sequence[Network], pool: Workers) -> float | None:
    """Return about how long training *todo* takes here, or None if nothing tells.

    Each network counts as its work times the median pace of those stored runs that are most like
    it: of its dataset and kind and trained here rather than shipped, else of its dataset and kind,
    and so on; of any run if need be. How many workers a cluster has is not known.
    """
    known = _paces()
    if pool.scheduler is not None or not known:
        return None
    total = 0.0
    for network in todo:
        config = network.config
        pace = _pace((config.dataset, config.kind, True), known)
        total += work(config, network.teacher) * pace
    return total / (max(1, min(pool.count, len(todo))) * pool.threads)


def seeds_seconds(
    table: Table, count: int, pool: Workers, networks: Sequence[Network]
) -> float | None:
    """Return about how long measuring *count* more seeds of a *table* takes here, if that is known.

    A seed takes the median of those in the table that pages show, wherever they were measured. If
    seeds look at stored *networks*, those count that had some to train; a seed takes as much of
    that as networks are missing, and no less than these take.
    """
    pool = replace(pool, count=min(pool.count, count))
    content = tables.load(table)
    if content is None or pool.scheduler is not None:
        return None
    told = [seed["wall_seconds"] for seed in content["seeds"]]
    taken = [sum(t.values()) if isinstance(t, dict) else t for t in told]
    if networks:
        taken = [t for t in taken if t >= _LEAST_TRAINING]
    whole = statistics.median(taken) * math.ceil(count / pool.count) if taken else None
    if not networks or whole is None:
        return whole
    todo = [network for network in networks if not runs.exists(network.key)]
    return max(seconds(todo, pool) or 0.0, whole * len(todo) / len(networks))


def work(config: RunConfig, teacher: RunConfig | None) -> float:
    """Return what training *config* takes, in operations of a dense layer.

    A student's *teacher* answers every image as often as it is distorted anew. Backward, a
    layer's weights cost as much as forward and so do its inputs, but for the first layer: nobody
    needs the gradient of the pixels.
    """
    train_images, test_images = datasets.sizes(config.dataset)
    images = transfer_images(config)
    epochs = planned_epochs(config, images)
    layers = operations(config)
    there = sum(layers)
    total = epochs * (images * (3 * there - layers[0]) + test_images * there)
    if isinstance(config, StudentConfig) and distorts(config) and teacher is not None:
        total += distorted_sets(config, epochs) * images * sum(operations(teacher))
    total += _KEPT * (train_images + test_images) * there
    steps = epochs * math.ceil(images / config.batch_size)
    weight_steps = steps * run_files.parameters(config)
    return total + _IMAGE * epochs * (images + test_images) + _WEIGHT_STEP * weight_steps


def operations(config: RunConfig) -> list[float]:
    """Return the operations of one image's forward pass, layer by layer, of all members.

    A product of (n, i) with (i, o) counts 2·n·i·o, a convolution's `_CONVOLUTION` times as much.
    """
    described = architecture.of(config)
    return [
        described.members * 2 * layer.products * (_CONVOLUTION if layer.kernel else 1.0)
        for layer in described.weighted
    ]


def transfer_images(config: RunConfig) -> int:
    """Return about how many images *config* learns from, all classes taken as equally frequent."""
    share = 1.0 - len(config.omitted_classes) / CLASSES
    images = datasets.sizes(config.dataset)[0] * share
    if isinstance(config, StudentConfig):
        images *= _SHARES.get(config.selection, 1.0)
        images = min(images, config.transfer_size or images)
    return max(1, round(images))


def _paces() -> list[tuple[_Likeness, float]]:
    """Return the core seconds that a unit of work took in each stored run."""
    entries = [entry for entry in runs.list_runs() if entry.config is not None]
    configs = {run_key(entry.config): entry.config for entry in entries if entry.config}
    paces = []
    for entry in entries:
        config, threads = entry.config, entry.metrics["environment"].get("thread_count")
        teacher = configs.get(config.teacher) if isinstance(config, StudentConfig) else None
        if config is not None and type(threads) is int:
            pace = entry.metrics["wall_seconds"] * threads / work(config, teacher)
            is_own = entry.path.parent == files.runs_dir()
            paces.append(((config.dataset, config.kind, is_own), pace))
    return paces


def _pace(wanted: _Likeness, known: Sequence[tuple[_Likeness, float]]) -> float:
    """Return the median pace, of two the quicker, of the runs most like *wanted*, from the left."""
    alike = known
    for place, value in enumerate(wanted):
        closer = [(likeness, pace) for likeness, pace in alike if likeness[place] == value]
        if not closer:
            break
        alike = closer
    return statistics.median_low(pace for _, pace in alike)
