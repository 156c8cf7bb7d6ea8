"""The choice of device and precision, by capability and by force."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from kdengine.training import devices


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"avx512_bf16": True}, "bf16"),
        ({"avx512_bf16": True, "cpu_name": "AMD EPYC"}, "bf16"),
        ({"avx512_bf16": True, "cpu_name": "Intel Xeon"}, "fp32"),
        ({"amx_bf16": True, "avx512_bf16": True, "cpu_name": "Intel Xeon"}, "bf16"),
        ({"amx_bf16": True, "avx512_bf16": False}, "bf16"),
        ({"bf16": True}, "bf16"),
        ({"avx512_bf16": False, "amx_bf16": False, "avx512_f": True}, "fp32"),
        ({"avx2": True, "cpu_name": "some old processor"}, "fp32"),
        ({}, "fp32"),
    ],
)
def test_precision_follows_the_processor_and_can_be_forced(monkeypatch, capabilities, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert devices.choose_precision() == expected
    assert devices.choose_precision("auto", torch.device("cpu")) == expected
    assert devices.choose_precision("fp32") == "fp32"
    assert devices.choose_precision("bf16") == "bf16"


@pytest.mark.parametrize(("has_bf16", "expected"), [(True, "bf16"), (False, "fp32")])
def test_precision_on_a_gpu_follows_the_gpu(monkeypatch, has_bf16, expected):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: has_bf16)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": not has_bf16})
    assert devices.choose_precision("auto", torch.device("cuda")) == expected
    assert devices.choose_precision("auto", torch.device("mps")) == "fp32"


@pytest.mark.parametrize("name", ["fp16", "banana", "", None])
def test_an_unknown_precision_is_refused(name):
    with pytest.raises(ValueError, match="auto, fp32, bf16"):
        devices.choose_precision(name)


def test_devices(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends, "mps", SimpleNamespace(is_available=lambda: False))
    assert devices.choose_device().type == "cpu"
    assert devices.choose_device("cpu").type == "cpu"
    for name in ("cuda", "mps", "tpu", ""):
        with pytest.raises(ValueError, match="use auto or cpu"):
            devices.choose_device(name)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert devices.choose_device().type == "cuda"
    assert devices.choose_device("cuda").type == "cuda"


def test_the_environment_names_no_host():
    found = devices.environment(torch.device("cpu"), "fp32")
    assert found.keys() == {"device", "processor", "precision", "thread_count"}
    assert (found["device"], found["precision"]) == ("cpu", "fp32")
    assert found["thread_count"] == torch.get_num_threads()


def test_denormal_numbers_are_flushed_in_every_thread_but_only_in_training():
    """Threads inherit the flag from who starts them, or lack it for ever.

    In a process of its own, where the engine is the first to start any. Whether torch's other
    threads see what the main one set is seen in a tensor large enough to be shared among them.
    """
    program = (
        "import math, numpy as np, torch\n"
        "torch.set_num_threads(2)\n"
        "from kdengine.training import devices\n"
        "with devices.flushed_denormals():\n"
        "    print(int((torch.full((2_000_000,), 1e-44) * 0.9 != 0).sum()))\n"
        "print(np.nextafter(0.0, 1.0) > 0, math.nextafter(0.0, 1.0) * 0.9 > 0)\n"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert found.stdout.split() == ["0", "True", "True"], found.stderr


def test_denormal_numbers_are_back_after_an_error():
    with pytest.raises(RuntimeError), devices.flushed_denormals():
        raise RuntimeError
    assert np.nextafter(0.0, 1.0) > 0
