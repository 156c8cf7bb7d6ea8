"""The nine data sets: the published parameters, written down again, and what the samples are."""

from dataclasses import replace

import numpy as np
import pytest

from kdengine.synthetic import data as synthetic_data
from kdengine.synthetic.data import Place, Settings

SMALL = replace(Settings(), samples=3_000, test_samples=600)


def test_settings_are_as_published():
    """APMTH 207, part III, from the sources' own list."""
    assert synthetic_data.to_dict(Settings()) == {
        "samples": 50_000,
        "test_samples": 10_000,  # 20 %
        "features": 100,
        "classes": 10,
        "class_separations": [0.2, 0.6, 1.0],
        "informative_shares": [0.5, 0.8, 1.0],
        "flip_share": 0.01,
        "teacher_sizes": [100, 100, 100],
        "teacher_dropout": 0.2,
        "student_sizes": [50, 50],
        "temperatures": [2.0, 2.5, 3.0, 4.0, 5.0, 10.0, 15.0, 20.0],
        "learning_rate": 0.001,
        "batch_size": 100,
        "epochs": 50,
    }
    assert synthetic_data.from_dict(synthetic_data.to_dict(Settings())) == Settings()


def test_published_counts_are_as_published():
    one = synthetic_data.PUBLISHED
    assert one.place == (0.2, 0.5)
    assert (one.teacher, one.hard_student) == (118, 587)
    assert dict(one.distilled) == {2.0: 199, 2.5: 213, 3.0: 231}
    assert (one.best_from, one.best_to) == (2.5, 5.0)


def test_which_published_counts_are_one_too_few():
    """Every true count is tried: what the source's ``int((1 - accuracy) * n)`` prints of it."""
    one = synthetic_data.PUBLISHED
    printed = [one.teacher, one.hard_student, *dict(one.distilled).values()]
    true = {
        shown: [c for c in range(1, 1000) if int((1 - (10_000 - c) / 10_000) * 10_000) == shown]
        for shown in printed
    }
    cannot_be = tuple(shown for shown in printed if shown not in true[shown])
    assert cannot_be == synthetic_data.ROUNDED_DOWN
    assert [true[shown] for shown in cannot_be] == [[588], [214]]


@pytest.mark.parametrize(
    ("share", "informative", "redundant"), [(0.5, 50, 50), (0.8, 80, 20), (1.0, 100, 0)]
)
def test_make_classification_is_asked_for_what_was_published(
    monkeypatch, share, informative, redundant
):
    import sklearn.datasets

    asked = {}
    real = sklearn.datasets.make_classification

    def spy(**options):
        asked.update(options)
        return real(**{**options, "n_samples": 3_000})

    monkeypatch.setattr(sklearn.datasets, "make_classification", spy)
    synthetic_data.draw(replace(Settings(), samples=50_000), Place(0.6, share), 7)
    assert asked == {
        "n_samples": 50_000,
        "n_features": 100,
        "n_informative": informative,
        "n_redundant": redundant,
        "n_classes": 10,
        "n_clusters_per_class": 1,
        "flip_y": 0.01,
        "class_sep": 0.6,
        "random_state": 7,
    }


def test_nine_data_sets():
    assert synthetic_data.places(Settings()) == [
        (separation, share) for separation in (0.2, 0.6, 1.0) for share in (0.5, 0.8, 1.0)
    ]


def test_samples_are_split_and_standardised_by_the_training_part():
    from sklearn.datasets import make_classification

    samples = synthetic_data.draw(SMALL, Place(0.6, 0.5), 3)
    assert samples.train_inputs.shape == (2_400, 100)
    assert samples.test_inputs.shape == (600, 100)
    np.testing.assert_allclose(samples.train_inputs.mean(axis=0), 0.0, atol=1e-5)
    np.testing.assert_allclose(samples.train_inputs.std(axis=0), 1.0, atol=1e-5)
    raw, labels = make_classification(
        3_000, 100, n_informative=50, n_redundant=50, n_classes=10, n_clusters_per_class=1,
        class_sep=0.6, random_state=3,
    )  # fmt: skip
    expected = (raw[2_400:] - raw[:2_400].mean(axis=0)) / raw[:2_400].std(axis=0)
    np.testing.assert_allclose(samples.test_inputs, expected, atol=1e-4)
    assert (samples.test_labels == labels[2_400:]).all()


def test_redundant_features_are_mixtures_of_the_informative_ones():
    ranks = {
        share: np.linalg.matrix_rank(
            synthetic_data.draw(SMALL, Place(1.0, share), 0).train_inputs.astype(float), tol=0.05
        )
        for share in SMALL.informative_shares
    }
    assert ranks == {0.5: 50, 0.8: 80, 1.0: 100}


def test_a_seed_is_one_draw():
    one, again, other = (synthetic_data.draw(SMALL, Place(0.2, 0.8), seed) for seed in (1, 1, 2))
    assert np.array_equal(one.train_inputs, again.train_inputs)
    assert not np.array_equal(one.train_inputs, other.train_inputs)


def test_the_plane_counts_standard_deviations_within_a_class():
    samples = synthetic_data.draw(SMALL, Place(1.0, 0.5), 0)
    trained = samples._replace(test_inputs=samples.train_inputs, test_labels=samples.train_labels)
    points = synthetic_data.plane(trained, len(trained.test_labels))
    within = np.concatenate(
        [points[trained.test_labels == k] - points[trained.test_labels == k].mean(0)
         for k in range(10)]
    )  # fmt: skip
    np.testing.assert_allclose(within.T @ within / len(within), np.eye(2), atol=1e-2)
    means = np.stack([points[trained.test_labels == k].mean(0) for k in range(10)])
    noise = np.random.default_rng(0).normal(size=(samples.train_inputs.shape[1], 2))
    random = samples.train_inputs @ noise
    spread = [random[samples.train_labels == k] for k in range(10)]
    apart = np.var([part.mean(0) for part in spread], axis=0) / np.mean(
        [part.var(0) for part in spread], axis=0
    )
    assert (means.var(0) > 3 * apart).all()  # farther than in a plane at random


def test_the_floor_is_what_flipped_labels_cost():
    """1 % of 10,000 labels are drawn from ten classes; a tenth of those falls on the true one."""
    assert synthetic_data.expected_floor(Settings()) == pytest.approx(90.0)
