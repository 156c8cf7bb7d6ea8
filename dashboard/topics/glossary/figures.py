"""The glossary: finding terms by a search, by a page or by a sentence they occur in."""

import re
from collections.abc import Collection
from functools import lru_cache

from dashboard.topics.glossary.learning import Term
from dashboard.topics.glossary.terms import TERMS

_MOST_IN_A_SENTENCE = 5
_LONGEST_SEARCH = 60


def found(search: str) -> list[Term]:
    """Return the terms that hold every word of *search*, those with it in their name first."""
    words = search.casefold().split()
    matching = [term for term in TERMS if all(word in _text(term) for word in words)]
    return sorted(matching, key=lambda term: not all(w in term.name.casefold() for w in words))


def checked_search(text: str) -> tuple[str, str | None]:
    """Return what the address searches for, cut to what a search can be."""
    return " ".join(text[:_LONGEST_SEARCH].split()), None


def of_page(page: str) -> list[Term]:
    """Return the terms that *page* shows, in alphabetical order."""
    return [term for term in TERMS if page in term.pages]


def in_sentence(sentence: str) -> list[Term]:
    """Return the terms that occur in *sentence*, the first ones, in their order there.

    One within another does not count: ``frequency criterion``, not ``criterion``.
    """
    text = sentence.replace("*", "")
    matches = [(match, term) for term in TERMS if (match := _pattern(term).search(text))]
    matches.sort(key=lambda pair: (pair[0].start(), -pair[0].end()))
    chosen, covered = [], 0
    for match, term in matches:
        if match.start() >= covered:
            chosen.append(term)
            covered = match.end()
    return chosen[:_MOST_IN_A_SENTENCE]


def tooltip(sentence: str) -> str | None:
    """Return what explains the terms of *sentence*, as Markdown; None if it has none."""
    return "\n\n".join(line(term) for term in in_sentence(sentence)) or None


def line(term: Term) -> str:
    """Return a term with its explanation, as Markdown."""
    return f"**{term.name[:1].upper()}{term.name[1:]}**: {term.words}"


def source(term: Term) -> str:
    """Return a term's source, as a Markdown link."""
    name, address = term.source
    return f"[{name}]({address})"


def page_of(term: Term, pages: Collection[str]) -> str | None:
    """Return the page that shows a term best, of those there are."""
    return next((page for page in term.pages if page in pages), None)


def count_sentence(terms: Collection[Term], search: str) -> str:
    """Return how many terms a search has found."""
    if not search:
        return (
            f"**{len(terms)} terms**, each in a sentence or two, with its source and the page "
            "that shows it."
        )
    asked = "".join(c for c in search if c.isalnum() or c in " -²")
    return f"**{len(terms)} of {len(TERMS)} terms** hold “{asked}”."


def _text(term: Term) -> str:
    """Return what a search looks at."""
    return " ".join((term.name, term.words, *term.forms)).casefold()


@lru_cache(maxsize=len(TERMS))
def _pattern(term: Term) -> re.Pattern[str]:
    """Return what finds a term in a sentence."""
    forms = sorted((term.name, *term.forms), key=len, reverse=True)
    listed = "|".join(re.escape(form) for form in forms)
    return re.compile(rf"(?<![\w-])(?:{listed})s?(?![\w-])", re.IGNORECASE)
