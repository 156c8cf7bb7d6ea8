"""Where networks are trained: device, precision, and what to record of both."""

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import torch

from kdengine.config import PRECISIONS

# Instructions with which bf16 products beat fp32 ones; emulated bf16 is slower than fp32.
_BF16_CAPABILITIES = ("amx_bf16", "bf16")
# With these an AMD multiplies bf16 twice as quickly as fp32, an Intel at 0.6 of fp32's pace.
_BF16_OF_AMD = "avx512_bf16"


def choose_device(name: str = "auto") -> torch.device:
    """Return the device called *name*, CUDA before the CPU for ``auto``; ValueError without it."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    available = {"cpu": True, "cuda": torch.cuda.is_available()}
    available["mps"] = torch.backends.mps.is_available()
    if not available.get(name, False):
        usable = ", ".join(device for device, there in available.items() if there)
        raise ValueError(f"device {name!r} is not available here; use auto or {usable}.")
    return torch.device(name)


def choose_precision(name: str = "auto", device: torch.device | None = None) -> str:
    """Return ``"bf16"`` or ``"fp32"``; ``auto`` asks what the processor can do.

    A capability and not a timing decides, so that load on the machine never changes a result.
    """
    if name not in PRECISIONS:
        raise ValueError(f"precision {name!r} is not one of {', '.join(PRECISIONS)}.")
    if name != "auto":
        return name
    if device is not None and device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    if device is not None and device.type != "cpu":
        return "fp32"
    capabilities = torch.cpu.get_capabilities()
    is_intel = str(capabilities.get("cpu_name", "")).startswith("Intel")
    quick = _BF16_CAPABILITIES if is_intel else (*_BF16_CAPABILITIES, _BF16_OF_AMD)
    return "bf16" if any(capabilities.get(name) for name in quick) else "fp32"


def use_threads(count: int) -> None:
    """Let torch use *count* threads in this process; another number rounds sums otherwise."""
    torch.set_num_threads(count)
    _start_threads()


@contextmanager
def flushed_denormals() -> Iterator[None]:
    """Compute with denormal numbers as zeros, in this thread, as long as this lasts.

    Where a pixel is black for a thousand steps, Adam's running means decay to denormal numbers
    and stay there; computing with those makes its step twenty times slower. Only training does
    so: offsets at which predictions tie are told apart by denormal numbers.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def _start_threads() -> None:
    """Start torch's other threads while denormal numbers are flushed, which they inherit."""
    with flushed_denormals():
        torch.zeros(1 << 20).add_(1.0)


_start_threads()


def environment(device: torch.device, precision: str) -> dict[str, Any]:
    """Return what a run was trained on: device, processor, precision and thread count."""
    if device.type == "cuda":
        processor = torch.cuda.get_device_name(device)
    else:
        processor = str(torch.cpu.get_capabilities().get("cpu_name", "unknown"))
    return {
        "device": device.type,
        "processor": processor,
        "precision": precision,
        "thread_count": torch.get_num_threads(),
    }


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that a run's numbers depend on."""
    packages = {name: version(name) for name in ("torch", "numpy", "scipy", "scikit-learn")}
    return {"python": platform.python_version(), **packages}
