"""What is done to soft targets, against loops in numpy and scipy's root finder."""

import numpy as np
import pytest
import torch
from scipy.optimize import brentq
from scipy.stats import entropy

from kdengine.config import StudentConfig
from kdengine.training import target_changes
from kdengine.training.losses import soft_targets

LABELS = torch.arange(60) % 7
STUDENT = StudentConfig(epochs=1, teacher="teacher-mnist-all-seed0-00000000", omitted_classes=(3,))


def targets(scale=6.0, temperature=1.0, seed=0):
    """Return soft targets of random logits."""
    logits = torch.tensor(np.random.default_rng(seed).normal(0.0, scale, (60, 10)))
    return soft_targets(logits.float(), temperature)


def generator(seed=0):
    """Return a generator of its own."""
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("classes", [(3,), (0, 9), (1, 2, 3, 4, 5, 6, 7, 8)])
def test_a_removed_column_is_empty_and_the_others_keep_their_proportions(classes):
    before = targets(scale=2.0)
    after = target_changes.without_classes(before, classes)
    for old, new in zip(before.double().numpy(), after.numpy(), strict=True):
        rest = sum(old[k] for k in range(10) if k not in classes)
        for k in range(10):
            assert new[k] == pytest.approx(0.0 if k in classes else old[k] / rest, rel=1e-4)
    assert torch.equal(before, targets(scale=2.0))


def test_shuffling_gives_every_class_its_own_rows_in_another_order():
    before = targets()
    after = target_changes.shuffled_in_class(before, LABELS, generator())
    moved = 0
    for label in range(7):
        own = np.flatnonzero(LABELS.numpy() == label)
        old, new = before.numpy()[own], after.numpy()[own]
        assert sorted(map(tuple, old)) == sorted(map(tuple, new))
        moved += int((old != new).any(axis=1).sum())
    assert moved > 30  # of 60; on average all but one a class
    again = target_changes.shuffled_in_class(before, LABELS, generator())
    other = target_changes.shuffled_in_class(before, LABELS, generator(1))
    assert torch.equal(after, again)
    assert not torch.equal(after, other)


def test_every_place_in_a_class_is_equally_likely():
    """Three images of one class have six orders; 1,200 draws give each of them about 200."""
    before, labels = torch.eye(10)[:3], torch.full((3,), 4)
    drawn = generator()
    orders = [
        tuple(target_changes.shuffled_in_class(before, labels, drawn).argmax(dim=1).tolist())
        for _ in range(1200)
    ]
    counts = [orders.count(order) for order in set(orders)]
    assert len(counts) == 6
    assert min(counts) > 140 and max(counts) < 260  # five standard deviations are 65


@pytest.mark.parametrize(("scale", "temperature"), [(6.0, 1.0), (6.0, 4.0), (12.0, 20.0)])
def test_smoothed_labels_have_the_rows_entropy_and_one_other_height(scale, temperature):
    before = targets(scale, temperature)
    after = target_changes.uniform_with_entropy_of(before, LABELS)
    assert after.dtype == before.dtype

    def excess(p, wanted):
        return entropy([p] + [(1.0 - p) / 9.0] * 9) - wanted

    for old, new, label in zip(before.double().numpy(), after.numpy(), LABELS, strict=True):
        wanted = entropy(old)
        expected = brentq(excess, 0.1, 1.0 - 1e-15, args=(wanted,), xtol=1e-14)
        assert new[label] == pytest.approx(expected, abs=2e-4)
        others = np.delete(new, int(label))
        assert others.max() - others.min() < 1e-7
        assert entropy(new) == pytest.approx(wanted, abs=1e-5)


def test_the_ends_are_the_label_itself_and_no_preference_at_all():
    certain = torch.eye(10)[:4]
    np.testing.assert_allclose(
        target_changes.uniform_with_entropy_of(certain, torch.tensor([5, 1, 2, 9])),
        np.eye(10)[[5, 1, 2, 9]],
        atol=1e-6,
    )
    flat = torch.full((2, 10), 0.1)
    np.testing.assert_allclose(
        target_changes.uniform_with_entropy_of(flat, torch.tensor([0, 7])), 0.1, atol=1e-3
    )


def test_a_configuration_picks_its_change():
    from dataclasses import replace

    before = targets()

    def made(change):
        config = replace(STUDENT, target_change=change)
        return target_changes.changed(before, LABELS, config, generator())

    assert made("none") is before
    assert not made("omitted-removed")[:, 3].any()
    expected = target_changes.shuffled_in_class(before, LABELS, generator())
    assert torch.equal(made("shuffled-in-class"), expected)
    expected = target_changes.uniform_with_entropy_of(before, LABELS)
    assert torch.equal(made("uniform-same-entropy"), expected)
