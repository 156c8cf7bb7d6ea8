"""Many small networks trained side by side: one batched product a layer instead of one each.

A stack of N networks holds G groups of M; a group shares its inputs and the order of its batches.
Activations are (networks, units, batch), so that a group's first layer is one product and no
step copies anything. What a network learns does not depend on who else is in the stack.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from kdengine.training import devices

# Of Keras, which the published networks were trained with; torch's own default is 1e-8.
ADAM_EPSILON = 1e-7
# A layer: weights (N, outputs, inputs) and biases (N, outputs, 1)
Stack = list[tuple[Tensor, Tensor]]
_TEST_CHUNK = 2_500


def new_stack(sizes: Sequence[int], generators: Sequence[torch.Generator]) -> Stack:
    """Return one network a generator: Glorot-uniform weights and zero biases, as Keras has them.

    *sizes* are the inputs, the units of each hidden layer and the classes.

    Source: Glorot & Bengio (2010), "Understanding the difficulty of training deep feedforward
    neural networks", equation 16.
    """
    stack = []
    for inputs, outputs in zip(sizes[:-1], sizes[1:], strict=True):
        bound = math.sqrt(6.0 / (inputs + outputs))
        weights = torch.empty(len(generators), outputs, inputs)
        for network, generator in zip(weights, generators, strict=True):
            network.uniform_(-bound, bound, generator=generator)
        stack.append((weights, torch.zeros(len(generators), outputs, 1)))
    return stack


def generator(*purpose: int) -> torch.Generator:
    """Return the random numbers of one purpose: a seed, and what tells it from its others."""
    state = np.random.SeedSequence(purpose).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state))


def forward(stack: Stack, inputs: Tensor, masks: Sequence[Tensor] = ()) -> Tensor:
    """Return the logits (N, C, B) of every network for *inputs* (G, B, F).

    G divides the number of networks; consecutive ones share a group. Dropout's *masks* are
    (N, units, B), one a hidden layer; none while testing.
    """
    networks, groups = len(stack[0][0]), len(inputs)
    weights, biases = (tensor.reshape(groups, -1, tensor.shape[2]) for tensor in stack[0])
    units = torch.baddbmm(biases, weights, inputs.mT).view(networks, -1, inputs.shape[1])
    for index, (weights, biases) in enumerate(stack[1:]):
        units = units.relu_()
        if masks:
            units = units * masks[index]
        units = torch.baddbmm(biases, weights, units)
    return units


def loss(logits: Tensor, targets: Tensor, temperatures: Tensor) -> Tensor:
    """Return the cross-entropy with *targets*, summed over networks, averaged over the batch.

    The sum leaves each network the gradient of its own loss. *logits* and *targets* are (N, C, B),
    targets sum to 1 over the classes; *temperatures* (N, 1, 1) divide the logits, and the loss is
    not scaled by T².
    """
    log_probabilities = (logits / temperatures).log_softmax(dim=1)
    return -(targets * log_probabilities).sum() / logits.shape[2]


def fit(
    stack: Stack,
    inputs: Tensor,
    targets: Tensor,
    temperatures: Tensor,
    *,
    learning_rate: float,
    batch_size: int,
    epochs: int,
    orders: Sequence[torch.Generator],
    dropout: float = 0.0,
    masks: Sequence[torch.Generator] = (),
    on_epoch: Callable[[int], None] = lambda epoch: None,
) -> None:
    """Train a stack in place with Adam at a constant rate.

    *inputs* are (G, n, F), *targets* (G, n, M, C): what each of a group's M networks has to answer;
    *temperatures* (N, 1, 1). Each group has a generator in *orders*, which shuffles its samples
    anew each epoch; an epoch's last batch may be smaller. *dropout*, in [0, 1), is the share of a
    hidden layer's units that a sample loses; which ones say the *masks*, a generator a network.
    *on_epoch* is told the number of each finished epoch, from 1.
    """
    groups, count, members, classes = targets.shape
    parameters = [tensor.requires_grad_() for layer in stack for tensor in layer]
    optimizer = torch.optim.Adam(parameters, lr=learning_rate, eps=ADAM_EPSILON, fused=True)
    rows, answers = inputs.flatten(0, 1), targets.reshape(groups * count, members * classes)
    starts = torch.arange(groups)[:, None] * count
    with devices.flushed_denormals():
        for epoch in range(1, epochs + 1):
            order = torch.stack([torch.randperm(count, generator=g) for g in orders]) + starts
            for chosen in order.split(batch_size, dim=1):
                size = chosen.shape[1]
                batch = rows.index_select(0, chosen.flatten()).view(groups, size, -1)
                kept = dropout_masks(stack, dropout, masks, size) if dropout else []
                logits = forward(stack, batch, kept)
                wanted = answers.index_select(0, chosen.flatten()).view(groups, size, members, -1)
                wanted = wanted.permute(0, 2, 3, 1).reshape(logits.shape)
                optimizer.zero_grad()
                loss(logits, wanted, temperatures).backward()
                optimizer.step()
            on_epoch(epoch)
    for tensor in parameters:
        tensor.requires_grad_(False)


def dropout_masks(
    stack: Stack, rate: float, generators: Sequence[torch.Generator], batch: int
) -> list[Tensor]:
    """Draw which units stay: a mask (N, units, batch) a hidden layer, scaled to a mean of 1.

    As `models.SeededDropout`: a random 16-bit number a unit, four of them from one draw, but a
    network's layers at once and each network from its own generator.
    """
    sizes = [weights.shape[1] * batch for weights, _ in stack[:-1]]
    draws = torch.empty(len(generators), (sum(sizes) + 3) // 4, dtype=torch.int64)
    for row, generator in zip(draws, generators, strict=True):
        row.random_(-(2**63), None, generator=generator)
    threshold = round((1.0 - rate) * 2**16)
    numbers = draws.view(torch.int16)[:, : sum(sizes)].lt_(threshold - 2**15)
    kept = numbers.to(stack[0][0].dtype).mul_(2**16 / threshold)
    return [part.unflatten(1, (-1, batch)) for part in kept.split(sizes, dim=1)]


@torch.no_grad()
def logits_of(stack: Stack, inputs: Tensor) -> Tensor:
    """Return the logits (N, n, C) of all networks for inputs (G, n, F)."""
    parts = [forward(stack, part).mT for part in inputs.split(_TEST_CHUNK, dim=1)]
    return torch.cat(parts, dim=1)


def errors(stack: Stack, inputs: Tensor, labels: Tensor) -> Tensor:
    """Return how many samples each of a group's networks gets wrong, (G, M) int64.

    The *inputs* are (G, n, F), the *labels* (G, n) int64.
    """
    answers = logits_of(stack, inputs).argmax(dim=2).view(len(inputs), -1, inputs.shape[1])
    return (answers != labels[:, None]).sum(dim=2)
