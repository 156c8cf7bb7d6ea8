"""The field's terms, as every page explains them: in tooltips, below the page, in the glossary.

Their words lie with the glossary, where whoever edits them looks first; since every page needs
them they are read here, and the glossary's own page is one reader of several.
"""

import re
from dataclasses import dataclass
from functools import cache

from dashboard.catalogue import DASHBOARD
from dashboard.core import prose
from dashboard.core.numbers import a_digit, in_its_words, word

_MOST_IN_A_SENTENCE = 5


@dataclass(frozen=True)
class Term:
    """One term of the glossary."""

    # The term; one or two sentences on it
    name: str
    written: str  # ``{3}`` and ``{a 3}`` stand for a class
    source: tuple[str, str]  # Who says so, and the address
    pages: tuple[str, ...]  # Pages that show it, the best one first
    # How else it is written in sentences, in the singular; the name is always one
    forms: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What it means, in the words of the set that is spoken of."""
        return re.sub(r"\{(a )?(\d)\}", _called, in_its_words(self.written))

    @property
    def line(self) -> str:
        """The term with its explanation, as Markdown."""
        return f"**{self.name[:1].upper()}{self.name[1:]}**: {self.words}"


def _called(found: re.Match[str]) -> str:
    """Return what a class is called in the set that is spoken of."""
    return (a_digit if found[1] else word)(int(found[2]))


@cache
def every() -> dict[str, Term]:
    """Return all terms by their names, in alphabetical order."""
    words = prose.beside(str(DASHBOARD / "topics" / "glossary" / "words.toml"))
    terms = {
        name: Term(
            name,
            term["words"],
            tuple(words["sources"][term["source"]]),
            tuple(term["pages"]),
            tuple(term.get("forms", ())),
        )
        for name, term in ((name, dict(term)) for name, term in words.get("terms").items())
    }
    return dict(sorted(terms.items(), key=lambda item: item[0].casefold()))


def listed(*names: str) -> str:
    """Return the terms called so with their explanations, as a Markdown list."""
    return "\n".join(f"- {every()[name].line}" for name in names)


def of_page(page: str) -> list[str]:
    """Return the names of the terms that *page* shows, in alphabetical order."""
    return [name for name, term in every().items() if page in term.pages]


def in_sentence(sentence: str) -> list[Term]:
    """Return the terms that occur in *sentence*, the first ones, in their order there.

    One within another does not count: ``frequency criterion``, not ``criterion``.
    """
    text = sentence.replace("*", "")
    found = [(match, term) for term in every().values() if (match := _pattern(term).search(text))]
    found.sort(key=lambda pair: (pair[0].start(), -pair[0].end()))
    chosen, covered = [], 0
    for match, term in found:
        if match.start() >= covered:
            chosen.append(term)
            covered = match.end()
    return chosen[:_MOST_IN_A_SENTENCE]


def tooltip(sentence: str) -> str | None:
    """Return what explains the terms of *sentence*, as Markdown; None if it has none."""
    return "\n\n".join(term.line for term in in_sentence(sentence)) or None


@cache
def _pattern(term: Term) -> re.Pattern[str]:
    """Return what finds a term in a sentence."""
    forms = sorted((term.name, *term.forms), key=len, reverse=True)
    listed = "|".join(re.escape(form) for form in forms)
    return re.compile(rf"(?<![\w-])(?:{listed})s?(?![\w-])", re.IGNORECASE)
