"""The synthetic experiment at a small size: what is trained, and what is counted."""

from dataclasses import replace

import pytest
import torch

from kdengine.synthetic import data as synthetic_data
from kdengine.synthetic import experiment as synthetic
from kdengine.synthetic.data import Settings
from kdengine.training import stacks
from kdengine.training.losses import soft_targets

TINY = replace(
    Settings(),
    samples=500,
    test_samples=100,
    features=10,
    classes=3,
    teacher_sizes=(12, 12, 12),
    student_sizes=(6, 6),
    temperatures=(2.0, 5.0),
    batch_size=50,
    epochs=3,
    learning_rate=0.01,
)


@pytest.fixture(scope="module")
def data():
    """Return the training inputs and labels of the tiny data sets of seed 0."""
    drawn = [synthetic_data.draw(TINY, place, 0) for place in synthetic_data.places(TINY)]
    return (
        torch.stack([torch.from_numpy(one.train_inputs) for one in drawn]),
        torch.stack([torch.from_numpy(one.train_labels) for one in drawn]),
    )


def test_students_are_given_hard_labels_then_soft_targets_at_their_temperature(data, monkeypatch):
    inputs, labels = data
    given = {}
    monkeypatch.setattr(
        stacks,
        "fit",
        lambda stack, inputs, targets, temperatures, **options: given.update(
            targets=targets, temperatures=temperatures, **options
        ),
    )
    logits = torch.randn(9, 400, 3, generator=torch.Generator().manual_seed(1))
    synthetic.train_students(TINY, inputs, labels, logits, 0)
    assert given["temperatures"].flatten().tolist() == [1.0, 2.0, 5.0] * 9
    targets = given["targets"]
    assert torch.equal(targets[:, :, 0].argmax(dim=2), labels)
    assert torch.equal(targets[:, :, 0].sum(dim=2), torch.ones(9, 400))
    for member, temperature in ((1, 2.0), (2, 5.0)):
        expected = torch.stack([soft_targets(one, temperature) for one in logits])
        torch.testing.assert_close(targets[:, :, member], expected)
    assert given.get("dropout", 0.0) == 0.0
    assert (given["learning_rate"], given["batch_size"], given["epochs"]) == (0.01, 50, 3)


def test_teachers_lose_units_and_learn_hard_labels(data, monkeypatch):
    inputs, labels = data
    given = {}
    monkeypatch.setattr(
        stacks,
        "fit",
        lambda stack, inputs, targets, temperatures, **options: given.update(
            stack=stack, targets=targets, temperatures=temperatures, **options
        ),
    )
    synthetic.train_teachers(TINY, inputs, labels, 0)
    assert given["dropout"] == 0.2
    assert torch.equal(given["targets"].argmax(dim=3)[:, :, 0], labels)
    assert given["temperatures"].unique().tolist() == [1.0]
    shapes = [tuple(weights.shape) for weights, _ in given["stack"]]
    assert shapes == [(9, 12, 10), (9, 12, 12), (9, 12, 12), (9, 3, 12)]


def test_a_seed_counts_every_network_and_can_be_repeated():
    told = []
    settings = replace(TINY, epochs=15)
    found = synthetic.run_seed(settings, 1, lambda *epoch: told.append(epoch))
    again = synthetic.run_seed(settings, 1)
    other = synthetic.run_seed(settings, 2)
    assert found["data_sets"] == again["data_sets"] != other["data_sets"]
    assert told == [(who, epoch, 15) for who in ("teachers", "students") for epoch in range(1, 16)]
    places = [(one["class_separation"], one["informative_share"]) for one in found["data_sets"]]
    assert places == synthetic_data.places(settings)
    for one in found["data_sets"]:
        assert len(one["distilled"]) == 2
        counts = [one["teacher"], one["hard_student"], *one["distilled"]]
        # Guessing one of three classes is wrong for 67 of 100.
        assert all(type(count) is int and 0 <= count < 60 for count in counts)
    assert found["wall_seconds"].keys() == {"data", "teachers", "students"}
    assert found["environment"]["precision"] == "fp32"
    assert "torch" in found["environment"]


def test_pictures_are_points_of_the_test_set():
    drawn = synthetic.pictures(replace(TINY, samples=1_000, test_samples=450), 0)
    assert len(drawn) == 9
    samples = synthetic_data.draw(
        replace(TINY, samples=1_000, test_samples=450), synthetic_data.places(TINY)[8], 0
    )
    points = synthetic_data.plane(samples, 400)
    assert drawn[8]["label"] == samples.test_labels[:400].tolist()
    assert drawn[8]["x"] == points[:, 0].round(2).tolist()
    assert drawn[8]["y"] == points[:, 1].round(2).tolist()
