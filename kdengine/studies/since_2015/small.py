"""Small networks side by side, trained with Adam at a constant rate on batches made as they go."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from kdengine.config import CLASSES
from kdengine.nets.architecture import PIXELS
from kdengine.training import devices, stacks

BATCH, LEARNING_RATE, TEMPERATURE = 1024, 1e-3, 20.0
Goal = Callable[[Tensor, Tensor], Tensor]  # the outputs (K, B) of a network, then what it learns
Batches = Iterator[tuple[Tensor, Tensor]]  # pictures (B, 784) and what is to be learned of them


def softened(said: Tensor, taught: Tensor) -> Tensor:
    """Return the soft targets' cross-entropy, times T²; *taught* are logits (K, B)."""
    mine, theirs = (outputs[:CLASSES].T / TEMPERATURE for outputs in (said, taught))
    return TEMPERATURE**2 * functional.cross_entropy(mine, theirs.softmax(dim=1))


def named(said: Tensor, labels: Tensor) -> Tensor:
    """Return the cross-entropy of the ordinary outputs with labels (B,)."""
    return functional.cross_entropy(said[:CLASSES].T, labels)


def labelled(pictures: Tensor, labels: Tensor, epochs: int, order: torch.Generator) -> Batches:
    """Yield the batches of some epochs, each in an order of its own."""
    for _ in range(epochs):
        for some in torch.randperm(len(pictures), generator=order).split(BATCH):
            yield pictures[some], labels[some]


def learn(
    stack: stacks.Stack,
    batches: Batches,
    goals: Sequence[Goal],
    precision: str,
    rate: float = LEARNING_RATE,
) -> None:
    """Train the networks of a *stack*, which see the same pictures, each for its own goal."""
    parameters = [tensor.requires_grad_() for layer in stack for tensor in layer]
    optimizer = torch.optim.Adam(parameters, lr=rate, fused=True)
    with devices.flushed_denormals():
        for pictures, taught in batches:
            outputs = answers(stack, pictures, precision)
            optimizer.zero_grad()
            losses = [goal(said, taught) for goal, said in zip(goals, outputs, strict=True)]
            torch.stack(losses).sum().backward()
            optimizer.step()
    for tensor in parameters:
        tensor.requires_grad_(False)


def new(sizes: tuple[int, ...], generator: torch.Generator) -> stacks.Stack:
    """Return one network with weights and biases uniform within ±1/√inputs, as torch's own."""
    stack = stacks.new_stack(sizes, [generator])
    for weight, bias in stack:
        bound = weight.shape[2] ** -0.5
        weight.uniform_(-bound, bound, generator=generator)
        bias.uniform_(-bound, bound, generator=generator)
    return stack


def answers(stack: stacks.Stack, pictures: Tensor, precision: str) -> Tensor:
    """Return the outputs (N, K, B) for pictures (B, 784), their products in that precision."""
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
        return stacks.forward(stack, pictures[None]).float()


def scaled(images: Any, low: float) -> Tensor:
    """Return uint8 images as pixels (N, 784) from *low* to 1."""
    return torch.tensor(images).reshape(-1, PIXELS).float() * ((1.0 - low) / 255.0) + low


def copied(stack: stacks.Stack) -> stacks.Stack:
    """Return the same networks, to be trained apart."""
    return [(weight.clone(), bias.clone()) for weight, bias in stack]


def joined(networks: list[stacks.Stack]) -> stacks.Stack:
    """Return a stack of copies of single networks."""
    layers = zip(*networks, strict=True)
    return [(torch.cat([w for w, _ in each]), torch.cat([b for _, b in each])) for each in layers]
