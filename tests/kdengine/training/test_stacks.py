"""Networks trained side by side: against numpy by hand, and against training each alone."""

import numpy as np
import pytest
import torch
from torch import nn

from kdengine.training import stacks

SIZES = (6, 5, 4, 3)


def generators(count, first=0):
    """Return *count* generators with different seeds."""
    return [torch.Generator().manual_seed(first + index) for index in range(count)]


def double(stack):
    """Return a copy of *stack* in float64, in which sums of another order stay the same."""
    return [(weights.double(), biases.double()) for weights, biases in stack]


def task(groups, members, count=23, seed=9):
    """Return inputs, targets and temperatures of a small task in float64."""
    rng = np.random.default_rng(seed)
    inputs = torch.from_numpy(rng.normal(size=(groups, count, SIZES[0])))
    targets = torch.from_numpy(rng.dirichlet(np.ones(SIZES[-1]), (groups, count, members)))
    temperatures = torch.linspace(1.0, 8.0, groups * members, dtype=torch.float64)
    return inputs, targets, temperatures[:, None, None]


def fit(stack, inputs, targets, temperatures, orders, **options):
    """Train with the settings that the tests share."""
    stacks.fit(
        stack,
        inputs,
        targets,
        temperatures,
        learning_rate=0.01,
        batch_size=10,  # 23 samples: batches of 10, 10 and 3
        epochs=4,
        orders=orders,
        **options,
    )


class NumpyNetwork:
    """One network and Adam, written down again from their papers with numpy alone."""

    def __init__(self, stack):
        self.parameters = [tensor[0].numpy().copy() for layer in stack for tensor in layer]
        self.first = [np.zeros_like(one) for one in self.parameters]
        self.second = [np.zeros_like(one) for one in self.parameters]
        self.steps = 0

    def step(self, inputs, targets, temperature, masks, rate=0.01, epsilon=1e-7):
        """Take one step on a batch: inputs (B, F), targets (B, C), masks (units, B)."""
        units, befores = [inputs.T], []
        for layer in range(0, len(self.parameters) - 2, 2):
            weights, biases = self.parameters[layer : layer + 2]
            befores.append(weights @ units[-1] + biases)
            hidden = np.maximum(befores[-1], 0.0)
            units.append(hidden * masks[layer // 2] if masks else hidden)
        softened = (self.parameters[-2] @ units[-1] + self.parameters[-1]) / temperature
        likely = np.exp(softened - softened.max(axis=0))
        likely /= likely.sum(axis=0)
        error = (likely - targets.T) / (temperature * len(inputs))
        gradients = []
        for layer in reversed(range(0, len(self.parameters), 2)):
            gradients = [error @ units[layer // 2].T, error.sum(axis=1, keepdims=True), *gradients]
            if layer:
                error = self.parameters[layer].T @ error
                error = error * (masks[layer // 2 - 1] if masks else 1.0)
                error = error * (befores[layer // 2 - 1] > 0.0)
        self.steps += 1
        for index, gradient in enumerate(gradients):
            self.first[index] = 0.9 * self.first[index] + 0.1 * gradient
            self.second[index] = 0.999 * self.second[index] + 0.001 * gradient**2
            mean = self.first[index] / (1.0 - 0.9**self.steps)
            square = self.second[index] / (1.0 - 0.999**self.steps)
            self.parameters[index] -= rate * mean / (np.sqrt(square) + epsilon)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_training_steps_are_those_of_numpy(dropout):
    inputs, targets, temperatures = task(1, 1)
    stack = double(stacks.new_stack(SIZES, generators(1)))
    reference = NumpyNetwork(stack)
    order, masks = generators(1, 50)[0], generators(1, 70)
    for _ in range(4):
        shuffled = torch.randperm(23, generator=order)
        for chosen in (shuffled[:10], shuffled[10:20], shuffled[20:]):
            kept = [
                mask[0].numpy()
                for mask in (
                    stacks.dropout_masks(stack, dropout, masks, len(chosen)) if dropout else []
                )
            ]
            reference.step(
                inputs[0, chosen].numpy(),
                targets[0, chosen, 0].numpy(),
                float(temperatures),
                kept,
            )
    fit(
        stack,
        inputs,
        targets,
        temperatures,
        generators(1, 50),
        dropout=dropout,
        masks=generators(1, 70),
    )
    trained = [tensor[0].numpy() for layer in stack for tensor in layer]
    for ours, theirs in zip(trained, reference.parameters, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0.0, atol=1e-12)


def test_a_stack_learns_what_separate_torch_networks_learn():
    groups, members = 3, 4
    inputs, targets, temperatures = task(groups, members)
    stack = double(stacks.new_stack(SIZES, generators(groups * members)))
    alone = [as_module(stack, index) for index in range(groups * members)]
    fit(stack, inputs, targets, temperatures, generators(groups, 50))
    for index, network in enumerate(alone):
        group, member = divmod(index, members)
        train_alone(
            network,
            inputs[group],
            targets[group, :, member],
            float(temperatures[index]),
            generators(groups, 50)[group],
        )
        trained = torch.cat([weight.flatten() for weight in network.parameters()])
        ours = torch.cat([tensor[index].flatten() for layer in stack for tensor in layer])
        torch.testing.assert_close(ours, trained, rtol=0.0, atol=1e-11)
    logits = stacks.logits_of(stack, inputs)
    for index, network in enumerate(alone):
        expected = network(inputs[index // members])
        torch.testing.assert_close(logits[index], expected, rtol=0.0, atol=1e-10)


def as_module(stack, index):
    """Return one network of a stack as a plain torch module."""
    layers = []
    for weights, biases in stack:
        layer = nn.Linear(weights.shape[2], weights.shape[1], dtype=weights.dtype)
        layer.weight.data, layer.bias.data = weights[index].clone(), biases[index, :, 0].clone()
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def train_alone(network, inputs, targets, temperature, order):
    """Train one module as anybody would."""
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01, eps=1e-7)
    for _ in range(4):
        shuffled = torch.randperm(len(inputs), generator=order)
        for chosen in (shuffled[:10], shuffled[10:20], shuffled[20:]):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(
                network(inputs[chosen]) / temperature, targets[chosen]
            )
            loss.backward()
            optimizer.step()


def test_new_weights_are_glorot_uniform_and_depend_on_their_own_generator_alone():
    stack = stacks.new_stack((300, 200, 10), generators(3))
    (other,) = [weights[0] for weights, _ in stacks.new_stack((300, 200, 10), generators(1, 2))[:1]]
    assert torch.equal(stack[0][0][2], other)
    bound = (6.0 / 500.0) ** 0.5
    assert float(stack[0][0].abs().max()) <= bound
    assert float(stack[0][0].std()) == pytest.approx(bound / 3.0**0.5, rel=0.01)
    assert all(float(biases.abs().max()) == 0.0 for _, biases in stack)
    assert stack[1][0].shape == (3, 10, 200)


def test_dropout_keeps_the_mean_and_a_network_does_not_feel_its_neighbours():
    stack = stacks.new_stack((100, 100, 100, 100, 10), generators(2))
    masks = stacks.dropout_masks(stack, 0.2, generators(2, 5), 100)
    assert [mask.shape for mask in masks] == [(2, 100, 100)] * 3
    for mask in masks:
        values = mask.unique()
        assert values.tolist() == pytest.approx([0.0, 1.25], abs=1e-4)
        assert float((mask == 0.0).float().mean()) == pytest.approx(0.2, abs=0.01)
        assert float(mask.mean()) == pytest.approx(1.0, abs=0.015)
    assert not torch.equal(masks[0][0], masks[0][1])
    assert not torch.equal(masks[0][0], masks[1][0])
    alone = stacks.dropout_masks([(w[1:], b[1:]) for w, b in stack], 0.2, generators(1, 6), 100)
    assert all(torch.equal(one[0], both[1]) for one, both in zip(alone, masks, strict=True))


def test_errors_are_counted_by_group_and_member(monkeypatch):
    monkeypatch.setattr(stacks, "_TEST_CHUNK", 2)  # three samples: two chunks
    inputs = torch.tensor([[[1.0], [2.0], [-1.0]], [[1.0], [1.0], [1.0]]])
    # One layer, two classes: network 0 says 1 where the input is positive, network 1 the reverse.
    weights = torch.tensor([[[0.0], [1.0]], [[1.0], [0.0]]]).repeat(2, 1, 1)
    stack = [(weights, torch.zeros(4, 2, 1))]
    labels = torch.tensor([[1, 1, 1], [0, 1, 1]])
    assert stacks.errors(stack, inputs, labels).tolist() == [[1, 2], [1, 2]]


def test_epochs_are_told_and_the_weights_are_left_without_gradients():
    told = []
    stack = stacks.new_stack(SIZES, generators(2))
    inputs, targets, temperatures = (tensor.float() for tensor in task(2, 1))
    fit(stack, inputs, targets, temperatures, generators(2), on_epoch=told.append)
    assert told == [1, 2, 3, 4]
    assert not any(tensor.requires_grad for layer in stack for tensor in layer)
