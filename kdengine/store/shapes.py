"""Shapes of stored JSON: files are read only as what they must be, and a refusal says where not.

A shape is a type: a typed dictionary of what readers rely on, whose other entries stay unread.
"""

import json
from pathlib import Path
from typing import Annotated, Any, TypedDict

import msgspec
from msgspec import Meta

from kdengine import files
from kdengine.config import CLASSES, KEY_PATTERN

_LARGEST_JSON = 5_000_000

Number = float  # or a whole one; never true, never beyond what a float holds
Rate = Annotated[float, Meta(ge=0.0, le=1.0)]
Count = Annotated[int, Meta(ge=0)]
Digit = Annotated[int, Meta(ge=0, lt=CLASSES)]
RunKey = Annotated[str, Meta(pattern=rf"^{KEY_PATTERN}\Z")]
_ONE_A_CLASS = Meta(min_length=CLASSES, max_length=CLASSES)
RatePerClass = Annotated[list[Rate | None], _ONE_A_CLASS]  # None for a class without images
Confusion = Annotated[list[Annotated[list[Count], _ONE_A_CLASS]], _ONE_A_CLASS]


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

    Otherwise a ValueError says what is wrong.
    """
    try:
        if path.exists() and not path.is_file():
            raise ValueError("no regular file")  # reading a pipe would wait for ever
        if path.stat().st_size > _LARGEST_JSON:
            raise ValueError("larger than 5 MB")
        record = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror})") from error
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except msgspec.DecodeError as error:
        raise ValueError(f"not read as strict JSON: {error}") from error
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
