"""How many floating-point operations an experiment needs: matrix products, from its configuration.

A product of (n, i) with (i, o) counts 2·n·i·o. What is done element by element (Adam, ReLU,
softmax, jitter) is left out, so a bound made of these counts is below any real time.
"""

from collections.abc import Sequence

from kdengine.augmentation import distorts
from kdengine.config import CLASSES, NetworkConfig, StudentConfig, planned_epochs
from kdengine.recipes import Experiment

PIXELS = 28 * 28


def layer_sizes(config: NetworkConfig) -> tuple[int, ...]:
    """Return the units of each layer, from the pixels to the logits."""
    return (PIXELS, *config.hidden_sizes, CLASSES)


def forward(sizes: Sequence[int]) -> int:
    """Return the operations of one image's forward pass through layers of these *sizes*."""
    return sum(2 * inputs * outputs for inputs, outputs in zip(sizes[:-1], sizes[1:], strict=True))


def backward(sizes: Sequence[int]) -> int:
    """Return the operations of one image's backward pass.

    A layer's weights cost as much as its forward pass, and so do its inputs, but for the first
    layer: nobody needs the gradient of the pixels.
    """
    return 2 * forward(sizes) - forward(sizes[:2])


def of_training(
    config: NetworkConfig, *, images: int, test_images: int, teacher: NetworkConfig | None = None
) -> int:
    """Return the operations of a network's training, its evaluation after each epoch included.

    Parameters
    ----------
    images : int
        Size of its transfer set.
    test_images : int
    teacher : NetworkConfig, optional
        Asked for its answer to each image in each epoch, if *config* is a student of
        distorted images.
    """
    sizes = layer_sizes(config)
    per_image = forward(sizes) + backward(sizes)
    if isinstance(config, StudentConfig) and distorts(config) and teacher is not None:
        per_image += forward(layer_sizes(teacher))
    epochs = planned_epochs(config, images)
    return epochs * (images * per_image + test_images * forward(sizes))


def of_experiment(
    experiment: Experiment,
    precision: str,
    *,
    train_images: int,
    transfer_images: int,
    test_images: int,
) -> dict[str, int]:
    """Return the operations of teacher and student, by precision.

    Parameters
    ----------
    precision : str
        Of training and of the evaluation after each epoch, ``"bf16"`` or ``"fp32"``. The logits
        that are kept, of all training and test images, are always computed in fp32.

    Returns
    -------
    dict
        From ``"bf16"`` and ``"fp32"`` to counts; without ``"bf16"`` if nothing was done in it.
    """
    teacher, student = experiment.teacher, experiment.student
    trained = of_training(teacher, images=train_images, test_images=test_images) + of_training(
        student, images=transfer_images, test_images=test_images, teacher=teacher
    )
    answers = sum(forward(layer_sizes(config)) for config in (teacher, student))
    kept = (train_images + test_images) * answers
    if precision == "fp32":
        return {"fp32": trained + kept}
    return {precision: trained, "fp32": kept}


def bound_seconds(operations: dict[str, int], peaks: dict[str, float]) -> float:
    """Return the least time in which *operations* can be done at *peaks* (operations a second)."""
    return sum(count / peaks[precision] for precision, count in operations.items())
