"""What can be done to soft targets before a student learns them, to find out what they carry.

Tensors in, tensors out; every random number comes from the given generator.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from kdengine.config import StudentConfig

_HALVINGS = 50  # of an interval below 1: far beyond float64's needs at any entropy


def changed(
    soft_targets: Tensor, labels: Tensor, config: StudentConfig, generator: torch.Generator
) -> Tensor:
    """Return the soft targets (N, C) of an epoch's images as *config* changes them."""
    if config.target_change == "omitted-removed":
        return without_classes(soft_targets, config.omitted_classes)
    if config.target_change == "shuffled-in-class":
        return shuffled_in_class(soft_targets, labels, generator)
    if config.target_change == "uniform-same-entropy":
        return uniform_with_entropy_of(soft_targets, labels)
    return soft_targets


def without_classes(soft_targets: Tensor, classes: Sequence[int]) -> Tensor:
    """Return *soft_targets* (N, C) with nothing on *classes*; the other columns share their mass.

    The others keep their proportions, so that each row still sums to 1.
    """
    kept = soft_targets.clone()
    kept[:, list(classes)] = 0.0
    return kept / kept.sum(dim=1, keepdim=True)


def shuffled_in_class(soft_targets: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    """Return *soft_targets* (N, C), each row given to a random image of the same label.

    What the teacher says of a class as a whole stays as it is; what it says of one image is lost.
    """
    order = torch.randperm(len(labels), generator=generator).to(labels.device)
    givers = order[torch.argsort(labels[order], stable=True)]
    takers = torch.argsort(labels, stable=True)
    shuffled = torch.empty_like(soft_targets)
    shuffled[takers] = soft_targets[givers]
    return shuffled


def uniform_with_entropy_of(soft_targets: Tensor, labels: Tensor) -> Tensor:
    """Return smoothed labels (N, C), each with the entropy of its row of *soft_targets*.

    They are p on the label and (1 - p) / (C - 1) on every other class, with p in [1 / C, 1].
    """
    classes = soft_targets.shape[1]
    wanted = torch.special.entr(soft_targets.double()).sum(dim=1)
    # From p = 1 / C to 1 the entropy falls from log C to 0, so halving finds the one p.
    low = torch.full_like(wanted, 1.0 / classes)
    high = torch.ones_like(wanted)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        rest = (1.0 - middle) / (classes - 1)
        entropy = torch.special.entr(middle) + (classes - 1) * torch.special.entr(rest)
        too_uncertain = entropy > wanted
        low = torch.where(too_uncertain, middle, low)
        high = torch.where(too_uncertain, high, middle)
    smoothed = ((1.0 - low) / (classes - 1)).unsqueeze(1).repeat(1, classes)
    smoothed[torch.arange(len(labels), device=labels.device), labels] = low
    return smoothed.to(soft_targets.dtype)
