"""Fixed words of a topic, from the `words.toml` beside its modules, where anybody can edit them."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from dashboard import catalogue
from dashboard.core.numbers import in_its_words, spoken, word


class Words(dict[str, Any]):
    """A table of a `words.toml`; whoever asks it for words it lacks is told where to write them.

    For that it knows its *place*: the file, and the table in it; a copy has none.
    """

    def __init__(self, table: Any, place: str = "words.toml") -> None:
        pairs = dict(table).items()
        super().__init__({key: _read(value, f"{place} [{key}]") for key, value in pairs})
        self.place = place

    def __getitem__(self, key: str) -> Any:
        """Return the words for *key*, those of the data set that is spoken of."""
        return _spoken(super().__getitem__(key))

    def __missing__(self, key: str) -> Any:
        """Say what is missing, and where."""
        raise KeyError(
            f"{self.place} has no words for {key!r}; write them there. It has: {list(self)}"
        )


def _spoken(value: Any) -> Any:
    """Return a text, or what holds texts, in the words of the set that is spoken of."""
    if isinstance(value, str):
        return in_its_words(value)
    if isinstance(value, list):
        return [_spoken(each) for each in value]
    if isinstance(value, Words) and not spoken().has_digits:
        return Words({key: _spoken(each) for key, each in value.items()}, value.place)
    return value


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


def title(name: str, omitted: int | None = None) -> str:
    """Return a page's title in the words of the set that is spoken of.

    Parameters
    ----------
    omitted : int, optional
        The class that the run shown left out.
    """
    page = catalogue.PAGES[name]
    if spoken().has_digits or not page.elsewhere:
        return in_its_words(page.title)
    return page.elsewhere.format(omitted="class" if omitted is None else word(omitted))


def _read(value: Any, place: str) -> Any:
    """Return a table's value, its tables checked too and its texts unfolded."""
    if isinstance(value, dict):
        return Words(value, place)
    if isinstance(value, list):
        return [_read(each, place) for each in value]
    return (
        re.sub(r"(?<!\n)\n(?!\n|- )", " ", value.strip("\n")) if isinstance(value, str) else value
    )
