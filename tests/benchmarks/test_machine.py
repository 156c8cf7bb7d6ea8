"""What is told of a machine, and what must not be."""

import getpass
import json
import platform
from pathlib import Path

import torch

from benchmarks import machine


def test_the_description_has_what_matters_and_no_names():
    described = machine.describe()
    assert described["thread_count"] == torch.get_num_threads()
    assert described["cores"] >= 1
    assert set(described["capabilities"]) == {"avx512_bf16", "amx_bf16"}
    text = json.dumps(described)
    assert str(Path.home()) not in text or str(Path.home()) == "/"
    assert platform.node() not in text or not platform.node()
    assert f'"{getpass.getuser()}"' not in text


def test_rates_are_of_the_products_that_were_made():
    rates = machine.product_rates(torch.float32, size=64)
    assert machine.LEAST_REPEATS <= len(rates) <= machine.REPEATS
    assert all(1e6 < rate < 1e15 for rate in rates)


def test_a_slow_product_is_repeated_no_more_than_needed(monkeypatch):
    monkeypatch.setattr(machine, "SECONDS", 0.0)
    assert len(machine.product_rates(torch.bfloat16, size=64)) == machine.LEAST_REPEATS
