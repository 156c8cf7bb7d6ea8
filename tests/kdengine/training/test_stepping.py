"""One step against formulas."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from kdengine.config import BaselineConfig, StudentConfig, TeacherConfig
from kdengine.training import fit as training
from kdengine.training import stepping

TEACHER = TeacherConfig(epochs=1, hidden_sizes=(12,), batch_size=8)
STUDENT = StudentConfig(
    epochs=1, hidden_sizes=(12,), batch_size=8, teacher="teacher-mnist-all-seed0-00000000"
)


@pytest.fixture
def batch():
    """Return pixels, soft targets and labels of eight images."""
    draw = torch.Generator().manual_seed(4)
    pixels = torch.randint(0, 256, (8, 784), dtype=torch.uint8, generator=draw)
    targets = torch.randn((8, 10), generator=draw).softmax(dim=1)
    return pixels, targets, torch.arange(8)


def test_smoothed_labels_give_the_smoothed_loss(batch):
    """The target is 1 − s + s / C on the label and s / C elsewhere, written out."""
    _, _, labels = batch
    logits = torch.randn((8, 10), generator=torch.Generator().manual_seed(0))
    loss = stepping.batch_loss(replace(TEACHER, label_smoothing=0.2), logits, None, labels)
    z = logits.double().numpy()
    log_probabilities = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    target = np.full((8, 10), 0.02)
    target[np.arange(8), labels.numpy()] += 0.8
    assert float(loss) == pytest.approx(-(target * log_probabilities).sum(axis=1).mean(), rel=1e-5)


def test_only_a_teachers_labels_are_smoothed(batch):
    _, targets, labels = batch
    logits = torch.randn((8, 10), generator=torch.Generator().manual_seed(0))
    baseline = BaselineConfig(epochs=1)
    plain = torch.nn.functional.cross_entropy(logits, labels)
    assert torch.equal(stepping.batch_loss(baseline, logits, None, labels), plain)
    assert not torch.equal(stepping.batch_loss(STUDENT, logits, targets, labels), plain)


def test_steps_too_small_for_bf16_add_up_in_the_fp32_weights(batch):
    """Adam moves a weight by about the rate; at 0.03 bf16 keeps multiples of 1e-4 and coarser."""
    pixels, _, labels = batch
    config = replace(TEACHER, learning_rate=1e-6)
    network = training.build_network(config)
    before = network.layers[0].weight.detach().clone()
    step = stepping.make_step(network, config, total_steps=40, precision="bf16")
    for _ in range(40):
        step(pixels, None, labels)
    moved = (network.layers[0].weight.detach() - before).abs()
    assert 3e-5 < float(moved.max()) < 5e-5


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_step_lowers_the_loss_of_its_own_batch(batch, precision):
    config = replace(STUDENT, learning_rate=1e-2)
    network = training.build_network(config)
    step = stepping.make_step(network, config, total_steps=100, precision=precision)
    losses = [float(step(*batch)) for _ in range(100)]
    assert losses[-1] < 0.2 * losses[0]


def test_the_bf16_copy_leaves_the_network_in_fp32(batch):
    network = training.build_network(TEACHER)
    step = stepping.make_step(network, TEACHER, total_steps=1, precision="bf16")
    step(batch[0], None, batch[2])
    assert {weight.dtype for weight in network.parameters()} == {torch.float32}
    assert {w.dtype for w in stepping.lowered(network).parameters()} == {torch.bfloat16}


@pytest.mark.parametrize("hidden_sizes", [(12, 9), (10, 10)], ids=str)
def test_no_hidden_weight_vector_is_longer_than_the_limit(batch, hidden_sizes):
    pixels, _, labels = batch
    config = replace(TEACHER, hidden_sizes=hidden_sizes, max_norm=0.5, learning_rate=0.05)
    network = training.build_network(config)
    step = stepping.make_step(network, config, total_steps=5)
    for _ in range(5):
        step(pixels, None, labels)
    first, second, last = (m for m in network.modules() if isinstance(m, torch.nn.Linear))
    for layer in (first, second):
        lengths = layer.weight.detach().norm(dim=1)
        assert float(lengths.max()) == pytest.approx(0.5, rel=1e-4)
    assert float(last.weight.detach().norm(dim=1).max()) > 0.5
