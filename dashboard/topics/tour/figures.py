"""The tour: which steps there are, in which order, and how an address names one."""

from collections.abc import Callable, Collection

from dashboard.figures.sweep_rows import Table
from dashboard.topics.tour import steps as made
from dashboard.topics.tour.facts import Facts
from dashboard.topics.tour.steps import TOUR_PAGE, Step

__all__ = ["TOUR_PAGE", "Step", "number_of", "refused_step", "steps"]


def steps(
    found: Facts,
    pages: Collection[str],
    load: Callable[[str], Table | None] = lambda name: None,
) -> list[Step]:
    """Return the steps in order; where several pages would do, the first among *pages*.

    Parameters
    ----------
    load : function of str, optional
        Gives the table of a sweep's name; without one the steps that tell of it are left out.
    """
    places = [
        [made.at_one(found)],
        [made.softened(found)],
        [made.dark_knowledge(found)],
        [made.ask_accuracy(found)],
        [made.replay(found), made.curves(found)],
        [made.causality(found, load(made.LEAKS))],
        [made.ask_mistaken(found)],
        [made.near_miss(found)],
        [made.ask_offset(found)],
        [made.wall(found)],
        [made.omission_lab(load(made.PAIR)), made.curve_of_offsets(found)],
        [made.draw(found), made.price(found)],
    ]
    chosen = [[s for s in place if s is not None and s.page in pages] for place in places]
    return [place[0] for place in chosen if place]


def number_of(text: str | None, count: int) -> int | None:
    """Return the step that the address asks for, from 1 to *count*, or None."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 3:
        return None
    return int(text) if 1 <= int(text) <= count else None


def refused_step(text: str, count: int) -> str:
    """Return what to say of an address that asks for a step that does not exist."""
    shown = "".join(character for character in text[:20] if character.isalnum() or character in "-")
    return f"The address asks for step '{shown}'; the tour has the steps 1 to {count}."
