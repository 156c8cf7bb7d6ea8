"""How weights follow their gradients: the learning rate of each step, and Adam, AdamW or SGD.

They are torch's own functional forms. Its optimiser and schedule classes would import
`torch._dynamo`, which takes as long again as torch itself.
"""

import math
from collections.abc import Callable, Sequence

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
    # Momentum stays: a captured graph could not follow it, and cycling it did not help.
    top = _WARM_UP * total_steps - 1.0
    if step <= top:
        return _between(_FIRST * peak, peak, step / top)
    return _between(peak, _LAST * peak, (step - top) / (total_steps - 1.0 - top))


def _between(start: float, end: float, share: float) -> float:
    """Return the value a *share* of the way from *start* to *end*, along half a cosine."""
    return end + (start - end) / 2.0 * (1.0 + math.cos(math.pi * share))


class Descent:
    """The optimiser of one network's *weights*, which lie on one device and have gradients.

    On CUDA the rate is a tensor: a captured graph reads rate and state from places that stay, and
    `follow` and `rewind` change them there.
    """

    def __init__(self, config: NetworkConfig, weights: Sequence[torch.nn.Parameter]) -> None:
        self.weights = list(weights)
        device = self.weights[0].device
        self.rate: float | Tensor = config.learning_rate
        if device.type == "cuda":
            self.rate = torch.tensor(config.learning_rate, device=device)
        self.means, self.squares = (
            [torch.zeros_like(weight) for weight in self.weights] for _ in range(2)
        )
        self.counts = [torch.zeros((), device=device) for _ in self.weights]
        self._update = self._sgd(config) if config.optimizer == "sgd" else self._adam(config)

    def follow(self, rate: float) -> None:
        """Use *rate* from now on."""
        self.rate = self.rate.fill_(rate) if isinstance(self.rate, Tensor) else rate

    @torch.no_grad()
    def step(self) -> None:
        """Change the weights by their gradients."""
        self._update([weight.grad for weight in self.weights if weight.grad is not None])

    def rewind(self) -> None:
        """Forget every step."""
        for slot in (*self.means, *self.squares, *self.counts):
            slot.zero_()

    def _adam(self, config: NetworkConfig) -> Callable[[list[Tensor]], None]:
        """Return the step of Adam, or of AdamW, by torch's fused kernel."""

        def update(gradients: list[Tensor]) -> None:
            adam(
                self.weights,  # type: ignore[arg-type]
                gradients,
                self.means,
                self.squares,
                [],
                self.counts,
                capturable=isinstance(self.rate, Tensor),
                fused=True,
                decoupled_weight_decay=config.optimizer == "adamw",
                amsgrad=False,
                beta1=0.9,
                beta2=config.beta2,
                lr=self.rate,
                weight_decay=config.weight_decay,
                eps=_EPSILON,
                maximize=False,
            )

        return update

    def _sgd(self, config: NetworkConfig) -> Callable[[list[Tensor]], None]:
        """Return the step of SGD with momentum."""

        def update(gradients: list[Tensor]) -> None:
            sgd(
                self.weights,  # type: ignore[arg-type]
                gradients,
                self.means,  # type: ignore[arg-type]
                fused=True,
                weight_decay=config.weight_decay,
                momentum=_MOMENTUM,
                lr=self.rate,  # type: ignore[arg-type]
                dampening=0.0,
                nesterov=False,
                maximize=False,
            )

        return update
