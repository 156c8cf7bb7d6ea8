"""One `fit` for teacher, baseline and student, and the logits of a trained network.

Knows nothing of files: it takes arrays and a configuration, and yields a record an epoch.
"""

import math
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kdengine.config import NetworkConfig, RunConfig, StudentConfig, distorts, planned_epochs
from kdengine.data import augmentation
from kdengine.nets import architecture, models
from kdengine.offsets import evaluation
from kdengine.training import devices, target_changes
from kdengine.training.losses import soft_targets
from kdengine.training.stepping import Step, lowered, make_step

# Seeds of weights and of shuffling, apart for the teacher and for networks that learn from the
# transfer set. Source: hinton-problems, "MNIST distillation with omitted digit 3".
_TEACHER_SEEDS = (0, 17)
_STUDENT_SEEDS = (1, 31)
_EVALUATION_BATCH = 5000


class EpochRecord(NamedTuple):
    """What one epoch left behind: its `run_files.Epoch`, and the test images' logits (N, C)."""

    figures: dict[str, Any]
    test_logits: NDArray[np.float32]


def build_network(config: NetworkConfig) -> models.Network:
    """Return the untrained network of *config*, its weights drawn from the config's seed."""
    return models.build(config, torch.Generator().manual_seed(_seeds(config)[0]))


def fit(
    network: models.Network,
    config: RunConfig,
    *,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    test_images: NDArray[np.uint8],
    test_labels: NDArray[np.int64],
    teacher_logits: NDArray[np.float32] | None = None,
    teacher: models.Network | None = None,
    device: torch.device | None = None,
    precision: str = "fp32",
) -> Iterator[EpochRecord]:
    """Train *network* in place and yield a record after each epoch.

    Parameters
    ----------
    images, labels : arrays of shape (N, 28, 28) and (N,)
        The transfer set and nothing else.
    test_images, test_labels : arrays of shape (M, 28, 28) and (M,)
        For the records only; nothing is chosen by them.
    teacher_logits : array of shape (N, C), optional
        The teacher's answers to the same images, for a student on a fixed transfer set.
    teacher : Network, optional
        The teacher itself, for a student with jitter: it answers the shifted images anew every
        epoch, since its answer to an image is not its answer to the shifted one.
    device, precision
        As `devices.choose_device` and `devices.choose_precision` return them.

    Yields
    ------
    EpochRecord
        Before the last one the weights are rounded to float16, as they are stored: its test
        logits are those of the stored network, in fp32.

    Raises
    ------
    ValueError
        If a student gets no teacher logits, or of another number of images, or no teacher to
        answer its shifted images; or if the loss is no number any more.
    """
    _check_teacher(config, len(images), teacher_logits, teacher)
    device = device or torch.device("cpu")
    network.to(device)
    pixels = torch.tensor(images, device=device).reshape(len(images), architecture.PIXELS)
    truth = torch.tensor(labels, device=device)
    answerer = None if teacher is None else _at(teacher.to(device), precision)
    fixed_answers = None if teacher_logits is None else torch.tensor(teacher_logits, device=device)
    epochs = planned_epochs(config, len(images))
    steps = epochs * math.ceil(len(images) / config.batch_size)
    step = make_step(network, config, total_steps=steps, epochs=epochs, precision=precision)
    generator = torch.Generator().manual_seed(_seeds(config)[1])
    moves = distorts(config)
    if moves:
        fixed_answers = None  # an answer to an image is not one to the distorted image
    shown_for = epochs if config.frozen_distortions else config.distortion_epochs
    held = moves and shown_for > 1
    plain = pixels
    for epoch in range(1, epochs + 1):
        began = time.perf_counter()
        if held and (epoch - 1) % shown_for == 0:
            every = torch.arange(len(plain), device=device)
            pixels = augmentation.distort(plain, every, config, generator)
            fixed_answers = None if answerer is None else _answers(answerer, pixels)
        # The whole epoch is shuffled and distorted at once, so that a batch is a slice.
        order = torch.arange(len(pixels))
        if config.shuffled:
            order = torch.randperm(len(pixels), generator=generator)
        order = order.to(device)
        anew = moves and not held
        shown = augmentation.distort(pixels, order, config, generator) if anew else pixels[order]
        targets = None
        if isinstance(config, StudentConfig):
            if fixed_answers is not None:
                answers = fixed_answers[order]
            else:
                assert answerer is not None
                answers = _answers(answerer, shown)
            targets = soft_targets(answers, config.target_temperature or config.temperature)
            targets = target_changes.changed(targets, truth[order], config, generator)
        with devices.flushed_denormals():
            training_loss = _mean_loss(step, shown, targets, truth[order], config.batch_size)
        if not math.isfinite(training_loss):
            raise ValueError(
                f"training diverged in epoch {epoch} (its loss is {training_loss}); "
                "choose a lower learning rate or a higher temperature."
            )
        if epoch == epochs:
            round_weights(network)
            precision = "fp32"
        logits = compute_logits(network, test_images, device=device, precision=precision)
        figures = {
            "epoch": epoch,
            "epochs": epochs,
            "training_loss": training_loss,
            "test_loss": evaluation.cross_entropy(logits, test_labels),
            **evaluation.summary(logits, test_labels, config.omitted_classes),
            "seconds": time.perf_counter() - began,
        }
        del figures["errors"]
        yield EpochRecord(figures, logits)


def _mean_loss(
    step: Step, shown: Tensor, targets: Tensor | None, truth: Tensor, batch_size: int
) -> float:
    """Make one *step* for each batch; return the mean loss of an image."""
    loss_sum = torch.zeros((), device=shown.device)
    for start in range(0, len(shown), batch_size):
        batch = slice(start, start + batch_size)
        loss = step(shown[batch], None if targets is None else targets[batch], truth[batch])
        loss_sum += loss * len(shown[batch])
    return float(loss_sum) / len(shown)


def compute_logits(
    network: models.Network,
    images: NDArray[np.uint8],
    *,
    device: torch.device | None = None,
    precision: str = "fp32",
) -> NDArray[np.float32]:
    """Return the network's logits for uint8 *images* (N, 28, 28), shape (N, C)."""
    pixels = torch.tensor(images, device=device)
    return _answers(_at(network, precision), pixels).cpu().numpy()


def _at(network: models.Network, precision: str) -> models.Network:
    """Return *network* as it answers in that precision: itself, or its bfloat16 copy."""
    return (lowered(network) if precision == "bf16" else network).eval()


@torch.no_grad()
def _answers(network: models.Network, pixels: Tensor) -> Tensor:
    """Return *network*'s logits as float32 for uint8 images on its own device."""
    dtype = _input_dtype(network)
    batches = pixels.split(_EVALUATION_BATCH)
    return torch.cat([network(models.to_inputs(batch, dtype)).float() for batch in batches])


def _input_dtype(network: models.Network) -> torch.dtype:
    """Return what *network* computes with; one of int8 has no parameters, and takes float32."""
    return next((weight.dtype for weight in network.parameters()), torch.float32)


@torch.no_grad()
def round_weights(network: models.Network) -> None:
    """Round every weight to its nearest float16, the precision it is stored in."""
    for parameter in network.parameters():
        parameter.copy_(parameter.half().float())


def weights_of(network: models.Network) -> dict[str, NDArray[np.float32]]:
    """Return the network's weights by their names."""
    return {name: weight.cpu().numpy() for name, weight in network.state_dict().items()}


def load_network(
    config: NetworkConfig, weights: Mapping[str, NDArray[np.float32]]
) -> models.Network:
    """Return the network of *config* with stored *weights*, ready to answer."""
    network = build_network(config)
    network.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
    return network.eval()


def microseconds_per_image(network: models.Network, images: NDArray[np.uint8]) -> float:
    """Measure the forward pass on the CPU: the median of 9 batches of 500 images."""
    batch = models.to_inputs(torch.tensor(images[:500]), _input_dtype(network))
    network.to("cpu").eval()
    seconds = []
    with torch.no_grad():
        for _ in range(10):
            began = time.perf_counter()
            network(batch)
            seconds.append(time.perf_counter() - began)
    return float(np.median(seconds[1:]) / len(batch) * 1e6)


def _check_teacher(
    config: RunConfig,
    images: int,
    teacher_logits: NDArray[np.float32] | None,
    teacher: models.Network | None,
) -> None:
    """Raise ValueError if a student lacks what it learns from."""
    if not isinstance(config, StudentConfig):
        return
    if distorts(config) and teacher is None:
        raise ValueError(
            "a student with jitter needs the teacher to answer its shifted images; pass teacher=."
        )
    if not distorts(config) and (teacher_logits is None or len(teacher_logits) != images):
        given = "none" if teacher_logits is None else str(len(teacher_logits))
        raise ValueError(
            f"a student needs the teacher's logits for its {images} transfer images "
            f"(given: {given}); pass teacher_logits[mask]."
        )


def _seeds(config: NetworkConfig) -> tuple[int, int]:
    """Return the seeds of weights and of shuffling, jitter and order together."""
    weights, shuffling = _TEACHER_SEEDS if config.kind == "teacher" else _STUDENT_SEEDS
    return config.seed + weights, config.seed + shuffling
