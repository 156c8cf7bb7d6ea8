"""Plain numpy against torch and the engine: gradients, Adam, the offset; what its jitter may do."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from benchmarks.pipelines import plain_numpy
from kdengine.data import datasets
from kdengine.offsets import criteria

SIZES = (6, 5, 4, 3)


@pytest.fixture
def network():
    """A tiny network whose biases are not zero, so that they count."""
    rng = np.random.default_rng(1)
    made = plain_numpy.he_network(SIZES, rng)
    return [array + rng.normal(0.0, 0.1, array.shape).astype(np.float32) for array in made]


def torch_logits(network, inputs):
    """Return the parameters as leaves of torch's graph, and the logits made of them."""
    parameters = [torch.tensor(array, requires_grad=True) for array in network]
    units = torch.tensor(inputs)
    for index in range(0, len(parameters), 2):
        units = units @ parameters[index] + parameters[index + 1]
        if index + 2 < len(parameters):
            units = units.relu()
    return parameters, units


def assert_gradients_agree(network, inputs, logit_gradient_of, loss_of):
    layers = plain_numpy.forward(network, inputs)
    gradients = plain_numpy.backward(network, layers, logit_gradient_of(layers[-1]))
    parameters, logits = torch_logits(network, inputs)
    np.testing.assert_allclose(layers[-1], logits.detach(), rtol=1e-5, atol=1e-6)
    loss_of(logits).backward()
    for gradient, parameter in zip(gradients, parameters, strict=True):
        assert gradient.dtype == np.float32
        np.testing.assert_allclose(gradient, parameter.grad, rtol=1e-4, atol=1e-6)


def test_hard_gradients_are_those_of_the_cross_entropy(network):
    inputs = np.random.default_rng(2).normal(size=(7, 6)).astype(np.float32)
    labels = np.array([0, 1, 2, 0, 1, 2, 0])
    assert_gradients_agree(
        network,
        inputs,
        lambda logits: plain_numpy.logit_gradient(logits, np.eye(3, dtype="f4")[labels], 1.0),
        lambda logits: F.cross_entropy(logits, torch.tensor(labels)),
    )


def test_soft_gradients_are_those_of_the_scaled_divergence(network):
    rng = np.random.default_rng(3)
    inputs = rng.normal(size=(7, 6)).astype(np.float32)
    targets = rng.dirichlet(np.ones(3), 7).astype(np.float32)

    def loss_of(logits):
        log_probabilities = (logits / 20.0).log_softmax(dim=1)
        return 400.0 * F.kl_div(log_probabilities, torch.tensor(targets), reduction="batchmean")

    assert_gradients_agree(
        network,
        inputs,
        lambda logits: plain_numpy.logit_gradient(logits, targets, 20.0),
        loss_of,
    )


def test_adam_takes_the_steps_of_torchs_adam(network):
    rng = np.random.default_rng(4)
    parameters = [torch.tensor(array.copy(), requires_grad=True) for array in network]
    optimizer = torch.optim.Adam(parameters, lr=1e-3)
    means, squares = [np.zeros_like(w) for w in network], [np.zeros_like(w) for w in network]
    for step in range(1, 6):
        gradients = [rng.normal(size=w.shape).astype(np.float32) for w in network]
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = torch.tensor(gradient)
        optimizer.step()
        plain_numpy.adam_step(network, gradients, means, squares, step)
        for array, parameter in zip(network, parameters, strict=True):
            np.testing.assert_allclose(array, parameter.detach(), rtol=1e-5, atol=1e-7)


def test_jitter_never_wraps_around():
    """A bright edge leaves the frame; nothing may enter on the other side."""
    images = np.zeros((1, 28, 28), dtype=np.uint8)
    images[0, 0, :] = images[0, :, 0] = 255
    windows = plain_numpy.windows_of(images)
    assert windows.shape == (1, 5, 5, 28, 28)
    assert not windows[0, :, :, 3:, 3:].any()  # moved by two at most, so rows 0 to 2
    assert not windows[0, 4, 4].any()  # up and left: both edges are gone
    assert np.array_equal(windows[0, 2, 2], images[0])
    assert windows[0, 0, 0].sum() == 255 * (26 + 25)  # down and right: two pixels of each lost


def test_jitter_reaches_every_shift_and_keeps_the_images_apart():
    images = np.zeros((3, 28, 28), dtype=np.uint8)
    images[[0, 1, 2], 14, 14] = [1, 2, 3]
    chosen = np.repeat([2, 0, 1], 300)
    moved = plain_numpy.jittered(plain_numpy.windows_of(images), chosen, np.random.default_rng(0))
    assert np.array_equal(moved.max(axis=(1, 2)), images.max(axis=(1, 2))[chosen])
    _, rows, columns = moved.nonzero()
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == {
        (row, column) for row in range(12, 17) for column in range(12, 17)
    }


def test_a_tiny_teacher_and_student_learn_what_they_are_shown(monkeypatch):
    for role in ("TEACHER", "STUDENT"):
        monkeypatch.setattr(plain_numpy, f"{role}_SIZES", (784, 30, 10))
    data = datasets.load("digits")
    teacher, logits = plain_numpy.train_teacher(data, 0, 20)
    assert (logits.argmax(axis=1) == data.test_labels).mean() > 0.8
    student, before = plain_numpy.train_student(data, teacher, 0, 20)
    others = data.test_labels != 3
    assert (before.argmax(axis=1) == data.test_labels)[others].mean() > 0.8
    assert np.array_equal(before, plain_numpy.logits_of(student, data.test_images))


def logits():
    """Return answers that give class 3 too little."""
    made = np.random.default_rng(0).normal(0.0, 2.0, (400, 10)).astype(np.float32)
    made[:, 3] -= 2.0
    return made


def test_the_mean_mass_becomes_the_frequency():
    offset = plain_numpy.bisected_offset(logits(), 0.1022)
    assert 0.0 < offset < 30.0
    assert plain_numpy.softmax(plain_numpy.with_offset(logits(), offset))[
        :, 3
    ].mean() == pytest.approx(0.1022, abs=1e-9)


def test_it_is_the_engines_offset():
    expected = criteria.mass_matching_offsets(logits(), [3], [0.1022])[0]
    assert plain_numpy.bisected_offset(logits(), 0.1022) == pytest.approx(expected, abs=1e-4)


def test_no_negative_offset_is_chosen():
    """The source's bisection begins at 0."""
    assert plain_numpy.bisected_offset(logits() + np.eye(10)[3] * 9.0, 0.1022) == pytest.approx(
        0.0, abs=1e-9
    )


def test_only_class_3_moves_and_the_logits_stay():
    before = logits()
    after = plain_numpy.with_offset(before, 1.5)
    assert np.array_equal(np.delete(after, 3, axis=1), np.delete(before, 3, axis=1))
    np.testing.assert_allclose(after[:, 3] - before[:, 3], 1.5)
