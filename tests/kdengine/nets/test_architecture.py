"""One description, and torch's networks and the names of stored weights follow it."""

import pytest
import torch

from kdengine.config import BaselineConfig, TeacherConfig
from kdengine.nets import architecture, models


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"dropout": 0.1},
        {"architecture": "cnn"},
        {"architecture": "cnn", "hidden_sizes": (), "dropout": 0.1},
        {"architecture": "cnn-strip"},
        {"architecture": "cnn-strip", "hidden_sizes": (), "dropout": 0.25},
        {"members": 3, "dropout": 0.1},
        {"architecture": "cnn", "members": 2},
    ],
    ids=str,
)
def test_the_expected_weights_are_those_of_the_network(changed):
    config = TeacherConfig(**{"epochs": 1, "hidden_sizes": (6, 5), **changed})
    state = models.build(config, torch.Generator()).state_dict()
    described = architecture.of(config)
    assert {name: tuple(w.shape) for name, w in state.items()} == described.weight_shapes()


@pytest.mark.parametrize("config", [BaselineConfig(epochs=1), TeacherConfig(epochs=1)], ids=str)
def test_what_is_no_teacher_is_one_perceptron(config):
    described = architecture.of(config)
    sizes = [(layer.inputs, layer.outputs) for layer in described.weighted]
    units = config.hidden_sizes[0]
    assert (described.members, sizes) == (1, [(784, units), (units, units), (units, 10)])


def test_layers_are_in_the_order_of_their_numbers_member_by_member():
    names = [f"members.{i}.layers.{n}.weight" for i in (0, 1) for n in (10, 0, 2)]
    assert architecture.layer_names([*names, "members.0.layers.0.bias"]) == [
        [f"members.{i}.layers.{n}" for n in (0, 2, 10)] for i in (0, 1)
    ]
