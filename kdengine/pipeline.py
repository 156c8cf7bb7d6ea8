"""Recipe -> teacher -> student -> offset -> evaluation, training only what the store lacks."""

import base64
import functools
import os
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kdengine.config import RunConfig, StudentConfig, distorts, run_key
from kdengine.data import datasets, transfer
from kdengine.offsets import criteria, evaluation, thresholds
from kdengine.offsets.rule import OffsetRule
from kdengine.recipes.plans import Plan
from kdengine.store import adoption, archive, experiments, run_files, runs
from kdengine.store.experiments import Experiment
from kdengine.store.run_files import RunDamaged, StoredRun
from kdengine.training import openmp

OnEvent = Callable[[dict[str, Any]], None]
# fp32 sums in another order, on another processor, move a logit by about 1e-5.
VERIFY_TOLERANCE = 1e-3


class _Training(NamedTuple):
    """How a network is trained, if it must be, and whom that is told."""

    recipe: str
    device: str
    precision: str
    on_event: OnEvent


def run(
    plan: Plan,
    *,
    with_baseline: bool = False,
    device: str = "auto",
    precision: str = "auto",
    fresh: bool = False,
    on_event: OnEvent = lambda event: None,
) -> dict[str, Any]:
    """Run a whole experiment and return its result as JSON values.

    Parameters
    ----------
    device, precision : str
        Of `config.DEVICES` and `config.PRECISIONS`; they apply to what is trained now.
    fresh : bool
        Train even what the store has.
    on_event : callable
        Gets a dict for the plan (``"plan"``), each network before its training
        (``"untrained"``), each epoch (``"epoch"``) and each network that is ready (``"ready"``).
        ``right`` tells of the omitted classes' test images, packed, which are right by then.

    Returns
    -------
    dict
        ``config``, ``environment``, ``run_keys``, ``teacher``, ``student_before``,
        ``student_after``, ``baseline``, ``offset``, ``wall_seconds``.

    Raises
    ------
    ValueError
        For a device or precision that cannot be had, or an offset that cannot be chosen.
    mnist_files.DataMissing, mnist_files.DataCorrupt
        If something must be trained and its data are not there or not right.
    """
    plan.check()
    began = time.perf_counter()
    networks: dict[str, RunConfig] = {"teacher": plan.teacher, "student": plan.student}
    if with_baseline:
        networks["baseline"] = plan.baseline
    found = {role: runs.fingerprint(run_key(config)) for role, config in networks.items()}
    anew = {role for role in networks if fresh and not networks[role].source}
    missing = [role for role in networks if role in anew or found[role] is None]
    planned = [
        {"role": role, "key": run_key(config), "stored": role not in missing}
        for role, config in networks.items()
    ]
    on_event({"event": "plan", "networks": planned})
    wall = {"load": _load_for_training(plan.student.dataset) if missing else 0.0}
    if missing:
        plan.check(len(_dataset(plan.student.dataset).train_labels))
    stored: dict[str, StoredRun] = {}
    for role, config in networks.items():
        started = time.perf_counter()

        def tell(event: dict[str, Any], role: str = role) -> None:
            on_event({**event, "role": role})

        how = _Training(plan.recipe.name, device, precision, tell)
        old = found[role] if role in anew else None
        stored[role], _ = _stored_or_trained(config, stored.get("teacher"), how, old=old)
        wall[role] = time.perf_counter() - started
        on_event({"event": "ready", "role": role, "key": stored[role].key, "seconds": wall[role]})
    started = time.perf_counter()
    experiment = experiments.of_runs(stored["student"], stored["teacher"], stored.get("baseline"))
    figures = evaluate(experiment, plan.rule)
    wall["offset"] = time.perf_counter() - started
    wall["total"] = time.perf_counter() - began
    return {
        "config": plan.to_dict(),
        "environment": stored["student"].metrics["environment"],
        "run_keys": {role: run.key for role, run in stored.items()},
        **figures,
        "wall_seconds": wall,
    }


def examine(name: str, file: IO[bytes], like: adoption.Told, **options: Any) -> adoption.Newcomer:
    """Return the network in a *file*, for `keep`; see `adoption.checked` for the rest."""
    try:
        return adoption.checked(name, file, like, datasets.load(like.dataset), **options)
    except ValueError as error:
        raise ValueError(f"{name[-60:]!a} was not taken: {error}") from error


def keep(network: adoption.Newcomer, *, is_upload: bool = False) -> None:
    """Store a network as a run, unless it is there; an upload counts as in `import_runs`."""
    key, data = run_key(network.config), network.data
    with runs.writing(key):
        if runs.exists(key):
            return
        if is_upload:
            files = (run_files.WEIGHTS, run_files.LOGITS)
            archive.count_upload(
                key, sum(run_files.largest_size(file, network.config) for file in files)
            )
        mask = transfer.chosen_images(network.config, data.train_labels, None)
        omitted = network.config.omitted_classes
        figures = evaluation.summary(network.test_logits, data.test_labels, omitted)
        epoch = {
            **{name: figure for name, figure in figures.items() if name != "errors"},
            **dict.fromkeys(("epoch", "epochs"), 1),
            "training_loss": evaluation.cross_entropy(
                network.train_logits[mask], data.train_labels[mask]
            ),
            "test_loss": evaluation.cross_entropy(network.test_logits, data.test_labels),
            "seconds": network.seconds,
        }
        cpu = {"device": "cpu", "precision": "fp32", "thread_count": os.cpu_count() or 1}
        metrics = {
            "recipe": "own",
            "file": network.file,
            "environment": cpu,
            "wall_seconds": network.seconds,
            "history": [epoch],
            "microseconds_per_image": network.microseconds_per_image,
            "git_commit": None,
        }
        answers = network.train_logits, network.test_logits
        _store(network.config, data, mask, metrics, weights=network.weights, answers=answers)


def train_missing(
    config: RunConfig,
    *,
    recipe: str,
    device: str = "auto",
    precision: str = "auto",
    on_event: OnEvent = lambda event: None,
) -> bool:
    """Train one network unless the store has it, and return whether it was trained now.

    The data and the teacher stay loaded for the next network of the same process. A network that
    another process trains at the moment is waited for.

    The *recipe* is recorded with the run; the other parameters are those of `run`. RunNotFound if
    a student's teacher is not stored.
    """
    if runs.exists(run_key(config)):
        return False
    teacher = _teacher(config.teacher) if isinstance(config, StudentConfig) else None
    _load_for_training(config.dataset)
    how = _Training(recipe, device, precision, on_event)
    return _stored_or_trained(config, teacher, how)[1]


def evaluate(experiment: Experiment, rule: OffsetRule) -> dict[str, Any]:
    """Return the figures of stored runs; ValueError if the offset cannot be chosen."""
    student, teacher, baseline = experiment.student, experiment.teacher, experiment.baseline
    omitted = experiment.omitted_classes

    def figures(logits: Any) -> dict[str, Any]:
        return evaluation.summary(logits, student.test_labels, omitted)

    offset = None
    after = figures(student.test_logits)
    if rule.classes_for(omitted):
        offset = criteria.choose_offsets(rule, student, teacher, omitted_classes=omitted)
        moved = thresholds.apply_offsets(student.test_logits, offset["classes"], offset["value"])
        after = figures(moved)
    return {
        "teacher": figures(teacher.test_logits),
        "student_before": figures(student.test_logits),
        "student_after": after,
        "baseline": None if baseline is None else figures(baseline.test_logits),
        "offset": offset,
    }


def verify(key: str) -> dict[str, Any]:
    """Compute a stored run's logits anew from its weights and compare, in logit units."""
    from kdengine.training import fit  # imports torch

    stored = runs.load(key)
    data = datasets.load(stored.config.dataset)
    if data.sha256 != stored.metrics["data_sha256"]:
        raise RunDamaged(
            f"{key} was trained on data with SHA-256 {stored.metrics['data_sha256']}, but here "
            f"{stored.config.dataset} has {data.sha256}; train it anew with --fresh."
        )
    network = _network(stored)
    pairs = (
        (stored.train_logits, data.train_images, stored.train_labels, data.train_labels),
        (stored.test_logits, data.test_images, stored.test_labels, data.test_labels),
    )
    difference = 0.0
    for logits, images, labels, true_labels in pairs:
        if not np.array_equal(labels, true_labels):
            difference = float("inf")
            continue
        again = fit.compute_logits(network, images)
        difference = max(difference, float(np.abs(again - logits).max()))
    return {
        "key": key,
        "images": len(stored.train_logits) + len(stored.test_logits),
        "largest_difference": difference,
        "tolerance": VERIFY_TOLERANCE,
        "ok": difference <= VERIFY_TOLERANCE,
    }


@functools.lru_cache(maxsize=1)
def _dataset(name: str) -> datasets.Dataset:
    return datasets.load(name)


def _teacher(key: str) -> StoredRun:
    """Load a teacher, once a process as long as its files stay the same."""
    return _loaded_run(key, runs.fingerprint(key))


@functools.lru_cache(maxsize=2)
def _loaded_run(key: str, fingerprint: str | None) -> StoredRun:
    """Load a run; its *fingerprint* tells it from another of its key."""
    return runs.load(key)


def _load_for_training(dataset: str) -> float:
    """Load torch and the data; return the seconds it took."""
    began = time.perf_counter()
    _dataset(dataset)
    openmp.wait_briefly()
    import torch  # noqa: F401  # takes seconds, and only training needs it

    return time.perf_counter() - began


def _stored_or_trained(
    config: RunConfig, teacher: StoredRun | None, how: _Training, *, old: str | None = None
) -> tuple[StoredRun, bool]:
    """Return the run of *config*, trained now if need be, and whether it was.

    The stored run whose fingerprint is *old* does not count, but one that has taken its place does:
    a second writer waits for the first and takes over its run.
    """
    key = run_key(config)
    if runs.fingerprint(key) not in (None, old):
        return runs.load(key), False
    with runs.writing(key):
        if runs.fingerprint(key) not in (None, old):
            return runs.load(key), False
        return _train(config, teacher, how), True


def _train(config: RunConfig, teacher: StoredRun | None, how: _Training) -> StoredRun:
    from kdengine.training import devices, fit  # import torch

    if config.source:
        raise ValueError(
            f"{run_key(config)} came from a file, and cannot be trained; load that file again "
            f"(--{config.kind}-file FILE, or on the Train page)."
        )
    data = _dataset(config.dataset)
    there = devices.choose_device(how.device)
    precision = devices.choose_precision(how.precision, there)
    distilled = teacher if isinstance(config, StudentConfig) else None
    mask = transfer.chosen_images(
        config, data.train_labels, None if distilled is None else distilled.train_logits
    )
    began = time.perf_counter()
    network = fit.build_network(config).to(there)
    # Who follows a training sees its first point at once, not after an epoch of seconds.
    guesses = fit.compute_logits(network, data.test_images, device=there, precision=precision)
    before = evaluation.summary(guesses, data.test_labels, config.omitted_classes)
    replayed = run_files.replayed_images(config, data.test_labels)
    held_out = data.test_labels[replayed]
    how.on_event({"event": "untrained", **before, "right": _right(guesses[replayed], held_out)})
    history, replay = [], []
    for record in fit.fit(
        network,
        config,
        images=data.train_images[mask],
        labels=data.train_labels[mask],
        test_images=data.test_images,
        test_labels=data.test_labels,
        teacher_logits=None if distilled is None else distilled.train_logits[mask],
        teacher=_network(distilled) if distilled and distorts(config) else None,
        device=there,
        precision=precision,
    ):
        history.append(record.figures)
        replay.append(record.test_logits[replayed])
        right = _right(record.test_logits[replayed], held_out)
        how.on_event({"event": "epoch", **record.figures, "right": right})
    train_logits = fit.compute_logits(network, data.train_images, device=there)
    wall_seconds = time.perf_counter() - began
    return _store(
        config,
        data,
        mask,
        {
            "recipe": how.recipe,
            "environment": devices.environment(there, precision) | devices.versions(),
            "wall_seconds": wall_seconds,
            "history": history,
            "microseconds_per_image": fit.microseconds_per_image(network, data.test_images),
            "git_commit": _git_commit(),
        },
        weights=fit.weights_of(network),
        answers=(train_logits, record.test_logits),
        replay=np.stack(replay) if isinstance(config, StudentConfig) and replayed.any() else None,
    )


def _store(
    config: RunConfig,
    data: datasets.Dataset,
    mask: NDArray[np.bool_],
    metrics: dict[str, Any],
    *,
    weights: run_files.Arrays,
    answers: tuple[NDArray[np.float32], NDArray[np.float32]],
    replay: NDArray[Any] | None = None,
) -> StoredRun:
    """Store a network of which *metrics* says how it came to be, and return it as stored."""
    train_logits, test_logits = answers
    metrics = {
        **metrics,
        "created": datetime.now(UTC).date().isoformat(),
        "split_sizes": {
            "train": len(data.train_labels),
            "transfer": int(mask.sum()),
            "test": len(data.test_labels),
        },
        "data_sha256": data.sha256,
        "confusion": evaluation.confusion_matrix(test_logits, data.test_labels).tolist(),
        "parameters": sum(weight.size for weight in weights.values()),
    }
    key = runs.save(
        config,
        metrics,
        weights=weights,
        logits={
            "train_logits": train_logits,
            "train_labels": data.train_labels,
            "test_logits": test_logits,
            "test_labels": data.test_labels,
        },
        replay=replay,
    )
    return runs.load(key)


def _right(logits: NDArray[Any], labels: NDArray[Any]) -> str:
    """Return which of the images are right, a bit each, in base64: who watches lights them."""
    return base64.b64encode(np.packbits(logits.argmax(axis=1) == labels).tobytes()).decode()


def _network(stored: StoredRun) -> Any:
    from kdengine.training import fit  # imports torch

    return fit.load_network(stored.config, runs.load_weights(stored.key))


@functools.cache
def _git_commit() -> str | None:
    """Return the project's commit, or None outside a git checkout."""
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()
