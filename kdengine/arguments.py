"""What commands share in reading their arguments; every refusal says what is allowed."""

import argparse
import os
from pathlib import Path


class Unusable(ValueError):
    """An argument that cannot be used."""


def whole(text: str) -> int:
    """Return a whole number, or let argparse say that it is none."""
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number such as 10") from error


def number(text: str) -> float:
    """Return a number, or let argparse say that it is none."""
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number such as 20") from error


def check_device(name: str) -> None:
    """Raise Unusable if the device is not there."""
    if name in ("auto", "cpu"):
        return
    from kdengine import devices  # imports torch

    try:
        devices.choose_device(name)
    except ValueError as error:
        raise Unusable(str(error)) from error


def check_writable(path: Path | None) -> None:
    """Raise Unusable before any work if *path* could not be written after it."""
    if path is None:
        return
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise Unusable(f"{path} cannot be written; give a file in an existing, writable folder.")
