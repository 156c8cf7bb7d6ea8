"""The glossary: finding terms by a search, and what its page says of them."""

from collections.abc import Collection

from dashboard.core import terms
from dashboard.core.terms import Term

LONGEST_SEARCH = 60


def found(search: str) -> list[Term]:
    """Return the terms that hold every word of *search*, those with it in their name first."""
    words = search.casefold().split()
    matching = [term for term in terms.every().values() if all(w in _text(term) for w in words)]
    return sorted(matching, key=lambda term: not all(w in term.name.casefold() for w in words))


def cut(text: str) -> str:
    """Return what the address searches for, cut to what a search can be."""
    return " ".join(text[:LONGEST_SEARCH].split())


def page_of(term: Term, pages: Collection[str]) -> str | None:
    """Return the page that shows a term best, of those there are."""
    return next((page for page in term.pages if page in pages), None)


def count_sentence(shown: Collection[Term], search: str) -> str:
    """Return how many terms a search has found."""
    if not search:
        return (
            f"**{len(shown)} terms**, each in a sentence or two, with its source and the page "
            "that shows it."
        )
    asked = "".join(c for c in search if c.isalnum() or c in " -²")
    return f"**{len(shown)} of {len(terms.every())} terms** hold “{asked}”."


def _text(term: Term) -> str:
    """Return what a search looks at."""
    return " ".join((term.name, term.words, *term.forms)).casefold()
