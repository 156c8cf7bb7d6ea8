"""Fixed words of a topic, from the `words.toml` beside its modules, where anybody can edit them."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any


class Words(dict[str, Any]):
    """A table of a `words.toml`; whoever asks it for words it lacks is told where to write them.

    Parameters
    ----------
    table : dict, or pairs of key and value
    place : str
        The file, and the table in it, for the error; a copy has none.
    """

    def __init__(self, table: Any, place: str = "words.toml") -> None:
        pairs = dict(table).items()
        super().__init__({key: _read(value, f"{place} [{key}]") for key, value in pairs})
        self.place = place

    def __missing__(self, key: str) -> Any:
        """Say what is missing, and where."""
        raise KeyError(
            f"{self.place} has no words for {key!r}; write them there. It has: {list(self)}"
        )


@cache
def beside(file: str) -> Words:
    """Return the words in the folder of *file*, a module's ``__file__``.

    A line's end in the file is a space on the page; an empty line begins a paragraph.

    Raises
    ------
    KeyError
        By what is returned, if it is asked for a key that the file lacks; it names the file.
    """
    path = Path(file).with_name("words.toml")
    return Words(tomllib.loads(path.read_text(encoding="utf-8")), "/".join(path.parts[-4:]))


def _read(value: Any, place: str) -> Any:
    """Return a table's value, its tables checked too and its texts unfolded."""
    if isinstance(value, dict):
        return Words(value, place)
    if isinstance(value, list):
        return [_read(each, place) for each in value]
    return (
        re.sub(r"(?<!\n)\n(?!\n|- )", " ", value.strip("\n")) if isinstance(value, str) else value
    )
