"""One optimisation step: a batch of pixels and its targets in, updated weights and the loss out.

Owns precision (fp32, or bf16 products on fp32 weights) and, on CUDA, the captured graph. Knows no
epochs, no data sets and no files.
"""

import copy
import itertools
import logging
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from kdengine.config import RunConfig, StudentConfig, TeacherConfig
from kdengine.nets import models
from kdengine.training import descent
from kdengine.training.losses import distillation_loss

logger = logging.getLogger(__name__)

# (uint8 pixels (N, 784), soft targets (N, C) or None, labels (N,)) -> mean loss of the batch
Step = Callable[[Tensor, Tensor | None, Tensor], Tensor]
# What a step changes: the fp32 weights, the copy that computes with them, the optimiser.
Changing = tuple[models.Network, models.Network, descent.Descent]
_WARM_UP_STEPS = 3  # what PyTorch's notes on CUDA graphs ask for before a capture


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
    weights, products = list(network.parameters()), list(working.parameters())
    members = len(network.members) if isinstance(network, models.Ensemble) else 1
    on_cuda = weights[0].device.type == "cuda"
    for weight in weights:
        weight.grad = torch.zeros_like(weight)
    optimizer = descent.Descent(config, weights)
    limited = _hidden_weights(network) if config.max_norm else []

    def update(pixels: Tensor, targets: Tensor | None, labels: Tensor) -> Tensor:
        working.train()  # an evaluation between two epochs may have left it otherwise
        logits = working(models.to_inputs(pixels, products[0].dtype)).float()
        loss = batch_loss(config, logits, targets, labels)
        # The loss is the mean over the members; each learns from its own, as if alone.
        gradients = torch.autograd.grad(loss * members, products)
        with torch.no_grad():
            for weight, gradient in zip(weights, gradients, strict=True):
                weight.grad.copy_(gradient)  # type: ignore[union-attr]
            optimizer.step()
            for matrix in limited:
                matrix.copy_(torch.renorm(matrix, 2, 0, config.max_norm))
            if working is not network:
                for product, weight in zip(products, weights, strict=True):
                    product.copy_(weight)
        return loss.detach()

    # SGD's kernel would keep its rate as a number in a captured graph.
    can_capture = on_cuda and config.optimizer != "sgd"
    changing = (network, working, optimizer)
    run = _captured(update, config.batch_size, changing) if can_capture else update
    made = itertools.count()

    def step(pixels: Tensor, targets: Tensor | None, labels: Tensor) -> Tensor:
        optimizer.follow(descent.rate(config, next(made), total_steps, epochs))
        return run(pixels, targets, labels)

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


def _captured(update: Step, batch_size: int, changing: Changing) -> Step:
    """Return *update* as a CUDA graph: one launch a step instead of some sixty.

    The graph is captured at the first full batch; a batch of another size (an epoch's last) runs
    uncaptured. Where capturing fails, every batch does, and the log says so.
    """
    chosen: list[Step] = []  # at the first full batch

    def run(pixels: Tensor, targets: Tensor | None, labels: Tensor) -> Tensor:
        if len(pixels) != batch_size:
            return update(pixels, targets, labels)
        if not chosen:
            try:
                chosen.append(_capture(update, (pixels, targets, labels), changing))
            except RuntimeError:
                logger.warning("this step cannot be captured as a CUDA graph", exc_info=True)
                chosen.append(update)
        return chosen[0](pixels, targets, labels)

    return run


def _capture(
    update: Step, example: tuple[Tensor, Tensor | None, Tensor], changing: Changing
) -> Step:
    """Capture one *update*, leaving weights and optimiser as they were.

    Source: PyTorch, notes on CUDA semantics, "CUDA Graphs".
    """
    inputs = [None if tensor is None else tensor.clone() for tensor in example]
    pixels, targets, labels = inputs
    assert pixels is not None and labels is not None
    network, working, _ = changing
    before = [weight.detach().clone() for weight in network.parameters()]
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    try:
        with torch.cuda.stream(side):
            for _ in range(_WARM_UP_STEPS):
                update(pixels, targets, labels)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        for module in working.modules():
            if isinstance(module, models.SeededDropout):
                graph.register_generator_state(module.generator)
        with torch.cuda.graph(graph):
            loss = update(pixels, targets, labels)
    finally:
        _rewind(before, changing)

    def replay(pixels: Tensor, targets: Tensor | None, labels: Tensor) -> Tensor:
        for static, given in zip(inputs, (pixels, targets, labels), strict=True):
            if static is not None and given is not None:
                static.copy_(given)
        graph.replay()
        return loss.clone()  # the next replay overwrites it

    return replay


@torch.no_grad()
def _rewind(before: Sequence[Tensor], changing: Changing) -> None:
    """Undo the warm-up in place: the graph goes on using these very tensors."""
    network, working, optimizer = changing
    pairs = zip(network.parameters(), working.parameters(), before, strict=True)
    for weight, product, saved in pairs:
        weight.copy_(saved)
        product.copy_(saved)
    optimizer.rewind()
