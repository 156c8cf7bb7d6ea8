"""One step against formulas; the captured step as far as a machine without CUDA can tell."""

import contextlib
import types
from dataclasses import replace

import numpy as np
import pytest
import torch

from kdengine.config import BaselineConfig, StudentConfig, TeacherConfig
from kdengine.training import descent, stepping
from kdengine.training import fit as training

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


# Captured steps


def captured_on(monkeypatch, capture, batch_size=8):
    """Return a step that believes it is on CUDA, with *capture* for the graph's capture."""
    calls = []

    def update(pixels, targets, labels):
        calls.append(len(pixels))
        return torch.tensor(0.0)

    monkeypatch.setattr(stepping, "_capture", capture)
    config = replace(TEACHER, batch_size=batch_size)
    network = training.build_network(config)
    changing = (network, network, descent.Descent(config, list(network.parameters())))
    return stepping._captured(update, config.batch_size, changing), calls


def test_full_batches_are_replayed_and_an_epochs_last_one_is_not(monkeypatch, batch):
    captures, replays = [], []

    def capture(update, example, *_):
        captures.append(len(example[0]))
        return lambda *inputs: replays.append(len(inputs[0])) or torch.tensor(0.0)

    step, calls = captured_on(monkeypatch, capture)
    for size in (8, 8, 5, 8):
        step(*(part[:size] for part in batch))
    assert (captures, replays, calls) == ([8], [8, 8, 8], [5])


def test_a_step_that_cannot_be_captured_runs_all_the_same(monkeypatch, batch, caplog):
    tries = []

    def capture(*_):
        tries.append(1)
        raise RuntimeError("operation not permitted when stream is capturing")

    step, calls = captured_on(monkeypatch, capture)
    for _ in range(3):
        step(*batch)
    assert (len(tries), calls) == (1, [8, 8, 8])
    assert "cannot be captured" in caplog.text


def test_capturing_leaves_weights_and_optimiser_as_they_were(monkeypatch, batch):
    """With CUDA's own objects replaced by idle ones, so that only our part of it runs."""
    replayed = []
    idle = types.SimpleNamespace(wait_stream=lambda other: None)
    graph = types.SimpleNamespace(
        replay=lambda: replayed.append(1), register_generator_state=lambda generator: None
    )
    monkeypatch.setattr(torch.cuda, "Stream", lambda: idle)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: idle)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: contextlib.nullcontext())
    monkeypatch.setattr(torch.cuda, "CUDAGraph", lambda: graph)
    monkeypatch.setattr(torch.cuda, "graph", lambda graph: contextlib.nullcontext())
    network = training.build_network(STUDENT)
    working = stepping.lowered(network)
    before = {name: w.clone() for name, w in network.state_dict().items()}
    optimizer = descent.Descent(replace(STUDENT, learning_rate=0.1), list(network.parameters()))
    seen = []

    def update(pixels, targets, labels):
        seen.append((pixels, labels))
        for weight in network.parameters():
            weight.grad = torch.ones_like(weight)
        optimizer.step()
        return torch.tensor(1.5)

    replay = stepping._capture(update, batch, (network, working, optimizer))
    assert len(seen) == 4  # three to warm up, one captured
    for name, weight in network.state_dict().items():
        assert torch.equal(weight, before[name]), name
        assert torch.equal(working.state_dict()[name], before[name].bfloat16()), name
    slots = (*optimizer.means, *optimizer.squares, *optimizer.counts)
    assert not any(slot.any() for slot in slots)
    others = torch.full_like(batch[0], 7), batch[1], batch[2] + 1
    assert float(replay(*others)) == 1.5
    assert replayed == [1]
    captured_pixels, captured_labels = seen[-1]
    assert torch.equal(captured_pixels, others[0])  # what the graph reads is what was given
    assert torch.equal(captured_labels, others[2])


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
