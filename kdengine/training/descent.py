"""How weights follow their gradients: the learning rate of each step, and Adam, AdamW or SGD.

They are torch's own functional forms. Its optimiser and schedule classes would import
`torch._dynamo`, which takes as long again as torch itself.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.sgd import sgd

from kdengine.config import NetworkConfig

_EPSILON = 1e-8  # Adam's own
_MOMENTUM = 0.9  # of "sgd"; its only user, a notebook of RP team 13 (TU Delft, 2020), has that
# The one-cycle schedule climbs for this share of the steps, from and to these shares of its peak.
# Source: Smith & Topin (2017), arXiv:1708.07120; the numbers are torch's own.
_WARM_UP, _FIRST, _LAST = 0.3, 1 / 25, 1 / 25e4


def rate(config: NetworkConfig, step: int, total_steps: int, epochs: int = 1) -> float:
    """Return the learning rate of *step*, counted from 0, of a training of *total_steps*."""
    peak = config.learning_rate
    if config.schedule == "constant":
        return peak
    if config.schedule == "tenth_every_30":
        return peak * 0.1 ** (step // (30 * (total_steps // epochs)))
    # Momentum stays: cycling it did not help.
    top = _WARM_UP * total_steps - 1.0
    if step <= top:
        return _between(_FIRST * peak, peak, step / top)
    return _between(peak, _LAST * peak, (step - top) / (total_steps - 1.0 - top))


def _between(start: float, end: float, share: float) -> float:
    """Return the value a *share* of the way from *start* to *end*, along half a cosine."""
    return end + (start - end) / 2.0 * (1.0 + math.cos(math.pi * share))


def update_of(config: NetworkConfig, weights: list[Tensor]) -> Callable[[float], None]:
    """Return what changes one network's *weights* by their gradients, at the rate it is given."""
    means: Any = [torch.zeros_like(weight) for weight in weights]
    squares = [torch.zeros_like(weight) for weight in weights]
    counts = [torch.zeros((), device=weight.device) for weight in weights]
    shared: dict[str, Any] = {
        "weight_decay": config.weight_decay,
        "maximize": False,
        "fused": True,
    }

    @torch.no_grad()
    def update(rate: float) -> None:
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        given = weights, gradients, means
        if config.optimizer == "sgd":
            sgd(*given, lr=rate, momentum=_MOMENTUM, dampening=0.0, nesterov=False, **shared)
            return
        adam(
            *given,
            squares,
            [],
            counts,
            decoupled_weight_decay=config.optimizer == "adamw",
            amsgrad=False,
            beta1=0.9,
            beta2=config.beta2,
            eps=_EPSILON,
            lr=rate,
            **shared,
        )

    return update
