"""What commands share in reading their arguments; every refusal says what is allowed."""

import argparse
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kdengine import config, files

_MOST_SEEDS = 256  # more is a slip of the finger


class Unusable(ValueError):
    """An argument that cannot be used."""


@contextmanager
def usable() -> Iterator[None]:
    """Turn a ValueError about what was asked for into `Unusable`."""
    try:
        yield
    except ValueError as error:
        raise Unusable(str(error)) from error


def _typed(convert: Callable[[str], Any], problem: str = "") -> Callable[[str], Any]:
    """Return an argparse type whose refusal is *problem* after the text, or the error's words."""

    def typed(text: str) -> Any:
        try:
            return convert(text)
        except ValueError as error:
            words = f"{text!r} {problem}" if problem else str(error)
            raise argparse.ArgumentTypeError(words) from error

    return typed


whole = _typed(int, "is not a whole number such as 10")
number = _typed(float, "is not a number such as 20")
a_key = _typed(config.check_key)


def check_device(name: str) -> None:
    """Raise Unusable if the device is not there."""
    if name not in ("auto", "cpu"):
        from kdengine.training import devices  # imports torch

        with usable():
            devices.choose_device(name)


def check_writable(path: Path | None) -> None:
    """Raise Unusable before any work if *path* could not be written after it."""
    if path is not None and not files.is_writable(path):
        raise Unusable(
            f"{path} cannot be written; give a file in an existing, writable folder with room."
        )


def seed_range(text: str | None) -> range | None:
    """Return the seeds of ``0-2`` or ``3``, None for the sweep's own."""
    if text is None:
        return None
    ends = re.fullmatch("([0-9]{1,10})(?:-([0-9]{1,10}))?", text)
    if ends:
        seeds = range(int(ends[1]), int(ends[2] or ends[1]) + 1)
        if 0 < len(seeds) <= _MOST_SEEDS:
            return seeds
    raise ValueError(
        f"--seeds {text!r} is not a range of at most {_MOST_SEEDS} seeds; give one such as 0-2, "
        "or 3."
    )


def omitted_digits(omit: str | None, keep: str | None) -> tuple[int, ...]:
    """Return the omitted classes that ``--omit`` or ``--keep`` ask for."""
    if keep is not None:
        kept = set(_digits("--keep", keep))
        for digit in kept:
            config.DIGIT.check("--keep", digit)
        return tuple(config.other_classes(kept))
    if omit is None:
        return (3,)
    return () if omit.strip().lower() == "none" else _digits("--omit", omit)


def _digits(flag: str, text: str) -> tuple[int, ...]:
    """Return the digits in ``3,5``."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError(f"{flag} {text!r} is not a list of digits such as 3 or 3,5.") from error


def frequencies(text: str | None) -> tuple[tuple[int, float], ...]:
    """Return the target frequencies in ``3=0.3,5=0.1``, none for no text."""
    if text is None:
        return ()
    pairs = [part.partition("=") for part in text.split(",")]
    try:
        return tuple((int(digit), float(share)) for digit, _, share in pairs)
    except ValueError as error:
        raise ValueError(
            f"--frequencies {text[:60]!r} is not a list such as 3=0.3 or 3=0.3,5=0.1."
        ) from error
