"""Shapes of stored JSON: files are read only as what they must be, and a refusal says where not.

A shape is a type: a typed dictionary of what readers rely on, whose other entries stay unread.
It bounds values too: pages and commands compute with them and show them as they are.
"""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import msgspec
from msgspec import Meta

from kdengine import files
from kdengine.config import CLASSES, DATASETS, KEY_PATTERN

LARGEST_JSON = 5_000_000

Number = float  # or a whole one; never true, never beyond what a float holds
Rate = Annotated[float, Meta(ge=0.0, le=1.0)]
Seconds = Annotated[float, Meta(ge=0.0, le=1e9)]  # thirty years
Count = Annotated[int, Meta(ge=0, le=10**12)]
Positive = Annotated[int, Meta(ge=1, le=10**12)]
Digit = Annotated[int, Meta(ge=0, lt=CLASSES)]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,64}\Z")]
FileName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,60}\Z")]
Line = Annotated[str, Meta(max_length=200)]
Command = Annotated[str, Meta(max_length=1000, pattern=r"^[^`]+\Z")]  # as code on a page
Day = date  # as ``2026-11-25``
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
RunKey = Annotated[str, Meta(pattern=rf"^{KEY_PATTERN}\Z")]
_ONE_A_CLASS = Meta(min_length=CLASSES, max_length=CLASSES)
RatePerClass = Annotated[list[Rate | None], _ONE_A_CLASS]  # None for a class without images
Confusion = Annotated[list[Annotated[list[Count], _ONE_A_CLASS]], _ONE_A_CLASS]


class Environment(TypedDict, total=False):
    """What a network was trained on; the versions of other packages may stand beside it."""

    device: Name
    processor: Line
    precision: Name
    thread_count: Positive
    torch: Line


class StudentPlan(TypedDict):
    """What readers rely on in a student's configuration."""

    dataset: Literal[DATASETS]  # type: ignore[valid-type]  # one of the names there
    omitted_classes: list[Digit]


class Plan(TypedDict):
    """What readers rely on in `plans.Plan.to_dict`."""

    recipe: Name
    student: StudentPlan


class Accuracies(TypedDict):
    """What `evaluation.summary` tells beside the number of errors."""

    accuracy: Rate
    omitted_accuracy: Rate | None
    other_accuracy: Rate | None
    per_class_accuracy: RatePerClass


class Figures(Accuracies):
    """What `evaluation.summary` returns."""

    errors: Count


def read_json(path: Path, shape: Any = dict) -> Any:
    """Return the strict JSON (no NaN) in the file *path*, of at most 5 MB, if it has that *shape*.

    Otherwise a ValueError says what is wrong. All text in it can be printed on one line.
    """
    try:
        if path.exists() and not path.is_file():
            raise ValueError("no regular file")  # reading a pipe would wait for ever
        if path.stat().st_size > LARGEST_JSON:
            raise ValueError("larger than 5 MB")
        content = path.read_bytes()
        record = msgspec.json.decode(content)
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror})") from error
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except msgspec.DecodeError as error:
        raise ValueError(f"not read as strict JSON: {error}") from error
    # Anything but plain letters shows in the bytes: as an escape, or as a byte of its own.
    if b"\\" in content or b"\x7f" in content or not content.isascii():
        odd = next((text for text in _texts(record) if not text.isprintable()), None)
        if odd is not None:
            raise ValueError(f"text that cannot be printed on one line: {odd[:40]!a}")
    return checked(record, shape)


def checked(record: Any, shape: Any) -> Any:
    """Return *record* itself, read from JSON, if it has that *shape*; else raise ValueError."""
    try:
        msgspec.convert(record, shape)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error
    return record


def write_json(path: Path, record: object, *, compact: bool = False) -> None:
    """Write *record* to *path* as `files.written` does; *compact* puts it on one line."""
    content = json_bytes(record, compact=compact)
    with files.written(path) as file:
        file.write(content)


def json_bytes(record: object, *, compact: bool = False) -> bytes:
    """Return *record* as JSON text; NaN is an error, not a silent non-number."""
    form: dict[str, Any] = {"separators": (",", ":")} if compact else {"indent": 1}
    return (json.dumps(record, sort_keys=True, allow_nan=False, **form) + "\n").encode()


def _texts(record: Any) -> Iterator[str]:
    """Yield all text in a JSON value, the names of entries too."""
    waiting = [record]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
