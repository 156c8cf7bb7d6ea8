"""One optimisation step: a batch of pixels and its targets in, updated weights and the loss out.

Owns precision: fp32, or bf16 products on fp32 weights. Knows no epochs, no data sets and no files.
"""

import copy
import itertools
from collections.abc import Callable

import torch
from torch import Tensor, nn

from kdengine.config import RunConfig, StudentConfig, TeacherConfig
from kdengine.nets import models
from kdengine.training import descent
from kdengine.training.losses import distillation_loss

# (uint8 pixels (N, 784), soft targets (N, C) or None, labels (N,)) -> mean loss of the batch
Step = Callable[[Tensor, Tensor | None, Tensor], Tensor]


def make_step(
    network: models.Network,
    config: RunConfig,
    *,
    total_steps: int,
    epochs: int = 1,
    precision: str = "fp32",
) -> Step:
    """Return the function that trains *network* in place on one batch.

    Parameters
    ----------
    network : Network
        Its fp32 weights are what is trained, on the device where they lie.
    total_steps, epochs : int >= 1
        Length of the learning-rate schedule, and into how many equal parts it divides.
    precision : str
        ``"bf16"``: the products run on a bfloat16 copy of the weights that each step refreshes,
        while the optimiser updates the fp32 weights, whose small steps bfloat16 would lose.
        Source: Micikevicius et al. (2018), arXiv:1710.03740, section 3.1.

    Returns
    -------
    Step
        Its loss stays on the device, a Tensor of shape ().
    """
    working = network if precision == "fp32" else lowered(network)
    weights: list[Tensor] = list(network.parameters())
    products = list(working.parameters())
    members = len(network.members) if isinstance(network, models.Ensemble) else 1
    for weight in weights:
        weight.grad = torch.zeros_like(weight)
    update = descent.update_of(config, weights)
    limited = _hidden_weights(network) if config.max_norm else []
    made = itertools.count()

    def step(pixels: Tensor, targets: Tensor | None, labels: Tensor) -> Tensor:
        working.train()  # an evaluation between two epochs may have left it otherwise
        logits = working(models.to_inputs(pixels, products[0].dtype)).float()
        loss = batch_loss(config, logits, targets, labels)
        # The loss is the mean over the members; each learns from its own, as if alone.
        gradients = torch.autograd.grad(loss * members, products)
        with torch.no_grad():
            for weight, gradient in zip(weights, gradients, strict=True):
                weight.grad.copy_(gradient)  # type: ignore[union-attr]
            update(descent.rate(config, next(made), total_steps, epochs))
            for matrix in limited:
                matrix.copy_(torch.renorm(matrix, 2, 0, config.max_norm))
            if working is not network:
                for product, weight in zip(products, weights, strict=True):
                    product.copy_(weight)
        return loss.detach()

    return step


def lowered(network: models.Network) -> models.Network:
    """Return a bfloat16 copy of *network*."""
    return copy.deepcopy(network).to(torch.bfloat16)


def batch_loss(config: RunConfig, logits: Tensor, targets: Tensor | None, labels: Tensor) -> Tensor:
    """Return a student's distillation loss, or the cross-entropy of teacher and baseline.

    An ensemble's logits are (N, members, C) while it trains; its loss is the members' mean.
    """
    if logits.dim() == 3:
        labels = labels.repeat_interleave(logits.shape[1])
        logits = logits.flatten(0, 1)
    if not isinstance(config, StudentConfig) or targets is None:
        smoothing = config.label_smoothing if isinstance(config, TeacherConfig) else 0.0
        return nn.functional.cross_entropy(logits, labels, label_smoothing=smoothing)
    return distillation_loss(
        logits,
        targets,
        labels,
        temperature=config.temperature,
        soft_weight=config.soft_weight,
        hard_weight=config.hard_weight,
        scale_soft_by_t2=config.scale_soft_by_t2,
    )


def _hidden_weights(network: models.Network) -> list[Tensor]:
    """Return the weight matrices of a network's hidden layers, a row for each unit."""
    singles = (part for part in network.modules() if isinstance(part, models.SingleNetwork))
    hidden = (layer for single in singles for layer in list(single.layers)[:-1])
    return [layer.weight for layer in hidden if isinstance(layer, nn.Linear)]
