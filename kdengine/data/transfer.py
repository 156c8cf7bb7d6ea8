"""Which training images a network learns from.

*labels* (N,) and *teacher_logits* (N, C) are of all training images, and so are the masks (N,) that
come out; the test set plays no part.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kdengine.config import RunConfig, StudentConfig
from kdengine.offsets.evaluation import Floats, Ints, predictions, softmax

_SUBSET_SEED = 47  # apart from the seeds of weights and shuffling
_TOP_SHARE = 0.1


def chosen_images(
    config: RunConfig, labels: Ints, teacher_logits: Floats | None = None
) -> NDArray[np.bool_]:
    """Return which of the training images *config* learns from.

    A student with a selection needs the teacher's answers to all of them. ValueError if they are
    missing, or if no image is left, or fewer than the transfer set is to have.
    """
    mask = without(labels, config.omitted_classes)
    if not isinstance(config, StudentConfig):
        return random_subset(mask, 0, config.seed)
    if config.selection != "all":
        if teacher_logits is None or len(teacher_logits) != len(labels):
            raise ValueError(
                f"selection {config.selection!r} needs the teacher's answers to all {len(labels)} "
                "training images; pass teacher_logits=."
            )
        mask = selected(mask, teacher_logits, config.omitted_classes, config.selection)
    return random_subset(mask, config.transfer_size, config.seed)


def without(labels: Ints, omitted: Sequence[int]) -> NDArray[np.bool_]:
    """Return which images, by their *labels*, are of none of the *omitted* classes."""
    return ~np.isin(labels, list(omitted))


def selected(
    mask: NDArray[np.bool_], teacher_logits: Floats, omitted: tuple[int, ...], selection: str
) -> NDArray[np.bool_]:
    """Return the images of *mask* that stay by what the teacher says of the *omitted* classes.

    ``"top-tenth"`` keeps the tenth with the most softmax mass (T=1) on the omitted classes,
    ``"other-nine-tenths"`` the rest, ``"not-called-omitted"`` those called something else.
    """
    if selection == "not-called-omitted":
        return mask & ~np.isin(predictions(teacher_logits), omitted)
    images = np.flatnonzero(mask)
    mass = softmax(np.asarray(teacher_logits)[images])[:, list(omitted)].sum(axis=1)
    top = images[np.argsort(-mass, kind="stable")[: round(_TOP_SHARE * len(images))]]
    is_top = np.zeros_like(mask)
    is_top[top] = True
    return is_top if selection == "top-tenth" else mask & ~is_top


def random_subset(mask: NDArray[np.bool_], size: int, seed: int) -> NDArray[np.bool_]:
    """Return *size* of the images of *mask*, drawn by *seed*, or all for 0; ValueError of fewer."""
    images = np.flatnonzero(mask)
    if not len(images):
        raise ValueError(
            f"none of the {mask.size} images is left, so there is nothing to learn from; "
            "leave fewer classes out."
        )
    if size > len(images):
        raise ValueError(
            f"transfer_size={size} is more than the {len(images)} images that are left; "
            "use fewer, or 0 for all."
        )
    if not size:
        return mask
    drawn = np.random.default_rng([_SUBSET_SEED, seed]).choice(images, size, replace=False)
    subset = np.zeros_like(mask)
    subset[drawn] = True
    return subset
