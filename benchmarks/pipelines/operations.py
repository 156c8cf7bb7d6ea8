"""What an experiment must compute at least, and in what time; `kdengine.nets.operations` counts."""

from kdengine.nets.operations import forward, of_training
from kdengine.recipes.recipe import Plan


def of_experiment(
    experiment: Plan,
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
    trained = of_training(teacher, images=train_images, test_images=test_images)
    trained += of_training(
        student, images=transfer_images, test_images=test_images, teacher=teacher
    )
    answers = sum(forward(config) for config in (teacher, student))
    kept = (train_images + test_images) * answers
    if precision == "fp32":
        return {"fp32": int(trained + kept)}
    return {precision: int(trained), "fp32": int(kept)}


def bound_seconds(operations: dict[str, int], peaks: dict[str, float]) -> float:
    """Return the least time in which *operations* can be done at *peaks* (operations a second)."""
    return sum(count / peaks[precision] for precision, count in operations.items())
