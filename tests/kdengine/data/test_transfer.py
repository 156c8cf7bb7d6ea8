"""Which images a network learns from, against loops over countable toys."""

from dataclasses import replace

import numpy as np
import pytest

from kdengine.config import BaselineConfig, StudentConfig, TeacherConfig
from kdengine.data import transfer

STUDENT = StudentConfig(epochs=1, teacher="teacher-mnist-all-seed0-00000000")
RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 10, 300)
LOGITS = RNG.normal(0.0, 4.0, (300, 10)).astype(np.float32)


@pytest.mark.parametrize(
    ("config", "left_out"),
    [
        (TeacherConfig(epochs=1), ()),
        (TeacherConfig(epochs=1, omitted_classes=(3,)), (3,)),
        (BaselineConfig(epochs=1, omitted_classes=(3, 5)), (3, 5)),
        (STUDENT, (3,)),
        (replace(STUDENT, omitted_classes=()), ()),
    ],
)
def test_omitted_classes_are_left_out_of_whatever_learns(config, left_out):
    mask = transfer.chosen_images(config, LABELS)
    assert mask.tolist() == [label not in left_out for label in LABELS]


def mass(image, classes):
    """Return the softmax mass on *classes* by the formula."""
    odds = np.exp(LOGITS[image].astype(float))
    return odds[list(classes)].sum() / odds.sum()


@pytest.mark.parametrize("omitted", [(3,), (3, 8)])
def test_the_top_tenth_and_the_rest_part_the_transfer_set_by_the_teachers_mass(omitted):
    config = replace(STUDENT, omitted_classes=omitted)
    kept = [i for i in range(300) if LABELS[i] not in omitted]
    ranked = sorted(kept, key=lambda image: -mass(image, omitted))
    expected = ranked[: round(len(kept) / 10)]
    top = transfer.chosen_images(replace(config, selection="top-tenth"), LABELS, LOGITS)
    rest = transfer.chosen_images(replace(config, selection="other-nine-tenths"), LABELS, LOGITS)
    assert np.flatnonzero(top).tolist() == sorted(expected)
    assert not (top & rest).any()
    assert np.flatnonzero(top | rest).tolist() == kept
    assert min(mass(i, omitted) for i in np.flatnonzero(top)) >= max(
        mass(i, omitted) for i in np.flatnonzero(rest)
    )


def test_what_the_teacher_calls_the_omitted_class_can_be_left_out():
    config = replace(STUDENT, selection="not-called-omitted")
    mask = transfer.chosen_images(config, LABELS, LOGITS)
    expected = [i for i in range(300) if LABELS[i] != 3 and LOGITS[i].argmax() != 3]
    assert np.flatnonzero(mask).tolist() == expected
    assert len(expected) < (LABELS != 3).sum()


def test_a_selection_needs_the_teachers_answers():
    config = replace(STUDENT, selection="top-tenth")
    for answers in (None, LOGITS[:-1]):
        with pytest.raises(ValueError, match="all 300 training images; pass teacher_logits="):
            transfer.chosen_images(config, LABELS, answers)


def test_a_subset_is_random_exact_in_size_and_the_seeds_own():
    config = replace(STUDENT, transfer_size=50)
    mask = transfer.chosen_images(config, LABELS)
    assert mask.sum() == 50
    assert not (LABELS[mask] == 3).any()
    assert np.array_equal(mask, transfer.chosen_images(config, LABELS))
    assert not np.array_equal(mask, transfer.chosen_images(replace(config, seed=1), LABELS))
    everything = np.ones(100, dtype=bool)
    share = np.mean([transfer.random_subset(everything, 20, seed) for seed in range(400)], axis=0)
    assert share.mean() == pytest.approx(0.2)
    assert share.min() > 0.1 and share.max() < 0.3  # five standard deviations are 0.1


def test_a_subset_of_all_is_all_and_of_more_is_refused():
    mask = LABELS == 4
    assert transfer.random_subset(mask, 0, 0) is mask
    assert np.array_equal(transfer.random_subset(mask, int(mask.sum()), 0), mask)
    with pytest.raises(ValueError, match="use fewer, or 0 for all"):
        transfer.random_subset(mask, int(mask.sum()) + 1, 0)
    with pytest.raises(ValueError, match="none of the 5 images is left"):
        transfer.random_subset(np.zeros(5, dtype=bool), 0, 0)


def test_a_selection_and_a_size_go_together():
    config = replace(STUDENT, selection="top-tenth", transfer_size=7)
    mask = transfer.chosen_images(config, LABELS, LOGITS)
    top = transfer.selected(LABELS != 3, LOGITS, (3,), "top-tenth")
    assert mask.sum() == 7
    assert not (mask & ~top).any()


def test_the_set_keeps_all_but_the_omitted_classes():
    labels = np.array([3, 1, 5, 3, 0])
    assert transfer.without(labels, (3,)).tolist() == [False, True, True, False, True]
    assert transfer.without(labels, (3, 5)).tolist() == [False, True, False, False, True]
    assert transfer.without(labels, ()).tolist() == [True] * 5
    assert transfer.without(labels, (7,)).dtype == np.bool_


def test_a_set_without_any_image_is_refused():
    for config in (
        BaselineConfig(epochs=1, omitted_classes=(1, 3)),
        replace(STUDENT, omitted_classes=(1, 3)),
    ):
        with pytest.raises(ValueError, match="none of the 3 images .*leave fewer classes out"):
            transfer.chosen_images(config, np.array([3, 1, 3]))
