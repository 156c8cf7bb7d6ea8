"""Checks of single values; every refusal says what was given and what is allowed."""

import sys
from collections.abc import Iterable


def one_of(name: str, value: object, allowed: tuple[str, ...]) -> None:
    """Raise ValueError unless *value* is among *allowed*."""
    if value not in allowed:
        raise ValueError(f"{name}={value!r} is not one of {', '.join(allowed)}; choose one.")


def within(name: str, value: float, low: float, high: float) -> None:
    """Raise ValueError unless low <= value <= high."""
    if not low <= value <= high:
        # A whole number may be too large for a float's format.
        shown = str(value)[:30]
        raise ValueError(f"{name}={shown} is outside {low:g} to {high:g}; choose one inside.")


def whole(name: str, value: object) -> None:
    """Raise ValueError unless *value* is an int (a bool is not)."""
    if type(value) is not int:
        raise ValueError(f"{name}={value!r} is not a whole number; give one such as 10.")


def true_or_false(name: str, value: object) -> None:
    """Raise ValueError unless *value* is a bool."""
    if not isinstance(value, bool):
        raise ValueError(f"{name}={value!r} is not true or false; use a boolean.")


def finite(name: str, value: object) -> float:
    """Return *value* as a float; raise ValueError unless it is a finite number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        # math.isfinite would overflow at a whole number that no float can hold.
        if abs(value) <= sys.float_info.max:
            return float(value)
    raise ValueError(f"{name}={repr(value)[:30]} is not a finite number; give one such as 1.0.")


def int_tuple(name: str, value: object) -> tuple[int, ...]:
    """Return *value* as a tuple of ints; raise ValueError if it holds anything else."""
    items = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)
    for item in items:
        if type(item) is not int:
            raise ValueError(f"{name} holds {item!r}, which is not a whole number.")
    return items
