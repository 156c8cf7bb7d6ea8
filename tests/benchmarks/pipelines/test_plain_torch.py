"""Plain torch: its loss is the engine's, its shifts are those of the recipe."""

import torch
from torch.utils.data import DataLoader

from benchmarks.pipelines import plain, plain_torch
from kdengine.training import losses
from tests.benchmarks.pipelines.synthetic import write_mnist


def test_the_loss_and_its_gradient_are_the_engines():
    generator = torch.Generator().manual_seed(0)
    student, teacher = 3.0 * torch.randn(2, 8, 10, generator=generator)
    ours = student.clone().requires_grad_()
    plain = student.clone().requires_grad_()
    expected = losses.distillation_loss(
        ours,
        losses.soft_targets(teacher, 20.0),
        torch.zeros(8, dtype=torch.int64),
        temperature=20.0,
    )
    loss = plain_torch.distillation_loss(plain, teacher)
    torch.testing.assert_close(loss, expected)
    expected.backward()
    loss.backward()
    torch.testing.assert_close(plain.grad, ours.grad)


def test_shifts_are_of_up_to_two_pixels_and_never_wrap_around():
    torch.manual_seed(0)
    dot = torch.zeros(28, 28)
    dot[14, 14] = 1.0
    places = {tuple(plain_torch.random_shift(dot).nonzero()[0].tolist()) for _ in range(600)}
    assert places == {(row, column) for row in range(12, 17) for column in range(12, 17)}
    corner = torch.zeros(28, 28)
    corner[0, 0] = 1.0
    for _ in range(100):
        moved = plain_torch.random_shift(corner)
        assert moved.shape == (28, 28) and not moved[3:].any() and not moved[:, 3:].any()


def test_the_dataset_gives_flat_images_in_0_to_1(tmp_path):
    data = plain.read(write_mnist(tmp_path / "mnist"))
    digits = plain_torch.Digits(data.train_images, data.train_labels)
    inputs, labels = next(iter(DataLoader(digits, batch_size=16)))
    assert inputs.shape == (16, 784) and inputs.dtype == torch.float32
    assert inputs.max() == 1.0
    assert labels.tolist() == data.train_labels[:16].tolist()
