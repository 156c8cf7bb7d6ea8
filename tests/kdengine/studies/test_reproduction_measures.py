"""Steps and counts against brute force and by hand."""

import math

import numpy as np
import pytest

from kdengine import config
from kdengine.offsets import criteria
from kdengine.recipes.source import ACCURACY, ERRORS, OFFSET, Figure
from kdengine.store import runs as store
from kdengine.studies import reproduction_measures
from kdengine.studies.reproduction_measures import (
    best_common_offset,
    images_of,
    measure,
    with_equal_biases,
)
from tests.conftest import labels_of, make_store


@pytest.mark.parametrize("classes", [(3,), (7, 8), (0, 1, 2)])
def test_the_best_common_offset_against_every_offset_of_a_fine_grid(classes):
    rng = np.random.default_rng(len(classes))
    labels = rng.integers(0, 10, 400)
    logits = rng.normal(0.0, 2.0, (400, 10))
    logits[np.arange(400), labels] += 3.0
    logits[:, list(classes)] -= 2.5

    def errors(offset):
        moved = logits.copy()
        moved[:, list(classes)] += offset
        return int((moved.argmax(axis=1) != labels).sum())

    best = min(errors(offset) for offset in np.arange(-15.0, 15.0, 0.001))
    found = best_common_offset(logits, labels, classes)
    assert errors(found) == best
    assert found == pytest.approx(2.5, abs=1.5)


def test_images_that_flip_together_have_no_offset_between_them():
    """Above −1 the 3 is right, below it the 7; both only at an offset that does not exist."""
    logits, labels = np.zeros((2, 10)), np.array([3, 7])
    logits[:, 3], logits[0, 5], logits[1, 7] = 2.0, 1.0, 1.0
    found = best_common_offset(logits, labels, (3,))
    moved = logits + found * (np.arange(10) == 3)
    assert found != -1.0
    assert (moved.argmax(axis=1) == labels).sum() == 1


def test_of_two_ranges_that_are_as_good_the_nearest_or_the_widest_counts():
    """Threes flip at 1 and 6, a right seven at 2, a right eight at 10: 1 to 2, and 6 to 10."""
    logits = np.zeros((4, 10))
    logits[0, 4], logits[1, 4], logits[2, 7], logits[3, 8] = 1.0, 6.0, 2.0, 10.0
    labels = np.array([3, 3, 7, 8])
    assert best_common_offset(logits, labels, (3,)) == pytest.approx(1.5)
    assert criteria.most_agreeing_offset(logits, labels, 3) == pytest.approx(8.0)


def test_equal_biases_are_what_a_network_without_its_own_would_answer():
    rng = np.random.default_rng(0)
    units, weights = rng.normal(size=(50, 6)), rng.normal(size=(10, 6))
    learned = rng.normal(size=10)
    with_own = units @ weights.T + learned
    np.testing.assert_allclose(
        with_equal_biases(with_own, learned), units @ weights.T + 3.5, atol=1e-12
    )


@pytest.fixture
def run(empty_store):
    """A fake student without 3 on 400 made-up test images."""
    make_store(empty_store, dataset="mnist")
    (student,) = [e for e in store.list_runs() if e.key.startswith("student")]
    return store.load(student.key)


def test_figures_are_counted_as_numpy_counts_them(run):
    labels = labels_of("mnist")["test"]
    said = run.test_logits.argmax(axis=1)
    threes = labels == 3
    assert measure(Figure("", 0, "", "errors"), run) == (said != labels).sum()
    assert measure(Figure("", 0, "", "accuracy"), run) == (said == labels).mean()
    assert measure(Figure("", 0, "", "errors", digit=3), run) == (said != labels)[threes].sum()
    by_class = [(said == labels)[labels == digit].mean() for digit in range(10)]
    assert measure(Figure("", 0, "", "class-mean"), run) == pytest.approx(np.mean(by_class))
    assert measure(Figure("", 0, "", "first-epoch", digit=3), run) == 0.9
    raised = run.test_logits.copy()
    raised[:, 3] += 3.5
    assert (
        measure(Figure("", 0, "", "errors", "paper-offset"), run)
        == (raised.argmax(axis=1) != labels).sum()
    )
    assert measure(Figure("", 0, "", "offset", "paper-offset", 3), run) == 3.5


def test_how_many_images_a_figure_counts():
    assert images_of(ERRORS, None) == 10_000
    assert images_of(ACCURACY, 3) == 1010
    assert math.isnan(images_of(OFFSET, 3))
    assert sum(reproduction_measures.TEST_IMAGES) == 10_000


def test_the_test_images_by_class_are_mnists(mnist):
    assert tuple(np.bincount(mnist.test_labels)) == reproduction_measures.TEST_IMAGES


def test_an_offset_goes_to_the_omitted_class_or_to_the_few_that_were_kept():
    one = config.StudentConfig(epochs=1, teacher="teacher-mnist-all-seed0-00000000")

    class Run:
        config = one

    assert reproduction_measures._moved_classes(Run) == (3,)
    pair = config.StudentConfig(
        epochs=1,
        teacher="teacher-mnist-all-seed0-00000000",
        omitted_classes=(0, 1, 2, 3, 4, 5, 6, 9),
    )
    Run.config = pair
    assert reproduction_measures._moved_classes(Run) == (7, 8)
