"""The nine synthetic data sets: their settings, samples and a plane to look at them in.

No torch: pages read the settings too.
"""

import json
from dataclasses import asdict, dataclass
from typing import Annotated, Any, NamedTuple

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from kdengine.store.shapes import Count

_Number = Annotated[float, Meta(ge=0.0)]
_Numbers = Annotated[tuple[_Number, ...], Meta(min_length=1)]
_Sizes = Annotated[tuple[Count, ...], Meta(min_length=1)]


@dataclass(frozen=True)
class Settings:
    """What the synthetic experiment is made of; the defaults are as published.

    Source: "Paper Tutorial: Distilling the Knowledge in a Neural Network", APMTH 207, part III.
    """

    samples: Count = 50_000  # in all
    test_samples: Count = 10_000  # held out of them
    features: Count = 100
    classes: Count = 10
    # ``class_sep``: half the edge of the hypercube on whose corners the classes lie.
    class_separations: _Numbers = (0.2, 0.6, 1.0)
    # Share of the features, in (0, 1], that carry the class; the others are mixtures of them.
    informative_shares: _Numbers = (0.5, 0.8, 1.0)
    flip_share: _Number = 0.01  # of the labels, drawn anew at random (``flip_y``)
    teacher_sizes: _Sizes = (100, 100, 100)  # units of the hidden layers
    teacher_dropout: _Number = 0.2  # after each of the teacher's hidden layers
    student_sizes: _Sizes = (50, 50)
    temperatures: _Numbers = (2.0, 2.5, 3.0, 4.0, 5.0, 10.0, 15.0, 20.0)  # a student each
    learning_rate: _Number = 1e-3  # Adam's, constant
    batch_size: Count = 100
    epochs: Count = 50

    def __post_init__(self) -> None:
        """Refuse a test part that leaves nothing to learn from."""
        if not 0 < self.test_samples < self.samples:
            raise ValueError(f"test_samples={self.test_samples} must be 1 to {self.samples - 1}.")


PUBLISHED_SETTINGS = Settings()


class Place(NamedTuple):
    """Which of the data sets: its class separation and its share of informative features."""

    class_separation: float
    informative_share: float


class Published(NamedTuple):
    """Published test errors on one data set, and between which T its text puts the best.

    ``distilled`` holds pairs of T and errors.
    """

    place: Place
    teacher: int
    hard_student: int
    distilled: tuple[tuple[float, int], ...]
    best_from: float
    best_to: float


# As printed: `int((1 - accuracy) * n)`, one too few where the product is not exact.
PUBLISHED = Published(Place(0.2, 0.5), 118, 587, ((2.0, 199), (2.5, 213), (3.0, 231)), 2.5, 5.0)
ROUNDED_DOWN = (587, 213)  # of these counts, those that by their accuracy are one more


class Samples(NamedTuple):
    """One data set, standardised: inputs (N, F) float32 and labels (N,) int64 of both parts."""

    train_inputs: NDArray[np.float32]
    train_labels: NDArray[np.int64]
    test_inputs: NDArray[np.float32]
    test_labels: NDArray[np.int64]


def places(settings: Settings) -> list[Place]:
    """Return the data sets, the hardest class separation first."""
    return [
        Place(separation, share)
        for separation in settings.class_separations
        for share in settings.informative_shares
    ]


def draw(settings: Settings, place: Place, seed: int) -> Samples:
    """Draw one data set and standardise it by its training part.

    Data sets of one *seed* that differ in class separation alone are one draw of noise and labels,
    moved apart by different distances.

    Source: scikit-learn, `make_classification`; I. Guyon (2003), "Design of experiments for the
    NIPS 2003 variable selection benchmark".
    """
    from sklearn.datasets import make_classification

    informative = round(place.informative_share * settings.features)
    inputs, labels = make_classification(
        n_samples=settings.samples,
        n_features=settings.features,
        n_informative=informative,
        n_redundant=settings.features - informative,
        n_classes=settings.classes,
        n_clusters_per_class=1,
        flip_y=settings.flip_share,
        class_sep=place.class_separation,
        random_state=seed,
    )
    # The samples come shuffled, so the last ones are as good a test set as any.
    count = settings.samples - settings.test_samples
    mean, deviation = inputs[:count].mean(axis=0), inputs[:count].std(axis=0)
    inputs = ((inputs - mean) / deviation).astype(np.float32)
    labels = labels.astype(np.int64)
    return Samples(inputs[:count], labels[:count], inputs[count:], labels[count:])


def plane(samples: Samples, count: int) -> NDArray[np.float64]:
    """Return the first *count* test samples in the plane that sets the classes apart best.

    Their coordinates (count, 2) are along the first two linear discriminants of the training
    samples, in standard deviations within a class.

    Source: Fisher (1936), "The use of multiple measurements in taxonomic problems"; several
    classes as in Rao (1948).
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    discriminants = LinearDiscriminantAnalysis(n_components=2)
    discriminants.fit(samples.train_inputs.astype(np.float64), samples.train_labels)
    points: NDArray[np.float64] = discriminants.transform(samples.test_inputs[:count])
    return points


def expected_floor(settings: Settings) -> float:
    """Return how many test labels flipping makes wrong, on average: no network can know them."""
    return settings.test_samples * settings.flip_share * (1.0 - 1.0 / settings.classes)


def to_dict(settings: Settings) -> dict[str, Any]:
    """Return the settings as JSON has them."""
    return dict(json.loads(json.dumps(asdict(settings))))


def from_dict(record: object) -> Settings:
    """Return the settings that `to_dict` made *record* of; msgspec.ValidationError otherwise."""
    return msgspec.convert(record, Settings)
