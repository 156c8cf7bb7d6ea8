"""A generalist, specialists on what it confuses, and an ensemble of as many networks beside them.

Source: Hinton, Vinyals & Dean (2015), arXiv:1503.02531, section 5.
"""

from itertools import combinations
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.cluster import hierarchy
from torch import Tensor

from kdengine.config import CLASSES
from kdengine.data import datasets
from kdengine.nets.architecture import PIXELS
from kdengine.studies.since_2015 import small
from kdengine.studies.since_2015.known import Measured
from kdengine.training import stacks

SIZES, EPOCHS, MORE_EPOCHS = (PIXELS, 100, 100, CLASSES), 15, 5
GROUPS = 5  # into which the digits fall; those of one digit get no specialist
_STEPS, _RATE = 300, 0.1  # of the search for the answer that fits all networks


def measure(seed: int, precision: str) -> Measured:
    """Return the test errors of each, and those within a cluster; the list has each digit's one."""
    data = datasets.load("mnist")
    pixels, tests = (small.scaled(i, 0.0)[None] for i in (data.train_images, data.test_images))
    labels = torch.tensor(data.train_labels)

    def learned(network: stacks.Stack, epochs: int, purpose: int) -> stacks.Stack:
        random = stacks.generator(seed, purpose)
        shown = small.labelled(pixels[0], labels, epochs, random)
        goals = [small.named] * len(network[0][0])
        small.learn(network, shown, goals, precision)
        return network

    generalist = learned(small.new(SIZES, stacks.generator(seed, 0)), EPOCHS, 1)
    answers = stacks.logits_of(generalist, pixels)[0].softmax(dim=1)
    groups = clusters(answers.numpy())
    special = [
        torch.tensor(groups == group) for group in np.unique(groups) if (groups == group).sum() > 1
    ]
    experts = [
        specialist(generalist, inside, pixels[0], labels, stacks.generator(seed, 2 + n), precision)
        for n, inside in enumerate(special)
    ]
    others = [small.new(SIZES, stacks.generator(seed, 20 + n)) for n in range(len(experts))]
    ensemble = learned(small.joined(others), EPOCHS + MORE_EPOCHS, 30)
    longer = learned(small.copied(generalist), MORE_EPOCHS, 31)
    alone = stacks.logits_of(generalist, tests)[0]
    beside = torch.cat([stacks.logits_of(longer, tests), stacks.logits_of(ensemble, tests)])
    said = {
        "generalist": alone,
        "longer": beside[0],
        "specialists": together(alone, [stacks.logits_of(e, tests)[0] for e in experts], special),
        "ensemble": beside.softmax(dim=2).mean(dim=0),
    }
    rows = {}
    for name, scores in said.items():
        called = scores.argmax(dim=1).numpy()
        wrong = called != data.test_labels
        within = wrong & (groups[called] == groups[data.test_labels])
        rows[name] = {"errors": wrong.sum(), "within": within.sum()}
    return rows, {"groups": groups.tolist()}


def clusters(answers: NDArray[Any]) -> NDArray[np.int64]:
    """Return each digit's group (10,): digits that the *answers* (N, 10) often hold together."""
    held = answers.T @ answers / len(answers)
    apart = [held.max() - held[pair] for pair in combinations(range(CLASSES), 2)]
    tree = hierarchy.linkage(apart, "complete")
    return hierarchy.fcluster(tree, GROUPS, "maxclust").astype(np.int64)


def specialist(
    generalist: stacks.Stack,
    inside: Tensor,
    pixels: Tensor,
    labels: Tensor,
    random: torch.Generator,
    precision: str,
) -> stacks.Stack:
    """Return a network that tells the digits *inside* (10,) apart, and all others as one.

    It starts as the generalist; half of what it sees is of its digits.
    """
    network = small.copied(generalist)
    own, rest = (torch.nonzero(mask)[:, 0] for mask in (inside[labels], ~inside[labels]))
    drawn = rest[torch.randperm(len(rest), generator=random)[: len(own)]]
    some = torch.cat([own, drawn])

    place = torch.full((CLASSES,), int(inside.sum()))
    place[inside] = torch.arange(int(inside.sum()))

    def goal(said: Tensor, truth: Tensor) -> Tensor:
        answers = _pooled(said.T.log_softmax(dim=1), inside)
        return torch.nn.functional.nll_loss(answers, place[truth])

    small.learn(
        network, small.labelled(pixels[some], labels[some], MORE_EPOCHS, random), [goal], precision
    )
    # The others were shown more rarely than they are: their odds are put right.
    network[-1][1][0, ~inside] += float(np.log(len(rest) / len(drawn)))
    return network


def together(general: Tensor, special: list[Tensor], insides: list[Tensor]) -> Tensor:
    """Return the log answer (N, 10) that is nearest to the generalist's and to those in charge.

    A specialist is in charge of an image if the generalist's first choice is one of its digits.
    Nearest is the least sum of KL divergences, found by gradient descent; equation 5.
    """
    wanted = general.softmax(dim=1)
    called = wanted.argmax(dim=1)
    answers = [
        _pooled(z.log_softmax(dim=1), i).exp() for z, i in zip(special, insides, strict=True)
    ]
    scores = general.log_softmax(dim=1).clone().requires_grad_()
    optimizer = torch.optim.Adam([scores], lr=_RATE)
    for _ in range(_STEPS):
        found = scores.log_softmax(dim=1)
        loss = -(wanted * found).sum()
        for answer, inside in zip(answers, insides, strict=True):
            loss -= ((answer * _pooled(found, inside)).sum(dim=1) * inside[called]).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return scores.detach()


def _pooled(log_answers: Tensor, inside: Tensor) -> Tensor:
    """Return log answers (N, k + 1): of the k digits *inside*, and of all others as one."""
    others = log_answers[:, ~inside].logsumexp(dim=1, keepdim=True)
    return torch.cat([log_answers[:, inside], others], dim=1)
