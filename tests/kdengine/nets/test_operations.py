"""Operations against products counted by hand, and against torch's own count."""

from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from kdengine.config import TeacherConfig
from kdengine.nets import operations
from kdengine.recipes import plans
from kdengine.training import fit as training

SMALL = TeacherConfig(epochs=1, hidden_sizes=(5,), minimum_steps=0)


def test_a_toy_network_counted_by_hand():
    """784-5-10: two operations a weight; the first layer has no gradient to pass on."""
    assert operations.forward(SMALL) == 2 * 784 * 5 + 2 * 5 * 10
    assert operations.backward(SMALL) == 2 * 784 * 5 + 2 * (2 * 5 * 10)
    assert operations.backward(replace(SMALL, hidden_sizes=())) == 2 * 784 * 10
    trained = operations.of_training(SMALL, images=3, test_images=2)
    assert trained == 3 * 2 * (2 * 784 * 5 + 3 * 5 * 10) + 2 * operations.forward(SMALL)


def test_the_floor_on_steps_counts():
    """A floor of 40 steps, 10 an epoch, makes 4 epochs of 1."""
    config = replace(SMALL, epochs=1, minimum_steps=40, batch_size=10)
    once = operations.of_training(replace(config, minimum_steps=0), images=100, test_images=20)
    assert operations.of_training(config, images=100, test_images=20) == 4 * once


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("architecture", ["mlp", "cnn", "cnn-strip", "cnn-picture"])
def test_torch_counts_the_same(architecture, members):
    """A step on two images, forward and backward; the pixels need no gradient."""
    config = replace(SMALL, architecture=architecture, members=members)
    network = training.build_network(config)
    with FlopCounterMode(display=False) as counter:
        logits = network(torch.rand(2, 784))
        there = counter.get_total_flops()
        logits.sum().backward()
    assert operations.forward(config) == there / 2
    assert operations.backward(config) == (counter.get_total_flops() - there) / 2


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("architecture", ["mlp", "cnn", "cnn-strip", "cnn-picture"])
def test_all_weights_are_counted(architecture, members):
    config = replace(SMALL, architecture=architecture, members=members)
    network = training.build_network(config)
    assert operations.weights(config) == sum(weight.numel() for weight in network.parameters())


def test_convolutions_count_what_they_are_told_to():
    config = replace(SMALL, architecture="cnn")
    dense = 2 * (32 * 7 * 7 * 5 + 5 * 10)
    convolved = operations.forward(config) - dense
    assert operations.forward(config, convolution=3.0) == 3 * convolved + dense


def test_a_teacher_answers_distorted_images_every_epoch_or_once():
    student = replace(plans.experiment().student, epochs=4, minimum_steps=0)

    def asked(config) -> float:
        sizes = {"images": 10, "test_images": 0}
        alone = operations.of_training(config, **sizes)
        return operations.of_training(config, teacher=SMALL, **sizes) - alone

    assert asked(student) == 4 * 10 * operations.forward(SMALL)
    assert asked(replace(student, frozen_distortions=True)) == 10 * operations.forward(SMALL)
    assert asked(replace(student, jitter_pixels=0)) == 0
