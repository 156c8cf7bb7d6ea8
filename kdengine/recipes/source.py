"""A published source: its recipe, what it trained, the figures it states, what it leaves open."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, get_args

from kdengine.config import RunConfig
from kdengine.recipes.recipe import Recipe, Setting

Measure = Literal["errors", "accuracy", "class-mean", "first-epoch", "offset"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
ERRORS, ACCURACY, CLASS_MEAN, FIRST_EPOCH, OFFSET = MEASURES
Networks = dict[str, RunConfig]
# Where many do not say what they stored their weights in, or trained with.
BF16 = (
    "Trained in the precision that the run records, and its weights are stored as 16-bit floats; "
    "the source used 32-bit ones."
)
# What is done to the trained network's logits before the figure is taken.
STEPS = (
    "none",
    "paper-offset",  # +3.5 on class 3
    "curve-end",  # +5 on it, where hinton-problems' curve ends
    "frequency-probe",  # the frequency criterion on the first 5,000 training images
    # The one offset, on 3 or on 7 and 8 together, with the fewest test errors; the nearest to 0 of
    # several. The criterion of the same name takes the widest range of offsets instead.
    "test-optimal",
    "all-biases",  # all ten output biases overwritten with one number
)


@dataclass(frozen=True)
class Figure:
    """One published figure."""

    quantity: str  # what it is, for a reader
    value: float  # errors in images; accuracies from 0 to 1; offsets in logit units
    network: str  # its name in the source's `networks`
    measure: Measure
    step: str = "none"  # of `STEPS`
    digit: int | None = None  # test images of this class alone; of an offset: the class
    note: str = ""  # what the source's own figures say about it
    # What the value must be by them, where it is a slip; ours is judged by it.
    corrected: float | None = None


@dataclass(frozen=True)
class Source:
    """One source and what it trained."""

    name: str  # what commands and files call it
    short: str  # what menus and rows call it
    title: str
    link: str  # empty if it has no stable address
    recipe: Recipe
    # Takes a seed and returns the networks by the names that `figures` use, teachers first.
    networks: Callable[[int], Networks]
    figures: tuple[Figure, ...]
    example: str  # the quantity of the figure that is named where one must do
    choices: tuple[str, ...]  # what it leaves open, or what is done otherwise here, and how
    seeds: tuple[int, ...] = (0, 1, 2)  # what the shipped figures were made with
    # Why did it get that? Its student with one thing changed at a time, by the change's name:
    # fields of `StudentConfig`. The first is the source as published.
    why: dict[str, Setting] = field(default_factory=dict)

    def figure(self, quantity: str) -> Figure:
        """Return the figure of one *quantity*; ValueError if the source states none."""
        for figure in self.figures:
            if figure.quantity == quantity:
                return figure
        raise ValueError(f"{self.name} states no figure called {quantity!r}.")


def on_all_and_threes(
    words: str, errors: int, threes: int, network: str, step: str = "none"
) -> tuple[Figure, Figure]:
    """Return the errors on all images and on threes alone."""
    return (
        Figure(f"{words}, errors", errors, network, ERRORS, step),
        Figure(f"{words}, errors on threes", threes, network, ERRORS, step, 3),
    )
