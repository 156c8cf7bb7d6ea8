"""The table of the synthetic experiment: made, written, read back and checked.

Pages read it; reading needs no torch.
"""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kdengine import files
from kdengine.store.run_files import is_number
from kdengine.store.shapes import read_json
from kdengine.store.table_choice import Chosen, choose
from kdengine.synthetic import data as synthetic_data
from kdengine.synthetic.data import Settings

FORMAT = 1
NAME = "synthetic"
_LABELS = ("teacher", "hard_student")


def path_of(*, shipped: bool = False) -> Path:
    """Return where the table lies: made here, or shipped."""
    folder = files.shipped_dir() if shipped else files.cache_dir()
    return folder / f"{NAME}.json"


def make(
    settings: Settings,
    seeds: list[dict[str, Any]],
    pictures: list[dict[str, Any]],
    *,
    made_by: str,
) -> dict[str, Any]:
    """Return the table.

    Parameters
    ----------
    seeds, pictures : list of dict
        As `synthetic.run_seed` and `synthetic.pictures` return them.
    made_by : str
        The command that makes the table.

    Returns
    -------
    dict
        ``format``, ``name``, ``made_by``, ``created``, ``settings`` (of `Settings`), ``seeds``
        and ``pictures``.
    """
    return {
        "format": FORMAT,
        "name": NAME,
        "made_by": made_by,
        "created": datetime.now(UTC).date().isoformat(),
        "settings": synthetic_data.to_dict(settings),
        "seeds": seeds,
        "pictures": pictures,
    }


def load_table() -> dict[str, Any] | None:
    """Return the table that pages show; None if none can be used."""
    chosen = choose_table()
    return None if chosen is None else chosen.table


def choose_table() -> Chosen | None:
    """Return the table made here or the shipped one, by `choose`."""
    return choose((path_of(shipped=shipped) for shipped in (False, True)), _is_table, _size)


def read_table(path: Path) -> dict[str, Any] | None:
    """Return the table in the file *path*, or None if it holds no whole one."""
    try:
        table = read_json(path)
    except ValueError:
        return None
    return dict(table) if _is_table(table) else None


def stored_seeds(settings: Settings, path: Path) -> dict[int, dict[str, Any]]:
    """Return the seeds that the table in *path* holds of the same settings, by number."""
    table = read_table(path)
    if table is None or table["settings"] != synthetic_data.to_dict(settings):
        return {}
    return {seed["seed"]: seed for seed in table["seeds"]}


def _size(table: dict[str, Any]) -> tuple[int, int]:
    """Return how many seeds a table has; each has all figures."""
    return len(table["seeds"]), len(table["seeds"])


def _is_table(table: object) -> bool:
    """Return whether *table* is a whole table."""
    if not isinstance(table, dict) or table.get("format") != FORMAT or table.get("name") != NAME:
        return False
    settings = _settings(table.get("settings"))
    return (
        settings is not None
        and all(isinstance(table.get(key), str) for key in ("made_by", "created"))
        and _is_filled(table.get("seeds"), lambda seed: _is_seed(seed, settings))
        and len({seed["seed"] for seed in table["seeds"]}) == len(table["seeds"])
        and _fits_places(table.get("pictures"), settings, _is_picture)
    )


def _settings(record: object) -> Settings | None:
    """Return the settings in *record*, or None if it holds none that can be worked with."""
    if not isinstance(record, dict) or record.keys() != {one.name for one in fields(Settings)}:
        return None
    for one in fields(Settings):
        value, usual = record[one.name], one.default
        numbers = value if isinstance(usual, tuple) else [value]
        if not _is_filled(numbers, is_number) or min(numbers) < 0.0:
            return None
        whole = usual[0] if isinstance(usual, tuple) else usual
        if isinstance(whole, int) and not all(type(number) is int for number in numbers):
            return None
    settings = synthetic_data.from_dict(record)
    return settings if 0 < settings.test_samples < settings.samples else None


def _is_seed(seed: object, settings: Settings) -> bool:
    """Return whether *seed* holds the figures of one seed."""
    return (
        isinstance(seed, dict)
        and type(seed.get("seed")) is int
        and isinstance(seed.get("environment"), dict)
        and isinstance(seed.get("wall_seconds"), dict)
        and _is_filled(list(seed["wall_seconds"].values()), is_number)
        and _fits_places(seed.get("data_sets"), settings, _is_data_set)
    )


def _is_data_set(record: dict[str, Any], settings: Settings) -> bool:
    """Return whether *record* holds the error counts of one data set's networks."""
    distilled = record.get("distilled")
    if not isinstance(distilled, list) or len(distilled) != len(settings.temperatures):
        return False
    counts = [*distilled, *(record.get(name) for name in _LABELS)]
    return all(type(count) is int and 0 <= count <= settings.test_samples for count in counts)


def _is_picture(record: dict[str, Any], settings: Settings) -> bool:
    """Return whether *record* holds points with their labels."""
    x, y, labels = (record.get(name) for name in ("x", "y", "label"))
    return (
        _is_filled(x, is_number)
        and _is_filled(y, is_number)
        and _is_filled(labels, lambda label: type(label) is int and label < settings.classes)
        and len(x) == len(y) == len(labels)  # type: ignore[arg-type]
    )


def _fits_places(
    records: object, settings: Settings, check: Callable[[dict[str, Any], Settings], bool]
) -> bool:
    """Return whether *records* are one for each data set, in their order, that pass *check*."""
    places = synthetic_data.places(settings)
    return (
        isinstance(records, list)
        and len(records) == len(places)
        and all(isinstance(record, dict) for record in records)
        and all(
            all(record.get(name) == value for name, value in place._asdict().items())
            and check(record, settings)
            for record, place in zip(records, places, strict=True)
        )
    )


def _is_filled(values: object, check: Callable[[Any], bool]) -> bool:
    """Return whether *values* is a list with entries, each of which passes *check*."""
    return isinstance(values, list) and bool(values) and all(check(value) for value in values)
