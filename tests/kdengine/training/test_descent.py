"""The rate against torch's schedules, each optimiser's steps against torch's classes or numpy."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from kdengine.config import TeacherConfig
from kdengine.training import descent, stepping
from kdengine.training import fit as training

CONFIG = TeacherConfig(epochs=1, hidden_sizes=(12,), batch_size=8, learning_rate=0.02)
SCHEDULES = {
    "one_cycle": lambda optimizer: torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 0.02, total_steps=140, cycle_momentum=False
    ),
    "tenth_every_30": lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, 60, gamma=0.1),
    "constant": lambda optimizer: torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0),
}


def plain(**given):
    """Return torch's own optimiser of one weight, at the configuration's rate."""
    return torch.optim.SGD([torch.nn.Parameter(torch.ones(3))], lr=0.02, **given)


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_rate_is_that_of_torchs_schedule(name):
    optimizer = plain()
    schedule = SCHEDULES[name](optimizer)
    config = replace(CONFIG, schedule=name)
    for step in range(140):
        rate = descent.rate(config, step, 140, epochs=70)
        assert rate == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9), step
        optimizer.step()
        if step < 139:
            schedule.step()


CLASSES = {
    "adam": lambda weights: torch.optim.Adam(weights, lr=0.02, betas=(0.9, 0.95), weight_decay=0.1),
    "adamw": lambda weights: torch.optim.AdamW(
        weights, lr=0.02, betas=(0.9, 0.95), weight_decay=0.1
    ),
    "sgd": lambda weights: torch.optim.SGD(weights, lr=0.02, momentum=0.9, weight_decay=0.1),
}


@pytest.mark.parametrize("name", CLASSES)
def test_steps_are_those_of_torchs_class(name):
    config = replace(CONFIG, optimizer=name, beta2=0.95, weight_decay=0.1)
    draw = torch.Generator().manual_seed(0)
    start = [torch.randn(5, 4, generator=draw), torch.randn(5, generator=draw)]
    ours, theirs = ([torch.nn.Parameter(w.clone()) for w in start] for _ in range(2))
    move, reference = descent.update_of(config, ours), CLASSES[name](theirs)
    for _ in range(4):
        for one, other in zip(ours, theirs, strict=True):
            one.grad = torch.randn(one.shape, generator=draw)
            other.grad = one.grad.clone()
        move(config.learning_rate)
        reference.step()
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)


def test_a_step_goes_by_the_rate_it_is_given():
    """Adam's first step moves every weight by the rate, whatever the gradient."""
    weight = torch.nn.Parameter(torch.zeros(3))
    move = descent.update_of(CONFIG, [weight])
    weight.grad = torch.tensor([3.0, -2.0, 1e-3])
    move(0.5)
    torch.testing.assert_close(weight.data, torch.tensor([-0.5, 0.5, -0.5]), rtol=1e-4, atol=0)


def test_sgd_moves_by_its_momentum():
    """v ← 0.9 v + g + decay · w, w ← w − rate · v; two steps of a network written out in numpy."""
    draw = torch.Generator().manual_seed(4)
    pixels = torch.randint(0, 256, (8, 784), dtype=torch.uint8, generator=draw)
    labels = torch.arange(8)
    config = replace(CONFIG, optimizer="sgd", learning_rate=0.1, weight_decay=0.01)
    network, twin = training.build_network(config), training.build_network(config)
    step = stepping.make_step(network, config, total_steps=10)
    velocity = [np.zeros(p.shape) for p in twin.parameters()]
    for _ in range(2):
        loss = torch.nn.functional.cross_entropy(twin(pixels.float() / 255), labels)
        gradients = torch.autograd.grad(loss, list(twin.parameters()))
        with torch.no_grad():
            for i, (weight, gradient) in enumerate(zip(twin.parameters(), gradients, strict=True)):
                velocity[i] = 0.9 * velocity[i] + gradient.numpy() + 0.01 * weight.numpy()
                weight -= torch.tensor(0.1 * velocity[i], dtype=torch.float32)
        assert float(step(pixels, None, labels)) == pytest.approx(loss.item(), rel=1e-4)
    for weight, expected in zip(network.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(weight, expected, atol=1e-6, rtol=1e-4)


def test_training_does_not_load_dynamo():
    """It takes as long as torch itself, and a class waits for the first epoch."""
    code = """
import sys
import numpy as np
from kdengine.config import TeacherConfig
from kdengine.training import fit
config = TeacherConfig(epochs=1, hidden_sizes=(4,), schedule="one_cycle")
images, labels = np.zeros((20, 28, 28), np.uint8), np.zeros(20, np.int64)
given = dict(images=images, labels=labels, test_images=images, test_labels=labels)
list(fit.fit(fit.build_network(config), config, **given))
print("torch" in sys.modules, "torch._dynamo" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
