"""Result tables in tests: put where they belong unchecked, and damaged in one place."""

import json
from typing import Any

from kdengine.store import tables
from tests.kdengine.tiny_runs import DELETE


def put(table: tables.Table, content: Any, *, shipped: bool = False) -> None:
    """Write *content* where *table* belongs, whole or not; bytes as they are."""
    path = tables.path_of(table, shipped=shipped)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def changed(record: Any, place: tuple, value: Any) -> Any:
    """Return a copy of *record* with one entry replaced, or removed by `DELETE`."""
    if not place:
        return value
    copy = list(record) if isinstance(record, list) else dict(record)
    if value is DELETE and len(place) == 1:
        del copy[place[0]]
    else:
        copy[place[0]] = changed(copy[place[0]] if len(place) > 1 else None, place[1:], value)
    return copy
