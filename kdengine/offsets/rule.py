"""The rule that chooses the offsets, and every condition that it has to keep.

Plain numbers in and out, without numpy: recipes and the command line check theirs with it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from kdengine.config import CLASSES

CRITERIA = (
    "frequency",
    "predicted-share",
    "teacher-mass",
    "teacher-agreement",
    "paper",
    "test-optimal",
)
FOR_SEVERAL = ("frequency", "teacher-mass")  # they choose one offset for each class
BY_FREQUENCY = ("frequency", "predicted-share")  # a frequency given by hand changes them
MATCHES = ("omitted", "all")
# A frequency written with four digits may be off by half of the last one, ten times over.
SUM_TOLERANCE = 1e-3
Frequencies = tuple[tuple[int, float], ...]
_SHARES = dict[Annotated[int, Meta(ge=0, lt=CLASSES)], Annotated[float, Meta(gt=0.0, lt=1.0)]]


@dataclass(frozen=True)
class OffsetRule:
    """How offsets are chosen: by what, from how many images, and on which classes.

    ValueError for an unknown criterion or match, an empty probe, or frequencies that cannot be or
    that the criterion does not use.
    """

    criterion: str = "frequency"  # of `CRITERIA`; only ``test-optimal`` looks at the test set
    probe_size: int | None = None  # training images, from the first on; None for all of them
    # Of `MATCHES`: offsets on the omitted classes, or on all ten. None is all ten if more classes
    # are omitted than kept: then the few kept ones draw the mass of many, unevenly, and offsets on
    # the omitted classes alone cannot set them right among themselves.
    match: str | None = None
    # Given by hand, as `check_frequencies` takes them, a mapping too; the other classes share the
    # rest in proportion to their frequencies in the training set.
    frequencies: Frequencies = ()

    def __post_init__(self) -> None:
        """Check what can be checked before anything is known of the networks."""
        if self.criterion not in CRITERIA:
            raise ValueError(f"criterion {self.criterion!r} is not one of {', '.join(CRITERIA)}.")
        if self.match is not None and self.match not in MATCHES:
            raise ValueError(f"match {self.match!r} is not one of {', '.join(MATCHES)}.")
        if self.probe_size is not None and self.probe_size < 1:
            raise ValueError(f"probe_size={self.probe_size} must be at least 1 training image.")
        object.__setattr__(self, "frequencies", check_frequencies(self.frequencies))
        if self.frequencies and self.criterion not in BY_FREQUENCY:
            raise ValueError(
                f"criterion {self.criterion!r} uses no target frequency; leave out the "
                f"frequencies, or use {' or '.join(map(repr, BY_FREQUENCY))}."
            )

    def match_for(self, omitted_classes: Sequence[int]) -> str:
        """Return which of `MATCHES` holds for a student without the *omitted_classes*."""
        few_kept = len(omitted_classes) > CLASSES - len(omitted_classes)
        return self.match or ("all" if few_kept else "omitted")

    def classes_for(self, omitted_classes: Sequence[int]) -> tuple[int, ...]:
        """Return the classes that get an offset: the omitted ones, or all ten; perhaps none.

        ValueError if several meet a criterion that serves one, or none meets given frequencies.
        """
        is_all = self.match_for(omitted_classes) == "all"
        classes = tuple(range(CLASSES)) if is_all else tuple(omitted_classes)
        if len(classes) > 1 and self.criterion not in FOR_SEVERAL:
            raise ValueError(
                f"criterion {self.criterion!r} chooses one offset, but {len(classes)} classes get "
                f"one; use {' or '.join(map(repr, FOR_SEVERAL))}, which choose one for each."
            )
        if self.frequencies and not classes:
            raise ValueError(
                "target frequencies serve the offsets, but no digit is left out, so no class gets "
                "one; match all for offsets on all ten classes."
            )
        return classes

    def images_of(self, available: int) -> int:
        """Return how many of the *available* training images it looks at; ValueError if too few."""
        if self.probe_size is not None and self.probe_size > available:
            raise ValueError(
                f"probe_size={self.probe_size} is outside 1 to {available}, the training images "
                "there are."
            )
        return self.probe_size or available


def check_frequencies(given: Mapping[int, Any] | Iterable[Sequence[Any]] | None) -> Frequencies:
    """Return target frequencies of some classes, or all, sorted by class; empty for None.

    ValueError if a class does not exist or is named twice, a frequency is not inside (0, 1), or
    they cannot sum to one.
    """
    if given is None:
        return ()
    try:
        pairs = list(given.items() if isinstance(given, Mapping) else given)
        named = msgspec.convert({digit: share for digit, share in pairs}, _SHARES)
        if len(named) < len(pairs):
            raise ValueError("a class is named twice")
    except (TypeError, ValueError, msgspec.ValidationError) as error:
        raise ValueError(
            f"target frequencies {str(given)[:60]!r} cannot be; give classes, digits 0 to 9, each "
            "once, and shares above 0 and below 1, such as {3: 0.3}."
        ) from error
    total, others = math.fsum(named.values()), CLASSES - len(named)
    if total >= 1.0 if others else abs(total - 1.0) > SUM_TOLERANCE:
        raise ValueError(
            f"the target frequencies sum to {total:g}; those of all ten classes sum to 1, those of "
            "fewer to less: the others share what is left."
        )
    return tuple(sorted(named.items()))


def filled_frequencies(own: Sequence[float], given: Frequencies) -> list[float]:
    """Return the target frequencies of all ten classes, those of the training set but for *given*.

    The classes not named there share what is left, in proportion to their *own* frequencies;
    ValueError if none of them ever occurs.
    """
    if not given:
        return list(own)
    named = dict(given)
    left = 1.0 - math.fsum(named.values())
    others = math.fsum(share for digit, share in enumerate(own) if digit not in named)
    if len(named) < CLASSES and not others > 0.0:
        raise ValueError(
            f"the other classes share {left:g}, but none of them is in the training set; "
            "give the frequencies of all ten classes."
        )
    targets = [
        named[digit] if digit in named else share * left / others for digit, share in enumerate(own)
    ]
    return [target / math.fsum(targets) for target in targets]
