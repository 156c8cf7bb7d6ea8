"""Losses and their gradients against plain numpy and against the high-temperature limit."""

import numpy as np
import pytest
import torch

from kdengine.training.losses import distillation_loss, soft_targets

IMAGES, CLASSES = 6, 10


def numpy_softmax(logits, temperature=1.0):
    """Write equation 1 out in float64."""
    z = np.asarray(logits, dtype=np.float64) / temperature
    odds = np.exp(z - z.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def numpy_kl(targets, probabilities):
    """Mean over images of the sum over classes of p log(p / q)."""
    return float(np.mean(np.sum(targets * np.log(targets / probabilities), axis=1)))


def numpy_cross_entropy(logits, labels):
    """Mean of minus the log of the true class's probability."""
    return float(-np.mean(np.log(numpy_softmax(logits)[np.arange(len(labels)), labels])))


@pytest.fixture
def batch():
    """Return student logits, teacher logits and labels as float64 arrays."""
    rng = np.random.default_rng(3)
    return (
        rng.normal(0.0, 3.0, (IMAGES, CLASSES)),
        rng.normal(0.0, 5.0, (IMAGES, CLASSES)),
        rng.integers(0, CLASSES, IMAGES),
    )


def loss_and_gradient(student, targets, labels, **settings):
    """Return the loss and its gradient with respect to the student's logits, in float64."""
    logits = torch.tensor(student, dtype=torch.float64, requires_grad=True)
    loss = distillation_loss(logits, torch.tensor(targets), torch.tensor(labels), **settings)
    loss.backward()
    return loss.item(), logits.grad.numpy()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0, 20.0])
def test_soft_targets_are_the_softmax_of_equation_1(batch, temperature):
    _, teacher, _ = batch
    found = soft_targets(torch.tensor(teacher), temperature)
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found.numpy(), numpy_softmax(teacher, temperature), atol=1e-6)


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("weights", [(1.0, 0.0), (0.0, 1.0), (0.7, 0.3), (2.0, 0.05)])
@pytest.mark.parametrize("temperature", [1.0, 4.0, 20.0])
def test_loss_and_gradient_are_those_of_plain_numpy(batch, temperature, weights, scaled):
    student, teacher, labels = batch
    targets = numpy_softmax(teacher, temperature)
    soft_weight, hard_weight = weights
    loss, gradient = loss_and_gradient(
        student,
        targets,
        labels,
        temperature=temperature,
        soft_weight=soft_weight,
        hard_weight=hard_weight,
        scale_soft_by_t2=scaled,
    )
    softened = numpy_softmax(student, temperature)
    factor = soft_weight * (temperature**2 if scaled else 1.0)
    expected = factor * numpy_kl(targets, softened) + hard_weight * numpy_cross_entropy(
        student, labels
    )
    assert loss == pytest.approx(expected, rel=1e-10)
    # dKL/dz = (q - p) / (N T); d cross-entropy/dz = (softmax - one-hot) / N.
    slope = factor / temperature * (softened - targets)
    slope += hard_weight * (numpy_softmax(student) - np.eye(CLASSES)[labels])
    np.testing.assert_allclose(gradient, slope / IMAGES, rtol=1e-9, atol=1e-12)


def test_the_defaults_are_pure_soft_targets_with_t_squared(batch):
    student, teacher, labels = batch
    targets = numpy_softmax(teacher, 20.0)
    default, _ = loss_and_gradient(student, targets, labels, temperature=20.0)
    assert default == pytest.approx(400.0 * numpy_kl(targets, numpy_softmax(student, 20.0)))


@pytest.mark.parametrize("temperature", [2.0, 20.0])
def test_t_squared_can_be_switched_off(batch, temperature):
    student, teacher, labels = batch
    targets = numpy_softmax(teacher, temperature)
    scaled, _ = loss_and_gradient(student, targets, labels, temperature=temperature)
    plain, _ = loss_and_gradient(
        student, targets, labels, temperature=temperature, scale_soft_by_t2=False
    )
    assert scaled / plain == pytest.approx(temperature**2)


def test_at_high_temperature_the_gradient_matches_centred_logits():
    """T² dKL/dz tends to (z - v) / (N C) for centred logits (Hinton et al. 2015, equation 4)."""
    rng = np.random.default_rng(8)
    student, teacher = rng.normal(0.0, 1.0, (2, 5, CLASSES))
    student -= student.mean(axis=1, keepdims=True)
    teacher -= teacher.mean(axis=1, keepdims=True)
    limit = (student - teacher) / (5 * CLASSES)
    labels = np.zeros(5, dtype=np.int64)  # no effect: hard_weight is 0

    def error(temperature, **settings):
        logits = torch.tensor(student, dtype=torch.float32, requires_grad=True)
        targets = soft_targets(torch.tensor(teacher), temperature)
        distillation_loss(
            logits, targets, torch.tensor(labels), temperature=temperature, **settings
        ).backward()
        return float(np.abs(logits.grad.numpy() - limit).max())

    size = np.abs(limit).max()
    assert error(200.0) < 0.02 * size
    # Without T², or averaged over classes too, nothing of the gradient would be left.
    assert error(200.0, scale_soft_by_t2=False) > 0.9 * size
    assert error(1.0) > 0.2 * size  # it is a limit, and T = 1 is far from it


def test_the_soft_term_vanishes_when_the_student_answers_as_the_teacher(batch):
    _, teacher, labels = batch
    loss, gradient = loss_and_gradient(
        teacher, numpy_softmax(teacher, 5.0), labels, temperature=5.0
    )
    assert loss == pytest.approx(0.0, abs=1e-12)
    assert np.abs(gradient).max() < 1e-12


def test_a_target_of_exactly_zero_is_no_trouble():
    targets = np.zeros((1, CLASSES))
    targets[0, 2] = 1.0
    student = np.zeros((1, CLASSES))
    loss, gradient = loss_and_gradient(student, targets, np.array([0]), temperature=1.0)
    assert loss == pytest.approx(np.log(10.0))
    np.testing.assert_allclose(gradient[0], 0.1 - targets[0])


def test_labels_are_not_looked_at_without_a_hard_weight(batch):
    student, teacher, _ = batch
    nonsense = np.full(IMAGES, 99)
    loss, _ = loss_and_gradient(student, numpy_softmax(teacher), nonsense, temperature=1.0)
    assert np.isfinite(loss)


def test_other_shapes_are_refused_with_what_to_check():
    with pytest.raises(ValueError, match=r"\(4, 10\).*\(3, 10\).*same batch"):
        distillation_loss(
            torch.zeros(4, 10), torch.zeros(3, 10), torch.zeros(4, dtype=int), temperature=1.0
        )
